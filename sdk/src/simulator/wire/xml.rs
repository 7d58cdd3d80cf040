//! S3's XML: reads bodies of requests into a tree, and writes bodies of answers from one.
//!
//! An element with child elements is an object, a repeated one is a list, any other is a text. Attributes, comments and the
//! declaration are ignored, as in S3.

use serde_json::{Map, Value};

/// Deepest nesting of elements; S3 uses about six levels.
const DEPTH_MAX: usize = 16;
/// Elements that are lists even if they occur once, by their parent element.
const LISTS: [(&str, &str); 6] = [
    ("LifecycleConfiguration", "Rule"),
    ("ServerSideEncryptionConfiguration", "Rule"),
    ("OwnershipControls", "Rule"),
    ("TagSet", "Tag"),
    ("Rule", "Transition"),
    ("Rule", "NoncurrentVersionTransition"),
];

/// Reads a document, and returns the name and the content of its root.
pub(super) fn parse(text: &str) -> Result<(String, Value), String> {
    let mut reader = Reader { rest: text.trim_start_matches('\u{feff}') };
    reader.skip_nothings()?;
    let (name, value) = reader.element(0)?;
    reader.skip_nothings()?;
    if reader.rest.is_empty() { Ok((name, value)) } else { Err("something follows the root element".to_owned()) }
}

/// Writes an element; a list is a repeated element.
pub(super) fn write(xml: &mut String, name: &str, value: &Value) {
    match value {
        Value::Null => return,
        Value::Array(list) => return list.iter().for_each(|value| write(xml, name, value)),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {}
    }
    xml.extend(["<", name, ">"]);
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| write(xml, name, value)),
        Value::String(text) => escape(xml, text),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_)) => xml.push_str(&other.to_string()),
    }
    xml.extend(["</", name, ">"]);
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    /// Skips white space, comments and instructions.
    fn skip_nothings(&mut self) -> Result<(), String> {
        loop {
            self.rest = self.rest.trim_start();
            let end = match self.rest {
                rest if rest.starts_with("<?") => "?>",
                rest if rest.starts_with("<!--") => "-->",
                _ => return Ok(()),
            };
            let (_, rest) = self.rest.split_once(end).ok_or("a comment has no end")?;
            self.rest = rest;
        }
    }

    fn element(&mut self, depth: usize) -> Result<(String, Value), String> {
        if depth == DEPTH_MAX {
            return Err("the elements are nested too deep".to_owned());
        }
        let tag = self.rest.strip_prefix('<').ok_or("there is no element")?;
        let (tag, rest) = tag.split_once('>').ok_or("a tag has no end")?;
        self.rest = rest;
        let (tag, is_empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let name = tag.split_whitespace().next().unwrap_or_default().to_owned();
        if name.is_empty() || name.starts_with(['/', '!']) {
            return Err("a tag has no name".to_owned());
        }
        if is_empty {
            return Ok((name, Value::String(String::new())));
        }
        let (mut text, mut members) = (String::new(), Map::new());
        loop {
            let (piece, _) = self.rest.split_once('<').ok_or("an element has no end")?;
            text.push_str(piece);
            self.rest = self.rest.get(piece.len()..).unwrap_or_default();
            if self.rest.starts_with("<!--") {
                self.skip_nothings()?;
            } else if let Some(rest) = self.rest.strip_prefix("</") {
                let (end, rest) = rest.split_once('>').ok_or("a tag has no end")?;
                if end.trim_end() != name {
                    return Err(format!("`{name}` ends as `{end}`"));
                }
                self.rest = rest;
                break;
            } else {
                let (child, value) = self.element(depth + 1)?;
                add(&mut members, &name, child, value);
            }
        }
        let value = if members.is_empty() { Value::String(unescape(&text)?) } else { Value::Object(members) };
        Ok((name, value))
    }
}

fn add(members: &mut Map<String, Value>, parent: &str, name: String, value: Value) {
    let is_list = LISTS.contains(&(parent, name.as_str()));
    match members.get_mut(&name) {
        Some(Value::Array(list)) => list.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
        None if is_list => drop(members.insert(name, Value::Array(vec![value]))),
        None => drop(members.insert(name, value)),
    }
}

fn unescape(text: &str) -> Result<String, String> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let (entity, after) = after.split_once(';').ok_or("an entity has no end")?;
        let code = |digits: &str, base: u32| u32::from_str_radix(digits, base).ok().and_then(char::from_u32);
        let c = match entity {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            other => match other.strip_prefix("#x") {
                Some(digits) => code(digits, 16),
                None => other.strip_prefix('#').and_then(|digits| code(digits, 10)),
            },
        };
        plain.push(c.ok_or_else(|| format!("`&{entity};` is not known"))?);
        rest = after;
    }
    plain.push_str(rest);
    Ok(plain)
}

/// Writes text between tags.
pub(super) fn escape(xml: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            '\r' => xml.push_str("&#xD;"),
            // XML 1.0 cannot contain the other control characters.
            c if c.is_control() && c != '\n' && c != '\t' => xml.push('\u{FFFD}'),
            c => xml.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn documents_become_trees_and_back() {
        let text = "<?xml version=\"1.0\"?>\n<Tagging xmlns=\"http://s3\"><TagSet><!-- one --><Tag><Key>a&amp;b</Key><Value/></Tag></TagSet></Tagging>\n";
        let (root, tree) = parse(text).expect("a document");
        assert_eq!((root.as_str(), &tree), ("Tagging", &json!({ "TagSet": { "Tag": [{ "Key": "a&b", "Value": "" }] } })));
        let mut written = String::new();
        write(&mut written, &root, &tree);
        assert_eq!(written, "<Tagging><TagSet><Tag><Key>a&amp;b</Key><Value></Value></Tag></TagSet></Tagging>");
        for bad in ["", "text", "<a>", "<a></b>", "<a>&x;</a>", "<a>&amp</a>", "<a/><b/>", "<a", "</a>", "<!-- ", &"<a>".repeat(40)] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
