//! Lines at the foot of a terminal that are drawn over themselves, and lines that stay above them.
//!
//! Each line is erased to its end as it is written over, and what is left below the last one after it: erasing the whole
//! screen from its first row on is what makes tmux keep every frame. A frame is shown at once where the terminal can
//! (synchronized output). The cursor is hidden while lines are drawn and shown again at every end, a panic's included.

use std::io::Write;

/// How large a terminal is taken to be that does not say.
pub(crate) const SIZE: Size = Size { columns: 80, rows: 24 };

/// How large a terminal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    /// Characters in a line.
    pub(crate) columns: usize,
    /// Lines.
    pub(crate) rows: usize,
}

/// Begins and ends a frame that a terminal shows at once; terminals that cannot ignore it.
const FRAME: (&str, &str) = ("\x1b[?2026h", "\x1b[?2026l");
/// Hides the cursor, and shows it.
const CURSOR: (&str, &str) = ("\x1b[?25l", "\x1b[?25h");
/// Erases to the end of the line, and goes to the beginning of the next.
const NEXT_LINE: &str = "\x1b[K\r\n";
/// Erases from the cursor to the end of the screen; only ever below a line that was just written.
const BELOW: &str = "\x1b[J";

/// The foot of a terminal.
#[derive(Debug)]
pub(crate) struct Painter<W: Write> {
    out: W,
    /// Whether colours are left out.
    is_plain: bool,
    drawn: Vec<String>,
    columns: usize,
}

impl<W: Write> Painter<W> {
    /// Returns a painter that has drawn nothing yet.
    pub(crate) fn new(out: W, is_plain: bool) -> Self {
        Self { out, is_plain, drawn: Vec::new(), columns: 0 }
    }

    /// Draws these lines in place of those drawn before. None of them may be wider than the terminal.
    pub(crate) fn draw(&mut self, lines: Vec<String>, columns: usize) {
        if lines != self.drawn || (columns != self.columns && !lines.is_empty()) {
            self.replace(None, lines, columns);
        }
    }

    /// Writes a line that stays, above the drawn ones.
    pub(crate) fn keep(&mut self, line: &str, columns: usize) {
        let lines = self.drawn.clone();
        self.replace(Some(line), lines, columns);
    }

    /// Takes the drawn lines away.
    pub(crate) fn clear(&mut self, columns: usize) {
        self.draw(Vec::new(), columns);
    }

    /// Writes a line that stays, if any, and lines that do not, over those drawn before.
    fn replace(&mut self, kept: Option<&str>, lines: Vec<String>, columns: usize) {
        let rows = rows(&self.drawn, columns);
        let mut text = FRAME.0.to_owned();
        if !lines.is_empty() && self.drawn.is_empty() {
            text.push_str(CURSOR.0);
        }
        if rows > 0 {
            text.push_str(&up(rows));
        }
        for line in kept.into_iter().chain(lines.iter().map(String::as_str)) {
            text.push_str(line);
            text.push_str(NEXT_LINE);
        }
        if kept.is_some() || !lines.is_empty() {
            text.push_str(BELOW);
        } else if rows > 0 {
            text.push_str(&NEXT_LINE.repeat(rows));
            // What a key echoed is in the line below.
            text.push_str("\x1b[K");
            text.push_str(&up(rows));
        }
        if lines.is_empty() && !self.drawn.is_empty() {
            text.push_str(CURSOR.1);
        }
        text.push_str(FRAME.1);
        (self.drawn, self.columns) = (lines, columns);
        self.write(&text);
    }

    fn write(&mut self, text: &str) {
        let plain = if self.is_plain { Some(without_colours(text)) } else { None };
        // A terminal that has gone away takes its lines with it.
        let _ = self.out.write_all(plain.as_deref().unwrap_or(text).as_bytes()).and_then(|()| self.out.flush());
    }
}

#[cfg(test)]
impl Painter<Vec<u8>> {
    /// Returns everything that was written.
    pub(crate) fn written(&self) -> &[u8] {
        &self.out
    }

    /// Returns how many lines are drawn now.
    pub(crate) fn height(&self) -> usize {
        self.drawn.len()
    }
}

impl<W: Write> Drop for Painter<W> {
    fn drop(&mut self) {
        if self.drawn.is_empty() {
            return;
        }
        if std::thread::panicking() {
            // The message of a panic is below the lines by now; going up would take it away.
            self.write(CURSOR.1);
        } else {
            self.clear(self.columns);
        }
    }
}

/// Returns how many rows of the terminal lines take: one that became narrower has broken long ones.
fn rows(lines: &[String], columns: usize) -> usize {
    lines.iter().map(|line| breadth(line).div_ceil(columns.max(1)).max(1)).sum()
}

/// Returns what moves the cursor up, to the beginning of a line.
fn up(rows: usize) -> String {
    format!("\x1b[{rows}A\r")
}

