//! Injected faults: the calls that they hit, and their effects.
//!
//! Evaluated once for every call that was not throttled, as soon as its caller is known and before it takes effect. Chance depends
//! on a seed and the number of earlier calls, so that the same calls get the same faults.

use std::time::Duration;

use super::failure::Failure;
use super::reply::Reply;
use super::service::{Service, failed, throttled};
use crate::id::AccountId;

/// A kind of trouble, and the calls that it hits: by default every call, from the first on.
///
/// ```
/// use landfall::simulator::{Fault, Trouble};
///
/// // The answer of the third role creation is lost.
/// let fault = Fault::new(Trouble::LoseAnswer).on("iam:CreateRole").from_the(3).times(1);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    trouble: Trouble,
    call: Option<String>,
    mutating: bool,
    account: Option<AccountId>,
    first: u64,
    times: u64,
    chance: Option<(u8, u64)>,
}

/// What can happen to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trouble {
    /// It is refused with an error code and an HTTP status.
    Refuse(String, u16),
    /// It is throttled, with the error of its service. Many in a row are a storm.
    Throttle,
    /// AWS fails, with the error of its service.
    Fail,
    /// It takes effect, and its answer is delayed by this time.
    Delay(Duration),
    /// The connection is cut before it takes effect.
    CutBefore,
    /// It takes effect, and the connection is cut before its answer.
    LoseAnswer,
    /// It does not take effect, and there is never an answer. Other calls are answered.
    Ignore,
    /// Its caller's session has expired, for this call and all later ones. Keys that never expire are refused only this once.
    Expire,
    /// It takes effect, and then no call is answered, including this one, until [`Simulator::revive`]: this simulates a killed
    /// process, whose run the test drops.
    ///
    /// [`Simulator::revive`]: super::Simulator::revive
    Kill,
    /// Its answer has another text at this JSON pointer, in which `*` means each item of a list: a value that clients do not know
    /// yet.
    Rewrite(String, String),
    /// The list begins with an empty page that has a token. Applies only to first pages of Organizations, IAM,
    /// Parameter Store and the index of tags.
    EmptyPage,
    /// One of throttle, failure, delay up to 4 s, connection cut, answer lost; the seed decides which one.
    Any,
}

impl Fault {
    /// Returns a fault for every call.
    #[must_use]
    pub fn new(trouble: Trouble) -> Self {
        Self { trouble, call: None, mutating: false, account: None, first: 1, times: u64::MAX, chance: None }
    }

    /// Limits it to one operation (`iam:CreateRole`) or to one service (`iam`).
    #[must_use]
    pub fn on(mut self, call: impl Into<String>) -> Self {
        self.call = Some(call.into());
        self
    }

    /// Limits it to calls that change something.
    #[must_use]
    pub fn on_mutating(mut self) -> Self {
        self.mutating = true;
        self
    }

    /// Limits it to callers of one account.
    #[must_use]
    pub fn of(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }

    /// Limits it to the n-th such call and later ones, counted from 1 and from when the fault was injected.
    #[must_use]
    pub fn from_the(mut self, nth: u64) -> Self {
        self.first = nth;
        self
    }

    /// Limits it to this number of such calls.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = times;
        self
    }

    /// Limits it to this percentage of such calls; the seed decides which.
    #[must_use]
    pub fn percent(mut self, percent: u8, seed: u64) -> Self {
        self.chance = Some((percent, seed));
        self
    }

    fn is_about(&self, call: &Met<'_>) -> bool {
        let named = self.call.as_deref().is_none_or(|wanted| match wanted.split_once(':') {
            Some((service, operation)) => service == call.service.name() && operation == call.operation,
            None => wanted == call.service.name(),
        });
        named && (!self.mutating || call.mutating) && self.account.as_ref().is_none_or(|account| call.account == Some(account))
    }
}

