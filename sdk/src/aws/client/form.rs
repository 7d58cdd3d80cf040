//! Parameters as a form: `Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-0a1b`.

use std::fmt::Write;

use serde_json::Value;

/// The names of list items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lists {
    /// `Name.1`: EC2.
    Plain,
    /// `Name.member.1`: the other Query services.
    Members,
}

/// Returns the form of an operation with these parameters. Absent parameters are left out; an empty list is left out for EC2, and
/// is sent as its name to the others.
pub(super) fn form(operation: &str, version: &str, parameters: &Value, lists: Lists) -> String {
    let mut form = format!("Action={operation}&Version={version}");
    add(&mut form, "", parameters, lists);
    form
}

/// Returns the form of an operation whose parameters are already pairs.
#[cfg(feature = "simulator")]
pub(super) fn pairs(operation: &str, version: &str, pairs: &[(&str, &str)]) -> String {
    let mut form = format!("Action={operation}&Version={version}");
    for (name, value) in pairs {
        pair(&mut form, name, value);
    }
    form
}

fn add(form: &mut String, name: &str, value: &Value, lists: Lists) {
    match value {
        Value::Object(members) => {
            for (member, value) in members {
                let name = if name.is_empty() { member.clone() } else { format!("{name}.{member}") };
                add(form, &name, value, lists);
            }
        }
        Value::Array(items) if items.is_empty() && lists == Lists::Members => pair(form, name, ""),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let number = index + 1;
                let name = match lists {
                    Lists::Plain => format!("{name}.{number}"),
                    Lists::Members => format!("{name}.member.{number}"),
                };
                add(form, &name, item, lists);
            }
        }
        Value::Null => {}
        Value::String(text) => pair(form, name, text),
        Value::Bool(_) | Value::Number(_) => pair(form, name, &value.to_string()),
    }
}

fn pair(form: &mut String, name: &str, value: &str) {
    form.push('&');
    encode(form, name, "");
    form.push('=');
    encode(form, value, "");
}

/// Encodes a text, except RFC 3986's unreserved characters and these other characters.
pub(super) fn encode(form: &mut String, text: &str, others: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || others.as_bytes().contains(&byte) {
            form.push(char::from(byte));
        } else {
            // Writing to a String never fails.
            let _ = write!(form, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parameters_become_pairs() {
        for (parameters, lists, expected) in [
            (json!({}), Lists::Plain, ""),
            (json!({ "VpcId": "vpc-1", "Tenancy": null, "Ids": [] }), Lists::Plain, "&VpcId=vpc-1"),
            (json!({ "RoleName": "r", "Tags": [] }), Lists::Members, "&RoleName=r&Tags="),
            (json!({ "Max": 5, "Force": true }), Lists::Plain, "&Max=5&Force=true"),
            (
                json!({ "Filter": [{ "Name": "vpc-id", "Value": ["a", "b"] }] }),
                Lists::Plain,
                "&Filter.1.Name=vpc-id&Filter.1.Value.1=a&Filter.1.Value.2=b",
            ),
            (json!({ "Tags": [{ "Key": "k", "Value": "" }] }), Lists::Members, "&Tags.member.1.Key=k&Tags.member.1.Value="),
            (json!({ "Name": "a b&c=d+é~*/:" }), Lists::Plain, "&Name=a%20b%26c%3Dd%2B%C3%A9~%2A%2F%3A"),
        ] {
            assert_eq!(form("Do", "1", &parameters, lists), format!("Action=Do&Version=1{expected}"));
        }
    }
}
