//! Sessions: trust, tags, chains, limits, devices, web identities.

use aws_sdk_sts::types::Tag;

use super::*;
use crate::simulator::Principal;

async fn role(clients: &Clients, name: &str, document: String) -> String {
    let made = clients.iam.create_role().role_name(name).assume_role_policy_document(document).send().await.expect("a role");
    made.role().expect("a role").arn().to_owned()
}

#[tokio::test(start_paused = true)]
async fn trust_is_real() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    admin.organize().await;
    let (dev, prod) = (admin.account("dev").await, admin.account("prod").await);
    let in_dev = admin.reach(&simulator, &dev).await;
    assert_eq!(in_dev.assume(&access_role(&prod)).await.expect_err("only management is trusted"), "AccessDenied");
    assert_eq!(admin.assume(&format!("arn:aws:iam::{dev}:role/nobody")).await.expect_err("no role"), "AccessDenied");
    assert_eq!(admin.assume("arn:aws:iam::1:role/x").await.expect_err("no account"), "ValidationError");

    // The access role allows only sts:AssumeRole.
    let tag = Tag::builder().key("landfall:reason").value("release 42").build().expect("a tag");
    let tagged = admin.sts.assume_role().role_arn(access_role(&dev)).role_session_name("tests").tags(tag.clone()).send().await;
    assert_eq!(code(&tagged.expect_err("TagSession is not trusted")), "AccessDenied");

    // A principal's ARN has the role's path, unlike the ARN from GetCallerIdentity.
    let administrators = "arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_AdministratorAccess_*";
    let document = trust("111111111111").replace(
        r"}]}",
        &format!(
            r#","Condition":{{"ArnLike":{{"aws:PrincipalArn":"{administrators}"}},"Null":{{"aws:RequestTag/landfall:reason":"false"}}}}}}]}}"#
        ),
    );
    let arn = role(&in_dev, "deployer", document).await;
    assert_eq!(admin.assume(&arn).await.expect_err("without a reason"), "AccessDenied");
    let assume = admin.sts.assume_role().role_arn(&arn).role_session_name("tests").tags(tag).source_identity("ada");
    let assumed = assume.send().await.expect("with a reason");
    assert_eq!(assumed.source_identity(), Some("ada"));
    assert!(assumed.session_token_size().is_some());
    let identity = Clients::with(&simulator, session(assumed.credentials().expect("credentials"))).sts.get_caller_identity().send().await;
    assert_eq!(identity.expect("who").arn(), Some(format!("arn:aws:sts::{dev}:assumed-role/deployer/tests").as_str()));
}

