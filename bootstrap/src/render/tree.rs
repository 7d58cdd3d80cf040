//! The organization as a tree, with the health of each account.

use std::collections::BTreeMap;
use std::time::Duration;

use super::layout::Layout;
use super::redraw::breadth;
use crate::format::{bad, beside, count, cut, duration, faint, good, head, warned, wrapped};
use crate::health::{Account, Health, Network, Trail, Tree, Unit};

/// Columns of an account's id.
const ID: usize = 12;
/// Columns for how an account is, before its words are cut or left out.
const HEALTH_MIN: usize = 20;

/// Returns the tree, with what to do about accounts that could not be read below it.
pub(crate) fn draw(layout: &Layout, tree: &Tree) -> String {
    let Some(id) = &tree.id else {
        let plan = layout.rerun.line("plan", "");
        return format!(
            "{} is not made yet: account {} has no organization\n\n`{plan}` shows what would be made\n",
            tree.organization, tree.management
        );
    };
    let identity = format!("{}  {id}  {}  management {}", tree.organization, tree.region, tree.management);
    let (plain, painted) = verdict(tree);
    let rest = identity.strip_prefix(tree.organization.as_str()).unwrap_or_default();
    let gap = layout.width.checked_sub(identity.chars().count() + plain.chars().count()).filter(|gap| *gap > 1);
    let mut text = if let Some(gap) = gap {
        format!("{}{rest}{:gap$}{painted}\n", head(&tree.organization), "")
    } else {
        let lines = wrapped(&plain, layout.width).join("\n");
        format!("{}{rest}\n{}\n", head(&tree.organization), painted.replacen(&plain, &lines, 1))
    };
    if let Some(holder) = &tree.applying {
        text.push_str(&beside(warned("being applied  "), 15, &format!("by {holder}"), layout.width));
    }
    let column = column(tree);
    // How an account is matters more than what is in it.
    let room = layout.width.saturating_sub(column + ID + 2 + 2);
    let rows = Rows { layout, units: &tree.units, column, room, contents: contents(layout, tree, room) };
    let top: Vec<&Unit> = tree.units.iter().filter(|unit| !unit.path.contains('/')).collect();
    rows.branch(&tree.accounts, &top, "", &mut text);
    text.push_str(&below(layout, tree));
    text
}

/// Returns how all of it is, plain for counting and painted. It is settled only where nothing at all is to be said.
fn verdict(tree: &Tree) -> (String, String) {
    let number = |test: &dyn Fn(&Health) -> bool| tree.every_account().filter(|account| test(&account.health)).count();
    let wrong = |health: &Health| matches!(health, Health::Unreadable { .. } | Health::Drifted { blocked: 1.., .. });
    let mut parts: Vec<String> = tree.trail_trouble().map(str::to_owned).into_iter().collect();
    let mut is_bad = !parts.is_empty() || tree.unreadable.is_some() || tree.every_account().any(|account| wrong(&account.health));
    is_bad |= tree.blocked > 0;
    for (number, words) in [(tree.drifted - tree.blocked, "differs"), (tree.blocked, "blocked")] {
        if number > 0 {
            parts.push(format!("organization {words}: {number}"));
        }
    }
    let unfinished = number(&|health| matches!(health, Health::Drifted { missing: 1.., .. } | Health::Creating));
    let differ = number(&|health| matches!(health, Health::Drifted { things, missing, blocked } if things > &(missing + blocked)));
    let blocked = number(&|health| matches!(health, Health::Drifted { blocked: 1.., .. }));
    let unreadable = number(&|health| matches!(health, Health::Unreadable { .. })) + usize::from(tree.unreadable.is_some());
    for (number, one, many) in [
        (number(&|health| matches!(health, Health::Missing)), "to be made", "to be made"),
        (unfinished, "unfinished", "unfinished"),
        (differ, "differs", "differ"),
        (blocked, "blocked", "blocked"),
        (unreadable, "unreadable", "unreadable"),
        (number(&|health| matches!(health, Health::NotReady { .. })), "not ready", "not ready"),
    ] {
        if number > 0 {
            parts.push(format!("{} {}", count(number, "account"), if number == 1 { one } else { many }));
        }
    }
    let mut words: BTreeMap<&str, usize> = BTreeMap::new();
    for account in tree.every_account() {
        // What the manifest does not name does not concern it.
        if let (Health::Inactive { word }, false) = (&account.health, account.purpose.is_empty()) {
            *words.entry(word).or_default() += 1;
        }
    }
    is_bad |= !words.is_empty();
    parts.extend(words.into_iter().map(|(word, number)| format!("{} {word}", count(number, "account"))));
    let left_over: usize = tree.left_over + tree.every_account().map(|account| account.left_over).sum::<usize>();
    if left_over > 0 {
        parts.push(format!("{left_over} left over"));
    }
    if parts.is_empty() {
        return ("settled".to_owned(), good("settled").to_string());
    }
    let plain = parts.join(", ");
    let painted = if is_bad { bad(&plain).to_string() } else { warned(&plain).to_string() };
    (plain, painted)
}

