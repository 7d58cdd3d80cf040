//! The notices of a plan about principals that a named role trusts.

use std::collections::BTreeSet;

use super::{MANIFEST, planned};
use crate::address::Scope;
use crate::kind::Observed;
use crate::kind::iam::role::{self, Local};

/// A role of tooling that trusts these; MANIFEST names `role/ci`.
fn role(path: &str, name: &str, trusts: &[Local]) -> Observed {
    Observed::IamRole(role::Observed {
        arn: format!("arn:aws:iam::222200000001:role{path}{name}"),
        name: name.to_owned(),
        path: path.to_owned(),
        detail: None,
        exposed: role::Exposed { trusts: trusts.iter().cloned().collect::<BTreeSet<_>>(), ..role::Exposed::default() },
        tags: std::collections::BTreeMap::new(),
    })
}

#[test]
fn whom_a_named_role_lets_in_is_kept_or_a_notice() {
    let principal = |resource: &str| Local::Principal(resource.to_owned());
    let provider = |resource: &str| Local::Provider(resource.to_owned());
    let administers = |who: &str| {
        format!(
            "account/tooling/role/ci lets in {who}: an administrator of account/tooling can create or change that, and so use the role \
             wherever the manifest names it"
        )
    };
    let runs = |who: &str| {
        format!("account/tooling/role/ci lets in {who}: anyone who controls that can use the role wherever the manifest names it")
    };
    let also = MANIFEST.replace("[accounts.tooling]", "auditors = [\"account/tooling/role/team/builder\"]\n[accounts.tooling]");
    for (manifest, path, name, trusts, expected) in [
        (MANIFEST, "/", "ci", vec![principal("role/builder")], vec![administers("role/builder")]),
        (MANIFEST, "/", "ci", vec![principal("role/team/builder")], vec![administers("role/team/builder")]),
        // Named too, so kept.
        (&also, "/", "ci", vec![principal("role/team/builder")], vec![]),
        (MANIFEST, "/", "ci", vec![principal("user/ada"), Local::Account], vec![administers("its own account as a whole and user/ada")]),
        (
            MANIFEST,
            "/",
            "ci",
            vec![principal("role/builder"), provider("saml-provider/okta")],
            vec![administers("role/builder"), runs("saml-provider/okta")],
        ),
        (
            MANIFEST,
            "/",
            "ci",
            vec![provider("oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/1")],
            vec![runs("oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/1")],
        ),
        // Principals of other owners that no one in the account can change.
        (
            MANIFEST,
            "/",
            "ci",
            vec![provider("oidc-provider/token.actions.githubusercontent.com"), provider("saml-provider/AWSSSO_1")],
            vec![],
        ),
        (
            MANIFEST,
            "/",
            "ci",
            vec![
                principal("role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_X_*"),
                principal("role/landfall/deployer"),
                principal("role/OrganizationAccountAccessRole"),
                principal("role/ci"),
            ],
            vec![],
        ),
        (MANIFEST, "/", "ci", vec![], vec![]),
        // Roles that the manifest does not name.
        (MANIFEST, "/", "cd", vec![Local::Account], vec![]),
        (MANIFEST, "/team/", "ci", vec![Local::Account], vec![]),
    ] {
        let plan = planned(manifest, |world| {
            world.things.push((Scope::Account("tooling".parse().expect("valid")), role(path, name, &trusts)));
        });
        let said: Vec<&str> = plan
            .notices
            .iter()
            .filter(|notice| notice.weighty)
            .map(|notice| notice.text.as_str())
            .filter(|text| text.contains("lets in"))
            .collect();
        assert_eq!(said, expected, "{path}{name} {trusts:?}");
    }
}
