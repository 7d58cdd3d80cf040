//! The options of a simulated AWS: how time passes, its quotas, and what others own.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::simulator::rates::Rates;
use crate::simulator::timing::Preset;

/// The options of a simulated AWS.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Options {
    /// How time passes. Default: [`Preset::Instant`].
    pub preset: Preset,
    /// Quota of accounts in the organization, including the management account and closed ones. Default: 1,000.
    pub account_quota: usize,
    /// Quota of Elastic IP addresses per account and Region. Default: 5.
    pub address_quota: usize,
    /// E-mails that accounts outside of the organization own: creating an account with one of them fails.
    pub emails_taken: BTreeSet<String>,
    /// Names of buckets that accounts outside of the organization own: creating one of them fails.
    pub bucket_names_taken: BTreeSet<String>,
    /// E-mail addresses that confirm a subscription of SNS as soon as they are asked; all others leave it pending.
    pub confirming: BTreeSet<String>,
    /// Policy types that are never enabled: their status stays `PENDING_ENABLE`.
    pub policy_types_pending: BTreeSet<String>,
    /// Whether calls are throttled, and how hard. Default: [`Rates::ByPreset`].
    pub rates: Rates,
    /// Makes ids differ from those of other worlds. Default: 0.
    pub seed: u64,
}

impl Options {
    /// Returns the options with another preset.
    #[must_use]
    pub fn with_preset(mut self, preset: Preset) -> Self {
        self.preset = preset;
        self
    }

    /// Returns the options with other rates.
    #[must_use]
    pub fn with_rates(mut self, rates: Rates) -> Self {
        self.rates = rates;
        self
    }

    /// Returns the options with another quota of accounts.
    #[must_use]
    pub fn with_account_quota(mut self, quota: usize) -> Self {
        self.account_quota = quota;
        self
    }

    /// Returns the options with another quota of Elastic IP addresses.
    #[must_use]
    pub fn with_address_quota(mut self, quota: usize) -> Self {
        self.address_quota = quota;
        self
    }

    /// Returns the options with one more e-mail that another account owns.
    #[must_use]
    pub fn with_email_taken(mut self, email: impl Into<String>) -> Self {
        self.emails_taken.insert(email.into());
        self
    }

    /// Returns the options with one more e-mail address that confirms a subscription of SNS at once.
    #[must_use]
    pub fn with_confirming(mut self, email: impl Into<String>) -> Self {
        self.confirming.insert(email.into());
        self
    }

    /// Returns the options with one more policy type whose status stays `PENDING_ENABLE`.
    #[must_use]
    pub fn with_policy_type_pending(mut self, name: impl Into<String>) -> Self {
        self.policy_types_pending.insert(name.into());
        self
    }

    /// Returns the options with one more bucket name that another account owns.
    #[must_use]
    pub fn with_bucket_name_taken(mut self, name: impl Into<String>) -> Self {
        self.bucket_names_taken.insert(name.into());
        self
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            preset: Preset::default(),
            account_quota: 1000,
            address_quota: 5,
            emails_taken: BTreeSet::new(),
            bucket_names_taken: BTreeSet::new(),
            confirming: BTreeSet::new(),
            policy_types_pending: BTreeSet::new(),
            rates: Rates::default(),
            seed: 0,
        }
    }
}
