//! Creates and changes trails: checks their settings and what must exist before.

use super::place::{SERVICE, arn, ask, enter_to_change, failure};
use crate::id::AccountId;
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::cloudtrail::trails::show_settings;
use crate::simulator::service::{Operation, write};
use crate::simulator::stored::{StoredDocument, own_document, read_tags};
use crate::simulator::wire::Params;
use crate::simulator::world::{FeatureSet, Role, Trail, World};

pub(super) const OPERATIONS: &[Operation] = &[write("CreateTrail", create_trail), write("UpdateTrail", update_trail)];

/// Most trails in a Region of an account (docs/AWS.md 4.1).
const TRAILS_MAX: usize = 5;
/// Lengths of a name (docs/AWS.md 4.1).
const NAME_LENGTHS: std::ops::RangeInclusive<usize> = 3..=128;
const ROLE: &str = "AWSServiceRoleForCloudTrail";

/// The parameters of both calls; absent ones keep the current value.
struct Settings<'a> {
    bucket: Option<&'a str>,
    prefix: Option<&'a str>,
    key: Option<&'a str>,
    of_organization: Option<bool>,
    multi_region: Option<bool>,
    global_events: Option<bool>,
    validation: Option<bool>,
}

impl<'a> Settings<'a> {
    fn read(params: &Params<'a>) -> Result<Self, Failure> {
        Ok(Self {
            bucket: params.optional_text("S3BucketName")?,
            prefix: params.optional_text("S3KeyPrefix")?,
            key: params.optional_text("KmsKeyId")?,
            of_organization: params.optional_boolean("IsOrganizationTrail")?,
            multi_region: params.optional_boolean("IsMultiRegionTrail")?,
            global_events: params.optional_boolean("IncludeGlobalServiceEvents")?,
            validation: params.optional_boolean("EnableLogFileValidation")?,
        })
    }

    fn apply(&self, world: &World, call: &Call<'_>, trail: &mut Trail) -> Result<(), Failure> {
        if let Some(bucket) = self.bucket {
            bucket.clone_into(&mut trail.bucket);
        }
        if let Some(prefix) = self.prefix {
            trail.prefix = Some(prefix.trim_matches('/').to_owned()).filter(|prefix| !prefix.is_empty());
        }
        if let Some(key) = self.key {
            trail.key = if key.is_empty() { None } else { Some(resolve_key(world, call, key)?) };
        }
        trail.of_organization = self.of_organization.unwrap_or(trail.of_organization);
        trail.multi_region = self.multi_region.unwrap_or(trail.multi_region);
        trail.global_events = self.global_events.unwrap_or(trail.global_events);
        trail.validation = self.validation.unwrap_or(trail.validation);
        if trail.multi_region && !trail.global_events {
            let message = "Multi-Region trails must include global service events.";
            return Err(failure("InvalidParameterCombinationException", message));
        }
        Ok(())
    }
}

fn create_trail(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (name, settings, tags) = (params.text("Name")?, Settings::read(&params)?, read_tags(&params, "TagsList")?);
    let bucket = settings.bucket.ok_or_else(|| params.invalid("S3BucketName", "Member must not be null"))?;
    let ask = ask(call, "cloudtrail:CreateTrail", name)?.request_tags(&tags);
    let pass = call.authorize(world, params, ask.clone())?;
    if !tags.is_empty() {
        call.may(world, ask.but("cloudtrail:AddTags"))?;
    }
    check_name(name)?;
    let account = call.account()?.clone();
    let mut trail = Trail {
        name: name.to_owned(),
        arn: arn(call.region, &account, name),
        home: call.region.to_owned(),
        made: call.now,
        bucket: bucket.to_owned(),
        prefix: None,
        key: None,
        of_organization: false,
        multi_region: false,
        global_events: true,
        validation: false,
        logging: false,
        started: None,
        stopped: None,
        tags,
        selectors: None,
        advanced_selectors: false,
    };
    let needs_role = settings.of_organization == Some(true);
    if needs_role {
        check_organization(world, call, &account)?;
    }
    let trails = || world.accounts.get(&account).into_iter().flat_map(|account| account.trails.values().flat_map(|trails| trails.values()));
    if trails().any(|other| other.arn == trail.arn) {
        let message = format!("Trail {name} already exists for customer: {account}");
        return Err(failure("TrailAlreadyExistsException", message));
    }
    if trails().filter(|trail| trail.is_in(call.region)).count() >= TRAILS_MAX {
        let message = format!("User: {account} already has {TRAILS_MAX} trails in {}.", call.region);
        return Err(failure("MaximumNumberOfTrailsExceededException", message));
    }
    settings.apply(world, call, &mut trail)?;
    world.check_delivery(call.now, &account, &trail)?;
    if needs_role {
        make_role(world, call, &account)?;
    }
    let shown = show_settings(&trail);
    world.account_mut(&account)?.trails.entry(trail.home.clone()).or_default().insert(trail.name.clone(), trail);
    Ok(pass.answer(shown))
}

