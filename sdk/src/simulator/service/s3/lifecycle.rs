//! Lifecycle rules of a bucket. They are read, checked and stored, but never executed.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::entrance::{enter, failure, malformed, one_of};
use super::settings;
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::wire::Params;
use crate::simulator::world::World;

pub(super) const OPERATIONS: &[Operation] = &[
    read("GetBucketLifecycleConfiguration", get_lifecycle),
    write("PutBucketLifecycleConfiguration", put_lifecycle),
    write("DeleteBucketLifecycle", delete_lifecycle),
];

const STORAGE_CLASSES: [&str; 6] = ["GLACIER", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "DEEP_ARCHIVE", "GLACIER_IR"];
const RULES_MAX: usize = 1000;

fn get_lifecycle(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (pass, name) = enter(world, call, params, "s3:GetLifecycleConfiguration")?;
    let lifecycle = world.bucket(&name)?.lifecycle.clone();
    let missing = || failure("NoSuchLifecycleConfiguration", 404, "The lifecycle configuration does not exist");
    Ok(pass.answer(json!({ "LifecycleConfiguration": lifecycle.ok_or_else(missing)? })))
}

fn put_lifecycle(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let configuration = params.structure("LifecycleConfiguration")?.ok_or_else(|| malformed("there is no configuration"))?;
    let rules = configuration.structures("Rule")?;
    configuration.finish()?;
    if rules.is_empty() || rules.len() > RULES_MAX {
        return Err(malformed(&format!("there must be 1 to {RULES_MAX} rules")));
    }
    let (mut kept, mut ids) = (Vec::new(), BTreeSet::new());
    for (number, rule) in rules.into_iter().enumerate() {
        let rule = read_rule(rule, number)?;
        if !ids.insert(rule.get("ID").cloned().unwrap_or_default().to_string()) {
            return Err(failure("InvalidArgument", 400, "Rule ID must be unique. Found same ID for more than one rule"));
        }
        kept.push(rule);
    }
    let kept = json!({ "Rule": kept });
    settings::change(world, call, params, "s3:PutLifecycleConfiguration", |bucket| bucket.lifecycle = Some(kept))
}

fn delete_lifecycle(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    settings::change(world, call, params, "s3:PutLifecycleConfiguration", |bucket| bucket.lifecycle = None)
}

fn read_rule(rule: Params<'_>, number: usize) -> Result<Value, Failure> {
    let status = one_of(&rule, "Status", &["Enabled", "Disabled"])?.ok_or_else(|| malformed("a rule has no Status"))?;
    let id = rule.optional_text("ID")?.map_or_else(|| format!("rule-{number}"), str::to_owned);
    let mut kept = Map::from_iter([("ID".to_owned(), Value::from(id)), ("Status".to_owned(), status.into())]);
    let filter = rule.structure("Filter")?;
    match (filter, rule.optional_text("Prefix")?) {
        (Some(filter), None) => {
            let prefix = filter.optional_text("Prefix")?.unwrap_or_default();
            filter.finish()?;
            kept.insert("Filter".to_owned(), json!({ "Prefix": prefix }));
        }
        (None, Some(prefix)) => drop(kept.insert("Prefix".to_owned(), prefix.into())),
        (Some(_), Some(_)) | (None, None) => return Err(malformed("a rule has either a Filter or a Prefix")),
    }
    let before = kept.len();
    if let Some(expiration) = rule.structure("Expiration")? {
        let (days, marker) = (days(&expiration, "Days")?, expiration.optional_boolean("ExpiredObjectDeleteMarker")?);
        expiration.finish()?;
        let value = match (days, marker) {
            (Some(days), None) => json!({ "Days": days }),
            (None, Some(marker)) => json!({ "ExpiredObjectDeleteMarker": marker }),
            (Some(_), Some(_)) | (None, None) => return Err(malformed("an Expiration has either Days or ExpiredObjectDeleteMarker")),
        };
        kept.insert("Expiration".to_owned(), value);
    }
    if let Some(expiration) = rule.structure("NoncurrentVersionExpiration")? {
        let days = days(&expiration, "NoncurrentDays")?.ok_or_else(|| malformed("there are no NoncurrentDays"))?;
        let newer = days_or_count(&expiration, "NewerNoncurrentVersions")?;
        expiration.finish()?;
        kept.insert("NoncurrentVersionExpiration".to_owned(), json!({ "NoncurrentDays": days, "NewerNoncurrentVersions": newer }));
    }
    if let Some(abort) = rule.structure("AbortIncompleteMultipartUpload")? {
        let days = days(&abort, "DaysAfterInitiation")?.ok_or_else(|| malformed("there are no DaysAfterInitiation"))?;
        abort.finish()?;
        kept.insert("AbortIncompleteMultipartUpload".to_owned(), json!({ "DaysAfterInitiation": days }));
    }
    for (list, days_name) in [("Transition", "Days"), ("NoncurrentVersionTransition", "NoncurrentDays")] {
        let transitions = rule.structures(list)?.into_iter().map(|transition| read_transition(transition, days_name));
        let transitions: Vec<Value> = transitions.collect::<Result<_, _>>()?;
        if !transitions.is_empty() {
            kept.insert(list.to_owned(), transitions.into());
        }
    }
    rule.finish()?;
    if kept.len() == before {
        return Err(failure("InvalidRequest", 400, "At least one action needs to be specified in a rule"));
    }
    Ok(Value::Object(kept))
}

fn read_transition(transition: Params<'_>, days_name: &str) -> Result<Value, Failure> {
    let days = days_or_count(&transition, days_name)?.ok_or_else(|| malformed(&format!("a transition has no {days_name}")))?;
    let class = one_of(&transition, "StorageClass", &STORAGE_CLASSES)?.ok_or_else(|| malformed("a transition has no StorageClass"))?;
    transition.finish()?;
    Ok(json!({ days_name: days, "StorageClass": class }))
}

/// Reads a number of days, at least one.
fn days(params: &Params<'_>, name: &str) -> Result<Option<i64>, Failure> {
    params.optional_integer(name, 1..=i64::from(i32::MAX))
}

fn days_or_count(params: &Params<'_>, name: &str) -> Result<Option<i64>, Failure> {
    params.optional_integer(name, 0..=i64::from(i32::MAX))
}
