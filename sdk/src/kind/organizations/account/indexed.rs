//! The tags of many accounts at once, from AWS's index of tags.
//!
//! A page of the index has the tags of a hundred accounts; Organizations itself answers for one account at a time, ten a second (docs/AWS.md
//! 1.4, 10.1). The index follows Organizations with a delay, and may lack accounts. So it is believed only where it shows an account exactly
//! as it is wanted: nothing comes of that. Whatever something would come of, a step or another owner, is what Organizations answers.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::{Account, Desired, Observed};
use crate::aws::client::{Paged, requests};
use crate::aws::error::AwsError;
use crate::aws::limits;
use crate::aws::tags::{self, Tag, Tags};
use crate::id::AccountId;
use crate::kind::{Context, Kind};
use crate::name::literal;

/// The Region in whose index accounts are: that of Organizations in the partition `aws`, which is the only supported one (docs/AWS.md 10.1).
const REGION: &str = "us-east-1";
/// Most resources on a page (docs/AWS.md 10.1).
const PAGE: u8 = 100;
/// How long a failing index is tried: a shortcut must not cost more than it saves.
const PATIENCE: Duration = Duration::from_secs(10);
/// The call that the index replaces.
const SINGLE: &str = "organizations:ListTagsForResource";

requests! { TAGGING, "tag":
    GetResources { resource_type_filters: [&'static str; 1], resources_per_page: u8, pagination_token: Option<String> } -> Page,
}

/// A page of the index.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    #[serde(default)]
    resource_tag_mapping_list: Vec<Entry>,
    pagination_token: Option<String>,
}

/// A resource in the index.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    #[serde(rename = "ResourceARN")]
    arn: String,
    #[serde(default)]
    tags: Vec<Tag>,
}

impl Paged for GetResources {
    type Item = Entry;

    fn at(&mut self, token: String) {
        self.pagination_token = Some(token);
    }

    fn items(page: Page) -> (Vec<Entry>, Option<String>) {
        (page.resource_tag_mapping_list, page.pagination_token)
    }
}

/// What the index has, and what it is compared with.
#[derive(Debug, Default)]
pub(super) struct Indexed<'a> {
    tags: BTreeMap<AccountId, Tags>,
    wanted: &'a [&'a Desired],
    failure: Option<AwsError>,
}

