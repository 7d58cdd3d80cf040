//! The index of tags: which accounts are in it, by pages, for whom.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{Clients, REGION, TagIndex, instant};
use crate::simulator::{Fault, Principal, Simulator, Trouble};

/// Asks the index as an administrator of the management account, or as another.
fn ask(simulator: &Simulator, region: &str, by: Option<&Principal>, parameters: &Value) -> Result<Value, String> {
    let credentials = match by {
        Some(principal) => simulator.credentials_for(principal).expect("exists"),
        None => Simulator::management_credentials(),
    };
    let scope = format!("{}/20261124/{region}/tagging/aws4_request", credentials.access_key_id());
    let request = http::Request::post(format!("https://tagging.{region}.amazonaws.com/"))
        .header("x-amz-target", "ResourceGroupsTaggingAPI_20170126.GetResources")
        .header("x-amz-security-token", credentials.session_token().expect("a role's"))
        .header("authorization", format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"));
    let request = request.body(Bytes::from(parameters.to_string())).expect("a request");
    let response = simulator.handle(&request).expect("an answer");
    let body: Value = serde_json::from_slice(response.body()).expect("JSON");
    if response.status().is_success() {
        return Ok(body);
    }
    Err(body["__type"].as_str().expect("a code").to_owned())
}

fn accounts(page: i64, token: &str) -> Value {
    json!({ "ResourceTypeFilters": ["organizations:account"], "ResourcesPerPage": page, "PaginationToken": token })
}

/// Returns the accounts of a page, each with its tags.
fn shown(page: &Value) -> Vec<(String, usize)> {
    let entries = page["ResourceTagMappingList"].as_array().expect("a list");
    let shown = entries.iter().map(|entry| {
        let arn = entry["ResourceARN"].as_str().expect("an ARN");
        (arn.rsplit('/').next().expect("an id").to_owned(), entry["Tags"].as_array().expect("tags").len())
    });
    shown.collect()
}

async fn tag(admin: &Clients, id: &str) {
    let tag = aws_sdk_organizations::types::Tag::builder().key("owner").value("platform").build().expect("a tag");
    admin.organizations.tag_resource().resource_id(id).tags(tag).send().await.expect("tagged");
}

#[tokio::test(start_paused = true)]
async fn the_index_has_what_was_ever_tagged_by_pages_and_in_one_region() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    let root = admin.organize().await;
    let mut ids = Vec::new();
    for name in ["one", "two", "three", "four"] {
        ids.push(admin.account(name).await);
    }
    for id in &ids[..3] {
        tag(&admin, id).await;
    }
    tag(&admin, &root).await;
    admin.organizations.untag_resource().resource_id(&ids[0]).tag_keys("owner").send().await.expect("untagged");

    let never = &ids[3];
    let first = ask(&simulator, "us-east-1", None, &accounts(2, "")).expect("answered");
    assert_eq!(shown(&first), [(ids[0].clone(), 0), (ids[1].clone(), 1)], "no root, and the tag that was removed is not there");
    let next = first["PaginationToken"].as_str().expect("a text");
    let last = ask(&simulator, "us-east-1", None, &accounts(2, next)).expect("answered");
    assert_eq!((shown(&last), &last["PaginationToken"]), (vec![(ids[2].clone(), 1)], &json!("")), "{never} never had a tag");
    assert_eq!(shown(&ask(&simulator, REGION, None, &accounts(2, "")).expect("answered")), []);
}

#[tokio::test(start_paused = true)]
async fn the_index_may_be_behind() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    admin.organize().await;
    let (one, two) = (admin.account("one").await, admin.account("two").await);
    tag(&admin, &one).await;
    let seen = || shown(&ask(&simulator, "us-east-1", None, &accounts(100, "")).expect("answered"));
    simulator.index_tags(TagIndex::Stopped);
    tag(&admin, &two).await;
    assert_eq!(seen(), [(one.clone(), 1)]);
    simulator.index_tags(TagIndex::Empty);
    assert_eq!(seen(), []);
    simulator.index_tags(TagIndex::Current);
    assert_eq!(seen(), [(one, 1), (two, 1)]);
    simulator.inject(Fault::new(Trouble::EmptyPage).on("tag:GetResources"));
    let page = ask(&simulator, "us-east-1", None, &accounts(100, "")).expect("answered");
    assert_eq!(shown(&page), []);
    assert_ne!(page["PaginationToken"], json!(""));
}

#[tokio::test(start_paused = true)]
async fn members_see_nothing_and_need_the_permission() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    let root = admin.organize().await;
    let one = admin.account("one").await;
    tag(&admin, &one).await;
    let member = Principal::Session(one.parse().expect("an id"), "OrganizationAccountAccessRole".to_owned(), "test".to_owned());
    assert_eq!(shown(&ask(&simulator, "us-east-1", Some(&member), &accounts(100, "")).expect("answered")), []);
    let deny = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"tag:GetResources","Resource":"*"}]}"#;
    let policy = aws_sdk_organizations::types::PolicyType::ServiceControlPolicy;
    let made = admin.organizations.create_policy().name("x").description("x").content(deny).r#type(policy).send().await.expect("made");
    let id = made.policy().and_then(|policy| policy.policy_summary()).and_then(|summary| summary.id()).expect("an id");
    admin.organizations.attach_policy().policy_id(id).target_id(&root).send().await.expect("attached");
    assert_eq!(ask(&simulator, "us-east-1", Some(&member), &accounts(100, "")).expect_err("denied"), "AccessDeniedException");
}

#[tokio::test(start_paused = true)]
async fn what_is_not_simulated_is_refused_by_name() {
    let simulator = instant();
    let only = json!("organizations:account");
    for (parameters, code) in [
        (json!({ "ResourcesPerPage": 100 }), "NotImplemented"),
        (json!({ "ResourceTypeFilters": [only, "organizations:ou"], "ResourcesPerPage": 100 }), "NotImplemented"),
        (json!({ "ResourceTypeFilters": ["ec2:vpc"], "ResourcesPerPage": 100 }), "NotImplemented"),
        (json!({ "ResourceTypeFilters": [only] }), "NotImplemented"),
        (json!({ "ResourceTypeFilters": [only], "ResourcesPerPage": 100, "TagFilters": [{ "Key": "owner" }] }), "NotImplemented"),
        (json!({ "ResourceTypeFilters": [only], "ResourcesPerPage": 100, "IncludeComplianceDetails": true }), "NotImplemented"),
        (accounts(101, ""), "InvalidParameterException"),
        (accounts(0, ""), "InvalidParameterException"),
        (accounts(100, "made up"), "InvalidParameterException"),
    ] {
        assert_eq!(ask(&simulator, "us-east-1", None, &parameters).expect_err(code), code, "{parameters}");
    }
    simulator.inject(Fault::new(Trouble::Throttle));
    assert_eq!(ask(&simulator, "us-east-1", None, &accounts(100, "")).expect_err("throttled"), "ThrottledException");
}
