//! The cache of sessions: equal requests to STS share one provider.
//!
//! An entry is small: no client, no connection, only the request and its credentials. It stays as long as the
//! [`Sessions`](super::Sessions) it belongs to, unless its first call fails.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::grant::AssumeRoleClient;
use super::provider::Provider;
use super::refusal::Failure;
use super::request::{Asked, AssumeRequest};

/// Every provider of one caller.
#[derive(Clone, Default)]
pub(super) struct Cache(Arc<Mutex<HashMap<Asked, Arc<Provider>>>>);

impl Cache {
    /// Returns the provider of a request, holding credentials of the right account; `granter` is called only for a new one.
    pub(super) async fn ready(
        &self,
        request: &AssumeRequest,
        granter: impl FnOnce() -> AssumeRoleClient,
    ) -> Result<Arc<Provider>, Failure> {
        let new = || Arc::new(Provider::new(request.clone(), granter()));
        let provider = Arc::clone(self.providers().entry(request.asked.clone()).or_insert_with(new));
        let result = provider.credentials().await;
        if result.is_err() && provider.grant().is_none() {
            let mut providers = self.providers();
            if providers.get(&request.asked).is_some_and(|kept| Arc::ptr_eq(kept, &provider)) {
                providers.remove(&request.asked);
            }
        }
        result.map(|_| provider)
    }

    fn providers(&self) -> MutexGuard<'_, HashMap<Asked, Arc<Provider>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cache").field(&self.providers().len()).finish()
    }
}
