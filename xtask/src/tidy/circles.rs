//! No circles: whatever a file uses, directly or by way of others, does not use that file. The same holds for the rooms of
//! a crate, which are the modules of its root with everything below them.
//!
//! A file that is in no circle can be read with what is below it, and tested without what is above. That a parent declares
//! its children (`mod child;`) and passes their names on (`pub use child::Name;`) is no use of them.
//!
//! There is one exception: a kind is one file with a folder of its name, and counts as one file. What it reads and writes is about the
//! resource that its file describes, so inside of it uses go both ways.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;

use super::Violation;
use super::source::{self, Source};

mod uses;

/// So many names lead to a kind: `kind`, its service, its own.
const KIND_DEPTH: usize = 3;

/// Who uses whom, by name, each with one place where it does.
type Graph<'a> = BTreeMap<&'a str, BTreeMap<&'a str, (&'a str, usize)>>;

/// Checks the files of all crates, tests left out.
pub(super) fn between(sources: &[Source]) -> Vec<Violation> {
    let mut crates: BTreeMap<&str, BTreeMap<&[String], &Source>> = BTreeMap::new();
    let tests = source::tests(sources);
    for source in sources.iter().filter(|source| !source.is_within(&tests)) {
        let Some(place) = &source.place else { continue };
        crates.entry(place.folder).or_default().insert(&place.module, source);
    }
    let mut violations = Vec::new();
    for files in crates.values() {
        let mut read = uses::Crate::default();
        for (module, source) in files {
            read.add(module, source);
        }
        let uses = read.uses().map(|(from, line, to)| Use { line, from: files[from], units: (unit(files, from), unit(files, to)) });
        let (files, rooms) = graphs(uses);
        violations.extend(circles(&files, "file"));
        violations.extend(circles(&rooms, "room"));
    }
    violations
}

/// Returns the file that a module counts as: of what is in the folder of a kind, the kind's.
fn unit<'a>(files: &BTreeMap<&[String], &'a Source>, module: &[String]) -> &'a Source {
    let kind = module.get(..KIND_DEPTH).filter(|path| path[0] == "kind").and_then(|path| files.get(path));
    kind.unwrap_or(&files[module])
}

/// One file's use of another.
struct Use<'a> {
    /// The file that it is written in, and the line.
    from: &'a Source,
    line: usize,
    /// What the two files count as.
    units: (&'a Source, &'a Source),
}

impl<'a> Use<'a> {
    /// Returns the two rooms, unless they are one. The crate's root is in none: it passes on what it likes.
    fn rooms(&self) -> Option<(&'a str, &'a str)> {
        let room = |source: &'a Source| Some(source.place.as_ref()?.module.first()?.as_str());
        room(self.units.0).zip(room(self.units.1)).filter(|(from, to)| from != to)
    }

    /// Returns the two files, unless they count as one.
    fn files(&self) -> Option<(&'a str, &'a str)> {
        let (from, to) = (self.units.0.path.as_str(), self.units.1.path.as_str());
        (from != to).then_some((from, to))
    }
}

/// Returns who uses whom, by files and by rooms.
fn graphs<'a>(uses: impl Iterator<Item = Use<'a>>) -> (Graph<'a>, Graph<'a>) {
    let (mut files, mut rooms) = (Graph::new(), Graph::new());
    for found in uses {
        let place = (found.from.path.as_str(), found.line);
        for (graph, pair) in [(&mut files, found.files()), (&mut rooms, found.rooms())] {
            if let Some((from, to)) = pair {
                graph.entry(from).or_default().entry(to).or_insert(place);
            }
        }
    }
    (files, rooms)
}

/// Returns the shortest circle of each knot, with the places of its uses.
fn circles<'a>(graph: &Graph<'a>, what: &str) -> Vec<Violation> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for start in graph.keys() {
        if seen.contains(start) {
            continue;
        }
        let is_round = |other: &&str| way(graph, start, other).is_some() && way(graph, other, start).is_some();
        let knot: Vec<&'a str> = graph.keys().copied().filter(is_round).collect();
        seen.extend(knot.iter().copied());
        let round = |from: &&'a str| Some([vec![*from], way(graph, from, from)?].concat());
        let Some(round) = knot.iter().filter_map(round).min_by_key(Vec::len) else { continue };
        let uses: Vec<(&str, usize)> = round.windows(2).map(|pair| graph[pair[0]][pair[1]]).collect();
        let mut message = format!("a circle of {what}s: {}", round[0]);
        for (next, (path, line)) in round[1..].iter().zip(&uses) {
            let _ = write!(message, " uses {next} ({path}:{line})");
        }
        if knot.len() >= round.len() {
            let _ = write!(message, "; {} {what}s are in circles with each other", knot.len());
        }
        let (path, line) = uses[0];
        found.push(Violation { path: path.to_owned(), line, message });
    }
    found
}

