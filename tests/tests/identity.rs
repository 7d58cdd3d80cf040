//! Which account is which: renamed keys, changed e-mails, closed and foreign accounts, units and guardrails of other owners. Each
//! row is a case that occurred, and what the plan has to show.

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use aws_smithy_async::rt::sleep::AsyncSleep as _;
use landfall::id::AccountId;
use landfall::kind::{Action, HazardName};
use landfall::model::Organization;
use landfall::plan::Plan;
use landfall::session::{AssumeRequest, Sessions};
use landfall::simulator::{Clock, Options, Preset, Simulator};
use landfall_tests::hands::{Hand, suffer};
use landfall_tests::watched::guarded;
use landfall_tests::{applied, failures, organization, planned, small};
use serde_json::{Value, json};

const REGION: &str = "eu-west-1";
static MANIFEST: LazyLock<String> = LazyLock::new(|| {
    small(
        r#"
[access]
operators = ["sso:Engineers"]
[accounts.tooling]
unit = "Infrastructure"
email = "tools@acme.example"
network = { cidr = "10.0.0.0/24", azs = 1, subnets = ["public", "private"], nat = "single" }
"#,
    )
});

async fn built() -> String {
    let simulator = Simulator::new(Options::default(), Clock::virtual_from(SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000)));
    let (_, events) = applied(&simulator.sdk_config(REGION), &organization(&MANIFEST)).await.expect("observed");
    assert_eq!(failures(&events), [""; 0]);
    simulator.to_json()
}

fn opened(document: &Value) -> Simulator {
    Simulator::from_json(&document.to_string(), Clock::virtual_from).expect("hands leave a world")
}

async fn world() -> Value {
    serde_json::from_str(&built().await).expect("a world is JSON")
}

/// Returns the id of the account that AWS calls so.
fn id_of(document: &Value, name: &str) -> String {
    let accounts = document["world"]["accounts"].as_object().expect("accounts");
    accounts.iter().find(|(_, account)| account["name"] == name).map_or_else(|| panic!("no {name}"), |(id, _)| id.clone())
}

fn addresses(plan: &Plan) -> Vec<String> {
    plan.steps.iter().map(|step| step.address.to_string()).collect()
}

fn blocked(plan: &Plan) -> Vec<String> {
    plan.view().blocked.iter().map(|blocked| format!("{}: {}", blocked.address, blocked.reason)).collect()
}

fn notices(plan: &Plan) -> String {
    plan.notices.iter().map(|notice| [notice.text.as_str(), notice.hint.as_str()].join("\n  ")).collect::<Vec<_>>().join("\n")
}

/// Plans with `--prune`, applies, and returns the plan and what failed.
async fn pruned(simulator: &Simulator, organization: &Organization) -> (Plan, Vec<String>) {
    let (plan, events) = landfall_tests::pruned(&simulator.sdk_config(REGION), organization).await;
    (plan, failures(&events))
}

/// The account stays blocked, and with it all that is in it.
#[tokio::test]
async fn a_key_that_changes_without_an_id_builds_nothing_a_second_time() {
    let simulator = opened(&world().await);
    let renamed = organization(&MANIFEST.replace("accounts.tooling", "accounts.platform"));
    let (plan, wrong) = pruned(&simulator, &renamed).await;
    assert!(blocked(&plan).iter().any(|line| line.contains("account/platform: ") && line.contains("is tagged as account/tooling")));
    assert!(addresses(&plan).iter().all(|address| !address.starts_with("platform/") && !address.starts_with("tooling/")), "{plan:#?}");
    assert_eq!(wrong, [""; 0]);
    let hint = plan.view().blocked.into_iter().find(|blocked| blocked.address.to_string() == "account/platform").and_then(|it| it.hint);
    assert!(hint.is_some_and(|hint| hint.contains("id = \"2222")));
}

