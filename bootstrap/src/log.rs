//! The log for people who look for a fault: off unless asked for, and without anything secret in it, whatever is asked for.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::{FilterExt as _, LevelFilter, filter_fn};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

/// Names what is logged; takes the place of `-v -v`.
const VARIABLE: &str = "LANDFALL_LOG";
/// What `-v -v` logs.
const VERBOSE: &str = "warn,landfall=debug";
/// How far others may be heard, by how the names of their modules begin; the first that fits counts. The AWS crates and the HTTP
/// client log headers and bodies below `warn`, credentials among them; and with `warn` the address in AWS's place, token included.
const OTHERS: &[(&str, LevelFilter)] = &[
    ("aws_smithy_runtime_api", LevelFilter::ERROR),
    ("aws_config::default_provider::endpoint_url", LevelFilter::ERROR),
    ("aws_", LevelFilter::WARN),
    ("hyper", LevelFilter::WARN),
    ("h2", LevelFilter::WARN),
    ("rustls", LevelFilter::WARN),
];

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
    // A filter of its own: in one list, what names a module more exactly would win.
    let harmless = filter_fn(|event| *event.level() <= limit(event.target())).with_max_level_hint(LevelFilter::TRACE);
    let filter = EnvFilter::builder().parse_lossy(wanted).and(harmless);
    tracing_subscriber::registry().with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_filter(filter)).init();
}

fn limit(target: &str) -> LevelFilter {
    OTHERS.iter().find(|(begin, _)| target.starts_with(begin)).map_or(LevelFilter::TRACE, |(_, limit)| *limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_are_heard_as_far_as_they_say_nothing_secret() {
        for (target, expected) in [
            ("landfall::aws", LevelFilter::TRACE),
            ("aws_smithy_runtime::client::orchestrator", LevelFilter::WARN),
            ("aws_smithy_runtime_api::http::request", LevelFilter::ERROR),
            ("aws_sigv4::http_request::sign", LevelFilter::WARN),
            ("hyper_util::client::legacy::connect::http", LevelFilter::WARN),
            ("h2::proto", LevelFilter::WARN),
        ] {
            assert_eq!(limit(target), expected, "{target}");
        }
    }
}
