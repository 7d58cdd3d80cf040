//! The organization as a tree, with the health of each account.

use std::time::Duration;

use super::page::Page;
use super::words::{bad, count, cut, duration, faint, good, head, warned};
use crate::health::{Account, Health, Network, Trail, Tree, Unit};

/// Columns of an account's id.
const ID: usize = 12;
/// Fewest columns for how an account is.
const HEALTH_MIN: usize = 20;

/// Returns the tree, with what to do about accounts that could not be read below it.
pub(crate) fn draw(page: &Page, tree: &Tree) -> String {
    let Some(id) = &tree.id else {
        let plan = page.again.line("plan", "");
        return format!(
            "{} is not made yet: account {} has no organization\n\n`{plan}` shows what would be made\n",
            tree.organization, tree.management
        );
    };
    let identity = format!("{}  {id}  {}  management {}", tree.organization, tree.region, tree.management);
    let (plain, painted) = verdict(tree);
    let rest = identity.strip_prefix(tree.organization.as_str()).unwrap_or_default();
    let gap = page.width.checked_sub(identity.chars().count() + plain.chars().count()).filter(|gap| *gap > 1);
    let mut text = match gap {
        Some(gap) => format!("{}{rest}{:gap$}{painted}\n", head(&tree.organization), ""),
        None => format!("{}{rest}\n{painted}\n", head(&tree.organization)),
    };
    let (column, landings) = (column(tree), landings(tree));
    // How an account is matters more than what is in it.
    let landings = Some(landings).filter(|landings| column + ID + 2 + landings + 2 + HEALTH_MIN <= page.width);
    let rows = Rows { page, units: &tree.units, column, landings };
    let top: Vec<&Unit> = tree.units.iter().filter(|unit| !unit.path.contains('/')).collect();
    rows.branch(&tree.accounts, &top, "", &mut text);
    text.push_str(&below(page, tree));
    text
}

/// Returns how all of it is, plain for counting and painted.
fn verdict(tree: &Tree) -> (String, String) {
    let number = |test: fn(&Health) -> bool| tree.every_account().filter(|account| test(&account.health)).count();
    let drifted = number(|health| matches!(health, Health::Drifted { .. } | Health::Missing | Health::Creating));
    let unreadable = number(|health| matches!(health, Health::Unreadable { .. })) + usize::from(tree.unreadable.is_some());
    let not_ready = number(|health| matches!(health, Health::NotReady { .. }));
    let mut parts = Vec::new();
    if tree.drifted > 0 {
        parts.push(format!("organization drifted: {}", tree.drifted));
    }
    for (number, word) in [(drifted, "drifted"), (unreadable, "unreadable"), (not_ready, "not ready")] {
        if number > 0 {
            parts.push(format!("{} {word}", count(number, "account")));
        }
    }
    if parts.is_empty() {
        return ("settled".to_owned(), good("settled").to_string());
    }
    let plain = parts.join(", ");
    let painted = if unreadable > 0 { bad(&plain).to_string() } else { warned(&plain).to_string() };
    (plain, painted)
}

/// Returns where ids begin: behind the deepest and longest name.
fn column(tree: &Tree) -> usize {
    let width =
        |path: &str, account: &Account| 4 * (path.split('/').filter(|name| !name.is_empty()).count() + 1) + account.name.chars().count();
    let units = tree.units.iter().flat_map(|unit| unit.accounts.iter().map(move |account| width(&unit.path, account)));
    tree.accounts.iter().map(|account| width("", account)).chain(units).max().unwrap_or_default() + 3
}

/// Returns how wide what stands in the accounts is; the trail may reach beyond, since nothing stands below it there.
fn landings(tree: &Tree) -> usize {
    tree.every_account().filter(|account| account.trail.is_none()).map(|account| landing(account).chars().count()).max().unwrap_or_default()
}

/// Returns what stands in an account: its network, the trail that writes into it, or what it is for.
fn landing(account: &Account) -> String {
    if let Some(Trail { logging, delivered_seconds_ago, trouble }) = &account.trail {
        return match (logging, trouble, delivered_seconds_ago) {
            (false, ..) => "trail is off".to_owned(),
            (true, Some(trouble), _) => format!("trail cannot write: {trouble}"),
            (true, None, Some(ago)) => format!("trail delivering, last {} ago", duration(Duration::from_secs(*ago))),
            (true, None, None) => "trail on, nothing delivered yet".to_owned(),
        };
    }
    if let Some(Network { cidr, nat_gateways, .. }) = &account.network {
        return if *nat_gateways == 0 { cidr.clone() } else { format!("{cidr:<14}  {nat_gateways} NAT") };
    }
    let roles = if account.roles > 0 { count(account.roles, "role") } else { String::new() };
    format!("{:<11}  {roles}", account.purpose).trim_end().to_owned()
}

