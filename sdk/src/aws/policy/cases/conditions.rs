//! Every operator, absent keys, many values, and combinations of operators.

use super::*;

/// A case with `aws:x` set, and a policy that allows under `operator`.
fn one(name: &'static str, expected: &'static str, actual: &str, operator: &str, wanted: Value) -> Case {
    case(name, expected).with("aws:x", actual).when(json!({ operator: { "aws:x": wanted } }))
}

fn absent(name: &'static str, expected: &'static str, operator: &str, wanted: Value) -> Case {
    case(name, expected).when(json!({ operator: { "aws:x": wanted } }))
}

fn many(name: &'static str, expected: &'static str, actual: &[&str], operator: &str, wanted: Value) -> Case {
    case(name, expected).with_all("aws:x", actual).when(json!({ operator: { "aws:x": wanted } }))
}

#[test]
fn texts() {
    check(vec![
        one("StringEquals", ALLOWED, "a", "StringEquals", json!("a")),
        one("StringEquals in other case", NO_IDENTITY, "A", "StringEquals", json!("a")),
        one("StringEquals knows no star", NO_IDENTITY, "abc", "StringEquals", json!("a*")),
        one("StringEquals with a star as text", ALLOWED, "a*", "StringEquals", json!("a*")),
        one("one of a list", ALLOWED, "b", "StringEquals", json!(["a", "b"])),
        one("a list of none", NO_IDENTITY, "b", "StringEquals", json!([])),
        one("StringNotEquals", ALLOWED, "b", "StringNotEquals", json!("a")),
        one("StringNotEquals of a list means none of it", NO_IDENTITY, "b", "StringNotEquals", json!(["a", "b"])),
        one("StringEqualsIgnoreCase", ALLOWED, "ÄB", "StringEqualsIgnoreCase", json!("äb")),
        one("StringEqualsIgnoreCase of another text", NO_IDENTITY, "AC", "StringEqualsIgnoreCase", json!("ab")),
        one("StringNotEqualsIgnoreCase", NO_IDENTITY, "AB", "StringNotEqualsIgnoreCase", json!("ab")),
        one("StringLike", ALLOWED, "abc", "StringLike", json!("a*")),
        one("StringLike in other case", NO_IDENTITY, "Abc", "StringLike", json!("a*")),
        one("StringLike with ${*}", NO_IDENTITY, "abc", "StringLike", json!("a${*}")),
        one("StringLike with ${*} against a star", ALLOWED, "a*", "StringLike", json!("a${*}")),
        one("StringNotLike", NO_IDENTITY, "abc", "StringNotLike", json!(["x", "a?c"])),
        one("a number as text", ALLOWED, "5", "StringEquals", json!(5)),
    ]);
}

#[test]
fn keys() {
    check(vec![
        case("key in other case", ALLOWED).with("AWS:X", "a").when(json!({ "StringEquals": { "aws:x": "a" } })),
        case("a tag's key in other case and with a colon", ALLOWED)
            .with("aws:RequestTag/landfall:reason", "release 42")
            .when(json!({ "StringEquals": { "aws:requesttag/Landfall:Reason": "release 42" } })),
        case("all keys must hold", NO_IDENTITY)
            .with("aws:x", "a")
            .with("aws:y", "b")
            .when(json!({ "StringEquals": { "aws:x": "a", "aws:y": "a" } })),
        case("all operators must hold", NO_IDENTITY)
            .with("aws:x", "a")
            .when(json!({ "StringEquals": { "aws:x": "a" }, "StringNotLike": { "aws:x": "*" } })),
        case("all operators hold", ALLOWED)
            .with("aws:x", "a")
            .when(json!({ "StringEquals": { "aws:x": "a" }, "StringNotLike": { "aws:x": "b*" } })),
        case("variable in a condition", ALLOWED)
            .with("aws:x", "blue")
            .with("aws:PrincipalTag/team", "blue")
            .when(json!({ "StringEquals": { "aws:x": "${aws:PrincipalTag/team}" } })),
        case("variable without value", NO_IDENTITY)
            .with("aws:x", "")
            .when(json!({ "StringEquals": { "aws:x": "${aws:PrincipalTag/team}" } })),
        case("variable without value, negated", IDENTITY_DENIES)
            .with("aws:x", "blue")
            .denied_when(json!({ "StringNotEquals": { "aws:x": "${aws:PrincipalTag/team}" } })),
        case("keys of the caller are there", ALLOWED).when(json!({ "StringEquals": {
            "aws:PrincipalArn": ROLE, "aws:PrincipalAccount": ACCOUNT, "aws:PrincipalType": "AssumedRole" },
            "Bool": { "aws:PrincipalIsAWSService": false } })),
    ]);
}

