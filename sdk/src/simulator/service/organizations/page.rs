//! Organizations' pages of 20.

use serde_json::{Value, json};

use crate::simulator::failure::Failure;
use crate::simulator::service::page;
use crate::simulator::wire::Params;

/// Most items on a page (docs/AWS.md D.1).
const PAGE_MAX: i64 = 20;

/// The requested page.
pub(super) struct Page(page::Page);

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
        let page = page::Page::after(size, params.optional_text("NextToken")?);
        let message = "You specified an invalid value for NextToken.";
        page.map(Self).ok_or_else(|| Failure::invalid_argument("INVALID_NEXT_TOKEN", message))
    }

    /// Returns the page of the items, which have their keys.
    pub(super) fn cut(&self, list: &str, items: impl IntoIterator<Item = (String, Value)>) -> Value {
        let page = self.0.cut(items);
        let mut answer = json!({ list: page.items });
        if let Some(next) = page.next {
            answer["NextToken"] = next.into();
        }
        answer
    }
}
