//! Member accounts: found by id or e-mail, created asynchronously, moved into their unit, never closed.
//!
//! `CreateAccount` has no idempotency token. A repeat is safe because the e-mail is unique in all of AWS, and because a creation in flight
//! is found by its account name and awaited, never sent again (docs/AWS.md 1.5).

mod create;
mod creations;
mod indexed;
mod read;

use serde::Serialize;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::tag;
use crate::address::Address;
use crate::aws::error::AwsError;
use crate::aws::retry::YOUNG_ACCOUNT;
use crate::aws::tags::Tags;
use crate::id::AccountId;
use crate::kind::terraform::{Import, Place};
use crate::kind::{Adoption, Blocked, Context, Facts, Field, Kind, Made, ScopeSet, StepError, Text};
use crate::name::{AccountKey, Email};
use indexed::Indexed;

/// The output with the time when an account joined, in seconds since 1970.
const JOINED: &str = "joined";

/// The kind `account`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Account;

/// What an account should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Desired {
    /// AWS's name for it: `<org>-<key>`. Matches only creations in flight.
    pub name: String,
    /// The root user's e-mail.
    pub email: Email,
    /// Whether the e-mail is written in the manifest, not made from the template.
    pub email_written: bool,
    /// Its id, if it is in the manifest.
    pub id: Option<AccountId>,
    /// The id of its unit.
    pub unit: Text,
    /// The unit's path, for display.
    pub unit_path: String,
    /// The name of the role by which the management account enters it.
    pub access_role: String,
    /// Its tags: landfall's and the owner's.
    pub tags: Tags,
}

/// What an account is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Its id; `None` while AWS is creating it.
    pub id: Option<AccountId>,
    /// AWS's name for it.
    pub name: String,
    /// Its e-mail, as AWS has it, which accepted other forms in the past; `None` while it is being created.
    pub email: Option<String>,
    /// Its state.
    pub state: State,
    /// When it joined the organization.
    pub joined: Option<SystemTime>,
    /// Whether AWS made it a short time ago, so that nothing can be in it that was not made since.
    pub is_new: bool,
    /// The id of the unit or root it is in.
    pub parent: String,
    /// Its tags.
    pub tags: Tags,
}

impl Observed {
    /// Returns its id for display.
    #[must_use]
    pub fn id_text(&self) -> &str {
        self.id.as_ref().map_or("no id yet", AccountId::as_str)
    }

    /// Returns the id for a call.
    fn known_id(&self) -> Result<&AccountId, StepError> {
        self.id
            .as_ref()
            .ok_or_else(|| StepError::refused(format!("AWS is still creating the account {}", self.name), "run `landfall apply` again"))
    }

    /// Returns whether it has this e-mail.
    #[must_use]
    pub fn has_email(&self, email: &Email) -> bool {
        self.email.as_deref().is_some_and(|own| email.same(own))
    }
}

/// The state of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum State {
    /// AWS is creating it; the id of the request.
    Creating(String),
    /// It works.
    Active,
    /// It was closed, or is being closed; in AWS's word.
    Closed(String),
    /// It cannot be used: suspended, not yet signed up, or in an unknown state; in AWS's word.
    Inactive(String),
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "made and matched in this file only")]
pub enum Edit {
    /// AWS is creating it; the end is awaited, then it is moved and entered.
    Await(String),
    /// It is in another unit.
    Move {
        /// The id of the unit or root it is in.
        from: String,
        /// The id of the unit it belongs in.
        to: Text,
    },
}

impl Kind for Account {
    const NAME: &'static str = "account";
    const SCOPES: ScopeSet = ScopeSet::Organization;
    const SERVICE: &'static str = "Organizations";
    /// Half a minute until it exists, a minute until it can be entered (docs/AWS.md 1.5).
    const USUAL: Duration = Duration::from_secs(90);
    const IS_NOTABLE: bool = true;
    const COUNTED: Option<&'static str> = Some("account");
    const REMOVAL_RANK: u8 = 52;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = Edit;

    fn visit_references(desired: &mut Desired, visit: &mut dyn FnMut(&mut Text)) {
        visit(&mut desired.unit);
    }

    fn matches(desired: &Desired, observed: &Observed) -> bool {
        match (&desired.id, &observed.state) {
            (Some(_), _) => desired.id == observed.id,
            (None, State::Creating(_)) => desired.name == observed.name,
            (None, State::Active | State::Closed(_) | State::Inactive(_)) => observed.has_email(&desired.email),
        }
    }

    fn tags(observed: &Observed) -> Option<&Tags> {
        Some(&observed.tags)
    }

