//! Estimates of the shipped examples, with the arithmetic by hand, and of changes of each sort.

use std::collections::BTreeMap;

use super::*;
use crate::cost::prices::Prices;
use crate::desired::desired;
use crate::kind::Desired;
use crate::kind::ec2::State;
use crate::kind::ec2::{eip, nat};
use crate::kind::kms::key;
use crate::manifest::{Source, parse};
use crate::name::literal;
use crate::plan::{PlanOptions, plan};

const STARTUP: &str = include_str!("../../../examples/startup/landfall.toml");
const ECOMMERCE: &str = include_str!("../../../examples/ecommerce/landfall.toml");
const ENTERPRISE: &str = include_str!("../../../examples/enterprise/landfall.toml");

fn from_nothing(manifest: &str) -> PlanEstimate {
    let parsed = parse(&Source { name: "m".to_owned(), text: manifest.to_owned() }, &|_| {
        Ok(r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"ec2:RunInstances","Resource":"*"}]}"#.to_owned())
    });
    let organization = parsed.organization.expect("no mistakes");
    let nothing = Observation::nothing(literal("111111111111"));
    plan(&organization, &desired(&organization), &nothing, &PlanOptions::default()).expect("not refused").estimate()
}

fn fixed(bills: &Bills) -> Vec<String> {
    bills.named().map(|(name, bill)| format!("{name} {}", bill.fixed)).collect()
}

fn money(text: &str) -> Money {
    text.parse().expect("an amount")
}

/// Returns what is billed for existing of one bill: `3 nat-gateway 105.12`.
fn lines(bill: &Bill) -> Vec<String> {
    bill.fixed_lines()
        .map(|line| format!("{} {} {}", line.quantity, line.key, line.month.map_or("?".to_owned(), |it| it.to_string())))
        .collect()
}

/// The arithmetic, by hand, at the prices of Ireland.
#[test]
fn the_examples_cost_what_the_price_lists_say() {
    // 3 NAT gateways x 730 h x 0.048 = 105.12; their 3 addresses x 730 h x 0.005 = 10.95; together 116.07.
    let startup = from_nothing(STARTUP);
    let prod = &startup.adds.environments[&literal("prod")];
    assert_eq!(lines(prod), ["3 nat-gateway 105.12", "3 public-ipv4 10.95"]);
    assert_eq!(prod.fixed, money("116.07"));
    // One of each: 35.04 + 3.65 = 38.69.
    assert_eq!(fixed(&startup.adds), ["dev 38.69", "prod 116.07", "staging 38.69", "organization 1.00"]);
    assert_eq!(startup.adds.fixed(), money("194.45"));
    assert_eq!(fixed(&startup.ends), [""; 0]);
    assert_eq!((startup.terms.prices, startup.terms.unpriced.len()), (Some("2026-09-25"), 0));

    // Two workloads in each environment: twice 38.69 = 77.38, twice 116.07 = 232.14. Tooling is in no environment.
    let enterprise = from_nothing(ENTERPRISE);
    assert_eq!(fixed(&enterprise.adds), ["dev 77.38", "prod 232.14", "staging 77.38", "tooling 38.69", "organization 1.00"]);

    // Staging has a gateway in each zone, like production.
    let ecommerce = from_nothing(&ECOMMERCE.replace("eu-central-1", "eu-west-1"));
    assert_eq!(fixed(&ecommerce.adds), ["dev 38.69", "prod 232.14", "staging 232.14", "organization 1.00"]);
}

/// Nine endpoints in three zones cost more than the NAT gateways that they relieve, so none is made by default.
#[test]
fn interface_endpoints_cost_what_the_price_list_says() {
    let nine = "\"ssm\", \"ssmmessages\", \"ec2messages\", \"ecr.api\", \"ecr.dkr\", \"logs\", \"sts\", \"kms\", \"secretsmanager\"";
    let (plain, with) = ("cidr = \"10.48.0.0/16\"", format!("cidr = \"10.48.0.0/16\", endpoints = [{nine}]"));
    let estimate = from_nothing(&STARTUP.replace(plain, &with));
    let prod = &estimate.adds.environments[&literal("prod")];
    // 9 endpoints x 3 zones x 730 h x 0.011 = 216.81; with 116.07 as above.
    assert_eq!(lines(prod), ["3 nat-gateway 105.12", "3 public-ipv4 10.95", "27 interface-endpoint 216.81"]);
    assert_eq!(prod.fixed, money("332.88"));
    // 9 x 10 GB x 0.01, from no price list of the Region.
    let data = prod.per_use().find(|line| line.key == Item::InterfaceEndpointData).expect("billed by use");
    assert_eq!((data.quantity, data.month, data.verified), (9, Some(money("0.90")), false));
    assert_eq!(fixed(&estimate.adds)[0], "dev 38.69", "none by default");
}

