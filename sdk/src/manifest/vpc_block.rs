//! VPC block public access: what the baselines of the file, an environment and an account say of it, and networks that it would cut off.

use std::collections::BTreeMap;
use std::ops::Range;

use super::backups::policy;
use super::raw::{self, Raw};
use crate::model::{Account, Nat, SubnetKind, VpcBlock, VpcBlockMode};
use crate::name::{AccountKey, EnvironmentName};
use crate::written::diagnostic::{Diagnostic, Diagnostics};
use crate::written::section::Spanned;

/// Returns what an account's VPCs are cut off from, of what is written from its own section up to the file's.
pub(super) fn block(written: &[&raw::Baseline], account: (&AccountKey, bool), environment: Option<&EnvironmentName>) -> Option<VpcBlock> {
    let mode = { written.iter() }.find_map(|baseline| baseline.vpc_block.as_ref())?.value?;
    Some(VpcBlock { policy: policy([VpcBlock::POLICY, VpcBlock::OWN_POLICY], account, environment), mode })
}

/// Reports modes that cut off what landfall builds in an account: its NAT gateways, or public subnets that serve nothing else.
pub(super) fn check(raw: &Raw, accounts: &[Account], diagnostics: &mut Diagnostics) {
    let mut cut: BTreeMap<(usize, usize), (Diagnostic, usize)> = BTreeMap::new();
    for account in accounts {
        let Some((span, place)) = decides(raw, account) else { continue };
        let Some((message, help)) = problem(account) else { continue };
        cut.entry((span.start, span.end)).and_modify(|(_, others)| *others += 1).or_insert_with(|| {
            let diagnostic = Diagnostic::error(span, message).with_hint(help);
            let related = place.map(|place| (place, format!("the network of `{}`", account.key)));
            (related.into_iter().fold(diagnostic, |diagnostic, (place, text)| diagnostic.with_related(place, text)), 0)
        });
    }
    for (diagnostic, others) in cut.into_values() {
        let label = match others {
            0 => None,
            1 => Some("and those of 1 other account".to_owned()),
            others => Some(format!("and those of {others} other accounts")),
        };
        diagnostics.report(label.into_iter().fold(diagnostic, Diagnostic::with_label));
    }
}

/// Returns where the mode of an account is written, and the block of its network.
fn decides(raw: &Raw, account: &Account) -> Option<(Range<usize>, Option<Range<usize>>)> {
    let section = raw.accounts.iter().find(|named| named.name.as_ref() == Some(&account.key)).map(|named| &named.body);
    let environment =
        raw.environments.iter().find(|named| named.name.is_some() && named.name == account.environment).map(|named| &named.body);
    let baselines = [section.map(|section| &section.baseline), environment.map(|environment| &environment.baseline), Some(&raw.baseline)];
    let mode = baselines.into_iter().flatten().find_map(|baseline| baseline.vpc_block.as_ref())?;
    let networks = [section.and_then(|section| section.network.as_ref()), environment.and_then(|environment| environment.network.as_ref())];
    let network = networks.into_iter().flatten().find_map(|network| network.cidr.as_ref());
    Some((mode.span.clone(), network.map(|cidr: &Spanned<_>| cidr.span.clone())))
}

