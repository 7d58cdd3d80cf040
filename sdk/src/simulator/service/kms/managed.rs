//! Keys that AWS makes for its services: one for each service, account and Region, at its first use.

use super::place::Place;
use crate::id::AccountId;
use crate::simulator::authorize::Call;
use crate::simulator::failure::Failure;
use crate::simulator::propagated::Propagated;
use crate::simulator::service::Service;
use crate::simulator::stored::{Tags, own_document};
use crate::simulator::world::{Alias, Key, KeyState, Rotation, World};

/// Days between two rotations, which nobody can change (KMS Developer Guide, "AWS managed keys").
const ROTATION_DAYS: i64 = 365;

/// Returns the alias of a service's own key.
pub(super) fn alias(service: Service) -> String {
    format!("alias/aws/{}", service.name())
}

/// Returns a service's own key in the caller's account and Region; it is made if it is not there.
pub(super) fn key(world: &mut World, call: &Call<'_>, service: Service) -> Result<Place, Failure> {
    let (account, alias) = (call.account()?.clone(), alias(service));
    if let Some(place) = world.find_key(&account, call.region, &alias) {
        return Ok(place);
    }
    let place = Place { account, region: call.region.to_owned(), id: world.uuid() };
    let key = Key {
        id: place.id.clone(),
        arn: format!("arn:aws:kms:{}:{}:key/{}", place.region, place.account, place.id),
        made: call.now,
        description: format!("Default key that protects my {} when no other key is defined", protected(service)),
        policy: Propagated::new(own_document(&policy(service, &place.account, &place.region))),
        tags: Tags::new(),
        state: KeyState::Enabled,
        is_aws_managed: true,
        rotation: Some(Rotation { days: ROTATION_DAYS, since: call.now }),
    };
    let keys = world.keys_mut(&place)?;
    keys.aliases.insert(alias, Alias { target: place.id.clone(), made: call.now, updated: call.now });
    keys.keys.insert(place.id.clone(), key);
    Ok(place)
}

/// What a service protects with its key, in the words of the key's description.
fn protected(service: Service) -> &'static str {
    if service == Service::Ssm { "SSM parameters" } else { "data" }
}

/// The policy of a service's own key: everybody in the account may use it through the service, and nobody may otherwise
/// (docs/AWS.md 8.1).
fn policy(service: Service, account: &AccountId, region: &str) -> String {
    let name = service.name();
    format!(
        r#"{{"Version":"2012-10-17","Id":"auto-{name}-1","Statement":[{{"Sid":"Allow access through {name} for all principals in the account that are authorized to use it","Effect":"Allow","Principal":{{"AWS":"*"}},"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:CreateGrant","kms:DescribeKey"],"Resource":"*","Condition":{{"StringEquals":{{"kms:ViaService":"{name}.{region}.amazonaws.com","kms:CallerAccount":"{account}"}}}}}},{{"Sid":"Allow direct access to key metadata to the account","Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{account}:root"}},"Action":["kms:Describe*","kms:Get*","kms:List*","kms:RevokeGrant"],"Resource":"*"}}]}}"#
    )
}
