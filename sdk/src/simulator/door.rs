//! The ways to a simulator. None of them holds any state.

mod file;
mod in_process;
mod journal;
mod server;

pub use file::{BEGUN, FORMAT, WorldError};
pub use journal::{Change, Journal, Reopened};
pub use server::serve;
