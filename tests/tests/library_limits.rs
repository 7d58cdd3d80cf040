//! What never comes: credentials that cannot be loaded, an AWS that does not answer, no network. Each ends in an error, in seconds
//! by the caller's clock, and says which of them it was.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_smithy_async::time::TimeSource as _;
use aws_types::SdkConfig;
use landfall::aws::{Answer, AwsError};
use landfall::environments::Select;
use landfall::name::Region;
use landfall::session::{AssumeRequest, Failure, SessionError, Sessions};
use landfall::simulator::{Fault, Options, Simulator, Trouble};
use landfall::{Environments, Role};
use landfall_tests::wire::{ACCOUNT, FastClock, ROLE, SPEED, Sts, Wire};
use wiremock::ResponseTemplate;

const HOUR: Duration = Duration::from_hours(1);
/// What counts as at once: no pause between two tries is this short.
const AT_ONCE: Duration = Duration::from_secs(5);

/// A provider that takes its time, and may fail.
#[derive(Debug, Clone)]
struct Scripted {
    own: Credentials,
    loads: Arc<AtomicUsize>,
    takes: Duration,
    fails: Arc<AtomicBool>,
}

impl Scripted {
    fn new(own: Credentials) -> Self {
        Self { own, loads: Arc::default(), takes: Duration::ZERO, fails: Arc::default() }
    }

    fn failing(own: Credentials) -> Self {
        let scripted = Self::new(own);
        scripted.fails.store(true, Ordering::SeqCst);
        scripted
    }

    fn loads(&self) -> usize {
        self.loads.load(Ordering::SeqCst)
    }

    fn config(&self, config: &SdkConfig) -> SdkConfig {
        config.to_builder().credentials_provider(SharedCredentialsProvider::new(self.clone())).build()
    }
}

impl ProvideCredentials for Scripted {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        self.loads.fetch_add(1, Ordering::SeqCst);
        future::ProvideCredentials::new(async move {
            tokio::time::sleep(self.takes / SPEED).await;
            if self.fails.load(Ordering::SeqCst) {
                return Err(CredentialsError::provider_error("the SSO token has expired"));
            }
            Ok(self.own.clone())
        })
    }
}

fn request() -> AssumeRequest {
    AssumeRequest::new(ACCOUNT.parse().expect("an id"), ROLE)
}

fn region() -> Region {
    "eu-west-1".parse().expect("a Region")
}

async fn own(sts: &Sts) -> Credentials {
    sts.config.credentials_provider().expect("given").provide_credentials().await.expect("given")
}

fn granting() -> impl Fn(&Wire, landfall_tests::wire::Asked) -> ResponseTemplate {
    |wire, asked| wire.granted(&asked, HOUR)
}

/// Runs a future and returns how long it took by the caller's clock.
async fn timed<T>(clock: &FastClock, work: impl Future<Output = T>) -> (T, Duration) {
    let began = clock.now();
    let result = work.await;
    (result, clock.now().duration_since(began).unwrap_or_default())
}

