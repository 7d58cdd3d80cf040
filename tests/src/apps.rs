//! A small organization with two apps in dev, and sessions in it: for tests of apps' values.

use landfall::desired::desired;
use landfall::environments::{Environments, Index, Role};
use landfall::observe::{NotReady, observe};
use landfall::session::{Session, Sessions};
use landfall::simulator::{Options, Simulator};

use crate::{applied, clock, failures, organization, small};

const MANIFEST: &str = "[access]\noperators = [\"sso:AdministratorAccess\"]\n[apps.shop]\n[apps.board]\n";

/// A simulated AWS with the apps `shop` and `board`.
#[derive(Debug)]
pub struct World {
    /// The simulated AWS.
    pub simulator: Simulator,
    /// Its environments.
    pub environments: Environments,
}

impl World {
    /// Builds it.
    ///
    /// # Panics
    ///
    /// When that fails.
    pub async fn built() -> Self {
        Self::on(Simulator::new(Options::default(), clock())).await
    }

    /// Builds it on a simulated AWS that may have it already.
    ///
    /// # Panics
    ///
    /// When that fails.
    pub async fn on(simulator: Simulator) -> Self {
        let organization = organization(&small(MANIFEST));
        let config = simulator.sdk_config(organization.region.as_str());
        let (_, events) = applied(&config, &organization).await.expect("observed");
        assert_eq!(failures(&events), [""; 0]);
        let sessions = Sessions::open(&config, &organization.region).await.expect("a session");
        let wanted = desired(&organization);
        let seen = observe(&sessions, &organization, &wanted, NotReady::Wait).await.expect("observed").observation;
        let index = Index::of(&organization, &wanted, &seen);
        let environments = Environments::from_index(index).expect("an index").with_sessions(sessions);
        Self { simulator, environments }
    }

    /// Returns a session as a role in dev.
    ///
    /// # Panics
    ///
    /// When it may not be assumed.
    pub async fn enter(&self, role: &str) -> Session {
        self.environments.get("dev").expect("there").assume(Role::named(role)).await.expect("assumed")
    }

    /// Returns the calls of Parameter Store and Secrets Manager since they were forgotten.
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        let calls = self.simulator.calls().into_iter();
        calls.filter(|call| ["ssm", "secretsmanager"].contains(&call.service.as_str())).map(|call| call.operation.clone()).collect()
    }
}
