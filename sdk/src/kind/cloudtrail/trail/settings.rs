//! A trail's settings: the part that `UpdateTrail` sets as a whole.

use serde::Serialize;

use crate::kind::Field;

/// What `CreateTrail` and `UpdateTrail` set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "CloudTrail has these switches")]
pub struct Settings {
    /// The bucket.
    pub bucket: String,
    /// The prefix of its files.
    pub prefix: Option<String>,
    /// The key's ARN.
    pub key: Option<String>,
    /// Whether it covers every account.
    pub organization: bool,
    /// Whether it covers every Region.
    pub multi_region: bool,
    /// Whether it records services without a Region.
    pub global_events: bool,
    /// Whether it writes digests for validating its files.
    pub validation: bool,
}

impl Settings {
    pub(super) fn wanted(bucket: &str, key: &str) -> Self {
        Self {
            bucket: bucket.to_owned(),
            prefix: None,
            key: Some(key.to_owned()),
            organization: true,
            multi_region: true,
            global_events: true,
            validation: true,
        }
    }

    pub(super) fn fields(&self, to: &Self) -> Vec<Field> {
        let switch = |on: bool| if on { "on" } else { "off" };
        let text = |text: &str| Some(text.to_owned());
        let all = [
            ("bucket", text(&self.bucket), text(&to.bucket)),
            ("prefix", self.prefix.clone(), to.prefix.clone()),
            ("key", self.key.clone(), to.key.clone()),
            ("every account", text(switch(self.organization)), text(switch(to.organization))),
            ("every Region", text(switch(self.multi_region)), text(switch(to.multi_region))),
            ("global events", text(switch(self.global_events)), text(switch(to.global_events))),
            ("validation", text(switch(self.validation)), text(switch(to.validation))),
        ];
        let differ = all.into_iter().filter(|(_, from, to)| from != to);
        differ.map(|(name, from, to)| Field::of(name, from, to)).collect()
    }
}
