//! Rules about the text of files: heads, length, things left undone, paths of one machine.

use super::Violation;
use super::source::Source;

/// From this many lines on, a file's head has to say why it is that long.
const LINES_WITHOUT_REASON: usize = 800;

/// How the head of a long file begins its reason.
const REASON: &str = "long because";

/// Macros that leave a hole where a program would stop.
const HOLES: [&str; 2] = ["todo", "unimplemented"];

/// First names of absolute paths that exist on one developer's machine only; without slashes, so as not to find itself.
const HOMES: [&str; 3] = ["home", "root", "Users"];

/// Checks a text file of any sort.
pub(super) fn any(path: &str, text: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if let Some(home) = HOMES.into_iter().find(|home| holds_absolute_path(line, home)) {
            let message = format!("holds a path under `/{home}`, which is one machine's; write a relative path or `~`");
            violations.push(Violation { path: path.to_owned(), line: index + 1, message });
        }
    }
    violations
}

/// Checks a Rust file.
pub(super) fn rust(source: &Source) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut violate = |line: usize, message: String| violations.push(Violation { path: source.path.clone(), line, message });
    if source.head().next().is_none() {
        violate(1, "does not open with `//!`: what the file is for, and what it is not for".to_owned());
    }
    let lines = source.text.lines().count();
    if lines > LINES_WITHOUT_REASON && !source.head().any(|line| line.contains(REASON)) {
        violate(0, format!("has {lines} lines, more than {LINES_WITHOUT_REASON}: split it, or say `{REASON} …` in its head"));
    }
    for window in source.tokens.windows(4) {
        let [first, second, third, fourth] = window else { continue };
        if HOLES.contains(&first.text.as_str()) && second.is("!") && (third.is("(") || third.is("{") || third.is("[")) {
            violate(first.line, format!("`{}!` leaves a hole; return an error that names what is missing", first.text));
        }
        if first.is("#") && second.is("[") && third.is("ignore") && fourth.is("]") {
            violate(first.line, "ignores a test without a reason; write `#[ignore = \"…\"]`".to_owned());
        }
    }
    violations
}

/// Returns whether the line holds `/HOME/` as the beginning of a path, not as a part of a longer one.
fn holds_absolute_path(line: &str, home: &str) -> bool {
    let wanted = format!("/{home}/");
    line.match_indices(&wanted).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "_-.~/$}*".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Vec<String> {
        rust(&Source::new("sdk/src/plan.rs", text.to_owned())).into_iter().map(|violation| violation.to_string()).collect()
    }

    #[test]
    fn a_file_opens_with_its_head() {
        assert_eq!(check("//! Plans.\n"), [""; 0]);
        assert_eq!(check("").len(), 1);
        let found = check("use std::fmt;\n//! Plans.\n");
        assert!(found[0].starts_with("sdk/src/plan.rs:1: does not open"), "{found:?}");
    }

    #[test]
    fn a_long_file_has_a_reason() {
        let body = "\n".repeat(LINES_WITHOUT_REASON);
        assert_eq!(check(&format!("//! Plans.\n{body}")).len(), 1);
        assert_eq!(check(&format!("//! Plans; long because it is one table.\n{body}")), [""; 0]);
        assert_eq!(check(&format!("//! Plans.\n{body}//! long because\n")).len(), 1, "the reason is in the head");
        assert_eq!(check(&format!("//! Plans.\n{}", &body[1..])), [""; 0]);
    }

    #[test]
    fn holes_and_ignored_tests_are_found() {
        let found = check("//! Plans.\nfn f() { todo!() }\nfn g() { unimplemented!(\"x\") }\n#[ignore]\nfn h() {}\n");
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[2].starts_with("sdk/src/plan.rs:4:"), "{found:?}");
        assert_eq!(check("//! Plans.\n// todo!()\n#[ignore = \"needs AWS\"]\nfn f(s: &str) { g(\"todo!()\") }\n"), [""; 0]);
    }

    #[test]
    fn paths_of_one_machine_are_found() {
        for home in HOMES {
            for bad in [format!("see /{home}/ada/notes"), format!("\"/{home}/x\""), format!("PATH=/{home}/x"), format!("(/{home}/x)")] {
                assert_eq!(any("README.md", &bad).len(), 1, "{bad}");
            }
            for good in
                [format!("https://example.com/{home}/x"), format!("$HOME/{home}/x"), format!("/{home}stead/"), format!("a/{home}/b")]
            {
                assert_eq!(any("README.md", &good), [], "{good}");
            }
        }
    }
}