fn update_trail(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (name, settings) = (params.text("Name")?, Settings::read(&params)?);
    let (pass, place) = enter_to_change(world, call, params, "cloudtrail:UpdateTrail", name)?;
    let mut trail = world.trail(&place)?.clone();
    settings.apply(world, call, &mut trail)?;
    if trail.of_organization {
        check_organization(world, call, &place.account)?;
    }
    world.check_delivery(call.now, &place.account, &trail)?;
    if trail.of_organization {
        make_role(world, call, &place.account)?;
    }
    let shown = show_settings(&trail);
    *world.trail_mut(&place)? = trail;
    Ok(pass.answer(shown))
}

/// Checks what an organization trail needs of its organization.
fn check_organization(world: &World, call: &Call<'_>, account: &AccountId) -> Result<(), Failure> {
    let is_member = world.account(account)?.parent.is_some();
    let Some(organization) = world.organization.as_ref().filter(|_| is_member) else {
        return Err(failure("OrganizationsNotInUseException", "The account is not a member of an organization."));
    };
    if organization.feature_set != FeatureSet::All {
        let message = "The organization does not have all features enabled.";
        return Err(failure("OrganizationNotInAllFeaturesModeException", message));
    }
    if organization.management != *account {
        let message = "The account is not the management account of its organization.";
        return Err(failure("NotOrganizationMasterAccountException", message));
    }
    let delay = world.timing().propagation;
    if organization.service_access.get(SERVICE).is_none_or(|since| since.plus(delay) > call.now) {
        let message = "CloudTrail is not a trusted service of the organization.";
        return Err(failure("CloudTrailAccessNotEnabledException", message));
    }
    Ok(())
}

/// Creates CloudTrail's service-linked role if it is missing, on behalf of the caller (docs/AWS.md 4.1).
fn make_role(world: &mut World, call: &Call<'_>, account: &AccountId) -> Result<(), Failure> {
    if world.account(account)?.iam.role(ROLE).is_some() {
        return Ok(());
    }
    let path = format!("/aws-service-role/{SERVICE}/");
    let ask =
        Ask::new("iam:CreateServiceLinkedRole", format!("arn:aws:iam::{account}:role{path}{ROLE}")).with("iam:AWSServiceName", SERVICE);
    if call.may(world, ask).is_err() {
        let message = "The caller may not make the service-linked role that an organization trail needs.";
        return Err(failure("InsufficientDependencyServiceAccessPermissionException", message));
    }
    let trust: StoredDocument = own_document(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"{SERVICE}"}},"Action":"sts:AssumeRole"}}]}}"#
    ));
    let role = Role::new(account, &path, ROLE, world.unique_id("AROA"), trust, call.now);
    world.account_mut(account)?.iam.insert_role(role);
    Ok(())
}

/// Returns the ARN of a key. An id or alias refers to the caller's account (docs/AWS.md 4.3).
fn resolve_key(world: &World, call: &Call<'_>, key: &str) -> Result<String, Failure> {
    if key.starts_with("arn:") && key.contains(":key/") {
        return Ok(key.to_owned());
    }
    let arn = world.key_arn(call.account()?, call.region, key);
    arn.ok_or_else(|| failure("KmsKeyNotFoundException", format!("The KMS key {key} was not found.")))
}

fn check_name(name: &str) -> Result<(), Failure> {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let inside = name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    let doubled = name.as_bytes().windows(2).any(|pair| pair.iter().all(|byte| b"._-".contains(byte)));
    let is_address = name.parse::<std::net::Ipv4Addr>().is_ok();
    let edges = edge(name.chars().next()) && edge(name.chars().last());
    if !NAME_LENGTHS.contains(&name.len()) || !inside || !edges || doubled || is_address {
        return Err(failure("InvalidTrailNameException", format!("Trail name {name} is not valid.")));
    }
    Ok(())
}
