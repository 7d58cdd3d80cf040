//! What the guardrails deny an account's own administrator, and how large they are.

use super::probe::{Row, Who, hold};
use super::*;
use crate::aws::quotas::policy_characters;

/// Characters that each guardrail keeps free for additions of a manifest: access roles, actions, Regions.
const KEPT_FREE: usize = 1_500;

#[test]
fn guardrails_keep_room() {
    let sentence = format!("keeps {},{:03} of them free", KEPT_FREE / 1000, KEPT_FREE % 1000);
    assert!(include_str!("../../../../docs/GUARDRAILS.md").contains(&sentence), "docs/GUARDRAILS.md: {sentence}");
    for manifest in [MANIFEST.to_owned(), format!("{MANIFEST}\n[guardrails]\nidentity_providers = true\ninference_profiles = true\n")] {
        for wanted in &state_of(&manifest).wanted {
            if let Desired::Guardrail(guardrail) = &wanted.thing {
                let size = guardrail.content.as_str().len();
                let most = policy_characters(guardrail.policy_type);
                println!("{}: {size} of {most}", wanted.address);
                assert!(size + KEPT_FREE <= most, "{} has {size} characters", wanted.address);
            }
        }
    }
}

/// An administrator may do everything in its account, and nothing beyond.
#[test]
fn an_administrator_is_confined_to_the_account() {
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
        "rolesanywhere:DeleteAttributeMapping",
        "rolesanywhere:DeleteCrl",
        "rolesanywhere:DisableCrl",
        "rolesanywhere:ImportCrl",
        "rolesanywhere:PutAttributeMapping",
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
        "rolesanywhere:GetCrl",
        "sso:ListInstances",
        "tax:GetTaxRegistration",
    ];
    let reads: Vec<Row<'_>> = reads.iter().map(|action| ("a read", Who::Administrator, *action, "*", &[][..])).collect();
    hold(&state, DEV, true, &reads);
}

