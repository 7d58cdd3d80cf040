//! The way in, tried with plain AWS clients on the simulator: who can assume an account's access role, before and after a run.

use aws_types::SdkConfig;
use landfall::desired::desired;
use landfall::kind::HazardName;
use landfall::model::Organization;
use landfall::observe::{NotReady, observe, observe_and_tell};
use landfall::plan::{Plan, PlanOptions, plan};
use landfall::session::Sessions;
use landfall::simulator::{Options, Principal, Simulator};
use landfall_tests::{account_id, applied, clock, organization, planned};

const MANIFEST: &str = r#"
schema = 1
[organization]
name = "acme"
email = "aws+{account}@acme.example"
region = "eu-west-1"
regions = ["eu-west-1", "us-east-1"]
[environments.dev]
tier = "development"
[access]
operators = ["sso:Engineers"]
"#;
const NARROW: &str = r#"
administrators = ["sso:AdministratorAccess"]
break_glass = ["arn:aws:iam::111111111111:user/ada"]
"#;
const ACCESS_ROLE: &str = "OrganizationAccountAccessRole";

struct World {
    simulator: Simulator,
    config: SdkConfig,
}

impl World {
    fn new() -> Self {
        let simulator = Simulator::new(Options::default(), clock());
        let config = simulator.sdk_config("eu-west-1");
        Self { simulator, config }
    }

    /// Whether a principal of the management account with every permission there can assume a role.
    async fn gets_in(&self, set: &str, account: &str, role: &str) -> bool {
        let caller = self.simulator.credentials_for(&Principal::PermissionSet(set.to_owned())).expect("there is a management account");
        let sts = aws_sdk_sts::Client::new(&self.simulator.sdk_config_with("eu-west-1", caller));
        let sent = sts.assume_role().role_arn(format!("arn:aws:iam::{account}:role/{role}")).role_session_name("test").send().await;
        sent.map_err(|error| assert!(format!("{error:?}").contains("AccessDenied"), "{error:?}")).is_ok()
    }
}

/// Returns the plan, in which there is nothing to do.
async fn settled(config: &SdkConfig, organization: &Organization) -> Plan {
    let (_, plan) = planned(config, organization).await.expect("observed");
    assert!(plan.is_settled(), "{:?}", plan.view());
    plan
}

/// Whom operators name, in the management account, becomes administrator of no account.
#[tokio::test]
async fn from_nothing_only_administrators_get_in() {
    let world = World::new();
    let organization = organization(&format!("{MANIFEST}{NARROW}"));
    assert_eq!(applied(&world.config, &organization).await.expect("observed").0.exit, 0);
    let plan = settled(&world.config, &organization).await;
    for key in ["dev", "log-archive"] {
        let account = account_id(&plan, key);
        assert!(!world.gets_in("Engineers", &account, ACCESS_ROLE).await, "{key}");
        assert!(!world.gets_in("Engineers", &account, "landfall/provisioner").await, "{key}");
        assert!(world.gets_in("AdministratorAccess", &account, ACCESS_ROLE).await, "{key}");
        assert!(world.gets_in("AdministratorAccess", &account, "landfall/provisioner").await, "{key}");
    }
    assert!(world.gets_in("Engineers", &account_id(&plan, "dev"), "landfall/deployer").await, "what it is named for");
}

