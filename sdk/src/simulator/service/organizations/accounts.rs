//! Accounts: created asynchronously, listed, described, closed.

use serde_json::{Value, json};

use super::node::{enter, show_account};
use super::page::Page;
use super::tree::no_account;
use crate::name::{Email, RoleName};
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::stored::read_tags;
use crate::simulator::wire::Params;
use crate::simulator::world::{AccountState, Creation, Outcome, World};

/// Most creations in progress at one time (docs/AWS.md 1.3).
pub(super) const CREATIONS_MAX: usize = 5;
/// Longest account name (docs/AWS.md 1.5).
pub(super) const ACCOUNT_NAME_MAX: usize = 50;
const DEFAULT_ACCESS_ROLE: &str = "OrganizationAccountAccessRole";
/// Most closures in progress at one time (docs/AWS.md 1.3).
const CLOSURES_MAX: usize = 3;

pub(super) const OPERATIONS: &[Operation] = &[
    write("CreateAccount", create_account),
    read("DescribeCreateAccountStatus", describe_creation),
    read("ListCreateAccountStatus", list_creations),
    read("ListAccounts", list_accounts),
    read("DescribeAccount", describe_account),
    write("CloseAccount", close_account),
];

fn create_account(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (email, name) = (params.text("Email")?, params.text("AccountName")?);
    let role_name = params.optional_text("RoleName")?.unwrap_or(DEFAULT_ACCESS_ROLE);
    let billing = params.optional_text("IamUserAccessToBilling")?;
    let tags = read_tags(&params, "Tags")?;
    let ask = Ask::new("organizations:CreateAccount", "*").request_tags(&tags);
    let pass = enter(world, call, params, ask.clone())?;
    if !tags.is_empty() {
        call.may(world, ask.but("organizations:TagResource"))?;
    }
    if email.parse::<Email>().is_err() {
        return Err(Failure::invalid_argument("INVALID_PATTERN", "You specified an e-mail address that AWS doesn't take."));
    }
    if name.is_empty() || name.len() > ACCOUNT_NAME_MAX || !name.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        return Err(Failure::invalid_argument("INVALID_PATTERN", "AccountName must have 1 to 50 printable ASCII characters."));
    }
    if role_name.parse::<RoleName>().is_err() || role_name.starts_with("AWSServiceRoleFor") {
        return Err(Failure::invalid_argument("INVALID_ROLE_NAME", "You provided a role name that isn't valid."));
    }
    if !matches!(billing, None | Some("ALLOW" | "DENY")) {
        return Err(Failure::invalid_argument("INVALID_ENUM", "IamUserAccessToBilling must be ALLOW or DENY."));
    }
    let timing = world.timing();
    let (members, quota) = (world.members().count(), world.options.account_quota);
    let organization = world.organization()?;
    if call.now.since(organization.made) < timing.finalizing {
        let message = "AWS Organizations couldn't perform the operation because your organization hasn't finished initializing. This can take up to an hour. Try again later.";
        return Err(Failure::organizations("FinalizingOrganizationException", message));
    }
    let pending = organization.pending().count();
    if pending >= CREATIONS_MAX {
        let message = "You have exceeded the number of account creations that can be in progress at one time.";
        return Err(Failure::constraint("ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED", message));
    }
    if members + pending >= quota {
        let message = "You have exceeded the allowed number of AWS accounts.";
        return Err(Failure::constraint("ACCOUNT_NUMBER_LIMIT_EXCEEDED", message));
    }
    let repeated = organization.pending().any(|other| other.email.eq_ignore_ascii_case(email));
    let creation = Creation {
        name: name.to_owned(),
        email: email.to_owned(),
        role_name: role_name.to_owned(),
        tags,
        requested: call.now,
        due: call.now.plus(timing.create_account),
        repeated,
        outcome: Outcome::Pending,
    };
    let id = world.lower_id("car-", 12);
    let shown = show_creation(&id, &creation);
    world.organization_mut()?.creations.insert(id, creation);
    Ok(pass.answer(json!({ "CreateAccountStatus": shown })))
}

