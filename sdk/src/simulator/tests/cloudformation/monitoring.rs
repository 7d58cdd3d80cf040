//! Alarms that roll an operation back, and the time for which they are monitored.

use super::*;
use crate::simulator::StackTrouble;

const HEALTH: &str = "arn:aws:cloudwatch:eu-west-1:111111111111:alarm:shop-health";
const MONITORED: &[(&str, &str)] = &[
    ("RollbackConfiguration.MonitoringTimeInMinutes", "10"),
    ("RollbackConfiguration.RollbackTriggers.member.1.Arn", HEALTH),
    ("RollbackConfiguration.RollbackTriggers.member.1.Type", "AWS::CloudWatch::CompositeAlarm"),
];

fn watched(value: &str) -> Value {
    let health = json!({ "Type": "AWS::CloudWatch::CompositeAlarm", "Properties": { "AlarmName": "shop-health", "AlarmRule": "FALSE" } });
    template(json!({ "Config": parameter("/shop/config", value), "Health": health }))
}

#[tokio::test(start_paused = true)]
async fn an_alarm_rolls_an_update_back_while_it_is_monitored() {
    for (after, status, left) in [(3, "UPDATE_ROLLBACK_COMPLETE", "1"), (11, "UPDATE_COMPLETE", "2")] {
        let simulator = instant();
        let admin = Clients::administrator(&simulator);
        let stacks = Stacks::new(&admin);
        assert_eq!(stacks.deploy("CREATE", "one", &watched("1"), &[]).await, "CREATE_COMPLETE");
        assert_eq!(stacks.deploy("UPDATE", "two", &watched("2"), MONITORED).await, "UPDATE_IN_PROGRESS");
        simulator.trouble_stacks(StackTrouble::alarm_rings("shop-health", Duration::from_mins(after)));
        simulator.trouble_stacks(StackTrouble::alarm_rings("another", Duration::from_mins(1)));
        tokio::time::sleep(Duration::from_mins(2)).await;
        assert_eq!((stacks.status().await.as_str(), value(&admin, "/shop/config").await.as_deref()), ("UPDATE_IN_PROGRESS", Some("2")));
        tokio::time::sleep(Duration::from_mins(10)).await;
        assert_eq!(stacks.status().await, status);
        assert_eq!(value(&admin, "/shop/config").await.as_deref(), Some(left));
        let reason = stacks.reason("shop", "shop", "UPDATE_ROLLBACK_IN_PROGRESS").await;
        assert_eq!(reason.contains(HEALTH), status != "UPDATE_COMPLETE", "{reason}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_alarm_that_rings_while_resources_are_changed_cancels_them() {
    let simulator = realistic();
    let admin = Clients::administrator(&simulator);
    let stacks = Stacks::new(&admin);
    let wait = || tokio::time::sleep(Duration::from_secs(30));
    for (kind, set, value) in [("CREATE", "one", "1"), ("UPDATE", "two", "2")] {
        stacks.plan(kind, set, &watched(value), if kind == "UPDATE" { MONITORED } else { &[] }).await;
        wait().await;
        stacks.done("ExecuteChangeSet", &named(set)).await;
        if kind == "CREATE" {
            wait().await;
        }
    }
    simulator.trouble_stacks(StackTrouble::alarm_rings("shop-health", Duration::from_secs(2)));
    wait().await;
    assert_eq!(stacks.status().await, "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(stacks.reason("shop", "Config", "UPDATE_FAILED").await, "Resource update cancelled");
    assert_eq!(value(&admin, "/shop/config").await.as_deref(), Some("1"));
}

#[tokio::test(start_paused = true)]
async fn an_alarm_has_to_be_there_before() {
    let simulator = instant();
    let stacks = Stacks::administrator(&simulator);
    assert_eq!(stacks.deploy("CREATE", "one", &watched("1"), MONITORED).await, "ROLLBACK_COMPLETE");
    let reason = stacks.reason("shop", "shop", "ROLLBACK_IN_PROGRESS").await;
    assert_eq!(reason, format!("Rollback trigger {HEALTH} does not exist. Rollback requested by user."));
    for arn in ["arn:aws:sns:eu-west-1:111111111111:alarm:x", "shop-health"] {
        let body = watched("1").to_string();
        let trigger = ("RollbackConfiguration.RollbackTriggers.member.1.Arn", arn);
        let sort = ("RollbackConfiguration.RollbackTriggers.member.1.Type", "AWS::CloudWatch::Alarm");
        let pairs = [("StackName", "new"), ("ChangeSetName", "x"), ("ChangeSetType", "CREATE"), ("TemplateBody", &body), trigger, sort];
        stacks.refused("CreateChangeSet", &pairs, "ValidationError").await;
    }
}
