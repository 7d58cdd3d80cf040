//! Creations in flight: their status is read once for all waiting steps, by one list call.
//!
//! `DescribeCreateAccountStatus` allows two calls a second for the whole organization; it is called once for each account, when the list no
//! longer shows its creation (docs/AWS.md 1.4).

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use aws_sdk_organizations::types::{CreateAccountState, CreateAccountStatus};
use tokio::sync::{Mutex, MutexGuard};

use crate::aws::error::AwsError;
use crate::kind::Context;

/// How old an answer for another step may be (docs/AWS.md 10.3: one read a second).
pub(super) const LOOK: Duration = Duration::from_secs(1);

/// AWS's last answer about creations in flight; shared by all steps of a run.
#[derive(Debug, Default)]
pub(super) struct Creations {
    seen: Mutex<Option<Seen>>,
    first: Mutex<()>,
    is_accepted: AtomicBool,
}

#[derive(Debug)]
struct Seen {
    at: SystemTime,
    /// The creations in progress, or why AWS could not be asked.
    answer: Result<BTreeSet<String>, AwsError>,
}

impl Seen {
    fn is_in_progress(&self, request: &str) -> Result<bool, AwsError> {
        self.answer.as_ref().map(|in_progress| in_progress.contains(request)).map_err(Clone::clone)
    }
}

impl Creations {
    /// Waits until no other step is trying to create the first account of this run; later ones do not wait.
    ///
    /// A new organization refuses creations for a while (docs/AWS.md 1.1), and each attempt costs 10 s of `CreateAccount`'s rate.
    pub(super) async fn first(&self) -> Option<MutexGuard<'_, ()>> {
        if self.is_accepted.load(Ordering::Relaxed) {
            return None;
        }
        Some(self.first.lock().await)
    }

    /// Records that AWS accepted an account: it then accepts others, too.
    pub(super) fn accepted(&self) {
        self.is_accepted.store(true, Ordering::Relaxed);
    }

    /// Returns whether AWS lists a creation as in progress. One that it does not list has ended, or is too new to be listed.
    pub(super) async fn is_in_progress(&self, cx: &Context<'_>, request: &str) -> Result<bool, AwsError> {
        let came = cx.clock().now();
        // While one step asks, the others wait here for the same answer or the same error: if each asked again, they would wait one after
        // the other for an endpoint that does not answer.
        let mut seen = self.seen.lock().await;
        let now = cx.clock().now();
        let recent = seen.as_ref().filter(|seen| match &seen.answer {
            Ok(_) => now.duration_since(seen.at).unwrap_or_default() < LOOK,
            Err(_) => came < seen.at,
        });
        if let Some(recent) = recent {
            return recent.is_in_progress(request);
        }
        let listed = list(cx, &[CreateAccountState::InProgress]).await;
        let answer: Result<BTreeSet<String>, AwsError> =
            listed.map(|listed| listed.iter().filter_map(|status| status.id().map(str::to_owned)).collect());
        seen.insert(Seen { at: cx.clock().now(), answer }).is_in_progress(request)
    }
}

/// Lists creations in this state.
pub(super) async fn list(cx: &Context<'_>, states: &[CreateAccountState]) -> Result<Vec<CreateAccountStatus>, AwsError> {
    let client = cx.session().organizations();
    cx.listed(
        "organizations:ListCreateAccountStatus",
        |next| client.list_create_account_status().set_states(Some(states.to_vec())).set_next_token(next).send(),
        |page| (page.create_account_statuses.unwrap_or_default(), page.next_token),
    )
    .await
}
