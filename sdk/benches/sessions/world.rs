//! An organization with many open accounts, each with the access role that AWS makes in it.
//!
//! It is built by plain requests: the client of AWS Organizations would have to be compiled for three calls.

use bytes::Bytes;
use landfall::id::AccountId;
use landfall::session::AssumeRequest;
use landfall::simulator::{Clock, Options, Simulator};
use serde_json::{Value, json};

/// The Region that everything is asked in.
pub(crate) const REGION: &str = "eu-west-1";
/// The role that AWS Organizations makes in an account, which the management account may assume.
pub(crate) const ACCESS_ROLE: &str = "OrganizationAccountAccessRole";

/// A simulated AWS and its member accounts.
pub(crate) struct World {
    pub(crate) simulator: Simulator,
    pub(crate) accounts: Vec<AccountId>,
}

impl World {
    /// Builds an organization of so many member accounts, in which nothing takes time.
    pub(crate) fn of(size: usize, clock: Clock) -> Self {
        let simulator = Simulator::new(Options::default().with_account_quota(size + 1), clock);
        organizations(&simulator, "CreateOrganization", &json!({ "FeatureSet": "ALL" }));
        for number in 0..size {
            let account = json!({ "Email": format!("aws+{number}@bench.example"), "AccountName": format!("a{number}") });
            organizations(&simulator, "CreateAccount", &account);
        }
        let mut accounts = Vec::new();
        let mut page = json!({});
        loop {
            let answer = organizations(&simulator, "ListAccounts", &page);
            let ids = answer["Accounts"].as_array().into_iter().flatten().filter_map(|account| account["Id"].as_str()?.parse().ok());
            accounts.extend(ids.filter(|id| *id != Simulator::management_account()));
            match answer["NextToken"].as_str() {
                Some(token) => page = json!({ "NextToken": token }),
                None => break,
            }
        }
        assert_eq!(accounts.len(), size, "every account is there");
        simulator.forget_calls();
        Self { simulator, accounts }
    }

    /// Returns a request for the access role of each account.
    pub(crate) fn requests(&self) -> Vec<AssumeRequest> {
        self.accounts.iter().map(|account| AssumeRequest::new(account.clone(), role_arn(account))).collect()
    }
}

/// Returns the ARN of an account's access role.
pub(crate) fn role_arn(account: &AccountId) -> String {
    format!("arn:aws:iam::{account}:role/{ACCESS_ROLE}")
}

/// Calls AWS Organizations as the management account's administrator.
fn organizations(simulator: &Simulator, operation: &str, parameters: &Value) -> Value {
    let target = format!("AWSOrganizationsV20161128.{operation}");
    let answer = signed(simulator, "organizations", Some(&target), parameters.to_string());
    serde_json::from_slice(&answer).expect("an answer in JSON")
}

/// Sends a request as the management account's administrator, and returns the body of its answer.
///
/// # Panics
///
/// When it is refused.
pub(crate) fn signed(simulator: &Simulator, service: &str, target: Option<&str>, body: String) -> Bytes {
    let credentials = Simulator::management_credentials();
    let scope = format!("{}/20261127/{REGION}/{service}/aws4_request", credentials.access_key_id());
    let mut request = http::Request::post("/")
        .header("authorization", format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"))
        .header("x-amz-security-token", credentials.session_token().unwrap_or_default());
    if let Some(target) = target {
        request = request.header("x-amz-target", target);
    }
    let answer = simulator.handle(&request.body(body.into()).expect("a request")).expect("an answer");
    assert!(answer.status().is_success(), "{service} {target:?}: {:?}", answer.body());
    answer.into_body()
}