/// F6: the line that the hint names is accepted, and leads to a settled plan.
#[tokio::test]
async fn an_environment_is_renamed_by_the_id_of_its_account() {
    let document = world().await;
    let (id, simulator) = (id_of(&document, "acme-dev"), opened(&document));
    let text = MANIFEST.replace("environments.dev]", "environments.qa]");
    let (_, suspected) = planned(&simulator.sdk_config(REGION), &organization(&text)).await.expect("observed");
    let said = notices(&suspected);
    assert!(said.contains("is qa the former dev?") && said.contains(&format!("`[accounts.qa]` with `id = \"{id}\"`")), "{said}");

    let renamed = organization(&format!("{text}\n[accounts.qa]\nid = \"{id}\"\n"));
    let (_, plan) = planned(&simulator.sdk_config(REGION), &renamed).await.expect("observed");
    assert_eq!(blocked(&plan), [""; 0]);
    assert!(plan.steps.iter().all(|step| step.change.action() == Action::Change), "nothing is made anew: {:?}", addresses(&plan));
    let (_, events) = applied(&simulator.sdk_config(REGION), &renamed).await.expect("observed");
    assert_eq!(failures(&events), [""; 0]);
    let (_, settled) = planned(&simulator.sdk_config(REGION), &renamed).await.expect("observed");
    assert!(settled.is_settled() && settled.orphans.is_empty(), "{:?} {:?}", addresses(&settled), settled.orphans);
}

/// A root e-mail that was changed in AWS.
#[tokio::test]
async fn an_account_whose_email_changed_is_known_by_its_id() {
    let mut document = world().await;
    let id = id_of(&document, "acme-dev");
    document["world"]["accounts"][&id]["email"] = json!("platform@acme.example");
    let simulator = opened(&document);
    let (_, plan) = planned(&simulator.sdk_config(REGION), &organization(&MANIFEST)).await.expect("observed");
    let account = plan.view().blocked.into_iter().find(|blocked| blocked.address.to_string() == "account/dev").expect("blocked");
    let hint = account.hint.expect("a hint");
    assert!(hint.contains(&format!("`id = \"{id}\"`")) && hint.contains("platform@acme.example"), "{hint}");
    let others = plan.view().blocked.into_iter().filter(|blocked| blocked.address.to_string() != "account/dev");
    assert!(others.into_iter().all(|other| other.needs.is_some_and(|needs| needs.to_string() == "account/dev")), "{:?}", blocked(&plan));
    let named = organization(&format!("{manifest}\n[accounts.dev]\nid = \"{id}\"\n", manifest = *MANIFEST));
    let (_, plan) = planned(&simulator.sdk_config(REGION), &named).await.expect("observed");
    assert!(plan.is_settled(), "{:?} {:?}", addresses(&plan), blocked(&plan));
}

/// F14: never a create that apply then refuses.
#[tokio::test]
async fn an_id_that_is_not_in_the_organization_is_blocked_with_the_command_that_invites_it() {
    let simulator = opened(&world().await);
    let more =
        organization(&format!("{manifest}\n[accounts.legacy]\nunit = \"Infrastructure\"\nid = \"444455556666\"\n", manifest = *MANIFEST));
    let (_, plan) = planned(&simulator.sdk_config(REGION), &more).await.expect("observed");
    assert_eq!(addresses(&plan), [""; 0]);
    let view = plan.view();
    assert_eq!(view.blocked[0].reason, "account 444455556666 is not in this organization");
    assert!(view.blocked[0].hint.as_deref().is_some_and(|hint| hint.contains("invite-account-to-organization --target Id=444455556666")));
}

/// A closed account is a notice, and nothing else is held up by it.
#[tokio::test]
async fn a_closed_account_is_a_notice() {
    let mut document = world().await;
    let id = id_of(&document, "acme-dev");
    document["world"]["accounts"][&id]["state"] = json!({"is": "closed"});
    let simulator = opened(&document);
    let (_, plan) = planned(&simulator.sdk_config(REGION), &organization(&MANIFEST)).await.expect("observed");
    assert!(plan.is_clear() && !plan.is_pending(), "{:?} {:?}", addresses(&plan), blocked(&plan));
    assert!(notices(&plan).contains(&format!("acme-dev ({id}) is closed")), "{}", notices(&plan));
}

/// F6: taken over by its e-mail, and what follows from that.
#[tokio::test]
async fn an_adoption_by_email_says_what_follows() {
    let simulator = opened(&world().await);
    let organizations = aws_sdk_organizations::Client::new(&simulator.sdk_config(REGION));
    organizations.create_account().account_name("Staging (old)").email("aws+staging@acme.example").send().await.expect("accepted");
    let network = "network = { cidr = \"10.32.0.0/16\" }";
    let more = organization(&format!("{manifest}\n[environments.staging]\ntier = \"production\"\n{network}\n", manifest = *MANIFEST));
    let (_, plan) = planned(&simulator.sdk_config(REGION), &more).await.expect("observed");
    let said = notices(&plan);
    assert!(said.contains("staging takes over the existing account \"Staging (old)\""), "{said}");
    assert!(
        said.contains(
            "guardrails base, daily-backup-staging, data-perimeter, ec2-defaults, ec2-sharing, s3-perimeter, s3-public-access and strict; \
             3 NAT gateways billed by the hour; 3 addresses billed by the hour"
        ),
        "{said}"
    );
}

