//! Which keys a type asks for: the names of its fields, which `serde` tells its deserializer.

use serde::de::{self, Deserialize, Deserializer, Visitor};

/// Returns the names of a structure's fields, as they are in a document; none for a type that takes whatever there is, as a map does.
pub(super) fn of<'de, T: Deserialize<'de>>() -> Option<&'static [&'static str]> {
    let mut found = None;
    // It always fails: it has no values to give.
    let _ = T::deserialize(Probe(&mut found));
    found
}

struct Probe<'f>(&'f mut Option<&'static [&'static str]>);

/// The end of a probe.
#[derive(Debug, thiserror::Error)]
#[error("a probe has no values")]
struct Probed;

impl de::Error for Probed {
    fn custom<M: std::fmt::Display>(_: M) -> Self {
        Self
    }
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Probed;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Probed> {
        Err(Probed)
    }

    fn deserialize_struct<V: Visitor<'de>>(self, _: &'static str, fields: &'static [&'static str], _: V) -> Result<V::Value, Probed> {
        *self.0 = Some(fields);
        Err(Probed)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct seq
        tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    #[expect(dead_code, reason = "only asked for its fields")]
    struct Config {
        max_items: u32,
        #[serde(rename = "stripe_key")]
        key: Option<String>,
    }

    #[test]
    fn the_fields_of_a_structure_are_its_keys() {
        assert_eq!(of::<Config>(), Some(&["max_items", "stripe_key"][..]));
        assert_eq!(of::<BTreeMap<String, String>>(), None);
        assert_eq!(of::<serde_json::Value>(), None);
    }
}
