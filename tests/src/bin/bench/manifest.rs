//! The organization that is measured: a log archive, and as many workloads of one environment as are asked for.

use std::fmt::Write;

/// The home Region.
pub(crate) const REGION: &str = "eu-west-1";

/// Returns the manifest of an organization in which so many accounts are created, the log archive's included.
pub(crate) fn text(accounts: usize) -> String {
    let mut text = String::from(
        r#"schema = 1

[organization]
name    = "bench"
email   = "aws+{account}@bench.example"
region  = "eu-west-1"
regions = ["eu-west-1", "us-east-1"]

[environments.dev]
tier    = "development"
network = { cidr = "10.16.0.0/16", part = 26, azs = 2 }

[access]
operators = ["sso:AdministratorAccess"]
auditors  = ["sso:Auditors"]
"#,
    );
    for workload in 0..accounts.saturating_sub(1) {
        write!(text, "\n[workloads.w{workload:04}]\nenvironments = [\"dev\"]\n").expect("a String takes any text");
    }
    text
}
