//! What every kind gives: the trait of all kinds, whose laws the parent states.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use super::charge::Charge;
use super::context::{Context, StepError};
use super::field::Field;
use super::hazard::Hazard;
use super::terraform::{Import, Place};
use super::text::{Facts, Text};
use super::verdict::{Adoption, Blocked, Upkeep};
use crate::address::{Address, Scope};
use crate::aws::error::AwsError;
use crate::aws::tags::{self, Owner, Tags};
use crate::name::{OrganizationName, Region};

/// The usual duration of a create with up to three calls.
pub const SHORT: Duration = Duration::from_secs(1);

/// The scopes in which a kind is observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "mirrors Scope")]
pub enum ScopeSet {
    /// The organization itself: observed by name before all else, because everything depends on it.
    Root,
    /// Once per organization.
    Organization,
    /// Once per member account.
    Account,
    /// Once per account, the management account included.
    EveryAccount,
    /// In the home Region of every member account.
    Region,
    /// In every Region in use of every member account, the home Region included.
    EveryRegion,
    /// In the home Region of the log archive only.
    LogArchive,
    /// In the home Region of the management account only.
    Management,
}

impl ScopeSet {
    /// Returns whether a kind with these scopes exists in that scope of an organization with this home Region.
    #[must_use]
    pub fn covers(self, scope: &Scope, home: &Region) -> bool {
        match (self, scope) {
            (Self::Organization | Self::EveryAccount, Scope::Organization) | (Self::Account | Self::EveryAccount, Scope::Account(_)) => {
                true
            }
            (Self::EveryRegion, Scope::Region(account, _)) => !account.is_management(),
            (Self::Region, Scope::Region(account, region)) => !account.is_management() && region == home,
            (Self::LogArchive, Scope::Region(account, region)) => account.is_log_archive() && region == home,
            (Self::Management, Scope::Region(account, region)) => account.is_management() && region == home,
            (Self::Root | Self::Organization | Self::Account | Self::EveryAccount, _)
            | (Self::Region | Self::EveryRegion | Self::LogArchive | Self::Management, Scope::Organization | Scope::Account(_)) => false,
        }
    }
}

/// The edits of a kind that has no edits except tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[expect(clippy::exhaustive_enums, reason = "has no values")]
pub enum NoEdit {}

/// The result of a create.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a resource is new or it existed")]
pub enum Made<O> {
    /// It was created by this call.
    New(O),
    /// It existed: it was created by an earlier call whose answer was lost, or by another owner since the plan. Its tags decide.
    Found(O),
}

/// One type of managed resource. The [module](crate::kind) states the laws.
pub trait Kind: Sized + fmt::Debug + Clone {
    /// The kind's name in addresses, plans and events.
    const NAME: &'static str;
    /// Where it exists.
    const SCOPES: ScopeSet;
    /// The service's usual name.
    const SERVICE: &'static str;
    /// The usual duration of a create.
    const USUAL: Duration = SHORT;
    /// Whether a shortened plan still shows it by name.
    const IS_NOTABLE: bool = false;
    /// The noun for one of them in a summary's counts.
    const COUNTED: Option<&'static str> = None;
    /// The order of pruning: lower ranks are removed first, since dependents are removed before what they depend on.
    const REMOVAL_RANK: u8;
    /// Whether it is read only in scopes in which one is wanted: one that is not wanted is neither listed nor removed, so reading it would
    /// be a call for nothing.
    const IS_READ_WHERE_WANTED: bool = false;
    /// Whether such a kind is read in every account's home Region all the same: one that left the manifest is seen there.
    const IS_READ_AT_HOME: bool = false;
    /// Whether tags are written before everything else, so that a run after a killed one recognizes the resource.
    const TAGS_FIRST: bool = false;

    /// The wanted state, fully explicit; texts may contain references.
    type Desired: Clone + fmt::Debug + PartialEq + serde::Serialize + Send + Sync;
    /// The observed state, normalized.
    type Observed: Clone + fmt::Debug + Send + Sync;
    /// One difference between the two, resolved by one repeatable call.
    type Edit: Clone + fmt::Debug + PartialEq + serde::Serialize + Send + Sync;

    /// Calls `visit` with every text of a desired value. None by default.
    fn visit_references(_desired: &mut Self::Desired, _visit: &mut dyn FnMut(&mut Text)) {}