    fn adoption(_: &Desired, _: &Observed) -> Adoption {
        // An account of this organization with the wanted e-mail or id is the wanted one: both are unique in all of AWS (docs/AWS.md 1.5).
        Adoption::Adopt
    }

    fn creatable(desired: &Desired) -> Result<(), Blocked> {
        match &desired.id {
            None => Ok(()),
            Some(id) => Err(Blocked::new(
                format!("account {id} is not in this organization"),
                format!(
                    "invite it: `aws organizations invite-account-to-organization --target Id={id},Type=ACCOUNT`; accept the \
                     invitation in that account; then `landfall plan` again"
                ),
            )),
        }
    }

    fn retired(observed: &Observed) -> Option<Blocked> {
        let State::Closed(word) = &observed.state else { return None };
        Some(Blocked::new(
            format!("{} is {word}: nothing in it is read or changed", Self::display_name(observed)),
            format!(
                "AWS Support reopens an account within 90 days of its closing; to start anew, write `email = \"…\"` under its \
                 `[accounts.KEY]` ({} stays taken), or remove it from the manifest",
                observed.email.as_deref().unwrap_or_default()
            ),
        ))
    }

    fn tagging<'a>(desired: &'a Desired, observed: &'a Observed) -> Option<(&'a Tags, &'a Tags)> {
        (observed.state == State::Active).then_some((&observed.tags, &desired.tags))
    }

    fn diff(desired: &Desired, observed: &Observed) -> Result<Vec<Edit>, Blocked> {
        match &observed.state {
            State::Creating(request) => return Ok(vec![Edit::Await(request.clone())]),
            State::Inactive(word) | State::Closed(word) => {
                return Err(Blocked::new(format!("account {} is {word}", observed.id_text()), inactive_hint(word)));
            }
            State::Active => {}
        }
        if desired.id.is_some() && desired.email_written && !observed.has_email(&desired.email) {
            return Err(Blocked::new(
                format!(
                    "account {} has the e-mail {}, the manifest says {}",
                    observed.id_text(),
                    observed.email.as_deref().unwrap_or_default(),
                    desired.email
                ),
                "remove `email` from the manifest, or change the account's e-mail in AWS",
            ));
        }
        let mut edits = Vec::new();
        if desired.unit.as_str() != observed.parent {
            edits.push(Edit::Move { from: observed.parent.clone(), to: desired.unit.clone() });
        }
        Ok(edits)
    }

    fn visit_edit_references(edit: &mut Edit, visit: &mut dyn FnMut(&mut Text)) {
        if let Edit::Move { to, .. } = edit {
            visit(to);
        }
    }

    fn fields(edit: &Edit) -> Vec<Field> {
        match edit {
            Edit::Await(request) => vec![Field::new("state", format!("being created ({request})"), "active")],
            Edit::Move { from, to } => vec![Field::new("unit", from, to)],
        }
    }

    fn is_move(edit: &Edit) -> bool {
        matches!(edit, Edit::Move { .. })
    }

    fn summary(desired: &Desired) -> String {
        format!("{} <{}> in {}", desired.name, desired.email, desired.unit_path)
    }

    fn display_name(observed: &Observed) -> String {
        format!("{} ({})", observed.name, observed.id_text())
    }

    fn terraform(observed: &Observed, _: &Place<'_>) -> Import {
        match &observed.id {
            Some(id) => Import::new("aws_organizations_account", id),
            None => Import::left("AWS is still creating it"),
        }
    }

    fn check_removable(_: &Observed) -> Result<(), Blocked> {
        Err(Blocked::new("accounts are never closed by landfall", "landfall never closes accounts"))
    }

    fn inside(observed: &Observed) -> Vec<&str> {
        vec![&observed.parent]
    }

    fn facts(address: &Address, observed: &Observed) -> Facts {
        let Some(id) = &observed.id else { return Facts::new() };
        let mut facts = Facts::one(address, "id", id.as_str());
        if let Some(joined) = observed.joined {
            facts.extend(joined_at(address, joined));
        }
        facts
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        read::all(cx, &Indexed::default()).await
    }

    async fn observe_for(cx: &Context<'_>, wanted: &[&Desired]) -> Result<Vec<Observed>, AwsError> {
        read::all(cx, &Indexed::read(cx, wanted).await).await
    }

    async fn create(cx: &Context<'_>, _: &Address, desired: &Desired) -> Result<Made<Observed>, StepError> {
        Self::creatable(desired)?;
        Ok(Made::New(create::create(cx, desired).await?))
    }

    async fn edit(cx: &Context<'_>, address: &Address, desired: &Desired, observed: &Observed, edits: &[Edit]) -> Result<Facts, StepError> {
        for edit in edits {
            match edit {
                Edit::Await(request) => {
                    let id = create::finished(cx, desired, request).await?;
                    create::confirm(cx, desired, &id).await?;
                    return Ok(Self::facts(address, &create::settle(cx, desired, id).await?));
                }
                Edit::Move { to, .. } => create::move_to(cx, observed.known_id()?, to.known()?).await?,
            }
        }
        Ok(Self::facts(address, observed))
    }

    async fn tag(cx: &Context<'_>, observed: &Observed, tags: &Tags) -> Result<(), StepError> {
        tag(cx, observed.known_id()?.as_str(), tags).await
    }
}

