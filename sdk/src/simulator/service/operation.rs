//! One operation of a service: its name, whether it writes, and its function.

use super::id::Effect;
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::wire::Params;
use crate::simulator::world::World;

/// One operation.
#[derive(Clone, Copy)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) effect: Effect,
    pub(crate) run: Run,
}

/// The function of an operation.
pub(crate) type Run = fn(&mut World, &Call<'_>, Params<'_>) -> Result<Answer, Failure>;

pub(super) const fn read(name: &'static str, run: Run) -> Operation {
    Operation { name, effect: Effect::Read, run }
}

pub(super) const fn write(name: &'static str, run: Run) -> Operation {
    Operation { name, effect: Effect::Write, run }
}