struct Rows<'a> {
    page: &'a Page,
    units: &'a [Unit],
    column: usize,
    /// Columns of what stands in the accounts, where there is room for it.
    landings: Option<usize>,
}

impl Rows<'_> {
    /// Draws accounts, then units with what hangs under them.
    fn branch(&self, accounts: &[Account], units: &[&Unit], indent: &str, text: &mut String) {
        let last = (accounts.len() + units.len()).saturating_sub(1);
        for (index, account) in accounts.iter().enumerate() {
            let stem = if index == last { "└── " } else { "├── " };
            text.push_str(&self.account(&format!("{indent}{stem}"), account));
        }
        for (index, unit) in units.iter().enumerate() {
            let is_last = accounts.len() + index == last;
            let (stem, below) = if is_last { ("└── ", "    ") } else { ("├── ", "│   ") };
            let name = unit.path.rsplit('/').next().unwrap_or_default();
            let guardrails = if unit.guardrails.is_empty() { String::new() } else { format!("  [{}]", unit.guardrails.join(" ")) };
            let missing = if unit.exists { String::new() } else { format!("  {}", warned("not there yet")) };
            text.push_str(&format!("{}{}{}{missing}\n", faint(format!("{indent}{stem}")), head(name), faint(guardrails)));
            let children: Vec<&Unit> =
                self.units.iter().filter(|child| child.path.rsplit_once('/').is_some_and(|(parent, _)| parent == unit.path)).collect();
            self.branch(&unit.accounts, &children, &format!("{indent}{below}"), text);
        }
    }

    fn account(&self, stem: &str, account: &Account) -> String {
        let pad = self.column.saturating_sub(stem.chars().count() + account.name.chars().count());
        let id = account.id.as_deref().unwrap_or("");
        let landing = self.landings.map(|width| format!("{:<width$}  ", landing(account))).unwrap_or_default();
        let used = self.column + ID + 2 + landing.chars().count();
        let room = self.page.width.saturating_sub(used).max(HEALTH_MIN);
        let short = |text: String| cut(&text, room);
        let health = match &account.health {
            Health::Settled => good("settled".to_owned()).to_string(),
            Health::Drifted { things } => {
                let more = format!(" ({})", self.page.again.line("plan", &format!("--only {}", account.name)));
                let drifted = format!("drifted: {things}");
                warned(if drifted.len() + more.len() <= room { drifted + &more } else { drifted }).to_string()
            }
            // The whole reason stands below the tree.
            Health::Unreadable { reason, .. } => bad(short(format!("unreadable: {reason}"))).to_string(),
            Health::NotReady { .. } => warned("not ready yet").to_string(),
            Health::Suspended { word } => warned(short(format!("suspended ({word})"))).to_string(),
            Health::Creating => warned("AWS is creating it").to_string(),
            Health::Missing => warned("not there yet").to_string(),
            Health::Unmanaged => faint("not in the manifest").to_string(),
        };
        format!("{}{}{:pad$}{id:<ID$}  {landing}{health}\n", faint(stem), account.name, "")
    }
}

/// Returns reasons that are too long for the tree, and what to do about them.
fn below(page: &Page, tree: &Tree) -> String {
    let mut text = String::new();
    if let Some(reason) = &tree.unreadable {
        text.push_str(&format!("\n{}  {reason}\n", bad("organization unreadable")));
    }
    for account in tree.every_account() {
        if let Health::Unreadable { reason, hint } = &account.health {
            text.push_str(&format!("\n{}", bad(format!("unreadable  {}\n", account.name))));
            text.push_str(&super::words::beside("", 12, &format!("{reason}\n{hint}"), page.width));
        }
    }
    if tree.drifted > 0 {
        text.push_str(&format!("\nunits and guardrails differ in {}: {}\n", count(tree.drifted, "place"), page.again.line("plan", "")));
    }
    text
}

#[cfg(test)]
mod tests;
