//! Reading sections of the parsed TOML: unknown and missing keys, wrong types and unreadable values are reported here.
//!
//! A wrong value is reported and reads as `None`, so that later checks do not report it again.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use toml::Spanned as TomlSpanned;
use toml::de::{DeString, DeTable, DeValue};

use super::diagnostic::{Diagnostic, Diagnostics};
use super::shape::{Key, Shape};
use super::shorten;
use crate::name::{Dollars, nearest};

/// A value and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spanned<T> {
    pub(crate) value: T,
    pub(crate) span: Range<usize>,
}

/// Free keys with text values, in file order.
pub(crate) type WrittenMap = Vec<(Spanned<String>, Spanned<String>)>;

/// Returns the hint for an unknown key of a section, by the section's dotted name and the key: where it belongs, if that is known.
pub(crate) type Belongs = fn(&str, &str) -> Option<String>;

/// One section of the file.
#[derive(Debug, Clone)]
pub(crate) struct Section<'t> {
    /// Its dotted name; empty for the file itself.
    path: String,
    /// The span of its header, for reports of missing keys.
    pub(crate) span: Range<usize>,
    entries: &'t DeTable<'t>,
    keys: &'static [Key],
    belongs: Belongs,
    /// Whether it has an unknown key, perhaps a misspelt one that is then missing.
    pub(crate) has_unknown_keys: bool,
}

impl<'t> Section<'t> {
    /// Opens a section: reports unknown keys and missing required ones.
    pub(crate) fn open(
        diagnostics: &mut Diagnostics,
        path: String,
        span: Range<usize>,
        entries: &'t DeTable<'t>,
        keys: &'static [Key],
        belongs: Belongs,
    ) -> Self {
        let mut misspelt = Vec::new();
        let mut has_unknown_keys = false;
        for (key, _) in in_order(entries) {
            let name = key.get_ref().as_ref();
            if keys.iter().any(|known| known.name == name) {
                continue;
            }
            has_unknown_keys = true;
            let unused = keys.iter().map(|known| known.name).filter(|known| !entries.contains_key(*known));
            let diagnostic = Diagnostic::error(key.span(), format!("unknown key `{}`", shorten(name)));
            // A second `environments` for `environment` is plausible, a second `tier` is not.
            let sections = keys.iter().filter(|known| matches!(known.shape, Shape::Sections { .. })).map(|known| known.name);
            diagnostics.report(if let Some(hint) = belongs(&path, name) {
                diagnostic.with_hint(hint)
            } else if let Some(near) = nearest(name, unused).or_else(|| nearest(name, sections)) {
                misspelt.push(near);
                diagnostic.with_label(format!("did you mean `{near}`?"))
            } else {
                let known: Vec<String> = keys.iter().map(|known| format!("`{}`", known.name)).collect();
                diagnostic.with_hint(format!("{} has {}", described(&path), known.join(", ")))
            });
        }
        for key in keys.iter().filter(|key| key.required && !entries.contains_key(key.name) && !misspelt.contains(&key.name)) {
            diagnostics.report_absence(
                Diagnostic::error(span.clone(), format!("`{}` is missing from {}", key.name, described(&path)))
                    .with_hint(format!("`{}`: {}", key.name, key.about)),
            );
        }
        Self { path, span, entries, keys, belongs, has_unknown_keys }
    }

    /// Returns the name of one of its keys as messages show it: `environments.dev`.
    pub(crate) fn name_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Returns the place of a key, if it is written.
    pub(crate) fn key_span(&self, name: &str) -> Option<Range<usize>> {
        self.entries.get_key_value(name).map(|(key, _)| key.span())
    }

