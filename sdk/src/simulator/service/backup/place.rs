//! Vaults by account, Region and name; pages; errors.

use super::super::page;
use crate::simulator::authorize::Call;
use crate::simulator::failure::Failure;
use crate::simulator::wire::Params;
use crate::simulator::world::{Backups, Vault, World};

/// Most items on a page (AWS Backup API, `MaxResults`).
const PAGE_MAX: i64 = 1_000;

impl World {
    /// Returns AWS Backup as the caller's account has it in the Region of the call.
    pub(super) fn backups(&self, call: &Call<'_>) -> Result<Option<&Backups>, Failure> {
        Ok(self.backups.get(call.account()?).and_then(|regions| regions.get(call.region)))
    }

    pub(super) fn backups_mut(&mut self, call: &Call<'_>) -> Result<&mut Backups, Failure> {
        Ok(self.backups.entry(call.account()?.clone()).or_default().entry(call.region.to_owned()).or_default())
    }

    /// Checks that a vault of the caller's account exists; what a locked one refuses is not simulated.
    pub(super) fn unlocked_vault(&self, call: &Call<'_>, name: &str) -> Result<(), Failure> {
        if self.vault(call, name)?.lock.is_some() {
            return Err(Failure::not_implemented(format_args!("changes in {name}, a locked vault")));
        }
        Ok(())
    }

    /// Finds a vault of the caller's account by its name.
    pub(super) fn vault(&self, call: &Call<'_>, name: &str) -> Result<&Vault, Failure> {
        self.backups(call)?.and_then(|backups| backups.vaults.get(name)).ok_or_else(|| not_found(format!("Backup vault {name} not found")))
    }
}

/// Returns the ARN of a vault of the caller's account.
pub(super) fn vault_arn(call: &Call<'_>, name: &str) -> Result<String, Failure> {
    Ok(format!("arn:aws:backup:{}:{}:backup-vault:{name}", call.region, call.account()?))
}

/// Reads which page of a list is wanted.
pub(super) fn read_page(params: &Params<'_>) -> Result<page::Page, Failure> {
    page::Page::after(PAGE_MAX, params.optional_text("NextToken")?).ok_or_else(|| invalid("The token is not valid."))
}

pub(super) fn invalid(message: impl Into<String>) -> Failure {
    Failure::new("InvalidParameterValueException", 400, message)
}

pub(super) fn not_found(message: impl Into<String>) -> Failure {
    Failure::new("ResourceNotFoundException", 400, message)
}