/// An organization of before: it is narrowed if that is allowed by name, narrowed again if it is widened by hand, and not widened
/// again.
#[tokio::test]
async fn an_existing_way_in_is_narrowed_on_request() {
    let world = World::new();
    let wide = organization(MANIFEST);
    assert_eq!(applied(&world.config, &wide).await.expect("observed").0.exit, 0);
    let dev = account_id(&settled(&world.config, &wide).await, "dev");
    assert!(world.gets_in("Engineers", &dev, ACCESS_ROLE).await, "as AWS makes it");

    let narrow = organization(&format!("{MANIFEST}{NARROW}"));
    let (_, plan) = planned(&world.config, &narrow).await.expect("observed");
    let step = plan.steps.iter().find(|step| step.address.to_string() == format!("dev/access-role/{ACCESS_ROLE}")).expect("a step");
    assert!(step.hazards.iter().any(|hazard| hazard.name == HazardName::NarrowAccess), "{:?}", step.hazards);
    assert_eq!(applied(&world.config, &narrow).await.expect("observed").0.exit, 0);
    drop(settled(&world.config, &narrow).await);
    assert!(!world.gets_in("Engineers", &dev, ACCESS_ROLE).await);

    // It is widened by hand: landfall narrows it again, which is not a hazard.
    let member = Principal::Session(dev.parse().expect("an id"), ACCESS_ROLE.to_owned(), "test".to_owned());
    let member = world.simulator.sdk_config_with("eu-west-1", world.simulator.credentials_for(&member).expect("exists"));
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#;
    let iam = aws_sdk_iam::Client::new(&member);
    iam.update_assume_role_policy().role_name(ACCESS_ROLE).policy_document(trust).send().await.expect("widened");
    assert_eq!(applied(&world.config, &narrow).await.expect("observed").0.exit, 0);
    drop(settled(&world.config, &narrow).await);
    assert!(!world.gets_in("Engineers", &dev, ACCESS_ROLE).await);
}

/// A caller that is not among the administrators cannot lock itself out.
#[tokio::test]
async fn a_caller_who_is_not_among_them_is_blocked() {
    let world = World::new();
    let narrow = organization(&format!("{MANIFEST}{NARROW}").replace("sso:AdministratorAccess", "sso:Others"));
    let _ = applied(&world.config, &narrow).await.expect("observed");
    let (_, plan) = planned(&world.config, &narrow).await.expect("observed");
    let blocked: Vec<&str> = plan.blocked.iter().map(|blocked| blocked.blocked.reason.as_str()).collect();
    assert!(blocked.iter().any(|reason| reason.contains("access.administrators does not name you")), "{blocked:?}");
    let dev = account_id(&plan, "dev");
    assert!(world.gets_in("AdministratorAccess", &dev, ACCESS_ROLE).await, "the caller is still in");
}

/// The same holds for `provisioner` of an organization that is narrow already: neither way in is taken from the caller.
#[tokio::test]
async fn neither_way_in_is_taken_from_the_caller() {
    let world = World::new();
    let narrow = format!("{MANIFEST}{NARROW}");
    assert_eq!(applied(&world.config, &organization(&narrow)).await.expect("observed").0.exit, 0);
    let others = organization(&narrow.replace("sso:AdministratorAccess", "sso:Platform"));
    let (_, plan) = planned(&world.config, &others).await.expect("observed");
    for (address, name) in [("dev/iam-role/provisioner", "provisioner"), (&format!("dev/access-role/{ACCESS_ROLE}"), ACCESS_ROLE)] {
        let blocked = plan.blocked.iter().find(|blocked| blocked.address.to_string() == address);
        let blocked = &blocked.unwrap_or_else(|| panic!("{address}: {:?}", plan.view())).blocked;
        let end = format!("access.administrators does not name you: narrowing {name} would lock you out");
        assert!(blocked.reason.ends_with(&end), "{blocked:?}");
        let hint = blocked.hint.as_deref().unwrap_or_default();
        assert_eq!(hint, "run it as one of these (sso:Platform), or add yourself to access.administrators");
        assert!(!plan.steps.iter().any(|step| step.address.to_string() == address), "{address}");
    }
    let _ = applied(&world.config, &others).await.expect("observed");
    let dev = account_id(&plan, "dev");
    for role in [ACCESS_ROLE, "landfall/provisioner"] {
        assert!(world.gets_in("AdministratorAccess", &dev, role).await, "{role}");
    }
}

