//! A job that already signed in to AWS with the requested role: `exec` and `credentials` return its own credentials.

use std::time::{SystemTime, UNIX_EPOCH};

use landfall_tests::github::token;

use crate::{Aws, Place, Run, variable};

/// Signs in a GitHub job as `deployer` of an environment, as aws-actions/configure-aws-credentials does, and returns the variables
/// that it sets.
fn signed_in(aws: &Aws, role_arn: &str, environment: &str) -> Vec<(&'static str, String)> {
    #[expect(clippy::disallowed_methods, reason = "the served simulator uses the system clock")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let token = token(&format!("repo:acme@12345/shop@67890:environment:{environment}"), now + 300);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let assumed = runtime.block_on(async {
        aws_sdk_sts::Client::new(&aws.0.simulator.sdk_config("eu-west-1"))
            .assume_role_with_web_identity()
            .role_arn(role_arn)
            .role_session_name("GitHubActions")
            .web_identity_token(token)
            .send()
            .await
    });
    let assumed = assumed.expect("trusted");
    let given = assumed.credentials().expect("credentials");
    vec![
        ("AWS_ENDPOINT_URL", aws.0.address.clone()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ("AWS_ACCESS_KEY_ID", given.access_key_id().to_owned()),
        ("AWS_SECRET_ACCESS_KEY", given.secret_access_key().to_owned()),
        ("AWS_SESSION_TOKEN", given.session_token().to_owned()),
    ]
}

#[test]
fn a_job_uses_the_session_that_it_signed_in_with() {
    let place = Place::new("job");
    let aws = Aws::serve();
    std::fs::write(place.0.join("index.json"), place.sandbox(&["outputs"]).expect(0).out()).expect("written");
    let arns = place.sandbox(&["outputs", "--format", "env"]).expect(0).out();
    for (environment, name) in [("dev", "LANDFALL_ROLE_DEV__DEPLOYER"), ("prod", "LANDFALL_ROLE_PROD__DEPLOYER")] {
        let job = signed_in(&aws, variable(&arns, name).expect("a role"), environment);
        let key = job[2].1.clone();
        let run = |arguments: &[&str], more: &[(&str, &str)]| {
            let mut command = place.command(arguments);
            command.envs(job.iter().map(|(name, value)| (*name, value))).envs(more.iter().copied());
            Run::of(command)
        };
        aws.0.simulator.forget_calls();
        let exec = ["exec", environment, "--role", "deployer", "--index", "index.json", "--", "/usr/bin/env"];
        let ran = run(&exec, &[]).expect(0).says("the session is your own");
        assert_eq!(variable(&ran.out(), "AWS_ACCESS_KEY_ID"), Some(key.as_str()), "no reason, no other session");
        assert_eq!(variable(&ran.out(), "AWS_CREDENTIAL_EXPIRATION"), None, "its end is unknown");
        assert_eq!(variable(&ran.out(), "LANDFALL_ENVIRONMENT"), Some(environment));
        let ends = "2030-01-02T03:04:05Z";
        let ran = run(&exec, &[("AWS_CREDENTIAL_EXPIRATION", ends)]).expect(0);
        assert_eq!(variable(&ran.out(), "AWS_CREDENTIAL_EXPIRATION"), Some(ends), "its real end");
        let given = run(&["credentials", environment, "--role", "deployer", "--index", "index.json"], &[]).expect(0).json();
        assert_eq!((given["AccessKeyId"].as_str(), given.get("Expiration")), (Some(key.as_str()), None));
        let calls: Vec<String> = aws.0.simulator.calls().iter().map(|call| call.operation.clone()).collect();
        assert_eq!(calls, ["GetCallerIdentity"; 3]);
        assert!(place.kept().is_empty(), "they are not cached");

        let variables = run(&["credentials", environment, "--role", "deployer", "--index", "index.json", "--format", "env"], &[]);
        assert_eq!(variable(&variables.expect(0).out(), "AWS_ACCESS_KEY_ID"), Some(key.as_str()));
        run(&["exec", environment, "--role", "reader", "--index", "index.json", "--", "/bin/true"], &[])
            .expect(125)
            .says("could not assume reader");
    }
}
