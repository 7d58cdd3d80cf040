//! Accounts: lists them, checks that their keys, names, e-mails and ids are distinct, and gives each its address block.

use std::collections::BTreeMap;
use std::ops::Range;

use super::backups;
use super::environments::EnvironmentDraft;
use super::keys::REFINING_KEYS;
use super::names::AccountNames;
use super::network::{self, Block};
use super::raw::{self, Named, Raw};
use super::{tags, vpc_block};
use crate::address::KIND_NAMES;
use crate::aws::quotas::ACCOUNT_NAME_CHARACTERS;
use crate::model::{Account, Baseline, DEFAULT_ACCESS_ROLE, Network, Purpose, Tier, region};
use crate::name::{AccountKey, EMAIL_LENGTH, Email, EnvironmentName, Retention, RoleName, UnitPath, WorkloadName, literal};
use crate::written::diagnostic::{Diagnostic, Diagnostics};
use crate::written::section::Spanned;
use crate::written::shorten;

/// The placeholder in the e-mail template that is replaced by the account's key.
const PLACEHOLDER: &str = "{account}";
/// The unit that contains the log archive.
pub(super) const SECURITY_UNIT: &str = "Security";
/// The tier whose network defaults apply to an account that has a network but no environment.
const TIER_OF_NONE: Tier = Tier::Development;

/// How long new log groups keep their events in an account of no environment, such as the log archive.
const LOG_GROUPS_OF_NONE: Retention = Retention::Days(365);

/// An account before it becomes part of the model; `None` means that an error was reported.
struct Draft<'r> {
    key: AccountKey,
    /// Where its name is written.
    span: Range<usize>,
    section: Option<&'r raw::Account>,
    environment: Option<EnvironmentName>,
    workload: Option<WorkloadName>,
    purpose: Purpose,
    unit: Option<UnitPath>,
    network: Option<Network>,
}

