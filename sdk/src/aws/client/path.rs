//! Method and path of a request, from its operation's template: `"GET /backup/plans?maxResults={MaxResults}"`.
//!
//! `{Name}` in the path is one segment; `{Name+}` keeps its slashes. In the query an absent member is left out, and a list is
//! written once for each item. Texts are encoded as in the AWS crates: RFC 3986's unreserved characters stay as they are.

use serde_json::{Map, Value};

use super::form::encode;

/// Fills in a template, and removes its members from the request, so that they are not sent twice.
///
/// # Errors
///
/// Fails if a member of the path is absent, empty or dots (the path would be that of another operation), or if the request lacks a
/// member of the template.
pub(super) fn fill(template: &'static str, members: &mut Map<String, Value>) -> Result<(&'static str, String), String> {
    let (method, path) = template.split_once(' ').ok_or_else(|| format!("{template:?} has no method"))?;
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    let mut filled = String::with_capacity(template.len());
    let mut named = Vec::new();
    let mut rest = path;
    while let Some((fixed, label)) = rest.split_once('{') {
        let (label, after) = label.split_once('}').ok_or_else(|| format!("{template:?} has a label without an end"))?;
        let (name, is_greedy) = label.strip_suffix('+').map_or((label, false), |name| (name, true));
        let value = text(name, member(members, name)?)?.unwrap_or_default();
        if value.is_empty() || value.split('/').any(|part| part == "." || part == "..") {
            return Err(format!("{name} is part of the path, and is empty or dots"));
        }
        filled.push_str(fixed);
        encode(&mut filled, &value, if is_greedy { "/" } else { "" });
        named.push(name);
        rest = after;
    }
    filled.push_str(rest);

    let mut separator = '?';
    let mut add = |key: &str, value: Option<&str>| {
        filled.push(separator);
        separator = '&';
        filled.push_str(key);
        if let Some(value) = value {
            filled.push('=');
            encode(&mut filled, value, "");
        }
    };
    for pair in query.into_iter().flat_map(|query| query.split('&')) {
        let (key, value) = pair.split_once('=').map_or((pair, None), |(key, value)| (key, Some(value)));
        let Some(name) = value.and_then(|value| value.strip_prefix('{')?.strip_suffix('}')) else {
            add(key, value);
            continue;
        };
        match member(members, name)? {
            Value::Array(items) => {
                for item in items {
                    if let Some(item) = text(name, item)? {
                        add(key, Some(&item));
                    }
                }
            }
            value => {
                if let Some(value) = text(name, value)? {
                    add(key, Some(&value));
                }
            }
        }
        named.push(name);
    }
    for name in named {
        members.shift_remove(name);
    }
    Ok((method, filled))
}

fn member<'m>(members: &'m Map<String, Value>, name: &str) -> Result<&'m Value, String> {
    members.get(name).ok_or_else(|| format!("the path has a {name}, and the request has none"))
}

/// Returns the text of a member for a path; `None` if it is absent.
fn text(name: &str, value: &Value) -> Result<Option<String>, String> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        Value::Bool(_) | Value::Number(_) => Ok(Some(value.to_string())),
        Value::Array(_) | Value::Object(_) => Err(format!("{name} is not a text, and a path has only texts")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The template, the members, the resulting path, and the remaining members.
    #[test]
    fn templates_are_filled_in() {
        for (template, members, path, left) in [
            ("POST /", json!({ "b": 1, "a": 2 }), "/", json!({ "b": 1, "a": 2 })),
            ("GET /plans/", json!({}), "/plans/", json!({})),
            ("GET /a/{Id}/b", json!({ "x": 1, "Id": "é/ü:~+ %", "y": 2 }), "/a/%C3%A9%2F%C3%BC%3A~%2B%20%25/b", json!({ "x": 1, "y": 2 })),
            ("GET /{Bucket}/{Key+}", json!({ "Bucket": "b/c", "Key": "a b/c?d/" }), "/b%2Fc/a%20b/c%3Fd/", json!({})),
            ("GET /{Version}", json!({ "Version": 3 }), "/3", json!({})),
            ("GET /?a={A}&b={B}&c={C}", json!({ "A": null, "B": false, "C": "" }), "/?b=false&c=", json!({})),
            ("GET /?keys={Keys}&x={X}", json!({ "Keys": ["a&b", "c=d"], "X": 0 }), "/?keys=a%26b&keys=c%3Dd&x=0", json!({})),
            ("GET /?keys={Keys}&x={X}", json!({ "Keys": [], "X": 0 }), "/?x=0", json!({})),
            ("POST /tags?mode=add&force&of={Of}", json!({ "Of": "t", "Tags": {} }), "/tags?mode=add&force&of=t", json!({ "Tags": {} })),
            ("PUT /{Name}?Name={Name}", json!({ "Name": "n" }), "/n?Name=n", json!({})),
        ] {
            let Value::Object(mut members) = members else { panic!("members") };
            let left = left.as_object().expect("members");
            let filled = fill(template, &mut members).map(|(_, path)| path);
            assert_eq!((filled.as_deref(), &members), (Ok(path), left), "{template}");
            let order: Vec<_> = left.keys().collect();
            assert_eq!(members.keys().collect::<Vec<_>>(), order, "the remaining members keep their order");
        }
    }

    /// `DELETE /vaults/{Name}` without a name is `DELETE /vaults/`: nothing is sent.
    #[test]
    fn a_member_that_would_change_the_path_is_refused() {
        for (template, members, words) in [
            ("DELETE /vaults/{Name}", json!({ "Name": "" }), "Name is part of the path, and is empty"),
            ("DELETE /vaults/{Name}", json!({ "Name": null }), "Name is part of the path, and is empty"),
            ("DELETE /vaults/{Name}", json!({ "Name": ".." }), "Name is part of the path, and is empty or dots"),
            ("DELETE /vaults/{Name+}", json!({ "Name": "a/./b" }), "Name is part of the path, and is empty or dots"),
            ("DELETE /vaults/{Name}", json!({ "name": "n" }), "the path has a Name, and the request has none"),
            ("DELETE /vaults/{Name}", json!({ "Name": ["n"] }), "Name is not a text"),
            ("GET /vaults?max={Max}", json!({ "max": 1 }), "the path has a Max, and the request has none"),
            ("GET /vaults?max={Max}", json!({ "Max": [[1]] }), "Max is not a text"),
            ("GET /vaults/{Name", json!({ "Name": "n" }), "a label without an end"),
            ("/vaults", json!({}), "has no method"),
        ] {
            let Value::Object(mut members) = members else { panic!("members") };
            let problem = fill(template, &mut members).expect_err(template);
            assert!(problem.contains(words), "{template}: {problem}");
        }
    }
}