/// Returns where ids begin: behind the deepest and longest name.
fn column(tree: &Tree) -> usize {
    let width =
        |path: &str, account: &Account| 4 * (path.split('/').filter(|name| !name.is_empty()).count() + 1) + account.name.chars().count();
    let units = tree.units.iter().flat_map(|unit| unit.accounts.iter().map(move |account| width(&unit.path, account)));
    tree.accounts.iter().map(|account| width("", account)).chain(units).max().unwrap_or_default() + 3
}

/// Returns how wide what is in the accounts is; the trail may reach beyond, since nothing is below it there.
fn contents(layout: &Layout, tree: &Tree, room: usize) -> usize {
    let fits = |account: &Account| fitting(account, room.saturating_sub(least(layout, account))).chars().count();
    tree.every_account().filter(|account| account.trail.is_none()).map(fits).max().unwrap_or_default()
}

/// Returns the fewest columns in which it can be said how an account is.
fn least(layout: &Layout, account: &Account) -> usize {
    breadth(&health(layout, account, HEALTH_MIN))
}

/// Returns what is in an account in so many columns; a row that has too much says less, and the others as much as they can.
fn fitting(account: &Account, room: usize) -> String {
    content(account).into_iter().find(|text| text.chars().count() <= room).unwrap_or_default()
}

/// Returns what is in an account, from many words to few: its network, the trail that writes into it, or what it is for.
fn content(account: &Account) -> Vec<String> {
    if let Some(Trail { logging, delivered_seconds_ago, trouble }) = &account.trail {
        let off = || "trail OFF".to_owned();
        return match (logging, trouble, delivered_seconds_ago) {
            (false, ..) => vec![off()],
            (true, Some(trouble), _) => vec![format!("trail cannot write: {trouble}"), "trail cannot write".to_owned(), off()],
            (true, None, Some(ago)) => {
                let ago = duration(Duration::from_secs(*ago));
                vec![format!("trail delivering, last {ago} ago"), format!("trail on, {ago} ago"), "trail on".to_owned()]
            }
            (true, None, None) => vec!["trail on, nothing delivered yet".to_owned(), "trail on".to_owned()],
        };
    }
    if let Some(Network { cidr, nat_gateways, .. }) = &account.network {
        return match nat_gateways {
            0 => vec![cidr.clone()],
            _ => vec![format!("{cidr:<14}  {nat_gateways} NAT"), cidr.clone()],
        };
    }
    let roles = if account.roles > 0 { count(account.roles, "role") } else { String::new() };
    vec![format!("{:<11}  {roles}", account.purpose).trim_end().to_owned(), account.purpose.clone()]
}

struct Rows<'a> {
    layout: &'a Layout,
    units: &'a [Unit],
    column: usize,
    /// Columns there are for what is in an account and how it is, and those that the former takes.
    room: usize,
    contents: usize,
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
            let missing = match (unit.blocked, unit.exists) {
                (true, _) => format!("  {}", bad("blocked")),
                (false, false) => format!("  {}", warned("to be made")),
                (false, true) => String::new(),
            };
            text.push_str(&format!("{}{}{}{missing}\n", faint(format!("{indent}{stem}")), head(name), faint(guardrails)));
            let children: Vec<&Unit> =
                self.units.iter().filter(|child| child.path.rsplit_once('/').is_some_and(|(parent, _)| parent == unit.path)).collect();
            self.branch(&unit.accounts, &children, &format!("{indent}{below}"), text);
        }
    }

    fn account(&self, stem: &str, account: &Account) -> String {
        let pad = self.column.saturating_sub(stem.chars().count() + account.name.chars().count());
        let id = account.id.as_deref().unwrap_or("");
        let least = least(self.layout, account);
        let text = fitting(account, self.room.saturating_sub(least));
        // Words are placed below each other, unless what is in the account would have to be left out for that.
        let width =
            if text.is_empty() { self.contents } else { self.contents.min(self.room.saturating_sub(least)).max(text.chars().count()) };
        // Where both do not fit, this row goes without what is in the account.
        let (content, room) = match self.room.checked_sub(width + least) {
            Some(more) if width > 0 => (format!("{text:<width$}  "), least + more),
            _ => (String::new(), self.room + 2),
        };
        let is_off = account.trail.as_ref().is_some_and(|trail| !trail.logging || trail.trouble.is_some());
        let content = if is_off { bad(content).to_string() } else { content };
        let health = health(self.layout, account, room.max(HEALTH_MIN));
        format!("{}{}{:pad$}{id:<ID$}  {content}{health}\n", faint(stem), account.name, "")
    }
}

