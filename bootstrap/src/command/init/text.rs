//! A new manifest's text: what was answered, and the optional sections as comments.

use std::fmt::Write;

use landfall::model::Tier;

/// The schema's file, which the manifest names for editors.
pub(super) const SCHEMA_FILE: &str = "landfall.schema.json";
/// The Region where AWS keeps its global services: without it, `limit-regions` would deny IAM's console.
pub(super) const GLOBAL_REGION: &str = "us-east-1";

/// Networks are /16 blocks of 10.0.0.0/8, so far apart that each can grow: 10.16, 10.32 …
const NETWORK_STEP: usize = 16;
/// How many of them 10.0.0.0/8 has; environments beyond get no network.
const NETWORKS_MAX: usize = 256 / NETWORK_STEP - 1;

/// Regions in which a new account sees two availability zones, fewer than a tier asks for:
/// <https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html>.
const TWO_ZONES: [&str; 1] = ["us-west-1"];

/// What a manifest is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answers {
    pub(super) name: String,
    /// With `{account}` in it.
    pub(super) email: String,
    pub(super) region: String,
    pub(super) regions: Vec<String>,
    /// In the order of promotion.
    pub(super) environments: Vec<(String, Tier)>,
    pub(super) administrators: Vec<String>,
    pub(super) operators: Vec<String>,
    pub(super) github: Vec<String>,
}

/// Returns the manifest's text.
pub(super) fn manifest(answers: &Answers) -> String {
    let (name, email, region, regions) = (quoted(&answers.name), quoted(&answers.email), quoted(&answers.region), list(&answers.regions));
    let global = if answers.regions.iter().any(|region| region == GLOBAL_REGION) { "; global services live in us-east-1" } else { "" };
    let names: Vec<&str> = answers.environments.iter().map(|(name, _)| name.as_str()).collect();
    let mut text = format!(
        "#:schema ./{SCHEMA_FILE}\n\
         # The AWS accounts of {}, for landfall.\n\
         #\n\
         #   landfall validate              checks this file, offline\n\
         #   landfall plan --sandbox        shows what it would make, without an AWS account\n\
         schema = 1\n\
         \n\
         [organization]\n\
         name    = {name:<32} # prefix of everything that needs a global name; cannot change later\n\
         email   = {email:<32} # {{account}} becomes each account's key: {} …\n\
         region  = {region:<32} # home Region: audit trail, networks; cannot change later\n\
         regions = {regions:<32} # everything else is denied{global}\n\
         \n\
         # The tier (sandbox, development, staging, production) decides the rest: unit, guardrails, subnets,\n\
         # NAT gateways, how long logs are kept.\n",
        answers.name,
        names.join(", "),
    );
    environments(&mut text, answers);
    text.push_str(&access(answers));
    text.push_str(&options(&answers.name, names.first().copied().unwrap_or("dev")));
    text
}

fn environments(text: &mut String, answers: &Answers) {
    let mut before: Option<&str> = None;
    for (index, (name, tier)) in answers.environments.iter().enumerate() {
        // A String never refuses text.
        let _ = write!(text, "[environments.{name}]\ntier    = \"{tier}\"\n");
        if *tier != Tier::Sandbox {
            if let Some(before) = before {
                let _ = writeln!(text, "follows = {:<32} # promotion order", quoted(before));
            }
            before = Some(name);
        }
        if index < NETWORKS_MAX {
            let zones = if TWO_ZONES.contains(&answers.region.as_str()) && tier.azs() > 2 { ", azs = 2" } else { "" };
            let _ = writeln!(text, "network = {{ cidr = \"10.{}.0.0/16\"{zones} }}", (index + 1) * NETWORK_STEP);
        }
        text.push('\n');
    }
}

fn access(answers: &Answers) -> String {
    let github = if answers.github.is_empty() {
        "# github       = [\"OWNER/REPO\"]             # repositories whose workflows deploy\n".to_owned()
    } else {
        format!("github         = {:<25} # repositories whose workflows deploy\n", list(&answers.github))
    };
    format!(
        "[access]\n\
         administrators = {:<25} # who runs landfall\n\
         operators      = {:<25} # deploy outside production, read everywhere\n\
         {github}\
         # pipelines    = [\"account/tooling/role/ci\"] # other machines that deploy\n\
         # For the day when IAM Identity Center is down: an IAM user of the management account, with MFA.\n\
         # break_glass  = [\"arn:aws:iam::111111111111:user/ada\"]\n",
        list(&answers.administrators),
        list(&answers.operators),
    )
}

