//! A secret: its value, and what is known about it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::name::{failure, not_deleted, refused};
use super::protect::{Bound, decrypt};
use super::write::CURRENT;
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::clock::Timestamp;
use crate::simulator::failure::Failure;
use crate::simulator::service::page::Page;
use crate::simulator::service::{Operation, read};
use crate::simulator::stored::show_tags;
use crate::simulator::wire::Params;
use crate::simulator::world::{Secret, SecretVersion, World};

pub(super) const OPERATIONS: &[Operation] =
    &[read("GetSecretValue", get), read("DescribeSecret", describe), read("ListSecretVersionIds", list_versions)];

/// Most items on a page (Secrets Manager API, `ListSecrets`, `ListSecretVersionIds`).
const PAGE: i64 = 100;

fn get(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let id = params.text("SecretId")?;
    let (version, stage) = (params.optional_text("VersionId")?, params.optional_text("VersionStage")?);
    let mut ask = Ask::new("secretsmanager:GetSecretValue", "");
    for (key, value) in [("secretsmanager:VersionId", version), ("secretsmanager:VersionStage", stage)] {
        if let Some(value) = value {
            ask = ask.with(key, value);
        }
    }
    let (pass, meant) = world.enter_secret(call, params, ask, id)?;
    let secret = world.secret(call, &meant)?;
    not_deleted(secret)?;
    let (id, version) = find(secret, version, stage)?;
    decrypt(world, call, &version.key, Bound { arn: &secret.arn, version: id })?;
    Ok(pass.answer(json!({
        "ARN": secret.arn,
        "Name": meant.name,
        "VersionId": id,
        "SecretString": version.value.expose(),
        "VersionStages": version.stages,
        "CreatedDate": version.made.epoch_seconds(),
    })))
}

/// Returns the version that a call names by its id, a label, or both.
fn find<'s>(secret: &'s Secret, id: Option<&str>, stage: Option<&str>) -> Result<(&'s str, &'s SecretVersion), Failure> {
    let missing = |what: &str, which: &str| {
        failure("ResourceNotFoundException", format!("Secrets Manager can't find the specified secret value for {what}: {which}"))
    };
    let Some(id) = id else {
        let stage = stage.unwrap_or(CURRENT);
        let found = secret.versions.iter().find(|(_, version)| version.stages.contains(stage));
        return found.map(|(id, version)| (id.as_str(), version)).ok_or_else(|| missing("staging label", stage));
    };
    let (id, version) = secret.versions.get_key_value(id).ok_or_else(|| missing("VersionId", id))?;
    if stage.is_some_and(|stage| !version.stages.contains(stage)) {
        return Err(refused("You provided a VersionStage that is not associated to the provided VersionId."));
    }
    Ok((id, version))
}

fn describe(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let id = params.text("SecretId")?;
    let (pass, meant) = world.enter_secret(call, params, Ask::new("secretsmanager:DescribeSecret", ""), id)?;
    let secret = world.secret(call, &meant)?;
    let mut shown = show(&meant.name, secret);
    shown["VersionIdsToStages"] = staged(secret);
    Ok(pass.answer(shown))
}

fn list_versions(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let id = params.text("SecretId")?;
    let with_old = params.optional_boolean("IncludeDeprecated")?.unwrap_or(false);
    let page = read_page(&params)?;
    let (pass, meant) = world.enter_secret(call, params, Ask::new("secretsmanager:ListSecretVersionIds", ""), id)?;
    let secret = world.secret(call, &meant)?;
    let versions = secret.versions.iter().filter(|(_, version)| with_old || !version.stages.is_empty()).map(|(id, version)| {
        let made = version.made.epoch_seconds();
        (id.clone(), json!({ "VersionId": id, "VersionStages": version.stages, "CreatedDate": made, "KmsKeyIds": [version.key] }))
    });
    let page = page.cut(versions);
    Ok(pass.answer(json!({ "ARN": secret.arn, "Name": meant.name, "Versions": page.items, "NextToken": page.next })))
}

/// Returns what is known about a secret.
pub(super) fn show(name: &str, secret: &Secret) -> Value {
    json!({
        "ARN": secret.arn,
        "Name": name,
        "Description": secret.description,
        "KmsKeyId": secret.key_id,
        "Tags": show_tags(&secret.tags),
        "CreatedDate": secret.made.epoch_seconds(),
        "LastChangedDate": secret.changed.epoch_seconds(),
        "DeletedDate": secret.deletion.map(Timestamp::epoch_seconds),
    })
}

/// Returns the versions that have labels, with these.
pub(super) fn staged(secret: &Secret) -> Value {
    let staged: BTreeMap<_, _> =
        secret.versions.iter().filter(|(_, version)| !version.stages.is_empty()).map(|(id, version)| (id, &version.stages)).collect();
    json!(staged)
}

/// Reads the page that is wanted.
pub(super) fn read_page(params: &Params<'_>) -> Result<Page, Failure> {
    let size = params.optional_integer("MaxResults", 1..=PAGE)?.unwrap_or(PAGE);
    let page = Page::after(size, params.optional_text("NextToken")?);
    page.ok_or_else(|| failure("InvalidNextTokenException", "The NextToken value is invalid."))
}
