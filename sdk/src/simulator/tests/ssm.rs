//! Parameter Store: names, versions, labels, tiers, filters and pages, and who may see what.

mod secure;

use serde_json::{Value, json};

use super::json::{Caller, role, with};
use super::*;

fn administrator(simulator: &Simulator) -> Caller {
    Caller::new(&Clients::administrator(simulator), "ssm")
}

fn put(name: &str, value: &str) -> Value {
    json!({ "Name": name, "Value": value, "Type": "String" })
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().map(|one| one["Name"].as_str().expect("a name")).collect()
}

#[tokio::test(start_paused = true)]
async fn what_no_parameter_can_be_is_refused() {
    let simulator = instant();
    let ssm = administrator(&simulator);
    let deep = "/x".repeat(16);
    let long = format!("/{}", "x".repeat(980));
    for (more, code, words) in [
        (json!({ "Name": "/aws/x/y" }), "AccessDeniedException", "reserved"),
        (json!({ "Name": "AWSx" }), "ValidationException", "prefixed"),
        (json!({ "Name": "/ssm/x" }), "ValidationException", "prefixed"),
        (json!({ "Name": "/a b" }), "ValidationException", "symbols"),
        (json!({ "Name": "/a//b" }), "ValidationException", "sub-paths"),
        (json!({ "Name": "/a:b" }), "ValidationException", "symbols"),
        (json!({ "Name": "a/b" }), "ValidationException", "fully qualified"),
        (json!({ "Name": deep }), "HierarchyLevelLimitExceededException", "15 levels"),
        (json!({ "Name": long }), "ValidationException", "1011"),
        (json!({ "Value": "" }), "ValidationException", "greater than or equal to 1"),
        (json!({ "Value": "SECRET-{{ssm:x}}" }), "ValidationException", "nest"),
        (json!({ "Value": "ü".repeat(2049) }), "ValidationException", "4096"),
        (json!({ "Value": "x".repeat(8193), "Tier": "Advanced" }), "ValidationException", "8192"),
        (json!({ "Tier": "Cheap" }), "ValidationException", "Intelligent-Tiering"),
        (json!({ "Type": null }), "ValidationException", "type is required"),
        (json!({ "Type": "Secret" }), "ValidationException", "SecureString"),
        (json!({ "KeyId": "alias/aws/ssm" }), "ValidationException", "KeyId"),
        (json!({ "Description": "x".repeat(1025) }), "ValidationException", "1024"),
        (json!({ "Overwrite": true, "Tags": [{ "Key": "a", "Value": "b" }] }), "ValidationException", "can't be used together"),
        (json!({ "DataType": "aws:ec2:image" }), "NotImplemented", "DataType"),
        (json!({ "AllowedPattern": ".*" }), "NotImplemented", "AllowedPattern"),
        (json!({ "Policies": "[]" }), "NotImplemented", "Policies"),
    ] {
        let message = ssm.refused("PutParameter", with(put("/app/x", "value"), more.clone()), code).await;
        assert!(message.contains(words), "{more}: {message}");
        assert!(!message.contains("SECRET"), "{message}");
    }
    let listed = ssm.done("DescribeParameters", json!({})).await;
    assert_eq!(listed["Parameters"], json!([]), "nothing was made");
}

