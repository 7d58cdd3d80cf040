//! Guardrails asked as an account's own administrator meets them, and how large they are.

use super::probe::{Row, Who, hold};
use super::*;
use crate::kind::organizations::guardrail::CONTENT_MAX;

/// What each guardrail keeps free for what a manifest adds: access roles, actions, Regions.
const KEPT_FREE: usize = 1_500;

#[test]
fn guardrails_keep_room() {
    let said = format!("keeps {},{:03} of them free", KEPT_FREE / 1000, KEPT_FREE % 1000);
    assert!(include_str!("../../../../docs/GUARDRAILS.md").contains(&said), "docs/GUARDRAILS.md: {said}");
    for manifest in [MANIFEST.to_owned(), format!("{MANIFEST}\n[guardrails]\nidentity_providers = true\ninference_profiles = true\n")] {
        for wanted in &state_of(&manifest).wanted {
            if let Desired::Guardrail(guardrail) = &wanted.thing {
                let size = guardrail.content.as_str().len();
                println!("{}: {size} of {CONTENT_MAX}", wanted.address);
                assert!(size + KEPT_FREE <= CONTENT_MAX, "{} has {size} characters", wanted.address);
            }
        }
    }
}

/// faults/access.md 3, for administrators of an account: they are as strong as they like in it, and not beyond.
#[test]
fn an_administrator_stays_inside() {
    let state = state();
    let iam = |name: &str| format!("arn:aws:iam::{{}}:{name}");
    let (sso, saml, oidc) =
        (iam("saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE"), iam("saml-provider/okta"), iam("oidc-provider/example.com"));
    let mut rows: Vec<Row<'_>> = Vec::new();
    for action in [
        "account:AcceptPrimaryEmailUpdate",
        "account:CloseAccount",
        "account:DeleteAlternateContact",
        "account:DisableRegion",
        "account:EnableRegion",
        "account:PutAccountName",
        "account:PutAlternateContact",
        "account:PutContactInformation",
        "account:StartPrimaryEmailUpdate",
        "billing:UpdateBillingPreferences",
        "billing:UpdateIAMAccessPreference",
        "organizations:AcceptHandshake",
        "organizations:LeaveOrganization",
        "payments:CreatePaymentInstrument",
        "payments:MakePayment",
        "rolesanywhere:CreateTrustAnchor",
        "rolesanywhere:EnableTrustAnchor",
        "rolesanywhere:UpdateProfile",
        "sso:CreateInstance",
        "tax:BatchPutTaxRegistration",
    ] {
        rows.push(("", Who::Administrator, action, "*", &[]));
    }
    for (action, resource) in [
        ("iam:UpdateSAMLProvider", sso.as_str()),
        ("iam:DeleteSAMLProvider", &sso),
        ("iam:CreateSAMLProvider", &saml),
        ("iam:UpdateSAMLProvider", &saml),
        ("iam:CreateOpenIDConnectProvider", &oidc),
        ("iam:UpdateOpenIDConnectProvider", &oidc),
        ("iam:AddClientIDToOpenIDConnectProvider", &oidc),
        ("iam:RemoveClientIDFromOpenIDConnectProvider", &oidc),
        ("iam:UpdateOpenIDConnectProviderThumbprint", &oidc),
    ] {
        rows.push(("", Who::Administrator, action, resource, &[]));
    }
    for account in [DEV, PROD, TOOLING] {
        hold(&state, account, false, &rows);
    }
    let reads = [
        "account:GetContactInformation",
        "account:ListRegions",
        "billing:GetBillingPreferences",
        "iam:GetSAMLProvider",
        "iam:ListOpenIDConnectProviders",
        "payments:GetPaymentStatus",
        "sso:ListInstances",
        "tax:GetTaxRegistration",
    ];
    let reads: Vec<Row<'_>> = reads.iter().map(|action| ("a read", Who::Administrator, *action, "*", &[][..])).collect();
    hold(&state, DEV, true, &reads);
}

#[test]
fn what_is_ours_is_changed_by_nobody_else() {
    let state = state();
    let roles = ["role/landfall/reader", "role/landfall/provisioner", "role/OrganizationAccountAccessRole"];
    let writes =
        ["iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy", "iam:DeleteRole", "iam:TagRole", "iam:PassRole", "iam:SomethingOfNextYear"];
    for role in roles {
        let arn = format!("arn:aws:iam::{{}}:{role}");
        for action in writes {
            hold(&state, PROD, false, &[("", Who::Administrator, action, &arn, &[])]);
            hold(&state, PROD, true, &[("", Who::Provisioner, action, &arn, &[]), ("", Who::BreakGlass, action, &arn, &[])]);
        }
        hold(&state, PROD, true, &[("a read", Who::Administrator, "iam:GetRole", &arn, &[])]);
    }
    // A second alias hides nothing: aliases under our name are a resource of their own.
    let alias = "arn:aws:kms:eu-west-1:{}:alias/landfall/audit";
    for action in ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"] {
        hold(&state, PROD, false, &[("", Who::Administrator, action, alias, &[])]);
        hold(&state, PROD, true, &[("its own", Who::Administrator, action, "arn:aws:kms:eu-west-1:{}:alias/app", &[])]);
    }
    let ours = [("aws:ResourceTag/landfall:organization", "acme")];
    let log = "arn:aws:ec2:eu-west-1:{}:vpc-flow-log/fl-1";
    hold(&state, DEV, false, &[("our flow log", Who::Administrator, "ec2:DeleteFlowLogs", log, &ours)]);
    hold(&state, DEV, true, &[("its own flow log", Who::Administrator, "ec2:DeleteFlowLogs", log, &[])]);
}

