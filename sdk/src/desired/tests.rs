//! What the generated policies allow and deny, evaluated by landfall's own evaluator; and that each is valid in AWS's grammar.

use std::collections::BTreeMap;

use super::{DesiredState, desired};
use crate::address::Address;
use crate::aws::policy::{Caller, Document, Policies, Request, ResourceRule, evaluate};
use crate::id::PolicyType;
use crate::kind::iam::role;
use crate::kind::{Desired, Facts, Text};
use crate::manifest::{Source, parse};
use crate::model::Organization;

mod audit;
mod boundary;
mod github;
mod guardrails;
mod ownership;
mod planners;
mod probe;
mod sizes;
mod way_in;

const ARCHIVE: &str = "222200000001";
const KEY: &str = "arn:aws:kms:eu-west-1:222200000001:key/k";
const ORGANIZATION: &str = "o-a1b2c3d4e5";
const MANAGEMENT: &str = "111111111111";
const DEV: &str = "222200000002";
const PROD: &str = "222200000003";
const TOOLING: &str = "222200000004";

const MANIFEST: &str = r#"
schema = 1
[organization]
name = "acme"
email = "aws+{account}@acme.example"
region = "eu-west-1"
regions = ["eu-west-1", "us-east-1"]
[environments.dev]
tier = "development"
[environments.prod]
tier = "production"
[accounts.tooling]
unit = "Infrastructure"
[access]
administrators = ["sso:AdministratorAccess"]
operators = ["sso:PowerUserAccess"]
pipelines = ["account/tooling/role/ci"]
break_glass = ["arn:aws:iam::111111111111:user/ada"]
github = ["acme/platform", "acme@12345/shop@67890"]
[roles.release-bot]
environments = ["prod"]
trust = ["account/tooling"]
policies = ["arn:aws:iam::aws:policy/PowerUserAccess"]
"#;

pub(super) fn organization() -> Organization {
    organization_of(MANIFEST)
}

fn organization_of(manifest: &str) -> Organization {
    let source = Source { name: "landfall.toml".to_owned(), text: manifest.to_owned() };
    let parsed = parse(&source, &|_| Err("no files".to_owned()));
    assert_eq!(parsed.diagnostics, []);
    parsed.organization.expect("no diagnostics")
}

fn facts() -> Facts {
    let mut facts = Facts::new();
    facts.learn(&Address::organization("organization", "acme"), "management", MANAGEMENT);
    facts.learn(&Address::organization("organization", "acme"), "caller", format!("arn:aws:sts::{MANAGEMENT}:assumed-role/x/y"));
    facts.learn(&Address::organization("organization", "acme"), "id", ORGANIZATION);
    facts.learn(&"log-archive/eu-west-1/key/audit".parse().expect("valid"), "arn", KEY);
    for (key, id) in [("dev", DEV), ("prod", PROD), ("tooling", TOOLING), ("log-archive", ARCHIVE)] {
        facts.learn(&Address::organization("account", key), "id", id);
        for (kind, name) in
            [("iam-policy", "policy/landfall/boundary"), ("oidc-provider", "oidc-provider/token.actions.githubusercontent.com")]
        {
            let address: Address =
                format!("{key}/{kind}/{}", if kind == "iam-policy" { "boundary" } else { "github" }).parse().expect("valid");
            facts.learn(&address, "arn", format!("arn:aws:iam::{id}:{name}"));
        }
    }
    facts
}

fn state() -> DesiredState {
    state_of(MANIFEST)
}

fn state_of(manifest: &str) -> DesiredState {
    let mut state = desired(&organization_of(manifest));
    let facts = facts();
    for wanted in &mut state.wanted {
        wanted.thing.visit_references(&mut |text| *text = text.resolved(&facts));
    }
    state
}

fn role(state: &DesiredState, address: &str) -> role::Desired {
    let found = state.wanted.iter().find(|wanted| wanted.address.to_string() == address).map(|wanted| wanted.thing.clone());
    match found {
        Some(Desired::IamRole(role)) => role,
        other => panic!("{address}: {other:?}"),
    }
}

fn document(text: &Text) -> Document {
    Document::parse(text.as_str()).unwrap_or_else(|error| panic!("{error}: {}", text.as_str()))
}

/// AWS's `PowerUserAccess` and `AdministratorAccess`, as far as these tests need them.
fn managed(arn: &str) -> Document {
    let text = if arn.ends_with("/AdministratorAccess") {
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#
    } else if arn.ends_with("/PowerUserAccess") {
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"}]}"#
    } else {
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetBucket*","s3:List*","ec2:Describe*"],"Resource":"*"}]}"#
    };
    Document::parse(text).expect("valid")
}

