//! Errors of parsing a document or checking it for its use, and documents with the same meaning.

use proptest::prelude::*;

use super::super::{PolicyError, canonical, minify, same};
use super::*;

/// A use of a document.
#[derive(Clone, Copy)]
enum Use {
    Any,
    Identity,
    Trust,
    Guardrail,
    Resource,
}

fn accept(text: &str, usage: Use) -> Result<(), PolicyError> {
    let document = Document::parse(text)?;
    match usage {
        Use::Any => Ok(()),
        Use::Identity => document.check_identity(),
        Use::Trust => document.check_trust(),
        Use::Guardrail => document.check_service_control(),
        Use::Resource => document.check_resource(),
    }
}

#[test]
fn refused() {
    let under = |condition: Value| policy(json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition }));
    let github = |condition: Value| {
        policy(json!({ "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity", "Condition": condition,
            "Principal": { "Federated": "arn:aws:iam::222222222222:oidc-provider/token.actions.githubusercontent.com" } }))
    };
    let subject = |operator: &str, wanted: &str| github(json!({ operator: { "token.actions.githubusercontent.com:sub": wanted } }));
    let trusted = |group: &str, text: &str| policy(trusting(json!({ group: text })));
    let cases = [
        (Use::Any, json!([]), "must be an object"),
        (Use::Any, json!({}), "Statement: must be one statement"),
        (Use::Any, policy(json!([])), "Statement: must have at least one"),
        (Use::Any, json!({ "Version": "2012-10-18", "Statement": everything() }), "Version: `2012-10-18`"),
        (Use::Any, json!({ "Statement": everything(), "Statements": [] }), "Statements: is not an element"),
        (Use::Any, policy(json!({ "effect": "Allow", "Action": "*", "Resource": "*" })), "Statement.effect: is not an element"),
        (Use::Any, policy(json!([{ "Effect": "allow", "Action": "*", "Resource": "*" }])), "Statement[0].Effect: must be Allow or Deny"),
        (Use::Any, policy(json!({ "Effect": "Allow", "Resource": "*" })), "neither Action nor NotAction"),
        (Use::Any, policy(json!({ "Effect": "Allow", "Action": "*", "NotAction": "*", "Resource": "*" })), "both Action and NotAction"),
        (Use::Any, policy(json!({ "Effect": "Allow", "Action": [], "Resource": "*" })), "Action: is empty"),
        (Use::Any, policy(allow("GetObject", "*")), "`GetObject` is not `*` or `service:Action`"),
        (Use::Any, policy(allow("s*:GetObject", "*")), "`s*:GetObject` is not"),
        (Use::Any, policy(allow("s3:*", "logs/*")), "`logs/*` is neither `*` nor an ARN"),
        (Use::Any, policy(allow("s3:*", "arn:aws:s3:logs")), "`arn:aws:s3:logs` is neither"),
        (Use::Any, policy(allow("s3:*", "arn:aws:s3:::logs/${aws:username")), "without its `}`"),
        (Use::Any, under(json!({ "StringMatches": { "aws:x": "a" } })), "Condition.StringMatches: is not a condition operator"),
        (Use::Any, under(json!({ "stringequals": { "aws:x": "a" } })), "is not a condition operator"),
        (Use::Any, under(json!({ "ForEachValue:StringEquals": { "aws:x": "a" } })), "begins with neither"),
        (Use::Any, under(json!({ "NullIfExists": { "aws:x": "true" } })), "Null takes neither"),
        (Use::Any, under(json!({ "StringEquals": { "x": "a" } })), "is not a condition key"),
        (Use::Any, under(json!({ "StringEquals": { "aws:": "a" } })), "is not a condition key"),
        (Use::Any, under(json!({ "StringEquals": { ":x": "a" } })), "is not a condition key"),
        (Use::Any, under(json!({ "StringEquals": { "aws:x": null } })), "must be a text, a number"),
        (Use::Any, under(json!({ "StringEquals": "a" })), "must be an object"),
        (Use::Any, under(json!({ "Null": { "aws:x": "maybe" } })), "`maybe` is not true or false"),
        (Use::Any, under(json!({ "Bool": { "aws:x": 1 } })), "`1` is not true or false"),
        (Use::Any, under(json!({ "NumericEquals": { "aws:x": "nan" } })), "`nan` is not a number"),
        (Use::Any, under(json!({ "NumericEquals": { "aws:x": "1e999" } })), "`1e999` is not a number"),
        (Use::Any, under(json!({ "BinaryEquals": { "aws:x": "QmluYXJ" } })), "`QmluYXJ` is not base64"),
        (Use::Any, under(json!({ "BinaryEquals": { "aws:x": "Qmlu_XJ5" } })), "`Qmlu_XJ5` is not base64"),
        (Use::Any, under(json!({ "DateEquals": { "aws:x": "soon" } })), "`soon` is not a date"),
        (Use::Any, under(json!({ "IpAddress": { "aws:SourceIp": "10.0.0.0/33" } })), "is not an address"),
        (Use::Any, under(json!({ "ArnLike": { "aws:PrincipalArn": "role/x*" } })), "is not an ARN"),
        (Use::Any, policy(trusting(json!({ "AWS": "arn:aws:iam::222222222222:role/landfall/*" }))), "invalid principal in policy"),
        (Use::Any, policy(trusting(json!({ "AWS": "arn:aws:iam::*:root" }))), "invalid principal in policy"),
        (Use::Any, policy(trusting(json!({ "AWS": "ada" }))), "invalid principal in policy: `ada`"),
        (Use::Any, policy(trusting(json!(ACCOUNT))), "invalid principal in policy"),
        (Use::Any, policy(trusting(json!({ "Service": "*" }))), "invalid principal in policy"),
        (Use::Any, policy(trusting(json!({ "Federated": "*" }))), "invalid principal in policy"),
        (Use::Any, trusted("AWS", "arn:aws:iam::222222222222:root/x"), "invalid principal in policy"),
        (Use::Any, trusted("AWS", "arn:aws:iam::222222222222:role"), "invalid principal in policy"),
        (Use::Any, trusted("AWS", "arn:aws:iam::222222222222:user/"), "invalid principal in policy"),
        (Use::Any, trusted("AWS", "arn:aws:iam::222222222222:group/x"), "invalid principal in policy"),
        (Use::Any, trusted("AWS", "AROA-1"), "invalid principal in policy"),
        (Use::Any, trusted("Service", "ec2"), "invalid principal in policy"),
        (Use::Any, trusted("Service", "ec2 .amazonaws.com"), "invalid principal in policy"),
        (Use::Any, trusted("Federated", "okta"), "invalid principal in policy"),
        (Use::Any, trusted("Federated", "accounts.*"), "invalid principal in policy"),
        (Use::Any, trusted("Federated", "accounts .google.com"), "invalid principal in policy"),
        (Use::Any, trusted("Federated", "arn:aws:iam::222222222222:saml-provider/*"), "invalid principal in policy"),
        (Use::Any, trusted("Federated", "arn:aws:iam::222222222222:role/a.b"), "invalid principal in policy"),
        (Use::Any, policy(trusting(json!({ "Everyone": "*" }))), "is not AWS, Service or Federated"),
        (Use::Any, policy(trusting(json!({ "CanonicalUser": "79a5" }))), "canonical user ids are not supported, name the account"),
        (Use::Any, policy(trusting(json!({}))), "names no principal"),
        (Use::Any, policy(json!({ "Effect": "Allow", "NotPrincipal": "*", "Action": "*", "Resource": "*" })), "is for Deny only"),
        (Use::Identity, policy(bucket("Allow", json!("*"))), "Principal: is for policies of resources"),
        (Use::Identity, policy(json!({ "Effect": "Allow", "Action": "*" })), "neither Resource nor NotResource"),
        (Use::Identity, policy(json!([{ "Sid": "a b", "Effect": "Allow", "Action": "*", "Resource": "*" }])), "A-Z, a-z and 0-9 only"),
        (
            Use::Identity,
            policy(json!([{ "Sid": "A", "Effect": "Allow", "Action": "*", "Resource": "*" },
            { "Sid": "A", "Effect": "Deny", "Action": "*", "Resource": "*" }])),
            "the Sid `A` appears twice",
        ),
        (Use::Trust, policy(json!({ "Effect": "Allow", "Action": "sts:AssumeRole" })), "neither Principal nor NotPrincipal"),
        (
            Use::Trust,
            policy(json!({ "Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Resource": "*" })),
            "has no place in a trust policy",
        ),
        (Use::Trust, policy(json!({ "Effect": "Allow", "Principal": "*", "Action": "*" })), "may only specify STS"),
        (Use::Trust, policy(json!({ "Effect": "Allow", "Principal": "*", "NotAction": "s3:*" })), "may only specify STS"),
        (Use::Trust, github(json!({})), "needs a condition on"),
        (Use::Trust, subject("StringLike", "*"), "needs a condition on"),
        (Use::Trust, subject("ForAllValues:StringEquals", "repo:acme/x:environment:prod"), "needs a condition on"),
        (Use::Trust, subject("StringNotEquals", "repo:acme/x:environment:prod"), "needs a condition on"),
        (Use::Guardrail, policy(bucket("Deny", json!("*"))), "Principal: is for policies of resources"),
        (Use::Guardrail, policy(allow("s3:*", "arn:aws:s3:::logs")), "must be `*` where"),
        (Use::Guardrail, policy(json!({ "Effect": "Deny", "Action": "*" })), "neither Resource nor NotResource"),
        (Use::Resource, policy(everything()), "neither Principal nor NotPrincipal"),
        (Use::Resource, policy(trusting(json!("*"))), "neither Resource nor NotResource"),
    ];
    for (usage, value, expected) in cases {
        match accept(&value.to_string(), usage) {
            Ok(()) => panic!("{value} should be refused: {expected}"),
            Err(error) => assert!(error.to_string().contains(expected), "{value}: {error}, should contain {expected}"),
        }
    }
    let twice = r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{},"Condition":{}}}"#;
    let error = accept(twice, Use::Any).expect_err("a key appears twice");
    assert!(error.to_string().contains("`Condition` appears twice"), "{error}");
}

