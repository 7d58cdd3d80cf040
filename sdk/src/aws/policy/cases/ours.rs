//! The patterns of landfall's guardrails, trust policies and boundary (docs/AWS.md 2.5, 3.3, 3.4, 3.5, 6.4).

use super::*;

/// Guardrails of one level: full access and these statements.
fn guarded(case: Case, statements: Value) -> Case {
    case.level(vec![everything(), statements])
}

#[test]
fn deny_root_spares_assumed_root() {
    let deny_root = json!({ "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {
        "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::*:root" }, "Null": { "aws:AssumedRoot": "true" } } });
    let naive = json!({ "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {
        "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::*:root" }, "Bool": { "aws:AssumedRoot": "false" } } });
    let root = |name, expected| case(name, expected).by(Caller::root(ACCOUNT));
    check(vec![
        guarded(root("root itself", GUARDRAIL_DENIES), deny_root.clone()),
        guarded(root("an assumed root", ALLOWED).with("aws:AssumedRoot", "true"), deny_root.clone()),
        guarded(case("a role", ALLOWED).identity(everything()), deny_root),
        guarded(root("Bool false never fires", ALLOWED), naive),
    ]);
}

#[test]
fn organization_trust() {
    let trust = json!({ "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": "sts:AssumeRole", "Condition": {
        "StringEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" }, "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::*:role/landfall/ci" } } });
    let root_trust = json!({ "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::333333333333:root" },
        "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
        "Condition": { "ArnLike": { "aws:PrincipalArn": [
            "arn:aws:iam::333333333333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_????????????????",
            "arn:aws:iam::333333333333:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Admin_????????????????"] } } });
    let with_reason = json!({ "Effect": "Allow", "Principal": { "AWS": OTHER_ACCOUNT }, "Action": "sts:AssumeRole",
        "Condition": { "Null": { "aws:RequestTag/landfall:reason": "false" } } });
    let sso =
        |name, expected, arn: &str| case(name, expected).by(Caller::role(arn, "ada")).identity(everything()).trust(root_trust.clone());
    let ours = |name, expected| outsider(case(name, expected)).with("aws:PrincipalOrgID", "o-a1b2c3d4e5");
    check(vec![
        ours("the role in the organization", ALLOWED).trust(trust.clone()),
        outsider(case("the role in another organization", NO_RESOURCE)).with("aws:PrincipalOrgID", "o-0000000000").trust(trust.clone()),
        outsider(case("the role in no organization", NO_RESOURCE)).trust(trust.clone()),
        ours("another role of the organization", NO_RESOURCE)
            .by(Caller::role("arn:aws:iam::333333333333:role/x/landfall/ci", "x"))
            .trust(trust),
        sso(
            "an Identity Center session",
            ALLOWED,
            "arn:aws:iam::333333333333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef",
        ),
        sso(
            "with the Region in its path",
            ALLOWED,
            "arn:aws:iam::333333333333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef",
        ),
        sso(
            "of another permission set",
            NO_RESOURCE,
            "arn:aws:iam::333333333333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_2_0123456789abcdef",
        ),
        outsider(case("a reason is given", ALLOWED)).with("aws:RequestTag/landfall:reason", "release 42").trust(with_reason.clone()),
        outsider(case("no reason is given", NO_RESOURCE)).trust(with_reason),
    ]);
}

#[test]
fn break_glass_trust() {
    let trust = json!({ "Effect": "Allow", "Principal": { "AWS": OTHER_ACCOUNT }, "Action": "sts:AssumeRole", "Condition": {
        "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::333333333333:user/ada" },
        "Bool": { "aws:MultiFactorAuthPresent": "true" }, "NumericLessThan": { "aws:MultiFactorAuthAge": "3600" } } });
    let ada = |name, expected| {
        case(name, expected).by(Caller::user("arn:aws:iam::333333333333:user/ada")).identity(everything()).trust(trust.clone())
    };
    check(vec![
        ada("with a fresh MFA", ALLOWED).with("aws:MultiFactorAuthPresent", "true").with("aws:MultiFactorAuthAge", "12"),
        ada("with an old MFA", NO_RESOURCE).with("aws:MultiFactorAuthPresent", "true").with("aws:MultiFactorAuthAge", "3600"),
        ada("with an access key alone", NO_RESOURCE),
    ]);
}

