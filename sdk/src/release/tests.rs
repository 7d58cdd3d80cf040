//! Releases: filled in, pinned, named by digest.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::name::{EnvironmentName, Store};

const DIGEST: &str = "sha256:9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c";

const SIGNING: &str = "arn:aws:secretsmanager:eu-west-1:222200000004:secret:landfall/apps/shop/signing_key-AbCdEf";

fn template() -> Value {
    json!({
        "Metadata": { "Landfall": {
            "environment": ["/Resources/Task/Properties/Containers/0/Environment", "/Resources/Job/Properties/Variables"],
            "secrets": ["/Resources/Task/Properties/Containers/0/Secrets"],
            "tiers": { "production": { "Count": 3, "Absent": 1 }, "development": { "Count": 1 } },
        } },
        "Parameters": {
            "web": { "Type": "String", "AllowedPattern": ".*@sha256:.*" },
            "Count": { "Type": "Number", "MinValue": 1, "MaxValue": 10, "Default": 2 },
            "Subnets": { "Type": "List<AWS::EC2::Subnet::Id>" },
            "Vpc": { "Type": "AWS::EC2::VPC::Id" },
            "Database": { "Type": "String", "AllowedValues": ["none", "postgres"], "Default": "none" },
        },
        "Resources": {
            "Task": { "Type": "AWS::ECS::TaskDefinition", "Properties": { "Containers": [
                { "Image": { "Ref": "web" }, "Environment": [{ "Name": "PORT", "Value": "80" }], "Secrets": [] } ] } },
            "Job": { "Type": "AWS::Lambda::Function", "Properties": { "Variables": {} } },
        },
    })
}

fn release() -> Release {
    let config: Map<String, Value> = json!({ "hosts": ["a", "b"], "max_items": 200 }).as_object().cloned().unwrap_or_default();
    let told = |parameters: &[(&str, &str)]| Told {
        config: config.clone(),
        parameters: parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
    };
    Release {
        landfall: RELEASE_FORM,
        app: "shop".parse().expect("valid"),
        label: Some("1.4.2".to_owned()),
        source: None,
        template: template(),
        images: BTreeMap::from([("web".to_owned(), format!("r.example/shop/web@{DIGEST}").parse().expect("an image"))]),
        secrets: BTreeMap::from([
            ("signing_key".parse().expect("valid"), Store::SecretsManager),
            ("stripe_key".parse().expect("valid"), Store::Ssm),
        ]),
        environments: BTreeMap::from([
            ("dev".parse().expect("valid"), told(&[])),
            ("prod".parse().expect("valid"), told(&[("Database", "postgres")])),
        ]),
    }
}

fn place(environment: &str, tier: &str) -> Place {
    let of_network = [("Vpc", "vpc-1"), ("Subnets", "subnet-1,subnet-2"), ("PublicSubnets", "subnet-3")];
    Place {
        environment: environment.parse().expect("valid"),
        tier: tier.to_owned(),
        account: "222200000004".parse().expect("valid"),
        region: "eu-west-1".parse().expect("valid"),
        partition: crate::id::Partition::Aws,
        was: None,
        secrets: BTreeMap::from([
            ("signing_key".parse().expect("valid"), "0a1b2c3d".to_owned()),
            ("stripe_key".parse().expect("valid"), "8".to_owned()),
        ]),
        arns: BTreeMap::from([("signing_key".parse().expect("valid"), SIGNING.to_owned())]),
        parameters: of_network.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
    }
}

fn planned(release: &Release, place: &Place) -> Result<StackPlan, Vec<String>> {
    let said = |problems: Vec<Problem>| problems.iter().map(ToString::to_string).collect::<Vec<_>>();
    pin(&fill(release, place).map_err(said)?, release, place).map_err(said)
}

#[test]
fn an_environment_is_told_what_is_its_own_and_every_parameter_is_pinned() {
    let prod = planned(&release(), &place("prod", "production")).expect("no problems");
    let text: Value = serde_json::from_str(&prod.text).expect("JSON");
    insta::assert_snapshot!("plan", serde_json::to_string_pretty(&text).expect("JSON"));
    let values: Vec<_> = prod.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let image = format!("web=r.example/shop/web@{DIGEST}");
    assert_eq!(values, ["Count=3", "Database=postgres", "Subnets=subnet-1,subnet-2", "Vpc=vpc-1", &image]);
    assert_eq!(prod.digest, Digest::of(&text));
    let dev = planned(&release(), &place("dev", "development")).expect("no problems");
    assert_eq!((dev.parameters["Count"].as_str(), dev.parameters["Database"].as_str()), ("1", "none"));
}

