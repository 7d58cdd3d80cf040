//! Which rates apply to a configuration: AWS's, unless the endpoint is on this machine or reports that it has none.
//!
//! A custom endpoint may still be AWS: a VPC endpoint, a FIPS endpoint, a proxy. Only an emulator on loopback is certainly not.

use std::net::IpAddr;

use aws_smithy_runtime_api::client::http::HttpClient;
use aws_types::SdkConfig;

use crate::aws::rate_limit::{Rates, UNMETERED};

/// Returns the rates that apply to a configuration.
pub(super) fn rates(config: &SdkConfig) -> Rates {
    let metadata = config.http_client().and_then(|client| client.connector_metadata());
    let is_unmetered = metadata.is_some_and(|metadata| metadata.name() == UNMETERED);
    let is_here = config.endpoint_url().is_some_and(is_loopback);
    if is_unmetered || is_here { Rates::Unlimited } else { Rates::Aws }
}

/// Returns whether a URL's host is this machine, by its address or by a name that RFC 6761 reserves for it.
fn is_loopback(url: &str) -> bool {
    let Some(host) = url.parse::<http::Uri>().ok().and_then(|url| url.host().map(str::to_ascii_lowercase)) else { return false };
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    address.map_or_else(|_| host == "localhost" || host.ends_with(".localhost"), |address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_kept_for_every_endpoint_that_is_not_loopback() {
        for (url, expected) in [
            (None, Rates::Aws),
            (Some("http://127.0.0.1:21300"), Rates::Unlimited),
            (Some("http://127.8.9.10"), Rates::Unlimited),
            (Some("http://[::1]:5000/"), Rates::Unlimited),
            (Some("http://LOCALHOST:4566"), Rates::Unlimited),
            (Some("http://aws.localhost:4566"), Rates::Unlimited),
            (Some("https://vpce-0a1b.sts.eu-west-1.vpce.amazonaws.com"), Rates::Aws),
            (Some("https://sts-fips.us-east-1.amazonaws.com"), Rates::Aws),
            (Some("http://10.0.0.7:4566"), Rates::Aws),
            (Some("http://moto:5000"), Rates::Aws),
            (Some("http://localhost.example.com"), Rates::Aws),
            (Some("not a URL"), Rates::Aws),
        ] {
            let mut config = SdkConfig::builder();
            config.set_endpoint_url(url.map(str::to_owned));
            assert_eq!(rates(&config.build()), expected, "{url:?}");
        }
    }
}
