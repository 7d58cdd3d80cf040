//! Probes: who may do what in the accounts that landfall creates, as a table, evaluated with the documents that it writes.
//!
//! The rows are in `tests/policies/*.toml`, the documents are those of the examples' manifests. Landfall's evaluator answers them
//! in `tests/tests/policies.rs`; `cargo xtask policies` asks an independent one, with the output of [`handover`].

use std::rc::Rc;

use landfall::aws::policy::{Denial, Document, Layer, Verdict};
use serde_json::{Value, json};

mod caller;
pub mod cast;
mod documents;
mod question;
mod table;

pub use documents::{Held, SWITCHES, Use, World, worlds};
pub use question::Question;
pub use table::{Answer, Row, rows};

/// A row in one account.
#[derive(Debug)]
pub struct Probe {
    /// Its subject: the name of its file.
    pub subject: Rc<str>,
    /// The example and the account in it, `startup/dev`.
    pub place: String,
    /// The row.
    pub row: Rc<Row>,
    /// What is asked, of which documents.
    pub question: Question,
}

impl Probe {
    /// Returns whether documents answer as the row says they should; a row that is known to be answered wrongly is turned round.
    #[must_use]
    pub fn is_as_expected(&self, answer: Answer) -> bool {
        (answer == self.row.answer) == self.row.known.is_none()
    }
}

impl std::fmt::Display for Probe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Row { by, action, answer, why, .. } = &*self.row;
        write!(f, "{} {}: {by}: {action} on {}: {answer}, for {why}", self.subject, self.place, self.question.request.resource)
    }
}

/// Returns every row in every place it names.
///
/// # Panics
///
/// When a row cannot be read, or names what no example has.
#[must_use]
pub fn probes(worlds: &[World]) -> Vec<Probe> {
    let mut probes = Vec::new();
    for (subject, row) in rows() {
        probes.extend(row.places.iter().map(|place| probe(worlds, &subject, &row, place)));
    }
    probes
}

/// Returns a row asked in a place, which may be one that it does not name.
///
/// # Panics
///
/// When the row cannot be read there, or there is no such place.
#[must_use]
pub fn probe(worlds: &[World], subject: &Rc<str>, row: &Rc<Row>, place: &str) -> Probe {
    let asked = place.split_once('/').and_then(|(example, account)| {
        let world = worlds.iter().find(|world| world.name == example)?;
        world.has(account.split('@').next().unwrap_or(account)).then_some((world, account))
    });
    let (world, account) = asked.unwrap_or_else(|| panic!("{subject}: there is no `{place}`; write EXAMPLE/ACCOUNT"));
    let question = Question::of(row, world, account).unwrap_or_else(|problem| panic!("{subject} {place}: {problem}: {row:?}"));
    Probe { subject: Rc::clone(subject), place: place.to_owned(), row: Rc::clone(row), question }
}

/// Returns the statement that refuses, or the layer in which none allows; nothing for what is allowed.
#[must_use]
pub fn because(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Allowed => String::new(),
        Verdict::Denied(Denial { layer, sid: Some(sid), .. }) => format!("{sid} ({layer})"),
        Verdict::Denied(Denial { layer, .. }) => format!("no {layer} allows it"),
    }
}

/// Returns everything that another evaluator needs, with landfall's answers.
#[must_use]
pub fn handover(worlds: &[World], probes: &[Probe]) -> Value {
    let mut documents = serde_json::Map::new();
    for held in worlds.iter().flat_map(World::held).chain(probes.iter().flat_map(|probe| probe.question.held())) {
        let shown = || json!({"use": held.used.word(), "generated": held.is_generated, "document": held.value});
        documents.entry(held.name.clone()).or_insert_with(shown);
    }
    let asked = probes.iter().map(|probe| {
        let verdict = probe.question.verdict(&Held::parsed);
        let Row { by, answer, known, why, keys, .. } = &*probe.row;
        json!({
            "subject": &*probe.subject, "place": probe.place, "by": by, "why": why, "known": known, "answer": answer.word(), "written": keys.keys().collect::<Vec<_>>(),
            "ours": Answer::of(&verdict).word(), "because": because(&verdict), "question": probe.question.handover(),
        })
    });
    json!({"documents": documents, "probes": asked.collect::<Vec<_>>()})
}

/// The layers of a question, in the words of the hand-over.
fn layer_word(layer: Layer) -> &'static str {
    match layer {
        Layer::ServiceControl => "guardrails",
        Layer::ResourceControl => "resource guardrails",
        Layer::Boundary => "boundary",
        Layer::Session => "session",
        Layer::Identity => "identity",
        Layer::Resource => "resource",
    }
}

/// Parses a document that must be right.
fn parsed(name: &str, value: &Value) -> Document {
    Document::from_value(value).unwrap_or_else(|error| panic!("{name}: {error}"))
}
