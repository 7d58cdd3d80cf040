//! Which tier an environment's name suggests. A guess is shown and asked about before it counts; a wrong one would leave a
//! production account without production's guardrails.

use landfall::model::Tier;

/// Words that name a tier, as the whole name or as a part between hyphens.
const WORDS: [(Tier, &[&str]); 4] = [
    // Before staging, so that `pre-prod` is asked about below and not taken for this.
    (Tier::Production, &["p", "prd", "prod", "production", "live", "dr"]),
    (Tier::Staging, &["stg", "stage", "staging", "preprod", "pre", "qa", "uat", "acceptance"]),
    (Tier::Development, &["d", "dev", "develop", "development", "test", "tst", "int", "integration", "ci"]),
    (Tier::Sandbox, &["sandbox", "sbx", "playground", "lab", "play"]),
];

/// Returns the tier that each name suggests, in the order of promotion; `None` if nothing does.
pub(super) fn guessed<'n>(names: impl IntoIterator<Item = &'n str>) -> Vec<Option<Tier>> {
    let mut after_production = false;
    let mut tiers = Vec::new();
    for name in names {
        let tier = of(name).or(after_production.then_some(Tier::Production));
        after_production |= tier == Some(Tier::Production);
        tiers.push(tier);
    }
    tiers
}

fn of(name: &str) -> Option<Tier> {
    let tier_of = |word: &str| WORDS.iter().find(|(_, words)| words.contains(&word)).map(|(tier, _)| *tier);
    if let Some(tier) = tier_of(name) {
        return Some(tier);
    }
    let mut tiers: Vec<Tier> = name.split('-').filter_map(tier_of).collect();
    tiers.dedup();
    match tiers[..] {
        [tier] => Some(tier),
        // `pre-prod`, `dev-for-prod`: who named it knows.
        _ => None,
    }
}

/// Reads an environment with its tier, as `--tiers` takes it.
pub(super) fn given(text: &str) -> Result<(String, Tier), String> {
    let (name, word) = text.split_once('=').ok_or("an environment and its tier: lab=sandbox")?;
    let tier = Tier::ALL.into_iter().find(|tier| tier.as_str() == word);
    tier.map(|tier| (name.to_owned(), tier)).ok_or_else(|| "the tiers are sandbox, development, staging, production".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_suggest_tiers() {
        use Tier::{Development, Production, Sandbox, Staging};
        for (names, expected) in [
            ("dev,staging,prod", &[Some(Development), Some(Staging), Some(Production)] as &[_]),
            ("lab,test,prd,prod-eu,dr", &[Some(Sandbox), Some(Development), Some(Production), Some(Production), Some(Production)]),
            ("eu-prod,p,live", &[Some(Production); 3]),
            // What follows production is production, unless its name says otherwise.
            ("prod,standby,sandbox", &[Some(Production), Some(Production), Some(Sandbox)]),
            ("standby,prod", &[None, Some(Production)]),
            ("pre-prod,products,blue", &[None, None, None]),
        ] {
            assert_eq!(guessed(names.split(',')), expected, "{names}");
        }
    }

    #[test]
    fn a_tier_is_given_by_its_name() {
        assert_eq!(given("lab=sandbox"), Ok(("lab".to_owned(), Tier::Sandbox)));
        for bad in ["lab", "lab=", "lab=prod"] {
            assert!(given(bad).is_err(), "{bad}");
        }
    }
}
