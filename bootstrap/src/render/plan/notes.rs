//! What to know before a plan is read: hazards, because they have to be named, then notices, then what could not be read.

use landfall::desired::Notice;
use landfall::plan::view::{ClosedView, PlanView};

use crate::format::{bad, beside, count, warned};
use crate::render::layout::Layout;

/// Where the words under `notice` and its like begin.
const COLUMN: usize = 12;
/// More notices than this say only what is so; `-v` also says what to do about it. Those of what is lost always do.
const IN_FULL: usize = 3;

/// Returns hazards and notices.
pub(super) fn first(layout: &Layout, view: &PlanView) -> String {
    let mut text = hazards(layout, view);
    let notices = alike(layout, &view.notices);
    let in_full = layout.whole || notices.len() <= IN_FULL;
    for notice in &notices {
        text.push_str(&note(layout, &warned(format!("{:<COLUMN$}", "notice")).to_string(), &layout.adapted(&notice.text)));
        if in_full || notice.weighty {
            text.push_str(&note(layout, &" ".repeat(COLUMN), &layout.adapted(&notice.hint)));
        }
    }
    if !in_full && notices.iter().any(|notice| !notice.weighty) {
        let others = if notices.iter().any(|notice| notice.weighty) { "the others" } else { "them" };
        let what = format!("what to do about {others}");
        text.push_str(&note(layout, &" ".repeat(COLUMN), &format!("{what}: {}", layout.rerun.line("plan", "-v"))));
    }
    if text.is_empty() { text } else { format!("\n{text}") }
}

fn hazards(layout: &Layout, view: &PlanView) -> String {
    // The same in several places is said once.
    let mut all: Vec<(String, String, Vec<String>)> = Vec::new();
    for step in &view.steps {
        for hazard in &step.hazards {
            let (name, words) = (hazard.name.to_string(), hazard.text.clone());
            match all.iter_mut().find(|(known, text, _)| *known == name && *text == words) {
                Some((.., places)) => places.push(step.address.to_string()),
                None => all.push((name, words, vec![step.address.to_string()])),
            }
        }
    }
    let mut text = String::new();
    for (name, words, places) in all {
        let label = bad(format!("{:<COLUMN$}", "hazard")).to_string();
        text.push_str(&note(layout, &label, &format!("{}\n{name}: {}", places.join(", "), layout.adapted(&words))));
        let allow = layout.apply(&format!("--allow {name}"));
        text.push_str(&note(layout, &" ".repeat(COLUMN), &format!("allow it: {allow}")));
    }
    text
}

/// Returns notices, those once that are the same but for the name of an account or environment.
fn alike(layout: &Layout, notices: &[Notice]) -> Vec<Notice> {
    /// Stands for a name: no text has it.
    const NAME: &str = "\u{1}";
    let mut known: Vec<(Notice, Vec<String>)> = Vec::new();
    for notice in notices {
        let name = layout.titles.iter().map(|title| title.key.as_str()).find(|name| has_word(&notice.text, name));
        let mut stem = notice.clone();
        if let Some(name) = name {
            stem.text = replaced(&stem.text, name, NAME);
            stem.hint = replaced(&stem.hint, name, NAME);
        }
        match known.iter_mut().find(|(other, names)| *other == stem && !names.is_empty() && name.is_some()) {
            Some((_, names)) => names.extend(name.map(str::to_owned)),
            None => known.push((stem, name.map(str::to_owned).into_iter().collect())),
        }
    }
    known
        .into_iter()
        .map(|(mut notice, names)| {
            notice.text = notice.text.replace(NAME, &names.join(", "));
            // One command cannot be for all of them.
            notice.hint = notice.hint.replace(NAME, if names.len() == 1 { &names[0] } else { "NAME" });
            notice
        })
        .collect()
}

fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-'
}

/// Returns where a name is in a text as a word of its own.
fn places<'a>(text: &'a str, name: &'a str) -> impl Iterator<Item = usize> + 'a {
    text.match_indices(name)
        .map(|(at, _)| at)
        .filter(move |at| !text[..*at].ends_with(is_part) && !text[at + name.len()..].starts_with(is_part))
}

