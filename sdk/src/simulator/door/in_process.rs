//! For AWS clients in the process: an HTTP client that never opens a socket.

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::AsyncSleep as _;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};

use crate::aws::rate_limit::UNMETERED;
use crate::simulator::Simulator;
use crate::simulator::reply::Reply;

impl Simulator {
    /// Returns an HTTP client for AWS clients that sends every request to this simulator.
    pub fn http_client(&self) -> SharedHttpClient {
        SharedHttpClient::new(InProcess(self.clone()))
    }

    /// Returns the configuration of AWS clients for the management account's administrator.
    ///
    /// The environment is not read and no endpoint is set: every request of a client, to any endpoint, goes to this simulator. Time
    /// and sleep are the simulator's, retries are the standard mode's three attempts.
    pub fn sdk_config(&self, region: &str) -> SdkConfig {
        self.sdk_config_with(region, Self::management_credentials())
    }

    /// Like [`Simulator::sdk_config`], with other credentials.
    pub fn sdk_config_with(&self, region: &str, credentials: aws_credential_types::Credentials) -> SdkConfig {
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(region.to_owned()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(self.http_client())
            .time_source(self.clock.time.clone())
            .sleep_impl(self.clock.sleep.clone())
            .retry_config(RetryConfig::standard())
            .identity_cache(aws_sdk_sts::config::IdentityCache::no_cache())
            .build()
    }
}

#[derive(Debug, Clone)]
struct InProcess(Simulator);

impl HttpClient for InProcess {
    fn http_connector(&self, _settings: &HttpConnectorSettings, _components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        (!self.0.is_metered()).then(|| ConnectorMetadata::new(UNMETERED, None))
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let simulator = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            let (head, body) = request.into_parts();
            // The body is read completely before any delay: a stalled upload would end the call.
            let body: Bytes = body.collect().await.map_err(ConnectorError::user)?.to_bytes();
            let reply = simulator.handle_recorded(&http::Request::from_parts(head, body));
            let response = match reply {
                Reply::Answer(response) => response,
                Reply::Late(delay, response) => {
                    simulator.clock.sleep.sleep(delay).await;
                    response
                }
                Reply::Cut => return Err(ConnectorError::io("the connection was closed before a response came".into())),
                Reply::Silence => std::future::pending().await,
            };
            // A stream, as from a socket: the AWS crates log a body that is in memory, and this one may contain credentials.
            let response = response.map(|body| SdkBody::from_body_1_x(Full::new(body)));
            HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}