/// A creation in flight of another owner's account with the same name.
#[tokio::test]
async fn a_creation_of_the_same_name_with_another_email_is_not_used() {
    let mut document = world().await;
    suffer(&mut document, Hand::InFlight(0));
    let simulator = opened(&document);
    let more = organization(&format!("{manifest}\n[environments.qa]\ntier = \"development\"\n", manifest = *MANIFEST));
    let (_, events) = applied(&simulator.sdk_config(REGION), &more).await.expect("observed");
    let wrong = failures(&events);
    assert!(wrong.iter().any(|line| line.contains("account/qa: ") && line.contains("acme-qa@somewhere.example")), "{wrong:?}");
    let after: Value = serde_json::from_str(&simulator.to_json()).expect("JSON");
    let stranger = id_of(&after, "acme-qa");
    assert!(after["world"]["accounts"][&stranger]["iam"]["roles"]["provisioner"].is_null(), "nothing is built in it");
    // The next run makes one of its own.
    let (_, events) = applied(&simulator.sdk_config(REGION), &more).await.expect("observed");
    assert_eq!(failures(&events), [""; 0]);
}

/// As it was met: a typing error in the template, corrected while AWS was creating.
#[tokio::test]
async fn an_account_that_was_begun_with_another_email_is_not_taken_for_the_corrected_one() {
    let clock = Clock::virtual_from(SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000));
    let mut options = Options::default();
    options.preset = Preset::Realistic;
    let simulator = Simulator::new(options, clock);
    let organizations = aws_sdk_organizations::Client::new(&simulator.sdk_config(REGION));
    let small = "schema = 1\n[organization]\nname = \"acme\"\nemail = \"aws+{account}@acme.example\"\nregion = \"eu-west-1\"\nregions = [\"eu-west-1\"]\n";
    organizations.create_organization().send().await.expect("made");
    simulator.clock().sleep_impl().sleep(Duration::from_secs(90)).await;
    let typed = organizations.create_account().account_name("acme-log-archive").email("aws+log-archive@acne.example");
    typed.send().await.expect("accepted");
    let (_, events) = applied(&simulator.sdk_config(REGION), &organization(small)).await.expect("observed");
    let wrong = failures(&events);
    assert!(
        wrong.iter().any(|line| line.contains("aws+log-archive@acne.example, and the manifest says aws+log-archive@acme.example")),
        "{wrong:?}"
    );
}

/// F1: everything below a unit that is not ours is left alone.
#[tokio::test]
async fn nothing_is_attached_to_or_created_under_an_unmanaged_unit() {
    let clock = Clock::virtual_from(SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000));
    let simulator = Simulator::new(Options::default(), clock);
    let config = simulator.sdk_config(REGION);
    let organizations = aws_sdk_organizations::Client::new(&config);
    organizations.create_organization().send().await.expect("made");
    let root = organizations.list_roots().send().await.expect("listed").roots()[0].id().expect("an id").to_owned();
    let unit = organizations.create_organizational_unit().parent_id(&root).name("Workloads").send().await.expect("made");
    let unit = unit.organizational_unit().and_then(|unit| unit.id()).expect("an id").to_owned();
    let (_, events) = applied(&config, &organization(&MANIFEST)).await.expect("observed");
    assert_eq!(failures(&events), [""; 0], "what is blocked is no step");
    let policies = organizations
        .list_policies_for_target()
        .target_id(&unit)
        .filter(aws_sdk_organizations::types::PolicyType::ServiceControlPolicy)
        .send()
        .await
        .expect("listed");
    let names: Vec<&str> = policies.policies().iter().filter_map(|policy| policy.name()).collect();
    assert_eq!(names, ["FullAWSAccess"]);
    let below = organizations.list_organizational_units_for_parent().parent_id(&unit).send().await.expect("listed");
    assert_eq!(below.organizational_units().len(), 0);
    let (_, plan) = planned(&config, &organization(&MANIFEST)).await.expect("observed");
    let lines = blocked(&plan);
    assert!(lines.contains(&"attachment/Workloads/base: it needs unit/Workloads".to_owned()), "{lines:?}");
    assert!(lines.contains(&"unit/Workloads/Production: it needs unit/Workloads".to_owned()), "{lines:?}");
}

