//! Which events a trail records. Landfall wants all management events; selectors of data events are left as they are.
//!
//! `PutEventSelectors` replaces all selectors, and a trail has either basic or advanced ones. So the present selectors are sent again, with
//! the management events corrected (CloudTrail API, `PutEventSelectors`; docs/AWS.md 4.6).

use serde::Serialize;
use serde_json::Map;

pub use super::super::api::{AdvancedEventSelector, AdvancedFieldSelector, EventSelector};
use crate::aws::quotas::EVENT_SELECTORS;
use crate::kind::Blocked;

/// Reads and writes.
const EVERY: &str = "All";
/// The field of an advanced selector that has the category of its events, and its value for management events.
const CATEGORY: &str = "eventCategory";
const MANAGEMENT: &str = "Management";
/// What a trail should record, in words; AWS's default.
const ALL: &str = "all management events";

/// The selectors of a trail.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "a trail has basic or advanced selectors")]
pub enum Selectors {
    /// Basic ones; a trail without any, AWS's default, records all management events.
    Basic(Vec<EventSelector>),
    /// Advanced ones.
    Advanced(Vec<AdvancedEventSelector>),
}

impl Default for Selectors {
    fn default() -> Self {
        Self::Basic(vec![all_management()])
    }
}

impl Selectors {
    /// Returns the selectors that AWS answered with.
    pub(super) fn read(basic: Vec<EventSelector>, advanced: Vec<AdvancedEventSelector>) -> Self {
        if advanced.is_empty() { Self::Basic(basic) } else { Self::Advanced(advanced) }
    }

    /// Returns whether every management event is recorded.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        match self {
            Self::Basic(selectors) => selectors.iter().any(takes_all),
            Self::Advanced(selectors) => selectors.iter().any(takes_all_advanced),
        }
    }

    /// Returns these selectors with all management events, and every other event as before.
    ///
    /// # Errors
    ///
    /// [`Blocked`] if the trail has no room for another selector.
    pub(super) fn completed(&self) -> Result<Self, Blocked> {
        match self {
            Self::Basic(selectors) => {
                let mut kept: Vec<EventSelector> =
                    selectors.iter().filter(|selector| !selector.data_resources.is_empty()).map(without_management).collect();
                if let Some(first) = kept.iter_mut().find(|selector| reads_and_writes(selector)) {
                    first.include_management_events = Some(true);
                } else if kept.len() < EVENT_SELECTORS {
                    kept.push(all_management());
                } else {
                    return Err(Blocked::new(
                        format!(
                            "all {EVENT_SELECTORS} event selectors of the trail select data events, and none is left for the management \
                             events"
                        ),
                        "merge two of them, or replace them by advanced event selectors (`aws cloudtrail put-event-selectors`)",
                    ));
                }
                Ok(Self::Basic(kept))
            }
            Self::Advanced(selectors) => {
                let mut kept: Vec<AdvancedEventSelector> =
                    selectors.iter().filter(|selector| !is_of_management(selector)).cloned().collect();
                kept.push(all_management_advanced());
                Ok(Self::Advanced(kept))
            }
        }
    }

    /// Returns the number of selectors of other events.
    fn others(&self) -> usize {
        match self {
            Self::Basic(selectors) => selectors.iter().filter(|selector| !selector.data_resources.is_empty()).count(),
            Self::Advanced(selectors) => selectors.iter().filter(|selector| !is_of_management(selector)).count(),
        }
    }
}

/// The management events that are recorded, and the number of selectors of other events.
impl std::fmt::Display for Selectors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.management())?;
        match self.others() {
            0 => Ok(()),
            1 => f.write_str(", and 1 selector of data events"),
            several => write!(f, ", and {several} selectors of data events"),
        }
    }
}

impl Selectors {
    fn management(&self) -> String {
        if self.is_complete() {
            return ALL.to_owned();
        }
        let Self::Basic(selectors) = self else { return "not all management events (advanced selectors)".to_owned() };
        let Some(selector) = selectors.iter().find(|selector| has_management(selector)) else { return "no management events".to_owned() };
        let kind = selector.read_write_type.as_deref().unwrap_or(EVERY);
        let left_out = &selector.exclude_management_event_sources;
        if left_out.is_empty() {
            format!("management events, {kind}")
        } else {
            format!("management events, {kind}, without {}", left_out.join(", "))
        }
    }
}

fn has_management(selector: &EventSelector) -> bool {
    selector.include_management_events.unwrap_or(true)
}

fn reads_and_writes(selector: &EventSelector) -> bool {
    selector.read_write_type.as_ref().is_none_or(|kind| kind == EVERY)
}

fn takes_all(selector: &EventSelector) -> bool {
    has_management(selector) && reads_and_writes(selector) && selector.exclude_management_event_sources.is_empty()
}

fn without_management(selector: &EventSelector) -> EventSelector {
    let mut other = selector.clone();
    other.include_management_events = Some(false);
    other.exclude_management_event_sources = Vec::new();
    other
}

fn all_management() -> EventSelector {
    EventSelector { read_write_type: Some(EVERY.to_owned()), include_management_events: Some(true), ..EventSelector::default() }
}

fn is_of_management(selector: &AdvancedEventSelector) -> bool {
    selector.field_selectors.iter().any(|field| field.field == CATEGORY && field.equals.iter().any(|category| category == MANAGEMENT))
}

/// An advanced selector selects all management events if its only condition is the category.
fn takes_all_advanced(selector: &AdvancedEventSelector) -> bool {
    matches!(&selector.field_selectors[..], [field] if field.field == CATEGORY && field.equals == [MANAGEMENT] && field.others.is_empty())
}

