//! How a saved plan is read, and what a difference is called.

use super::*;

#[test]
fn other_files_are_refused_by_what_they_are() {
    for (text, expected) in [
        ("", "not a saved plan"),
        ("schema = 1\n", "not a saved plan"),
        (r#"{"v": 1, "steps": []}"#, "not a saved plan"),
        (r#"{"landfall_plan": 1}"#, "format 1"),
        (r#"{"landfall_plan": 2}"#, "not a saved plan"),
    ] {
        let error = Saved::parse(text).expect_err(text).to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn a_difference_is_said_in_the_terms_of_a_plan() {
    let text = |text: &str| text.to_owned();
    for (how, expected) in [
        (How::New, "is not in the saved plan"),
        (How::Gone, "needs nothing any more"),
        (How::Action { saved: text("create"), now: text("change") }, "was to create, is to change now"),
        (How::Field { name: text("cidr"), saved: text("+ a"), now: text("+ b") }, "cidr was to be + a, is to be + b now"),
        (How::Object, "is another object now, or comes after other steps"),
        (How::Edited, "is not shown in the file as it would be done: the file was edited, or made by another landfall"),
        (How::Account { saved: text("1"), now: text("2") }, "was 1, is 2 now"),
    ] {
        assert_eq!(how.to_string(), expected);
    }
}

/// The first field that differs, among fields of one name in their order; else the summary, which older files do not have.
#[test]
fn the_same_action_differs_by_its_fields_and_summary() {
    let step = |summary: &str, fields: &[(&str, Option<&str>, Option<&str>)]| Step {
        address: "dev/iam-role/reader".to_owned(),
        action: "change".to_owned(),
        summary: summary.to_owned(),
        fields: fields
            .iter()
            .map(|(name, from, to)| Field { name: (*name).to_owned(), from: from.map(str::to_owned), to: to.map(str::to_owned) })
            .collect(),
    };
    let field = |name: &str, saved: &str, now: &str| How::Field { name: name.to_owned(), saved: saved.to_owned(), now: now.to_owned() };
    let base = [("tag", None, Some("a")), ("tag", Some("b"), Some("c"))];
    for (saved, now, expected) in [
        (step("s", &base), step("s", &base), How::Object),
        (step("s", &base), step("t", &base), field("it", "s", "t")),
        (step("", &base), step("t", &base), How::Object),
        (step("s", &base), step("s", &[base[0], ("tag", Some("b"), Some("d"))]), field("tag", "b -> c", "b -> d")),
        (step("s", &base), step("s", &[("tag", Some("a"), None), base[1]]), field("tag", "+ a", "- a")),
        (step("s", &base), step("s", &base[..1]), field("tag", "b -> c", "left as it is")),
        (step("s", &base[..1]), step("s", &base), field("tag", "left as it is", "b -> c")),
        (step("s", &[("tag", None, None)]), step("s", &base[..1]), field("tag", "as before", "+ a")),
    ] {
        assert_eq!(saved.beside(&now), expected, "{saved:?} and {now:?}");
    }
    let other = Step { action: "create".to_owned(), ..step("s", &base) };
    assert_eq!(step("s", &base).beside(&other), How::Action { saved: "change".to_owned(), now: "create".to_owned() });
}

#[test]
fn digests_differ_where_texts_do() {
    assert_eq!(digest(["a"]).len(), "sha256:".len() + 64);
    assert_ne!(digest(["ab", "c"]), digest(["a", "bc"]));
    assert_ne!(digest([""]), digest::<&str>([]));
}