#[test]
fn accepted() {
    let subject = json!({ "StringEquals": { "token.actions.githubusercontent.com:sub": "repo:acme/x:environment:prod" } });
    let github = json!({ "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity", "Condition": subject,
        "Principal": { "Federated": "arn:aws:iam::222222222222:oidc-provider/token.actions.githubusercontent.com" } });
    let cases = [
        (
            Use::Identity,
            policy(
                json!([{ "Sid": "A1", "Effect": "Allow", "Action": ["s3:Get*", "*:*"], "Resource": ["*", "arn:aws:s3*"] }, deny("*", "*")]),
            ),
        ),
        (
            Use::Identity,
            policy(json!({ "Sid": "", "Effect": "Allow", "Action": "iam:GetRole", "Resource": "arn:aws:iam::*:role/x", "Condition": {} })),
        ),
        (Use::Trust, policy(github)),
        (
            Use::Trust,
            policy(trusting(
                json!({ "AWS": [ACCOUNT, "arn:aws:iam::333333333333:user/a/b", "AROAEXAMPLEID0000000"], "Service": "ec2.amazonaws.com" }),
            )),
        ),
        (
            Use::Trust,
            policy(trusting(json!({ "Federated": ["accounts.google.com", "arn:aws:iam::222222222222:saml-provider/okta",
                "arn:aws:iam::222222222222:oidc-provider/example.com"] }))),
        ),
        (Use::Guardrail, policy(json!([everything(), { "Effect": "Deny", "NotAction": "iam:*", "Resource": "arn:aws:s3:::*" }]))),
        (
            Use::Resource,
            policy(
                json!({ "Sid": "AWS wrote this", "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::logs" }),
            ),
        ),
    ];
    for (usage, value) in cases {
        assert_eq!(accept(&value.to_string(), usage), Ok(()), "{value}");
    }
}

