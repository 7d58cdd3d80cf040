//! The laws of `landfall::kind`, for every registered kind: a kind that has no example here fails.
//!
//! The example `ecommerce` is made, changed by other hands, and unmade; each plan is applied twice, the second time by a process
//! that knows only the plan, and the world must not change by it.

use std::collections::{BTreeMap, BTreeSet};

use landfall::address::Address;
use landfall::apply::{Stop, apply};
use landfall::desired::desired;
use landfall::event::{Event, What};
use landfall::kind::{Action, NAMES};
use landfall::manifest::{Source, parse};
use landfall::model::Organization;
use landfall::name::AccountKey;
use landfall::observe::{NotReady, observe};
use landfall::plan::{Plan, PlanOptions, plan};
use landfall::session::{Session, Sessions};
use landfall::simulator::{Clock, Options, Simulator};
use landfall_tests::shape::{difference, shape};
use serde_json::Value;

const REGION: &str = "eu-central-1";
const ECOMMERCE: &str = include_str!("../../examples/ecommerce/landfall.toml");

/// Who is an administrator: with it in a manifest, access roles are narrowed.
const ADMINISTRATORS: &str = "administrators = [\"sso:AdministratorAccess\"]\nbreak_glass = [\"arn:aws:iam::111111111111:user/ada\"]\n";

/// Who is told, and of what; the address confirms at once.
const MONEY: &str = "\n[monitoring]\nmoney = [\"finance@northwind.example\"]\n[budgets]\nprod = 100\n";

/// A network with an interface endpoint, and so with a security group that is made and unmade.
const ENDPOINTS: (&str, &str) = ("azs = 3, nat = \"per-az\"", "azs = 3, nat = \"per-az\", endpoints = [\"kms\"]");

/// A unit without accounts, under a guardrail of its own: accounts stay, and what holds or guards one stays with it.
const SPARE: &str = "\n[units.Spare]\nguardrails = [\"./spare.json\"]\n";

/// Settings that an organization has only if its manifest says so.
const CHOSEN: &str = r#"
[contacts]
security   = { name = "Security", title = "CISO", email = "security@northwind.example", phone = "+1 555 0100" }
billing    = { name = "Bills", title = "CFO", email = "bills@northwind.example", phone = "+1 555 0101" }
operations = { name = "Operations", title = "CTO", email = "ops@northwind.example", phone = "+1 555 0102" }

[accounts.shop-prod]
alias = "northwind-prod"
"#;

/// The same organization with nothing in it.
const BARE: &str = "schema = 1\n[organization]\nname = \"northwind\"\nemail = \"aws+{account}@northwind.example\"\n\
                    region = \"eu-central-1\"\nregions = [\"eu-central-1\", \"us-east-1\"]\n[access]\n";

/// Kinds that only exist or not: they cannot be changed, and one that lost a tag is unmanaged.
const NEVER_CHANGED: [&str; 7] =
    ["attachment", "default-vpc", "policy-type", "service-linked-role", "subscription", "trusted-access", "unit"];
/// Settings: the member of the world that holds each, the value that landfall writes, and a weaker one, as JSON.
const SETTINGS: [(&str, &str, &str, &str); 9] = [
    ("account-alias", "alias", "\"northwind-prod\"", "\"old-name\""),
    ("billing-contact", "email", "\"bills@northwind.example\"", "\"old@northwind.example\""),
    ("ebs-encryption", "ebs_encryption", "true", "false"),
    (
        "log-retention",
        "document",
        r#""{\"retentionInDays\":365,\"enforcementMode\":\"NEW_ONLY\"}""#,
        r#""{\"retentionInDays\":30,\"enforcementMode\":\"NEW_ONLY\"}""#,
    ),
    ("operations-contact", "phone", "\"+1 555 0102\"", "\"+1 555 0000\""),
    ("password-policy", "minimum_length", "14", "8"),
    ("root-access", "root_access", r#"["RootCredentialsManagement", "RootSessions"]"#, r#"["RootCredentialsManagement"]"#),
    ("security-contact", "title", "\"CISO\"", "\"Intern\""),
    ("ssm-sharing", "value", "\"Disable\"", "\"Enable\""),
];
/// A kind without tags, in the same form.
const UNTAGGED: [(&str, &str, &str, &str); 1] = [("budget", "amount", "\"100\"", "\"900\"")];
/// Kinds with documents that are changed by hand; all others that are no settings lose a tag.
const WITH_DOCUMENTS: [&str; 4] = ["access-role", "guardrail", "iam-policy", "iam-role"];

/// A guardrail of the owner's.
const SPARE_GUARDRAIL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Sid":"Spare","Effect":"Deny","Action":"ec2:RunInstances","Resource":"*"}]}"#;

fn parsed(text: &str) -> Organization {
    let source = Source { name: "landfall.toml".to_owned(), text: text.to_owned() };
    let parsed = parse(&source, &|_| Ok(SPARE_GUARDRAIL.to_owned()));
    assert_eq!(parsed.diagnostics, []);
    parsed.organization.expect("no diagnostics")
}

fn kinds(plan: &Plan, action: Action) -> BTreeSet<&'static str> {
    plan.steps.iter().filter(|step| step.change.action() == action).map(|step| step.address.kind()).collect()
}