/// Returns every account, and the names that the rest of the file may refer to.
pub(super) fn check(raw: &Raw, stages: &[EnvironmentDraft<'_>], diagnostics: &mut Diagnostics) -> (Vec<Account>, AccountNames) {
    let refined = refined(raw, stages);
    let mut index = check_keys(raw, stages, &refined, diagnostics);
    let mut drafts: Vec<Draft<'_>> = Vec::new();
    for stage in stages {
        of_environment(stage, &refined, &mut index, &mut drafts, diagnostics);
    }
    for (key, (named, from)) in &refined {
        check_refining(named, key, from, diagnostics);
    }
    for named in raw.accounts.iter().filter(|named| !refined.contains_key(named.text.as_str())) {
        drafts.extend(of_section(named, stages, diagnostics));
    }
    if !raw.accounts.iter().any(|named| named.text == AccountKey::LOG_ARCHIVE) {
        drafts.push(log_archive(0..0, None));
    }
    network::check_overlaps(blocks(raw), diagnostics);
    check_names(raw, &drafts, diagnostics);
    check_distinct(&drafts, "id", |section| section.id.as_ref(), diagnostics);
    check_distinct(&drafts, "alias", |section| section.alias.as_ref(), diagnostics);
    let emails = emails(raw, &drafts, diagnostics);
    let default_role: RoleName =
        raw.organization.access_role.as_ref().map_or_else(|| literal(DEFAULT_ACCESS_ROLE), |role| role.value.clone());
    let accounts = drafts
        .into_iter()
        .filter_map(|draft| {
            let tags =
                draft.section.and_then(|section| section.tags.as_ref()).map(|tags| tags::check(tags, diagnostics)).unwrap_or_default();
            let baseline = baseline(raw, stages, &draft);
            let written_role = draft.section.and_then(|section| section.access_role.as_ref());
            Some(Account {
                email: emails.get(&draft.key)?.clone(),
                email_written: draft.section.is_some_and(|section| section.email.is_some()),
                id: draft.section.and_then(|section| section.id.as_ref()).map(|id| id.value.clone()),
                unit: draft.unit?,
                workload: draft.workload,
                purpose: draft.purpose,
                access_role: written_role.map_or_else(|| default_role.clone(), |role| role.value.clone()),
                tags,
                alias: draft.section.and_then(|section| section.alias.as_ref()).map(|alias| alias.value.clone()),
                network: draft.network,
                baseline,
                environment: draft.environment,
                key: draft.key,
            })
        })
        .collect::<Vec<_>>();
    backups::check(raw, &accounts, diagnostics);
    vpc_block::check(raw, &accounts, diagnostics);
    (accounts, index)
}

/// Returns what an account has: what its own section says, else its environment's, else the file's.
fn baseline(raw: &Raw, stages: &[EnvironmentDraft<'_>], draft: &Draft<'_>) -> Baseline {
    let (environment, section) = (draft.environment.as_ref(), draft.section);
    let tier = environment.and_then(|name| stages.iter().find(|stage| stage.raw.name.as_ref() == Some(name))).and_then(|stage| stage.tier);
    let stage = environment.and_then(|name| raw.environments.iter().find(|named| named.name.as_ref() == Some(name)));
    let written: Vec<&raw::Baseline> = [section.map(|section| &section.baseline), stage.map(|named| &named.body.baseline)]
        .into_iter()
        .flatten()
        .chain([&raw.baseline])
        .collect();
    let flag = |of: fn(&raw::Baseline) -> &Option<Spanned<bool>>| {
        written.iter().find_map(|baseline| of(baseline).as_ref()).is_some_and(|flag| flag.value)
    };
    let has_own_backup = section.is_some_and(|section| section.baseline.backup.is_some() || section.baseline.backup_copy.is_some());
    let retention = written.iter().find_map(|baseline| baseline.log_group_retention.as_ref()).map(|retention| retention.value);
    Baseline {
        public_buckets: flag(|baseline| &baseline.public_buckets),
        public_images: flag(|baseline| &baseline.public_images),
        default_vpcs: flag(|baseline| &baseline.default_vpcs),
        log_group_retention: retention.unwrap_or_else(|| tier.map_or(LOG_GROUPS_OF_NONE, Tier::log_group_retention)),
        backup: backups::backup(&written, tier, (&draft.key, has_own_backup), environment),
        vpc_block: vpc_block::block(
            &written,
            (&draft.key, section.is_some_and(|section| section.baseline.vpc_block.is_some())),
            environment,
        ),
    }
}

/// A section that refines an account of an environment or a workload, and the name of that environment or workload.
type Refined<'r> = BTreeMap<&'r str, (&'r Named<AccountKey, raw::Account>, String)>;

/// Returns the sections of `[accounts]` that refine the account of an environment or a workload, by its key.
fn refined<'r>(raw: &'r Raw, stages: &[EnvironmentDraft<'_>]) -> Refined<'r> {
    let mut brought: BTreeMap<String, String> = BTreeMap::new();
    for stage in stages {
        let environment = &stage.raw.text;
        if stage.workloads.is_empty() {
            brought.insert(environment.clone(), format!("environments.{environment}"));
        }
        for (workload, _) in &stage.workloads {
            brought.insert(format!("{}-{environment}", workload.text), format!("workloads.{}", workload.text));
        }
    }
    let sections = raw.accounts.iter().filter(|named| !is_reserved(&named.text));
    sections.filter_map(|named| Some((named.text.as_str(), (named, brought.get(&named.text)?.clone())))).collect()
}

/// Reports keys of a refining section that repeat what its environment or workload determines.
fn check_refining(named: &Named<AccountKey, raw::Account>, key: &str, from: &str, diagnostics: &mut Diagnostics) {
    for (written, span) in named.body.written.iter().flatten().filter(|(written, _)| !REFINING_KEYS.contains(written)) {
        diagnostics.report(
            Diagnostic::error(span.clone(), format!("`{written}` of account `{key}` follows from `{from}`"))
                .with_hint(format!("[accounts.{key}] has {} only", REFINING_KEYS.join(", "))),
        );
    }
}

/// Reports keys that are reserved or used twice: environments, workloads and accounts share one namespace.
fn check_keys(raw: &Raw, stages: &[EnvironmentDraft<'_>], refined: &Refined<'_>, diagnostics: &mut Diagnostics) -> AccountNames {
    let mut written: Vec<(&str, &str, &Range<usize>)> = Vec::new();
    written.extend(raw.environments.iter().map(|named| ("environments", named.text.as_str(), &named.span)));
    written.extend(raw.workloads.iter().map(|named| ("workloads", named.text.as_str(), &named.span)));
    let own = || raw.accounts.iter().filter(|named| !refined.contains_key(named.text.as_str()));
    written.extend(own().map(|named| ("accounts", named.text.as_str(), &named.span)));
    written.sort_by_key(|(_, _, span)| span.start);
    let mut first: BTreeMap<&str, (&str, &Range<usize>)> = BTreeMap::new();
    for (section, key, span) in written {
        let log_archive = section == "accounts" && key == AccountKey::LOG_ARCHIVE;
        if is_reserved(key) && !log_archive {
            diagnostics.report(Diagnostic::error(span.clone(), format!("`{key}` is reserved")).with_hint(
                "choose another name: management, log-archive, security, the names of kinds (such as `vpc`) and of Regions are taken",
            ));
        } else if let Some((other, other_span)) = first.get(key) {
            let divided = stages.iter().find(|stage| section == "accounts" && stage.raw.text == key && !stage.workloads.is_empty());
            let diagnostic = Diagnostic::error(span.clone(), format!("`{section}.{key}` has the name of `{other}.{key}`"))
                .with_label("choose another name")
                .with_related((*other_span).clone(), "named here first");
            diagnostics.report(match divided {
                Some(stage) => {
                    let accounts = stage.workloads.iter().map(|(workload, _)| format!("accounts.{}-{key}", workload.text));
                    diagnostic.with_hint(format!(
                        "`{key}` has one account per workload: configure each under {}",
                        accounts.collect::<Vec<_>>().join(", ")
                    ))
                }
                None => diagnostic,
            });
        } else {
            first.insert(key, (section, span));
        }
    }
    let mut keys: BTreeMap<String, Option<AccountKey>> = BTreeMap::new();
    keys.insert(AccountKey::MANAGEMENT.to_owned(), Some(AccountKey::management()));
    keys.insert(AccountKey::LOG_ARCHIVE.to_owned(), Some(AccountKey::log_archive()));
    keys.extend(own().map(|named| (named.text.clone(), named.name.clone())));
    AccountNames { keys, divided: BTreeMap::new() }
}

fn is_reserved(key: &str) -> bool {
    [AccountKey::MANAGEMENT, AccountKey::LOG_ARCHIVE, "security"].contains(&key)
        || KIND_NAMES.contains(&key)
        || region::find_code(key).is_some()
}

/// Adds an environment's main account, or one for each workload in it.
fn of_environment<'r>(
    stage: &EnvironmentDraft<'r>,
    refined: &Refined<'r>,
    known: &mut AccountNames,
    drafts: &mut Vec<Draft<'r>>,
    diagnostics: &mut Diagnostics,
) {
    let environment = stage.raw;
    let draft = |key: AccountKey, span: &Range<usize>, workload, network| Draft {
        section: refined.get(key.as_str()).map(|(named, _)| &named.body),
        key,
        span: span.clone(),
        environment: environment.name.clone(),
        workload,
        purpose: Purpose::Environment,
        unit: stage.unit.clone(),
        network,
    };
    let raw_network = environment.body.network.as_ref();
    if stage.workloads.is_empty() {
        let key: Option<AccountKey> = environment.text.parse().ok();
        known.keys.entry(environment.text.clone()).or_insert_with(|| key.clone());
        let network = raw_network.and_then(|raw| whole(raw, stage.tier, diagnostics));
        drafts.extend(key.map(|key| draft(key, &environment.span, None, network)));
        return;
    }
    let tier_and_blocks = raw_network
        .zip(stage.tier)
        .and_then(|(raw, tier)| Some((raw, tier, network::cut(raw, &environment.text, stage.workloads.len(), diagnostics)?)));
    let mut divided = Vec::new();
    let mut fits = true;
    for (index, (workload, span)) in stage.workloads.iter().enumerate() {
        let text = format!("{}-{}", workload.text, environment.text);
        divided.push(text.clone());
        let key: Option<AccountKey> = match text.parse() {
            Ok(key) => Some(key),
            // An invalid name was reported at its place.
            Err(_) if workload.name.is_none() || environment.name.is_none() => None,
            Err(error) => {
                let error: crate::name::NameError = error;
                diagnostics.report(
                    Diagnostic::error(span.clone(), format!("the account `{}` of this workload {}", error.text, error.rule))
                        .with_hint("shorten the workload's name or the environment's"),
                );
                None
            }
        };
        // The same key may have come from another workload and environment: `a-b` in `c`, and `a` in `b-c`.
        let taken = known.keys.contains_key(&text) || is_reserved(&text);
        if taken && key.is_some() {
            diagnostics.report(
                Diagnostic::error(span.clone(), format!("the account `{text}` of this workload has a name that is already in use"))
                    .with_hint("rename the workload, or the account with that name"),
            );
            continue;
        }
        known.keys.insert(text, key.clone());
        let network = tier_and_blocks.as_ref().and_then(|(raw, tier, blocks)| {
            // All parts have the same size, so an error in the first is an error in each; it is reported once.
            let network = fits.then(|| network::settle(raw, *tier, *blocks.get(index)?, diagnostics)).flatten();
            fits = network.as_ref().is_some_and(|network| network::check_fits(network, part_span(raw), diagnostics));
            network
        });
        drafts.extend(key.map(|key| draft(key, span, workload.name.clone(), network)));
    }
    known.divided.insert(environment.text.clone(), divided);
}

fn part_span(raw: &raw::Network) -> &Range<usize> {
    raw.part.as_ref().map(|part| &part.span).or(raw.cidr.as_ref().map(|cidr| &cidr.span)).unwrap_or(&raw.span)
}

/// Returns the network of an account that has the whole block.
fn whole(raw: &raw::Network, tier: Option<Tier>, diagnostics: &mut Diagnostics) -> Option<Network> {
    let cidr = raw.cidr.as_ref()?;
    let network = network::settle(raw, tier?, cidr.value, diagnostics)?;
    network::check_fits(&network, &cidr.span, diagnostics).then_some(network)
}

/// Returns the account of `[accounts.X]`.
fn of_section<'r>(
    named: &'r Named<AccountKey, raw::Account>,
    stages: &[EnvironmentDraft<'_>],
    diagnostics: &mut Diagnostics,
) -> Option<Draft<'r>> {
    let section = &named.body;
    let written = section.written.as_ref()?;
    if named.text == AccountKey::LOG_ARCHIVE {
        for (key, span) in written.iter().filter(|(key, _)| !REFINING_KEYS.contains(key)) {
            diagnostics.report(
                Diagnostic::error(span.clone(), format!("`{key}` of the log archive cannot be changed"))
                    .with_hint(format!("[accounts.log-archive] has {} only", REFINING_KEYS.join(", "))),
            );
        }
        return Some(log_archive(named.span.clone(), Some(section)));
    }
    let place = |name: &str| written.iter().find(|(key, _)| *key == name).map(|(_, span)| span.clone());
    let stage = section.environment.as_ref().and_then(|name| super::environments::find(name, stages, diagnostics));
    match (place("environment"), place("unit")) {
        (Some(environment), Some(unit)) => diagnostics.report(
            Diagnostic::error(unit, format!("`accounts.{}` has both `environment` and `unit`", named.text))
                .with_label("an account of an environment is in the environment's unit: remove one of the two")
                .with_related(environment, "the environment"),
        ),
        // A reserved key is not the key of an account that lacks something.
        (None, None) if !section.has_unknown_keys && !is_reserved(&named.text) => diagnostics.report_absence(
            Diagnostic::error(named.span.clone(), format!("`accounts.{}` has neither `environment` nor `unit`", shorten(&named.text)))
                .with_hint("add one of them: environment = \"prod\", or unit = \"Infrastructure\""),
        ),
        (None | Some(_), None) | (None, Some(_)) => {}
    }
    let tier = if section.environment.is_some() { stage.and_then(|stage| stage.tier) } else { Some(TIER_OF_NONE) };
    let network = section.network.as_ref().and_then(|raw| whole(raw, tier, diagnostics));
    Some(Draft {
        key: named.name.clone()?,
        span: named.span.clone(),
        section: Some(section),
        environment: stage.and_then(|stage| stage.raw.name.clone()),
        workload: None,
        purpose: Purpose::Extra,
        unit: stage.and_then(|stage| stage.unit.clone()).or_else(|| section.unit.as_ref().map(|unit| unit.value.clone())),
        network,
    })
}

fn log_archive(span: Range<usize>, section: Option<&raw::Account>) -> Draft<'_> {
    Draft {
        key: AccountKey::log_archive(),
        span,
        section,
        environment: None,
        workload: None,
        purpose: Purpose::LogArchive,
        unit: Some(literal(SECURITY_UNIT)),
        network: None,
    }
}

fn blocks(raw: &Raw) -> Vec<Block> {
    let block = |section: &str, owner: &str, network: Option<&raw::Network>| {
        network.and_then(|network| network.cidr.as_ref()).map(|cidr| Block {
            section: format!("{section}.{owner}"),
            owner: owner.to_owned(),
            cidr: cidr.value,
            span: cidr.span.clone(),
        })
    };
    let environments = raw.environments.iter().filter_map(|named| block("environments", &named.text, named.body.network.as_ref()));
    let accounts = raw.accounts.iter().filter_map(|named| block("accounts", &named.text, named.body.network.as_ref()));
    environments.chain(accounts).collect()
}

/// Reports accounts whose name in AWS would be too long.
fn check_names(raw: &Raw, drafts: &[Draft<'_>], diagnostics: &mut Diagnostics) {
    let Some(organization) = &raw.organization.name else { return };
    for draft in drafts {
        let name = format!("{}-{}", organization.value, draft.key);
        if name.len() > ACCOUNT_NAME_CHARACTERS {
            diagnostics.report(
                Diagnostic::error(
                    draft.span.clone(),
                    format!("the account's name `{name}` has {} characters, AWS takes {ACCOUNT_NAME_CHARACTERS}", name.len()),
                )
                .with_hint("shorten this name or the organization's")
                .with_related(organization.span.clone(), "the organization's name"),
            );
        }
    }
}

fn check_distinct<'r, T>(
    drafts: &[Draft<'r>],
    key: &str,
    value: impl Fn(&'r raw::Account) -> Option<&'r Spanned<T>>,
    diagnostics: &mut Diagnostics,
) where
    T: Ord + std::fmt::Display + 'r,
{
    let mut first: BTreeMap<&T, &Range<usize>> = BTreeMap::new();
    for written in drafts.iter().filter_map(|draft| value(draft.section?)) {
        if let Some(other) = first.get(&written.value) {
            diagnostics.report(
                Diagnostic::error(written.span.clone(), format!("two accounts have the {key} {}", written.value))
                    .with_label("one account has it")
                    .with_related((*other).clone(), "also used here"),
            );
        } else {
            first.insert(&written.value, &written.span);
        }
    }
}

/// Returns every account's e-mail: its own, else the template's. Two accounts must not share one, whatever the letter case.
fn emails(raw: &Raw, drafts: &[Draft<'_>], diagnostics: &mut Diagnostics) -> BTreeMap<AccountKey, Email> {
    let mut emails = BTreeMap::new();
    let mut first: BTreeMap<String, (&AccountKey, Range<usize>)> = BTreeMap::new();
    let written = |draft: &Draft<'_>| draft.section.is_some_and(|section| written_key(section, "email"));
    if let Some(template) = raw.organization.email.as_ref().filter(|template| check_template(template, diagnostics)) {
        let mut refused: Option<(&AccountKey, crate::name::NameError)> = None;
        for draft in drafts.iter().filter(|draft| !written(draft)) {
            match template.value.replace(PLACEHOLDER, draft.key.as_str()).parse::<Email>() {
                Ok(email) => {
                    first.insert(email.as_str().to_ascii_lowercase(), (&draft.key, template.span.clone()));
                    emails.insert(draft.key.clone(), email);
                }
                // A template that works for short keys can be too long for long ones: report it once, for the longest key.
                Err(error) if refused.as_ref().is_none_or(|(key, _)| key.as_str().len() < draft.key.as_str().len()) => {
                    refused = Some((&draft.key, error));
                }
                Err(_) => {}
            }
        }
        if let Some((key, error)) = refused {
            diagnostics.report(Diagnostic::error(template.span.clone(), format!("the e-mail of account `{key}`, {error}")).with_hint(
                format!(
                    "shorten the template, or give the account its own: [accounts.{key}] email = \"…\" ({} to {} characters)",
                    EMAIL_LENGTH.start(),
                    EMAIL_LENGTH.end()
                ),
            ));
        }
    }
    let mut own: Vec<(&AccountKey, &Spanned<Email>)> =
        drafts.iter().filter_map(|draft| Some((&draft.key, draft.section?.email.as_ref()?))).collect();
    own.sort_by_key(|(_, email)| email.span.start);
    for (key, email) in own {
        let folded = email.value.as_str().to_ascii_lowercase();
        if let Some((other, place)) = first.get(&folded) {
            diagnostics.report(
                Diagnostic::error(email.span.clone(), format!("`{}` is also the e-mail of account `{other}`", email.value))
                    .with_label("each account needs its own e-mail; letter case does not count")
                    .with_related(place.clone(), format!("`{other}` gets it from here")),
            );
        } else {
            first.insert(folded, (key, email.span.clone()));
        }
        emails.insert(key.clone(), email.value.clone());
    }
    emails
}

fn written_key(section: &raw::Account, name: &str) -> bool {
    section.written.as_ref().is_some_and(|written| written.iter().any(|(key, _)| *key == name))
}

/// Reports a template that is wrong for every account.
fn check_template(template: &Spanned<String>, diagnostics: &mut Diagnostics) -> bool {
    let hint = "write something like \"aws+{account}@example.com\"; a mailbox without `+` works with another template";
    let count = template.value.matches(PLACEHOLDER).count();
    let problem = if count == 1 {
        // The length depends on the account's key and is checked per account, so it is not checked here.
        let filled = ["a", "abcdef"].map(|key| template.value.replace(PLACEHOLDER, key));
        let sized = filled.iter().find(|email| !email.is_ascii() || EMAIL_LENGTH.contains(&email.len()));
        let wrong = sized.and_then(|email| email.parse::<Email>().err());
        wrong.map(|error| format!("the e-mail template {}", error.rule))
    } else {
        Some(format!("the e-mail template has `{PLACEHOLDER}` {count} times, and needs it once"))
    };
    let ok = problem.is_none();
    if let Some(message) = problem {
        diagnostics.report(Diagnostic::error(template.span.clone(), message).with_hint(hint));
    }
    ok
}
