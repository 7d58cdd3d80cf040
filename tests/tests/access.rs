//! What the roles let people do, tried with plain AWS clients on the simulator after a run built them.

use aws_credential_types::Credentials;
use aws_types::SdkConfig;
use landfall::simulator::{Options, Principal, Simulator};
use landfall_tests::{account_id, applied, clock, organization, planned};

const STARTUP: &str = include_str!("../../examples/startup/landfall.toml");
const TRUST: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

struct World {
    simulator: Simulator,
    dev: String,
    prod: String,
}

impl World {
    async fn built() -> Self {
        let simulator = Simulator::new(Options::default(), clock());
        let organization = organization(STARTUP);
        let config = simulator.sdk_config("eu-west-1");
        assert_eq!(applied(&config, &organization).await.expect("observed").0.exit, 0);
        let (_, plan) = planned(&config, &organization).await.expect("observed");
        let id = |key: &str| account_id(&plan, key);
        Self { dev: id("dev"), prod: id("prod"), simulator }
    }

    /// Assumes a role as the management account's administrator, with a reason if one is given.
    async fn assume(&self, account: &str, role: &str, reason: Option<&str>) -> Result<SdkConfig, String> {
        let sts = aws_sdk_sts::Client::new(&self.simulator.sdk_config("eu-west-1"));
        let mut call = sts.assume_role().role_arn(format!("arn:aws:iam::{account}:role/landfall/{role}")).role_session_name("test");
        if let Some(reason) = reason {
            call = call.tags(aws_sdk_sts::types::Tag::builder().key("landfall:reason").value(reason).build().expect("complete"));
        }
        let assumed = call.send().await.map_err(|error| format!("{:?}", error.into_service_error()))?;
        let given = assumed.credentials().expect("credentials");
        let credentials =
            Credentials::new(given.access_key_id(), given.secret_access_key(), Some(given.session_token().to_owned()), None, "test");
        Ok(self.simulator.sdk_config_with("eu-west-1", credentials))
    }
}

fn refused<T: std::fmt::Debug, E: std::fmt::Debug>(answer: Result<T, E>, because: &str) {
    let error = format!("{:?}", answer.expect_err("must be refused"));
    assert!(error.contains("AccessDenied") && error.contains(because), "{error}");
}

#[tokio::test]
async fn a_reader_reads_and_writes_nothing() {
    let world = World::built().await;
    let iam = aws_sdk_iam::Client::new(&world.assume(&world.dev, "reader", None).await.expect("assumed"));
    assert!(!iam.list_roles().send().await.expect("reads").roles().is_empty());
    refused(iam.create_role().role_name("x").assume_role_policy_document(TRUST).send().await, "no identity-based policy allows");
}

#[tokio::test]
async fn a_deployer_creates_roles_under_the_boundary_only_and_never_landfalls() {
    let world = World::built().await;
    let iam = aws_sdk_iam::Client::new(&world.assume(&world.dev, "deployer", None).await.expect("assumed"));
    let boundary = format!("arn:aws:iam::{}:policy/landfall/boundary", world.dev);
    let role = || iam.create_role().role_name("app").assume_role_policy_document(TRUST);

    refused(role().send().await, "iam:CreateRole");
    refused(role().permissions_boundary("arn:aws:iam::aws:policy/AdministratorAccess").send().await, "iam:CreateRole");
    refused(role().path("/landfall/").permissions_boundary(&boundary).send().await, "explicit deny");
    role().path("/apps/").permissions_boundary(&boundary).send().await.expect("made under the boundary");
    iam.attach_role_policy()
        .role_name("app")
        .policy_arn("arn:aws:iam::aws:policy/AdministratorAccess")
        .send()
        .await
        .expect("capped by the boundary");
    refused(iam.delete_role_permissions_boundary().role_name("app").send().await, "iam:DeleteRolePermissionsBoundary");
    refused(iam.create_policy_version().policy_arn(&boundary).policy_document(TRUST).set_as_default(true).send().await, "explicit deny");
    let tag = aws_sdk_iam::types::Tag::builder().key("landfall:address").value("account/prod").build().expect("complete");
    refused(iam.tag_role().role_name("reader").tags(tag.clone()).send().await, "explicit deny");
    refused(iam.tag_role().role_name("app").tags(tag).send().await, "explicit deny");
    refused(iam.update_assume_role_policy().role_name("provisioner").policy_document(TRUST).send().await, "explicit deny");
    refused(iam.create_user().user_name("x").send().await, "iam:CreateUser");
}

