//! An STS on loopback with answers written by the test, for faults that the simulator does not have.
//!
//! Time runs [`SPEED`] times as fast as real time, and can be moved; the server's clock can differ from the caller's.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sts::config::BehaviorVersion;
use aws_sdk_sts::primitives::{DateTime, DateTimeFormat};
use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep, Sleep};
use aws_smithy_async::time::{SharedTimeSource, TimeSource};
use aws_types::SdkConfig;
use aws_types::region::Region;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// How much faster than real time it runs.
pub const SPEED: u32 = 50;
/// The account that the role is in.
pub const ACCOUNT: &str = "222233334444";
/// The role.
pub const ROLE: &str = "arn:aws:iam::222233334444:role/landfall/deployer";
/// Values that no log and no error may show: the secrets and the token of both sides.
pub const SECRETS: &[&str] = &["OwnSecretOwnSecretOwnSecret", "RoleSecretRoleSecretRoleSecret", "RoleTokenRoleTokenRoleToken"];

const OWN_KEY: &str = "AKIAOWNOWNOWNOWNOWN1";
const OWN_ARN: &str = "arn:aws:iam::111111111111:user/ci";

/// A clock that is fast, and can be moved.
#[derive(Debug, Clone)]
pub struct FastClock {
    began: Instant,
    moved: Arc<AtomicI64>,
}

impl FastClock {
    #[expect(clippy::disallowed_methods, reason = "here is where the wall's time comes in")]
    fn new() -> Self {
        Self { began: Instant::now(), moved: Arc::default() }
    }

    /// Moves the time on.
    pub fn skip(&self, duration: Duration) {
        self.moved.fetch_add(i64::try_from(duration.as_secs()).unwrap_or_default(), Ordering::SeqCst);
    }
}

impl TimeSource for FastClock {
    fn now(&self) -> SystemTime {
        let start = UNIX_EPOCH + Duration::from_hours(498_744);
        start + self.began.elapsed() * SPEED + Duration::from_secs(self.moved.load(Ordering::SeqCst).unsigned_abs())
    }
}

impl AsyncSleep for FastClock {
    fn sleep(&self, duration: Duration) -> Sleep {
        Sleep::new(tokio::time::sleep(duration / SPEED))
    }
}

/// The `AssumeRole` that a test's script gets.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The number of this `AssumeRole`, from 1.
    pub number: usize,
    /// The Region that it was signed for.
    pub region: String,
    /// The request's form, as it came.
    pub form: String,
}

type Script = dyn Fn(&Wire, Asked) -> ResponseTemplate + Send + Sync;

/// The state of the scripted STS.
#[derive(Clone)]
pub struct Wire {
    /// The caller's clock.
    pub clock: FastClock,
    /// How far AWS's clock is ahead of the caller's, in seconds.
    pub skew: Arc<AtomicI64>,
    /// The account that `GetCallerIdentity` reports for role credentials.
    pub found: Arc<Mutex<String>>,
    /// How long, in real time, `GetCallerIdentity` is not answered.
    pub silence: Arc<Mutex<Duration>>,
    calls: Arc<Mutex<Vec<String>>>,
}

/// The server, and a configuration that leads to it.
pub struct Sts {
    /// What the script sees.
    pub wire: Wire,
    /// The caller's configuration: an IAM user's keys.
    pub config: SdkConfig,
    _server: MockServer,
}

impl Sts {
    /// Starts an STS that answers `AssumeRole` by a script.
    pub async fn start(script: impl Fn(&Wire, Asked) -> ResponseTemplate + Send + Sync + 'static) -> Self {
        let server = MockServer::start().await;
        let wire = Wire {
            clock: FastClock::new(),
            skew: Arc::default(),
            found: Arc::new(Mutex::new(ACCOUNT.to_owned())),
            silence: Arc::default(),
            calls: Arc::default(),
        };
        let script: Arc<Script> = Arc::new(script);
        let answering = wire.clone();
        Mock::given(method("POST")).respond_with(move |request: &Request| answering.answer(request, &*script)).mount(&server).await;
        let own = Credentials::new(OWN_KEY, SECRETS[0], None, None, "test");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("eu-west-1"))
            .endpoint_url(server.uri())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .credentials_provider(SharedCredentialsProvider::new(own))
            .time_source(SharedTimeSource::new(wire.clock.clone()))
            .sleep_impl(SharedAsyncSleep::new(wire.clock.clone()))
            .build();
        Self { wire, config, _server: server }
    }
}