#[test]
fn github_trust() {
    let provider = "arn:aws:iam::222222222222:oidc-provider/token.actions.githubusercontent.com";
    let trust = json!({ "Effect": "Allow", "Principal": { "Federated": provider }, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {
        "StringEquals": { "token.actions.githubusercontent.com:aud": "sts.amazonaws.com", "token.actions.githubusercontent.com:sub": [
            "repo:acme/platform:environment:prod", "repo:acme@12345/shop@67890:environment:prod"] } } });
    let token = |name, expected, subject: &str| {
        case(name, expected)
            .by(Caller::federated(provider))
            .call("sts:AssumeRoleWithWebIdentity", "arn:aws:iam::222222222222:role/landfall/deployer")
            .with("token.actions.githubusercontent.com:aud", "sts.amazonaws.com")
            .with("token.actions.githubusercontent.com:sub", subject)
            .trust(trust.clone())
    };
    check(vec![
        token("the classic subject", ALLOWED, "repo:acme/platform:environment:prod"),
        token("the immutable subject", ALLOWED, "repo:acme@12345/shop@67890:environment:prod"),
        token("a branch", NO_RESOURCE, "repo:acme/platform:ref:refs/heads/main"),
        token("a repository that begins alike", NO_RESOURCE, "repo:acme/platform-x:environment:prod"),
        token("in other letter case", NO_RESOURCE, "repo:Acme/platform:environment:prod"),
        token("of another provider", NO_RESOURCE, "repo:acme/platform:environment:prod")
            .by(Caller::federated("arn:aws:iam::333333333333:oidc-provider/token.actions.githubusercontent.com")),
    ]);
}

#[test]
fn boundary_enforcement() {
    let boundary = "arn:aws:iam::222222222222:policy/landfall/boundary";
    let roles = "arn:aws:iam::222222222222:role/env/*";
    let role = "arn:aws:iam::222222222222:role/env/api";
    let deployer = json!([
        { "Effect": "Allow", "Action": ["iam:CreateRole", "iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:AttachRolePolicy", "iam:DetachRolePolicy",
            "iam:PutRolePermissionsBoundary"], "Resource": roles, "Condition": { "StringEquals": { "iam:PermissionsBoundary": boundary } } },
        { "Effect": "Allow", "Action": ["iam:Get*", "iam:List*", "iam:TagRole", "iam:UpdateAssumeRolePolicy", "iam:DeleteRole"], "Resource": roles },
        { "Effect": "Deny", "Action": "iam:DeleteRolePermissionsBoundary", "Resource": "*" },
        { "Effect": "Deny", "Action": ["iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:SetDefaultPolicyVersion"], "Resource": boundary },
        { "Effect": "Deny", "Action": ["iam:CreateUser", "iam:CreateAccessKey"], "Resource": "*" },
        { "Effect": "Deny", "Action": "iam:*", "Resource": "arn:aws:iam::*:role/landfall/*" },
    ]);
    let try_to = |name, expected, action: &str, resource: &str| case(name, expected).call(action, resource).identity(deployer.clone());
    check(vec![
        try_to("create with the boundary", ALLOWED, "iam:CreateRole", role).with("iam:PermissionsBoundary", boundary),
        try_to("create without a boundary", NO_IDENTITY, "iam:CreateRole", role),
        try_to("create with another boundary", NO_IDENTITY, "iam:CreateRole", role)
            .with("iam:PermissionsBoundary", "arn:aws:iam::aws:policy/AdministratorAccess"),
        try_to("swap the boundary", NO_IDENTITY, "iam:PutRolePermissionsBoundary", role)
            .with("iam:PermissionsBoundary", "arn:aws:iam::aws:policy/AdministratorAccess"),
        try_to("remove the boundary", IDENTITY_DENIES, "iam:DeleteRolePermissionsBoundary", role),
        try_to("widen the boundary", IDENTITY_DENIES, "iam:CreatePolicyVersion", boundary),
        try_to("change a role of landfall", IDENTITY_DENIES, "iam:PutRolePolicy", "arn:aws:iam::222222222222:role/landfall/provisioner")
            .with("iam:PermissionsBoundary", boundary),
        try_to("create outside the path", NO_IDENTITY, "iam:CreateRole", "arn:aws:iam::222222222222:role/api")
            .with("iam:PermissionsBoundary", boundary),
        try_to("delete a role", ALLOWED, "iam:DeleteRole", role),
    ]);
}