    /// Reads a text with `parse`, whose error is the message.
    pub(crate) fn value<T>(
        &self,
        diagnostics: &mut Diagnostics,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<Spanned<T>> {
        let (key, value) = self.find(name)?;
        let Some(text) = value.get_ref().as_str() else {
            report_type(diagnostics, key, &format!("`{name}`"), value, "text");
            return None;
        };
        read_text(diagnostics, key, text, value.span(), parse)
    }

    /// Reads a text that is a name.
    pub(crate) fn parse<T>(&self, diagnostics: &mut Diagnostics, name: &str) -> Option<Spanned<T>>
    where
        T: FromStr,
        T::Err: fmt::Display,
    {
        self.value(diagnostics, name, parsed)
    }

    /// Reads a whole number within the bounds in the key's shape.
    pub(crate) fn number<N: TryFrom<i64>>(&self, diagnostics: &mut Diagnostics, name: &str) -> Option<Spanned<N>> {
        let (key, value) = self.find(name)?;
        let DeValue::Integer(integer) = value.get_ref() else {
            report_type(diagnostics, key, &format!("`{name}`"), value, "a whole number");
            return None;
        };
        let Shape::Number { least, most } = key.shape else {
            debug_assert!(false, "{name} is not a number");
            return None;
        };
        let number = i64::from_str_radix(integer.as_str(), integer.radix()).ok();
        let found = number.filter(|number| (least..=most).contains(number)).and_then(|number| N::try_from(number).ok());
        if found.is_none() {
            let message = format!("`{name}` must be {least} to {most}, not {}", shorten(&integer.to_string()));
            diagnostics.report(Diagnostic::error(value.span(), message).with_hint(about(key)));
        }
        found.map(|found| Spanned { value: found, span: value.span() })
    }

    /// Reads a whole number of any size, as its text.
    pub(crate) fn any_number(&self, diagnostics: &mut Diagnostics, name: &str) -> Option<Spanned<String>> {
        let (key, value) = self.find(name)?;
        if let DeValue::Integer(integer) = value.get_ref() {
            let decimal = i64::from_str_radix(integer.as_str(), integer.radix()).map_or_else(|_| integer.to_string(), |n| n.to_string());
            return Some(Spanned { value: decimal, span: value.span() });
        }
        report_type(diagnostics, key, &format!("`{name}`"), value, "a whole number");
        None
    }

    /// Reads `true` or `false`.
    pub(crate) fn flag(&self, diagnostics: &mut Diagnostics, name: &str) -> Option<Spanned<bool>> {
        let (key, value) = self.find(name)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            report_type(diagnostics, key, &format!("`{name}`"), value, "true or false");
        }
        flag.map(|flag| Spanned { value: flag, span: value.span() })
    }

