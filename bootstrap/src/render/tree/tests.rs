//! The tree with every sort of health, at several widths.

use super::*;
use crate::render::fixture::{page, seen};

fn account(name: &str, id: &str, health: Health) -> Account {
    let id = (!id.is_empty()).then(|| id.to_owned());
    Account { name: name.to_owned(), id, purpose: "other".to_owned(), roles: 0, network: None, trail: None, health }
}

fn tree() -> Tree {
    let unit = |path: &str, exists, accounts| Unit { path: path.to_owned(), exists, guardrails: vec!["base".to_owned()], accounts };
    let unreadable = Health::Unreadable {
        reason: "AWS refused sts:AssumeRole in 222200003333: AccessDenied, an explicit deny in a service control policy".to_owned(),
        hint: "let role provisioner be assumed; or detach the guardrail that denies it".to_owned(),
    };
    let mut archive = account("log-archive", "222200001111", Health::Settled);
    archive.trail = Some(Trail { logging: true, trouble: None, delivered_seconds_ago: Some(240) });
    let mut dev = account("dev", "222200002222", Health::Drifted { things: 2 });
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
                    account("gone", "222200004444", Health::Suspended { word: "SUSPENDED".to_owned() }),
                    account("young", "222200005555", Health::NotReady { reason: "SubscriptionRequiredException".to_owned() }),
                ],
            ),
        ],
    )
}

#[test]
fn every_sort_of_health() {
    for width in [110, 80, 60] {
        insta::assert_snapshot!(format!("tree_{width}"), seen(&draw(&page(None, width), &tree())));
    }
}

#[test]
fn what_is_wrong_with_the_organization_itself() {
    let mut tree = tree();
    tree.drifted = 3;
    tree.unreadable = Some("AWS refused organizations:ListRoots: AccessDenied".to_owned());
    let text = seen(&draw(&page(None, 80), &tree));
    assert!(text.contains("organization drifted: 3") && text.contains("3 places") && text.contains("ListRoots"), "{text}");
    tree.id = None;
    assert_eq!(
        seen(&draw(&page(None, 80), &tree)),
        "acme is not made yet: account 111111111111 has no organization\n\n`landfall plan` shows what would be made\n"
    );
}

#[test]
fn an_account_shows_its_trail_else_its_network_else_what_it_is_for() {
    let with =
        |network, trail| Account { purpose: "production".to_owned(), roles: 2, network, trail, ..account("prod", "", Health::Settled) };
    let trail = |logging, delivered_seconds_ago, trouble: Option<&str>| {
        landing(&with(None, Some(Trail { logging, delivered_seconds_ago, trouble: trouble.map(str::to_owned) })))
    };
    let network = |nat_gateways| landing(&with(Some(Network { cidr: "10.48.0.0/16".to_owned(), subnets: 9, nat_gateways }), None));
    assert_eq!(trail(true, Some(240), None), "trail delivering, last 4 min ago");
    assert_eq!(trail(true, None, None), "trail on, nothing delivered yet");
    assert_eq!(trail(true, Some(240), Some("AccessDenied")), "trail cannot write: AccessDenied");
    assert_eq!(trail(false, Some(240), None), "trail is off");
    assert_eq!((network(3), network(0)), ("10.48.0.0/16    3 NAT".to_owned(), "10.48.0.0/16".to_owned()));
    assert_eq!(landing(&with(None, None)), "production   2 roles");
}