fn all_management_advanced() -> AdvancedEventSelector {
    let category = AdvancedFieldSelector { field: CATEGORY.to_owned(), equals: vec![MANAGEMENT.to_owned()], others: Map::new() };
    AdvancedEventSelector { name: Some("Management events".to_owned()), field_selectors: vec![category], others: Map::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basic(kind: &str, management: bool, data: &[&str], without: &[&str]) -> EventSelector {
        EventSelector {
            read_write_type: Some(kind.to_owned()),
            include_management_events: Some(management),
            data_resources: data.iter().map(|arn| serde_json::json!({ "Type": "AWS::S3::Object", "Values": [arn] })).collect(),
            exclude_management_event_sources: without.iter().map(|source| (*source).to_owned()).collect(),
            others: Map::new(),
        }
    }

    fn advanced(fields: &[(&str, &str)]) -> AdvancedEventSelector {
        let field = |(field, value): &(&str, &str)| AdvancedFieldSelector {
            field: (*field).to_owned(),
            equals: vec![(*value).to_owned()],
            others: Map::new(),
        };
        AdvancedEventSelector { name: None, field_selectors: fields.iter().map(field).collect(), others: Map::new() }
    }

    #[test]
    fn unknown_members_of_a_selector_are_sent_again() {
        let text = r#"{"Name":"n","FieldSelectors":[{"Field":"eventName","StartsWith":["Get"]}],"Later":{"a":[1]}}"#;
        let read: AdvancedEventSelector = serde_json::from_str(text).expect("a selector");
        assert_eq!(serde_json::to_string(&read).expect("JSON"), text);
        let text = r#"{"ReadWriteType":"All","IncludeManagementEvents":false,"DataResources":[{"Type":"t","Values":["v"]}],"Later":1}"#;
        let read: EventSelector = serde_json::from_str(text).expect("a selector");
        assert_eq!(serde_json::to_string(&read).expect("JSON"), text);
    }

    /// Returns every selection of data events as text: these must never be lost.
    fn data(selectors: &Selectors) -> Vec<String> {
        match selectors {
            Selectors::Basic(list) => {
                let with_data = list.iter().filter(|selector| !selector.data_resources.is_empty());
                with_data.map(|selector| format!("{:?} {:?}", selector.read_write_type, selector.data_resources)).collect()
            }
            Selectors::Advanced(list) => list.iter().filter(|selector| !is_of_management(selector)).map(|s| format!("{s:?}")).collect(),
        }
    }

    #[test]
    fn management_events_are_corrected_and_no_data_event_is_lost() {
        let (all, reads, writes) = ("All", "ReadOnly", "WriteOnly");
        let objects = ["arn:aws:s3:::a/"];
        let cases = [
            (Selectors::Basic(vec![basic(writes, true, &[], &[])]), "management events, WriteOnly"),
            (Selectors::Basic(vec![basic(all, true, &[], &["kms.amazonaws.com"])]), "management events, All, without kms.amazonaws.com"),
            (Selectors::Basic(vec![basic(all, false, &[], &[])]), "no management events"),
            (Selectors::Basic(vec![basic(all, false, &objects, &[])]), "no management events, and 1 selector of data events"),
            (
                Selectors::Basic(vec![basic(writes, true, &objects, &[]), basic(reads, false, &["arn:aws:s3:::b/"], &[])]),
                "management events, WriteOnly, and 2 selectors of data events",
            ),
            (
                Selectors::Advanced(vec![
                    advanced(&[(CATEGORY, MANAGEMENT), ("readOnly", "false")]),
                    advanced(&[(CATEGORY, "Data"), ("resources.type", "AWS::S3::Object")]),
                ]),
                "not all management events (advanced selectors), and 1 selector of data events",
            ),
            (
                Selectors::Advanced(vec![advanced(&[(CATEGORY, "Data"), ("resources.type", "AWS::Lambda::Function")])]),
                "not all management events (advanced selectors), and 1 selector of data events",
            ),
        ];
        for (selectors, words) in cases {
            assert_eq!(selectors.to_string(), words);
            assert!(!selectors.is_complete());
            let completed = selectors.completed().expect("there is room");
            assert!(completed.is_complete(), "{words}: {completed}");
            assert_eq!(data(&completed), data(&selectors), "{words}");
        }
    }

    #[test]
    fn complete_selectors_are_left_alone() {
        let objects = ["arn:aws:s3:::a/"];
        for selectors in [
            Selectors::default(),
            Selectors::Basic(vec![basic("All", true, &objects, &[])]),
            Selectors::Advanced(vec![advanced(&[(CATEGORY, "Data")]), advanced(&[(CATEGORY, MANAGEMENT)])]),
        ] {
            assert!(selectors.is_complete(), "{selectors}");
        }
    }

    #[test]
    fn five_selectors_of_data_leave_no_room_and_block() {
        let full = Selectors::Basic((0..5).map(|n| basic("WriteOnly", false, &[&format!("arn:aws:s3:::{n}/")], &[])).collect());
        assert!(full.completed().expect_err("full").reason.contains("all 5 event selectors of the trail select data events"));
        let mut room = (0..4).map(|n| basic("WriteOnly", false, &[&format!("arn:aws:s3:::{n}/")], &[])).collect::<Vec<_>>();
        room.push(basic("All", false, &["arn:aws:s3:::x/"], &[]));
        assert!(Selectors::Basic(room).completed().expect("merged into the selector of both").is_complete());
    }
}
