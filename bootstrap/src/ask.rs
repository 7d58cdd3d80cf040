//! Asking a person at a terminal. Questions go to standard error, so that standard output stays data.

use std::io::{BufRead, IsTerminal, Write};

use crate::failure::Failure;

/// Returns whether there is somebody to ask.
pub(crate) fn is_possible() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks one question and returns the answer without blanks around it; empty at the end of input.
///
/// # Errors
///
/// When the terminal cannot be read.
pub(crate) fn ask(question: &str) -> Result<String, Failure> {
    let unreadable = |error: std::io::Error| Failure::failed("could not read the answer").because(error.to_string());
    let mut stderr = std::io::stderr();
    write!(stderr, "{question} ").and_then(|()| stderr.flush()).map_err(unreadable)?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(unreadable)?;
    Ok(line.trim().to_owned())
}
