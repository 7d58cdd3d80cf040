//! What all AWS services share: policy documents and their evaluation.

pub mod policy;
