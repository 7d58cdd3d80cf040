//! Member accounts: found by id or e-mail, created asynchronously, moved into their unit, never closed.
//!
//! `CreateAccount` has no idempotency token. What makes a repeat safe: the e-mail is unique in all of AWS; a
//! creation in flight is observed by its account name and awaited, never sent again (aws-facts 1.5).

pub(crate) mod creations;
mod read;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_organizations::types::CreateAccountState;

use super::{JUST_MADE, sdk_tags, tag, tags_of};
use crate::address::Address;
use crate::aws::error::{Answer, AwsError};
use crate::aws::patience::{Patience, YOUNG_ACCOUNT, YOUNG_ACCOUNT_CODES};
use crate::aws::tags::{self, Tags};
use crate::id::{AccountId, iam_arn};
use crate::kind::change::tag_fields;
use crate::kind::{Adoption, Blocked, Context, Facts, Field, Kind, Reach, StepError, Text};
use crate::name::AccountKey;
use crate::session::SessionError;

/// Pauses between looks at a creation (aws-facts 10.3: one look a second, which all creations share).
const CREATION_PAUSES: (Duration, Duration) = (creations::LOOK, creations::LOOK);
/// How long one creation may take; AWS says "a few minutes" (aws-facts 1.5).
const CREATION_LIMIT: Duration = Duration::from_mins(15);
/// Pauses between tries to get in: STS takes hundreds of calls a second, and a baseline waits for the answer (aws-facts 1.5, 10.1).
const ENTRY_PAUSES: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(3));
/// Pause between tries to create the first account: the rate of `CreateAccount`, so that its burst is there when AWS is ready.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
/// The fact that says when an account joined, in seconds since 1970.
const JOINED: &str = "joined";

/// The kind `account`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Account;

/// What an account should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desired {
    /// AWS's name for it: `<org>-<key>`. Matches only creations in flight.
    pub name: String,
    /// The root user's e-mail.
    pub email: String,
    /// Whether the manifest wrote the e-mail itself.
    pub email_written: bool,
    /// Its id, where the manifest gives it.
    pub id: Option<String>,
    /// The id of its unit.
    pub unit: Text,
    /// The unit's path, for people.
    pub unit_path: String,
    /// The name of the role by which the management account gets in.
    pub access_role: String,
    /// Its tags: ours and the owner's.
    pub tags: Tags,
}

/// What an account is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Its id; empty while AWS is creating it.
    pub id: String,
    /// AWS's name for it.
    pub name: String,
    /// Its e-mail; empty while AWS is creating it.
    pub email: String,
    /// Where it stands.
    pub state: State,
    /// When it joined the organization.
    pub joined: Option<SystemTime>,
    /// The id of the unit or root it is in.
    pub parent: String,
    /// Its tags.
    pub tags: Tags,
}

/// Where an account stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// AWS is creating it; the id of the request.
    Creating(String),
    /// It works.
    Active,
    /// It does not work: suspended, closing, closed, or in a state landfall does not know; AWS's word for it.
    Inactive(String),
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "made and matched in this file only")]
pub enum Edit {
    /// AWS is creating it; its end is awaited, then it is moved and entered.
    Await(String),
    /// It is in another unit.
    Move {
        /// The id of the unit or root it is in.
        from: String,
        /// The id of the unit it belongs in.
        to: Text,
    },
    /// Tags are missing or differ.
    Tag {
        /// What they are now.
        from: Tags,
        /// What they should be.
        to: Tags,
    },
}

impl Kind for Account {
    const NAME: &'static str = "account";
    const REACH: Reach = Reach::Organization;
    const REMOVED_AT: u8 = 52;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = Edit;

    fn texts(desired: &mut Desired, visit: &mut dyn FnMut(&mut Text)) {
        visit(&mut desired.unit);
    }

    fn same(desired: &Desired, observed: &Observed) -> bool {
        match (&desired.id, &observed.state) {
            (Some(id), _) => *id == observed.id,
            (None, State::Creating(_)) => desired.name == observed.name,
            (None, State::Active | State::Inactive(_)) => desired.email.eq_ignore_ascii_case(&observed.email),
        }
    }