#[tokio::test]
async fn production_asks_for_a_reason() {
    let world = World::built().await;
    let without = world.assume(&world.prod, "deployer", None).await.expect_err("must be refused");
    assert!(without.contains("AccessDenied"), "{without}");
    world.assume(&world.prod, "deployer", Some("release 42")).await.expect("assumed with a reason");
    world.assume(&world.dev, "deployer", None).await.expect("dev requires no reason");
}

#[tokio::test]
async fn guardrails_bind_every_role_of_an_account_but_landfalls() {
    let world = World::built().await;
    // An administrator inside the account, made by the access role, cannot touch what is landfall's.
    let sts = aws_sdk_sts::Client::new(&world.simulator.sdk_config("eu-west-1"));
    let access = sts
        .assume_role()
        .role_arn(format!("arn:aws:iam::{}:role/OrganizationAccountAccessRole", world.dev))
        .role_session_name("test")
        .send()
        .await
        .expect("assumed");
    let given = access.credentials().expect("credentials");
    let credentials =
        Credentials::new(given.access_key_id(), given.secret_access_key(), Some(given.session_token().to_owned()), None, "test");
    let iam = aws_sdk_iam::Client::new(&world.simulator.sdk_config_with("eu-west-1", credentials));
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#;
    iam.create_role().role_name("local-admin").assume_role_policy_document(trust).send().await.expect("made");
    iam.attach_role_policy()
        .role_name("local-admin")
        .policy_arn("arn:aws:iam::aws:policy/AdministratorAccess")
        .send()
        .await
        .expect("attached");
    let admin = landfall::simulator::Principal::Session(world.dev.parse().expect("an id"), "local-admin".to_owned(), "eve".to_owned());
    let admin = world.simulator.sdk_config_with("eu-west-1", world.simulator.credentials_for(&admin).expect("exists"));
    let iam = aws_sdk_iam::Client::new(&admin);

    let because = "service control policy";
    refused(iam.update_assume_role_policy().role_name("provisioner").policy_document(trust).send().await, because);
    refused(iam.delete_role_policy().role_name("reader").policy_name("no-data").send().await, because);
    refused(iam.attach_role_policy().role_name("deployer").policy_arn("arn:aws:iam::aws:policy/AdministratorAccess").send().await, because);
    refused(iam.update_assume_role_policy().role_name("OrganizationAccountAccessRole").policy_document(trust).send().await, because);
    refused(iam.create_role().path("/landfall/").role_name("provisioner2").assume_role_policy_document(trust).send().await, because);
    let provider = format!("arn:aws:iam::{}:oidc-provider/token.actions.githubusercontent.com", world.dev);
    refused(iam.delete_open_id_connect_provider().open_id_connect_provider_arn(provider).send().await, because);
    let tag = aws_sdk_iam::types::Tag::builder().key("landfall:address").value("x").build().expect("complete");
    refused(iam.tag_role().role_name("local-admin").tags(tag).send().await, because);
    iam.create_role().role_name("mine").assume_role_policy_document(trust).send().await.expect("its own it may");
}

