//! Objects with small texts: put, read, listed and deleted, with optional conditions.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::entrance::{enter_on, failure, nothing, owned};
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::clock::Timestamp;
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, page, read, write};
use crate::simulator::wire::{Params, percent_encode};
use crate::simulator::world::{Object, World};

pub(super) const OPERATIONS: &[Operation] = &[
    write("PutObject", put_object),
    read("GetObject", get_object),
    write("DeleteObject", delete_object),
    read("ListObjectsV2", list_objects),
];

/// Longest key in bytes (S3 User Guide, "Naming Amazon S3 objects").
const KEY_MAX: usize = 1024;
/// Longest body that is stored; real ones may have gigabytes.
const BODY_MAX: usize = 1024 * 1024;
/// Most objects on a page (S3 API, `ListObjectsV2`).
const PAGE_MAX: i64 = 1000;

fn put_object(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (key, body) = (params.text("Key")?, params.text("Body")?);
    let (matching, none_matching) = (params.optional_text("IfMatch")?, params.optional_text("IfNoneMatch")?);
    let content_type = params.optional_text("ContentType")?;
    let mut ask = Ask::new("s3:PutObject", "");
    // A policy may demand a condition (Amazon S3 User Guide, "Enforce conditional writes on Amazon S3 buckets").
    for (key, value) in [("s3:if-match", matching), ("s3:if-none-match", none_matching)] {
        if let Some(value) = value {
            ask = ask.with(key, value);
        }
    }
    // A policy may have a condition on the requested encryption; objects with another encryption than the bucket's are not
    // supported.
    let mut is_encrypted = false;
    for header in ["x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id"] {
        if let Some(value) = params.optional_text(header)? {
            ask = ask.with(&format!("s3:{header}"), value);
            is_encrypted = true;
        }
    }
    let (pass, name) = enter_on(world, call, params, ask, Some(key))?;
    if is_encrypted {
        return Err(Failure::not_implemented("objects with their own encryption"));
    }
    if matching.is_some() {
        // A caller that learns about an object's content must be allowed to read it (Amazon S3 User Guide, "Conditional writes").
        let bucket = world.bucket(&name)?;
        let ask = Ask::new("s3:GetObject", format!("{}/{key}", bucket.arn()));
        call.may_on(world, ask.clone(), owned(call, bucket, &ask)?)?;
    }
    if key.len() > KEY_MAX {
        return Err(failure("KeyTooLongError", 400, "Your key is too long"));
    }
    if body.len() > BODY_MAX {
        return Err(Failure::not_implemented(format_args!("objects of more than {BODY_MAX} bytes")));
    }
    let bucket = world.bucket_mut(&name)?;
    let old = bucket.objects.get(key);
    if let Some(none) = none_matching {
        if none != "*" {
            return Err(Failure::not_implemented("If-None-Match of PutObject with anything but *"));
        }
        if old.is_some() {
            return Err(unmet());
        }
    }
    check_match(matching, old)?;
    bucket.has_old_versions |= old.is_some() && bucket.versioning.is_some();
    let etag = etag(body);
    let object = Object { body: body.to_owned(), content_type: content_type.map(str::to_owned), etag: etag.clone(), made: call.now };
    bucket.objects.insert(key.to_owned(), object);
    Ok(pass.answer(json!({ "ETag": etag })))
}

fn get_object(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (key, matching) = (params.text("Key")?, params.optional_text("IfMatch")?);
    let (pass, name) = enter_on(world, call, params, Ask::new("s3:GetObject", ""), Some(key))?;
    let bucket = world.bucket(&name)?;
    let Some(object) = bucket.objects.get(key) else {
        // A caller that may not list does not learn that the object is missing.
        let ask = Ask::new("s3:ListBucket", bucket.arn());
        call.may_on(world, ask.clone(), owned(call, bucket, &ask)?)?;
        return Err(no_key());
    };
    check_match(matching, Some(object))?;
    Ok(pass.answer(json!({
        "Body": object.body,
        "ETag": object.etag,
        "LastModified": http_date(object.made),
        "ContentType": object.content_type,
    })))
}

fn delete_object(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (key, matching) = (params.text("Key")?, params.optional_text("IfMatch")?);
    let (pass, name) = enter_on(world, call, params, Ask::new("s3:DeleteObject", ""), Some(key))?;
    let bucket = world.bucket_mut(&name)?;
    check_match(matching, bucket.objects.get(key))?;
    // With versioning, deleting a missing object creates a marker too.
    bucket.has_old_versions |= bucket.versioning.is_some();
    bucket.objects.remove(key);
    Ok(pass.answer(nothing()))
}