/// In production a caller may set no session tag but landfall's: others open what has equal tags. A break-glass role has no reason either,
/// and its callers set what they like.
#[test]
fn only_roles_that_require_a_reason_limit_the_session_tags() {
    let state = state();
    for (address, is_limited) in [
        ("prod/iam-role/deployer", true),
        ("prod/iam-role/break-glass", false),
        ("prod/iam-role/reader", false),
        ("dev/iam-role/deployer", false),
    ] {
        let trust: serde_json::Value = serde_json::from_str(role(&state, address).trust.as_str()).expect("JSON");
        let limit = serde_json::json!({"aws:TagKeys": "landfall:*"});
        let limited = trust["Statement"].as_array().expect("a list").iter().any(|one| one["Condition"]["ForAllValues:StringLike"] == limit);
        assert_eq!(limited, is_limited, "{address}: {trust}");
    }
}

/// Guardrails of other types than those that deny.
const BASELINE: [&str; 5] = ["/ec2-defaults", "/ec2-sharing", "/s3-public-access", "/data-perimeter", "/s3-perimeter"];

#[test]
fn every_document_is_valid_for_its_use() {
    let state = state();
    let mut seen = BTreeMap::new();
    for wanted in &state.wanted {
        let check = |text: &Text, check: fn(&Document) -> Result<(), crate::aws::policy::PolicyError>| {
            assert!(text.is_known(), "{}: {text}", wanted.address);
            check(&document(text)).unwrap_or_else(|error| panic!("{}: {error}\n{text}", wanted.address));
        };
        match &wanted.thing {
            Desired::Guardrail(guardrail) if guardrail.policy_type == PolicyType::ServiceControl => {
                check(&guardrail.content, Document::check_service_control);
            }
            Desired::Guardrail(guardrail) if guardrail.policy_type == PolicyType::ResourceControl => {
                let parsed = Document::parse_resource_control(guardrail.content.as_str());
                parsed.unwrap_or_else(|error| panic!("{}: {error}", wanted.address));
            }
            Desired::IamPolicy(policy) => {
                check(&policy.document, Document::check_identity);
            }
            Desired::IamRole(role) => {
                check(&role.trust, Document::check_trust);
                role.inline.values().for_each(|inline| check(inline, Document::check_identity));
            }
            Desired::Key(key) => {
                check(&key.policy, Document::check_resource);
                assert!(key.policy.as_str().len() <= crate::aws::quotas::KEY_POLICY_BYTES);
            }
            Desired::Bucket(bucket) => {
                check(&bucket.policy, Document::check_resource);
                assert!(bucket.policy.as_str().len() <= crate::aws::quotas::BUCKET_POLICY_BYTES);
            }
            // No other kind has documents.
            _ => continue,
        }
        *seen.entry(wanted.address.kind()).or_insert(0) += 1;
    }
    assert_eq!(seen.keys().copied().collect::<Vec<_>>(), ["bucket", "guardrail", "iam-policy", "iam-role", "key"]);
}

/// Returns whether `caller` may assume a role.
fn assumes(address: &str, caller: Caller, action: &str, context: &[(&str, &str)]) -> bool {
    assumes_in(&state(), address, caller, action, context)
}

fn assumes_in(state: &DesiredState, address: &str, caller: Caller, action: &str, context: &[(&str, &str)]) -> bool {
    let trust = document(&role(state, address).trust);
    let everything = managed("x/AdministratorAccess");
    let (account, name) = if address.starts_with("dev/") { (DEV, address) } else { (PROD, address) };
    let resource = format!("arn:aws:iam::{account}:role/landfall/{}", name.rsplit('/').next().unwrap_or_default());
    let mut request = Request::new(caller, action, resource);
    for (key, value) in context {
        request = request.with(key, *value);
    }
    let policies = Policies {
        identity: vec![&everything],
        resource: Some(&trust),
        resource_rule: ResourceRule::MustAllow,
        resource_account: account,
        ..Policies::default()
    };
    evaluate(&request, &policies).is_allowed()
}

fn sso(set: &str) -> Caller {
    Caller::role(
        &format!("arn:aws:iam::{MANAGEMENT}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_{set}_0123456789abcdef"),
        "ada",
    )
}