/// A renamed unit, a renamed guardrail, and `--prune`.
#[tokio::test]
async fn prune_takes_no_guardrail_away_whose_replacement_is_blocked() {
    for (hand, address) in [(Hand::RenameUnit as fn(usize) -> Hand, "unit/"), (Hand::RenamePolicy, "guardrail/")] {
        for number in 0..6 {
            let mut document = world().await;
            suffer(&mut document, hand(number));
            let simulator = opened(&document);
            let before = guarded(&simulator);
            let (plan, wrong) = pruned(&simulator, &organization(&MANIFEST)).await;
            assert_eq!(wrong, [""; 0]);
            assert!(blocked(&plan).iter().any(|line| line.starts_with(address)), "{hand:?} {number}: {:?}", blocked(&plan));
            for (account, had) in before {
                assert!(guarded(&simulator)[&account].is_superset(&had), "{account} lost a guardrail: {:?}", addresses(&plan));
            }
        }
    }
}

/// An account that is not in the manifest keeps what guards it, also where the manifest has no use for the guardrail any more; and
/// nothing is taken off on the word of a guardrail that is blocked, wherever it is attached.
#[tokio::test]
async fn prune_takes_no_guardrail_from_an_account_of_others() {
    let mut document = world().await;
    let id = id_of(&document, "acme-prod");
    document["world"]["accounts"][&id]["email"] = json!("legacy@somewhere.example");
    document["world"]["organization"]["tags"][&id] = json!({});
    let simulator = opened(&document);
    let before = guarded(&simulator);
    let less = organization(&MANIFEST.replace("[environments.prod]\ntier = \"production\"\n", ""));
    let (_, wrong) = pruned(&simulator, &less).await;
    assert_eq!(wrong, [""; 0]);
    assert!(guarded(&simulator)[&id].is_superset(&before[&id]), "{:?}", guarded(&simulator)[&id]);

    let mut renamed = world().await;
    let policies = renamed["world"]["organization"]["policies"].as_object_mut().expect("policies");
    policies.values_mut().find(|policy| policy["name"] == "landfall-base").expect("made")["name"] = json!("renamed");
    let (plan, _) = pruned(&opened(&renamed), &organization(&MANIFEST)).await;
    assert_eq!(addresses(&plan), [""; 0], "nor from a unit that holds no account");
}

/// A lower tier, or a guardrail that the manifest no longer puts on an account, gives up what guards it: that is asked for.
#[tokio::test]
async fn giving_a_guardrail_up_is_a_hazard() {
    for (to, prune) in [("tier = \"development\"", false), ("tier = \"production\"\nguardrails = []", true)] {
        let simulator = opened(&world().await);
        let less = organization(&MANIFEST.replace("tier = \"production\"", to));
        let (plan, _) = if prune {
            pruned(&simulator, &less).await
        } else {
            (planned(&simulator.sdk_config(REGION), &less).await.expect("observed").1, Vec::new())
        };
        let asked: Vec<String> = plan.hazards(&[]).map(|(address, hazard)| format!("{address} {}: {}", hazard.name, hazard.text)).collect();
        assert!(
            asked.iter().any(|line| line.contains("remove-guardrail: ") && line.contains("acme-prod") && line.contains("strict")),
            "{to}: {asked:?}"
        );
    }
    let same = organization(&MANIFEST.replace("tier = \"production\"", "tier = \"production\"\nunit = \"Workloads/Live\""));
    let (plan, _) = pruned(&opened(&world().await), &same).await;
    assert_eq!(plan.hazards(&[]).count(), 0, "what is guarded as before needs no word");
}