#[test]
fn same_meaning() {
    let trust = |principal: Value| policy(trusting(principal));
    let under = |condition: Value| policy(json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition }));
    let same_pairs = [
        (policy(everything()), policy(json!([everything()]))),
        (policy(json!([allow("s3:*", "*"), deny("iam:*", "*")])), policy(json!([deny("iam:*", "*"), allow("s3:*", "*")]))),
        (policy(allow("s3:GetObject", "*")), policy(json!({ "Resource": ["*"], "Action": ["s3:getobject"], "Effect": "Allow" }))),
        (
            policy(json!({ "Effect": "Allow", "Action": ["a:B", "c:D"], "Resource": "*" })),
            policy(json!({ "Effect": "Allow", "Action": ["c:D", "a:B", "a:B"], "Resource": "*" })),
        ),
        (trust(json!("*")), trust(json!({ "AWS": ["*"] }))),
        (trust(json!({ "AWS": ACCOUNT })), trust(json!({ "AWS": "arn:aws:iam::222222222222:root" }))),
        (under(json!({ "Bool": { "aws:SecureTransport": false } })), under(json!({ "Bool": { "aws:securetransport": ["false"] } }))),
        (under(json!({})), policy(everything())),
        (policy(json!({ "Sid": "", "Effect": "Allow", "Action": "*", "Resource": "*" })), policy(everything())),
        (json!({ "Statement": everything() }), json!({ "Version": "2008-10-17", "Statement": [everything()] })),
    ];
    for (one, other) in same_pairs {
        assert!(same(&one, &other), "{one} and {other}");
    }
    let different_pairs = [
        (policy(allow("s3:*", "arn:aws:s3:::a")), policy(allow("s3:*", "arn:aws:s3:::A"))),
        (policy(allow("s3:*", "*")), policy(deny("s3:*", "*"))),
        (under(json!({ "StringEquals": { "aws:x": "a" } })), under(json!({ "StringEquals": { "aws:x": "A" } }))),
        (under(json!({ "StringEquals": { "aws:x": "a", "AWS:X": "b" } })), under(json!({ "StringEquals": { "aws:x": "b" } }))),
        (json!({ "Statement": everything() }), policy(everything())),
        (trust(json!({ "AWS": ACCOUNT })), trust(json!({ "AWS": OTHER_ACCOUNT }))),
        (trust(json!("*")), trust(json!(ACCOUNT))),
    ];
    for (one, other) in different_pairs {
        assert!(!same(&one, &other), "{one} and {other}");
    }
    assert_eq!(minify(&json!({ "Version": "x", "A": [1, "b c"] })), r#"{"Version":"x","A":[1,"b c"]}"#);
}

