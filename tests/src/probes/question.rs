//! What a row asks, put together: the request, and every document that meets at it.

use std::collections::BTreeMap;
use std::rc::Rc;

use landfall::aws::policy::{CallerKind, Document, Layer, Policies, Request, ResourceRule, Verdict, evaluate};
use landfall::id::AccountId;
use serde_json::{Value, json};

use super::caller::Actor;
use super::documents::{FULL_RESOURCE_ACCESS, Held, MANAGEMENT, ORGANIZATION, Use, World, managed};
use super::layer_word;
use super::table::Row;

/// A request and the documents that decide it.
#[derive(Debug)]
pub struct Question {
    /// What is asked.
    pub request: Request,
    /// All condition keys, also those that follow from the caller: another evaluator derives none.
    keys: BTreeMap<String, Vec<String>>,
    principal: String,
    levels: Vec<Vec<Rc<Held>>>,
    resource_levels: Vec<Vec<Rc<Held>>>,
    identity: Vec<Rc<Held>>,
    boundary: Option<Rc<Held>>,
    resource: Option<Rc<Held>>,
    resource_account: String,
    rule: ResourceRule,
}

impl Question {
    /// Puts a row's question, asked in one account.
    ///
    /// # Errors
    ///
    /// What is wrong with the row.
    pub(super) fn of(row: &Row, world: &World, place: &str) -> Result<Self, String> {
        // `dev@Suspended` is account dev, were it moved into that unit.
        let (account, unit) = place.split_once('@').map_or((place, None), |(account, unit)| (account, Some(unit)));
        let fill = |text: &str| fill(text, world, account);
        let actor = Actor::of(&row.by, world, account)?;
        let resource = fill(&row.resource)?;
        let of = world.account_of(&actor.caller.account);
        let own = if of.is_none() { world.id(account) } else { &actor.caller.account };
        let resource_account = owner(&resource, world).unwrap_or(own).to_owned();
        let (policy, rule) = resource_policy(&row.action, &resource, world, &resource_account);
        let policy = if row.granted { Some(granting(&actor, &row.action, &resource)) } else { policy };
        let mut keys = surroundings(&actor, world, of);
        for (key, values) in &row.keys {
            // Keys are known in any letter case.
            keys.retain(|known, _| !known.eq_ignore_ascii_case(key));
            keys.insert(key.clone(), values.iter().map(|value| fill(value)).collect::<Result<_, _>>()?);
        }
        keys.retain(|_, values| !values.is_empty());
        let mut request = Request::new(actor.caller.clone(), row.action.clone(), resource);
        for (key, values) in &keys {
            request.context.insert_all(key, values.iter().map(String::as_str));
        }
        let mut question = Self {
            request,
            keys,
            principal: actor.shown().to_owned(),
            levels: of.map(|of| world.levels(Use::Guardrail, of, unit.filter(|_| of == account))).unwrap_or_default(),
            resource_levels: world
                .account_of(&resource_account)
                .map(|owner| world.levels(Use::ResourceGuardrail, owner, unit.filter(|_| owner == account)))
                .unwrap_or_default(),
            identity: actor.identity,
            boundary: actor.boundary,
            resource: policy,
            resource_account,
            rule,
        };
        question.identity.extend(row.given.iter().map(|policy| managed(policy)));
        for layer in &row.without {
            question.take_away(layer)?;
        }
        Ok(question)
    }

    /// Removes a layer: shows what the others do by themselves if it is loosened.
    fn take_away(&mut self, layer: &str) -> Result<(), String> {
        if layer == layer_word(Layer::Boundary) {
            self.boundary = None;
        } else if layer == layer_word(Layer::ServiceControl) {
            self.levels.clear();
        } else if layer == layer_word(Layer::ResourceControl) {
            self.resource_levels.clear();
        } else {
            return Err(format!("`without` takes away boundary, guardrails or resource guardrails, not `{layer}`"));
        }
        Ok(())
    }

    /// Returns every document that meets here.
    pub fn held(&self) -> impl Iterator<Item = &Rc<Held>> {
        self.levels.iter().chain(&self.resource_levels).flatten().chain(&self.identity).chain(&self.boundary).chain(&self.resource)
    }

