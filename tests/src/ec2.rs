//! EC2 on the wire: pairs of a form, and answers that are read by path.
//!
//! landfall's own requests are typed. These are not, so a mistake in a type is not in the test as well.

use aws_types::SdkConfig;
use landfall::simulator::{Answer, ask};

/// EC2 of one account and Region, on any AWS.
#[derive(Debug, Clone)]
pub struct Ec2(SdkConfig);

impl Ec2 {
    /// Returns EC2 for these credentials and this Region.
    #[must_use]
    pub const fn new(config: SdkConfig) -> Self {
        Self(config)
    }

    /// Calls an operation with the pairs of EC2's form, for example `VpcId` or `Tag.1.Key`.
    ///
    /// # Panics
    ///
    /// When EC2 refuses.
    pub async fn ask(&self, operation: &'static str, pairs: &[(&str, &str)]) -> Answer {
        ask(&self.0, "ec2", operation, pairs).await.unwrap_or_else(|code| panic!("{operation} {pairs:?}: {code}"))
    }

    /// Lists what matches these filters, each with one value.
    ///
    /// # Panics
    ///
    /// When EC2 refuses.
    pub async fn list(&self, operation: &'static str, filters: &[(&str, &str)]) -> Answer {
        let written = |(index, (name, value)): (usize, &(&str, &str))| {
            let filter = format!("Filter.{}", index + 1);
            [(format!("{filter}.Name"), (*name).to_owned()), (format!("{filter}.Value.1"), (*value).to_owned())]
        };
        let written: Vec<(String, String)> = filters.iter().enumerate().flat_map(written).collect();
        let pairs: Vec<(&str, &str)> = written.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.ask(operation, &pairs).await
    }

    /// Returns the first text at a path in a list, for example an id at `vpcSet/item/vpcId`.
    ///
    /// # Panics
    ///
    /// When EC2 refuses, or nothing matches.
    pub async fn first(&self, operation: &'static str, filters: &[(&str, &str)], path: &str) -> String {
        let listed = self.list(operation, filters).await;
        listed.text(path).unwrap_or_else(|| panic!("{operation} {filters:?}: nothing at {path} in {listed:?}"))
    }
}

/// Returns the filter for what landfall made at an address.
#[must_use]
pub const fn at(address: &str) -> (&'static str, &str) {
    ("tag:landfall:address", address)
}