/// Returns the hint for an account that cannot be used.
fn inactive_hint(word: &str) -> &'static str {
    match word {
        "pending activation" => "the owner of this account has to finish signing up for AWS in it",
        "suspended" => "AWS has suspended it: see the Billing console and the support cases of that account",
        _ => "see the account in the AWS Organizations console",
    }
}

/// Returns the output with the time when an account joined.
fn joined_at(address: &Address, joined: SystemTime) -> Facts {
    let seconds = joined.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    Facts::one(address, JOINED, seconds.to_string())
}

/// Returns for how long an account's denials are retried: zero if it is old, or its age is unknown.
#[must_use]
pub fn readiness_grace(now: SystemTime, facts: &Facts, key: &AccountKey) -> Duration {
    let joined = facts.find(&Address::organization(Account::NAME, key), JOINED).and_then(|seconds| seconds.parse().ok());
    let age = joined.map(|seconds| now.duration_since(UNIX_EPOCH + Duration::from_secs(seconds)).unwrap_or_default());
    age.map_or(Duration::ZERO, |age| YOUNG_ACCOUNT.saturating_sub(age))
}

impl Account {
    /// Returns every account of the organization with one call per page, without tags and units.
    pub(crate) async fn listed(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        read::list(cx).await?.iter().map(read::untagged).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::settle;
    use crate::name::literal;

    fn desired() -> Desired {
        Desired {
            name: "acme-prod".to_owned(),
            email: literal("aws+prod@acme.example"),
            email_written: false,
            id: None,
            unit: "ou-1".into(),
            unit_path: "Workloads/Production".to_owned(),
            access_role: "OrganizationAccountAccessRole".to_owned(),
            tags: Tags::from([("owner".to_owned(), "platform".to_owned())]),
        }
    }

    fn observed() -> Observed {
        Observed {
            id: Some(literal("222233334444")),
            name: "renamed".to_owned(),
            email: Some("AWS+Prod@acme.example".to_owned()),
            state: State::Active,
            joined: None,
            is_new: false,
            parent: "ou-1".to_owned(),
            tags: desired().tags,
        }
    }

    #[test]
    fn an_account_is_known_by_email_or_id_and_by_name_only_in_flight() {
        assert!(Account::matches(&desired(), &observed()));
        assert!(!Account::matches(
            &desired(),
            &Observed { email: Some("x@acme.example".to_owned()), name: "acme-prod".to_owned(), ..observed() }
        ));
        let in_flight =
            Observed { state: State::Creating("car-1".to_owned()), name: "acme-prod".to_owned(), email: None, id: None, ..observed() };
        assert!(Account::matches(&desired(), &in_flight));
        assert!(Account::matches(
            &Desired { id: Some(literal("222233334444")), ..desired() },
            &Observed { email: Some("x@y.z".to_owned()), ..observed() }
        ));
    }

    #[test]
    fn differences() {
        assert_eq!(Account::diff(&desired(), &observed()), Ok(vec![]));
        let moved = Observed { parent: "r-1".to_owned(), tags: Tags::new(), ..observed() };
        let shown: Vec<String> = settle::differences::<Account>(&desired(), &moved)
            .expect("open")
            .iter()
            .flat_map(settle::Edit::fields)
            .map(|field| field.to_string())
            .collect();
        assert_eq!(shown, ["unit  r-1 -> ou-1", "tags.owner  + platform"]);
        let suspended = Observed { state: State::Inactive("suspended".to_owned()), ..observed() };
        assert!(Account::diff(&desired(), &suspended).is_err() && Account::retired(&suspended).is_none());
        let closed = Observed { state: State::Closed("closed".to_owned()), ..observed() };
        assert!(Account::retired(&closed).is_some_and(|retired| retired.reason.contains("222233334444")));
        let other = Desired { id: Some(literal("222233334444")), email_written: true, email: literal("new@acme.example"), ..desired() };
        assert!(Account::diff(&other, &observed()).is_err());
    }
}
