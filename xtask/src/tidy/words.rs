//! Phrases that do not come back: a dialect that grew here, each with plain English in its place.
//!
//! Most are about what people read: Markdown, the binary's help, and the texts of Rust code that is no test. A few are wrong
//! wherever they stand, comments included.

use super::Violation;
use super::source::Source;

/// How the paths of files begin whose doc comments are the binary's help.
const HELP: [&str; 3] = ["bootstrap/src/cli", "bootstrap/src/command/", "bootstrap/src/settings"];

/// Where the texts of Rust code are read by people.
const SHOWN: [&str; 3] = ["bootstrap/src/", "sdk/src/", "xtask/src/"];

/// Where a phrase does not come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In what people read.
    Shown,
    /// In every text file.
    Anywhere,
}

use Place::{Anywhere, Shown};

/// The phrases, in lower case and with `_` between words, before a single one, so that they are not found here; where; and what
/// to write.
#[rustfmt::skip]
const PHRASES: &[(&str, Place, &str)] = &[
    // Dialect, whatever it speaks of.
    ("_whoever", Shown, "name who: the caller, another operator, anyone who …"),
    ("_somebody", Shown, "name who: another operator, another owner, someone"),
    ("_nobody's", Shown, "unmanaged, or name the owner"),
    ("is_nobody_to", Shown, "say what is missing: a terminal, a principal"),
    ("of_ours", Shown, "managed by landfall"),
    ("sort_of", Shown, "kind of, type of"),
    ("sorts_of", Shown, "kinds of, types of"),
    ("hangs_on", Shown, "depends on, is attached to"),
    ("hang_on", Shown, "depend on, are attached to"),
    ("hung_on", Anywhere, "depended on, was attached to"),
    ("_mend", Shown, "fix, repair"),
    ("_mends", Shown, "fixes, repairs"),
    ("_mended", Shown, "fixed, repaired"),
    ("lets_us_in", Shown, "can be entered; its role can be assumed"),
    ("let_us_in", Shown, "be entered; its role be assumed"),
    ("stands_twice", Shown, "appears twice"),
    ("_nobody", Shown, "no one, no principal, unmanaged"),
    ("_stands", Shown, "is, exists"),
    ("all_the_same", Shown, "still, anyway"),
    ("for_ever", Shown, "forever"),
    ("_meanwhile", Shown, "until then, in the meantime"),
    ("behind_landfall's_back", Shown, "by hand, outside landfall"),
    ("that_others_wrote", Shown, "independent, external"),
    ("does_not_let_us_in", Shown, "cannot be entered"),
    ("keep_us_out", Shown, "deny landfall access"),
    ("stands_in_for", Shown, "replaces"),
    ("of_least_right", Anywhere, "with least privilege"),
    ("_seldom", Shown, "rarely"),
    ("in_vain", Shown, "timed out waiting for"),
    ("is_no_error", Shown, "is not an error"),
    ("no_way_out", Shown, "no internet access, no route to the internet"),
    ("the_way_out", Shown, "the default route, the route to the internet"),
    ("loses_its_way", Anywhere, "loses its route to the internet"),
    ("is_the_way_into", Anywhere, "gives access to, is used to enter"),
    ("is_a_way_into", Anywhere, "gives access to"),
    ("lets_somebody_in", Shown, "can be assumed by, admits"),
    ("let_somebody_in", Anywhere, "admit"),
    ("_whosever", Anywhere, "of any owner"),
    ("whose_a_thing", Shown, "the owner of a resource"),
    ("of_nobody's", Anywhere, "unmanaged"),
    ("nobody_can", Shown, "cannot be, no one can"),
    ("somebody_else_made", Anywhere, "another owner created"),
    ("somebody_made_it", Anywhere, "it was made"),
    ("somebody_added", Anywhere, "was added"),
    ("somebody_switched", Anywhere, "was switched"),
    ("tags_of_landfall's", Anywhere, "landfall tags"),
    ("made_by_others", Anywhere, "not made by landfall"),
    ("stands_in_the_way", Shown, "blocks it; the reason"),
    ("stands_in_our_way", Anywhere, "blocks"),
    ("in_our_way", Anywhere, "blocks what landfall manages"),
    ("still_stands", Anywhere, "still exists"),
    ("are_it", Anywhere, "match"),
    ("are_none", Shown, "are not, are excluded"),
    ("none_where", Shown, "`None` if, empty if"),
    ("waits_out", Anywhere, "retries"),
    ("means_something_else", Anywhere, "has another meaning"),
    ("who_only_looks", Anywhere, "a caller who only reads"),
    ("does_the_caller", Anywhere, "check that the caller …"),
    ("puts_tags_on", Shown, "writes tags"),
    ("success_where_it_is_gone", Anywhere, "succeeds if it is already gone"),
    ("vocabulary,_as_far_as", Anywhere, "the part of its API that landfall uses"),
    ("what_aws_answers", Anywhere, "AWS's codes for"),
    ("what_aws_says_of", Anywhere, "AWS's code for"),
    ("in_other_words", Anywhere, "in another form, equivalent"),
    ("is_no_principal", Anywhere, "is not a principal"),
    ("is_no_repository", Anywhere, "is not a repository"),
    ("is_no_policy", Anywhere, "is not a policy"),
    ("is_no_section", Anywhere, "is not a section"),
    ("is_no_table", Anywhere, "is not a table"),
    ("is_no_number", Anywhere, "is not a number"),
    ("is_no_document", Anywhere, "is not a document"),
    ("asks_for_permission", Anywhere, "authorizes the call"),
    ("ends_the_reading_of_parameters", Anywhere, "checks that all parameters were read"),
    ("cuts_the_page_out", Anywhere, "returns the page of"),
    ("which_page_is_wanted", Anywhere, "the requested page"),
    ("what_becomes_of", Anywhere, "the result of, the reply to"),
    ("that_meet_at", Anywhere, "that apply to"),
    ("meet_at_a_call", Anywhere, "apply to a call"),
    ("as_they_were_put", Anywhere, "as they were set"),
    ("as_it_was_put", Anywhere, "as it was set"),
    ("on_its_way_out", Anywhere, "pending deletion, being deleted"),
    ("is_had_by", Anywhere, "comes from"),
    ("in_the_making", Anywhere, "being built; builds"),
    ("hears_of", Anywhere, "receives, is called with"),
    ("heard_of", Anywhere, "known; seen"),

    // Sentences that were replaced.
    ("who_comes_second", Anywhere, "a second `apply`"),
    ("a_holder_that_died_is_followed", Anywhere, "if the holder has died, the lock is taken over"),
    ("follows_a_dead_holder", Anywhere, "takes over from a dead holder"),
    ("is_blocked_and_says_by_whom", Anywhere, "is blocked, the plan says who owns it, and all other steps run"),
    ("a_simulator_that_others_wrote", Anywhere, "an independent simulator"),
    ("simulator_of_aws_that_others_wrote", Anywhere, "an independent simulator of AWS"),
    ("the_command's_own", Shown, "the exit code of the command"),
    ("keeps_what_it_got", Anywhere, "caches the session"),
    ("what_it_was_not_taught", Anywhere, "every call and parameter that it does not support"),
    ("stands_and_costs", Anywhere, "still exists and still costs money"),
    ("a_throttle_that_comes_all_the_same", Anywhere, "if AWS throttles anyway"),
    ("answers_in_flight_were_given_up", Anywhere, "pending calls were abandoned"),
    ("anything_of_the_wall's_clock", Anywhere, "wall-clock times"),
    ("and_nobody_told", Anywhere, "without the client knowing"),
    ("as_it_was_made;_a_new_one", Anywhere, "the preset the sandbox was created with"),
    ("only_what_was_asked_for,_and_what_went_wrong", Anywhere, "only results and errors"),
    ("do_it:_plan,_ask,_carry_out", Anywhere, "plan, ask for confirmation, and apply"),
    ("it_ends_when_it_was_said_to", Anywhere, "it expires at AWS_CREDENTIAL_EXPIRATION"),
    ("do_what_this_hazard_of_the_plan_says", Anywhere, "allow the hazard with this name"),
    ("do_not_work_any_more", Anywhere, "have stopped"),
    ("was_not_heard_of_for", Anywhere, "gives no sign of life for"),
    ("that_it_cannot_be_seen_matters", Anywhere, "an unreadable lock is an error only when we try to take it"),
    ("both_are_it", Anywhere, "two resources match ADDRESS"),
    ("answered_strangely", Anywhere, "unexpected answer"),
    ("which_has_to_be_attached_before", Anywhere, "it must be attached before"),
    ("aws's_own_fault,_as_far_as_it_says", Anywhere, "AWS reports an internal error"),
    ("aws_gives_no_other_to_any_role", Anywhere, "no role accepts any other value"),
    ("is_lost_with_it", Shown, "will be unreadable"),
    ("that_aws_does_not_tell", Shown, "an unknown date"),
    ("is_to_be_done_now,_and_was_not", Anywhere, "would be done now but is not in the saved plan"),
    ("those_to_opt_in_to_are_none", Anywhere, "zones that need opt-in are excluded"),
    ("for_the_answer_that_it_is", Anywhere, "treats a not-found error as `None`"),
    ("a_place_here_and_none_there", Anywhere, "a slot here but no rate-limit permit"),
    ("how_much_of_which_patience", Anywhere, "how long, and for which errors"),
    ("who_pays_for_what", Anywhere, "the key of a bucket"),
    ("leaves_no_mark", Anywhere, "is not remembered"),
    ("mended_by_what_this_run", Anywhere, "corrected by what this run has seen"),
    ("is_no_sort_of", Anywhere, "unknown"),
    ("is_no_role's_arn", Anywhere, "is not a role ARN"),
    ("that_there_is_none_is_no_error", Anywhere, "a missing one is not an error"),
    ("is_none_of_its_sort", Anywhere, "has the wrong type"),
    ("is_right_once_in_a_row", Anywhere, "is accepted, but not twice in a row"),
    ("has_of_a_service_from_its_first_call_on", Anywhere, "the defaults that AWS provides in every account"),
];

