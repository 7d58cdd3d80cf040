//! The answers that a manifest is made of, and whether one of them is a good one: asked of the manifest's own reader, so that no rule is
//! written twice.

use landfall::manifest::{Diagnostic, Severity, Source, parse};
use landfall::model::Tier;
use landfall::name::EnvironmentName;

use super::text::{self, Answers, GLOBAL_REGION};
use super::{Args, tiers};
use crate::failure::Failure;

/// The environments that a company begins with.
pub(super) const ENVIRONMENTS: &str = "dev,staging,prod";
/// The permission set that AWS suggests to those who set up IAM Identity Center.
pub(super) const ADMINISTRATORS: &str = "AdministratorAccess";

/// One answer, as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Name,
    Email,
    Region,
    Regions,
    Environments,
    Administrators,
    Operators,
    Github,
}

impl Part {
    const ALL: [Self; 8] =
        [Self::Name, Self::Email, Self::Region, Self::Regions, Self::Environments, Self::Administrators, Self::Operators, Self::Github];

    /// Returns the flag that gives it.
    fn flag(self) -> &'static str {
        match self {
            Self::Name => "--name",
            Self::Email => "--email",
            Self::Region => "--region",
            Self::Regions => "--regions",
            Self::Environments => "--environments",
            Self::Administrators => "--administrators",
            Self::Operators => "--operators",
            Self::Github => "--github",
        }
    }
}

impl Answers {
    /// Returns answers that go together, in which one at a time is replaced to see whether it is good.
    pub(super) fn example() -> Self {
        Self {
            name: "acme".to_owned(),
            email: template("aws@acme.example"),
            region: "eu-west-1".to_owned(),
            regions: vec!["eu-west-1".to_owned(), GLOBAL_REGION.to_owned()],
            environments: vec![("dev".to_owned(), Tier::Development)],
            administrators: vec![principal(ADMINISTRATORS)],
            operators: vec![principal(ADMINISTRATORS)],
            github: Vec::new(),
        }
    }

    /// Takes what was given as flags, and the defaults for the rest.
    ///
    /// # Errors
    ///
    /// When something is missing that has no default, or any of it is wrong: all of it at once.
    pub(super) fn given(given: Args) -> Result<Self, Failure> {
        let missing: Vec<&str> =
            [("--name", given.name.is_none()), ("--email", given.email.is_none()), ("--region", given.region.is_none())]
                .into_iter()
                .filter_map(|(flag, is_missing)| is_missing.then_some(flag))
                .collect();
        if !missing.is_empty() {
            return Err(Failure::usage(format!("{} missing, and standard input is not a terminal", missing.join(", ")))
                .hinted("name them: landfall init --name acme --email 'aws+{account}@acme.example' --region eu-west-1"));
        }
        let mut problems = Vec::new();
        let mut answers = Self::example();
        let tiers = given.tiers.clone();
        for (part, text) in parts(given) {
            match answers.with(part, &text) {
                Ok(with) => answers = with,
                Err(problem) => problems.push(format!("{} {text}: {problem}", part.flag())),
            }
        }
        if problems.is_empty() {
            answers.tier(&tiers).map_err(|problem| problems.push(problem)).ok();
        }
        if problems.is_empty() {
            return Ok(answers);
        }
        let failure = Failure::usage("no manifest can be made of this; nothing was written");
        Err(problems.into_iter().fold(failure, Failure::because))
    }

    /// Returns the answers with one of them replaced.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and what would be right.
    pub(super) fn with(&self, part: Part, text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.chars().any(char::is_control) {
            return Err("it has control characters in it".to_owned());
        }
        let mut answers = self.clone();
        match part {
            Part::Name => text.clone_into(&mut answers.name),
            Part::Email => answers.email = template(text),
            Part::Region => {
                text.clone_into(&mut answers.region);
                answers.regions = vec![text.to_owned()];
                if text != GLOBAL_REGION {
                    answers.regions.push(GLOBAL_REGION.to_owned());
                }
            }
            Part::Regions => {
                answers.regions = listed(text);
                answers.regions.retain(|region| *region != answers.region);
                answers.regions.insert(0, answers.region.clone());
            }
            Part::Environments => answers.environments = environments(text)?,
            Part::Administrators => answers.administrators = listed(text).iter().map(|text| principal(text)).collect(),
            Part::Operators => answers.operators = listed(text).iter().map(|text| principal(text)).collect(),
            Part::Github => answers.github = listed(text),
        }
        let source = Source { name: "landfall.toml".to_owned(), text: text::manifest(&answers) };
        let found = parse(&source, &|_| Err("a new manifest names no file".to_owned())).diagnostics;
        match found.iter().find(|found| found.severity == Severity::Error) {
            Some(error) => Err(words(error)),
            None => Ok(answers),
        }
    }

    /// Gives the environments their tiers: those that were said, and for the others what their names suggest.
    ///
    /// # Errors
    ///
    /// Which of them has none, or what else is wrong.
    fn tier(&mut self, said: &[(String, Tier)]) -> Result<(), String> {
        if let Some((unknown, _)) = said.iter().find(|(name, _)| self.environments.iter().all(|(other, _)| other != name)) {
            return Err(format!("--tiers {unknown}=…: there is no such environment"));
        }
        let guessed = tiers::guessed(self.environments.iter().map(|(name, _)| name.as_str()));
        let mut unknown = Vec::new();
        for ((name, tier), guess) in self.environments.iter_mut().zip(guessed) {
            match said.iter().find(|(said, _)| said == name).map(|(_, tier)| *tier).or(guess) {
                Some(known) => *tier = known,
                None => unknown.push(format!("{name}=TIER")),
            }
        }
        if unknown.is_empty() {
            return Ok(());
        }
        Err(format!("the tier cannot be told from the name: --tiers {} (sandbox, development, staging, production)", unknown.join(",")))
    }
}