#[test]
fn absent_keys() {
    check(vec![
        absent("positive on an absent key", NO_IDENTITY, "StringEquals", json!("a")),
        absent("negative on an absent key", ALLOWED, "StringNotEquals", json!("a")),
        absent("StringNotLike on an absent key", ALLOWED, "StringNotLike", json!("*")),
        absent("ArnNotLike on an absent key", ALLOWED, "ArnNotLike", json!("arn:aws:iam::*:*")),
        absent("NotIpAddress on an absent key", ALLOWED, "NotIpAddress", json!("0.0.0.0/0")),
        absent("Bool false on an absent key", NO_IDENTITY, "Bool", json!("false")),
        absent("IfExists on an absent key", ALLOWED, "StringEqualsIfExists", json!("a")),
        absent("BoolIfExists on an absent key", ALLOWED, "BoolIfExists", json!("true")),
        one("IfExists on a present key", NO_IDENTITY, "b", "StringEqualsIfExists", json!("a")),
        one("StringNotEqualsIfExists on a present key", NO_IDENTITY, "a", "StringNotEqualsIfExists", json!("a")),
        absent("Null true on an absent key", ALLOWED, "Null", json!("true")),
        absent("Null false on an absent key", NO_IDENTITY, "Null", json!("false")),
        one("Null true on a present key", NO_IDENTITY, "a", "Null", json!("true")),
        one("Null false on a present key", ALLOWED, "a", "Null", json!(false)),
        one("an empty text is present", ALLOWED, "", "Null", json!("false")),
        many("no values are absent", ALLOWED, &[], "Null", json!("true")),
    ]);
}

#[test]
fn values_with_a_type() {
    let noon = "2026-11-24T12:00:00Z";
    check(vec![
        one("Bool as text", ALLOWED, "true", "Bool", json!("true")),
        one("Bool as JSON", ALLOWED, "true", "Bool", json!(true)),
        one("Bool in other case", ALLOWED, "True", "Bool", json!("TRUE")),
        one("Bool of another text", NO_IDENTITY, "1", "Bool", json!("true")),
        one("NumericEquals", ALLOWED, "2", "NumericEquals", json!("2.0")),
        one("NumericNotEquals", NO_IDENTITY, "2", "NumericNotEquals", json!(2)),
        one("NumericLessThan", ALLOWED, "3599", "NumericLessThan", json!("3600")),
        one("NumericLessThan at the edge", NO_IDENTITY, "3600", "NumericLessThan", json!("3600")),
        one("NumericLessThanEquals at the edge", ALLOWED, "3600", "NumericLessThanEquals", json!(3600)),
        one("NumericGreaterThan", ALLOWED, "10", "NumericGreaterThan", json!("9")),
        one("NumericGreaterThanEquals", NO_IDENTITY, "8", "NumericGreaterThanEquals", json!("9")),
        one("Numeric against a text", NO_IDENTITY, "many", "NumericLessThan", json!("9")),
        one("DateLessThan", ALLOWED, noon, "DateLessThan", json!("2026-11-25T00:00:00Z")),
        one("DateGreaterThan", NO_IDENTITY, noon, "DateGreaterThan", json!("2026-11-25")),
        one("DateGreaterThanEquals at the edge", ALLOWED, noon, "DateGreaterThanEquals", json!(noon)),
        one("DateEquals in another zone", ALLOWED, noon, "DateEquals", json!("2026-11-24T13:00:00+01:00")),
        one("DateEquals in seconds", ALLOWED, noon, "DateEquals", json!(1_795_521_600)),
        one("DateNotEquals", NO_IDENTITY, noon, "DateNotEquals", json!(noon)),
        one("DateLessThanEquals", ALLOWED, noon, "DateLessThanEquals", json!(["2020", noon])),
        one("IpAddress", ALLOWED, "203.0.113.77", "IpAddress", json!("203.0.113.0/24")),
        one("IpAddress outside", NO_IDENTITY, "203.0.114.77", "IpAddress", json!(["203.0.113.0/24", "10.0.0.0/8"])),
        one("IpAddress without prefix", ALLOWED, "203.0.113.7", "IpAddress", json!("203.0.113.7")),
        one("IpAddress v6", ALLOWED, "2001:db8:0::1", "IpAddress", json!("2001:DB8::/32")),
        one("IpAddress of the other family", NO_IDENTITY, "2001:db8::1", "IpAddress", json!("0.0.0.0/0")),
        one("NotIpAddress", ALLOWED, "2001:db9::1", "NotIpAddress", json!(["2001:db8::/32", "10.0.0.0/8"])),
        one("NotIpAddress inside", NO_IDENTITY, "10.1.1.1", "NotIpAddress", json!(["2001:db8::/32", "10.0.0.0/8"])),
        one("BinaryEquals", ALLOWED, "QmluYXJ5", "BinaryEquals", json!("QmluYXJ5")),
    ]);
}