/// Checks a Markdown file, or any other text that is no Rust.
pub(super) fn plain(path: &str, text: &str) -> Vec<Violation> {
    let shown = std::path::Path::new(path).extension().is_some_and(|extension| extension == "md");
    find(path, &Joined::of(text.lines()), |place| shown || place == Anywhere)
}

/// Checks a Rust file; `is_test` says that it is compiled for tests only.
pub(super) fn rust(source: &Source, is_test: bool) -> Vec<Violation> {
    let mut violations = find(&source.path, &Joined::of(source.text.lines()), |place| place == Anywhere);
    if is_test || !SHOWN.iter().any(|folder| source.path.starts_with(folder)) {
        return violations;
    }
    for token in source.untested.iter().filter(|token| !token.literal.is_empty()) {
        let mut text = Joined::of(token.literal.lines());
        text.starts.iter_mut().for_each(|(_, line)| *line += token.line - 1);
        violations.extend(find(&source.path, &text, |place| place == Shown));
    }
    if HELP.iter().any(|help| source.path.starts_with(help)) {
        let lines = source.text.lines().map(|line| if line.trim_start().starts_with("///") { line } else { "" });
        violations.extend(find(&source.path, &Joined::of(lines), |place| place == Shown));
    }
    violations
}

/// Lines as one text without breaks and marks of comments, in lower case.
struct Joined {
    text: String,
    /// Where each line begins, and its number.
    starts: Vec<(usize, usize)>,
}

