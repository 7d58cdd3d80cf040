//! Lanes: how many steps of which sort run side by side.
//!
//! AWS serialises structural writes to an organization and allows five account creations in flight; inside one
//! account IAM wants little parallelism, while accounts do not disturb each other (aws-facts 1.3, 10.3).

use std::collections::BTreeMap;

use crate::address::{Address, Scope};
use crate::name::{AccountKey, Region};

/// Account creations in flight; AWS's hard limit (aws-facts 1.3).
const CREATIONS: usize = 5;
/// Structural writers of the organization (aws-facts 10.3).
const STRUCTURE: usize = 1;
/// Steps of IAM inside one account (aws-facts 10.3: serial or 2).
const PER_ACCOUNT: usize = 2;
/// Steps inside one Region of an account (aws-facts 10.3: EC2 in one account and Region, 4).
const PER_REGION: usize = 4;
/// Accounts and Regions of accounts worked in at the same time (aws-facts 10.3: 32 to 64).
const ACCOUNTS: usize = 32;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Lane {
    Structure,
    Creations,
    Account(AccountKey),
    Region(AccountKey, Region),
}

/// Who is in which lane.
#[derive(Debug, Default)]
pub(super) struct Lanes(BTreeMap<Lane, usize>);

impl Lanes {
    /// Takes a place, if there is one.
    pub(super) fn enter(&mut self, address: &Address) -> bool {
        let lane = lane(address);
        let inside = self.0.get(&lane).copied().unwrap_or(0);
        let limit = match &lane {
            Lane::Structure => STRUCTURE,
            Lane::Creations => CREATIONS,
            Lane::Account(_) | Lane::Region(..) if inside == 0 && self.accounts() >= ACCOUNTS => 0,
            Lane::Account(_) => PER_ACCOUNT,
            Lane::Region(..) => PER_REGION,
        };
        let free = inside < limit;
        if free {
            self.0.insert(lane, inside + 1);
        }
        free
    }

    /// Gives a place back.
    pub(super) fn leave(&mut self, address: &Address) {
        let lane = lane(address);
        match self.0.get(&lane).copied() {
            Some(inside) if inside > 1 => {
                self.0.insert(lane, inside - 1);
            }
            _ => {
                self.0.remove(&lane);
            }
        }
    }

    fn accounts(&self) -> usize {
        self.0.keys().filter(|lane| matches!(lane, Lane::Account(_) | Lane::Region(..))).count()
    }
}

fn lane(address: &Address) -> Lane {
    match address.scope() {
        Scope::Organization if address.kind() == "account" => Lane::Creations,
        Scope::Organization => Lane::Structure,
        Scope::Account(account) => Lane::Account(account.clone()),
        Scope::Region(account, region) => Lane::Region(account.clone(), region.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        text.parse().expect("valid")
    }

    #[test]
    fn five_creations_one_structural_writer_two_steps_in_an_account() {
        let mut lanes = Lanes::default();
        let admitted = |lanes: &mut Lanes, text: &str| (0..10).filter(|_| lanes.enter(&address(text))).count();
        assert_eq!(admitted(&mut lanes, "account/prod"), 5);
        assert_eq!(admitted(&mut lanes, "unit/Security"), 1);
        assert_eq!(admitted(&mut lanes, "prod/iam-role/reader"), 2);
        assert_eq!(admitted(&mut lanes, "dev/iam-role/reader"), 2);
        assert_eq!(admitted(&mut lanes, "dev/eu-west-1/vpc/main"), 4);
        lanes.leave(&address("unit/Security"));
        assert!(lanes.enter(&address("guardrail/base")));
    }
}
