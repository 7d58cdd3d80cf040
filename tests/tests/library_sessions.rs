//! The library's sessions on the wire: how often STS is called, what is served until then, and that no secret is shown.

use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_smithy_async::time::TimeSource as _;
use landfall::session::{AssumeError, AssumeRequest, Failure, Session, Sessions};
use landfall_tests::overheard::listen;
use landfall_tests::wire::{ACCOUNT, Asked, ROLE, SECRETS, Sts, Wire, refused};
use wiremock::ResponseTemplate;

const HOUR: Duration = Duration::from_hours(1);

fn request() -> AssumeRequest {
    AssumeRequest::new(ACCOUNT.parse().expect("an id"), ROLE)
}

async fn sessions(sts: &Sts) -> Sessions {
    Sessions::open(&sts.config, &"eu-west-1".parse().expect("a Region")).await.expect("open")
}

async fn key(session: &Session) -> String {
    session.provide_credentials().await.expect("credentials").access_key_id().to_owned()
}

/// Prints errors in full, and searches them and all logs for secrets.
fn nothing_secret_shows<'a>(errors: impl IntoIterator<Item = &'a AssumeError>, session: Option<&Session>) {
    let mut shown = vec![format!("{session:?} {:?}", session.map(Session::sdk_config))];
    for error in errors {
        let source = error.source().map(ToString::to_string).unwrap_or_default();
        shown.push(format!("{error} {source} {error:?} {:?} {:?}", error.hint(), error.cause()));
    }
    listen().holds_none_of(SECRETS, &shown);
}

