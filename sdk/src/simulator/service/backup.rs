//! AWS Backup: vaults, and by hand one backup and one restore of an EBS volume.
//!
//! No plan runs here, neither an account's own nor that of a policy of the organization; there are no copies, no locks, no policies of
//! vaults, and nothing expires. A job is complete as soon as it is asked about.

mod jobs;
mod points;
mod vaults;

use super::{Operation, page, read, write};
use crate::simulator::authorize::Call;
use crate::simulator::failure::Failure;
use crate::simulator::wire::Params;
use crate::simulator::world::{Vault, Vaults, World};

pub(super) const OPERATIONS: &[&[Operation]] = &[vaults::OPERATIONS, points::OPERATIONS, jobs::OPERATIONS];

/// Most items on a page (AWS Backup API, `MaxResults`).
const PAGE_MAX: i64 = 1_000;

impl World {
    /// Returns AWS Backup as the caller's account has it in the Region of the call.
    fn backups(&self, call: &Call<'_>) -> Result<Option<&Vaults>, Failure> {
        Ok(self.vaults.get(call.account()?).and_then(|regions| regions.get(call.region)))
    }

    fn backups_mut(&mut self, call: &Call<'_>) -> Result<&mut Vaults, Failure> {
        Ok(self.vaults.entry(call.account()?.clone()).or_default().entry(call.region.to_owned()).or_default())
    }

    /// Finds a vault of the caller's account by its name.
    fn vault(&self, call: &Call<'_>, name: &str) -> Result<&Vault, Failure> {
        self.backups(call)?.and_then(|backups| backups.vaults.get(name)).ok_or_else(|| not_found(format!("Backup vault {name} not found")))
    }
}

/// Returns the ARN of a vault of the caller's account.
fn vault_arn(call: &Call<'_>, name: &str) -> Result<String, Failure> {
    Ok(format!("arn:aws:backup:{}:{}:backup-vault:{name}", call.region, call.account()?))
}

/// Reads which page of a list is wanted.
fn read_page(params: &Params<'_>) -> Result<page::Page, Failure> {
    page::Page::after(PAGE_MAX, params.optional_text("NextToken")?).ok_or_else(|| invalid("The token is not valid."))
}

fn invalid(message: impl Into<String>) -> Failure {
    Failure::new("InvalidParameterValueException", 400, message)
}

fn not_found(message: impl Into<String>) -> Failure {
    Failure::new("ResourceNotFoundException", 400, message)
}