    /// Reads a list of texts, each with the parser; an item that is wrong or repeated is reported and left out, and a list without
    /// any valid item reads as `None`.
    pub(crate) fn list<T>(
        &self,
        diagnostics: &mut Diagnostics,
        name: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<Spanned<Vec<Spanned<T>>>> {
        let (key, value) = self.find(name)?;
        let DeValue::Array(items) = value.get_ref() else {
            report_type(diagnostics, key, &format!("`{name}`"), value, "a list of texts");
            return None;
        };
        if let Shape::List { empty: Some(empty), .. } = key.shape
            && items.is_empty()
        {
            let hint = format!("remove it, or list at least one; {}", about(key));
            diagnostics.report(Diagnostic::error(value.span(), format!("`{name}` names {empty}")).with_hint(hint));
            return None;
        }
        let mut seen: std::collections::BTreeMap<&str, Range<usize>> = std::collections::BTreeMap::new();
        let mut list = Vec::new();
        for item in items.iter().filter(|item| !is_broken(item)) {
            let Some(text) = item.get_ref().as_str() else {
                report_type(diagnostics, key, &format!("each of `{name}`"), item, "text");
                continue;
            };
            if let Some(first) = seen.get(text) {
                let message = format!("`{}` is listed twice in `{name}`", shorten(text));
                diagnostics.report(
                    Diagnostic::error(item.span(), message).with_label("remove one of the two").with_related(first.clone(), "listed here"),
                );
                continue;
            }
            seen.insert(text, item.span());
            list.extend(read_text(diagnostics, key, text, item.span(), &parse));
        }
        // A list without a valid item is not an empty list.
        let unreadable = list.is_empty() && !items.is_empty();
        (!unreadable).then(|| Spanned { value: list, span: value.span() })
    }

    /// Reads a table of free keys with text values, in file order.
    pub(crate) fn map(&self, diagnostics: &mut Diagnostics, name: &str) -> Option<Spanned<WrittenMap>> {
        let (key, value) = self.find(name)?;
        let DeValue::Table(entries) = value.get_ref() else {
            report_type(diagnostics, key, &format!("`{name}`"), value, "a table");
            return None;
        };
        let mut map = Vec::new();
        for (entry, text) in in_order(entries).into_iter().filter(|(_, text)| !is_broken(text)) {
            if let Some(found) = text.get_ref().as_str() {
                let entry = Spanned { value: entry.get_ref().to_string(), span: entry.span() };
                map.push((entry, Spanned { value: found.to_owned(), span: text.span() }));
            } else {
                report_type(diagnostics, key, &format!("`{name}.{}`", quoted(entry.get_ref())), text, "text");
            }
        }
        Some(Spanned { value: map, span: value.span() })
    }

    /// Reads a table of free keys with amounts of US dollars, in file order; one that is wrong is reported and left out.
    pub(crate) fn amounts(&self, diagnostics: &mut Diagnostics, name: &str) -> Vec<(Spanned<String>, Spanned<Dollars>)> {
        let Some((key, value)) = self.find(name) else { return Vec::new() };
        let DeValue::Table(entries) = value.get_ref() else {
            report_type(diagnostics, key, &format!("`{name}`"), value, "a table");
            return Vec::new();
        };
        let mut amounts = Vec::new();
        for (entry, number) in in_order(entries).into_iter().filter(|(_, number)| !is_broken(number)) {
            let written = match number.get_ref() {
                // Another radix, or too large to read: not an amount either way.
                DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
                    .map_or_else(|_| integer.to_string(), |decimal| decimal.to_string()),
                DeValue::Float(float) => float.as_str().to_owned(),
                _ => {
                    report_type(diagnostics, key, &format!("`{name}.{}`", quoted(entry.get_ref())), number, "a number of US dollars");
                    continue;
                }
            };
            let entry = Spanned { value: entry.get_ref().to_string(), span: entry.span() };
            match parsed(&written) {
                Ok(amount) => amounts.push((entry, Spanned { value: amount, span: number.span() })),
                Err(message) => diagnostics.report(Diagnostic::error(number.span(), message).with_hint(about(key))),
            }
        }
        amounts
    }

    /// Returns a value of any type, with the key's name as messages show it.
    pub(crate) fn any(&self, name: &str) -> Option<(String, &'t TomlSpanned<DeValue<'t>>)> {
        self.find(name).map(|(key, value)| (format!("`{}`", key.name), value))
    }

    /// Opens a section inside this one.
    pub(crate) fn section(&self, diagnostics: &mut Diagnostics, name: &str) -> Option<Section<'t>> {
        let (key, value) = self.find(name)?;
        let Shape::Section(keys) = key.shape else {
            debug_assert!(false, "{name} is not a section");
            return None;
        };
        self.inner(diagnostics, key, name, value, keys)
    }

    /// Opens all sections below a key, in file order, each with its name. A section that is not a table is reported but still
    /// named, so that references to it are not reported as well.
    pub(crate) fn sections(&self, diagnostics: &mut Diagnostics, name: &str) -> Vec<(Spanned<String>, Option<Section<'t>>)> {
        let Some((key, value)) = self.find(name) else { return Vec::new() };
        let Shape::Sections { keys, .. } = key.shape else {
            debug_assert!(false, "{name} does not hold sections");
            return Vec::new();
        };
        let DeValue::Table(entries) = value.get_ref() else {
            report_type(diagnostics, key, &format!("`{name}`"), value, "a table");
            return Vec::new();
        };
        in_order(entries)
            .into_iter()
            .map(|(entry, value)| {
                let title = Spanned { value: entry.get_ref().to_string(), span: entry.span() };
                let section =
                    (!is_broken(value)).then(|| self.inner(diagnostics, key, &format!("{name}.{}", quoted(&title.value)), value, keys));
                (title, section.flatten())
            })
            .collect()
    }

