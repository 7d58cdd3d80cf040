//! Profiles that lead to themselves: landfall asks a profile for credentials, whose program is landfall, which asks that profile.
//!
//! Left alone, each process starts the next for ever. So a process that is about to run a profile's program notes that in a variable
//! of its own environment, and one that finds its own profile noted refuses. The note is inherited; where a program starts landfall
//! with a clean environment (`env -i`, `sudo`), it is read from the environments of the processes above this
//! one. A process cannot change the environment that others see: it becomes itself once more, with the variable set. Where the
//! system cannot do that (not Unix), nothing is guarded.

use crate::failure::Failure;
use crate::process;

/// The process that set it and the profiles that were asked on the way to it: `PID,base,acme-dev-reader`.
pub(crate) const VARIABLE: &str = "LANDFALL_PROFILES";
/// Between them; no part has one in it.
const SEPARATOR: char = ',';

/// What a process noted in its environment.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Note {
    pid: u32,
    profiles: Vec<String>,
}

impl Note {
    /// Reads the value of the variable; nothing where landfall did not write it.
    fn read(value: &str) -> Option<Self> {
        let mut parts = value.split(SEPARATOR);
        Some(Self { pid: parts.next()?.parse().ok()?, profiles: parts.map(decoded).collect() })
    }

    /// Returns the value of the variable: one word of plain characters, as `ps` can show it.
    fn value(&self) -> String {
        self.profiles.iter().fold(self.pid.to_string(), |value, profile| format!("{value}{SEPARATOR}{}", encoded(profile)))
    }

    /// Returns the note of the nearest process above this one that wrote one.
    fn above() -> Option<Self> {
        let note = |pid| Self::read(&process::variable(pid, VARIABLE)?).filter(|note| note.pid == pid);
        process::above().find_map(note)
    }
}

/// Notes that the program of a profile is about to run: the last of a `way` from the profile that is asked. They are in these `places`.
///
/// # Errors
///
/// When it was run already on the way to this process.
pub(crate) fn enter(inherited: Option<&str>, way: &[&str], places: &str) -> Result<(), Failure> {
    let pid = std::process::id();
    let note = inherited.and_then(Note::read).or_else(Note::above);
    let is_ours = note.as_ref().is_some_and(|note| note.pid == pid);
    let mut profiles = note.map(|note| note.profiles).unwrap_or_default();
    if is_ours && profiles.last().map(String::as_str) == way.last().copied() {
        return Ok(());
    }
    let runs = profiles.last().cloned();
    for profile in way {
        let is_circle = profiles.iter().any(|before| before == profile);
        profiles.push((*profile).to_owned());
        if let Some(runs) = runs.as_ref().filter(|_| is_circle) {
            return Err(refused(&profiles, profile, runs, places));
        }
    }
    become_again(&Note { pid, profiles }.value());
    Ok(())
}

fn refused(way: &[String], profile: &str, runs: &str, places: &str) -> Failure {
    let whose = if runs == profile { "its `credential_process`".to_owned() } else { format!("the `credential_process` of `{runs}`") };
    Failure::failed(format!("profile `{profile}` needs its own credentials"))
        .because(format!("{whose}, in {places}, runs landfall, which asks the same profile: {}", way.join(" -> ")))
        .hinted("name a profile with credentials of its own in that line: `credential_process = landfall credentials … --profile NAME`")
        .hinted("`landfall outputs --format aws-config --profile NAME` writes such profiles")
}

/// Writes a profile's name with plain characters only; all others by their bytes, as in a URL.
fn encoded(name: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    name.bytes()
        .fold(String::new(), |text, byte| if is_plain(byte) { text + &char::from(byte).to_string() } else { format!("{text}%{byte:02X}") })
}

fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        // What landfall did not write is not a name.
        let (code, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        bytes.push(u8::from_str_radix(code, 16).unwrap_or(b'?'));
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Starts this process's program anew in its place, with the variable set. Where it cannot, it goes on unguarded.
#[cfg(unix)]
fn become_again(value: &str) {
    use std::os::unix::process::CommandExt;

    let mut line = std::env::args_os();
    let Ok(program) = std::env::current_exe() else { return };
    let mut command = std::process::Command::new(program);
    if let Some(name) = line.next() {
        command.arg0(name);
    }
    // It returns only if it failed.
    let _ = command.args(line).env(VARIABLE, value).exec();
}

#[cfg(not(unix))]
fn become_again(_: &str) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_on_the_way_is_refused_with_the_way_and_the_file() {
        let failure = enter(Some("1,default,acme-dev-reader"), &["default"], "/h/.aws/config").expect_err("a circle").draw();
        let said = failure.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("default -> acme-dev-reader -> default") && said.contains("in /h/.aws/config"), "{failure}");
        assert!(said.contains("the `credential_process` of `acme-dev-reader`"), "{failure}");
        let failure = enter(Some("1,loop"), &["loop"], "a file").expect_err("a circle").draw();
        assert!(failure.contains("its `credential_process`"), "{failure}");
    }

    #[test]
    fn a_process_that_noted_it_goes_on() {
        let noted = format!("{},base", std::process::id());
        assert_eq!(enter(Some(&noted), &["acme-dev-reader", "base"], "a file"), Ok(()));
    }

    #[test]
    fn any_name_is_one_word_of_a_note() {
        for names in [&[][..], &["base"], &["Ünî cöde", "a,b", "100%", "%2C", "two\nlines", "", "a=b c"]] {
            let note = Note { pid: 7, profiles: names.iter().map(|name| (*name).to_owned()).collect() };
            let value = note.value();
            assert_eq!(Note::read(&value).as_ref(), Some(&note), "{value}");
            assert!(!value.contains(char::is_whitespace), "{value}");
        }
        for (value, expected) in
            [("", None), ("base", None), ("1\nbase", None), ("1,%", Some("?")), ("1,%é", Some("?")), ("1,%4", Some("\u{4}"))]
        {
            let name = Note::read(value).map(|note| note.profiles.concat());
            assert_eq!(name.as_deref(), expected, "{value}");
        }
    }
}
