//! Secrets by name or ARN: found, authorized, or refused.

use crate::aws::policy::ResourceRule;
use crate::id::AccountId;
use crate::simulator::authorize::{Ask, Call, Owned, Pass};
use crate::simulator::failure::Failure;
use crate::simulator::wire::Params;
use crate::simulator::world::{Secret, Secrets, World};

/// Longest name (Secrets Manager API, `CreateSecret`).
const NAME_MAX: usize = 512;
/// Characters that AWS adds to the name in the ARN, after a hyphen.
pub(super) const SUFFIX: usize = 6;

/// The secret that a call is about.
#[derive(Debug)]
pub(super) struct Meant {
    pub(super) name: String,
    pub(super) is_there: bool,
}

impl World {
    pub(super) fn secrets_of(&self, call: &Call<'_>) -> Result<Option<&Secrets>, Failure> {
        Ok(self.secrets.get(call.account()?).and_then(|regions| regions.get(call.region)))
    }

    pub(super) fn secrets_mut(&mut self, call: &Call<'_>) -> Result<&mut Secrets, Failure> {
        Ok(self.secrets.entry(call.account()?.clone()).or_default().entry(call.region.to_owned()).or_default())
    }

    pub(super) fn secret(&self, call: &Call<'_>, meant: &Meant) -> Result<&Secret, Failure> {
        let secrets = self.secrets_of(call)?.filter(|_| meant.is_there);
        secrets.and_then(|secrets| secrets.get(&meant.name)).ok_or_else(not_found)
    }

    pub(super) fn secret_mut(&mut self, call: &Call<'_>, meant: &Meant) -> Result<&mut Secret, Failure> {
        let secrets = Some(self.secrets_mut(call)?).filter(|_| meant.is_there);
        secrets.and_then(|secrets| secrets.get_mut(&meant.name)).ok_or_else(not_found)
    }

    /// Authorizes a call on the secret that `SecretId` means, whether or not it is there.
    pub(super) fn enter_secret(&self, call: &Call<'_>, params: Params<'_>, ask: Ask, id: &str) -> Result<(Pass, Meant), Failure> {
        check(id, true)?;
        let (owner, region, meant) = self.meant(call, id)?;
        let found = self.secrets.get(&owner).and_then(|regions| regions.get(&region)?.get(&meant.name)).filter(|_| meant.is_there);
        let arn = found.map_or_else(|| arn(&owner, &region, &meant.name), |secret| secret.arn.clone());
        let mut ask = ask.about(arn).with("secretsmanager:SecretId", id);
        if let Some(secret) = found {
            ask = ask.resource_tags(&secret.tags);
            for (key, value) in &secret.tags {
                ask = ask.with(&format!("secretsmanager:ResourceTag/{key}"), value.as_str());
            }
        }
        // Without a policy of its own a secret is for its account alone.
        let rule = if owner == *call.account()? { ResourceRule::Either } else { ResourceRule::MustAllow };
        let pass = call.authorize_on(self, params, ask, Owned { account: &owner, policy: None, rule })?;
        if region != call.region {
            return Err(not_found());
        }
        Ok((pass, meant))
    }

    /// Returns account, Region and name of the secret that an id means: a name, or an ARN with or without its last six characters.
    fn meant(&self, call: &Call<'_>, id: &str) -> Result<(AccountId, String, Meant), Failure> {
        let Some(rest) = id.strip_prefix("arn:") else {
            let is_there = self.secrets_of(call)?.is_some_and(|secrets| secrets.contains_key(id));
            return Ok((call.account()?.clone(), call.region.to_owned(), Meant { name: id.to_owned(), is_there }));
        };
        let parts: Vec<&str> = rest.splitn(5, ':').collect();
        let [_, "secretsmanager", region, account, resource] = parts[..] else { return Err(invalid_name()) };
        let (Ok(account), Some(end)) = (account.parse::<AccountId>(), resource.strip_prefix("secret:")) else { return Err(invalid_name()) };
        let mut named = self.secrets.get(&account).and_then(|regions| regions.get(region)).into_iter().flatten();
        // A name that ends like an ARN is taken for the end of one.
        let found = named.find(|(name, secret)| secret.arn == id || (name.as_str() == end && !is_suffixed(end)));
        let meant = Meant { name: found.map_or(end, |(name, _)| name.as_str()).to_owned(), is_there: found.is_some() };
        Ok((account, region.to_owned(), meant))
    }
}

/// Returns whether a text ends with a hyphen and six characters.
fn is_suffixed(text: &str) -> bool {
    text.rsplit_once('-').is_some_and(|(_, end)| end.len() == SUFFIX && end.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Returns the ARN of a secret without its last six characters.
pub(super) fn arn(account: &AccountId, region: &str, name: &str) -> String {
    format!("arn:aws:secretsmanager:{region}:{account}:secret:{name}")
}

/// Checks a name, or an id, which may be an ARN.
pub(super) fn check(given: &str, may_be_arn: bool) -> Result<(), Failure> {
    let alphabet = |c: char| c.is_ascii_alphanumeric() || "-/_+=.@!".contains(c) || (c == ':' && may_be_arn && given.starts_with("arn:"));
    let longest = if may_be_arn { 2048 } else { NAME_MAX };
    if given.is_empty() || given.len() > longest || !given.chars().all(alphabet) {
        return Err(invalid_name());
    }
    Ok(())
}

/// Refuses what is not possible while a secret is scheduled for deletion.
pub(super) fn not_deleted(secret: &Secret) -> Result<(), Failure> {
    match secret.deletion {
        None => Ok(()),
        Some(_) => Err(refused("You can't perform this operation on the secret because it was marked for deletion.")),
    }
}

fn invalid_name() -> Failure {
    let message = "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!";
    failure("ValidationException", message)
}

pub(super) fn not_found() -> Failure {
    failure("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
}

pub(super) fn refused(message: impl Into<String>) -> Failure {
    failure("InvalidRequestException", message)
}

pub(super) fn failure(code: &'static str, message: impl Into<String>) -> Failure {
    Failure::new(code, 400, message)
}
