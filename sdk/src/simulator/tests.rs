//! The simulator as the real AWS crates see it.
