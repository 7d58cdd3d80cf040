//! What a rule finds, as it is printed.

use std::fmt;

/// One place where a rule is broken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Violation {
    /// Path from the workspace's root.
    pub(super) path: String,
    /// Line from 1; 0 where the file as a whole is meant.
    pub(super) line: usize,
    /// What is wrong, and the rule.
    pub(super) message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.message),
            line => write!(f, "{}:{line}: {}", self.path, self.message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_violation_names_file_and_line() {
        let mut violation = Violation { path: "sdk/src/plan.rs".to_owned(), line: 7, message: "no".to_owned() };
        assert_eq!(violation.to_string(), "sdk/src/plan.rs:7: no");
        violation.line = 0;
        assert_eq!(violation.to_string(), "sdk/src/plan.rs: no");
    }
}