/// Returns what the mode of an account cuts off in its network, and what to write instead.
fn problem(account: &Account) -> Option<(String, String)> {
    let (block, network) = (account.baseline.vpc_block.as_ref()?, account.network.as_ref()?);
    let (mode, key) = (block.mode.as_str(), &account.key);
    let cuts = |what: &str| format!("`vpc_block_public_access = \"{mode}\"` cuts off the {what} of `{key}`");
    match (block.mode, network.nat) {
        (VpcBlockMode::Bidirectional, Nat::Single | Nat::PerAz) => Some((
            cuts("NAT gateways"),
            "write \"block-ingress\", which lets NAT gateways work and closes everything else, or a network with nat = \"none\" and no public \
             subnets"
                .to_owned(),
        )),
        // Without a NAT gateway in them, public subnets are there to be reached.
        (_, Nat::None) if network.subnets.contains(&SubnetKind::Public) => Some((
            cuts("public subnets"),
            "leave \"public\" out of the `subnets` of its network, or write \"off\" in its baseline: without NAT gateways these subnets have no \
             other use"
                .to_owned(),
        )),
        (VpcBlockMode::Ingress, Nat::Single | Nat::PerAz) | (_, Nat::None) => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::manifest::{Source, parse};

    const MANIFEST: &str = r#"
schema = 1
[organization]
name = "acme"
email = "aws+{account}@acme.example"
region = "eu-west-1"
regions = ["eu-west-1"]
[accounts.tooling]
unit = "Infrastructure"
[environments.dev]
tier = "development"
"#;

    /// Returns the policy and mode of each account that has one; else the first mistake, its hint, and how many there are.
    fn blocks(more: &str) -> Result<Vec<String>, (String, String, usize)> {
        let source = Source { name: "m".to_owned(), text: format!("{MANIFEST}{more}") };
        let parsed = parse(&source, &|_| Err("no files".to_owned()));
        let Some(organization) = parsed.organization else {
            let first = &parsed.diagnostics[0];
            let line = first.one_line(&source);
            assert!(line.starts_with("m:"), "{line}");
            return Err((first.message.clone(), first.hint.clone().unwrap_or_default(), parsed.diagnostics.len()));
        };
        let with = organization.accounts.values().filter_map(|account| Some((&account.key, account.baseline.vpc_block.as_ref()?)));
        Ok(with.map(|(key, block)| format!("{key} {} {}", block.policy, block.mode.as_str())).collect())
    }

    #[test]
    fn the_most_specific_baseline_decides_and_its_owner_names_the_policy() {
        let of = |more: &str| blocks(more).expect("right");
        assert_eq!(of(""), [""; 0]);
        assert_eq!(
            of("[baseline]\nvpc_block_public_access = \"block-ingress\"\n"),
            ["dev vpc-access-dev block-ingress", "log-archive vpc-access block-ingress", "tooling vpc-access block-ingress"]
        );
        assert_eq!(
            of("[environments.dev.baseline]\nvpc_block_public_access = \"block-bidirectional\"\n"),
            ["dev vpc-access-dev block-bidirectional"]
        );
        let own = "[baseline]\nvpc_block_public_access = \"block-ingress\"\n[accounts.dev.baseline]\nvpc_block_public_access = \
                   \"block-bidirectional\"\n[accounts.tooling.baseline]\nvpc_block_public_access = \"off\"\n";
        assert_eq!(of(own), ["dev own-vpc-access-dev block-bidirectional", "log-archive vpc-access block-ingress"]);
    }

    #[test]
    fn a_mode_that_cuts_off_the_accounts_own_network_is_a_mistake() {
        let with = |network: &str, mode: &str| {
            blocks(&format!(
                "network = {{ cidr = \"10.16.0.0/16\", {network} }}\n[environments.dev.baseline]\nvpc_block_public_access = \"{mode}\"\n"
            ))
        };
        let (nat, public, closed) =
            ("nat = \"single\"", "nat = \"none\", subnets = [\"public\", \"private\"]", "nat = \"none\", subnets = [\"private\"]");
        for (network, mode, mistake) in [
            (nat, "off", None),
            (nat, "block-ingress", None),
            (nat, "block-bidirectional", Some(("NAT gateways", "write \"block-ingress\", which lets NAT gateways work"))),
            (public, "off", None),
            (public, "block-ingress", Some(("public subnets", "leave \"public\" out of the `subnets`"))),
            (public, "block-bidirectional", Some(("public subnets", "leave \"public\" out of the `subnets`"))),
            (closed, "block-ingress", None),
            (closed, "block-bidirectional", None),
        ] {
            let found = with(network, mode);
            let Some((what, help)) = mistake else {
                assert!(found.is_ok(), "{network} {mode}: {found:?}");
                continue;
            };
            let (message, hint, count) = found.expect_err(mode);
            assert_eq!(message, format!("`vpc_block_public_access = \"{mode}\"` cuts off the {what} of `dev`"));
            assert!(hint.starts_with(help) && count == 1, "{hint}");
        }
    }

    /// The accounts of one environment have one network and one mode: that is one mistake.
    #[test]
    fn a_key_that_cuts_off_several_accounts_is_one_mistake() {
        let more = "network = { cidr = \"10.16.0.0/16\" }\n[workloads.shop]\nenvironments = [\"dev\"]\n[workloads.mail]\nenvironments = \
                    [\"dev\"]\n[baseline]\nvpc_block_public_access = \"block-bidirectional\"\n";
        let (message, _, count) = blocks(more).expect_err("cut off");
        assert_eq!(
            (message.as_str(), count),
            ("`vpc_block_public_access = \"block-bidirectional\"` cuts off the NAT gateways of `shop-dev`", 1)
        );
        let (message, _, _) = blocks("[baseline]\nvpc_block_public_access = \"ingress\"\n").expect_err("no mode");
        assert!(message.contains("unknown mode `ingress`"), "{message}");
    }
}
