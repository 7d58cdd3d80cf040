//! How a trail is set: what `UpdateTrail` sets as a whole, and which events it records, in words.

use aws_sdk_cloudtrail::operation::get_event_selectors::GetEventSelectorsOutput;
use aws_sdk_cloudtrail::types::{AdvancedEventSelector, EventSelector, ReadWriteType};

use crate::kind::Field;

/// What a trail should record; AWS's default.
pub(super) const EVENTS: &str = "all management events";

/// What `CreateTrail` and `UpdateTrail` set.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// Whether it writes digests by which its files can be checked.
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
        differ.map(|(name, from, to)| Field { name: name.to_owned(), from, to }).collect()
    }
}

/// Puts into words what of the management events a trail records.
pub(super) fn recorded(selectors: &GetEventSelectorsOutput) -> String {
    let management = |selector: &&EventSelector| selector.include_management_events().unwrap_or(true);
    let whole = |selector: &EventSelector| {
        selector.read_write_type().is_none_or(|kind| *kind == ReadWriteType::All) && selector.exclude_management_event_sources().is_empty()
    };
    // An advanced selector takes all management events where it narrows nothing but the category.
    let advanced = |selector: &AdvancedEventSelector| {
        let narrowed: Vec<_> = selector.field_selectors().iter().map(|field| (field.field(), field.equals())).collect();
        matches!(narrowed.as_slice(), [("eventCategory", [category])] if category == "Management")
    };
    let basic: Vec<&EventSelector> = selectors.event_selectors().iter().filter(management).collect();
    if basic.iter().any(|selector| whole(selector)) || selectors.advanced_event_selectors().iter().any(advanced) {
        return EVENTS.to_owned();
    }
    if !selectors.advanced_event_selectors().is_empty() {
        return "not all management events (advanced selectors)".to_owned();
    }
    match basic.first() {
        None => "no management events".to_owned(),
        Some(selector) => {
            let kind = selector.read_write_type().map_or("All", ReadWriteType::as_str);
            let left_out = selector.exclude_management_event_sources();
            if left_out.is_empty() {
                format!("management events, {kind}")
            } else {
                format!("management events, {kind}, without {}", left_out.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_recorded() {
        let of = |selector: EventSelector| recorded(&GetEventSelectorsOutput::builder().event_selectors(selector).build());
        let all = || EventSelector::builder().include_management_events(true).read_write_type(ReadWriteType::All);
        assert_eq!(of(all().build()), EVENTS);
        assert_eq!(of(all().read_write_type(ReadWriteType::WriteOnly).build()), "management events, WriteOnly");
        assert_eq!(
            of(all().exclude_management_event_sources("kms.amazonaws.com").build()),
            "management events, All, without kms.amazonaws.com"
        );
        assert_eq!(of(all().include_management_events(false).build()), "no management events");
    }
}
