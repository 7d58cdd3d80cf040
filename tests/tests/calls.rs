//! How many calls an observation of an unchanged organization takes: by list and by page, and nothing read twice.

use std::collections::BTreeMap;
use std::fmt::Write;

use landfall::simulator::{CallRecord, Options, Simulator};
use landfall_tests::{applied, clock, organization, planned};

const ECOMMERCE: &str = include_str!("../../examples/ecommerce/landfall.toml");
const REGION: &str = "eu-central-1";
/// The calls of a settled plan in an account of an environment, with everything on (docs/PERFORMANCE.md, A plan without changes).
const CALLS_MAX: usize = 28;
/// Both topics, and two budgets: a third takes no more calls.
const MONITORING: &str = "
[monitoring]
urgent = [\"oncall@northwind.example\"]
money = [\"finance@northwind.example\", \"cloud@northwind.example\"]
[budgets]
prod = 1500
organization = 3000
";

/// Returns the calls by who pays for them, then by operation.
fn table(calls: &[CallRecord], name: impl Fn(&str) -> String) -> String {
    let mut counts: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for call in calls {
        let account = call.account.as_ref().map_or_else(String::new, |account| name(account.as_str()));
        *counts.entry(account).or_default().entry(format!("{}:{}", call.service, call.operation)).or_default() += 1;
    }
    let mut text = String::new();
    for (account, calls) in counts {
        writeln!(text, "{account}: {} calls", calls.values().sum::<usize>()).expect("a String takes any text");
        for (call, count) in calls {
            writeln!(text, "  {count:>3} {call}").expect("a String takes any text");
        }
    }
    text
}

#[tokio::test]
async fn a_plan_of_what_is_settled_reads_by_list_and_nothing_twice() {
    let simulator = Simulator::new(Options::default(), clock());
    let organization = organization(&format!("{ECOMMERCE}{MONITORING}"));
    let config = simulator.sdk_config(REGION);
    let _ = applied(&config, &organization).await.expect("observed");
    simulator.forget_calls();
    let (_, plan) = planned(&config, &organization).await.expect("observed");
    assert!(plan.is_settled(), "{:?}", plan.view().steps);
    let name = |id: &str| {
        let ids = plan.facts.ids();
        ids.get(id).map_or_else(|| "management".to_owned(), ToString::to_string)
    };
    let calls = simulator.calls();
    insta::assert_snapshot!(table(&calls, name));
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for account in calls.iter().filter_map(|call| call.account.as_ref()) {
        *counts.entry(name(account.as_str())).or_default() += 1;
    }
    counts.retain(|account, _| !["management", "account/log-archive"].contains(&account.as_str()));
    assert!(counts.len() == 5 && counts.values().all(|count| *count <= CALLS_MAX), "{counts:?}");
}