/// What else there is, ready to be uncommented; docs/MANIFEST.md and editors know every key.
fn options(name: &str, environment: &str) -> String {
    format!(
        "\n\
         # A team's workload with an account of its own in each of these environments, in the place of\n\
         # the environment's account (which, if it exists, leaves the manifest):\n\
         # [workloads.shop]\n\
         # environments = [\"{environment}\"]\n\
         \n\
         # An account of no environment; `id` takes over one that exists in the organization:\n\
         # [accounts.tooling]\n\
         # unit = \"Infrastructure\"\n\
         # tags = {{ owner = \"{name}\" }}\n\
         \n\
         # How long the audit log is kept, instead of seven years:\n\
         # [audit]\n\
         # retention = \"10y\"\n"
    )
}

/// Returns a text as TOML has it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}

fn list(texts: &[String]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", quoted.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use landfall::manifest::{Parsed, Severity, Source, parse};

    fn parsed(text: &str) -> Parsed {
        parse(&Source { name: "landfall.toml".to_owned(), text: text.to_owned() }, &|_| Err("no".to_owned()))
    }

    fn answers(environments: &[(&str, Tier)]) -> Answers {
        let environments = environments.iter().map(|(name, tier)| ((*name).to_owned(), *tier)).collect();
        Answers { environments, ..Answers::example() }
    }

    #[test]
    fn what_is_written_is_a_valid_manifest() {
        use Tier::{Development, Production, Sandbox, Staging};
        let many: Vec<String> = (0..20).map(|number| format!("e{number}")).collect();
        let many: Vec<(&str, Tier)> = many.iter().map(|name| (name.as_str(), Development)).collect();
        for environments in [
            &[("dev", Development), ("staging", Staging), ("prod", Production)] as &[_],
            &[("prod", Production)],
            &[("sandbox", Sandbox), ("dev", Development), ("qa", Staging), ("live", Production)],
            &many,
        ] {
            let text = manifest(&answers(environments));
            let parsed = parsed(&text);
            assert_eq!(parsed.diagnostics, [], "{text}");
            assert_eq!(parsed.organization.map(|organization| organization.environments.len()), Some(environments.len()));
        }
    }

    #[test]
    fn every_comment_is_a_valid_section_once_it_is_uncommented() {
        for github in [vec![], vec!["acme@1/shop@2".to_owned()]] {
            let text = manifest(&Answers { github, ..Answers::example() });
            let is_code = |line: &str| {
                line.starts_with("# [")
                    || line.strip_prefix("# ").is_some_and(|rest| {
                        rest.split_once(" = ").is_some_and(|(key, _)| key.trim().chars().all(|c| c.is_ascii_lowercase() || c == '_'))
                    })
            };
            let uncommented: Vec<&str> = text.lines().map(|line| if is_code(line) { &line[2..] } else { line }).collect();
            let uncommented = uncommented.join("\n");
            assert!(uncommented.contains("\n[workloads.shop]") && uncommented.contains("\nbreak_glass"), "{uncommented}");
            let errors: Vec<_> = parsed(&uncommented).diagnostics.into_iter().filter(|found| found.severity == Severity::Error).collect();
            assert_eq!(errors, [], "{uncommented}");
        }
    }

    #[test]
    fn no_tier_asks_for_more_zones_than_its_region_has() {
        let tiers = [("dev", Tier::Development), ("prod", Tier::Production)];
        for (region, expected) in [("us-west-1", [2, 2]), ("eu-west-1", [2, 3])] {
            let answers = Answers { region: region.to_owned(), regions: vec![region.to_owned()], ..answers(&tiers) };
            let organization = parsed(&manifest(&answers)).organization.expect("a manifest");
            let zones = organization.accounts.values().filter_map(|account| Some(account.network.as_ref()?.azs));
            assert_eq!(zones.collect::<Vec<_>>(), expected, "{region}");
        }
    }
}
