//! Which module of the library may use which other: the picture of `docs/ARCHITECTURE.md`, checked.
//!
//! To allow an edge, add it to its row of `EDGES` and say why. Tests and documentation may name anything; the crate's
//! root (`lib.rs`) may re-export anything.

use std::collections::BTreeSet;

use super::Violation;
use super::paths::references;
use super::source::Source;

/// One row: what a module and everything below it may use besides itself.
struct Edge {
    from: &'static str,
    /// Modules with everything below them; `aws::policy` allows that part of `aws` only.
    to: &'static [&'static str],
    because: &'static str,
}

/// A name for these four modules, on both sides of a row.
const NAMES: (&str, [&str; 4]) = ("names", ["name", "id", "address", "ours"]);

/// Every module of the root has a row. `simulator` is in none: only tests, `bootstrap` and embedders use it.
#[rustfmt::skip]
const EDGES: &[Edge] = &[
    Edge { from: "names", to: &[], because: "everything else uses names" },
    Edge { from: "model", to: &["names"], because: "an organization is plain data, wherever it came from" },
    Edge { from: "written", to: &["names"], because: "what is written in a file has places and types before it means anything" },
    Edge { from: "aws", to: &["names"], because: "what AWS services share holds for any program, not only for this model" },
    Edge { from: "session", to: &["names", "aws"], because: "a tool that only wants a session compiles neither model nor engine" },
    Edge { from: "manifest", to: &["names", "model", "written", "aws::policy", "aws::quotas"], because: "text becomes a model; guardrails are policies, with quotas" },
    Edge { from: "app", to: &["names", "model", "written"], because: "an app's files mean the same with and without AWS; of the model it uses tiers" },
    Edge { from: "release", to: &["names"], because: "what is deployed is a text, made the same way wherever it is made" },
    Edge { from: "config", to: &["names", "aws", "session"], because: "a program that reads its settings compiles no model" },
    Edge { from: "kind", to: &["names", "aws", "session"], because: "a kind knows AWS, not who wants it or in which order" },
    Edge { from: "desired", to: &["names", "model", "aws", "kind"], because: "it joins the model to the kinds' data" },
    Edge { from: "observed", to: &["names", "aws::tags", "kind", "desired"], because: "observed resources are data of kinds, matched with desired ones; tags show the owner" },
    Edge { from: "cost", to: &["names", "aws::tags", "kind", "observed"], because: "it counts what kinds are billed for, of changes or of what exists, and decides nothing" },
    Edge { from: "terraform", to: &["names", "model", "aws::tags", "kind", "desired", "observed"], because: "it lists what exists, as each kind says it" },
    Edge { from: "plan", to: &["names", "model", "aws::policy", "aws::tags", "kind", "desired", "observed", "cost"], because: "it compares data; nothing in it can reach AWS" },
    Edge { from: "event", to: &["names", "kind", "session::calls"], because: "a renderer of events needs names and counts, no engine" },
    Edge { from: "observe", to: &["names", "model", "aws", "session", "kind", "desired", "observed"], because: "it reads the scopes of desired resources, and decides nothing" },
    Edge { from: "apply", to: &["names", "aws", "session", "kind", "event", "plan"], because: "it executes a plan and makes no choices, so it knows no model" },
    Edge { from: "lock", to: &["names", "aws", "session"], because: "it decides who may work, without knowing the work" },
    Edge { from: "environments", to: &["names", "model", "aws", "session", "kind", "desired", "observed"], because: "the index is made from what was observed" },
    Edge { from: "simulator", to: &["names", "aws"], because: "the simulated AWS must not know who calls it" },
];

/// Modules that await nothing: they are handed what they need, and so can be tested with no world around them.
const PURE: &[&str] = &[
    "name",
    "id",
    "address",
    "ours",
    "model",
    "written",
    "manifest",
    "app",
    "release",
    "desired",
    "observed",
    "cost",
    "plan",
    "terraform",
    "event",
    "aws::policy",
];

/// Where `EDGES` is, for messages.
const TABLE: &str = "EDGES in xtask/src/tidy/edges.rs";

