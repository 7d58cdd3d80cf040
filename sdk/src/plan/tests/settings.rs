//! Plans of settings: what is weaker is shown and written, what is stricter stays, and one that cannot be read hides nothing.

use std::collections::BTreeSet;

use super::{MANIFEST, planned};
use crate::address::Scope;
use crate::kind::account::contact::Contact;
use crate::kind::ec2::default_vpc::DefaultVpc;
use crate::kind::ec2::ebs_encryption::EbsEncryption;
use crate::kind::iam::account_alias::Alias;
use crate::kind::iam::password_policy::PasswordPolicy;
use crate::kind::iam::root_access::RootAccess;
use crate::kind::logs::log_retention::LogRetention;
use crate::kind::setting::Present;
use crate::kind::ssm::document_sharing::DocumentSharing;
use crate::kind::{Action, Desired, Observed};
use crate::name::literal;
use crate::observed::{Observation, ScopeState};
use crate::plan::Plan;

/// Returns a setting as landfall leaves it; `None` for a resource.
pub(super) fn built(wanted: &Desired) -> Option<Observed> {
    match wanted {
        Desired::EbsEncryption(setting) => Some(Observed::EbsEncryption(Present::Value(setting.value))),
        Desired::PasswordPolicy(setting) => Some(Observed::PasswordPolicy(Present::Value(setting.value.clone()))),
        Desired::RootAccess(setting) => Some(Observed::RootAccess(Present::Value(setting.value.clone()))),
        Desired::DocumentSharing(setting) => Some(Observed::DocumentSharing(Present::Value(setting.value))),
        Desired::DefaultVpc(setting) => Some(Observed::DefaultVpc(Present::Value(setting.value.clone()))),
        Desired::LogRetention(setting) => Some(Observed::LogRetention(Present::Value(setting.value.clone()))),
        Desired::AccountAlias(setting) => Some(Observed::AccountAlias(Present::Value(setting.value.clone()))),
        Desired::SecurityContact(setting) => Some(Observed::SecurityContact(Present::Value(setting.value.clone()))),
        Desired::BillingContact(setting) => Some(Observed::BillingContact(Present::Value(setting.value.clone()))),
        Desired::OperationsContact(setting) => Some(Observed::OperationsContact(Present::Value(setting.value.clone()))),
        _ => None,
    }
}

/// Puts a setting back to AWS's default; a resource stays as it is.
pub(super) fn reset(thing: &mut Observed) {
    match thing {
        Observed::EbsEncryption(present) => *present = Present::Value(EbsEncryption::Off),
        Observed::PasswordPolicy(present) => *present = Present::Value(PasswordPolicy::of_aws()),
        Observed::RootAccess(present) => *present = Present::Value(RootAccess { features: BTreeSet::new() }),
        Observed::DocumentSharing(present) => *present = Present::Value(DocumentSharing::Allowed),
        Observed::DefaultVpc(present) => *present = Present::Value(DefaultVpc::Present { id: literal("vpc-1"), used: Vec::new() }),
        Observed::LogRetention(present) => *present = Present::Value(LogRetention::Absent),
        Observed::AccountAlias(present) => *present = Present::Value(Alias { name: None }),
        Observed::SecurityContact(present) => *present = Present::Value(Contact::new(None)),
        Observed::BillingContact(present) => *present = Present::Value(Contact::new(None)),
        Observed::OperationsContact(present) => *present = Present::Value(Contact::new(None)),
        _ => {}
    }
}

/// Changes what was observed of one kind in one scope.
fn change(world: &mut Observation, scope: &str, kind: &str, change: impl Fn(&mut Observed)) {
    let things = world.things.iter_mut().filter(|(place, thing)| place.to_string() == scope && thing.kind() == kind);
    let changed = things.map(|(_, thing)| change(thing)).count();
    assert_eq!(changed, 1, "{scope}/{kind}");
}

fn shown(plan: &Plan) -> Vec<String> {
    let steps = plan.view().steps;
    let line = |step: &crate::plan::view::StepView| {
        let fields: Vec<String> = step.fields.iter().map(ToString::to_string).collect();
        format!("{} {}: {}", step.action.sign(), step.address, fields.join("; "))
    };
    steps.iter().map(line).collect()
}

