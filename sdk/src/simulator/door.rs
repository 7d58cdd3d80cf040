//! The ways to a simulator. None of them holds any state.

mod file;
mod in_process;
mod server;

pub use file::{FORMAT, WorldError};
pub use server::serve;