#[test]
fn only_landfall_changes_its_resources() {
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
    // A second alias does not help: aliases under landfall's name are their own resource.
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

/// What landfall sets in every account stays, in development, too; other settings of the same services are the account's.
#[test]
fn settings_are_changed_by_landfall_only() {
    let state = state();
    let setting = |name: &str| format!("arn:aws:ssm:eu-west-1:{{}}:servicesetting/ssm/{name}");
    let (sharing, tier) = (setting("documents/console/public-sharing-permission"), setting("parameter-store/default-parameter-tier"));
    for (action, resource) in [
        ("account:PutAlternateContact", "*"),
        ("ec2:CreateDefaultVpc", "*"),
        ("ec2:DisableEbsEncryptionByDefault", "*"),
        ("iam:DeleteAccountPasswordPolicy", "*"),
        ("iam:UpdateAccountPasswordPolicy", "*"),
        ("ssm:ResetServiceSetting", &sharing),
        ("ssm:UpdateServiceSetting", &sharing),
    ] {
        for account in [DEV, PROD] {
            hold(&state, account, false, &[("a setting of landfall's", Who::Administrator, action, resource, &[])]);
            hold(&state, account, true, &[("landfall", Who::Provisioner, action, resource, &[])]);
        }
    }
    hold(&state, DEV, true, &[("its own setting", Who::Administrator, "ssm:UpdateServiceSetting", &tier, &[])]);
}

/// Production may be hardened, but not weakened.
#[test]
fn strict_denies_what_only_weakens() {
    let state = state();
    for action in [
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
fn other_regions_are_denied_except_to_services_without_regions() {
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

/// An administrator of a pipeline's account cannot become the pipeline.
#[test]
fn only_landfall_changes_roles_that_deploy_to_production() {
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
    let is_noticed = state.notices.iter().any(|notice| notice.text.contains("account/tooling can deploy to production, through ci"));
    assert!(is_noticed, "{:?}", state.notices);
}

/// Programs find the roles that they assume in the index of environments: where it is in a member account, only landfall writes it.
#[test]
fn only_landfall_changes_the_index_of_a_member_account() {
    let index = "arn:aws:ssm:eu-west-1:{}:parameter/landfall/environments/prod/accounts";
    let own = "arn:aws:ssm:eu-west-1:{}:parameter/app/url";
    for (place, is_kept) in [("\"tooling\"", true), ("\"management\", \"tooling\"", true), ("\"management\"", false)] {
        let state = state_of(&MANIFEST.replace("[access]", &format!("[access]\nindex = [{place}]")));
        for action in ["ssm:PutParameter", "ssm:DeleteParameters", "ssm:AddTagsToResource"] {
            hold(&state, TOOLING, !is_kept, &[(place, Who::Administrator, action, index, &[])]);
            let free = [("landfall's work", Who::Provisioner, action, index, &[][..]), ("its own", Who::Administrator, action, own, &[])];
            hold(&state, TOOLING, true, &free);
        }
    }
}

/// An administrator cannot create or change a principal that other accounts trust: for every list of principals, and every form
/// that names a role or a user.
#[test]
fn only_landfall_changes_roles_that_other_accounts_trust() {
    let plain = MANIFEST
        .replace("pipelines = [\"account/tooling/role/ci\"]\n", "")
        .replace("trust = [\"account/tooling\"]\n", "trust = [\"sso:X\"]\n");
    assert!(!hangs(&state_of(&plain), "account:tooling/pipelines"));
    let lists = ["operators", "pipelines", "auditors", "trust"];
    let forms = [
        ("account/tooling/role/bot", "role/bot"),
        ("account/tooling/role/team/bot", "role/team/bot"),
        ("arn:aws:iam::222200000004:role/bot", "role/bot"),
        ("arn:aws:iam::222200000004:role/bot-*", "role/bot-7"),
        ("arn:aws:iam::222200000004:user/bot", "user/bot"),
    ];
    let adopted = plain.replace("unit = \"Infrastructure\"", "unit = \"Infrastructure\"\nid = \"222200000004\"");
    for list in lists {
        for (form, resource) in forms {
            let mut manifest: String =
                adopted.lines().filter(|line| !line.starts_with(&format!("{list} ="))).fold(String::new(), |text, line| text + line + "\n");
            manifest = match list {
                "trust" => manifest.replace("[roles.release-bot]", &format!("[roles.release-bot]\ntrust = [\"{form}\"]")),
                _ => manifest.replace("[access]", &format!("[access]\n{list} = [\"{form}\"]")),
            };
            let state = state_of(&manifest);
            let what = format!("{list} = {form}");
            assert!(hangs(&state, "account:tooling/pipelines"), "{what}");
            let arn = format!("arn:aws:iam::{{}}:{resource}");
            let kind = if resource.starts_with("user/") { "User" } else { "Role" };
            for action in [
                format!("iam:Create{kind}"),
                format!("iam:Delete{kind}"),
                format!("iam:Put{kind}Policy"),
                format!("iam:Attach{kind}Policy"),
                format!("iam:Update{kind}"),
                "iam:UpdateAssumeRolePolicy".to_owned(),
                "iam:CreateAccessKey".to_owned(),
                "iam:SomethingOfNextYear".to_owned(),
            ] {
                hold(&state, TOOLING, false, &[(&what, Who::Administrator, &action, &arn, &[])]);
                hold(
                    &state,
                    TOOLING,
                    true,
                    &[
                        ("landfall's work", Who::Provisioner, &action, &arn, &[]),
                        ("an emergency", Who::BreakGlass, &action, &arn, &[]),
                        ("its own", Who::Administrator, &action, "arn:aws:iam::{}:role/other", &[]),
                    ],
                );
            }
            hold(&state, TOOLING, true, &[("can be read", Who::Administrator, "iam:GetRole", &arn, &[])]);
        }
    }
}

/// Principals that no administrator of a member account can create, and those that no guardrail can protect.
#[test]
fn principals_that_no_administrator_can_create_need_no_guardrail() {
    let plain = MANIFEST.replace("pipelines = [\"account/tooling/role/ci\"]\n", "");
    for form in [
        "sso:Engineers@tooling",
        "account/tooling/role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_X_0123456789abcdef",
        "account/tooling",
        "account/management/role/bot",
        "arn:aws:iam::999999999999:role/bot",
        "github:acme/other",
    ] {
        let state = state_of(&plain.replace("[access]", &format!("[access]\nauditors = [\"{form}\"]")));
        assert!(!hangs(&state, "account:tooling/pipelines"), "{form}");
        let whole =
            state.notices.iter().any(|notice| notice.text.starts_with("every administrator of account/tooling can get into auditor"));
        assert_eq!(whole, form == "account/tooling", "{form}: {:?}", state.notices);
    }
}

fn hangs(state: &DesiredState, name: &str) -> bool {
    state.wanted.iter().any(|wanted| wanted.address.kind() == "attachment" && wanted.address.name() == name)
}
