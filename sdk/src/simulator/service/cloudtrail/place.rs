//! Finds a trail and authorizes calls on it.

use crate::id::AccountId;
use crate::simulator::authorize::{Ask, Call, Pass};
use crate::simulator::clock::Timestamp;
use crate::simulator::failure::Failure;
use crate::simulator::wire::Params;
use crate::simulator::world::{Trail, World};

/// The principal of CloudTrail.
pub(super) const SERVICE: &str = "cloudtrail.amazonaws.com";

/// The place of a trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) account: AccountId,
    pub(super) home: String,
    pub(super) name: String,
}

/// Authorizes a call on a trail, and finds it.
pub(super) fn enter_to_read(
    world: &World,
    call: &Call<'_>,
    params: Params<'_>,
    action: &'static str,
    name: &str,
) -> Result<(Pass, Place), Failure> {
    let pass = call.authorize(world, params, ask(call, action, name)?)?;
    Ok((pass, world.find_trail(call, name)?))
}

/// Like [`enter_to_read`], for changes: those are for the trail's own account, in its home Region.
pub(super) fn enter_to_change(
    world: &World,
    call: &Call<'_>,
    params: Params<'_>,
    action: &'static str,
    name: &str,
) -> Result<(Pass, Place), Failure> {
    let (pass, place) = enter_to_read(world, call, params, action, name)?;
    if place.account != *call.account()? {
        let message = "Only the management account can change an organization trail.";
        return Err(failure("NotOrganizationMasterAccountException", message));
    }
    if place.home != call.region {
        let message = format!("The trail can be changed only in its home Region, {}.", place.home);
        return Err(failure("InvalidHomeRegionException", message));
    }
    Ok((pass, place))
}

pub(super) fn ask(call: &Call<'_>, action: &'static str, name: &str) -> Result<Ask, Failure> {
    Ok(Ask::new(action, if name.starts_with("arn:") { name.to_owned() } else { arn(call.region, call.account()?, name) }))
}

impl World {
    /// Finds a trail that the caller sees: by ARN from every Region, by name in the Regions in which it records.
    pub(super) fn find_trail(&self, call: &Call<'_>, name: &str) -> Result<Place, Failure> {
        let account = call.account()?;
        let seen = self.trails_of(call.now, account);
        let found = seen
            .into_iter()
            .find(|(_, trail)| if name.starts_with("arn:") { trail.arn == name } else { trail.name == name && trail.is_in(call.region) });
        let (owner, trail) = found.ok_or_else(|| unknown(call, account, name))?;
        Ok(Place { account: owner.clone(), home: trail.home.clone(), name: trail.name.clone() })
    }

    /// Returns the trails that an account sees: its own, and those of the organization.
    pub(super) fn trails_of(&self, now: Timestamp, account: &AccountId) -> Vec<(&AccountId, &Trail)> {
        let is_member = self.accounts.get(account).is_some_and(|account| account.parent.is_some());
        let management = self.organization.as_ref().filter(|_| is_member).map(|organization| &organization.management);
        let owners = [Some(account), management.filter(|management| *management != account)];
        let trails = owners.into_iter().flatten().filter_map(|owner| self.accounts.get(owner)).flat_map(|owner| {
            let trails = owner.trails.values().flat_map(|trails| trails.values());
            trails.map(move |trail| (&owner.id, trail)).filter(|(owner, trail)| *owner == account || trail.of_organization)
        });
        let delay = self.timing().trail;
        trails.filter(|(_, trail)| trail.made.plus(delay) <= now).collect()
    }

    pub(super) fn trail(&self, place: &Place) -> Result<&Trail, Failure> {
        let trail = self.account(&place.account)?.trails.get(&place.home).and_then(|trails| trails.get(&place.name));
        trail.ok_or_else(|| Failure::internal(format_args!("there is no trail {}", place.name)))
    }

    pub(super) fn trail_mut(&mut self, place: &Place) -> Result<&mut Trail, Failure> {
        let trail = self.account_mut(&place.account)?.trails.get_mut(&place.home).and_then(|trails| trails.get_mut(&place.name));
        trail.ok_or_else(|| Failure::internal(format_args!("there is no trail {}", place.name)))
    }
}

impl Trail {
    pub(super) fn is_in(&self, region: &str) -> bool {
        self.multi_region || self.home == region
    }
}

pub(super) fn arn(region: &str, account: &AccountId, name: &str) -> String {
    format!("arn:aws:cloudtrail:{region}:{account}:trail/{name}")
}

fn unknown(call: &Call<'_>, account: &AccountId, name: &str) -> Failure {
    if name.starts_with("arn:") && !name.contains(":trail/") {
        return failure("CloudTrailARNInvalidException", format!("{name} is not the ARN of a trail."));
    }
    let arn = if name.starts_with("arn:") { name.to_owned() } else { arn(call.region, account, name) };
    failure("TrailNotFoundException", format!("Unknown trail: {arn} for the user: {account}"))
}

pub(super) fn failure(code: &'static str, message: impl Into<String>) -> Failure {
    Failure::new(code, 400, message)
}
