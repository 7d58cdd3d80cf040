//! Terraform's language: values and blocks as text, escaped, in the layout of `terraform fmt`. What they mean is not decided here.
//!
//! After the specification of its syntax (HCL Native Syntax Specification).

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

/// A value in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// A text, which is escaped.
    Text(String),
    /// An expression as it is: a reference, `true`, `null`.
    Expression(String),
    /// A list on one line.
    List(Vec<Value>),
    /// An object, in this order.
    Object(Vec<(Key, Value)>),
}

/// A key of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    /// A word of ours.
    Word(&'static str),
    /// A name of somewhere else, always in quotes: `for` or `if` would begin an expression.
    Name(String),
}

impl Value {
    /// Returns a text, or `null`.
    pub(crate) fn optional(text: Option<&str>) -> Self {
        text.map_or_else(|| Self::Expression("null".to_owned()), Self::from)
    }

    /// Returns a list of texts.
    pub(crate) fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        Self::List(texts.into_iter().map(Self::from).collect())
    }

    fn is_on_one_line(&self) -> bool {
        match self {
            Self::Text(_) | Self::Expression(_) | Self::List(_) => true,
            Self::Object(members) => members.is_empty(),
        }
    }

    fn write(&self, depth: usize, out: &mut String) {
        match self {
            Self::Text(text) => quote(text, out),
            Self::Expression(text) => out.push_str(text),
            Self::List(values) => {
                out.push('[');
                for (at, value) in values.iter().enumerate() {
                    out.push_str(if at == 0 { "" } else { ", " });
                    value.write(depth, out);
                }
                out.push(']');
            }
            Self::Object(members) if members.is_empty() => out.push_str("{}"),
            Self::Object(members) => {
                out.push_str("{\n");
                let members: Vec<(String, &Value)> = members.iter().map(|(key, value)| (key.to_string(), value)).collect();
                attributes(&members, depth + 1, out);
                out.push_str(&indent(depth));
                out.push('}');
            }
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => f.write_str(word),
            Self::Name(name) => {
                let mut quoted = String::new();
                quote(name, &mut quoted);
                f.write_str(&quoted)
            }
        }
    }
}

/// A block: `provider "aws" { … }`.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    /// What is before the brace.
    pub(crate) head: String,
    /// Its arguments.
    pub(crate) attributes: Vec<(&'static str, Value)>,
    /// The blocks in it.
    pub(crate) blocks: Vec<Block>,
}

impl Block {
    /// Returns a block without blocks in it.
    pub(crate) fn new(head: impl Into<String>, attributes: Vec<(&'static str, Value)>) -> Self {
        Self { head: head.into(), attributes, blocks: Vec::new() }
    }

    fn write(&self, depth: usize, out: &mut String) {
        let _ = writeln!(out, "{}{} {{", indent(depth), self.head);
        let own: Vec<(String, &Value)> = self.attributes.iter().map(|(name, value)| ((*name).to_owned(), value)).collect();
        attributes(&own, depth + 1, out);
        for block in &self.blocks {
            out.push('\n');
            block.write(depth + 1, out);
        }
        let _ = writeln!(out, "{}}}", indent(depth));
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.write(0, &mut text);
        f.write_str(&text)
    }
}

/// Writes arguments, one a line; the signs of those that follow each other on one line stand below each other.
fn attributes(all: &[(String, &Value)], depth: usize, out: &mut String) {
    for run in all.chunk_by(|(_, before), (_, after)| before.is_on_one_line() && after.is_on_one_line()) {
        let width = run.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        for (name, value) in run {
            let _ = write!(out, "{}{name:<width$} = ", indent(depth));
            value.write(depth, out);
            out.push('\n');
        }
    }
}

fn indent(depth: usize) -> String {
    "  ".repeat(depth)
}

/// Writes a text in quotes. `$` and `%` before a brace are doubled, as `hclwrite` does it: they would begin an expression.
fn quote(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text.chars().peekable();
    while let Some(one) = rest.next() {
        match one {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if rest.peek() == Some(&'{') => out.extend([one, one]),
            // Bidirectional marks would show another text than is read.
            _ if one.is_control() || matches!(one, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}') => {
                let _ = write!(out, "\\u{:04x}", u32::from(one));
            }
            _ => out.push(one),
        }
    }
    out.push('"');
}

/// Identifiers that are given once each.
#[derive(Debug, Clone, Default)]
pub(crate) struct Identifiers(BTreeSet<String>);

impl Identifiers {
    /// Returns an identifier for a text: the text itself, if it is one and was not given before.
    ///
    /// Identifiers have letters, digits, `_` and `-`, and begin with no digit (Terraform, "Syntax", "Identifiers").
    pub(crate) fn take(&mut self, text: &str) -> String {
        let mut wanted: String =
            text.chars().map(|one| if one.is_ascii_alphanumeric() || "_-".contains(one) { one } else { '_' }).collect();
        if !wanted.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') {
            wanted.insert(0, '_');
        }
        let mut given = wanted.clone();
        let mut number = 1;
        while !self.0.insert(given.clone()) {
            number += 1;
            given = format!("{wanted}_{number}");
        }
        given
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped() {
        for (text, expected) in [
            ("plain", r#""plain""#),
            ("${var.x} %{if} $ % $x", r#""$${var.x} %%{if} $ % $x""#),
            ("$${", r#""$$${""#),
            ("a \"b\" \\ c", r#""a \"b\" \\ c""#),
            ("a\nb\r\tc\u{0}\u{7f}\u{202e}", r#""a\nb\r\tc\u0000\u007f\u202e""#),
            ("Zürich", "\"Zürich\""),
        ] {
            let mut out = String::new();
            quote(text, &mut out);
            assert_eq!(out, expected, "{text:?}");
        }
    }

    #[test]
    fn a_block_has_the_layout_of_terraform_fmt() {
        let object = Value::Object(vec![(Key::Word("id"), "1".into()), (Key::Name("for".to_owned()), Value::Object(Vec::new()))]);
        let mut block = Block::new(
            "locals",
            vec![("a", "x".into()), ("long", Value::optional(None)), ("deep", object), ("b", Value::texts(["1", "2"]))],
        );
        block.blocks.push(Block::new("inner", vec![]));
        let expected = "locals {\n  a    = \"x\"\n  long = null\n  deep = {\n    id    = \"1\"\n    \"for\" = {}\n  }\n  b = [\"1\", \"2\"]\n\n  inner {\n  }\n}\n";
        assert_eq!(block.to_string(), expected);
    }

    /// Texts of every length up to three, of characters of each class: what comes of them is an identifier, and given once.
    #[test]
    fn identifiers_are_valid_and_unique() {
        let classes = ["a", "A", "1", "-", "_", "/", "ü", "\n", "$", ""];
        let mut given = BTreeSet::new();
        let mut all = Identifiers::default();
        let mut count = 0;
        for one in classes {
            for two in classes {
                for three in classes {
                    let text = format!("{one}{two}{three}");
                    let name = all.take(&text);
                    assert!(name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'), "{text:?}: {name}");
                    assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-'), "{text:?}: {name}");
                    given.insert(name);
                    count += 1;
                }
            }
        }
        assert_eq!(given.len(), count);
    }

    #[test]
    fn what_is_an_identifier_stays() {
        let mut all = Identifiers::default();
        assert_eq!([all.take("payments-prod"), all.take("payments-prod"), all.take("1st")], ["payments-prod", "payments-prod_2", "_1st"]);
    }
}