    fn tags(observed: &Observed) -> Option<&Tags> {
        Some(&observed.tags)
    }

    fn adoption(_: &Desired, _: &Observed) -> Adoption {
        // An account of this organization with our e-mail or id is ours (design 3.1).
        Adoption::Adopt
    }

    fn diff(desired: &Desired, observed: &Observed) -> Result<Vec<Edit>, Blocked> {
        match &observed.state {
            State::Creating(request) => return Ok(vec![Edit::Await(request.clone())]),
            State::Inactive(word) => {
                return Err(Blocked::new(
                    format!("account {} is {word}", observed.id),
                    "AWS Support reopens an account within 90 days of its closing; or give this key a new e-mail",
                ));
            }
            State::Active => {}
        }
        if desired.id.is_some() && desired.email_written && !desired.email.eq_ignore_ascii_case(&observed.email) {
            return Err(Blocked::new(
                format!("account {} has the e-mail {}, the manifest says {}", observed.id, observed.email, desired.email),
                "take `email` out of the manifest, or change the account's e-mail in AWS",
            ));
        }
        let mut edits = Vec::new();
        if desired.unit.as_str() != observed.parent {
            edits.push(Edit::Move { from: observed.parent.clone(), to: desired.unit.clone() });
        }
        let missing = tags::missing(&desired.tags, &observed.tags);
        if !missing.is_empty() {
            edits.push(Edit::Tag { from: observed.tags.clone(), to: missing });
        }
        Ok(edits)
    }

    fn fields(edit: &Edit) -> Vec<Field> {
        match edit {
            Edit::Await(request) => vec![Field::new("state", format!("being created ({request})"), "active")],
            Edit::Move { from, to } => vec![Field::new("unit", from, to)],
            Edit::Tag { from, to } => tag_fields(from, to),
        }
    }

    fn summary(desired: &Desired) -> String {
        format!("{} <{}> in {}", desired.name, desired.email, desired.unit_path)
    }

    fn label(observed: &Observed) -> String {
        format!("{} ({})", observed.name, observed.id)
    }

    fn prunable(_: &Observed) -> Result<(), Blocked> {
        Err(Blocked::new("accounts are never closed by landfall", "close it in the AWS console, or give its new key `id = \"…\"`"))
    }

    fn facts(address: &Address, observed: &Observed) -> Facts {
        if observed.id.is_empty() {
            return Facts::new();
        }
        let mut facts = Facts::one(address, "id", &observed.id);
        if let Some(joined) = observed.joined {
            facts.extend(joined_at(address, joined));
        }
        facts
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        let mut accounts = Vec::new();
        for listed in read::list(cx).await? {
            if listed.id() == Some(cx.session().account().as_str()) {
                continue;
            }
            accounts.push(read::detail(cx, &listed).await?);
        }
        for status in creations::list(cx, &[CreateAccountState::InProgress, CreateAccountState::Succeeded]).await? {
            let name = status.account_name().unwrap_or_default();
            match (status.state(), status.account_id()) {
                (Some(CreateAccountState::InProgress), _) => accounts.push(Observed {
                    id: String::new(),
                    name: name.to_owned(),
                    email: String::new(),
                    state: State::Creating(status.id().unwrap_or_default().to_owned()),
                    joined: None,
                    parent: String::new(),
                    tags: Tags::new(),
                }),
                // `ListAccounts` may lag a finished creation by seconds.
                (Some(CreateAccountState::Succeeded), Some(id))
                    if read::is_fresh(cx, &status) && !accounts.iter().any(|known| known.id == id) =>
                {
                    let client = cx.session().organizations();
                    let described = cx.call("organizations:DescribeAccount", || client.describe_account().account_id(id).send()).await;
                    match described {
                        Ok(output) => {
                            if let Some(account) = output.account() {
                                accounts.push(read::detail(cx, account).await?);
                            }
                        }
                        // It has left the organization since.
                        Err(error) if error.is(&["AccountNotFoundException"]) => {}
                        Err(error) => return Err(error),
                    }
                }
                _ => {}
            }
        }
        Ok(accounts)
    }