/// An observation, and its plan.
struct Look {
    sessions: Sessions,
    account_sessions: BTreeMap<AccountKey, Session>,
    plan: Plan,
}

impl Look {
    async fn at(simulator: &Simulator, organization: &Organization, prune: bool) -> Self {
        let sessions = Sessions::open(&simulator.sdk_config(REGION), &organization.region).await.expect("a session");
        let wanted = desired(organization);
        let survey = observe(&sessions, organization, &wanted, NotReady::Report).await.expect("observed");
        let mut options = PlanOptions::default();
        options.prune = prune;
        let plan = plan(organization, &wanted, &survey.observation, &options).expect("not refused");
        Self { sessions, account_sessions: survey.account_sessions, plan }
    }

    async fn carry_out(&self) {
        let mut wrong = Vec::new();
        let report = apply(&self.plan, &self.sessions, self.account_sessions.clone(), &Stop::default(), &mut |event: Event| {
            if let What::StepFailed { address, message, hint, .. } = event.what {
                wrong.push(format!("{address}: {message} ({hint})"));
            }
        })
        .await;
        assert_eq!((wrong, report.done), (Vec::new(), self.plan.steps.len()));
    }

    /// Carries its plan out twice: the second time changes nothing, and what was planned is settled (laws 2, 3 and 4).
    async fn twice(&self, simulator: &Simulator, organization: &Organization, prune: bool) {
        let mut shapes = Vec::new();
        for _ in 0..2 {
            self.carry_out().await;
            let before = simulator.calls().len();
            let after = Self::at(simulator, organization, prune).await.plan;
            assert!(after.steps.is_empty(), "{:?}", after.view());
            // Law 1: observing never writes.
            let written: Vec<String> =
                simulator.calls()[before..].iter().filter(|call| call.mutating).map(|call| call.operation.clone()).collect();
            assert_eq!(written, [""; 0]);
            shapes.push(shape(&simulator.to_json()));
        }
        let mut changed = difference(&shapes[0], &shapes[1]);
        // AWS keeps a record of the requests that it refused because the e-mail is known.
        changed.retain(|line| !line.contains(" .world.organization.creations."));
        assert_eq!(changed, [""; 0]);
    }
}

/// Changes one resource of a kind in a world by hand, and returns whether there was one.
fn change(value: &mut Value, kind: &str) -> bool {
    if let Some((_, member, from, to)) = SETTINGS.iter().chain(&UNTAGGED).find(|(setting, ..)| *setting == kind) {
        let json = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
        return weaken(value, member, &json(from), &json(to));
    }
    // The tags of a guardrail are kept apart from it.
    let is_guardrail = kind == "guardrail" && value["name"].as_str().is_some_and(|name| name.starts_with("landfall-"));
    if is_guardrail || value.as_object().is_some_and(|members| members.values().any(|member| kind_of(member) == Some(kind))) {
        return if WITH_DOCUMENTS.contains(&kind) { reword(value) } else { untag(value, kind) };
    }
    match value {
        Value::Object(members) => members.iter_mut().filter(|(key, _)| *key != "creations").any(|(_, member)| change(member, kind)),
        Value::Array(items) => items.iter_mut().any(|item| change(item, kind)),
        _ => false,
    }
}