/// Whoever may hand CloudFormation other parameters than these changes nothing: no other value is allowed.
#[test]
fn a_plan_allows_no_other_value() {
    let plan = planned(&release(), &place("prod", "production")).expect("no problems");
    let text: Value = serde_json::from_str(&plan.text).expect("JSON");
    for (name, of) in text["Parameters"].as_object().expect("parameters") {
        let allowed: Vec<&str> = of["AllowedValues"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
        assert_eq!(
            (allowed.join(","), of["Default"].as_str()),
            (plan.parameters[name].clone(), Some(plan.parameters[name].as_str())),
            "{name}"
        );
        assert!(["String", "Number", "CommaDelimitedList"].contains(&of["Type"].as_str().expect("a type")), "{of}");
    }
}

/// An approval is one of a change: from what runs, to what will.
#[test]
fn a_plan_is_another_one_where_another_runs_or_a_secret_has_changed() {
    let (release, mut place) = (release(), place("prod", "production"));
    let first = planned(&release, &place).expect("no problems").digest;
    assert_eq!(planned(&release, &place).expect("no problems").digest, first);
    place.was = Some(first.clone());
    let second = planned(&release, &place).expect("no problems").digest;
    place.secrets.insert("stripe_key".parse().expect("valid"), "9".to_owned());
    let third = planned(&release, &place).expect("no problems").digest;
    assert!(first != second && second != third);
}

#[test]
fn what_cannot_be_filled_in_or_pinned_is_named() {
    let place = place("prod", "production");
    let changed = |change: &dyn Fn(&mut Release)| {
        let mut release = release();
        change(&mut release);
        planned(&release, &place).expect_err("refused").join("\n")
    };
    let set = |pointer: &'static str, value: Value| {
        move |release: &mut Release| *release.template.pointer_mut(pointer).expect("there") = value.clone()
    };
    for (text, expected) in [
        (
            changed(&|release| drop(release.environments.remove(&"prod".parse::<EnvironmentName>().expect("valid")))),
            "has no configuration of `prod`",
        ),
        (
            changed(&set("/Metadata/Landfall/environment/1", json!("/Resources/Jobs"))),
            "/Resources/Jobs: is named in Metadata.Landfall, and is not",
        ),
        (changed(&set("/Metadata/Landfall/environment/1", json!("/Resources/Job/Type"))), "is neither a list nor an object"),
        (
            changed(&set("/Resources/Task/Properties/Containers/0/Environment/0/Name", json!("MAX_ITEMS"))),
            "has `MAX_ITEMS` already, which is the name of a setting",
        ),
        (
            changed(&|release| release.template["Resources"]["LandfallConfig"] = json!({})),
            "/Resources/LandfallConfig: is landfall's own name",
        ),
        (changed(&|release| release.images.clear()), "/Parameters/web: has no value"),
        (changed(&|release| drop(release.images.insert("wep".to_owned(), release.images["web"].clone()))), "did you mean `web`?"),
        (changed(&set("/Parameters/Count/MaxValue", json!(2))), "/Parameters/Count: `3` is more than 2"),
        (changed(&set("/Parameters/Count/MinValue", json!("4"))), "/Parameters/Count: `3` is less than 4"),
        (changed(&set("/Parameters/Database/AllowedValues", json!(["none"]))), "`postgres` is none of none"),
        (changed(&set("/Parameters/web/AllowedPattern", json!("x"))), "does not match x"),
        (changed(&set("/Parameters/Vpc/Type", json!("AWS::SSM::Parameter::Value<String>"))), "its value is in no text"),
        (changed(&set("/Metadata/Landfall/tiers/production/Count", json!("many"))), "`many` is not a number"),
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
}

#[test]
fn a_secret_without_a_value_is_named_before_anything_is_deployed() {
    let whole = place("prod", "production");
    let (mut without_version, mut without_arn) = (whole.clone(), whole);
    without_version.secrets.retain(|key, _| key.as_str() != "stripe_key");
    without_arn.arns.clear();
    for (place, key) in [(without_version, "stripe_key"), (without_arn, "signing_key")] {
        let said = planned(&release(), &place).expect_err("refused");
        assert_eq!(said, [format!(": secret `{key}` has no value in prod; landfall config set prod {key}")]);
    }
}

#[test]
fn a_release_is_read_back_and_is_what_it_is_called() {
    let release = release();
    let text = canonical(&release.json());
    let digest = release.digest();
    assert_eq!(Release::read(&text, &digest).expect("a release"), release);
    let refused = |text: &str| Release::read(text, &digest).expect_err("refused").to_string();
    assert!(refused(&text.replace("200", "201")).starts_with(&format!("is not release {digest}: its content has the digest")));
    assert_eq!(
        refused(&text.replace("\"landfall\":1", "\"landfall\":2")),
        "has form 2, and this landfall reads 1: use the version that made it"
    );
    assert!(refused("{}").contains("missing field `landfall`"));
    assert!(refused(&text.replace(DIGEST, "latest")).contains("has a digest that is not sha256"));
}

proptest! {
    /// Settings of any kind come out of the document as they went in, and a plan is made the same way each time.
    #[test]
    fn settings_are_carried_as_they_are(values in prop::collection::btree_map("[a-z][a-z0-9_]{0,8}", "[ -~é]{1,20}", 0..8)) {
        let mut release = release();
        let config: Map<String, Value> = values.iter().map(|(key, value)| (key.clone(), Value::String(value.clone()))).collect();
        release.environments.values_mut().for_each(|told| told.config = config.clone());
        let place = place("prod", "production");
        match planned(&release, &place) {
            Ok(plan) => {
                let text: Value = serde_json::from_str(&plan.text).expect("JSON");
                let document = text["Resources"][CONFIG_RESOURCE]["Properties"]["Value"].as_str().expect("a text");
                prop_assert_eq!(serde_json::from_str::<Value>(document).expect("JSON"), Value::Object(config));
                let variables = text["Resources"]["Job"]["Properties"]["Variables"].as_object().expect("an object");
                prop_assert!(values.iter().all(|(key, value)| variables[&key.to_uppercase()] == *value));
            }
            // A key that the template itself sets.
            Err(problems) => prop_assert!(values.contains_key("port"), "{:?}", problems),
        }
    }
}