/// Returns the services: the parts of `kind` that hold kinds of their own.
pub(super) fn services(sources: &[Source]) -> BTreeSet<String> {
    let service = |source: &Source| match source.module.as_deref() {
        Some([kind, service, _, ..]) if kind == "kind" => Some(service.clone()),
        _ => None,
    };
    sources.iter().filter_map(service).collect()
}

/// Checks what a file of the library uses.
pub(super) fn uses(source: &Source, services: &BTreeSet<String>) -> Vec<Violation> {
    let Some(own) = source.module.as_deref().filter(|own| !own.is_empty()) else { return Vec::new() };
    let violation = |line, message| Violation { path: source.path.clone(), line, message };
    let Some(edge) = EDGES.iter().find(|edge| covers(edge.from, own)) else {
        return vec![violation(0, format!("module `{}` has no row in {TABLE}", own[0]))];
    };
    let found = references(own, &source.untested);
    found.into_iter().filter_map(|used| Some(violation(used.line, refusal(edge, own, &used.path, services)?))).collect()
}

/// Checks that a pure module of the library awaits nothing.
pub(super) fn purity(source: &Source) -> Vec<Violation> {
    let Some(own) = source.module.as_deref() else { return Vec::new() };
    let Some(pure) = PURE.iter().find(|pure| is_within(own, pure)) else { return Vec::new() };
    let awaiting = source.untested.iter().filter(|token| token.is("async") || token.is("await"));
    let message =
        |word: &str| format!("`{word}` in `{pure}`, which is pure (PURE in xtask/src/tidy/edges.rs): hand it what it would wait for");
    awaiting.map(|token| Violation { path: source.path.clone(), line: token.line, message: message(&token.text) }).collect()
}

/// Returns why module `own`, whose row is `edge`, may not use `used`; `None` when it may.
fn refusal(edge: &Edge, own: &[String], used: &[String], services: &BTreeSet<String>) -> Option<String> {
    let Some(first) = used.first() else {
        return Some(format!("`{}` names the crate's root; name the module that is meant", own[0]));
    };
    if covers(edge.from, used) {
        return other_service(own, used, services);
    }
    if edge.to.iter().any(|to| covers(to, used)) {
        return None;
    }
    let path = used.join("::");
    if !EDGES.iter().any(|edge| covers(edge.from, used)) {
        return Some(format!("`crate::{first}` is no module with a row in {TABLE}; name the module that defines it"));
    }
    let allowed = if edge.to.is_empty() { "nothing".to_owned() } else { edge.to.join(", ") };
    Some(format!("`{}` may not use `{path}`, only {allowed}: {} ({TABLE})", edge.from, edge.because))
}

/// Returns why one service's kind may not use another's.
fn other_service(own: &[String], used: &[String], services: &BTreeSet<String>) -> Option<String> {
    let ([kind, from, ..], [_, to, ..]) = (own, used) else { return None };
    if kind == "kind" && from != to && services.contains(from) && services.contains(to) {
        return Some(format!("a kind of `{from}` may not use `kind::{to}`: services meet in `desired`, never in a kind"));
    }
    None
}

/// Returns whether a module written in the table (or the group of names) holds a path.
fn covers(written: &str, path: &[String]) -> bool {
    let (group, members) = NAMES;
    if written == group { members.into_iter().any(|member| is_within(path, member)) } else { is_within(path, written) }
}

