//! A bucket's lifecycle rules: landfall's own, and those that a bucket has.

use serde::Serialize;

use std::collections::BTreeMap;
use std::fmt;

use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, ExpirationStatus, LifecycleExpiration, LifecycleRule, LifecycleRuleFilter, NoncurrentVersionExpiration,
};

use super::settings::incomplete;
use crate::aws::error::AwsError;
use crate::kind::StepError;
use crate::kind::context::required;

/// A lifecycle rule: when the objects under a prefix expire.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// The prefix; empty for everything.
    pub prefix: String,
    /// Days after which objects expire.
    pub days: Option<i32>,
    /// Days after which overwritten and deleted versions expire.
    pub noncurrent_days: Option<i32>,
    /// Days after which unfinished uploads are aborted.
    pub abort_days: Option<i32>,
    /// Whether a delete marker expires when no other version is left.
    pub delete_markers: bool,
}

/// A folder with subfolders that are named by their retention: `flow-logs/90d/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ByDays {
    /// Its name, without a slash.
    pub folder: String,
    /// Days after which old versions expire.
    pub noncurrent_days: i32,
}

impl ByDays {
    /// Returns the subfolder for a retention in days, with a slash at the end.
    #[must_use]
    pub fn prefix(&self, days: impl fmt::Display) -> String {
        format!("{}/{days}d/", self.folder)
    }

    /// Returns the rule for a retention in days, with its id.
    #[must_use]
    pub fn rule(&self, days: i32) -> (String, Rule) {
        let rule = Rule { days: Some(days), noncurrent_days: Some(self.noncurrent_days), ..Rule::of(self.prefix(days)) };
        (format!("{}-{days}d", self.folder), rule)
    }

    /// Returns the rules of subfolders to which nothing is written any more. They are kept: without them the old objects would never
    /// expire.
    pub(super) fn kept(&self, present: &BTreeMap<String, Present>) -> BTreeMap<String, Rule> {
        let of_days = |days: i32| self.rule(days);
        let ours = present.iter().filter_map(|(id, present)| Some((id, present, of_days(present.rule.days?))));
        ours.filter(|(id, present, (own, rule))| *id == own && **present == Present::of(rule.clone())).map(|(_, _, kept)| kept).collect()
    }
}

/// A rule as a bucket has it; one of landfall's rules describes it completely.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Present {
    /// The part of it that landfall's rules can have, too.
    pub rule: Rule,
    /// Whether it does more than landfall's rules can, or applies to some objects only.
    pub does_more: bool,
    /// Whether it is on.
    pub is_on: bool,
}

impl Present {
    /// Returns one of landfall's rules as a bucket has it.
    #[must_use]
    pub fn of(rule: Rule) -> Self {
        Self { rule, does_more: false, is_on: true }
    }
}

impl fmt::Display for Present {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = if self.does_more { ", and more" } else { "" };
        let off = if self.is_on { "" } else { " (off)" };
        write!(f, "{}{more}{off}", self.rule)
    }
}

/// Returns what is deleted sooner with the new rules than with the old ones, in words.
///
/// If nothing was deleted at all, the rules are only restored: keeping everything for ever was not a decision.
pub(super) fn shortened(from: &BTreeMap<String, Present>, to: &BTreeMap<String, Rule>) -> Vec<String> {
    let before = |prefix: &str, days: fn(&Rule) -> Option<i32>| {
        let acting = from.values().filter(|present| present.is_on && !present.does_more && present.rule.prefix == prefix);
        acting.filter_map(|present| days(&present.rule)).min()
    };
    let mut words = Vec::new();
    for rule in to.values() {
        for (what, days) in [("objects", (|rule| rule.days) as fn(&Rule) -> Option<i32>), ("old versions", |rule| rule.noncurrent_days)] {
            if let (Some(was), Some(is)) = (before(&rule.prefix, days), days(rule))
                && is < was
            {
                words.push(format!(
                    "Amazon S3 deletes {what} under {} that are older than {is} days, where it kept them for {was}",
                    rule.prefix
                ));
            }
        }
    }
    words
}

impl Rule {
    /// Returns an empty rule for a prefix.
    #[must_use]
    pub fn of(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), ..Self::default() }
    }

    pub(super) fn sdk(&self, id: &str) -> Result<LifecycleRule, StepError> {
        let expiration = match (self.days, self.delete_markers) {
            (Some(days), _) => Some(LifecycleExpiration::builder().days(days).build()),
            (None, true) => Some(LifecycleExpiration::builder().expired_object_delete_marker(true).build()),
            (None, false) => None,
        };
        LifecycleRule::builder()
            .id(id)
            .status(ExpirationStatus::Enabled)
            .filter(LifecycleRuleFilter::builder().prefix(&self.prefix).build())
            .set_expiration(expiration)
            .set_noncurrent_version_expiration(
                self.noncurrent_days.map(|days| NoncurrentVersionExpiration::builder().noncurrent_days(days).build()),
            )
            .set_abort_incomplete_multipart_upload(
                self.abort_days.map(|days| AbortIncompleteMultipartUpload::builder().days_after_initiation(days).build()),
            )
            .build()
            .map_err(incomplete)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = |days: i32| if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
        let mut words = Vec::new();
        let what = if self.prefix.is_empty() { "everything" } else { &self.prefix };
        match self.days {
            Some(number) => words.push(format!("{what} for {}", days(number))),
            None => words.push(what.to_owned()),
        }
        words.extend(self.noncurrent_days.map(|number| format!("old versions for {}", days(number))));
        words.extend(self.abort_days.map(|number| format!("unfinished uploads for {}", days(number))));
        words.extend(self.delete_markers.then(|| "no lone delete markers".to_owned()));
        f.write_str(&words.join(", "))
    }
}

