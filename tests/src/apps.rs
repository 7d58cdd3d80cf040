//! An organization with two apps, on the simulator in virtual time, and the calls that reach the stores of their values.

use std::time::Duration;

use aws_smithy_async::rt::sleep::AsyncSleep as _;
use landfall::desired::desired;
use landfall::environments::{Environments, Index, Role};
use landfall::observe::{NotReady, observe};
use landfall::session::{Session, Sessions};
use landfall::simulator::{Options, Simulator};

use crate::{applied, clock, failures, organization, small};

/// Apps `shop` and `board` in dev and prod.
#[derive(Debug)]
#[non_exhaustive]
pub struct World {
    /// Its AWS.
    pub simulator: Simulator,
    /// The index, with the administrator's sessions.
    pub environments: Environments,
}

impl World {
    /// Builds it.
    ///
    /// # Panics
    /// If it cannot be built.
    pub async fn built() -> Self {
        Self::on(Simulator::new(Options::default(), clock())).await
    }

    /// Builds it on a simulated AWS that may have it already.
    ///
    /// # Panics
    /// If it cannot be built.
    pub async fn on(simulator: Simulator) -> Self {
        let manifest = r#"[access]
operators = ["sso:AdministratorAccess"]
pipelines = ["sso:AdministratorAccess"]
[apps.shop]
[apps.board]
"#;
        let organization = organization(&small(manifest));
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

    /// Enters dev.
    ///
    /// # Panics
    /// If that is refused.
    pub async fn enter(&self, role: &str) -> Session {
        self.environments.get("dev").expect("there").assume(Role::named(role)).await.expect("assumed")
    }

    /// Returns the calls of the two stores since they were forgotten.
    pub fn calls(&self) -> Vec<String> {
        let calls = self.simulator.calls().into_iter();
        calls.filter(|call| ["ssm", "secretsmanager"].contains(&call.service.as_str())).map(|call| call.operation.clone()).collect()
    }

    /// Lets time pass; every task that waits for it runs meanwhile.
    pub async fn pass(&self, time: Duration) {
        self.simulator.clock().sleep_impl().sleep(time).await;
    }
}
