//! The index as context of CDK: one key for each account of an environment, which an app's stacks look up.

use std::collections::BTreeMap;

use landfall::environments::{AccountEntry, Index};
use serde_json::{Map, Value, json};

use super::kind_of;

/// What every key begins with. None can be that of the organization: an environment cannot have this name.
const ORGANIZATION: &str = "landfall:organization";

/// Returns the context: `landfall:ENV`, or `landfall:ENV/ACCOUNT` where an environment has several accounts.
pub(crate) fn context(index: &Index) -> Value {
    let organization = &index.organization;
    let mut context = Map::new();
    context.insert(
        ORGANIZATION.to_owned(),
        json!({"name": organization.name, "id": organization.id, "management": organization.management,
            "region": organization.region, "regions": organization.regions}),
    );
    for environment in &index.environments {
        let is_alone = environment.accounts.len() == 1;
        for account in environment.accounts.iter().filter(|account| account.is_active()) {
            let key =
                if is_alone { format!("landfall:{}", environment.name) } else { format!("landfall:{}/{}", environment.name, account.key) };
            context.insert(key, of_account(index, &environment.tier, account));
        }
    }
    Value::Object(context)
}

/// Returns the facts of an account, under the names that CDK's own properties have: `env`, `Vpc.fromVpcAttributes`.
fn of_account(index: &Index, tier: &str, account: &AccountEntry) -> Value {
    let network = account.network.as_ref();
    let region = network.map_or(&index.organization.region, |network| &network.region);
    let mut facts = Map::from_iter([
        ("account".to_owned(), json!(account.id)),
        ("region".to_owned(), json!(region)),
        ("tier".to_owned(), json!(tier)),
        ("roles".to_owned(), account.roles.iter().map(|(role, entry)| (role.clone(), json!(entry.arn))).collect()),
    ]);
    if let Some(network) = network {
        let mut subnets: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for (name, subnet) in &network.subnets {
            subnets.entry(kind_of(name)).or_default().push(json!({"subnetId": subnet.id, "cidr": subnet.cidr, "zoneId": subnet.zone}));
        }
        facts.insert("vpcId".to_owned(), json!(network.vpc));
        facts.insert("vpcCidrBlock".to_owned(), json!(network.cidr));
        facts.insert("subnets".to_owned(), json!(subnets));
        facts.insert("natAddresses".to_owned(), json!(network.nat_addresses));
    }
    Value::Object(facts)
}
