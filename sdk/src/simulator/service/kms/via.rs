//! What a service does with a key on behalf of a caller: the caller needs the permission, as if it called KMS itself.

use super::managed;
use super::place::{Place, alias_of, owned, shown_arn};
use crate::simulator::authorize::{Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::world::{KeyState, World};

/// The use of a key by the service that was called.
#[derive(Debug, Clone, Copy)]
pub(in crate::simulator::service) struct KeyUse<'a> {
    pub(in crate::simulator::service) action: &'static str,
    /// What the value is bound to: the encryption context.
    pub(in crate::simulator::service) context: &'a [(&'static str, &'a str)],
}

/// Why KMS refuses, for the service to put into its own words.
#[derive(Debug)]
pub(in crate::simulator::service) enum Refusal {
    /// There is no such key.
    NotFound(String),
    /// The key is disabled, or pending deletion.
    Unusable {
        code: &'static str,
        message: String,
    },
    Denied(String),
    /// The world is inconsistent.
    Other(Failure),
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Other(failure)
    }
}

impl Refusal {
    /// Returns KMS's message with its code, as services pass it on.
    pub(in crate::simulator::service) fn told(&self) -> String {
        let (code, message) = match self {
            Self::NotFound(message) => ("NotFoundException", message),
            Self::Unusable { code, message } => (*code, message),
            Self::Denied(message) => ("AccessDeniedException", message),
            Self::Other(failure) => return failure.message.clone(),
        };
        format!("{message} (Service: AWSKMS; Status Code: 400; Error Code: {code})")
    }
}

/// Returns the name of the called service's own key, which is used where no other is given.
pub(in crate::simulator::service) fn usual_key(call: &Call<'_>) -> String {
    managed::alias(call.service)
}

impl World {
    /// Uses a key, given by any of its names, and returns its ARN. The called service's own key is made if it is not there.
    pub(in crate::simulator::service) fn use_key(&mut self, call: &Call<'_>, given: &str, by: KeyUse<'_>) -> Result<String, Refusal> {
        let place =
            if given == managed::alias(call.service) { managed::key(self, call, call.service)? } else { self.key_given(call, given)? };
        let alias = alias_of(given).unwrap_or_default();
        self.use_key_at(call, &place, by, alias)?;
        Ok(self.key(&place)?.arn.clone())
    }

    /// Uses the key with an ARN, for example to decrypt what was encrypted with it.
    pub(in crate::simulator::service) fn use_key_again(&self, call: &Call<'_>, arn: &str, by: KeyUse<'_>) -> Result<(), Refusal> {
        let place = self.key_given(call, arn)?;
        self.use_key_at(call, &place, by, "")
    }

    fn key_given(&self, call: &Call<'_>, given: &str) -> Result<Place, Refusal> {
        match self.find_key(call.account()?, call.region, given) {
            Some(place) => Ok(place),
            None => Err(Refusal::NotFound(missing(call, given)?)),
        }
    }

    fn use_key_at(&self, call: &Call<'_>, place: &Place, by: KeyUse<'_>, alias: &str) -> Result<(), Refusal> {
        let key = self.key(place)?;
        let via = format!("{}.{}.amazonaws.com", call.service.name(), call.region);
        let mut ask = self.about_key(call, Ask::new(by.action, ""), place)?.with("kms:ViaService", via).via_service();
        if !alias.is_empty() {
            ask = ask.with("kms:RequestAlias", alias);
        }
        for (name, value) in by.context {
            ask = ask.with(&format!("kms:EncryptionContext:{name}"), *value);
        }
        ask = ask.with_all("kms:EncryptionContextKeys", by.context.iter().map(|(name, _)| *name));
        call.may_on(self, ask, owned(place, key)).map_err(|failure| Refusal::Denied(failure.message))?;
        let (code, state) = match key.state {
            KeyState::Enabled => return Ok(()),
            KeyState::Disabled => ("DisabledException", "disabled"),
            KeyState::PendingDeletion { .. } => ("KMSInvalidStateException", "pending deletion"),
        };
        Err(Refusal::Unusable { code, message: format!("{} is {state}.", key.arn) })
    }
}

fn missing(call: &Call<'_>, given: &str) -> Result<String, Failure> {
    let arn = shown_arn(call, given)?;
    Ok(if alias_of(given).is_some() { format!("Alias {arn} is not found.") } else { format!("Key '{arn}' does not exist") })
}