/// Gives the first member with that name and value another value.
fn weaken(value: &mut Value, name: &str, from: &Value, to: &Value) -> bool {
    match value {
        Value::Object(members) => members.iter_mut().any(|(key, member)| {
            let is_it = key == name && member == from;
            if is_it {
                member.clone_from(to);
            }
            is_it || weaken(member, name, from, to)
        }),
        Value::Array(items) => items.iter_mut().any(|item| weaken(item, name, from, to)),
        _ => false,
    }
}

/// Returns the kind of the address in tags.
fn kind_of(tags: &Value) -> Option<&'static str> {
    tags.get("landfall:address")?.as_str()?.parse::<Address>().ok().map(|address| address.kind())
}

fn untag(thing: &mut Value, kind: &str) -> bool {
    thing.as_object_mut().is_some_and(|members| {
        let tags = members.values_mut().filter(|member| kind_of(member) == Some(kind)).filter_map(Value::as_object_mut);
        tags.take(1).any(|tags| tags.remove("landfall:organization").is_some())
    })
}

/// Calls the first statement of a policy document of a thing something else.
fn reword(value: &mut Value) -> bool {
    match value {
        Value::String(text) => {
            let Some(mut document) = serde_json::from_str::<Value>(text).ok().filter(|document| document["Statement"].is_array()) else {
                return false;
            };
            document["Statement"][0]["Sid"] = "Changed".into();
            *text = document.to_string();
            true
        }
        Value::Object(members) => members.values_mut().any(reword),
        Value::Array(items) => items.iter_mut().any(reword),
        _ => false,
    }
}

#[tokio::test]
async fn every_kind_keeps_them() {
    let all: BTreeSet<&str> = NAMES.iter().copied().collect();
    let ecommerce = ECOMMERCE.replace("[access]\n", &format!("[access]\n{ADMINISTRATORS}")).replace(ENDPOINTS.0, ENDPOINTS.1);
    let organization = parsed(&(ecommerce + SPARE + CHOSEN + MONEY));
    let simulator = Simulator::new(Options::default().with_confirming("finance@northwind.example"), landfall_tests::clock());

    let made = Look::at(&simulator, &organization, false).await;
    assert_eq!(kinds(&made.plan, Action::Create), all, "every kind is made by the example");
    made.twice(&simulator, &organization, false).await;

    let built = simulator.to_json();
    for kind in NAMES {
        let mut document: Value = serde_json::from_str(&built).expect("JSON");
        let is_changed = !NEVER_CHANGED.contains(kind) && change(&mut document["world"], kind);
        assert_eq!(is_changed, !NEVER_CHANGED.contains(kind), "{kind}: nothing to change");
        let simulator = Simulator::from_json(&document.to_string(), Clock::virtual_from).expect("a world");
        let repaired = Look::at(&simulator, &organization, false).await;
        let changed: Vec<&str> = repaired.plan.steps.iter().map(|step| step.address.kind()).collect();
        let expected: &[&str] = if NEVER_CHANGED.contains(kind) { &[] } else { &[*kind] };
        assert_eq!(changed, expected, "{kind}: {:?}", repaired.plan.view());
        assert!(repaired.plan.view().steps.iter().all(|step| !step.fields.is_empty()), "{kind}: a change says what it changes");
        repaired.twice(&simulator, &organization, false).await;
    }

    let bare = parsed(&format!("{BARE}{ADMINISTRATORS}"));
    let unmade = Look::at(&simulator, &bare, true).await;
    let removed = kinds(&unmade.plan, Action::Remove);
    let kept: BTreeSet<&str> = all.difference(&removed).copied().collect();
    let never = [
        "access-role",
        "account",
        "bucket",
        "default-vpc",
        "key",
        "network-acl",
        "organization",
        "policy-type",
        "service-linked-role",
        "trail",
        "trusted-access",
    ];
    let never: BTreeSet<&str> = never.into_iter().chain(SETTINGS.map(|(kind, ..)| kind)).collect();
    assert_eq!(kept, never, "what is left is never removed");
    unmade.twice(&simulator, &bare, true).await;
}
