//! What changes in one thing, field by field. No value is ever cut: on a terminal it is broken into lines, elsewhere it
//! stands on one, however long.

use landfall::kind::Field;

use crate::format::wrapped;
use crate::render::layout::Layout;

/// Where a field's values begin.
const VALUE_COLUMN: usize = 19;
/// Columns before a field's name.
const INDENT: usize = 6;
/// What separates what a field is from what it will be.
const ARROW: &str = "-> ";
/// Fewest columns that values are broken into.
const VALUE_MIN: usize = 24;

/// Returns the lines of a thing's fields; what comes and goes of one field is together.
pub(super) fn draw(layout: &Layout, fields: &[Field]) -> String {
    fields.chunk_by(|one, other| one.name == other.name).map(|same| field(layout, same)).collect()
}

fn field(layout: &Layout, same: &[Field]) -> String {
    let Some(Field { name, .. }) = same.first() else { return String::new() };
    let column = VALUE_COLUMN.max(INDENT + name.chars().count() + 2);
    let values: Vec<[String; 2]> = same.iter().map(sides).filter(|sides| !sides[0].is_empty()).collect();
    if values.is_empty() {
        return format!("{:INDENT$}{name}\n", "");
    }
    let whole: Vec<String> = values.iter().map(|[from, to]| format!("{from}{to}")).collect();
    let line = whole.join("  ");
    if column + line.chars().count() <= layout.width {
        return format!("{:INDENT$}{name:<width$}{line}\n", "", width = column - INDENT);
    }
    // Many values, or long ones: each begins a line of its own, and a long name as well.
    let is_long = column > VALUE_COLUMN;
    let mut text = if is_long { format!("{:INDENT$}{name}\n", "") } else { String::new() };
    let room = layout.width.saturating_sub(VALUE_COLUMN).max(VALUE_MIN);
    let mut first = !is_long;
    for [from, to] in values {
        let lines = match (layout.wraps, to.is_empty()) {
            (false, _) => vec![format!("{from}{to}")],
            (true, true) => broken(&from, room),
            (true, false) if (from.chars().count() + to.chars().count()) <= room => vec![format!("{from}{to}")],
            (true, false) => {
                let to = broken(to.trim_start().trim_start_matches(ARROW), room.saturating_sub(ARROW.len()));
                let to = to.iter().enumerate().map(|(index, line)| format!("{}{line}", if index == 0 { ARROW } else { "   " }));
                broken(&from, room).into_iter().chain(to).collect()
            }
        };
        for line in lines {
            let head = if std::mem::take(&mut first) { name.as_str() } else { "" };
            text.push_str(&format!("{:INDENT$}{head:<width$}{line}\n", "", width = VALUE_COLUMN - INDENT));
        }
    }
    text
}

/// Returns what a field was and what it will be, with their signs.
fn sides(field: &Field) -> [String; 2] {
    match (&field.from, &field.to) {
        (Some(from), Some(to)) => [from.clone(), format!(" {ARROW}{to}")],
        (None, Some(to)) => [format!("+ {to}"), String::new()],
        (Some(from), None) => [format!("- {from}"), String::new()],
        (None, None) => [String::new(), String::new()],
    }
}

/// Returns a text in lines of at most so many characters; a word that is longer is broken as well.
pub(super) fn broken(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for line in wrapped(text, width) {
        let characters: Vec<char> = line.chars().collect();
        lines.extend(characters.chunks(width).map(|part| part.iter().collect::<String>()));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixture::layout;

    fn added(name: &str, value: &str) -> Field {
        Field::added(name, value)
    }

    fn drawn(fields: &[Field], width: usize, wraps: bool) -> String {
        draw(&Layout { wraps, ..layout(None, width) }, fields)
    }

    #[test]
    fn who_comes_and_who_goes_stands_on_one_line() {
        let fields = [
            added("may assume it", "sso:AdministratorAccess"),
            Field::removed("may assume it", "sso:Engineers"),
            Field::new("session", "12h", "1h"),
        ];
        let mut fields = fields.to_vec();
        let mut asks = added("asks for a reason from now on", "");
        asks.to = None;
        fields.push(asks);
        assert_eq!(
            drawn(&fields, 80, true),
            "      may assume it  + sso:AdministratorAccess  - sso:Engineers\n      session      12h -> 1h\n      \
             asks for a reason from now on\n"
        );
    }

    /// Every value of every width is there to its last character.
    #[test]
    fn no_value_is_cut() {
        let long = format!("arn:aws:iam::111111111111:role/{}", "x".repeat(90));
        let all = [
            Field::new(
                "lifecycle trail",
                "AWSLogs/ for 2555 days, old versions for 30 days",
                "AWSLogs/ for 365 days, old versions for 30 days",
            ),
            added("trust", &long),
            Field::removed("trust", &long),
        ];
        for wraps in [true, false] {
            for width in 40..140 {
                let text = drawn(&all, width, wraps);
                let flat: String = text.split_whitespace().collect();
                for part in ["2555days", "->AWSLogs/for365days,oldversionsfor30days", long.as_str()] {
                    assert!(flat.contains(part), "{width}: {text}");
                }
                assert!(!text.contains('…'), "{width}: {text}");
                let widest = text.lines().map(|line| line.chars().count()).max().unwrap_or_default();
                assert!(!wraps || widest <= width.max(VALUE_COLUMN + VALUE_MIN), "{width}: {text}");
                if !wraps {
                    assert_eq!(text.lines().filter(|line| line.contains(&long)).count(), 2, "one line each: {text}");
                }
            }
        }
    }
}
