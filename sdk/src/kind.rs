//! The seam: a kind is one sort of managed thing, in one file, with the same faces as its siblings.
//!
//! Pure faces say what a thing should be, whether it is the same as one that exists, and how the two differ.
//! Three more talk to AWS: `observe` reads, `create`, `edit` and `remove` write. A kind knows names, `aws` and
//! its session; never the manifest, the plan, or another service's kind.
//!
//! # Laws
//!
//! Every kind obeys these, and the tests hold each of them to it:
//!
//! 1. `observe` never writes, and reads a scope in few calls.
//! 2. After `create`, `observe` shows something that is `same` and whose `diff` is empty.
//! 3. After `edit` with the edits of a `diff`, the next `diff` is empty.
//! 4. `create`, `edit` and `remove` may be repeated: the second time changes nothing and does not fail.
//! 5. What AWS echoes in other words (white space, order, one-element lists) is no difference.
//!
//! A new kind is one new file and one line in the `registry`.

pub mod about;
pub mod change;
pub mod cloudtrail;
pub mod context;
pub mod ec2;
pub mod hazard;
pub mod iam;
pub mod kms;
pub mod named;
pub mod organizations;
mod registry;
pub mod s3;
pub mod setting;
pub mod settle;
pub mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::Future;
use std::time::Duration;

pub use about::About;
pub use change::{Action, Change, Field};
pub use context::{Context, StepError};
pub use hazard::{Hazard, HazardName};
pub use registry::{ABOUT, AnyChange, Desired, NAMES, Observed, observe};
pub use settle::Made;
pub use text::{Facts, Text};

use crate::address::{Address, Scope};
use crate::aws::error::AwsError;
use crate::aws::tags::{self, Owner, Tags};
use crate::name::OrganizationName;

/// How far a kind reaches; decides in which scopes it is observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "mirrors Scope")]
pub enum ScopeSet {
    /// The organization itself: observed by name before all else, because everything hangs on it.
    Root,
    /// Once per organization.
    Organization,
    /// Once per account.
    Account,
    /// Once per Region of a member account.
    Region,
    /// In Regions of the log archive only.
    LogArchive,
    /// In Regions of the management account only.
    Management,
}

impl ScopeSet {
    /// Returns whether a kind of this reach lives in that scope.
    #[must_use]
    pub fn covers(self, scope: &Scope) -> bool {
        match (self, scope) {
            (Self::Organization, Scope::Organization) | (Self::Account, Scope::Account(_)) => true,
            (Self::Region, Scope::Region(account, _)) => !account.is_management(),
            (Self::LogArchive, Scope::Region(account, _)) => account.is_log_archive(),
            (Self::Management, Scope::Region(account, _)) => account.is_management(),
            (Self::Root | Self::Organization | Self::Account | Self::Region | Self::LogArchive | Self::Management, _) => false,
        }
    }
}

/// What may happen to a thing that matches by its natural key but does not carry our tags.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the three answers are the design")]
pub enum Adoption {
    /// It becomes ours: missing tags are added.
    Adopt,
    /// It becomes ours, and the plan asks first.
    Hazard(Hazard),
    /// It stays whose it is, and our step is blocked for this reason.
    Refuse(Blocked),
}

/// What a thing goes on doing that nobody wants any more.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a cost or an access; both are told in words")]
pub enum Upkeep {
    /// It is billed by the hour, under this name.
    Billed(&'static str),
    /// It lets somebody in, in words.
    Access(String),
}

impl Upkeep {
    /// Returns what several go on doing, each sort of cost with its number.
    #[must_use]
    pub fn all<'a>(several: impl IntoIterator<Item = &'a Self>) -> Vec<String> {
        let (mut billed, mut access) = (BTreeMap::<&str, usize>::new(), BTreeSet::new());
        for one in several {
            match one {
                Self::Billed(noun) => *billed.entry(noun).or_default() += 1,
                Self::Access(words) => {
                    access.insert(words.clone());
                }
            }
        }
        let plural = |noun: &str| if noun.ends_with('s') { "es" } else { "s" };
        let cost = |(noun, number): (&str, usize)| match number {
            1 => format!("1 {noun} billed by the hour"),
            _ => format!("{number} {noun}{} billed by the hour", plural(noun)),
        };
        billed.into_iter().map(cost).chain(access).collect()
    }
}

