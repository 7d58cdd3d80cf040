//! Requests of REST-JSON: members in the path, in the query and in the body.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{assert_same, sent};
use crate::aws::client::tests::line::Line;

type Tags = BTreeMap<&'static str, &'static str>;

mod backup {
    use super::Tags;
    use crate::aws::client::{Done, requests};

    requests! { BACKUP, "backup":
        pub(super) CreateBackupVault ["CreatorRequestId"] at "PUT /backup-vaults/{BackupVaultName}" {
            backup_vault_name: &'static str, backup_vault_tags: Tags, creator_request_id: Option<&'static str>,
            encryption_key_arn: &'static str,
        } -> Done,
        pub(super) ListBackupPlans at "GET /backup/plans?nextToken={NextToken}&maxResults={MaxResults}&includeDeleted={IncludeDeleted}" {
            next_token: Option<&'static str>, max_results: Option<u32>, include_deleted: Option<bool>,
        } -> Done,
        pub(super) ListBackupJobs
            at "GET /backup-jobs?nextToken={NextToken}&maxResults={MaxResults}&state={ByState}&createdAfter={ByCreatedAfter}" {
            next_token: Option<&'static str>, max_results: Option<u32>, by_state: &'static str, by_created_after: &'static str,
        } -> Done,
        pub(super) CreateBackupPlan at "PUT /backup/plans" {
            backup_plan: super::Plan, backup_plan_tags: Tags, creator_request_id: &'static str,
        } -> Done,
        pub(super) DeleteBackupVault at "DELETE /backup-vaults/{BackupVaultName}" { backup_vault_name: &'static str } -> Done,
        pub(super) UpdateRegionSettings at "PUT /account-settings" {
            resource_type_opt_in_preference: std::collections::BTreeMap<&'static str, bool>,
        } -> Done,
        pub(super) UntagResource at "POST /untag/{ResourceArn}" { resource_arn: &'static str, tag_key_list: Vec<String> } -> Done,
    }
}

mod analyzer {
    use super::Tags;
    use crate::aws::client::{Done, requests};

    requests! { ACCESS_ANALYZER, "access-analyzer", "camelCase":
        pub(super) CreateAnalyzer ["clientToken"] at "PUT /analyzer" {
            analyzer_name: &'static str, client_token: Option<&'static str>, tags: Tags, r#type: &'static str,
        } -> Done,
        pub(super) ListAnalyzers at "GET /analyzer?nextToken={nextToken}&type={type}" {
            next_token: Option<&'static str>, r#type: Option<&'static str>,
        } -> Done,
        pub(super) UntagResource at "DELETE /tags/{resourceArn}?tagKeys={tagKeys}" {
            resource_arn: &'static str, tag_keys: [&'static str; 2],
        } -> Done,
        pub(super) TagResource at "POST /tags/{resourceArn}" { resource_arn: &'static str, tags: Tags } -> Done,
        pub(super) DeleteAnalyzer ["clientToken"] at "DELETE /analyzer/{analyzerName}?clientToken={clientToken}" {
            analyzer_name: &'static str, client_token: Option<&'static str>,
        } -> Done,
        pub(super) UpdateAnalyzer at "PUT /analyzer/{analyzerName}" { analyzer_name: &'static str, configuration: Option<Tags> } -> Done,
    }
}

mod scheduler {
    use crate::aws::client::{Done, requests};

    requests! { SCHEDULER, "scheduler":
        pub(super) CreateSchedule ["ClientToken"] at "POST /schedules/{Name}" {
            client_token: Option<&'static str>, end_date: u64, flexible_time_window: super::Window, group_name: &'static str,
            name: &'static str, schedule_expression: &'static str, start_date: f64, target: super::Target,
        } -> Done,
    }
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Plan {
    backup_plan_name: &'static str,
    rules: [Rule; 1],
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Rule {
    rule_name: &'static str,
    target_backup_vault_name: &'static str,
    schedule_expression: &'static str,
    start_window_minutes: u32,
    lifecycle: Lifecycle,
    copy_actions: [(); 0],
    enable_continuous_backup: bool,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Lifecycle {
    delete_after_days: u32,
    opt_in_to_archive_for_supported_resources: bool,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Window {
    mode: &'static str,
    maximum_window_in_minutes: u32,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Target {
    arn: &'static str,
    role_arn: &'static str,
    input: &'static str,
}

async fn of_backup(line: &Line) {
    use backup::{
        CreateBackupPlan, CreateBackupVault, DeleteBackupVault, ListBackupJobs, ListBackupPlans, UntagResource, UpdateRegionSettings,
    };
    let vault = CreateBackupVault {
        backup_vault_name: "landfall",
        backup_vault_tags: Tags::from([("team", "blå & co")]),
        creator_request_id: Some("own"),
        encryption_key_arn: "arn:aws:kms:eu-west-1:222222222222:key/k-1",
    };
    sent(line, vault).await;
    sent(line, ListBackupPlans { next_token: None, max_results: Some(1000), include_deleted: Some(false) }).await;
    let jobs =
        ListBackupJobs { next_token: Some("a+b/c=="), max_results: Some(50), by_state: "FAILED", by_created_after: "2025-11-27T00:00:00Z" };
    sent(line, jobs).await;
    let rule = Rule {
        rule_name: "daily, 35 days",
        target_backup_vault_name: "landfall",
        schedule_expression: "cron(0 3 * * ? *)",
        start_window_minutes: 60,
        lifecycle: Lifecycle { delete_after_days: 35, opt_in_to_archive_for_supported_resources: false },
        copy_actions: [],
        enable_continuous_backup: true,
    };
    let backup_plan = Plan { backup_plan_name: "Sicherung „täglich“", rules: [rule] };
    let backup_plan_tags = Tags::from([("landfall:id", "backup/plan")]);
    sent(line, CreateBackupPlan { backup_plan, backup_plan_tags, creator_request_id: "own" }).await;
    sent(line, DeleteBackupVault { backup_vault_name: "old+vault" }).await;
    sent(line, UpdateRegionSettings { resource_type_opt_in_preference: BTreeMap::from([("Aurora", true)]) }).await;
    let resource_arn = "arn:aws:backup:eu-west-1:222222222222:backup-vault:landfall";
    sent(line, UntagResource { resource_arn, tag_key_list: Vec::new() }).await;
}

async fn of_access_analyzer(line: &Line) {
    use analyzer::{CreateAnalyzer, DeleteAnalyzer, ListAnalyzers, TagResource, UntagResource, UpdateAnalyzer};
    let tags = Tags::from([("team", "\"ö\"\n")]);
    sent(line, CreateAnalyzer { analyzer_name: "organization", client_token: Some("own"), tags, r#type: "ORGANIZATION" }).await;
    sent(line, ListAnalyzers { next_token: Some("päge 2/3?&=~"), r#type: Some("ORGANIZATION") }).await;
    sent(line, ListAnalyzers { next_token: None, r#type: None }).await;
    let resource_arn = "arn:aws:access-analyzer:eu-west-1:222222222222:analyzer/organization access";
    sent(line, UntagResource { resource_arn, tag_keys: ["team", "größe:m"] }).await;
    sent(line, TagResource { resource_arn, tags: Tags::from([("team", "")]) }).await;
    sent(line, DeleteAnalyzer { analyzer_name: "organization", client_token: Some("own") }).await;
    sent(line, UpdateAnalyzer { analyzer_name: "organization", configuration: None }).await;
}

async fn of_scheduler(line: &Line) {
    let target =
        Target { arn: "arn:aws:sns:eu-west-1:222222222222:t", role_arn: "arn:aws:iam::222222222222:role/r", input: r#"{"a":"<b>"}"# };
    let schedule = scheduler::CreateSchedule {
        client_token: Some("own"),
        end_date: 1_764_288_000,
        flexible_time_window: Window { mode: "FLEXIBLE", maximum_window_in_minutes: 15 },
        group_name: "landfall",
        name: "night.ly",
        schedule_expression: "rate(1 day)",
        start_date: 1_764_201_600.5,
        target,
    };
    sent(line, schedule).await;
}

#[tokio::test]
async fn rest_of_three_services() {
    let line = Line::answering(400, "");
    of_backup(&line).await;
    of_access_analyzer(&line).await;
    of_scheduler(&line).await;
    assert_same(&line.asked().join("\n"), include_str!("../recorded/rest.txt"));
}

/// A token in the query is generated like one in a body.
#[tokio::test]
async fn a_token_may_be_in_the_query() {
    let line = Line::answering(400, "");
    sent(&line, analyzer::DeleteAnalyzer { analyzer_name: "organization", client_token: None }).await;
    let asked = line.asked().remove(0);
    assert!(asked.contains("/analyzer/organization?clientToken=landfall-"), "{asked}");
}