/// An entry of a listing: an object, or all keys that are equal up to a delimiter.
const COMMON: &str = "CommonPrefix";

fn list_objects(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let prefix = params.optional_text("prefix")?.unwrap_or_default();
    let size = params.optional_integer("max-keys", 1..=PAGE_MAX)?.unwrap_or(PAGE_MAX);
    let encoding = params.optional_text("encoding-type")?;
    let delimiter = params.optional_text("delimiter")?.filter(|delimiter| !delimiter.is_empty());
    let page = page::Page::after(size, params.optional_text("continuation-token")?);
    let page = page.ok_or_else(|| params.invalid("continuation-token", "The continuation token provided is incorrect"))?;
    let mut ask = Ask::new("s3:ListBucket", "").with("s3:prefix", prefix).with("s3:max-keys", size.to_string());
    if let Some(delimiter) = delimiter {
        ask = ask.with("s3:delimiter", delimiter);
    }
    let (pass, name) = enter_on(world, call, params, ask, None)?;
    if encoding.is_some_and(|encoding| encoding != "url") {
        return Err(failure("InvalidArgument", 400, "Invalid Encoding Method specified in Request"));
    }
    let shown_key = |key: &str| if encoding.is_some() { percent_encode(key).replace("%2F", "/") } else { key.to_owned() };
    let objects = world.bucket(&name)?.objects.iter().filter(|(key, _)| key.starts_with(prefix));
    // A common prefix counts as one key, in sort order (S3 API, `ListObjectsV2`).
    let shown: BTreeMap<String, Value> = objects
        .map(|(key, object)| {
            if let Some(common) = delimiter.and_then(|delimiter| common(key, prefix, delimiter)) {
                return (common.to_owned(), json!({ COMMON: shown_key(common) }));
            }
            let value = json!({
                "Key": shown_key(key),
                "LastModified": object.made.iso(),
                "ETag": object.etag,
                "Size": object.body.len(),
                "StorageClass": "STANDARD",
            });
            (key.clone(), value)
        })
        .collect();
    let cut = page.cut(shown);
    let items = cut.items.as_array().map(Vec::as_slice).unwrap_or_default();
    let (common, objects): (Vec<&Value>, Vec<&Value>) = items.iter().partition(|item| item.get(COMMON).is_some());
    let common: Vec<Value> = common.into_iter().map(|item| json!({ "Prefix": item[COMMON] })).collect();
    Ok(pass.answer(json!({
        "Name": name,
        "Prefix": shown_key(prefix),
        "Delimiter": delimiter.map(shown_key),
        "KeyCount": items.len(),
        "MaxKeys": size,
        "IsTruncated": cut.next.is_some(),
        "NextContinuationToken": cut.next,
        "EncodingType": encoding,
        "Contents": objects,
        "CommonPrefixes": common,
    })))
}

/// Returns the beginning of a key up to the first delimiter after the prefix, if there is one.
fn common<'k>(key: &'k str, prefix: &str, delimiter: &str) -> Option<&'k str> {
    let rest = key.get(prefix.len()..)?;
    let end = prefix.len() + rest.find(delimiter)? + delimiter.len();
    key.get(..end)
}

fn check_match(wanted: Option<&str>, object: Option<&Object>) -> Result<(), Failure> {
    let bare = |etag: &str| etag.trim_matches('"').to_owned();
    match (wanted, object) {
        (None, _) => Ok(()),
        (Some(_), None) => Err(no_key()),
        (Some(wanted), Some(object)) if wanted == "*" || bare(wanted) == bare(&object.etag) => Ok(()),
        (Some(_), Some(_)) => Err(unmet()),
    }
}

/// Returns an entity tag that differs for different bodies. AWS's is often an MD5 sum, but clients must not rely on that.
fn etag(body: &str) -> String {
    // FNV-1a with its own offset, and again with another.
    let hash = |offset: u64| body.bytes().fold(offset, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("\"{:016x}{:016x}\"", hash(0xcbf2_9ce4_8422_2325), hash(0x9E37_79B9_7F4A_7C15))
}

fn http_date(time: Timestamp) -> String {
    let date = aws_smithy_types::DateTime::from(std::time::SystemTime::from(time));
    date.fmt(aws_smithy_types::date_time::Format::HttpDate).unwrap_or_default()
}

fn unmet() -> Failure {
    failure("PreconditionFailed", 412, "At least one of the pre-conditions you specified did not hold")
}

fn no_key() -> Failure {
    failure("NoSuchKey", 404, "The specified key does not exist.")
}