/// If a caller is refused because the manifest does not name it, the hint shows that first, and never advises to open the access
/// role.
#[tokio::test]
async fn a_caller_that_is_not_an_administrator_is_refused_with_that_reason() {
    let world = World::new();
    let narrow = organization(&format!("{MANIFEST}{NARROW}"));
    assert_eq!(applied(&world.config, &narrow).await.expect("observed").0.exit, 0);
    let engineers = world.simulator.credentials_for(&Principal::PermissionSet("Engineers".to_owned())).expect("a management account");
    let engineers = world.simulator.sdk_config_with("eu-west-1", engineers);
    let start = "access.administrators in the manifest does not include \
                 arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_Engineers_";
    // However young the accounts are: they would be ready, and not for this caller. So who applies does not wait, either.
    let told = std::sync::Mutex::new(Vec::new());
    let tell = |what: &str| told.lock().expect("whole").push(what.to_owned());
    let sessions = Sessions::open(&engineers, &narrow.region).await.expect("open");
    let refused = observe_and_tell(&sessions, &narrow, &desired(&narrow), NotReady::Wait, &tell).await.expect("observed");
    assert!(refused.account_sessions.is_empty());
    assert_eq!(told.into_inner().expect("whole"), [""; 0]);
    let (_, plan) = planned(&engineers, &narrow).await.expect("observed");
    assert_eq!((plan.unreadable.len(), plan.not_ready.len()), (2, 0), "{:?}", plan.unreadable);
    for closed in &plan.unreadable {
        assert!(closed.reason.starts_with(start) && closed.reason.contains(": neither landfall/provisioner"), "{closed:?}");
        assert_eq!(closed.hint, "run it as one of these (sso:AdministratorAccess)");
    }
    // A caller among them that is refused for another reason is not advised to open it to everyone, either.
    let dev = account_id(&settled(&world.config, &narrow).await, "dev");
    let member = Principal::Session(dev.parse().expect("an id"), ACCESS_ROLE.to_owned(), "test".to_owned());
    let member = world.simulator.sdk_config_with("eu-west-1", world.simulator.credentials_for(&member).expect("exists"));
    let nobody = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222299999999:root"},"Action":"sts:AssumeRole"}]}"#;
    let iam = aws_sdk_iam::Client::new(&member);
    for role in ["provisioner", ACCESS_ROLE] {
        iam.update_assume_role_policy().role_name(role).policy_document(nobody).send().await.expect("shut");
    }
    // Who may get in waits until the account is old enough.
    let sessions = Sessions::open(&world.config, &narrow.region).await.expect("open");
    drop(observe(&sessions, &narrow, &desired(&narrow), NotReady::Wait).await.expect("observed"));
    let (_, plan) = planned(&world.config, &narrow).await.expect("observed");
    let closed = plan.unreadable.first().expect("dev is shut");
    assert!(closed.reason.starts_with("neither landfall/provisioner nor"), "{closed:?}");
    assert!(closed.hint.contains("The last resort") && !closed.hint.contains("the management account"), "{closed:?}");
}

/// A narrow access role is never called wide, whatever the manifest no longer says.
#[tokio::test]
async fn what_was_narrowed_is_not_called_wide() {
    let world = World::new();
    let narrow = format!("{MANIFEST}{NARROW}");
    assert_eq!(applied(&world.config, &organization(&narrow)).await.expect("observed").0.exit, 0);
    let alone: String = narrow.split_inclusive('\n').filter(|line| !line.starts_with("break_glass")).collect();
    let (_, plan) = planned(&world.config, &organization(&alone)).await.expect("observed");
    assert!(!plan.notices.iter().any(|notice| notice.text.contains("everyone who may assume")), "{:?}", plan.notices);
    assert!(plan.notices.iter().any(|notice| notice.text.contains("alone is the only way in")), "{:?}", plan.notices);
    assert!(!world.gets_in("Engineers", &account_id(&plan, "dev"), ACCESS_ROLE).await);
}

