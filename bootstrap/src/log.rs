//! The log for people who look for a fault: off unless asked for, and without anything secret in it.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// Names what is logged; takes the place of `-v -v`.
const VARIABLE: &str = "LANDFALL_LOG";
/// What `-v -v` logs.
const VERBOSE: &str = "warn,landfall=debug";
/// The AWS crates and the HTTP client log headers and bodies below `warn`, credentials among them.
const NEVER: &str = "aws_=warn,hyper=warn,h2=warn,rustls=warn";

/// Returns whether anything is logged.
pub(crate) fn is_on() -> bool {
    LevelFilter::current() != LevelFilter::OFF
}

/// Starts the log, on standard error, where it is wanted.
pub(crate) fn start(verbosity: u8) {
    let wanted = match std::env::var(VARIABLE) {
        Ok(wanted) if !wanted.is_empty() => wanted,
        _ if verbosity > 1 => VERBOSE.to_owned(),
        _ => return,
    };
    let filter = EnvFilter::builder().parse_lossy(format!("{wanted},{NEVER}"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}
