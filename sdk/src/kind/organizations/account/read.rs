//! Reading accounts: the list, and the details that it leaves out.

use std::time::{Duration, SystemTime};

use aws_sdk_organizations::types::{
    Account as Listed, AccountJoinedMethod, AccountState, AccountStatus, CreateAccountState, CreateAccountStatus,
};

use super::indexed::Indexed;
use super::{Observed, State, creations};
use crate::aws::error::AwsError;
use crate::aws::tags::Tags;
use crate::kind::Context;
use crate::kind::context::{parsed, required};
use crate::kind::organizations::{JUST_MADE, tags_of};

/// How long a finished creation may be missing from `ListAccounts` and still be recognized by name: names are not unique, so no longer than
/// a new account takes to settle (docs/AWS.md 1.5).
const FRESH: Duration = Duration::from_mins(15);

/// How long a created account counts as new: a run that was killed is made again within a day.
const NEW: Duration = Duration::from_hours(24);

const CALL: &str = "organizations:ListAccounts";

pub(super) async fn list(cx: &Context<'_>) -> Result<Vec<Listed>, AwsError> {
    let client = cx.session().organizations();
    cx.listed(CALL, |next| client.list_accounts().set_next_token(next).send(), |page| (page.accounts.unwrap_or_default(), page.next_token))
        .await
}

