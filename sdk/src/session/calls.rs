//! The ledger of calls: how often each operation was sent, counted per attempt.
//!
//! It shows how many calls a run made and whether it wrote. It carries no parameters, so it cannot contain secrets.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

use crate::aws::rate_limit;

pub use crate::aws::limits::is_mutating;

/// Every call made through one set of sessions.
#[derive(Debug, Clone, Default)]
pub struct Calls(Arc<Counter>);

/// How often each operation was sent, by `service:Operation`.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct CallCount(pub BTreeMap<String, u64>);

impl Calls {
    /// Returns the calls sent until now.
    #[must_use]
    pub fn count(&self) -> CallCount {
        CallCount(self.0.0.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    pub(super) fn counter(&self) -> Arc<Counter> {
        Arc::clone(&self.0)
    }
}

impl CallCount {
    /// Returns the number of all calls.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// Returns the number of calls that could have changed something.
    #[must_use]
    pub fn mutating(&self) -> u64 {
        self.0.iter().filter(|(call, _)| is_mutating(call)).map(|(_, count)| count).sum()
    }

    /// Returns the calls sent since an earlier count.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self(
            self.0
                .iter()
                .map(|(call, count)| (call.clone(), count - earlier.0.get(call).copied().unwrap_or(0)))
                .filter(|(_, count)| *count > 0)
                .collect(),
        )
    }
}

#[derive(Debug, Default)]
pub(crate) struct Counter(Mutex<BTreeMap<String, u64>>);

/// The interceptor that counts; every client of a session carries it. It refuses a call that has no permit.
#[derive(Debug)]
pub(super) struct Count {
    counter: Arc<Counter>,
    call: Option<&'static str>,
}

impl Count {
    /// Counts the calls of an AWS crate's client, by the names that the client has for them.
    pub(super) fn new(counter: Arc<Counter>) -> Self {
        Self { counter, call: None }
    }

    /// Counts a call of `aws::client`.
    #[cfg(any(feature = "config", feature = "operate", feature = "ssm"))]
    pub(super) fn of(counter: Arc<Counter>, call: &'static str) -> Self {
        Self { counter, call: Some(call) }
    }
}

impl Intercept for Count {
    fn name(&self) -> &'static str {
        "landfall call count"
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(metadata) = config.load::<Metadata>() {
            if !rate_limit::has_permit() {
                return Err(format!("landfall has a bug: {} was sent without a permit", metadata.name()).into());
            }
            let named = || format!("{}:{}", metadata.service().to_ascii_lowercase(), metadata.name());
            let call = self.call.map_or_else(named, str::to_owned);
            *self.counter.0.lock().unwrap_or_else(PoisonError::into_inner).entry(call).or_default() += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_differences() {
        let earlier = CallCount(BTreeMap::from([("a:GetX".to_owned(), 2)]));
        let later = CallCount(BTreeMap::from([("a:GetX".to_owned(), 2), ("a:PutX".to_owned(), 3)]));
        assert_eq!((later.since(&earlier).total(), later.mutating()), (3, 3));
    }
}
