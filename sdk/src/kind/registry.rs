//! The registry: one line per kind makes the three enums over all kinds (`Desired`, `Observed`, `AnyChange`), so that the planner and the
//! executor are written once.

use std::fmt;

use serde::Serialize;

use super::about::About;
use super::change::{Action, Change, Field};
use super::charge::{Basis, Charge};
use super::context::{Context, StepError};
use super::hazard::Hazard;
use super::settle::{self, Edit};
use super::terraform::{Import, Place};
use super::text::{Facts, Text};
use super::{
    Adoption, Blocked, Kind, ScopeSet, Upkeep, account, backup, budgets, cloudtrail, ec2, iam, kms, logs, named, organizations, s3,
    setting, sns, ssm,
};
use crate::address::Address;
use crate::aws::error::AwsError;
use crate::aws::tags::{Owner, Tags};
use crate::name::{OrganizationName, Region};

/// Returns a value as text that is the same for the same value in every build, and complete, unlike `Debug`.
fn written<T: Serialize + fmt::Debug>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| format!("{error}: {value:?}"))
}

/// Makes the three enums.
macro_rules! registry {
    ($($(#[$doc:meta])* $variant:ident => $kind:path,)*) => {
        /// The wanted state of a resource of any kind.
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum Desired { $($(#[$doc])* $variant(<$kind as Kind>::Desired),)* }

        /// The observed state of a resource of any kind.
        #[derive(Debug, Clone)]
        #[non_exhaustive]
        pub enum Observed { $($(#[$doc])* $variant(<$kind as Kind>::Observed),)* }

        /// The change of a resource of any kind.
        #[derive(Debug, Clone)]
        #[non_exhaustive]
        pub enum AnyChange { $($(#[$doc])* $variant(Change<$kind>),)* }

        /// Every kind's name, in the order in which a scope is observed.
        pub const NAMES: &[&str] = &[$(<$kind as Kind>::NAME,)*];

        /// Static facts about every kind, in the same order.
        pub const ABOUT: &[About] = &[$(About::of::<$kind>(),)*];

        impl Desired {
            /// Returns what it is billed for.
            #[must_use]
            pub fn cost(&self) -> Vec<Charge> {
                match self { $(Self::$variant(desired) => <$kind as Kind>::cost(desired),)* }
            }

            /// Returns the kind's name.
            #[must_use]
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$variant(_) => <$kind as Kind>::NAME,)* }
            }

            /// Calls `visit` with every text.
            pub fn visit_references(&mut self, visit: &mut dyn FnMut(&mut Text)) {
                match self { $(Self::$variant(desired) => <$kind as Kind>::visit_references(desired, visit),)* }
            }

            /// Returns whether both are of one kind and the same resource by natural key.
            #[must_use]
            pub fn matches(&self, observed: &Observed) -> bool {
                match (self, observed) {
                    $((Self::$variant(desired), Observed::$variant(observed)) => <$kind as Kind>::matches(desired, observed),)*
                    _ => false,
                }
            }

            /// Returns what may happen to an unmanaged resource; `None` for one of another kind.
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

            /// Returns why it must not be created beside an existing resource; `None` for one of another kind.
            #[must_use]
            pub fn rival(&self, observed: &Observed) -> Option<Blocked> {
                match (self, observed) {
                    $((Self::$variant(desired), Observed::$variant(observed)) => <$kind as Kind>::rival(desired, observed),)*
                    _ => None,
                }
            }

            /// Returns the change that leads from the observed to the wanted state; `None` if there is none, or the two are of different
            /// kinds.
            ///
            /// # Errors
            ///
            /// [`Blocked`] if the difference cannot be repaired.
            pub fn diff(&self, observed: &Observed) -> Result<Option<AnyChange>, Blocked> {
                match (self, observed) {
                    $((Self::$variant(desired), Observed::$variant(observed)) => {
                        let edits = settle::differences::<$kind>(desired, observed)?;
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

            /// Returns its owner.
            #[must_use]
            pub fn owner(&self, organization: &OrganizationName) -> Owner {
                match self { $(Self::$variant(observed) => <$kind as Kind>::owner(observed, organization),)* }
            }

            /// Returns the name to show.
            #[must_use]
            pub fn display_name(&self) -> String {
                match self { $(Self::$variant(observed) => <$kind as Kind>::display_name(observed),)* }
            }

            /// Returns its outputs under an address.
            #[must_use]
            pub fn facts(&self, address: &Address) -> Facts {
                match self { $(Self::$variant(observed) => <$kind as Kind>::facts(address, observed),)* }
            }

            /// Returns why it is permanently out of use.
            #[must_use]
            pub fn retired(&self) -> Option<Blocked> {
                match self { $(Self::$variant(observed) => <$kind as Kind>::retired(observed),)* }
            }

            /// Returns what a person still has to do about it.
            #[must_use]
            pub fn awaits(&self) -> Option<Blocked> {
                match self { $(Self::$variant(observed) => <$kind as Kind>::awaits(observed),)* }
            }

            /// Returns the ids or ARNs of resources that cannot be removed before it.
            #[must_use]
            pub fn inside(&self) -> Vec<&str> {
                match self { $(Self::$variant(observed) => <$kind as Kind>::inside(observed),)* }
            }

            /// Returns the ids of resources that need it as long as they are not empty.
            #[must_use]
            pub fn serves(&self) -> Vec<&str> {
                match self { $(Self::$variant(observed) => <$kind as Kind>::serves(observed),)* }
            }

            /// Returns the id of the resource that it watches.
            #[must_use]
            pub fn watches(&self) -> Option<&str> {
                match self { $(Self::$variant(observed) => <$kind as Kind>::watches(observed),)* }
            }

            /// Returns what it is billed for.
            #[must_use]
            pub fn cost(&self) -> Vec<Charge> {
                match self { $(Self::$variant(observed) => <$kind as Kind>::present_cost(observed),)* }
            }

            /// Returns its continued costs and accesses: the first of what it is billed for while it exists, or who may still use it.
            #[must_use]
            pub fn upkeep(&self) -> Option<Upkeep> {
                let billed = self.cost().into_iter().find(|charge| charge.basis == Basis::Fixed);
                let access = match self { $(Self::$variant(observed) => <$kind as Kind>::upkeep(observed),)* };
                billed.map(|charge| Upkeep::Billed(charge.item)).or(access)
            }

            /// Returns its tags, for kinds that have tags of their own.
            #[must_use]
            pub fn tags(&self) -> Option<&Tags> {
                match self { $(Self::$variant(observed) => <$kind as Kind>::tags(observed),)* }
            }

            /// Returns how Terraform takes it over.
            #[must_use]
            pub fn terraform(&self, place: &Place<'_>) -> Import {
                match self { $(Self::$variant(observed) => <$kind as Kind>::terraform(observed, place),)* }
            }

            /// Returns its order in pruning: lower ranks are removed first.
            #[must_use]
            pub fn removed_at(&self) -> u8 {
                match self { $(Self::$variant(_) => <$kind as Kind>::REMOVAL_RANK,)* }
            }

            /// Returns the change that removes it.
            ///
            /// # Errors
            ///
            /// [`Blocked`] if it is never removed.
            pub fn removal(&self) -> Result<AnyChange, Blocked> {
                match self { $(Self::$variant(observed) => {
                    <$kind as Kind>::check_removable(observed)?;
                    Ok(AnyChange::$variant(Change::Remove(observed.clone())))
                })* }
            }
        }

        impl AnyChange {
            /// Returns the action.
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

            /// Returns what is removed, if it is a removal.
            #[must_use]
            pub fn removed(&self) -> Option<Observed> {
                match self { $(Self::$variant(change) => match change {
                    Change::Remove(observed) => Some(Observed::$variant(observed.clone())),
                    Change::Create(_) | Change::Edit { .. } => None,
                },)* }
            }

            /// Returns the name to show of the existing resource; `None` for one to be created.
            #[must_use]
            pub fn display_name(&self) -> Option<String> {
                match self { $(Self::$variant(change) => match change {
                    Change::Edit { observed, .. } | Change::Remove(observed) => Some(<$kind as Kind>::display_name(observed)),
                    Change::Create(_) => None,
                },)* }
            }

            /// Returns every changed field, from -> to.
            #[must_use]
            pub fn fields(&self) -> Vec<Field> {
                match self { $(Self::$variant(change) => match change {
                    Change::Edit { edits, .. } => edits.iter().flat_map(Edit::fields).collect(),
                    Change::Create(_) | Change::Remove(_) => Vec::new(),
                },)* }
            }

            /// Returns a complete text of the change: equal texts mean equal changes. Not for display.
            #[must_use]
            pub fn effect(&self) -> String {
                match self { $(Self::$variant(change) => match change {
                    Change::Create(desired) => format!("create {}", written(desired)),
                    Change::Edit { desired, edits, .. } => format!("edit {} to {}", written(edits), written(desired)),
                    Change::Remove(observed) => format!("remove {}", <$kind as Kind>::display_name(observed)),
                },)* }
            }

            /// Returns the text of the plan's line after the address.
            #[must_use]
            pub fn summary(&self) -> String {
                match self { $(Self::$variant(change) => match change {
                    Change::Create(desired) => <$kind as Kind>::summary(desired),
                    Change::Edit { .. } => String::new(),
                    Change::Remove(observed) => <$kind as Kind>::display_name(observed),
                },)* }
            }

            /// Returns its hazards.
            #[must_use]
            pub fn hazards(&self) -> Vec<Hazard> {
                match self { $(Self::$variant(change) => match change {
                    Change::Edit { edits, .. } => edits.iter().flat_map(Edit::hazards).collect(),
                    Change::Remove(observed) => <$kind as Kind>::removal_hazards(observed),
                    Change::Create(_) => Vec::new(),
                },)* }
            }

            /// Returns what is billed from then on.
            #[must_use]
            pub fn begins(&self) -> Vec<Charge> {
                match self { $(Self::$variant(change) => match change {
                    Change::Create(desired) | Change::Edit { desired, .. } => <$kind as Kind>::cost(desired),
                    Change::Remove(_) => Vec::new(),
                },)* }
            }

            /// Returns what was billed until then.
            #[must_use]
            pub fn ends(&self) -> Vec<Charge> {
                match self { $(Self::$variant(change) => match change {
                    Change::Edit { observed, .. } | Change::Remove(observed) => <$kind as Kind>::present_cost(observed),
                    Change::Create(_) => Vec::new(),
                },)* }
            }

            /// Returns whether it moves a resource from one set of guardrails to another.
            #[must_use]
            pub fn is_move(&self) -> bool {
                match self { $(Self::$variant(change) => match change {
                    Change::Edit { edits, .. } => edits.iter().any(Edit::is_move),
                    Change::Create(_) | Change::Remove(_) => false,
                },)* }
            }

            /// Returns the same change with every known reference filled in; nothing is compared again.
            #[must_use]
            pub fn filled(&self, facts: &Facts) -> Self {
                let mut fill = |text: &mut Text| *text = text.resolved(facts);
                let mut filled = self.clone();
                match &mut filled { $(Self::$variant(change) => match change {
                    Change::Create(desired) => <$kind as Kind>::visit_references(desired, &mut fill),
                    Change::Edit { desired, edits, .. } => {
                        <$kind as Kind>::visit_references(desired, &mut fill);
                        for edit in edits {
                            edit.visit_references(&mut fill);
                        }
                    }
                    Change::Remove(_) => {}
                },)* }
                filled
            }

            /// Applies it as it is, with the outputs that are known by now. Repeating it changes nothing.
            ///
            /// # Errors
            ///
            /// [`StepError`] with AWS's error, or the missing output.
            pub async fn apply(&self, cx: &Context<'_>, address: &Address) -> Result<Facts, StepError> {
                match &self.filled(cx.facts()) { $(Self::$variant(change) => match change {
                    Change::Create(desired) => settle::create::<$kind>(cx, address, desired).await,
                    Change::Edit { desired, observed, edits } => settle::edit::<$kind>(cx, address, desired, observed, edits).await,
                    Change::Remove(observed) => <$kind as Kind>::remove(cx, observed).await.map(|()| Facts::new()),
                },)* }
            }
        }

        /// Reads the resources of every kind in the context's scope, of an organization with this home Region, where these are wanted; settings
        /// only if they are among these.
        ///
        /// # Errors
        ///
        /// The first failed read: the scope is then unreadable, and nothing in it counts as absent.
        pub async fn observe(cx: &Context<'_>, home: &Region, wanted: &[&Desired]) -> Result<Vec<Observed>, AwsError> {
            let mut all = Vec::new();
            $(if <$kind as Kind>::SCOPES.covers(cx.scope(), home) {
                let wanted: Vec<_> =
                    wanted.iter().filter_map(|one| if let Desired::$variant(one) = one { Some(one) } else { None }).collect();
                let is_at_home = || <$kind as Kind>::IS_READ_AT_HOME && ScopeSet::Region.covers(cx.scope(), home);
                if !<$kind as Kind>::IS_READ_WHERE_WANTED || !wanted.is_empty() || is_at_home() {
                    all.extend(<$kind as Kind>::observe_for(cx, &wanted).await?.into_iter().map(Observed::$variant));
                }
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
    TrustedAccess => named::ByName<organizations::trusted_access::TrustedAccess>,
    /// What the management account may do about the root users of members.
    RootAccess => setting::Single<iam::root_access::RootAccess>,
    /// A type of policies that can be attached.
    PolicyType => named::ByName<organizations::policy_type::EnabledPolicyType>,
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
    /// Whether new EBS volumes are encrypted by default.
    EbsEncryption => setting::Single<ec2::ebs_encryption::EbsEncryption>,
    /// The rules for passwords of an account's IAM users.
    PasswordPolicy => setting::Single<iam::password_policy::PasswordPolicy>,
    /// Whether documents of Systems Manager may be public.
    DocumentSharing => setting::Single<ssm::document_sharing::DocumentSharing>,
    /// The VPC that AWS makes in each Region of an account.
    DefaultVpc => setting::Single<ec2::default_vpc::DefaultVpc>,
    /// What a service of AWS acts as in an account.
    ServiceRole => named::ByName<iam::service_role::ServiceRole>,
    /// An account's name for its sign-in page.
    AccountAlias => setting::Single<iam::account_alias::Alias>,
    /// How long new log groups keep their events.
    LogRetention => setting::Single<logs::log_retention::LogRetention>,
    /// Whom AWS tells about the security of an account.
    SecurityContact => setting::Single<account::contact::Contact<account::contact::Security>>,
    /// Whom AWS tells about an account's bills.
    BillingContact => setting::Single<account::contact::Contact<account::contact::Billing>>,
    /// Whom AWS tells about the operation of an account.
    OperationsContact => setting::Single<account::contact::Contact<account::contact::Operations>>,
    /// A topic that tells people what happens.
    Topic => named::ByName<sns::topic::Topic>,
    /// An e-mail address that gets what is published to a topic.
    Subscription => sns::subscription::Subscription,
    /// How much some accounts may cost before someone is told.
    Budget => budgets::budget::Budget,
    /// Where AWS Backup keeps backups.
    BackupVault => backup::vault::BackupVault,
}