fn is_within(path: &[String], module: &str) -> bool {
    let mut names = path.iter();
    module.split("::").all(|wanted| names.next().is_some_and(|name| name == wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, code: &str) -> Vec<String> {
        let services = ["iam", "s3"].map(str::to_owned).into();
        let source = Source::new(path, format!("//! Head.\n{code}"));
        let found = uses(&source, &services).into_iter().chain(purity(&source));
        found.map(|violation| violation.to_string()).collect()
    }

    #[test]
    fn allowed_edges_pass() {
        for (path, code) in [
            ("sdk/src/address.rs", "use crate::name::Region;"),
            ("sdk/src/model/tier.rs", "use super::network::Nat; use crate::name::NameError;"),
            ("sdk/src/manifest/check.rs", "use crate::{aws::policy::Document, model::Organization};"),
            ("sdk/src/kind.rs", "use self::iam::role::Role; use crate::kind::s3::bucket;"),
            ("sdk/src/kind/iam/role.rs", "use crate::kind::Kind; use super::policy::Policy; use crate::session::Session;"),
            ("sdk/src/kind/iam/role.rs", "use crate::kind::scope::Scope;"),
            ("sdk/src/plan/graph.rs", "use crate::kind::iam::role;"),
            ("sdk/src/plan.rs", "//! See [`crate::apply`].\n#[cfg(test)] mod tests { use crate::simulator::World; }"),
            ("sdk/src/lib.rs", "pub use crate::simulator::World; pub mod plan;"),
            ("bootstrap/src/main.rs", "use crate::settings; async fn main() {}"),
        ] {
            assert_eq!(check(path, code), [""; 0], "{path}: {code}");
        }
    }

    #[test]
    fn other_edges_are_refused() {
        for (path, code, expected) in [
            ("sdk/src/name.rs", "use crate::model::Tier;", "`names` may not use `model::Tier`, only nothing"),
            ("sdk/src/model.rs", "use crate::kind::iam::Role;", "`model` may not use `kind::iam::Role`"),
            ("sdk/src/manifest.rs", "use crate::aws::tags::Tag;", "only names, model, written, aws::policy"),
            ("sdk/src/manifest.rs", "use crate::aws::{self};", "may not use `aws`"),
            ("sdk/src/aws/tags.rs", "use super::super::session::Session;", "`aws` may not use `session::Session`"),
            ("sdk/src/kind/iam/role.rs", "use crate::plan::Step;", "`kind` may not use `plan::Step`"),
            ("sdk/src/kind/iam/role.rs", "use crate::simulator::World;", "may not use `simulator::World`"),
            ("sdk/src/kind/iam/role.rs", "use crate::kind::s3::bucket;", "a kind of `iam` may not use `kind::s3`"),
            ("sdk/src/kind/iam.rs", "use super::s3;", "a kind of `iam` may not use `kind::s3`"),
            ("sdk/src/plan.rs", "fn f() { crate::session::open() }", "`plan` may not use `session::open`"),
            ("sdk/src/plan.rs", "use crate::Environments;", "`crate::Environments` is no module"),
            ("sdk/src/plan.rs", "use super::*;", "names the crate's root"),
            ("sdk/src/novelty.rs", "", "module `novelty` has no row"),
        ] {
            let found = check(path, code);
            assert_eq!(found.len(), 1, "{path}: {code}: {found:?}");
            assert!(found[0].starts_with(path) && found[0].contains(expected), "{found:?}");
        }
    }

    #[test]
    fn a_refusal_names_line_and_reason() {
        let found = check("sdk/src/event.rs", "\nuse crate::{\n    name::AccountKey,\n    plan::Step,\n};");
        assert_eq!(found.len(), 1);
        assert!(
            found[0].starts_with("sdk/src/event.rs:5: `event` may not use `plan::Step`, only names, kind, session::calls: a renderer"),
            "{found:?}"
        );
    }

    #[test]
    fn pure_modules_do_not_await() {
        for (path, code, count) in [
            ("sdk/src/plan/graph.rs", "async fn f() { g().await }", 2),
            ("sdk/src/aws/policy/evaluate.rs", "async fn f() {}", 1),
            ("sdk/src/aws/wait.rs", "async fn f() {}", 0),
            ("sdk/src/plan.rs", "// async\n#[cfg(test)] mod tests { async fn f() {} }", 0),
            ("sdk/src/planner_notes.rs", "", 1),
        ] {
            assert_eq!(check(path, code).len(), count, "{path}: {code}");
        }
    }

    #[test]
    fn every_name_in_the_table_has_a_row() {
        for to in EDGES.iter().flat_map(|edge| edge.to).chain(PURE) {
            let path: Vec<String> = to.split("::").map(str::to_owned).collect();
            assert!(*to == NAMES.0 || EDGES.iter().any(|edge| covers(edge.from, &path)), "{to}");
        }
    }

    #[test]
    fn services_are_directories_of_kinds() {
        let sources = ["sdk/src/kind/iam/role.rs", "sdk/src/kind/scope.rs", "sdk/src/kind.rs", "sdk/src/plan/iam/x.rs"];
        let sources = sources.map(|path| Source::new(path, String::new()));
        assert_eq!(services(&sources).into_iter().collect::<Vec<_>>(), ["iam"]);
    }
}
