//! Backups: what the baselines of the file, an environment and an account say of them, and the Regions of their copies.

use std::ops::Range;

use super::raw::{self, Raw};
use crate::model::{Account, Backup, Tier, region};
use crate::name::{AccountKey, EnvironmentName, GuardrailName, Region, literal};
use crate::written::diagnostic::{Diagnostic, Diagnostics};
use crate::written::section::Spanned;

/// Returns the daily backups of an account, of what is written from its own section up to the file's, and of its tier.
pub(super) fn backup(
    written: &[&raw::Baseline],
    tier: Option<Tier>,
    (account, is_own): (&AccountKey, bool),
    environment: Option<&EnvironmentName>,
) -> Option<Backup> {
    let days = { written.iter() }.find_map(|baseline| baseline.backup.as_ref()).map(|days| days.value);
    let copy = { written.iter() }.find_map(|baseline| baseline.backup_copy.as_ref()).and_then(|copy| copy.value.clone());
    let days = days.unwrap_or_else(|| tier.and_then(Tier::backup_days))?;
    Some(Backup { policy: policy([Backup::POLICY, Backup::OWN_POLICY], (account, is_own), environment), days, copy })
}

/// Returns the name of the policy of whatever decides: an environment, an account's own section, or the file.
pub(super) fn policy(
    [shared, own]: [&str; 2],
    (account, is_own): (&AccountKey, bool),
    environment: Option<&EnvironmentName>,
) -> GuardrailName {
    match environment {
        _ if is_own => literal(&format!("{own}-{account}")),
        Some(environment) => literal(&format!("{shared}-{environment}")),
        None => literal(shared),
    }
}

/// Reports Regions that cannot have copies, and copies without backups.
pub(super) fn check(raw: &Raw, accounts: &[Account], diagnostics: &mut Diagnostics) {
    for account in &raw.accounts {
        let of = |backup: &Account| account.name.as_ref() == Some(&backup.key);
        check_copy(raw, &account.body.baseline, accounts.iter().filter(|found| of(found)), diagnostics);
    }
    for environment in &raw.environments {
        let of = |found: &&Account| environment.name.is_some() && found.environment == environment.name;
        check_copy(raw, &environment.body.baseline, accounts.iter().filter(of), diagnostics);
    }
    check_copy(raw, &raw.baseline, accounts.iter(), diagnostics);
}

fn check_copy<'a>(raw: &Raw, baseline: &raw::Baseline, mut accounts: impl Iterator<Item = &'a Account>, diagnostics: &mut Diagnostics) {
    let Some(Spanned { value: Some(copy), span }) = &baseline.backup_copy else { return };
    if let Some(diagnostic) = problem(raw, copy, span) {
        diagnostics.report(diagnostic);
    } else if !accounts.any(|account| account.baseline.backup.as_ref().is_some_and(|backup| backup.copy.as_ref() == Some(copy))) {
        let message = format!("no daily backup is copied to {copy}: no account that this is for has backups");
        diagnostics.report_absence(
            Diagnostic::error(span.clone(), message)
                .with_hint("write how long they are kept, such as `backup = \"35d\"`; only production has them by default"),
        );
    }
}

/// Returns why a Region cannot have copies.
fn problem(raw: &Raw, copy: &Region, span: &Range<usize>) -> Option<Diagnostic> {
    let error = |message: String| Diagnostic::error(span.clone(), message);
    let regions = raw.organization.regions.as_ref()?;
    if raw.organization.region.as_ref().is_some_and(|home| home.value == *copy) {
        return Some(
            error(format!("{copy} is the home Region, which has the backups themselves")).with_hint("choose another of `regions`"),
        );
    }
    if !regions.value.iter().any(|region| region.value == *copy) {
        return Some(
            error(format!("the Region {copy} is not among `regions`"))
                .with_label("limit-regions would deny it")
                .with_related(regions.span.clone(), format!("add \"{copy}\" here")),
        );
    }
    // A Region of the list that does not exist is reported there.
    region::find(copy).filter(|known| known.opt_in).map(|known| {
        error(format!("{} ({}) is an opt-in Region and cannot have copies of backups", known.code, known.place))
            .with_hint("an account refuses every call there until its owner enables it: choose another of `regions`")
    })
}

