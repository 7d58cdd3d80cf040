//! The ways to a simulator. None of them holds any state.

mod change;
mod file;
mod in_process;
mod journal;
mod server;
mod text;

pub use change::Change;
pub use journal::{Journal, Reopened};
pub use server::serve;
pub use text::{BEGUN, FORMAT, WorldError};
