//! Pages: the part that all services share.
//!
//! A token contains the last key that was returned, so that items that are created or deleted between two pages neither repeat nor
//! hide others.

use serde_json::Value;

const TOKEN_PREFIX: &str = "page-after-";
/// The token of the first page.
pub(crate) const FIRST_PAGE: &str = TOKEN_PREFIX;

/// The requested page.
pub(super) struct Page {
    size: usize,
    after: Option<String>,
}

/// One page.
pub(super) struct Cut {
    pub(super) items: Value,
    /// The token of the next page, if there is one.
    pub(super) next: Option<String>,
}

impl Page {
    /// Returns the page after a token, or `None` if the token is not valid.
    pub(super) fn after(size: i64, token: Option<&str>) -> Option<Self> {
        let after = match token {
            None => None,
            Some(token) => Some(token.strip_prefix(TOKEN_PREFIX)?.to_owned()),
        };
        Some(Self { size: usize::try_from(size).unwrap_or(1), after })
    }

    /// Returns the page of the items, which have their keys.
    pub(super) fn cut(&self, items: impl IntoIterator<Item = (String, Value)>) -> Cut {
        let mut items: Vec<(String, Value)> = items.into_iter().collect();
        items.sort_by(|(one, _), (other, _)| one.cmp(other));
        items.retain(|(key, _)| self.after.as_ref().is_none_or(|after| key > after));
        let more = items.len() > self.size;
        items.truncate(self.size);
        let next = items.last().filter(|_| more).map(|(key, _)| format!("{TOKEN_PREFIX}{key}"));
        Cut { items: items.into_iter().map(|(_, value)| value).collect(), next }
    }
}
