//! Budgets: how much some accounts may cost in a month before someone is told.
//!
//! A budget watches; it stops nothing. Its notifications go to one topic, whose subscribers are the topic's own: AWS lists neither the
//! subscribers of a notification nor the tags of a budget for more than one at a time, so landfall reads neither, and a budget with
//! landfall's prefix in its name is landfall's.

mod notification;
mod read;
mod settings;

use serde::Serialize;
use serde_json::Value;

use super::api::{self, CreateBudget, CreateNotification, DeleteBudget, DeleteNotification, Subscribed, Subscriber, UpdateBudget};
use crate::address::Address;
use crate::aws::error::AwsError;
use crate::aws::tags::{Owner, Tags};
use crate::kind::settle::unless_taken;
use crate::kind::terraform::{Import, Place};
use crate::kind::{Adoption, Blocked, Context, Facts, Field, Kind, Made, ScopeSet, StepError, Text};
use crate::name::{Dollars, OrganizationName};

pub use notification::{Notification, Of, Operator};
pub use settings::Settings;
use settings::{USD, shown};

/// Budgets' codes for what exists, for what does not, and for a topic whose policy it does not see yet (docs/AWS.md D.13).
const TAKEN: &[&str] = &["DuplicateRecordException"];
const GONE: &[&str] = &["NotFoundException"];
const JUST_MADE: &[&str] = &["InvalidParameterException"];

/// The kind `budget`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Budget;

/// What a budget should be. Its notifications are always the same.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Desired {
    /// Its name.
    pub name: String,
    /// The amount of one month.
    pub amount: Dollars,
    /// The ids of the accounts that it watches; `None` for all.
    pub accounts: Option<Vec<Text>>,
    /// The ARN of the topic that its notifications go to.
    pub topic: Text,
}

/// What a budget is, or that budgets cannot be read.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "it was read, or it was not")]
pub enum Observed {
    /// A budget with landfall's prefix.
    Present(Box<Present>),
    /// The caller may not read budgets.
    Denied {
        /// AWS's refusal.
        reason: String,
    },
}

/// A budget as it is.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Present {
    /// Its address, by its name.
    pub address: Address,
    /// Its name.
    pub name: String,
    /// What one call sets.
    pub settings: Settings,
    /// Its notifications.
    pub notifications: Vec<Notification>,
    /// What it counts and its period, which are sent again as they are.
    pub kept: Kept,
}

/// What `UpdateBudget` resets if it is not sent.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Kept {
    /// Which costs count.
    pub cost_types: Option<Value>,
    /// From when until when.
    pub time_period: Option<Value>,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "made and matched in this file only")]
pub enum Edit {
    /// Amount, accounts or type differ; one call replaces all of them.
    Settings {
        /// What they are.
        from: Settings,
        /// The wanted amount.
        amount: Dollars,
        /// The wanted accounts.
        accounts: Option<Vec<Text>>,
    },
    /// A notification is not wanted.
    Remove(Notification),
    /// A notification is missing.
    Add {
        /// The notification.
        notification: Notification,
        /// Where it goes.
        topic: Text,
    },
}

impl Kind for Budget {
    const NAME: &'static str = "budget";
    const SCOPES: ScopeSet = ScopeSet::Management;
    const SERVICE: &'static str = "Budgets";
    const REMOVAL_RANK: u8 = 37;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = Edit;

    fn visit_references(desired: &mut Desired, visit: &mut dyn FnMut(&mut Text)) {
        desired.accounts.iter_mut().flatten().for_each(&mut *visit);
        visit(&mut desired.topic);
    }

    fn matches(desired: &Desired, observed: &Observed) -> bool {
        matches!(observed, Observed::Present(present) if present.name == desired.name)
    }

    fn tags(_: &Observed) -> Option<&Tags> {
        None
    }

    fn owner(observed: &Observed, _: &OrganizationName) -> Owner {
        match observed {
            Observed::Present(present) => Owner::Ours(present.address.clone()),
            Observed::Denied { .. } => Owner::Nobody,
        }
    }

    /// Only those with landfall's prefix are read.
    fn adoption(_: &Desired, _: &Observed) -> Adoption {
        Adoption::Adopt
    }

    fn rival(_: &Desired, observed: &Observed) -> Option<Blocked> {
        match observed {
            Observed::Present(_) => None,
            Observed::Denied { reason } => Some(Blocked::new(
                format!("budgets could not be read: {reason}"),
                "allow budgets:ViewBudget and budgets:ModifyBudget; in a management account that is new, its root user first has to turn on \
                 \"IAM user and role access to Billing information\" on the page Account",
            )),
        }
    }

    fn diff(desired: &Desired, observed: &Observed) -> Result<Vec<Edit>, Blocked> {
        let Observed::Present(present) = observed else { return Ok(Vec::new()) };
        let mut edits = Vec::new();
        if !present.settings.fields(desired.amount, desired.accounts.as_deref()).is_empty() {
            edits.push(Edit::Settings { from: present.settings.clone(), amount: desired.amount, accounts: desired.accounts.clone() });
        }
        // One that is not wanted makes room for one that is: there is a limit.
        let surplus = present.notifications.iter().filter(|known| !Notification::WANTED.contains(known));
        edits.extend(surplus.copied().map(Edit::Remove));
        let missing = Notification::WANTED.into_iter().filter(|wanted| !present.notifications.contains(wanted));
        edits.extend(missing.map(|notification| Edit::Add { notification, topic: desired.topic.clone() }));
        Ok(edits)
    }

    fn visit_edit_references(edit: &mut Edit, visit: &mut dyn FnMut(&mut Text)) {
        match edit {
            Edit::Settings { accounts, .. } => accounts.iter_mut().flatten().for_each(visit),
            Edit::Add { topic, .. } => visit(topic),
            Edit::Remove(_) => {}
        }
    }

