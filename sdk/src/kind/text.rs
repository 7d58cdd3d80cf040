//! Text with references to outputs that are not known yet, and the outputs that fill them in.
//!
//! A reference is made by [`Text::fact`] and nothing else: it stands between two characters that no name, ARN or document has (U+E000 and
//! U+E001, of Unicode's private use), so that a user's text never contains one by accident. It is parsed once, when the text is made. The
//! planner fills in what is known; a change keeps the rest; the executor fills in the remainder just before sending.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::hash::{Hash, Hasher};
use std::ops::Range;

use crate::address::Address;

/// Known outputs of managed resources: ids, ARNs, states; by address and name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts(BTreeMap<(Address, String), String>);

impl Facts {
    /// Returns no facts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns one fact.
    #[must_use]
    pub fn one(address: &Address, name: &str, value: impl Into<String>) -> Self {
        let mut facts = Self::new();
        facts.learn(address, name, value);
        facts
    }

    /// Adds a fact; a later one replaces an earlier one.
    pub fn learn(&mut self, address: &Address, name: &str, value: impl Into<String>) {
        self.0.insert((address.clone(), name.to_owned()), value.into());
    }

    /// Adds all of another's facts.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Returns the address of each known id.
    #[must_use]
    pub fn ids(&self) -> BTreeMap<&str, &Address> {
        self.0.iter().filter(|((_, name), _)| name == "id").map(|((address, _), id)| (id.as_str(), address)).collect()
    }

    /// Returns the facts of these addresses only.
    #[must_use]
    pub fn of<'a>(&self, addresses: impl IntoIterator<Item = &'a Address>) -> Self {
        let mut some = Self::new();
        for address in addresses {
            let first = (address.clone(), String::new());
            let known = self.0.range(first..).take_while(|((known, _), _)| known == address);
            some.0.extend(known.map(|(key, value)| (key.clone(), value.clone())));
        }
        some
    }

    /// Returns all facts.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(String::as_str)
    }

    /// Returns a fact.
    #[must_use]
    pub fn find(&self, address: &Address, name: &str) -> Option<&str> {
        self.0.get(&(address.clone(), name.to_owned())).map(String::as_str)
    }
}

/// A fact that was needed and is not known: a bug in a kind's `after`, never an error of the user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} of {address} is not known")]
pub struct MissingFact {
    /// The address of the fact.
    pub address: Address,
    /// Its name.
    pub name: String,
}

/// The first and last character of a reference.
const OPEN: char = '\u{e000}';
const CLOSE: char = '\u{e001}';

/// Text that may carry references.
#[derive(Clone, Default)]
pub struct Text {
    raw: String,
    references: Vec<Reference>,
}

/// A reference in a text.
#[derive(Clone)]
struct Reference {
    /// Its place in the text.
    at: Range<usize>,
    /// The address of the fact.
    address: Address,
    /// Its name.
    name: String,
}

impl Text {
    /// Returns a text; references made by [`fact`](Self::fact) are recognized.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        let raw = text.into();
        let references = read(&raw);
        Self { raw, references }
    }

    /// Returns a user's text, in which nothing is a reference.
    #[must_use]
    pub fn plain(text: impl Into<String>) -> Self {
        Self { raw: text.into(), references: Vec::new() }
    }

    /// Returns the reference to one fact.
    #[must_use]
    pub fn fact(address: &Address, name: &str) -> Self {
        Self::new(format!("{OPEN}{address}:{name}{CLOSE}"))
    }

    /// Returns the text with its references as they are: to be put into a larger one, or compared.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.raw
    }

    /// Returns every reference, in order of appearance.
    #[must_use]
    pub fn references(&self) -> Vec<(Address, String)> {
        self.references.iter().map(|reference| (reference.address.clone(), reference.name.clone())).collect()
    }

    /// Returns whether all references are filled in.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.references.is_empty()
    }

    /// Returns the text with every known reference filled in. A filled-in value is not parsed for references.
    #[must_use]
    pub fn resolved(&self, facts: &Facts) -> Self {
        let mut filled = Self { raw: String::with_capacity(self.raw.len()), references: Vec::new() };
        let mut plain = 0;
        for reference in &self.references {
            filled.raw.push_str(&self.raw[plain..reference.at.start]);
            plain = reference.at.end;
            if let Some(value) = facts.find(&reference.address, &reference.name) {
                filled.raw.push_str(value);
            } else {
                let start = filled.raw.len();
                filled.raw.push_str(&self.raw[reference.at.clone()]);
                filled.references.push(Reference { at: start..filled.raw.len(), ..reference.clone() });
            }
        }
        filled.raw.push_str(&self.raw[plain..]);
        filled
    }

    /// Returns the finished text.
    ///
    /// # Errors
    ///
    /// [`MissingFact`] for the first reference without a fact.
    pub fn known(&self) -> Result<&str, MissingFact> {
        match self.references.first() {
            None => Ok(&self.raw),
            Some(Reference { address, name, .. }) => Err(MissingFact { address: address.clone(), name: name.clone() }),
        }
    }

    /// Returns the text with each reference as `{account/prod:id}`.
    fn template(&self) -> String {
        let mut text = String::with_capacity(self.raw.len());
        // A String takes whatever is written.
        let _ = self.write(&mut text, |reference| format!("{{{}:{}}}", reference.address, reference.name));
        text
    }

    /// Writes the text with each reference replaced.
    fn write(&self, f: &mut impl Write, instead: impl Fn(&Reference) -> String) -> fmt::Result {
        let mut plain = 0;
        for reference in &self.references {
            f.write_str(&self.raw[plain..reference.at.start])?;
            f.write_str(&instead(reference))?;
            plain = reference.at.end;
        }
        f.write_str(&self.raw[plain..])
    }
}

