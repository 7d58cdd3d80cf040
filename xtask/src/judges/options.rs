//! What a judge is, and the command line of `cargo xtask judges`: which of them, and the flags of theirs.

use std::collections::BTreeMap;

use crate::step::Failure;
use crate::timings::Verdict;

/// One judge.
#[derive(Debug)]
pub(crate) struct Judge {
    pub(super) name: &'static str,
    /// What it judges, and by what.
    pub(super) about: &'static str,
    /// How long it takes on two cores, once it is installed.
    pub(super) takes: &'static str,
    /// The flags that it listens to.
    pub(super) flags: &'static [Flag],
    pub(super) run: fn(&Options) -> Result<Verdict, Failure>,
}

/// A flag of a judge; each takes a value.
#[derive(Debug)]
pub(super) struct Flag {
    /// With its dashes.
    pub(super) name: &'static str,
    /// The value's name, in capitals.
    pub(super) value: &'static str,
    pub(super) about: &'static str,
}

/// The flags that were given, with their values.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options(BTreeMap<&'static str, String>);

impl Options {
    /// Returns the value of a flag.
    pub(super) fn get(&self, flag: &str) -> Option<&str> {
        self.0.get(flag).map(String::as_str)
    }
}

/// What was asked for.
#[derive(Debug)]
pub(crate) enum Request {
    /// The list of judges.
    List,
    /// Some judges, in the order of the list.
    Run { judges: Vec<&'static Judge>, options: Options },
}

impl Request {
    /// Reads the words after `judges`; no name means all of them.
    ///
    /// # Errors
    ///
    /// Says which word is unknown or lacks its value.
    pub(crate) fn parse(known: &'static [Judge], words: &[&str]) -> Result<Self, String> {
        if words == ["--list"] {
            return Ok(Self::List);
        }
        let (mut names, mut options) = (Vec::new(), Options::default());
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if !word.starts_with("--") {
                names.push(*word);
                continue;
            }
            let flag = flags(known).find(|flag| flag.name == *word).ok_or_else(|| format!("no judge has a flag `{word}`"))?;
            let value =
                words.next().filter(|value| !value.starts_with("--")).ok_or_else(|| format!("`{word}` lacks its {}", flag.value))?;
            if options.0.insert(flag.name, (*value).to_owned()).is_some() {
                return Err(format!("`{word}` is given twice"));
            }
        }
        if let Some(unknown) = names.iter().find(|name| known.iter().all(|judge| judge.name != **name)) {
            return Err(format!("there is no judge `{unknown}`"));
        }
        let judges: Vec<&'static Judge> = known.iter().filter(|judge| names.is_empty() || names.contains(&judge.name)).collect();
        if let Some(flag) = options.0.keys().find(|name| judges.iter().all(|judge| judge.flags.iter().all(|flag| flag.name != **name))) {
            return Err(format!("`{flag}` is of a judge that does not run"));
        }
        Ok(Self::Run { judges, options })
    }
}

fn flags(judges: &'static [Judge]) -> impl Iterator<Item = &'static Flag> {
    judges.iter().flat_map(|judge| judge.flags)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judges::JUDGES;

    #[test]
    fn judges_and_their_flags_are_read() {
        let Ok(Request::Run { judges, options }) = Request::parse(JUDGES, &["mutants", "--shard", "3/16", "package"]) else {
            panic!("it is right")
        };
        assert_eq!(judges.iter().map(|judge| judge.name).collect::<Vec<_>>(), ["package", "mutants"]);
        assert_eq!((options.get("--shard"), options.get("--seed")), (Some("3/16"), None));
        let Ok(Request::Run { judges, .. }) = Request::parse(JUDGES, &[]) else { panic!("it is right") };
        assert_eq!(judges.len(), JUDGES.len());
        assert!(matches!(Request::parse(JUDGES, &["--list"]), Ok(Request::List)));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (words, expected) in [
            (&["mutant"][..], "there is no judge `mutant`"),
            (&["--shards", "1/2"], "no judge has a flag `--shards`"),
            (&["mutants", "--shard"], "`--shard` lacks its K/N"),
            (&["mutants", "--shard", "--seed", "1"], "`--shard` lacks its K/N"),
            (&["mutants", "--seed", "1", "--seed", "2"], "`--seed` is given twice"),
            (&["package", "--shard", "1/2"], "`--shard` is of a judge that does not run"),
        ] {
            assert_eq!(Request::parse(JUDGES, words).expect_err("it is wrong"), expected);
        }
    }
}
