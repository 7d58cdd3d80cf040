//! One client for every AWS service: signs a request, sends it once, and returns a typed answer or an error.
//!
//! An operation is a type. Its fields are the parameters that landfall sends; its [`Output`](Operation::Output) has the members that
//! landfall reads. Nothing else of a service is compiled. `service.rs` has a row for each service; `path.rs` writes paths, `form.rs`
//! forms, and `xml.rs` reads XML. Credentials, HTTP client, clock, timeouts and endpoints come from the session's configuration.
//! A request is sent once: [`retry`](super::retry) decides whether to send it again.

mod answer;
mod form;
mod operation;
mod path;
mod request;
pub(crate) mod service;
#[cfg(test)]
mod tests;
mod unread;
mod xml;

use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::auth::{HttpSignatureType, SigV4OperationSigningConfig, SigningOptions};
use aws_runtime::user_agent::{ApiMetadata, UserAgentInterceptor};
use aws_smithy_runtime::client::orchestrator::operation::Operation as Orchestrated;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver};
use aws_smithy_runtime_api::client::identity::SharedIdentityResolver;
use aws_smithy_runtime_api::client::interceptors::{Intercept, SharedInterceptor};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::region::{Region, SigningRegion};
use aws_types::{SdkConfig, SigningName};
use tracing::instrument::WithSubscriber as _;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::NoSubscriber;

use answer::Answer;
use request::Written;

#[cfg(feature = "simulator")]
use super::error::AwsError;

pub(crate) use answer::Refusal;
pub(crate) use operation::{Done, Operation, Paged, operations, requests};
pub(crate) use request::Request;
pub(crate) use service::Service;
#[cfg(feature = "simulator")]
use service::{BUDGETS, CLOUDFORMATION, EC2, IAM, SECRETS_MANAGER, SNS, SSM};
#[cfg(test)]
pub(crate) use tests::shapes::Known;
pub(crate) use xml::items;

/// Sends a request once.
///
/// # Errors
///
/// The error that the service returned, or the reason why there is no answer.
pub(crate) async fn send<O: Operation>(
    request: &Request<O>,
    config: &SdkConfig,
    timeouts: TimeoutConfig,
    count: impl Intercept + 'static,
) -> Result<O::Output, SdkError<Refusal, HttpResponse>> {
    let answer =
        transmit(O::SERVICE, O::NAME, request.written(), answer::read::<O>, config, timeouts, Some(SharedInterceptor::new(count))).await?;
    match answer.0.downcast() {
        Ok(output) => Ok(*output),
        Err(_) => Err(SdkError::construction_failure(format!("landfall has a bug: {} was read as another type", O::CALL))),
    }
}

