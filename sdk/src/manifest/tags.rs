//! Tags of accounts that the manifest writes: what AWS refuses, and what is landfall's.

use std::collections::BTreeMap;

use crate::aws::quotas;
use crate::written::diagnostic::{Diagnostic, Diagnostics};
use crate::written::section::{Spanned, WrittenMap};
use crate::written::shorten;

/// Most tags that the manifest may set: a resource takes 50, and landfall adds its own (docs/AWS.md D.7).
const TAGS_MAX: usize = 40;
/// Longest key and value of a tag that every service accepts (docs/AWS.md D.7).
const TAG_KEY_MAX: usize = 127;
const TAG_VALUE_MAX: usize = quotas::TAG_VALUE_CHARACTERS;

/// Returns the manifest's tags, after reporting those that AWS refuses or that are reserved for landfall.
pub(super) fn check(tags: &Spanned<WrittenMap>, diagnostics: &mut Diagnostics) -> BTreeMap<String, String> {
    if tags.value.len() > TAGS_MAX {
        let message = format!("{} tags, and an account takes {TAGS_MAX} of yours", tags.value.len());
        diagnostics.report(Diagnostic::error(tags.span.clone(), message).with_hint("AWS allows 50 and landfall adds its own: remove some"));
    }
    let alphabet = |text: &str| text.chars().all(|c| c.is_alphanumeric() || " _.:/=+-@".contains(c));
    let hint = "a tag has letters, digits, spaces and `_.:/=+-@`";
    for (key, value) in &tags.value {
        let folded = key.value.to_lowercase();
        let shown = shorten(&key.value);
        let problem = if folded.starts_with("aws:") || folded.starts_with("landfall:") {
            Some((key, format!("tags that begin with `{}` are reserved", folded.split_inclusive(':').next().unwrap_or_default())))
        } else if key.value.trim().is_empty() || key.value.chars().count() > TAG_KEY_MAX {
            Some((key, format!("a tag's key has 1 to {TAG_KEY_MAX} characters")))
        } else if !alphabet(&key.value) {
            Some((key, format!("the tag's key `{shown}` has characters that AWS refuses")))
        } else if value.value.is_empty() || value.value.chars().count() > TAG_VALUE_MAX {
            Some((value, format!("the value of tag `{shown}` must have 1 to {TAG_VALUE_MAX} characters")))
        } else if !alphabet(&value.value) {
            Some((value, format!("the value of tag `{shown}` has characters that AWS refuses")))
        } else {
            None
        };
        if let Some((place, message)) = problem {
            diagnostics.report(Diagnostic::error(place.span.clone(), message).with_hint(hint));
        }
    }
    tags.value.iter().map(|(key, value)| (key.value.clone(), value.value.clone())).collect()
}
