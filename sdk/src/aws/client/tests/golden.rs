//! Requests are byte for byte those of the AWS crates: for each wire format, in every form that landfall sends.
//!
//! Those of IAM, KMS and CloudTrail are compared with their crates. The other crates are not in the workspace: `recorded/` has what
//! they sent through the same [`Line`], `ec2.txt` aws-sdk-ec2 1.274.0, `ssm.txt` aws-sdk-ssm 1.133.0, `rest.txt` aws-sdk-backup
//! 1.132.0, aws-sdk-accessanalyzer 1.128.0 and aws-sdk-scheduler 1.119.0.

mod rest;

use serde::Serialize;

use super::{Filter, Tag, Uncounted, caller};
use crate::aws::client::tests::line::Line;
use crate::aws::client::{Done, Operation, Request, requests, send};

/// Sends a request. Its result does not matter here.
pub(super) async fn sent<O: Operation>(line: &Line, parameters: O) {
    let config = line.config("eu-west-1");
    let request = Request::new(&parameters, &caller(&config)).expect("written");
    let timeouts = aws_smithy_types::timeout::TimeoutConfig::builder().build();
    let _ = send(&request, &config, timeouts, Uncounted).await;
}

/// Compares line by line, so that a failure shows the line that differs.
#[track_caller]
pub(super) fn assert_same(found: &str, expected: &str) {
    for (index, (found, expected)) in found.lines().zip(expected.lines()).enumerate() {
        assert_eq!(found, expected, "line {}", index + 1);
    }
    assert_eq!(found, expected);
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct TagSpecification {
    resource_type: &'static str,
    tag: [Tag; 2],
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Flag {
    value: bool,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct PortRange {
    from: u16,
    to: u16,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct EventSelector {
    name: &'static str,
    field_selectors: Vec<FieldSelector>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct FieldSelector {
    field: &'static str,
    equals: Vec<&'static str>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct KmsTag {
    tag_key: &'static str,
    tag_value: &'static str,
}

requests! { EC2, "ec2":
    CreateVpc { cidr_block: &'static str, tag_specification: [TagSpecification; 1] } -> Done,
    ModifyVpcAttribute { enable_dns_hostnames: Option<Flag>, enable_dns_support: Option<Flag>, vpc_id: &'static str } -> Done,
    ModifySubnetAttribute { map_public_ip_on_launch: Flag, subnet_id: &'static str } -> Done,
    CreateTags { resource_id: [&'static str; 2], tag: [Tag; 1] } -> Done,
    DescribeAddresses { filter: Vec<Filter> } -> Done,
    ModifyVpcEndpoint { vpc_endpoint_id: &'static str, reset_policy: Option<bool>, add_route_table_id: [&'static str; 1] } -> Done,
    CreateNatGateway {
        allocation_id: &'static str, client_token: &'static str, subnet_id: &'static str, tag_specification: [TagSpecification; 1],
    } -> Done,
    CreateNetworkAclEntry {
        network_acl_id: &'static str, rule_number: u16, protocol: &'static str, rule_action: &'static str, egress: bool,
        cidr_block: &'static str, port_range: PortRange,
    } -> Done,
    DeleteVpcEndpoints { vpc_endpoint_id: [&'static str; 1] } -> Done,
    DescribeVpcs { filter: [Filter; 1], max_results: u16, next_token: Option<String> } -> Done,
}
requests! { SSM, "ssm":
    GetParametersByPath { path: &'static str, recursive: bool, next_token: Option<String> } -> Done,
    PutParameter {
        name: &'static str, value: &'static str, r#type: &'static str, overwrite: Option<bool>, tags: Option<[Tag; 1]>,
    } -> Done,
    DeleteParameters { names: Vec<String> } -> Done,
}
requests! { IAM, "iam":
    CreatePolicyVersion { policy_arn: &'static str, policy_document: &'static str, set_as_default: bool } -> Done,
    CreateRole {
        path: &'static str, role_name: &'static str, assume_role_policy_document: &'static str, description: &'static str,
        max_session_duration: i32, permissions_boundary: Option<String>, tags: Vec<Tag>,
    } -> Done,
    DeleteRole { role_name: &'static str } -> Done,
    GetAccountAuthorizationDetails { filter: [&'static str; 2], max_items: i32, marker: Option<String> } -> Done,
    ListRoles { path_prefix: &'static str, marker: Option<&'static str>, max_items: i32 } -> Done,
    TagRole { role_name: &'static str, tags: Vec<Tag> } -> Done,
}
requests! { KMS, "kms":
    CreateKey { policy: &'static str, description: &'static str, tags: Vec<KmsTag> } -> Done,
    EnableKeyRotation { key_id: &'static str, rotation_period_in_days: i32 } -> Done,
    ListAliases { marker: Option<String> } -> Done,
}
requests! { CLOUDTRAIL, "cloudtrail":
    CreateTrail { name: &'static str, s3_bucket_name: &'static str, is_multi_region_trail: bool, tags_list: Vec<Tag> } -> Done,
    DescribeTrails {
        #[serde(rename = "includeShadowTrails")]
        include_shadow_trails: bool,
    } -> Done,
    PutEventSelectors {
        trail_name: &'static str, event_selectors: Option<Vec<EventSelector>>, advanced_event_selectors: Option<Vec<EventSelector>>,
    } -> Done,
}

fn tag(key: &str, value: &str) -> Tag {
    Tag { key: key.to_owned(), value: value.to_owned() }
}

fn tags_of(resource_type: &'static str) -> [TagSpecification; 1] {
    [TagSpecification { resource_type, tag: [tag("Name", "blå (a/b)*~"), tag("empty", "")] }]
}

#[tokio::test]
async fn forms_of_ec2() {
    let line = Line::answering(400, "");
    sent(&line, CreateVpc { cidr_block: "10.0.0.0/16", tag_specification: tags_of("vpc") }).await;
    let flag = Some(Flag { value: true });
    sent(&line, ModifyVpcAttribute { enable_dns_hostnames: flag, enable_dns_support: None, vpc_id: "vpc-1" }).await;
    sent(&line, ModifySubnetAttribute { map_public_ip_on_launch: Flag { value: false }, subnet_id: "subnet-1" }).await;
    sent(&line, CreateTags { resource_id: ["vpc-1", "subnet-1"], tag: [tag("a&b", "c=d\n\"ö\"")] }).await;
    sent(&line, DescribeAddresses { filter: Vec::new() }).await;
    sent(&line, ModifyVpcEndpoint { vpc_endpoint_id: "vpce-1", reset_policy: Some(true), add_route_table_id: ["rtb-1"] }).await;
    let tag_specification = tags_of("natgateway");
    sent(&line, CreateNatGateway { allocation_id: "eipalloc-1", client_token: "own", subnet_id: "subnet-1", tag_specification }).await;
    let entry = CreateNetworkAclEntry {
        network_acl_id: "acl-1",
        rule_number: 100,
        protocol: "-1",
        rule_action: "allow",
        egress: false,
        cidr_block: "0.0.0.0/0",
        port_range: PortRange { from: 1024, to: 65535 },
    };
    sent(&line, entry).await;
    sent(&line, DeleteVpcEndpoints { vpc_endpoint_id: ["vpce-1"] }).await;
    let filter = Filter { name: "tag:landfall:organization".to_owned(), value: vec!["acme".to_owned(), "a b+c".to_owned()] };
    sent(&line, DescribeVpcs { filter: [filter], max_results: 1000, next_token: None }).await;
    assert_same(&line.asked().join("\n"), include_str!("recorded/ec2.txt"));
}

#[tokio::test]
async fn json_of_ssm() {
    let line = Line::answering(400, "");
    sent(&line, GetParametersByPath { path: "/landfall", recursive: true, next_token: Some("a+b/c==".to_owned()) }).await;
    let value = "{\"a\":\"„b“ \\\\ \u{1} \u{7f} \u{2028} 😀\t\"}";
    let tags = Some([tag("team", "")]);
    sent(&line, PutParameter { name: "/landfall/dev", value, r#type: "String", overwrite: None, tags }).await;
    sent(&line, DeleteParameters { names: Vec::new() }).await;
    assert_same(&line.asked().join("\n"), include_str!("recorded/ssm.txt"));
}

const DOCUMENT: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"<a> & 'b'"}]}"#;
const BOTH: [&str; 2] = ["Role", "LocalManagedPolicy"];

#[tokio::test]
async fn forms_of_iam() {
    use aws_sdk_iam::types;
    let line = Line::answering(400, "");
    let iam = aws_sdk_iam::Client::new(&line.config("eu-west-1"));
    let team = || types::Tag::builder().key("team").value("blå").build().expect("a tag");
    let _ = iam.create_policy_version().policy_arn("arn:aws:iam::1:policy/a").policy_document(DOCUMENT).set_as_default(true).send().await;
    let role = iam.create_role().path("/landfall/").role_name("reader").assume_role_policy_document(DOCUMENT).description("liest „alles“");
    let _ = role.max_session_duration(3600).tags(team()).send().await;
    let _ = iam.delete_role().role_name("reader").send().await;
    let both = BOTH.map(types::EntityType::from).to_vec();
    let _ = iam.get_account_authorization_details().set_filter(Some(both)).max_items(1000).send().await;
    let _ = iam.list_roles().path_prefix("/landfall/").marker("a+b/c==").max_items(1000).send().await;
    let _ = iam.tag_role().role_name("reader").set_tags(Some(Vec::new())).send().await;
    let expected = line.asked().join("\n");

    let policy_arn = "arn:aws:iam::1:policy/a";
    sent(&line, CreatePolicyVersion { policy_arn, policy_document: DOCUMENT, set_as_default: true }).await;
    let role = CreateRole {
        path: "/landfall/",
        role_name: "reader",
        assume_role_policy_document: DOCUMENT,
        description: "liest „alles“",
        max_session_duration: 3600,
        permissions_boundary: None,
        tags: vec![tag("team", "blå")],
    };
    sent(&line, role).await;
    sent(&line, DeleteRole { role_name: "reader" }).await;
    sent(&line, GetAccountAuthorizationDetails { filter: BOTH, max_items: 1000, marker: None }).await;
    sent(&line, ListRoles { path_prefix: "/landfall/", marker: Some("a+b/c=="), max_items: 1000 }).await;
    sent(&line, TagRole { role_name: "reader", tags: Vec::new() }).await;
    assert_same(&line.asked().join("\n"), &expected);
}

#[tokio::test]
async fn json_of_kms_and_cloudtrail() {
    let line = Line::answering(400, "");
    let kms = aws_sdk_kms::Client::new(&line.config("eu-west-1"));
    let tag_of_kms = aws_sdk_kms::types::Tag::builder().tag_key("team").tag_value("blå").build().expect("a tag");
    let _ = kms.create_key().policy(DOCUMENT).description("Protokolle\n„älter“").tags(tag_of_kms).send().await;
    let _ = kms.enable_key_rotation().key_id("k-1").rotation_period_in_days(365).send().await;
    let _ = kms.list_aliases().send().await;
    let trail = aws_sdk_cloudtrail::Client::new(&line.config("eu-west-1"));
    let creation = trail.create_trail().name("audit").s3_bucket_name("b").is_multi_region_trail(true).set_tags_list(Some(Vec::new()));
    let _ = creation.send().await;
    let _ = trail.describe_trails().include_shadow_trails(false).send().await;
    let field = aws_sdk_cloudtrail::types::AdvancedFieldSelector::builder().field("eventCategory").equals("Data").equals("a/b").build();
    let selector = aws_sdk_cloudtrail::types::AdvancedEventSelector::builder().name("data").field_selectors(field.expect("a field"));
    let selectors = trail.put_event_selectors().trail_name("audit").set_event_selectors(Some(Vec::new()));
    let _ = selectors.advanced_event_selectors(selector.build().expect("a selector")).send().await;
    let expected = line.asked().join("\n");

    let tags = vec![KmsTag { tag_key: "team", tag_value: "blå" }];
    sent(&line, CreateKey { policy: DOCUMENT, description: "Protokolle\n„älter“", tags }).await;
    sent(&line, EnableKeyRotation { key_id: "k-1", rotation_period_in_days: 365 }).await;
    sent(&line, ListAliases { marker: None }).await;
    sent(&line, CreateTrail { name: "audit", s3_bucket_name: "b", is_multi_region_trail: true, tags_list: Vec::new() }).await;
    sent(&line, DescribeTrails { include_shadow_trails: false }).await;
    let field_selectors = vec![FieldSelector { field: "eventCategory", equals: vec!["Data", "a/b"] }];
    let selectors = PutEventSelectors {
        trail_name: "audit",
        event_selectors: Some(Vec::new()),
        advanced_event_selectors: Some(vec![EventSelector { name: "data", field_selectors }]),
    };
    sent(&line, selectors).await;
    assert_same(&line.asked().join("\n"), &expected);
}
