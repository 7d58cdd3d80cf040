//! Settings of buckets: public access, ownership, versions, encryption, tags.

use serde_json::{Map, Value, json};

use super::buckets;
use super::entrance::{enter, enter_on, failure, malformed, nothing, one_of};
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::stored::{read_tags, show_tags};
use crate::simulator::wire::Params;
use crate::simulator::world::{Bucket, PublicAccess, World};

pub(super) const OPERATIONS: &[Operation] = &[
    read("GetPublicAccessBlock", get_public_access),
    write("PutPublicAccessBlock", put_public_access),
    write("DeletePublicAccessBlock", delete_public_access),
    read("GetBucketOwnershipControls", get_ownership),
    write("PutBucketOwnershipControls", put_ownership),
    write("DeleteBucketOwnershipControls", delete_ownership),
    read("GetBucketVersioning", get_versioning),
    write("PutBucketVersioning", put_versioning),
    read("GetBucketEncryption", get_encryption),
    write("PutBucketEncryption", put_encryption),
    read("GetBucketTagging", get_tagging),
    write("PutBucketTagging", put_tagging),
    write("DeleteBucketTagging", delete_tagging),
];

fn get_public_access(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (pass, name) = enter(world, call, params, "s3:GetBucketPublicAccessBlock")?;
    let missing = || failure("NoSuchPublicAccessBlockConfiguration", 404, "The public access block configuration was not found");
    let access = world.bucket(&name)?.public_access.ok_or_else(missing)?;
    Ok(pass.answer(json!({ "PublicAccessBlockConfiguration": {
        "BlockPublicAcls": access.block_acls,
        "IgnorePublicAcls": access.ignore_acls,
        "BlockPublicPolicy": access.block_policy,
        "RestrictPublicBuckets": access.restrict,
    } })))
}

fn put_public_access(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let configuration = params.structure("PublicAccessBlockConfiguration")?.ok_or_else(|| malformed("there is no configuration"))?;
    // Settings that are not given are off.
    let flag = |name: &str| Ok::<_, Failure>(configuration.optional_boolean(name)?.unwrap_or(false));
    let access = PublicAccess {
        block_acls: flag("BlockPublicAcls")?,
        ignore_acls: flag("IgnorePublicAcls")?,
        block_policy: flag("BlockPublicPolicy")?,
        restrict: flag("RestrictPublicBuckets")?,
    };
    configuration.finish()?;
    change(world, call, params, "s3:PutBucketPublicAccessBlock", |bucket| bucket.public_access = Some(access))
}

fn delete_public_access(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    change(world, call, params, "s3:PutBucketPublicAccessBlock", |bucket| bucket.public_access = None)
}

fn get_ownership(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (pass, name) = enter(world, call, params, "s3:GetBucketOwnershipControls")?;
    let missing = || failure("OwnershipControlsNotFoundError", 404, "The bucket ownership controls were not found");
    let ownership = world.bucket(&name)?.ownership.as_ref().ok_or_else(missing)?;
    Ok(pass.answer(json!({ "OwnershipControls": { "Rule": [{ "ObjectOwnership": ownership }] } })))
}

fn put_ownership(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let ownership = buckets::read_ownership(&params)?;
    change(world, call, params, "s3:PutBucketOwnershipControls", |bucket| bucket.ownership = Some(ownership))
}

fn delete_ownership(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    change(world, call, params, "s3:PutBucketOwnershipControls", |bucket| bucket.ownership = None)
}

fn get_versioning(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (pass, name) = enter(world, call, params, "s3:GetBucketVersioning")?;
    Ok(pass.answer(json!({ "Status": world.bucket(&name)?.versioning })))
}

fn put_versioning(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let configuration = params.structure("VersioningConfiguration")?.ok_or_else(|| malformed("there is no configuration"))?;
    let status = one_of(&configuration, "Status", &["Enabled", "Suspended"])?.ok_or_else(|| malformed("there is no Status"))?;
    configuration.finish()?;
    change(world, call, params, "s3:PutBucketVersioning", |bucket| bucket.versioning = Some(status.to_owned()))
}