fn has_word(text: &str, name: &str) -> bool {
    places(text, name).next().is_some()
}

fn replaced(text: &str, name: &str, other: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for at in places(text, name) {
        out.push_str(&text[from..at]);
        out.push_str(other);
        from = at + name.len();
    }
    out + &text[from..]
}

/// Returns words beside a label that is padded already.
fn note(layout: &Layout, label: &str, words: &str) -> String {
    let plain = beside("", COLUMN, words, layout.width);
    format!("{label}{}", plain.get(COLUMN..).unwrap_or_default())
}

/// Says which scopes could not be looked into, and why.
pub(super) fn closed(layout: &Layout, label: &str, scopes: &[ClosedView]) -> String {
    let mut text = String::new();
    for closed in scopes {
        text.push('\n');
        let label = warned(format!("{label:<COLUMN$}")).to_string();
        text.push_str(&note(layout, &label, &format!("{}: {}", closed.scope, layout.adapted(&closed.reason))));
        text.push_str(&note(layout, &" ".repeat(COLUMN), &layout.adapted(&closed.hint)));
        if closed.wanted > 0 {
            let left = format!("{} of it not compared", count(closed.wanted, "thing"));
            text.push_str(&note(layout, &" ".repeat(COLUMN), &left));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use landfall::plan::{PlanOptions, plan};
    use landfall::simulator::Preset;

    use super::*;
    use crate::render::fixture::{STARTUP, built, layout, organization, seen};

    /// Only the library makes notices: this is one of its own, with other words.
    fn notice(text: &str, hint: &str) -> Notice {
        let nobody_deploys = "schema = 1\n[organization]\nname = \"acme\"\nemail = \"aws+{account}@acme.example\"\nregion = \"eu-west-1\"\n\
            regions = [\"eu-west-1\", \"us-east-1\"]\n[environments.dev]\ntier = \"development\"\n";
        let mut notice = landfall::desired::desired(&organization(nobody_deploys)).notices.first().expect("nobody deploys").clone();
        (notice.text, notice.hint) = (text.to_owned(), hint.to_owned());
        notice
    }

    #[tokio::test]
    async fn what_to_do_about_a_loss_is_said_however_much_else_there_is() {
        let layout = layout(Some(&organization(STARTUP)), 80);
        let built = built(STARTUP, Preset::Instant).await;
        let plan = plan(&built.organization, &built.wanted, &built.observation, &PlanOptions::default()).expect("not refused");
        let mut view = plan.view();
        let notices = || (0..4).map(|number| notice(&format!("{number} is wide open"), &format!("close {number}")));
        let mut lost = notice("prod leaves the manifest", "write it again");
        lost.weighty = true;
        view.notices = std::iter::once(lost).chain(notices()).collect();
        let text = seen(&first(&layout, &view));
        assert!(text.contains("write it again") && !text.contains("close 3"), "{text}");
        assert!(text.contains("what to do about the others: landfall plan"), "{text}");
        view.notices = notices().collect();
        let text = seen(&first(&layout, &view));
        assert!(text.contains("what to do about them: landfall plan"), "{text}");
    }

    #[test]
    fn notices_that_differ_in_a_name_only_are_one() {
        let layout = layout(Some(&organization(STARTUP)), 80);
        let deploy = |name: &str| notice(&format!("no principal may deploy to {name}: role deployer is left out there"), "name who may");
        let merged = alike(&layout, &[deploy("dev"), notice("other", ""), deploy("staging"), deploy("prod"), deploy("unknown")]);
        let texts: Vec<&str> = merged.iter().map(|notice| notice.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "no principal may deploy to dev, staging, prod: role deployer is left out there",
                "other",
                "no principal may deploy to unknown: role deployer is left out there",
            ]
        );
        assert_eq!(replaced("dev devs web-dev dev.", "dev", "X"), "X devs web-dev X.", "whole words only");
    }
}