impl<'a> Indexed<'a> {
    /// Reads the index. If it cannot be read it counts as empty: everything it has can be had from Organizations.
    pub(super) async fn read(cx: &Context<'_>, wanted: &'a [&'a Desired]) -> Self {
        let session = cx.session().in_region(&literal(REGION));
        let retry = cx.retry().throttled_within(PATIENCE).unanswered_within(PATIENCE);
        let mut first = GetResources { resource_type_filters: ["organizations:account"], resources_per_page: PAGE, pagination_token: None };
        match cx.through(&session).pages_with(&retry, &mut first).await {
            Ok(entries) => {
                let tags = entries.iter().filter_map(|entry| Some((account(&entry.arn)?, tags::read(&entry.tags)))).collect();
                Self { tags, wanted, failure: None }
            }
            Err(error) => Self { tags: BTreeMap::new(), wanted, failure: Some(error) },
        }
    }

    /// Returns the tags of an account if the index shows them, and they are those that are wanted.
    pub(super) fn settled(&self, listed: &Observed) -> Option<&Tags> {
        let present = self.tags.get(listed.id.as_ref()?)?;
        let mut wanted = self.wanted.iter().filter(|wanted| Account::matches(wanted, listed)).peekable();
        wanted.peek()?;
        wanted.all(|wanted| tags::missing(&wanted.tags, present).is_empty()).then_some(present)
    }

    /// Reports that the index was of no use, if that takes time: so many accounts were read one by one.
    pub(super) fn report(&self, cx: &Context<'_>, one_by_one: usize) {
        let seconds = limits::waiting(SINGLE, one_by_one).as_secs();
        if seconds == 0 {
            return;
        }
        let (why, hint) = match &self.failure {
            None if self.tags.is_empty() => (
                format!("AWS's index of tags in {REGION} has no account"),
                "the plan is the same, it only takes longer; accounts are in the index some minutes after they were tagged".to_owned(),
            ),
            None => return,
            Some(error) => {
                let hint = if error.is_denied() {
                    "allow the caller tag:GetResources (docs/PERMISSIONS.md); the plan is the same without it, it only takes longer"
                } else {
                    "the plan is the same, it only takes longer"
                };
                (format!("AWS's index of tags in {REGION} could not be read ({error})"), hint.to_owned())
            }
        };
        cx.notice(format!("{why}: the tags of {one_by_one} accounts were read one by one, {seconds} s"), hint);
    }
}

/// Returns the account of an ARN: `arn:aws:organizations::MANAGEMENT:account/o-…/ACCOUNT`.
fn account(arn: &str) -> Option<AccountId> {
    arn.split(':').nth(5)?.strip_prefix("account/")?.rsplit('/').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::organizations::account::State;

    const ID: &str = "222233334444";

    fn tagged(pairs: &[(&str, &str)]) -> Tags {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn wanted(email: &str, id: Option<&str>, tags: &[(&str, &str)]) -> Desired {
        Desired {
            name: "acme-prod".to_owned(),
            email: literal(email),
            email_written: false,
            id: id.map(literal),
            unit: "ou-1".into(),
            unit_path: "Workloads".to_owned(),
            access_role: "OrganizationAccountAccessRole".to_owned(),
            tags: tagged(tags),
        }
    }

    #[test]
    fn the_index_is_believed_only_where_it_shows_what_is_wanted() {
        let listed = Observed {
            id: Some(literal(ID)),
            name: "acme-prod".to_owned(),
            email: Some("aws+prod@acme.example".to_owned()),
            state: State::Active,
            joined: None,
            is_new: false,
            parent: "ou-1".to_owned(),
            tags: Tags::new(),
        };
        let prod = wanted("aws+prod@acme.example", None, &[("landfall:address", "account/prod"), ("owner", "platform")]);
        let by_id = wanted("aws+else@acme.example", Some(ID), &[("landfall:address", "account/else"), ("owner", "platform")]);
        let other = wanted("aws+other@acme.example", None, &[("owner", "platform")]);
        let settled = [("landfall:address", "account/prod"), ("owner", "platform")];
        let more = [("landfall:address", "account/prod"), ("owner", "platform"), ("more", "is fine")];
        let old = [("landfall:address", "account/prod"), ("owner", "nobody")];
        let elsewhere = [("landfall:address", "account/other"), ("owner", "platform")];
        for (shown, wanted, is_believed) in [
            (Some(&settled[..]), &[&other, &prod][..], true),
            (Some(&more), &[&prod], true),
            (Some(&old), &[&prod], false),
            (Some(&settled[..1]), &[&prod], false),
            (Some(&settled[1..]), &[&prod], false),
            (Some(&elsewhere), &[&prod], false),
            (Some(&[]), &[&prod], false),
            (None, &[&prod], false),
            // Nobody wants it, so nothing is known about its tags.
            (Some(&settled), &[&other], false),
            (Some(&settled), &[], false),
            // Two want it: then one of them is refused, for its tags.
            (Some(&settled), &[&prod, &by_id], false),
        ] {
            let tags = shown.map(|shown| (literal(ID), tagged(shown))).into_iter().collect();
            let indexed = Indexed { tags, wanted, failure: None };
            assert_eq!(indexed.settled(&listed).is_some(), is_believed, "{shown:?} {wanted:?}");
        }
    }

    #[test]
    fn answers_are_read() {
        let arn = format!("arn:aws:organizations::111111111111:account/o-exampleorgid/{ID}");
        let text = format!(
            r#"{{"PaginationToken":"","ResourceTagMappingList":[{{"ResourceARN":"{arn}","Tags":[{{"Key":"owner","Value":""}}],"ComplianceDetails":{{}}}},{{"ResourceARN":"arn:aws:organizations::111111111111:ou/o-exampleorgid/ou-1"}}]}}"#
        );
        let (entries, next) = GetResources::items(serde_json::from_str(&text).expect("a page"));
        let read: Vec<_> = entries.iter().map(|entry| (account(&entry.arn), tags::read(&entry.tags))).collect();
        assert_eq!(read, [(Some(literal(ID)), tagged(&[("owner", "")])), (None, Tags::new())]);
        assert_eq!(next.as_deref(), Some(""), "the last page");
        assert!(GetResources::items(serde_json::from_str("{}").expect("an empty page")).0.is_empty());
    }
}
