//! The one place that writes to the terminal: data to standard output, everything else to standard error.
//!
//! Renderers return coloured text and know no stream; the [`Screen`] drops colours that a stream does not want.

use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use clap::ValueEnum;
use serde::Serialize;

use crate::failure::Failure;
use crate::format::{hanging, warned};
use crate::width::error_width;

/// Columns before the further lines of a note.
const NOTE_INDENT: usize = 2;

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    // Where the stream is a terminal that can, and `NO_COLOR` is not set.
    Auto,
    Always,
    Never,
}

/// Where words go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    color: Color,
    quiet: bool,
}

impl Screen {
    /// Returns the screen of this process.
    pub(crate) fn new(color: Color, quiet: bool) -> Self {
        Self { color, quiet }
    }

    /// Writes data to standard output.
    ///
    /// # Errors
    ///
    /// When it cannot be written. A reader that has seen enough (`| head`) is no failure.
    pub(crate) fn data(self, text: &str) -> Result<(), Failure> {
        put(AutoStream::new(io::stdout().lock(), self.choice(AutoStream::choice(&io::stdout()))), text)
    }

    /// Writes one JSON document to standard output.
    ///
    /// # Errors
    ///
    /// As [`Screen::data`].
    pub(crate) fn json(self, value: &impl Serialize) -> Result<(), Failure> {
        let text =
            serde_json::to_string_pretty(value).map_err(|error| Failure::failed("could not write JSON").because(error.to_string()))?;
        self.data(&format!("{text}\n"))
    }

    /// Says something on standard error, unless it is to be quiet.
    pub(crate) fn status(self, text: &str) {
        if !self.quiet {
            self.warn(text);
        }
    }

    /// Says on standard error what has to be said.
    pub(crate) fn warn(self, text: &str) {
        let mut stderr = AutoStream::new(io::stderr().lock(), self.error_choice());
        // There is no reader left.
        let _ = stderr.write_all(text.as_bytes());
    }

    /// Says on standard error what has to be said, behind a word for what it is.
    pub(crate) fn note(self, label: &str, text: &str) {
        self.warn(&note(label, text));
    }

    /// Returns whether progress may be drawn over itself.
    pub(crate) fn is_live(self) -> bool {
        // `dumb` is what editors and CI set for terminals that cannot move the cursor.
        !self.quiet && io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
    }

    /// Returns whether standard error has colours.
    pub(crate) fn error_choice(self) -> ColorChoice {
        self.choice(AutoStream::choice(&io::stderr()))
    }

    /// Returns whether only what was asked for is to be said.
    pub(crate) fn is_quiet(self) -> bool {
        self.quiet
    }

    fn choice(self, auto: ColorChoice) -> ColorChoice {
        match self.color {
            Color::Auto => auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        }
    }
}

/// Writes values to standard output as they are: what looks like colours in them is theirs.
///
/// # Errors
///
/// As [`Screen::data`].
pub(crate) fn raw(text: &str) -> Result<(), Failure> {
    put(io::stdout().lock(), text)
}

fn put(mut stdout: impl Write, text: &str) -> Result<(), Failure> {
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::failed("could not write to standard output").because(error.to_string()))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Returns what is worth a look, behind a word for what it is, as wide as standard error.
pub(crate) fn note(label: &str, text: &str) -> String {
    hanging(&warned(format!("{label} ")), NOTE_INDENT, text, error_width())
}
