//! Availability zones: ids are the same for everybody, names differ from account to account.

use serde_json::{Value, json};

use super::look::{Fact, Filters};
use super::{Failure, Tags, Want, invalid, one};
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::service::{Operation, read};
use crate::simulator::wire::Params;
use crate::simulator::world::World;

pub(super) const OPERATIONS: &[Operation] = &[read("DescribeAvailabilityZones", describe_zones)];

/// Every Region, how its zones' ids begin, and how many zones it has here: AWS has more in some, and no number 1 in others.
#[rustfmt::skip]
const REGIONS: &[(&str, &str, u32)] = &[
    ("us-east-1", "use1", 6), ("us-east-2", "use2", 3), ("us-west-1", "usw1", 3), ("us-west-2", "usw2", 3),
    ("ap-northeast-1", "apne1", 3), ("ap-northeast-2", "apne2", 3), ("ap-northeast-3", "apne3", 3),
    ("ap-south-1", "aps1", 3), ("ap-southeast-1", "apse1", 3), ("ap-southeast-2", "apse2", 3),
    ("ca-central-1", "cac1", 3), ("eu-central-1", "euc1", 3), ("eu-north-1", "eun1", 3),
    ("eu-west-1", "euw1", 3), ("eu-west-2", "euw2", 3), ("eu-west-3", "euw3", 3), ("sa-east-1", "sae1", 3),
    ("af-south-1", "afs1", 3), ("ap-east-1", "ape1", 3), ("ap-east-2", "ape2", 3), ("ap-south-2", "aps2", 3),
    ("ap-southeast-3", "apse3", 3), ("ap-southeast-4", "apse4", 3), ("ap-southeast-5", "apse5", 3),
    ("ap-southeast-6", "apse6", 3), ("ap-southeast-7", "apse7", 3), ("ca-west-1", "caw1", 3),
    ("eu-central-2", "euc2", 3), ("eu-south-1", "eus1", 3), ("eu-south-2", "eus2", 3), ("il-central-1", "ilc1", 3),
    ("me-central-1", "mec1", 3), ("me-south-1", "mes1", 3), ("mx-central-1", "mxc1", 3),
];

/// A zone as one account sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Zone {
    pub(super) id: String,
    pub(super) name: String,
}

/// Returns the zones of the call's Region as its account sees them.
pub(super) fn of(call: &Call<'_>) -> Result<Vec<Zone>, Failure> {
    let known = REGIONS.iter().find(|(region, _, _)| *region == call.region);
    let (region, prefix, count) = known.ok_or_else(|| Failure::not_implemented(format_args!("the Region {}", call.region)))?;
    // Names go round by the account's number: no two neighbours agree.
    let turn = call.account()?.as_str().bytes().fold(0, |turn, digit| (turn * 10 + u32::from(digit - b'0')) % count);
    let zone = |number: u32| {
        let letter = char::from_u32(u32::from('a') + (number + turn) % count).unwrap_or('a');
        Zone { id: format!("{prefix}-az{}", number + 1), name: format!("{region}{letter}") }
    };
    Ok((0..*count).map(zone).collect())
}

fn describe_zones(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (ids, names) = (params.texts("ZoneId")?, params.texts("ZoneName")?);
    let filters = Filters::read(&params)?;
    // There are no other zones than these: no local ones, none to opt in to.
    params.optional_boolean("AllAvailabilityZones")?;
    let pass = Want::to("ec2:DescribeAvailabilityZones").enter(world, call, params)?;
    let zones = of(call)?;
    let is_here = |name: &&str| zones.iter().any(|zone| zone.id == **name || zone.name == **name);
    if let Some(other) = ids.iter().chain(&names).find(|name| !is_here(name)) {
        return Err(invalid(format!("Invalid availability zone: [{other}]")));
    }
    let facts: [Fact<'_, Zone>; 6] = [
        ("zone-id", &|zone| one(&zone.id)),
        ("zone-name", &|zone| one(&zone.name)),
        ("zone-type", &|_| one(ZONE_TYPE)),
        ("opt-in-status", &|_| one(OPT_IN_STATUS)),
        ("state", &|_| one("available")),
        ("region-name", &|_| one(call.region)),
    ];
    filters.check(&facts)?;
    let is_meant = |zone: &&Zone| {
        (ids.is_empty() || ids.contains(&zone.id.as_str()))
            && (names.is_empty() || names.contains(&zone.name.as_str()))
            && filters.match_all(&Tags::new(), *zone, &facts)
    };
    let mut shown: Vec<&Zone> = zones.iter().filter(is_meant).collect();
    // EC2 goes by the name.
    shown.sort_by(|one, other| one.name.cmp(&other.name));
    let shown: Vec<Value> = shown.into_iter().map(|zone| show(call.region, zone)).collect();
    Ok(pass.answer(json!({ "availabilityZoneInfo": shown })))
}

const ZONE_TYPE: &str = "availability-zone";
const OPT_IN_STATUS: &str = "opt-in-not-required";

fn show(region: &str, zone: &Zone) -> Value {
    json!({
        "zoneId": zone.id,
        "zoneName": zone.name,
        "zoneType": ZONE_TYPE,
        "zoneState": "available",
        "optInStatus": OPT_IN_STATUS,
        "regionName": region,
        "groupName": region,
        "networkBorderGroup": region,
        "messageSet": [],
    })
}