    fn inner(
        &self,
        diagnostics: &mut Diagnostics,
        key: &Key,
        name: &str,
        value: &'t TomlSpanned<DeValue<'t>>,
        keys: &'static [Key],
    ) -> Option<Section<'t>> {
        if let DeValue::Table(entries) = value.get_ref() {
            return Some(Section::open(diagnostics, self.name_of(name), value.span(), entries, keys, self.belongs));
        }
        report_type(diagnostics, key, &format!("`{name}`"), value, "a table");
        None
    }

    /// Returns a key's description and value, unless it is missing or on a line with a syntax error.
    fn find(&self, name: &str) -> Option<(&'static Key, &'t TomlSpanned<DeValue<'t>>)> {
        let key = self.keys.iter().find(|key| key.name == name);
        debug_assert!(key.is_some(), "{name} is not among the keys of this section");
        let value = self.entries.get(name)?;
        if is_broken(value) { None } else { Some((key?, value)) }
    }
}

/// Parses a text into a name; the error is a complete message.
pub(crate) fn parsed<T>(text: &str) -> Result<T, String>
where
    T: FromStr,
    T::Err: fmt::Display,
{
    text.parse().map_err(|error: T::Err| error.to_string())
}

/// Returns a key as TOML writes it in a dotted name.
fn quoted(key: &str) -> String {
    let bare = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if bare { key.to_owned() } else { format!("{:?}", shorten(key)) }
}

fn read_text<T>(
    diagnostics: &mut Diagnostics,
    key: &Key,
    text: &str,
    span: Range<usize>,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Option<Spanned<T>> {
    match parse(text) {
        Ok(value) => Some(Spanned { value, span }),
        Err(message) => {
            let diagnostic = Diagnostic::error(span, message).with_hint(about(key));
            let near = match key.shape {
                Shape::Choice(choices) | Shape::List { choices, .. } => nearest(text, choices.iter().copied()),
                Shape::Number { .. }
                | Shape::Flag
                | Shape::Any
                | Shape::Text { .. }
                | Shape::Map
                | Shape::Amounts
                | Shape::Section(_)
                | Shape::Sections { .. } => None,
            };
            diagnostics.report(match near {
                Some(near) => diagnostic.with_label(format!("did you mean `{near}`?")),
                None => diagnostic,
            });
            None
        }
    }
}

fn report_type(diagnostics: &mut Diagnostics, key: &Key, subject: &str, value: &TomlSpanned<DeValue<'_>>, wanted: &str) {
    let message = format!("{subject} should be {wanted}, not {}", type_of(value.get_ref()));
    diagnostics.report(Diagnostic::error(value.span(), message).with_hint(about(key)));
}

/// Returns the type of a value in words.
pub(crate) fn type_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn about(key: &Key) -> String {
    format!("`{}`: {}", key.name, key.about)
}

fn described(path: &str) -> String {
    if path.is_empty() { "the file".to_owned() } else { format!("[{path}]") }
}

/// A value that the recovering parser invented has no place.
pub(crate) fn is_broken(value: &TomlSpanned<DeValue<'_>>) -> bool {
    value.span().is_empty()
}

/// Returns the entries in file order; the table itself is sorted by name.
pub(crate) fn in_order<'t>(entries: &'t DeTable<'t>) -> Vec<(&'t TomlSpanned<DeString<'t>>, &'t TomlSpanned<DeValue<'t>>)> {
    let mut entries: Vec<_> = entries.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}
