//! The ways to use a simulator: in the process, over HTTP, and from a file. They hold no state.

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
