//! Tags, and what landfall's own mean: the organization that a resource belongs to, and its address.

use std::collections::BTreeMap;

use crate::address::Address;
use crate::name::OrganizationName;

/// Tags of one thing, by key.
pub type Tags = BTreeMap<String, String>;

/// The tag that names the organization that a resource was made for.
pub const ORGANIZATION: &str = "landfall:organization";
/// The tag that carries a thing's address.
pub const ADDRESS: &str = "landfall:address";
/// The tag on the organization's root that names the home Region.
pub const REGION: &str = "landfall:region";
/// The tag on the organization's root that names the Regions its guardrails allow; split into several tags.
pub const REGIONS: &str = "landfall:regions";
/// The tag on the organization's root that names the environments, each with its tier and the one it follows; split into several tags.
pub const ENVIRONMENTS: &str = "landfall:environments";
/// The tag on an account that names its environment.
pub const ENVIRONMENT: &str = "landfall:environment";
/// The tag on an account that names its workload.
pub const WORKLOAD: &str = "landfall:workload";
/// The tag on an account that names its roles, each with its longest session; split into several tags.
pub const ROLES: &str = "landfall:roles";
/// The prefix of all tag keys of landfall; guardrail protect-landfall denies them to everyone else.
pub const PREFIX: &str = "landfall:";

/// The owner of a resource according to its tags.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the three answers are the design")]
pub enum Owner {
    /// This organization's, under this address.
    Ours(Address),
    /// Made by landfall for another organization's name.
    Other(String),
    /// Without landfall's tags.
    Nobody,
}

/// Returns the two tags of every resource that landfall manages.
#[must_use]
pub fn ours(organization: &OrganizationName, address: &Address) -> Tags {
    Tags::from([(ORGANIZATION.to_owned(), organization.to_string()), (ADDRESS.to_owned(), address.to_string())])
}

/// Reads the owner from a resource's tags. A tag with an invalid address means another owner.
#[must_use]
pub fn owner(tags: &Tags, organization: &OrganizationName) -> Owner {
    match (tags.get(ORGANIZATION), tags.get(ADDRESS)) {
        (Some(name), _) if name != organization.as_str() => Owner::Other(name.clone()),
        (Some(_), Some(address)) => address.parse().map_or_else(|_| Owner::Other(format!("unknown address {address}")), Owner::Ours),
        _ => Owner::Nobody,
    }
}

/// Returns the tags of `wanted` that `present` lacks or has with another value. Other tags are left alone.
#[must_use]
pub fn missing(wanted: &Tags, present: &Tags) -> Tags {
    wanted.iter().filter(|(key, value)| present.get(*key) != Some(value)).map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Returns whether at least one of landfall's tags is still as it should be, and none names another owner: a managed resource from which
/// one tag was removed.
#[must_use]
pub fn still_carries_ours(wanted: &Tags, present: &Tags) -> bool {
    let own = |key: &str| present.get(key).map(|value| wanted.get(key) == Some(value));
    match (own(ORGANIZATION), own(ADDRESS)) {
        (Some(false), _) | (_, Some(false)) | (None, None) => false,
        (Some(true), _) | (_, Some(true)) => true,
    }
}

/// Longest value of a tag (docs/AWS.md D.7).
#[cfg(any(feature = "operate", test))]
const VALUE_MAX: usize = crate::aws::quotas::TAG_VALUE_CHARACTERS;
/// The end of every part except the last one; it keeps parts that are left from a longer text from being read.
#[cfg(any(feature = "operate", feature = "discovery", test))]
const GOES_ON: &str = " +";

/// Splits words that may not fit one tag into `KEY`, `KEY:2`, `KEY:3`, in their order.
#[cfg(any(feature = "operate", test))]
pub(crate) fn in_parts(key: &str, words: impl IntoIterator<Item = String>) -> Tags {
    let mut parts = vec![String::new()];
    for word in words {
        let last = parts.last_mut().expect("at least one part");
        if last.is_empty() {
            *last = word;
        } else if last.len() + 1 + word.len() + GOES_ON.len() <= VALUE_MAX {
            last.push(' ');
            last.push_str(&word);
        } else {
            last.push_str(GOES_ON);
            parts.push(word);
        }
    }
    parts.retain(|part| !part.is_empty());
    parts.into_iter().enumerate().map(|(n, part)| (part_key(key, n), part)).collect()
}

/// Reads what [`in_parts`] wrote.
#[cfg(any(feature = "discovery", test))]
pub(crate) fn from_parts<'t>(key: &str, tags: &'t Tags) -> Vec<&'t str> {
    let mut words = Vec::new();
    for n in 0.. {
        let Some(part) = tags.get(&part_key(key, n)) else { break };
        let more = part.strip_suffix(GOES_ON);
        words.extend(more.unwrap_or(part).split(' ').filter(|word| !word.is_empty()));
        if more.is_none() {
            break;
        }
    }
    words
}

