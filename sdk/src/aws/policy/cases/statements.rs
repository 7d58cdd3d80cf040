//! Actions, resources, variables and deny-first, in identity policies.

use super::*;

#[test]
fn actions() {
    check(vec![
        case("nothing allows", NO_IDENTITY),
        case("an exact action", ALLOWED).identity(allow("s3:GetObject", "*")),
        case("a longer action", NO_IDENTITY).identity(allow("s3:GetObjectAcl", "*")),
        case("a shorter action", NO_IDENTITY).identity(allow("s3:Get", "*")),
        case("a star", ALLOWED).identity(allow("s3:Get*", "*")),
        case("a star inside", ALLOWED).identity(allow("s3:*Object", "*")),
        case("a question mark", ALLOWED).identity(allow("s3:?etObject", "*")),
        case("a question mark is one character", NO_IDENTITY).identity(allow("s3:?GetObject", "*")),
        case("the star of everything", ALLOWED).identity(allow("*", "*")),
        case("another service", NO_IDENTITY).identity(allow("sqs:*", "*")),
        case("a service that begins alike", NO_IDENTITY).call("s3express:CreateSession", "*").identity(allow("s3:*", "*")),
        case("letter case of actions", ALLOWED).identity(allow("S3:getOBJECT", "*")),
        case("a list of actions", ALLOWED).identity(json!({ "Effect": "Allow", "Action": ["s3:Put*", "s3:Get*"], "Resource": "*" })),
        case("NotAction of another", ALLOWED).identity(json!({ "Effect": "Allow", "NotAction": "iam:*", "Resource": "*" })),
        case("NotAction of this", NO_IDENTITY).identity(json!({ "Effect": "Allow", "NotAction": ["iam:*", "s3:*"], "Resource": "*" })),
        case("a list of statements", ALLOWED).identity(json!([allow("sqs:*", "*"), allow("s3:*", "*")])),
        case("two documents", ALLOWED).identity(allow("sqs:*", "*")).identity(allow("s3:*", "*")),
    ]);
}

#[test]
fn denials() {
    check(vec![
        case("deny goes first", IDENTITY_DENIES).identity(json!([deny("s3:*", "*"), everything()])),
        case("deny goes first from behind", IDENTITY_DENIES).identity(everything()).identity(deny("s3:GetObject", OBJECT)),
        case("deny of another resource", ALLOWED).identity(json!([everything(), deny("s3:*", "arn:aws:s3:::other/*")])),
        case("a deny allows nothing else", NO_IDENTITY).identity(deny("iam:*", "*")),
        case("deny with NotAction", IDENTITY_DENIES)
            .identity(json!([everything(), { "Effect": "Deny", "NotAction": "iam:*", "Resource": "*" }])),
        case("deny with NotResource", IDENTITY_DENIES)
            .identity(json!([everything(), { "Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::other/*" }])),
        case("deny with NotResource of this", ALLOWED)
            .identity(json!([everything(), { "Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::logs/*" }])),
        case("GetCallerIdentity needs no policy", ALLOWED)
            .call("sts:GetCallerIdentity", "*")
            .identity(deny("*", "*"))
            .level(vec![deny("*", "*")]),
    ]);
}

