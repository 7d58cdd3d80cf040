//! Policies of the organization: types that AWS is still switching on, changes that it is still applying, and what it finds invalid.

use std::collections::BTreeMap;

use landfall::simulator::{Fault, InvalidPolicy, Options, Preset, Simulator, Trouble};
use landfall_tests::kept::Kept;
use landfall_tests::{account_id, applied, clock, failures, organization, planned, small, without_network};

const REGION: &str = "eu-west-1";

fn slow() -> Simulator {
    Simulator::new(Options::default().with_preset(Preset::Realistic), clock())
}

/// Returns how often each operation on policies succeeded.
fn done(simulator: &Simulator) -> BTreeMap<String, usize> {
    let mut done = BTreeMap::new();
    for call in simulator.calls().into_iter().filter(|call| call.mutating && call.error.is_none()) {
        if ["EnablePolicyType", "CreatePolicy", "AttachPolicy", "UpdatePolicy", "DetachPolicy"].contains(&call.operation.as_str())
            && call.service == "organizations"
        {
            *done.entry(call.operation).or_default() += 1;
        }
    }
    done
}

/// What an apply does that meets nothing of this.
async fn calm() -> BTreeMap<String, usize> {
    let simulator = Simulator::new(Options::default(), clock());
    let (_, events) = applied(&simulator.sdk_config(REGION), &organization(&without_network(&small("")))).await.expect("observed");
    assert_eq!(failures(&events), [""; 0]);
    done(&simulator)
}

#[tokio::test]
async fn types_are_awaited_and_changes_in_progress_too() {
    let (organization, calm) = (organization(&without_network(&small(""))), calm().await);
    let later = || Trouble::Refuse("PolicyChangesInProgressException".to_owned(), 400);
    let simulator = slow();
    for (call, times) in [("organizations:EnablePolicyType", 2), ("organizations:AttachPolicy", 3)] {
        simulator.inject(Fault::new(later()).on(call).times(times));
    }
    let (_, events) = applied(&simulator.sdk_config(REGION), &organization).await.expect("observed");
    assert_eq!(failures(&events), [""; 0]);
    assert_eq!(done(&simulator), calm, "nothing twice");
    // No attachment is sent before its type is on.
    let early = simulator.calls().into_iter().filter(|call| call.error.as_deref() == Some("PolicyTypeNotEnabledException"));
    assert_eq!(early.count(), 0);
    let (_, plan) = planned(&simulator.sdk_config(REGION), &organization).await.expect("observed");
    assert!(plan.is_settled(), "{:?}", plan.view());
}

/// AWS may show a type as on, and refuse the first attachments all the same.
#[tokio::test]
async fn an_attachment_that_comes_too_early_is_sent_again() {
    let (organization, calm) = (organization(&without_network(&small(""))), calm().await);
    let simulator = slow();
    let early = Trouble::Refuse("PolicyTypeNotEnabledException".to_owned(), 400);
    simulator.inject(Fault::new(early).on("organizations:AttachPolicy").from_the(2).times(4));
    let (_, events) = applied(&simulator.sdk_config(REGION), &organization).await.expect("observed");
    assert_eq!(failures(&events), [""; 0]);
    assert_eq!(done(&simulator), calm, "nothing twice");
}

/// A run was killed while a type was being switched on: the next plan waits for it, and does not switch it on again.
#[tokio::test]
async fn a_type_that_is_being_switched_on_is_a_step_that_waits() {
    let (organization, calm) = (organization(&without_network(&small(""))), calm().await);
    let simulator = slow();
    let kept = Kept::of(&simulator);
    // The first is of service control policies, which are on from the beginning.
    simulator.inject(Fault::new(Trouble::Kill).on("organizations:EnablePolicyType").from_the(2).times(1));
    let config = simulator.sdk_config(REGION);
    tokio::select! {
        _ = applied(&config, &organization) => panic!("it was not killed"),
        () = simulator.killed() => {}
    }
    let simulator = kept.reopened();
    let (_, plan) = planned(&simulator.sdk_config(REGION), &organization).await.expect("observed");
    let view = plan.view();
    let waiting: Vec<String> = view
        .steps
        .iter()
        .filter(|step| step.address.kind() == "policy-type" && !step.fields.is_empty())
        .map(|step| format!("{} {} {}", step.action.sign(), step.address, step.fields[0]))
        .collect();
    assert_eq!(waiting.len(), 1);
    assert!(waiting[0].starts_with("~ policy-type/") && waiting[0].ends_with(" state  pending -> enabled"), "{waiting:?}");
    assert!(view.blocked.is_empty(), "{:?}", view.blocked);

    let (_, events) = applied(&simulator.sdk_config(REGION), &organization).await.expect("observed");
    assert_eq!(failures(&events), [""; 0]);
    assert_eq!(done(&simulator)["EnablePolicyType"], calm["EnablePolicyType"] - 1, "one was done by the run that was killed");
    let (_, plan) = planned(&simulator.sdk_config(REGION), &organization).await.expect("observed");
    assert!(plan.is_settled(), "{:?}", plan.view());
}

