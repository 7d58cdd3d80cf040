//! What a resource is billed for: items of AWS's price lists, how much of each, and whether for existing or for being used.
//!
//! Quantities only: what an item costs in which Region is data (`cost::prices`). A kind that is billed says so in its own file
//! (`Kind::cost`); an item that no kind names costs nothing here.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Something that a resource is billed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_structs, reason = "an item, a number, and why it is billed")]
pub struct Charge {
    /// What is billed.
    pub item: Item,
    /// How many: of a fixed charge units at a time, of a charge by use things that are used.
    pub quantity: u32,
    /// Whether for existing or for being used.
    pub basis: Basis,
}

impl Charge {
    /// Returns the charge for one that exists.
    #[must_use]
    pub const fn fixed(item: Item) -> Self {
        Self { item, quantity: 1, basis: Basis::Fixed }
    }

    /// Returns the charge for one that is used so much a month. `of` completes the assumption: "100 GB" `a month through each NAT gateway`.
    #[must_use]
    pub const fn per_use(item: Item, units: u32, of: &'static str) -> Self {
        Self { item, quantity: 1, basis: Basis::PerUse(Assumption { units, of }) }
    }
}

/// Why something is billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "a bill has these two halves, and they are never added up")]
pub enum Basis {
    /// It exists.
    Fixed,
    /// It is used; how much of that is an assumption.
    PerUse(Assumption),
}

/// How much one is assumed to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_structs, reason = "a number of units, and of what")]
pub struct Assumption {
    /// How many of the item's units, for each thing.
    pub units: u32,
    /// Of what, and in which time.
    pub of: &'static str,
}

/// The unit in which an item is billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Unit {
    /// An hour of existing.
    Hour,
    /// An hour of existing in one availability zone.
    ZoneHour,
    /// A month of existing.
    Month,
    /// A gigabyte that is moved or written.
    Gigabyte,
    /// A gigabyte that is kept for a month.
    GigabyteMonth,
    /// So many requests, events, and other things that are counted.
    Count(u32, &'static str),
}

impl Unit {
    /// Returns whether it is billed by the hour.
    #[must_use]
    pub fn is_hourly(self) -> bool {
        match self {
            Self::Hour | Self::ZoneHour => true,
            Self::Month | Self::Gigabyte | Self::GigabyteMonth | Self::Count(..) => false,
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hour => f.write_str("hour"),
            Self::ZoneHour => f.write_str("AZ-hour"),
            Self::Month => f.write_str("month"),
            Self::Gigabyte => f.write_str("GB"),
            Self::GigabyteMonth => f.write_str("GB-month"),
            Self::Count(1, noun) => f.write_str(noun.trim_end_matches('s')),
            Self::Count(number, noun) => write!(f, "{} {noun}", grouped(*number)),
        }
    }
}

impl Serialize for Unit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Makes the items, each with its key in price tables and documents, its unit, and the noun for one of them.
macro_rules! items {
    ($($variant:ident, $key:literal, $unit:expr, $noun:literal;)*) => {
        /// An item of AWS's price lists.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Item { $(
            #[doc = concat!("`", $key, "`: ", $noun, ".")]
            $variant,
        )* }

        impl Item {
            /// Every item.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Returns its key in price tables and documents.
            #[must_use]
            pub fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)* }
            }

            /// Returns the unit in which it is billed.
            #[must_use]
            pub fn unit(self) -> Unit {
                match self { $(Self::$variant => $unit,)* }
            }

            /// Returns the noun for what is billed.
            #[must_use]
            pub fn noun(self) -> &'static str {
                match self { $(Self::$variant => $noun,)* }
            }
        }
    };
}