    async fn create(cx: &Context<'_>, address: &Address, desired: &Desired) -> Result<Facts, StepError> {
        if let Some(id) = &desired.id {
            return Err(StepError::refused(
                format!("account {id} is not in this organization"),
                "invite it (AWS Organizations console, Add an AWS account, Invite) and accept in that account; then apply again",
            ));
        }
        let id = match send(cx, desired).await? {
            Sent::Request(request) => finished(cx, desired, &request).await?,
            Sent::Exists(id) => id,
        };
        settle(cx, address, desired, &id).await
    }

    async fn edit(cx: &Context<'_>, address: &Address, desired: &Desired, observed: &Observed, edits: &[Edit]) -> Result<Facts, StepError> {
        for edit in edits {
            match edit {
                Edit::Await(request) => {
                    let id = finished(cx, desired, request).await?;
                    return settle(cx, address, desired, &id).await;
                }
                Edit::Move { to, .. } => move_to(cx, &observed.id, to.known().or_else(|_| desired.unit.known())?).await?,
                Edit::Tag { to, .. } => tag(cx, &observed.id, to).await?,
            }
        }
        Ok(Self::facts(address, observed))
    }

    async fn remove(_: &Context<'_>, _: &Observed) -> Result<(), StepError> {
        Err(StepError::refused("accounts are never closed by landfall", "close it in the AWS console"))
    }
}

/// What became of a request to create.
enum Sent {
    /// AWS is at it.
    Request(String),
    /// The account is there already: an earlier call made it.
    Exists(String),
}

/// Sends `CreateAccount` once; a lost answer is looked up by name before anything is sent again.
async fn send(cx: &Context<'_>, desired: &Desired) -> Result<Sent, StepError> {
    const CALL: &str = "organizations:CreateAccount";
    cx.waiting("AWS to accept the account");
    let client = cx.session().organizations();
    let sdk_tags = sdk_tags(&desired.tags)?;
    let first = cx.together().creations.first().await;
    // Whoever was before may have been asked to stop.
    cx.pause("AWS to accept the account", Duration::ZERO).await?;
    let sent = cx
        .call_with(CALL, &Patience::create_once().waiting_every(FIRST_PAUSE), || {
            client
                .create_account()
                .account_name(&desired.name)
                .email(&desired.email)
                .role_name(&desired.access_role)
                .set_tags(Some(sdk_tags.clone()))
                .send()
        })
        .await;
    if sent.is_ok() {
        cx.together().creations.accepted();
    }
    drop(first);
    match sent {
        Ok(output) => {
            let status = output.create_account_status().ok_or_else(|| AwsError::incomplete(CALL, "CreateAccountStatus"))?;
            Ok(Sent::Request(status.id().unwrap_or_default().to_owned()))
        }
        Err(error) if error.answer == Answer::Lost => match found_by_key(cx, desired).await? {
            Some(found) => Ok(found),
            None => Err(error.into()),
        },
        Err(error) => Err(error.into()),
    }
}

/// Looks for the account, or its creation in flight, by e-mail and name.
async fn found_by_key(cx: &Context<'_>, desired: &Desired) -> Result<Option<Sent>, StepError> {
    if let Some(account) =
        read::list(cx).await?.into_iter().find(|account| account.email().is_some_and(|email| email.eq_ignore_ascii_case(&desired.email)))
    {
        return Ok(Some(Sent::Exists(account.id().unwrap_or_default().to_owned())));
    }
    let in_flight =
        creations::list(cx, &[CreateAccountState::InProgress, CreateAccountState::Succeeded]).await?.into_iter().find(|status| {
            status.account_name() == Some(&desired.name)
                && (status.state() == Some(&CreateAccountState::InProgress)
                    || (status.state() == Some(&CreateAccountState::Succeeded) && read::is_fresh(cx, status)))
        });
    Ok(in_flight.map(|status| Sent::Request(status.id().unwrap_or_default().to_owned())))
}