/// Found by its tags, whatever it is called.
#[tokio::test]
async fn a_guardrail_that_lost_its_prefix_is_not_made_a_second_time() {
    let mut document = world().await;
    let policies = document["world"]["organization"]["policies"].as_object_mut().expect("policies");
    let base = policies.values_mut().find(|policy| policy["name"] == "landfall-base").expect("made");
    base["name"] = json!("acme-base");
    let (_, plan) = planned(&opened(&document).sdk_config(REGION), &organization(&MANIFEST)).await.expect("observed");
    assert_eq!(addresses(&plan), [""; 0]);
    assert!(blocked(&plan).iter().any(|line| line.starts_with("guardrail/base: acme-base (p-")), "{:?}", blocked(&plan));
}

/// F12: what is in an account that left the manifest is listed with what it costs, and removed where that is allowed.
#[tokio::test]
async fn an_account_that_leaves_is_looked_into_and_can_be_emptied() {
    let simulator = opened(&world().await);
    let less = MANIFEST.split("[accounts.tooling]").next().expect("a text");
    let less = organization(&less.replace(
        "tier = \"development\"\nnetwork = { cidr = \"10.16.0.0/24\", azs = 1, subnets = [\"public\", \"private\"] }",
        "tier = \"development\"",
    ));
    let (_, listed) = planned(&simulator.sdk_config(REGION), &less).await.expect("observed");
    assert!(listed.is_clear(), "{:?}", blocked(&listed));
    let orphans: Vec<String> = listed.orphans.iter().map(|orphan| orphan.address.to_string()).collect();
    for address in ["account/tooling", "tooling/eu-west-1/nat/a", "tooling/iam-role/auditor", "dev/eu-west-1/nat/a"] {
        assert!(orphans.iter().any(|orphan| orphan == address), "{address}: {orphans:?}");
    }
    assert!(notices(&listed).contains("acme-tooling ("), "{}", notices(&listed));
    let (plan, wrong) = pruned(&simulator, &less).await;
    assert_eq!(wrong, [""; 0]);
    let asked: Vec<HazardName> = plan.hazards(&[]).map(|(_, hazard)| hazard.name).collect();
    assert!(asked.contains(&HazardName::RemoveNetwork) && asked.contains(&HazardName::RemoveRole), "{asked:?}");
    let (_, after) = planned(&simulator.sdk_config(REGION), &less).await.expect("observed");
    let left: Vec<String> = after.orphans.iter().map(|orphan| orphan.address.to_string()).collect();
    assert!(left.iter().all(|address| !address.contains("/nat/") && !address.contains("/vpc/")), "{left:?}");
    assert!(left.contains(&"tooling/iam-role/provisioner".to_owned()), "the way in stays: {left:?}");
    assert!(after.orphans.iter().all(|orphan| !orphan.removable), "{:?}", after.orphans);
    assert!(notices(&listed).contains("--prune") && !notices(&after).contains("--prune"), "{}", notices(&after));
}

/// A boundary is what keeps roles of deployers from more: it stays until they are gone, and the plan names them.
#[tokio::test]
async fn a_boundary_that_is_in_use_stays() {
    let simulator = opened(&world().await);
    let config = simulator.sdk_config(REGION);
    let (_, plan) = planned(&config, &organization(&MANIFEST)).await.expect("observed");
    let id: AccountId = plan.facts.find(&"account/dev".parse().expect("valid"), "id").expect("built").parse().expect("an id");
    let sessions = Sessions::open(&config, &REGION.parse().expect("a Region")).await.expect("a session");
    let role = format!("arn:aws:iam::{id}:role/OrganizationAccountAccessRole");
    let dev = sessions.session(AssumeRequest::new(id.clone(), role)).await.expect("a session");
    let iam = aws_sdk_iam::Client::new(dev.sdk_config());
    let boundary = format!("arn:aws:iam::{id}:policy/landfall/boundary");
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    iam.create_role().role_name("app").assume_role_policy_document(trust).permissions_boundary(boundary).send().await.expect("made");

    let without = organization(&MANIFEST.replace(
        "[environments.dev]\ntier = \"development\"\nnetwork = { cidr = \"10.16.0.0/24\", azs = 1, subnets = [\"public\", \"private\"] }\n",
        "",
    ));
    let (plan, wrong) = pruned(&simulator, &without).await;
    assert_eq!(wrong, [""; 0]);
    let stays = plan.orphans.iter().find(|orphan| orphan.address.to_string() == "dev/iam-policy/boundary").expect("it stays");
    assert_eq!(stays.hint.as_deref(), Some("it is the permissions boundary of role app: remove what landfall did not make first"));
}
