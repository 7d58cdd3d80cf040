//! IAM's pages, with `Marker` and `IsTruncated`.

use serde_json::{Value, json};

use crate::simulator::failure::Failure;
use crate::simulator::service::page;
use crate::simulator::wire::Params;

/// Items on a page by default, and at most (docs/AWS.md D.3).
const PAGE_DEFAULT: i64 = 100;
const PAGE_MAX: i64 = 1000;

/// The requested page.
pub(super) struct Page(page::Page);

impl Page {
    /// Reads `MaxItems` and `Marker`.
    pub(super) fn read(params: &Params<'_>) -> Result<Self, Failure> {
        let size = params.optional_integer("MaxItems", 1..=PAGE_MAX)?.unwrap_or(PAGE_DEFAULT);
        let page = page::Page::after(size, params.optional_text("Marker")?);
        page.map(Self).ok_or_else(|| Failure::validation("Invalid Marker."))
    }

    /// Returns the page of the items, which have their keys.
    pub(super) fn cut(&self, list: &str, items: impl IntoIterator<Item = (String, Value)>) -> Value {
        let page = self.0.cut(items);
        json!({ list: page.items, "IsTruncated": page.next.is_some(), "Marker": page.next })
    }
}