/// Returns the shortest way from one to another, the last included and the first not; at least one step.
fn way<'a>(graph: &Graph<'a>, from: &str, to: &str) -> Option<Vec<&'a str>> {
    let next = |of: &str| graph.get(of).into_iter().flat_map(BTreeMap::keys).copied();
    let mut before: BTreeMap<&str, Option<&str>> = next(from).map(|name| (name, None)).collect();
    let mut open: VecDeque<&str> = before.keys().copied().collect();
    while let Some(name) = open.pop_front() {
        if name == to {
            let mut way = vec![name];
            while let Some(earlier) = before[way[way.len() - 1]] {
                way.push(earlier);
            }
            way.reverse();
            return Some(way);
        }
        for name_after in next(name) {
            if !before.contains_key(name_after) {
                before.insert(name_after, Some(name));
                open.push_back(name_after);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Judges files of the library, each as its name and its code; parents that are not among them are empty.
    fn check(files: &[(&str, &str)]) -> Vec<String> {
        let source = |(path, code): &(&str, &str)| Source::new(&format!("sdk/src/{path}.rs"), format!("//! Head.\n{code}"));
        let parents = [("lib", ""), ("a", ""), ("b", "")].into_iter().filter(|(path, _)| files.iter().all(|(given, _)| given != path));
        let sources: Vec<Source> = files.iter().copied().chain(parents).map(|file| source(&file)).collect();
        between(&sources).iter().map(Violation::to_string).collect()
    }

    #[test]
    fn what_only_goes_down_passes() {
        let samples: &[&[(&str, &str)]] = &[
            &[("a", "use crate::b::B;"), ("b", "use crate::c::C;"), ("c", "struct C;")],
            // A parent declares its children and passes their names on.
            &[("a", "mod b; pub use b::B; pub(crate) use self::b::{C, D as E};"), ("a/b", "use super::super::c::C;"), ("c", "")],
            &[("lib", "pub mod a; pub use a::A;"), ("a", "use crate::b::B;"), ("b", "")],
            // A parent uses its children; what they share is below them, and is followed to there through the parent.
            &[
                ("a", "mod b; mod c; pub(crate) use c::{shared, C}; fn f() { b::g() }"),
                ("a/b", "use super::{shared, C as D}; use crate::a::C;"),
                ("a/c", "pub struct C; pub fn shared() {}"),
            ],
            &[("a", "mod b; mod c; use b::B; pub use c::*;"), ("a/b", "use super::C;"), ("a/c", "pub struct C;")],
            // Names of other crates that a parent has imported, too.
            &[("a", "mod b; use serde_json::Value; fn f() { b::g() }"), ("a/b", "use super::Value;")],
            &[("a", "#[cfg(test)] mod tests { use crate::b::B; }"), ("b", "use crate::a::A;")],
            &[("a", "mod b; use b::B;"), ("a/b", "pub(in crate::a) struct B; impl B { pub(in super::super::a) fn f() {} }")],
            &[("a", "#[cfg(test)] mod b; fn f() {}"), ("a/b", "use super::f;"), ("b", "use crate::a;")],
            &[("a", "//! See [`crate::b`].\n// use crate::b;"), ("b", "use crate::a::A;")],
            // A method, a field and an inner path of the same name are no use.
            &[
                ("a", "mod b; pub use b::ask; fn f(ask: u8) { x.ask(); } impl S { fn ask() {} } fn g() { y::ask; S { ask } }"),
                ("a/b", "use super::A;"),
            ],
        ];
        for files in samples {
            assert_eq!(check(files), [""; 0], "{files:?}");
        }
    }

    #[test]
    fn circles_of_files_are_found() {
        let samples: &[(&[(&str, &str)], &str)] = &[
            (
                &[("a/x", "use super::y::Y;"), ("a/y", "use super::z::Z;"), ("a/z", "\nfn f() { crate::a::x::g() }")],
                "sdk/src/a/x.rs:2: a circle of files: sdk/src/a/x.rs uses sdk/src/a/y.rs (sdk/src/a/x.rs:2) uses sdk/src/a/z.rs \
                 (sdk/src/a/y.rs:2) uses sdk/src/a/x.rs (sdk/src/a/z.rs:3)",
            ),
            (&[("a", "mod b; fn f() { b::g() }"), ("a/b", "use super::A;")], "sdk/src/a.rs:2"),
            (&[("a", "mod b; use b::B;"), ("a/b", "use super::*;")], "sdk/src/a.rs:2"),
            (&[("a", "mod b; use b as c;"), ("a/b", "use crate::a::A;")], "sdk/src/a.rs:2"),
            // A name that is passed on and used as well.
            (&[("a", "mod b; pub use b::B;\nfn f(x: B) {}"), ("a/b", "use super::A;")], "sdk/src/a.rs:3"),
            (&[("a", "mod b; pub use b::*;\nfn f(x: B) {}"), ("a/b", "use super::A; pub struct B;")], "sdk/src/a.rs:3"),
            (&[("a", "mod b; pub use b::ask;\nfn f() { ask() }"), ("a/b", "use super::A;")], "sdk/src/a.rs:3"),
            // Through a third file that passes the name on.
            (&[("a/x", "use super::front::Y;"), ("a/front", "pub use super::y::Y;"), ("a/y", "use super::x::X;")], "sdk/src/a/x.rs:2"),
            (&[("a", "mod b; mod inner { use super::b::B; }"), ("a/b", "use super::A;")], "sdk/src/a.rs:2"),
        ];
        for (files, expected) in samples {
            let found = check(files);
            assert_eq!(found.len(), 1, "{files:?}: {found:?}");
            assert!(found[0].starts_with(expected) && found[0].contains("a circle of files"), "{found:?}");
        }
    }

    #[test]
    fn a_kind_with_its_folder_is_one_file() {
        let data = ("kind/s/k", "mod read; struct Observed; fn f() { read::all() }");
        let read = ("kind/s/k/read", "use super::Observed; use crate::kind::s::api::List;");
        let [kind, service] = [("kind", ""), ("kind/s", "")];
        assert_eq!(check(&[kind, service, ("kind/s/api", ""), data, read]), [""; 0]);
        // A way out of it and back in by another of its files is a circle; so is one of a kind's file with a file beside its folder, and
        // one of a service with what is below it.
        for (files, expected) in [
            ([kind, service, ("kind/s/api", "use super::k::Observed;"), data, read], "sdk/src/kind/s/k.rs (sdk/src/kind/s/api.rs:2)"),
            ([kind, ("kind/s", "fn f() { k::f() }"), ("kind/s/api", ""), data, ("kind/s/k/read", "use super::super::f;")], "kind/s.rs:2"),
            ([("kind", "trait Kind { fn f() { s::f() } }"), ("kind/s", "use super::Kind;"), ("kind/s/api", ""), data, read], "kind.rs:2"),
        ] {
            let found = check(&files);
            assert_eq!(found.len(), 1, "{files:?}: {found:?}");
            assert!(found[0].contains(expected), "{found:?}");
        }
    }

    #[test]
    fn circles_of_rooms_are_found() {
        let files = [("a/x", "use crate::b::y::Y;"), ("b/y", ""), ("b/z", "use crate::a::w::W;"), ("a/w", "")];
        let expected = "sdk/src/a/x.rs:2: a circle of rooms: a uses b (sdk/src/a/x.rs:2) uses a (sdk/src/b/z.rs:2)";
        assert_eq!(check(&files), [expected]);
    }

    #[test]
    fn a_knot_is_told_once_with_its_size() {
        let files = [("a/x", "use super::{y::Y, z::Z};"), ("a/y", "use super::x::X;"), ("a/z", "use super::x::X;")];
        let found = check(&files);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].ends_with("; 3 files are in circles with each other"), "{found:?}");
    }

    #[test]
    fn crates_are_judged_apart() {
        let paths = [("sdk/src/a.rs", "use crate::b::B;"), ("bootstrap/src/b.rs", "use crate::a::A;")];
        let sources = paths.map(|(path, code)| Source::new(path, code.to_owned()));
        assert_eq!(between(&sources), []);
        let paths = [("xtask/src/main.rs", ""), ("xtask/src/a.rs", "use crate::b::B;"), ("xtask/src/b.rs", "use crate::a::A;")];
        let sources = paths.map(|(path, code)| Source::new(path, code.to_owned()));
        assert_eq!(between(&sources).len(), 2);
    }
}
