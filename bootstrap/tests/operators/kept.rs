//! A sandbox whose process is killed (SIGKILL) during a run: its changes are kept, and the next run does the rest.

use landfall::simulator::Simulator;
use landfall_tests::shape::{difference, shape};

use super::place::Place;

const FILE: &str = ".landfall/sandbox.json";

impl Place {
    fn kept(&self, file: &str) -> Option<String> {
        std::fs::read_to_string(self.0.join(file)).ok()
    }

    /// Returns the kept world, and whether a journal was read.
    #[cfg(target_os = "linux")]
    fn reopened(&self) -> (Simulator, bool) {
        let journal = std::fs::read(self.0.join(".landfall/sandbox.json.journal")).unwrap_or_default();
        let text = self.kept(FILE).expect("a world");
        let reopened = Simulator::reopen(&text, &journal, landfall::simulator::Clock::virtual_from).expect("a world");
        (reopened.simulator, reopened.journal.is_some())
    }

    /// Returns the number of lines in the journal; the first names the world.
    fn lines(&self) -> usize {
        self.kept(".landfall/sandbox.json.journal").map_or(0, |journal| journal.lines().count())
    }
}

/// Returns the number of units in a world.
fn units(world: &str) -> usize {
    let world: serde_json::Value = serde_json::from_str(world).expect("JSON");
    world["world"]["organization"]["units"].as_object().map_or(0, serde_json::Map::len)
}

#[test]
#[cfg(target_os = "linux")]
fn a_killed_run_is_resumed_and_repeats_nothing() {
    let place = Place::new("kept");
    let calm = Place::new("kept-calm");
    calm.sandbox(&["apply", "--yes"]).expect(0);
    calm.sandbox(&["plan", "--detailed-exitcode"]).expect(0);
    let calm = calm.kept(FILE).expect("a world");
    for least in [1, 30, 200] {
        place.sandbox(&["sandbox", "reset"]).expect(0);
        let run = place.start_in_sandbox(&["apply", "--yes"]);
        // While the whole world is written, there is no journal for a moment: so the process is suspended, checked, and then
        // killed.
        loop {
            std::thread::sleep(std::time::Duration::from_millis(1));
            if place.lines() > least {
                run.sleep();
                if place.lines() > least && place.reopened().1 {
                    break;
                }
                run.signal("CONT");
            }
        }
        run.signal("KILL");
        run.end().expect(-1);
        let text = place.kept(FILE).expect("a world");
        assert!(text.contains("\"landfall_sandbox\": 2"), "versions without journals refuse it");
        let (reopened, with_journal) = place.reopened();
        assert!(with_journal && place.lines() > least, "the first line names the world");

        // The next command has the kept changes, and does not repeat them.
        place.sandbox(&["plan"]).expect(0);
        let begun = units(&place.kept(FILE).expect("a world"));
        assert_eq!(begun, units(&reopened.to_json()));
        place.sandbox(&["apply", "--yes"]).expect(0);
        place.sandbox(&["plan", "--detailed-exitcode"]).expect(0);
        assert_eq!(difference(&shape(&calm), &shape(&place.kept(FILE).expect("a world"))), [""; 0], "killed after {least} changes");
        assert_eq!(place.lines(), 0, "a world that was closed has no journal");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_killed_server_has_kept_what_it_answered() {
    let place = Place::new("kept-served");
    let served = place.serve("instant");
    served.run(&["apply", "--yes"]).expect(0);
    served.server.signal("KILL");
    drop(served);
    place.sandbox(&["plan", "--detailed-exitcode"]).expect(0);
}

/// Calls are in the journal as they came, secret values too: it is for its owner alone, as the world is, also where a copy was left open.
#[test]
#[cfg(target_os = "linux")]
fn what_a_server_keeps_is_private() {
    use std::os::unix::fs::PermissionsExt as _;
    const JOURNAL: &str = ".landfall/sandbox.json.journal";
    let place = Place::new("kept-private");
    let mode = |file: &str| std::fs::metadata(place.0.join(file)).expect("there").permissions().mode() & 0o777;
    let served = place.serve("instant");
    served.run(&["apply", "--yes"]).expect(0);
    assert_eq!((mode(FILE), mode(JOURNAL)), (0o600, 0o600));
    served.server.signal("KILL");
    drop(served);
    for file in [FILE, JOURNAL] {
        std::fs::set_permissions(place.0.join(file), std::fs::Permissions::from_mode(0o644)).expect("opened");
    }
    let again = place.serve("instant");
    assert_eq!((mode(FILE), place.lines()), (0o600, 0), "a served world is written whole first");
    drop(again);
    place.sandbox(&["sandbox", "reset"]).expect(0);
    assert!(place.kept(FILE).is_none() && place.kept(JOURNAL).is_none(), "nothing is left of it");
}

#[test]
fn a_damaged_world_is_refused_and_not_changed() {
    let place = Place::new("kept-damaged");
    place.sandbox(&["plan"]).expect(0);
    let whole = place.kept(FILE).expect("a world");
    let cut = &whole[..whole.len() / 2];
    std::fs::write(place.0.join(FILE), cut).expect("written");
    let refused = place.sandbox(&["plan"]).expect(1);
    assert!(refused.err().contains("this sandbox is damaged"), "{}", refused.err());
    assert_eq!(place.kept(FILE).as_deref(), Some(cut));
    assert_eq!(place.kept(".landfall/.gitignore").as_deref(), Some("*\n"));
}

#[test]
fn a_served_sandbox_names_its_address() {
    let place = Place::new("kept-way");
    let served = place.serve("instant");
    let refused = place.sandbox(&["plan"]).expect(75);
    assert!(refused.err().contains(&format!("it is served at {}", served.address)), "{}", refused.err());
    assert!(refused.err().contains("run without `--sandbox`"), "{}", refused.err());
    let exports = place.sandbox(&["sandbox", "serve", "--export"]).expect(0).out();
    assert!(exports.lines().all(|line| line.starts_with("export AWS_")), "{exports}");
    for name in ["AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN"] {
        assert!(exports.contains(&format!("export {name}=")), "{exports}");
    }
    assert!(exports.contains(&served.address), "{exports}");
}
