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
