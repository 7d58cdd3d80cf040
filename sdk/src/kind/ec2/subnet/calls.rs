//! Calls for a subnet's zone and network ACL.

use serde::Deserialize;

use super::Zone;
use crate::address::Scope;
use crate::aws::client::{Operation as _, items, requests};
use crate::aws::error::{Answer, AwsError};
use crate::kind::ec2::api::{DescribeNetworkAcls, Done, Filter};
use crate::kind::ec2::{filter, until_visible};
use crate::kind::{Context, StepError};

/// How often a subnet's ACL is read again if it was changed in between.
const TRIES: u32 = 3;

/// Moves a subnet to a network ACL. The association gets another id when it is replaced, so it is looked up before each attempt.
pub(super) async fn guard(cx: &Context<'_>, subnet: &str, acl: &str) -> Result<(), StepError> {
    let retry = until_visible(cx).sent_once();
    let mut tries = 0;
    loop {
        let found = cx.pages(DescribeNetworkAcls::by([filter("association.subnet-id", [subnet])])).await?;
        let association = found.into_iter().flat_map(|acl| acl.associations).find(|association| association.subnet_id == subnet);
        let association = association.ok_or_else(|| AwsError::incomplete(DescribeNetworkAcls::CALL, "the subnet's association"))?;
        if association.network_acl_id == acl {
            return Ok(());
        }
        let replace = ReplaceNetworkAclAssociation { association_id: association.id, network_acl_id: acl.to_owned() };
        match cx.send_with(&retry, &replace).await {
            Err(error) if tries < TRIES && (error.answer == Answer::Lost || error.is(&["InvalidAssociationID.NotFound"])) => tries += 1,
            Err(error) => return Err(error.into()),
            Ok(_) => return Ok(()),
        }
    }
}

/// Returns the zone id that a new subnet is created in.
pub(super) async fn zone(cx: &Context<'_>, wanted: &Zone) -> Result<String, StepError> {
    match wanted {
        Zone::Id(id) => Ok(id.known()?.to_owned()),
        Zone::Nth { place, of } => nth(cx.scope(), zones(cx).await?, *place, *of),
    }
}

/// Returns the ids of the account's availability zones. Local Zones and zones that need opt-in are excluded.
async fn zones(cx: &Context<'_>) -> Result<Vec<String>, AwsError> {
    let usual =
        [filter("zone-type", ["availability-zone"]), filter("opt-in-status", ["opt-in-not-required"]), filter("state", ["available"])];
    let found = cx.send(&DescribeAvailabilityZones { filter: usual.to_vec() }).await?;
    Ok(found.zones.into_iter().map(|zone| zone.zone_id).collect())
}

requests! { EC2, "ec2":
    /// Lists zones; the list has no pages.
    DescribeAvailabilityZones { filter: Vec<Filter> } -> Zones,
    ReplaceNetworkAclAssociation { association_id: String, network_acl_id: String } -> Done,
}

#[derive(Debug, Deserialize)]
struct Zones {
    #[serde(default, rename = "availabilityZoneInfo", deserialize_with = "items")]
    zones: Vec<FoundZone>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FoundZone {
    zone_id: String,
}

/// AWS lists zones in any order, and names them differently in every account: only their ids are stable.
pub(super) fn nth(scope: &Scope, mut zones: Vec<String>, place: u8, of: u8) -> Result<String, StepError> {
    zones.sort();
    if zones.len() < usize::from(of) {
        return Err(StepError::refused(
            format!("the network spans {of} availability zones, and {scope} has {}: {}", zones.len(), zones.join(", ")),
            format!("write azs = {} in the network's table of the manifest", zones.len()),
        ));
    }
    zones.into_iter().nth(usize::from(place)).ok_or_else(|| AwsError::incomplete("ec2:DescribeAvailabilityZones", "ZoneId").into())
}

/// Returns the error for a zone in which AWS creates no new subnets, with the number of zones before it.
pub(super) fn closed_zone(error: AwsError, zone: &str, wanted: &Zone) -> StepError {
    let fewer = match wanted {
        Zone::Nth { place: 0, .. } | Zone::Id(_) => "use another home Region".to_owned(),
        Zone::Nth { place, .. } => format!("write azs = {place} in the network's table of the manifest: the zones before it are open"),
    };
    StepError::explained(error, format!("AWS makes no new subnets of this account in zone {zone}: ask AWS Support to open it, or {fewer}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> Scope {
        Scope::Region(crate::name::literal("prod"), crate::name::literal("eu-west-1"))
    }

    #[test]
    fn zones_are_taken_by_their_sorted_ids() {
        let zones = || ["euw1-az3", "euw1-az1", "euw1-az2"].map(str::to_owned).to_vec();
        let taken: Vec<String> = (0..3).filter_map(|place| nth(&scope(), zones(), place, 3).ok()).collect();
        assert_eq!(taken, ["euw1-az1", "euw1-az2", "euw1-az3"]);
    }

    #[test]
    fn an_error_about_a_closed_zone_has_the_number_of_open_ones() {
        let error = AwsError { call: "ec2:CreateSubnet", ..crate::aws::error::tests::refused("InvalidParameterValue", None) };
        let hint = |place| match closed_zone(error.clone(), "use1-az3", &Zone::Nth { place, of: 3 }) {
            StepError::Explained { hint, .. } => hint,
            other => panic!("{other:?}"),
        };
        assert!(hint(2).contains("zone use1-az3: ask AWS Support to open it, or write azs = 2 in the network's table"), "{}", hint(2));
        assert!(hint(0).ends_with("or use another home Region"), "{}", hint(0));
    }

    #[test]
    fn more_zones_than_there_are_names_both_numbers_and_the_key() {
        let error = nth(&scope(), vec!["euw1-az2".to_owned(), "euw1-az1".to_owned()], 0, 3).expect_err("too many");
        let StepError::Refused { message, hint } = error else { panic!("{error:?}") };
        assert_eq!(message, "the network spans 3 availability zones, and prod/eu-west-1 has 2: euw1-az1, euw1-az2");
        assert_eq!(hint, "write azs = 2 in the network's table of the manifest");
    }
}