/// The parameters of a call that is not typed.
#[cfg(feature = "simulator")]
#[derive(Debug, Clone, Copy)]
pub(crate) enum Untyped<'p> {
    /// The pairs of a form.
    Pairs(&'p [(&'p str, &'p str)]),
    /// A body in JSON.
    Json(&'p str),
}

/// Sends an operation of one of a few services once, and returns the answer's text.
///
/// # Errors
///
/// The error that the service returned, or the reason why there is no answer.
#[cfg(feature = "simulator")]
pub(crate) async fn ask(config: &SdkConfig, service: &str, operation: &'static str, parameters: Untyped<'_>) -> Result<String, AwsError> {
    const CALL: &str = "ask";
    let unknown = || AwsError::not_sent(CALL, format!("{service} is not called in this form"));
    let service = [&BUDGETS, &CLOUDFORMATION, &EC2, &IAM, &SECRETS_MANAGER, &SNS, &SSM]
        .into_iter()
        .find(|known| known.signing == service)
        .ok_or_else(unknown)?;
    let body = match (parameters, service.version()) {
        (Untyped::Pairs(pairs), Some(version)) => form::pairs(operation, version, pairs),
        (Untyped::Json(body), None) => body.to_owned(),
        (Untyped::Pairs(_), None) | (Untyped::Json(_), Some(_)) => return Err(unknown()),
    };
    let timeouts = TimeoutConfig::builder().build();
    let answer = transmit(service, operation, Written::of_body(body), answer::whole, config, timeouts, None).await;
    match answer.map(|answer| answer.0.downcast::<String>()) {
        Ok(Ok(text)) => Ok(*text),
        Ok(Err(_)) => Err(AwsError::incomplete(CALL, "a text")),
        Err(error) => Err(AwsError::of(CALL, error)),
    }
}

/// Sends an operation of a service that speaks REST in JSON once, by method and path as `path.rs` has them, and returns the answer; `null` if
/// it has no body.
///
/// # Errors
///
/// The error that the service returned, or the reason why there is no answer.
#[cfg(feature = "simulator")]
pub(crate) async fn ask_path(
    config: &SdkConfig,
    service: &str,
    operation: &'static str,
    http: &'static str,
    parameters: serde_json::Value,
) -> Result<serde_json::Value, AwsError> {
    const CALL: &str = "ask";
    let known = [&service::ACCOUNT, &service::BACKUP].into_iter().find(|known| known.signing == service);
    let known = known.ok_or_else(|| AwsError::not_sent(CALL, format!("{service} does not use paths")))?;
    let written = Written::of_path(http, parameters).map_err(|problem| AwsError::not_sent(CALL, problem))?;
    let timeouts = TimeoutConfig::builder().build();
    let answer = transmit(known, operation, written, answer::whole, config, timeouts, None).await;
    match answer.map(|answer| answer.0.downcast::<String>()) {
        Ok(Ok(text)) if text.is_empty() => Ok(serde_json::Value::Null),
        Ok(Ok(text)) => serde_json::from_str(&text).map_err(|_| AwsError::incomplete(CALL, "JSON")),
        Ok(Err(_)) => Err(AwsError::incomplete(CALL, "a text")),
        Err(error) => Err(AwsError::of(CALL, error)),
    }
}

/// Sends a request once and reads its answer. Nothing here depends on the operation, so it is compiled once for all of them.
async fn transmit(
    service: &'static Service,
    operation: &'static str,
    written: Written,
    read: answer::Reader,
    config: &SdkConfig,
    timeouts: TimeoutConfig,
    count: Option<SharedInterceptor>,
) -> Result<Answer, SdkError<Refusal, HttpResponse>> {
    let Some(endpoint) = service.endpoint(config) else { return Err(SdkError::construction_failure("the configuration has no Region")) };
    let region = SigningRegion::from(Region::new(endpoint.region));
    let name = SigningName::from_static(service.signing);

    let mut layer = Layer::new("landfall");
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    layer.store_put(region.clone());
    layer.store_put(name.clone());
    layer.store_put(signing(region, name));
    layer.store_put(ApiMetadata::new(service.signing, env!("CARGO_PKG_VERSION")));
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

    let mut builder = Orchestrated::builder()
        .service_name(service.id)
        .operation_name(operation)
        .endpoint_url(&endpoint.url)
        .no_retry()
        .timeout_config(timeouts)
        .interceptor(UserAgentInterceptor::new())
        .runtime_plugin(StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(parts));
    if let Some(count) = count {
        builder = builder.interceptor(count);
    }
    if let Some(client) = config.http_client() {
        builder = builder.http_client(client);
    }
    if let Some(sleep) = config.sleep_impl() {
        builder = builder.sleep_impl(sleep);
    }
    if let Some(time) = config.time_source() {
        builder = builder.time_source(time);
    }
    let orchestrated = builder
        .serializer(move |written: Written| written.http(service, operation))
        .deserializer(move |response: &HttpResponse| answer::receive(service.wire, response, read))
        .build();
    // At the level TRACE the AWS runtime logs whole requests, secrets among them. `aws::log` has a line for each attempt. Only then: a subscriber
    // that hears nothing makes every log of the process look wanted.
    if LevelFilter::current() == LevelFilter::TRACE {
        return orchestrated.invoke(written).with_subscriber(NoSubscriber::default()).await;
    }
    orchestrated.invoke(written).await
}

/// Returns how requests are signed, which is the same for every service here.
fn signing(region: SigningRegion, name: SigningName) -> SigV4OperationSigningConfig {
    let mut options = SigningOptions::default();
    options.double_uri_encode = true;
    options.content_sha256_header = false;
    options.normalize_uri_path = true;
    options.payload_override = None;
    options.signature_type = HttpSignatureType::HttpRequestHeaders;
    SigV4OperationSigningConfig {
        region: Some(region),
        name: Some(name),
        signing_options: options,
        ..SigV4OperationSigningConfig::default()
    }
}
