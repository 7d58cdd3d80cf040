//! Buckets: created, found, listed and deleted.

use serde_json::{Value, json};

use super::entrance::{enter, failure, malformed, nothing, one_of};
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, page, read, write};
use crate::simulator::wire::Params;
use crate::simulator::world::{Bucket, World};

pub(super) const OPERATIONS: &[Operation] = &[
    write("CreateBucket", create_bucket),
    read("HeadBucket", head_bucket),
    read("ListBuckets", list_buckets),
    write("DeleteBucket", delete_bucket),
    read("GetBucketLocation", get_location),
];

/// The Region whose location constraint is empty in S3.
const FIRST_REGION: &str = "us-east-1";
pub(super) const OWNERSHIPS: [&str; 3] = ["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"];
/// Lengths of a name (docs/AWS.md 4.4).
const NAME_LENGTHS: std::ops::RangeInclusive<usize> = 3..=63;
/// Most buckets on a page (docs/AWS.md D.4).
const PAGE_MAX: i64 = 10_000;

fn create_bucket(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let name = params.text("Bucket")?.to_owned();
    let ownership = params.optional_text("ObjectOwnership")?.map(str::to_owned);
    let constraint = match params.structure("CreateBucketConfiguration")? {
        None => None,
        Some(configuration) => {
            let constraint = configuration.optional_text("LocationConstraint")?.filter(|text| !text.is_empty());
            configuration.finish()?;
            constraint
        }
    };
    let ask = Ask::new("s3:CreateBucket", format!("arn:aws:s3:::{name}"));
    let ask = match constraint {
        Some(constraint) => ask.with("s3:LocationConstraint", constraint),
        None => ask,
    };
    let ask = match &ownership {
        Some(ownership) => ask.with("s3:x-amz-object-ownership", ownership.as_str()),
        None => ask,
    };
    let pass = call.authorize(world, params, ask)?;
    let region = place(call.region, constraint)?.to_owned();
    check_name(&name)?;
    if ownership.as_deref().is_some_and(|ownership| !OWNERSHIPS.contains(&ownership)) {
        return Err(failure("InvalidArgument", 400, "Invalid x-amz-object-ownership header"));
    }
    let account = call.account()?;
    let location = json!({ "Location": format!("/{name}") });
    match world.buckets.get(&name) {
        Some(bucket) if bucket.account == *account && region == FIRST_REGION && bucket.region == region => {
            // Only in this Region a repeated creation succeeds (docs/AWS.md D.4).
            return Ok(pass.answer(location));
        }
        Some(bucket) if bucket.account == *account => {
            let message = "Your previous request to create the named bucket succeeded and you already own it.";
            return Err(failure("BucketAlreadyOwnedByYou", 409, message));
        }
        Some(_) => return Err(taken()),
        None if world.options.bucket_names_taken.contains(&name) => return Err(taken()),
        None => {}
    }
    let mut bucket = Bucket::new(&name, account.clone(), &region, call.now);
    bucket.ownership = ownership.or(bucket.ownership);
    world.buckets.insert(name, bucket);
    Ok(pass.answer(location))
}

fn head_bucket(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (pass, name) = enter(world, call, params, "s3:ListBucket")?;
    Ok(pass.answer(json!({ "BucketRegion": world.bucket(&name)?.region })))
}

fn list_buckets(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (prefix, region) = (params.optional_text("prefix")?.unwrap_or_default(), params.optional_text("bucket-region")?);
    let size = params.optional_integer("max-buckets", 1..=PAGE_MAX)?.unwrap_or(PAGE_MAX);
    let page = page::Page::after(size, params.optional_text("continuation-token")?);
    let page = page.ok_or_else(|| params.invalid("continuation-token", "The continuation token provided is incorrect"))?;
    let pass = call.authorize(world, params, Ask::new("s3:ListAllMyBuckets", "*"))?;
    let account = call.account()?;
    let buckets = world.buckets.values().filter(|bucket| bucket.account == *account && bucket.name.starts_with(prefix));
    let buckets = buckets.filter(|bucket| region.is_none_or(|region| bucket.region == region));
    let shown = buckets.map(|bucket| {
        let value: Value = json!({
            "Name": bucket.name,
            "CreationDate": bucket.made.iso(),
            "BucketRegion": bucket.region,
            "BucketArn": bucket.arn(),
        });
        (bucket.name.clone(), value)
    });
    let cut = page.cut(shown);
    Ok(pass.answer(json!({
        "Owner": { "ID": format!("{account:0>64}") },
        "Buckets": { "Bucket": cut.items },
        "ContinuationToken": cut.next,
    })))
}

fn delete_bucket(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (pass, name) = enter(world, call, params, "s3:DeleteBucket")?;
    let bucket = world.bucket(&name)?;
    if !bucket.objects.is_empty() {
        return Err(failure("BucketNotEmpty", 409, "The bucket you tried to delete is not empty"));
    }
    if bucket.has_old_versions {
        let message = "The bucket you tried to delete is not empty. You must delete all versions in the bucket.";
        return Err(failure("BucketNotEmpty", 409, message));
    }
    world.buckets.remove(&name);
    Ok(pass.answer(nothing()))
}

fn get_location(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (pass, name) = enter(world, call, params, "s3:GetBucketLocation")?;
    let region = world.bucket(&name)?.region.as_str();
    Ok(pass.answer(json!({ "LocationConstraint": if region == FIRST_REGION { "" } else { region } })))
}

/// Returns the Region in which a bucket is created.
fn place<'a>(region: &'a str, constraint: Option<&'a str>) -> Result<&'a str, Failure> {
    match constraint {
        None if region == FIRST_REGION => Ok(FIRST_REGION),
        Some(FIRST_REGION) => Err(failure("InvalidLocationConstraint", 400, "The specified location-constraint is not valid")),
        // The first Region creates buckets in any Region.
        Some(constraint) if region == FIRST_REGION || region == constraint => Ok(constraint),
        None | Some(_) => {
            let which = constraint.unwrap_or("unspecified");
            let message =
                format!("The {which} location constraint is incompatible for the region specific endpoint this request was sent to.");
            Err(failure("IllegalLocationConstraintException", 400, message))
        }
    }
}

fn check_name(name: &str) -> Result<(), Failure> {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let inside = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.');
    let is_address = name.parse::<std::net::Ipv4Addr>().is_ok();
    // Only names in an account's own namespace may end like this (docs/AWS.md 4.4), and those are not simulated.
    let is_reserved = name.starts_with("xn--") || name.ends_with("-s3alias") || name.ends_with("-an");
    let edges = edge(name.chars().next()) && edge(name.chars().last());
    if !NAME_LENGTHS.contains(&name.len()) || !inside || !edges || name.contains("..") || is_address || is_reserved {
        return Err(failure("InvalidBucketName", 400, "The specified bucket is not valid."));
    }
    Ok(())
}

fn taken() -> Failure {
    let message = "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.";
    failure("BucketAlreadyExists", 409, message)
}

/// Reads the one rule of `OwnershipControls`.
pub(super) fn read_ownership(params: &Params<'_>) -> Result<String, Failure> {
    let controls = params.structure("OwnershipControls")?.ok_or_else(|| malformed("there are no OwnershipControls"))?;
    let rules = controls.structures("Rule")?;
    controls.finish()?;
    let mut ownership = None;
    for rule in rules {
        ownership = one_of(&rule, "ObjectOwnership", &OWNERSHIPS)?.map(str::to_owned);
        rule.finish()?;
    }
    ownership.ok_or_else(|| malformed("there is no ObjectOwnership"))
}