/// Waits for a creation's end and returns the account's id.
async fn finished(cx: &Context<'_>, desired: &Desired, request: &str) -> Result<String, StepError> {
    const CALL: &str = "organizations:DescribeCreateAccountStatus";
    let client = cx.session().organizations();
    let client = &client;
    cx.until("AWS is creating it", CREATION_PAUSES, CREATION_LIMIT, || async move {
        if cx.together().creations.is_in_progress(cx, request).await? {
            return Ok(None);
        }
        let output = cx
            .call_with(CALL, &cx.patience().just_made(&["CreateAccountStatusNotFoundException"]), || {
                client.describe_create_account_status().create_account_request_id(request).send()
            })
            .await?;
        let status = output.create_account_status().ok_or_else(|| AwsError::incomplete(CALL, "CreateAccountStatus"))?;
        match status.state() {
            Some(CreateAccountState::Succeeded) => Ok(Some(status.account_id().unwrap_or_default().to_owned())),
            Some(CreateAccountState::Failed) => {
                let reason = status.failure_reason().map_or("no reason", |reason| reason.as_str());
                if reason == "EMAIL_ALREADY_EXISTS"
                    && let Some(Sent::Exists(id)) = found_by_key(cx, desired).await?
                {
                    return Ok(Some(id));
                }
                Err(StepError::refused(format!("AWS could not create the account: {reason}"), failure_hint(reason, desired)))
            }
            _ => Ok(None),
        }
    })
    .await
}

/// What a person can do about a failed creation (aws-facts 1.5).
fn failure_hint(reason: &str, desired: &Desired) -> String {
    match reason {
        "EMAIL_ALREADY_EXISTS" => format!(
            "{} belongs to another AWS account, perhaps a closed one: give this account another `email`, or `id` if it is in this organization",
            desired.email
        ),
        "ACCOUNT_LIMIT_EXCEEDED" => {
            "ask for more: Service Quotas console, AWS Organizations, \"Maximum number of accounts\" (in us-east-1); then apply again"
                .to_owned()
        }
        "INVALID_EMAIL" | "INVALID_ADDRESS" => "correct the address and apply again".to_owned(),
        "MISSING_PAYMENT_INSTRUMENT" | "INVALID_PAYMENT_INSTRUMENT" => {
            "give the management account a valid payment method in the Billing console".to_owned()
        }
        "INTERNAL_FAILURE" | "CONCURRENT_ACCOUNT_MODIFICATION" => "apply again in a few minutes".to_owned(),
        _ => "see the AWS Organizations console; then apply again".to_owned(),
    }
}

/// Moves a new account into its unit and waits until it lets us in.
async fn settle(cx: &Context<'_>, address: &Address, desired: &Desired, id: &str) -> Result<Facts, StepError> {
    cx.created();
    let since = cx.clock().now();
    move_to(cx, id, desired.unit.known()?).await?;
    let present = tags_of(cx, id).await?;
    let missing = tags::missing(&desired.tags, &present);
    if !missing.is_empty() {
        tag(cx, id, &missing).await?;
    }
    enter(cx, desired, id).await?;
    let mut facts = Facts::one(address, "id", id);
    facts.extend(joined_at(address, since));
    Ok(facts)
}

/// Returns the fact of when an account joined.
fn joined_at(address: &Address, joined: SystemTime) -> Facts {
    let seconds = joined.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    Facts::one(address, JOINED, seconds.to_string())
}

/// Returns for how long an account's refusals are not yet taken at their word: none where it is old, or nothing is known.
#[must_use]
pub fn youth(now: SystemTime, facts: &Facts, key: &AccountKey) -> Duration {
    let joined = facts.find(&Address::organization(Account::NAME, key), JOINED).and_then(|seconds| seconds.parse().ok());
    let age = joined.map(|seconds| now.duration_since(UNIX_EPOCH + Duration::from_secs(seconds)).unwrap_or_default());
    age.map_or(Duration::ZERO, |age| YOUNG_ACCOUNT.saturating_sub(age))
}

