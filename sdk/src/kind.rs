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
//! A new kind is one new file and one line in the [`registry`].

pub mod change;
pub mod cloudtrail;
pub mod context;
pub mod ec2;
pub mod hazard;
pub mod iam;
pub mod kms;
pub mod organizations;
mod registry;
pub mod s3;
pub mod text;

use std::fmt;
use std::future::Future;

pub use change::{Action, Change, Field};
pub use context::{Context, StepError};
pub use hazard::{Hazard, HazardName};
pub use registry::{AnyChange, Desired, NAMES, Observed, observe};
pub use text::{Facts, Text};

use crate::address::{Address, Scope};
use crate::aws::error::AwsError;
use crate::aws::tags::{self, Owner, Tags};
use crate::name::OrganizationName;

/// How far a kind reaches; decides in which scopes it is observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "mirrors Scope")]
pub enum Reach {
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

impl Reach {
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

/// One sort of managed thing. See the module for the laws.
pub trait Kind: Sized + fmt::Debug + Clone {
    /// The kind's name in addresses, plans and events.
    const NAME: &'static str;
    /// Where it lives.
    const REACH: Reach;
    /// When pruning removes it: lower goes first, since what hangs on a thing goes before the thing.
    const REMOVED_AT: u8;

    /// What one should be, fully explicit; texts may carry references.
    type Desired: Clone + fmt::Debug + PartialEq + Send + Sync;
    /// What one is, normalized.
    type Observed: Clone + fmt::Debug + Send + Sync;
    /// One way in which the two differ, settled by one repeatable call.
    type Edit: Clone + fmt::Debug + PartialEq + Send + Sync;

    /// Calls `visit` with every text of a desired value.
    fn texts(desired: &mut Self::Desired, visit: &mut dyn FnMut(&mut Text));

    /// Returns whether both are the same thing by natural key (name, e-mail, id), whoever's it is.
    fn same(desired: &Self::Desired, observed: &Self::Observed) -> bool;

    /// Returns a thing's tags.
    fn tags(observed: &Self::Observed) -> Option<&Tags>;

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
    /// of its tags. Asked only of things that are not [`same`](Self::same).
    fn rival(_desired: &Self::Desired, _observed: &Self::Observed) -> Option<Blocked> {
        None
    }

    /// Returns why an existing one is out of use for good, and what follows: it is then neither changed nor blocked.
    fn retired(_observed: &Self::Observed) -> Option<Blocked> {
        None
    }

    /// Returns how the two differ; none when all is settled.
    ///
    /// # Errors
    ///
    /// [`Blocked`] where they differ in a way that cannot be repaired here.
    fn diff(desired: &Self::Desired, observed: &Self::Observed) -> Result<Vec<Self::Edit>, Blocked>;

    /// Returns the edit's fields, from -> to.
    fn fields(edit: &Self::Edit) -> Vec<Field>;

    /// Returns what a plan's line says beside the address of something to be created.
    fn summary(desired: &Self::Desired) -> String;

    /// Returns what a person calls an existing one: its name or id.
    fn label(observed: &Self::Observed) -> String;

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

    /// Returns what one that is no longer wanted goes on doing: what it costs, whom it lets in. By default nothing.
    fn upkeep(_observed: &Self::Observed) -> Option<String> {
        None
    }

    /// Returns whether pruning may remove one. Accounts and what keeps the audit log never are.
    ///
    /// # Errors
    ///
    /// [`Blocked`] for what is never removed, or not now.
    fn prunable(observed: &Self::Observed) -> Result<(), Blocked>;

    /// Returns what is known about an existing thing.
    fn facts(address: &Address, observed: &Self::Observed) -> Facts;

