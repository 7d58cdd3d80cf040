//! Kinds of Account Management.

pub mod contact;
