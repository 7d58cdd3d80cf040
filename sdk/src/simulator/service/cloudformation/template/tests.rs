//! Templates by themselves: what they come to, and what is refused.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::simulator::failure::Failure;

fn pseudo() -> Pseudo {
    Pseudo {
        account: "111111111111".to_owned(),
        region: "eu-west-1".to_owned(),
        stack_id: "arn:stack".to_owned(),
        stack_name: "shop".to_owned(),
    }
}

fn template(more: Value) -> Result<Template, Failure> {
    let mut whole = json!({ "Resources": { "A": { "Type": "T" } } });
    let Value::Object(more) = more else { panic!("an object") };
    whole.as_object_mut().expect("an object").extend(more);
    Template::parse(&whole.to_string())
}

/// Evaluates a value in a template with a few parameters, conditions and two known resources.
fn evaluated(written: &Value) -> Result<Option<Value>, Failure> {
    let template = template(json!({
        "Parameters": {
            "Tier": { "Type": "String", "Default": "prod" },
            "Count": { "Type": "Number", "Default": 2 },
            "Zones": { "Type": "CommaDelimitedList", "Default": "a, b,c" },
        },
        "Conditions": {
            "Big": { "Fn::Or": [{ "Condition": "Production" }, { "Fn::Equals": [{ "Ref": "Count" }, 9] }] },
            "Production": { "Fn::Equals": [{ "Ref": "Tier" }, "prod"] },
            "Small": { "Fn::Not": [{ "Condition": "Big" }] },
            "Both": { "Fn::And": [{ "Condition": "Big" }, { "Fn::Equals": [{ "Ref": "Count" }, "2"] }] },
        },
        "Resources": { "A": { "Type": "T" }, "B": { "Type": "T" } },
    }))?;
    let mut scope = Scope::new(&template, &template.fill(BTreeMap::new())?, pseudo())?;
    let attributes = BTreeMap::from([("Arn".to_owned(), "arn:a".to_owned())]);
    scope.resources.insert("A".to_owned(), Facts { physical: "a-1".to_owned(), attributes });
    scope.value(written)
}

#[test]
fn functions_come_to_their_values() {
    for (written, expected) in [
        (json!({ "Ref": "Tier" }), json!("prod")),
        (json!({ "Ref": "Zones" }), json!(["a", "b", "c"])),
        (json!({ "Ref": "A" }), json!("a-1")),
        (json!({ "Fn::GetAtt": ["A", "Arn"] }), json!("arn:a")),
        (json!({ "Fn::GetAtt": "A.Arn" }), json!("arn:a")),
        (json!({ "Fn::Sub": "${AWS::StackName}-${Tier}-${A}-${A.Arn}-${!Tier}-${Count}" }), json!("shop-prod-a-1-arn:a-${Tier}-2")),
        (json!({ "Fn::Sub": ["${X}/${Tier}", { "X": { "Ref": "AWS::Region" } }] }), json!("eu-west-1/prod")),
        (json!({ "Fn::Join": ["-", ["x", { "Ref": "Count" }, 3, { "Ref": "AWS::NoValue" }]] }), json!("x-2-3")),
        (json!({ "Fn::Join": ["+", { "Ref": "Zones" }] }), json!("a+b+c")),
        (json!({ "Fn::Select": ["1", { "Ref": "Zones" }] }), json!("b")),
        (json!({ "Fn::Select": [0, { "Fn::Split": ["/", "p/q"] }] }), json!("p")),
        (json!({ "Fn::If": ["Big", { "Fn::If": ["Both", "both", "one"] }, "small"] }), json!("both")),
        (json!({ "Fn::If": ["Small", 1, { "Ref": "AWS::AccountId" }] }), json!("111111111111")),
        (
            json!({ "Keep": true, "Drop": { "Ref": "AWS::NoValue" }, "List": [{ "Ref": "AWS::NoValue" }, 1] }),
            json!({ "Keep": true, "List": [1] }),
        ),
        (json!({ "Ref": "Tier", "Other": 1 }), json!({ "Ref": "Tier", "Other": 1 })),
    ] {
        assert_eq!(evaluated(&written), Ok(Some(expected)), "{written}");
    }
    assert_eq!(evaluated(&json!({ "Ref": "AWS::NoValue" })), Ok(None));
    for (written, code, words) in [
        (json!({ "Ref": "B" }), "ValidationError", "[B]"),
        (json!({ "Fn::GetAtt": ["A", "Url"] }), "ValidationError", "attribute type Url"),
        (json!({ "Fn::Select": [3, { "Ref": "Zones" }] }), "ValidationError", "index 3"),
        (json!({ "Fn::Sub": "${Zones}" }), "ValidationError", "not a string"),
        (json!({ "Fn::Sub": "${Tier" }), "ValidationError", "closing"),
        (json!({ "Fn::If": ["None", 1, 2] }), "ValidationError", "None"),
        (json!({ "Fn::Join": ["-"] }), "ValidationError", "Fn::Join"),
        (json!({ "Fn::Equals": [1, 1] }), "ValidationError", "conditions only"),
        (json!(null), "ValidationError", "null"),
        (json!({ "Fn::ImportValue": "x" }), "NotImplemented", "Fn::ImportValue"),
        (json!({ "Ref": "AWS::NotificationARNs" }), "NotImplemented", "AWS::NotificationARNs"),
        (json!("{{resolve:ssm:/x}}"), "NotImplemented", "dynamic"),
    ] {
        let failure = evaluated(&written).expect_err(words);
        assert_eq!(failure.code, code, "{written}");
        assert!(failure.message.contains(words), "{written}: {}", failure.message);
    }
}

