//! Describing: by ids, by filters, in pages.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::page;
use super::want::failure;
use crate::simulator::authorize::Call;
use crate::simulator::failure::Failure;
use crate::simulator::stored::Tags;
use crate::simulator::wire::Params;
use crate::simulator::world::World;
use crate::simulator::world::network::Thing;

/// Fewest items on a page, and most unless the operation has another limit (docs/AWS.md D.5).
const PAGE_MIN: i64 = 5;
pub(super) const PAGE_MAX: i64 = 1000;

/// A filter: its name, and the values of a resource.
pub(super) type Fact<'f, T> = (&'static str, &'f dyn Fn(&T) -> Vec<String>);

/// The filters of a call.
pub(super) struct Filters<'a>(Vec<(&'a str, Vec<&'a str>)>);

impl<'a> Filters<'a> {
    /// Reads `Filter`.
    pub(super) fn read(params: &Params<'a>) -> Result<Self, Failure> {
        let mut filters = Vec::new();
        for filter in params.structures("Filter")? {
            filters.push((filter.text("Name")?, filter.texts("Value")?));
            filter.finish()?;
        }
        Ok(Self(filters))
    }

    /// Fails if a filter is not supported.
    pub(super) fn check<T>(&self, facts: &[Fact<'_, T>]) -> Result<(), Failure> {
        let is_known = |name: &str| name.starts_with("tag:") || name == "tag-key" || facts.iter().any(|(known, _)| *known == name);
        match self.0.iter().find(|(name, _)| !is_known(name)) {
            Some((name, _)) => Err(Failure::not_implemented(format_args!("the filter {name} of this operation"))),
            None => Ok(()),
        }
    }

    /// Returns whether a resource matches a value of every filter.
    pub(super) fn match_all<T>(&self, tags: &Tags, thing: &T, facts: &[Fact<'_, T>]) -> bool {
        self.0.iter().all(|(name, wanted)| {
            let had = match (name.strip_prefix("tag:"), *name) {
                (Some(key), _) => tags.get(key).cloned().into_iter().collect(),
                (None, "tag-key") => tags.keys().cloned().collect(),
                (None, name) => facts.iter().find(|(known, _)| *known == name).map_or_else(Vec::new, |(_, fact)| fact(thing)),
            };
            wanted.iter().any(|pattern| had.iter().any(|value| glob(pattern.as_bytes(), value.as_bytes())))
        })
    }
}

/// The resources to describe.
pub(super) struct Look<'a> {
    ids: Vec<&'a str>,
    filters: Filters<'a>,
    page: page::Page,
}

impl<'a> Look<'a> {
    /// Reads the ids under their name, the filters and the page.
    pub(super) fn read(params: &Params<'a>, ids: &str, page_max: i64) -> Result<Self, Failure> {
        Ok(Self { ids: params.texts(ids)?, filters: Filters::read(params)?, page: read_page(params, page_max)? })
    }

    /// Returns the page, with the resources under the name of their list.
    pub(super) fn answer<T: Thing>(
        &self,
        world: &World,
        call: &Call<'_>,
        list: &str,
        things: &BTreeMap<String, T>,
        facts: &[Fact<'_, T>],
        show: impl Fn(&T) -> Value,
    ) -> Result<Value, Failure> {
        self.filters.check(facts)?;
        for id in &self.ids {
            world.see(call, T::KIND, id)?;
        }
        let is_meant = |id: &str, thing: &T| {
            (self.ids.is_empty() || self.ids.contains(&id)) && self.filters.match_all(&thing.label().tags, thing, facts)
        };
        let meant = things.iter().filter(|(id, thing)| is_meant(id, thing));
        let page = self.page.cut(meant.map(|(id, thing)| (id.clone(), show(thing))));
        Ok(json!({ list: page.items, "nextToken": page.next }))
    }
}

/// Reads the parameters of a page.
pub(super) fn read_page(params: &Params<'_>, page_max: i64) -> Result<page::Page, Failure> {
    let size = params.optional_integer("MaxResults", PAGE_MIN..=page_max)?.unwrap_or(page_max);
    let page = page::Page::after(size, params.optional_text("NextToken")?);
    page.ok_or_else(|| failure("InvalidNextToken", "The token is not valid."))
}

/// Returns the values of an attribute with one value.
pub(super) fn one(value: impl Into<String>) -> Vec<String> {
    vec![value.into()]
}

/// Returns whether a text matches the value of a filter: `*` is any text, `?` any character.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => glob(rest, text) || text.split_first().is_some_and(|(_, text)| glob(pattern, text)),
        (Some((b'?', rest)), Some((_, text))) => glob(rest, text),
        (Some((one, rest)), Some((other, text))) => one == other && glob(rest, text),
        (None, Some(_)) | (Some(_), None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_filters_may_have_wildcards() {
        let cases =
            [("*", "", true), ("a*c", "abbc", true), ("a*c", "abb", false), ("a?c", "abc", true), ("abc", "abcd", false), ("", "", true)];
        for (pattern, text, expected) in cases {
            assert_eq!(glob(pattern.as_bytes(), text.as_bytes()), expected, "{pattern} {text}");
        }
    }
}
