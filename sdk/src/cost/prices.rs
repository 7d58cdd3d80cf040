//! Price tables: one file for each Region, `prices/<region>.toml`, that is part of this library.
//!
//! A Region without a file has no estimate, and none is made up from another Region's. To add one, add its file and its line in `FILES`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::money::Money;
use crate::kind::charge::Item;
use crate::name::Region;

/// The text of every table, by Region.
const FILES: &[(&str, &str)] =
    &[("eu-west-1", include_str!("../../prices/eu-west-1.toml")), ("us-east-1", include_str!("../../prices/us-east-1.toml"))];

static TABLES: LazyLock<BTreeMap<&str, Prices>> =
    LazyLock::new(|| FILES.iter().map(|(region, text)| (*region, read(text).expect("a test reads every table"))).collect());

/// The prices of one Region.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Prices {
    /// The date of the newest price list in it.
    pub date: String,
    /// Where they are from.
    pub source: String,
    rows: BTreeMap<Item, Price>,
}

/// The price of one unit of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Price {
    /// US dollars.
    pub price: Money,
    /// Whether it is from one of AWS's price lists or bills.
    pub verified: bool,
    /// Which; of one that is not verified what is known about it.
    pub source: Option<String>,
}

impl Prices {
    /// Returns the prices of a Region; `None` if it has no table.
    #[must_use]
    pub fn of(region: &Region) -> Option<&'static Self> {
        TABLES.get(region.as_str())
    }

    /// Returns the Regions that have a table.
    pub fn regions() -> impl Iterator<Item = &'static str> {
        TABLES.keys().copied()
    }

    /// Returns the price of an item; `None` if the table has no row for it.
    #[must_use]
    pub fn price(&self, item: Item) -> Option<&Price> {
        self.rows.get(&item)
    }
}

/// A table as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    date: String,
    source: String,
    rows: Vec<Row>,
}

/// A row as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    key: Item,
    unit: String,
    price: Money,
    verified: bool,
    source: Option<String>,
}

/// Reads a table.
fn read(text: &str) -> Result<Prices, String> {
    let Table { date, source, rows } = toml::from_str(text).map_err(|error| error.to_string())?;
    let is_day = date.len() == 10 && date.split('-').map(str::len).eq([4, 2, 2]) && date.bytes().all(|b| b == b'-' || b.is_ascii_digit());
    if !is_day || source.is_empty() {
        return Err(format!("`{date}` is not a day, or the table has no source"));
    }
    let mut prices = BTreeMap::new();
    for Row { key, unit, price, verified, source } in rows {
        if unit != key.unit().to_string() {
            return Err(format!("{key} is priced by `{unit}`, and billed by `{}`", key.unit()));
        }
        if verified && source.is_none() {
            return Err(format!("{key} is verified by no source"));
        }
        if price.is_zero() {
            return Err(format!("{key} costs nothing: what is free has no row"));
        }
        if prices.insert(key, Price { price, verified, source }).is_some() {
            return Err(format!("{key} has two rows"));
        }
    }
    Ok(Prices { date, source, rows: prices })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::region;

    #[test]
    fn every_row_of_every_table_is_read_and_no_item_is_missing() {
        for (code, text) in FILES {
            let prices = read(text).unwrap_or_else(|error| panic!("{code}: {error}"));
            assert!(region::find_code(code).is_some(), "{code} is not a Region");
            let items: Vec<&Item> = prices.rows.keys().collect();
            assert_eq!(items, Item::ALL.iter().collect::<Vec<_>>(), "{code}");
            assert_eq!(text.matches("{ key = ").count(), Item::ALL.len(), "{code}");
            assert_eq!(
                text.matches("verified = false").count() - 1,
                prices.rows.values().filter(|price| !price.verified).count(),
                "{code}"
            );
        }
        assert_eq!(Prices::regions().count(), FILES.len(), "a Region has one table");
    }

    /// Every file of the folder is a table, and no other.
    #[test]
    fn no_table_is_left_out() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("prices");
        let mut names: Vec<String> =
            folder.read_dir().expect("a folder").map(|entry| entry.expect("an entry").file_name().into_string().expect("a name")).collect();
        names.sort();
        assert_eq!(names, FILES.iter().map(|(region, _)| format!("{region}.toml")).collect::<Vec<_>>());
    }

    #[test]
    fn a_table_that_cannot_be_right_is_refused() {
        let table = |date: &str, rows: &str| read(&format!("date = \"{date}\"\nsource = \"a list\"\nrows = [{rows}]"));
        let row =
            |key: &str, unit: &str, price: &str, more: &str| format!("{{ key = \"{key}\", unit = \"{unit}\", price = {price}, {more} }},");
        let right = row("nat-gateway", "hour", "\"0.045\"", "verified = true, source = \"a list\"");
        assert!(table("2026-08-31", &right).is_ok());
        for (date, rows, expected) in [
            ("yesterday", right.clone(), "`yesterday` is not a day"),
            ("2026-08-310", right.clone(), "`2026-08-310` is not a day"),
            ("20260831-1", right.clone(), "`20260831-1` is not a day"),
            ("2026-08-3x", right.clone(), "`2026-08-3x` is not a day"),
            ("2026-08-31", format!("{right}{right}"), "nat-gateway has two rows"),
            (
                "2026-08-31",
                row("nat-gateway", "month", "\"1\"", "verified = false"),
                "nat-gateway is priced by `month`, and billed by `hour`",
            ),
            ("2026-08-31", row("nat-gateway", "hour", "\"1\"", "verified = true"), "verified by no source"),
            ("2026-08-31", row("nat-gateway", "hour", "\"0\"", "verified = false"), "costs nothing"),
            ("2026-08-31", row("nat-gateway", "hour", "0.045", "verified = false"), "expected a string"),
            ("2026-08-31", row("nat-gateway", "hour", "\"-1\"", "verified = false"), "is not an amount of dollars"),
            ("2026-08-31", row("moon-dust", "hour", "\"1\"", "verified = false"), "`moon-dust` is not an item"),
            ("2026-08-31", row("nat-gateway", "hour", "\"1\"", "verified = false, tier = 2"), "unknown field `tier`"),
        ] {
            let refused = table(date, &rows).expect_err("cannot be right");
            assert!(refused.contains(expected), "{expected}: {refused}");
        }
    }
}