#[test]
fn trusts() {
    let ci = || Caller::role(&format!("arn:aws:iam::{TOOLING}:role/ci"), "run");
    let other = || Caller::role(&format!("arn:aws:iam::{TOOLING}:role/other"), "run");
    let reason = [("aws:RequestTag/landfall:reason", "release 42")];
    let assume = "sts:AssumeRole";
    for (what, got, expect) in [
        ("an administrator provisions", assumes("prod/iam-role/provisioner", sso("AdministratorAccess"), assume, &[]), true),
        ("an operator does not", assumes("prod/iam-role/provisioner", sso("PowerUserAccess"), assume, &[]), false),
        (
            "a permission set with a similar name does not",
            assumes("prod/iam-role/provisioner", sso("XAdministratorAccess"), assume, &[]),
            false,
        ),
        ("an operator deploys to dev", assumes("dev/iam-role/deployer", sso("PowerUserAccess"), assume, &[]), true),
        ("an operator does not deploy to prod", assumes("prod/iam-role/deployer", sso("PowerUserAccess"), assume, &reason), false),
        ("the pipeline deploys to prod with a reason", assumes("prod/iam-role/deployer", ci(), assume, &reason), true),
        ("and not without", assumes("prod/iam-role/deployer", ci(), assume, &[]), false),
        ("nor with an empty one", assumes("prod/iam-role/deployer", ci(), assume, &[("aws:RequestTag/landfall:reason", "")]), false),
        ("its session may be tagged", assumes("prod/iam-role/deployer", ci(), "sts:TagSession", &reason), true),
        ("and carry a source identity", assumes("prod/iam-role/deployer", ci(), "sts:SetSourceIdentity", &[]), true),
        ("another role of the account is not the pipeline", assumes("prod/iam-role/deployer", other(), assume, &reason), false),
        ("an account named whole trusts all its roles", assumes("prod/iam-role/release-bot", other(), assume, &reason), true),
        ("an operator reads", assumes("prod/iam-role/reader", sso("PowerUserAccess"), assume, &[]), true),
        ("management audits", assumes("prod/iam-role/auditor", sso("Anything"), assume, &[]), true),
    ] {
        assert_eq!(got, expect, "{what}");
    }
}

#[test]
fn break_glass_requires_fresh_mfa() {
    let ada = || Caller::user(&format!("arn:aws:iam::{MANAGEMENT}:user/ada"));
    let bob = || Caller::user(&format!("arn:aws:iam::{MANAGEMENT}:user/bob"));
    let mfa = |age| [("aws:MultiFactorAuthPresent", "true"), ("aws:MultiFactorAuthAge", age)];
    let try_it = |caller, context: &[(&str, &str)]| assumes("prod/iam-role/break-glass", caller, "sts:AssumeRole", context);
    assert!(try_it(ada(), &mfa("60")));
    assert!(!try_it(ada(), &mfa("3700")));
    assert!(!try_it(ada(), &[]));
    assert!(!try_it(bob(), &mfa("60")));
}

/// Returns whether a session of a landfall role may call an action in its account.
fn may(address: &str, action: &str, resource: &str, context: &[(&str, &str)]) -> bool {
    let state = state();
    let role = role(&state, address);
    let account = if address.starts_with("dev/") { DEV } else { PROD };
    let mut identity: Vec<Document> = role.managed.iter().map(|arn| managed(arn)).collect();
    identity.extend(role.inline.values().map(document));
    let boundary = state.wanted.iter().find_map(|wanted| match &wanted.thing {
        Desired::IamPolicy(policy) if wanted.address.scope().account().is_some_and(|key| address.starts_with(key.as_str())) => {
            Some(document(&policy.document))
        }
        _ => None,
    });
    let guardrails: Vec<Document> = state
        .wanted
        .iter()
        .filter_map(|wanted| match &wanted.thing {
            Desired::Guardrail(guardrail) if wanted.address.name() == "base" || (account == PROD && wanted.address.name() == "strict") => {
                Some(document(&guardrail.content))
            }
            _ => None,
        })
        .collect();
    let all = managed("x/AdministratorAccess");
    let mut request = Request::new(
        Caller::role(&format!("arn:aws:iam::{account}:role/landfall/{}", role.name), "x"),
        action,
        resource.replace("{}", account),
    );
    for (key, value) in context {
        request = request.with(key, value.replace("{}", account));
    }
    let policies = Policies {
        service_control: vec![std::iter::once(&all).chain(&guardrails).collect()],
        identity: identity.iter().collect(),
        boundary: role.boundary.is_some().then_some(boundary.as_ref()).flatten(),
        resource_account: account,
        ..Policies::default()
    };
    evaluate(&request, &policies).is_allowed()
}