#[test]
fn resources() {
    let bucket = "arn:aws:s3:::logs";
    check(vec![
        case("an exact resource", ALLOWED).identity(allow("s3:*", OBJECT)),
        case("letter case of resources", NO_IDENTITY).identity(allow("s3:*", "arn:aws:s3:::LOGS/2026/a.gz")),
        case("objects are not the bucket", NO_IDENTITY).identity(allow("s3:*", bucket)),
        case("the bucket is not an object", NO_IDENTITY).call("s3:ListBucket", bucket).identity(allow("s3:*", "arn:aws:s3:::logs/*")),
        case("bucket and objects by one star", ALLOWED).call("s3:ListBucket", bucket).identity(allow("s3:*", "arn:aws:s3:::logs*")),
        case("a star spans slashes", ALLOWED).identity(allow("s3:*", "arn:aws:s3:::logs/*.gz")),
        case("a question mark in a resource", ALLOWED).identity(allow("s3:*", "arn:aws:s3:::log?/2026/?.gz")),
        case("a star in the account stays there", NO_IDENTITY)
            .call("iam:GetRole", "arn:aws:iam::222222222222:user/x:role/landfall/provisioner")
            .identity(allow("iam:*", "arn:aws:iam::*:role/landfall/*")),
        case("colons in the last part", ALLOWED)
            .call("logs:PutLogEvents", "arn:aws:logs:eu-west-1:222222222222:log-group:app:log-stream:x")
            .identity(allow("logs:*", "arn:aws:logs:*:*:log-group:app:*")),
        case("a short ARN with a star leaves the rest open", ALLOWED).identity(allow("s3:*", "arn:aws:s3*")),
        case("an action without resource needs a star", NO_IDENTITY)
            .call("s3:ListAllMyBuckets", "*")
            .identity(allow("s3:*", "arn:aws:s3:::*")),
        case("an action without resource under a star", ALLOWED).call("s3:ListAllMyBuckets", "*").identity(allow("s3:*", "*")),
        case("NotResource of another", ALLOWED)
            .identity(json!({ "Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::other/*" })),
        case("NotResource of this", NO_IDENTITY)
            .identity(json!({ "Effect": "Allow", "Action": "*", "NotResource": ["arn:aws:s3:::o/*", "arn:aws:s3:::logs/*"] })),
    ]);
}

#[test]
fn variables() {
    let home = |key: &str| allow("s3:*", &format!("arn:aws:s3:::logs/{key}/*"));
    let named = |name: &'static str, expected| case(name, expected).with("aws:username", "2026");
    let old = |statement: Value| json!({ "Version": "2008-10-17", "Statement": statement });
    let mut literal = case("an old version replaces nothing", NO_IDENTITY).with("aws:username", "2026");
    literal.identity.push(old(home("${aws:username}")));
    let mut literal_text =
        case("an old version takes a variable as text", ALLOWED).call("s3:GetObject", "arn:aws:s3:::logs/${aws:username}/a");
    literal_text.identity.push(old(home("${aws:username}")));
    check(vec![
        named("a variable in a resource", ALLOWED).identity(home("${aws:username}")),
        named("a variable in other letter case", ALLOWED).identity(home("${AWS:UserName}")),
        case("a variable of another value", NO_IDENTITY).with("aws:username", "2025").identity(home("${aws:username}")),
        case("a variable without value", NO_IDENTITY).identity(home("${aws:username}")),
        case("a variable without value but a default", ALLOWED).identity(home("${aws:username, '2026'}")),
        named("a value goes before the default", ALLOWED).identity(home("${aws:username, '2025'}")),
        case("a value that leaves parts of the ARN out", NO_IDENTITY)
            .with("aws:username", "s3")
            .identity(allow("s3:*", "arn:aws:${aws:username}")),
        case("a variable of many values", NO_IDENTITY).with_all("aws:TagKeys", &["2026", "x"]).identity(home("${aws:TagKeys}")),
        case("a star in a value is a star", NO_IDENTITY).with("aws:username", "*").identity(home("${aws:username}")),
        case("a tag's key with a colon", ALLOWED)
            .with("aws:PrincipalTag/landfall:year", "2026")
            .identity(home("${aws:PrincipalTag/landfall:year}")),
        case("${*} is a star", ALLOWED).call("s3:GetObject", "arn:aws:s3:::logs/*/a").identity(home("${*}")),
        case("${*} is nothing else", NO_IDENTITY).identity(home("${*}")),
        case("${?} is a question mark", NO_IDENTITY).identity(home("202${?}")),
        case("${$} is a dollar", ALLOWED).call("s3:GetObject", "arn:aws:s3:::logs/${x}/a").identity(home("${$}{x}")),
        case("NotResource without value", ALLOWED)
            .identity(json!({ "Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::logs/${aws:username}/*" })),
        literal,
        literal_text,
    ]);
}
