//! `AWS::SSM::Parameter`, through Parameter Store.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::sort::{Hands, Job, Made, Sort, TagForm, or_gone, tag_changes, tag_list, tags_of};
use crate::simulator::failure::Failure;
use crate::simulator::service::cloudformation::actor::Target;
use crate::simulator::world::World;

pub(super) static SORT: Sort = Sort {
    name: "AWS::SSM::Parameter",
    required: &["Type", "Value"],
    known: &["DataType", "Description", "Name", "Tags", "Tier", "Type", "Value"],
    untaught: &["AllowedPattern", "Policies"],
    create_only: &["Name"],
    naming: "Name",
    tags: TagForm::Map,
    hands: Hands { make, change, remove, attributes: Some(attributes) },
    kept: None,
};

fn make(world: &mut World, job: &Job<'_>, _: &Sort, properties: &Value) -> Result<Made, (Failure, Option<String>)> {
    check(properties).map_err(|failure| (failure, None))?;
    let name = match SORT.named(properties) {
        Some(name) => name.to_owned(),
        None => world.lower_id(&format!("CFN-{}-", job.logical), 12),
    };
    let mut put = request(&name, properties);
    put["Tags"] = tag_list(&tags_of(properties.get("Tags")));
    job.by.perform(world, Target::Ssm, "PutParameter", &put).map_err(|failure| (failure, None))?;
    // The handler reads what it made.
    let read = job.by.perform(world, Target::Ssm, "GetParameters", &json!({ "Names": [name] }));
    match read {
        Ok(_) => Ok(Made { physical: name, attributes: attributes(properties) }),
        Err(failure) => Err((failure, Some(name))),
    }
}

fn change(world: &mut World, job: &Job<'_>, _: &Sort, name: &str, before: &Value, after: &Value) -> Result<(), Failure> {
    check(after)?;
    let (put, old) = (request(name, after), request(name, before));
    if put != old {
        let mut put = put;
        put["Overwrite"] = true.into();
        job.by.perform(world, Target::Ssm, "PutParameter", &put)?;
    }
    let (set, gone) = tag_changes(before, after);
    if !set.is_empty() {
        let add = json!({ "ResourceType": "Parameter", "ResourceId": name, "Tags": tag_list(&set) });
        job.by.perform(world, Target::Ssm, "AddTagsToResource", &add)?;
    }
    if !gone.is_empty() {
        let remove = json!({ "ResourceType": "Parameter", "ResourceId": name, "TagKeys": gone });
        job.by.perform(world, Target::Ssm, "RemoveTagsFromResource", &remove)?;
    }
    Ok(())
}

fn remove(world: &mut World, job: &Job<'_>, _: &Sort, name: &str, _: &Value) -> Result<(), Failure> {
    or_gone(job.by.perform(world, Target::Ssm, "DeleteParameter", &json!({ "Name": name })))
}

fn attributes(properties: &Value) -> BTreeMap<String, String> {
    let text = |name: &str| Some((name.to_owned(), properties.get(name)?.as_str()?.to_owned()));
    ["Type", "Value"].into_iter().filter_map(text).collect()
}

fn request(name: &str, properties: &Value) -> Value {
    let property = |name: &str| properties.get(name).cloned().unwrap_or_default();
    json!({
        "Name": name,
        "Value": property("Value"),
        "Type": property("Type"),
        "Description": property("Description"),
        "Tier": property("Tier"),
        "DataType": property("DataType"),
    })
}

/// The type has no secure strings (resource schema, `Type`).
fn check(properties: &Value) -> Result<(), Failure> {
    match properties.get("Type").and_then(Value::as_str) {
        Some("String" | "StringList") => Ok(()),
        other => {
            let message = format!("#/Type: {} is not a valid enum value", other.unwrap_or_default());
            Err(Failure::new("ValidationException", 400, message))
        }
    }
}
