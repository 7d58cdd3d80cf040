//! The tokens of GitHub that each role trusts, claim by claim.

use super::*;

/// A job's token: its repository, the context in its subject, and its ref.
struct Token<'a> {
    subject: &'a str,
    git_ref: &'a str,
    repository_id: &'a str,
}

const MAIN: &str = "refs/heads/main";
const PLATFORM: &str = "555";
const SHOP: &str = "67890";

fn opens(state: &DesiredState, address: &str, account: &str, token: &Token<'_>) -> bool {
    let provider = Caller::federated(&format!("arn:aws:iam::{account}:oidc-provider/token.actions.githubusercontent.com"));
    let context = [
        ("token.actions.githubusercontent.com:aud", "sts.amazonaws.com"),
        ("token.actions.githubusercontent.com:sub", token.subject),
        ("token.actions.githubusercontent.com:ref", token.git_ref),
        ("token.actions.githubusercontent.com:repository_id", token.repository_id),
    ];
    assumes_in(state, address, provider, "sts:AssumeRoleWithWebIdentity", &context)
}

#[test]
fn tokens() {
    let state = state();
    let (prod, dev) = ("prod/iam-role/deployer", "dev/iam-role/deployer");
    for (what, address, subject, git_ref, repository_id, expect) in [
        ("the environment, on main", prod, "repo:acme/platform:environment:prod", MAIN, PLATFORM, true),
        ("by its ids", prod, "repo:acme@12345/shop@67890:environment:prod", MAIN, SHOP, true),
        ("by its name, with its id", prod, "repo:acme/shop:environment:prod", MAIN, SHOP, true),
        ("by its name, with another's id", prod, "repo:acme/shop:environment:prod", MAIN, "99", false),
        ("another branch", prod, "repo:acme/platform:environment:prod", "refs/heads/topic", PLATFORM, false),
        ("a branch with a similar name", prod, "repo:acme/platform:environment:prod", "refs/heads/main2", PLATFORM, false),
        ("a tag", prod, "repo:acme/platform:environment:prod", "refs/tags/v1", PLATFORM, false),
        ("a pull request that names the environment", prod, "repo:acme/platform:environment:prod", "refs/pull/7/merge", PLATFORM, false),
        ("a merge queue", prod, "repo:acme/platform:environment:prod", "refs/heads/gh-readonly-queue/main/pr-7-0123", PLATFORM, false),
        ("no environment", prod, "repo:acme/platform:ref:refs/heads/main", MAIN, PLATFORM, false),
        ("another environment", prod, "repo:acme/platform:environment:dev", MAIN, PLATFORM, false),
        ("a repository that begins alike", prod, "repo:acme/platform2:environment:prod", MAIN, PLATFORM, false),
        ("other letter case", prod, "repo:Acme/platform:environment:prod", MAIN, PLATFORM, false),
        ("any branch in dev", dev, "repo:acme/platform:ref:refs/heads/topic/x", "refs/heads/topic/x", PLATFORM, true),
        ("a tag in dev", dev, "repo:acme/platform:ref:refs/tags/v1", "refs/tags/v1", PLATFORM, true),
        ("the environment in dev", dev, "repo:acme/platform:environment:dev", "refs/heads/topic", PLATFORM, true),
        (
            "a merge queue in dev",
            dev,
            "repo:acme/platform:ref:refs/heads/gh-readonly-queue/main/pr-7-0123",
            "refs/heads/gh-readonly-queue/main/pr-7-0123",
            PLATFORM,
            true,
        ),
        ("a pull request", dev, "repo:acme/platform:pull_request", "refs/pull/7/merge", PLATFORM, false),
        (
            "a pull request that names the environment in dev",
            dev,
            "repo:acme/platform:environment:dev",
            "refs/pull/7/merge",
            PLATFORM,
            false,
        ),
        ("another owner", dev, "repo:evil/platform:ref:refs/heads/main", MAIN, PLATFORM, false),
        ("another owner's repository of our id's name", dev, "repo:acme@1/shop@2:ref:refs/heads/main", MAIN, SHOP, false),
    ] {
        let account = if address == prod { PROD } else { DEV };
        let token = Token { subject, git_ref, repository_id };
        assert_eq!(opens(&state, address, account, &token), expect, "{what}: {address} {subject} on {git_ref}");
    }
}