#[tokio::test(start_paused = true)]
async fn every_write_is_a_version_and_each_is_read_by_number_and_label() {
    let simulator = instant();
    let ssm = administrator(&simulator);
    assert_eq!(ssm.done("PutParameter", put("/app/x", "one")).await, json!({ "Version": 1, "Tier": "Standard" }));
    ssm.refused("PutParameter", put("/app/x", "one"), "ParameterAlreadyExists").await;
    let again = with(put(" /app/x ", "two"), json!({ "Overwrite": true, "Type": null }));
    assert_eq!(ssm.done("PutParameter", again).await["Version"], 2, "spaces around a name are not part of it");
    ssm.refused(
        "PutParameter",
        with(put("/app/x", "a,b"), json!({ "Overwrite": true, "Type": "StringList" })),
        "HierarchyTypeMismatchException",
    )
    .await;

    let labelled = json!({ "Name": "/app/x", "ParameterVersion": 1, "Labels": ["first", "1st", "aws-x", "bad label"] });
    let answer = ssm.done("LabelParameterVersion", labelled).await;
    assert_eq!(answer, json!({ "InvalidLabels": ["1st", "aws-x", "bad label"], "ParameterVersion": 1 }));
    for (name, value, selector) in [
        ("/app/x", "two", Value::Null),
        ("/app/x:1", "one", ":1".into()),
        ("/app/x:first", "one", ":first".into()),
        ("arn:aws:ssm:eu-west-1:111111111111:parameter/app/x:2", "two", ":2".into()),
    ] {
        let found = ssm.done("GetParameter", json!({ "Name": name })).await;
        assert_eq!((&found["Parameter"]["Value"], &found["Parameter"]["Selector"]), (&value.into(), &selector), "{name}");
    }
    ssm.refused("GetParameter", json!({ "Name": "/app/x:3" }), "ParameterVersionNotFound").await;
    ssm.refused("GetParameter", json!({ "Name": "/app/x:other" }), "ParameterVersionNotFound").await;
    ssm.refused("GetParameter", json!({ "Name": "/app/y" }), "ParameterNotFound").await;
    ssm.refused("GetParameter", json!({ "Name": "arn:aws:ssm:eu-west-1:222222222222:parameter/app/x" }), "NotImplemented").await;
    ssm.done("PutParameter", put("plain", "p")).await;
    let found = ssm.done("GetParameter", json!({ "Name": "arn:aws:ssm:eu-west-1:111111111111:parameter/plain" })).await;
    assert_eq!(found["Parameter"]["Name"], "plain");

    // A label moves, and ten are on a version at most.
    ssm.done("LabelParameterVersion", json!({ "Name": "/app/x", "Labels": ["first"] })).await;
    let found = ssm.done("GetParameter", json!({ "Name": "/app/x:first" })).await;
    assert_eq!(found["Parameter"]["Version"], 2);
    let ten: Vec<String> = (0..10).map(|number| format!("l{number}")).collect();
    ssm.refused("LabelParameterVersion", json!({ "Name": "/app/x", "Labels": ten }), "ParameterVersionLabelLimitExceeded").await;
    ssm.refused("LabelParameterVersion", json!({ "Name": "/app/x", "Labels": ["x"], "ParameterVersion": 9 }), "ParameterVersionNotFound")
        .await;
    let gone = ssm.done("UnlabelParameterVersion", json!({ "Name": "/app/x", "ParameterVersion": 2, "Labels": ["first", "other"] })).await;
    assert_eq!(gone, json!({ "RemovedLabels": ["first"], "InvalidLabels": ["other"] }));

    let asked = json!({ "Names": ["/app/x:2", "/app/y", "/app/x:7", "/app/x:1"] });
    let answer = ssm.done("GetParameters", asked).await;
    assert_eq!(names(&answer["Parameters"]), ["/app/x", "/app/x"]);
    assert_eq!(answer["InvalidParameters"], json!(["/app/y", "/app/x:7"]));
    let eleven: Vec<String> = (0..11).map(|number| format!("/app/{number}")).collect();
    ssm.refused("GetParameters", json!({ "Names": eleven }), "ValidationException").await;

    ssm.done("DeleteParameter", json!({ "Name": "/app/x" })).await;
    ssm.refused("DeleteParameter", json!({ "Name": "/app/x" }), "ParameterNotFound").await;
    assert_eq!(ssm.done("PutParameter", put("/app/x", "again")).await["Version"], 1, "with all of its versions");
}

#[tokio::test(start_paused = true)]
async fn a_hundred_versions_are_kept_and_a_label_holds_the_oldest() {
    let simulator = instant();
    let ssm = administrator(&simulator);
    for number in 1..=100 {
        let written = with(put("/app/x", &format!("v{number}")), json!({ "Overwrite": true, "Description": "counted" }));
        assert_eq!(ssm.done("PutParameter", written).await["Version"], number);
    }
    let overwrite = with(put("/app/x", "more"), json!({ "Overwrite": true }));
    assert_eq!(ssm.done("PutParameter", overwrite.clone()).await["Version"], 101);
    let first = ssm.done("GetParameterHistory", json!({ "Name": "/app/x" })).await;
    let versions = |answer: &Value| -> Vec<i64> {
        answer["Parameters"].as_array().expect("a list").iter().map(|one| one["Version"].as_i64().expect("a number")).collect()
    };
    assert_eq!(versions(&first), (2..=51).collect::<Vec<i64>>(), "the oldest is gone");
    assert_eq!(first["Parameters"][0]["Description"], "counted");
    assert_eq!(first["Parameters"][0]["LastModifiedUser"].as_str().map(|arn| arn.contains(":assumed-role/")), Some(true));
    let second = ssm.done("GetParameterHistory", json!({ "Name": "/app/x", "NextToken": first["NextToken"] })).await;
    assert_eq!(versions(&second), (52..=101).collect::<Vec<i64>>());
    assert!(second.get("NextToken").is_none());

    ssm.done("LabelParameterVersion", json!({ "Name": "/app/x", "ParameterVersion": 2, "Labels": ["kept"] })).await;
    let message = ssm.refused("PutParameter", overwrite.clone(), "ParameterMaxVersionLimitExceeded").await;
    assert!(message.contains("Version 2, the oldest version"), "{message}");
    ssm.done("LabelParameterVersion", json!({ "Name": "/app/x", "Labels": ["kept"] })).await;
    assert_eq!(ssm.done("PutParameter", overwrite).await["Version"], 102);
}

