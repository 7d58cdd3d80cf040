//! Words, numbers and colours that every screen uses, so that they are the same everywhere.
//!
//! Colour only repeats what the words say: green is done, yellow a warning, red an error, cyan a hint.

use std::fmt::{self, Display, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use landfall::address::{Address, Scope};

/// A style around a text; padding counts the text only.
pub(crate) struct Painted<T> {
    style: Style,
    text: T,
}

impl<T: Display> Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.style)?;
        self.text.fmt(f)?;
        write!(f, "{:#}", self.style)
    }
}

/// Done.
pub(crate) fn good<T: Display>(text: T) -> Painted<T> {
    Painted { style: AnsiColor::Green.on_default(), text }
}

/// Worth a look.
pub(crate) fn warned<T: Display>(text: T) -> Painted<T> {
    Painted { style: AnsiColor::Yellow.on_default(), text }
}

/// Wrong.
pub(crate) fn bad<T: Display>(text: T) -> Painted<T> {
    Painted { style: AnsiColor::Red.on_default().bold(), text }
}

/// What to do next.
pub(crate) fn hint<T: Display>(text: T) -> Painted<T> {
    Painted { style: AnsiColor::Cyan.on_default(), text }
}

/// A heading.
pub(crate) fn head<T: Display>(text: T) -> Painted<T> {
    Painted { style: Style::new().bold(), text }
}

/// Neither this nor that.
pub(crate) fn plain<T: Display>(text: T) -> Painted<T> {
    Painted { style: Style::new(), text }
}

/// Less important than the rest of its line.
pub(crate) fn faint<T: Display>(text: T) -> Painted<T> {
    Painted { style: Style::new().dimmed(), text }
}

/// Returns a number with its noun, in the plural where that is right: `1 account`, `4 accounts`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let plural = match noun {
        _ if number == 1 => noun.to_owned(),
        _ if noun.ends_with("ch") || noun.ends_with('s') => format!("{noun}es"),
        _ if noun.ends_with("cy") || noun.ends_with("ry") => format!("{}ies", &noun[..noun.len() - 1]),
        _ => format!("{noun}s"),
    };
    format!("{} {plural}", grouped(number))
}

/// Writes a small number as a word, as in "the first three"; a larger one in digits.
pub(crate) fn in_words(number: u32) -> String {
    const WORDS: [&str; 10] = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    usize::try_from(number).ok().and_then(|number| WORDS.get(number)).map_or_else(|| number.to_string(), |word| (*word).to_owned())
}

/// Returns a number with its thousands apart: `3,912`.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns a length of time as people say it: `0.4 s`, `14 s`, `2 min 10 s`, `1 h 5 min`.
pub(crate) fn duration(length: Duration) -> String {
    /// Below this, tenths matter.
    const TENTHS_BELOW: u128 = 10_000;
    let (milliseconds, seconds) = (length.as_millis(), length.as_secs());
    match seconds {
        _ if milliseconds < TENTHS_BELOW => format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100),
        0..60 => format!("{seconds} s"),
        60..3600 if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// Returns a length of time to be promised: rounded up to what an estimate can mean.
pub(crate) fn about(length: Duration) -> String {
    const QUARTER: u64 = 15;
    match length.as_secs() {
        seconds @ 0..60 => format!("about {} s", seconds.div_ceil(QUARTER).max(1) * QUARTER),
        seconds => format!("about {} min", seconds.div_ceil(60)),
    }
}

/// Returns a text broken into lines of at most `width` characters, at blanks; a longer word has a line of its own.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

/// Returns `first` and `text` beside it, `text` broken into lines that all begin in the same column.
pub(crate) fn beside(first: impl Display, column: usize, text: &str, width: usize) -> String {
    let mut out = format!("{first:<column$}");
    for (index, line) in wrapped(text, width.saturating_sub(column).max(20)).iter().enumerate() {
        let indent = if index == 0 { 0 } else { column };
        let _ = writeln!(out, "{:indent$}{line}", "");
    }
    out
}

/// Returns a text behind its first words, its further lines indented by less. Without a width, its lines stay as they are.
pub(crate) fn hanging<T: Display>(first: &Painted<T>, indent: usize, text: &str, width: Option<usize>) -> String {
    let head = first.text.to_string().chars().count();
    let mut out = String::new();
    for part in text.lines().flat_map(|line| width.map_or_else(|| vec![line.to_owned()], |width| wrapped(line, width.saturating_sub(head))))
    {
        let _ = if out.is_empty() { writeln!(out, "{first}{part}") } else { writeln!(out, "{:indent$}{part}", "") };
    }
    out
}

/// Returns a text cut to so many characters, with a sign that something is missing.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(2)).chain(" …".chars()).take(width).collect()
}

/// Returns an address in so many characters: the Region goes first, since an account rarely has two.
pub(crate) fn short(address: &Address, width: usize) -> String {
    let whole = address.to_string();
    if whole.chars().count() <= width {
        return whole;
    }
    match address.scope() {
        Scope::Region(account, _) => cut(&format!("{account}/…/{}/{}", address.kind(), address.name()), width),
        Scope::Organization | Scope::Account(_) => cut(&whole, width),
    }
}

/// Returns `left` and `right` at the two ends of a line.
pub(crate) fn ends(left: &str, right: &str, width: usize) -> String {
    if right.is_empty() {
        return left.to_owned();
    }
    let gap = width.saturating_sub(left.chars().count() + right.chars().count()).max(2);
    format!("{left}{:gap$}{right}", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals_and_numbers() {
        for (number, noun, expected) in [
            (0, "error", "0 errors"),
            (1, "account", "1 account"),
            (2, "NAT gateway", "2 NAT gateways"),
            (3, "policy", "3 policies"),
            (3912, "character", "3,912 characters"),
            (1_000_000, "call", "1,000,000 calls"),
            (2, "switch", "2 switches"),
        ] {
            assert_eq!(count(number, noun), expected);
        }
    }

    #[test]
    fn times() {
        for (milliseconds, expected) in
            [(0, "0.0 s"), (450, "0.4 s"), (14_900, "14 s"), (130_000, "2 min 10 s"), (120_000, "2 min"), (3_900_000, "1 h 5 min")]
        {
            assert_eq!(duration(Duration::from_millis(milliseconds)), expected);
        }
        assert_eq!(about(Duration::from_secs(130)), "about 3 min");
        assert_eq!(about(Duration::from_secs(20)), "about 30 s");
    }

    #[test]
    fn long_texts_are_broken_and_cut() {
        assert_eq!(beside("+ a", 6, "one two three four five six seven", 26), "+ a   one two three four\n      five six seven\n");
        assert_eq!(wrapped("", 10), [""; 0]);
        assert_eq!(cut("abcdefgh", 6), "abcd …");
        assert_eq!(ends("acme", "sandbox", 20), "acme         sandbox");
    }

    #[test]
    fn padding_does_not_count_colours() {
        assert_eq!(anstream::adapter::strip_str(&format!("[{:<6}]", good("ok"))).to_string(), "[ok    ]");
    }
}
