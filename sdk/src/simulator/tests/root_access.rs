//! Central root access: the features it needs, the callers that may have a session, and its permissions.

use super::*;
use crate::simulator::Principal;

const CREATE: &str = "IAMCreateRootUserPassword";
const DELETE: &str = "IAMDeleteRootUserCredentials";

/// Assumes the root user of an account for a task.
async fn assume_root(clients: &Clients, target: &str, task: &str) -> Result<Credentials, String> {
    let policy = aws_sdk_sts::types::PolicyDescriptorType::builder().arn(format!("arn:aws:iam::aws:policy/root-task/{task}")).build();
    let sent = clients.sts.assume_root().target_principal(target).task_policy_arn(policy).send().await;
    Ok(session(&sent.map_err(|error| code(&error))?.credentials.expect("credentials")))
}

/// Enables all its features.
async fn enable(clients: &Clients) {
    clients.organizations.enable_aws_service_access().service_principal("iam.amazonaws.com").send().await.expect("trusted");
    clients.iam.enable_organizations_root_credentials_management().send().await.expect("enabled");
    let enabled = clients.iam.enable_organizations_root_sessions().send().await.expect("enabled");
    assert_eq!(enabled.enabled_features().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn it_has_to_be_on() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    assert_eq!(
        code(&admin.iam.enable_organizations_root_sessions().send().await.expect_err("no organization")),
        "OrganizationNotFoundException"
    );
    admin.organize().await;
    let dev = admin.account("dev").await;
    let refused = admin.iam.enable_organizations_root_credentials_management().send().await.expect_err("not trusted");
    assert_eq!(code(&refused), "ServiceAccessNotEnabledException");
    admin.organizations.enable_aws_service_access().service_principal("iam.amazonaws.com").send().await.expect("trusted");
    let member = admin.reach(&simulator, &dev).await;
    let refused = member.iam.enable_organizations_root_sessions().send().await.expect_err("a member");
    assert_eq!(code(&refused), "CallerIsNotManagementAccountException");
    assert_eq!(assume_root(&admin, &dev, CREATE).await.expect_err("off"), "AccessDenied");
    admin.iam.enable_organizations_root_credentials_management().send().await.expect("enabled");
    assume_root(&admin, &dev, DELETE).await.expect("credentials are managed");
    assert_eq!(assume_root(&admin, &dev, CREATE).await.expect_err("no sessions"), "AccessDenied");
    admin.iam.enable_organizations_root_sessions().send().await.expect("enabled");
    assume_root(&admin, &format!("arn:aws:iam::{dev}:root"), CREATE).await.expect("on");
}

#[tokio::test(start_paused = true)]
async fn only_principals_of_the_management_account_assume_root_of_members() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    admin.organize().await;
    let (dev, prod) = (admin.account("dev").await, admin.account("prod").await);
    enable(&admin).await;
    let management = Simulator::management_account();
    let root = simulator.credentials_for(&Principal::Root(management.clone())).expect("exists");
    let global = {
        let config = simulator.sdk_config(REGION).to_builder().endpoint_url("https://sts.amazonaws.com").build();
        Clients { sts: aws_sdk_sts::Client::new(&config), ..Clients::administrator(&simulator) }
    };
    let refusals = [
        (&admin, management.as_str(), CREATE, "AccessDenied", "the management account has its own root user"),
        (&admin, "222299999999", CREATE, "AccessDenied", "no member"),
        (&admin, "dev", CREATE, "ValidationError", "no account"),
        (&admin, dev.as_str(), "AdministratorAccess", "ValidationError", "no task"),
        (&admin, dev.as_str(), "SQSUnlockQueuePolicy", "NotImplemented", "queues are not simulated"),
        (&Clients::with(&simulator, root), dev.as_str(), CREATE, "AccessDenied", "a root user"),
        (&admin.reach(&simulator, &prod).await, dev.as_str(), CREATE, "AccessDenied", "another member"),
        (&global, dev.as_str(), CREATE, "AccessDenied", "the global endpoint"),
    ];
    for (clients, target, task, expected, why) in refusals {
        assert_eq!(assume_root(clients, target, task).await.expect_err(why), expected, "{why}");
    }
    let long = admin.sts.assume_root().target_principal(&dev).duration_seconds(901);
    let policy = aws_sdk_sts::types::PolicyDescriptorType::builder().arn(format!("arn:aws:iam::aws:policy/root-task/{CREATE}")).build();
    assert_eq!(code(&long.task_policy_arn(policy).send().await.expect_err("15 minutes at most")), "ValidationError");
    let first = assume_root(&admin, &dev, CREATE).await.expect("assumed");
    tokio::time::advance(Duration::from_secs(901)).await;
    let ended = Clients::with(&simulator, first).sts.get_caller_identity().send().await.expect_err("over");
    assert_eq!(code(&ended), "ExpiredToken");
}

#[tokio::test(start_paused = true)]
async fn a_session_does_its_task_and_nothing_else() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    admin.organize().await;
    let old = admin.account("old").await;
    enable(&admin).await;
    let new = admin.account("new").await;
    let as_root = |account: &str| simulator.credentials_for(&Principal::Root(account.parse().expect("an id")));
    assert!(as_root(&old).is_some(), "by its e-mail");
    assert!(as_root(&new).is_none(), "made without root credentials");

    let create = Clients::with(&simulator, assume_root(&admin, &new, CREATE).await.expect("assumed"));
    let identity = create.sts.get_caller_identity().send().await.expect("who");
    assert_eq!(identity.arn(), Some(format!("arn:aws:iam::{new}:root").as_str()));
    assert_eq!(code(&create.iam.get_login_profile().send().await.expect_err("none")), "NoSuchEntity");
    let trust = trust("111111111111");
    let widen = create.iam.update_assume_role_policy().role_name("OrganizationAccountAccessRole").policy_document(&trust);
    let refused = widen.send().await.expect_err("not its task");
    assert!(message(&refused).ends_with("with an explicit deny in an identity-based policy"), "{}", message(&refused));
    assert_eq!(code(&create.iam.delete_login_profile().send().await.expect_err("not its task")), "AccessDenied");
    create.iam.create_login_profile().send().await.expect("allowed again");
    assert_eq!(code(&create.iam.create_login_profile().send().await.expect_err("once")), "EntityAlreadyExists");
    assert!(as_root(&new).is_some(), "by its e-mail");

    let delete = Clients::with(&simulator, assume_root(&admin, &new, DELETE).await.expect("assumed"));
    delete.iam.get_login_profile().send().await.expect("there");
    delete.iam.delete_login_profile().send().await.expect("deleted");
    assert_eq!(code(&delete.iam.delete_login_profile().send().await.expect_err("gone")), "NoSuchEntity");
    assert!(as_root(&new).is_none());

    let signed_in = Clients::with(&simulator, as_root(&old).expect("by its e-mail"));
    assert_eq!(code(&signed_in.iam.create_login_profile().send().await.expect_err("no session")), "ValidationError");
    assert_eq!(code(&admin.iam.create_login_profile().user_name("ada").send().await.expect_err("users")), "NotImplemented");
}
