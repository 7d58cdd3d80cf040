//! Rates and faults, with the real AWS crates.

use aws_sdk_organizations::types::AccountState;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::retry::RetryConfig;

use super::*;
use crate::simulator::{CREATE_ACCOUNT, FINALIZING, serve};

/// Returns an IAM client without retries.
fn once(simulator: &Simulator) -> aws_sdk_iam::Client {
    let config = aws_sdk_iam::config::Builder::from(&simulator.sdk_config(REGION)).retry_config(RetryConfig::disabled());
    aws_sdk_iam::Client::from_conf(config.build())
}

async fn make_role(iam: &aws_sdk_iam::Client, name: &str) -> Result<(), String> {
    let made = iam.create_role().role_name(name).assume_role_policy_document(trust("111111111111")).send().await;
    made.map(|_| ()).map_err(|error| match error {
        SdkError::DispatchFailure(failure) if failure.is_io() => "cut".to_owned(),
        other => code(&other),
    })
}

async fn roles(iam: &aws_sdk_iam::Client) -> Vec<String> {
    let listed = iam.list_roles().path_prefix("/").send().await.expect("roles");
    listed.roles().iter().map(|role| role.role_name().to_owned()).filter(|name| !name.starts_with("AWS")).collect()
}

#[tokio::test(start_paused = true)]
async fn account_creations_come_three_at_once_and_then_one_in_ten_seconds() {
    let simulator = realistic();
    let admin = Clients::administrator(&simulator);
    admin.organize().await;
    tokio::time::sleep(FINALIZING).await;
    let config = aws_sdk_organizations::config::Builder::from(&simulator.sdk_config(REGION)).retry_config(RetryConfig::disabled());
    let organizations = aws_sdk_organizations::Client::from_conf(config.build());
    let create = |name: &str| organizations.create_account().account_name(name).email(format!("aws+{name}@acme.example")).send();
    for name in ["a", "b", "c"] {
        create(name).await.expect("the bucket holds three");
    }
    let refused = create("d").await.expect_err("it is empty");
    assert_eq!(code(&refused), "TooManyRequestsException");
    assert_eq!(refused.raw_response().expect("an answer").status().as_u16(), 400);
    tokio::time::sleep(Duration::from_secs(10)).await;
    create("d").await.expect("one more after ten seconds");
    assert_eq!(code(&create("e").await.expect_err("and no second one")), "TooManyRequestsException");
}

#[tokio::test(start_paused = true)]
async fn every_service_throttles_in_its_own_words() {
    let simulator = instant();
    simulator.inject(Fault::new(Trouble::Throttle));
    let admin = Clients::administrator(&simulator);
    assert_eq!(code(&admin.iam.list_roles().send().await.expect_err("throttled")), "Throttling");
    assert_eq!(code(&admin.sts.get_caller_identity().send().await.expect_err("throttled")), "Throttling");
    assert_eq!(code(&admin.organizations.list_roots().send().await.expect_err("throttled")), "TooManyRequestsException");
    assert_eq!(admin.ec2("DescribeVpcs", &[]).await.expect_err("throttled"), "RequestLimitExceeded");
    assert_eq!(code(&admin.kms.list_keys().send().await.expect_err("throttled")), "ThrottlingException");
    assert_eq!(code(&admin.cloudtrail.list_trails().send().await.expect_err("throttled")), "ThrottlingException");
    assert_eq!(code(&admin.s3.list_buckets().send().await.expect_err("throttled")), "SlowDown");
    simulator.revive();
    admin.iam.list_roles().send().await.expect("forgotten");
}

#[tokio::test(start_paused = true)]
async fn connections_are_cut_before_and_after_the_effect() {
    let simulator = instant();
    let iam = once(&simulator);
    simulator.inject(Fault::new(Trouble::CutBefore).on("iam:CreateRole").times(1));
    simulator.inject(Fault::new(Trouble::LoseAnswer).on("iam:CreateRole").from_the(2).times(1));
    assert_eq!(make_role(&iam, "one").await.expect_err("cut"), "cut");
    assert_eq!(roles(&iam).await, [""; 0]);
    assert_eq!(make_role(&iam, "one").await.expect_err("cut"), "cut");
    assert_eq!(roles(&iam).await, ["one"]);
    make_role(&iam, "two").await.expect("the trouble is over");
    let answered: Vec<bool> = simulator.calls().iter().filter(|call| call.operation == "CreateRole").map(|call| call.is_answered).collect();
    assert_eq!(answered, [false, false, true]);
}

