//! The desired state as data.

use std::collections::BTreeMap;

use crate::address::{Address, Scope};
use crate::kind::Desired;
use crate::kind::iam::role;
use crate::model::Account;
use crate::name::OrganizationName;

/// The desired state.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct DesiredState {
    /// The organization's name; `None` for a state that was not made from an organization.
    pub organization: Option<OrganizationName>,
    /// The resources, each with its address; parents before children.
    pub wanted: Vec<Wanted>,
    /// Notices that a plan shows first.
    pub notices: Vec<Notice>,
}

/// One desired resource.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Wanted {
    /// Its address.
    pub address: Address,
    /// Its desired settings.
    pub thing: Desired,
}

/// Something to know before a plan is accepted; `--yes` accepts it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[non_exhaustive]
pub struct Notice {
    /// The fact.
    pub text: String,
    /// What to do if it is not intended.
    pub hint: String,
    /// Whether something is removed or changes its owner, so that the hint must be shown.
    #[serde(skip)]
    pub weighty: bool,
}

impl Notice {
    pub(crate) fn new(text: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { text: text.into(), hint: hint.into(), weighty: false }
    }

    /// Marks the notice as one whose hint must be shown.
    pub(crate) fn weighty(self) -> Self {
        Self { weighty: true, ..self }
    }
}

impl DesiredState {
    pub(super) fn want(&mut self, address: Address, thing: Desired) {
        self.wanted.push(Wanted { address, thing });
    }

    /// Returns what is wanted in each scope.
    pub(crate) fn by_scope(&self) -> BTreeMap<&Scope, Vec<&Desired>> {
        let mut scopes: BTreeMap<&Scope, Vec<&Desired>> = BTreeMap::new();
        for wanted in &self.wanted {
            scopes.entry(wanted.address.scope()).or_default().push(&wanted.thing);
        }
        scopes
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