#[tokio::test]
async fn drift_is_shown_and_repaired() {
    let world = World::built().await;
    let organization = organization(STARTUP);
    let config = world.simulator.sdk_config("eu-west-1");
    let iam = aws_sdk_iam::Client::new(
        &world.simulator.sdk_config_with(
            "eu-west-1",
            world
                .simulator
                .credentials_for(&landfall::simulator::Principal::Session(
                    world.dev.parse().expect("an id"),
                    "OrganizationAccountAccessRole".to_owned(),
                    "x".to_owned(),
                ))
                .expect("exists"),
        ),
    );
    let trust =
        r#"{"Version":"2012-10-17","Statement":[{"Sid":"Anybody","Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#;
    iam.update_assume_role_policy().role_name("reader").policy_document(trust).send().await.expect("changed");
    iam.attach_role_policy().role_name("reader").policy_arn("arn:aws:iam::aws:policy/AdministratorAccess").send().await.expect("changed");
    iam.delete_role_permissions_boundary().role_name("deployer").send().await.expect("changed");
    iam.update_role().role_name("auditor").max_session_duration(43_200).send().await.expect("changed");
    let organizations = aws_sdk_organizations::Client::new(&config);
    let root = organizations.list_roots().send().await.expect("listed").roots()[0].id().expect("an id").to_owned();
    let units = organizations.list_organizational_units_for_parent().parent_id(&root).send().await.expect("listed");
    let workloads =
        units.organizational_units().iter().find(|unit| unit.name() == Some("Workloads")).and_then(|unit| unit.id()).expect("there");
    let policies =
        organizations.list_policies().filter(aws_sdk_organizations::types::PolicyType::ServiceControlPolicy).send().await.expect("listed");
    let base =
        policies.policies().iter().find(|policy| policy.name() == Some("landfall-base")).and_then(|policy| policy.id()).expect("there");
    organizations.detach_policy().policy_id(base).target_id(workloads).send().await.expect("detached");
    let parent =
        organizations.list_parents().child_id(&world.prod).send().await.expect("listed").parents()[0].id().expect("an id").to_owned();
    organizations.move_account().account_id(&world.prod).source_parent_id(parent).destination_parent_id(&root).send().await.expect("moved");

    let (_, plan) = planned(&config, &organization).await.expect("observed");
    let lines: Vec<String> = plan
        .view()
        .steps
        .iter()
        .map(|step| {
            let names: Vec<&str> = step.fields.iter().map(|field| field.name.as_str()).collect();
            format!("{} {} [{}]", step.action.sign(), step.address, names.join(", "))
        })
        .collect();
    assert_eq!(
        lines,
        [
            "+ attachment/Workloads/base []",
            "~ account/prod [unit]",
            "~ dev/iam-role/deployer [boundary]",
            "~ dev/iam-role/reader [trust Assume1, trust Anybody, managed policy]",
            "~ dev/iam-role/auditor [session]",
        ]
    );
    assert_eq!(applied(&config, &organization).await.expect("observed").0.exit, 0);
    let (_, after) = planned(&config, &organization).await.expect("observed");
    assert!(after.is_settled(), "{:?}", after.view());
}

/// The state after a run was killed between creating the role and granting its permissions, or after these were removed by hand.
#[tokio::test]
async fn a_provisioner_without_permissions_is_not_used_and_is_repaired() {
    let world = World::built().await;
    let (organization, config) = (organization(STARTUP), world.simulator.sdk_config("eu-west-1"));
    let access = Principal::Session(world.dev.parse().expect("an id"), "OrganizationAccountAccessRole".to_owned(), "x".to_owned());
    let member = world.simulator.sdk_config_with("eu-west-1", world.simulator.credentials_for(&access).expect("exists"));
    let iam = aws_sdk_iam::Client::new(&member);
    let administrator = "arn:aws:iam::aws:policy/AdministratorAccess";
    iam.detach_role_policy().role_name("provisioner").policy_arn(administrator).send().await.expect("taken away");

    let (_, plan) = planned(&config, &organization).await.expect("observed");
    assert!(plan.unreadable.is_empty(), "{:?}", plan.view().unreadable);
    let steps: Vec<String> = plan.view().steps.iter().map(|step| step.address.to_string()).collect();
    assert_eq!(steps, ["dev/iam-role/provisioner"]);
    assert_eq!(applied(&config, &organization).await.expect("observed").0.exit, 0);
    assert!(planned(&config, &organization).await.expect("observed").1.is_settled());
}
