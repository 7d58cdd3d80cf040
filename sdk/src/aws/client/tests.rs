//! The client: idempotency tokens, and how answers and errors are read.

#![expect(clippy::struct_field_names, reason = "members have the names of AWS's API")]

mod bad_answers;
mod golden;
mod line;
pub(in crate::aws::client) mod shapes;

use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use serde::{Deserialize, Serialize};

use self::line::Line;
use super::xml::items;
use super::{Done, Operation, Request, operations, send};
use crate::aws::clock::Clock;
use crate::aws::error::{Answer, AwsError, Class};
use crate::aws::rate_limit::{RateLimiter, Rates};

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Filter {
    name: String,
    value: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
#[serde(rename_all(serialize = "PascalCase", deserialize = "camelCase"))]
struct Tag {
    key: String,
    value: String,
}

#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct DescribeVpcs {
    filter: Vec<Filter>,
    max_results: Option<i32>,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
struct Vpcs {
    #[serde(default, rename = "vpcSet", deserialize_with = "items")]
    vpcs: Vec<Vpc>,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
struct Vpc {
    vpc_id: String,
    is_default: bool,
    #[serde(default, rename = "tagSet", deserialize_with = "items")]
    tags: Vec<Tag>,
}

#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct CreateRole {
    role_name: String,
    assume_role_policy_document: String,
    max_session_duration: Option<i32>,
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct CreatedRole {
    role: Role,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct Role {
    arn: String,
    max_session_duration: Option<u32>,
}

#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct DeleteRole {
    role_name: String,
}

#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ScheduleKeyDeletion {
    key_id: String,
    pending_window_in_days: Option<i32>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct Deletion {
    key_id: String,
}

/// An operation with a token, which no operation of these services has.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct StartLogging {
    name: String,
    client_token: Option<String>,
}

/// An answer without members that are read.
#[derive(Debug, Deserialize, PartialEq)]
struct Nothing {}

operations! { EC2, "ec2": DescribeVpcs -> Vpcs }
operations! { IAM, "iam": CreateRole -> CreatedRole, DeleteRole -> Nothing }
operations! { KMS, "kms": ScheduleKeyDeletion -> Deletion }
operations! { CLOUDTRAIL, "cloudtrail": StartLogging ["ClientToken"] -> Done }

async fn ask<O: Operation>(line: &Line, parameters: &O) -> Result<O::Output, AwsError> {
    let config = line.config("eu-west-1");
    let request = Request::new(parameters, &caller(&config))?;
    let timeouts = TimeoutConfig::builder().build();
    send(&request, &config, timeouts, Uncounted).await.map_err(|error| AwsError::of(O::CALL, error))
}

fn caller(config: &SdkConfig) -> RateLimiter {
    let clock = Clock::new(config.time_source().expect("given"), config.sleep_impl().expect("given"));
    RateLimiter::new(clock, Rates::Unlimited, "222222222222", "eu-west-1")
}

#[derive(Debug)]
struct Uncounted;

impl Intercept for Uncounted {
    fn name(&self) -> &'static str {
        "uncounted"
    }
}

const VPCS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<DescribeVpcsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <requestId>7a62c49f</requestId>
  <vpcSet>
    <item><vpcId>vpc-1</vpcId><isDefault>true</isDefault><ownerId>1</ownerId><tagSet/><cidrBlockAssociationSet><item><x/></item></cidrBlockAssociationSet></item>
    <item><vpcId>vpc-2</vpcId><isDefault>false</isDefault><tagSet><item><key>a&amp;b</key><value/></item></tagSet></item>
  </vpcSet>
  <nextToken>more</nextToken>
</DescribeVpcsResponse>"#;
const ROLE: &str = r#"<CreateRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
  <CreateRoleResult><Role><Path>/</Path><Arn>arn:aws:iam::1:role/a</Arn><MaxSessionDuration>3600</MaxSessionDuration></Role></CreateRoleResult>
  <ResponseMetadata><RequestId>4a93ceee</RequestId></ResponseMetadata>
</CreateRoleResponse>"#;

fn describe() -> DescribeVpcs {
    let filter = Filter { name: "tag:landfall:organization".to_owned(), value: vec!["acme".to_owned(), "a b+c".to_owned()] };
    DescribeVpcs { filter: vec![filter], max_results: Some(1000), next_token: None }
}

