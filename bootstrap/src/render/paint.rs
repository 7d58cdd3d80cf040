//! Lines at the foot of a terminal that are drawn over themselves, and lines that stay above them.
//!
//! Nothing of the terminal is switched: the cursor stays visible and stands at the beginning of the line below. So there
//! is nothing to restore after a panic or a kill, and a panic's message stands on lines of its own.

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
        if lines == self.drawn && columns == self.columns {
            return;
        }
        let mut text = self.erasure(columns);
        for line in &lines {
            text.push_str(line);
            text.push_str("\r\n");
        }
        (self.drawn, self.columns) = (lines, columns);
        self.write(&text);
    }

    /// Writes a line that stays, above the drawn ones.
    pub(crate) fn keep(&mut self, line: &str, columns: usize) {
        let lines = std::mem::take(&mut self.drawn);
        let mut text = erasure(&lines, columns);
        text.push_str(line);
        text.push_str("\r\n");
        self.write(&text);
        self.draw(lines, columns);
    }

    /// Takes the drawn lines away.
    pub(crate) fn clear(&mut self, columns: usize) {
        self.draw(Vec::new(), columns);
    }

    fn erasure(&self, columns: usize) -> String {
        erasure(&self.drawn, columns)
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
        // The message of a panic stands below the lines by now; going up would take it away.
        if !std::thread::panicking() && !self.drawn.is_empty() {
            self.clear(self.columns);
        }
    }
}

/// Returns what takes lines away, wherever in the line below them the cursor stands.
fn erasure(drawn: &[String], columns: usize) -> String {
    // A terminal that became narrower has broken long lines into several.
    let rows: usize = drawn.iter().map(|line| breadth(line).div_ceil(columns.max(1)).max(1)).sum();
    match rows {
        0 => String::new(),
        rows => format!("\x1b[{rows}A\r\x1b[J"),
    }
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
    use crate::render::terminal::Terminal;
    use crate::render::words::good;

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
        assert_eq!((terminal.text(), terminal.cursor()), ("kept\nthree".to_owned(), ((2, 0), true)));
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
        assert_eq!(erasure(&lines(&[&"x".repeat(39), "y"]), 20), "\x1b[3A\r\x1b[J");
        assert_eq!(erasure(&[], 20), "");
        assert_eq!(erasure(&lines(&["x"]), 0), "\x1b[1A\r\x1b[J");
    }

    #[test]
    fn without_colours_the_cursor_still_moves() {
        assert_eq!(without_colours("\x1b[2A\r\x1b[J\x1b[32mgood\x1b[0m …"), "\x1b[2A\r\x1b[Jgood …");
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
            assert_eq!(terminal.text(), expected);
        }
    }
}