    /// Reads every thing of this kind in a scope that might be ours or in our way.
    fn observe(cx: &Context<'_>) -> impl Future<Output = Result<Vec<Self::Observed>, AwsError>> + Send;

    /// Makes one. Looks it up by its key first where the call has no idempotency token.
    fn create(cx: &Context<'_>, address: &Address, desired: &Self::Desired) -> impl Future<Output = Result<Facts, StepError>> + Send;

    /// Carries out edits, in order.
    fn edit(
        cx: &Context<'_>,
        address: &Address,
        desired: &Self::Desired,
        observed: &Self::Observed,
        edits: &[Self::Edit],
    ) -> impl Future<Output = Result<Facts, StepError>> + Send;

    /// Removes one; success where it is gone already.
    fn remove(cx: &Context<'_>, observed: &Self::Observed) -> impl Future<Output = Result<(), StepError>> + Send;
}
<<<<<<< HEAD

/// Makes the three sums over all kinds, so that the planner and the executor are written once.
macro_rules! registry {
    ($($(#[$doc:meta])* $variant:ident => $kind:path,)*) => {
        /// What one thing of any kind should be.
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum Desired { $($(#[$doc])* $variant(<$kind as Kind>::Desired),)* }

        /// What one thing of any kind is.
        #[derive(Debug, Clone)]
        #[non_exhaustive]
        pub enum Observed { $($(#[$doc])* $variant(<$kind as Kind>::Observed),)* }

        /// What happens to one thing of any kind.
        #[derive(Debug, Clone)]
        #[non_exhaustive]
        pub enum AnyChange { $($(#[$doc])* $variant(Change<$kind>),)* }

        /// Every kind's name, in the order in which a scope is observed.
        pub const NAMES: &[&str] = &[$(<$kind as Kind>::NAME,)*];

        impl Desired {
            /// Calls `visit` with every text.
            pub fn texts(&mut self, visit: &mut dyn FnMut(&mut Text)) {
                match self { $(Self::$variant(desired) => <$kind as Kind>::texts(desired, visit),)* }
            }

            /// Returns whether both are of one kind and the same thing by natural key.
            #[must_use]
            pub fn same(&self, observed: &Observed) -> bool {
                match (self, observed) {
                    $((Self::$variant(desired), Observed::$variant(observed)) => <$kind as Kind>::same(desired, observed),)*
                    _ => false,
                }
            }

            /// Returns what may happen to a thing of nobody's; `None` for another kind's.
            #[must_use]
            pub fn adoption(&self, observed: &Observed) -> Option<Adoption> {
                match (self, observed) {
                    $((Self::$variant(desired), Observed::$variant(observed)) => Some(<$kind as Kind>::adoption(desired, observed)),)*
                    _ => None,
                }
            }

            /// Returns why it cannot be created.
            ///
            /// # Errors
            ///
            /// [`Blocked`] with what would make it exist.
            pub fn creatable(&self) -> Result<(), Blocked> {
                match self { $(Self::$variant(desired) => <$kind as Kind>::creatable(desired),)* }
            }

            /// Returns why it must not be made beside an existing thing; `None` for another kind's.
            #[must_use]
            pub fn rival(&self, observed: &Observed) -> Option<Blocked> {
                match (self, observed) {
                    $((Self::$variant(desired), Observed::$variant(observed)) => <$kind as Kind>::rival(desired, observed),)*
                    _ => None,
                }
            }

            /// Returns the change that makes one of the other; `None` when all is settled, or the two are of different kinds.
            ///
            /// # Errors
            ///
            /// [`Blocked`] where the difference cannot be repaired.
            pub fn diff(&self, observed: &Observed) -> Result<Option<AnyChange>, Blocked> {
                match (self, observed) {
                    $((Self::$variant(desired), Observed::$variant(observed)) => {
                        let edits = <$kind as Kind>::diff(desired, observed)?;
                        Ok((!edits.is_empty()).then(|| AnyChange::$variant(Change::Edit {
                            desired: desired.clone(), observed: observed.clone(), edits,
                        })))
                    })*
                    _ => Ok(None),
                }
            }

            /// Returns the change that creates it.
            #[must_use]
            pub fn creation(&self) -> AnyChange {
                match self { $(Self::$variant(desired) => AnyChange::$variant(Change::Create(desired.clone())),)* }
            }
        }

        impl Observed {
            /// Returns the kind's name.
            #[must_use]
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$variant(_) => <$kind as Kind>::NAME,)* }
            }

            /// Returns whose it is.
            #[must_use]
            pub fn owner(&self, organization: &OrganizationName) -> Owner {
                match self { $(Self::$variant(observed) => <$kind as Kind>::owner(observed, organization),)* }
            }

            /// Returns what a person calls it.
            #[must_use]
            pub fn label(&self) -> String {
                match self { $(Self::$variant(observed) => <$kind as Kind>::label(observed),)* }
            }

            /// Returns what is known of it under an address.
            #[must_use]
            pub fn facts(&self, address: &Address) -> Facts {
                match self { $(Self::$variant(observed) => <$kind as Kind>::facts(address, observed),)* }
            }

            /// Returns why it is out of use for good.
            #[must_use]
            pub fn retired(&self) -> Option<Blocked> {
                match self { $(Self::$variant(observed) => <$kind as Kind>::retired(observed),)* }
            }

            /// Returns the ids or ARNs of what cannot be removed before it.
            #[must_use]
            pub fn inside(&self) -> Vec<&str> {
                match self { $(Self::$variant(observed) => <$kind as Kind>::inside(observed),)* }
            }

            /// Returns what it goes on costing or letting in.
            #[must_use]
            pub fn upkeep(&self) -> Option<String> {
                match self { $(Self::$variant(observed) => <$kind as Kind>::upkeep(observed),)* }
            }

            /// Returns its tags, for kinds that have tags of their own.
            #[must_use]
            pub fn tags(&self) -> Option<&Tags> {
                match self { $(Self::$variant(observed) => <$kind as Kind>::tags(observed),)* }
            }

            /// Returns when pruning removes it: lower goes first.
            #[must_use]
            pub fn removed_at(&self) -> u8 {
                match self { $(Self::$variant(_) => <$kind as Kind>::REMOVED_AT,)* }
            }

            /// Returns the change that removes it.
            ///
            /// # Errors
            ///
            /// [`Blocked`] for what is never removed.
            pub fn removal(&self) -> Result<AnyChange, Blocked> {
                match self { $(Self::$variant(observed) => {
                    <$kind as Kind>::prunable(observed)?;
                    Ok(AnyChange::$variant(Change::Remove(observed.clone())))
                })* }
            }
        }

        impl AnyChange {
            /// Returns what is done.
            #[must_use]
            pub fn action(&self) -> Action {
                match self { $(Self::$variant(change) => match change {
                    Change::Create(_) => Action::Create,
                    Change::Edit { .. } => Action::Change,
                    Change::Remove(_) => Action::Remove,
                },)* }
            }

            /// Returns the kind's name.
            #[must_use]
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$variant(_) => <$kind as Kind>::NAME,)* }
            }

            /// Returns what a person calls the existing thing; none for one that is created.
            #[must_use]
            pub fn label(&self) -> Option<String> {
                match self { $(Self::$variant(change) => match change {
                    Change::Edit { observed, .. } | Change::Remove(observed) => Some(<$kind as Kind>::label(observed)),
                    Change::Create(_) => None,
                },)* }
            }

            /// Returns every changed field, from -> to.
            #[must_use]
            pub fn fields(&self) -> Vec<Field> {
                match self { $(Self::$variant(change) => match change {
                    Change::Edit { edits, .. } => edits.iter().flat_map(<$kind as Kind>::fields).collect(),
                    Change::Create(_) | Change::Remove(_) => Vec::new(),
                },)* }
            }

            /// Returns all that it does as text: where the texts are the same, so is what is done. Not for people.
            #[must_use]
            pub fn effect(&self) -> String {
                match self { $(Self::$variant(change) => match change {
                    Change::Create(desired) => format!("create {desired:?}"),
                    Change::Edit { desired, edits, .. } => format!("edit {edits:?} to {desired:?}"),
                    Change::Remove(observed) => format!("remove {}", <$kind as Kind>::label(observed)),
                },)* }
            }

            /// Returns what the plan's line says beside the address.
            #[must_use]
            pub fn summary(&self) -> String {
                match self { $(Self::$variant(change) => match change {
                    Change::Create(desired) => <$kind as Kind>::summary(desired),
                    Change::Edit { .. } => String::new(),
                    Change::Remove(observed) => <$kind as Kind>::label(observed),
                },)* }
            }

            /// Returns the hazards of it.
            #[must_use]
            pub fn hazards(&self) -> Vec<Hazard> {
                match self { $(Self::$variant(change) => match change {
                    Change::Edit { edits, .. } => edits.iter().flat_map(<$kind as Kind>::hazards).collect(),
                    Change::Remove(observed) => <$kind as Kind>::removal_hazards(observed),
                    Change::Create(_) => Vec::new(),
                },)* }
            }

            /// Returns whether it takes a thing from under one set of guardrails to another.
            #[must_use]
            pub fn is_move(&self) -> bool {
                match self { $(Self::$variant(change) => match change {
                    Change::Edit { edits, .. } => edits.iter().any(<$kind as Kind>::is_move),
                    Change::Create(_) | Change::Remove(_) => false,
                },)* }
            }

            /// Carries it out. Repeating it changes nothing.
            ///
            /// # Errors
            ///
            /// [`StepError`] with what AWS said, or the fact that was missing.
            pub async fn apply(&self, cx: &Context<'_>, address: &Address) -> Result<Facts, StepError> {
                match self { $(Self::$variant(change) => match change {
                    Change::Create(desired) => {
                        let mut desired = desired.clone();
                        <$kind as Kind>::texts(&mut desired, &mut |text| *text = text.resolved(cx.facts()));
                        <$kind as Kind>::create(cx, address, &desired).await
                    }
                    Change::Edit { desired, observed, edits } => {
                        // Edits are made anew from the resolved value: an unknown text of the plan is known by now.
                        let mut known = desired.clone();
                        <$kind as Kind>::texts(&mut known, &mut |text| *text = text.resolved(cx.facts()));
                        let renewed = if known == *desired { edits.clone() } else { <$kind as Kind>::diff(&known, observed).unwrap_or_else(|_| edits.clone()) };
                        <$kind as Kind>::edit(cx, address, &known, observed, &renewed).await
                    }
                    Change::Remove(observed) => <$kind as Kind>::remove(cx, observed).await.map(|()| Facts::new()),
                },)* }
            }
        }

        /// Reads everything of every kind in the context's scope.
        ///
        /// # Errors
        ///
        /// The first read that AWS refused: the scope is then unreadable, and nothing in it counts as absent.
        pub async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
            let mut all = Vec::new();
            $(if <$kind as Kind>::REACH.covers(cx.scope()) {
                all.extend(<$kind as Kind>::observe(cx).await?.into_iter().map(Observed::$variant));
            })*
            Ok(all)
        }
    };
}

registry! {
    /// The organization itself.
    Organization => organizations::organization::Organization,
    /// An organizational unit.
    Unit => organizations::unit::Unit,
    /// A member account.
    Account => organizations::account::Account,
    /// A service control policy.
    Guardrail => organizations::guardrail::Guardrail,
    /// A guardrail on a unit or account.
    Attachment => organizations::attachment::Attachment,
    /// A managed policy in an account.
    IamPolicy => iam::policy::IamPolicy,
    /// GitHub's identity provider in an account.
    OidcProvider => iam::oidc_provider::OidcProvider,
    /// A role in an account.
    IamRole => iam::role::IamRole,
    /// The role that AWS makes in a new account.
    AccessRole => iam::access_role::AccessRole,
    /// An AWS service that may act in the whole organization.
    TrustedAccess => organizations::trusted_access::TrustedAccess,
    /// A key for encryption.
    Key => kms::key::Key,
    /// A bucket for logs.
    Bucket => s3::bucket::Bucket,
    /// The trail of all accounts.
    Trail => cloudtrail::trail::Trail,
    /// A VPC.
    Vpc => ec2::vpc::Vpc,
    /// An internet gateway, attached.
    InternetGateway => ec2::internet_gateway::InternetGateway,
    /// A subnet.
    Subnet => ec2::subnet::Subnet,
    /// An elastic IP address.
    Eip => ec2::eip::Eip,
    /// A NAT gateway.
    Nat => ec2::nat::Nat,
    /// A route table, its routes and its subnets.
    RouteTable => ec2::route_table::RouteTable,
    /// A VPC's default security group.
    SecurityGroup => ec2::security_group::SecurityGroup,
    /// A VPC's default network ACL.
    NetworkAcl => ec2::network_acl::NetworkAcl,
    /// A gateway endpoint.
    Endpoint => ec2::endpoint::Endpoint,
    /// A flow log of a VPC.
    FlowLog => ec2::flow_log::FlowLog,
}
=======
>>>>>>> main