fn aws(error: SessionError) -> AwsError {
    match error {
        SessionError::Aws(error) => error,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn credentials_that_cannot_be_loaded_are_an_error_at_once() {
    let sts = Sts::start(granting()).await;
    let provider = Scripted::failing(own(&sts).await);
    let (error, took) = timed(&sts.wire.clock, async { Sessions::open(&provider.config(&sts.config), &region()).await }).await;
    let error = aws(error.expect_err("no credentials"));
    assert!(took < AT_ONCE, "{took:?}");
    assert_eq!((error.answer, provider.loads()), (Answer::NoCredentials, 1));
    assert!(error.to_string().ends_with("the SSO token has expired") && error.to_string().contains("could not be signed"), "{error}");
    assert_eq!(sts.wire.count("GetCallerIdentity"), 0, "nothing was sent");

    // They end while the sessions are in use.
    let ending = Credentials::new("AKIAOWNOWNOWNOWNOWN1", "OwnSecretOwnSecretOwnSecret", None, Some(sts.wire.clock.now() + HOUR), "test");
    let provider = Scripted::new(ending);
    let sessions = Sessions::open(&provider.config(&sts.config), &region()).await.expect("open");
    provider.fails.store(true, Ordering::SeqCst);
    sts.wire.clock.skip(HOUR);
    let (error, took) = timed(&sts.wire.clock, sessions.session(request())).await;
    let error = error.expect_err("they ended");
    assert!(took < AT_ONCE, "{took:?}");
    assert!(matches!(&error.failure, Failure::Aws(aws) if aws.answer == Answer::NoCredentials), "{error:?}");
    assert!(error.hint().is_some_and(|hint| hint.contains("sign in again")), "{:?}", error.hint());
}

#[tokio::test]
async fn a_thousand_accounts_without_credentials_end_in_seconds() {
    let sts = Sts::start(granting()).await;
    let ending = Credentials::new("AKIAOWNOWNOWNOWNOWN1", "OwnSecretOwnSecretOwnSecret", None, Some(sts.wire.clock.now() + HOUR), "test");
    let mut provider = Scripted::new(ending);
    let sessions = Sessions::open(&provider.config(&sts.config), &region()).await.expect("open");
    provider.fails.store(true, Ordering::SeqCst);
    provider.takes = Duration::from_secs(1);
    sts.wire.clock.skip(HOUR);
    let accounts: Vec<serde_json::Value> = (0..1000)
        .map(|n| {
            let id = format!("{:012}", 222_200_000_000_u64 + n);
            let arn = format!("arn:aws:iam::{id}:role/landfall/reader");
            serde_json::json!({ "key": format!("a{n}"), "name": format!("a{n}"), "id": id, "state": "active",
                "roles": { "reader": { "arn": arn, "max_session": 3600, "reason": false } } })
        })
        .collect();
    let index = serde_json::json!({ "landfall": 1, "environments": [], "accounts": accounts,
        "organization": { "name": "acme", "management": "111111111111", "partition": "aws", "region": "eu-west-1", "regions": ["eu-west-1"] } });
    let environments = Environments::from_json(&index.to_string()).expect("an index").with_sessions(sessions);
    let each = environments.select(Select::all()).expect("all").each(Role::Reader, 32, |_, _| async { Ok::<_, ()>(()) });
    let outcome = each.await;
    assert_eq!((outcome.done.len(), outcome.unreachable.len()), (0, 1000));
    // Each load takes a second: what all of them take is their number.
    assert!(provider.loads() < 100, "{} loads", provider.loads());
}

#[tokio::test]
async fn a_load_may_take_minutes_and_is_done_once() {
    let sts = Sts::start(granting()).await;
    let mut provider = Scripted::new(own(&sts).await);
    provider.takes = Duration::from_mins(3);
    let sessions = Sessions::open(&provider.config(&sts.config), &region()).await.expect("open");
    sessions.session(request()).await.expect("a session");
    sessions.session(request().session_name("other")).await.expect("a session");
    assert_eq!((provider.loads(), sts.wire.count("AssumeRole")), (1, 2));

    // No caller waits forever, either.
    provider.takes = Duration::from_mins(30);
    let (error, took) = timed(&sts.wire.clock, async { Sessions::open(&provider.config(&sts.config), &region()).await }).await;
    assert_eq!(aws(error.expect_err("too slow")).answer, Answer::NoCredentials);
    assert!(took > Duration::from_mins(9) && took < Duration::from_mins(12), "{took:?}");
}

#[tokio::test]
async fn an_aws_that_never_answers_is_given_up() {
    let sts = Sts::start(granting()).await;
    *sts.wire.silence.lock().expect("whole") = Duration::from_mins(5);
    let (error, took) = timed(&sts.wire.clock, async { Sessions::open(&sts.config, &region()).await }).await;
    assert_eq!(aws(error.expect_err("silence")).answer, Answer::Lost);
    assert!(took < Duration::from_secs(30), "{took:?}");
    let patient = async { Sessions::open(&sts.config, &region()).first_answer_within(Duration::from_mins(1)).await };
    let (error, took) = timed(&sts.wire.clock, patient).await;
    assert_eq!(aws(error.expect_err("silence")).answer, Answer::Lost);
    assert!(took > Duration::from_secs(25) && took < Duration::from_mins(3), "{took:?}");
}

#[tokio::test]
async fn no_connection_is_an_error_in_seconds() {
    let sts = Sts::start(granting()).await;
    // Nothing listens there, and there is no such host.
    for url in ["http://127.0.0.1:9", "http://sts.invalid"] {
        let config = sts.config.to_builder().endpoint_url(url).build();
        let (error, took) = timed(&sts.wire.clock, async { Sessions::open(&config, &region()).await }).await;
        assert_eq!(aws(error.expect_err(url)).answer, Answer::Lost, "{url}");
        assert!(took < Duration::from_secs(30), "{url}: {took:?}");
    }
}

#[tokio::test]
async fn a_session_is_waited_for_as_long_as_configured() {
    let sts = Sts::start(|wire, asked| wire.granted(&asked, HOUR).set_delay(Duration::from_mins(5))).await;
    let open = Sessions::open(&sts.config, &region()).answer_within(Duration::from_secs(5)).retry(Duration::from_secs(8));
    let sessions = open.await.expect("open");
    let (error, took) = timed(&sts.wire.clock, sessions.session(request())).await;
    assert!(matches!(error.expect_err("silence").failure, Failure::Aws(aws) if aws.answer == Answer::Lost));
    assert!(took < Duration::from_secs(40), "{took:?}");
}

/// One end for everything that is waited for, by a clock of its own: whichever call it is that AWS never answers.
#[tokio::test]
async fn all_calls_together_take_as_long_as_configured() {
    for (silent, limit, sent) in [
        ("sts:GetCallerIdentity", Duration::from_secs(4), 1),
        ("sts:AssumeRole", Duration::from_secs(10), 1),
        ("sts:AssumeRole", Duration::from_secs(45), 2),
        ("sts:AssumeRole", Duration::from_mins(2), 4),
    ] {
        let simulator = Simulator::new(Options::default(), landfall_tests::clock());
        let config = simulator.sdk_config("eu-west-1");
        simulator.inject(Fault::new(Trouble::Ignore).on(silent));
        let began = simulator.clock().time_source().now();
        let answer = match Sessions::open(&config, &region()).within(limit).await {
            Err(SessionError::Aws(error)) => error.answer,
            Err(error) => panic!("{error}"),
            Ok(sessions) => match sessions.session(request()).await.expect_err(silent).failure {
                Failure::Aws(error) => error.answer,
                failure => panic!("{failure:?}"),
            },
        };
        let took = simulator.clock().time_source().now().duration_since(began).expect("time goes on");
        assert_eq!(answer, Answer::Lost, "{silent} within {limit:?}");
        assert!(took <= limit, "{silent} within {limit:?}: {took:?}");
        let count = simulator.calls().iter().filter(|call| silent.ends_with(&call.operation)).count();
        assert_eq!(count, sent, "{silent} within {limit:?}, {took:?}");
    }
}

#[test]
fn without_a_runtime_there_is_an_error_and_no_panic() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let sts = runtime.block_on(Sts::start(granting()));
    let mut opening = Sessions::open(&sts.config, &region()).into_future();
    let polled = opening.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(Err(error)) = polled else { panic!("{polled:?}") };
    assert!(aws(error).to_string().contains("sessions need a tokio runtime"));
}
