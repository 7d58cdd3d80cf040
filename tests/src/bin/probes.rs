//! Prints the probes and the documents that they are asked of, as JSON, for an evaluator that others wrote.
//!
//! `cargo xtask policies` builds and calls it. With `cast DOCUMENT` it prints that document, docs/ACCESS.md, with today's table of
//! attackers in it, for `cargo xtask docs`.

#![expect(clippy::print_stdout, reason = "it prints for another program")]

use landfall_tests::probes::{cast, handover, probes, worlds};

fn main() -> Result<(), String> {
    let (worlds, arguments) = (worlds(), std::env::args().skip(1).collect::<Vec<_>>());
    let probes = probes(&worlds);
    match &arguments[..] {
        [] => println!("{}", handover(&worlds, &probes)),
        [what, file] if what == "cast" => {
            let document = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
            print!("{}", cast::written(&document, &cast::table(&probes))?);
        }
        _ => return Err("write nothing, or: cast DOCUMENT".to_owned()),
    }
    Ok(())
}