#[test]
fn aws_defaults_are_shown_and_changed_in_every_region() {
    let plan = planned(MANIFEST, |world| world.things.iter_mut().for_each(|(_, thing)| reset(thing)));
    assert!(plan.steps.iter().all(|step| step.change.action() == Action::Change), "{:?}", shown(&plan));
    let of = |kind: &str| shown(&plan).into_iter().filter(|line| line.contains(kind)).collect::<Vec<_>>();
    let accounts = ["dev", "log-archive", "prod", "tooling"];
    for (kind, change) in [("ebs-encryption", "encryption by default  off -> on"), ("ssm-sharing", "public documents  allowed -> blocked")]
    {
        let places = accounts.into_iter().flat_map(|account| ["eu-west-1", "us-east-1"].map(|region| format!("{account}/{region}")));
        let expected: Vec<String> = places.map(|place| format!("~ {place}/{kind}/main: {change}")).collect();
        assert_eq!(of(kind), expected);
    }
    let change = "characters  8 -> 14; requires  + an uppercase letter; requires  + a lowercase letter; requires  + a number; \
                  requires  + a symbol; former passwords not again  0 -> 24";
    assert_eq!(of("password-policy"), accounts.map(|account| format!("~ {account}/password-policy/main: {change}")));
    let change = "central management of root credentials  off -> on; root sessions from the management account  off -> on";
    assert_eq!(of("root-access"), [format!("~ root-access/main: {change}")]);
    let places = accounts.into_iter().flat_map(|account| ["eu-west-1", "us-east-1"].map(|region| (account, region)));
    for (account, region) in places {
        assert_eq!(
            of(&format!("{account}/{region}/default-vpc")),
            [format!("~ {account}/{region}/default-vpc/main: default VPC  vpc-1 -> none")]
        );
    }
}

/// What AWS made a moment ago is nobody's; in an account that is older, somebody may count on it.
#[test]
fn the_default_vpc_of_an_account_that_is_not_new_is_removed_only_if_allowed() {
    let hazards = |is_new: bool| {
        let plan = planned(MANIFEST, |world| {
            world.things.iter_mut().for_each(|(_, thing)| match thing {
                Observed::Account(account) => account.is_new = is_new,
                Observed::DefaultVpc(_) => reset(thing),
                _ => {}
            });
        });
        plan.hazards(&[]).map(|(address, hazard)| format!("{address}: {} {}", hazard.name, hazard.text)).collect::<Vec<_>>()
    };
    assert_eq!(hazards(true), [""; 0]);
    let shown = hazards(false);
    assert_eq!(shown.len(), 8, "{shown:?}");
    assert_eq!(
        shown[0],
        "dev/eu-west-1/default-vpc/main: remove-network the default VPC vpc-1 of account dev, in which nothing is, is deleted with its \
         subnets; to keep it, write `default_vpcs = true` in `[accounts.dev.baseline]`"
    );
}

/// The others in its scope are planned as ever: a denied read is a block, not an unreadable scope.
#[test]
fn one_that_cannot_be_read_is_blocked_by_itself() {
    let denied = || Present::Denied { reason: "UnauthorizedOperation".to_owned(), hint: "allow it".to_owned() };
    let plan = planned(MANIFEST, |world| {
        change(world, "prod/us-east-1", "ebs-encryption", |thing| *thing = Observed::EbsEncryption(denied()));
    });
    assert_eq!(shown(&plan), [""; 0]);
    let blocked: Vec<String> = plan
        .blocked
        .iter()
        .map(|blocked| format!("{}: {} ({})", blocked.address, blocked.blocked.reason, blocked.blocked.hint.as_deref().unwrap_or_default()))
        .collect();
    assert_eq!(blocked, ["prod/us-east-1/ebs-encryption/main: it could not be read: UnauthorizedOperation (allow it)"]);
}

/// A Region that is not enabled in one account hides nothing of the others.
#[test]
fn a_region_that_cannot_be_read_blocks_its_settings_only() {
    let plan = planned(MANIFEST, |world| {
        let scope = Scope::Region(literal("prod"), literal("us-east-1"));
        world.things.retain(|(place, _)| *place != scope);
        world.scopes.insert(scope, ScopeState::Unreadable { reason: "AuthFailure".to_owned(), hint: "enable it".to_owned() });
    });
    assert_eq!(shown(&plan), [""; 0]);
    let unreadable: Vec<String> = plan.unreadable.iter().map(|closed| format!("{}: {}", closed.scope, closed.reason)).collect();
    assert_eq!(unreadable, ["prod/us-east-1: AuthFailure"]);
    assert!(plan.blocked.iter().all(|blocked| blocked.address.to_string().starts_with("prod/us-east-1/")), "{:?}", plan.blocked);
}

/// Every call is refused there until the account's owner enables the Region, so nothing is wanted, and a notice says that.
#[test]
fn nothing_is_set_in_an_opt_in_region() {
    let manifest = MANIFEST.replace("\"us-east-1\"]", "\"us-east-1\", \"eu-south-1\"]");
    let plan = planned(&manifest, |_| {});
    assert!(plan.steps.iter().all(|step| step.address.scope().region().is_none()), "{:?}", shown(&plan));
    let notices: Vec<&str> =
        plan.notices.iter().map(|notice| notice.text.as_str()).filter(|text| text.contains("eu-south-1 is an opt-in Region")).collect();
    assert_eq!(notices.len(), 1, "{:?}", plan.notices);
}