/// Returns how many characters of a line are seen.
pub(crate) fn breadth(line: &str) -> usize {
    anstream::adapter::strip_str(line).to_string().chars().count()
}

/// Removes colours and leaves the movements of the cursor.
fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\x1b[") {
        let (before, sequence) = rest.split_at(at);
        plain.push_str(before);
        let end = sequence.char_indices().skip(2).find(|(_, c)| c.is_ascii_alphabetic()).map_or(sequence.len(), |(end, _)| end + 1);
        let (sequence, after) = sequence.split_at(end);
        if !sequence.ends_with('m') {
            plain.push_str(sequence);
        }
        rest = after;
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::format::good;
    use crate::render::terminal::Terminal;

    const SMALL: Size = Size { columns: 40, rows: 10 };

    fn seen(paint: impl FnOnce(&mut Painter<Vec<u8>>)) -> Terminal {
        let mut painter = Painter::new(Vec::new(), false);
        paint(&mut painter);
        let mut terminal = Terminal::new(SMALL);
        terminal.write(&painter.out);
        terminal
    }

    fn lines(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| good(text).to_string()).collect()
    }

    #[test]
    fn lines_replace_each_other_and_kept_ones_stay() {
        let terminal = seen(|painter| {
            painter.draw(lines(&["one", "two"]), 40);
            painter.keep("kept", 40);
            painter.draw(lines(&["three"]), 40);
        });
        assert_eq!((terminal.text(), terminal.cursor()), ("kept\nthree".to_owned(), ((2, 0), false)));
    }

    #[test]
    fn the_terminal_is_clean_at_the_end() {
        let terminal = seen(|painter| {
            painter.keep("kept", 40);
            painter.draw(lines(&["one", "two"]), 40);
            painter.clear(40);
        });
        assert_eq!((terminal.text(), terminal.cursor()), ("kept".to_owned(), ((1, 0), true)));
    }

    #[test]
    fn an_echoed_interrupt_is_taken_away() {
        let terminal = seen(|painter| {
            painter.draw(lines(&["one"]), 40);
            painter.out.extend_from_slice(b"^C");
            painter.draw(lines(&["two"]), 40);
        });
        assert_eq!(terminal.text(), "two");
    }

    #[test]
    fn lines_that_a_narrower_terminal_broke_are_taken_away_whole() {
        assert_eq!(rows(&lines(&[&"x".repeat(39), "y"]), 20), 3);
        assert_eq!(rows(&[], 20), 0);
        assert_eq!(rows(&lines(&["x"]), 0), 1);
    }

    /// tmux moves the whole screen into its history when it is erased from the first row on.
    #[test]
    fn the_screen_is_never_erased_from_its_first_row_on() {
        let mut painter = Painter::new(Vec::new(), false);
        let all: Vec<String> = (0..9).map(|line| format!("line {line}")).collect();
        let mut terminal = Terminal::new(SMALL);
        let mut read = 0;
        for height in [9, 9, 3, 8, 1, 9, 0, 2, 0] {
            painter.draw(all[..height].iter().map(|line| format!("{line} of {height} {read}")).collect(), 40);
            painter.keep("kept", 40);
            while read < painter.out.len() {
                if painter.out[read..].starts_with(b"\x1b[J") {
                    assert_ne!(terminal.cursor().0.0, 0, "height {height}");
                }
                terminal.write(&painter.out[read..=read]);
                read += 1;
            }
            assert_eq!(terminal.cursor().1, height == 0, "the cursor is hidden while lines are drawn: {height}");
        }
        assert!(terminal.text().lines().all(|line| line == "kept"), "{}", terminal.text());
    }

    #[test]
    fn without_colours_the_cursor_still_moves() {
        assert_eq!(without_colours("\x1b[2A\r\x1b[K\x1b[32mgood\x1b[0m …"), "\x1b[2A\r\x1b[Kgood …");
        assert_eq!(without_colours("cut \x1b["), "cut \x1b[");
    }

    /// A stream whose bytes outlive it.
    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("held by nobody").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_end_takes_the_lines_away_but_a_panic_leaves_them() {
        for (is_panic, expected) in [(false, ""), (true, "one")] {
            let shared = Shared::default();
            let out = shared.clone();
            let ended = std::thread::spawn(move || {
                let mut painter = Painter::new(out, false);
                painter.draw(lines(&["one"]), 40);
                if is_panic {
                    std::panic::resume_unwind(Box::new("as a panic does"));
                }
            });
            assert_eq!(ended.join().is_err(), is_panic);
            let mut terminal = Terminal::new(SMALL);
            terminal.write(&shared.0.lock().expect("held by nobody"));
            assert_eq!((terminal.text().as_str(), terminal.cursor().1), (expected, true), "the cursor is shown again");
        }
    }
}