impl Joined {
    fn of<'t>(lines: impl Iterator<Item = &'t str>) -> Self {
        let mut joined = Self { text: String::new(), starts: Vec::new() };
        for (line, number) in lines.zip(1..) {
            joined.starts.push((joined.text.len(), number));
            let words = line.trim().trim_start_matches(['/', '!', '*', '>', '#']).trim_end_matches('\\').replace("\\n", " ");
            for word in words.split_whitespace() {
                joined.text.push_str(&word.to_lowercase());
                joined.text.push(' ');
            }
        }
        joined
    }

    fn line(&self, at: usize) -> usize {
        self.starts.iter().take_while(|(start, _)| *start <= at).last().map_or(1, |(_, number)| *number)
    }
}

fn find(path: &str, text: &Joined, wanted: impl Fn(Place) -> bool) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (phrase, _, plain) in PHRASES.iter().filter(|(_, place, _)| wanted(*place)) {
        let phrase = phrase.trim_start_matches('_').replace('_', " ");
        for (at, _) in text.text.match_indices(&phrase) {
            let before = text.text[..at].chars().next_back();
            let after = text.text[at + phrase.len()..].chars().next();
            if [before, after].into_iter().flatten().any(|c| c.is_alphanumeric() || c == '_') {
                continue;
            }
            let message = format!("says `{phrase}`; write plainly: {plain} (PHRASES in xtask/src/tidy/words.rs)");
            violations.push(Violation { path: path.to_owned(), line: text.line(at), message });
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        let source = Source::new(path, text.to_owned());
        rust(&source, false).into_iter().map(|violation| violation.line).collect()
    }

    #[test]
    fn what_people_read_is_checked() {
        let bad = PHRASES[0].0.trim_start_matches('_');
        for (path, text, expected) in [
            ("sdk/src/plan.rs", format!("//! Plan.\nconst A: &str = \"x {bad} y\";\n"), &[2_usize][..]),
            ("sdk/src/plan.rs", format!("//! Plan.\nconst A: &str = \"x \\\n  {bad} y\";\n"), &[3]),
            ("sdk/src/plan.rs", format!("//! Plan, {bad}.\n"), &[]),
            ("sdk/src/plan.rs", format!("//! Plan.\n#[cfg(test)]\nmod tests {{ const A: &str = \"{bad}\"; }}\n"), &[]),
            ("tests/tests/plan.rs", format!("//! Plan.\nconst A: &str = \"{bad}\";\n"), &[]),
            ("sdk/src/plan.rs", format!("//! Plan.\nconst A: &str = \"x{bad}\";\n"), &[]),
            ("bootstrap/src/command/plan.rs", format!("//! Arguments.\n/// For {bad}\nfield: u8,\n// {bad}\n"), &[2]),
        ] {
            assert_eq!(lines(path, &text), expected, "{path}: {text}");
        }
        assert_eq!(plain("README.md", &format!("# Title\n\nA {bad}.\n")).len(), 1);
        assert_eq!(plain("examples/x.toml", bad), []);
    }

    #[test]
    fn sentences_do_not_come_back_in_comments_nor_across_lines() {
        let words: Vec<&str> = PHRASES.iter().find(|(_, place, _)| *place == Anywhere).expect("one").0.split('_').collect();
        let text = format!("//! Plan: {}\n//! {}.\n", words[0], words[1..].join(" "));
        assert_eq!(lines("tests/tests/plan.rs", &text), [1]);
        assert_eq!(plain("x.toml", &text.replace("//!", "#")).len(), 1);
    }

    #[test]
    fn every_phrase_is_in_the_form_in_which_it_is_looked_for() {
        for (phrase, _, plain) in PHRASES {
            assert_eq!(*phrase, phrase.to_lowercase());
            assert!(phrase.contains('_') && !phrase.contains(' ') && !plain.is_empty(), "{phrase}");
            let text = Joined::of(plain.lines());
            assert_eq!(find("x", &text, |_| true), [], "what is to be written in place of {phrase} is not to be written itself");
        }
    }
}