fn get_encryption(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (pass, name) = enter(world, call, params, "s3:GetEncryptionConfiguration")?;
    // Every bucket is encrypted; without a configuration, with S3's own keys (docs/AWS.md D.4).
    let default =
        || json!({ "Rule": [{ "ApplyServerSideEncryptionByDefault": { "SSEAlgorithm": "AES256" }, "BucketKeyEnabled": "false" }] });
    let configuration = world.bucket(&name)?.encryption.clone().unwrap_or_else(default);
    Ok(pass.answer(json!({ "ServerSideEncryptionConfiguration": configuration })))
}

fn put_encryption(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let configuration = params.structure("ServerSideEncryptionConfiguration")?.ok_or_else(|| malformed("there is no configuration"))?;
    let rules = configuration.structures("Rule")?;
    configuration.finish()?;
    let [rule] = rules.as_slice() else { return Err(malformed("there must be one Rule")) };
    let default = rule.structure("ApplyServerSideEncryptionByDefault")?.ok_or_else(|| malformed("there is no default"))?;
    let algorithm = one_of(&default, "SSEAlgorithm", &["AES256", "aws:kms", "aws:kms:dsse"])?;
    let algorithm = algorithm.ok_or_else(|| malformed("there is no SSEAlgorithm"))?;
    // Whether the key exists is not checked here (docs/AWS.md 4.3).
    let key = default.optional_text("KMSMasterKeyID")?;
    default.finish()?;
    if key.is_some() && algorithm == "AES256" {
        let message = "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse";
        return Err(failure("InvalidArgument", 400, message));
    }
    let bucket_key = rule.optional_boolean("BucketKeyEnabled")?.unwrap_or(false);
    let mut by_default = Map::from_iter([("SSEAlgorithm".to_owned(), Value::from(algorithm))]);
    by_default.extend(key.map(|key| ("KMSMasterKeyID".to_owned(), Value::from(key))));
    let kept = json!({ "Rule": [{ "ApplyServerSideEncryptionByDefault": by_default, "BucketKeyEnabled": bucket_key.to_string() }] });
    for rule in rules {
        rule.finish()?;
    }
    change(world, call, params, "s3:PutEncryptionConfiguration", |bucket| bucket.encryption = Some(kept))
}

fn get_tagging(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (pass, name) = enter(world, call, params, "s3:GetBucketTagging")?;
    let tags = world.bucket(&name)?.tags.as_ref();
    let tags = tags.ok_or_else(|| failure("NoSuchTagSet", 404, "The TagSet does not exist"))?;
    Ok(pass.answer(json!({ "TagSet": { "Tag": show_tags(tags) } })))
}

fn put_tagging(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let tagging = params.structure("Tagging")?.ok_or_else(|| malformed("there is no Tagging"))?;
    let set = tagging.structure("TagSet")?.ok_or_else(|| malformed("there is no TagSet"))?;
    tagging.finish()?;
    let tags = read_tags(&set, "Tag")?;
    set.finish()?;
    let ask = Ask::new("s3:PutBucketTagging", "").request_tags(&tags);
    let (pass, name) = enter_on(world, call, params, ask, None)?;
    world.bucket_mut(&name)?.tags = Some(tags);
    Ok(pass.answer(nothing()))
}

fn delete_tagging(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    change(world, call, params, "s3:PutBucketTagging", |bucket| bucket.tags = None)
}

/// Changes a setting, if the caller may.
pub(super) fn change(
    world: &mut World,
    call: &Call<'_>,
    params: Params<'_>,
    action: &'static str,
    edit: impl FnOnce(&mut Bucket),
) -> Result<Answer, Failure> {
    let (pass, name) = enter(world, call, params, action)?;
    edit(world.bucket_mut(&name)?);
    Ok(pass.answer(nothing()))
}