#[cfg(test)]
mod tests {
    use crate::manifest::{Source, parse};

    const MANIFEST: &str = r#"
schema = 1
[organization]
name = "acme"
email = "aws+{account}@acme.example"
region = "eu-west-1"
regions = ["eu-west-1", "us-east-1", "eu-south-1"]
[environments.dev]
tier = "development"
[environments.prod]
tier = "production"
[accounts.data]
environment = "prod"
[accounts.tooling]
unit = "Infrastructure"
"#;

    /// Returns the policy, days and copy of each account that has backups; else the first mistake.
    fn backups(more: &str) -> Result<Vec<String>, String> {
        let source = Source { name: "m".to_owned(), text: format!("{MANIFEST}{more}") };
        let parsed = parse(&source, &|_| Err("no files".to_owned()));
        let organization = parsed.organization.ok_or_else(|| parsed.diagnostics[0].message.clone())?;
        let with = organization.accounts.values().filter_map(|account| Some((&account.key, account.baseline.backup.as_ref()?)));
        let copy = |region: &Option<_>| region.as_ref().map_or_else(String::new, |region| format!(" {region}"));
        Ok(with.map(|(key, backup)| format!("{key} {} {}d{}", backup.policy, backup.days, copy(&backup.copy))).collect())
    }

    #[test]
    fn the_nearest_section_decides_and_names_the_policy() {
        let prod = ["data daily-backup-prod 35d", "prod daily-backup-prod 35d"];
        for (more, expected) in [
            ("", &prod[..]),
            ("[environments.prod.baseline]\nbackup = \"none\"\n", &[]),
            ("[accounts.data.baseline]\nbackup = \"none\"\n", &prod[1..]),
            ("[accounts.prod.baseline]\nbackup = \"1y\"\n", &[prod[0], "prod own-backup-prod 365d"]),
            (
                "[baseline]\nbackup_copy = \"us-east-1\"\n",
                &["data daily-backup-prod 35d us-east-1", "prod daily-backup-prod 35d us-east-1"],
            ),
            (
                "[baseline]\nbackup = \"7d\"\nbackup_copy = \"us-east-1\"\n[environments.prod.baseline]\nbackup_copy = \"none\"\n",
                &[
                    "data daily-backup-prod 7d",
                    "dev daily-backup-dev 7d us-east-1",
                    "log-archive daily-backup 7d us-east-1",
                    "prod daily-backup-prod 7d",
                    "tooling daily-backup 7d us-east-1",
                ],
            ),
        ] {
            assert_eq!(backups(more).expect(more), expected, "{more}");
        }
    }

    #[test]
    fn a_copy_needs_backups_and_another_region_that_every_account_has() {
        let of_dev = |baseline: &str| backups(&format!("[environments.dev.baseline]\n{baseline}"));
        for (baseline, words) in [
            ("backup_copy = \"us-east-1\"", "no daily backup is copied to us-east-1: no account that this is for has backups"),
            (
                "backup = \"none\"\nbackup_copy = \"us-east-1\"",
                "no daily backup is copied to us-east-1: no account that this is for has backups",
            ),
            ("backup = \"7d\"\nbackup_copy = \"eu-west-1\"", "eu-west-1 is the home Region, which has the backups themselves"),
            ("backup = \"7d\"\nbackup_copy = \"eu-west-2\"", "the Region eu-west-2 is not among `regions`"),
            ("backup = \"7d\"\nbackup_copy = \"eu-south-1\"", "eu-south-1 (Milan) is an opt-in Region and cannot have copies of backups"),
        ] {
            assert_eq!(of_dev(baseline).expect_err(baseline), words, "{baseline}");
        }
        assert!(of_dev("backup = \"7d\"\nbackup_copy = \"us-east-1\"").is_ok());
    }
}
