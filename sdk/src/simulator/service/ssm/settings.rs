//! Service settings: of those that Systems Manager has, only whether documents may be shared publicly. It is allowed in a new account.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::wire::Params;
use crate::simulator::world::{ServiceSetting, World};

pub(super) const OPERATIONS: &[Operation] =
    &[read("GetServiceSetting", get), write("UpdateServiceSetting", update), write("ResetServiceSetting", reset)];

/// The setting, its default, and its values (SSM API, `UpdateServiceSetting`).
const SHARING: &str = "/ssm/documents/console/public-sharing-permission";
const DEFAULT: &str = "Enable";
const VALUES: [&str; 2] = [DEFAULT, "Disable"];
/// What the ids of all other settings begin with.
const OTHERS: [&str; 6] =
    ["/ssm/appmanager/", "/ssm/automation/", "/ssm/managed-instance/", "/ssm/opsinsights/", "/ssm/parameter-store/", "/ssm/documents/"];

fn get(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let id = read_id(call, &params)?;
    let pass = call.authorize(world, params, Ask::new("ssm:GetServiceSetting", arn(call, id)?))?;
    let shown = show(call, id, found(world, call, id)?)?;
    Ok(pass.answer(json!({ "ServiceSetting": shown })))
}

fn update(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (id, value) = (read_id(call, &params)?, params.text("SettingValue")?.to_owned());
    let pass = call.authorize(world, params, Ask::new("ssm:UpdateServiceSetting", arn(call, id)?))?;
    if !VALUES.contains(&value.as_str()) {
        return Err(Failure::new("ValidationException", 400, format!("{value} is not a valid value of {id}.")));
    }
    settings_mut(world, call)?.insert(id.to_owned(), ServiceSetting { value, changed: call.now });
    Ok(pass.answer(json!({})))
}

fn reset(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let id = read_id(call, &params)?;
    let pass = call.authorize(world, params, Ask::new("ssm:ResetServiceSetting", arn(call, id)?))?;
    settings_mut(world, call)?.remove(id);
    let shown = show(call, id, None)?;
    Ok(pass.answer(json!({ "ServiceSetting": shown })))
}

/// Reads the id of a setting, which may be given as its ARN.
fn read_id(call: &Call<'_>, params: &Params<'_>) -> Result<&'static str, Failure> {
    let given = params.text("SettingId")?;
    if given == SHARING || given == arn(call, SHARING)? {
        return Ok(SHARING);
    }
    let id = given.split_once(":servicesetting").map_or(given, |(_, id)| id);
    if OTHERS.iter().any(|other| id.starts_with(other)) {
        return Err(Failure::not_implemented(format_args!("the service setting {id}")));
    }
    Err(Failure::new("ServiceSettingNotFound", 400, format!("Setting {given} not found.")))
}

type Settings = BTreeMap<String, ServiceSetting>;

fn settings_mut<'w>(world: &'w mut World, call: &Call<'_>) -> Result<&'w mut Settings, Failure> {
    Ok(world.service_settings.entry(call.account()?.clone()).or_default().entry(call.region.to_owned()).or_default())
}

fn found<'w>(world: &'w World, call: &Call<'_>, id: &str) -> Result<Option<&'w ServiceSetting>, Failure> {
    Ok(world.service_settings.get(call.account()?).and_then(|regions| regions.get(call.region)?.get(id)))
}

fn show(call: &Call<'_>, id: &str, setting: Option<&ServiceSetting>) -> Result<Value, Failure> {
    let mut shown = json!({ "SettingId": id, "SettingValue": DEFAULT, "ARN": arn(call, id)?, "Status": "Default" });
    if let Some(setting) = setting {
        shown["SettingValue"] = setting.value.as_str().into();
        shown["Status"] = "Customized".into();
        shown["LastModifiedDate"] = setting.changed.epoch_seconds().into();
    }
    Ok(shown)
}

fn arn(call: &Call<'_>, id: &str) -> Result<String, Failure> {
    Ok(format!("arn:aws:ssm:{}:{}:servicesetting{id}", call.region, call.account()?))
}
