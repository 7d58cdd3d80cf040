//! Forms: percent encoding, and a tree from the dotted names of the Query protocol.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Deepest nesting of a parameter's name; AWS uses about six levels.
const DEPTH_MAX: usize = 16;

/// Encodes everything except RFC 3986's unreserved characters, as IAM encodes policy documents.
pub(crate) fn percent_encode(text: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("a String takes everything");
        }
    }
    encoded
}

/// The names of list members in a protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lists {
    /// Query: `Tags.member.1`.
    Member,
    /// EC2 Query: `Tag.1`.
    Bare,
}

/// Reads a form into a tree, or returns an error.
///
/// `Tags.member.1.Key=a` becomes `{"Tags": [{"Key": "a"}]}`. Every leaf is a text.
pub(super) fn parse(body: &str, lists: Lists) -> Result<Map<String, Value>, String> {
    let mut root = Node::default();
    for pair in body.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decode(name)?, decode(value)?);
        let mut node = &mut root;
        for (depth, part) in name.split('.').enumerate() {
            if depth == DEPTH_MAX {
                return Err(format!("the parameter {name} is nested too deep"));
            }
            node = node.children.entry(part.to_owned()).or_default();
        }
        if node.text.replace(value).is_some() {
            return Err(format!("the parameter {name} is given twice"));
        }
    }
    root.children.into_iter().map(|(name, node)| Ok((name, node.into_value(lists)?))).collect()
}

#[derive(Default)]
struct Node {
    text: Option<String>,
    children: BTreeMap<String, Node>,
}

impl Node {
    fn into_value(mut self, lists: Lists) -> Result<Value, String> {
        if self.children.is_empty() {
            return Ok(Value::String(self.text.unwrap_or_default()));
        }
        if self.text.as_ref().is_some_and(|text| !text.is_empty()) {
            return Err("a parameter is both a text and a structure".to_owned());
        }
        match lists {
            Lists::Member if self.children.len() == 1 => {
                if let Some(members) = self.children.remove("member") {
                    return members.into_list(lists);
                }
            }
            // No structure has a member with a number as its name.
            Lists::Bare if self.children.keys().any(|name| name.bytes().all(|byte| byte.is_ascii_digit())) => return self.into_list(lists),
            Lists::Member | Lists::Bare => {}
        }
        let members = self.children.into_iter().map(|(name, node)| Ok((name, node.into_value(lists)?)));
        Ok(Value::Object(members.collect::<Result<_, String>>()?))
    }

    fn into_list(self, lists: Lists) -> Result<Value, String> {
        let mut numbered = Vec::new();
        for (number, node) in self.children {
            let number: u32 = number.parse().map_err(|_| format!("`{number}` is not a number in a list"))?;
            numbered.push((number, node.into_value(lists)?));
        }
        numbered.sort_by_key(|(number, _)| *number);
        Ok(numbered.into_iter().map(|(_, value)| value).collect())
    }
}

/// Decodes percent encoding, `+` being a space.
pub(super) fn decode(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |b: Option<u8>| char::from(b?).to_digit(16);
                match (digit(rest.next()), digit(rest.next())) {
                    (Some(high), Some(low)) => u8::try_from(high * 16 + low).map_err(|error| error.to_string())?,
                    _ => return Err("the form is badly percent-encoded".to_owned()),
                }
            }
            other => other,
        });
    }
    String::from_utf8(bytes).map_err(|_| "the form is not UTF-8".to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn dotted_names_become_trees() {
        let cases = [
            ("Action=ListRoles&PathPrefix=%2Flandfall%2F", json!({ "Action": "ListRoles", "PathPrefix": "/landfall/" })),
            (
                "Tags.member.2.Key=b&Tags.member.1.Key=a+b&Tags.member.1.Value=%C3%A9&Tags.member.10.Key=j&Tags.member.2.Value=",
                json!({ "Tags": [{ "Key": "a b", "Value": "é" }, { "Key": "b", "Value": "" }, { "Key": "j" }] }),
            ),
            ("ClientIDList.member.1=x&ClientIDList.member.2=y", json!({ "ClientIDList": ["x", "y"] })),
            ("", json!({})),
        ];
        for (body, expected) in cases {
            assert_eq!(parse(body, Lists::Member).map(Value::Object), Ok(expected), "{body}");
        }
        for bad in ["a=%zz", "a=%4", "a=%ff", "a=1&a=2", "a=1&a.b=2", "a.member.x=1", &"a.".repeat(40)] {
            assert!(parse(bad, Lists::Member).is_err(), "{bad}");
        }
        let bare = "Filter.1.Name=a&Filter.1.Value.2=c&Filter.1.Value.1=b&VpcId.1=v&Dns.Value=true";
        let expected = json!({ "Filter": [{ "Name": "a", "Value": ["b", "c"] }], "VpcId": ["v"], "Dns": { "Value": "true" } });
        assert_eq!(parse(bare, Lists::Bare).map(Value::Object), Ok(expected));
        assert!(parse("Tag.1.Key=a&Tag.x=b", Lists::Bare).is_err());
        assert_eq!(percent_encode("{\"a\": ~é}"), "%7B%22a%22%3A%20~%C3%A9%7D");
    }
}
