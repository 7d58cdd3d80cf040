//! Organizational units, found by parent and name.
//!
//! A unit never moves (AWS has no call for it) and is never renamed: its path is its address.

use serde::Serialize;

use aws_sdk_organizations::operation::create_organizational_unit::CreateOrganizationalUnitOutput;
use aws_sdk_organizations::types::Account;

use super::{JUST_MADE, sdk_tags, tag, tags_of};
use crate::address::Address;
use crate::aws::error::AwsError;
use crate::aws::retry::RetryPolicy;
use crate::aws::tags::{self, Tags};
use crate::kind::context::required;
use crate::kind::settle::unless_taken;
use crate::kind::terraform::{Import, Place};
use crate::kind::{Adoption, Blocked, Context, Facts, Hazard, HazardName, Kind, Made, NoEdit, ScopeSet, StepError, Text};

/// The kind `unit`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Unit;

/// What a unit should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Desired {
    /// The parent's id.
    pub parent: Text,
    /// Its name within the parent.
    pub name: String,
    /// Whether one without landfall's tags may be adopted.
    pub adopt: bool,
    /// Its tags.
    pub tags: Tags,
}

/// What a unit is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Its id, `ou-…`.
    pub id: String,
    /// The parent's id.
    pub parent: String,
    /// Its name.
    pub name: String,
    /// Its tags.
    pub tags: Tags,
    /// Names of the accounts in it; read only if the unit is not tagged by landfall.
    pub accounts: Vec<String>,
}

impl Kind for Unit {
    const NAME: &'static str = "unit";
    const SCOPES: ScopeSet = ScopeSet::Organization;
    const SERVICE: &'static str = "Organizations";
    const REMOVAL_RANK: u8 = 51;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = NoEdit;

    fn visit_references(desired: &mut Desired, visit: &mut dyn FnMut(&mut Text)) {
        visit(&mut desired.parent);
    }

    fn matches(desired: &Desired, observed: &Observed) -> bool {
        desired.parent.as_str() == observed.parent && desired.name == observed.name
    }

    fn tags(observed: &Observed) -> Option<&Tags> {
        Some(&observed.tags)
    }

    fn adoption(desired: &Desired, observed: &Observed) -> Adoption {
        let holds = if observed.accounts.is_empty() { "no account".to_owned() } else { observed.accounts.join(", ") };
        if desired.adopt {
            Adoption::Hazard(Hazard::new(
                HazardName::AdoptUnit,
                format!("unit {} ({}) was not made by landfall and becomes its own; it holds {holds}", desired.name, observed.id),
            ))
        } else {
            Adoption::Refuse(Blocked::new(
                format!("a unit of this name exists that landfall did not make ({}, it holds {holds})", observed.id),
                "to take it over, write `adopt = true` under its `[units.\"…\"]`",
            ))
        }
    }