/// In Virginia a gateway is cheaper: 0.045.
#[test]
fn each_region_has_its_own_prices() {
    let virginia = from_nothing(&STARTUP.replace("\"eu-west-1\"", "\"us-east-1\"").replace(", \"us-east-1\"]", "]"));
    // 3 x 730 x 0.045 = 98.55, + 10.95; 32.85 + 3.65.
    assert_eq!(fixed(&virginia.adds), ["dev 36.50", "prod 109.50", "staging 36.50", "organization 1.00"]);
    assert_eq!(virginia.terms.prices, Some("2026-08-31"));
}

/// What is used is shown with its assumption, and is in no sum.
#[test]
fn what_is_billed_by_use_is_never_added_up() {
    let startup = from_nothing(STARTUP);
    let per_use = |bill: &Bill| -> Vec<String> {
        bill.per_use()
            .map(|line| format!("{} x {}: {}", line.quantity, line.assumption.clone().unwrap_or_default(), line.month.unwrap_or_default()))
            .collect()
    };
    assert_eq!(
        per_use(&startup.adds.environments[&literal("prod")]),
        [
            // 3 x 100 x 0.048; 10 x 0.29; 10 x 0.023.
            "3 x 100 GB a month through each NAT gateway: 14.40",
            "1 x 10 GB a month from each flow log: 2.90",
            "1 x 10 GB kept of each flow log: 0.23",
        ]
    );
    assert_eq!(per_use(&startup.adds.organization), ["1 x 10,000 requests a month to each key: 0.03", "1 x 10 GB kept of the trail: 0.23"]);
    let is_marked = |item: Item| startup.adds.environments[&literal("prod")].lines.iter().any(|line| line.key == item && line.verified);
    assert!(is_marked(Item::NatGateway) && !is_marked(Item::FlowLogDelivery));
}

/// A Region without a table is named, and nothing is made up for it.
#[test]
fn a_region_without_prices_is_named() {
    let estimate = from_nothing(ECOMMERCE);
    assert_eq!(Prices::of(&literal("eu-central-1")), None);
    let frankfurt: Region = literal("eu-central-1");
    let unpriced: Vec<&str> = estimate.terms.unpriced[&frankfurt].iter().map(|item| item.key()).collect();
    assert_eq!(unpriced, ["nat-gateway", "nat-data", "public-ipv4", "kms-key", "kms-requests", "flow-log-delivery", "s3-storage"]);
    assert_eq!(fixed(&estimate.adds), ["dev 0.00", "prod 0.00", "staging 0.00", "organization 0.00"]);
    assert_eq!(lines(&estimate.adds.environments[&literal("dev")]), ["1 nat-gateway ?", "1 public-ipv4 ?"]);
    assert_eq!((estimate.terms.prices, estimate.terms.regions.len()), (None, 0));
}

/// The object of `--format json`.
#[test]
fn the_document_has_exact_numbers() {
    let document = serde_json::to_value(from_nothing(STARTUP)).expect("JSON");
    assert_eq!(document["currency"], "USD");
    assert_eq!((&document["hours"], &document["prices"]), (&730.into(), &"2026-09-25".into()));
    let prod = &document["environments"]["prod"];
    assert_eq!(prod["fixed"].to_string(), "116.07");
    assert_eq!(
        prod["lines"][0].to_string(),
        r#"{"key":"nat-gateway","region":"eu-west-1","quantity":3,"basis":"fixed","unit":"hour","price":0.048,"verified":true,"month":105.12}"#
    );
    assert_eq!(prod["lines"][2]["assumption"], "100 GB a month through each NAT gateway");
    assert_eq!(document["organization"]["fixed"].to_string(), "1.0");
    assert_eq!(document["ends"]["environments"], serde_json::json!({}));
}

/// The pages have the prices of the tables, and what kinds assume.
#[test]
fn the_documents_have_these_prices() {
    let (page, tiers) = (include_str!("../../../docs/COST.md"), include_str!("../../../docs/TIERS.md"));
    let tables = ["us-east-1", "eu-west-1"].map(|code| (code, Prices::of(&literal(code)).expect("a table")));
    let head: Vec<String> = tables.iter().map(|(code, prices)| format!("{code} ({})", prices.date)).collect();
    let row = |item: &Item| {
        let cells: Vec<String> = tables
            .iter()
            .filter_map(|(_, prices)| prices.price(*item))
            .map(|price| format!("{}{}", price.price, if price.verified { "" } else { " (unverified)" }))
            .collect();
        format!("| `{item}` | {} | {} | {} |", item.noun(), item.unit(), cells.join(" | "))
    };
    let expected: Vec<String> = [format!("| item | | unit | {} |", head.join(" | ")), "| --- | --- | --- | --- | --- |".to_owned()]
        .into_iter()
        .chain(Item::ALL.iter().map(row))
        .collect();
    let found: Vec<&str> = page.lines().skip_while(|line| !line.starts_with("| item ")).take_while(|line| line.starts_with('|')).collect();
    assert_eq!(found, expected);

    for bill in from_nothing(STARTUP).adds.named().map(|(_, bill)| bill) {
        for line in bill.per_use() {
            let assumption = line.assumption.as_deref().unwrap_or_default();
            assert!(page.contains(assumption), "{assumption}");
        }
    }
    for (noun, item, units) in
        [("NAT gateway", Item::NatGateway, HOURS), ("its address", Item::PublicAddress, HOURS), ("the audit log's key", Item::Key, 1)]
    {
        let months: Vec<String> = tables
            .iter()
            .filter_map(|(_, prices)| prices.price(item))
            .map(|price| format!("${}", price.price * u64::from(units)))
            .collect();
        let row = format!("| {noun} | {} |", months.join(" | "));
        assert!(tiers.lines().any(|line| line == row), "{row}");
    }
}

