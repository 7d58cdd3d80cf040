//! Whole manifests: golden models, every mistake with its place, and no panic on any text.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

const STARTUP: &str = include_str!("../../../examples/startup/landfall.toml");
const EVERYTHING: &str = include_str!("tests/everything.toml");
const POLICY: &str =
    r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "ec2:ModifyImageAttribute", "Resource": "*"}]}"#;

/// The files that manifests in these tests may name.
fn files(path: &str) -> Result<String, String> {
    match path {
        "./policies/deny-public-ami.json" | "policies/deny-public-ami.json" | "x/a.json" => Ok(POLICY.to_owned()),
        // One letter from a to i.
        path if path.len() == 6 && ('a'..='i').any(|letter| path == format!("{letter}.json")) => Ok(POLICY.to_owned()),
        "mark.json" => Ok(format!("\u{feff}{POLICY}")),
        "not.json" => Ok("{ nothing".to_owned()),
        "list.json" => Ok("[]".to_owned()),
        "bedrock.json" => Ok(r#"{"bedrock": {}}"#.to_owned()),
        "chatty.json" => Ok(format!(r#"{{"services": {{"default": {{"@@assign": "{}"}}}}}}"#, "x".repeat(2_500))),
        path if path.starts_with("chat-") => Ok(r#"{"chatbot": {"platforms": {}}}"#.to_owned()),
        "large.json" => Ok(format!(r#"{{"Version": "2012-10-17", "Statement": ["{}"]}}"#, "x".repeat(10_240))),
        path => controlling(path).ok_or_else(|| "no such file".to_owned()),
    }
}

/// Policies in the language of IAM: good ones on resources, and bad ones.
fn controlling(path: &str) -> Option<String> {
    let good = r#"{"Sid": "A", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}"#.to_owned();
    let statement = match path {
        "rcp-a.json" | "rcp-b.json" | "rcp-c.json" | "rcp-version.json" => good,
        "rcp-allow.json" => good.replace("Deny", "Allow"),
        "rcp-service.json" => good.replace("s3:*", "ec2:*"),
        "rcp-star.json" => good.replace("s3:*", "*"),
        "rcp-account.json" => good.replace(r#""Principal": "*""#, r#""Principal": {"AWS": "123456789012"}"#),
        "rcp-large.json" => good.replace("\"A\"", &format!("\"{}\"", "A".repeat(5_120))),
        "scp-principal.json" => format!(r#"{{"Effect": "Deny", "Action": "ec2:*", "Resource": "*"}}, {good}"#),
        "scp-operator.json" => {
            r#"{"Effect": "Deny", "Action": "ec2:*", "Resource": "*", "Condition": {"StringMatches": {"aws:x": "y"}}}"#.to_owned()
        }
        _ => return None,
    };
    let version = if path == "rcp-version.json" { "2008-10-17" } else { "2012-10-17" };
    Some(format!(r#"{{"Version": "{version}", "Statement": [{statement}]}}"#))
}

fn source(text: &str) -> Source {
    Source { name: "m".to_owned(), text: text.to_owned() }
}

fn lines(text: &str) -> Vec<String> {
    let source = source(text);
    parse(&source, &files).diagnostics.iter().map(|diagnostic| diagnostic.one_line(&source)).collect()
}

/// A manifest without mistakes; every case below begins with its ten lines.
fn with(rest: &str) -> String {
    format!(
        "schema = 1\n[organization]\nname = \"acme\"\nemail = \"aws+{{account}}@acme.example\"\nregion = \"eu-west-1\"\nregions = [\"eu-west-1\"]\n[environments.dev]\ntier = \"development\"\nnetwork.cidr = \"10.16.0.0/16\"\n\n{rest}"
    )
}

#[test]
fn the_smallest_useful_file() {
    let parsed = parse(&source(STARTUP), &files);
    assert_eq!(parsed.diagnostics, []);
    insta::assert_debug_snapshot!("startup", parsed.organization.expect("no diagnostics"));
}

#[test]
fn everything_there_is() {
    let parsed = parse(&source(EVERYTHING), &files);
    assert_eq!(lines(EVERYTHING), [""; 0]);
    insta::assert_debug_snapshot!("everything", parsed.organization.expect("no diagnostics"));
}

/// Each case: what is added to a valid manifest (its first line is line 11), and every diagnostic.
#[test]
fn every_mistake_is_reported_once_with_its_place() {
    let cases = include_str!("tests/mistakes.txt");
    let mut out = String::new();
    for case in cases.split("\n=== ").map(|case| case.trim_start_matches("=== ")) {
        let (title, body) = case.split_once('\n').expect("a title line");
        writeln!(out, "=== {title}\n{}\n---", body.trim_end()).expect("a String takes everything");
        for line in lines(&with(body)) {
            writeln!(out, "{line}").expect("a String takes everything");
        }
    }
    insta::assert_snapshot!("mistakes", out);
}

#[test]
fn files_that_are_not_a_manifest() {
    let ten_megabytes = "a".repeat(10 << 20);
    for (text, expected) in [
        ("", "m:1:1: error: the manifest is empty; run `landfall init` to create one"),
        (" \n# nothing\n", "m:2:1: error: the manifest is empty; run `landfall init` to create one"),
        (" ", "m:1:2: error: the manifest is empty; run `landfall init` to create one"),
        ("schema = 1\nx = \"\0\"", "m:2:6: error: the file contains a NUL character; save it as UTF-8 text; it may be UTF-16 or binary"),
        (&ten_megabytes, "m:1:1: error: the file has 10485760 bytes, a manifest has at most 1048576; check that this is the right file"),
        (
            "schema = 2\nunheard = true",
            "m:1:10: error: schema 2 is written for a newer landfall; this landfall reads schema 1: upgrade landfall",
        ),
    ] {
        assert_eq!(lines(text), [expected]);
    }
}

/// Editors on Windows write one; it is not part of the text.
#[test]
fn a_byte_order_mark_is_ignored() {
    let guarded = with("[units.\"Workloads\"]\nguardrails = [\"mark.json\"]\n");
    assert_eq!(lines(&guarded), [""; 0]);
    let plain = guarded.replace("mark.json", "x/a.json");
    for text in [STARTUP, EVERYTHING, &guarded] {
        let marked = format!("\u{feff}{text}");
        assert_eq!(lines(&marked), [""; 0]);
        assert_eq!(parse(&source(&marked), &files).organization, parse(&source(text), &files).organization);
    }
    let documents = |text: &str| {
        let organization = parse(&source(text), &files).organization.expect("no diagnostics");
        organization.guardrails.values().map(|guardrail| guardrail.document.clone()).collect::<Vec<_>>()
    };
    assert_eq!(documents(&guarded), documents(&plain));
    assert_eq!(lines("\u{feff}"), ["m:1:1: error: the manifest is empty; run `landfall init` to create one"]);
    for text in ["x = 1\n", "schema = 0\n", "[organisation]\nname = \"acme\"\n", "schema = = 1\n"] {
        assert_eq!(lines(&format!("\u{feff}{text}")), lines(text), "the same places");
    }
}

#[test]
fn the_head_of_the_file() {
    let cases = [
        "schema = 0\n",
        "schema = \"1\"\n",
        "schema = 1\norganization = 5\n",
        "[organisation]\nname = \"acme\"\n",
        "schema = 1\n[organization]\nname = \"Acme\"\nemail = \"aws@acme.example\"\nregion = \"eu-west-9\"\nregions = []\naccess_role = \"AWSServiceRoleForX\"\n",
        "schema = 1\n[organization]\nname = \"acme\"\nemail = \"a b+{account}@acme.example\"\nregion = \"eu-south-1\"\nregions = [\"eu-south-1\", \"cn-north-1\", \"eu-wset-1\", \"EU\"]\n",
        "schema = 1\n[organization]\nname = \"acme\"\nemail = \"{account}{account}@acme.example\"\nregion = \"eu-west-1\"\nregions = [\"us-east-1\", \"us-east-1\"]\n",
        "schema = 1\n[organization]\nname = \"acme\"\nemail = \"a-mailbox-with-a-very-long-name-indeed+{account}@acme-corporation.example\"\nregion = \"eu-west-1\"\nregions = [\"eu-west-1\"]\n[environments.short]\ntier = \"sandbox\"\n",
        "schema = 1\n[organization]\nname = \"a-very-long-name-123\"\nemail = \"{account}@acme.example\"\nregion = \"eu-west-1\"\nregions = [\"eu-west-1\"]\n[environments.an-environment-with-30-letters]\ntier = \"sandbox\"\n",
    ];
    let mut out = String::new();
    for text in cases {
        writeln!(out, "{text}---").expect("a String takes everything");
        for line in lines(text) {
            writeln!(out, "{line}").expect("a String takes everything");
        }
        out.push('\n');
    }
    insta::assert_snapshot!("head", out);
}

#[test]
fn related_places_point_at_the_other_one() {
    let text = with("[environments.staging]\ntier = \"staging\"\nnetwork = { cidr = \"10.16.128.0/17\" }\n");
    let parsed = parse(&source(&text), &files);
    let [overlap] = &parsed.diagnostics[..] else { panic!("one diagnostic, not {:?}", parsed.diagnostics) };
    assert_eq!(overlap.message, "`environments.staging` overlaps `environments.dev`");
    assert_eq!(overlap.label, "the next free /17 is 10.17.0.0/17");
    assert_eq!(&text[overlap.span.clone()], "\"10.16.128.0/17\"");
    let (span, label) = &overlap.related[0];
    assert_eq!((&text[span.clone()], label.as_str()), ("\"10.16.0.0/16\"", "dev has 10.16.0.0 to 10.16.255.255"));
}

#[test]
fn many_mistakes_are_capped() {
    let text = with(&(0..1_000).fold(String::new(), |text, at| format!("{text}[zone{at}]\n")));
    let lines = lines(&text);
    assert_eq!(lines.len(), DIAGNOSTICS_MAX + 1);
    assert!(lines[DIAGNOSTICS_MAX].ends_with("error: and 800 more; check that this is the right file"), "{}", lines[DIAGNOSTICS_MAX]);
}

/// The schema and the parser cannot drift: the parser accepts every key of the schema, and no other.
#[test]
fn the_schema_lists_exactly_the_keys_that_are_accepted() {
    let everything: toml::Table = EVERYTHING.parse().expect("valid TOML");
    check_section("", &schema(), &toml::Value::Table(everything));
    insta::assert_snapshot!("schema", serde_json::to_string_pretty(&schema()).expect("JSON prints"));
}

/// Walks the schema beside a manifest that has every key somewhere and is accepted.
fn check_section(path: &str, schema: &serde_json::Value, value: &toml::Value) {
    let table = value.as_table().expect("a section");
    let properties = schema["properties"].as_object().expect("a section's schema has properties");
    assert_eq!(schema["additionalProperties"], false, "{path}");
    for (key, property) in properties {
        let path = format!("{path}/{key}");
        assert!(property["description"].as_str().is_some_and(|text| text.len() > 10), "{path} is described");
        let value = table.get(key).unwrap_or_else(|| panic!("{path} is not in the manifest with everything"));
        if property["properties"].is_object() {
            check_section(&path, property, value);
        } else if property["additionalProperties"]["properties"].is_object() {
            let mut whole = toml::Table::new();
            for section in value.as_table().expect("sections").values() {
                merge(&mut whole, section.as_table().expect("a section"));
            }
            check_section(&path, &property["additionalProperties"], &toml::Value::Table(whole));
        }
    }
    for key in table.keys() {
        assert!(properties.contains_key(key), "{path}/{key} is accepted, but not in the schema");
    }
}

/// Adds what the other section has, inner sections included.
fn merge(whole: &mut toml::Table, section: &toml::Table) {
    for (key, value) in section {
        match (whole.get_mut(key), value) {
            (Some(toml::Value::Table(inner)), toml::Value::Table(more)) => merge(inner, more),
            (_, value) => {
                whole.insert(key.clone(), value.clone());
            }
        }
    }
}

#[test]
fn unknown_keys_are_refused_in_every_section() {
    for header in EVERYTHING.lines().filter(|line| line.starts_with('[')) {
        let header = header.split(']').next().expect("a header ends");
        let open_ended = ["[accounts.data-lake.tags", "[budgets"];
        if open_ended.contains(&header) {
            continue;
        }
        let text = EVERYTHING.replacen(&format!("{header}]"), &format!("{header}]\nsurely-unknown = 1"), 1);
        let lines = lines(&text);
        assert!(lines.len() == 1 && lines[0].contains("unknown key `surely-unknown`"), "{header}: {lines:?}");
    }
}

/// Checks what holds for every text.
fn check_any(text: &str) {
    let source = source(text);
    let parsed = parse(&source, &files);
    let errors = parsed.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
    assert_eq!(parsed.organization.is_none(), errors > 0, "{:?}", parsed.diagnostics);
    let mut at = 0;
    for diagnostic in &parsed.diagnostics {
        assert!(!diagnostic.label.is_empty() || diagnostic.hint.is_some(), "{diagnostic:?} says what to do");
        assert!(text.get(diagnostic.span.clone()).is_some(), "{diagnostic:?} lies in the text");
        assert!(diagnostic.related.iter().all(|(span, _)| text.get(span.clone()).is_some()), "{diagnostic:?}");
        assert!(at <= diagnostic.span.start, "sorted by place");
        at = diagnostic.span.start;
    }
}

/// Fragments that lead a parser to unusual states.
const PIECES: [&str; 24] = [
    "[",
    "]",
    "{",
    "}",
    "=",
    "\"",
    "'",
    "\n",
    "\"\"\"",
    ",",
    ".",
    "#",
    "[[environments]]",
    "[environments.dev]",
    "dev",
    "1e9",
    "-1",
    "é",
    "\u{feff}",
    "true",
    "/",
    "@",
    "{account}",
    "*",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        check_any(&text);
    }

    #[test]
    fn no_mutation_makes_it_panic(edits in prop::collection::vec((any::<prop::sample::Index>(), 0..40_usize, 0..PIECES.len()), 1..5)) {
        let mut text: Vec<char> = EVERYTHING.chars().collect();
        for (place, removed, piece) in edits {
            let start = place.index(text.len() + 1);
            let end = (start + removed).min(text.len());
            text.splice(start..end, PIECES[piece].chars());
        }
        check_any(&text.into_iter().collect::<String>());
    }

    #[test]
    fn no_shuffling_of_lines_makes_it_panic(picks in prop::collection::vec(any::<prop::sample::Index>(), 0..60)) {
        let lines: Vec<&str> = EVERYTHING.lines().collect();
        let text: Vec<&str> = picks.iter().map(|pick| lines[pick.index(lines.len())]).collect();
        check_any(&text.join("\n"));
    }
}
