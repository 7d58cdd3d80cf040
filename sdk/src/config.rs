//! Settings and secrets of an app, typed: from the variables that a program was started with, or from an environment's account.
//!
//! ```no_run
//! # async fn example(environments: landfall::Environments) -> Result<(), Box<dyn std::error::Error>> {
//! use std::time::Duration;
//!
//! use landfall::Role;
//! use landfall::config::Secret;
//!
//! #[derive(serde::Deserialize)]
//! struct Config {
//!     payment_url: String,
//!     max_items: u32,
//!     stripe_key: Secret<String>,
//! }
//!
//! // In the program itself, started by `landfall exec --config`, ECS or a unit file:
//! let config: Config = landfall::config::from_variables(std::env::vars())?;
//!
//! // In a tool that looks into an environment:
//! let session = environments.get("prod")?.assume(Role::named("config-shop")).reason("audit").await?;
//! let config: Config = session.config("shop").read().await?;
//! // The same, looked at again every five minutes for as long as it is held:
//! let kept = session.config("shop").keep::<Config>(Duration::from_mins(5)).await?;
//! let limit = kept.current().max_items;
//! # let _ = (config.stripe_key.expose(), limit);
//! # Ok(())
//! # }
//! ```
//!
//! Plain values are one JSON document in one parameter, so that one call reads all of them, consistent with each other. A secret is a
//! parameter of its own, encrypted. What a program asks for is read, and nothing else: the fields of the type decide.

mod api;
mod error;
mod fields;
mod handle;
mod keep;
mod look;
mod managed;
mod read;
mod secret;
mod store;
mod variables;

pub use error::ConfigError;
pub use handle::{Config, Present, Removed, Version};
pub use keep::{Failing, Kept, PERIOD_MIN};
pub use secret::Secret;
pub use store::{Document, Pushed};
pub use variables::{CONFIG_VARIABLE, SECRETS_VARIABLE, from_variables};