fn create() -> CreateRole {
    let tags = vec![Tag { key: "team".to_owned(), value: "blå".to_owned() }];
    let document = r#"{"Version":"2012-10-17"}"#.to_owned();
    CreateRole { role_name: "reader".to_owned(), assume_role_policy_document: document, max_session_duration: Some(3600), tags }
}

fn delete() -> ScheduleKeyDeletion {
    ScheduleKeyDeletion { key_id: "k-1".to_owned(), pending_window_in_days: Some(7) }
}

/// Every repetition of a request has the same token; another request has another.
#[tokio::test]
async fn a_token_is_filled_in_once() {
    let line = Line::answering(500, "");
    let config = line.config("eu-west-1");
    let caller = caller(&config);
    let logging = StartLogging { name: "audit".to_owned(), client_token: None };
    for request in [Request::new(&logging, &caller), Request::new(&logging, &caller)] {
        let request = request.expect("written");
        for _ in 0..2 {
            let _ = send(&request, &config, TimeoutConfig::builder().build(), Uncounted).await;
        }
    }
    let _ = ask(&line, &StartLogging { client_token: Some("own".to_owned()), ..logging }).await;
    let token = |asked: &String| {
        let body: serde_json::Value = serde_json::from_str(asked.trim_end().lines().last().expect("a body")).expect("JSON");
        body["ClientToken"].as_str().expect("a token").to_owned()
    };
    let tokens: Vec<String> = line.asked().iter().map(token).collect();
    assert!(tokens[0].starts_with("landfall-") && tokens[0] == tokens[1] && tokens[2] == tokens[3], "{tokens:?}");
    assert_ne!(tokens[0], tokens[2]);
    assert_eq!(tokens[4], "own", "the caller's stays");
}

#[tokio::test]
async fn answers_are_read_into_types() {
    let tag = Tag { key: "a&b".to_owned(), value: String::new() };
    let vpc = |id: &str, is_default, tags| Vpc { vpc_id: id.to_owned(), is_default, tags };
    let vpcs = Vpcs { vpcs: vec![vpc("vpc-1", true, Vec::new()), vpc("vpc-2", false, vec![tag])], next_token: Some("more".to_owned()) };
    assert_eq!(ask(&Line::answering(200, VPCS), &describe()).await, Ok(vpcs));
    let none = r"<DescribeVpcsResponse><requestId>1</requestId><vpcSet/></DescribeVpcsResponse>";
    assert_eq!(ask(&Line::answering(200, none), &describe()).await, Ok(Vpcs { vpcs: Vec::new(), next_token: None }));

    let role = Role { arn: "arn:aws:iam::1:role/a".to_owned(), max_session_duration: Some(3600) };
    assert_eq!(ask(&Line::answering(200, ROLE), &create()).await, Ok(CreatedRole { role }));
    let without = "<DeleteRoleResponse><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></DeleteRoleResponse>";
    assert_eq!(ask(&Line::answering(200, without), &DeleteRole { role_name: "r".to_owned() }).await, Ok(Nothing {}));

    let known = r#"{"KeyId":"k-1","DeletionDate":1.5,"Later":{"a":[1]}}"#;
    assert_eq!(ask(&Line::answering(200, known), &delete()).await, Ok(Deletion { key_id: "k-1".to_owned() }));
    for anything in ["", "{}", "null"] {
        let logging = StartLogging { name: "audit".to_owned(), client_token: None };
        assert!(ask(&Line::answering(200, anything), &logging).await.is_ok(), "{anything:?}");
    }
}

/// An empty id is missing; other texts may be empty, and keys that users chose are not checked.
#[tokio::test]
async fn an_empty_id_is_missing() {
    let known = r#"{"KeyId":"k-1","Description":"","Tags":{"OwnerId":""}}"#;
    assert_eq!(ask(&Line::answering(200, known), &delete()).await, Ok(Deletion { key_id: "k-1".to_owned() }));
    for vpc in ["<vpcId/>", "<vpcId></vpcId>"] {
        let answer = VPCS.replace("<vpcId>vpc-2</vpcId>", vpc);
        let error = ask(&Line::answering(200, &answer), &describe()).await.expect_err(vpc);
        assert!(error.message.contains("missing field `vpcId`"), "{error}");
    }
    let answer = VPCS.replace("<ownerId>1</ownerId>", "<ownerId/>");
    assert_eq!(
        ask(&Line::answering(200, &answer), &describe()).await.map(|vpcs| vpcs.vpcs.len()),
        Ok(2),
        "members that are not read do not matter"
    );
}

