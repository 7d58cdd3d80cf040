//! Parameters of a session: a role of another company requires tags, an identity and an external id, and a session is narrowed to
//! what the caller needs. Each flag matters to the role's trust policy or to the session's permissions.

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_iam::error::ProvideErrorMetadata as _;
use landfall::simulator::Principal;

use crate::{Aws, Place, Run};

/// The trust policy of the role, which requires every parameter that a flag can set.
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111111111111"},
    "Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]},
    {"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Condition":{"StringNotEquals":{"sts:ExternalId":"acme-7"}}},
    {"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Condition":{"StringNotEquals":{"sts:SourceIdentity":"ada"}}},
    {"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Condition":{"StringNotEquals":{"aws:RequestTag/team":"blue"}}},
    {"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Condition":{"StringNotEquals":{"aws:RequestTag/cost":"7=8"}}},
    {"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Condition":{"StringNotEquals":{"sts:RoleSessionName":"drill"}}}]}"#;
const MAY: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:ListRoles","iam:DeleteRolePolicy"],"Resource":"*"}]}"#;
const LISTS_ROLES: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ListRoles","Resource":"*"}]}"#;
const FLAGS: [&str; 10] =
    ["--external-id", "acme-7", "--source-identity", "ada", "--tag", "team=blue", "--tag", "cost=7=8", "--session-name", "drill"];

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Creates the guarded role in dev's account, and an index that names it.
fn guarded(aws: &Aws, place: &Place) {
    let mut index = place.sandbox(&["outputs"]).expect(0).json();
    let environments = index["environments"].as_array_mut().expect("environments");
    let dev = environments.iter_mut().find(|environment| environment["name"] == "dev").expect("dev");
    let dev = &mut dev["accounts"][0];
    let id = dev["id"].as_str().expect("made").to_owned();
    let arn = format!("arn:aws:iam::{id}:role/guarded");
    dev["roles"]["guarded"] = serde_json::json!({ "arn": arn, "max_session": 3600, "reason": false });
    std::fs::write(place.0.join("index.json"), index.to_string()).expect("written");

    let administrator = Principal::Session(id.parse().expect("an id"), "OrganizationAccountAccessRole".to_owned(), "tests".to_owned());
    let keys = aws.0.simulator.credentials_for(&administrator).expect("there");
    let iam = aws_sdk_iam::Client::new(&aws.0.simulator.sdk_config_with("eu-west-1", keys));
    runtime().block_on(async {
        iam.create_role().role_name("guarded").assume_role_policy_document(TRUST).send().await.expect("made");
        iam.put_role_policy().role_name("guarded").policy_name("p").policy_document(MAY).send().await.expect("put");
    });
}

/// Returns whether a printed session may list roles, and delete a policy of one.
fn may(aws: &Aws, printed: &Run) -> (bool, bool) {
    let printed = printed.json();
    let text = |name: &str| printed[name].as_str().expect("a text").to_owned();
    let keys =
        aws_credential_types::Credentials::new(text("AccessKeyId"), text("SecretAccessKey"), Some(text("SessionToken")), None, "test");
    let config = aws.0.simulator.sdk_config("eu-west-1").to_builder().credentials_provider(SharedCredentialsProvider::new(keys)).build();
    let iam = aws_sdk_iam::Client::new(&config);
    runtime().block_on(async {
        let listed = iam.list_roles().send().await;
        let taken = iam.delete_role_policy().role_name("guarded").policy_name("none").send().await.expect_err("there is no such policy");
        let is_listed = listed.inspect_err(|error| assert_eq!(error.code(), Some("AccessDenied"))).is_ok();
        (is_listed, taken.code() == Some("NoSuchEntity"))
    })
}

#[test]
fn each_flag_is_part_of_the_request() {
    let place = Place::new("asked");
    let aws = Aws::serve();
    guarded(&aws, &place);
    let ask = |flags: &[&str]| {
        let given = ["credentials", "dev", "--role", "guarded", "--index", "index.json"];
        aws.run(&place, &[&given[..], flags].concat())
    };
    assert_eq!(may(&aws, &ask(&FLAGS).expect(0)), (true, true));
    for left_out in FLAGS.chunks(2) {
        let others: Vec<&str> = FLAGS.chunks(2).filter(|flag| *flag != left_out).flatten().copied().collect();
        ask(&others).expect(1).says("could not assume guarded in dev");
    }

    std::fs::write(place.0.join("narrow.json"), LISTS_ROLES).expect("written");
    let narrowed = |more: &[&str]| ask(&[&FLAGS[..], more].concat()).expect(0);
    assert_eq!(may(&aws, &narrowed(&["--policy", "narrow.json"])), (true, false));
    for (policy, expected) in [("AdministratorAccess", (true, true)), ("ReadOnlyAccess", (true, false))] {
        assert_eq!(may(&aws, &narrowed(&["--policy-arn", &format!("arn:aws:iam::aws:policy/{policy}")])), expected, "{policy}");
    }

    // A changed policy needs another session, whatever the name of its file.
    std::fs::write(place.0.join("narrow.json"), MAY).expect("written");
    assert_eq!(may(&aws, &narrowed(&["--policy", "narrow.json"])), (true, true));
    for (flags, words) in [
        (["--policy", "none.json"], "could not read the policy `none.json`"),
        (["--tag", "team"], "KEY=VALUE"),
        (["--external-id", "no blanks"], "external id"),
        (["--source-identity", "a b"], "source identity"),
    ] {
        ask(&flags).expect(64).says(words);
    }
}
