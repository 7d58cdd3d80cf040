//! A run at a terminal: a bar for the whole, and one line for each step that is running, as many as fit.
//!
//! [`frame`] is pure: where the run stands, what time it is in it, and how large the terminal is. A narrow terminal loses
//! the bar first, then what a step waits for; never how far the run is, nor what is running and for how long.

use std::io::Write;
use std::time::Duration;

use landfall::address::Address;
use landfall::event::{Event, What};

use super::progress::{Progress, Running, WHOLE};
use super::redraw::{Painter, Size};
use crate::format::{Painted, about, bad, cut, duration, faint, good, plain, short, warned};

/// Columns of the bar where there is room, and below which it says nothing.
const BAR: usize = 36;
const BAR_MIN: usize = 8;
/// Most columns of an address.
const ADDRESS: usize = 36;
/// A terminal narrower than this shows no words beside an address.
const WORDS_FROM: usize = 36;
/// Columns of the time, `12 min 34 s`; and on a terminal narrower than this, `12 min`.
const TIME: usize = 11;
const TIME_NARROW: usize = 8;
const NARROW: usize = 60;

/// The lines on a terminal.
#[derive(Debug)]
pub(crate) struct Live<W: Write> {
    painter: Painter<W>,
    size: fn() -> Size,
}

impl<W: Write> Live<W> {
    /// Returns an empty display that asks for the terminal's size each time it draws.
    pub(crate) fn new(out: W, is_plain: bool, size: fn() -> Size) -> Self {
        Self { painter: Painter::new(out, is_plain), size }
    }

    /// Draws where the run stands now.
    pub(crate) fn draw(&mut self, progress: &Progress, now: Duration) {
        let size = (self.size)();
        self.painter.draw(frame(progress, now, size), size.columns);
    }

    /// Writes what has to stay of an event, above the lines.
    pub(crate) fn event(&mut self, event: &Event) {
        if let What::StepFailed { address, message, .. } = &event.what {
            self.keep(&[(bad, "failed"), (plain, &format!("  {address}  {}", flat(message)))]);
        }
    }

    /// Says that no more is begun.
    pub(crate) fn stopping(&mut self, words: &str) {
        self.keep(&[(warned, words)]);
    }

    /// Takes the lines away.
    pub(crate) fn clear(&mut self) {
        let size = (self.size)();
        self.painter.clear(size.columns);
    }

    fn keep(&mut self, spans: &[(Paint, &str)]) {
        let columns = (self.size)().columns;
        self.painter.keep(&line(spans, room(columns)), columns);
    }
}

/// Returns the lines that say where a run stands, at most as many as the terminal has above the cursor, none of them wider.
pub(crate) fn frame(progress: &Progress, now: Duration, size: Size) -> Vec<String> {
    let columns = room(size.columns);
    let mut lines = vec![whole(progress, now, columns)];
    // The cursor stands on a line of its own.
    let rows = size.rows.saturating_sub(2);
    let mut running: Vec<(&Address, &Running)> = progress.running.iter().collect();
    running.sort_by_key(|(_, running)| running.since);
    let all = running.len();
    let shown = if all <= rows { all } else { rows.saturating_sub(1) };
    running.truncate(shown);
    let most = ADDRESS.min(columns * 2 / 5);
    let place = running.iter().map(|(address, _)| short(address, most).chars().count()).max().unwrap_or_default();
    lines.extend(running.iter().map(|(address, running)| {
        let words = progress.waits_for(address).unwrap_or_else(|| progress.doing(address).to_owned());
        step(address, &words, now.saturating_sub(running.since), columns, place)
    }));
    if shown < all && rows > 0 {
        lines.push(line(&[(faint, &format!(" … and {} more", all - shown))], columns));
    }
    lines
}

/// Returns how many columns are written to: in the last one some terminals wrap and some do not.
fn room(columns: usize) -> usize {
    columns.saturating_sub(1).max(1)
}

/// Returns the line of the whole run: how far, how long still.
fn whole(progress: &Progress, now: Duration, columns: usize) -> String {
    let (ended, total) = (progress.ended(), progress.total);
    let width = total.to_string().len().max(3);
    let far = format!(" {ended:>width$}/{total} ");
    let mut words = progress.left(now).map(|left| format!("{} left", about(left))).unwrap_or_default();
    let running = format!("{} running", progress.running.len());
    let most = if words.is_empty() { running } else { format!("{words}, {running}") };
    if far.len() + most.chars().count() < columns {
        words = most;
    }
    let bar = columns.saturating_sub(far.len() + words.chars().count() + 1).min(BAR);
    if bar < BAR_MIN {
        return line(&[(plain, &far), (plain, &words)], columns);
    }
    let (full, half, empty) = parts(progress.share(now), bar);
    line(&[(plain, &far), (good, &format!("{full}{half}")), (faint, &empty), (plain, &format!(" {words}"))], columns)
}

/// Returns the bar's three parts. It is as full as the run's time has passed: most steps are over at once, a few take minutes.
fn parts(share: usize, width: usize) -> (String, &'static str, String) {
    let halves = 2 * width * share.min(WHOLE) / WHOLE;
    let half = if halves % 2 == 1 { "╸" } else { "" };
    ("━".repeat(halves / 2), half, "━".repeat(width - halves.div_ceil(2)))
}

/// Returns the line of one step: what in so many columns, waiting for what, how long.
fn step(address: &Address, words: &str, running: Duration, columns: usize, place: usize) -> String {
    let is_narrow = columns < NARROW;
    let time = since(running, is_narrow);
    let text = if columns < WORDS_FROM {
        let room = columns.saturating_sub(time.chars().count() + 2);
        format!(" {:<room$} {time}", short(address, room))
    } else {
        let late = if is_narrow { TIME_NARROW } else { TIME };
        let room = columns - place - late - 3;
        format!(" {:<place$} {:<room$} {time:>late$}", short(address, place), cut(&flat(words), room))
    };
    line(&[(plain, &text)], columns)
}

/// Returns a length of time in whole seconds, or whole minutes; nothing for what has only begun.
fn since(length: Duration, is_narrow: bool) -> String {
    match length.as_secs() {
        0 => String::new(),
        seconds @ 1..10 => format!("{seconds} s"),
        seconds @ 60.. if is_narrow => duration(Duration::from_secs(seconds - seconds % 60)),
        seconds => duration(Duration::from_secs(seconds)),
    }
}

/// Returns a text without line breaks and whatever else would move the cursor.
fn flat(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// What colours a part of a line.
type Paint = fn(String) -> Painted<String>;

/// Returns a line of parts, cut to so many characters.
fn line(spans: &[(Paint, &str)], columns: usize) -> String {
    let all: usize = spans.iter().map(|(_, text)| text.chars().count()).sum();
    let mut left = if all <= columns { columns } else { columns.saturating_sub(1) };
    let mut line = String::new();
    for (paint, text) in spans {
        let part: String = text.chars().take(left).collect();
        left -= part.chars().count();
        if !part.is_empty() {
            line.push_str(&paint(part).to_string());
        }
    }
    if all > columns { line + "…" } else { line }
}

#[cfg(test)]
mod tests;