/// Reads every member account, and every creation in flight.
pub(super) async fn all(cx: &Context<'_>, indexed: &Indexed<'_>) -> Result<Vec<Observed>, AwsError> {
    const LIST: &str = "organizations:ListCreateAccountStatus";
    let mut accounts = Vec::new();
    let mut one_by_one = 0;
    for listed in list(cx).await? {
        if listed.id() == Some(cx.session().account().as_str()) {
            continue;
        }
        let account = untagged(&listed)?;
        let tags = indexed.settled(&account);
        one_by_one += usize::from(tags.is_none());
        accounts.push(detail(cx, &listed, account, tags).await?);
    }
    indexed.report(cx, one_by_one);
    for status in creations::list(cx, &[CreateAccountState::InProgress, CreateAccountState::Succeeded]).await? {
        let name = required(LIST, "AccountName", status.account_name())?;
        match (status.state(), status.account_id()) {
            (Some(CreateAccountState::InProgress), _) => accounts.push(Observed {
                id: None,
                name: name.to_owned(),
                email: None,
                state: State::Creating(required(LIST, "Id", status.id())?.to_owned()),
                joined: None,
                is_new: true,
                parent: String::new(),
                tags: Tags::new(),
            }),
            // `ListAccounts` may lag a finished creation by seconds.
            (Some(CreateAccountState::Succeeded), Some(id))
                if is_fresh(cx, &status) && !accounts.iter().any(|known| known.id_text() == id) =>
            {
                let client = cx.session().organizations();
                let described = cx.call("organizations:DescribeAccount", || client.describe_account().account_id(id).send()).await;
                match described {
                    Ok(output) => {
                        if let Some(listed) = output.account() {
                            accounts.push(detail(cx, listed, untagged(listed)?, None).await?);
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

pub(super) fn is_fresh(cx: &Context<'_>, status: &CreateAccountStatus) -> bool {
    let asked = status.requested_timestamp().and_then(|stamp| SystemTime::try_from(*stamp).ok());
    asked.is_some_and(|asked| cx.clock().now().duration_since(asked).unwrap_or_default() <= FRESH)
}

/// Adds what the list does not have: the unit, and the tags unless they are known.
async fn detail(cx: &Context<'_>, listed: &Listed, account: Observed, tags: Option<&Tags>) -> Result<Observed, AwsError> {
    let id = account.id_text();
    let parent = match by_path(listed) {
        Some(parent) => parent,
        None => parent_of(cx, id).await?,
    };
    let tags = match tags {
        Some(tags) => tags.clone(),
        None => tags_of(cx, id).await?,
    };
    let is_new = is_new(listed, cx.clock().now());
    Ok(Observed { is_new, parent, tags, ..account })
}

/// Returns an account as the list shows it; its tags need a call of their own.
pub(super) fn untagged(account: &Listed) -> Result<Observed, AwsError> {
    let read = |member, value: Option<&str>| Ok::<_, AwsError>(required(CALL, member, value)?.to_owned());
    Ok(Observed {
        id: Some(parsed(CALL, "Id", account.id())?),
        name: read("Name", account.name())?,
        email: Some(read("Email", account.email())?),
        state: state_of(account),
        joined: joined(account),
        // Told by `detail`, which knows the time.
        is_new: false,
        // Read by `detail` if the list does not have it.
        parent: by_path(account).unwrap_or_default(),
        tags: Tags::new(),
    })
}

fn joined(account: &Listed) -> Option<SystemTime> {
    account.joined_timestamp().and_then(|stamp| SystemTime::try_from(*stamp).ok())
}

/// Returns whether AWS made an account a short time ago; one that was invited is as old as it may be.
fn is_new(account: &Listed, now: SystemTime) -> bool {
    let age = joined(account).map(|joined| now.duration_since(joined).unwrap_or_default());
    account.joined_method() == Some(&AccountJoinedMethod::Created) && age.is_some_and(|age| age <= NEW)
}

/// Returns the id of the unit or root in an account's path.
fn by_path(account: &Listed) -> Option<String> {
    // `o-id/r-id/ou-id/…/account/`: since March 2026 this spares a call (docs/AWS.md 1.2).
    account.paths().first().and_then(|path| path.trim_end_matches('/').rsplit('/').nth(1)).map(str::to_owned)
}

/// Reads `State`, or the older `Status` if an endpoint sends only that (docs/AWS.md 1.6).
fn state_of(account: &Listed) -> State {
    let plain = |word: &str| word.to_lowercase().replace('_', " ");
    match (account.state(), account.status()) {
        (Some(AccountState::Active), _) | (None, Some(AccountStatus::Active)) => State::Active,
        (Some(closed @ (AccountState::Closed | AccountState::PendingClosure)), _) => State::Closed(plain(closed.as_str())),
        // The older field calls closed accounts suspended.
        (None, Some(closed @ (AccountStatus::Suspended | AccountStatus::PendingClosure))) => State::Closed(plain(closed.as_str())),
        (Some(other), _) => State::Inactive(plain(other.as_str())),
        (None, Some(other)) => State::Inactive(plain(other.as_str())),
        (None, None) => State::Inactive("in an unknown state".to_owned()),
    }
}

pub(super) async fn parent_of(cx: &Context<'_>, id: &str) -> Result<String, AwsError> {
    const CALL: &str = "organizations:ListParents";
    let client = cx.session().organizations();
    let retry = cx.retry().until_visible(JUST_MADE);
    let output = cx.call_with(CALL, &retry, || client.list_parents().child_id(id).send()).await?;
    let parent = output.parents().first().and_then(|parent| parent.id()).ok_or_else(|| AwsError::incomplete(CALL, "Parents"))?;
    Ok(parent.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_new_for_a_day_if_it_was_created_and_never_if_it_was_invited() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_hours(1_000);
        let hour = Duration::from_hours(1);
        for (method, age, expected) in [
            (AccountJoinedMethod::Created, Duration::ZERO, true),
            (AccountJoinedMethod::Created, NEW, true),
            (AccountJoinedMethod::Created, NEW + hour, false),
            (AccountJoinedMethod::Invited, Duration::ZERO, false),
        ] {
            let account = Listed::builder().joined_method(method.clone()).joined_timestamp((now - age).into()).build();
            assert_eq!(is_new(&account, now), expected, "{method} {age:?}");
        }
        assert!(!is_new(&Listed::builder().joined_method(AccountJoinedMethod::Created).build(), now), "of unknown age");
    }
}
