//! A recording, line by line: what is an event, what is one of a newer landfall, what is not an event.
//!
//! It is read by a thread of its own, so that a display goes on while a pipe is silent.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use landfall::event::{Event, VERSION};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::failure::Failure;

/// How to get something to replay.
pub(super) const MAKE: &str = "`landfall apply --yes --format json > FILE` writes a recording";
/// Longest line: the first event lists all steps, which are some megabytes for a thousand accounts.
const LINE_BYTES_MAX: u64 = 64 << 20;
/// Lines that are read ahead.
const AHEAD: usize = 64;

/// One line of a recording.
#[derive(Debug, PartialEq)]
pub(super) enum Line {
    /// An event.
    Event(Box<Event>),
    /// An event that this landfall does not know.
    Unknown,
    /// The beginning of one, at the end of the recording.
    CutOff,
}

/// What reads a recording.
pub(super) struct Reader {
    name: String,
    lines: mpsc::Receiver<io::Result<Vec<u8>>>,
    number: usize,
}

impl Reader {
    /// Opens a file, or standard input for `-`.
    ///
    /// # Errors
    ///
    /// When there is no such file.
    pub(super) fn open(file: &Path) -> Result<Self, Failure> {
        let name = if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() };
        let source: Box<dyn Read + Send> = if file == Path::new("-") {
            Box::new(io::stdin())
        } else {
            let opened = File::open(file).and_then(|opened| {
                // Reading a folder fails only later, with fewer words.
                if opened.metadata()?.is_dir() { Err(io::ErrorKind::IsADirectory.into()) } else { Ok(opened) }
            });
            Box::new(opened.map_err(|error| Failure::usage(format!("could not open `{name}`")).because(error.to_string()))?)
        };
        let (send, lines) = mpsc::channel(AHEAD);
        std::thread::spawn(move || {
            let mut source = BufReader::new(source);
            loop {
                let mut line = Vec::new();
                let read = source.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line);
                let is_over = !matches!(read, Ok(1..));
                if matches!(read, Ok(0)) || send.blocking_send(read.map(|_| line)).is_err() || is_over {
                    return;
                }
            }
        });
        Ok(Self { name, lines, number: 0 })
    }

    /// Returns the next line that says something; `None` at the end.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is no event and not merely cut off.
    pub(super) async fn next(&mut self) -> Result<Option<Line>, Failure> {
        loop {
            let Some(line) = self.lines.recv().await else { return Ok(None) };
            self.number += 1;
            let place = format!("line {} of `{}`", self.number, self.name);
            let line = line.map_err(|error| Failure::failed(format!("could not read {place}")).because(error.to_string()))?;
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            return understood(&line).map(Some).map_err(|why| Failure::usage(format!("{place} is no event")).because(why).hinted(MAKE));
        }
    }
}

/// Returns what a line is, or why it is nothing of a recording.
fn understood(line: &[u8]) -> Result<Line, String> {
    let value: Value = match serde_json::from_slice(line) {
        Ok(value) => value,
        // The run was killed while it wrote, or is still writing.
        Err(error) if error.is_eof() && !line.ends_with(b"\n") => return Ok(Line::CutOff),
        Err(error) if line.len() as u64 >= LINE_BYTES_MAX => return Err(format!("it is longer than {LINE_BYTES_MAX} bytes ({error})")),
        Err(error) => return Err(error.to_string()),
    };
    let version = value.get("v").and_then(Value::as_u64).ok_or("it has no version `v`")?;
    if version > u64::from(VERSION) {
        return Err(format!("it is of format {version}; this landfall reads format {VERSION}"));
    }
    if value.get("event").and_then(Value::as_str).is_none() {
        return Err("it has no `event`".to_owned());
    }
    Ok(serde_json::from_value(value).map_or(Line::Unknown, |event| Line::Event(Box::new(event))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_what_they_are() {
        let done = r#"{"v":1,"seq":1,"at":"","elapsed_ms":0,"event":"step_done","address":"unit/A"}"#;
        let event = Line::Event(Box::new(serde_json::from_str(done).expect("an event")));
        let cases: [(String, Result<Line, &str>); 9] = [
            (format!("{done}\n"), Ok(event)),
            (done[..40].to_owned(), Ok(Line::CutOff)),
            (format!("{}\n", &done[..40]), Err("while parsing")),
            (done.replace("step_done", "step_dreamt"), Ok(Line::Unknown)),
            (done.replace("unit/A", "dream/A"), Ok(Line::Unknown)),
            (done.replace("\"v\":1", "\"v\":2"), Err("format 2")),
            (r#"{"v":1,"steps":[]}"#.to_owned(), Err("no `event`")),
            ("[1]".to_owned(), Err("no version")),
            ("acme, to be created".to_owned(), Err("expected value")),
        ];
        for (line, expected) in cases {
            match (understood(line.as_bytes()), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{line}"),
                (Err(why), Err(part)) => assert!(why.contains(part), "{line}: {why}"),
                (found, expected) => panic!("{line}: {found:?}, not {expected:?}"),
            }
        }
    }
}
