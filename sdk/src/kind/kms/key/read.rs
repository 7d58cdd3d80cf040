//! Reading keys: by landfall's alias, else by landfall's tags.
//!
//! The key's own policy decides who may read a key. An unreadable key without landfall's alias belongs to another owner, and one with it is
//! blocked by itself; neither makes the rest of the account unreadable.

use std::collections::BTreeSet;

use super::super::api::{Alias, DescribeKey, GetKeyPolicy, GetKeyRotationStatus, KeyMetadata, ListAliases, ListKeys};
use super::super::tags_of;
use super::{Observed, POLICY_NAME, ROTATION_DAYS, State};
use crate::aws::error::AwsError;
use crate::aws::tags::{self, Tags};
use crate::kind::Context;
use crate::ours::ALIAS_PREFIX;

/// The prefix of the aliases of AWS's own keys (KMS API, `CreateAlias`). Those keys cannot be tagged.
const AWS_PREFIX: &str = "alias/aws/";

/// Reads every key with one of landfall's aliases; if there is none, every key with landfall's tags.
pub(super) async fn all(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
    let aliases = cx.pages(ListAliases { marker: None }).await?;
    let mut keys = Vec::new();
    for Alias { alias_name: name, target_key_id } in &aliases {
        if let Some(id) = target_key_id.as_ref().filter(|_| name.starts_with(ALIAS_PREFIX)) {
            keys.extend(detailed(cx, id, Some(name.clone()), None).await?);
        }
    }
    if keys.is_empty() {
        for (id, tags) in tagged(cx, &aliases).await? {
            keys.extend(detailed(cx, &id, None, Some(tags)).await?);
        }
    }
    Ok(keys)
}

/// Returns keys with the organization's tag, and their tags. Lists cannot be filtered, so the tags of every key are read, except AWS's own.
async fn tagged(cx: &Context<'_>, aliases: &[Alias]) -> Result<Vec<(String, Tags)>, AwsError> {
    let of_aws = aliases.iter().filter(|alias| alias.alias_name.starts_with(AWS_PREFIX));
    let of_aws: BTreeSet<&String> = of_aws.filter_map(|alias| alias.target_key_id.as_ref()).collect();
    let mut ours = Vec::new();
    for key in cx.pages(ListKeys { marker: None }).await? {
        if of_aws.contains(&key.key_id) {
            continue;
        }
        let tags = match tags_of(cx, &key.key_id).await {
            Ok(tags) => tags,
            // A key whose policy denies reading it, or that was just deleted.
            Err(error) if error.is_denied_by_resource() || error.is(&["NotFoundException"]) => continue,
            Err(error) => return Err(error),
        };
        if tags.get(tags::ORGANIZATION).is_some_and(|name| name == cx.organization().as_str()) {
            ours.push((key.key_id, tags));
        }
    }
    Ok(ours)
}

/// Reads one key, whose tags may be known; `None` if it is gone. A denied read is recorded, and the rest is still read.
async fn detailed(cx: &Context<'_>, id: &str, alias: Option<String>, tags: Option<Tags>) -> Result<Option<Observed>, AwsError> {
    let mut refusal = None;
    let described = cx.send(&DescribeKey { key_id: id.to_owned() }).await;
    if described.as_ref().is_err_and(|error| error.is(&["NotFoundException"])) {
        return Ok(None);
    }
    let key = unless_denied(described, &mut refusal)?.map(|output| output.key_metadata);
    // AWS's own key under landfall's alias: nothing of it is read.
    let of_aws = key.as_ref().is_some_and(|key| key.key_manager.as_deref() == Some("AWS"));
    let (mut policy, mut rotation) = (None, None);
    if !of_aws {
        let sent = cx.send(&GetKeyPolicy { key_id: id.to_owned(), policy_name: POLICY_NAME }).await;
        policy = unless_denied(sent, &mut refusal)?;
        let sent = cx.send(&GetKeyRotationStatus { key_id: id.to_owned() }).await;
        rotation = unless_denied(sent, &mut refusal)?;
    }
    let tags = match tags {
        Some(tags) => tags,
        None => unless_denied(tags_of(cx, id).await, &mut refusal)?.unwrap_or_default(),
    };
    Ok(Some(Observed {
        id: id.to_owned(),
        alias,
        state: key.as_ref().map_or_else(|| State::Other("in no known state".to_owned()), state),
        arn: key.map_or_else(|| arn(cx, id), |key| key.arn),
        policy: policy.map(|output| output.policy).unwrap_or_default(),
        // Without a period in the answer, it is AWS's default.
        rotation: rotation
            .filter(|output| output.key_rotation_enabled)
            .map(|output| output.rotation_period_in_days.unwrap_or(ROTATION_DAYS)),
        tags,
        refusal,
    }))
}

/// Returns the ARN of a key that cannot even be described.
fn arn(cx: &Context<'_>, id: &str) -> String {
    let region = cx.scope().region().map(ToString::to_string).unwrap_or_default();
    format!("arn:{}:kms:{region}:{}:key/{id}", cx.sessions().partition(), cx.session().account())
}

/// Keeps the first refusal for lack of permission, and returns every other error.
fn unless_denied<T>(answer: Result<T, AwsError>, refusal: &mut Option<String>) -> Result<Option<T>, AwsError> {
    match answer {
        Ok(output) => Ok(Some(output)),
        Err(error) if error.is_denied() => {
            refusal.get_or_insert_with(|| error.to_string());
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

pub(super) fn state(key: &KeyMetadata) -> State {
    match key.key_state.as_str() {
        "Enabled" => State::Enabled,
        "Disabled" => State::Disabled,
        "PendingDeletion" => State::PendingDeletion(key.deleted_at().unwrap_or_else(|| "an unknown date".to_owned())),
        other => State::Other(other.to_owned()),
    }
}