#[test]
fn parameters_take_what_they_allow() {
    let filled = |declared: Value, given: &[(&str, &str)]| {
        let given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        template(json!({ "Parameters": { "P": declared } }))?.fill(given)
    };
    for (declared, given, expected) in [
        (json!({ "Type": "String", "Default": "x" }), None, Ok("x")),
        (json!({ "Type": "String", "Default": "x" }), Some("y"), Ok("y")),
        (json!({ "Type": "String" }), None, Err("Parameters: [P] must have values")),
        (json!({ "Type": "String", "AllowedValues": ["a"] }), Some("a"), Ok("a")),
        (json!({ "Type": "String", "AllowedValues": ["a"] }), Some("b"), Err("Parameter 'P' must be one of AllowedValues")),
        (json!({ "Type": "CommaDelimitedList", "AllowedValues": ["a", "b"] }), Some("b,a"), Ok("b,a")),
        (json!({ "Type": "String", "AllowedPattern": "[a-z]+" }), Some("ab1"), Err("Parameter 'P' must match pattern [a-z]+")),
        (json!({ "Type": "String", "AllowedPattern": "[a-z]+|1" }), Some("1"), Ok("1")),
        (json!({ "Type": "String", "AllowedPattern": "a", "ConstraintDescription": "an a" }), Some("b"), Err("constraint: an a")),
        (json!({ "Type": "String", "MinLength": 2 }), Some("a"), Err("at least 2 characters")),
        (json!({ "Type": "String", "MaxLength": "1" }), Some("ab"), Err("at most 1 characters")),
        (json!({ "Type": "Number", "MinValue": 2 }), Some("1"), Err("not less than 2")),
        (json!({ "Type": "Number", "MaxValue": 2 }), Some("3"), Err("not greater than 2")),
        (json!({ "Type": "Number" }), Some("x"), Err("must be a number")),
        (json!({ "Type": "AWS::EC2::VPC::Id" }), Some("vpc-1"), Err("AWS::EC2::VPC::Id")),
    ] {
        let given: Vec<(&str, &str)> = given.into_iter().map(|value| ("P", value)).collect();
        match (filled(declared.clone(), &given), expected) {
            (Ok(values), Ok(expected)) => assert_eq!(values["P"], expected, "{declared}"),
            (Err(failure), Err(words)) => assert!(failure.message.contains(words), "{declared}: {}", failure.message),
            (found, expected) => panic!("{declared}: {found:?}, not {expected:?}"),
        }
    }
    let failure = filled(json!({ "Type": "String", "Default": "" }), &[("Q", "1")]).expect_err("unknown");
    assert_eq!(failure.message, "Parameters: [Q] do not exist in the template");
}

