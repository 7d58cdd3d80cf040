//! The other end of the connection: records the requests, and returns the configured answer.

use std::sync::{Arc, Mutex};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_types::SdkConfig;
use aws_types::region::Region;

/// One answer to everything.
#[derive(Debug, Clone)]
pub(super) struct Line {
    asked: Arc<Mutex<Vec<String>>>,
    status: u16,
    headers: &'static [(&'static str, &'static str)],
    body: String,
}

impl Line {
    pub(super) fn answering(status: u16, body: &str) -> Self {
        Self { asked: Arc::default(), status, headers: &[], body: body.to_owned() }
    }

    pub(super) fn with(self, headers: &'static [(&'static str, &'static str)]) -> Self {
        Self { headers, ..self }
    }

    /// A configuration whose calls are sent here.
    pub(super) fn config(&self, region: &'static str) -> SdkConfig {
        let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI", Some("token".to_owned()), None, "test");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(region))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(self.clone())
            .time_source(SystemTimeSource::new())
            .sleep_impl(TokioSleep::new())
            .identity_cache(aws_sdk_sts::config::IdentityCache::no_cache())
            .build()
    }

    /// Returns the recorded requests, in order.
    pub(super) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().expect("whole"))
    }
}

impl HttpClient for Line {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Line {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let header = |name: &str| request.headers().get(name).map(|value| format!("{name}: {value}\n")).unwrap_or_default();
        let signed = request.headers().get("authorization").unwrap_or_default();
        // The scope of a signature is its date, Region, service and end.
        let scope = signed.split('/').skip(2).take(2).collect::<Vec<_>>().join("/");
        let text = format!(
            "{} {}\n{}{}{}signed for {scope}\n\n{}\n",
            request.method(),
            request.uri(),
            header("content-type"),
            header("content-length"),
            header("x-amz-target"),
            String::from_utf8_lossy(request.body().bytes().unwrap_or_default()),
        );
        self.asked.lock().expect("whole").push(text);
        let mut response = HttpResponse::new(self.status.try_into().expect("a status"), SdkBody::from(self.body.as_str()));
        for (name, value) in self.headers {
            response.headers_mut().insert(*name, *value);
        }
        HttpConnectorFuture::ready(Ok(response))
    }
}
