//! Regions, and availability zones: ids of zones are the same in every account, names differ from account to account.

use serde_json::{Value, json};

use super::look::{Fact, Filters, one};
use super::want::{Want, invalid};
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read};
use crate::simulator::stored::Tags;
use crate::simulator::wire::Params;
use crate::simulator::world::World;

pub(super) const OPERATIONS: &[Operation] = &[read("DescribeAvailabilityZones", describe_zones), read("DescribeRegions", describe_regions)];

/// A Region, the prefix of its zone ids, and the number of zones that a new account sees in it. AWS has more in some and no number
/// 1 in others. N. California has three, of which a new account sees two, so it is an example of a Region with two zones.
type Region = (&'static str, &'static str, u32);

/// The Regions that every account has (Account Management Reference, "Enable or disable AWS Regions").
#[rustfmt::skip]
const DEFAULT: &[Region] = &[
    ("us-east-1", "use1", 6), ("us-east-2", "use2", 3), ("us-west-1", "usw1", 2), ("us-west-2", "usw2", 3),
    ("ap-northeast-1", "apne1", 3), ("ap-northeast-2", "apne2", 3), ("ap-northeast-3", "apne3", 3),
    ("ap-south-1", "aps1", 3), ("ap-southeast-1", "apse1", 3), ("ap-southeast-2", "apse2", 3),
    ("ca-central-1", "cac1", 3), ("eu-central-1", "euc1", 3), ("eu-north-1", "eun1", 3),
    ("eu-west-1", "euw1", 3), ("eu-west-2", "euw2", 3), ("eu-west-3", "euw3", 3), ("sa-east-1", "sae1", 3),
];

/// Regions that need opt-in. No account here has opted in, but calls in them are not refused.
#[rustfmt::skip]
const OPT_IN: &[Region] = &[
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
    let known = DEFAULT.iter().chain(OPT_IN).find(|(region, _, _)| *region == call.region);
    let (region, prefix, count) = known.ok_or_else(|| Failure::not_implemented(format_args!("the Region {}", call.region)))?;
    // Names are rotated by the account's number, so that neighbouring accounts differ.
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
    // There are no Local Zones and no zones that need opt-in.
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
    // EC2 sorts by name.
    shown.sort_by(|one, other| one.name.cmp(&other.name));
    let shown: Vec<Value> = shown.into_iter().map(|zone| show(call.region, zone)).collect();
    Ok(pass.answer(json!({ "availabilityZoneInfo": shown })))
}

/// A Region's name, and whether it is enabled for the account.
type Listed = (&'static str, &'static str);

fn describe_regions(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let names = params.texts("RegionName")?;
    let filters = Filters::read(&params)?;
    let all = params.optional_boolean("AllRegions")?.unwrap_or(false);
    let pass = Want::to("ec2:DescribeRegions").enter(world, call, params)?;
    let default = DEFAULT.iter().map(|(name, ..)| (*name, OPT_IN_STATUS));
    let opt_in = OPT_IN.iter().map(|(name, ..)| (*name, "not-opted-in"));
    // A Region that is named is shown even if it is not enabled.
    let regions: Vec<Listed> = default.chain(opt_in.filter(|(name, _)| all || names.contains(name))).collect();
    if let Some(other) = names.iter().find(|name| !regions.iter().any(|(known, _)| known == *name)) {
        return Err(invalid(format!("Invalid region provided: [{other}]")));
    }
    let facts: [Fact<'_, Listed>; 3] = [
        ("region-name", &|(name, _)| one(*name)),
        ("opt-in-status", &|(_, status)| one(*status)),
        ("endpoint", &|(name, _)| one(endpoint(name))),
    ];
    filters.check(&facts)?;
    let is_meant = |region: &&Listed| (names.is_empty() || names.contains(&region.0)) && filters.match_all(&Tags::new(), *region, &facts);
    let shown = regions
        .iter()
        .filter(is_meant)
        .map(|(name, status)| json!({ "regionName": name, "regionEndpoint": endpoint(name), "optInStatus": status }));
    Ok(pass.answer(json!({ "regionInfo": shown.collect::<Vec<Value>>() })))
}

fn endpoint(region: &str) -> String {
    format!("ec2.{region}.amazonaws.com")
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
