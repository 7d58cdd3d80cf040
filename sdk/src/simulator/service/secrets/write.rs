//! Secrets are made, and get new versions. The caller names each version by a token, so that a repeated call does nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};

use super::name::{SUFFIX, arn, check, failure, not_deleted, refused};
use super::protect::{Bound, decrypt, encrypt};
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, write};
use crate::simulator::stored::read_tags;
use crate::simulator::wire::Params;
use crate::simulator::world::{Secret, SecretText, SecretVersion, World};

pub(super) const OPERATIONS: &[Operation] = &[write("CreateSecret", create), write("PutSecretValue", put)];

/// The label of the version that is read, and of the one before it.
pub(super) const CURRENT: &str = "AWSCURRENT";
const PREVIOUS: &str = "AWSPREVIOUS";
/// Longest value in bytes, and the length of a token (docs/AWS.md 8.2).
const VALUE_MAX: usize = 65_536;
const TOKEN: std::ops::RangeInclusive<usize> = 32..=64;
/// Longest description, and most labels of a version (Secrets Manager API, `CreateSecret`, `PutSecretValue`).
const DESCRIPTION_MAX: usize = 2048;
const STAGES_MAX: usize = 20;
/// Versions that are kept without a label, and how long each is kept anyway (docs/AWS.md 8.2).
const VERSIONS_KEPT: usize = 100;
const KEPT_ANYWAY: Duration = Duration::from_hours(24);

fn create(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let name = params.text("Name")?;
    let (value, token) = (read_value(&params)?, read_token(&params)?);
    let key = params.optional_text("KmsKeyId")?.filter(|key| !key.is_empty());
    let description = params.optional_text("Description")?;
    if description.is_some_and(|text| text.chars().count() > DESCRIPTION_MAX) {
        return Err(params.invalid("Description", "Member must have length less than or equal to 2048"));
    }
    let tags = read_tags(&params, "Tags")?;
    check(name, false)?;
    let account = call.account()?.clone();
    let mut ask = Ask::new("secretsmanager:CreateSecret", arn(&account, call.region, name)).request_tags(&tags);
    ask = ask.with("secretsmanager:Name", name);
    if let Some(key) = key {
        ask = ask.with("secretsmanager:KmsKeyId", key);
    }
    let pass = call.authorize(world, params, ask.clone())?;
    if !tags.is_empty() {
        call.may(world, ask.but("secretsmanager:TagResource"))?;
    }
    let value = value.map(|value| Ok::<_, Failure>((value, token.ok_or_else(no_token)?))).transpose()?;
    if let Some(secret) = world.secrets_of(call)?.and_then(|secrets| secrets.get(name)) {
        if secret.deletion.is_some() {
            return Err(refused("You can't create this secret because a secret with this name is already scheduled for deletion."));
        }
        let (Some((value, token)), arn) = (value, secret.arn.clone()) else { return Err(exists(name)) };
        return match compare(world, call, secret, token, value)? {
            Same::Yes => Ok(pass.answer(json!({ "ARN": arn, "Name": name, "VersionId": token }))),
            Same::No | Same::NoVersion => Err(exists(name)),
        };
    }
    let arn = format!("{}-{}", arn(&account, call.region, name), world.lower_id("", u32::try_from(SUFFIX).unwrap_or_default()));
    let mut versions = BTreeMap::new();
    if let Some((value, token)) = value {
        let key = encrypt(world, call, key, Bound { arn: &arn, version: token }, true)?;
        let stages = BTreeSet::from([CURRENT.to_owned()]);
        versions.insert(token.to_owned(), SecretVersion { value: SecretText::new(value), key, stages, made: call.now });
    }
    let secret = Secret {
        arn: arn.clone(),
        description: description.map(str::to_owned),
        key_id: key.map(str::to_owned),
        tags,
        versions,
        made: call.now,
        changed: call.now,
        deletion: None,
    };
    world.secrets_mut(call)?.insert(name.to_owned(), secret);
    Ok(pass.answer(json!({ "ARN": arn, "Name": name, "VersionId": value.map(|(_, token)| token) })))
}

