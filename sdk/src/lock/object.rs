//! The lock's object: its content, and how it is read and conditionally written.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::holder::Holder;
use crate::aws::clock::Clock;
use crate::aws::error::{Answer, AwsError};
use crate::aws::rate_limit::RateLimiter;
use crate::aws::retry::{NoObserver, RetryPolicy, THROTTLE_BUDGET, send_with_retry};
use crate::name::{OrganizationName, Region};
use crate::session::Sessions;

/// The object's key.
const KEY: &str = "lock.json";
/// Pause before a write is retried that AWS could not decide.
const AGAIN: Duration = Duration::from_secs(1);
/// S3's error codes if a condition does not hold, or if another write at the same moment keeps it from deciding; the second also
/// when the object has been deleted (Amazon S3 User Guide, "Conditional writes").
const UNMET: &[&str] = &["PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"];
/// S3's error codes for a bucket created moments ago.
const JUST_MADE: &[&str] = &["NoSuchBucket"];

/// The content of the object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// Rises whenever the lock changes its holder.
    pub(super) generation: u64,
    /// Rises whenever it is renewed: S3's `ETag` changes with the content only.
    pub(super) beat: u64,
    /// Who holds it.
    pub(super) holder: Option<Holder>,
    /// When it was taken, in seconds since 1970 by the holder's clock: for people only, never used to compute. Older versions write
    /// none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) since: Option<u64>,
}

/// The object as found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) etag: String,
    pub(super) record: Record,
}

/// The result of a conditional write.
pub(super) enum Written {
    /// It is written; this is its new `ETag`.
    Done(String),
    /// The object was not as expected, but this.
    Otherwise(Option<Found>),
}

/// The object's location, and the clients for it.
#[derive(Clone)]
pub(super) struct Object {
    pub(super) sessions: Sessions,
    pub(super) organization: OrganizationName,
    pub(super) region: Region,
    pub(super) bucket: String,
}

impl Object {
    pub(super) fn new(sessions: &Sessions, organization: &OrganizationName, region: &Region) -> Self {
        let bucket = crate::ours::lock_bucket(organization, sessions.own().account(), region);
        Self { sessions: sessions.clone(), organization: organization.clone(), region: region.clone(), bucket }
    }

    pub(super) fn place(&self) -> String {
        format!("s3://{}/{KEY}", self.bucket)
    }

    pub(super) fn clock(&self) -> &Clock {
        self.sessions.clock()
    }

    pub(super) fn limiter(&self) -> &RateLimiter {
        self.sessions.own().limiter()
    }

    pub(super) fn client(&self) -> aws_sdk_s3::Client {
        self.sessions.own().in_region(&self.region).s3()
    }

    pub(super) fn owner(&self) -> &str {
        self.sessions.own().account().as_str()
    }

    /// Reads it; `None` if there is no object, or no bucket.
    pub(super) async fn read(&self) -> Result<Option<Found>, AwsError> {
        const CALL: &str = "s3:GetObject";
        let client = self.client();
        let send = || client.get_object().bucket(&self.bucket).key(KEY).expected_bucket_owner(self.owner()).send();
        let output = match send_with_retry(self.limiter(), &NoObserver, CALL, &RetryPolicy::repeatable(), send).await {
            Ok(output) => output,
            Err(error) if error.is(&["NoSuchKey", "NoSuchBucket"]) => return Ok(None),
            Err(error) => return Err(error),
        };
        let etag = output.e_tag().ok_or_else(|| AwsError::incomplete(CALL, "ETag"))?.to_owned();
        let body = output.body.collect().await.map_err(|_| AwsError::incomplete(CALL, "Body"))?;
        let record = serde_json::from_slice(&body.into_bytes()).unwrap_or_else(|_| unreadable());
        Ok(Some(Found { etag, record }))
    }

    /// Writes it, on the condition that it is still what was expected: this `ETag`, or nothing.
    ///
    /// No two writers write the same record, so a record of this holder that is found there was written by it.
    pub(super) async fn write(&self, record: &Record, expected: Option<&str>) -> Result<Written, AwsError> {
        const CALL: &str = "s3:PutObject";
        let client = self.client();
        let body = serde_json::to_vec_pretty(record).map_err(|error| AwsError::not_sent(CALL, error.to_string()))?;
        let send = || {
            let put = client.put_object().bucket(&self.bucket).key(KEY).expected_bucket_owner(self.owner());
            let put = put.content_type("application/json").body(body.clone().into());
            match expected {
                Some(etag) => put.if_match(etag),
                None => put.if_none_match("*"),
            }
            .send()
        };
        let mut retry = RetryPolicy::create_once();
        if expected.is_none() {
            retry = retry.until_visible(JUST_MADE);
        }
        let began = self.clock().now();
        loop {
            let error = match send_with_retry(self.limiter(), &NoObserver, CALL, &retry, send).await {
                Ok(output) => {
                    let etag = output.e_tag().ok_or_else(|| AwsError::incomplete(CALL, "ETag"))?;
                    return Ok(Written::Done(etag.to_owned()));
                }
                Err(error) if error.is(UNMET) || error.answer == Answer::Lost => error,
                Err(error) => return Err(error),
            };
            // It may be this holder's after all, from an attempt whose answer was lost.
            match self.read().await? {
                Some(found) if found.record == *record => return Ok(Written::Done(found.etag)),
                found if found.as_ref().map(|found| found.etag.as_str()) != expected => return Ok(Written::Otherwise(found)),
                Some(_) | None => {}
            }
            if self.clock().now().duration_since(began).unwrap_or_default() > THROTTLE_BUDGET {
                return Err(error);
            }
            self.clock().sleep(AGAIN).await;
        }
    }
}

/// A record for content that is not landfall's: it counts as held until it has been silent for long enough.
fn unreadable() -> Record {
    let holder = Holder::unknown();
    Record { generation: 0, beat: 0, holder: Some(holder), since: None }
}
