//! Apps from texts: what is told where, and every mistake with its file and place.

use std::fmt::Write as _;

use super::*;
use crate::model::Tier;

const SHOP: &str = r#"
schema = 1
app    = "shop"

[settings]
log_level   = { one_of = ["debug", "info", "warn"], default = "info", development = { default = "debug" } }
max_items   = { type = "integer", min = 1, max = 500, default = 50 }
payment_url = { type = "url", about = "where payments are made", production = { pattern = "^https://api" } }
hosts       = { type = "list", optional = true }
timeout     = { type = "duration", default = "10s" }
ratio       = { type = "number", default = 0.5 }
dark        = { type = "boolean", default = false }
stripe_key  = { secret = true, pattern = "^sk_test_", production = { pattern = "^sk_live_" } }
signing_key = { secret = true, store = "secrets-manager" }
"#;

fn source(name: &str, text: &str) -> Source {
    Source { name: name.to_owned(), text: text.to_owned() }
}

fn environments() -> Vec<Environment> {
    let of = |(name, tier): (&str, Tier)| Environment { name: name.parse().expect("valid"), tier };
    [("dev", Tier::Development), ("staging", Tier::Staging), ("prod", Tier::Production)].map(of).to_vec()
}

/// Parses files written as `=== NAME` and their text; the first is `app.toml`.
fn parsed(files: &str) -> Parsed {
    let mut app = None;
    let mut config = Vec::new();
    for file in files.split("=== ").skip(1) {
        let (name, text) = file.split_once('\n').expect("a name");
        match name.strip_prefix("config/").and_then(|name| name.strip_suffix(".toml")) {
            None => app = Some(source(name, text)),
            Some(stem) => config.push((stem.to_owned(), source(name, text))),
        }
    }
    parse(&Sources { app: app.expect("app.toml"), config }, &environments())
}

fn lines(parsed: &Parsed) -> Vec<String> {
    parsed.diagnostics.iter().flat_map(|(source, found)| found.iter().map(|found| found.one_line(source))).collect()
}

#[test]
fn each_environment_is_told_what_is_written_nearest_to_it() {
    let base = "payment_url = \"https://sandbox.pay.example\"\nhosts = [\"a\", \"b\"]\n";
    let prod = "payment_url = \"https://api.pay.example\"\nmax_items = 200\n";
    let parsed = parsed(&format!("=== app.toml\n{SHOP}=== config/base.toml\n{base}=== config/prod.toml\n{prod}"));
    assert_eq!(lines(&parsed), [""; 0]);
    let app = parsed.app.expect("no mistakes");
    let mut shown = String::new();
    for stage in &app.stages {
        writeln!(shown, "{}: {}", stage.name, stage.document()).expect("a String takes everything");
        for valued in &stage.values {
            writeln!(shown, "  {} = {} ({})", valued.key, valued.value, valued.place).expect("a String takes everything");
        }
    }
    insta::assert_snapshot!("values", shown);
    let secrets: Vec<_> =
        app.secrets().map(|(setting, store)| format!("{} in {}: {}", setting.key, store.as_str(), setting.words())).collect();
    assert_eq!(
        secrets,
        ["stripe_key in ssm: secret matching ^sk_test_; other rules in production", "signing_key in secrets-manager: secret"]
    );
    insta::assert_snapshot!("schema", serde_json::to_string_pretty(&config_schema(&app)).expect("JSON"));
}

#[test]
fn a_secret_is_held_to_its_rules_and_never_shown() {
    let app =
        parsed(&format!("=== app.toml\n{SHOP}=== config/base.toml\npayment_url = \"https://api.pay.example\"\n")).app.expect("no mistakes");
    let (stripe, _) = app.secrets().next().expect("a secret");
    assert_eq!(stripe.check("sk_test_SECRET", Tier::Staging), Ok(()));
    assert_eq!(stripe.check("sk_test_SECRET", Tier::Production), Err("does not match `^sk_live_`".to_owned()));
    let long = format!("sk_test_{}", "SECRET".repeat(1_000));
    for (text, refused) in
        [("", "is empty"), ("SECRET{{x}}", "has `{{`"), ("SECRET", "does not match"), (&long, "has 6008 bytes, and ssm takes 4096")]
    {
        let wrong = stripe.check(text, Tier::Staging).expect_err(text);
        assert!(wrong.contains(refused) && !wrong.contains("SECRET"), "{wrong}");
    }
}

/// Each case: files, and every diagnostic.
#[test]
fn every_mistake_is_reported_once_with_its_file_and_place() {
    let mut out = String::new();
    for case in include_str!("tests/mistakes.txt").split("\n##### ").map(|case| case.trim_start_matches("##### ")) {
        let (title, files) = case.split_once('\n').expect("a title line");
        let parsed = parsed(files);
        writeln!(out, "##### {title}\n{}\n---", files.trim_end()).expect("a String takes everything");
        let lines = lines(&parsed);
        assert_eq!(parsed.app.is_none(), !lines.is_empty(), "{title}: {lines:?}");
        for (source, _) in &parsed.diagnostics {
            assert!(!source.text.contains("SECRET"), "{title}: {}", source.text);
        }
        for line in lines {
            assert!(!line.contains("SECRET"), "{title}: {line}");
            writeln!(out, "{line}").expect("a String takes everything");
        }
    }
    insta::assert_snapshot!("mistakes", out);
}

#[test]
fn what_is_no_text_or_too_large_is_refused() {
    let with = |app: &str, prod: &str| {
        let config = vec![("prod".to_owned(), source("config/prod.toml", prod))];
        lines(&parse(&Sources { app: source("app.toml", app), config }, &environments()))
    };
    assert_eq!(with("", ""), ["app.toml:1:1: error: the file of an app is empty; write `schema = 1` and `app = \"…\"`"]);
    let app = "schema = 1\napp = \"shop\"\n[settings]\nnote = { optional = true }\n";
    assert_eq!(with(app, ""), [""; 0]);
    assert_eq!(with(app, "\u{feff}note = \"x\"\r\n"), [""; 0], "a byte order mark and CRLF");
    assert!(with(app, "note = \"\0\"")[0].contains("NUL"));
    assert!(with(app, &"x".repeat(2 << 20))[0].contains("has 2097152 bytes"));
    let value = "n".repeat(DOCUMENT_BYTES_MAX);
    assert_eq!(
        with(app, &format!("note = \"{value}\"\n")),
        [
            "app.toml:4:1: error: the settings of `prod` have 8203 bytes as JSON, AWS takes 8192; keep large values elsewhere, and their address here"
        ]
    );
}
