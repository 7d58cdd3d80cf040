//! Bad answers: a table of what the caller gets, which is never a panic and never an empty id.

use std::fmt::Write as _;

use serde::Deserialize;

use super::ask;
use crate::aws::client::tests::line::Line;
use crate::aws::error::{Answer, AwsError};

/// Depth of a nested answer, too deep for a recursive reader.
const DEPTH: usize = 10_000;

/// The same operation in each wire format, so that equal results are one row.
mod json {
    use super::Thing;
    use crate::aws::client::requests;

    requests! { KMS, "kms": pub(super) GetThing {} -> Thing }
}

mod rest {
    use super::Thing;
    use crate::aws::client::requests;

    requests! { ACCESS_ANALYZER, "access-analyzer": pub(super) GetThing at "GET /things/{Id}" { id: &'static str } -> Thing }
}

mod query {
    use super::xml::Thing;
    use crate::aws::client::requests;

    requests! { IAM, "iam": pub(super) GetThing {} -> Thing }
}

mod ec2 {
    use super::xml::Thing;
    use crate::aws::client::requests;

    requests! { EC2, "ec2": pub(super) GetThing {} -> Thing }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Thing {
    id: String,
    #[expect(dead_code, reason = "shown")]
    days: Option<u32>,
    #[serde(default)]
    #[expect(dead_code, reason = "shown")]
    tags: Vec<String>,
}

mod xml {
    use crate::aws::client::items;

    /// The same, with a list in the form of XML.
    #[derive(Debug, serde::Deserialize)]
    #[serde(rename_all = "PascalCase")]
    pub(super) struct Thing {
        pub(super) id: String,
        #[expect(dead_code, reason = "shown")]
        days: Option<u32>,
        #[serde(default, deserialize_with = "items")]
        #[expect(dead_code, reason = "shown")]
        tags: Vec<String>,
    }
}

const WIRES: [&str; 4] = ["JSON", "REST-JSON", "Query", "EC2"];

/// The answer to each wire format.
enum Body {
    /// The same for all.
    Raw(&'static str),
    /// These members: of a JSON object, and of an XML element.
    Members(String, String),
    /// The first half of a good answer.
    Cut,
    /// An error of AWS.
    Refusal,
}

impl Body {
    fn members(json: &str, xml: &str) -> Self {
        Self::Members(json.to_owned(), xml.to_owned())
    }

    fn of(&self, wire: &str) -> String {
        let good = || Self::members(r#""Id":"t-1","Days":7"#, "<Id>t-1</Id><Days>7</Days>").of(wire);
        match (self, wire) {
            (Self::Raw(text), _) => (*text).to_owned(),
            (Self::Members(json, _), "JSON" | "REST-JSON") => format!("{{{json}}}"),
            (Self::Members(_, xml), "Query") => format!("<GetThingResponse><GetThingResult>{xml}</GetThingResult></GetThingResponse>"),
            (Self::Members(_, xml), _) => format!("<GetThingResponse><requestId>r</requestId>{xml}</GetThingResponse>"),
            (Self::Cut, _) => good()[..good().len() / 2].to_owned(),
            (Self::Refusal, "JSON" | "REST-JSON") => r#"{"__type":"com.amazonaws#AccessDenied","message":"No."}"#.to_owned(),
            (Self::Refusal, "Query") => {
                "<ErrorResponse><Error><Code>AccessDenied</Code><Message>No.</Message></Error></ErrorResponse>".to_owned()
            }
            (Self::Refusal, _) => {
                "<Response><Errors><Error><Code>AccessDenied</Code><Message>No.</Message></Error></Errors></Response>".to_owned()
            }
        }
    }
}

fn rows() -> Vec<(&'static str, u16, Body)> {
    const HTML: &str = "<html><head><title>503</title><body>Service<br>Unavailable</body></html>";
    let deep = (format!("{}1{}", "[".repeat(DEPTH), "]".repeat(DEPTH)), format!("{}{}", "<a>".repeat(DEPTH), "</a>".repeat(DEPTH)));
    let deep_in =
        |name: &str| Body::Members(format!(r#""Id":"t-1","{name}":{}"#, deep.0), format!("<Id>t-1</Id><{name}>{}</{name}>", deep.1));
    vec![
        ("an empty body", 200, Body::Raw("")),
        ("HTML", 200, Body::Raw(HTML)),
        ("HTML that is XML", 200, Body::Raw("<html><body/></html>")),
        ("cut off in the middle", 200, Body::Cut),
        ("a list", 200, Body::Raw("[]")),
        ("`null`", 200, Body::Raw("null")),
        ("an unknown member", 200, Body::members(r#""New":{"a":[1,{}]},"Id":"t-1""#, "<New><a><b/>1</a></New><Id>t-1</Id>")),
        ("a number as text", 200, Body::members(r#""Id":"t-1","Days":"7""#, "<Id>t-1</Id><Days>7</Days>")),
        ("a number as other text", 200, Body::members(r#""Id":"t-1","Days":"secret""#, "<Id>t-1</Id><Days>secret</Days>")),
        ("a negative number", 200, Body::members(r#""Id":"t-1","Days":-7"#, "<Id>t-1</Id><Days>-7</Days>")),
        ("an enormous number", 200, Body::members(r#""Id":"t-1","Days":1e999"#, "<Id>t-1</Id><Days>1e999</Days>")),
        (
            "a number of 30 digits",
            200,
            Body::members(r#""Id":"t-1","Days":999999999999999999999999999999"#, "<Id>t-1</Id><Days>999999999999999999999999999999</Days>"),
        ),
        ("a number without digits", 200, Body::members(r#""Id":"t-1","Days":"""#, "<Id>t-1</Id><Days/>")),
        ("a structure for a text", 200, Body::members(r#""Id":{"a":"secret"}"#, "<Id><a>secret</a></Id>")),
        ("a required member is missing", 200, Body::members(r#""Days":7"#, "<Days>7</Days>")),
        ("a required member is null", 200, Body::members(r#""Id":null"#, r#"<Id xsi:nil="true"/>"#)),
        ("a required id is empty", 200, Body::members(r#""Id":"","Days":7"#, "<Id></Id><Days>7</Days>")),
        ("the others are null", 200, Body::members(r#""Id":"t-1","Days":null,"Tags":null"#, "<Id>t-1</Id><Tags/>")),
        ("a member twice", 200, Body::members(r#""Id":"t-1","Id":"t-2""#, "<Id>t-1</Id><Id>t-2</Id>")),
        ("10,000 levels in an unknown member", 200, deep_in("New")),
        ("10,000 levels in a known member", 200, deep_in("Tags")),
        ("an error document", 200, Body::Refusal),
        ("an error document", 403, Body::Refusal),
        ("an empty body", 400, Body::Raw("")),
        ("a good answer", 400, Body::members(r#""Id":"t-1""#, "<Id>t-1</Id>")),
        ("10,000 levels", 400, deep_in("Tags")),
        ("HTML", 503, Body::Raw(HTML)),
        ("an empty body", 500, Body::Raw("")),
    ]
}

async fn answered(line: &Line, wire: &str) -> Result<(String, String), AwsError> {
    let of = |id: &str, thing: &dyn std::fmt::Debug| (id.to_owned(), format!("{thing:?}"));
    match wire {
        "JSON" => ask(line, &json::GetThing {}).await.map(|thing| of(&thing.id, &thing)),
        "REST-JSON" => ask(line, &rest::GetThing { id: "t-1" }).await.map(|thing| of(&thing.id, &thing)),
        "Query" => ask(line, &query::GetThing {}).await.map(|thing| of(&thing.id, &thing)),
        _ => ask(line, &ec2::GetThing {}).await.map(|thing| of(&thing.id, &thing)),
    }
}

#[tokio::test]
async fn bad_answers_to_the_caller() {
    let mut table = String::from("| answer | wire | what the caller gets |\n|---|---|---|\n");
    for (name, status, body) in rows() {
        let mut found: Vec<(String, Vec<&str>)> = Vec::new();
        for wire in WIRES {
            let line = Line::answering(status, &body.of(wire)).with(&[("content-type", "text/html")]);
            let cell = match answered(&line, wire).await {
                Ok((id, shown)) => {
                    assert!(!id.is_empty(), "{name} to {wire}: an empty id");
                    format!("`{shown}`")
                }
                Err(error) => {
                    assert!(matches!(error.answer, Answer::Lost | Answer::Refused), "{name} to {wire}: {error}");
                    assert!(!error.to_string().contains("secret"), "no value of an answer is in the error: {error}");
                    format!("{:?}, {}: {error}", error.answer, error.class())
                }
            };
            match found.iter_mut().find(|(known, _)| *known == cell) {
                Some((_, wires)) => wires.push(wire),
                None => found.push((cell, vec![wire])),
            }
        }
        for (cell, wires) in found {
            writeln!(table, "| {status}, {name} | {} | {cell} |", wires.join(", ")).expect("a String takes everything");
        }
    }
    insta::assert_snapshot!(table);
}

/// Landfall's simulator supports no service with paths but S3, and its error has the form of such a service.
#[cfg(feature = "simulator")]
#[tokio::test]
async fn the_simulator_refuses_in_json() {
    use crate::simulator::{Clock, Options, Simulator};
    let simulator = Simulator::new(Options::default(), Clock::wall());
    let config = simulator.sdk_config("eu-west-1");
    let request = crate::aws::client::Request::new(&rest::GetThing { id: "t-1" }, &super::caller(&config)).expect("written");
    let timeouts = aws_smithy_types::timeout::TimeoutConfig::builder().build();
    let error = crate::aws::client::send(&request, &config, timeouts, super::Uncounted).await.expect_err("not simulated");
    let error = AwsError::of("access-analyzer:GetThing", error);
    assert_eq!(error.code.as_deref(), Some("NotImplemented"), "{error}");
    assert!(error.message.contains("GET /things/t-1 of access-analyzer"), "{error}");
}
