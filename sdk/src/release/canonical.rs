//! JSON in one form only, so that equal documents have equal digests.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Hexadecimal digits of a digest.
const DIGITS: usize = 64;
const HEX: &[u8; 16] = b"0123456789abcdef";
/// Digits that screens show.
const SHOWN: usize = 8;

/// Returns a value as text with keys in order and without spaces. As [RFC 8785] but for numbers, which are written as serde writes them.
///
/// [RFC 8785]: https://www.rfc-editor.org/rfc/rfc8785
#[must_use]
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(members) => {
            let mut keys: Vec<&String> = members.keys().collect();
            keys.sort_unstable();
            out.push('{');
            for (n, key) in keys.into_iter().enumerate() {
                out.push_str(if n == 0 { "" } else { "," });
                out.push_str(&Value::String(key.clone()).to_string());
                out.push(':');
                write(&members[key], out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                out.push_str(if n == 0 { "" } else { "," });
                write(item, out);
            }
            out.push(']');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

/// The name of a document: the SHA-256 of its canonical text, in lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(String);

impl Digest {
    /// Returns the digest of a value.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        let mut digits = String::with_capacity(DIGITS);
        for byte in Sha256::digest(canonical(value)) {
            digits.extend([byte >> 4, byte & 15].map(|digit| char::from(HEX[usize::from(digit)])));
        }
        Self(digits)
    }

    /// Returns all of its digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns its first eight digits, as screens show it.
    #[must_use]
    pub fn short(&self) -> &str {
        &self.0[..SHOWN]
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for Digest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if text.len() == DIGITS && text.bytes().all(is_digit) { Ok(Self(text.to_owned())) } else { Err(NotADigest) }
    }
}

impl TryFrom<String> for Digest {
    type Error = NotADigest;

    fn try_from(text: String) -> Result<Self, NotADigest> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.0
    }
}

/// A text is no digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a digest: it has 64 digits from 0 to 9 and a to f")]
pub struct NotADigest;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_order_of_keys_does_not_matter_and_everything_else_does() {
        let text = r#"{"b":[1,{"y":null,"x":"\"é\n"}],"a":{"d":1.5,"c":true}}"#;
        let value: Value = serde_json::from_str(text).expect("JSON");
        assert_eq!(canonical(&value), r#"{"a":{"c":true,"d":1.5},"b":[1,{"x":"\"é\n","y":null}]}"#);
        assert_eq!(serde_json::from_str::<Value>(&canonical(&value)).expect("JSON"), value);
        assert_eq!(Digest::of(&json!({ "a": 1, "b": 2 })), Digest::of(&json!({ "b": 2, "a": 1 })));
        assert_ne!(Digest::of(&json!([1, 2])), Digest::of(&json!([2, 1])));
    }

    #[test]
    fn a_digest_is_read_as_it_is_written() {
        let digest = Digest::of(&json!({}));
        // `printf '{}' | sha256sum`
        assert_eq!(digest.as_str(), "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
        assert_eq!((digest.to_string().parse(), digest.short()), (Ok(digest.clone()), "44136fa3"));
        for bad in ["", "44136fa3", &"g".repeat(64), &"A".repeat(64), &"0".repeat(65)] {
            assert_eq!(bad.parse::<Digest>(), Err(NotADigest), "{bad}");
        }
    }
}