impl fmt::Display for Upkeep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Self::all([self]).concat())
    }
}

/// Why a step cannot be done, and what would help.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Blocked {
    /// What stands in the way.
    pub reason: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Blocked {
    /// Returns a reason and what would help.
    pub fn new(reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { reason: reason.into(), hint: Some(hint.into()) }
    }
}

/// The edits of a kind that has none but tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[expect(clippy::exhaustive_enums, reason = "has no values")]
pub enum NoEdit {}

/// One sort of managed thing. See the module for the laws.
pub trait Kind: Sized + fmt::Debug + Clone {
    /// The kind's name in addresses, plans and events.
    const NAME: &'static str;
    /// Where it lives.
    const SCOPES: ScopeSet;
    /// What people call its service.
    const SERVICE: &'static str;
    /// What creating one usually takes.
    const USUAL: Duration = about::SHORT;
    /// Whether a plan that is too long to show names it all the same.
    const IS_NOTABLE: bool = false;
    /// What a summary calls one of those that it counts.
    const COUNTED: Option<&'static str> = None;
    /// When pruning removes it: lower goes first, since what hangs on a thing goes before the thing.
    const REMOVAL_RANK: u8;
    /// Whether tags are put on before all else: where a run that is killed in between could not know its own again.
    const TAGS_FIRST: bool = false;

    /// What one should be, fully explicit; texts may carry references.
    type Desired: Clone + fmt::Debug + PartialEq + serde::Serialize + Send + Sync;
    /// What one is, normalized.
    type Observed: Clone + fmt::Debug + Send + Sync;
    /// One way in which the two differ, settled by one repeatable call.
    type Edit: Clone + fmt::Debug + PartialEq + serde::Serialize + Send + Sync;

    /// Calls `visit` with every text of a desired value. By default there are none.
    fn visit_references(_desired: &mut Self::Desired, _visit: &mut dyn FnMut(&mut Text)) {}

    /// Returns whether both are the same thing by natural key (name, e-mail, id), whoever's it is.
    fn matches(desired: &Self::Desired, observed: &Self::Observed) -> bool;

    /// Returns a thing's tags.
    fn tags(observed: &Self::Observed) -> Option<&Tags>;

