//! The simulator with the real AWS crates, in the process.

mod cloudformation;
mod cloudtrail;
mod ec2;
mod hidden;
mod iam;
mod journal;
mod json;
mod kept;
mod kms;
mod monitoring;
mod organization;
mod root_access;
mod s3;
mod secrets;
mod sessions;
mod ssm;
mod tagging;
mod time;
mod trouble;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sdk_organizations::types::{CreateAccountState, CreateAccountStatus};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::SdkConfig;

use super::{Answer, Clock, Fault, Options, Preset, Rates, Simulator, TagIndex, Trouble, ask};

/// The start of every test: 2026-11-24T00:00:00Z.
const START: u64 = 1_795_478_400;
const REGION: &str = "eu-west-1";

fn start() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(START)
}

fn instant() -> Simulator {
    Simulator::new(Options::default(), Clock::tokio(start()))
}

fn realistic() -> Simulator {
    Simulator::new(Options::default().with_preset(Preset::Realistic), Clock::tokio(start()))
}

/// The clients of one caller.
struct Clients {
    cloudtrail: aws_sdk_cloudtrail::Client,
    config: SdkConfig,
    organizations: aws_sdk_organizations::Client,
    iam: aws_sdk_iam::Client,
    kms: aws_sdk_kms::Client,
    s3: aws_sdk_s3::Client,
    sts: aws_sdk_sts::Client,
}

impl Clients {
    fn administrator(simulator: &Simulator) -> Self {
        Self::with(simulator, Simulator::management_credentials())
    }

    fn with(simulator: &Simulator, credentials: Credentials) -> Self {
        Self::in_region(simulator, REGION, credentials)
    }

    fn in_region(simulator: &Simulator, region: &str, credentials: Credentials) -> Self {
        let config = simulator.sdk_config_with(region, credentials);
        Self {
            cloudtrail: aws_sdk_cloudtrail::Client::new(&config),
            kms: aws_sdk_kms::Client::new(&config),
            s3: aws_sdk_s3::Client::new(&config),
            organizations: aws_sdk_organizations::Client::new(&config),
            iam: aws_sdk_iam::Client::new(&config),
            sts: aws_sdk_sts::Client::new(&config),
            config,
        }
    }

    /// Calls EC2 with the pairs of its form; an error is its code.
    async fn ec2(&self, operation: &'static str, pairs: &[(&str, &str)]) -> Result<Answer, String> {
        ask(&self.config, "ec2", operation, pairs).await
    }

    /// Describes EC2 resources with these filters, each with one value.
    async fn found(&self, operation: &'static str, filters: &[(&str, &str)]) -> Answer {
        let written = filtered(filters);
        let pairs: Vec<(&str, &str)> = written.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.ec2(operation, &pairs).await.expect(operation)
    }

    /// Creates the organization, and returns its root's id.
    async fn organize(&self) -> String {
        self.organizations.create_organization().send().await.expect("an organization");
        self.root().await
    }

    async fn root(&self) -> String {
        let roots = self.organizations.list_roots().send().await.expect("roots");
        roots.roots()[0].id().expect("an id").to_owned()
    }

    async fn unit(&self, parent: &str, name: &str) -> String {
        let made = self.organizations.create_organizational_unit().parent_id(parent).name(name).send().await.expect("a unit");
        made.organizational_unit().and_then(|unit| unit.id()).expect("an id").to_owned()
    }

    /// Requests an account, and returns the request's status.
    async fn ask_for_account(&self, name: &str) -> CreateAccountStatus {
        let email = format!("aws+{name}@acme.example");
        let asked = self.organizations.create_account().account_name(name).email(email).send().await.expect("accepted");
        asked.create_account_status.expect("a status")
    }

    async fn status(&self, request: &str) -> CreateAccountStatus {
        let described =
            self.organizations.describe_create_account_status().create_account_request_id(request).send().await.expect("a status");
        described.create_account_status.expect("a status")
    }

    /// Creates an account under [`Preset::Instant`], and returns its id.
    async fn account(&self, name: &str) -> String {
        let asked = self.ask_for_account(name).await;
        assert_eq!(asked.state(), Some(&CreateAccountState::InProgress));
        let status = self.status(asked.id().expect("an id")).await;
        assert_eq!(status.state(), Some(&CreateAccountState::Succeeded), "{status:?}");
        status.account_id().expect("an account").to_owned()
    }

    /// Assumes a role, and returns its credentials.
    async fn assume(&self, arn: &str) -> Result<Credentials, String> {
        let assumed = self.sts.assume_role().role_arn(arn).role_session_name("tests").send().await;
        let credentials = assumed.map_err(|error| code(&error))?.credentials.expect("credentials");
        Ok(session(&credentials))
    }

    /// Enters a member account with its access role.
    async fn reach(&self, simulator: &Simulator, account: &str) -> Self {
        let credentials = self.assume(&access_role(account)).await.expect("the access role trusts the management account");
        Self::with(simulator, credentials)
    }
}

/// Writes filters in the form of EC2.
fn filtered(filters: &[(&str, &str)]) -> Vec<(String, String)> {
    let of = |(index, (name, value)): (usize, &(&str, &str))| {
        let filter = format!("Filter.{}", index + 1);
        [(format!("{filter}.Name"), (*name).to_owned()), (format!("{filter}.Value.1"), (*value).to_owned())]
    };
    filters.iter().enumerate().flat_map(of).collect()
}

fn access_role(account: &str) -> String {
    format!("arn:aws:iam::{account}:role/OrganizationAccountAccessRole")
}

fn session(credentials: &aws_sdk_sts::types::Credentials) -> Credentials {
    let token = credentials.session_token().to_owned();
    Credentials::new(credentials.access_key_id(), credentials.secret_access_key(), Some(token), None, "tests")
}

/// Returns the error code of a refusal, or how the call failed otherwise.
fn code<E: ProvideErrorMetadata + std::error::Error + 'static>(error: &E) -> String {
    error.code().map_or_else(|| format!("{:?}", aws_smithy_types::error::display::DisplayErrorContext(error).to_string()), str::to_owned)
}

/// Returns the message of a refusal.
fn message<E: ProvideErrorMetadata>(error: &E) -> String {
    error.message().unwrap_or_default().to_owned()
}

/// A trust policy for one account, or for one principal of it.
fn trust(principal: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]}}]}}"#
    )
}

/// An identity policy or guardrail of one statement.
fn policy(effect: &str, action: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"{effect}","Action":"{action}","Resource":"*"}}]}}"#)
}