/// Words that make generated documents similar to policies.
const WORDS: [&str; 24] = [
    "Version",
    "2012-10-17",
    "Statement",
    "Effect",
    "Allow",
    "Deny",
    "Action",
    "NotAction",
    "Resource",
    "Principal",
    "NotPrincipal",
    "AWS",
    "Condition",
    "StringEquals",
    "ForAllValues:ArnLike",
    "DateLessThan",
    "IpAddress",
    "Null",
    "aws:x",
    "AWS:X",
    "*",
    "s3:*",
    "arn:aws:iam::222222222222:root",
    "${aws:x, 'é'}",
];

fn json_value() -> impl Strategy<Value = Value> {
    let word = || prop_oneof![4 => prop::sample::select(&WORDS[..]).prop_map(str::to_owned), 1 => ".{0,8}"];
    let leaf = prop_oneof![6 => word().prop_map(Value::String), 1 => any::<bool>().prop_map(Value::Bool), 1 => any::<i64>().prop_map(|n| json!(n)), 1 => Just(Value::Null)];
    leaf.prop_recursive(5, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::vec((word(), inner), 0..6).prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// A document with the outer form of a policy.
fn policy_value() -> impl Strategy<Value = Value> {
    (json_value(), json_value(), json_value(), json_value()).prop_map(|(action, resource, principal, condition)| {
        policy(json!([
            { "Effect": "Allow", "Action": action, "Resource": resource },
            { "Effect": "Deny", "Principal": principal, "NotAction": "s3:*", "NotResource": "*", "Condition": condition },
        ]))
    })
}

/// A valid policy whose statements often apply to the calls below.
fn meaningful_policy() -> impl Strategy<Value = Value> {
    fn some(values: Vec<Value>) -> impl Strategy<Value = Value> {
        prop_oneof![prop::sample::select(values.clone()), prop::collection::vec(prop::sample::select(values), 1..4).prop_map(Value::Array),]
    }
    let words = |words: &[&str]| words.iter().map(|word| json!(word)).collect::<Vec<Value>>();
    let account = some(words(&[ACCOUNT, "arn:aws:iam::222222222222:root", ROLE, "*", OTHER_ACCOUNT])).prop_map(|aws| json!({ "AWS": aws }));
    let principal = prop_oneof![Just(json!("*")), account];
    let operator = prop::sample::select(vec!["StringEquals", "StringNotLike", "StringLikeIfExists", "ForAllValues:StringEquals"]);
    let keys = prop::collection::vec((prop::sample::select(vec!["aws:x", "AWS:X", "aws:y"]), some(words(&["A", "a", "*"]))), 0..3);
    let condition = (operator, keys).prop_map(|(operator, keys)| {
        let keys: serde_json::Map<String, Value> = keys.into_iter().map(|(key, values)| (key.to_owned(), values)).collect();
        json!({ operator: keys })
    });
    let statement = (
        prop::sample::select(vec!["Allow", "Deny"]),
        prop::sample::select(vec!["Action", "NotAction"]),
        some(words(&["s3:GetObject", "S3:get*", "iam:*"])),
        some(words(&[OBJECT, "*", "arn:aws:s3:::LOGS/*"])),
        prop::option::of(principal),
        prop::option::of(condition),
    )
        .prop_map(|(effect, element, action, resource, principal, condition)| {
            let mut statement = json!({ "Effect": effect, element: action, "Resource": resource });
            for (name, value) in [("Principal", principal), ("Condition", condition)] {
                if let Some(value) = value {
                    statement[name] = value;
                }
            }
            statement
        });
    prop::collection::vec(statement, 1..4).prop_map(|statements| policy(Value::Array(statements)))
}

proptest! {
    #[test]
    fn parsing_never_panics(text in ".{0,64}", value in prop_oneof![json_value(), policy_value()]) {
        let _ = Document::parse(&text);
        if let Ok(document) = Document::parse(&value.to_string()) {
            let request = Request::new(Caller::role(ROLE, "x"), "s3:GetObject", OBJECT).with("aws:x", "é*");
            let policies = Policies { identity: vec![&document], resource: Some(&document), resource_account: ACCOUNT, ..Policies::default() };
            let _ = evaluate(&request, &policies);
        }
    }

    #[test]
    fn canonical_is_idempotent(value in prop_oneof![json_value(), policy_value()]) {
        let once = canonical(&value);
        prop_assert_eq!(canonical(&once).to_string(), once.to_string());
    }

    #[test]
    fn canonical_means_the_same(value in meaningful_policy()) {
        let (one, other) = (document(&value), document(&canonical(&value)));
        for caller in [Caller::role(ROLE, "x"), Caller::role("arn:aws:iam::333333333333:role/y", "x"), Caller::anonymous()] {
            for request in [Request::new(caller.clone(), "s3:GetObject", OBJECT), Request::new(caller, "s3:GetObject", OBJECT).with("aws:x", "A")] {
                let ask = |document: &Document| match evaluate(&request, &Policies { identity: vec![document], resource: Some(document), resource_account: ACCOUNT, ..Policies::default() }) {
                    Verdict::Allowed => None,
                    Verdict::Denied(denial) => Some((denial.layer, denial.explicit)),
                };
                prop_assert_eq!(ask(&one), ask(&other));
            }
        }
    }
}

#[test]
fn resource_control_policies() {
    let statement = || everyone("Deny", "s3:*");
    let with = |key: &str, value: Value| {
        let mut statement = statement();
        statement[key] = value;
        statement
    };
    let instead = |gone: &str, key: &str, value: Value| {
        let mut statement = with(key, value);
        statement.as_object_mut().expect("a statement").remove(gone);
        statement
    };
    for good in [
        statement(),
        with("Action", json!(["s3:Get*", "sts:AssumeRole", "cognito-idp:*", "wafv2:*"])),
        with("Condition", json!({ "Bool": { "aws:SecureTransport": "false" } })),
        instead("Resource", "NotResource", json!("arn:aws:s3:::public/*")),
    ] {
        let text = policy(json!([good])).to_string();
        assert_eq!(Document::parse_resource_control(&text).map(|_| ()), Ok(()), "{text}");
    }
    assert_eq!(Document::parse_resource_control(&policy(statement()).to_string()).map(|_| ()), Ok(()), "one statement without a list");
    for (bad, expected) in [
        (with("Effect", json!("Allow")), "Statement[0].Effect: must be Deny"),
        (with("Principal", json!({ "AWS": "*" })), "Statement[0].Principal: must be \"*\""),
        (with("Principal", json!({ "AWS": ACCOUNT })), "Statement[0].Principal: must be \"*\""),
        (instead("Principal", "NotPrincipal", json!("*")), "Statement[0].NotPrincipal: has no place"),
        (instead("Action", "NotAction", json!("s3:*")), "Statement[0].NotAction: has no place"),
        (with("Action", json!("*")), "Statement[0].Action: `*` needs the prefix"),
        (with("Action", json!("*:*")), "Statement[0].Action: `*:*` needs the prefix"),
        (with("Action", json!(["s3:*", "ec2:*"])), "Statement[0].Action: there are no resource control policies for `ec2`"),
        (with("Action", json!("S3:*")), "Statement[0].Action: there are no resource control policies for `S3`"),
        (with("Sid", json!("with space")), "Statement[0].Sid: "),
        (instead("Resource", "Sid", json!("A")), "Statement[0]: has neither Resource nor NotResource"),
        (instead("Principal", "Sid", json!("A")), "Statement[0]: has neither Principal nor NotPrincipal"),
    ] {
        let error = Document::parse_resource_control(&policy(json!([bad])).to_string()).expect_err(expected);
        assert!(error.to_string().starts_with(expected), "{error}, expected {expected}");
    }
    for version in [json!({ "Statement": [statement()] }), json!({ "Version": "2008-10-17", "Statement": [statement()] })] {
        let error = Document::parse_resource_control(&version.to_string()).expect_err("an old version");
        assert_eq!(error.to_string(), "Version: must be 2012-10-17 in a resource control policy");
    }
}
