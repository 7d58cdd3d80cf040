//! Rendering: plain values in, coloured text out. Renderers know no stream.

pub(crate) mod cost;
pub(crate) mod diagnostic;
pub(crate) mod display;
mod estimate;
#[cfg(test)]
mod fixture;
pub(crate) mod hcl;
pub(crate) mod imports;
pub(crate) mod index;
pub(crate) mod layout;
mod lines;
mod live;
pub(crate) mod looking;
pub(crate) mod plan;
mod progress;
mod redraw;
pub(crate) mod run;
#[cfg(test)]
mod terminal;
pub(crate) mod tree;
mod waits;
