//! Finds a budget and authorizes calls on it; pages of lists.

use crate::id::AccountId;
use crate::simulator::authorize::{Ask, Call, Pass};
use crate::simulator::failure::Failure;
use crate::simulator::service::page;
use crate::simulator::wire::Params;
use crate::simulator::world::{Budget, World};

/// Items on a page by default, and at most (Budgets API, `DescribeBudgets`).
const PAGE_DEFAULT: i64 = 100;
const PAGE_MAX: i64 = 1000;
/// Longest name of a budget (docs/AWS.md 8.3).
const NAME_MAX: usize = 100;

/// The permissions of budgets: there are no others for these calls (Service Authorization Reference, "AWS Budgets").
pub(super) const VIEW: &str = "budgets:ViewBudget";
pub(super) const MODIFY: &str = "budgets:ModifyBudget";

/// Reads `AccountId`, which has to be the caller's.
pub(super) fn account(call: &Call<'_>, params: &Params<'_>) -> Result<AccountId, Failure> {
    let account = call.account()?;
    if params.text("AccountId")? != account.as_str() {
        return Err(Failure::not_implemented("budgets of another account than the caller's"));
    }
    Ok(account.clone())
}

/// Reads the name of a budget.
pub(super) fn name<'a>(params: &Params<'a>, member: &str) -> Result<&'a str, Failure> {
    let name = params.text(member)?;
    let is_valid = !name.is_empty() && name.chars().count() <= NAME_MAX && !name.contains([':', '\\']) && !name.contains("/action/");
    if is_valid { Ok(name) } else { Err(invalid(format!("{name} is not a valid name of a budget."))) }
}

/// Checks that all parameters were read, and authorizes a call on a budget; `*` is any.
pub(super) fn enter(
    world: &World,
    call: &Call<'_>,
    params: Params<'_>,
    action: &'static str,
    account: &AccountId,
    name: &str,
) -> Result<Pass, Failure> {
    call.authorize(world, params, Ask::new(action, format!("arn:aws:budgets::{account}:budget/{name}")))
}

impl World {
    pub(super) fn budget_mut(&mut self, account: &AccountId, name: &str) -> Result<&mut Budget, Failure> {
        let found = self.budgets.get_mut(account).and_then(|budgets| budgets.get_mut(name));
        found.ok_or_else(|| not_found(format!("Unable to get budget: {name} - the budget doesn't exist.")))
    }
}

pub(super) fn invalid(message: impl Into<String>) -> Failure {
    Failure::new("InvalidParameterException", 400, message)
}

pub(super) fn not_found(message: impl Into<String>) -> Failure {
    Failure::new("NotFoundException", 400, message)
}

pub(super) fn duplicate(message: impl Into<String>) -> Failure {
    Failure::new("DuplicateRecordException", 400, message)
}

/// Reads `MaxResults` and `NextToken`.
pub(super) fn page(params: &Params<'_>) -> Result<page::Page, Failure> {
    let size = params.optional_integer("MaxResults", 1..=PAGE_MAX)?.unwrap_or(PAGE_DEFAULT);
    let page = page::Page::after(size, params.optional_text("NextToken")?);
    page.ok_or_else(|| Failure::new("InvalidNextTokenException", 400, "The token is not valid."))
}
