//! Time: durations, under tokio's paused clock.

use super::*;
use crate::simulator::{ACCESS_ROLE, CREATE_ACCOUNT, FINALIZING, PROPAGATION, READINESS, STS_REGION};

const MOMENT: Duration = Duration::from_millis(1);

#[tokio::test(start_paused = true)]
async fn accounts_become_ready_step_by_step() {
    let simulator = realistic();
    let admin = Clients::administrator(&simulator);
    admin.organize().await;
    let create = admin.organizations.create_account().account_name("prod").email("prod@acme.example");
    let early = create.clone().send().await.expect_err("the organization is being set up");
    assert_eq!(code(&early), "FinalizingOrganizationException");
    tokio::time::sleep(FINALIZING).await;
    let asked = create.send().await.expect("accepted").create_account_status.expect("a status");
    let asked = asked.id().expect("an id");
    tokio::time::sleep(CREATE_ACCOUNT.saturating_sub(MOMENT * 10)).await;
    assert_eq!(admin.status(asked).await.state(), Some(&CreateAccountState::InProgress));
    tokio::time::sleep(MOMENT * 10).await;
    let status = admin.status(asked).await;
    let account = status.account_id().expect("an account").to_owned();
    let role = access_role(&account);

    let ready_at = tokio::time::Instant::now();
    assert_eq!(admin.assume(&role).await.expect_err("this Region's STS is not ready"), "RegionDisabledException");
    tokio::time::sleep_until(ready_at + STS_REGION).await;
    assert_eq!(admin.assume(&role).await.expect_err("the role is not there"), "AccessDenied");
    tokio::time::sleep_until(ready_at + ACCESS_ROLE).await;
    let member = Clients::with(&simulator, admin.assume(&role).await.expect("the role is there"));
    assert_eq!(code(&member.sts.get_caller_identity().send().await.expect_err("not ready")), "InvalidClientTokenId");
    assert_eq!(code(&member.organizations.describe_organization().send().await.expect_err("not ready")), "UnrecognizedClientException");
    tokio::time::sleep_until(ready_at + READINESS).await;
    member.sts.get_caller_identity().send().await.expect("ready");
}

#[tokio::test(start_paused = true)]
async fn five_accounts_are_made_at_once_and_no_more() {
    let simulator = Simulator::new(Options::default().with_preset(Preset::Realistic).with_rates(Rates::Off), Clock::tokio(start()));
    let admin = Clients::administrator(&simulator);
    admin.organize().await;
    tokio::time::sleep(FINALIZING).await;
    for number in 0..5 {
        admin.ask_for_account(&format!("a{number}")).await;
    }
    let create = |name: &str| admin.organizations.create_account().account_name(name).email("aws+a0@acme.example");
    assert_eq!(code(&create("sixth").send().await.expect_err("five are under way")), "ConstraintViolationException");
    tokio::time::sleep(CREATE_ACCOUNT).await;
    let list = admin.organizations.list_create_account_status().states(CreateAccountState::Succeeded).send().await.expect("a list");
    assert_eq!(list.create_account_statuses().len(), 5);
    let ids: Vec<_> = list.create_account_statuses().iter().filter_map(CreateAccountStatus::account_id).collect();
    assert!(ids.contains(&"222200000005"), "{ids:?}");

    let email = |name: &str| admin.organizations.create_account().account_name(name).email("twice@acme.example");
    email("one").send().await.expect("accepted");
    let repeated = email("two").send().await.expect("accepted").create_account_status.expect("a status");
    tokio::time::sleep(CREATE_ACCOUNT).await;
    let status = admin.status(repeated.id().expect("an id")).await;
    assert_eq!(
        status.failure_reason().map(aws_sdk_organizations::types::CreateAccountFailureReason::as_str),
        Some("CONCURRENT_ACCOUNT_MODIFICATION")
    );
}

#[tokio::test(start_paused = true)]
async fn roles_and_policies_arrive_later() {
    let simulator = realistic();
    let admin = Clients::administrator(&simulator);
    let made = admin.iam.create_role().role_name("one").assume_role_policy_document(trust("111111111111")).send().await.expect("a role");
    let arn = made.role().expect("a role").arn().to_owned();
    let invalid = admin.iam.create_role().role_name("two").assume_role_policy_document(trust(&arn)).send().await;
    assert_eq!(code(&invalid.expect_err("the principal is not visible yet")), "MalformedPolicyDocument");
    assert_eq!(admin.assume(&arn).await.expect_err("it is new"), "AccessDenied");
    tokio::time::sleep(PROPAGATION).await;
    let session = Clients::with(&simulator, admin.assume(&arn).await.expect("it has arrived"));

    let administrator = "arn:aws:iam::aws:policy/AdministratorAccess";
    admin.iam.attach_role_policy().role_name("one").policy_arn(administrator).send().await.expect("attached");
    let attached = admin.iam.list_attached_role_policies().role_name("one").send().await.expect("policies");
    assert_eq!(attached.attached_policies().len(), 1);
    assert_eq!(code(&session.iam.list_roles().send().await.expect_err("on its way")), "AccessDenied");
    tokio::time::sleep(PROPAGATION).await;
    session.iam.list_roles().send().await.expect("the same session may, once it has arrived");

    admin.iam.update_assume_role_policy().role_name("one").policy_document(trust("222222222222")).send().await.expect("updated");
    admin.assume(&arn).await.expect("the old trust lingers");
    tokio::time::sleep(PROPAGATION).await;
    assert_eq!(admin.assume(&arn).await.expect_err("and goes"), "AccessDenied");
}
