//! Text with references to what is not known yet, and the facts that fill them in.
//!
//! `arn:aws:iam::{account/prod:id}:root` is a text with one reference: fact `id` of `account/prod`. The planner
//! fills in what is known; a change keeps the rest; the executor fills in the remainder just before sending.
//! A `{` behind a `$` begins an IAM policy variable (`${aws:username}`) and is left alone, and so is every brace
//! of a JSON document, since no address begins with what may follow those.

use std::collections::BTreeMap;
use std::fmt;

use crate::address::Address;

/// What is known of managed things: ids, ARNs, states; by address and name.
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

    /// Returns whose each known id is.
    #[must_use]
    pub fn ids(&self) -> BTreeMap<&str, &Address> {
        self.0.iter().filter(|((_, name), _)| name == "id").map(|((address, _), id)| (id.as_str(), address)).collect()
    }

    /// Returns what is known of these addresses alone.
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

    /// Returns all that is known.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(String::as_str)
    }

    /// Returns a fact.
    #[must_use]
    pub fn find(&self, address: &Address, name: &str) -> Option<&str> {
        self.0.get(&(address.clone(), name.to_owned())).map(String::as_str)
    }
}

/// A fact that was needed and is not known: a bug in a kind's `after`, never the user's fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} of {address} is not known")]
pub struct MissingFact {
    /// Whose fact.
    pub address: Address,
    /// Its name.
    pub name: String,
}

/// Text that may carry references.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(String);

impl Text {
    /// Returns a text as it stands; references in it count.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the reference to one fact.
    #[must_use]
    pub fn fact(address: &Address, name: &str) -> Self {
        Self(format!("{{{address}:{name}}}"))
    }

    /// Returns the text with its references as they are.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns every reference, in order of appearance.
    #[must_use]
    pub fn references(&self) -> Vec<(Address, String)> {
        self.pieces()
            .into_iter()
            .filter_map(|piece| if let Piece::Reference(address, name) = piece { Some((address, name)) } else { None })
            .collect()
    }

    /// Returns whether nothing is left to fill in.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.references().is_empty()
    }

    /// Returns the text with every known reference filled in.
    #[must_use]
    pub fn resolved(&self, facts: &Facts) -> Self {
        let mut filled = String::with_capacity(self.0.len());
        for piece in self.pieces() {
            match piece {
                Piece::Plain(text) => filled.push_str(text),
                Piece::Reference(address, name) => match facts.find(&address, &name) {
                    Some(value) => filled.push_str(value),
                    None => filled.push_str(Self::fact(&address, &name).as_str()),
                },
            }
        }
        Self(filled)
    }

    /// Returns the finished text.
    ///
    /// # Errors
    ///
    /// [`MissingFact`] for the first reference that no fact fills.
    pub fn known(&self) -> Result<&str, MissingFact> {
        match self.references().into_iter().next() {
            None => Ok(&self.0),
            Some((address, name)) => Err(MissingFact { address, name }),
        }
    }

    fn pieces(&self) -> Vec<Piece<'_>> {
        let mut pieces = Vec::new();
        let (mut plain, mut at) = (0, 0);
        while let Some(open) = self.0[at..].find('{').map(|offset| at + offset) {
            at = open + 1;
            if self.0[..open].ends_with('$') {
                continue;
            }
            let Some(close) = self.0[at..].find('}').map(|offset| at + offset) else { break };
            let inner = &self.0[at..close];
            if let Some((address, name)) = inner.rsplit_once(':')
                && let Ok(address) = address.parse::<Address>()
                && !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
            {
                pieces.push(Piece::Plain(&self.0[plain..open]));
                pieces.push(Piece::Reference(address, name.to_owned()));
                at = close + 1;
                plain = at;
            }
        }
        pieces.push(Piece::Plain(&self.0[plain..]));
        pieces
    }
}

enum Piece<'a> {
    Plain(&'a str),
    Reference(Address, String),
}

/// Prints the text as a person reads it: an unknown reference as `(known after account/prod)`.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in self.pieces() {
            match piece {
                Piece::Plain(text) => f.write_str(text)?,
                Piece::Reference(address, _) => write!(f, "(known after {address})")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
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

    #[test]
    fn references_are_found_filled_and_shown() {
        let text = Text::new("arn:aws:iam::{account/prod:id}:root");
        assert_eq!(text.references(), [(prod(), "id".to_owned())]);
        assert_eq!(text.to_string(), "arn:aws:iam::(known after account/prod):root");
        assert_eq!(text.known(), Err(MissingFact { address: prod(), name: "id".to_owned() }));
        let known = text.resolved(&Facts::one(&prod(), "id", "222233334444"));
        assert_eq!(known.known(), Ok("arn:aws:iam::222233334444:root"));
    }

    #[test]
    fn policy_variables_and_json_are_plain() {
        let text = Text::new(r#"{"Statement":[{"Resource":"arn:aws:s3:::${aws:username}/x","A":{}}],"B":"{account/prod:id}"}"#);
        assert_eq!(text.references().len(), 1);
        let known = text.resolved(&Facts::one(&prod(), "id", "1"));
        assert_eq!(known.as_str(), r#"{"Statement":[{"Resource":"arn:aws:s3:::${aws:username}/x","A":{}}],"B":"1"}"#);
    }

    #[test]
    fn unknown_stays_unknown() {
        let text = Text::new("{account/prod:id}/{account/dev:id}");
        let half = text.resolved(&Facts::one(&prod(), "id", "1"));
        assert_eq!(half.as_str(), "1/{account/dev:id}");
        assert!(!half.is_known());
    }
}