#[tokio::test(start_paused = true)]
async fn sessions_have_limits() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    let arn = role(&admin, "long", trust("111111111111")).await;
    admin.iam.update_role().role_name("long").max_session_duration(7200).send().await.expect("updated");
    let assume = admin.sts.assume_role().role_arn(&arn);
    let named = assume.clone().role_session_name("tests");
    let refusals = [
        (assume.clone().role_session_name("x"), "one character"),
        (assume.clone().role_session_name("a b"), "a space"),
        (named.clone().duration_seconds(899), "too short"),
        (named.clone().duration_seconds(7201), "longer than the role's maximum"),
        (named.clone().duration_seconds(3601), "an administrator's session is a session: chained"),
        (named.clone().transitive_tag_keys("x"), "no such tag"),
        (named.clone().serial_number("arn:aws:iam::111111111111:mfa/ada"), "no code"),
    ];
    for (request, why) in refusals {
        assert_eq!(code(&request.send().await.expect_err(why)), "ValidationError", "{why}");
    }
    let long = policy("Allow", &format!("iam:{}", "x".repeat(2000)));
    assert_eq!(code(&named.clone().policy(long).send().await.expect_err("2,048 characters")), "PackedPolicyTooLarge");
    assert_eq!(code(&named.clone().policy("{").send().await.expect_err("no JSON")), "MalformedPolicyDocument");

    admin
        .iam
        .attach_role_policy()
        .role_name("long")
        .policy_arn("arn:aws:iam::aws:policy/AdministratorAccess")
        .send()
        .await
        .expect("attached");
    let narrow = named.clone().policy(policy("Allow", "iam:ListRoles")).send().await.expect("narrowed");
    let narrow = Clients::with(&simulator, session(narrow.credentials().expect("credentials")));
    narrow.iam.list_roles().send().await.expect("inside of the session policy");
    let outside = narrow.iam.get_account_summary().send().await.expect_err("outside");
    assert!(message(&outside).ends_with("because no session policy allows the iam:GetAccountSummary action"));

    let short = named.duration_seconds(900).send().await.expect("a session");
    let short = Clients::with(&simulator, session(short.credentials().expect("credentials")));
    tokio::time::sleep(Duration::from_secs(899)).await;
    short.iam.list_roles().send().await.expect("still");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(code(&short.iam.list_roles().send().await.expect_err("expired")), "ExpiredToken");
    let organizations = short.organizations.list_roots().send().await.expect_err("expired");
    assert_eq!(code(&organizations), "ExpiredTokenException");

    let mut stolen = Simulator::management_credentials();
    stolen = Credentials::new(stolen.access_key_id(), stolen.secret_access_key(), Some("another".to_owned()), None, "tests");
    let stolen = Clients::with(&simulator, stolen);
    assert_eq!(code(&stolen.sts.get_caller_identity().send().await.expect_err("the token differs")), "InvalidClientTokenId");
}

#[tokio::test(start_paused = true)]
async fn transitive_tags_and_source_identities_stick() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    let second = trust("111111111111")
        .replace(r"}]}", r#","Condition":{"StringEquals":{"aws:PrincipalTag/team":"blue","aws:SourceIdentity":"ada"}}}]}"#);
    let (first, second) = (role(&admin, "first", trust("111111111111")).await, role(&admin, "second", second).await);
    admin
        .iam
        .attach_role_policy()
        .role_name("first")
        .policy_arn("arn:aws:iam::aws:policy/AdministratorAccess")
        .send()
        .await
        .expect("attached");
    admin
        .iam
        .attach_role_policy()
        .role_name("second")
        .policy_arn("arn:aws:iam::aws:policy/AdministratorAccess")
        .send()
        .await
        .expect("attached");
    let tag = |value: &str| Tag::builder().key("team").value(value).build().expect("a tag");
    let assumed = admin.sts.assume_role().role_arn(&first).role_session_name("tests").tags(tag("blue")).transitive_tag_keys("team");
    let assumed = assumed.source_identity("ada").send().await.expect("a session");
    let chained = Clients::with(&simulator, session(assumed.credentials().expect("credentials")));
    assert_eq!(admin.assume(&second).await.expect_err("no tag"), "AccessDenied");
    let next = Clients::with(&simulator, chained.assume(&second).await.expect("the tag is the session's"));
    next.assume(&second).await.expect("and goes on along the chain");
    let other = chained.sts.assume_role().role_arn(&second).role_session_name("tests").tags(tag("red")).send().await;
    assert_eq!(code(&other.expect_err("it cannot be replaced")), "InvalidParameterValue");
    let other = chained.sts.assume_role().role_arn(&second).role_session_name("tests").source_identity("bob").send().await;
    assert_eq!(code(&other.expect_err("nor can the source identity")), "AccessDenied");
}

