//! An embedder's test: code that goes to AWS through landfall, tested on the simulator, with no account and no network.
//!
//! Trust, guardrails and permissions are evaluated as on AWS, so the test also shows what the code may not do.

use landfall::environments::{EnterError, Environments};
use landfall::session::{Failure, RequestError};
use landfall::{Role, Session};
use landfall_examples::built::Built;

/// The embedder's own code: enters production for a release.
async fn enter(environments: &Environments, release: Option<&str>) -> Result<Session, EnterError> {
    let assume = environments.get("prod")?.assume(Role::Deployer).session_name("release-tool");
    match release {
        Some(release) => assume.reason(release).await,
        None => assume.await,
    }
}

#[tokio::test]
async fn a_release_enters_production_and_says_why() {
    let environments = Built::startup().await.expect("built").environments().expect("an index");
    let session = enter(&environments, Some("release 42")).await.expect("a session");
    let who = aws_sdk_sts::Client::new(session.sdk_config()).get_caller_identity().send().await.expect("who");
    assert_eq!(who.account(), Some(session.account().as_str()));
    assert!(who.arn().is_some_and(|arn| arn.ends_with(":assumed-role/deployer/release-tool")), "{who:?}");

    let Err(EnterError::Assume(refused)) = enter(&environments, None).await else { panic!("production requires a reason") };
    assert_eq!(refused.failure, Failure::Request(RequestError::ReasonMissing));
    // What the deployer may not do on AWS, it may not do here.
    let iam = aws_sdk_iam::Client::new(session.sdk_config());
    let denied = iam.delete_role().role_name("provisioner").send().await.expect_err("landfall's own");
    assert!(format!("{denied:?}").contains("AccessDenied"), "{denied:?}");
}