#[tokio::test(start_paused = true)]
async fn a_killed_caller_hears_nothing_until_the_world_is_revived() {
    let simulator = instant();
    let iam = once(&simulator);
    simulator.inject(Fault::new(Trouble::Kill).on_mutating().from_the(2));
    let run = async {
        for name in ["one", "two", "three"] {
            make_role(&iam, name).await.expect("made");
        }
    };
    tokio::select! {
        () = run => panic!("it was killed"),
        () = simulator.killed() => {}
    }
    assert!(tokio::time::timeout(Duration::from_mins(1), iam.list_roles().send()).await.is_err(), "nothing is answered");
    simulator.revive();
    assert_eq!(roles(&iam).await, ["one", "two"], "the call that it was killed at took effect");
}

#[tokio::test(start_paused = true)]
async fn answers_are_late_and_sessions_expire() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    simulator.inject(Fault::new(Trouble::Delay(Duration::from_secs(30))).on("iam:ListRoles").times(1));
    let began = tokio::time::Instant::now();
    admin.iam.list_roles().send().await.expect("late");
    assert_eq!(began.elapsed().as_secs(), 30);

    admin.organize().await;
    let account = admin.account("prod").await;
    let member = admin.reach(&simulator, &account).await;
    simulator.inject(Fault::new(Trouble::Expire).of(account.parse().expect("an id")).times(1));
    assert_eq!(member.ec2("DescribeVpcs", &[]).await.expect_err("expired"), "RequestExpired");
    assert_eq!(code(&member.iam.list_roles().send().await.expect_err("and stays so")), "ExpiredToken");
    admin.reach(&simulator, &account).await.iam.list_roles().send().await.expect("a new session is a new session");
}

#[tokio::test(start_paused = true)]
async fn lists_begin_with_empty_pages_and_hold_unknown_values() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    admin.organize().await;
    simulator.inject(Fault::new(Trouble::EmptyPage).on("organizations"));
    simulator.inject(Fault::new(Trouble::EmptyPage).on("iam"));
    let first = admin.organizations.list_accounts().send().await.expect("a page");
    assert_eq!((first.accounts().len(), first.next_token().is_some()), (0, true));
    let second = admin.organizations.list_accounts().set_next_token(first.next_token).send().await.expect("a page");
    assert_eq!((second.accounts().len(), second.next_token()), (1, None));
    let all = admin.iam.list_roles().into_paginator().items().send().collect::<Result<Vec<_>, _>>().await.expect("pages");
    assert!(!all.is_empty());

    simulator.revive();
    simulator.inject(Fault::new(Trouble::Rewrite("/Accounts/*/State".to_owned(), "ASLEEP".to_owned())));
    let accounts = admin.organizations.list_accounts().send().await.expect("accounts");
    assert_eq!(accounts.accounts()[0].state().map(AccountState::as_str), Some("ASLEEP"));
}

#[tokio::test(start_paused = true)]
async fn a_young_account_is_not_subscribed_at_first() {
    let simulator = realistic();
    let admin = Clients::administrator(&simulator);
    admin.organize().await;
    tokio::time::sleep(FINALIZING).await;
    let asked = admin.ask_for_account("prod").await;
    tokio::time::sleep(CREATE_ACCOUNT).await;
    let account = admin.status(asked.id().expect("an id")).await.account_id().expect("an account").to_owned();
    tokio::time::sleep(crate::simulator::IDENTITY).await;
    let member = admin.reach(&simulator, &account).await;
    member.iam.list_roles().send().await.expect("IAM knows it");
    assert_eq!(member.ec2("DescribeVpcs", &[]).await.expect_err("too young"), "OptInRequired");
    assert_eq!(code(&member.kms.list_keys().send().await.expect_err("too young")), "SubscriptionRequiredException");
    tokio::time::sleep(crate::simulator::READINESS.saturating_sub(crate::simulator::IDENTITY)).await;
    member.ec2("DescribeVpcs", &[]).await.expect("ready");
}

#[tokio::test]
async fn over_loopback_a_lost_answer_is_a_closed_connection() {
    let simulator = Simulator::new(Options::default(), Clock::wall());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(serve(simulator.clone(), listener, std::future::pending()));
    let body = "Action=CreateRole&Version=2010-05-08&RoleName=r&AssumeRolePolicyDocument=%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22AWS%22%3A%22111111111111%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D";
    let request = format!(
        "POST / HTTP/1.1\r\nhost: {address}\r\ncontent-length: {}\r\nx-amz-security-token: token-of-the-simulated-administrator\r\nauthorization: AWS4-HMAC-SHA256 Credential=ASIASIMULATEDADMIN00/20261124/us-east-1/iam/aws4_request, x\r\n\r\n{body}",
        body.len()
    );
    simulator.inject(Fault::new(Trouble::LoseAnswer).times(1));
    let answer = tokio::task::spawn_blocking(move || {
        use std::io::{Read as _, Write as _};
        let mut stream = std::net::TcpStream::connect(address).expect("a connection");
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).map(|_| answer)
    });
    assert!(answer.await.expect("no panic").is_ok_and(|answer| answer.is_empty()), "closed without an answer");
    assert_eq!(roles(&once(&simulator)).await, ["r"], "it took effect");
}
