//! `tests/policies/switches.toml`: each switch of the manifest changes the answers that it is for.

use std::collections::BTreeSet;

use landfall::manifest::schema;
use landfall_tests::probes::{Answer, Held, SWITCHES, probe, probes, worlds};

/// The manifest that the switches are off in.
const OFF: &str = "startup";
/// The sections of switches.
const SECTIONS: [&str; 4] = ["access", "guardrails", "baseline", "security"];
/// Keys with an effect that no row here can show, and where it is shown.
const ELSEWHERE: &[(&str, &str)] = &[
    ("access.github", "github.toml: startup has it"),
    ("access.operators", "trust.toml: startup has it"),
    ("access.pipelines", "trust.toml: startup has it"),
    ("access.planners", "planners.toml: without auditors the whole management account is let in"),
    ("baseline.backup", "a policy of backups, which decides about no call: tests/tests/backup.rs"),
    ("baseline.backup_copy", "a policy of backups, which decides about no call: tests/tests/backup.rs"),
    ("baseline.default_vpcs", "a setting, which decides about no call: tests/tests/settings.rs"),
    ("baseline.log_group_retention", "a setting, which decides about no call: tests/tests/settings.rs"),
    ("baseline.public_images", "a setting, which decides about no call: sdk/src/plan/tests/guarding.rs"),
    ("baseline.vpc_block_public_access", "a setting, which decides about no call: sdk/src/plan/tests/guarding.rs"),
    ("access.trust_policy_length", "changes no document: sdk/src/desired/tests/sizes.rs"),
];

#[test]
fn every_switch_changes_its_rows() {
    let worlds = worlds();
    let mut shown: BTreeSet<String> = ELSEWHERE.iter().map(|(switch, _)| (*switch).to_owned()).collect();
    for asked in probes(&worlds).iter().filter(|probe| &*probe.subject == SWITCHES) {
        let account = asked.place.strip_prefix(&format!("{SWITCHES}/")).expect("rows of this file are about that manifest");
        let off = probe(&worlds, &asked.subject, &asked.row, &format!("{OFF}/{account}"));
        let answer = Answer::of(&off.question.verdict(&Held::parsed));
        assert_ne!(answer, asked.row.answer, "{asked}: the switch changes nothing");
        let (switch, _) = asked.row.why.split_once(':').expect("`why` begins with the switch");
        shown.insert(switch.to_owned());
    }
    let schema = schema();
    let keys = SECTIONS.into_iter().flat_map(|section| {
        let keys = schema["properties"][section]["properties"].as_object().expect("a section").keys();
        keys.map(move |key| format!("{section}.{key}")).collect::<Vec<_>>()
    });
    assert_eq!(shown, keys.collect(), "a switch without a row here, or a row of none");
}

/// The manifest has all of them, so that a new one is not forgotten.
#[test]
fn the_manifest_has_every_switch() {
    let text = include_str!("../policies/switches/landfall.toml");
    let manifest: toml::Table = toml::from_str(text).expect("it is TOML");
    let schema = schema();
    for section in SECTIONS {
        for key in schema["properties"][section]["properties"].as_object().expect("a section").keys() {
            let written = |place: &toml::Value| place.get(section).is_some_and(|section| section.get(key).is_some());
            let of_environments = manifest["environments"].as_table().into_iter().flat_map(toml::Table::values);
            let is_there = written(&toml::Value::Table(manifest.clone())) || of_environments.into_iter().any(written);
            assert!(is_there, "[{section}] {key} is not in tests/policies/switches/landfall.toml");
        }
    }
}
