//! Creating an account: requested, awaited, moved into its unit, entered.

use std::time::Duration;

use aws_sdk_organizations::types::{CreateAccountState, CreateAccountStatus};

use super::super::{JUST_MADE, sdk_tags, tag, tags_of};
use super::creations::{self, Creations};
use super::{Desired, Observed, State, read};
use crate::aws::error::{Answer, AwsError};
use crate::aws::retry::{RetryPolicy, YOUNG_ACCOUNT, YOUNG_ACCOUNT_CODES};
use crate::aws::tags;
use crate::id::{AccountId, iam_arn};
use crate::kind::context::{parsed, required};
use crate::kind::{Context, StepError};
use crate::session::SessionError;

/// Pauses between reads of a creation's status (docs/AWS.md 10.3: one read a second, shared by all creations).
const CREATION_PAUSES: (Duration, Duration) = (creations::LOOK, creations::LOOK);
/// How long one creation may take; AWS says "a few minutes" (docs/AWS.md 1.5).
const CREATION_LIMIT: Duration = Duration::from_mins(15);
/// Pauses between attempts to enter: STS accepts hundreds of calls a second, and a baseline waits for the answer (docs/AWS.md 1.5, 2.1).
const ENTRY_PAUSES: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(3));
/// Pause between attempts to create the first account: the rate of `CreateAccount`, so that its burst is there when AWS is ready.
const FIRST_PAUSE: Duration = Duration::from_secs(10);

/// Creates an account, or finds the one that an earlier call created, and returns it once it can be entered.
pub(super) async fn create(cx: &Context<'_>, desired: &Desired) -> Result<Observed, StepError> {
    let id = match send(cx, desired).await? {
        Sent::Request(request) => finished(cx, desired, &request).await?,
        Sent::InFlight(request) => {
            let id = finished(cx, desired, &request).await?;
            confirm(cx, desired, &id).await?;
            id
        }
        Sent::Exists(id) => id,
    };
    settle(cx, desired, id).await
}

/// The result of a request to create.
enum Sent {
    /// AWS has accepted it.
    Request(String),
    /// A creation of this name was in flight: the wanted one, if it has the wanted e-mail.
    InFlight(String),
    /// The account already exists: an earlier call created it.
    Exists(AccountId),
}

/// Sends `CreateAccount` once; a lost answer is looked up by name before anything is sent again.
async fn send(cx: &Context<'_>, desired: &Desired) -> Result<Sent, StepError> {
    const CALL: &str = "organizations:CreateAccount";
    cx.waiting("AWS to accept the account");
    let client = cx.session().organizations();
    let sdk_tags = sdk_tags(&desired.tags)?;
    let creations = cx.shared::<Creations>();
    let first = creations.first().await;
    // The step before may have been asked to stop.
    cx.pause("AWS to accept the account", Duration::ZERO).await?;
    let sent = cx
        .call_with(CALL, &RetryPolicy::create_once().waiting_every(FIRST_PAUSE), || {
            client
                .create_account()
                .account_name(&desired.name)
                .email(desired.email.as_str())
                .role_name(&desired.access_role)
                .set_tags(Some(sdk_tags.clone()))
                .send()
        })
        .await;
    if sent.is_ok() {
        creations.accepted();
    }
    drop(first);
    match sent {
        Ok(output) => {
            let status = required(CALL, "CreateAccountStatus", output.create_account_status)?;
            Ok(Sent::Request(required(CALL, "CreateAccountStatus.Id", status.id)?))
        }
        Err(error) if error.answer == Answer::Lost => match found_by_key(cx, desired).await? {
            Some(found) => Ok(found),
            None => Err(error.into()),
        },
        Err(error) => Err(error.into()),
    }
}

/// Finds the account, or its creation in flight, by e-mail and name.
async fn found_by_key(cx: &Context<'_>, desired: &Desired) -> Result<Option<Sent>, StepError> {
    if let Some(account) = read::list(cx).await?.into_iter().find(|account| account.email().is_some_and(|email| desired.email.same(email)))
    {
        return Ok(Some(Sent::Exists(parsed("organizations:ListAccounts", "Id", account.id())?)));
    }
    let in_flight =
        creations::list(cx, &[CreateAccountState::InProgress, CreateAccountState::Succeeded]).await?.into_iter().find(|status| {
            status.account_name() == Some(&desired.name)
                && (status.state() == Some(&CreateAccountState::InProgress)
                    || (status.state() == Some(&CreateAccountState::Succeeded) && read::is_fresh(cx, status)))
        });
    let request = |status: CreateAccountStatus| required("organizations:ListCreateAccountStatus", "Id", status.id);
    Ok(in_flight.map(request).transpose()?.map(Sent::InFlight))
}

