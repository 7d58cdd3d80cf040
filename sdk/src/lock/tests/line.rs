//! A connection to the simulator on which calls are delayed and may be lost, before or after they take effect.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

use crate::simulator::Simulator;

/// Pseudo-random numbers, the same for the same seed.
#[derive(Debug, Clone)]
pub(super) struct Chance(Arc<AtomicU64>);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(Arc::new(AtomicU64::new(seed)))
    }

    /// Returns a number below a limit (`SplitMix64`).
    pub(super) fn below(&self, limit: u64) -> u64 {
        let state = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::SeqCst);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % limit.max(1)
    }
}

/// The connection.
#[derive(Debug, Clone)]
pub(super) struct Line {
    simulator: SharedHttpClient,
    chance: Chance,
    /// How many calls in a hundred are lost.
    trouble: u64,
}

impl Line {
    pub(super) fn new(simulator: &Simulator, chance: &Chance, trouble: u64) -> Self {
        Self { simulator: simulator.http_client(), chance: chance.clone(), trouble }
    }
}

impl HttpClient for Line {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.simulator.http_connector(settings, components);
        SharedHttpConnector::new(Connector { inner, line: self.clone() })
    }
}

#[derive(Debug, Clone)]
struct Connector {
    inner: SharedHttpConnector,
    line: Line,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self { inner, line } = self.clone();
        HttpConnectorFuture::new(async move {
            let travel = async || tokio::time::sleep(Duration::from_millis(line.chance.below(700))).await;
            let lost = || Err(ConnectorError::io("the connection was cut".into()));
            let (before, after) = (line.chance.below(200) < line.trouble, line.chance.below(200) < line.trouble);
            travel().await;
            if before {
                return lost();
            }
            let answer = inner.call(request).await;
            travel().await;
            if after { lost() } else { answer }
        })
    }
}
