//! How a command fails: what happened, why, what to do next, and the exit code that says so.
//!
//! Commands make these; only `main` draws them. What failed inside a run while the rest finished is no
//! `Failure`: that is in the run's own summary.

use landfall::aws::AwsError;
use landfall::observe::ObserveError;
use landfall::plan::check::Refused;
use landfall::session::SessionError;

use crate::exit::Exit;
use crate::format::{bad, hanging, hint, plain};
use crate::hints::Hints;
use crate::width::error_width;

/// What kind of failure it is: decides the exit code and the first word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The outside world refused, or did not answer.
    Failed,
    /// The command line is wrong, or its file is missing.
    Usage,
    /// Another operator is applying.
    Held,
    /// The manifest is wrong: the diagnostics say so, the message only counts them.
    Manifest,
}

/// One failure.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a failure has no effect until it is printed"]
pub(crate) struct Failure {
    kind: Kind,
    /// Drawn before the message: the diagnostics of a manifest.
    drawn: String,
    message: String,
    causes: Vec<String>,
    hints: Hints,
    /// The exit code, where it is not its kind's.
    exit: Option<Exit>,
}

impl Failure {
    /// Returns a failure of the outside world.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::of(Kind::Failed, message)
    }

    /// Returns a wrong usage.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::of(Kind::Usage, message)
    }

    /// Returns that another operator is applying.
    pub(crate) fn held(message: impl Into<String>) -> Self {
        Self::of(Kind::Held, message)
    }

    /// Returns a wrong manifest, with its diagnostics as drawn.
    pub(crate) fn manifest(drawn: String, message: impl Into<String>) -> Self {
        Self { drawn, ..Self::of(Kind::Manifest, message) }
    }

    fn of(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, drawn: String::new(), message: message.into(), causes: Vec::new(), hints: Hints::default(), exit: None }
    }

    /// Adds why.
    pub(crate) fn because(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// Adds what to do about it.
    pub(crate) fn hinted(mut self, hint: impl Into<Hints>) -> Self {
        self.hints.add(hint);
        self
    }

    /// Adds the address that takes AWS's place: what failed there may be no fault of AWS's.
    pub(crate) fn at_endpoint(mut self, endpoint: &str) -> Self {
        let note = format!("calls go to {endpoint}, not to AWS");
        if self.kind == Kind::Failed && !self.causes.contains(&note) {
            self.causes.push(note);
        }
        self
    }

    /// Sets the exit code, unless one is set.
    pub(crate) fn with_exit(mut self, exit: Exit) -> Self {
        self.exit = self.exit.or(Some(exit));
        self
    }

    /// Returns what AWS answered to `doing`, with its request id where that is wanted.
    pub(crate) fn aws(doing: &str, error: &AwsError, verbose: bool) -> Self {
        let mut failure = Self::failed(doing).because(error.to_string());
        if let Some(id) = error.request_id.as_ref().filter(|_| verbose) {
            failure = failure.because(format!("AWS request id {id}"));
        }
        failure
    }

    /// Returns why nothing could be observed.
    pub(crate) fn observing(error: &ObserveError, verbose: bool) -> Self {
        let failure = match error {
            ObserveError::Unreadable { source, .. } => Self::aws(&error.to_string(), source, verbose),
            other => Self::failed(other.to_string()),
        };
        failure.hinted(error.hint())
    }

    /// Returns the exit code.
    pub(crate) fn exit(&self) -> Exit {
        self.exit.unwrap_or(match self.kind {
            Kind::Failed => Exit::Failed,
            Kind::Held => Exit::LockHeld,
            Kind::Usage | Kind::Manifest => Exit::Usage,
        })
    }

    /// Returns it as people see it, coloured.
    pub(crate) fn draw(&self) -> String {
        self.drawn_in(error_width())
    }

    fn drawn_in(&self, width: Option<usize>) -> String {
        let mut text = self.drawn.clone();
        text.push_str(&match self.kind {
            Kind::Failed | Kind::Usage | Kind::Held => hanging(&bad("error: "), 2, &self.message, width),
            Kind::Manifest => hanging(&plain(""), 0, &self.message, width),
        });
        for cause in &self.causes {
            text.push_str(&hanging(&plain("  caused by: "), 4, cause, width));
        }
        for (index, line) in self.hints.each().enumerate() {
            let gap = if index == 0 { "\n" } else { "" };
            text.push_str(&format!("{gap}{}", hanging(&hint("hint: "), 6, line, width)));
        }
        text
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Self::failed(refused.to_string()).because("the plan was refused before anything was sent").hinted(refused.hint())
    }
}

/// Returns why there is no session of the caller's own, with what to do about it.
pub(crate) fn session(error: &SessionError, profile: Option<&str>, verbose: bool) -> Failure {
    /// STS's codes for credentials that it does not accept (docs/AWS.md 2.3).
    const EXPIRED: &[&str] = &["ExpiredToken", "ExpiredTokenException"];
    const WRONG: &[&str] = &["InvalidClientTokenId", "SignatureDoesNotMatch", "UnrecognizedClientException", "IncompleteSignature"];
    let flag = profile.map(|name| format!(" --profile {name}")).unwrap_or_default();
    match error {
        SessionError::Aws(aws) if aws.is(EXPIRED) => {
            Failure::aws("the AWS credentials have expired", aws, verbose).hinted(format!("run `aws sso login{flag}`, or renew the keys"))
        }
        SessionError::Aws(aws) if aws.is(WRONG) => Failure::aws("AWS does not accept the credentials", aws, verbose).hinted(format!(
            "run `aws sts get-caller-identity{flag}` to ask the same, `aws configure list{flag}` to see where they come from"
        )),
        SessionError::Aws(aws) => Failure::aws("could not ask AWS who the credentials are", aws, verbose)
            .hinted("check the network and the Region")
            .hinted(format!("run `aws sts get-caller-identity{flag}` to ask the same")),
        other => Failure::failed(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_of_a_failure_is_wider_than_the_terminal() {
        let long = "prod/eu-north-1/vpc/main: a network that is used is removed, with all that runs in it and what it costs to make again";
        let failure = Failure::failed(long).because(long).because(long).hinted(long);
        for width in [40, 80, 110] {
            let drawn = anstream::adapter::strip_str(&failure.drawn_in(Some(width))).to_string();
            assert!(drawn.lines().all(|line| line.chars().count() <= width), "{width}: {drawn}");
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(words(&drawn), words(&format!("error: {long} caused by: {long} caused by: {long} hint: {long}")), "{width}");
        }
        let whole = anstream::adapter::strip_str(&failure.drawn_in(None)).to_string();
        assert_eq!(whole, format!("error: {long}\n  caused by: {long}\n  caused by: {long}\n\nhint: {long}\n"), "not on a terminal");
    }

    #[test]
    fn a_failure_says_what_why_and_what_next() {
        let failure = Failure::failed("no AWS credentials").because("nothing in the chain").hinted("run `aws sso login`");
        let drawn = anstream::adapter::strip_str(&failure.draw()).to_string();
        assert_eq!(failure.clone().hinted(""), failure, "nothing to do is no hint");
        assert_eq!(drawn, "error: no AWS credentials\n  caused by: nothing in the chain\n\nhint: run `aws sso login`\n");
        assert_eq!(failure.exit(), Exit::Failed);
        assert_eq!(Failure::usage("no such file").exit(), Exit::Usage);
    }
}
