//! `[delivery]`: what there is for the tools that deploy.

use super::raw::Raw;
use crate::model::{Delivery, Tier};
use crate::written::diagnostic::{Diagnostic, Diagnostics};

/// Checks the section; reports a bucket for deployments that no principal may make.
pub(super) fn check(raw: &Raw, diagnostics: &mut Diagnostics) -> Delivery {
    let Some(terraform) = raw.terraform.as_ref().filter(|written| written.value) else { return Delivery::default() };
    let access = &raw.access;
    let is_tier = |production: bool| {
        let tiers = raw.environments.iter().filter_map(|environment| environment.body.tier.as_ref());
        tiers.map(|tier| tier.value).any(|tier: Tier| tier.is_production() == production)
    };
    // As in `desired/access.rs`: operators deploy everywhere but to production.
    let anywhere = !access.pipelines.is_empty() || !access.github.is_empty();
    let outside_production = anywhere || !access.operators.is_empty();
    let is_deployed_to = anywhere && is_tier(true) || outside_production && is_tier(false);
    if !is_deployed_to {
        let message = "no account would have a bucket for Terraform's state: no principal may deploy to any environment";
        diagnostics.report_absence(
            Diagnostic::error(terraform.span.clone(), message)
                .with_hint("list who deploys in access.pipelines or access.github; outside production also in access.operators"),
        );
    }
    Delivery { terraform: true }
}

#[cfg(test)]
mod tests {
    use crate::manifest::{Source, parse};

    #[test]
    fn a_bucket_needs_a_deployer() {
        for (tier, access, is_good) in [
            ("development", "", false),
            ("development", "auditors = [\"sso:A\"]", false),
            ("development", "operators = [\"sso:A\"]", true),
            ("production", "operators = [\"sso:A\"]", false),
            ("production", "pipelines = [\"sso:A\"]", true),
            ("production", "github = [\"acme/shop\"]", true),
        ] {
            let text = format!(
                "schema = 1\n[organization]\nname = \"acme\"\nemail = \"aws+{{account}}@acme.example\"\nregion = \"eu-west-1\"\nregions = [\"eu-west-1\"]\n[environments.one]\ntier = \"{tier}\"\n[access]\n{access}\n[delivery]\nterraform = "
            );
            let parsed =
                |value: &str| parse(&Source { name: "m".to_owned(), text: format!("{text}{value}\n") }, &|_| Err("no files".to_owned()));
            let on = parsed("true");
            assert_eq!(on.organization.is_some_and(|organization| organization.delivery.terraform), is_good, "{tier} {access}");
            let complaints = on.diagnostics.iter().filter(|diagnostic| diagnostic.message.contains("Terraform's state")).count();
            assert_eq!(complaints, usize::from(!is_good), "{tier} {access}: {:?}", on.diagnostics);
            let off = parsed("false").organization.expect("nothing is wanted");
            assert!(!off.delivery.terraform);
        }
    }
}
