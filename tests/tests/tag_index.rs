//! Account tags from AWS's index of tags: whatever it shows, a plan is that of single calls; and when it is of no use, a plan says so.

use std::fmt::Write;

use landfall::model::Organization;
use landfall::plan::Plan;
use landfall::simulator::{Clock, Fault, Options, Simulator, TagIndex, Trouble};
use landfall_tests::{applied, clock, failures, organization, planned};
use serde_json::{Value, json};

const REGION: &str = "eu-west-1";
/// Three accounts, without networks: what matters here are their tags.
const MANIFEST: &str = r#"schema = 1
[organization]
name = "acme"
email = "aws+{account}@acme.example"
region = "eu-west-1"
regions = ["eu-west-1"]
[environments.prod]
tier = "production"
"#;
/// The account whose tags change.
const TOOLING: &str = "[accounts.tooling]\nunit = \"Infrastructure\"\ntags = { owner = \"platform\" }\n";

/// What is done to the tags of the account, in a world and in its index.
type Change = (&'static str, fn(&mut Value));

/// The first two show what is wanted.
const CHANGES: [Change; 9] = [
    ("as wanted", |_| {}),
    ("one more", |tags| tags["more"] = json!("x")),
    ("one missing", |tags| *tags = without(tags, "owner")),
    ("an old value", |tags| tags["owner"] = json!("nobody")),
    ("without the organization", |tags| *tags = without(tags, "landfall:organization")),
    ("another organization", |tags| tags["landfall:organization"] = json!("zeta")),
    ("another account's address", |tags| tags["landfall:address"] = json!("account/prod")),
    ("no tags any more", |tags| *tags = json!({})),
    ("never tagged", |tags| *tags = Value::Null),
];

fn without(tags: &Value, key: &str) -> Value {
    let rest = tags.as_object().expect("tags").iter().filter(|(own, _)| *own != key);
    rest.map(|(key, value)| (key.clone(), value.clone())).collect::<serde_json::Map<_, _>>().into()
}

/// A world that was built, and the id of the account in it whose tags change.
struct Built {
    world: Value,
    id: String,
}

impl Built {
    async fn new(organization: &Organization) -> Self {
        let simulator = Simulator::new(Options::default(), clock());
        let (_, events) = applied(&simulator.sdk_config(REGION), organization).await.expect("observed");
        assert_eq!(failures(&events), [""; 0]);
        let world: Value = serde_json::from_str(&simulator.to_json()).expect("a world is JSON");
        let accounts = world["world"]["accounts"].as_object().expect("accounts");
        let id = accounts.iter().find(|(_, account)| account["name"] == "acme-tooling").expect("it was made").0.clone();
        Self { world, id }
    }

    /// Returns the tags after a change.
    fn tags(&self, change: fn(&mut Value)) -> Value {
        let mut tags = self.world["world"]["organization"]["tags"][&self.id].clone();
        change(&mut tags);
        tags
    }

    /// Returns the world with a change that its index shows, and then another one that it does not show.
    async fn changed(&self, shown: fn(&mut Value), real: fn(&mut Value)) -> Simulator {
        let mut world = self.world.clone();
        let all = world["world"]["organization"]["tags"].as_object_mut().expect("tags");
        match self.tags(shown) {
            Value::Null => all.remove(&self.id),
            tags => all.insert(self.id.clone(), tags),
        };
        let simulator = Simulator::from_json(&world.to_string(), Clock::virtual_from).expect("a world");
        simulator.index_tags(TagIndex::Stopped);
        let client = aws_sdk_organizations::Client::new(&simulator.sdk_config(REGION));
        if let Value::Object(present) = self.tags(shown) {
            client
                .untag_resource()
                .resource_id(&self.id)
                .set_tag_keys(Some(present.keys().cloned().collect()))
                .send()
                .await
                .expect("untagged");
        }
        if let Value::Object(wanted) = self.tags(real) {
            let tag = |(key, value): (&String, &Value)| {
                aws_sdk_organizations::types::Tag::builder().key(key).value(value.as_str().expect("a text")).build().expect("a tag")
            };
            client.tag_resource().resource_id(&self.id).set_tags(Some(wanted.iter().map(tag).collect())).send().await.expect("tagged");
        }
        simulator
    }
}

async fn plan(simulator: &Simulator, organization: &Organization) -> Plan {
    simulator.forget_calls();
    planned(&simulator.sdk_config(REGION), organization).await.expect("observed").1
}

/// Returns all that a plan shows and would do, but for its notices.
fn whole(plan: &Plan) -> String {
    let mut view = plan.view();
    view.notices.clear();
    let effects: Vec<String> = plan.steps.iter().map(|step| step.change.effect()).collect();
    format!("{view:#?}\n{effects:#?}")
}

fn singles(simulator: &Simulator) -> usize {
    simulator.calls().iter().filter(|call| call.operation == "ListTagsForResource").count()
}

/// What the index shows and what is so, in pairs. Where the index shows what is wanted, it is believed: a change by another hand is found
/// once the index has it. Everywhere else nothing comes of it: no step, no other owner, nothing that counts as unmanaged.
#[tokio::test]
async fn a_late_index_makes_the_plan_of_single_calls() {
    let built = Built::new(&organization(&format!("{MANIFEST}{TOOLING}"))).await;
    // Then the account is wanted with another tag, and then not at all.
    let others = TOOLING.replace("platform", "security");
    let some = [CHANGES[0], CHANGES[3], CHANGES[5], CHANGES[7]];
    for (manifest, reals) in [(TOOLING, &some[..]), (&others, &some[..2]), ("", &some[..2])] {
        let wanted = organization(&format!("{MANIFEST}{manifest}"));
        for (is, real) in reals {
            let simulator = built.changed(*real, *real).await;
            simulator.index_tags(TagIndex::Empty);
            let single = whole(&plan(&simulator, &wanted).await);
            let calls = singles(&simulator);
            for (shows, shown) in CHANGES {
                let case = format!("{shows} in the index, in fact {is}: {manifest}");
                let simulator = built.changed(shown, *real).await;
                let plan = plan(&simulator, &wanted).await;
                let is_believed = manifest == TOOLING && ["as wanted", "one more"].contains(&shows);
                if is_believed {
                    assert!(plan.is_settled(), "{case}: {:?}", plan.view().steps);
                } else {
                    assert_eq!(whole(&plan), single, "{case}");
                }
                // The other two accounts are as wanted in the index.
                assert_eq!(calls - singles(&simulator), if is_believed { 3 } else { 2 }, "{case}");
            }
        }
    }
}

/// Returns a manifest of so many accounts besides the log archive.
fn many(accounts: usize) -> Organization {
    let mut text = MANIFEST.to_owned();
    for account in 0..accounts {
        write!(text, "[accounts.a{account:02}]\nunit = \"Infrastructure\"\n").expect("a String takes any text");
    }
    organization(&text)
}

/// What happens to the index, how many accounts are asked one by one, and what the plan says.
#[tokio::test]
async fn an_index_of_no_use_costs_time_and_a_notice() {
    let refuse = |code: &str, status| Fault::new(Trouble::Refuse(code.to_owned(), status)).on("tag:GetResources");
    let of_index = |trouble| Fault::new(trouble).on("tag:GetResources");
    let longer = "the plan is the same, it only takes longer";
    let cases: [(TagIndex, Option<Fault>, bool, &str, &str); 8] = [
        (TagIndex::Current, None, true, "", ""),
        (TagIndex::Current, Some(of_index(Trouble::EmptyPage).times(1)), true, "", ""),
        (TagIndex::Current, Some(of_index(Trouble::Throttle).times(2)), true, "", ""),
        (TagIndex::Empty, None, false, "AWS's index of tags in us-east-1 has no account: the tags of", longer),
        (TagIndex::Current, Some(refuse("AccessDeniedException", 400)), false, "could not be read (", "allow the caller tag:GetResources"),
        (TagIndex::Current, Some(refuse("NotImplemented", 501)), false, "could not be read (", longer),
        (TagIndex::Current, Some(of_index(Trouble::Fail)), false, "could not be read (", longer),
        (TagIndex::Current, Some(of_index(Trouble::CutBefore)), false, "could not be read (", longer),
    ];
    let organization = many(23);
    let simulator = Simulator::new(Options::default(), clock());
    let (_, events) = applied(&simulator.sdk_config(REGION), &organization).await.expect("observed");
    assert_eq!(failures(&events), [""; 0]);
    let others = {
        let _ = plan(&simulator, &organization).await;
        singles(&simulator)
    };
    for (index, fault, is_used, text, hint) in cases {
        let case = format!("{index:?} {fault:?}");
        simulator.index_tags(index);
        if let Some(fault) = fault {
            simulator.inject(fault);
        }
        let time = simulator.clock().time_source();
        let began = time.now();
        let plan = plan(&simulator, &organization).await;
        let took = time.now().duration_since(began).expect("time passes").as_secs();
        assert!(plan.is_settled(), "{case}");
        assert_eq!(singles(&simulator), others + if is_used { 0 } else { 25 }, "{case}");
        assert!(took < 30, "{case}: {took} s");
        let notices = plan.view().notices;
        let told: Vec<_> = notices.iter().filter(|notice| notice.text.contains("index of tags")).collect();
        match text {
            "" => assert!(told.is_empty(), "{case}: {told:?}"),
            text => {
                assert_eq!(told.len(), 1, "{case}: {notices:?}");
                assert!(
                    told[0].text.contains(text) && told[0].text.ends_with("of 25 accounts were read one by one, 1 s"),
                    "{}",
                    told[0].text
                );
                assert!(told[0].hint.contains(hint), "{case}: {}", told[0].hint);
            }
        }
        simulator.revive();
    }
}

/// Single calls for a few accounts are as quick as the index, so nothing is said.
#[tokio::test]
async fn few_accounts_need_no_index() {
    let organization = many(3);
    let simulator = Simulator::new(Options::default(), clock());
    let (_, events) = applied(&simulator.sdk_config(REGION), &organization).await.expect("observed");
    assert_eq!(failures(&events), [""; 0]);
    simulator.index_tags(TagIndex::Empty);
    let notices = plan(&simulator, &organization).await.view().notices;
    assert!(notices.iter().all(|notice| !notice.text.contains("index")), "{notices:?}");
}
