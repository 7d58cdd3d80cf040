//! Organizational units, found by parent and name.
//!
//! A unit never moves (AWS has no call for it) and is never renamed: its path is its address.

use super::{JUST_MADE, sdk_tags, tag, tags_of};
use crate::address::Address;
use crate::aws::error::{Answer, AwsError};
use crate::aws::patience::Patience;
use crate::aws::tags::{self, Tags};
use crate::kind::change::tag_fields;
use crate::kind::{Adoption, Blocked, Context, Facts, Field, Hazard, HazardName, Kind, Reach, StepError, Text};

/// The kind `unit`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Unit;

/// What a unit should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desired {
    /// The parent's id.
    pub parent: Text,
    /// Its name within the parent.
    pub name: String,
    /// Whether one without our tags may be taken over.
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
    /// Names of the accounts in it; read only where the unit is not tagged as ours.
    pub accounts: Vec<String>,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "made and matched in this file only")]
pub enum Edit {
    /// Tags are missing or differ.
    Tag {
        /// What they are now.
        from: Tags,
        /// What they should be.
        to: Tags,
    },
}

impl Kind for Unit {
    const NAME: &'static str = "unit";
    const REACH: Reach = Reach::Organization;
    const REMOVED_AT: u8 = 51;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = Edit;

    fn texts(desired: &mut Desired, visit: &mut dyn FnMut(&mut Text)) {
        visit(&mut desired.parent);
    }

    fn same(desired: &Desired, observed: &Observed) -> bool {
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

    fn diff(desired: &Desired, observed: &Observed) -> Result<Vec<Edit>, Blocked> {
        let missing = tags::missing(&desired.tags, &observed.tags);
        Ok(if missing.is_empty() { Vec::new() } else { vec![Edit::Tag { from: observed.tags.clone(), to: missing }] })
    }

    fn fields(edit: &Edit) -> Vec<Field> {
        let Edit::Tag { from, to } = edit;
        tag_fields(from, to)
    }

    fn summary(_: &Desired) -> String {
        String::new()
    }

    fn label(observed: &Observed) -> String {
        format!("{} ({})", observed.name, observed.id)
    }

    fn prunable(observed: &Observed) -> Result<(), Blocked> {
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

    async fn create(cx: &Context<'_>, address: &Address, desired: &Desired) -> Result<Facts, StepError> {
        let client = cx.session().organizations();
        let parent = desired.parent.known()?;
        let sdk_tags = sdk_tags(&desired.tags)?;
        let patience = Patience::repeatable().just_made(JUST_MADE);
        let sent = cx
            .call_with("organizations:CreateOrganizationalUnit", &patience, || {
                client.create_organizational_unit().parent_id(parent).name(&desired.name).set_tags(Some(sdk_tags.clone())).send()
            })
            .await;
        match sent {
            Ok(output) => {
                let id = output.organizational_unit().and_then(|unit| unit.id()).unwrap_or_default();
                Ok(Facts::one(address, "id", id))
            }
            // Names are unique within a parent: the one that is there is this one, made by a call whose answer was lost.
            Err(error) if error.answer == Answer::Lost || error.is(&["DuplicateOrganizationalUnitException"]) => {
                let found = children(cx, parent).await?.into_iter().find(|(_, name)| *name == desired.name);
                let Some((id, _)) = found else { return Err(error.into()) };
                match tags_of(cx, &id).await?.get(tags::ADDRESS) {
                    Some(tag) if *tag == address.to_string() => Ok(Facts::one(address, "id", id)),
                    _ => Err(StepError::refused(
                        format!("unit {} ({id}) was made by someone else in the meantime", desired.name),
                        "run `landfall plan` to see it",
                    )),
                }
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn edit(cx: &Context<'_>, address: &Address, _: &Desired, observed: &Observed, edits: &[Edit]) -> Result<Facts, StepError> {
        for Edit::Tag { to, .. } in edits {
            tag(cx, &observed.id, to).await?;
        }
        Ok(Self::facts(address, observed))
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
    let client = cx.session().organizations();
    let patience = cx.patience().just_made(JUST_MADE);
    let mut children = Vec::new();
    let mut next: Option<String> = None;
    loop {
        let page = cx
            .call_with("organizations:ListOrganizationalUnitsForParent", &patience, || {
                client.list_organizational_units_for_parent().parent_id(parent).set_next_token(next.clone()).send()
            })
            .await?;
        children.extend(
            page.organizational_units()
                .iter()
                .map(|unit| (unit.id().unwrap_or_default().to_owned(), unit.name().unwrap_or_default().to_owned())),
        );
        next = page.next_token().map(str::to_owned);
        if next.is_none() {
            return Ok(children);
        }
    }
}

async fn accounts_in(cx: &Context<'_>, unit: &str) -> Result<Vec<String>, AwsError> {
    let client = cx.session().organizations();
    let mut names = Vec::new();
    let mut next: Option<String> = None;
    loop {
        let page = cx
            .call("organizations:ListAccountsForParent", || {
                client.list_accounts_for_parent().parent_id(unit).set_next_token(next.clone()).send()
            })
            .await?;
        names.extend(
            page.accounts().iter().map(|account| format!("{} ({})", account.name().unwrap_or_default(), account.id().unwrap_or_default())),
        );
        next = page.next_token().map(str::to_owned);
        if next.is_none() {
            return Ok(names);
        }
    }
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
    fn parent_and_name_make_it_the_same() {
        assert!(Unit::same(&desired(), &observed()));
        assert!(!Unit::same(&desired(), &Observed { parent: "ou-other".to_owned(), ..observed() }));
        assert!(!Unit::same(&Desired { parent: Text::new("{unit/Workloads:id}"), ..desired() }, &observed()));
    }

    #[test]
    fn a_strangers_unit_is_taken_only_by_name_and_with_its_accounts_shown() {
        let Adoption::Refuse(blocked) = Unit::adoption(&desired(), &observed()) else { panic!("must be refused") };
        assert!(blocked.hint.is_some_and(|hint| hint.contains("adopt = true")));
        let Adoption::Hazard(hazard) = Unit::adoption(&Desired { adopt: true, ..desired() }, &observed()) else {
            panic!("must be a hazard")
        };
        assert!(hazard.text.contains("audit (222233334444)"));
    }
}
