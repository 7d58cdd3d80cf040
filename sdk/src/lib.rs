//! Landfall: one manifest, every AWS account.
//!
//! A company writes one small TOML file that names its environments. Landfall plans and builds the AWS
//! Organization from it, and any program that imports this crate shares the same model.
//!
//! # Tour
//!
//! ```text
//! landfall.toml --manifest--> model --desired--> what should be --.
//!                                                                  >-- plan --> apply --> event, event, …
//! AWS, or the simulator --observe--> what is (observed) ----------'
//! ```
//!
//! - [`manifest`] turns text into an [`Organization`], or reports all of its mistakes at once.
//! - [`desired`] turns that into everything that should exist; [`observe`] reads what exists.
//! - [`plan`] compares the two and makes no calls; [`apply`] carries a plan out and reports [`event`]s.
//! - [`cost`] estimates the monthly bill, of a plan or of what exists.
//! - [`terraform`] lists what exists, for Terraform to take over.
//! - [`lock`] keeps two operators from applying at once.
//! - [`kind`] is the extension point: each kind of managed resource is one file.
//! - [`environments`] is the entry point for other programs: accounts by name, [`Role`]s, one function over all of them.
//! - [`session`] is the layer below: an account by role assumption, with credentials that renew themselves.
//! - [`simulator`] is an AWS in this process, for experiments, tests and benchmarks.
//!
// Items of a feature are linked if it is on; otherwise their names link to the table of features.
#![cfg_attr(
    feature = "operate",
    doc = "[`Organization`]: model::Organization\n[`desired`]: mod@desired\n[`observe`]: mod@observe\n[`plan`]: mod@plan\n[`apply`]: mod@apply"
)]
#![cfg_attr(
    not(feature = "operate"),
    doc = "[`manifest`]: #features\n[`Organization`]: #features\n[`desired`]: #features\n[`observe`]: #features\n[`plan`]: #features\n[`apply`]: #features\n[`cost`]: #features\n[`event`]: #features\n[`lock`]: #features\n[`terraform`]: #features\n[`kind`]: #features"
)]
#![cfg_attr(not(feature = "simulator"), doc = "[`simulator`]: #features")]
//!
//! # Features
//!
//! | feature | adds | AWS crates it compiles |
//! | --- | --- | --- |
//! | `session` (default) | [`Environments`] from a file, sessions, one function over many accounts | `sts` |
//! | `ssm` | environments from SSM parameters, and publishing them | none more |
//! | `config` | settings and secrets of an app, typed | none more |
//! | `discovery` | environments looked up in the organization, by tag | `organizations` |
//! | `operate` | manifest, observing, planning, applying | `organizations`, `s3` |
//! | `simulator` | an AWS in this process | none |
//!
//! Requires Rust 1.94.1 or newer, as the AWS crates do, and a tokio runtime for everything `async`.
//!
//! A feature adds API and never changes existing API. The embedder chooses the credentials, the HTTP client and its TLS: the
//! library takes an `SdkConfig` as `aws_config` loads it.
//!
//! # What it does not do
//!
//! There is no state file: AWS, e-mails and ownership tags are the state, and a run resumes by observing again. The library never
//! prints, never exits and reads no environment variable. It never closes accounts.
//!
//! # Examples
//!
//! A client for production, in a service; `environments.json` is what `landfall outputs` wrote:
//!
//! ```no_run
//! # async fn example(config: aws_types::SdkConfig) -> Result<(), Box<dyn std::error::Error>> {
//! use landfall::{Environments, Role};
//!
//! let environments = Environments::from_file("environments.json")?.with_aws(&config);
//! let prod = environments.get("prod")?;
//! let session = prod.assume(Role::Deployer).reason("release 42").await?;
//! let client = aws_sdk_sts::Client::new(session.sdk_config()); // or any other `aws-sdk-*` client
//! # let _ = client;
//! # Ok(())
//! # }
//! ```
//!
//! A plan for a new organization, on the simulator; with a configuration from `aws_config`, on AWS.
//!
#![cfg_attr(all(feature = "operate", feature = "simulator"), doc = "```")]
#![cfg_attr(not(all(feature = "operate", feature = "simulator")), doc = "```text")]
//! use landfall::{desired::desired, manifest, observe, plan, session::Sessions, simulator::{Clock, Options, Simulator}};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let text = r#"
//!     schema = 1
//!     [organization]
//!     name    = "acme"
//!     email   = "aws+{account}@acme.example"
//!     region  = "eu-west-1"
//!     regions = ["eu-west-1"]
//!     [environments.dev]
//!     tier = "development"
//! "#;
//! let source = manifest::Source { name: "landfall.toml".to_owned(), text: text.to_owned() };
//! let organization = manifest::parse(&source, &|_| Err("no files here".to_owned())).organization.ok_or("mistakes")?;
//!
//! let simulator = Simulator::new(Options::default(), Clock::wall());
//! let sessions = Sessions::open(&simulator.sdk_config("eu-west-1"), &organization.region).await?;
//! let wanted = desired(&organization);
//! let survey = observe::observe(&sessions, &organization, &wanted, observe::NotReady::Report).await?;
//! let plan = plan::plan(&organization, &wanted, &survey.observation, &plan::PlanOptions::default())?;
//! assert_eq!(plan.steps[0].address.to_string(), "organization/acme");
//! # Ok(())
//! # })
//! # }
//! ```
#![deny(clippy::print_stdout, clippy::print_stderr, clippy::exit)]

pub mod address;
#[cfg(feature = "operate")]
pub mod app;
#[cfg(feature = "operate")]
pub mod apply;
pub mod aws;
#[cfg(feature = "config")]
pub mod config;
#[cfg(feature = "operate")]
pub mod cost;
#[cfg(feature = "operate")]
pub mod desired;
pub mod environments;
#[cfg(feature = "operate")]
pub mod event;
pub mod id;
#[cfg(feature = "operate")]
pub mod kind;
#[cfg(feature = "operate")]
pub mod lock;
#[cfg(feature = "operate")]
pub mod manifest;
#[cfg(feature = "operate")]
pub mod model;
pub mod name;
#[cfg(feature = "operate")]
pub mod observe;
#[cfg(feature = "operate")]
pub mod observed;
pub mod ours;
#[cfg(feature = "operate")]
pub mod plan;
#[cfg(feature = "operate")]
pub mod release;
pub mod session;
#[cfg(feature = "simulator")]
pub mod simulator;
#[cfg(feature = "operate")]
pub mod terraform;
#[cfg(feature = "operate")]
pub mod written;

pub use environments::{Environments, Role};
pub use session::Session;
