//! One client for every AWS service: signs a request, sends it once, and gives back a typed answer or an error.
//!
//! A call is a type: its fields are the parameters that landfall sends, its [`Output`](Operation::Output) the members that it
//! reads. Nothing else of a service is compiled. How a service writes its requests is in `service.rs`, one row each; the formats
//! are in `form.rs` and `xml.rs`. Credentials, HTTP client, clock, timeouts and endpoints are those of the session's configuration.
//! Nothing is sent twice here: when a call may be repeated is for [`patience`](super::patience) to know.

mod answer;
mod form;
mod operation;
mod request;
mod service;
#[cfg(test)]
mod tests;
mod xml;

use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::auth::{HttpSignatureType, SigV4OperationSigningConfig, SigningOptions};
use aws_runtime::user_agent::{ApiMetadata, UserAgentInterceptor};
use aws_smithy_runtime::client::orchestrator::operation::Operation as Orchestrated;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver};
use aws_smithy_runtime_api::client::identity::SharedIdentityResolver;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::region::{Region, SigningRegion};
use aws_types::{SdkConfig, SigningName};

pub(crate) use answer::Refusal;
pub(crate) use operation::{Operation, Paged, operations, requests};
pub(crate) use request::Request;
pub(crate) use service::{CLOUDTRAIL, EC2, IAM, KMS, SSM, Service};
pub(crate) use xml::items;

/// Sends a request once.
///
/// # Errors
///
/// What the service answered, or what kept its answer away.
pub(crate) async fn send<O: Operation>(
    request: Request<O>,
    config: &SdkConfig,
    timeouts: TimeoutConfig,
    count: impl Intercept + 'static,
) -> Result<O::Output, SdkError<Refusal, HttpResponse>> {
    let endpoint = O::SERVICE.endpoint(config);
    let region = SigningRegion::from(Region::new(endpoint.region));
    let name = SigningName::from_static(O::SERVICE.signing);

    let mut layer = Layer::new("landfall");
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    layer.store_put(region.clone());
    layer.store_put(name.clone());
    layer.store_put(signing(region, name));
    layer.store_put(ApiMetadata::new(O::SERVICE.signing, env!("CARGO_PKG_VERSION")));
    if let Some(app) = config.app_name() {
        layer.store_put(app.clone());
    }
    let mut parts = RuntimeComponentsBuilder::new("landfall")
        .with_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()))
        .with_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]))))
        .with_identity_cache(config.identity_cache());
    if let Some(credentials) = config.credentials_provider() {
        parts.set_identity_resolver(SCHEME_ID, SharedIdentityResolver::new(credentials));
    }

    let mut operation = Orchestrated::builder()
        .service_name(O::SERVICE.id)
        .operation_name(O::NAME)
        .endpoint_url(&endpoint.url)
        .no_retry()
        .timeout_config(timeouts)
        .interceptor(UserAgentInterceptor::new())
        .interceptor(count)
        .runtime_plugin(StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(parts));
    if let Some(client) = config.http_client() {
        operation = operation.http_client(client);
    }
    if let Some(sleep) = config.sleep_impl() {
        operation = operation.sleep_impl(sleep);
    }
    if let Some(time) = config.time_source() {
        operation = operation.time_source(time);
    }
    let operation = operation
        .serializer(|request: Request<O>| request.http())
        .deserializer(|response: &HttpResponse| answer::read::<O>(response).map(answer::Silent))
        .build();
    operation.invoke(request).await.map(|answer::Silent(output)| output)
}

/// Returns how a request is signed: the same for every service that landfall calls this way.
fn signing(region: SigningRegion, name: SigningName) -> SigV4OperationSigningConfig {
    let mut options = SigningOptions::default();
    options.double_uri_encode = true;
    options.content_sha256_header = false;
    options.normalize_uri_path = true;
    options.payload_override = None;
    options.signature_type = HttpSignatureType::HttpRequestHeaders;
    let mut signing = SigV4OperationSigningConfig::default();
    signing.region = Some(region);
    signing.name = Some(name);
    signing.signing_options = options;
    signing
}