/// Returns how an account is, in so many columns.
fn health(layout: &Layout, account: &Account, room: usize) -> String {
    let short = |text: String| cut(&text, room);
    let left = if account.left_over > 0 { format!("{} left over", account.left_over) } else { String::new() };
    let also = |text: &str| if left.is_empty() { text.to_owned() } else { format!("{text}, {left}") };
    match &account.health {
        Health::Settled if !left.is_empty() => warned(left).to_string(),
        Health::Settled => good("settled".to_owned()).to_string(),
        Health::Drifted { things, missing, blocked } => {
            let parts = [("unfinished", *missing), ("differs", things.saturating_sub(missing + blocked)), ("blocked", *blocked)];
            let parts: Vec<String> =
                parts.iter().filter(|(_, number)| *number > 0).map(|(word, number)| format!("{word}: {number}")).collect();
            let words = also(&parts.join(", "));
            // A network that costs is not left out for words: the worst of it is said, and the header counts the rest.
            let worst = parts.last().map(|worst| if parts.len() > 1 { format!("{worst} of {things}") } else { worst.clone() });
            let worst = worst.unwrap_or_default();
            let more = format!(" ({})", layout.rerun.line("plan", &format!("--only {}", account.name)));
            let least = if account.network.is_some() { worst.clone() } else { words.clone() };
            let all = [format!("{words}{more}"), words, also(&worst)];
            let said = all.into_iter().find(|text| text.chars().count() <= room.max(least.chars().count())).unwrap_or(least);
            if *blocked > 0 { bad(said).to_string() } else { warned(said).to_string() }
        }
        // The whole reason is below the tree.
        Health::Unreadable { reason, .. } => bad(short(format!("unreadable: {reason}"))).to_string(),
        Health::NotReady { .. } => warned("not ready yet").to_string(),
        Health::Inactive { word } => bad(short(also(word))).to_string(),
        Health::Creating => warned("AWS is creating it").to_string(),
        Health::Missing => warned("to be made").to_string(),
        Health::Unmanaged => faint("not in the manifest").to_string(),
        Health::LeftOver if account.left_over > 1 => warned(format!("left over: {}", count(account.left_over, "thing"))).to_string(),
        Health::LeftOver => warned("left over").to_string(),
    }
}

/// Returns reasons that are too long for the tree, and what to do about them.
fn below(layout: &Layout, tree: &Tree) -> String {
    let mut text = String::new();
    if let Some(reason) = &tree.unreadable {
        text.push_str(&format!("\n{}  {reason}\n", bad("organization unreadable")));
    }
    for account in tree.every_account() {
        let (label, words) = match &account.health {
            Health::Unreadable { reason, hint } => ("unreadable", layout.adapted(&format!("{reason}\n{hint}"))),
            Health::Inactive { word } if !account.purpose.is_empty() => ("inactive", format!("AWS says: {word}\n{}", reopened(word))),
            _ => continue,
        };
        text.push_str(&format!("\n{}", bad(format!("{label:<12}{}\n", account.name))));
        text.push_str(&beside("", 12, &words, layout.width));
    }
    if tree.drifted > 0 {
        text.push_str(&format!("\nunits and guardrails differ in {}: {}\n", count(tree.drifted, "place"), layout.rerun.line("plan", "")));
    }
    text
}

/// Returns what can be done about an account in a state of AWS's.
fn reopened(word: &str) -> &'static str {
    match word {
        "pending activation" => "AWS has not opened it yet: finish its sign-up, or ask AWS Support if that was long ago",
        "suspended" | "closed" | "pending closure" => "AWS Support reopens an account within 90 days of its closing",
        _ => "see the account in the AWS Organizations console",
    }
}

#[cfg(test)]
mod tests;
