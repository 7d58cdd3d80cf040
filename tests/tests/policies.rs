//! The probes of `tests/policies` on landfall's evaluator; for every statement of every generated document, a probe fails if it is
//! removed.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use landfall::aws::policy::Document;
use landfall_tests::probes::{Answer, Held, Probe, Use, World, because, cast, probes, worlds};

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

/// Statements whose loss no probe notices; each with the finding that will make it matter, or take it away.
const UNNOTICED: &[(&str, &str)] = &[];

#[test]
fn every_statement_is_missed_by_a_probe() {
    let worlds = worlds();
    let probes = probes(&worlds);
    let answers: Vec<Answer> = probes.iter().map(|probe| Answer::of(&probe.question.verdict(&Held::parsed))).collect();
    // Equal documents are one: a statement removed from one is removed from all.
    let mut classes: BTreeMap<&str, BTreeMap<&str, &Rc<Held>>> = BTreeMap::new();
    for held in worlds.iter().flat_map(World::held).filter(|held| held.is_generated) {
        classes.entry(&held.class).or_default().insert(&held.name, held);
    }
    let mut unnoticed = BTreeSet::new();
    for (class, members) in &classes {
        let meets = |probe: &Probe| probe.question.held().any(|met| met.class == *class);
        let meeting: Vec<(&Probe, &Answer)> = probes.iter().zip(&answers).filter(|(probe, _)| meets(probe)).collect();
        let Some(first) = members.values().next() else { continue };
        for (number, statement) in first.parsed().statements.iter().enumerate() {
            let cut: BTreeMap<&str, Document> = members.iter().map(|(name, held)| (*name, without(held, number))).collect();
            let is_noticed = meeting.iter().any(|(probe, answer)| {
                let verdict = probe.question.verdict(&|met| cut.get(met.name.as_str()).unwrap_or(met.parsed()));
                Answer::of(&verdict) != **answer
            });
            if !is_noticed {
                let sid = statement.sid.clone().unwrap_or_else(|| number.to_string());
                unnoticed.insert(format!("{} {sid} (and in {} more)", first.name, members.len() - 1));
            }
        }
    }
    let expected: BTreeSet<String> = UNNOTICED.iter().map(|(statement, _)| (*statement).to_owned()).collect();
    let (new, gone): (Vec<_>, Vec<_>) = (unnoticed.difference(&expected).collect(), expected.difference(&unnoticed).collect());
    assert!(new.is_empty(), "{} statements could be lost and no row would notice; write one for each:\n{new:#?}", new.len());
    assert!(gone.is_empty(), "these are noticed now, or gone; take them out of UNNOTICED:\n{gone:#?}");
}

/// docs/ACCESS.md shows for each attacker which statement of today's documents refuses.
#[test]
fn the_table_of_attackers_is_todays() {
    let document = include_str!("../../docs/ACCESS.md");
    let written = cast::written(document, &cast::table(&probes(&worlds()))).expect("it has a place for the table");
    assert!(written == document, "docs/ACCESS.md has an old table of attackers; `cargo xtask docs` writes it");
}

/// docs/GUARDRAILS.md has a line for every statement of the shipped guardrails, and for no other.
#[test]
fn every_statement_of_the_guardrails_is_documented() {
    let (document, worlds) = (include_str!("../../docs/GUARDRAILS.md"), worlds());
    let names = ["base", "strict", "suspended", "pipelines", "data-perimeter", "s3-perimeter"];
    let shipped = |held: &Held| names.iter().any(|name| held.name.ends_with(&format!("guardrail/{name}")));
    let guardrails =
        worlds.iter().flat_map(World::held).filter(|held| matches!(held.used, Use::Guardrail | Use::ResourceGuardrail) && shipped(held));
    let sids: BTreeSet<String> =
        guardrails.flat_map(|held| held.parsed().statements.iter().filter_map(|statement| statement.sid.clone())).collect();
    let missing: Vec<&String> = sids.iter().filter(|sid| !document.contains(&format!("`{sid}`"))).collect();
    assert!(missing.is_empty(), "docs/GUARDRAILS.md says nothing of {missing:?}");
    let rows = document.lines().filter_map(|line| line.strip_prefix("| `")).filter_map(|line| line.split(" |").next());
    let named: BTreeSet<String> = rows.flat_map(|cell| cell.split(", ")).map(|sid| sid.trim_matches('`').to_owned()).collect();
    let unknown: Vec<&String> = named.difference(&sids).collect();
    assert!(unknown.is_empty(), "docs/GUARDRAILS.md names statements that no guardrail has: {unknown:?}");
}

fn without(held: &Held, number: usize) -> Document {
    let mut document = held.parsed().clone();
    document.statements.remove(number);
    document
}
