//! Where a template comes from: the request, a bucket that the caller may read, or the stack.

use serde_json::json;

use super::actor::{By, Target};
use crate::simulator::authorize::Call;
use crate::simulator::failure::Failure;
use crate::simulator::wire::Params;
use crate::simulator::world::World;

/// Longest template in a request, in bytes (CloudFormation quotas).
const BODY_MAX: usize = 51_200;
/// Longest template in a bucket, in bytes (CloudFormation quotas).
const OBJECT_MAX: usize = 1024 * 1024;

/// The template of a request.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source<'a> {
    Body(&'a str),
    Url(&'a str),
    Previous,
}

impl<'a> Source<'a> {
    pub(super) fn read(params: &Params<'a>) -> Result<Self, Failure> {
        let (body, url) = (params.optional_text("TemplateBody")?, params.optional_text("TemplateURL")?);
        let is_previous = params.optional_boolean("UsePreviousTemplate")?.unwrap_or(false);
        match (body, url, is_previous) {
            (Some(body), None, false) if body.len() <= BODY_MAX => Ok(Self::Body(body)),
            (Some(_), None, false) => Err(params.invalid("TemplateBody", "Member must have length less than or equal to 51200")),
            (None, Some(url), false) => Ok(Self::Url(url)),
            (None, None, true) => Ok(Self::Previous),
            (None, None, false) => Err(Failure::validation("Either Template URL or Template Body must be specified.")),
            _ => Err(Failure::validation("You must specify only one of TemplateBody, TemplateURL and UsePreviousTemplate.")),
        }
    }

    pub(super) fn url(self) -> Option<&'a str> {
        match self {
            Self::Url(url) => Some(url),
            Self::Body(_) | Self::Previous => None,
        }
    }

    /// Returns the text of the template.
    pub(super) fn text(self, world: &mut World, call: &Call<'_>, previous: Option<&str>) -> Result<String, Failure> {
        match self {
            Self::Body(body) => Ok(body.to_owned()),
            Self::Previous => {
                let missing = || Failure::validation("UsePreviousTemplate is for stacks that have a template.");
                previous.filter(|text| !text.is_empty()).map(str::to_owned).ok_or_else(missing)
            }
            Self::Url(url) => object(world, call, url),
        }
    }
}

/// Reads an object with the permissions of the caller.
fn object(world: &mut World, call: &Call<'_>, url: &str) -> Result<String, Failure> {
    let (bucket, key) = parse(url).ok_or_else(|| Failure::validation("TemplateURL must be a supported URL."))?;
    if key.contains('?') {
        return Err(Failure::not_implemented("a TemplateURL with a query"));
    }
    // CloudFormation reads buckets of every Region.
    let region = world.buckets.get(bucket).map_or(call.region, |bucket| bucket.region.as_str()).to_owned();
    let by = By::caller(call, &region)?;
    let answer = by.perform(world, Target::S3, "GetObject", &json!({ "Bucket": bucket, "Key": key })).map_err(|failure| {
        let more = "For more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html";
        Failure::validation(format!("S3 error: {}\n{more}", failure.message))
    })?;
    let text = answer.get("Body").and_then(serde_json::Value::as_str).unwrap_or_default();
    if text.len() > OBJECT_MAX {
        return Err(Failure::validation("Template may not exceed 1000000 bytes in size."));
    }
    Ok(text.to_owned())
}

/// Returns the bucket and the key of `https://BUCKET.s3.REGION.amazonaws.com/KEY` or `https://s3.REGION.amazonaws.com/BUCKET/KEY`.
fn parse(url: &str) -> Option<(&str, &str)> {
    let (host, path) = url.strip_prefix("https://")?.split_once('/')?;
    let host = host.strip_suffix(".amazonaws.com")?;
    let found = match host.split_once(".s3") {
        Some((bucket, rest)) if rest.is_empty() || rest.starts_with(['.', '-']) => (bucket, path),
        _ if host == "s3" || host.starts_with("s3.") || host.starts_with("s3-") => path.split_once('/')?,
        _ => return None,
    };
    (!found.0.is_empty() && !found.1.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_in_the_host_or_in_the_path() {
        for (url, expected) in [
            ("https://acme-delivery.s3.eu-west-1.amazonaws.com/apps/shop/a.json", Some(("acme-delivery", "apps/shop/a.json"))),
            ("https://acme.s3.amazonaws.com/a.json", Some(("acme", "a.json"))),
            ("https://s3.eu-west-1.amazonaws.com/acme/a.json", Some(("acme", "a.json"))),
            ("https://s3-eu-west-1.amazonaws.com/acme/a.json", Some(("acme", "a.json"))),
            ("http://acme.s3.amazonaws.com/a.json", None),
            ("https://acme.example.com/a.json", None),
            ("https://acme.s3.amazonaws.com/", None),
        ] {
            assert_eq!(parse(url), expected, "{url}");
        }
    }
}
