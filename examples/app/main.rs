//! A program with typed settings and secrets, in both ways.
//!
//! Without an argument it takes them from its variables, as `landfall exec dev --config shop -- app` sets them: a service's way. With the
//! name of an environment it looks into that account and keeps them current: the way of a tool, or of a service that must not restart.

use std::error::Error;
use std::time::{Duration, SystemTime};

use landfall::config::{Kept, Secret, from_variables};
use landfall::name::Store;
use landfall::simulator::Clock;
use landfall::{Environments, Role, Session};
use landfall_examples::built::Built;

/// How often it looks for other values.
const PERIOD: Duration = Duration::from_mins(5);

/// What `app.toml` declares, as this program uses it.
#[derive(serde::Deserialize)]
struct Config {
    payment_url: String,
    max_items: u32,
    stripe_key: Secret<String>,
}

impl Config {
    fn shown(&self) -> String {
        let Self { payment_url, max_items, stripe_key } = self;
        format!("up to {max_items} items, paid at {payment_url} with a key of {} characters", stripe_key.expose().len())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let Some(name) = std::env::args().nth(1) else {
        // As words: they say how it is started.
        let config: Config = from_variables(std::env::vars()).map_err(|error| error.to_string())?;
        println!("started with {}", config.shown());
        return Ok(());
    };
    // Yours: `Environments::from_file("environments.json")?.with_aws(&aws_config::load_defaults(…).await)`. Here a period takes no time.
    let clock = Clock::virtual_from(SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000));
    let environments = Built::startup_on(clock).await?.environments()?;
    let session = enter(&environments, &name).await?;
    team(&session, 50, "sk_test_1").await?;

    let config: Config = session.config("shop").read().await?;
    println!("{name} has {}", config.shown());
    let kept = session.config("shop").keep::<Config>(PERIOD).await?;
    team(&session, 80, "sk_test_rotated").await?;
    follow(kept).await
}

/// Enters as the app's role. Production asks for a reason.
async fn enter(environments: &Environments, name: &str) -> Result<Session, Box<dyn Error>> {
    Ok(environments.get(name)?.assume(Role::named("config-shop")).session_name("app").reason("example").await?)
}

/// Prints what it works with, now and after the next change.
async fn follow(mut kept: Kept<Config>) -> Result<(), Box<dyn Error>> {
    println!("at first {}", kept.current().shown());
    let config = kept.changed().await.ok_or("nothing looks any more")?;
    println!("within a period {}", config.shown());
    if let Some(failing) = kept.failing() {
        println!("these values may be old: {}", failing.error);
    }
    Ok(())
}

/// What the team does by `landfall config push` and `landfall config set`.
async fn team(session: &Session, max_items: u32, key: &str) -> Result<(), Box<dyn Error>> {
    let config = session.config("shop");
    config.push(&format!(r#"{{"max_items":{max_items},"payment_url":"https://sandbox.pay.example"}}"#)).await?;
    config.set("stripe_key", Store::Ssm, &Secret::new(key.to_owned())).await?;
    Ok(())
}
