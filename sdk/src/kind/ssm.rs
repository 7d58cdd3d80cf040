//! Kinds of Systems Manager.

pub mod document_sharing;
