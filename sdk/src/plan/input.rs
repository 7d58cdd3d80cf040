//! What a plan is made of.

use super::data::PlanOptions;
use super::layout::Layouts;
use super::links::Links;
use crate::desired::DesiredState;
use crate::model::Organization;
use crate::observed::Observation;

/// What planning looks at. Nothing in it can ask, wait or change.
#[derive(Clone, Copy)]
pub(super) struct Input<'a> {
    pub(super) organization: &'a Organization,
    pub(super) desired: &'a DesiredState,
    pub(super) observation: &'a Observation,
    pub(super) options: &'a PlanOptions,
    pub(super) links: &'a Links<'a>,
    pub(super) layouts: &'a Layouts,
}
