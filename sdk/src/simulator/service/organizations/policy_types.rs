//! The policy types that are simulated, and the documents of those that are not in the language of IAM.
//!
//! A type whose effect on a simulated call is not simulated is not here: tag policies, which may refuse a tag. Authorization asks for
//! service and resource control policies, S3 for S3 policies; the others have no effect on a call.

use serde_json::{Map, Value, json};

use super::node::enter;
use super::organization::show_root;
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, write};
use crate::simulator::wire::Params;
use crate::simulator::world::{FeatureSet, RESOURCE_CONTROL, SERVICE_CONTROL, SwitchedOn, World};

pub(super) const OPERATIONS: &[Operation] = &[write("EnablePolicyType", enable_policy_type)];

/// A type: its name, the size of its documents, how many a target has, the key at the top, and the service that has to be trusted.
pub(super) struct PolicyType {
    pub(super) name: &'static str,
    pub(super) characters: usize,
    pub(super) per_target: std::ops::RangeInclusive<usize>,
    pub(super) per_organization: usize,
    key: Option<&'static str>,
    service: Option<&'static str>,
}

const fn settings(
    name: &'static str,
    characters: usize,
    per_target: usize,
    key: &'static str,
    service: Option<&'static str>,
) -> PolicyType {
    PolicyType { name, characters, per_target: 0..=per_target, per_organization: 1_000, key: Some(key), service }
}

/// Sizes and counts: docs/AWS.md 1.3. White space counts when a document is sent by API. The services: docs/AWS.md D.8.
const TYPES: &[PolicyType] = &[
    PolicyType { name: SERVICE_CONTROL, characters: 10_240, per_target: 1..=10, per_organization: 10_000, key: None, service: None },
    PolicyType { name: RESOURCE_CONTROL, characters: 5_120, per_target: 1..=5, per_organization: 2_000, key: None, service: None },
    settings(EC2, 10_000, 10, "ec2_attributes", Some("ec2.amazonaws.com")),
    settings(S3, 10_000, 10, "s3_attributes", None),
    settings("BACKUP_POLICY", 10_000, 10, "plans", None),
    settings("AISERVICES_OPT_OUT_POLICY", 2_500, 5, "services", None),
];

const EC2: &str = "DECLARATIVE_POLICY_EC2";
const S3: &str = "S3_POLICY";

/// Returns a type.
pub(super) fn find(name: &str) -> Result<&'static PolicyType, Failure> {
    let found = TYPES.iter().find(|known| known.name == name);
    found.ok_or_else(|| Failure::not_implemented(format_args!("the policy type {name}")))
}

impl PolicyType {
    /// Returns why AWS would not take a document of settings.
    pub(super) fn problem(&self, document: &Value) -> Option<String> {
        let (Some(key), Some(members)) = (self.key, document.as_object()) else { return Some("not a JSON object".to_owned()) };
        match members.get(key) {
            Some(inner) if members.len() == 1 => below(key, inner).or_else(|| self.value(inner)),
            _ => Some(format!("`{key}` must be its only key")),
        }
    }

    /// Returns what is wrong with the settings, where their names and values are known here.
    fn value(&self, inner: &Value) -> Option<String> {
        let known = SETTINGS.iter().filter(|(name, ..)| *name == self.name);
        known.clone().next()?;
        let mut found = Vec::new();
        leaves("", inner, &mut found);
        found.into_iter().find_map(|(path, value)| match known.clone().find(|(_, known, _)| *known == path) {
            None => Some(format!("`{path}` is no setting")),
            Some((_, _, values)) => {
                let is_good = values.is_empty() || value["@@assign"].as_str().is_some_and(|text| values.contains(&text));
                (!is_good).then(|| format!("`{path}` is one of {}", values.join(", ")))
            }
        })
    }
}

/// Settings by type, path and values; no values are any text (docs/AWS.md D.8). Those of backup and AI services opt-out policies are not
/// checked, since they have no effect on a call that is simulated.
const SETTINGS: &[(&str, &str, &[&str])] = &[
    (EC2, "instance_metadata_defaults.http_tokens", &["required", "optional", "no_preference"]),
    (EC2, "instance_metadata_defaults.http_put_response_hop_limit", &[]),
    (EC2, "instance_metadata_defaults.http_endpoint", &["enabled", "disabled", "no_preference"]),
    (EC2, "instance_metadata_defaults.instance_metadata_tags", &["enabled", "disabled", "no_preference"]),
    (EC2, "serial_console_access.status", &["enabled", "disabled"]),
    (EC2, "image_block_public_access.state", &["block_new_sharing", "unblocked"]),
    (EC2, "snapshot_block_public_access.state", &["block_all_sharing", "block_new_sharing", "unblocked"]),
    (EC2, "vpc_block_public_access.internet_gateway_block.mode", &["off", "block_ingress", "block_bidirectional"]),
    (EC2, "vpc_block_public_access.internet_gateway_block.exclusions_allowed", &["enabled", "disabled"]),
    (EC2, "exception_message", &[]),
    (S3, "public_access_block_configuration", &["all", "none"]),
];

