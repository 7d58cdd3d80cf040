//! Pages of parameters and of versions.

use serde_json::{Map, Value};

use super::name::failure;
use crate::simulator::failure::Failure;
use crate::simulator::service::page::Page;
use crate::simulator::wire::Params;

/// Reads the page that is wanted; where no number is given, it has as many as it may.
pub(super) fn read_page(params: &Params<'_>, most: i64) -> Result<Page, Failure> {
    let size = params.optional_integer("MaxResults", 1..=most)?.unwrap_or(most);
    let page = Page::after(size, params.optional_text("NextToken")?);
    page.ok_or_else(|| failure("InvalidNextToken", "The specified token isn't valid."))
}

/// Returns the answer with a page.
pub(super) fn answer(items: Value, next: Option<String>) -> Value {
    let mut answer = Map::from_iter([("Parameters".to_owned(), items)]);
    answer.extend(next.map(|next| ("NextToken".to_owned(), next.into())));
    answer.into()
}
