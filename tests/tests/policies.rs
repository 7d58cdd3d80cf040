//! The probes of `tests/policies` on our own evaluator.

use landfall_tests::probes::{Answer, Held, because, probes, worlds};

#[test]
fn every_probe_is_answered_as_its_row_says() {
    let worlds = worlds();
    let probes = probes(&worlds);
    let wrong = probes.iter().filter_map(|probe| {
        let verdict = probe.question.verdict(&Held::parsed);
        if probe.is_as_expected(Answer::of(&verdict)) {
            return None;
        }
        Some(match &probe.row.known {
            None => format!("{probe}\n    is {}: {}", Answer::of(&verdict), because(&verdict)),
            Some(known) => format!("{probe}\n    is right now: take `known = \"{known}\"` away"),
        })
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{} of {} probes:\n{}", wrong.len(), probes.len(), wrong.join("\n"));
}