/// Returns the answers that were given, in the order in which they build on each other.
pub(super) fn parts(given: Args) -> Vec<(Part, String)> {
    let joined = |list: Vec<String>| (!list.is_empty()).then(|| list.join(","));
    let environments = joined(given.environments).unwrap_or_else(|| ENVIRONMENTS.to_owned());
    let texts = [
        given.name,
        given.email,
        given.region,
        joined(given.regions),
        Some(environments),
        joined(given.administrators),
        joined(given.operators),
        joined(given.github),
    ];
    Part::ALL.into_iter().zip(texts).filter_map(|(part, text)| Some((part, text?))).collect()
}

/// Returns what is wrong, in one sentence and without a place in a file that is not written.
pub(super) fn words(found: &Diagnostic) -> String {
    // Hints that repeat a key's meaning were said by the question.
    let hint = found.hint.as_deref().filter(|hint| !hint.starts_with('`'));
    let more = [Some(found.label.as_str()), hint].into_iter().flatten().filter(|more| !more.is_empty());
    more.fold(found.message.clone(), |text, more| format!("{text}; {more}"))
}

fn listed(text: &str) -> Vec<String> {
    text.split([',', ' ']).map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Reads the environments; their tiers come later.
fn environments(text: &str) -> Result<Vec<(String, Tier)>, String> {
    let names = listed(text);
    if names.is_empty() {
        return Err("there has to be one".to_owned());
    }
    for (index, name) in names.iter().enumerate() {
        name.parse::<EnvironmentName>().map_err(|error| error.to_string())?;
        if names[..index].contains(name) {
            return Err(format!("`{name}` is there twice"));
        }
    }
    Ok(names.into_iter().map(|name| (name, Tier::Development)).collect())
}

/// Makes a template of a plain mailbox: `aws@acme.example` becomes `aws+{account}@acme.example`.
fn template(email: &str) -> String {
    match email.split_once('@') {
        Some((mailbox, domain)) if !email.contains("{account}") => format!("{mailbox}+{{account}}@{domain}"),
        Some(_) | None => email.to_owned(),
    }
}

/// Makes a principal of a permission set's name; what is one already stays.
fn principal(text: &str) -> String {
    if text.contains([':', '/']) { text.to_owned() } else { format!("sso:{text}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_becomes_a_template() {
        for (email, expected) in
            [("aws@acme.example", "aws+{account}@acme.example"), ("{account}@acme.example", "{account}@acme.example"), ("aws", "aws")]
        {
            assert_eq!(template(email), expected);
        }
    }

    #[test]
    fn each_answer_is_judged_by_itself() {
        for (part, text, expected) in [
            (Part::Name, "Kestrel", "a-z, 0-9"),
            (Part::Name, "", "2"),
            (Part::Name, "a\"\n[x]", "control"),
            (Part::Name, "a\"]", "a-z, 0-9"),
            (Part::Email, "aws", "{account}"),
            (Part::Email, "aws@", "e-mail"),
            (Part::Region, "eu west", "Region"),
            (Part::Region, "me-south-1", "opt-in"),
            (Part::Region, "eu-west-9", "did you mean `eu-west-1`?"),
            (Part::Environments, "dev, Prod", "a-z, 0-9"),
            (Part::Environments, "dev,dev", "twice"),
            (Part::Environments, " , ", "there has to be one"),
            (Part::Operators, "a b:c", "sso"),
            (Part::Github, "kestrel", "OWNER/REPO"),
        ] {
            let problem = Answers::example().with(part, text).expect_err(text);
            assert!(problem.contains(expected) && !problem.contains("landfall.toml"), "{text}: {problem}");
        }
        let good = Answers::example().with(Part::Operators, "Engineers sso:Ops").expect("good");
        assert_eq!(good.operators, ["sso:Engineers", "sso:Ops"]);
        let good = good.with(Part::Region, "us-east-1").expect("good");
        assert_eq!(good.regions, ["us-east-1"]);
    }

    #[test]
    fn flags_are_judged_all_at_once() {
        let given = |name: &str, environments: &[&str]| Args {
            name: Some(name.to_owned()),
            email: Some("aws@acme.example".to_owned()),
            region: Some("eu-west-1".to_owned()),
            environments: environments.iter().map(|&name| name.to_owned()).collect(),
            ..Args::default()
        };
        let answers = Answers::given(given("kes", &["lab", "prd", "dr"])).expect("good");
        let tiers: Vec<Tier> = answers.environments.iter().map(|(_, tier)| *tier).collect();
        assert_eq!(tiers, [Tier::Sandbox, Tier::Production, Tier::Production]);
        let drawn = Answers::given(given("K", &["Dev"])).expect_err("bad").draw();
        assert!(drawn.contains("--name K: ") && drawn.contains("--environments Dev: "), "{drawn}");
        let drawn = Answers::given(given("kes", &["blue"])).expect_err("unknown").draw();
        assert!(drawn.contains("--tiers blue=TIER"), "{drawn}");
        let said = Args { tiers: vec![("blue".to_owned(), Tier::Production)], ..given("kes", &["blue"]) };
        assert_eq!(Answers::given(said).expect("said").environments, [("blue".to_owned(), Tier::Production)]);
    }
}