    /// Returns the tags that a thing carries and those that it should carry; none for what carries none, or is used as it is.
    fn tagging<'a>(_desired: &'a Self::Desired, _observed: &'a Self::Observed) -> Option<(&'a Tags, &'a Tags)> {
        None
    }

    /// Returns whose a thing is. Kinds without tags of their own answer by what they hang on.
    fn owner(observed: &Self::Observed, organization: &OrganizationName) -> Owner {
        Self::tags(observed).map_or(Owner::Nobody, |tags| tags::owner(tags, organization))
    }

    /// Returns what may happen to a thing of nobody's that has our natural key.
    fn adoption(_desired: &Self::Desired, _observed: &Self::Observed) -> Adoption {
        Adoption::Refuse(Blocked::new(
            format!("the name is taken by another {}, which landfall did not make", Self::NAME),
            "rename or remove that one; landfall changes nothing that is not its own",
        ))
    }

    /// Returns why one cannot be created, for what has to exist already.
    ///
    /// # Errors
    ///
    /// [`Blocked`] with what would make it exist.
    fn creatable(_desired: &Self::Desired) -> Result<(), Blocked> {
        Ok(())
    }

    /// Returns why a new one must not be made beside an existing thing: that has its name, its address block or what was left
    /// of its tags. Asked only of things that are not [`matches`](Self::matches).
    fn rival(_desired: &Self::Desired, _observed: &Self::Observed) -> Option<Blocked> {
        None
    }

    /// Returns why an existing one is out of use for good, and what follows: it is then neither changed nor blocked.
    fn retired(_observed: &Self::Observed) -> Option<Blocked> {
        None
    }

    /// Returns how the two differ beside their tags; none when all is settled. By default there is nothing to differ.
    ///
    /// # Errors
    ///
    /// [`Blocked`] where they differ in a way that cannot be repaired here.
    fn diff(_desired: &Self::Desired, _observed: &Self::Observed) -> Result<Vec<Self::Edit>, Blocked> {
        Ok(Vec::new())
    }

    /// Calls `visit` with every text of an edit: the executor fills them in, and decides nothing. By default there are none.
    fn visit_edit_references(_edit: &mut Self::Edit, _visit: &mut dyn FnMut(&mut Text)) {}

    /// Returns the edit's fields, from -> to.
    fn fields(_edit: &Self::Edit) -> Vec<Field> {
        Vec::new()
    }

    /// Returns what a plan's line says beside the address of something to be created.
    fn summary(desired: &Self::Desired) -> String;

    /// Returns what a person calls an existing one: its name or id.
    fn display_name(observed: &Self::Observed) -> String;

    /// Returns hazards of an edit, by default none.
    fn hazards(_edit: &Self::Edit) -> Vec<Hazard> {
        Vec::new()
    }

    /// Returns hazards of removing one, by default none.
    fn removal_hazards(_observed: &Self::Observed) -> Vec<Hazard> {
        Vec::new()
    }

    /// Returns whether an edit takes a thing from under one set of guardrails to another; it then waits for those it goes to.
    fn is_move(_edit: &Self::Edit) -> bool {
        false
    }

    /// Returns the ids or ARNs of what cannot be removed before one: what it is in, or what it uses. By default nothing.
    fn inside(_observed: &Self::Observed) -> Vec<&str> {
        Vec::new()
    }

    /// Returns the ids of what needs one as long as something is in it: a way out, say. By default nothing.
    fn serves(_observed: &Self::Observed) -> Vec<&str> {
        Vec::new()
    }

    /// Returns the id of what one watches: it goes with that, or when another of its kind is in its place. By default nothing.
    fn watches(_observed: &Self::Observed) -> Option<&str> {
        None
    }

    /// Returns what one that is no longer wanted goes on doing: what it costs, who may use it. By default nothing.
    fn upkeep(_observed: &Self::Observed) -> Option<Upkeep> {
        None
    }

    /// Returns whether pruning may remove one. Accounts and what keeps the audit log never are.
    ///
    /// # Errors
    ///
    /// [`Blocked`] for what is never removed, or not now.
    fn check_removable(observed: &Self::Observed) -> Result<(), Blocked>;

    /// Returns what is known about an existing thing.
    fn facts(address: &Address, observed: &Self::Observed) -> Facts;

    /// Reads every thing of this kind in a scope that might be ours or in our way.
    fn observe(cx: &Context<'_>) -> impl Future<Output = Result<Vec<Self::Observed>, AwsError>> + Send;

    /// Makes one, and returns it as it is then: what of it is left to do is found by [`diff`](Self::diff). Looks it up by its key
    /// first where the call has no idempotency token.
    fn create(
        cx: &Context<'_>,
        address: &Address,
        desired: &Self::Desired,
    ) -> impl Future<Output = Result<Made<Self::Observed>, StepError>> + Send;

    /// Carries out edits, in order, and returns what is known of the thing then.
    fn edit(
        _cx: &Context<'_>,
        address: &Address,
        _desired: &Self::Desired,
        observed: &Self::Observed,
        _edits: &[Self::Edit],
    ) -> impl Future<Output = Result<Facts, StepError>> + Send {
        async { Ok(Self::facts(address, observed)) }
    }

    /// Puts tags on; those that are there already are replaced.
    fn tag(_cx: &Context<'_>, _observed: &Self::Observed, _tags: &Tags) -> impl Future<Output = Result<(), StepError>> + Send {
        async { Ok(()) }
    }

    /// Removes one; success where it is gone already. By default it is refused in the words of [`check_removable`](Self::check_removable).
    fn remove(_cx: &Context<'_>, observed: &Self::Observed) -> impl Future<Output = Result<(), StepError>> + Send {
        async { Self::check_removable(observed).map_err(StepError::from) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_counted_and_an_access_is_said_once() {
        let (nat, eip) = (Upkeep::Billed("NAT gateway"), Upkeep::Billed("elastic IP address"));
        let access = Upkeep::Access("reader lets in sso:Engineers".to_owned());
        for (several, expected) in [
            (vec![], vec![]),
            (vec![&nat], vec!["1 NAT gateway billed by the hour"]),
            (
                vec![&eip, &access, &nat, &eip, &nat, &access, &eip],
                vec!["2 NAT gateways billed by the hour", "3 elastic IP addresses billed by the hour", "reader lets in sso:Engineers"],
            ),
        ] {
            assert_eq!(Upkeep::all(several), expected);
        }
    }
}
