//! What to do about something that failed: any number of hints, none of them empty.

/// Hints, the likeliest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Hints(Vec<String>);

impl Hints {
    /// Adds others after these.
    pub(crate) fn add(&mut self, others: impl Into<Self>) {
        self.0.extend(others.into().0);
    }

    /// Returns each of them.
    pub(crate) fn each(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl From<String> for Hints {
    /// Takes one; the library and recordings have an empty text where there is nothing to do.
    fn from(hint: String) -> Self {
        Self(if hint.is_empty() { Vec::new() } else { vec![hint] })
    }
}

impl From<&str> for Hints {
    fn from(hint: &str) -> Self {
        Self::from(hint.to_owned())
    }
}

impl From<&String> for Hints {
    fn from(hint: &String) -> Self {
        Self::from(hint.as_str())
    }
}

impl From<Option<String>> for Hints {
    fn from(hint: Option<String>) -> Self {
        hint.map(Self::from).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_text_is_not_a_hint() {
        let mut hints = Hints::from("");
        for none in [Hints::from(String::new()), Hints::from(None), Hints::from(Some(String::new()))] {
            hints.add(none);
        }
        assert_eq!(hints, Hints::default());
        hints.add("sign in");
        hints.add("");
        hints.add(Some("or use a sandbox".to_owned()));
        assert_eq!(hints.each().collect::<Vec<_>>(), ["sign in", "or use a sandbox"]);
    }
}
