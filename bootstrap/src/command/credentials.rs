//! `landfall credentials`: a session's credentials for programs that call a `credential_process`.

use std::path::Path;

use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use landfall::name::Region;
use landfall::session::{Session, Sessions};
use serde::Serialize;

use super::enter::Source;
use crate::cache::{Granted, Slot};
use crate::failure::{Failure, exit};
use crate::sandbox::Sandbox;
use crate::settings::{Ask, IfTaken, Place, Settings};
use crate::wall;
use crate::world::World;

/// The form that the AWS CLI and every SDK read.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Printed<'a> {
    version: u8,
    access_key_id: &'a str,
    secret_access_key: &'a str,
    session_token: &'a str,
    expiration: String,
}

/// Prints credentials: those kept, or new ones.
pub(super) async fn run(settings: &Settings, ask: &Ask) -> Result<u8, Failure> {
    let source = Source::open(settings, ask)?;
    let slot = slot(settings, ask, &source);
    if let Some(kept) = slot.as_ref().and_then(Slot::read).filter(|kept| kept.is_fresh(wall::now()))
        && is_known(settings, source.region(), &kept).await
    {
        return print(settings, &kept);
    }
    let world = World::open(settings, source.region(), IfTaken::Wait).await?;
    let granted = async {
        let session = source.enter(settings, ask, &world.sessions).await?;
        granted(&session, &world.sessions).await
    };
    let granted = granted.await;
    let closed = world.close();
    let granted = granted?;
    closed?;
    if let Some(slot) = slot.filter(|_| granted.is_fresh(wall::now()))
        && let Err(error) = slot.write(&granted, wall::now())
    {
        settings.screen.say(&format!("these credentials are not kept for the next call: {error}\n"));
    }
    print(settings, &granted)
}

/// Takes a session's credentials; a sandbox's clock is another one than the wall's, by which other programs go.
pub(super) async fn granted(session: &Session, sessions: &Sessions) -> Result<Granted, Failure> {
    let given = session.provide_credentials().await;
    let credentials = given.map_err(|error| Failure::failed("the session has no credentials").because(error.to_string()))?;
    let ends = session.expires_at().unwrap_or_else(|| sessions.clock().now());
    let life = ends.duration_since(sessions.clock().now()).unwrap_or_default();
    Ok(Granted::new(&credentials, wall::now(), life))
}

/// Returns where this request's credentials are kept; `None` where the system names no folder for it.
fn slot(settings: &Settings, ask: &Ask, source: &Source) -> Option<Slot> {
    let folder = settings.variables.cache.as_deref()?;
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let place = match &settings.place {
        Place::Aws { profile } => format!("{profile:?} {:?}", settings.variables.caller),
        Place::Sandbox { file } => format!("{} {:?}", absolute(file).display(), settings.sandbox_as),
    };
    let file = absolute(ask.index.as_ref().unwrap_or(&settings.manifest));
    Some(Slot::of(folder, [place.as_str(), &file.display().to_string(), &source.meaning(), &format!("{ask:?}")]))
}

/// Returns whether kept credentials are still somebody's: a sandbox may have been forgotten since.
async fn is_known(settings: &Settings, region: &Region, kept: &Granted) -> bool {
    let Place::Sandbox { file } = &settings.place else { return true };
    let Ok(config) = Sandbox::copy(settings, file, region) else { return false };
    let config = config.to_builder().credentials_provider(SharedCredentialsProvider::new(kept.credentials())).build();
    Sessions::open(&config, region).await.is_ok()
}

fn print(settings: &Settings, granted: &Granted) -> Result<u8, Failure> {
    let credentials = granted.credentials();
    settings.screen.json(&Printed {
        version: 1,
        access_key_id: credentials.access_key_id(),
        secret_access_key: credentials.secret_access_key(),
        session_token: credentials.session_token().unwrap_or_default(),
        expiration: wall::iso(granted.ends()),
    })?;
    Ok(exit::DONE)
}