fn describe_creation(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let id = params.text("CreateAccountRequestId")?;
    let pass = enter(world, call, params, Ask::new("organizations:DescribeCreateAccountStatus", "*"))?;
    let message = "We can't find a create account request with the CreateAccountRequestId that you specified.";
    let missing = || Failure::organizations("CreateAccountStatusNotFoundException", message);
    let creation = world.organization()?.creations.get(id).ok_or_else(missing)?;
    Ok(pass.answer(json!({ "CreateAccountStatus": show_creation(id, creation) })))
}

fn list_creations(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (page, states) = (Page::read(&params)?, params.texts("States")?);
    if let Some(unknown) = states.iter().find(|state| !["IN_PROGRESS", "SUCCEEDED", "FAILED"].contains(state)) {
        return Err(Failure::invalid_argument("INVALID_ENUM", format!("There is no state {unknown}.")));
    }
    let pass = enter(world, call, params, Ask::new("organizations:ListCreateAccountStatus", "*"))?;
    let creations = world.organization()?.creations.iter();
    let wanted = creations.filter(|(_, creation)| states.is_empty() || states.contains(&state(creation)));
    Ok(pass.answer(page.cut("CreateAccountStatuses", wanted.map(|(id, creation)| (id.clone(), show_creation(id, creation))))))
}

fn list_accounts(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let page = Page::read(&params)?;
    let pass = enter(world, call, params, Ask::new("organizations:ListAccounts", "*"))?;
    let organization = world.organization()?;
    let accounts = world.members().map(|account| (account.id.to_string(), show_account(organization, account)));
    Ok(pass.answer(page.cut("Accounts", accounts)))
}

fn describe_account(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let id = params.text("AccountId")?;
    let ask = world.ask_about("organizations:DescribeAccount", id);
    let pass = enter(world, call, params, ask)?;
    let account = world.member(id).ok_or_else(no_account)?;
    Ok(pass.answer(json!({ "Account": show_account(world.organization()?, account) })))
}

fn close_account(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let id = params.text("AccountId")?;
    let ask = world.ask_about("organizations:CloseAccount", id);
    let pass = enter(world, call, params, ask)?;
    let account = world.member(id).ok_or_else(no_account)?;
    if account.is_management() {
        return Err(Failure::constraint("CANNOT_CLOSE_MANAGEMENT_ACCOUNT", "You cannot close the management account."));
    }
    match account.state {
        AccountState::Active => {}
        AccountState::PendingClosure { .. } => {
            return Err(Failure::organizations("ConflictException", "The account is already being closed."));
        }
        AccountState::Closed => {
            return Err(Failure::organizations(
                "AccountAlreadyClosedException",
                "You attempted to close an account that is already closed.",
            ));
        }
    }
    let closing = world.members().filter(|account| matches!(account.state, AccountState::PendingClosure { .. })).count();
    if closing >= CLOSURES_MAX {
        let message = "You attempted to close accounts while other closures are in progress.";
        return Err(Failure::constraint("CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED", message));
    }
    let id = account.id.clone();
    world.account_mut(&id)?.state = AccountState::PendingClosure { since: call.now };
    Ok(pass.answer(json!({})))
}

fn state(creation: &Creation) -> &'static str {
    match creation.outcome {
        Outcome::Pending => "IN_PROGRESS",
        Outcome::Succeeded { .. } => "SUCCEEDED",
        Outcome::Failed { .. } => "FAILED",
    }
}

/// Shows a creation, without its e-mail, as AWS does (docs/AWS.md 1.5).
fn show_creation(id: &str, creation: &Creation) -> Value {
    let mut shown = json!({
        "Id": id,
        "AccountName": creation.name,
        "State": state(creation),
        "RequestedTimestamp": creation.requested.epoch_seconds(),
    });
    match &creation.outcome {
        Outcome::Pending => {}
        Outcome::Succeeded { account } => {
            shown["CompletedTimestamp"] = creation.due.epoch_seconds().into();
            shown["AccountId"] = account.as_str().into();
        }
        Outcome::Failed { reason } => {
            shown["CompletedTimestamp"] = creation.due.epoch_seconds().into();
            shown["FailureReason"] = reason.as_str().into();
        }
    }
    shown
}