/// A call as faults see it.
#[derive(Debug)]
pub(crate) struct Met<'a> {
    pub(crate) service: Service,
    pub(crate) operation: &'a str,
    pub(crate) mutating: bool,
    pub(crate) account: Option<&'a AccountId>,
}

/// The injected faults.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    ordered: Vec<Ordered>,
    pub(crate) is_dead: bool,
}

#[derive(Debug, Clone)]
struct Ordered {
    fault: Fault,
    seen: u64,
}

impl Faults {
    pub(crate) fn order(&mut self, fault: Fault) {
        self.ordered.push(Ordered { fault, seen: 0 });
    }

    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Returns the trouble of a call: that of the first fault that applies. All faults count the call.
    pub(crate) fn meet(&mut self, call: &Met<'_>) -> Option<Trouble> {
        let mut met = None;
        for Ordered { fault, seen } in self.ordered.iter_mut().filter(|ordered| ordered.fault.is_about(call)) {
            *seen += 1;
            let is_due = (fault.first..fault.first.saturating_add(fault.times)).contains(seen);
            let is_hit = fault.chance.is_none_or(|(percent, seed)| scrambled(seed, *seen) % 100 < u64::from(percent));
            if met.is_none() && is_due && is_hit {
                let (_, seed) = fault.chance.unwrap_or_default();
                met = Some(if fault.trouble == Trouble::Any { any(scrambled(!seed, *seen)) } else { fault.trouble.clone() });
            }
        }
        if met == Some(Trouble::Kill) {
            self.is_dead = true;
        }
        met
    }
}

impl Trouble {
    /// Returns the error that a call gets instead of taking effect.
    pub(crate) fn refusal(&self, service: Service) -> Option<Failure> {
        match self {
            Self::Refuse(code, status) => {
                let message = "A fault of the simulator injected this error.";
                Some(Failure { code: code.clone().into(), status: *status, message: message.to_owned(), reason: None })
            }
            Self::Throttle => Some(throttled(service)),
            Self::Fail => Some(failed(service)),
            Self::Delay(_)
            | Self::CutBefore
            | Self::LoseAnswer
            | Self::Ignore
            | Self::Expire
            | Self::Kill
            | Self::Rewrite(..)
            | Self::EmptyPage
            | Self::Any => None,
        }
    }

    /// Returns the reply after the trouble was applied to the answer.
    pub(crate) fn deliver(&self, response: http::Response<bytes::Bytes>) -> Reply {
        match self {
            Self::CutBefore | Self::LoseAnswer => Reply::Cut,
            Self::Ignore | Self::Kill => Reply::Silence,
            Self::Delay(delay) => Reply::Late(*delay, response),
            Self::Refuse(..) | Self::Throttle | Self::Fail | Self::Expire | Self::Rewrite(..) | Self::EmptyPage | Self::Any => {
                Reply::Answer(response)
            }
        }
    }

    /// Changes an answer.
    pub(crate) fn edit(&self, answer: &mut serde_json::Value, service: Service, is_first_page: bool) {
        match self {
            Self::Rewrite(pointer, text) => {
                let path: Vec<&str> = pointer.split('/').skip(1).collect();
                rewrite(answer, &path, text);
            }
            Self::EmptyPage if is_first_page => empty(answer, service),
            Self::EmptyPage
            | Self::Refuse(..)
            | Self::Throttle
            | Self::Fail
            | Self::Delay(_)
            | Self::CutBefore
            | Self::LoseAnswer
            | Self::Ignore
            | Self::Expire
            | Self::Kill
            | Self::Any => {}
        }
    }
}

/// Returns one of the troubles that a caller with retries survives.
fn any(number: u64) -> Trouble {
    match number % 5 {
        0 => Trouble::Throttle,
        1 => Trouble::Fail,
        2 => Trouble::CutBefore,
        3 => Trouble::LoseAnswer,
        _ => Trouble::Delay(Duration::from_millis(number / 5 % 4000)),
    }
}

