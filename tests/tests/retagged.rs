//! Resources with changed tags, or in the place of landfall's: what a plan reports, and that no part of a network is removed while
//! the network as a whole cannot be.

use landfall::kind::HazardName;
use landfall::plan::Plan;
use landfall::simulator::{Clock, Options, Simulator};
use landfall_tests::{applied, clock, failures, organization, planned, pruned, small, without_network};
use serde_json::{Value, json};

const REGION: &str = "eu-west-1";

/// A world that was built and then changed by hand, and the plan of a manifest for it.
async fn changed(manifest: &str, by_hand: impl FnOnce(&mut Value)) -> (Simulator, Plan) {
    let simulator = Simulator::new(Options::default(), clock());
    let (_, events) = applied(&simulator.sdk_config(REGION), &organization(&small(""))).await.expect("observed");
    assert_eq!(failures(&events), [""; 0]);
    let mut document: Value = serde_json::from_str(&simulator.to_json()).expect("a world is JSON");
    by_hand(&mut document["world"]);
    let simulator = Simulator::from_json(&document.to_string(), Clock::virtual_from).expect("hands leave a world");
    let (_, plan) = planned(&simulator.sdk_config(REGION), &organization(manifest)).await.expect("observed");
    (simulator, plan)
}

fn id_of(world: &Value, name: &str) -> String {
    let accounts = world["accounts"].as_object().expect("accounts");
    accounts.iter().find(|(_, account)| account["name"] == name).map_or_else(|| panic!("no {name}"), |(id, _)| id.clone())
}

/// Returns the resources of one kind that EC2 has in the account of `dev`.
fn things<'w>(world: &'w mut Value, sort: &str) -> &'w mut serde_json::Map<String, Value> {
    let dev = id_of(world, "acme-dev");
    world["networks"][dev][REGION][sort].as_object_mut().unwrap_or_else(|| panic!("no {sort}"))
}

/// Changes the tags of what carries the address that ends so.
fn retag(world: &mut Value, sort: &str, address: &str, change: impl Fn(&mut Value)) {
    let label = |thing: &Value| thing["label"]["tags"]["landfall:address"].as_str().is_some_and(|own| own.ends_with(address));
    let thing = things(world, sort).values_mut().find(|thing| label(thing)).unwrap_or_else(|| panic!("no {address}"));
    change(&mut thing["label"]["tags"]);
}

fn to(address: &'static str) -> impl Fn(&mut Value) {
    move |tags| tags["landfall:address"] = json!(address)
}

/// Returns each blocked step with its reason and hint; what only waits for another is left out.
fn blocked(plan: &Plan) -> Vec<String> {
    let own = plan.view().blocked.into_iter().filter(|blocked| blocked.needs.is_none());
    own.map(|blocked| format!("{}: {} | {}", blocked.address, blocked.reason, blocked.hint.unwrap_or_default())).collect()
}

fn left(plan: &Plan) -> Vec<String> {
    plan.orphans.iter().map(|orphan| format!("{}: {}", orphan.address, orphan.hint.clone().unwrap_or_default())).collect()
}

type ByHand = dyn Fn(&mut Value);

/// A network is removed as a whole: unmanaged resources in it, or missing tags of its VPC, keep all of it.
#[tokio::test]
async fn a_network_that_cannot_go_stays_whole() {
    let less = without_network(&small(""));
    let theirs = |world: &mut Value| {
        let subnets = things(world, "subnets");
        let is_ours = |subnet: &&Value| subnet["label"]["tags"]["landfall:address"].is_string();
        let mut own = subnets.values().find(is_ours).expect("a subnet").clone();
        own["label"] = json!({"id": "subnet-0aaaaaaaaaaaaaaaa", "made": 1, "tags": {}});
        subnets.insert("subnet-0aaaaaaaaaaaaaaaa".to_owned(), own);
    };
    let untagged = |world: &mut Value| retag(world, "vpcs", "vpc/main", |tags| *tags = json!({}));
    let foreign = |world: &mut Value| retag(world, "vpcs", "vpc/main", |tags| tags["landfall:organization"] = json!("zeta"));
    let hands: [(&ByHand, &str); 3] = [
        (&theirs, "still holds subnet-0aaaaaaaaaaaaaaaa"),
        (&untagged, " does not carry landfall's tags: put them back"),
        (&foreign, " does not carry landfall's tags: put them back"),
    ];
    for (hand, reason) in hands {
        let (simulator, listed) = changed(&less, hand).await;
        let parts: Vec<String> = left(&listed).into_iter().filter(|line| line.starts_with("dev/eu-west-1/")).collect();
        assert!(parts.iter().all(|line| line.contains(reason)), "{parts:#?}");
        for part in ["nat/a", "eip/nat-a", "subnet/private-a", "route-table/private-a", "flow-log/vpc"] {
            assert!(parts.iter().any(|line| line.starts_with(&format!("dev/eu-west-1/{part}: "))), "{part} is listed: {parts:#?}");
        }
        let (plan, events) = pruned(&simulator.sdk_config(REGION), &organization(&less)).await;
        assert_eq!((plan.steps.len(), failures(&events)), (0, vec![]), "{:?}", plan.steps);
    }
}

