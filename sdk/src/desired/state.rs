//! Everything that should be, as data.

use crate::address::Address;
use crate::kind::Desired;
use crate::kind::iam::role;
use crate::model::Account;
use crate::name::OrganizationName;

/// Everything that should be.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct DesiredState {
    /// Whose it is; none for a state that was not made from an organization.
    pub organization: Option<OrganizationName>,
    /// The things, each with its address; parents before children.
    pub wanted: Vec<Wanted>,
    /// What a plan says first.
    pub notices: Vec<Notice>,
}

/// One thing that should be.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Wanted {
    /// Its address.
    pub address: Address,
    /// What it should be.
    pub thing: Desired,
}

/// Something worth knowing before a plan is accepted; `--yes` accepts it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[non_exhaustive]
pub struct Notice {
    /// What is so.
    pub text: String,
    /// What to do, should it not be meant.
    pub hint: String,
    /// Whether something goes away or changes hands: what to do about it then has to be seen.
    #[serde(skip)]
    pub weighty: bool,
}

impl Notice {
    pub(crate) fn new(text: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { text: text.into(), hint: hint.into(), weighty: false }
    }

    /// Returns the notice as one whose hint has to be seen.
    pub(crate) fn weighty(self) -> Self {
        Self { weighty: true, ..self }
    }
}

impl DesiredState {
    pub(super) fn want(&mut self, address: Address, thing: Desired) {
        self.wanted.push(Wanted { address, thing });
    }

    /// Returns the roles of an account.
    pub(crate) fn roles_of(&self, account: &Account) -> impl Iterator<Item = &role::Desired> {
        let of_account = self.wanted.iter().filter(|wanted| wanted.address.scope().account() == Some(&account.key));
        of_account.filter_map(|wanted| match &wanted.thing {
            Desired::IamRole(role) => Some(role),
            _ => None,
        })
    }
}