#[tokio::test]
async fn a_type_that_stays_pending_fails_by_itself_and_says_so() {
    let organization = organization(&without_network(&small("")));
    let options = Options::default().with_preset(Preset::Realistic).with_policy_type_pending("S3_POLICY");
    let simulator = Simulator::new(options, clock());
    for _ in 0..2 {
        let (_, events) = applied(&simulator.sdk_config(REGION), &organization).await.expect("observed");
        let wrong = failures(&events);
        let (failed, skipped): (Vec<&String>, Vec<&String>) = wrong.iter().partition(|line| !line.contains(" skipped: "));
        assert_eq!(
            failed,
            ["policy-type/s3: timed out after 10 minutes waiting for S3 policies to be enabled (run `landfall apply` again: it continues \
                 to wait)"]
        );
        let waits = |line: &&&String| line.ends_with("/s3-public-access skipped: it needs policy-type/s3");
        assert!(!skipped.is_empty() && skipped.iter().filter(waits).count() == skipped.len(), "{skipped:?}");
    }
    assert_eq!(done(&simulator)["EnablePolicyType"], calm().await["EnablePolicyType"], "nothing twice");
}

/// Returns the notices of a plan about effective policies, each with its hint.
async fn notices(simulator: &Simulator) -> Vec<(String, String)> {
    let organization = organization(&without_network(&small("")));
    let (_, plan) = planned(&simulator.sdk_config(REGION), &organization).await.expect("observed");
    assert!(plan.is_settled(), "{:?}", plan.view());
    let notices = plan.view().notices.into_iter().map(|notice| (notice.text, notice.hint));
    notices.filter(|(text, _)| text.contains(" valid in every account") || text.contains(" invalid in ")).collect()
}

async fn settled() -> (Simulator, Vec<String>) {
    let simulator = Simulator::new(Options::default(), clock());
    let (_, events) = applied(&simulator.sdk_config(REGION), &organization(&without_network(&small("")))).await.expect("observed");
    assert_eq!(failures(&events), [""; 0]);
    let (_, plan) = planned(&simulator.sdk_config(REGION), &organization(&without_network(&small("")))).await.expect("observed");
    let accounts = ["dev", "prod"].map(|key| account_id(&plan, key)).to_vec();
    (simulator, accounts)
}

fn asked(simulator: &Simulator) -> [usize; 2] {
    ["ListAccountsWithInvalidEffectivePolicy", "ListEffectivePolicyValidationErrors"]
        .map(|operation| simulator.calls().iter().filter(|call| call.operation == operation).count())
}

#[tokio::test]
async fn what_is_invalid_in_an_account_is_a_notice_with_the_reason() {
    let (simulator, accounts) = settled().await;
    simulator.forget_calls();
    assert_eq!(notices(&simulator).await, []);
    assert_eq!(asked(&simulator), [2, 0], "one call for each type that is merged, EC2 and backup");

    for account in &accounts {
        let invalid = InvalidPolicy::new(account.parse().expect("an id"), "DECLARATIVE_POLICY_EC2").at("/ec2_attributes");
        simulator.invalidate(invalid);
    }
    simulator.forget_calls();
    let expected = (
        "AWS finds what each declarative policy for EC2 comes to invalid in account/dev, account/prod, and does not enforce all of it \
         there: ELEMENTS_TOO_MANY at /ec2_attributes (The effective policy has too many elements), from guardrail/ec2-defaults and \
         guardrail/ec2-sharing"
            .to_owned(),
        "change or detach one of these policies; `aws organizations list-effective-policy-validation-errors --policy-type \
         DECLARATIVE_POLICY_EC2 --account-id ID` shows the errors of an account"
            .to_owned(),
    );
    assert_eq!(notices(&simulator).await, [expected]);
    assert_eq!(asked(&simulator), [2, 2]);
}

/// A plan does not depend on the check: who does not know the call has nothing to say, and who refuses it is named.
#[tokio::test]
async fn a_check_that_is_refused_changes_nothing() {
    for (code, status, text) in [
        ("NotImplemented", 501, None),
        ("UnknownOperationException", 400, None),
        ("EffectivePolicyNotFoundException", 400, None),
        ("AccessDeniedException", 400, Some("allow the caller organizations:ListAccountsWithInvalidEffectivePolicy")),
        ("ServiceException", 500, Some("the plan is the same without it")),
    ] {
        let (simulator, _) = settled().await;
        let refused = Trouble::Refuse(code.to_owned(), status);
        simulator.inject(Fault::new(refused).on("organizations:ListAccountsWithInvalidEffectivePolicy"));
        let found = notices(&simulator).await;
        let hints: Vec<bool> = found.iter().map(|(_, hint)| text.is_some_and(|text| hint.starts_with(text))).collect();
        assert_eq!(hints, vec![true; if text.is_some() { 2 } else { 0 }], "{code}: {found:?}");
    }
}

/// Only why it is invalid could not be read.
#[tokio::test]
async fn an_invalid_policy_without_a_reason_is_still_named() {
    let (simulator, accounts) = settled().await;
    simulator.invalidate(InvalidPolicy::new(accounts[1].parse().expect("an id"), "BACKUP_POLICY"));
    simulator.inject(
        Fault::new(Trouble::Refuse("AccessDeniedException".to_owned(), 400)).on("organizations:ListEffectivePolicyValidationErrors"),
    );
    let found = notices(&simulator).await;
    let text = "AWS finds what each backup policy comes to invalid in account/prod, and does not enforce all of it there";
    assert_eq!(found.into_iter().map(|(found, _)| found).collect::<Vec<_>>(), [text]);
}

/// What is not attached is not asked about.
#[tokio::test]
async fn an_organization_without_such_policies_does_not_ask() {
    let simulator = Simulator::new(Options::default(), clock());
    let organization = organization(&without_network(&small("")));
    let (_, _) = planned(&simulator.sdk_config(REGION), &organization).await.expect("observed");
    assert_eq!(asked(&simulator), [0, 0]);
}