fn rewrite(value: &mut serde_json::Value, path: &[&str], text: &str) {
    match path {
        [] => *value = text.into(),
        ["*", rest @ ..] => value.as_array_mut().into_iter().flatten().for_each(|item| rewrite(item, rest, text)),
        [name, rest @ ..] => {
            if let Some(member) = value.get_mut(*name) {
                rewrite(member, rest, text);
            }
        }
    }
}

/// Empties the lists of an answer, and makes the next page the first one.
fn empty(answer: &mut serde_json::Value, service: Service) {
    let (token, is_truncated) = match service {
        Service::Organizations
        | Service::Ssm
        | Service::Sns
        | Service::Budgets
        | Service::Backup
        | Service::SecretsManager
        | Service::CloudFormation => ("NextToken", false),
        Service::Logs => ("nextToken", false),
        Service::Tagging => ("PaginationToken", false),
        Service::Iam => ("Marker", true),
        Service::Sts | Service::Kms | Service::S3 | Service::CloudTrail | Service::Ec2 | Service::Account => return,
    };
    let Some(members) = answer.as_object_mut() else { return };
    let mut lists = members.values_mut().filter_map(serde_json::Value::as_array_mut).peekable();
    if lists.peek().is_none() {
        return;
    }
    lists.for_each(Vec::clear);
    members.insert(token.to_owned(), super::service::FIRST_PAGE.into());
    if is_truncated {
        members.insert("IsTruncated".to_owned(), true.into());
    }
}

/// Mixes a seed and a number (the last steps of `SplitMix64`): the same in every build.
fn scrambled(seed: u64, number: u64) -> u64 {
    let mixed = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(number.wrapping_mul(0xD1B5_4A32_D192_ED03));
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(faults: &mut Faults, operation: &str, mutating: bool) -> Option<Trouble> {
        faults.meet(&Met { service: Service::Iam, operation, mutating, account: None })
    }

    #[test]
    fn faults_are_counted_by_the_calls_that_they_are_about() {
        let mut faults = Faults::default();
        faults.order(Fault::new(Trouble::LoseAnswer).on("iam:CreateRole").from_the(2).times(1));
        faults.order(Fault::new(Trouble::Throttle).on_mutating().from_the(4));
        let calls = ["CreateRole", "ListRoles", "CreateRole", "CreateRole", "TagRole"];
        let met = calls.map(|call| met(&mut faults, call, !call.starts_with("List")));
        assert_eq!(met, [None, None, Some(Trouble::LoseAnswer), None, Some(Trouble::Throttle)]);
    }

    #[test]
    fn chance_follows_the_seed() {
        let hits = |seed: u64| -> Vec<u64> {
            let mut faults = Faults::default();
            faults.order(Fault::new(Trouble::Any).percent(10, seed));
            (0..1000).filter(|_| met(&mut faults, "GetRole", false).is_some()).collect()
        };
        assert_eq!(hits(1), hits(1));
        assert_ne!(hits(1), hits(2));
        assert!((0..20).all(|seed| (60..140).contains(&hits(seed).len())), "about 100 in 1,000");
    }

    #[test]
    fn answers_are_edited_in_place() {
        let mut answer = serde_json::json!({ "Accounts": [{ "State": "ACTIVE" }, { "State": "CLOSED" }], "Other": 1 });
        Trouble::Rewrite("/Accounts/*/State".to_owned(), "ASLEEP".to_owned()).edit(&mut answer, Service::Organizations, true);
        assert_eq!(answer["Accounts"], serde_json::json!([{ "State": "ASLEEP" }, { "State": "ASLEEP" }]));
        Trouble::EmptyPage.edit(&mut answer, Service::Organizations, false);
        assert_eq!(answer["Accounts"].as_array().map(Vec::len), Some(2));
        Trouble::EmptyPage.edit(&mut answer, Service::Organizations, true);
        assert_eq!(answer, serde_json::json!({ "Accounts": [], "Other": 1, "NextToken": "page-after-" }));
    }
}
