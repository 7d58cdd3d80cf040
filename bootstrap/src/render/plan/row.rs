//! What a line of a plan looks like: a sign, an address, and words beside it.

use landfall::kind::Action;

use super::fields;
use crate::format::{bad, good, hint, warned, wrapped};
use crate::render::layout::Layout;

/// Where the words beside an address begin.
const SUMMARY_COLUMN: usize = 38;
/// Fewest columns that words beside an address are broken into.
const BESIDE_MIN: usize = 24;

/// Returns what stands for an action.
pub(super) fn sign(action: Action) -> String {
    match action {
        Action::Create => good('+').to_string(),
        Action::Change => warned('~').to_string(),
        Action::Remove => bad('-').to_string(),
    }
}

/// Returns a sign and an address, with words beside it or below it.
pub(super) fn row(layout: &Layout, sign: &str, address: &str, words: &str) -> String {
    if words.is_empty() {
        return format!("  {sign} {address}\n");
    }
    // A long address pushes its words on, by two blanks, rather than onto a line of their own.
    let column = SUMMARY_COLUMN.max(4 + address.chars().count() + 2);
    let indent = if column + 24 > layout.width { SUMMARY_COLUMN } else { column };
    let room = layout.width.saturating_sub(column);
    // Where there is no room beside the address, or not for an ARN, the words are put below it.
    if room < BESIDE_MIN || words.split_whitespace().any(|word| word.chars().count() > room) {
        let room = layout.width.saturating_sub(6);
        let below = if layout.wraps { fields::broken(words, room) } else { wrapped(words, room) };
        return below.iter().fold(format!("  {sign} {address}\n"), |text, line| text + &format!("      {line}\n"));
    }
    let lines = wrapped(words, room);
    let mut text = format!("  {sign} {address:<width$}", width = column - 4);
    for (index, line) in lines.iter().enumerate() {
        if index > 0 {
            text.push_str(&" ".repeat(indent));
        }
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// Returns a hint under a line.
pub(super) fn aside(layout: &Layout, words: &str) -> String {
    wrapped(words, layout.width.saturating_sub(6)).iter().fold(String::new(), |text, line| text + &format!("      {}\n", hint(line)))
}
