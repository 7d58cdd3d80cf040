//! Planners may assume `auditor` in every account, beside its other principals, and nothing else.

use super::*;

/// Returns the principals that each role trusts, by its address.
fn trusts(manifest: &str) -> BTreeMap<String, String> {
    let roles = desired(&organization_of(manifest)).wanted.into_iter().filter_map(|wanted| match wanted.thing {
        Desired::IamRole(role) => Some((wanted.address.to_string(), role.trusts)),
        _ => None,
    });
    roles.collect()
}

#[test]
fn planners_may_assume_auditor_and_no_other_role() {
    for auditors in ["", "auditors = [\"sso:SecurityAudit\"]\n"] {
        let without = MANIFEST.replace("[access]\n", &format!("[access]\n{auditors}"));
        let with = without.replace("[access]\n", "[access]\nplanners = [\"account/management/role/plan\"]\n");
        let (before, after) = (trusts(&without), trusts(&with));
        assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
        for (address, was) in &before {
            let expected = if address.ends_with("/auditor") { format!("{was}, account/management/role/plan") } else { was.clone() };
            assert_eq!(after[address], expected, "{address}");
        }
        assert_eq!(after.keys().filter(|address| address.ends_with("/auditor")).count(), 4, "every account has one: {after:?}");
    }
}
