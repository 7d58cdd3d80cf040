//! Asking for a manifest's parts: each answer is checked at once and asked for again. Defaults are in brackets, examples
//! are called so.

use landfall::model::Tier;

use super::answers::{ADMINISTRATORS, ENVIRONMENTS, Part};
use super::text::Answers;
use super::{Args, tiers};
use crate::ask;
use crate::failure::Failure;
use crate::format::{bad, hanging};
use crate::width::error_width;

/// Whom the questions go to.
pub(super) trait Ask {
    /// Asks one question; none at the end of input.
    ///
    /// # Errors
    ///
    /// When there is no answer to be had.
    fn ask(&mut self, question: &str) -> Result<Option<String>, Failure>;

    /// Says what is wrong with an answer.
    fn refuse(&mut self, problem: &str);
}

/// The person at the terminal.
pub(super) struct Terminal;

impl Ask for Terminal {
    fn ask(&mut self, question: &str) -> Result<Option<String>, Failure> {
        ask::answer(question)
    }

    fn refuse(&mut self, problem: &str) {
        ask::tell(&hanging(&bad("error: "), 2, problem, error_width()));
    }
}

/// Returns the answers: those that were given, and those to questions about the rest. `region` is the AWS configuration's.
///
/// # Errors
///
/// When the input ends, or cannot be read.
pub(super) fn ask_for(given: Args, region: Option<&str>, person: &mut impl Ask) -> Result<Answers, Failure> {
    let list = |list: Vec<String>| (!list.is_empty()).then(|| list.join(","));
    let mut answers = Answers::example();
    let mut part = |answers: &mut Answers, part, given: Option<String>, question: &str, default: Option<&str>| {
        *answers = one(answers, part, given, question, default, person)?;
        Ok::<(), Failure>(())
    };
    part(&mut answers, Part::Name, given.name, "The organization's name, 2 to 20 of a-z, 0-9 and -, such as kestrel", None)?;
    let example = format!("The mailbox of all accounts, such as aws@{}.example; each account gets its own +part", answers.name);
    part(&mut answers, Part::Email, given.email, &example, None)?;
    let question = if region.is_some() { "The home Region" } else { "The home Region, such as eu-west-1" };
    part(&mut answers, Part::Region, given.region, question, region)?;
    if let Some(regions) = list(given.regions) {
        part(&mut answers, Part::Regions, Some(regions), "Every Region that may be used", None)?;
    }
    part(&mut answers, Part::Environments, list(given.environments), "The environments, in the order of promotion", Some(ENVIRONMENTS))?;
    tier(&mut answers, &given.tiers, person)?;
    let question = "The permission set of the people who run landfall";
    answers = one(&answers, Part::Administrators, list(given.administrators), question, Some(ADMINISTRATORS), person)?;
    let question = "Permission set of the people who operate: they deploy outside production and read everywhere";
    answers = one(&answers, Part::Operators, list(given.operators), question, Some(ADMINISTRATORS), person)?;
    one(&answers, Part::Github, list(given.github), "Who deploys? GitHub OWNER/REPO, or empty", Some(""), person)
}

/// Asks until the answer is a good one. What was given and is wrong is asked for, too.
fn one(
    answers: &Answers,
    part: Part,
    given: Option<String>,
    question: &str,
    default: Option<&str>,
    person: &mut impl Ask,
) -> Result<Answers, Failure> {
    let shown = default.filter(|default| !default.is_empty()).map(|default| format!(" [{default}]")).unwrap_or_default();
    let mut given = given;
    loop {
        let text = match given.take() {
            Some(given) => given,
            None => heard(person.ask(&format!("{question}{shown}:"))?)?,
        };
        let text = match default {
            Some(default) if text.is_empty() => default.to_owned(),
            _ => text,
        };
        match answers.with(part, &text) {
            Ok(answers) => return Ok(answers),
            Err(problem) => person.refuse(&problem),
        }
    }
}

