//! The index as a file of Terraform's: a provider for each account, and what is known as `local.landfall`.

use std::collections::BTreeMap;

use landfall::environments::{AccountEntry, Index, NetworkEntry, RoleEntry};
use landfall::ours::{AUDITOR, DEPLOYER, READER};

use super::{accounts, kind_of};
use crate::document::TERRAFORM_HEAD;
use crate::render::hcl::{Block, Identifiers, Key, Value};

/// The roles that a provider assumes, the first that the account has.
const ROLES: [&str; 3] = [DEPLOYER, READER, AUDITOR];

/// The variable with the reason that production asks for.
const REASON: &str = "landfall_reason";

/// Returns the providers and the local values of an organization.
pub(crate) fn terraform(index: &Index) -> String {
    let organization = &index.organization.name;
    let mut text = format!(
        "{TERRAFORM_HEAD} for {organization}, which replaces this file.\n# A resource of an account: provider = aws.KEY; its facts: local.landfall.environments.\n"
    );
    let landfall = Value::Object(vec![
        (Key::Word("organization"), organization_value(index)),
        (
            Key::Word("environments"),
            Value::Object(
                index
                    .environments
                    .iter()
                    .map(|environment| {
                        (
                            Key::Name(environment.name.clone()),
                            Value::Object(vec![
                                (Key::Word("tier"), environment.tier.as_str().into()),
                                (Key::Word("follows"), Value::optional(environment.follows.as_deref())),
                                (Key::Word("accounts"), accounts_value(index, &environment.accounts)),
                            ]),
                        )
                    })
                    .collect(),
            ),
        ),
        (Key::Word("accounts"), accounts_value(index, &index.accounts)),
    ]);
    let locals = Block::new("locals", vec![("landfall", landfall)]);
    for block in providers(index, &ROLES).into_iter().chain([locals]) {
        text.push('\n');
        text.push_str(&block.to_string());
    }
    text
}

/// Returns a provider for the management account, as the caller is there, and for each account that works and has one of these
/// roles; before them the variable for their reason, if one asks for it.
pub(crate) fn providers(index: &Index, roles: &[&str]) -> Vec<Block> {
    let region = index.organization.region.as_str();
    let mut names = Identifiers::default();
    let mut provider = |key: &str, id: &str| {
        let attributes =
            vec![("alias", names.take(key).as_str().into()), ("region", region.into()), ("allowed_account_ids", Value::texts([id]))];
        Block::new("provider \"aws\"", attributes)
    };
    let mut blocks = vec![provider("management", &index.organization.management)];
    let mut asks = false;
    for (_, account) in accounts(index) {
        let role = roles.iter().find_map(|role| account.roles.get(*role));
        let (Some(id), Some(role)) = (account.id.as_deref(), role) else { continue };
        let mut block = provider(&account.key, id);
        block.blocks.push(assume_role(role));
        asks |= role.reason;
        blocks.push(block);
    }
    if asks {
        blocks.insert(0, reason());
    }
    blocks
}

/// Returns the block of a role; a reason is a tag of its session.
fn assume_role(role: &RoleEntry) -> Block {
    let mut attributes = vec![("role_arn", role.arn.as_str().into())];
    if role.reason {
        attributes.push(("tags", Value::Expression(format!("{{ \"landfall:reason\" = var.{REASON} }}"))));
    }
    Block::new("assume_role", attributes)
}

/// Returns the variable of the reason. It may be empty, so that a program of other accounts need not set it; AWS then refuses the role.
fn reason() -> Block {
    let attributes = vec![
        ("type", Value::Expression("string".to_owned())),
        ("description", "Why production is changed; without it AWS refuses the role there: TF_VAR_landfall_reason='release 42'".into()),
        ("default", "".into()),
    ];
    Block::new(format!("variable \"{REASON}\""), attributes)
}

fn organization_value(index: &Index) -> Value {
    let organization = &index.organization;
    Value::Object(vec![
        (Key::Word("name"), organization.name.as_str().into()),
        (Key::Word("id"), Value::optional(organization.id.as_deref())),
        (Key::Word("management"), organization.management.as_str().into()),
        (Key::Word("partition"), organization.partition.as_str().into()),
        (Key::Word("region"), organization.region.as_str().into()),
        (Key::Word("regions"), Value::texts(organization.regions.iter().map(String::as_str))),
    ])
}

fn accounts_value(index: &Index, entries: &[AccountEntry]) -> Value {
    let active = entries.iter().filter(|entry| entry.is_active());
    Value::Object(active.map(|entry| (Key::Name(entry.key.clone()), account_value(index, entry))).collect())
}

/// Returns an account's facts. Every account has all of them, so that one program fits all.
fn account_value(index: &Index, account: &AccountEntry) -> Value {
    let network = account.network.as_ref();
    let roles = account.roles.iter().map(|(role, entry)| (Key::Name(role.clone()), entry.arn.as_str().into()));
    Value::Object(vec![
        (Key::Word("id"), Value::optional(account.id.as_deref())),
        (Key::Word("region"), network.map_or(index.organization.region.as_str(), |network| &network.region).into()),
        (Key::Word("roles"), Value::Object(roles.collect())),
        (Key::Word("vpc_id"), Value::optional(network.map(|network| network.vpc.as_str()))),
        (Key::Word("cidr"), Value::optional(network.map(|network| network.cidr.as_str()))),
        (Key::Word("nat_addresses"), Value::texts(network.iter().flat_map(|network| &network.nat_addresses).map(String::as_str))),
        (Key::Word("subnet_ids"), network.map_or_else(|| Value::Object(Vec::new()), subnet_ids)),
        (Key::Word("zone_ids"), Value::texts(network.map(zones).unwrap_or_default())),
        (Key::Word("backend"), backend(index, account)),
    ])
}

/// Returns the subnets by kind, each in the order of its zones' letters.
fn subnet_ids(network: &NetworkEntry) -> Value {
    let mut by_kind: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, subnet) in &network.subnets {
        by_kind.entry(kind_of(name)).or_default().push(&subnet.id);
    }
    Value::Object(by_kind.into_iter().map(|(kind, ids)| (Key::Name(kind.to_owned()), Value::texts(ids))).collect())
}

/// Returns the ids of the availability zones that have subnets, in the order of their letters.
fn zones(network: &NetworkEntry) -> Vec<&str> {
    let mut zones: Vec<&str> = Vec::new();
    for subnet in network.subnets.values() {
        if !zones.contains(&subnet.zone.as_str()) {
            zones.push(&subnet.zone);
        }
    }
    zones
}

/// Returns what a backend `s3` needs to keep the state of an account in it, but for `key`; `null` where landfall made no bucket for it.
fn backend(index: &Index, account: &AccountEntry) -> Value {
    let Some(bucket) = &account.terraform_bucket else { return Value::optional(None) };
    Value::Object(vec![
        (Key::Word("bucket"), bucket.as_str().into()),
        (Key::Word("region"), index.organization.region.as_str().into()),
        (Key::Word("use_lockfile"), Value::Expression("true".to_owned())),
    ])
}