#[test]
fn rights() {
    const BOUNDARY: (&str, &str) = ("iam:PermissionsBoundary", "arn:aws:iam::{}:policy/landfall/boundary");
    const HERE: (&str, &str) = ("aws:RequestedRegion", "eu-west-1");
    let deployer = "dev/iam-role/deployer";
    for (what, got, expect) in [
        (
            "a deployer makes a role under the boundary",
            may(deployer, "iam:CreateRole", "arn:aws:iam::{}:role/app", &[HERE, BOUNDARY]),
            true,
        ),
        ("not without it", may(deployer, "iam:CreateRole", "arn:aws:iam::{}:role/app", &[HERE]), false),
        (
            "nor under another",
            may(
                deployer,
                "iam:CreateRole",
                "arn:aws:iam::{}:role/app",
                &[HERE, ("iam:PermissionsBoundary", "arn:aws:iam::aws:policy/AdministratorAccess")],
            ),
            false,
        ),
        ("nor on our path", may(deployer, "iam:CreateRole", "arn:aws:iam::{}:role/landfall/app", &[HERE, BOUNDARY]), false),
        ("nor takes a boundary off", may(deployer, "iam:DeleteRolePermissionsBoundary", "arn:aws:iam::{}:role/app", &[HERE]), false),
        (
            "nor swaps one",
            may(deployer, "iam:PutRolePermissionsBoundary", "arn:aws:iam::{}:role/app", &[HERE, ("iam:PermissionsBoundary", "x")]),
            false,
        ),
        ("nor changes the boundary", may(deployer, "iam:CreatePolicyVersion", "arn:aws:iam::{}:policy/landfall/boundary", &[HERE]), false),
        ("nor makes users", may(deployer, "iam:CreateUser", "arn:aws:iam::{}:user/x", &[HERE]), false),
        (
            "nor retags what is ours",
            may(deployer, "ec2:CreateTags", "arn:aws:ec2:eu-west-1:{}:vpc/vpc-1", &[HERE, ("aws:TagKeys", "landfall:address")]),
            false,
        ),
        ("but tags its own", may(deployer, "ec2:CreateTags", "arn:aws:ec2:eu-west-1:{}:vpc/vpc-1", &[HERE, ("aws:TagKeys", "team")]), true),
        (
            "passes its roles to services",
            may(deployer, "iam:PassRole", "arn:aws:iam::{}:role/app", &[HERE, ("iam:PassedToService", "lambda.amazonaws.com")]),
            true,
        ),
        (
            "not ours",
            may(
                deployer,
                "iam:PassRole",
                "arn:aws:iam::{}:role/landfall/provisioner",
                &[HERE, ("iam:PassedToService", "lambda.amazonaws.com")],
            ),
            false,
        ),
        (
            "nor the access role",
            may(
                deployer,
                "iam:PassRole",
                "arn:aws:iam::{}:role/OrganizationAccountAccessRole",
                &[HERE, ("iam:PassedToService", "ec2.amazonaws.com")],
            ),
            false,
        ),
        ("nor becomes one", may(deployer, "sts:AssumeRole", "arn:aws:iam::{}:role/landfall/provisioner", &[HERE]), false),
        ("deploys workloads", may(deployer, "lambda:CreateFunction", "arn:aws:lambda:eu-west-1:{}:function:x", &[HERE]), true),
        (
            "only where Regions allow",
            may(deployer, "lambda:CreateFunction", "arn:aws:lambda:ap-south-1:{}:function:x", &[("aws:RequestedRegion", "ap-south-1")]),
            false,
        ),
        ("a reader reads no data", may("dev/iam-role/reader", "s3:GetObject", "arn:aws:s3:::x/y", &[HERE]), false),
        ("but sees buckets", may("dev/iam-role/reader", "s3:GetBucketPolicy", "arn:aws:s3:::x", &[HERE]), true),
        (
            "provisioner keeps the roles",
            may("prod/iam-role/provisioner", "iam:UpdateAssumeRolePolicy", "arn:aws:iam::{}:role/landfall/reader", &[HERE]),
            true,
        ),
        (
            "break-glass too",
            may("prod/iam-role/break-glass", "iam:UpdateAssumeRolePolicy", "arn:aws:iam::{}:role/landfall/reader", &[HERE]),
            true,
        ),
        (
            "break-glass makes no users in production",
            may("prod/iam-role/break-glass", "iam:CreateUser", "arn:aws:iam::{}:user/x", &[HERE]),
            false,
        ),
        ("no account leaves", may("prod/iam-role/provisioner", "organizations:LeaveOrganization", "*", &[HERE]), false),
    ] {
        assert_eq!(got, expect, "{what}");
    }
}

