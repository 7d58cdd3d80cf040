//! Pages of 20, as Organizations cuts them.
//!
//! A token names the last key that was given out, so that what is made or removed between two pages neither repeats nor hides
//! anything else.

use serde_json::{Value, json};

use crate::simulator::failure::Failure;
use crate::simulator::wire::Params;

/// Most items on a page (aws-facts D.1).
const PAGE_MAX: i64 = 20;
const TOKEN_PREFIX: &str = "page-after-";

/// Which page is wanted.
pub(super) struct Page {
    size: usize,
    after: Option<String>,
}

impl Page {
    /// Reads `MaxResults` and `NextToken`.
    pub(super) fn read(params: &Params<'_>) -> Result<Self, Failure> {
        let size = params.optional_integer("MaxResults", 1..=PAGE_MAX)?.unwrap_or(PAGE_MAX);
        Self::with_size(params, size)
    }

    /// Reads `NextToken` of a call that takes no page size.
    pub(super) fn read_unsized(params: &Params<'_>) -> Result<Self, Failure> {
        Self::with_size(params, PAGE_MAX)
    }

    fn with_size(params: &Params<'_>, size: i64) -> Result<Self, Failure> {
        let invalid = || Failure::invalid_argument("INVALID_NEXT_TOKEN", "You specified an invalid value for NextToken.");
        let after = match params.optional_text("NextToken")? {
            None => None,
            Some(token) => Some(token.strip_prefix(TOKEN_PREFIX).ok_or_else(invalid)?.to_owned()),
        };
        Ok(Self { size: usize::try_from(size).unwrap_or(1), after })
    }

    /// Cuts the page out of items with their keys.
    pub(super) fn cut(&self, list: &str, items: impl IntoIterator<Item = (String, Value)>) -> Value {
        let mut items: Vec<(String, Value)> = items.into_iter().collect();
        items.sort_by(|(one, _), (other, _)| one.cmp(other));
        items.retain(|(key, _)| self.after.as_ref().is_none_or(|after| key > after));
        let more = items.len() > self.size;
        items.truncate(self.size);
        let token = items.last().filter(|_| more).map(|(key, _)| format!("{TOKEN_PREFIX}{key}"));
        let mut answer = json!({ list: items.into_iter().map(|(_, value)| value).collect::<Value>() });
        if let Some(token) = token {
            answer["NextToken"] = token.into();
        }
        answer
    }
}