/// The answer, whether it counts as one, its code, and a part of the error.
#[tokio::test]
async fn bad_answers_are_distinguished() {
    let cut = &VPCS[..VPCS.len() / 2];
    let lacking = VPCS.replace("<vpcId>vpc-2</vpcId>", "");
    let odd = VPCS.replace("<isDefault>true<", "<isDefault>perhaps<");
    let denied = r"<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized.</Message></Error></Errors><RequestID>r-1</RequestID></Response>";
    let html = "<html><head><title>503</title><body>Service<br>Unavailable</body></html>";
    for (status, body, answer, code, words) in [
        (200, "", Answer::Lost, None, "cannot be read"),
        (200, html, Answer::Lost, None, "cannot be read"),
        (200, "<html><body/></html>", Answer::Lost, None, "it is a document `html`"),
        (200, ROLE, Answer::Lost, None, "it is a document `CreateRoleResponse`"),
        (200, cut, Answer::Lost, None, "cannot be read"),
        (200, "{}", Answer::Lost, None, "cannot be read"),
        (200, &lacking, Answer::Refused, None, "missing field `vpcId`"),
        (200, &odd, Answer::Refused, None, "not as documented"),
        (403, denied, Answer::Refused, Some("UnauthorizedOperation"), "You are not authorized."),
        (503, html, Answer::Lost, None, "HTTP 503 without an AWS error in it"),
        (400, "", Answer::Refused, Some("Http400"), "HTTP 400 without an AWS error in it"),
    ] {
        let error = ask(&Line::answering(status, body), &describe()).await.expect_err(body);
        assert_eq!((error.answer, error.code.as_deref()), (answer, code), "{status} {body}: {error}");
        assert!(error.message.contains(words), "{status} {body}: {error}");
        assert!(!error.to_string().contains("perhaps"), "no value of an answer is in the error: {error}");
    }
    let error = ask(&Line::answering(403, denied), &describe()).await.expect_err("denied");
    assert_eq!((error.request_id.as_deref(), error.class()), (Some("r-1"), Class::Never));

    let missing = "<ErrorResponse><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>The role is missing.</Message></Error><RequestId>r-2</RequestId></ErrorResponse>";
    let error = ask(&Line::answering(404, missing), &DeleteRole { role_name: "r".to_owned() }).await.expect_err("missing");
    assert_eq!(error.to_string(), "AWS refused DeleteRole: NoSuchEntity: The role is missing.");
    assert_eq!(error.request_id.as_deref(), Some("r-2"));
    let error = ask(&Line::answering(200, "<CreateRoleResponse/>"), &create()).await.expect_err("it has no role");
    assert_eq!((error.answer, error.message.contains("missing field `Role`")), (Answer::Refused, true), "{error}");

    for (headers, body, code) in [
        (&[][..], r#"{"__type":"com.amazonaws.kms#KMSInvalidStateException","message":"pending deletion"}"#, "KMSInvalidStateException"),
        (&[("x-amzn-errortype", "ThrottlingException:http://internal.amazon.com/")], r#"{"Message":"slow down"}"#, "ThrottlingException"),
        (&[("x-amzn-requestid", "r-3")], r#"{"code":"ValidationException"}"#, "ValidationException"),
        (&[], "upstream connect error", "Http400"),
    ] {
        let error = ask(&Line::answering(400, body).with(headers), &delete()).await.expect_err(body);
        assert_eq!((error.code.as_deref(), error.answer), (Some(code), Answer::Refused), "{error}");
    }
    for (body, answer) in
        [("{\"KeyId\":", Answer::Lost), ("<html>", Answer::Lost), ("{}", Answer::Refused), (r#"{"KeyId":7}"#, Answer::Refused)]
    {
        let error = ask(&Line::answering(200, body), &delete()).await.expect_err(body);
        assert_eq!(error.answer, answer, "{body}: {error}");
        assert!(!error.to_string().contains('7'), "no value of an answer is in the error: {error}");
    }
}