    /// Asks our own evaluator, with each document as `read` has it.
    pub fn verdict<'a>(&'a self, read: &dyn Fn(&'a Held) -> &'a Document) -> Verdict {
        let list = |held: &'a [Rc<Held>]| held.iter().map(|held| read(held)).collect::<Vec<_>>();
        let policies = Policies {
            service_control: self.levels.iter().map(|level| list(level)).collect(),
            resource_control: self.resource_levels.iter().map(|level| list(level)).collect(),
            identity: list(&self.identity),
            boundary: self.boundary.as_ref().map(|held| read(held)),
            resource: self.resource.as_ref().map(|held| read(held)),
            resource_account: &self.resource_account,
            resource_rule: self.rule,
            ..Policies::default()
        };
        evaluate(&self.request, &policies)
    }

    /// Returns the question for another evaluator; documents by their names.
    pub(super) fn handover(&self) -> Value {
        let names = |held: &[Rc<Held>]| held.iter().map(|held| held.name.clone()).collect::<Vec<_>>();
        json!({
            "principal": self.principal, "action": self.request.action, "resource": self.request.resource,
            "account": self.resource_account, "keys": self.keys,
            (layer_word(Layer::ServiceControl)): self.levels.iter().map(|level| names(level)).collect::<Vec<_>>(),
            // The other evaluator has AWS's own of each level by itself.
            (layer_word(Layer::ResourceControl)): self.resource_levels.iter().map(|level| {
                names(level).into_iter().filter(|name| name != FULL_RESOURCE_ACCESS).collect::<Vec<_>>()
            }).collect::<Vec<_>>(),
            (layer_word(Layer::Identity)): names(&self.identity),
            (layer_word(Layer::Boundary)): self.boundary.as_ref().map(|held| &held.name),
            "resource_policy": self.resource.as_ref().map(|held| &held.name),
        })
    }
}

/// Returns the keys that every call has, as AWS fills them in.
fn surroundings(actor: &Actor, world: &World, account: Option<&str>) -> BTreeMap<String, Vec<String>> {
    let mut keys = BTreeMap::from([
        ("aws:RequestedRegion", world.organization.region.to_string()),
        ("aws:SecureTransport", "true".to_owned()),
        ("aws:PrincipalIsAWSService", (!actor.caller.is_of_an_account() && actor.shown().ends_with(".amazonaws.com")).to_string()),
    ]);
    if actor.caller.is_of_an_account() {
        keys.insert("aws:PrincipalArn", actor.caller.arn.clone());
        keys.insert("aws:PrincipalAccount", actor.caller.account.clone());
    }
    if let Some(account) = account {
        keys.insert("aws:PrincipalOrgID", ORGANIZATION.to_owned());
        let units = world.account(account).map(|account| account.unit.to_string()).unwrap_or_default();
        keys.insert("aws:PrincipalOrgPaths", format!("{ORGANIZATION}/r-root/{units}/"));
    }
    keys.into_iter().map(|(key, value)| (key.to_owned(), vec![value])).collect()
}

/// Returns a resource's policy that lets the caller in: of a role, a bucket, a key or whatever else.
fn granting(actor: &Actor, action: &str, resource: &str) -> Rc<Held> {
    let caller = &actor.caller;
    let principal = match &caller.kind {
        CallerKind::Service(host) => json!({"Service": host}),
        CallerKind::Federated(provider) => json!({"Federated": provider}),
        // `CloudFront`'s own account is not a number.
        _ if caller.account.parse::<AccountId>().is_err() => json!("*"),
        _ => json!({"AWS": caller.account}),
    };
    let mut statement = json!({"Effect": "Allow", "Principal": principal, "Action": action});
    let used = if action.starts_with("sts:") { Use::Trust } else { Use::Bucket };
    if used == Use::Bucket {
        statement["Resource"] = json!(resource);
    }
    let name = format!("{} of {resource} for {} to {action}", used.word(), actor.shown());
    Held::foreign(name, used, json!({"Version": "2012-10-17", "Statement": [statement]}))
}

