//! Finds a key and authorizes calls on it; pages of keys.

use serde_json::{Value, json};

use super::super::page;
use crate::aws::policy::ResourceRule;
use crate::id::AccountId;
use crate::simulator::authorize::{Ask, Call, Owned, Pass};
use crate::simulator::failure::Failure;
use crate::simulator::wire::Params;
use crate::simulator::world::{Key, KeyState, Keys, World};

/// Actions that are possible on keys of other accounts (KMS API, "Cross-account use").
const FOREIGN: [&str; 2] = ["kms:DescribeKey", "kms:GetKeyRotationStatus"];

/// The place of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) account: AccountId,
    pub(super) region: String,
    pub(super) id: String,
}

/// Finds the key of a call by id or ARN, checks that all parameters were read, and authorizes the call.
pub(super) fn enter(world: &World, call: &Call<'_>, params: Params<'_>, action: &'static str, key: &str) -> Result<(Pass, Place), Failure> {
    if alias_of(key).is_some() {
        params.finish()?;
        return Err(not_found(format_args!("Invalid keyId '{key}'")));
    }
    enter_with(world, call, params, Ask::new(action, ""), key)
}

/// Like [`enter`], with more context, and also by alias.
pub(super) fn enter_with(world: &World, call: &Call<'_>, params: Params<'_>, ask: Ask, key: &str) -> Result<(Pass, Place), Failure> {
    let Some(place) = world.find_key(call.account()?, call.region, key) else {
        // A caller without the permission does not learn that the key is missing.
        params.finish()?;
        call.may(world, ask.about(shown_arn(call, key)?))?;
        return Err(not_found(format_args!("Key '{}' does not exist", shown_arn(call, key)?)));
    };
    let ask = match alias_of(key) {
        Some(alias) => ask.with("kms:RequestAlias", alias),
        None => ask,
    };
    if place.account != *call.account()? && !FOREIGN.iter().any(|action| ask.is_for(action)) {
        params.finish()?;
        return Err(call.denied(format!("The operation is not for keys of other accounts: {key}")));
    }
    let pass = world.authorize_key(call, params, ask, &place)?;
    Ok((pass, place))
}

impl World {
    /// Returns the place of a key by id, ARN, alias or alias ARN, as seen from an account and Region.
    pub(super) fn find_key(&self, account: &AccountId, region: &str, key: &str) -> Option<Place> {
        let (account, region, name) = match key.strip_prefix("arn:aws:kms:") {
            None => (account.clone(), region, key),
            Some(rest) => {
                let mut parts = rest.splitn(3, ':');
                let (Some(in_region), Some(account), Some(resource)) = (parts.next(), parts.next(), parts.next()) else { return None };
                let name = resource.strip_prefix("key/").unwrap_or(resource);
                // A call reaches only keys in its own Region.
                (account.parse().ok()?, Some(in_region).filter(|in_region| *in_region == region)?, name)
            }
        };
        let keys = self.accounts.get(&account)?.keys.get(region)?;
        let id = if name.starts_with("alias/") { keys.aliases.get(name)?.target.as_str() } else { name };
        let id = keys.keys.get(id)?.id.clone();
        Some(Place { account, region: region.to_owned(), id })
    }

    /// Returns the key that a service means by an ARN, in the Region of that ARN.
    pub(in crate::simulator::service) fn key_by_arn(&self, arn: &str) -> Option<&Key> {
        let region = arn.split(':').nth(3)?;
        let account: AccountId = arn.split(':').nth(4)?.parse().ok()?;
        let place = self.find_key(&account, region, arn)?;
        self.accounts.get(&place.account)?.keys.get(&place.region)?.keys.get(&place.id)
    }

    /// Returns the ARN of a key by any of its names, as seen from an account and Region.
    pub(in crate::simulator::service) fn key_arn(&self, account: &AccountId, region: &str, key: &str) -> Option<String> {
        let place = self.find_key(account, region, key)?;
        Some(self.accounts.get(&place.account)?.keys.get(&place.region)?.keys.get(&place.id)?.arn.clone())
    }

    pub(super) fn keys(&self, place: &Place) -> Result<&Keys, Failure> {
        let keys = self.account(&place.account)?.keys.get(&place.region);
        keys.ok_or_else(|| Failure::internal(format_args!("there are no keys in {}", place.region)))
    }

