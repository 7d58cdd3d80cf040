//! Pages with `Marker` and `IsTruncated`, as IAM cuts them.

use serde_json::{Value, json};

use crate::simulator::failure::Failure;
use crate::simulator::wire::Params;

/// Items on a page unless the caller says otherwise, and at most (aws-facts D.3).
const PAGE_DEFAULT: i64 = 100;
const PAGE_MAX: i64 = 1000;
const MARKER_PREFIX: &str = "page-after-";

/// Which page is wanted.
pub(super) struct Page {
    size: usize,
    after: Option<String>,
}

impl Page {
    /// Reads `MaxItems` and `Marker`.
    pub(super) fn read(params: &Params<'_>) -> Result<Self, Failure> {
        let size = params.optional_integer("MaxItems", 1..=PAGE_MAX)?.unwrap_or(PAGE_DEFAULT);
        let after = match params.optional_text("Marker")? {
            None => None,
            Some(marker) => {
                let after = marker.strip_prefix(MARKER_PREFIX).ok_or_else(|| Failure::validation("Invalid Marker."))?;
                Some(after.to_owned())
            }
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
        let marker = items.last().filter(|_| more).map(|(key, _)| format!("{MARKER_PREFIX}{key}"));
        json!({
            list: items.into_iter().map(|(_, value)| value).collect::<Value>(),
            "IsTruncated": more,
            "Marker": marker,
        })
    }
}