    /// Returns whether both are the same resource by natural key (name, e-mail, id), whoever owns it.
    fn matches(desired: &Self::Desired, observed: &Self::Observed) -> bool;

    /// Returns the tags of an observed resource.
    fn tags(observed: &Self::Observed) -> Option<&Tags>;

    /// Returns the present and the wanted tags; `None` if the resource has no tags, or is used as it is.
    fn tagging<'a>(_desired: &'a Self::Desired, _observed: &'a Self::Observed) -> Option<(&'a Tags, &'a Tags)> {
        None
    }

    /// Returns the owner. Kinds without tags of their own use the owner of what they are attached to.
    fn owner(observed: &Self::Observed, organization: &OrganizationName) -> Owner {
        Self::tags(observed).map_or(Owner::Nobody, |tags| tags::owner(tags, organization))
    }

    /// Returns what may happen to an unmanaged resource with the wanted natural key.
    fn adoption(_desired: &Self::Desired, _observed: &Self::Observed) -> Adoption {
        Adoption::Refuse(Blocked::new(
            format!("the name is taken by another {}, which landfall did not make", Self::NAME),
            "rename or remove that one; landfall changes nothing that is not its own",
        ))
    }

    /// Returns why one cannot be created, for resources that must already exist.
    ///
    /// # Errors
    ///
    /// [`Blocked`] with a hint how to create it.
    fn creatable(_desired: &Self::Desired) -> Result<(), Blocked> {
        Ok(())
    }

    /// Returns why a new one must not be created beside an existing resource that has its name, its address block or some of its tags. Only
    /// called for resources that do not [match](Self::matches).
    fn rival(_desired: &Self::Desired, _observed: &Self::Observed) -> Option<Blocked> {
        None
    }

    /// Returns why an existing one is permanently out of use; it is then neither changed nor blocked.
    fn retired(_observed: &Self::Observed) -> Option<Blocked> {
        None
    }

    /// Returns what a person still has to do about an existing one that landfall has done its part of; a notice of the plan reports it.
    /// Nothing by default.
    fn awaits(_observed: &Self::Observed) -> Option<Blocked> {
        None
    }

    /// Returns the differences except tags; empty when there are none, which is the default.
    ///
    /// # Errors
    ///
    /// [`Blocked`] for a difference that cannot be repaired here.
    fn diff(_desired: &Self::Desired, _observed: &Self::Observed) -> Result<Vec<Self::Edit>, Blocked> {
        Ok(Vec::new())
    }

    /// Calls `visit` with every text of an edit: the executor fills them in. None by default.
    fn visit_edit_references(_edit: &mut Self::Edit, _visit: &mut dyn FnMut(&mut Text)) {}

    /// Returns the edit's fields, from -> to.
    fn fields(_edit: &Self::Edit) -> Vec<Field> {
        Vec::new()
    }

    /// Returns the text of a plan's line after the address of something to be created.
    fn summary(desired: &Self::Desired) -> String;

    /// Returns the name to show for an existing one: its name or id.
    fn display_name(observed: &Self::Observed) -> String;

    /// Returns hazards of an edit, by default none.
    fn hazards(_edit: &Self::Edit) -> Vec<Hazard> {
        Vec::new()
    }

    /// Returns hazards of removing one, by default none.
    fn removal_hazards(_observed: &Self::Observed) -> Vec<Hazard> {
        Vec::new()
    }

    /// Returns whether an edit moves a resource from one set of guardrails to another; it then waits for the new ones.
    fn is_move(_edit: &Self::Edit) -> bool {
        false
    }

    /// Returns the ids or ARNs of resources that cannot be removed before this one: what it is in, or what it uses. None by default.
    fn inside(_observed: &Self::Observed) -> Vec<&str> {
        Vec::new()
    }

    /// Returns the ids of resources that need this one as long as they are not empty: a VPC needs its internet gateway, for example. None
    /// by default.
    fn serves(_observed: &Self::Observed) -> Vec<&str> {
        Vec::new()
    }

    /// Returns the id of the resource that this one watches: it is removed with it, or when another of its kind replaces it. None by
    /// default.
    fn watches(_observed: &Self::Observed) -> Option<&str> {
        None
    }

    /// Returns what a wanted one is billed for. Nothing by default.
    fn cost(_desired: &Self::Desired) -> Vec<Charge> {
        Vec::new()
    }

    /// Returns what an existing one is billed for: once it is as wanted, the same as [`cost`](Self::cost). Nothing by default.
    fn present_cost(_observed: &Self::Observed) -> Vec<Charge> {
        Vec::new()
    }

    /// Returns who may still use one that is no longer wanted. Nobody by default; what it costs is its [`present_cost`](Self::present_cost).
    fn upkeep(_observed: &Self::Observed) -> Option<Upkeep> {
        None
    }

    /// Returns whether pruning may remove one. Accounts and the resources of the audit log are never removed.
    ///
    /// # Errors
    ///
    /// [`Blocked`] if it is never removed, or cannot be removed now.
    fn check_removable(observed: &Self::Observed) -> Result<(), Blocked>;

    /// Returns the outputs of an existing resource.
    fn facts(address: &Address, observed: &Self::Observed) -> Facts;

    /// Returns how Terraform takes over an existing one.
    fn terraform(observed: &Self::Observed, place: &Place<'_>) -> Import;

    /// Reads every resource of this kind in a scope that landfall might manage or that might block it.
    fn observe(cx: &Context<'_>) -> impl Future<Output = Result<Vec<Self::Observed>, AwsError>> + Send;

    /// Reads the same as [`observe`](Self::observe), and knows what is wanted in the scope. A kind may have a quicker read whose answer is
    /// late, and believes it only where it shows what is wanted: a plan must be the same. By default there is none.
    fn observe_for(cx: &Context<'_>, _wanted: &[&Self::Desired]) -> impl Future<Output = Result<Vec<Self::Observed>, AwsError>> + Send {
        Self::observe(cx)
    }

    /// Creates one, and returns it as it is then: [`diff`](Self::diff) finds what is left to do. Looks it up by its key first if the call
    /// has no idempotency token.
    fn create(
        cx: &Context<'_>,
        address: &Address,
        desired: &Self::Desired,
    ) -> impl Future<Output = Result<Made<Self::Observed>, StepError>> + Send;

    /// Applies edits, in order, and returns the outputs afterwards.
    fn edit(
        _cx: &Context<'_>,
        address: &Address,
        _desired: &Self::Desired,
        observed: &Self::Observed,
        _edits: &[Self::Edit],
    ) -> impl Future<Output = Result<Facts, StepError>> + Send {
        async { Ok(Self::facts(address, observed)) }
    }

    /// Writes tags; existing ones are replaced.
    fn tag(_cx: &Context<'_>, _observed: &Self::Observed, _tags: &Tags) -> impl Future<Output = Result<(), StepError>> + Send {
        async { Ok(()) }
    }

    /// Removes one; succeeds if it is already gone. By default it is refused with the reason of [`check_removable`](Self::check_removable).
    fn remove(_cx: &Context<'_>, observed: &Self::Observed) -> impl Future<Output = Result<(), StepError>> + Send {
        async { Self::check_removable(observed).map_err(StepError::from) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::literal;

    /// What costs a call in every Region and account is read everywhere; a network is in the home Region.
    #[test]
    fn a_kind_is_read_in_its_scopes_only() {
        let home: Region = literal("eu-west-1");
        let scopes =
            ["", "prod", "prod/eu-west-1", "prod/us-east-1", "log-archive/eu-west-1", "log-archive/us-east-1", "management/eu-west-1"];
        let scope = |text: &str| match text.split_once('/') {
            None if text.is_empty() => Scope::Organization,
            None => Scope::Account(literal(text)),
            Some((account, region)) => Scope::Region(literal(account), literal(region)),
        };
        for (set, expected) in [
            (ScopeSet::Root, &[][..]),
            (ScopeSet::Organization, &[""]),
            (ScopeSet::Account, &["prod"]),
            (ScopeSet::Region, &["prod/eu-west-1", "log-archive/eu-west-1"]),
            (ScopeSet::EveryRegion, &["prod/eu-west-1", "prod/us-east-1", "log-archive/eu-west-1", "log-archive/us-east-1"]),
            (ScopeSet::LogArchive, &["log-archive/eu-west-1"]),
            (ScopeSet::Management, &["management/eu-west-1"]),
        ] {
            let covered: Vec<&str> = scopes.into_iter().filter(|text| set.covers(&scope(text), &home)).collect();
            assert_eq!(covered, expected, "{set:?}");
        }
    }
}
