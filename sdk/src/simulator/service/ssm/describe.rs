//! `DescribeParameters`: what is known about parameters, without their values.

use serde_json::{Value, json};

use super::filters::{Filters, Reader};
use super::list::{answer, read_page};
use super::name::arn;
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read};
use crate::simulator::wire::Params;
use crate::simulator::world::{ParameterVersion, World};

pub(super) const OPERATIONS: &[Operation] = &[read("DescribeParameters", describe)];

/// Most parameters on a page (SSM API, `DescribeParameters`).
const PAGE: i64 = 50;

fn describe(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (filters, page) = (Filters::read(&params, Reader::Describe)?, read_page(&params, PAGE)?);
    // There is no permission for single parameters.
    let pass = call.authorize(world, params, Ask::new("ssm:DescribeParameters", "*"))?;
    let mut found = Vec::new();
    for (name, parameter) in world.parameters_of(call)?.filter(|(name, parameter)| filters.admit(name, parameter)) {
        let mut shown = show(name, &parameter.latest);
        shown["ARN"] = arn(call, name)?.into();
        found.push((name.to_owned(), shown));
    }
    let page = page.cut(found);
    Ok(pass.answer(answer(page.items, page.next)))
}

/// Returns what is known about a version, besides its value.
pub(super) fn show(name: &str, version: &ParameterVersion) -> Value {
    json!({
        "Name": name,
        "Type": version.kind.name(),
        "KeyId": version.kind.key_id(),
        "LastModifiedDate": version.modified.epoch_seconds(),
        "LastModifiedUser": version.modified_by,
        "Description": version.description,
        "Version": version.number,
        "Tier": version.tier.name(),
        "Policies": [],
        "DataType": "text",
    })
}