/// Waits for a creation's end and returns the account's id.
pub(super) async fn finished(cx: &Context<'_>, desired: &Desired, request: &str) -> Result<AccountId, StepError> {
    const CALL: &str = "organizations:DescribeCreateAccountStatus";
    let client = cx.session().organizations();
    let client = &client;
    cx.until("AWS is creating it", CREATION_PAUSES, CREATION_LIMIT, || async move {
        if cx.shared::<Creations>().is_in_progress(cx, request).await? {
            return Ok(None);
        }
        let output = cx
            .call_with(CALL, &cx.retry().until_visible(&["CreateAccountStatusNotFoundException"]), || {
                client.describe_create_account_status().create_account_request_id(request).send()
            })
            .await?;
        let status = output.create_account_status().ok_or_else(|| AwsError::incomplete(CALL, "CreateAccountStatus"))?;
        match status.state() {
            Some(CreateAccountState::Succeeded) => Ok(Some(parsed(CALL, "AccountId", status.account_id())?)),
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

/// Returns the hint for a failed creation (docs/AWS.md 1.5).
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

/// Makes sure that an account that was found by its name is the wanted one: names are not unique, and a creation's record has
/// no e-mail (docs/AWS.md 1.5).
pub(super) async fn confirm(cx: &Context<'_>, desired: &Desired, id: &AccountId) -> Result<(), StepError> {
    const CALL: &str = "organizations:DescribeAccount";
    let client = cx.session().organizations();
    let retry = cx.retry().until_visible(&["AccountNotFoundException"]);
    let described = cx.call_with(CALL, &retry, || client.describe_account().account_id(id.as_str()).send()).await?;
    let email = described.account().and_then(|account| account.email()).ok_or_else(|| AwsError::incomplete(CALL, "Email"))?;
    if desired.email.same(email) {
        return Ok(());
    }
    Err(StepError::refused(
        format!(
            "the account {} ({id}) that was being created has the e-mail {email}, and the manifest says {}: nothing was built in it",
            desired.name, desired.email
        ),
        format!("if it is this account anyway, write `id = \"{id}\"` under its `[accounts.KEY]`; if not, `landfall apply` makes another"),
    ))
}

/// Moves a new account into its unit, tags it and waits until it can be entered.
pub(super) async fn settle(cx: &Context<'_>, desired: &Desired, id: AccountId) -> Result<Observed, StepError> {
    cx.created();
    let since = cx.clock().now();
    let unit = desired.unit.known()?;
    move_to(cx, &id, unit).await?;
    let present = tags_of(cx, id.as_str()).await?;
    let missing = tags::missing(&desired.tags, &present);
    if !missing.is_empty() {
        tag(cx, id.as_str(), &missing).await?;
    }
    enter(cx, desired, &id).await?;
    Ok(Observed {
        id: Some(id),
        name: desired.name.clone(),
        email: Some(desired.email.to_string()),
        state: State::Active,
        joined: Some(since),
        is_new: true,
        parent: unit.to_owned(),
        tags: desired.tags.clone(),
    })
}

pub(super) async fn move_to(cx: &Context<'_>, id: &AccountId, unit: &str) -> Result<(), StepError> {
    let client = cx.session().organizations();
    let parent = read::parent_of(cx, id.as_str()).await?;
    if parent == unit {
        return Ok(());
    }
    let retry = cx.retry().until_visible(JUST_MADE);
    let sent = cx
        .call_with("organizations:MoveAccount", &retry, || {
            client.move_account().account_id(id.as_str()).source_parent_id(&parent).destination_parent_id(unit).send()
        })
        .await;
    match sent {
        Ok(_) => Ok(()),
        // The move already took effect.
        Err(error)
            if error.is(&["DuplicateAccountException", "SourceParentNotFoundException"])
                && read::parent_of(cx, id.as_str()).await? == unit =>
        {
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// Waits until the access role can be assumed; a new account refuses for a while although nothing is wrong.
async fn enter(cx: &Context<'_>, desired: &Desired, account: &AccountId) -> Result<(), StepError> {
    let role = &iam_arn(cx.sessions().partition(), account, format_args!("role/{}", desired.access_role));
    cx.until("waiting for its access role", ENTRY_PAUSES, YOUNG_ACCOUNT, || async move {
        match cx.sessions().assume(account, role).await {
            Ok(_) => Ok(Some(())),
            Err(SessionError::Aws(error)) if error.is(YOUNG_ACCOUNT_CODES) => Ok(None),
            Err(SessionError::Aws(error)) => Err(error.into()),
            Err(other) => Err(StepError::refused(other.to_string(), "please report this")),
        }
    })
    .await
}
