//! How wide a line may be: as wide as the terminal it goes to, within limits.

use std::io::{self, IsTerminal};

/// Width where no terminal says another.
const WIDTH: usize = 80;
/// Narrowest text; a terminal that is narrower still breaks its lines itself.
const WIDTH_MIN: usize = 40;
/// Widest text on a wide terminal; longer lines are hard to read.
const WIDTH_MAX: usize = 110;

/// Returns how many columns a line may have.
pub(crate) fn width() -> usize {
    terminal_width().map_or(WIDTH, |width| width.clamp(WIDTH_MIN, WIDTH_MAX))
}

/// Returns how many columns a line on standard error may have; `None` if it is no terminal, and whoever reads it wants whole
/// lines.
pub(crate) fn error_width() -> Option<usize> {
    terminal_size::terminal_size_of(io::stderr()).map(|(columns, _)| usize::from(columns.0).clamp(WIDTH_MIN, WIDTH_MAX))
}

/// Returns whether standard output is a terminal: elsewhere lines are as long as they have to be.
pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Returns the terminal's width; `None` where standard output is no terminal.
fn terminal_width() -> Option<usize> {
    terminal_size::terminal_size_of(io::stdout()).map(|(columns, _)| usize::from(columns.0))
}
