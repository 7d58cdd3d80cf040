//! `landfall init`: writes the smallest useful manifest, asking for what is not given.

use std::fmt::Write;

use landfall::manifest::{Source, parse};
use landfall::model::Tier;
use landfall::plan::saved::digest;

use crate::ask;
use crate::document::{self, Document};
use crate::failure::{Failure, exit};
use crate::manifest::{Read, draw, refused};
use crate::render::words::{count, good, hint};
use crate::settings::{Init, Settings};

/// The environments that a company begins with.
const ENVIRONMENTS: &str = "dev,staging,prod";
/// The Region where AWS keeps its global services: without it, `limit-regions` would deny IAM's console.
const GLOBAL_REGION: &str = "us-east-1";
/// Networks are /16 blocks of 10.0.0.0/8, so far apart that each can grow: 10.16, 10.32 …
const NETWORK_STEP: usize = 16;

/// Writes the manifest.
pub(super) fn run(settings: &Settings, given: Init) -> Result<u8, Failure> {
    let name = settings.manifest.display().to_string();
    document::check(&settings.manifest, Document::Manifest)?;
    let answers = answers(given)?;
    let source = Source { name: name.clone(), text: text(&answers) };
    let parsed = parse(&source, &|_| Err("a new manifest names no file".to_owned()));
    let digest = digest([&source.text]);
    let read = Read { source, organization: parsed.organization, diagnostics: parsed.diagnostics, digest };
    let drawn = draw(&read);
    let Some(organization) = &read.organization else {
        return Err(
            refused(&read.diagnostics, "what was given", drawn).hinted("nothing was written; correct it and run `landfall init` again")
        );
    };
    document::write(&settings.manifest, Document::Manifest, &read.source.text)?;
    settings.screen.say(&format!(
        "{} {name}: {}, {}\n",
        good("wrote"),
        count(organization.environments.len(), "environment"),
        count(organization.accounts.len(), "account"),
    ));
    settings.screen.say(&format!(
        "\nBefore you apply it to AWS, send a mail to {} and see that it arrives:\n\
         each account's root user gets its mail there, and AWS takes an e-mail once only.\n",
        answers.email.replace("{account}", "test"),
    ));
    settings.screen.say(&format!("\n{} try it without AWS: landfall apply{} --sandbox\n", hint("hint:"), file_flag(settings)));
    Ok(exit::DONE)
}

fn file_flag(settings: &Settings) -> String {
    // `init` may have been called with other global flags; only the file matters to what comes next.
    if settings.manifest.as_os_str() == "landfall.toml" { String::new() } else { format!(" -f {}", settings.manifest.display()) }
}

/// What a manifest is made of.
struct Answers {
    name: String,
    email: String,
    region: String,
    regions: Vec<String>,
    environments: Vec<String>,
}

/// Completes what was given by asking, or says which flags are missing.
fn answers(given: Init) -> Result<Answers, Failure> {
    let missing: Vec<&str> = [("--name", given.name.is_none()), ("--email", given.email.is_none()), ("--region", given.region.is_none())]
        .into_iter()
        .filter_map(|(flag, is_missing)| is_missing.then_some(flag))
        .collect();
    let somebody = ask::is_possible();
    if !missing.is_empty() && !somebody {
        return Err(Failure::usage(format!("{} missing, and there is nobody to ask", missing.join(", ")))
            .hinted("landfall init --name acme --email 'aws+{account}@acme.example' --region eu-west-1"));
    }
    let name = answer(given.name, "The organization's name, 2 to 20 of a-z, 0-9 and - (acme):", "")?;
    let email = answer(given.email, "The mailbox for all accounts; each gets its own +part (aws@acme.example):", "")?;
    let region = answer(given.region, "The home Region (eu-west-1):", "")?;
    let environments = if given.environments.is_empty() {
        let text = if somebody && !missing.is_empty() {
            answer(None, &format!("The environments, in the order of promotion [{ENVIRONMENTS}]:"), ENVIRONMENTS)?
        } else {
            ENVIRONMENTS.to_owned()
        };
        text.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
    } else {
        given.environments
    };
    let mut regions = given.regions;
    if regions.is_empty() {
        regions.push(GLOBAL_REGION.to_owned());
    }
    regions.retain(|other| *other != region);
    regions.insert(0, region.clone());
    Ok(Answers { name, email: template(&email), region, regions, environments })
}

