//! A terminal for tests: takes what is written to one, and says what is seen.

use std::num::NonZero;

use super::redraw::Size;

/// A terminal that remembers what scrolled away.
pub(crate) struct Terminal(vt100::Parser);

impl Terminal {
    /// Returns an empty one.
    pub(crate) fn new(size: Size) -> Self {
        let side = |length: usize| u16::try_from(length).ok().and_then(NonZero::new).expect("a size");
        Self(vt100::Parser::new(side(size.rows), side(size.columns), 10_000))
    }

    /// Takes what a program wrote.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.0.process(bytes);
    }

    /// Returns what is seen.
    pub(crate) fn text(&self) -> String {
        self.0.screen().contents()
    }

    /// Returns where the cursor stands, line and column from 0, and whether it can be seen.
    pub(crate) fn cursor(&self) -> ((u16, u16), bool) {
        (self.0.screen().cursor_position(), !self.0.screen().hide_cursor())
    }

    /// Returns whether a line of what is seen was too wide and goes on in the next.
    pub(crate) fn is_wrapped(&self) -> bool {
        let (rows, _) = self.0.screen().size();
        (0..rows.get()).any(|row| self.0.screen().row_wrapped(row))
    }
}
