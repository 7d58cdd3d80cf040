//! Every operation's type reads what AWS may send: answers written from the output shapes of botocore, AWS's own description of itself.
//!
//! Runs under `cargo xtask conformance`, which has a Python with botocore; alone it reports that it was skipped. The snapshot lists the
//! members that landfall cannot read an answer without.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::aws::client::answer::{self, Reader};
use crate::aws::client::service::Wire;
use crate::aws::client::unread::Unread;
use crate::aws::client::{Operation, Service};

/// The Python of conformance.
const PYTHON_VARIABLE: &str = "LANDFALL_CONFORMANCE_PYTHON";
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../xtask/src/conformance/answers.py");

/// An operation that some file of the library declares.
pub(crate) struct Known {
    service: &'static Service,
    name: &'static str,
    /// The module that declares it.
    module: &'static str,
    read: Reader,
}

inventory::collect!(Known);

impl Known {
    pub(crate) const fn of<O: Operation>(module: &'static str) -> Self {
        Self { service: O::SERVICE, name: O::NAME, module, read: answer::read::<O> }
    }
}

/// An answer, as the script writes it.
#[derive(Debug, Deserialize)]
struct Written {
    call: String,
    case: String,
    text: String,
}

/// Returns the answers to these calls.
fn answers<'c>(python: &str, calls: impl Iterator<Item = &'c String>) -> Vec<Written> {
    let mut script = Command::new(python).arg(SCRIPT).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Python starts");
    let calls: Vec<&str> = calls.map(String::as_str).collect();
    script.stdin.take().expect("piped").write_all(calls.join("\n").as_bytes()).expect("the script reads");
    let output = script.wait_with_output().expect("the script ends");
    assert!(output.status.success(), "the script failed; its standard error says why");
    serde_json::from_slice(&output.stdout).expect("a list of answers")
}

#[test]
fn every_answer_is_read_as_aws_may_send_it() {
    let Ok(python) = std::env::var(PYTHON_VARIABLE) else {
        eprintln!("SKIPPED: `cargo xtask conformance` runs this with botocore");
        return;
    };
    // Two files may declare an operation, each with the members that it reads.
    let mut known: BTreeMap<String, Vec<&Known>> = BTreeMap::new();
    for one in inventory::iter::<Known>().filter(|one| !one.module.contains("::client::tests")) {
        let protocol = match one.service.wire {
            Wire::Json { .. } => "json",
            Wire::Rest => "rest-json",
            Wire::Query { .. } => "query",
            Wire::Ec2 { .. } => "ec2",
        };
        known.entry(format!("{protocol}/{}/{}", one.service.id, one.name)).or_default().push(one);
    }
    assert!(known.len() > 100, "{} operations", known.len());

    let (mut wrong, mut needed) = (Vec::new(), BTreeMap::<&str, BTreeSet<&str>>::new());
    let answers = answers(&python, known.keys());
    for Written { call, case, text } in &answers {
        for one in &known[call] {
            let read = (one.read)(text);
            match (read.err(), case.strip_prefix("without ")) {
                (None, _) => {}
                (Some(Unread::Unexpected(_)), Some(member)) => drop(needed.entry(call).or_default().insert(member)),
                (Some(Unread::Unexpected(_)), None) if case == "none" => {}
                (Some(error), _) => wrong.push(format!("{call}, {case} ({}): {error}", one.module)),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    let mut table = String::new();
    for (call, members) in needed {
        writeln!(table, "{call}: {}", members.into_iter().collect::<Vec<_>>().join(", ")).expect("a String takes any text");
    }
    insta::assert_snapshot!("needed", table);
}