/// Finds the settings below a key, each with its operators.
fn leaves<'v>(path: &str, value: &'v Value, found: &mut Vec<(String, &'v Value)>) {
    for (key, inner) in value.as_object().into_iter().flatten() {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match inner.as_object() {
            Some(members) if !members.keys().any(|key| key.starts_with("@@")) => leaves(&path, inner, found),
            _ => found.push((path, inner)),
        }
    }
}

/// Returns what is wrong below a key: a value stands under an operator, and an operator beside nothing else.
fn below(key: &str, value: &Value) -> Option<String> {
    let Some(members) = value.as_object() else { return Some(format!("`{key}` needs an operator such as `@@assign`")) };
    let operators = members.keys().filter(|key| key.starts_with("@@")).count();
    if operators > 0 && operators < members.len() {
        return Some(format!("`{key}` has operators and other keys"));
    }
    if operators > 0 { None } else { inner(members) }
}

fn inner(members: &Map<String, Value>) -> Option<String> {
    members.iter().find_map(|(key, value)| below(key, value))
}

fn enable_policy_type(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (root, name) = (params.text("RootId")?, params.text("PolicyType")?);
    let policy_type = find(name)?;
    let ask = world.ask_about("organizations:EnablePolicyType", root).with("organizations:PolicyType", name);
    let pass = enter(world, call, params, ask)?;
    let members: Vec<_> = world.accounts.values().filter(|account| account.parent.is_some()).map(|account| account.id.clone()).collect();
    let organization = world.organization_mut()?;
    if organization.root != root {
        return Err(Failure::organizations("RootNotFoundException", "You specified a root that doesn't exist."));
    }
    if organization.feature_set != FeatureSet::All {
        let message = "You can't use the specified policy type with the feature set currently enabled for this organization.";
        return Err(Failure::organizations("PolicyTypeNotAvailableForOrganizationException", message));
    }
    if policy_type.service.is_some_and(|service| !organization.service_access.contains_key(service)) {
        let message = "You attempted to enable a policy type before you enabled service access.";
        return Err(Failure::constraint("SERVICE_ACCESS_NOT_ENABLED", message));
    }
    if !organization.enable_policy_type(name, &members) {
        let message = "The specified policy type is already enabled in the specified root.";
        return Err(Failure::organizations("PolicyTypeAlreadyEnabledException", message));
    }
    organization.switched_on.insert(name.to_owned(), SwitchedOn { since: call.now });
    let organization = world.organization()?;
    Ok(pass.answer(json!({ "Root": show_root(world, organization, call.now) })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_read_as_aws_does() {
        let problem = |name: &str, document: Value| find(name).expect("simulated").problem(&document);
        assert_eq!(problem(S3, json!({"s3_attributes": {"public_access_block_configuration": {"@@assign": "all"}}})), None);
        for (name, document) in [
            (S3, json!({"s3_attributes": {"public_access_block_configuration": {"@@assign": "some"}}})),
            (S3, json!({"s3_attributes": {"public_access_block_configuration": "all"}})),
            (S3, json!({"ec2_attributes": {}})),
            (S3, json!({"s3_attributes": {"public_access": {"@@assign": "all"}}})),
            (EC2, json!({"ec2_attributes": {"instance_metadata_defaults": {"http_token": {"@@assign": "required"}}}})),
            (EC2, json!({"ec2_attributes": {"serial_console_access": {"status": {"@@assign": "off"}}}})),
            (
                EC2,
                json!({"ec2_attributes": {"vpc_block_public_access": {"internet_gateway_block": {"mode": {"@@assign": "block-ingress"}}}}}),
            ),
            ("BACKUP_POLICY", json!({"plans": {}, "services": {}})),
            ("BACKUP_POLICY", json!({"plans": {"a": {"@@assign": "b", "c": {}}}})),
            ("BACKUP_POLICY", json!([])),
        ] {
            assert!(problem(name, document.clone()).is_some(), "{document}");
        }
        assert!(find("TAG_POLICY").is_err(), "it would have to be asked at each tag");
    }
}
