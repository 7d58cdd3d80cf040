//! Access keys: finds the caller of a call, and creates and expires keys.

use super::{Credential, Device, User, Who, World};
use crate::aws::policy::Caller;
use crate::simulator::clock::Timestamp;
use crate::simulator::failure::Failure;
use crate::simulator::principal::Principal;
use crate::simulator::service::Service;
use crate::simulator::wire::{Parsed, Protocol};

impl World {
    /// Returns the credential that signed the call; `None` for an unsigned one.
    ///
    /// The secret is never checked, and so neither is the signature; the session token must match the key.
    pub(in crate::simulator) fn authenticate(&self, now: Timestamp, parsed: &Parsed) -> Result<Option<Credential>, Failure> {
        let Some(key) = &parsed.access_key else { return Ok(None) };
        let unknown = || match parsed.protocol {
            Protocol::Json => Failure::new("UnrecognizedClientException", 400, "The security token included in the request is invalid."),
            Protocol::RestJson => {
                Failure::new("UnrecognizedClientException", 403, "The security token included in the request is invalid.")
            }
            Protocol::Query => Failure::new("InvalidClientTokenId", 403, "The security token included in the request is invalid"),
            Protocol::Ec2 => Failure::new("AuthFailure", 401, "AWS was not able to validate the provided access credentials"),
            Protocol::Rest => Failure::new("InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records."),
        };
        let credential = self.credentials.get(key).filter(|credential| credential.token == parsed.token).ok_or_else(unknown)?;
        if credential.expires.is_some_and(|expires| expires <= now) {
            return Err(expired(parsed.protocol));
        }
        let account = self.accounts.get(credential.who.account()).ok_or_else(unknown)?;
        let known_here = match &credential.who {
            Who::Root { .. } => true,
            Who::User { name, .. } => account.iam.user(name).is_some(),
            // A role that was deleted and created again is another role.
            Who::Role { name, role_id, .. } => account.iam.role(name).is_some_and(|role| role.id == *role_id),
        };
        let is_known = account.is_older_than(self.timing().identity, now);
        if known_here && is_known && account.is_open() { Ok(Some(credential.clone())) } else { Err(unknown()) }
    }

    /// Checks whether a service already accepts calls of the caller's account.
    pub(in crate::simulator) fn subscribed(&self, now: Timestamp, service: Service, credential: &Credential) -> Result<(), Failure> {
        let account = self.account(credential.who.account())?;
        if account.is_older_than(self.timing().readiness, now) {
            return Ok(());
        }
        let message = "You are not subscribed to this service. Please go to http://aws.amazon.com to subscribe.";
        match service {
            Service::Ec2 => Err(Failure::new("OptInRequired", 401, message)),
            Service::Kms | Service::CloudTrail => {
                Err(Failure::new("SubscriptionRequiredException", 400, "The AWS Access Key Id needs a subscription for the service"))
            }
            // Not observed of the others.
            _ => Ok(()),
        }
    }

    /// Expires a session early; keys that do not expire stay valid.
    pub(in crate::simulator) fn expire(&mut self, now: Timestamp, key: &str) {
        if let Some(credential) = self.credentials.get_mut(key)
            && credential.expires.is_some()
        {
            credential.expires = Some(now);
        }
    }

    /// Returns the principal as policies see it.
    pub(crate) fn caller(&self, credential: &Credential) -> Caller {
        let iam = self.accounts.get(credential.who.account()).map(|account| &account.iam);
        match &credential.who {
            Who::Root { account } => Caller::root(account.as_str()),
            Who::User { account, name } => match iam.and_then(|iam| iam.user(name)) {
                Some(user) => Caller::user(&user.arn),
                None => Caller::user(&format!("arn:aws:iam::{account}:user/{name}")),
            },
            Who::Role { account, name, session, .. } => match iam.and_then(|iam| iam.role(name)) {
                Some(role) => Caller::role(&role.arn, session),
                None => Caller::role(&format!("arn:aws:iam::{account}:role/{name}"), session),
            },
        }
    }

    /// Returns `aws:userid` of the principal.
    pub(crate) fn user_id(&self, credential: &Credential) -> String {
        match &credential.who {
            Who::Root { account } => account.to_string(),
            Who::User { account, name } => {
                let user = self.accounts.get(account).and_then(|account| account.iam.user(name));
                user.map(|user| user.id.clone()).unwrap_or_default()
            }
            Who::Role { role_id, session, .. } => format!("{role_id}:{session}"),
        }
    }

    /// Creates credentials of a principal, a key and a session token; returns `None` if the account or role does not exist.
    pub(in crate::simulator) fn issue(&mut self, now: Timestamp, principal: &Principal) -> Option<(String, Option<String>)> {
        let (who, prefix, token) = match principal {
            Principal::Root(account) => {
                // The owner of the account's e-mail signs in, if there can be a password.
                let account_of = self.accounts.get(account)?;
                if !account_of.iam.root_password.can_sign_in() {
                    return None;
                }
                (Who::Root { account: account.clone() }, "AKIA", None)
            }
            Principal::User(account, name) => {
                let id = self.unique_id("AIDA");
                let iam = &mut self.accounts.get_mut(account)?.iam;
                if iam.user(name).is_none() {
                    let mut user = User::new(account, "/", name, id, now);
                    user.device = Some(Device { serial: format!("arn:aws:iam::{account}:mfa/{name}"), last_code: None });
                    iam.insert_user(user);
                }
                (Who::User { account: account.clone(), name: name.clone() }, "AKIA", None)
            }
            Principal::Session(account, name, session) => {
                let role = self.accounts.get(account)?.iam.role(name)?;
                let (name, role_id) = (role.name.clone(), role.id.clone());
                let who = Who::Role { account: account.clone(), name, role_id, session: session.clone() };
                (who, "ASIA", Some(self.lower_id("simulated-session-token-", 12)))
            }
            Principal::PermissionSet(set) => (self.with_permission_set(set)?, "ASIA", Some(self.lower_id("simulated-session-token-", 12))),
        };
        let credential = Credential { token: token.clone(), ..Credential::lasting(who, now) };
        Some((self.keep_credential(now, prefix, credential), token))
    }

    /// Stores a new credential under a new key, and removes expired ones.
    pub(crate) fn keep_credential(&mut self, now: Timestamp, prefix: &str, credential: Credential) -> String {
        self.credentials.retain(|_, old| old.expires.is_none_or(|expires| expires.plus(FORGET_AFTER) > now));
        let key = self.unique_id(prefix);
        self.credentials.insert(key.clone(), credential);
        key
    }
}

/// Returns the error of an expired session.
pub(crate) fn expired(protocol: Protocol) -> Failure {
    let message = "The security token included in the request is expired";
    match protocol {
        Protocol::Json => Failure::new("ExpiredTokenException", 400, message),
        Protocol::RestJson => Failure::new("ExpiredTokenException", 403, message),
        Protocol::Query => Failure::new("ExpiredToken", 403, message),
        Protocol::Ec2 => Failure::new("RequestExpired", 400, "Request has expired."),
        Protocol::Rest => Failure::new("ExpiredToken", 400, message),
    }
}

/// Expired keys answer `ExpiredToken` this long before they are unknown.
const FORGET_AFTER: std::time::Duration = std::time::Duration::from_hours(24);
