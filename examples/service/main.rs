//! A service in its own environment: the subnets that it may use, from the index, and its identity, from AWS.
//!
//! It knows the name of its environment and a role, and neither account ids nor credentials. The session renews itself, so
//! a service keeps it for as long as it runs.

use std::error::Error;

use landfall::{Environments, Role};
use landfall_examples::built::Built;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let name = std::env::args().nth(1).unwrap_or_else(|| "dev".to_owned());
    // Yours: `Environments::from_file("environments.json")?.with_aws(&aws_config::load_defaults(…).await)`.
    let environments = Built::startup().await?.environments()?;
    serve(&environments, &name).await
}

/// Prints what the service needs to know of its own environment.
async fn serve(environments: &Environments, name: &str) -> Result<(), Box<dyn Error>> {
    let environment = environments.get(name)?;
    let account = environment.main()?;
    let network = account.entry().network.as_ref().ok_or("the environment has no network")?;
    let session = account.assume(Role::Reader).session_name("service").await?;
    println!("{} is account {}, network {} ({})", environment.name(), session.account(), network.vpc, network.cidr);
    for (name, subnet) in &network.subnets {
        println!("  {name:<12} {:<16} {} {}", subnet.cidr, subnet.zone, subnet.id);
    }
    println!("partners see it come from {}", network.nat_addresses.join(", "));

    // Any AWS client takes the session's configuration.
    let identity = aws_sdk_sts::Client::new(session.sdk_config()).get_caller_identity().send().await?;
    println!("AWS knows it as {}", identity.arn().unwrap_or("unknown"));
    Ok(())
}
