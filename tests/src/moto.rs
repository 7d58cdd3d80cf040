//! Two features of moto that AWS does not have: emptying it, and plain credentials of one of its accounts.

use std::io::{Read, Write};
use std::net::TcpStream;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;

/// Returns a plain configuration for an endpoint and a Region.
#[must_use]
pub fn config(endpoint: &str, region: &str, credentials: Credentials) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::new(region.to_owned()))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build()
}

/// Empties the server.
///
/// # Panics
///
/// When it does not answer with success.
pub fn reset(endpoint: &str) {
    let address = endpoint.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).expect("moto listens");
    let request = format!("POST /moto-api/reset HTTP/1.1\r\nHost: {address}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

/// Returns a session of the permission set `AdministratorAccess` in the management account, as Identity Center makes one.
///
/// # Panics
///
/// When the server does not give it.
pub async fn administrator(endpoint: &str) -> Credentials {
    const ROLE: &str = "AWSReservedSSO_AdministratorAccess_0123456789abcdef";
    let management = config(endpoint, "us-east-1", Credentials::new("management", "x", None, None, "test"));
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#;
    let make = aws_sdk_iam::Client::new(&management).create_role().role_name(ROLE).path("/aws-reserved/sso.amazonaws.com/");
    let made = make.assume_role_policy_document(trust).send().await.expect("made");
    session(&management, made.role().expect("a role").arn()).await
}

/// Returns credentials of a member account, by its access role.
///
/// # Panics
///
/// When the server does not give them.
pub async fn member(endpoint: &str, account: &str) -> Credentials {
    let management = config(endpoint, "us-east-1", Credentials::new("management", "x", None, None, "test"));
    session(&management, &format!("arn:aws:iam::{account}:role/OrganizationAccountAccessRole")).await
}

async fn session(management: &SdkConfig, role: &str) -> Credentials {
    let call = aws_sdk_sts::Client::new(management).assume_role().role_arn(role).role_session_name("conformance");
    let assumed = call.send().await.expect("assumed");
    let given = assumed.credentials().expect("credentials");
    Credentials::new(given.access_key_id(), given.secret_access_key(), Some(given.session_token().to_owned()), None, "test")
}
