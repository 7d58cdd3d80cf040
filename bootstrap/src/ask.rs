//! Asking a person at a terminal. Questions go to standard error, so that standard output stays data.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::failure::Failure;

/// Returns whether there is a person to ask.
pub(crate) fn is_possible() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks one question and returns the answer without blanks around it; empty at the end of input.
///
/// # Errors
///
/// When the terminal cannot be read.
pub(crate) fn ask(question: &str) -> Result<String, Failure> {
    Ok(answer(question)?.unwrap_or_default())
}

/// Asks one question and returns the answer without blanks around it; none at the end of input, which is Ctrl-D.
///
/// # Errors
///
/// When the terminal cannot be read.
pub(crate) fn answer(question: &str) -> Result<Option<String>, Failure> {
    let unreadable = |error: std::io::Error| Failure::failed("could not read the answer").because(error.to_string());
    tell(&format!("{question} "));
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line).map_err(unreadable)?;
    if read == 0 {
        // The question's line is still open.
        tell("\n");
    }
    Ok((read > 0).then(|| line.trim().to_owned()))
}

/// Asks for a `y`, unless `yes` was given already.
///
/// # Errors
///
/// When the answer is another, or there is no terminal to ask on.
pub(crate) fn confirm(yes: bool, question: &str) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !is_possible() {
        return Err(Failure::failed("this needs a confirmation, and there is no terminal to ask on; nothing was changed")
            .hinted("`--yes` confirms it"));
    }
    let answer = ask(&format!("{question} [y/N]"))?;
    if matches!(answer.as_str(), "y" | "yes") { Ok(()) } else { Err(Failure::failed("not confirmed; nothing was changed")) }
}

/// Asks one question at the process's own terminal, whatever standard input, output and error are: whoever reads the credentials
/// of a `credential_process` has all of them.
///
/// # Errors
///
/// When there is no terminal.
#[cfg(unix)]
pub(crate) fn at_terminal(question: &str) -> io::Result<String> {
    let mut terminal = std::fs::File::options().read(true).write(true).open("/dev/tty")?;
    write!(terminal, "{question} ")?;
    let mut line = String::new();
    io::BufReader::new(terminal).read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

/// Asks one question at the process's own terminal.
///
/// # Errors
///
/// When there is no terminal.
#[cfg(not(unix))]
pub(crate) fn at_terminal(question: &str) -> io::Result<String> {
    if !is_possible() {
        return Err(io::Error::other("standard input is not a terminal"));
    }
    ask(question).map_err(|_| io::Error::other("it could not be read"))
}

/// Asks one question at the process's own terminal, and does not show what is typed.
///
/// # Errors
///
/// When there is no terminal, or it cannot be kept from showing.
#[cfg(unix)]
pub(crate) fn hidden(question: &str) -> io::Result<String> {
    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

    /// Shows what is typed again, however this ends.
    struct Shown<'t>(&'t std::fs::File, Termios);

    impl Drop for Shown<'_> {
        fn drop(&mut self) {
            let _ = tcsetattr(self.0, OptionalActions::Flush, &self.1);
        }
    }

    let terminal = std::fs::File::options().read(true).write(true).open("/dev/tty")?;
    let modes = tcgetattr(&terminal)?;
    let mut silent = modes.clone();
    silent.local_modes.remove(LocalModes::ECHO);
    silent.local_modes.insert(LocalModes::ECHONL);
    write!(&terminal, "{question} ")?;
    tcsetattr(&terminal, OptionalActions::Flush, &silent)?;
    let _shown = Shown(&terminal, modes);
    let mut line = String::new();
    io::BufReader::new(&terminal).read_line(&mut line)?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}

/// Asks one question at the process's own terminal, and does not show what is typed.
///
/// # Errors
///
/// Always: this system's terminal cannot be kept from showing it.
#[cfg(not(unix))]
pub(crate) fn hidden(_: &str) -> io::Result<String> {
    Err(io::Error::other("this terminal would show it: give it by standard input"))
}

/// Says something to the person who is asked.
pub(crate) fn tell(text: &str) {
    let mut stderr = anstream::AutoStream::auto(std::io::stderr());
    // Where it cannot be said, the answer cannot be read either.
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}