/// A role that cannot have the boundary as a condition is named, with the line that protects it.
#[tokio::test]
async fn roles_without_the_boundary_that_a_deployer_could_use_are_named() {
    let world = World::new();
    let wide = organization(MANIFEST);
    assert_eq!(applied(&world.config, &wide).await.expect("observed").0.exit, 0);
    let dev = account_id(&settled(&world.config, &wide).await, "dev");
    let member = Principal::Session(dev.parse().expect("an id"), ACCESS_ROLE.to_owned(), "test".to_owned());
    let member = world.simulator.sdk_config_with("eu-west-1", world.simulator.credentials_for(&member).expect("exists"));
    let iam = aws_sdk_iam::Client::new(&member);
    let service = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let everything = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let boundary = format!("arn:aws:iam::{dev}:policy/landfall/boundary");
    iam.create_role().role_name("builder").path("/ops/").assume_role_policy_document(service).send().await.expect("made");
    iam.create_role().role_name("app").assume_role_policy_document(service).permissions_boundary(boundary).send().await.expect("made");
    let policy = iam.create_policy().policy_name("people").policy_document(everything).send().await.expect("made");
    let arn = policy.policy().and_then(|policy| policy.arn()).expect("an ARN");
    iam.attach_role_policy().role_name("builder").policy_arn(arn).send().await.expect("attached");

    let said = |plan: &Plan| plan.notices.iter().find(|notice| notice.text.contains("get past the boundary")).cloned();
    let (_, plan) = planned(&world.config, &wide).await.expect("observed");
    let notice = said(&plan).expect("a notice");
    assert!(notice.text.contains("have a service act as ops/builder, and rewrite people"), "{notice:?}");
    assert!(notice.hint.contains(r#"protected_roles = ["ops/builder"]"#) && !notice.hint.contains("app"), "{notice:?}");

    // As `cdk bootstrap` makes one: everyone in the account may assume it. If the trust names one of them, no other may.
    let trusting = |condition: &str| {
        let root = format!("arn:aws:iam::{dev}:root");
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{root}"}},"Action":"sts:AssumeRole"{condition}}}]}}"#
        )
    };
    let named = format!(r#","Condition":{{"ArnLike":{{"aws:PrincipalArn":"arn:aws:iam::{dev}:role/admin"}}}}"#);
    let elsewhere = trusting("").replace(&dev, "111111111111");
    for (name, trust) in [("deploy", trusting("")), ("admins", trusting(&named)), ("parent", elsewhere)] {
        iam.create_role().role_name(name).path("/ops/").assume_role_policy_document(trust).send().await.expect("made");
    }
    let (_, plan) = planned(&world.config, &wide).await.expect("observed");
    let notice = said(&plan).expect("a notice");
    assert!(notice.text.contains(", and assume ops/deploy, which trusts the account as a whole, and "), "{notice:?}");
    assert!(notice.hint.contains(r#"protected_roles = ["ops/builder", "ops/deploy"]"#), "{notice:?}");
    let protected = organization(&format!("{MANIFEST}protected_roles = [\"ops/*\"]\nprotected_policies = [\"people\"]\n"));
    let (_, plan) = planned(&world.config, &protected).await.expect("observed");
    assert_eq!(said(&plan), None);
    // A deployer does not pass it any more, and changes what runs as it; one that no service acts as runs nothing.
    let running: Vec<&str> =
        plan.notices.iter().map(|notice| notice.text.as_str()).filter(|text| text.starts_with("protected_roles keeps")).collect();
    assert!(matches!(running[..], [text] if text.contains("account/dev from passing ops/builder, but not from changing")), "{running:?}");
}

/// The guardrails exempt `provisioner` by its name, so one that landfall did not make is reported.
#[tokio::test]
async fn an_unmanaged_provisioner_is_named() {
    let world = World::new();
    let wide = organization(MANIFEST);
    assert_eq!(applied(&world.config, &wide).await.expect("observed").0.exit, 0);
    let dev = account_id(&settled(&world.config, &wide).await, "dev");
    let member = Principal::Session(dev.parse().expect("an id"), ACCESS_ROLE.to_owned(), "test".to_owned());
    let member = world.simulator.sdk_config_with("eu-west-1", world.simulator.credentials_for(&member).expect("exists"));
    let iam = aws_sdk_iam::Client::new(&member);
    let said = |plan: &Plan| plan.notices.iter().find(|notice| notice.text.contains("the guardrails exempt it")).cloned();
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222299999999:root"},"Action":"sts:AssumeRole"}]}"#;
    for tags in [None, Some("another")] {
        iam.detach_role_policy()
            .role_name("provisioner")
            .policy_arn("arn:aws:iam::aws:policy/AdministratorAccess")
            .send()
            .await
            .expect("detached");
        iam.delete_role().role_name("provisioner").send().await.expect("deleted");
        let make = iam.create_role().role_name("provisioner").path("/landfall/").assume_role_policy_document(trust);
        let tag = |key: &str, value: &str| aws_sdk_iam::types::Tag::builder().key(key).value(value).build().expect("a tag");
        let make = tags.into_iter().fold(make, |make, other| make.tags(tag("landfall:organization", other)));
        make.send().await.expect("made");
        iam.attach_role_policy()
            .role_name("provisioner")
            .policy_arn("arn:aws:iam::aws:policy/AdministratorAccess")
            .send()
            .await
            .expect("attached");
        let (_, plan) = planned(&world.config, &wide).await.expect("observed");
        let notice = said(&plan).expect("a notice");
        assert!(notice.weighty, "{notice:?}");
        assert!(notice.text.starts_with(&format!("arn:aws:iam::{dev}:role/landfall/provisioner is not managed by landfall")), "{notice:?}");
        assert!(notice.text.contains("222299999999"), "{notice:?}");
        assert!(plan.blocked.iter().any(|blocked| blocked.address.to_string() == "dev/iam-role/provisioner"), "{:?}", plan.view());
    }
    // Another caller, not among the administrators, sees its own problem, and no false notice about landfall's own role.
    let own = World::new();
    assert_eq!(applied(&own.config, &wide).await.expect("observed").0.exit, 0);
    let without_caller =
        organization(&format!("{MANIFEST}administrators = [\"sso:Others\"]\nbreak_glass = [\"arn:aws:iam::111111111111:user/ada\"]\n"));
    let (_, plan) = planned(&own.config, &without_caller).await.expect("observed");
    assert!(plan.blocked.iter().any(|blocked| blocked.address.to_string() == "dev/iam-role/provisioner"), "{:?}", plan.view());
    assert_eq!(said(&plan), None);
    // One under another path is not exempt: it only blocks the name.
    iam.detach_role_policy()
        .role_name("provisioner")
        .policy_arn("arn:aws:iam::aws:policy/AdministratorAccess")
        .send()
        .await
        .expect("detached");
    iam.delete_role().role_name("provisioner").send().await.expect("deleted");
    iam.create_role().role_name("provisioner").assume_role_policy_document(trust).send().await.expect("made");
    let (_, plan) = planned(&world.config, &wide).await.expect("observed");
    assert_eq!(said(&plan), None);
    assert!(plan.blocked.iter().any(|blocked| blocked.address.to_string() == "dev/iam-role/provisioner"), "{:?}", plan.view());
}

/// A manifest does not know the management account; the plan does, and accepts no administrator of another one.
#[tokio::test]
async fn principals_of_another_account_are_refused() {
    let world = World::new();
    for (list, arn) in [
        ("administrators", "arn:aws:iam::222299999999:role/admin"),
        ("planners", "arn:aws:iam::222299999999:role/plan"),
        ("break_glass", "arn:aws:iam::222299999999:user/eve"),
    ] {
        let organization = organization(&format!("{MANIFEST}{list} = [\"{arn}\"]\n"));
        let sessions = Sessions::open(&world.config, &organization.region).await.expect("a session");
        let wanted = desired(&organization);
        let survey = observe(&sessions, &organization, &wanted, NotReady::Report).await.expect("observed");
        let refused = plan(&organization, &wanted, &survey.observation, &PlanOptions::default()).expect_err("refused");
        let expected = format!("access.{list} names {arn}, which is not in the management account (111111111111)");
        assert!(refused.to_string().starts_with(&expected), "{refused}");
    }
    let own = organization(&format!("{MANIFEST}administrators = [\"arn:aws:iam::111111111111:role/admin\"]\n"));
    drop(planned(&world.config, &own).await.expect("observed"));
}

/// An adopted account may have the access role of its former organization: each plan names it, until it is gone. The account's own role,
/// of another name, passes the guardrails there and nowhere else.
#[tokio::test]
async fn an_access_role_of_a_former_organization_is_named() {
    let world = World::new();
    let plain = organization(MANIFEST);
    assert_eq!(applied(&world.config, &plain).await.expect("observed").0.exit, 0);
    let built = settled(&world.config, &plain).await;
    let (dev, archive) = (account_id(&built, "dev"), account_id(&built, "log-archive"));
    let iam = |account: &str, role: &str| {
        let member = Principal::Session(account.parse().expect("an id"), role.to_owned(), "test".to_owned());
        let credentials = world.simulator.credentials_for(&member).expect("exists");
        aws_sdk_iam::Client::new(&world.simulator.sdk_config_with("eu-west-1", credentials))
    };
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole"}]}"#;
    for account in [&dev, &archive] {
        let entrance = iam(account, ACCESS_ROLE);
        entrance.create_role().role_name("Ops").assume_role_policy_document(trust).send().await.expect("made");
        let everything = "arn:aws:iam::aws:policy/AdministratorAccess";
        entrance.attach_role_policy().role_name("Ops").policy_arn(everything).send().await.expect("attached");
    }
    let adopted = organization(&format!("{MANIFEST}\n[accounts.dev]\nid = \"{dev}\"\naccess_role = \"Ops\"\n"));
    assert_eq!(applied(&world.config, &adopted).await.expect("observed").0.exit, 0);
    let said =
        |plan: &Plan| plan.notices.iter().filter(|notice| notice.text.contains("is past every guardrail")).cloned().collect::<Vec<_>>();
    let found = said(&settled(&world.config, &adopted).await);
    let [notice] = found.as_slice() else { panic!("one notice, of dev's: {found:?}") };
    assert!(notice.weighty, "{notice:?}");
    assert!(notice.text.starts_with(&format!("arn:aws:iam::{dev}:role/{ACCESS_ROLE} is past every guardrail")), "{notice:?}");
    assert!(notice.text.contains("lets in") && notice.text.contains("111111111111"), "{notice:?}");
    assert!(notice.hint.contains(&format!("landfall exec dev --role provisioner -- aws iam delete-role --role-name {ACCESS_ROLE}")));

    let opens = |iam: aws_sdk_iam::Client| async move {
        iam.update_assume_role_policy().role_name("provisioner").policy_document(trust).send().await.is_ok()
    };
    assert!(!opens(iam(&archive, "Ops")).await, "a namesake in another account is under the guardrails");
    assert!(opens(iam(&dev, "Ops")).await, "the account's own is not");

    let provisioner = iam(&dev, "provisioner");
    for name in provisioner.list_role_policies().role_name(ACCESS_ROLE).send().await.expect("listed").policy_names {
        provisioner.delete_role_policy().role_name(ACCESS_ROLE).policy_name(name).send().await.expect("deleted");
    }
    for policy in provisioner.list_attached_role_policies().role_name(ACCESS_ROLE).send().await.expect("listed").attached_policies() {
        let arn = policy.policy_arn().expect("an ARN");
        provisioner.detach_role_policy().role_name(ACCESS_ROLE).policy_arn(arn).send().await.expect("detached");
    }
    provisioner.delete_role().role_name(ACCESS_ROLE).send().await.expect("deleted");
    let (_, plan) = planned(&world.config, &adopted).await.expect("observed");
    assert!(said(&plan).is_empty(), "{:?}", plan.notices);
}
