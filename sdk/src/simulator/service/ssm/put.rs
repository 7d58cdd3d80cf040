//! `PutParameter`: a new parameter, or a new version of one.

use std::collections::BTreeSet;

use serde_json::json;

use super::name::{self, failure, invalid};
use super::value::{self, WantedTier, not_in};
use super::{history, secure};
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, kms, write};
use crate::simulator::stored::read_tags;
use crate::simulator::wire::Params;
use crate::simulator::world::{Parameter, ParameterKind, ParameterVersion, SecretText, World};

pub(super) const OPERATIONS: &[Operation] = &[write("PutParameter", put)];

/// Longest description (SSM API, `PutParameter`).
const DESCRIPTION_MAX: usize = 1024;

const EXISTS: &str = "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.";
const TAGS_AND_OVERWRITE: &str = "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.";

fn put(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (name, value) = (params.text("Name")?.trim(), params.text("Value")?);
    let overwrite = params.optional_boolean("Overwrite")?.unwrap_or(false);
    let tags = read_tags(&params, "Tags")?;
    let tier = WantedTier::read(params.optional_text("Tier")?)?;
    let (given, key_id) = (params.optional_text("Type")?, params.optional_text("KeyId")?);
    let description = params.optional_text("Description")?;
    if description.is_some_and(|text| text.chars().count() > DESCRIPTION_MAX) {
        return Err(params.invalid("Description", "Member must have length less than or equal to 1024"));
    }
    if let Some(other) = params.optional_text("DataType")?.filter(|given| *given != "text") {
        return Err(Failure::not_implemented(format_args!("parameters with DataType {other}")));
    }
    let ask = world.about_parameter(call, "ssm:PutParameter", name)?.request_tags(&tags).with("ssm:Overwrite", overwrite.to_string());
    let pass = call.authorize(world, params, ask.clone())?;
    if !tags.is_empty() {
        call.may(world, ask.but("ssm:AddTagsToResource"))?;
    }
    name::check(call, name)?;
    if overwrite && !tags.is_empty() {
        return Err(invalid(TAGS_AND_OVERWRITE));
    }
    value::check(value)?;
    let before = world.parameter(call, name)?.cloned();
    if before.is_some() && !overwrite {
        return Err(failure("ParameterAlreadyExists", EXISTS));
    }
    let latest = before.as_ref().map(|parameter| &parameter.latest);
    let wanted = Wanted::read(given, key_id, latest.map(|version| &version.kind))?;
    let tier = tier.resolve(latest.map(|version| version.tier), value.len())?;
    let number = latest.map_or(1, |version| version.number + 1);
    let before = before.map(|parameter| history::make_room(name, parameter)).transpose()?;
    let kind = match wanted {
        Wanted::Plain(kind) => kind,
        Wanted::Secure { key_id } => {
            let key_id = key_id.map_or_else(|| kms::usual_key(call), str::to_owned);
            let key = secure::encrypt(world, call, name, &key_id, tier)?;
            ParameterKind::SecureString { key_id, key }
        }
    };
    let description = description.map(str::to_owned).or_else(|| before.as_ref()?.latest.description.clone());
    let modified_by = Some(world.caller(call.credential()?).shown_arn().to_owned());
    let latest = ParameterVersion {
        number,
        value: SecretText::new(value),
        kind,
        tier,
        description,
        labels: BTreeSet::new(),
        modified: call.now,
        modified_by,
    };
    let parameter = match before {
        None => Parameter { latest, earlier: Vec::new(), tags },
        Some(mut before) => {
            before.earlier.push(std::mem::replace(&mut before.latest, latest));
            before
        }
    };
    world.parameters_mut(call)?.insert(name.to_owned(), parameter);
    Ok(pass.answer(json!({ "Version": number, "Tier": tier.name() })))
}

/// The type of a new version, and the key that it names.
enum Wanted<'a> {
    Plain(ParameterKind),
    Secure { key_id: Option<&'a str> },
}

impl<'a> Wanted<'a> {
    /// Reads the type. That of a parameter cannot change, and need not be given again.
    fn read(given: Option<&str>, key_id: Option<&'a str>, before: Option<&ParameterKind>) -> Result<Self, Failure> {
        let name = match (given, before) {
            (Some(given), _) => given,
            (None, Some(before)) => before.name(),
            (None, None) => return Err(invalid("A parameter type is required when you create a parameter.")),
        };
        let wanted = match name {
            "String" => Self::Plain(ParameterKind::String),
            "StringList" => Self::Plain(ParameterKind::StringList),
            "SecureString" => Self::Secure { key_id },
            other => return Err(not_in("type", other, "[SecureString, StringList, String]")),
        };
        if let Some(before) = before.filter(|before| before.name() != name) {
            let message = format!("The type of a parameter can't be changed from {} to {name}.", before.name());
            return Err(failure("HierarchyTypeMismatchException", message));
        }
        match wanted {
            Self::Plain(_) if key_id.is_some() => Err(invalid("KeyId is required for SecureString type parameter only.")),
            Self::Plain(_) | Self::Secure { .. } => Ok(wanted),
        }
    }
}