/// A NAT gateway and its address are a loss by themselves: its subnets lose their internet access, and the address never comes
/// back.
#[tokio::test]
async fn a_nat_gateway_goes_only_where_it_is_named() {
    let without = small("").replace("\"private\"] }", "\"private\"], nat = \"none\" }");
    let (simulator, _) = changed(&without, |_| {}).await;
    let (plan, _) = pruned(&simulator.sdk_config(REGION), &organization(&without)).await;
    let asked: Vec<String> = plan.hazards(&[]).map(|(address, hazard)| format!("{address} {}", hazard.name)).collect();
    assert!(asked.contains(&"dev/eu-west-1/nat/a remove-network".to_owned()), "{asked:?}");
    assert_eq!(plan.hazards(&[HazardName::RemoveNetwork]).count(), 0);
}

/// A resource in the place of a desired one is reported with its tags, and nothing is bought beside it.
#[tokio::test]
async fn other_tags_are_named() {
    for (sort, address, carried) in [
        ("nat_gateways", "nat/a", "dev/eu-west-1/nat/z"),
        ("addresses", "eip/nat-a", "dev/eu-west-1/eip/nat-z"),
        ("vpcs", "vpc/main", "dev/eu-west-1/vpc/old"),
        ("gateways", "internet-gateway/main", "dev/eu-west-1/internet-gateway/old"),
    ] {
        let (_, plan) = changed(&small(""), |world| retag(world, sort, address, to(carried))).await;
        let lines = blocked(&plan);
        let own = lines.iter().find(|line| line.starts_with(&format!("dev/eu-west-1/{address}: ")));
        assert!(
            own.is_some_and(
                |line| line.contains(&format!("has the tags of {carried}")) || line.contains(&format!("and the tags of {carried}"))
            ),
            "{lines:#?}"
        );
        assert!(plan.steps.iter().all(|step| !step.address.to_string().starts_with("dev/eu-west-1/")), "{:?}", plan.steps);
    }
}

/// README: what landfall did not make is never changed. S3 gives a bucket no tags as it makes it, and only such a one is taken over.
#[tokio::test]
async fn a_bucket_that_another_owner_set_up_is_not_taken_over() {
    let bucket = |world: &mut Value| {
        let archive = id_of(world, "acme-log-archive");
        world["buckets"][format!("acme-audit-{archive}-{REGION}")].take()
    };
    let set = |world: &mut Value, bucket: Value| {
        let archive = id_of(world, "acme-log-archive");
        world["buckets"][format!("acme-audit-{archive}-{REGION}")] = bucket;
    };
    let (_, plan) = changed(&small(""), |world| {
        let mut theirs = bucket(world);
        theirs["tags"] = json!({"owner": "finance"});
        set(world, theirs);
    })
    .await;
    let lines = blocked(&plan);
    assert!(
        lines.iter().any(|line| line.starts_with("log-archive/eu-west-1/bucket/audit: ") && line.contains("put its tags back")),
        "{lines:#?}"
    );
    let (_, plan) = changed(&small(""), |world| {
        let mut cut_off = bucket(world);
        cut_off["policy"] = json!({"arrived": null, "coming": []});
        cut_off["lifecycle"] = Value::Null;
        cut_off["tags"] = json!({});
        set(world, cut_off);
    })
    .await;
    assert_eq!(blocked(&plan), [""; 0], "a run that was cut off before the tags goes on");
}

/// An account or unit that carries the tags of another is listed, by `plan` as by `status`.
#[tokio::test]
async fn what_carries_the_tags_of_another_is_left_over() {
    let (_, plan) = changed(&small(""), |world| {
        let dev = id_of(world, "acme-dev");
        let mut twin = world["accounts"][&dev].clone();
        (twin["id"], twin["name"], twin["email"]) = (json!("333300000001"), json!("legacy"), json!("legacy@acme.example"));
        world["accounts"]["333300000001"] = twin;
        world["organization"]["tags"]["333300000001"] = world["organization"]["tags"][&dev].clone();
    })
    .await;
    let lines = left(&plan);
    assert!(lines.iter().any(|line| line.starts_with("account/dev: it carries the tags of another resource, account/dev")), "{lines:?}");
    assert!(plan.orphans.iter().all(|orphan| !orphan.removable));
}

/// An account that left the manifest and was closed is not mentioned again: no hint advises to close it.
#[tokio::test]
async fn a_closed_account_that_left_is_done_with() {
    let less = without_network(&small("")).replace("[environments.dev]\ntier = \"development\"\n", "");
    let (_, plan) = changed(&less, |world| {
        let dev = id_of(world, "acme-dev");
        world["accounts"][&dev]["state"] = json!({"is": "closed"});
    })
    .await;
    assert!(plan.orphans.iter().all(|orphan| orphan.address.to_string() != "account/dev"), "{:?}", left(&plan));
    assert!(plan.notices.iter().all(|notice| !notice.text.contains("leaves the manifest")), "{:?}", plan.notices);
}

/// No hint advises to delete the only trail.
#[tokio::test]
async fn a_trail_that_lost_its_tags_is_to_be_tagged() {
    let (_, plan) = changed(&small(""), |world| {
        world["accounts"]["111111111111"]["trails"][REGION]["acme-organization"]["tags"] = json!({});
    })
    .await;
    let lines = blocked(&plan);
    let hint = "if landfall made it, put its tags back: landfall:organization = acme, \
                landfall:address = management/eu-west-1/trail/organization; if not: ";
    assert!(lines.iter().any(|line| line.contains(hint)), "{lines:#?}");
    assert!(plan.notices.iter().all(|notice| !notice.text.contains("records the whole organization too")), "{:?}", plan.notices);
}
