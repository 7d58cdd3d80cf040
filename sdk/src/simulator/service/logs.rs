//! Amazon CloudWatch Logs: the account policies for retention, and nothing of log groups and events.
//!
//! The rules are those of the API's reference (docs/AWS.md 8.4). Policies of other types and for some log groups only are not simulated,
//! nor are dry runs. Landfall makes one policy in a Region; an account may have 20 there, of which one is simulated.

use serde_json::{Value, json};

use super::{Operation, read, write};
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::wire::Params;
use crate::simulator::world::{LogRetention, World};

pub(super) const OPERATIONS: &[&[Operation]] =
    &[&[read("DescribeAccountPolicies", describe), write("PutAccountPolicy", put), write("DeleteAccountPolicy", delete)]];

const RETENTION: &str = "RETENTION_POLICY";
const DAYS: [u64; 17] = [30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];
const MODES: [&str; 2] = ["NEW_ONLY", "RETROACTIVE"];

fn describe(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    check_type(&params)?;
    let name = params.optional_text("policyName")?;
    let pass = call.authorize(world, params, Ask::new("logs:DescribeAccountPolicies", "*"))?;
    let found = found(world, call)?.filter(|policy| name.is_none_or(|name| policy.name == name));
    if let (None, Some(name)) = (found, name) {
        return Err(Failure::new("ResourceNotFoundException", 400, format!("Account policy {name} does not exist.")));
    }
    let shown: Vec<Value> = found.map(|policy| show(call, policy)).transpose()?.into_iter().collect();
    Ok(pass.answer(json!({ "accountPolicies": shown })))
}

fn put(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    check_type(&params)?;
    let (name, document) = (params.text("policyName")?.to_owned(), params.text("policyDocument")?.to_owned());
    if let Some(scope) = params.optional_text("scope")?.filter(|scope| *scope != "ALL") {
        return Err(invalid(format!("{scope} is not a valid scope.")));
    }
    let ask = Ask::new("logs:PutAccountPolicy", "*");
    let pass = call.authorize(world, params, ask.clone())?;
    call.may(world, ask.but("logs:PutRetentionPolicy"))?;
    if name.is_empty() || name.starts_with("aws/") {
        return Err(invalid("The policy name is not valid."));
    }
    check_document(&document)?;
    if found(world, call)?.is_some_and(|policy| policy.name != name) {
        return Err(Failure::not_implemented("a second retention policy in a Region"));
    }
    let policy = LogRetention { name, document, changed: call.now };
    let shown = show(call, &policy)?;
    world.log_retention.entry(call.account()?.clone()).or_default().insert(call.region.to_owned(), policy);
    Ok(pass.answer(json!({ "accountPolicy": shown })))
}

fn delete(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    check_type(&params)?;
    let name = params.text("policyName")?.to_owned();
    let ask = Ask::new("logs:DeleteAccountPolicy", "*");
    let pass = call.authorize(world, params, ask.clone())?;
    call.may(world, ask.but("logs:DeleteRetentionPolicy"))?;
    if found(world, call)?.is_none_or(|policy| policy.name != name) {
        return Err(Failure::new("ResourceNotFoundException", 400, format!("Account policy {name} does not exist.")));
    }
    if let Some(regions) = world.log_retention.get_mut(call.account()?) {
        regions.remove(call.region);
    }
    Ok(pass.answer(Value::Object(serde_json::Map::new())))
}

fn check_type(params: &Params<'_>) -> Result<(), Failure> {
    match params.text("policyType")? {
        RETENTION => Ok(()),
        other => Err(Failure::not_implemented(format_args!("account policies of type {other}"))),
    }
}

fn check_document(document: &str) -> Result<(), Failure> {
    let members: Value = serde_json::from_str(document).map_err(|_| invalid("The policy document is not valid JSON."))?;
    let members = members.as_object().ok_or_else(|| invalid("The policy document is not an object."))?;
    let days = members.get("retentionInDays");
    let are_days = days.is_some_and(|days| days == "NEVER_EXPIRE" || days.as_u64().is_some_and(|days| DAYS.contains(&days)));
    let mode = members.get("enforcementMode").and_then(Value::as_str);
    if !are_days || !mode.is_some_and(|mode| MODES.contains(&mode)) || members.len() != 2 {
        return Err(invalid("The policy document needs retentionInDays and enforcementMode, with valid values."));
    }
    Ok(())
}

fn found<'w>(world: &'w World, call: &Call<'_>) -> Result<Option<&'w LogRetention>, Failure> {
    Ok(world.log_retention.get(call.account()?).and_then(|regions| regions.get(call.region)))
}

fn show(call: &Call<'_>, policy: &LogRetention) -> Result<Value, Failure> {
    Ok(json!({
        "policyName": policy.name,
        "policyDocument": policy.document,
        "policyType": RETENTION,
        "scope": "ALL",
        "lastUpdatedTime": policy.changed.epoch_seconds() * 1000.0,
        "accountId": call.account()?.as_str(),
    }))
}

fn invalid(message: impl Into<String>) -> Failure {
    Failure::new("InvalidParameterException", 400, message)
}
