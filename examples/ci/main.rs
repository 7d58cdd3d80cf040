//! A company's own xtask, run in CI every night: plans, and fails if AWS is no longer what the manifest says.
//!
//! Exit codes: 0 settled, 1 could not read AWS, 2 drifted. With `tampered` a resource is changed by hand first.

use std::error::Error;
use std::process::ExitCode;

use aws_sdk_s3::types::{Bucket, BucketVersioningStatus, VersioningConfiguration};
use landfall::environments::Environments;
use landfall::{Role, plan::Plan};
use landfall_examples::built::Built;

/// The drift that CI reports.
const DRIFTED: u8 = 2;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let built = Built::startup().await?;
    if std::env::args().nth(1).as_deref() == Some("tampered") {
        tamper(&built.environments()?).await?;
    }
    let plan = built.plan().await?;
    print!("{}", report(&plan));
    Ok(if plan.is_settled() { ExitCode::SUCCESS } else { ExitCode::from(DRIFTED) })
}

/// Writes what differs, one line each.
fn report(plan: &Plan) -> String {
    let view = plan.view();
    let steps = view.steps.iter().map(|step| format!("drifted: {}\n", step.address));
    let blocked = view.blocked.iter().map(|blocked| format!("blocked: {}\n", blocked.address));
    let unreadable = plan.unreadable.iter().map(|scope| format!("not read: {}\n", scope.reason));
    let lines: String = steps.chain(blocked).chain(unreadable).collect();
    if lines.is_empty() { format!("settled: {} resources match the manifest\n", plan.settled.len()) } else { lines }
}

/// Suspends the versions of the bucket that keeps the audit trail, as a person who wants to save money might.
async fn tamper(environments: &Environments) -> Result<(), Box<dyn Error>> {
    let session = environments.account("log-archive")?.assume(Role::Provisioner).session_name("operator").await?;
    let s3 = aws_sdk_s3::Client::new(session.sdk_config());
    let buckets = s3.list_buckets().send().await?;
    let audit = buckets.buckets().iter().filter_map(Bucket::name).find(|name| name.starts_with("acme-audit-")).ok_or("no bucket")?;
    let suspended = VersioningConfiguration::builder().status(BucketVersioningStatus::Suspended).build();
    s3.put_bucket_versioning().bucket(audit).versioning_configuration(suspended).send().await?;
    Ok(())
}