#[cfg(any(feature = "operate", feature = "discovery", test))]
fn part_key(key: &str, n: usize) -> String {
    if n == 0 { key.to_owned() } else { format!("{key}:{}", n + 1) }
}

/// A tag in the form that most services use: `Key` and `Value`.
#[cfg(feature = "operate")]
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Tag {
    key: String,
    #[serde(default)]
    value: String,
}

/// Returns tags as they are sent.
#[cfg(feature = "operate")]
pub(crate) fn written(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect()
}

/// Returns tags as landfall compares them.
#[cfg(feature = "operate")]
pub(crate) fn read(tags: &[Tag]) -> Tags {
    tags.iter().map(|Tag { key, value }| (key.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::literal;

    #[test]
    fn owners() {
        let acme: OrganizationName = literal("acme");
        let address: Address = "account/prod".parse().expect("valid");
        assert_eq!(owner(&ours(&acme, &address), &acme), Owner::Ours(address.clone()));
        assert_eq!(owner(&ours(&literal("other"), &address), &acme), Owner::Other("other".to_owned()));
        assert_eq!(owner(&Tags::from([("Name".to_owned(), "x".to_owned())]), &acme), Owner::Nobody);
        let forged = Tags::from([(ORGANIZATION.to_owned(), "acme".to_owned()), (ADDRESS.to_owned(), "nonsense".to_owned())]);
        assert!(matches!(owner(&forged, &acme), Owner::Other(_)));
    }

    #[test]
    fn only_what_differs_is_missing() {
        let wanted = Tags::from([("a".to_owned(), "1".to_owned()), ("b".to_owned(), "2".to_owned())]);
        let present = Tags::from([("a".to_owned(), "1".to_owned()), ("b".to_owned(), "3".to_owned()), ("c".to_owned(), "4".to_owned())]);
        assert_eq!(missing(&wanted, &present), Tags::from([("b".to_owned(), "2".to_owned())]));
    }

    #[test]
    fn one_tag_is_enough_to_recognize_a_managed_resource() {
        let ours = ours(&literal("acme"), &"account/prod".parse().expect("valid"));
        let without =
            |key: &str| ours.iter().filter(|(own, _)| *own != key).map(|(key, value)| (key.clone(), value.clone())).collect::<Tags>();
        assert!(still_carries_ours(&ours, &without(ADDRESS)) && still_carries_ours(&ours, &without(ORGANIZATION)));
        assert!(!still_carries_ours(&ours, &Tags::new()));
        let other = Tags::from([(ORGANIZATION.to_owned(), "other".to_owned()), (ADDRESS.to_owned(), "account/prod".to_owned())]);
        assert!(!still_carries_ours(&ours, &other));
    }

    #[test]
    fn many_words_are_several_tags() {
        for count in [0, 1, 5, 40, 200] {
            let words: Vec<String> = (0..count).map(|n| format!("word-{n}:3600")).collect();
            let mut tags = in_parts("k", words.clone());
            assert!(tags.values().all(|part| part.len() <= VALUE_MAX), "{tags:?}");
            // Parts that are left from a longer text are ignored.
            tags.entry(format!("k:{}", tags.len() + 1)).or_insert_with(|| "old".to_owned());
            assert_eq!(from_parts("k", &tags), words, "{count}");
        }
    }
}