#[tokio::test(start_paused = true)]
async fn lists_are_filtered_and_have_no_values() {
    let simulator = instant();
    let ssm = administrator(&simulator);
    for number in 0..60 {
        ssm.done("PutParameter", put(&format!("/many/{number:02}"), "SECRET-many")).await;
    }
    ssm.done("PutParameter", with(put("/app/config", "{}"), json!({ "Tags": [{ "Key": "team", "Value": "shop" }] }))).await;
    ssm.done("PutParameter", with(put("/app/secret/key", "SECRET-key"), json!({ "Type": "SecureString" }))).await;
    ssm.done("PutParameter", with(put("/app/list", "a,b"), json!({ "Type": "StringList", "Tier": "Advanced" }))).await;
    let described = async |filters: Value| {
        let found = ssm.done("DescribeParameters", json!({ "ParameterFilters": filters })).await;
        assert!(!found.to_string().contains("SECRET") && found["Parameters"].as_array().is_some_and(|list| list.len() <= 50), "{found}");
        found
    };
    for (filters, expected) in [
        (json!([{ "Key": "Name", "Option": "BeginsWith", "Values": ["/app/secret/", "/other/"] }]), &["/app/secret/key"][..]),
        (json!([{ "Key": "Name", "Values": ["/app/list"] }]), &["/app/list"]),
        (json!([{ "Key": "Name", "Option": "Contains", "Values": ["config"] }]), &["/app/config"]),
        (json!([{ "Key": "Path", "Values": ["/app"] }]), &["/app/config", "/app/list"]),
        (json!([{ "Key": "Path", "Option": "Recursive", "Values": ["/app/"] }]), &["/app/config", "/app/list", "/app/secret/key"]),
        (
            json!([{ "Key": "Path", "Option": "Recursive", "Values": ["/app"] }, { "Key": "Type", "Values": ["SecureString"] }]),
            &["/app/secret/key"],
        ),
        (json!([{ "Key": "KeyId", "Values": ["alias/aws/ssm"] }]), &["/app/secret/key"]),
        (json!([{ "Key": "Tier", "Values": ["Advanced"] }]), &["/app/list"]),
        (json!([{ "Key": "tag:team" }]), &["/app/config"]),
        (json!([{ "Key": "tag:team", "Values": ["other"] }]), &[]),
    ] {
        let found = described(filters.clone()).await;
        assert_eq!(names(&found["Parameters"]), expected, "{filters}");
    }
    for (filter, code) in [
        (json!({ "Key": "Label", "Values": ["x"] }), "InvalidFilterKey"),
        (json!({ "Key": "Owner", "Values": ["x"] }), "ValidationException"),
        (json!({ "Key": "Type", "Values": ["Text"] }), "InvalidFilterValue"),
        (json!({ "Key": "Name" }), "InvalidFilterValue"),
        (json!({ "Key": "Path", "Values": ["app"] }), "InvalidFilterValue"),
        (json!({ "Key": "Path", "Option": "Equals", "Values": ["/app"] }), "InvalidFilterOption"),
        (json!({ "Key": "Type", "Option": "Contains", "Values": ["String"] }), "InvalidFilterOption"),
    ] {
        ssm.refused("DescribeParameters", json!({ "ParameterFilters": [filter] }), code).await;
    }
    let twice = json!({ "Key": "Type", "Values": ["String"] });
    ssm.refused("DescribeParameters", json!({ "ParameterFilters": [twice, twice] }), "InvalidFilterKey").await;
    ssm.refused("DescribeParameters", json!({ "Filters": [{ "Key": "Name", "Values": ["x"] }] }), "NotImplemented").await;
    ssm.refused("DescribeParameters", json!({ "NextToken": "x" }), "InvalidNextToken").await;
    let first = described(json!([])).await;
    let second = ssm.done("DescribeParameters", json!({ "NextToken": first["NextToken"] })).await;
    assert_eq!((names(&first["Parameters"]).len(), names(&second["Parameters"]).len()), (50, 13));
    let one = described(json!([{ "Key": "Name", "Values": ["/app/secret/key"] }])).await["Parameters"][0].clone();
    assert_eq!((&one["KeyId"], &one["Type"], &one["Tier"]), (&"alias/aws/ssm".into(), &"SecureString".into(), &"Standard".into()));

    let below = json!({ "Path": "/app", "Recursive": true, "WithDecryption": true });
    let secure = with(below.clone(), json!({ "ParameterFilters": [{ "Key": "Type", "Values": ["SecureString"] }] }));
    let found = ssm.done("GetParametersByPath", secure).await;
    assert_eq!((names(&found["Parameters"]), &found["Parameters"][0]["Value"]), (vec!["/app/secret/key"], &"SECRET-key".into()));
    ssm.done("LabelParameterVersion", json!({ "Name": "/app/config", "Labels": ["live"] })).await;
    ssm.done("PutParameter", with(put("/app/config", "{\"new\":1}"), json!({ "Overwrite": true }))).await;
    let live = with(below.clone(), json!({ "ParameterFilters": [{ "Key": "Label", "Values": ["live"] }] }));
    assert_eq!(ssm.done("GetParametersByPath", live).await["Parameters"][0]["Value"], "{}", "the version with the label");
    ssm.refused(
        "GetParametersByPath",
        with(below, json!({ "ParameterFilters": [{ "Key": "Name", "Values": ["x"] }] })),
        "InvalidFilterKey",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn permission_is_by_name_and_tags_are_in_the_context() {
    let simulator = instant();
    let ssm = administrator(&simulator);
    ssm.done("PutParameter", put("/app/a", "a")).await;
    ssm.done("PutParameter", put("/other/b", "b")).await;
    let policy = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":["ssm:GetParameter","ssm:GetParameters","ssm:PutParameter"],"Resource":"arn:aws:ssm:*:*:parameter/app/*"},
        {"Effect":"Allow","Action":"ssm:GetParameter","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":"shop"}}}]}"#;
    let app = role(&simulator, "app", policy, "ssm").await;
    app.done("GetParameters", json!({ "Names": ["/app/a", "/app/missing"] })).await;
    let message = app.refused("GetParameters", json!({ "Names": ["/app/a", "/other/b"] }), "AccessDeniedException").await;
    assert!(message.contains("ssm:GetParameters on resource: arn:aws:ssm:eu-west-1:111111111111:parameter/other/b"), "{message}");
    app.refused("GetParameter", json!({ "Name": "/other/missing" }), "AccessDeniedException").await;
    app.refused("DescribeParameters", json!({}), "AccessDeniedException").await;
    app.refused("PutParameter", with(put("/app/c", "c"), json!({ "Tags": [{ "Key": "a", "Value": "b" }] })), "AccessDeniedException").await;
    app.refused("GetParameterHistory", json!({ "Name": "/app/a" }), "AccessDeniedException").await;

    app.refused("GetParameter", json!({ "Name": "/other/b" }), "AccessDeniedException").await;
    let tagged = json!({ "ResourceType": "Parameter", "ResourceId": "/other/b", "Tags": [{ "Key": "team", "Value": "shop" }] });
    ssm.done("AddTagsToResource", tagged.clone()).await;
    app.done("GetParameter", json!({ "Name": "/other/b" })).await;
    let of = json!({ "ResourceType": "Parameter", "ResourceId": "/other/b" });
    assert_eq!(ssm.done("ListTagsForResource", of.clone()).await["TagList"], tagged["Tags"]);
    ssm.done("RemoveTagsFromResource", with(of, json!({ "TagKeys": ["team", "none"] }))).await;
    app.refused("GetParameter", json!({ "Name": "/other/b" }), "AccessDeniedException").await;
    ssm.refused("ListTagsForResource", json!({ "ResourceType": "Parameter", "ResourceId": "/none" }), "InvalidResourceId").await;
    ssm.refused("ListTagsForResource", json!({ "ResourceType": "Document", "ResourceId": "x" }), "NotImplemented").await;
    ssm.refused("ListTagsForResource", json!({ "ResourceType": "Thing", "ResourceId": "x" }), "ValidationException").await;
}

#[tokio::test(start_paused = true)]
async fn reads_of_values_share_their_rate() {
    let simulator = Simulator::new(Options::default().with_rates(Rates::Scaled(1.0)), Clock::tokio(start()));
    let ssm = administrator(&simulator);
    for number in 0..3 {
        ssm.done("PutParameter", put(&format!("/app/{number}"), "x")).await;
    }
    ssm.refused("PutParameter", put("/app/3", "x"), "ThrottlingException").await;
    for _ in 0..20 {
        ssm.done("GetParameter", json!({ "Name": "/app/0" })).await;
        ssm.done("GetParameters", json!({ "Names": ["/app/0"] })).await;
    }
    ssm.refused("GetParametersByPath", json!({ "Path": "/app" }), "ThrottlingException").await;
    tokio::time::advance(Duration::from_secs(1)).await;
    ssm.done("GetParametersByPath", json!({ "Path": "/app" })).await;
}

#[test]
fn parameters_of_an_older_world_are_read() {
    let old = r#"{"value":"v","version":3,"modified":1795478400000,"tags":{"a":"b"}}"#;
    let read: crate::simulator::world::Parameter = serde_json::from_str(old).expect("as 0.1 wrote it");
    assert_eq!((read.latest.number, read.latest.value.expose(), read.latest.kind.name(), read.earlier.len()), (3, "v", "String", 0));
    let again: crate::simulator::world::Parameter = serde_json::from_str(&serde_json::to_string(&read).expect("text")).expect("read again");
    assert_eq!((again.latest.number, again.tags.len()), (3, 1));
}

/// A secret is below many paths, and whoever reads one of them is given it: no path gives a deployer any.
#[cfg(feature = "operate")]
#[tokio::test(start_paused = true)]
async fn a_deployer_reads_no_secret_of_an_app_by_any_path() {
    use crate::desired::desired;
    use crate::kind::Desired;
    use crate::manifest::{Source, parse};

    let text = include_str!("../../../../examples/startup/landfall.toml").to_owned();
    let parsed = parse(&Source { name: "landfall.toml".to_owned(), text }, &|path| Err(format!("{path} is not there")));
    let wanted = desired(&parsed.organization.expect("an example")).wanted;
    let roles = wanted.iter().find_map(|one| match &one.thing {
        Desired::IamRole(role) if role.name == "deployer" => role.inline.get("roles").cloned(),
        _ => None,
    });
    let document: Value = serde_json::from_str(roles.expect("a deployer").as_str()).expect("JSON");
    let denied = document["Statement"].as_array().expect("statements").iter().filter(|statement| statement["Effect"] == "Deny");
    let of_apps: Vec<&Value> = denied.filter(|statement| statement.to_string().contains("/landfall/apps")).collect();
    let all = json!({ "Sid": "PowerUser", "Effect": "Allow", "Action": ["ssm:*", "kms:*"], "Resource": "*" });
    let policy = |more: &[&Value]| {
        let statements: Vec<&Value> = more.iter().copied().chain([&all]).collect();
        json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
    };

    let simulator = instant();
    let admin = administrator(&simulator);
    let secret = json!({ "Name": "/landfall/apps/shop/secret/stripe_key", "Value": "SECRET", "Type": "SecureString" });
    admin.done("PutParameter", secret).await;
    admin.done("PutParameter", put("/landfall/apps/shop/config", "{}")).await;
    admin.done("PutParameter", put("/landfall/environments/dev", "{}")).await;
    admin.done("PutParameter", put("/app/own", "x")).await;
    let (open, deployer) =
        (role(&simulator, "open", &policy(&[]), "ssm").await, role(&simulator, "deployer", &policy(&of_apps), "ssm").await);
    let ask = |path: &str| json!({ "Path": path, "Recursive": true, "WithDecryption": true });
    for path in ["/", "/landfall", "/landfall/apps", "/landfall/apps/shop", "/landfall/apps/shop/secret"] {
        for path in [path.to_owned(), format!("{}/", path.trim_end_matches('/'))] {
            // Some forms of a path may be refused to everyone.
            let everyone = open.call("GetParametersByPath", ask(&path)).await;
            if let Ok(answer) = everyone {
                assert!(answer.to_string().contains("SECRET"), "{path}: the secret is below it");
                deployer.refused("GetParametersByPath", ask(&path), "AccessDeniedException").await;
            }
        }
    }
    deployer.refused("GetParameter", json!({ "Name": "/landfall/apps/shop/secret/stripe_key" }), "AccessDeniedException").await;
    deployer.done("GetParameter", json!({ "Name": "/landfall/apps/shop/config" })).await;
    for path in ["/landfall/environments", "/app"] {
        assert_eq!(deployer.done("GetParametersByPath", ask(path)).await["Parameters"].as_array().map(Vec::len), Some(1), "{path}");
    }
}