#[test]
fn arns() {
    let arn =
        |name, expected, operator: &str, wanted: Value| case(name, expected).when(json!({ operator: { "aws:PrincipalArn": wanted } }));
    check(vec![
        arn("ArnLike", ALLOWED, "ArnLike", json!("arn:aws:iam::*:role/team/*")),
        arn("ArnEquals takes wildcards too", ALLOWED, "ArnEquals", json!("arn:aws:iam::*:role/*/builder")),
        arn("ArnLike of another path", NO_IDENTITY, "ArnLike", json!("arn:aws:iam::*:role/landfall/*")),
        arn("ArnLike: a star in the last part spans slashes", ALLOWED, "ArnLike", json!("arn:aws:iam::222222222222:role*")),
        arn("ArnLike: a star spans no colons", NO_IDENTITY, "ArnLike", json!("arn:aws:*:222222222222:role:*:*")),
        arn("ArnLike in other case", NO_IDENTITY, "ArnLike", json!("arn:aws:iam::*:role/Team/*")),
        arn("ArnLike with a variable for all", ALLOWED, "ArnLike", json!("${aws:PrincipalArn}")),
        arn("ArnNotLike of this", NO_IDENTITY, "ArnNotLike", json!(["arn:aws:iam::*:role/x", "arn:aws:iam::*:role/team/*"])),
        arn("ArnNotEquals of another", ALLOWED, "ArnNotEquals", json!("arn:aws:iam::*:role/landfall/provisioner")),
        arn("never the session's ARN", NO_IDENTITY, "ArnLike", json!("arn:aws:sts::222222222222:assumed-role/builder/*")),
        arn("StringLike on an ARN", ALLOWED, "StringLike", json!("arn:*:role/team/builder")),
        one("a value that is not an ARN", NO_IDENTITY, "builder", "ArnLike", json!("arn:aws:iam::*:*")),
        one("a value that ends before its sixth part", NO_IDENTITY, "arn:aws:iam", "ArnLike", json!("arn:aws:iam::*:*")),
        one("six parts that are no ARN", NO_IDENTITY, "urn:aws:iam::1:x", "ArnLike", json!("*:aws:iam::*:*")),
    ]);
}

#[test]
fn many_values() {
    check(vec![
        many("no quantifier: one of several values", ALLOWED, &["x", "a"], "StringEquals", json!("a")),
        many("no quantifier, negated: none of several values", NO_IDENTITY, &["x", "a"], "StringNotEquals", json!("a")),
        many("ForAllValues, all of them", ALLOWED, &["a", "b"], "ForAllValues:StringEquals", json!(["a", "b", "c"])),
        many("ForAllValues, one too many", NO_IDENTITY, &["a", "x"], "ForAllValues:StringEquals", json!(["a", "b"])),
        many("ForAllValues of none", ALLOWED, &[], "ForAllValues:StringEquals", json!(["a"])),
        absent("ForAllValues on an absent key", ALLOWED, "ForAllValues:StringLike", json!("a")),
        many("ForAllValues negated", NO_IDENTITY, &["a", "x"], "ForAllValues:StringNotEquals", json!(["a"])),
        many("ForAnyValue", ALLOWED, &["x", "a"], "ForAnyValue:StringEquals", json!(["a", "b"])),
        many("ForAnyValue, none of them", NO_IDENTITY, &["x", "y"], "ForAnyValue:StringEquals", json!(["a", "b"])),
        absent("ForAnyValue on an absent key", NO_IDENTITY, "ForAnyValue:StringEquals", json!("a")),
        absent("ForAnyValue negated on an absent key", NO_IDENTITY, "ForAnyValue:StringNotEquals", json!("a")),
        absent("ForAnyValue IfExists on an absent key", ALLOWED, "ForAnyValue:StringEqualsIfExists", json!("a")),
        many("ForAnyValue negated: one that differs", ALLOWED, &["a", "x"], "ForAnyValue:StringNotEquals", json!(["a"])),
        many("ForAnyValue with wildcards", ALLOWED, &["o-1/r-1/ou-1/"], "ForAnyValue:StringLike", json!("o-1/r-1/*")),
        many("landfall's tags cannot be changed", IDENTITY_DENIES, &["Name", "landfall:address"], "Null", json!("true"))
            .denied_when(json!({ "ForAnyValue:StringLike": { "aws:x": "landfall:*" } })),
    ]);
}
