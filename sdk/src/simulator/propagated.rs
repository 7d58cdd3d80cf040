//! A value whose changes take time to propagate.
//!
//! IAM answers reads with the latest value at once, while authorization still uses the one before.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::clock::Timestamp;

/// A value, and its pending changes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Propagated<T> {
    arrived: T,
    /// Pending changes, oldest first.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    coming: Vec<(Timestamp, T)>,
}

impl<T: Clone> Propagated<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { arrived: value, coming: Vec::new() }
    }

    /// Returns the value that reads show.
    pub(crate) fn latest(&self) -> &T {
        self.coming.last().map_or(&self.arrived, |(_, value)| value)
    }

    /// Returns the value that authorization uses.
    pub(crate) fn effective(&self, now: Timestamp, delay: Duration) -> &T {
        let arrived = self.coming.iter().rev().find(|(at, _)| at.plus(delay) <= now);
        arrived.map_or(&self.arrived, |(_, value)| value)
    }

    /// Changes the value; the change is effective after `delay`.
    pub(crate) fn change(&mut self, now: Timestamp, delay: Duration, edit: impl FnOnce(&mut T)) {
        let mut value = self.latest().clone();
        edit(&mut value);
        self.arrived = self.effective(now, delay).clone();
        self.coming.retain(|(at, _)| at.plus(delay) > now);
        if delay.is_zero() {
            self.arrived = value;
        } else {
            self.coming.push((now, value));
        }
    }

    /// Edits every state of the value in place, at once.
    pub(crate) fn change_all(&mut self, edit: impl Fn(&mut T)) {
        edit(&mut self.arrived);
        self.coming.iter_mut().for_each(|(_, value)| edit(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_arrive_one_after_the_other() {
        let delay = Duration::from_secs(10);
        let at = |second: u64| Timestamp(second * 1000);
        let mut value = Propagated::new(0);
        value.change(at(1), delay, |v| *v = 1);
        value.change(at(5), delay, |v| *v += 1);
        assert_eq!(*value.latest(), 2);
        assert_eq!([10, 11, 14, 15].map(|second| *value.effective(at(second), delay)), [0, 1, 1, 2]);
        value.change(at(12), delay, |v| *v = 3);
        assert_eq!([12, 15, 22].map(|second| *value.effective(at(second), delay)), [1, 2, 3]);
        value.change(at(13), Duration::ZERO, |v| *v = 4);
        assert_eq!(*value.effective(at(13), Duration::ZERO), 4);
    }
}
