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