items! {
    NatGateway, "nat-gateway", Unit::Hour, "NAT gateway";
    NatData, "nat-data", Unit::Gigabyte, "traffic through NAT gateways";
    PublicAddress, "public-ipv4", Unit::Hour, "address";
    InterfaceEndpoint, "interface-endpoint", Unit::ZoneHour, "interface endpoint";
    InterfaceEndpointData, "interface-endpoint-data", Unit::Gigabyte, "traffic through interface endpoints";
    Key, "kms-key", Unit::Month, "key";
    KeyRequests, "kms-requests", Unit::Count(10_000, "requests"), "requests to keys";
    LogsIngest, "logs-ingest", Unit::Gigabyte, "logs written to CloudWatch";
    LogsStorage, "logs-storage", Unit::GigabyteMonth, "logs kept in CloudWatch";
    FlowLogDelivery, "flow-log-delivery", Unit::Gigabyte, "flow logs written to S3";
    Alarm, "alarm", Unit::Month, "alarm";
    MetricsInsightsAlarm, "metrics-insights-alarm", Unit::Month, "metric that an alarm analyses";
    CustomMetric, "custom-metric", Unit::Month, "custom metric";
    Dashboard, "dashboard", Unit::Month, "dashboard";
    TrailCopy, "trail-copy", Unit::Count(100_000, "events"), "further copies of management events";
    TrailDataEvents, "trail-data-events", Unit::Count(100_000, "events"), "data events of trails";
    Storage, "s3-storage", Unit::GigabyteMonth, "logs kept in S3";
    ConfigItem, "config-item", Unit::Count(1, "items"), "continuously recorded configuration items";
    ConfigItemDaily, "config-item-daily", Unit::Count(1, "items"), "daily recorded configuration items";
    ConfigRuleEvaluation, "config-rule-evaluation", Unit::Count(1, "evaluations"), "evaluations of Config rules";
    SecurityHubCheck, "security-hub-check", Unit::Count(1, "checks"), "checks of Security Hub";
    GuardDutyEvents, "guardduty-events", Unit::Count(1_000_000, "events"), "management events in GuardDuty";
    GuardDutyFlows, "guardduty-flows", Unit::Gigabyte, "flow logs and DNS logs in GuardDuty";
    UnusedAccess, "unused-access-role", Unit::Month, "role or user that unused access is analysed of";
    Secret, "secret", Unit::Month, "secret";
    AdvancedParameter, "advanced-parameter", Unit::Month, "advanced parameter";
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.key())
    }
}

impl FromStr for Item {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.iter().find(|item| item.key() == text).copied().ok_or_else(|| format!("`{text}` is not an item of a price list"))
    }
}

impl Serialize for Item {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.key())
    }
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Returns what is assumed of an item, as a sentence has it: `100 GB a month through each NAT gateway`.
#[must_use]
pub fn assumed(item: Item, assumption: Assumption) -> String {
    let Assumption { units, of } = assumption;
    match item.unit() {
        Unit::Gigabyte | Unit::GigabyteMonth => format!("{} GB {of}", grouped(units)),
        Unit::Count(size, noun) => format!("{} {noun} {of}", grouped(units.saturating_mul(size))),
        Unit::Hour | Unit::ZoneHour => format!("{} hours {of}", grouped(units)),
        Unit::Month => format!("{} {of}", grouped(units)),
    }
}

/// Returns a number with its thousands apart: `10,000`.
fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_unique_and_lead_back_to_their_items() {
        for item in Item::ALL {
            assert_eq!(item.key().parse(), Ok(*item));
        }
        assert_eq!("nat".parse::<Item>(), Err("`nat` is not an item of a price list".to_owned()));
    }

    #[test]
    fn an_assumption_has_its_number_once() {
        for (charge, expected) in [
            (Charge::per_use(Item::NatData, 100, "a month through each NAT gateway"), "100 GB a month through each NAT gateway"),
            (Charge::per_use(Item::KeyRequests, 1, "a month"), "10,000 requests a month"),
            (Charge::per_use(Item::GuardDutyEvents, 12, "a month"), "12,000,000 events a month"),
            (Charge::per_use(Item::ConfigItem, 900, "a month"), "900 items a month"),
        ] {
            let Basis::PerUse(assumption) = charge.basis else { panic!("{charge:?}") };
            assert_eq!(assumed(charge.item, assumption), expected);
        }
    }
}