/// Either kind of principal is enough for a deployer; without any there is none.
#[test]
fn a_deployer_needs_a_workflow_or_a_role_that_deploys() {
    let nothing = MANIFEST
        .replace("pipelines = [\"account/tooling/role/ci\"]\n", "")
        .replace("github = [\"acme/platform\", \"acme@12345/shop@67890\"]\n", "");
    for (lists, exists) in
        [("", false), ("pipelines = [\"account/tooling/role/ci\"]\n", true), ("github = [\"acme@12345/shop@67890\"]\n", true)]
    {
        let state = state_of(&nothing.replace("[access]\n", &format!("[access]\n{lists}")));
        let found = state.wanted.iter().any(|wanted| wanted.address.to_string() == "prod/iam-role/deployer");
        assert_eq!(found, exists, "{lists}");
    }
}

#[test]
fn refs_are_the_manifests() {
    let state = state_of(&MANIFEST.replace("[access]", "[access]\nrefs = [\"refs/heads/main\", \"refs/tags/v*\"]"));
    let trust = role(&state, "prod/iam-role/deployer").trust;
    assert!(trust.as_str().contains(r#""token.actions.githubusercontent.com:ref":["refs/heads/main","refs/tags/v*"]"#), "{trust}");
}

/// docs/ACCESS.md, "GitHub": where a merge queue's branch is trusted.
#[test]
fn a_merge_queue_is_trusted_as_documented() {
    let document = include_str!("../../../../docs/ACCESS.md");
    for sentence in [
        "| development, sandbox | any job on a branch or tag, a merge queue's (`refs/heads/gh-readonly-queue/…`) among them |",
        "on any branch or tag, a merge queue's among them |",
        "In production it is trusted only if `access.refs` covers that branch, as `refs/heads/*` does.",
    ] {
        assert!(document.contains(sentence), "docs/ACCESS.md: {sentence}");
    }
    let git_ref = "refs/heads/gh-readonly-queue/main/pr-7-0123";
    for (tier, refs, expect, without_environment) in [
        ("sandbox", MAIN, true, true),
        ("development", MAIN, true, true),
        ("staging", MAIN, true, false),
        ("production", MAIN, false, false),
        ("production", "refs/heads/*", true, false),
    ] {
        let manifest = MANIFEST.replace("tier = \"development\"", &format!("tier = \"{tier}\""));
        let state = state_of(&manifest.replace("[access]", &format!("[access]\nrefs = [\"{refs}\"]")));
        for (subject, expect) in
            [("repo:acme/platform:environment:dev".to_owned(), expect), (format!("repo:acme/platform:ref:{git_ref}"), without_environment)]
        {
            let token = Token { subject: &subject, git_ref, repository_id: PLATFORM };
            assert_eq!(opens(&state, "dev/iam-role/deployer", DEV, &token), expect, "{tier}, {refs}: {subject}");
        }
    }
}

#[test]
fn a_notice_names_an_environment_that_github_creates_unprotected() {
    let manifest = format!("{MANIFEST}\n[environments.staging]\ntier = \"staging\"\n");
    let state = state_of(&manifest);
    let gates: Vec<&str> =
        state.notices.iter().map(|notice| notice.text.as_str()).filter(|text| text.contains("GitHub makes that")).collect();
    assert_eq!(gates.len(), 2, "{gates:?}");
    assert!(
        gates[0].starts_with("workflows of acme/platform, acme/shop deploy to prod from environment `prod` on refs/heads/main"),
        "{gates:?}"
    );
    for (manifest, expected) in [
        (&manifest, "https://github.com/acme/platform/settings/environments and 1 more: required"),
        (&manifest.replace("github = [\"acme/platform\", ", "github = ["), "https://github.com/acme/shop/settings/environments: required"),
    ] {
        let state = state_of(manifest);
        let hints: Vec<&str> =
            state.notices.iter().map(|notice| notice.hint.as_str()).filter(|hint| hint.starts_with("protect it first")).collect();
        assert!(hints.len() == 2 && hints.iter().all(|hint| hint.contains(expected)), "{hints:?}");
    }
    assert!(gates[1].contains("deploy to staging from environment `staging` on any branch or tag"), "{gates:?}");
    let trust = role(&state, "staging/iam-role/deployer").trust;
    assert!(!trust.as_str().contains(":ref:refs/"), "staging has the environment form only: {trust}");
}
