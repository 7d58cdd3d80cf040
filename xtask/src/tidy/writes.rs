//! The rule that the binary writes files in few places: one mechanism keeps it from replacing what is not its own.

use super::Violation;
use super::source::Source;

/// The binary.
const BINARY: &str = "bootstrap/src/";

/// Where files are written: documents; sessions, in a folder of landfall's own; the sandbox, which has checked what it opened; the
/// terminal, which is asked.
const WRITERS: [&str; 5] =
    ["bootstrap/src/ask.rs", "bootstrap/src/document.rs", "bootstrap/src/cache.rs", "bootstrap/src/sandbox.rs", "bootstrap/src/sandbox/"];

/// Ways of the standard library to write or replace a file: `NAME` behind `fs::` or `File::`.
const WAYS: [(&str, &str); 7] = [
    ("fs", "write"),
    ("fs", "rename"),
    ("fs", "copy"),
    ("fs", "hard_link"),
    ("File", "create"),
    ("File", "create_new"),
    ("File", "options"),
];

/// Checks a Rust file.
pub(super) fn rust(source: &Source) -> Vec<Violation> {
    if !source.path.starts_with(BINARY) || WRITERS.iter().any(|writer| source.path.starts_with(writer)) {
        return Vec::new();
    }
    let violate = |line: usize, what: &str| Violation {
        path: source.path.clone(),
        line,
        message: format!("writes a file with `{what}`; `document::write` never replaces what is not landfall's"),
    };
    let mut violations = Vec::new();
    for window in source.untested.windows(3) {
        let [first, second, third] = window else { continue };
        if second.is("::") && WAYS.iter().any(|(place, name)| first.is(place) && third.is(name)) {
            violations.push(violate(first.line, &format!("{}::{}", first.text, third.text)));
        }
        if first.is("OpenOptions") && second.is("::") {
            violations.push(violate(first.line, "OpenOptions"));
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_written_in_few_places() {
        let check = |path: &str, text: &str| rust(&Source::new(path, format!("//! A file.\n{text}\n"))).len();
        for way in ["fn f() { std::fs::write(a, b); }", "fn f() { File::create(a) }", "fn f() { let o = OpenOptions::new(); }"] {
            assert_eq!(check("bootstrap/src/command/init.rs", way), 1, "{way}");
            assert_eq!(check("bootstrap/src/document.rs", way), 0, "{way}");
            assert_eq!(check("bootstrap/src/sandbox/file_lock.rs", way), 0, "{way}");
            assert_eq!(check("bootstrap/tests/files.rs", way), 0, "{way}");
            assert_eq!(check("bootstrap/src/cli.rs", &format!("#[cfg(test)]\nmod tests {{ {way} }}")), 0, "{way}");
        }
        assert_eq!(check("bootstrap/src/manifest.rs", "fn f() { std::fs::read(a) }"), 0);
    }
}