    fn fields(edit: &Edit) -> Vec<Field> {
        match edit {
            Edit::Settings { from, amount, accounts } => from.fields(*amount, accounts.as_deref()),
            Edit::Remove(notification) => vec![Field::removed("notification", notification)],
            Edit::Add { notification, .. } => vec![Field::added("notification", notification)],
        }
    }

    fn summary(desired: &Desired) -> String {
        let of = match desired.accounts.as_ref().map(Vec::len) {
            None => "all accounts".to_owned(),
            Some(1) => "one account".to_owned(),
            Some(number) => format!("{number} accounts"),
        };
        format!("{} a month for {of}", shown(desired.amount))
    }

    fn display_name(observed: &Observed) -> String {
        match observed {
            Observed::Present(present) => present.name.clone(),
            Observed::Denied { .. } => "budgets that could not be read".to_owned(),
        }
    }

    fn terraform(observed: &Observed, place: &Place<'_>) -> Import {
        match observed {
            Observed::Present(present) => Import::new("aws_budgets_budget", format!("{}:{}", place.account, present.name)),
            Observed::Denied { reason } => Import::left(format!("it could not be read: {reason}")),
        }
    }

    fn check_removable(_: &Observed) -> Result<(), Blocked> {
        Ok(())
    }

    fn facts(_: &Address, _: &Observed) -> Facts {
        Facts::new()
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        read::all(cx).await
    }

    async fn create(cx: &Context<'_>, address: &Address, desired: &Desired) -> Result<Made<Observed>, StepError> {
        let settings = Settings::wanted(desired.amount, desired.accounts.as_deref())?;
        let topic = desired.topic.known()?;
        let subscribed = |wanted: &Notification| Subscribed { notification: wanted.written(), subscribers: [subscriber(topic)] };
        let create = CreateBudget {
            account_id: cx.session().account().to_string(),
            budget: written(&desired.name, &settings, desired.amount, &Kept::default()),
            notifications_with_subscribers: Notification::WANTED.iter().map(subscribed).collect(),
        };
        let made = |_| {
            Ok(Observed::Present(Box::new(Present {
                address: address.clone(),
                name: desired.name.clone(),
                settings,
                notifications: Notification::WANTED.to_vec(),
                kept: Kept::default(),
            })))
        };
        let find = || async { Ok(read::all(cx).await?.into_iter().find(|observed| Self::matches(desired, observed))) };
        let sent = cx.send_with(&cx.retry().until_visible(JUST_MADE), &create).await;
        unless_taken(sent, TAKEN, made, find).await
    }

    async fn edit(cx: &Context<'_>, address: &Address, desired: &Desired, observed: &Observed, edits: &[Edit]) -> Result<Facts, StepError> {
        let Observed::Present(present) = observed else { return Ok(Facts::new()) };
        for edit in edits {
            apply(cx, desired, present, edit).await?;
        }
        Ok(Self::facts(address, observed))
    }

    async fn remove(cx: &Context<'_>, observed: &Observed) -> Result<(), StepError> {
        let Observed::Present(present) = observed else { return Ok(()) };
        let delete = DeleteBudget { account_id: cx.session().account().to_string(), budget_name: present.name.clone() };
        unless(cx.send(&delete).await, GONE)
    }
}

/// Applies one edit; a repeat changes nothing.
async fn apply(cx: &Context<'_>, desired: &Desired, present: &Present, edit: &Edit) -> Result<(), StepError> {
    let (account_id, budget_name) = (cx.session().account().to_string(), present.name.clone());
    match edit {
        Edit::Settings { from, amount, accounts } => {
            let wanted = Settings::wanted(*amount, accounts.as_deref())?;
            // The period of a quarter is none of a month.
            let is_alike = from.budget_type == wanted.budget_type && from.time_unit == wanted.time_unit;
            let kept = if is_alike { present.kept.clone() } else { Kept::default() };
            let new_budget = written(&desired.name, &wanted, *amount, &kept);
            cx.send(&UpdateBudget { account_id, new_budget }).await?;
            Ok(())
        }
        Edit::Remove(notification) => {
            let delete = DeleteNotification { account_id, budget_name, notification: notification.written() };
            unless(cx.send(&delete).await, GONE)
        }
        Edit::Add { notification, topic } => {
            let subscribers = [subscriber(topic.known()?)];
            let create = CreateNotification { account_id, budget_name, notification: notification.written(), subscribers };
            unless(cx.send_with(&cx.retry().until_visible(JUST_MADE), &create).await, TAKEN)
        }
    }
}

/// Takes a refusal with one of these codes for a success: it was done by a call whose answer was lost.
fn unless<T>(sent: Result<T, AwsError>, done: &[&str]) -> Result<(), StepError> {
    match sent {
        Ok(_) => Ok(()),
        Err(error) if error.is(done) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn subscriber(topic: &str) -> Subscriber {
    Subscriber { subscription_type: "SNS", address: topic.to_owned() }
}

/// Returns a budget as it is sent.
fn written(name: &str, settings: &Settings, amount: Dollars, kept: &Kept) -> api::Budget {
    let filters = settings.filters.iter();
    api::Budget {
        budget_name: name.to_owned(),
        budget_type: settings.budget_type.clone(),
        time_unit: settings.time_unit.clone(),
        budget_limit: Some(api::Limit { amount: amount.to_string(), unit: USD.to_owned() }),
        cost_filters: filters.map(|(name, values)| (name.clone(), values.iter().cloned().collect())).collect(),
        cost_types: kept.cost_types.clone(),
        time_period: kept.time_period.clone(),
    }
}

#[cfg(test)]
mod tests;