/// Reads the references of a text.
fn read(raw: &str) -> Vec<Reference> {
    let mut references = Vec::new();
    let mut at = 0;
    while let Some(start) = raw[at..].find(OPEN).map(|offset| at + offset) {
        at = start + OPEN.len_utf8();
        let Some(close) = raw[at..].find(CLOSE).map(|offset| at + offset) else { break };
        if let Some((address, name)) = raw[at..close].rsplit_once(':')
            && let Ok(address) = address.parse()
        {
            let end = close + CLOSE.len_utf8();
            references.push(Reference { at: start..end, address, name: name.to_owned() });
            at = end;
        }
    }
    references
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw && self.is_known() == other.is_known()
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (&self.raw, self.is_known()).cmp(&(&other.raw, other.is_known()))
    }
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.raw.hash(state);
    }
}

/// Prints the text in readable form: an unknown reference as `(known after account/prod)`.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, |reference| format!("(known after {})", reference.address))
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.template(), f)
    }
}

/// Written as [`Debug`](fmt::Debug) prints it: `arn:aws:iam::{account/prod:id}:root`.
impl serde::Serialize for Text {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.template())
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prod() -> Address {
        "account/prod".parse().expect("valid")
    }

    fn id_of(address: &str) -> String {
        Text::fact(&address.parse().expect("valid"), "id").as_str().to_owned()
    }

    #[test]
    fn references_are_found_filled_and_shown() {
        let text = Text::new(format!("arn:aws:iam::{}:root", id_of("account/prod")));
        assert_eq!(text.references(), [(prod(), "id".to_owned())]);
        assert_eq!(text.to_string(), "arn:aws:iam::(known after account/prod):root");
        assert_eq!(format!("{text:?}"), "\"arn:aws:iam::{account/prod:id}:root\"");
        assert_eq!(text.known(), Err(MissingFact { address: prod(), name: "id".to_owned() }));
        let known = text.resolved(&Facts::one(&prod(), "id", "222233334444"));
        assert_eq!(known.known(), Ok("arn:aws:iam::222233334444:root"));
    }

    /// A user's text that looks like a reference, or contains its characters, is left as it is.
    #[test]
    fn a_users_text_is_not_a_reference() {
        let facts = Facts::one(&prod(), "id", "222233334444");
        let braces = r#"{"Statement":[{"Resource":"arn:aws:s3:::${aws:username}/{account/prod:id}"}]}"#;
        assert_eq!(Text::new(braces).resolved(&facts).known(), Ok(braces));
        let forged = id_of("account/prod");
        assert_eq!(Text::plain(forged.as_str()).resolved(&facts).known(), Ok(forged.as_str()));
        assert_eq!(Text::plain(forged.as_str()).to_string(), forged);
        assert_ne!(Text::plain(forged.as_str()), Text::new(forged));
        for odd in [format!("a{OPEN}"), format!("{OPEN}no address:id{CLOSE}"), format!("{CLOSE}{OPEN}{OPEN}{CLOSE}")] {
            assert_eq!(Text::new(odd.as_str()).known(), Ok(odd.as_str()));
        }
    }

    #[test]
    fn a_filled_in_value_is_not_parsed_for_references() {
        let text = Text::new(format!("{}/{}", id_of("account/prod"), id_of("account/dev")));
        let half = text.resolved(&Facts::one(&prod(), "id", id_of("account/dev")));
        assert_eq!(half.references().len(), 1, "the value of a fact is not a reference");
        let dev: Address = "account/dev".parse().expect("valid");
        let whole = half.resolved(&Facts::one(&dev, "id", "2"));
        assert_eq!(whole.known(), Ok(format!("{}/2", id_of("account/dev")).as_str()));
    }
}