/// faults/access.md 6: production may be hardened, and not weakened.
#[test]
fn strict_denies_what_only_weakens() {
    let state = state();
    for action in [
        "ec2:DisableEbsEncryptionByDefault",
        "ec2:DisableImageBlockPublicAccess",
        "ec2:DisableSnapshotBlockPublicAccess",
        "ec2:EnableSerialConsoleAccess",
        "ec2:CreateVpcBlockPublicAccessExclusion",
        "ec2:ModifyEbsDefaultKmsKeyId",
        "iam:CreateUser",
        "iam:CreateAccessKey",
        "iam:UploadSSHPublicKey",
    ] {
        hold(&state, PROD, false, &[("weakens", Who::Administrator, action, "*", &[])]);
        hold(&state, DEV, true, &[("not production", Who::Administrator, action, "*", &[])]);
    }
    for action in [
        "s3:PutAccountPublicAccessBlock",
        "ec2:ModifyInstanceMetadataDefaults",
        "ec2:EnableSnapshotBlockPublicAccess",
        "ec2:EnableImageBlockPublicAccess",
        "ec2:ModifyVpcBlockPublicAccessOptions",
        "ec2:EnableEbsEncryptionByDefault",
        "iam:UpdateAccessKey",
        "iam:DeleteUser",
    ] {
        hold(&state, PROD, true, &[("may strengthen", Who::Administrator, action, "*", &[])]);
    }
}

#[test]
fn other_regions_are_closed_but_for_what_knows_none() {
    let away: &[(&str, &str)] = &[("aws:RequestedRegion", "ap-south-1")];
    let profile: &[(&str, &str)] =
        &[("aws:RequestedRegion", "eu-central-1"), ("bedrock:InferenceProfileArn", "arn:aws:bedrock:eu-west-1:{}:inference-profile/eu.x")];
    let bedrock = "arn:aws:bedrock:eu-central-1::foundation-model/x";
    let plain = state();
    let open = state_of(&format!("{MANIFEST}\n[guardrails]\ninference_profiles = true\nexempt_actions = [\"wellarchitected:*\"]\n"));
    for (what, state, expect, who, action, resource, context) in [
        ("an instance elsewhere", &plain, false, Who::Administrator, "ec2:RunInstances", "*", away),
        ("an emergency elsewhere", &plain, true, Who::BreakGlass, "ec2:RunInstances", "*", away),
        ("a service without Regions", &plain, true, Who::Administrator, "purchase-orders:AddPurchaseOrder", "*", away),
        ("the console", &plain, true, Who::Administrator, "uxc:GetAccountColor", "*", away),
        ("a profile", &plain, false, Who::Administrator, "bedrock:InvokeModel", bedrock, profile),
        ("a profile, opened", &open, true, Who::Administrator, "bedrock:InvokeModel", bedrock, profile),
        ("no profile", &open, false, Who::Administrator, "bedrock:InvokeModel", bedrock, &[("aws:RequestedRegion", "eu-central-1")][..]),
        ("an action, closed", &plain, false, Who::Administrator, "wellarchitected:CreateWorkload", "*", away),
        ("an action, opened", &open, true, Who::Administrator, "wellarchitected:CreateWorkload", "*", away),
    ] {
        hold(state, DEV, expect, &[(what, who, action, resource, context)]);
    }
}

/// faults/access.md 7: who administers a pipeline's account does not make himself the pipeline.
#[test]
fn roles_that_deploy_to_production_are_ours_to_change() {
    let state = state();
    let (ci, other) = ("arn:aws:iam::{}:role/ci", "arn:aws:iam::{}:role/other");
    for action in ["iam:CreateRole", "iam:UpdateAssumeRolePolicy", "iam:DeleteRole", "iam:PutRolePolicy"] {
        hold(&state, TOOLING, false, &[("the pipeline's", Who::Administrator, action, ci, &[])]);
        hold(
            &state,
            TOOLING,
            true,
            &[("another", Who::Administrator, action, other, &[]), ("landfall's work", Who::Provisioner, action, ci, &[])],
        );
        hold(&state, DEV, true, &[("of that name elsewhere", Who::Administrator, action, ci, &[])]);
    }
    hold(&state, TOOLING, true, &[("is passed to a build", Who::Administrator, "iam:PassRole", ci, &[])]);
    let said = state.notices.iter().any(|notice| notice.text.contains("account/tooling can deploy to production, through ci"));
    assert!(said, "{:?}", state.notices);
}
