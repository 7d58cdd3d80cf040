//! Prints the probes and the documents that they are asked of, as JSON, for an evaluator that others wrote.
//!
//! `cargo xtask policies` builds and calls it.

#![expect(clippy::print_stdout, reason = "it prints for another program")]

use landfall_tests::probes::{handover, probes, worlds};

fn main() {
    let worlds = worlds();
    println!("{}", handover(&worlds, &probes(&worlds)));
}