fn put(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let id = params.text("SecretId")?;
    let (value, token) = (read_value(&params)?, read_token(&params)?);
    let stages = params.texts("VersionStages")?;
    if stages.len() > STAGES_MAX {
        return Err(params.invalid("VersionStages", "Member must have length less than or equal to 20"));
    }
    let (pass, meant) = world.enter_secret(call, params, Ask::new("secretsmanager:PutSecretValue", ""), id)?;
    let token = token.ok_or_else(no_token)?;
    let value = value.ok_or_else(|| refused("You must provide either SecretString or SecretBinary."))?;
    let secret = world.secret(call, &meant)?;
    not_deleted(secret)?;
    let (arn, key_id) = (secret.arn.clone(), secret.key_id.clone());
    match compare(world, call, secret, token, value)? {
        Same::NoVersion => {}
        Same::Yes => return Ok(pass.answer(show(&arn, &meant.name, token, secret.versions.get(token)))),
        Same::No => {
            let message =
                format!("You can't use ClientRequestToken {token} because that value is already in use for a version of secret {arn}.");
            return Err(failure("ResourceExistsException", message));
        }
    }
    let key = encrypt(world, call, key_id.as_deref(), Bound { arn: &arn, version: token }, false)?;
    let secret = world.secret_mut(call, &meant)?;
    let stages = if stages.is_empty() { vec![CURRENT] } else { stages };
    let version = SecretVersion { value: SecretText::new(value), key, stages: BTreeSet::new(), made: call.now };
    secret.versions.insert(token.to_owned(), version);
    secret.changed = call.now;
    let is_first = secret.versions.len() == 1;
    for stage in stages.into_iter().chain(is_first.then_some(CURRENT)) {
        attach(secret, stage, token);
    }
    drop_old(secret, call);
    let shown = show(&arn, &meant.name, token, secret.versions.get(token));
    Ok(pass.answer(shown))
}

/// Whether a version has the value of a call.
enum Same {
    Yes,
    No,
    NoVersion,
}

/// Compares the value of a call with the version that its token names, which the caller must be able to decrypt.
fn compare(world: &World, call: &Call<'_>, secret: &Secret, token: &str, value: &str) -> Result<Same, Failure> {
    let Some(version) = secret.versions.get(token) else { return Ok(Same::NoVersion) };
    decrypt(world, call, &version.key, Bound { arn: &secret.arn, version: token })?;
    Ok(if version.value.expose() == value { Same::Yes } else { Same::No })
}

/// Moves a label to a version; the version that was current becomes the previous one.
fn attach(secret: &mut Secret, stage: &str, token: &str) {
    let before = secret.versions.iter().find(|(_, version)| version.stages.contains(stage)).map(|(id, _)| id.clone());
    let mut moved = vec![(stage, token.to_owned())];
    if stage == CURRENT {
        moved.extend(before.filter(|before| before != token).map(|before| (PREVIOUS, before)));
    }
    for (stage, to) in moved {
        for (id, version) in &mut secret.versions {
            version.stages.remove(stage);
            if *id == to {
                version.stages.insert(stage.to_owned());
            }
        }
    }
}

/// Drops the oldest versions without a label where there are too many, but none that was made in the last day.
fn drop_old(secret: &mut Secret, call: &Call<'_>) {
    while secret.versions.len() > VERSIONS_KEPT {
        let old = |version: &SecretVersion| version.stages.is_empty() && call.now.since(version.made) >= KEPT_ANYWAY;
        let oldest = secret.versions.iter().filter(|(_, version)| old(version)).min_by_key(|(_, version)| version.made);
        let Some(id) = oldest.map(|(id, _)| id.clone()) else { return };
        secret.versions.remove(&id);
    }
}

fn show(arn: &str, name: &str, token: &str, version: Option<&SecretVersion>) -> Value {
    json!({ "ARN": arn, "Name": name, "VersionId": token, "VersionStages": version.map(|version| &version.stages) })
}

fn read_value<'a>(params: &Params<'a>) -> Result<Option<&'a str>, Failure> {
    let value = params.optional_text("SecretString")?;
    match value {
        Some("") => Err(params.invalid("SecretString", "Member must have length greater than or equal to 1")),
        Some(text) if text.len() > VALUE_MAX => Err(params.invalid("SecretString", "Member must have length less than or equal to 65536")),
        Some(_) | None => Ok(value),
    }
}

fn read_token<'a>(params: &Params<'a>) -> Result<Option<&'a str>, Failure> {
    let token = params.optional_text("ClientRequestToken")?;
    if token.is_some_and(|token| !TOKEN.contains(&token.len())) {
        return Err(params.invalid("ClientRequestToken", "Member must have 32 to 64 characters"));
    }
    Ok(token)
}

fn no_token() -> Failure {
    refused("You must provide a ClientRequestToken value. We recommend a UUID-type value.")
}

fn exists(name: &str) -> Failure {
    failure("ResourceExistsException", format!("The operation failed because the secret {name} already exists."))
}
