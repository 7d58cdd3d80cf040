//! What landfall manages and the manifest no longer has: what of it is removed, and why the rest stays.

use super::network::{DEV, manifest};
use super::{MANIFEST, built, find, organization, planned_with, shown};
use crate::address::{Address, Scope};
use crate::aws::tags::{self, Tags};
use crate::desired::desired;
use crate::kind::Observed;
use crate::kind::ec2::subnet;
use crate::name::literal;
use crate::observed::Observation;
use crate::plan::{Plan, PlanOptions, plan};

fn pruned(change: impl FnOnce(&mut Observation)) -> Plan {
    planned_with(MANIFEST, &PlanOptions { prune: true, only: Vec::new(), ..PlanOptions::default() }, change)
}

/// Adds a copy of a role, with another name and these tags' address.
fn copy(world: &mut Observation, of: &str, name: &str, address: &str) {
    let Observed::IamRole(mut role) = find(world, of, "acme").clone() else { panic!("a role") };
    role.name = name.to_owned();
    role.arn = format!("arn:aws:iam::222200000009:role/landfall/{name}");
    role.tags.insert(tags::ADDRESS.to_owned(), address.to_owned());
    let scope = of.parse::<Address>().expect("valid").scope().clone();
    world.things.push((scope, Observed::IamRole(role)));
}

/// Returns the hint of an orphan.
fn hint(plan: &Plan, address: &str) -> Option<String> {
    plan.orphans.iter().find(|orphan| orphan.address.to_string() == address).and_then(|orphan| orphan.hint.clone())
}

/// It may be what the blocked role was, or what comes in its place.
#[test]
fn a_former_role_stays_beside_a_blocked_one() {
    for (is_blocked, stays) in [(true, Some("another iam-role here is blocked".to_owned())), (false, None)] {
        let plan = pruned(|world| {
            copy(world, "dev/iam-role/reader", "former", "dev/iam-role/former");
            if is_blocked {
                let Observed::IamRole(role) = find(world, "dev/iam-role/reader", "acme") else { panic!("a role") };
                role.tags.clear();
            }
        });
        assert_eq!(shown(&plan).contains(&"- dev/iam-role/former []".to_owned()), stays.is_none(), "{:#?}", shown(&plan));
        assert_eq!(hint(&plan, "dev/iam-role/former"), stays);
    }
}

/// Removals have an order, but one that is named alone takes with it only what it cannot be removed before.
#[test]
fn one_that_is_named_is_removed_without_the_others() {
    let only = |name: &str, change: &dyn Fn(&mut Observation)| {
        let options = PlanOptions { prune: true, only: vec![name.to_owned()], ..PlanOptions::default() };
        shown(&planned_with(MANIFEST, &options, change))
    };
    let two = |world: &mut Observation| {
        copy(world, "dev/iam-role/reader", "former", "dev/iam-role/former");
        copy(world, "dev/iam-role/reader", "second", "dev/iam-role/second");
    };
    for name in ["dev/iam-role/former", "dev/iam-role/second"] {
        assert_eq!(only(name, &two), [format!("- {name} []")]);
    }
}

/// Whether the account is this organization's at all is not known.
#[test]
fn a_former_role_in_a_blocked_account_stays() {
    let plan = pruned(|world| {
        copy(world, "dev/iam-role/reader", "former", "dev/iam-role/former");
        copy(world, "prod/iam-role/reader", "former", "prod/iam-role/former");
        let Observed::Account(account) = find(world, "account/dev", "acme") else { panic!("an account") };
        account.tags.insert(tags::ORGANIZATION.to_owned(), "other".to_owned());
    });
    let lines = shown(&plan);
    assert_eq!(hint(&plan, "dev/iam-role/former").as_deref(), Some("its account is blocked"), "{lines:#?}");
    assert!(lines.contains(&"- prod/iam-role/former []".to_owned()), "{lines:#?}");
}

/// Its tags were copied: they do not say that landfall made it.
#[test]
fn a_copy_of_a_role_with_its_tags_is_listed_and_stays() {
    let plan = pruned(|world| copy(world, "dev/iam-role/reader", "copy", "dev/iam-role/reader"));
    assert_eq!(shown(&plan), ["? dev/iam-role/reader"]);
    let expected = "it carries the tags of another resource, dev/iam-role/reader: remove the tag landfall:address from it";
    assert_eq!(hint(&plan, "dev/iam-role/reader").as_deref(), Some(expected));
}

/// The organization is never a leftover, whatever its tags say.
#[test]
fn an_organization_with_another_address_is_tagged_again() {
    let plan = pruned(|world| {
        let Observed::Organization(organization) = find(world, "organization/acme", "acme") else { panic!("an organization") };
        organization.tags.insert(tags::ADDRESS.to_owned(), "organization/former".to_owned());
    });
    assert_eq!(shown(&plan), ["~ organization/acme [tags.landfall:address  organization/former -> organization/acme]"]);
}

type Change = fn(&mut Observation);

/// A network that left the manifest is removed as a whole or stays as a whole.
#[test]
fn a_network_stays_as_a_whole_if_its_vpc_stays() {
    let with = manifest(DEV);
    let without = organization(&with.replace(&format!("\nnetwork = {{ {DEV} }}"), ""));
    let in_dev = |scope: &Scope| scope.to_string() == "dev/eu-west-1";
    let changes: [(Change, &str, &str); 3] = [
        (|_| {}, "", ""),
        (
            |world| {
                let subnet = find(world, "dev/eu-west-1/subnet/public-a", "acme").clone();
                let Observed::Subnet(subnet) = subnet else { panic!("a subnet") };
                let theirs =
                    subnet::Observed { id: literal("subnet-theirs"), cidr: literal("10.16.255.0/24"), tags: Tags::new(), ..subnet };
                world.things.push(("dev/eu-west-1/vpc/main".parse::<Address>().expect("valid").scope().clone(), Observed::Subnet(theirs)));
            },
            " still holds subnet-theirs (10.16.255.0/24, ",
            "), which landfall did not make",
        ),
        (
            |world| {
                let Observed::Vpc(vpc) = find(world, "dev/eu-west-1/vpc/main", "acme") else { panic!("a VPC") };
                vpc.tags.clear();
            },
            "",
            " does not carry landfall's tags: put them back, or remove the network by hand",
        ),
    ];
    for (change, has, ends) in changes {
        let mut world = built(&desired(&organization(&with)));
        change(&mut world);
        let plan = plan(&without, &desired(&without), &world, &PlanOptions { prune: true, only: Vec::new(), ..PlanOptions::default() })
            .expect("not refused");
        let removed = plan.steps.iter().filter(|step| in_dev(step.address.scope())).count();
        let hints: Vec<String> =
            plan.orphans.iter().filter(|orphan| in_dev(orphan.address.scope())).filter_map(|orphan| orphan.hint.clone()).collect();
        assert_eq!((removed == 0, hints.len() > 8), (!ends.is_empty(), !ends.is_empty()), "{:#?}", shown(&plan));
        assert!(hints.iter().all(|hint| hint.starts_with("vpc-") && hint.contains(has) && hint.ends_with(ends)), "{hints:#?}");
    }
}