/// Kinds that cost nothing have no line, and what is billed is billed by the resource itself.
#[test]
fn only_what_is_billed_has_a_line() {
    let parsed = parse(&Source { name: "m".to_owned(), text: STARTUP.to_owned() }, &|_| Err("no files".to_owned()));
    let wanted = desired(&parsed.organization.expect("no mistakes"));
    let billed: BTreeSet<&str> =
        wanted.wanted.iter().filter(|wanted| !wanted.thing.cost().is_empty()).map(|wanted| wanted.address.kind()).collect();
    assert_eq!(billed.into_iter().collect::<Vec<_>>(), ["eip", "flow-log", "key", "nat", "trail"]);
}

/// What AWS does not bill is not counted: a gateway that is gone or failed, a key that waits to be deleted.
#[test]
fn what_exists_is_billed_by_its_state() {
    let nat = |state: State| {
        crate::kind::Observed::Nat(nat::Observed {
            id: literal("nat-1"),
            subnet: None,
            vpc: literal("vpc-1"),
            eips: Vec::new(),
            ips: Vec::new(),
            state,
            tags: BTreeMap::new(),
        })
    };
    let key = |state: key::State| {
        crate::kind::Observed::Key(key::Observed {
            id: "k".to_owned(),
            arn: "arn".to_owned(),
            alias: None,
            state,
            policy: String::new(),
            rotation: None,
            tags: BTreeMap::new(),
            refusal: None,
        })
    };
    for (thing, is_billed) in [
        (nat(State::Available), true),
        (nat(State::Pending), true),
        (nat(State::Deleting), false),
        (nat(State::Failed), false),
        (key(key::State::Enabled), true),
        (key(key::State::Disabled), true),
        (key(key::State::PendingDeletion("tomorrow".to_owned())), false),
    ] {
        assert_eq!(!thing.cost().is_empty(), is_billed, "{thing:?}");
    }
}

/// A change adds what is new and ends what is gone; what stays the same is neither.
#[test]
fn a_change_counts_the_difference_only() {
    let gateway = Charge::fixed(Item::NatGateway);
    let zones = |quantity| Charge { quantity, ..Charge::fixed(Item::InterfaceEndpoint) };
    for (begins, ends, adds, gone) in [
        (vec![gateway], vec![], vec![gateway], vec![]),
        (vec![], vec![gateway], vec![], vec![gateway]),
        (vec![gateway], vec![gateway], vec![], vec![]),
        (vec![zones(3)], vec![zones(2)], vec![zones(1)], vec![]),
        (vec![zones(2), gateway], vec![zones(3)], vec![gateway], vec![zones(1)]),
        (vec![gateway, gateway], vec![gateway], vec![gateway], vec![]),
        (vec![zones(2), zones(3)], vec![zones(4)], vec![zones(1)], vec![]),
    ] {
        assert_eq!(difference(&begins, &ends), (adds, gone), "{begins:?} from {ends:?}");
    }
}

/// An account's bill is its environment's; without one it is its own; what all share is the organization's.
#[test]
fn each_account_is_on_one_bill() {
    let environments = BTreeMap::from([(literal("shop-prod"), literal("prod")), (literal("data"), literal("prod"))]);
    let home = literal("eu-west-1");
    let payers = Payers { home: &home, environments: &environments };
    let thing = Desired::Eip(eip::Desired { nat: "prod/eu-west-1/nat/a".parse().expect("valid"), tags: BTreeMap::new() });
    let change = thing.creation();
    let addresses: Vec<Address> = ["shop-prod", "data", "tooling", "log-archive", "management"]
        .iter()
        .map(|account| Address::region(&literal(account), &home, "eip", "nat-a"))
        .collect();
    let estimate = PlanEstimate::of(&payers, addresses.iter().map(|address| (address, &change)));
    assert_eq!(fixed(&estimate.adds), ["prod 7.30", "tooling 3.65", "organization 7.30"]);
}