fn always(life: Duration) -> impl Fn(&Wire, Asked) -> ResponseTemplate {
    move |wire, asked| wire.granted(&asked, life)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_callers_are_one_call() {
    listen();
    let sts = Sts::start(|wire, asked| wire.granted(&asked, HOUR).set_delay(Duration::from_millis(100))).await;
    let sessions = sessions(&sts).await;
    let callers: Vec<_> = (0..1000)
        .map(|_| {
            let sessions = sessions.clone();
            tokio::spawn(async move { key(&sessions.session(request()).await.expect("a session")).await })
        })
        .collect();
    for caller in callers {
        assert_eq!(caller.await.expect("ran"), "ASIAROLEROLEROLE0001");
    }
    assert_eq!((sts.wire.count("AssumeRole"), sts.wire.count("GetCallerIdentity")), (1, 2), "one for the caller, one for the role");

    // Asked in another way, it is another session; in the same way, the same.
    sessions.session(request().reason("release 42")).await.expect("a session");
    sessions.session(request().reason("release 42").called("prod")).await.expect("a session");
    let session = sessions.session(request()).await.expect("a session");
    assert_eq!(sts.wire.count("AssumeRole"), 2);
    assert_eq!((session.packed_policy_size(), session.is_chained()), (Some(7), false));
    nothing_secret_shows([], Some(&session));
}

/// The caller's own credentials, and how often they were asked for.
#[derive(Debug)]
struct Counted(aws_credential_types::Credentials, Arc<AtomicUsize>);

impl ProvideCredentials for Counted {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        self.1.fetch_add(1, Ordering::SeqCst);
        future::ProvideCredentials::ready(Ok(self.0.clone()))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_sessions_are_a_thousand_calls_however_often_they_are_used() {
    let sts = Sts::start(always(HOUR)).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let own = sts.config.credentials_provider().expect("given").provide_credentials().await.expect("given");
    let counted = SharedCredentialsProvider::new(Counted(own, Arc::clone(&asked)));
    let config = sts.config.to_builder().credentials_provider(counted).build();
    let sessions = Sessions::open(&config, &"eu-west-1".parse().expect("a Region")).await.expect("open");
    for _ in 0..3 {
        for lane in 0..20 {
            let lane = (lane * 50..lane * 50 + 50).map(|n| {
                let (sessions, name) = (sessions.clone(), format!("worker-{n}"));
                tokio::spawn(async move { key(&sessions.session(request().session_name(name)).await.expect("a session")).await })
            });
            for worker in lane.collect::<Vec<_>>() {
                worker.await.expect("ran");
            }
        }
    }
    assert_eq!((sts.wire.count("AssumeRole"), asked.load(Ordering::SeqCst)), (1000, 1));
}

#[tokio::test]
async fn everything_that_is_asked_for_is_sent() {
    listen();
    let forms = Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = Arc::clone(&forms);
    let sts = Sts::start(move |wire, asked| {
        seen.lock().expect("whole").push(asked.form.clone());
        wire.granted(&asked, HOUR)
    })
    .await;
    let full = request()
        .session_name("ci-4711")
        .duration(Duration::from_hours(2))
        .tag("team", "blue")
        .transitive("team")
        .reason("release 42")
        .source_identity("ada")
        .external_id("theirs")
        .policy("{}")
        .policy_arn("arn:aws:iam::aws:policy/ReadOnlyAccess")
        .mfa("arn:aws:iam::111111111111:mfa/ci", || async { Ok("123456".to_owned()) });
    let session = sessions(&sts).await.session(full).await.expect("a session");
    let form = forms.lock().expect("whole").concat();
    for part in [
        "RoleSessionName=ci-4711",
        "DurationSeconds=7200",
        "Tags.member.1.Key=team",
        "Tags.member.1.Value=blue",
        "Tags.member.2.Key=landfall%3Areason",
        "Tags.member.2.Value=release%2042",
        "TransitiveTagKeys.member.1=team",
        "SourceIdentity=ada",
        "ExternalId=theirs",
        "Policy=%7B%7D",
        "PolicyArns.member.1.arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FReadOnlyAccess",
        "SerialNumber=arn%3Aaws%3Aiam%3A%3A111111111111%3Amfa%2Fci",
        "TokenCode=123456",
    ] {
        assert!(form.contains(part), "{part}: {form}");
    }
    assert!(!form.contains("TransitiveTagKeys.member.2"), "the reason is not handed on");
    nothing_secret_shows([], Some(&session));
}

#[tokio::test]
async fn another_account_is_never_handed_out() {
    listen();
    let sts = Sts::start(always(HOUR)).await;
    *sts.wire.found.lock().expect("whole") = "999999999999".to_owned();
    let error = sessions(&sts).await.session(request().called("prod")).await.expect_err("elsewhere");
    assert_eq!(error.failure, Failure::WrongAccount { found: "999999999999".parse().expect("an id") });
    assert_eq!(error.to_string(), "could not assume deployer in prod (222233334444)");
    assert_eq!(error.source().expect("why").to_string(), "the session is in account 999999999999 instead");
    nothing_secret_shows([&error], None);
}

#[tokio::test]
async fn what_passes_is_waited_out() {
    listen();
    let sts = Sts::start(|wire, asked| match asked.number {
        1 => refused(400, "Throttling", "Rate exceeded"),
        2 => ResponseTemplate::new(500).set_body_string("<html>oops</html>"),
        3 => ResponseTemplate::new(503),
        4 => refused(500, "InternalFailure", "sorry"),
        // Cut off in the middle of the secret, and then an answer without credentials.
        5 => {
            let text = wire.granted_text(&asked, HOUR);
            let cut = text.find(SECRETS[1]).expect("in it") + SECRETS[1].len();
            ResponseTemplate::new(200).set_body_raw(text[..cut].to_owned(), "text/xml")
        }
        _ => wire.granted(&asked, HOUR),
    })
    .await;
    let session = sessions(&sts).await.session(request()).await.expect("in the end");
    assert_eq!((key(&session).await.as_str(), sts.wire.count("AssumeRole")), ("ASIAROLEROLEROLE0006", 6));
    nothing_secret_shows([], Some(&session));
}

#[tokio::test]
async fn an_answer_that_makes_no_sense_is_an_error_without_secrets() {
    listen();
    let broken: [fn(&str) -> String; 4] = [
        |text| text.replace("</SecretAccessKey>", ""),
        |text| text.replace("<Expiration>", "<Expiration>RoleTokenRoleTokenRoleToken"),
        |text| text.replace("SessionToken>", "SessionTokin>"),
        |text| text.replace("Credentials>", "Credential>"),
    ];
    for (n, broken) in broken.into_iter().enumerate() {
        let sts = Sts::start(move |wire, asked| {
            let text = wire.granted_text(&asked, HOUR);
            ResponseTemplate::new(200).set_body_raw(broken(&text), "text/xml")
        })
        .await;
        let error = sessions(&sts).await.session(request()).await.expect_err("broken");
        assert!(matches!(error.failure, Failure::Aws(_)) && error.cause().is_none(), "{n}: {error:?}");
        nothing_secret_shows([&error], None);
    }
}

#[tokio::test]
async fn a_clock_that_is_wrong_does_not_matter() {
    listen();
    for skew in [-3 * 3600, 3 * 3600] {
        let sts = Sts::start(always(HOUR)).await;
        sts.wire.skew.store(skew, Ordering::SeqCst);
        let sessions = sessions(&sts).await;
        let session = sessions.session(request()).await.expect("a session");
        let left = session.expires_at().expect("a role's").duration_since(sts.wire.clock.now()).expect("ahead");
        assert!((Duration::from_mins(58)..=HOUR).contains(&left), "{skew}: {left:?}");
        sts.wire.clock.skip(Duration::from_mins(30));
        key(&session).await;
        assert_eq!(sts.wire.count("AssumeRole"), 1, "{skew}");
        sts.wire.clock.skip(Duration::from_mins(31));
        assert_eq!(key(&session).await, "ASIAROLEROLEROLE0002", "{skew}: they ended");
    }
}

#[tokio::test]
async fn old_credentials_are_served_while_renewal_is_slow_or_fails() {
    listen();
    let fails = Arc::new(AtomicBool::new(false));
    let failing = Arc::clone(&fails);
    let sts = Sts::start(move |wire, asked| {
        if failing.load(Ordering::SeqCst) {
            return refused(403, "AccessDenied", "User: x is not authorized with an explicit deny in a service control policy");
        }
        let delay = if asked.number == 1 { Duration::ZERO } else { Duration::from_millis(500) };
        wire.granted(&asked, HOUR).set_delay(delay)
    })
    .await;
    let session = sessions(&sts).await.session(request()).await.expect("a session");

    sts.wire.clock.skip(Duration::from_mins(52));
    for _ in 0..100 {
        assert_eq!(key(&session).await, "ASIAROLEROLEROLE0001", "no caller waits");
    }
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!((key(&session).await.as_str(), sts.wire.count("AssumeRole")), ("ASIAROLEROLEROLE0002", 2));

    fails.store(true, Ordering::SeqCst);
    sts.wire.clock.skip(Duration::from_mins(51));
    for _ in 0..100 {
        assert_eq!(key(&session).await, "ASIAROLEROLEROLE0002", "still good");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let tries = sts.wire.count("AssumeRole");
    assert!((3..=8).contains(&tries), "{tries} calls for 100 uses");
    sts.wire.clock.skip(Duration::from_mins(10));
    let mut errors = Vec::new();
    for _ in 0..100 {
        errors.push(session.provide_credentials().await.expect_err("they ended"));
    }
    let more = sts.wire.count("AssumeRole") - tries;
    assert!(more <= 3, "{more} calls for 100 uses");
    assert!(format!("{:?}", errors[0]).contains("AccessDenied"), "{:?}", errors[0]);

    fails.store(false, Ordering::SeqCst);
    sts.wire.clock.skip(Duration::from_mins(2));
    session.provide_credentials().await.expect("healed");
    let shown: Vec<String> = errors.iter().map(|error| format!("{error} {error:?}")).collect();
    listen().holds_none_of(SECRETS, &shown);
}

#[tokio::test]
async fn a_silent_sts_is_asked_again() {
    listen();
    let sts = Sts::start(|wire, asked| {
        let delay = if asked.number == 1 { Duration::from_secs(20) } else { Duration::ZERO };
        wire.granted(&asked, HOUR).set_delay(delay)
    })
    .await;
    let session = sessions(&sts).await.session(request()).await.expect("a session");
    assert_eq!(key(&session).await, "ASIAROLEROLEROLE0002");
}

#[tokio::test]
async fn a_region_that_does_not_serve_a_young_account_is_gone_around() {
    listen();
    for code in ["RegionDisabledException", "InvalidClientTokenId"] {
        let sts = Sts::start(move |wire, asked| match asked.region.as_str() {
            "us-east-1" => wire.granted(&asked, HOUR),
            region => refused(403, code, &format!("STS is not activated in {region}")),
        })
        .await;
        let session = sessions(&sts).await.session(request()).await.expect("by us-east-1");
        assert_eq!((key(&session).await.as_str(), sts.wire.count("AssumeRole")), ("ASIAROLEROLEROLE0002", 2), "{code}");
        assert_eq!(session.sdk_config().region().map(AsRef::as_ref), Some("eu-west-1"), "clients stay at home");
    }
}

#[tokio::test]
async fn a_code_is_asked_for_once_for_every_call() {
    listen();
    let sts = Sts::start(|wire, asked| match asked.number {
        1 => refused(400, "Throttling", "Rate exceeded"),
        2 => wire.granted(&asked, Duration::from_mins(15)),
        // The answer is lost: was the code used?
        _ => ResponseTemplate::new(200).set_body_string("<"),
    })
    .await;
    let codes = Arc::new(AtomicUsize::new(0));
    let given = Arc::clone(&codes);
    let serial = "arn:aws:iam::111111111111:mfa/ci";
    let with_device = request().mfa(serial, move || {
        let n = given.fetch_add(1, Ordering::SeqCst);
        async move { Ok(format!("77700{n}")) }
    });
    let sessions = sessions(&sts).await;
    let session = sessions.session(with_device).await.expect("a session");
    assert_eq!((codes.load(Ordering::SeqCst), sts.wire.count("AssumeRole")), (2, 2));
    sts.wire.clock.skip(Duration::from_mins(16));
    let error = session.provide_credentials().await.expect_err("lost");
    assert_eq!((codes.load(Ordering::SeqCst), sts.wire.count("AssumeRole")), (3, 3), "never sent twice");

    let wrong = sessions.session(request().session_name("other").mfa(serial, || async { Ok("hunter2".to_owned()) })).await;
    let wrong = wrong.expect_err("no code");
    assert_eq!(wrong.failure, Failure::Mfa("a code has 6 digits".to_owned()));
    let none = request().session_name("none").mfa(serial, || async { Err("nobody there".into()) });
    let none = sessions.session(none).await.expect_err("no code");
    assert_eq!(none.source().expect("why").to_string(), "no MFA code: nobody there");
    assert_eq!(sts.wire.count("AssumeRole"), 3, "nothing was sent");
    nothing_secret_shows([&wrong, &none], Some(&session));
    let shown: Vec<String> = [&wrong, &none].iter().map(|error| format!("{error:?}")).chain([format!("{error:?}")]).collect();
    assert!(!shown.concat().contains("hunter2") && !shown.concat().contains("77700"), "{shown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_that_go_away_take_nothing_along() {
    listen();
    let sts = Sts::start(|wire, asked| wire.granted(&asked, HOUR).set_delay(Duration::from_millis(300))).await;
    let sessions = sessions(&sts).await;
    let callers: Vec<_> = (0..100)
        .map(|_| {
            let sessions = sessions.clone();
            tokio::spawn(async move { key(&sessions.session(request()).await.expect("a session")).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(100)).await;
    for caller in &callers[..99] {
        caller.abort();
    }
    let last = callers.into_iter().next_back().expect("one hundred");
    assert_eq!(last.await.expect("ran"), "ASIAROLEROLEROLE0001");

    // No caller is waiting; the call still finishes, and serves the next caller.
    let other = request().session_name("other");
    let gone = tokio::time::timeout(Duration::from_millis(50), sessions.session(other.clone())).await;
    assert!(gone.is_err());
    assert_eq!(key(&sessions.session(other).await.expect("a session")).await, "ASIAROLEROLEROLE0002");
    assert_eq!(sts.wire.count("AssumeRole"), 2);
}

#[test]
fn a_call_whose_runtime_ended_or_stands_still_is_begun_again() {
    listen();
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let server = tokio::runtime::Runtime::new().expect("a runtime");
    let sts = server.block_on(Sts::start(|wire, asked| {
        let delay = if asked.number % 2 == 1 { Duration::from_secs(5) } else { Duration::ZERO };
        wire.granted(&asked, HOUR).set_delay(delay)
    }));
    let sessions = server.block_on(sessions(&sts));
    let begin = |request: &AssumeRequest| {
        let begun = runtime();
        let waited = begun.block_on(async { tokio::time::timeout(Duration::from_millis(100), sessions.session(request.clone())).await });
        assert!(waited.is_err(), "under way");
        begun
    };

    let ended = begin(&request());
    drop(ended);
    let session = runtime().block_on(sessions.session(request())).expect("begun again");
    assert_eq!(runtime().block_on(key(&session)), "ASIAROLEROLEROLE0002");

    let other = request().session_name("other");
    let stands_still = begin(&other);
    let session = runtime().block_on(sessions.session(other)).expect("begun again");
    assert_eq!(runtime().block_on(key(&session)), "ASIAROLEROLEROLE0004");
    drop(stands_still);
}

#[tokio::test]
async fn errors_of_sts_have_hints() {
    listen();
    for (status, code, message, hint) in [
        (400, "PackedPolicyTooLarge", "Policies and/or Tags consume 112% of the allotted space.", "to 112 % of what fits"),
        (400, "ExpiredToken", "The security token included in the request is expired", "log in again"),
        (403, "SignatureDoesNotMatch", "Signature expired", "clock"),
        (403, "AccessDenied", "Roles may not be assumed by root accounts.", "root user credentials"),
        (403, "AccessDenied", "x because no identity-based policy allows the sts:AssumeRole action", "the caller's own policies"),
        (403, "AccessDenied", "x is not authorized to perform: sts:AssumeRole", "a reason for roles that write"),
    ] {
        let sts = Sts::start(move |_, _| refused(status, code, message)).await;
        let error = sessions(&sts).await.session(request().policy("{}")).await.expect_err(code);
        assert!(error.hint().expect(code).contains(hint), "{code}: {:?}", error.hint());
        assert!(error.source().expect(code).to_string().contains(code), "{code}");
        assert_eq!(sts.wire.count("AssumeRole"), 1, "{code}");
        nothing_secret_shows([&error], None);
    }
}

#[tokio::test]
async fn what_aws_could_not_take_is_never_sent() {
    listen();
    let sts = Sts::start(always(HOUR)).await;
    let sessions = sessions(&sts).await;
    for bad in [
        request().session_name("x"),
        request().reason("fix #7"),
        request().role_asks_reason(true),
        request().duration(Duration::from_hours(13)),
        AssumeRequest::new("111111111111".parse().expect("an id"), ROLE),
    ] {
        let error = sessions.session(bad).await.expect_err("bad");
        assert!(matches!(error.failure, Failure::Request(_)), "{error:?}");
    }
    assert_eq!(sts.wire.count("AssumeRole"), 0);
}
