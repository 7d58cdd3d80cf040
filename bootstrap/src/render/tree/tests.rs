//! The tree with every kind of health, at several widths.

use super::*;
use crate::render::fixture::{layout, seen};

fn account(name: &str, id: &str, health: Health) -> Account {
    let id = (!id.is_empty()).then(|| id.to_owned());
    Account { name: name.to_owned(), id, purpose: "other".to_owned(), roles: 0, network: None, trail: None, left_over: 0, health }
}

fn tree() -> Tree {
    let unit = |path: &str, exists, accounts| Unit {
        path: path.to_owned(),
        exists,
        blocked: false,
        guardrails: vec!["base".to_owned()],
        accounts,
    };
    let unreadable = Health::Unreadable {
        reason: "AWS refused sts:AssumeRole in 222200003333: AccessDenied, an explicit deny in a service control policy".to_owned(),
        hint: "let role provisioner be assumed; or detach the guardrail that denies it".to_owned(),
    };
    let mut archive = account("log-archive", "222200001111", Health::Settled);
    archive.trail = Some(Trail { logging: true, trouble: None, delivered_seconds_ago: Some(240) });
    let mut dev = account("dev", "222200002222", Health::Drifted { things: 7, missing: 5, blocked: 0 });
    dev.roles = 4;
    Tree::new(
        "acme",
        vec![account("old", "222200009999", Health::Unmanaged)],
        vec![
            unit("Security", true, vec![archive]),
            unit("Workloads", true, vec![dev, account("staging", "222200003333", unreadable)]),
            unit("Workloads/Production", false, vec![account("prod", "", Health::Missing), account("web", "", Health::Creating)]),
            unit(
                "Suspended",
                true,
                vec![
                    account("gone", "222200004444", Health::Inactive { word: "suspended".to_owned() }),
                    account("young", "222200005555", Health::NotReady { reason: "SubscriptionRequiredException".to_owned() }),
                ],
            ),
        ],
    )
}

#[test]
fn every_sort_of_health() {
    for width in [110, 80, 60] {
        insta::assert_snapshot!(format!("tree_{width}"), seen(&draw(&layout(None, width), &tree())));
    }
}

#[test]
fn what_is_wrong_with_the_organization_itself() {
    let mut tree = tree();
    tree.drifted = 3;
    tree.unreadable = Some("AWS refused organizations:ListRoots: AccessDenied".to_owned());
    let text = seen(&draw(&layout(None, 80), &tree));
    assert!(text.contains("organization differs: 3") && text.contains("3 places") && text.contains("ListRoots"), "{text}");
    tree.id = None;
    assert_eq!(
        seen(&draw(&layout(None, 80), &tree)),
        "acme is not made yet: account 111111111111 has no organization\n\n`landfall plan` shows what would be made\n"
    );
}

#[test]
fn an_account_shows_its_trail_else_its_network_else_what_it_is_for() {
    let fitted = |account: &Account| fitting(account, 80);
    let with =
        |network, trail| Account { purpose: "production".to_owned(), roles: 2, network, trail, ..account("prod", "", Health::Settled) };
    let trail = |logging, delivered_seconds_ago, trouble: Option<&str>| {
        fitted(&with(None, Some(Trail { logging, delivered_seconds_ago, trouble: trouble.map(str::to_owned) })))
    };
    let network = |nat_gateways| fitted(&with(Some(Network { cidr: "10.48.0.0/16".to_owned(), subnets: 9, nat_gateways }), None));
    assert_eq!(trail(true, Some(240), None), "trail delivering, last 4 min ago");
    assert_eq!(trail(true, None, None), "trail on, nothing delivered yet");
    assert_eq!(trail(true, Some(240), Some("AccessDenied")), "trail cannot write: AccessDenied");
    assert_eq!(trail(false, Some(240), None), "trail OFF");
    assert_eq!((network(3), network(0)), ("10.48.0.0/16    3 NAT".to_owned(), "10.48.0.0/16".to_owned()));
    assert_eq!(fitted(&with(None, None)), "production   2 roles");
}

/// A wanted account that is closed, a trail that is off, things that are left over: none of them is settled.
#[test]
fn settled_means_that_nothing_is_to_be_said() {
    let tree_of = |accounts| Tree::new("acme", accounts, Vec::new());
    let said = |tree: &Tree| verdict(tree).0;
    assert_eq!(said(&tree_of(vec![account("dev", "222200002222", Health::Settled)])), "settled");
    let inactive = |word: &str| account("dev", "222200002222", Health::Inactive { word: word.to_owned() });
    for word in ["closed", "suspended", "pending activation", "in an unknown state"] {
        let tree = tree_of(vec![inactive(word)]);
        assert_eq!(said(&tree), format!("1 account {word}"));
        let text = seen(&draw(&layout(None, 80), &tree));
        assert!(text.contains(&format!("inactive    dev\n            AWS says: {word}\n")), "{text}");
        assert_eq!(text.contains("within 90 days"), ["closed", "suspended"].contains(&word), "{text}");
    }
    // A stranger's account that is closed does not concern the manifest.
    let stranger = Account { purpose: String::new(), ..inactive("closed") };
    assert_eq!(said(&tree_of(vec![stranger])), "settled");
    let mut archive = account("log-archive", "222200001111", Health::Settled);
    archive.trail = Some(Trail { logging: false, delivered_seconds_ago: None, trouble: None });
    assert_eq!(said(&tree_of(vec![archive])), "trail OFF");
    let costly = Account { left_over: 25, ..account("dr", "222200003333", Health::Settled) };
    let gone = Account { left_over: 4, ..account("acme-test", "222200004444", Health::LeftOver) };
    let mut tree = tree_of(vec![costly, gone]);
    tree.left_over = 1;
    assert_eq!(said(&tree), "30 left over");
    let text = seen(&draw(&layout(None, 80), &tree));
    assert!(text.contains("  25 left over\n") && text.contains("left over: 4 things\n"), "{text}");
}

/// One long cell takes its own words away, not the columns of all others.
#[test]
fn a_long_row_is_shortened_by_itself() {
    let network = |cidr: &str| Some(Network { cidr: cidr.to_owned(), subnets: 9, nat_gateways: 3 });
    let dev = Account { network: network("10.16.0.0/16"), ..account("twenty-four-characters-x", "222200002222", Health::Settled) };
    let mut archive = account("log-archive", "222200001111", Health::Settled);
    archive.trail = Some(Trail { logging: true, delivered_seconds_ago: None, trouble: None });
    let text = seen(&draw(&layout(None, 80), &Tree::new("acme", vec![archive, dev], Vec::new())));
    assert!(text.contains("10.16.0.0/16    3 NAT  settled") && text.contains("222200001111  trail on  "), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn who_applies_now_is_shown() {
    let mut tree = tree();
    tree.applying = Some("arn:aws:sts::111111111111:assumed-role/admin/ada on vm (process 12)".to_owned());
    let text = seen(&draw(&layout(None, 80), &tree));
    assert!(text.contains("being applied  by arn:aws:sts::111111111111:assumed-role/admin/ada on vm"), "{text}");
}
