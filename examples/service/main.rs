//! A service that reads from its own environment: which subnets it may use, from the index and from EC2.
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

/// Prints the subnets of the service's own environment.
async fn serve(environments: &Environments, name: &str) -> Result<(), Box<dyn Error>> {
    let environment = environments.get(name)?;
    let account = environment.main()?;
    let network = account.entry().network.as_ref().ok_or("the environment has no network")?;
    let session = account.assume(Role::Reader).session_name("service").await?;
    println!("{} is account {}, network {} ({})", environment.name(), session.account(), network.vpc, network.cidr);

    let ec2 = aws_sdk_ec2::Client::new(session.sdk_config());
    for (name, subnet) in &network.subnets {
        let found = ec2.describe_subnets().subnet_ids(&subnet.id).send().await?;
        let free = found.subnets().first().and_then(aws_sdk_ec2::types::Subnet::available_ip_address_count).unwrap_or_default();
        println!("  {name:<12} {:<16} {} with {free} free addresses", subnet.cidr, subnet.zone);
    }
    Ok(())
}
