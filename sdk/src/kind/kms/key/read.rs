//! Reading keys: by an alias of ours, else by our tags.
//!
//! Who may read a key is for the key's own policy to say. One of another owner that refuses us is another owner's, and
//! one under our alias that does is blocked by itself; neither says anything about the rest of the account.

use std::collections::BTreeSet;

use aws_sdk_kms::types::{AliasListEntry, KeyManagerType, KeyMetadata, KeyState};
use aws_smithy_types::date_time::Format;

use super::super::{ALIAS_PREFIX, tags_of};
use super::{Observed, POLICY_NAME, ROTATION_DAYS, State};
use crate::aws::error::AwsError;
use crate::aws::tags::{self, Tags};
use crate::kind::Context;

/// What the aliases of AWS's own keys begin with (KMS API, `CreateAlias`). Those keys take no tags of ours.
const AWS_PREFIX: &str = "alias/aws/";

/// Reads every key that an alias of ours names; where there is none, every key that carries our tags.
pub(super) async fn all(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
    let aliases = aliases(cx).await?;
    let mut keys = Vec::new();
    for alias in &aliases {
        if let (Some(name), Some(id)) = (alias.alias_name(), alias.target_key_id())
            && name.starts_with(ALIAS_PREFIX)
        {
            keys.extend(detailed(cx, id, Some(name.to_owned()), None).await?);
        }
    }
    if keys.is_empty() {
        for (id, tags) in tagged(cx, &aliases).await? {
            keys.extend(detailed(cx, &id, None, Some(tags)).await?);
        }
    }
    Ok(keys)
}

/// Returns the aliases of the account.
async fn aliases(cx: &Context<'_>) -> Result<Vec<AliasListEntry>, AwsError> {
    let client = cx.session().kms();
    let mut aliases = Vec::new();
    let mut marker: Option<String> = None;
    loop {
        let page = cx.call("kms:ListAliases", || client.list_aliases().set_marker(marker.clone()).send()).await?;
        aliases.extend_from_slice(page.aliases());
        marker = page.next_marker().map(str::to_owned);
        if !page.truncated() || marker.is_none() {
            return Ok(aliases);
        }
    }
}

/// Returns keys with our organization's tag, and their tags. Lists cannot be filtered, so this asks of every key but AWS's.
async fn tagged(cx: &Context<'_>, aliases: &[AliasListEntry]) -> Result<Vec<(String, Tags)>, AwsError> {
    let of_aws: BTreeSet<&str> = aliases
        .iter()
        .filter(|alias| alias.alias_name().is_some_and(|name| name.starts_with(AWS_PREFIX)))
        .filter_map(AliasListEntry::target_key_id)
        .collect();
    let client = cx.session().kms();
    let mut ours = Vec::new();
    let mut marker: Option<String> = None;
    loop {
        let page = cx.call("kms:ListKeys", || client.list_keys().set_marker(marker.clone()).send()).await?;
        for id in page.keys().iter().filter_map(|key| key.key_id()).filter(|id| !of_aws.contains(id)) {
            let tags = match tags_of(cx, id).await {
                Ok(tags) => tags,
                // A key whose policy keeps us out, or that has just gone.
                Err(error) if error.is_denied_by_resource() || error.is(&["NotFoundException"]) => continue,
                Err(error) => return Err(error),
            };
            if tags.get(tags::ORGANIZATION).is_some_and(|name| name == cx.organization().as_str()) {
                ours.push((id.to_owned(), tags));
            }
        }
        marker = page.next_marker().map(str::to_owned);
        if !page.truncated() || marker.is_none() {
            return Ok(ours);
        }
    }
}

/// Reads one key, whose tags may be known; none where it is gone. A read that is refused is told, and the rest is still read.
async fn detailed(cx: &Context<'_>, id: &str, alias: Option<String>, tags: Option<Tags>) -> Result<Option<Observed>, AwsError> {
    let client = cx.session().kms();
    let mut refusal = None;
    let described = cx.call("kms:DescribeKey", || client.describe_key().key_id(id).send()).await;
    if described.as_ref().is_err_and(|error| error.is(&["NotFoundException"])) {
        return Ok(None);
    }
    let described = unless_denied(described, &mut refusal)?;
    let key = described.as_ref().and_then(|output| output.key_metadata());
    if described.is_some() && key.is_none() {
        return Err(AwsError::incomplete("kms:DescribeKey", "KeyMetadata"));
    }
    // AWS's own key under our alias: nothing of it is ours to read.
    let of_aws = key.is_some_and(|key| key.key_manager() == Some(&KeyManagerType::Aws));
    let (mut policy, mut rotation) = (None, None);
    if !of_aws {
        let sent = cx.call("kms:GetKeyPolicy", || client.get_key_policy().key_id(id).policy_name(POLICY_NAME).send()).await;
        policy = unless_denied(sent, &mut refusal)?;
        let sent = cx.call("kms:GetKeyRotationStatus", || client.get_key_rotation_status().key_id(id).send()).await;
        rotation = unless_denied(sent, &mut refusal)?;
    }
    let tags = match tags {
        Some(tags) => tags,
        None => unless_denied(tags_of(cx, id).await, &mut refusal)?.unwrap_or_default(),
    };
    let arn = key.and_then(|key| key.arn()).map_or_else(|| arn(cx, id), str::to_owned);
    Ok(Some(Observed {
        id: id.to_owned(),
        arn,
        alias,
        state: key.map_or_else(|| State::Other("in no known state".to_owned()), state),
        policy: policy.and_then(|output| output.policy).unwrap_or_default(),
        // Where AWS does not tell the period, it is AWS's default.
        rotation: rotation
            .filter(aws_sdk_kms::operation::get_key_rotation_status::GetKeyRotationStatusOutput::key_rotation_enabled)
            .map(|output| output.rotation_period_in_days().unwrap_or(ROTATION_DAYS)),
        tags,
        refusal,
    }))
}

/// Returns the ARN of a key that may not even be described.
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
    match key.key_state() {
        Some(KeyState::Enabled) => State::Enabled,
        Some(KeyState::Disabled) => State::Disabled,
        Some(KeyState::PendingDeletion) => {
            let at = key.deletion_date().and_then(|date| date.fmt(Format::DateTime).ok());
            State::PendingDeletion(at.unwrap_or_else(|| "an unknown date".to_owned()))
        }
        other => State::Other(other.map_or("in no known state", KeyState::as_str).to_owned()),
    }
}
