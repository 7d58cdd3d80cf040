//! The HTTPS client of all calls to AWS: the AWS crates' default one in everything but the cryptography, which is ring's.
//!
//! The default's, aws-lc, is a C library of 87 CPU seconds to compile where ring takes a few. Programs that embed the library bring
//! the client of their own configuration.

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Builder, Connector, tls};
use aws_types::sdk_config::SharedHttpClient;

/// Returns a client that keeps connections, and goes through the proxies that the environment names (`HTTPS_PROXY`, `NO_PROXY`).
pub(crate) fn client() -> SharedHttpClient {
    Builder::new().build_with_connector_fn(|settings, components| {
        let mut connector = Connector::builder().tls_provider(tls::Provider::Rustls(CryptoMode::Ring));
        connector.set_connector_settings(settings.cloned());
        if let Some(components) = components {
            connector.set_sleep_impl(components.sleep_impl());
        }
        connector.set_proxy_config(Some(ProxyConfig::from_env()));
        connector.build()
    })
}