/// Parses a rule. One that is off, or does more than landfall's rules can, is marked and so equals none of them.
pub(super) fn rule_of(rule: &LifecycleRule) -> Result<(String, Present), AwsError> {
    let filter = rule.filter();
    let expiration = rule.expiration();
    let noncurrent = rule.noncurrent_version_expiration();
    // S3 answers with the prefix in the filter, or beside it for rules of the older form.
    #[expect(deprecated, reason = "rules of the older form are shown like others")]
    let prefix = filter.and_then(LifecycleRuleFilter::prefix).or(rule.prefix()).unwrap_or_default();
    let plain = Rule {
        prefix: prefix.to_owned(),
        days: expiration.and_then(LifecycleExpiration::days),
        noncurrent_days: noncurrent.and_then(NoncurrentVersionExpiration::noncurrent_days),
        abort_days: rule.abort_incomplete_multipart_upload().and_then(AbortIncompleteMultipartUpload::days_after_initiation),
        delete_markers: expiration.and_then(LifecycleExpiration::expired_object_delete_marker).unwrap_or(false),
    };
    let narrowed = filter.is_some_and(|filter| {
        filter.tag().is_some()
            || filter.and().is_some()
            || filter.object_size_greater_than().is_some()
            || filter.object_size_less_than().is_some()
    });
    let more = narrowed
        || !rule.transitions().is_empty()
        || !rule.noncurrent_version_transitions().is_empty()
        || expiration.is_some_and(|expiration| expiration.date().is_some())
        || noncurrent.is_some_and(|noncurrent| noncurrent.newer_noncurrent_versions().is_some_and(|kept| kept > 0));
    let present = Present { rule: plain, does_more: more, is_on: *rule.status() == ExpirationStatus::Enabled };
    Ok((required("s3:GetBucketLifecycleConfiguration", "ID", rule.id())?.to_owned(), present))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Otherwise the logs of a removed environment would never expire.
    #[test]
    fn rules_of_folders_without_new_objects_are_kept() {
        let logs = ByDays { folder: "flow-logs".to_owned(), noncurrent_days: 30 };
        let (id, rule) = logs.rule(90);
        assert_eq!((id.as_str(), rule.prefix.as_str()), ("flow-logs-90d", "flow-logs/90d/"));
        let kept = |id: &str, present: Present| logs.kept(&BTreeMap::from([(id.to_owned(), present)]));
        assert_eq!(kept(&id, Present::of(rule.clone())), BTreeMap::from([(id.clone(), rule.clone())]));
        for (id, present) in [
            ("somebody", Present::of(rule.clone())),
            (id.as_str(), Present::of(Rule { days: Some(1), ..rule.clone() })),
            (id.as_str(), Present { is_on: false, ..Present::of(rule.clone()) }),
            ("flow-logs-1d", Present::of(Rule { days: Some(1), ..rule.clone() })),
        ] {
            assert!(kept(id, present.clone()).is_empty(), "{id}: {present}");
        }
    }

    #[test]
    fn a_rule_is_the_same_after_s3_answers_it() {
        for rule in [
            Rule { days: Some(2555), noncurrent_days: Some(30), ..Rule::of("AWSLogs/") },
            Rule { abort_days: Some(7), delete_markers: true, ..Rule::of("") },
        ] {
            let sent = rule.sdk("x").expect("complete");
            assert_eq!(rule_of(&sent), Ok(("x".to_owned(), Present::of(rule.clone()))));
            let mut off = sent;
            off.status = ExpirationStatus::Disabled;
            assert_eq!(rule_of(&off).expect("it has an id").1.to_string(), format!("{rule} (off)"));
        }
    }

    #[test]
    fn an_earlier_deletion_is_shown_and_a_restored_rule_is_not() {
        let rule = |days: i32, noncurrent: i32| Rule { days: Some(days), noncurrent_days: Some(noncurrent), ..Rule::of("AWSLogs/") };
        let wanted = |days: i32| BTreeMap::from([("trail".to_owned(), rule(days, 30))]);
        let present = |rule: Rule| BTreeMap::from([("x".to_owned(), Present::of(rule))]);
        assert_eq!(
            shortened(&present(rule(2555, 30)), &wanted(365)),
            ["Amazon S3 deletes objects under AWSLogs/ that are older than 365 days, where it kept them for 2555"]
        );
        assert_eq!(shortened(&present(rule(2555, 90)), &wanted(2555)).len(), 1, "old versions count, too");
        assert_eq!(shortened(&present(rule(365, 30)), &wanted(2555)), [""; 0]);
        assert_eq!(shortened(&BTreeMap::new(), &wanted(365)), [""; 0]);
        let elsewhere = Rule { prefix: "flow-logs/365d/".to_owned(), ..rule(365, 30) };
        assert_eq!(shortened(&present(elsewhere), &wanted(30)), [""; 0]);
    }
}