    pub(super) fn keys_mut(&mut self, place: &Place) -> Result<&mut Keys, Failure> {
        Ok(self.account_mut(&place.account)?.keys.entry(place.region.clone()).or_default())
    }

    pub(super) fn key(&self, place: &Place) -> Result<&Key, Failure> {
        self.keys(place)?.keys.get(&place.id).ok_or_else(|| Failure::internal(format_args!("there is no key {}", place.id)))
    }

    pub(super) fn key_mut(&mut self, place: &Place) -> Result<&mut Key, Failure> {
        let key = self.keys_mut(place)?.keys.get_mut(&place.id);
        key.ok_or_else(|| Failure::internal(format_args!("there is no key {}", place.id)))
    }

    /// Authorizes a call on a key.
    fn authorize_key(&self, call: &Call<'_>, params: Params<'_>, ask: Ask, place: &Place) -> Result<Pass, Failure> {
        let (ask, key) = (self.about_key(call, ask, place)?, self.key(place)?);
        call.authorize_on(self, params, ask, owned(place, key))
    }

    /// Authorizes one more action on a key.
    pub(super) fn may_on_key(&self, call: &Call<'_>, action: &'static str, place: &Place) -> Result<(), Failure> {
        let (ask, key) = (self.about_key(call, Ask::new(action, ""), place)?, self.key(place)?);
        call.may_on(self, ask, owned(place, key))
    }

    pub(super) fn about_key(&self, call: &Call<'_>, ask: Ask, place: &Place) -> Result<Ask, Failure> {
        let key = self.key(place)?;
        let aliases = self.keys(place)?.aliases_of(&key.id);
        Ok(ask
            .about(key.arn.as_str())
            .resource_tags(&key.tags)
            .with_all("kms:ResourceAliases", aliases)
            .with("kms:CallerAccount", call.account()?.as_str()))
    }
}

pub(super) fn owned<'a>(place: &'a Place, key: &'a Key) -> Owned<'a> {
    Owned { account: &place.account, policy: Some(key.policy.latest().document()), rule: ResourceRule::MustAllow }
}

/// Returns the alias in a name or ARN of one.
pub(super) fn alias_of(key: &str) -> Option<&str> {
    let name = if key.starts_with("arn:") { key.rsplit(':').next()? } else { key };
    name.starts_with("alias/").then_some(name)
}

/// Returns the ARN that a name of a key would have in the call's account and Region.
pub(super) fn shown_arn(call: &Call<'_>, key: &str) -> Result<String, Failure> {
    if key.starts_with("arn:") {
        return Ok(key.to_owned());
    }
    let (region, account) = (call.region, call.account()?);
    let kind = if key.starts_with("alias/") { "" } else { "key/" };
    Ok(format!("arn:aws:kms:{region}:{account}:{kind}{key}"))
}

/// Refuses a key that is pending deletion.
pub(super) fn not_pending(key: &Key) -> Result<(), Failure> {
    match key.state {
        KeyState::Enabled | KeyState::Disabled => Ok(()),
        KeyState::PendingDeletion { .. } => Err(failure("KMSInvalidStateException", format!("{} is pending deletion.", key.arn))),
    }
}

pub(super) fn failure(code: &'static str, message: impl Into<String>) -> Failure {
    Failure::new(code, 400, message)
}

pub(super) fn not_found(message: impl std::fmt::Display) -> Failure {
    failure("NotFoundException", message.to_string())
}

/// The requested page.
pub(super) struct Page(page::Page);

impl Page {
    /// Reads `Limit` and `Marker`.
    pub(super) fn read(params: &Params<'_>, size: i64, most: i64) -> Result<Self, Failure> {
        let size = params.optional_integer("Limit", 1..=most)?.unwrap_or(size);
        let page = page::Page::after(size, params.optional_text("Marker")?);
        page.map(Self).ok_or_else(|| failure("InvalidMarkerException", "The marker is not valid."))
    }

    /// Returns the page of the items, which have their keys.
    pub(super) fn cut(&self, list: &str, items: impl IntoIterator<Item = (String, Value)>) -> Value {
        let page = self.0.cut(items);
        let mut answer = json!({ list: page.items, "Truncated": page.next.is_some() });
        if let Some(next) = page.next {
            answer["NextMarker"] = next.into();
        }
        answer
    }
}
