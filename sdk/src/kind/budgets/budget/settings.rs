//! What one call sets of a budget: its amount, its accounts, its type.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::kind::{Field, StepError, Text};
use crate::name::Dollars;

/// The filter by account.
const ACCOUNTS: &str = "LinkedAccount";
/// AWS's words for a budget of costs in US dollars, by the month.
const COST: &str = "COST";
const MONTHLY: &str = "MONTHLY";
pub(super) const USD: &str = "USD";

/// What `UpdateBudget` sets and landfall decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Settings {
    /// What is watched, in AWS's word.
    pub budget_type: String,
    /// How long a period is, in AWS's word.
    pub time_unit: String,
    /// The limit, as AWS shows it.
    pub limit: String,
    /// The filters: values by name.
    pub filters: BTreeMap<String, BTreeSet<String>>,
}

impl Settings {
    /// Returns the wanted ones.
    ///
    /// # Errors
    ///
    /// [`MissingFact`](crate::kind::text::MissingFact) if the id of an account is not known yet.
    pub(crate) fn wanted(amount: Dollars, accounts: Option<&[Text]>) -> Result<Self, StepError> {
        let ids: Result<BTreeSet<String>, _> = accounts.into_iter().flatten().map(|id| id.known().map(str::to_owned)).collect();
        let filters = accounts.map(|_| ids).transpose()?.map(|ids| (ACCOUNTS.to_owned(), ids));
        Ok(Self {
            budget_type: COST.to_owned(),
            time_unit: MONTHLY.to_owned(),
            limit: shown(amount),
            filters: filters.into_iter().collect(),
        })
    }

    /// Returns how they differ from the wanted ones.
    pub(super) fn fields(&self, amount: Dollars, accounts: Option<&[Text]>) -> Vec<Field> {
        let mut fields = Vec::new();
        let mut compare = |name: &str, from: &str, to: &str| {
            if from != to {
                fields.push(Field::new(name, from, to));
            }
        };
        compare("amount", &self.limit, &shown(amount));
        compare("type", &self.budget_type, COST);
        compare("period", &self.time_unit, MONTHLY);
        let none = BTreeSet::new();
        let present = self.filters.get(ACCOUNTS).unwrap_or(&none);
        let wanted: Vec<&Text> = accounts.into_iter().flatten().collect();
        fields.extend(wanted.iter().filter(|id| !present.contains(id.as_str())).map(|id| Field::added("accounts", id)));
        let surplus = present.iter().filter(|id| !wanted.iter().any(|wanted| wanted.as_str() == id.as_str()));
        fields.extend(surplus.map(|id| Field::removed("accounts", id)));
        let others = self.filters.iter().filter(|(name, _)| *name != ACCOUNTS);
        fields.extend(others.flat_map(|(name, values)| values.iter().map(move |value| Field::removed(format!("filter {name}"), value))));
        fields
    }
}

/// Returns an amount as plans show it.
pub(super) fn shown(amount: Dollars) -> String {
    format!("{USD} {amount}")
}