async fn move_to(cx: &Context<'_>, id: &str, unit: &str) -> Result<(), StepError> {
    let client = cx.session().organizations();
    let parent = read::parent_of(cx, id).await?;
    if parent == unit {
        return Ok(());
    }
    let patience = cx.patience().just_made(JUST_MADE);
    let sent = cx
        .call_with("organizations:MoveAccount", &patience, || {
            client.move_account().account_id(id).source_parent_id(&parent).destination_parent_id(unit).send()
        })
        .await;
    match sent {
        Ok(_) => Ok(()),
        // A repeat of a move that took effect.
        Err(error)
            if error.is(&["DuplicateAccountException", "SourceParentNotFoundException"]) && read::parent_of(cx, id).await? == unit =>
        {
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// Waits until the access role can be assumed; a young account refuses for a while although nothing is wrong.
async fn enter(cx: &Context<'_>, desired: &Desired, id: &str) -> Result<(), StepError> {
    let account: AccountId = id.parse().map_err(|_| AwsError::incomplete("organizations:CreateAccount", "AccountId"))?;
    let account = &account;
    let role = &iam_arn(cx.sessions().partition(), account, format_args!("role/{}", desired.access_role));
    cx.until("created; waiting until it lets us in", ENTRY_PAUSES, YOUNG_ACCOUNT, || async move {
        match cx.sessions().assume(account, role).await {
            Ok(_) => Ok(Some(())),
            Err(SessionError::Aws(error)) if error.is(YOUNG_ACCOUNT_CODES) => Ok(None),
            Err(SessionError::Aws(error)) => Err(error.into()),
            Err(other) => Err(StepError::refused(other.to_string(), "please report this")),
        }
    })
    .await
}

impl Account {
    /// Returns every account of the organization with one call per page, without tags and units.
    pub(crate) async fn listed(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        Ok(read::list(cx).await?.iter().map(read::untagged).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desired() -> Desired {
        Desired {
            name: "acme-prod".to_owned(),
            email: "aws+prod@acme.example".to_owned(),
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
            id: "222233334444".to_owned(),
            name: "renamed".to_owned(),
            email: "AWS+Prod@acme.example".to_owned(),
            state: State::Active,
            joined: None,
            parent: "ou-1".to_owned(),
            tags: desired().tags,
        }
    }

    #[test]
    fn an_account_is_known_by_email_or_id_and_by_name_only_in_flight() {
        assert!(Account::same(&desired(), &observed()));
        assert!(!Account::same(&desired(), &Observed { email: "x@acme.example".to_owned(), name: "acme-prod".to_owned(), ..observed() }));
        let in_flight = Observed {
            state: State::Creating("car-1".to_owned()),
            name: "acme-prod".to_owned(),
            email: String::new(),
            id: String::new(),
            ..observed()
        };
        assert!(Account::same(&desired(), &in_flight));
        assert!(Account::same(
            &Desired { id: Some("222233334444".to_owned()), ..desired() },
            &Observed { email: "x@y.z".to_owned(), ..observed() }
        ));
    }

    #[test]
    fn differences() {
        assert_eq!(Account::diff(&desired(), &observed()), Ok(vec![]));
        let moved = Observed { parent: "r-1".to_owned(), tags: Tags::new(), ..observed() };
        let shown: Vec<String> =
            Account::diff(&desired(), &moved).expect("open").iter().flat_map(Account::fields).map(|field| field.to_string()).collect();
        assert_eq!(shown, ["unit  r-1 -> ou-1", "tags.owner  + platform"]);
        let closed = Observed { state: State::Inactive("closed".to_owned()), ..observed() };
        assert!(Account::diff(&desired(), &closed).is_err());
        let other = Desired { id: Some("222233334444".to_owned()), email_written: true, email: "new@acme.example".to_owned(), ..desired() };
        assert!(Account::diff(&other, &observed()).is_err());
    }
}
