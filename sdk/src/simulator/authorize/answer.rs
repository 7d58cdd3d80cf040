//! The answer of an operation.

use std::fmt;

use serde_json::Value;

/// The answer of an operation.
pub(crate) struct Answer(Value);

/// Without its values, which may be secret.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Answer").finish_non_exhaustive()
    }
}

impl Answer {
    /// Returns the answer; members that are null are left out, as AWS leaves them out.
    pub(super) fn new(mut value: Value) -> Self {
        leave_out_nulls(&mut value);
        Self(value)
    }

    pub(crate) fn into_value(self) -> Value {
        self.0
    }
}

fn leave_out_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(leave_out_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(leave_out_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