#[tokio::test(start_paused = true)]
async fn a_device_opens_what_wants_one() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    let document = trust("111111111111").replace(r"}]}", r#","Condition":{"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"}}}]}"#);
    let arn = role(&admin, "break-glass", document).await;
    let user = Principal::User(Simulator::management_account(), "ada".to_owned());
    let ada = Clients::with(&simulator, simulator.credentials_for(&user).expect("made"));
    admin
        .iam
        .put_user_policy()
        .user_name("ada")
        .policy_name("p")
        .policy_document(policy("Allow", "sts:AssumeRole"))
        .send()
        .await
        .expect("put");
    assert_eq!(ada.assume(&arn).await.expect_err("without the device"), "AccessDenied");
    let with_device = ada.sts.assume_role().role_arn(&arn).role_session_name("tests").serial_number("arn:aws:iam::111111111111:mfa/ada");
    with_device.clone().token_code("123456").send().await.expect("with it");
    assert_eq!(code(&with_device.clone().token_code("123456").send().await.expect_err("a code works once")), "AccessDenied");
    assert_eq!(code(&with_device.token_code("12345").send().await.expect_err("six digits")), "AccessDenied");
    assert_eq!(admin.assume(&arn).await.expect_err("Identity Center's sessions have no device"), "AccessDenied");
}

/// Writes a token like GitHub's, without a valid signature.
fn token(subject: &str, audience: &str, expires: u64) -> String {
    let claims = format!(r#"{{"iss":"https://token.actions.githubusercontent.com","sub":"{subject}","aud":"{audience}","exp":{expires}}}"#);
    let encoded = aws_smithy_types::base64::encode(claims).replace('+', "-").replace('/', "_");
    format!("e30.{}.x", encoded.trim_end_matches('='))
}

#[tokio::test(start_paused = true)]
async fn github_comes_without_credentials() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    let host = "token.actions.githubusercontent.com";
    let document = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Federated":"arn:aws:iam::111111111111:oidc-provider/{host}"}},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{{"StringEquals":{{"{host}:aud":"sts.amazonaws.com","{host}:sub":"repo:acme/shop:environment:prod"}}}}}}]}}"#
    );
    let arn = role(&admin, "deployer", document).await;
    let prod = "repo:acme/shop:environment:prod";
    let later = START + 300;
    let assume =
        |token: String| admin.sts.assume_role_with_web_identity().role_arn(&arn).role_session_name("tests").web_identity_token(token);
    let missing = assume(token(prod, "sts.amazonaws.com", later)).send().await;
    assert_eq!(code(&missing.expect_err("no provider")), "InvalidIdentityToken");

    let create = admin.iam.create_open_id_connect_provider().url(format!("https://{host}"));
    let provider = create.clone().client_id_list("sts.amazonaws.com").send().await.expect("a provider");
    let provider = provider.open_id_connect_provider_arn().expect("an ARN");
    assert_eq!(code(&create.send().await.expect_err("it is there")), "EntityAlreadyExists");
    let read = admin.iam.get_open_id_connect_provider().open_id_connect_provider_arn(provider).send().await.expect("a provider");
    assert_eq!((read.url(), read.thumbprint_list().len()), (Some(host), 1));

    let assumed = assume(token(prod, "sts.amazonaws.com", later)).send().await.expect("the subject is trusted");
    assert_eq!(assumed.subject_from_web_identity_token(), Some(prod));
    let identity = Clients::with(&simulator, session(assumed.credentials().expect("credentials"))).sts.get_caller_identity().send().await;
    assert_eq!(identity.expect("who").arn(), Some("arn:aws:sts::111111111111:assumed-role/deployer/tests"));
    let refusals = [
        (token("repo:acme/shop:ref:refs/heads/main", "sts.amazonaws.com", later), "AccessDenied"),
        (token(prod, "elsewhere", later), "InvalidIdentityToken"),
        (token(prod, "sts.amazonaws.com", START), "ExpiredTokenException"),
        ("nonsense".to_owned(), "InvalidIdentityToken"),
    ];
    for (token, expected) in refusals {
        assert_eq!(code(&assume(token.clone()).send().await.expect_err(expected)), expected, "{token}");
    }
    assert!(simulator.calls().iter().any(|call| call.operation == "AssumeRoleWithWebIdentity" && call.account.is_none()));
}