#[test]
fn limited_regions() {
    let limit = json!({ "Effect": "Deny", "NotAction": ["iam:*", "sts:*", "organizations:*", "ec2:DescribeRegions"], "Resource": "*", "Condition": {
        "StringNotEquals": { "aws:RequestedRegion": ["eu-west-1", "us-east-1"] },
        "ArnNotLike": { "aws:PrincipalArn": ["arn:aws:iam::*:role/landfall/provisioner", "arn:aws:iam::*:role/OrganizationAccountAccessRole"] } } });
    let call = |name, expected, action: &str, region: &str| {
        guarded(case(name, expected).call(action, "*").with("aws:RequestedRegion", region).identity(everything()), limit.clone())
    };
    check(vec![
        call("an allowed Region", ALLOWED, "ec2:RunInstances", "eu-west-1"),
        call("another Region", GUARDRAIL_DENIES, "ec2:RunInstances", "ap-south-1"),
        call("a global service", ALLOWED, "iam:CreateRole", "ap-south-1"),
        call("a single spared action", ALLOWED, "ec2:DescribeRegions", "ap-south-1"),
        call("the provisioner", ALLOWED, "ec2:DeleteVpc", "ap-south-1")
            .by(Caller::role("arn:aws:iam::222222222222:role/landfall/provisioner", "x")),
        call("a role below the provisioner's name", GUARDRAIL_DENIES, "ec2:DeleteVpc", "ap-south-1")
            .by(Caller::role("arn:aws:iam::222222222222:role/landfall/provisioner/x", "x")),
        guarded(
            case("no Region at all counts as another", GUARDRAIL_DENIES).call("ec2:RunInstances", "*").identity(everything()),
            limit.clone(),
        ),
    ]);
}

#[test]
fn audit_bucket() {
    let trail = "arn:aws:cloudtrail:eu-west-1:111111111111:trail/acme-organization";
    let statements = json!([
        { "Effect": "Allow", "Principal": { "Service": "cloudtrail.amazonaws.com" }, "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::logs/AWSLogs/o-a1b2c3d4e5/*",
            "Condition": { "StringEquals": { "s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceArn": trail } } },
        { "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"],
            "Condition": { "Bool": { "aws:SecureTransport": "false" } } },
        { "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::logs/*", "Condition": {
            "StringNotEquals": { "s3:x-amz-server-side-encryption-aws-kms-key-id": "arn:aws:kms:eu-west-1:222222222222:key/1" },
            "Null": { "s3:x-amz-server-side-encryption-aws-kms-key-id": "false" } } },
    ]);
    let put = |name, expected| {
        case(name, expected)
            .by(Caller::service("cloudtrail.amazonaws.com"))
            .call("s3:PutObject", "arn:aws:s3:::logs/AWSLogs/o-a1b2c3d4e5/1/CloudTrail/x.json.gz")
            .with("s3:x-amz-acl", "bucket-owner-full-control")
            .with("aws:SecureTransport", "true")
            .resource(statements.clone())
    };
    check(vec![
        put("the trail writes", ALLOWED).with("aws:SourceArn", trail),
        put("another trail writes", NO_RESOURCE).with("aws:SourceArn", "arn:aws:cloudtrail:eu-west-1:999999999999:trail/x"),
        put("without TLS", RESOURCE_DENIES).with("aws:SourceArn", trail).with("aws:SecureTransport", "false"),
        put("with another key", RESOURCE_DENIES)
            .with("aws:SourceArn", trail)
            .with("s3:x-amz-server-side-encryption-aws-kms-key-id", "arn:aws:kms:x"),
    ]);
}