fn answer(given: Option<String>, question: &str, default: &str) -> Result<String, Failure> {
    if let Some(given) = given {
        return Ok(given);
    }
    let answer = ask::ask(question)?;
    Ok(if answer.is_empty() { default.to_owned() } else { answer })
}

/// Makes a template of a plain mailbox: `aws@acme.example` becomes `aws+{account}@acme.example`.
fn template(email: &str) -> String {
    match email.split_once('@') {
        Some((mailbox, domain)) if !email.contains("{account}") => format!("{mailbox}+{{account}}@{domain}"),
        Some(_) | None => email.to_owned(),
    }
}

/// Returns the tier that an environment's name suggests.
fn tier(name: &str) -> Tier {
    match name {
        "prod" | "production" | "live" => Tier::Production,
        "staging" | "stage" | "preprod" | "qa" | "uat" => Tier::Staging,
        "sandbox" | "playground" => Tier::Sandbox,
        _ => Tier::Development,
    }
}

/// Returns the manifest's text.
fn text(answers: &Answers) -> String {
    let quoted: Vec<String> = answers.regions.iter().map(|region| format!("{region:?}")).collect();
    let (name, email, region) = (format!("{:?}", answers.name), format!("{:?}", answers.email), format!("{:?}", answers.region));
    let regions = format!("[{}]", quoted.join(", "));
    let mut text = format!(
        "# The AWS accounts of {}, for landfall.\n\
         #\n\
         #   landfall validate              checks this file, offline\n\
         #   landfall plan --sandbox        shows what it would make, without an AWS account\n\
         schema = 1\n\
         \n\
         [organization]\n\
         name    = {name:<32} # prefix of everything that needs a global name; cannot change later\n\
         email   = {email:<32} # {{account}} becomes each account's key: {} …\n\
         region  = {region:<32} # home Region: audit trail, networks; cannot change later\n\
         regions = {regions:<32} # everything else is denied; global services live in us-east-1\n\
         \n\
         # The tier (sandbox, development, staging, production) decides the rest: unit, guardrails, subnets,\n\
         # NAT gateways, how long logs are kept.\n",
        answers.name,
        answers.environments.join(", "),
    );
    let mut before: Option<&str> = None;
    for (index, environment) in answers.environments.iter().enumerate() {
        let tier = tier(environment);
        // A String never refuses text.
        let _ = write!(text, "[environments.{environment}]\ntier    = \"{tier}\"\n");
        if tier != Tier::Sandbox {
            if let Some(before) = before {
                let _ = writeln!(text, "follows = {:<32} # promotion order", format!("{before:?}"));
            }
            before = Some(environment);
        }
        let _ = write!(text, "network = {{ cidr = \"10.{}.0.0/16\" }}\n\n", (index + 1) * NETWORK_STEP);
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(environments: &[&str]) -> Answers {
        Answers {
            name: "acme".to_owned(),
            email: template("aws@acme.example"),
            region: "eu-west-1".to_owned(),
            regions: vec!["eu-west-1".to_owned(), "us-east-1".to_owned()],
            environments: environments.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    #[test]
    fn what_is_written_is_a_valid_manifest() {
        for environments in [&["dev", "staging", "prod"] as &[&str], &["prod"], &["sandbox", "dev", "qa", "live"]] {
            let source = Source { name: "landfall.toml".to_owned(), text: text(&answers(environments)) };
            let parsed = parse(&source, &|_| Err("no".to_owned()));
            assert_eq!(parsed.diagnostics, [], "{}", source.text);
            assert_eq!(parsed.organization.map(|organization| organization.environments.len()), Some(environments.len()));
        }
    }

    #[test]
    fn a_mailbox_becomes_a_template() {
        for (email, expected) in
            [("aws@acme.example", "aws+{account}@acme.example"), ("{account}@acme.example", "{account}@acme.example"), ("aws", "aws")]
        {
            assert_eq!(template(email), expected);
        }
    }
}