#[test]
fn what_no_template_can_be_is_refused() {
    let of = |resources: Value| template(json!({ "Resources": resources }));
    let chain = json!({ "A": { "Type": "T", "DependsOn": "B" }, "B": { "Type": "T", "Properties": { "X": { "Fn::Sub": "${A.Arn}" } } } });
    for (found, code, words) in [
        (Template::parse("Resources:\n  A:\n"), "NotImplemented", "YAML"),
        (Template::parse("{"), "ValidationError", "JSON not well-formed. (line 1"),
        (of(json!({})), "ValidationError", "At least one Resources member"),
        (of(json!({ "A": {} })), "ValidationError", "Type member"),
        (of(json!({ "A-b": { "Type": "T" } })), "ValidationError", "non alphanumeric"),
        (of(json!({ "A": { "Type": "T", "DependsOn": "C" } })), "ValidationError", "dependencies [C] in the Resources block"),
        (of(json!({ "A": { "Type": "T", "Properties": { "X": { "Ref": "C" } } } })), "ValidationError", "[C]"),
        (of(json!({ "A": { "Type": "T", "Condition": "C" } })), "ValidationError", "condition dependency C"),
        (of(json!({ "A": { "Type": "T", "UpdatePolicy": {} } })), "NotImplemented", "UpdatePolicy"),
        (of(json!({ "A": { "Type": "T", "DeletionPolicy": "Snapshot" } })), "NotImplemented", "Snapshot"),
        (of(json!({ "A": { "Type": "T", "DeletionPolicy": "Keep" } })), "ValidationError", "Keep"),
        (of(chain), "ValidationError", "Circular dependency between resources: [A, B]"),
        (template(json!({ "Outputs": { "O": { "Value": { "Ref": "C" } } } })), "ValidationError", "Outputs block"),
        (template(json!({ "Outputs": { "O": { "Value": "x", "Export": { "Name": "n" } } } })), "NotImplemented", "Export"),
        (template(json!({ "Conditions": { "C": { "Fn::Equals": [{ "Ref": "A" }, 1] } } })), "ValidationError", "Conditions block"),
        (template(json!({ "Transform": "AWS::Serverless-2016-10-31" })), "NotImplemented", "Transform"),
        (template(json!({ "Resource": {} })), "ValidationError", "[Resource]"),
    ] {
        let failure = found.expect_err(words);
        assert_eq!(failure.code, code, "{words}");
        assert!(failure.message.contains(words), "{words}: {}", failure.message);
    }
}

#[test]
fn what_is_needed_comes_first() {
    let template = template(json!({ "Resources": {
        "A": { "Type": "T", "Properties": { "X": [{ "Fn::Sub": ["${Y}${C.Arn}", { "Y": { "Ref": "D" } }] }] } },
        "B": { "Type": "T" },
        "C": { "Type": "T", "DependsOn": ["B", "D"] },
        "D": { "Type": "T", "Properties": { "X": { "Fn::If": ["Never", { "Ref": "E" }, ""] } } },
        "E": { "Type": "T" },
    } }))
    .expect("a template");
    assert_eq!(template.order(), Ok(vec!["B", "E", "D", "C", "A"]));
}

#[test]
fn rules_hold_where_their_condition_does() {
    let rule = json!({ "R": {
        "RuleCondition": { "Fn::Equals": [{ "Ref": "Tier" }, "prod"] },
        "Assertions": [{ "Assert": { "Fn::Contains": [["2", "3"], { "Ref": "Count" }] }, "AssertDescription": "prod needs two" }],
    } });
    let parameters = json!({ "Tier": { "Type": "String" }, "Count": { "Type": "Number" } });
    let template = template(json!({ "Parameters": parameters, "Rules": rule })).expect("a template");
    for (tier, count, holds) in [("prod", "2", true), ("prod", "1", false), ("dev", "1", true)] {
        let given = BTreeMap::from([("Tier".to_owned(), tier.to_owned()), ("Count".to_owned(), count.to_owned())]);
        let scope = Scope::new(&template, &template.fill(given).expect("filled"), pseudo());
        assert_eq!(scope.is_ok(), holds, "{tier} {count}");
        if let Err(failure) = scope {
            assert!(failure.message.ends_with("Rule R failed: prod needs two"), "{}", failure.message);
        }
    }
}
