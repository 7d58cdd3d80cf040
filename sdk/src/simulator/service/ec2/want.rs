//! Authorizes a call on all resources that it names and creates, and builds its errors.

use serde_json::{Value, json};

use crate::simulator::authorize::{Ask, Call, Pass};
use crate::simulator::failure::Failure;
use crate::simulator::stored::{Tags, read_tags};
use crate::simulator::wire::Params;
use crate::simulator::world::World;
use crate::simulator::world::network::{Kind, Label, Network, Token};

/// An action, with the resources that it names and creates.
#[derive(Debug)]
pub(super) struct Want<'a> {
    action: &'static str,
    named: Vec<(Kind, &'a str)>,
    made: Vec<(Kind, &'a Tags)>,
    tags: Option<&'a Tags>,
}

impl<'a> Want<'a> {
    pub(super) fn to(action: &'static str) -> Self {
        Self { action, named: Vec::new(), made: Vec::new(), tags: None }
    }

    /// Adds a resource that should exist.
    pub(super) fn on(mut self, kind: Kind, id: &'a str) -> Self {
        self.named.push((kind, id));
        self
    }

    pub(super) fn on_all(mut self, kind: Kind, ids: impl IntoIterator<Item = &'a str>) -> Self {
        self.named.extend(ids.into_iter().map(|id| (kind, id)));
        self
    }

    /// Adds a new resource with these tags.
    pub(super) fn makes(mut self, kind: Kind, tags: &'a Tags) -> Self {
        self.made.push((kind, tags));
        self
    }

    /// Adds tags for the existing resources.
    pub(super) fn tagging(mut self, tags: &'a Tags) -> Self {
        self.tags = Some(tags);
        self
    }

    /// Checks that all parameters were read, authorizes the call on everything, and only then reports missing resources.
    pub(super) fn enter(self, world: &World, call: &Call<'_>, params: Params<'_>) -> Result<Pass, Failure> {
        let pass = self.ask(world, call, params)?;
        for (kind, id) in self.named {
            world.see(call, kind, id)?;
        }
        Ok(pass)
    }

    /// Does the same without reporting missing resources: calls on many resources report that for each.
    pub(super) fn ask(&self, world: &World, call: &Call<'_>, params: Params<'_>) -> Result<Pass, Failure> {
        let mut asks = Vec::new();
        for (kind, tags) in &self.made {
            let ask = Ask::new(self.action, arn(call, *kind, "*")?).request_tags(tags);
            if !tags.is_empty() {
                let operation = self.action.trim_start_matches("ec2:");
                asks.push(ask.but("ec2:CreateTags").with("ec2:CreateAction", operation));
            }
            asks.push(ask);
        }
        for (kind, id) in &self.named {
            asks.push(self.ask_on(world, call, *kind, id)?);
        }
        let first = asks.pop().unwrap_or_else(|| Ask::new(self.action, "*"));
        let pass = call.authorize(world, params, first)?;
        for ask in asks {
            call.may(world, ask)?;
        }
        Ok(pass)
    }

    fn ask_on(&self, world: &World, call: &Call<'_>, kind: Kind, id: &str) -> Result<Ask, Failure> {
        let mut ask = Ask::new(self.action, arn(call, kind, id)?);
        if let Some(tags) = self.tags {
            ask = ask.request_tags(tags);
        }
        let network = world.network(call)?;
        if let Some(label) = network.label(kind, id) {
            ask = ask.resource_tags(&label.tags);
            for (key, value) in &label.tags {
                ask = ask.with(&format!("ec2:ResourceTag/{key}"), value.as_str());
            }
        }
        Ok(match network.vpc_of(kind, id) {
            Some(vpc) => ask.with("ec2:Vpc", arn(call, Kind::Vpc, vpc)?),
            None => ask,
        })
    }
}

impl World {
    pub(super) fn network(&self, call: &Call<'_>) -> Result<&Network, Failure> {
        let network = self.networks.get(call.account()?).and_then(|regions| regions.get(call.region));
        network.ok_or_else(|| Failure::internal(format_args!("there is no network in {}", call.region)))
    }

    pub(super) fn network_mut(&mut self, call: &Call<'_>) -> Result<&mut Network, Failure> {
        let network = self.networks.get_mut(call.account()?).and_then(|regions| regions.get_mut(call.region));
        network.ok_or_else(|| Failure::internal(format_args!("there is no network in {}", call.region)))
    }

    /// Fails if a resource does not exist, or is so new that EC2 does not find it by its id.
    pub(super) fn see(&self, call: &Call<'_>, kind: Kind, id: &str) -> Result<(), Failure> {
        let label = self.network(call)?.label(kind, id).filter(|label| self.has_arrived(call, label));
        label.map(|_| ()).ok_or_else(|| kind.not_found(id))
    }

    pub(super) fn has_arrived(&self, call: &Call<'_>, label: &Label) -> bool {
        label.made.plus(self.timing().network) <= call.now
    }
}

/// Reads the tags of a new resource.
pub(super) fn read_new_tags(params: &Params<'_>, kind: Kind) -> Result<Tags, Failure> {
    let mut tags = Tags::new();
    for specification in params.structures("TagSpecification")? {
        let name = specification.text("ResourceType")?;
        if name != kind.name() {
            return Err(invalid(format!("'{name}' is not a valid taggable resource type for this operation.")));
        }
        tags.extend(read_tags(&specification, "Tag")?);
        specification.finish()?;
    }
    Ok(tags)
}

/// Reads the token that identifies a repeated call.
pub(super) fn read_token(params: &Params<'_>) -> Result<Option<Token>, Failure> {
    let Some(text) = params.optional_text("ClientToken")? else { return Ok(None) };
    if text.len() > TOKEN_MAX || !text.is_ascii() {
        return Err(invalid(format!("The client token must have at most {TOKEN_MAX} ASCII characters.")));
    }
    Ok(Some(Token { text: text.to_owned(), request: params.all_but("ClientToken") }))
}

/// Longest client token (EC2 Developer Guide, "Ensuring idempotency").
const TOKEN_MAX: usize = 64;

/// Finds the resource that an earlier call with this token created.
pub(super) fn made_before<'n, T>(
    things: impl IntoIterator<Item = &'n T>,
    token_of: impl Fn(&T) -> Option<&Token>,
    token: Option<&Token>,
) -> Result<Option<&'n T>, Failure> {
    let Some(token) = token else { return Ok(None) };
    match things.into_iter().find(|thing| token_of(thing).is_some_and(|earlier| earlier.text == token.text)) {
        Some(thing) if token_of(thing) == Some(token) => Ok(Some(thing)),
        Some(_) => {
            Err(failure("IdempotentParameterMismatch", "The request uses the same client token as another, with different parameters."))
        }
        None => Ok(None),
    }
}

pub(super) fn arn(call: &Call<'_>, kind: Kind, id: &str) -> Result<String, Failure> {
    Ok(format!("arn:aws:ec2:{}:{}:{}/{id}", call.region, call.account()?, kind.name()))
}

pub(super) fn show_tags(tags: &Tags) -> Value {
    tags.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect()
}

/// The answer of operations without a result.
pub(super) fn done() -> Value {
    json!({ "return": true })
}

pub(super) fn failure(code: &'static str, message: impl Into<String>) -> Failure {
    Failure::new(code, 400, message)
}

pub(super) fn invalid(message: impl Into<String>) -> Failure {
    failure("InvalidParameterValue", message)
}

/// Writes the error of one resource, for a call on many.
pub(super) fn unsuccessful(id: &str, code: &str, message: &str) -> Value {
    json!({ "resourceId": id, "error": { "code": code, "message": message } })
}

/// The error of deleting a resource that others still depend on.
pub(super) fn dependency(kind: Kind, id: &str) -> Failure {
    failure("DependencyViolation", format!("The {} '{id}' has dependencies and cannot be deleted.", kind.name()))
}