    fn tagging<'a>(desired: &'a Desired, observed: &'a Observed) -> Option<(&'a Tags, &'a Tags)> {
        Some((&observed.tags, &desired.tags))
    }

    fn summary(_: &Desired) -> String {
        String::new()
    }

    fn display_name(observed: &Observed) -> String {
        format!("{} ({})", observed.name, observed.id)
    }

    fn terraform(observed: &Observed, _: &Place<'_>) -> Import {
        Import::new("aws_organizations_organizational_unit", &observed.id)
    }

    fn check_removable(observed: &Observed) -> Result<(), Blocked> {
        if observed.accounts.is_empty() {
            Ok(())
        } else {
            Err(Blocked::new(format!("it still holds {}", observed.accounts.join(", ")), "move these accounts first"))
        }
    }

    fn inside(observed: &Observed) -> Vec<&str> {
        vec![&observed.parent]
    }

    fn facts(address: &Address, observed: &Observed) -> Facts {
        Facts::one(address, "id", &observed.id)
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        let root = cx.facts().find(&Address::organization("organization", cx.organization()), "root").unwrap_or_default().to_owned();
        let mut units = Vec::new();
        let mut parents = vec![root];
        while let Some(parent) = parents.pop() {
            for (id, name) in children(cx, &parent).await? {
                parents.push(id.clone());
                let tags = tags_of(cx, &id).await?;
                let accounts = if tags.contains_key(tags::ADDRESS) { Vec::new() } else { accounts_in(cx, &id).await? };
                units.push(Observed { id, parent: parent.clone(), name, tags, accounts });
            }
        }
        Ok(units)
    }

    async fn create(cx: &Context<'_>, _address: &Address, desired: &Desired) -> Result<Made<Observed>, StepError> {
        const CREATE: &str = "organizations:CreateOrganizationalUnit";
        let client = cx.session().organizations();
        let parent = desired.parent.known()?;
        let sdk_tags = sdk_tags(&desired.tags)?;
        let retry = RetryPolicy::repeatable().until_visible(JUST_MADE);
        let sent = cx
            .call_with(CREATE, &retry, || {
                client.create_organizational_unit().parent_id(parent).name(&desired.name).set_tags(Some(sdk_tags.clone())).send()
            })
            .await;
        let unit = |id: String, tags| Observed { id, parent: parent.to_owned(), name: desired.name.clone(), tags, accounts: Vec::new() };
        let made = |output: CreateOrganizationalUnitOutput| {
            let id = required(CREATE, "OrganizationalUnit.Id", output.organizational_unit.and_then(|made| made.id))?;
            Ok(unit(id, desired.tags.clone()))
        };
        // Names are unique within a parent.
        let found = || async {
            let there = children(cx, parent).await?.into_iter().find(|(_, name)| *name == desired.name);
            Ok(match there {
                Some((id, _)) => Some(unit(id.clone(), tags_of(cx, &id).await?)),
                None => None,
            })
        };
        unless_taken(sent, &["DuplicateOrganizationalUnitException"], made, found).await
    }

    async fn tag(cx: &Context<'_>, observed: &Observed, tags: &Tags) -> Result<(), StepError> {
        tag(cx, &observed.id, tags).await
    }

    async fn remove(cx: &Context<'_>, observed: &Observed) -> Result<(), StepError> {
        let client = cx.session().organizations();
        let sent = cx
            .call("organizations:DeleteOrganizationalUnit", || {
                client.delete_organizational_unit().organizational_unit_id(&observed.id).send()
            })
            .await;
        match sent {
            Ok(_) => Ok(()),
            Err(error) if error.is(&["OrganizationalUnitNotFoundException"]) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Returns ids and names of the units directly below a parent. Pages may be empty and still not be the last.
async fn children(cx: &Context<'_>, parent: &str) -> Result<Vec<(String, String)>, AwsError> {
    const CALL: &str = "organizations:ListOrganizationalUnitsForParent";
    let client = cx.session().organizations();
    let retry = cx.retry().until_visible(JUST_MADE);
    let units = cx
        .listed_with(
            CALL,
            &retry,
            |next| client.list_organizational_units_for_parent().parent_id(parent).set_next_token(next).send(),
            |page| (page.organizational_units.unwrap_or_default(), page.next_token),
        )
        .await?;
    units.into_iter().map(|unit| Ok((required(CALL, "Id", unit.id)?, required(CALL, "Name", unit.name)?))).collect()
}

async fn accounts_in(cx: &Context<'_>, unit: &str) -> Result<Vec<String>, AwsError> {
    const CALL: &str = "organizations:ListAccountsForParent";
    let client = cx.session().organizations();
    let accounts = cx
        .listed(
            CALL,
            |next| client.list_accounts_for_parent().parent_id(unit).set_next_token(next).send(),
            |page| (page.accounts.unwrap_or_default(), page.next_token),
        )
        .await?;
    let named = |account: Account| {
        let (name, id) = (required(CALL, "Name", account.name)?, required(CALL, "Id", account.id)?);
        Ok(format!("{name} ({id})"))
    };
    accounts.into_iter().map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desired() -> Desired {
        Desired { parent: "r-ab12".into(), name: "Security".to_owned(), adopt: false, tags: Tags::from([("a".to_owned(), "1".to_owned())]) }
    }

    fn observed() -> Observed {
        Observed {
            id: "ou-ab12-11111111".to_owned(),
            parent: "r-ab12".to_owned(),
            name: "Security".to_owned(),
            tags: Tags::new(),
            accounts: vec!["audit (222233334444)".to_owned()],
        }
    }

    #[test]
    fn parent_and_name_identify_it() {
        assert!(Unit::matches(&desired(), &observed()));
        assert!(!Unit::matches(&desired(), &Observed { parent: "ou-other".to_owned(), ..observed() }));
        assert!(!Unit::matches(&Desired { parent: Text::new("{unit/Workloads:id}"), ..desired() }, &observed()));
    }

    #[test]
    fn an_unmanaged_unit_is_adopted_only_by_name_and_with_its_accounts_shown() {
        let Adoption::Refuse(blocked) = Unit::adoption(&desired(), &observed()) else { panic!("must be refused") };
        assert!(blocked.hint.is_some_and(|hint| hint.contains("adopt = true")));
        let Adoption::Hazard(hazard) = Unit::adoption(&Desired { adopt: true, ..desired() }, &observed()) else {
            panic!("must be a hazard")
        };
        assert!(hazard.text.contains("audit (222233334444)"));
    }
}