impl Wire {
    fn answer(&self, request: &Request, script: &Script) -> ResponseTemplate {
        let form = String::from_utf8_lossy(&request.body).into_owned();
        let authorization = request.headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let region = authorization.split('/').nth(2).unwrap_or_default().to_owned();
        let action = form.split('&').find_map(|pair| pair.strip_prefix("Action=")).unwrap_or_default().to_owned();
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(action.clone());
        let answer = match action.as_str() {
            "GetCallerIdentity" if authorization.contains(OWN_KEY) => identity("111111111111", OWN_ARN),
            "GetCallerIdentity" => {
                let found = self.found.lock().unwrap_or_else(PoisonError::into_inner).clone();
                identity(&found, &format!("arn:aws:sts::{found}:assumed-role/deployer/landfall"))
            }
            _ => script(self, Asked { number: self.count("AssumeRole"), region, form }),
        };
        let silence =
            if action == "GetCallerIdentity" { *self.silence.lock().unwrap_or_else(PoisonError::into_inner) } else { Duration::ZERO };
        let answer = if silence.is_zero() { answer } else { answer.set_delay(silence) };
        answer.insert_header("date", http_date(self.server_time()).as_str())
    }

    /// Returns how often an operation was asked for.
    #[must_use]
    pub fn count(&self, action: &str) -> usize {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).iter().filter(|call| *call == action).count()
    }

    /// Returns the time on AWS's clock.
    #[must_use]
    pub fn server_time(&self) -> SystemTime {
        let skew = self.skew.load(Ordering::SeqCst);
        let by = Duration::from_secs(skew.unsigned_abs());
        if skew < 0 { self.clock.now() - by } else { self.clock.now() + by }
    }

    /// Answers with credentials that live for so long; the key's last digits are the number.
    #[must_use]
    pub fn granted(&self, asked: &Asked, life: Duration) -> ResponseTemplate {
        let body = self.granted_text(asked, life);
        ResponseTemplate::new(200).set_body_raw(body, "text/xml")
    }

    /// Returns the text of that answer.
    #[must_use]
    pub fn granted_text(&self, asked: &Asked, life: Duration) -> String {
        let expiration = date(self.server_time() + life, DateTimeFormat::DateTime);
        format!(
            "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><AssumedRoleUser>\
             <AssumedRoleId>AROAX:landfall</AssumedRoleId><Arn>arn:aws:sts::{ACCOUNT}:assumed-role/deployer/landfall</Arn></AssumedRoleUser>\
             <Credentials><AccessKeyId>ASIAROLEROLEROLE{:04}</AccessKeyId><SecretAccessKey>{}</SecretAccessKey><SessionToken>{}</SessionToken>\
             <Expiration>{expiration}</Expiration></Credentials><PackedPolicySize>7</PackedPolicySize></AssumeRoleResult>\
             <ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></AssumeRoleResponse>",
            asked.number, SECRETS[1], SECRETS[2]
        )
    }
}

/// Answers with one of STS's errors.
#[must_use]
pub fn refused(status: u16, code: &str, message: &str) -> ResponseTemplate {
    let body = format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>{code}</Code>\
         <Message>{message}</Message></Error><RequestId>r-2</RequestId></ErrorResponse>"
    );
    ResponseTemplate::new(status).set_body_raw(body, "text/xml")
}

fn identity(account: &str, arn: &str) -> ResponseTemplate {
    let body = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult><Arn>{arn}</Arn>\
         <UserId>U</UserId><Account>{account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
    );
    ResponseTemplate::new(200).set_body_raw(body, "text/xml")
}

fn http_date(time: SystemTime) -> String {
    date(time, DateTimeFormat::HttpDate)
}

fn date(time: SystemTime, format: DateTimeFormat) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let whole = DateTime::from_secs(i64::try_from(since.as_secs()).unwrap_or_default());
    whole.fmt(format).unwrap_or_default()
}
