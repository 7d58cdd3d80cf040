//! The boundary: what it denies a deployer and each role that it creates; and that common tools work under it.

use super::probe::{Asked, Row, Who, hold};
use super::*;

const BOUNDARY: (&str, &str) = ("iam:PermissionsBoundary", "arn:aws:iam::{}:policy/landfall/boundary");
const BOTH: [Who; 2] = [Who::Deployer, Who::Made];

/// Writes to a role that support its boundary as a condition (Service Authorization Reference, IAM).
const BOUNDED: &[&str] = &[
    "iam:AttachRolePolicy",
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PutRolePolicy",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
    "iam:UpdateRoleDescription",
];

fn refused(account: &str, rows: &[Asked<'_>]) {
    let state = state();
    for who in BOTH {
        let rows: Vec<Row<'_>> = rows.iter().map(|(action, resource, context)| ("", who, *action, *resource, *context)).collect();
        hold(&state, account, false, &rows);
    }
}

fn allowed(state: &DesiredState, rows: &[Asked<'_>]) {
    for who in BOTH {
        let rows: Vec<Row<'_>> = rows.iter().map(|(action, resource, context)| ("", who, *action, *resource, *context)).collect();
        hold(state, DEV, true, &rows);
    }
}

#[test]
fn roles_without_landfalls_boundary_cannot_be_changed() {
    const ADMINISTRATOR: (&str, &str) = ("iam:PermissionsBoundary", "arn:aws:iam::aws:policy/AdministratorAccess");
    for role in ["human-admin", "stacksets-exec-1", "AWSControlTowerExecution", "cdk-hnb659fds-cfn-exec-role-1-eu-west-1", "x/landfall/y"] {
        let arn = format!("arn:aws:iam::{{}}:role/{role}");
        for context in [&[][..], &[ADMINISTRATOR]] {
            let rows: Vec<_> = BOUNDED.iter().map(|action| (*action, arn.as_str(), context)).collect();
            refused(DEV, &rows);
        }
        let rows: Vec<_> = BOUNDED.iter().map(|action| (*action, arn.as_str(), &[BOUNDARY][..])).collect();
        allowed(&state(), &rows);
        refused(DEV, &[("iam:DeleteRolePermissionsBoundary", arn.as_str(), &[BOUNDARY])]);
    }
}

#[test]
fn a_deployer_cannot_change_pass_or_assume_protected_roles() {
    let mut manifest = MANIFEST.replace("[access]", "[access]\nprotected_roles = [\"AWSControlTowerExecution\", \"stacksets-exec-*\"]");
    manifest = manifest.replace("[access]", "[access]\nprotected_policies = [\"people/*\"]");
    let state = state_of(&manifest);
    let roles = [
        "landfall/provisioner",
        "landfall/anything",
        "OrganizationAccountAccessRole",
        "aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_AdministratorAccess_0123456789abcdef",
        "AWSControlTowerExecution",
        "stacksets-exec-0123",
    ];
    for role in roles {
        let arn = format!("arn:aws:iam::{{}}:role/{role}");
        for who in BOTH {
            let passed = [("iam:PassedToService", "lambda.amazonaws.com")];
            let mut rows: Vec<Row<'_>> = BOUNDED.iter().map(|action| ("", who, *action, arn.as_str(), &[BOUNDARY][..])).collect();
            rows.extend([
                ("", who, "iam:PassRole", arn.as_str(), &passed[..]),
                ("", who, "sts:AssumeRole", arn.as_str(), &[]),
                ("", who, "iam:TagRole", arn.as_str(), &[]),
                ("", who, "iam:SomethingOfNextYear", arn.as_str(), &[]),
            ]);
            hold(&state, DEV, false, &rows);
            hold(&state, DEV, true, &[("", who, "iam:GetRole", arn.as_str(), &[])]);
        }
    }
    for policy in ["landfall/boundary", "landfall/x", "people/auditing"] {
        let arn = format!("arn:aws:iam::{{}}:policy/{policy}");
        for who in BOTH {
            let writes =
                ["iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:SetDefaultPolicyVersion", "iam:TagPolicy"];
            let rows: Vec<Row<'_>> = writes.iter().map(|action| ("", who, *action, arn.as_str(), &[][..])).collect();
            hold(&state, DEV, false, &rows);
        }
    }
}

/// Each escapes the boundary, or the account, for a caller that may do everything else.
#[test]
fn escapes_are_denied() {
    let iam = |name: &str| format!("arn:aws:iam::{{}}:{name}");
    let (user, group, sso) = (iam("user/ada"), iam("group/admins"), iam("saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE"));
    let (saml, oidc) = (iam("saml-provider/okta"), iam("oidc-provider/token.actions.githubusercontent.com"));
    let mut rows: Vec<Asked<'_>> = Vec::new();
    for action in [
        "iam:AddUserToGroup",
        "iam:AttachUserPolicy",
        "iam:CreateAccessKey",
        "iam:CreateLoginProfile",
        "iam:CreateServiceSpecificCredential",
        "iam:CreateUser",
        "iam:DeactivateMFADevice",
        "iam:DeleteUserPermissionsBoundary",
        "iam:PutUserPolicy",
        "iam:ResetServiceSpecificCredential",
        "iam:UpdateAccessKey",
        "iam:UpdateLoginProfile",
        "iam:UploadSSHPublicKey",
        "iam:UploadSigningCertificate",
    ] {
        rows.push((action, &user, &[]));
    }
    rows.extend([
        ("iam:AttachGroupPolicy", group.as_str(), &[][..]),
        ("iam:PutGroupPolicy", &group, &[]),
        ("iam:CreateGroup", &group, &[]),
    ]);
    rows.extend([
        ("iam:UpdateSAMLProvider", sso.as_str(), &[][..]),
        ("iam:DeleteSAMLProvider", &sso, &[]),
        ("iam:CreateSAMLProvider", &saml, &[]),
    ]);
    for action in [
        "iam:AddClientIDToOpenIDConnectProvider",
        "iam:CreateOpenIDConnectProvider",
        "iam:DeleteOpenIDConnectProvider",
        "iam:UpdateOpenIDConnectProvider",
        "iam:UpdateOpenIDConnectProviderThumbprint",
    ] {
        rows.push((action, &oidc, &[]));
    }
    for action in [
        "account-access:CreateApplication",
        "account-access:CreateEntitlement",
        "account:CloseAccount",
        "account:DisableRegion",
        "account:EnableRegion",
        "account:PutAlternateContact",
        "account:PutContactInformation",
        "billing:UpdateBillingPreferences",
        "billing:UpdateIAMAccessPreference",
        "iam:AcceptDelegationRequest",
        "iam:AcquireRole",
        "iam:CreateAccountAlias",
        "iam:EnableOutboundWebIdentityFederation",
        "iam:PutAccountProperties",
        "iam:SendDelegationToken",
        "iam:SetSecurityTokenServicePreferences",
        "iam:SomethingOfNextYear",
        "iam:UpdateAccountPasswordPolicy",
        "organizations:AcceptHandshake",
        "organizations:LeaveOrganization",
        "payments:CreatePaymentInstrument",
        "rolesanywhere:CreateTrustAnchor",
        "sso:CreateInstance",
        "sts:AssumeRoot",
        "tax:PutTaxRegistration",
    ] {
        rows.push((action, "*", &[]));
    }
    refused(DEV, &rows);
    refused(PROD, &rows);
}

/// The IAM calls of `cdk bootstrap` with `--custom-permissions-boundary landfall/boundary` (npm aws-cdk 2.1148,
/// lib/api/bootstrap/bootstrap-template.yaml: five roles, two inline policies), of a SAM application (a function's role, with the
/// property `PermissionsBoundary`), and of Terraform's EKS module (cluster, node and IRSA roles with `permissions_boundary`, policies,
/// instance profiles, service-linked roles).
#[test]
fn common_tools_work_under_it() {
    let services = ["cloudformation", "lambda", "eks", "ec2", "ecs-tasks"].map(|service| format!("{service}.amazonaws.com"));
    let roles = [
        "cdk-hnb659fds-cfn-exec-role-222200000002-eu-west-1",
        "cdk-hnb659fds-deploy-role-222200000002-eu-west-1",
        "cdk-hnb659fds-file-publishing-role-222200000002-eu-west-1",
        "cdk-hnb659fds-image-publishing-role-222200000002-eu-west-1",
        "cdk-hnb659fds-lookup-role-222200000002-eu-west-1",
        "sam-app-HelloWorldFunctionRole-1ABC",
        "eks-cluster-20260927",
        "node-group/eks-node-20260927",
        "irsa/ebs-csi",
    ];
    let state = state();
    for role in roles {
        let arn = format!("arn:aws:iam::{{}}:role/{role}");
        let mut rows: Vec<Asked<'_>> = BOUNDED.iter().map(|action| (*action, arn.as_str(), &[BOUNDARY][..])).collect();
        for action in [
            "iam:GetRole",
            "iam:GetRolePolicy",
            "iam:ListAttachedRolePolicies",
            "iam:ListInstanceProfilesForRole",
            "iam:ListRolePolicies",
            "iam:TagRole",
            "iam:UntagRole",
        ] {
            rows.push((action, &arn, &[]));
        }
        let passed: Vec<[(&str, &str); 1]> = services.iter().map(|service| [("iam:PassedToService", service.as_str())]).collect();
        rows.extend(passed.iter().map(|context| ("iam:PassRole", arn.as_str(), &context[..])));
        rows.push(("sts:AssumeRole", &arn, &[]));
        allowed(&state, &rows);
    }
    let iam = |name: &str| format!("arn:aws:iam::{{}}:{name}");
    let (policy, profile, linked) =
        (iam("policy/eks-csi"), iam("instance-profile/eks"), iam("role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS"));
    let mut rows: Vec<Asked<'_>> = Vec::new();
    for action in [
        "iam:CreatePolicy",
        "iam:CreatePolicyVersion",
        "iam:DeletePolicy",
        "iam:DeletePolicyVersion",
        "iam:GetPolicy",
        "iam:GetPolicyVersion",
        "iam:ListPolicyVersions",
        "iam:SetDefaultPolicyVersion",
        "iam:TagPolicy",
        "iam:UntagPolicy",
    ] {
        rows.push((action, &policy, &[]));
    }
    for action in [
        "iam:AddRoleToInstanceProfile",
        "iam:CreateInstanceProfile",
        "iam:DeleteInstanceProfile",
        "iam:GetInstanceProfile",
        "iam:RemoveRoleFromInstanceProfile",
        "iam:TagInstanceProfile",
        "iam:UntagInstanceProfile",
    ] {
        rows.push((action, &profile, &[]));
    }
    rows.extend([("iam:CreateServiceLinkedRole", linked.as_str(), &[][..]), ("iam:DeleteServiceLinkedRole", &linked, &[])]);
    rows.extend([
        ("cloudformation:CreateChangeSet", "arn:aws:cloudformation:eu-west-1:{}:stack/CDKToolkit/*", &[][..]),
        ("s3:CreateBucket", "arn:aws:s3:::cdk-hnb659fds-assets-222200000002-eu-west-1", &[]),
        ("ecr:CreateRepository", "arn:aws:ecr:eu-west-1:{}:repository/cdk", &[]),
        ("kms:CreateKey", "*", &[]),
        ("ssm:PutParameter", "arn:aws:ssm:eu-west-1:{}:parameter/cdk-bootstrap/hnb659fds/version", &[]),
        ("ssm:PutParameter", "arn:aws:ssm:eu-west-1:{}:parameter/landfall/releases/x", &[]),
        ("sts:GetCallerIdentity", "*", &[]),
    ]);
    allowed(&state, &rows);
    for who in BOTH {
        hold(&state, DEV, true, &[("", who, "sts:AssumeRole", "arn:aws:iam::333333333333:role/partner", &[])]);
    }
}

#[test]
fn identity_providers_open_with_their_switch() {
    let cluster = "arn:aws:iam::{}:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/0123";
    let github = "arn:aws:iam::{}:oidc-provider/token.actions.githubusercontent.com";
    let (closed, open) = (state(), state_of(&format!("{MANIFEST}\n[guardrails]\nidentity_providers = true\n")));
    for who in [Who::Deployer, Who::Made, Who::Administrator] {
        for action in ["iam:CreateOpenIDConnectProvider", "iam:DeleteOpenIDConnectProvider", "iam:UpdateOpenIDConnectProviderThumbprint"] {
            hold(&closed, DEV, false, &[("closed", who, action, cluster, &[])]);
            hold(&open, DEV, true, &[("open", who, action, cluster, &[])]);
            hold(&open, DEV, false, &[("GitHub's is landfall's", who, action, github, &[])]);
        }
    }
    let saml = "arn:aws:iam::{}:saml-provider/okta";
    for who in [Who::Deployer, Who::Made, Who::Administrator] {
        hold(&open, DEV, false, &[("admits people from outside", who, "iam:CreateSAMLProvider", saml, &[])]);
        hold(&open, DEV, false, &[("admits machines from outside", who, "rolesanywhere:CreateTrustAnchor", "*", &[])]);
    }
    hold(
        &open,
        DEV,
        false,
        &[(
            "never Identity Center's",
            Who::Administrator,
            "iam:UpdateSAMLProvider",
            "arn:aws:iam::{}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE",
            &[],
        )],
    );
}

/// A deployer cannot change a role that other accounts trust, whichever list of the manifest names it.
#[test]
fn a_deployer_cannot_change_roles_that_other_accounts_trust() {
    let plain = MANIFEST.replace("pipelines = [\"account/tooling/role/ci\"]\n", "");
    for (list, form) in [
        ("pipelines", "account/dev/role/ci"),
        ("auditors", "account/dev/role/ci"),
        ("planners", "account/management/role/ci"),
        ("trust", "account/dev/role/ci"),
    ] {
        let manifest = match list {
            "trust" => plain.replace("trust = [\"account/tooling\"]", &format!("trust = [\"{form}\"]")),
            _ => plain.replace("[access]", &format!("[access]\n{list} = [\"{form}\"]")),
        };
        let (state, is_kept) = (state_of(&manifest), list != "planners");
        let role = "arn:aws:iam::{}:role/ci";
        for who in BOTH {
            for service in ["codebuild.amazonaws.com", "ec2.amazonaws.com", "lambda.amazonaws.com"] {
                let passed = [("iam:PassedToService", service)];
                hold(&state, DEV, !is_kept, &[(list, who, "iam:PassRole", role, &passed)]);
            }
            hold(&state, DEV, !is_kept, &[(list, who, "sts:AssumeRole", role, &[]), (list, who, "iam:PutRolePolicy", role, &[BOUNDARY])]);
            hold(&state, PROD, true, &[("of that name elsewhere", Who::Made, "sts:AssumeRole", role, &[])]);
        }
        let noticed = |text: &str| state.notices.iter().any(|notice| notice.text.contains(text));
        assert_eq!(
            noticed("account/dev can deploy to production, through ci: its administrators and deployers"),
            matches!(list, "pipelines" | "trust"),
            "{list}: {:?}",
            state.notices
        );
    }
}