/// Returns the owner of a resource, if its ARN has one.
fn owner<'a>(resource: &'a str, world: &'a World) -> Option<&'a str> {
    let named = resource.split(':').nth(4).filter(|id| world.account_of(id).is_some());
    // The ARNs of buckets name no account.
    let is_in = |bucket: &str| resource.starts_with(&format!("arn:aws:s3:::{bucket}"));
    let audit = || (is_in(&world.bucket_name) || is_in(&world.access_logs_name)).then(|| world.id("log-archive"));
    named.or_else(audit)
}

/// Returns the policy of a resource that has one, and what it must say for its own account.
fn resource_policy(action: &str, resource: &str, world: &World, account: &str) -> (Option<Rc<Held>>, ResourceRule) {
    let own_account = |used: Use, actions: &str| {
        let statement = json!({"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{account}:root")}, "Action": actions});
        let mut document = json!({"Version": "2012-10-17", "Statement": [statement]});
        if used == Use::Key {
            document["Statement"][0]["Resource"] = json!("*");
        }
        Some(Held::foreign(format!("{} of {account}", used.word()), used, document))
    };
    if resource.starts_with(&format!("arn:aws:s3:::{}", world.bucket_name)) {
        return (Some(Rc::clone(&world.bucket)), ResourceRule::Either);
    }
    if resource.starts_with(&format!("arn:aws:s3:::{}", world.access_logs_name)) {
        return (Some(Rc::clone(&world.access_logs)), ResourceRule::Either);
    }
    if resource == world.key_arn() {
        return (Some(Rc::clone(&world.key)), ResourceRule::MustAllow);
    }
    if resource.starts_with("arn:aws:kms:") && resource.contains(":key/") {
        return (own_account(Use::Key, "kms:*"), ResourceRule::MustAllow);
    }
    if !action.starts_with("sts:") {
        return (None, ResourceRule::Either);
    }
    let name = resource.split_once(":role/").map(|(_, path)| path).unwrap_or_default();
    let key = world.account_of(account).unwrap_or_default();
    let bare = name.rsplit('/').next().unwrap_or(name);
    if let Some(role) = world.role(key, bare).filter(|_| name == format!("landfall/{bare}")) {
        return (Some(Rc::clone(&role.trust)), ResourceRule::MustAllow);
    }
    let is_access_role = world.account(key).is_some_and(|account| account.access_role.as_str() == name);
    if let Some(trust) = world.access_trust(key).filter(|_| is_access_role) {
        return (Some(Rc::clone(trust)), ResourceRule::MustAllow);
    }
    let trust = if is_access_role {
        // CreateAccount's own: the management account as a whole (docs/AWS.md 3.4).
        let principal = json!({"AWS": format!("arn:aws:iam::{MANAGEMENT}:root")});
        let statement = json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"});
        Some(Held::foreign("trust of CreateAccount", Use::Trust, json!({"Version": "2012-10-17", "Statement": [statement]})))
    } else {
        own_account(Use::Trust, "sts:AssumeRole")
    };
    (trust, ResourceRule::MustAllow)
}

/// Fills in placeholders: `{account}` is this account's id, `{dev}` that of account `dev`; see `tests/policies/README.md`.
fn fill(text: &str, world: &World, account: &str) -> Result<String, String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once('{') {
        let (name, after) = inside.split_once('}').ok_or_else(|| format!("`{text}` has a `{{` without its `}}`"))?;
        let environment = || world.account(account).and_then(|account| account.environment.as_ref()).map(ToString::to_string);
        let value = match name {
            "account" => world.id(account).to_owned(),
            "boundary" => format!("arn:aws:iam::{}:policy/landfall/boundary", world.id(account)),
            "organization" => ORGANIZATION.to_owned(),
            "name" => world.organization.name.to_string(),
            "region" => world.organization.region.to_string(),
            "bucket" => world.bucket_name.clone(),
            "access-logs" => world.access_logs_name.clone(),
            "key" => world.key_arn(),
            "environment" => environment().ok_or_else(|| format!("{account} is of no environment"))?,
            other if world.has(other) => world.id(other).to_owned(),
            other => return Err(format!("`{{{other}}}` is no placeholder and no account")),
        };
        filled.push_str(before);
        filled.push_str(&value);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}
