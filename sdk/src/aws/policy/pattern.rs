//! Texts with `*`, `?` and `${variables}`: actions, resources, condition values.
//!
//! A pattern is split into pieces once, when its document is parsed; matching takes the values of variables from the request. The
//! value of a variable is always literal: a tag `*` matches only a star.

use std::borrow::Cow;
use std::fmt;

use super::context::Scope;

/// An ARN has this many parts between colons; the last one may contain colons.
const ARN_PARTS: usize = 6;

/// Whether `*` and `?` are wildcards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wildcards {
    Meant,
    Literal,
}

/// Whether `${…}` is replaced: policy version 2012-10-17 replaces, 2008-10-17 takes it as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Variables {
    Replaced,
    Literal,
}

/// A text in a policy that is compared with a value of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Char(char),
    /// `*`: any number of characters.
    Any,
    /// `?`: exactly one character.
    One,
    Variable {
        key: String,
        default: Option<String>,
    },
}

impl Pattern {
    /// Splits a text into pieces; the error explains an invalid variable.
    pub(super) fn parse(text: &str, wildcards: Wildcards, variables: Variables) -> Result<Self, String> {
        let mut pieces = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            if variables == Variables::Replaced && rest.starts_with("${") {
                let end = rest.find('}').ok_or_else(|| format!("`{text}` has a `${{` without its `}}`"))?;
                pieces.push(variable(&rest[2..end]).ok_or_else(|| format!("`{}` is not a policy variable", &rest[..=end]))?);
                rest = &rest[end + 1..];
                continue;
            }
            pieces.push(match (next, wildcards) {
                ('*', Wildcards::Meant) => Piece::Any,
                ('?', Wildcards::Meant) => Piece::One,
                (other, Wildcards::Meant | Wildcards::Literal) => Piece::Char(other),
            });
            rest = &rest[next.len_utf8()..];
        }
        Ok(Self { text: text.to_owned(), pieces })
    }

    /// Returns a pattern for an action: wildcards, no variables, letter case ignored.
    pub(super) fn action(text: &str) -> Self {
        let pieces = text
            .chars()
            .map(|c| match c {
                '*' => Piece::Any,
                '?' => Piece::One,
                other => Piece::Char(other.to_ascii_lowercase()),
            })
            .collect();
        Self { text: text.to_owned(), pieces }
    }

    /// Returns the text in the policy.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns whether this is a lone `*`.
    pub fn is_any(&self) -> bool {
        matches!(self.pieces.as_slice(), [Piece::Any])
    }

    /// Returns whether the text has the six parts of an ARN, or a variable that could contain them.
    pub(super) fn may_be_arn(&self) -> bool {
        self.has_variable() || parts(&self.pieces).is_some()
    }

    /// Returns whether this pattern has a wildcard.
    pub(super) fn has_wildcard(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Any | Piece::One))
    }

    fn has_variable(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Variable { .. }))
    }

    /// Returns whether an action, which the caller has in lower case, matches.
    pub(super) fn matches_action(&self, lower_case: &str) -> bool {
        glob(&self.pieces, &characters(lower_case))
    }

    /// Returns whether the whole text matches; a variable without a value matches nothing.
    pub(super) fn matches_text(&self, text: &str, scope: &Scope<'_>) -> bool {
        self.resolve(scope).is_some_and(|pieces| glob(&pieces, &characters(text)))
    }

    /// Like [`Pattern::matches_text`], without regard to letter case.
    pub(super) fn matches_ignoring_case(&self, text: &str, scope: &Scope<'_>) -> bool {
        let lower = |piece: &Piece| match piece {
            Piece::Char(c) => c.to_lowercase().map(Piece::Char).collect(),
            other @ (Piece::Any | Piece::One | Piece::Variable { .. }) => vec![other.clone()],
        };
        self.resolve(scope).is_some_and(|pieces| {
            let pieces: Vec<Piece> = pieces.iter().flat_map(lower).collect();
            glob(&pieces, &characters(&text.to_lowercase()))
        })
    }

    /// Returns whether an ARN matches part by part, as `ArnEquals` and `ArnLike` compare.
    pub(super) fn matches_arn(&self, arn: &str, scope: &Scope<'_>) -> bool {
        let Some(pieces) = self.resolve(scope) else { return false };
        let (Some(wanted), Some(actual)) = (parts(&pieces), arn_parts(arn)) else { return false };
        wanted.iter().zip(actual).all(|(wanted, actual)| glob(wanted, &characters(actual)))
    }

    /// Returns whether a request's resource matches a `Resource` element.
    ///
    /// Parts are compared one by one, so that a wildcard in the account never reaches into the name. A pattern with
    /// fewer parts and a wildcard (`arn:aws:s3*`) leaves the missing parts open.
    pub(super) fn matches_resource(&self, resource: &str, scope: &Scope<'_>) -> bool {
        if self.is_any() {
            return true;
        }
        let Some(pieces) = self.resolve(scope) else { return false };
        let Some(actual) = arn_parts(resource) else {
            // Actions without a resource have `*` as their resource, which only a `*` matches.
            return false;
        };
        let wanted = match parts(&pieces) {
            Some(wanted) => wanted,
            None if self.has_wildcard() => pieces.split(|piece| *piece == Piece::Char(':')).collect(),
            None => return false,
        };
        wanted.iter().zip(actual).all(|(wanted, actual)| glob(wanted, &characters(actual)))
    }

    fn resolve(&self, scope: &Scope<'_>) -> Option<Cow<'_, [Piece]>> {
        if !self.has_variable() {
            return Some(Cow::Borrowed(&self.pieces));
        }
        let mut resolved = Vec::with_capacity(self.pieces.len());
        for piece in &self.pieces {
            match piece {
                Piece::Variable { key, default } => {
                    // Only a key with exactly one value can be part of a text.
                    let value = match scope.values(key) {
                        Some([one]) => one.as_str(),
                        Some(_) | None => default.as_deref()?,
                    };
                    resolved.extend(value.chars().map(Piece::Char));
                }
                other @ (Piece::Char(_) | Piece::Any | Piece::One) => resolved.push(other.clone()),
            }
        }
        Some(Cow::Owned(resolved))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

/// Reads the text between `${` and `}`.
fn variable(inner: &str) -> Option<Piece> {
    if let "*" | "?" | "$" = inner {
        return inner.chars().next().map(Piece::Char);
    }
    let (key, default) = match inner.split_once(',') {
        None => (inner, None),
        Some((key, default)) => (key, Some(default.trim().strip_prefix('\'')?.strip_suffix('\'')?.to_owned())),
    };
    let plain = |c: char| !c.is_whitespace() && !"{}$*?'".contains(c);
    // A tag's key may contain spaces (`aws:PrincipalTag/cost center`), the name before it may not.
    let name = key.split('/').next()?;
    if name.is_empty() || key.trim() != key || !name.chars().all(plain) || key.contains(['{', '$', '\'']) {
        return None;
    }
    Some(Piece::Variable { key: key.to_lowercase(), default })
}

fn characters(text: &str) -> Vec<char> {
    text.chars().collect()
}

/// Splits an ARN pattern into its six parts, or returns `None` if there are fewer.
fn parts(pieces: &[Piece]) -> Option<Vec<&[Piece]>> {
    let parts: Vec<&[Piece]> = pieces.splitn(ARN_PARTS, |piece| *piece == Piece::Char(':')).collect();
    (parts.len() == ARN_PARTS).then_some(parts)
}

fn arn_parts(text: &str) -> Option<Vec<&str>> {
    let parts: Vec<&str> = text.splitn(ARN_PARTS, ':').collect();
    (parts.len() == ARN_PARTS && parts[0] == "arn").then_some(parts)
}

/// Returns whether a text matches a pattern with `*` and `?`, as in `StringLike`.
#[must_use]
pub fn like(pattern: &str, text: &str) -> bool {
    let pieces: Vec<Piece> = pattern
        .chars()
        .map(|c| match c {
            '*' => Piece::Any,
            '?' => Piece::One,
            other => Piece::Char(other),
        })
        .collect();
    glob(&pieces, &characters(text))
}

/// Walks through both once and goes back only to the last `*`, so it is never exponential.
fn glob(pieces: &[Piece], text: &[char]) -> bool {
    let (mut piece, mut at) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while at < text.len() {
        match pieces.get(piece) {
            Some(Piece::Any) => {
                piece += 1;
                retry = Some((piece, at));
                continue;
            }
            Some(Piece::One) => {
                (piece, at) = (piece + 1, at + 1);
                continue;
            }
            Some(Piece::Char(wanted)) if *wanted == text[at] => {
                (piece, at) = (piece + 1, at + 1);
                continue;
            }
            // A variable that was not replaced has no value, and matches nothing.
            Some(Piece::Char(_) | Piece::Variable { .. }) | None => {}
        }
        let Some((after_star, from)) = retry else { return false };
        (piece, at) = (after_star, from + 1);
        retry = Some((piece, at));
    }
    pieces[piece..].iter().all(|rest| *rest == Piece::Any)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        let cases = [
            ("*", "", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxbyy", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("**a", "bca", true),
            ("*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
            ("", "", true),
            ("", "a", false),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(Pattern::action(pattern).matches_action(text), expected, "{pattern} against {text}");
            assert_eq!(Pattern::action(pattern).to_string(), pattern);
        }
    }

    #[test]
    fn variables_are_checked_when_parsed() {
        for good in ["${aws:username}", "${aws:PrincipalTag/cost center, 'none'}", "${*}${?}${$}", "$5", "a{b}", "$"] {
            assert!(Pattern::parse(good, Wildcards::Meant, Variables::Replaced).is_ok(), "{good}");
        }
        for bad in ["${", "${}", "${aws:username", "${ aws:username}", "${a${b}}", "${aws:x, none}", "${aws user}"] {
            assert!(Pattern::parse(bad, Wildcards::Meant, Variables::Replaced).is_err(), "{bad}");
            assert!(Pattern::parse(bad, Wildcards::Meant, Variables::Literal).is_ok(), "{bad}");
        }
    }
}
