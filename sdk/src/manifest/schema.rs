//! The JSON Schema of the manifest, for editors. It describes shapes; rules between keys are checked by `parse` only.

use serde_json::Value;

use super::keys;
use crate::written::shape;

/// Returns the JSON Schema (2020-12) of a manifest: every key, described.
#[must_use]
pub fn schema() -> Value {
    shape::schema("Landfall manifest", "One company's AWS organization: landfall.toml", keys::FILE)
}