#[test]
fn a_reason_may_be_given_by_a_caller_under_the_guardrails() {
    // A caller from another account is under its own account's guardrails: they must allow session tags with landfall's prefix.
    let state = state();
    let base = state.wanted.iter().find_map(|wanted| match &wanted.thing {
        Desired::Guardrail(guardrail) if wanted.address.name() == "base" => Some(document(&guardrail.content)),
        _ => None,
    });
    let (base, all) = (base.expect("there is one"), managed("x/AdministratorAccess"));
    for action in ["sts:AssumeRole", "sts:TagSession"] {
        let request = Request::new(
            Caller::role(&format!("arn:aws:iam::{TOOLING}:role/ci"), "x"),
            action,
            format!("arn:aws:iam::{PROD}:role/landfall/deployer"),
        )
        .with("aws:TagKeys", "landfall:reason")
        .with("aws:RequestedRegion", "eu-west-1");
        let policies = Policies {
            service_control: vec![vec![&all, &base]],
            identity: vec![&all],
            resource: Some(&all),
            resource_account: PROD,
            ..Policies::default()
        };
        let trusting =
            Document::parse(r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#)
                .expect("valid");
        assert!(evaluate(&request, &Policies { resource: Some(&trusting), ..policies }).is_allowed(), "{action}");
    }
}

#[test]
fn notices_name_what_is_wide_open() {
    let state = desired(&organization());
    let notices: Vec<&str> = state.notices.iter().map(|notice| notice.text.as_str()).collect();
    assert_eq!(notices.len(), 4, "{notices:?}");
    assert!(notices.iter().any(|text| text.contains("every administrator of account/tooling can get into release-bot")), "{notices:?}");
    assert!(notices.iter().any(|text| text.contains("acme/platform")), "{notices:?}");
}

#[test]
fn a_notice_names_what_is_denied_without_the_region_of_global_services() {
    let denied = |regions: &str| {
        let manifest = MANIFEST.replace("regions = [\"eu-west-1\", \"us-east-1\"]", regions);
        let parsed = parse(&Source { name: "m".to_owned(), text: manifest }, &|_| Err("no files".to_owned()));
        let state = desired(&parsed.organization.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics)));
        state.notices.into_iter().find(|notice| notice.text.contains("limit-regions"))
    };
    assert_eq!(denied("regions = [\"us-east-1\", \"eu-west-1\"]"), None);
    let notice = denied("regions = [\"eu-west-1\", \"eu-central-1\"]").expect("a notice");
    assert!(notice.text.contains("Lambda@Edge") && notice.hint.contains("us-east-1"), "{notice:?}");
}

#[test]
fn guardrails_are_attached_to_units_that_share_them_and_to_accounts_otherwise() {
    let check = |manifest: &str, expect: &[&str]| {
        let source = Source { name: "m".to_owned(), text: manifest.to_owned() };
        let parsed = parse(&source, &|_| Err("no files".to_owned()));
        let state = desired(&parsed.organization.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics)));
        let attached: Vec<String> = state
            .wanted
            .iter()
            .filter(|wanted| wanted.address.kind() == "attachment")
            .map(|wanted| wanted.address.name().to_owned())
            // Those of the baseline are on every top-level unit.
            .filter(|name| !BASELINE.iter().any(|own| name.ends_with(own)))
            .collect();
        assert_eq!(attached, expect);
    };
    check(
        MANIFEST,
        &[
            "Infrastructure/base",
            "Security/base",
            "Suspended/base",
            "Suspended/suspended",
            "Workloads/base",
            "Workloads/Production/daily-backup-prod",
            "Workloads/Production/strict",
            "account:tooling/pipelines",
        ],
    );
    let apart = MANIFEST.replace("tier = \"production\"", "tier = \"production\"\nunit = \"Workloads/NonProduction\"");
    check(
        &apart,
        &[
            "Infrastructure/base",
            "Security/base",
            "Suspended/base",
            "Suspended/suspended",
            "Workloads/base",
            "account:prod/daily-backup-prod",
            "account:prod/strict",
            "account:tooling/pipelines",
        ],
    );
}