/// Settles the tiers: shows what the names suggest and asks whether it is right; asks for each where it is not, or unknown.
fn tier(answers: &mut Answers, said: &[(String, Tier)], person: &mut impl Ask) -> Result<(), Failure> {
    let mut guesses = tiers::guessed(answers.environments.iter().map(|(name, _)| name.as_str()));
    for ((name, _), guess) in answers.environments.iter().zip(&mut guesses) {
        *guess = said.iter().find(|(said, _)| said == name).map(|(_, tier)| *tier).or(*guess);
    }
    if let Some(known) = guesses.iter().copied().collect::<Option<Vec<Tier>>>() {
        let shown: Vec<String> = answers.environments.iter().zip(&known).map(|((name, _), tier)| format!("{name} {tier}")).collect();
        let question = format!("Tiers: {}. Right? [Y/n]", shown.join(", "));
        if is_yes(&heard(person.ask(&question)?)?) {
            for ((_, tier), known) in answers.environments.iter_mut().zip(known) {
                *tier = known;
            }
            return Ok(());
        }
    }
    for ((name, tier), guess) in answers.environments.iter_mut().zip(guesses) {
        let shown = guess.map(|guess| format!(" [{guess}]")).unwrap_or_default();
        *tier = loop {
            let text = heard(person.ask(&format!("The tier of {name}: sandbox, development, staging or production{shown}:"))?)?;
            match (Tier::ALL.into_iter().find(|tier| !text.is_empty() && tier.as_str().starts_with(&text)), guess) {
                (Some(tier), _) => break tier,
                (None, Some(guess)) if text.is_empty() => break guess,
                (None, _) => person.refuse(&format!("`{text}` is not a tier")),
            }
        };
    }
    Ok(())
}

fn is_yes(answer: &str) -> bool {
    answer.is_empty() || answer.eq_ignore_ascii_case("y") || answer.eq_ignore_ascii_case("yes")
}

fn heard(answer: Option<String>) -> Result<String, Failure> {
    answer.ok_or_else(|| Failure::failed("there are no more answers; nothing was written"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers from a list, and remembers what was asked and refused.
    struct Script(Vec<&'static str>, Vec<String>);

    impl Ask for Script {
        fn ask(&mut self, question: &str) -> Result<Option<String>, Failure> {
            self.1.push(question.to_owned());
            Ok((!self.0.is_empty()).then(|| self.0.remove(0).to_owned()))
        }

        fn refuse(&mut self, problem: &str) {
            self.1.push(format!("error: {problem}"));
        }
    }

    #[test]
    fn wrong_answers_are_asked_for_again_at_once() {
        let lines = [
            "Kestrel",
            "kes",
            "aws",
            "aws@kes.example",
            "",
            "lab,dev,prd,dr",
            "n",
            "",
            "",
            "nonsense",
            "prod",
            "",
            "",
            "Engineers",
            "kes@1/shop@2",
        ];
        let mut script = Script(lines.to_vec(), Vec::new());
        let answers = ask_for(Args::default(), Some("eu-north-1"), &mut script).expect("answers");
        assert!(script.0.is_empty(), "{:?}", script.1);
        let asked = script.1.join("\n");
        assert!(asked.contains("such as kestrel:\nerror: `Kestrel` must have a-z, 0-9"), "{asked}");
        assert!(asked.contains("aws@kes.example; each account gets its own +part:\nerror: "), "{asked}");
        assert!(asked.contains("The home Region [eu-north-1]:"), "{asked}");
        assert!(asked.contains("Tiers: lab sandbox, dev development, prd production, dr production. Right? [Y/n]"), "{asked}");
        assert!(asked.contains("error: `nonsense` is not a tier"), "{asked}");
        assert_eq!(answers.region, "eu-north-1");
        let tiers: Vec<Tier> = answers.environments.iter().map(|(_, tier)| *tier).collect();
        assert_eq!(tiers, [Tier::Sandbox, Tier::Development, Tier::Production, Tier::Production]);
        assert_eq!(
            (&answers.administrators[..], &answers.operators[..]),
            (&["sso:AdministratorAccess".to_owned()][..], &["sso:Engineers".to_owned()][..])
        );
        assert_eq!(answers.github, ["kes@1/shop@2"]);
    }

    #[test]
    fn the_end_of_input_aborts_at_every_question() {
        let lines = ["kes", "aws@kes.example", "eu-west-1", "dev,blue", "dev", "prod", "", "", ""];
        for count in 0..lines.len() {
            let mut script = Script(lines[..count].to_vec(), Vec::new());
            let failure = ask_for(Args::default(), None, &mut script).expect_err("aborted");
            assert!(failure.draw().contains("nothing was written"), "{count}");
        }
        let answers = ask_for(Args::default(), None, &mut Script(lines.to_vec(), Vec::new())).expect("answers");
        assert_eq!(answers.environments[1], ("blue".to_owned(), Tier::Production), "asked for where its name says nothing");
    }
}
