//! Checks the world after every call that can change which accounts are guarded: guardrails attached and detached, accounts moved.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_types::SdkConfig;
use landfall::simulator::Simulator;
use serde_json::Value;

/// Calls after which an account may be guarded by less than before.
const LOOKED_AFTER: [&str; 5] = ["AttachPolicy", "DetachPolicy", "MoveAccount", "DeletePolicy", "DeleteOrganizationalUnit"];

/// Watches that accounts keep the guardrails that they had.
#[derive(Clone)]
pub struct Watch {
    simulator: Simulator,
    kept: Arc<BTreeMap<String, BTreeSet<String>>>,
    lost: Arc<Mutex<Vec<String>>>,
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}

impl Watch {
    /// Notes which of these guardrails (by their address) each account has, itself or from above.
    ///
    /// # Panics
    ///
    /// When the world has no organization.
    #[must_use]
    pub fn over(simulator: &Simulator, guardrails: &[&str]) -> Self {
        let has = guarded(simulator);
        let kept = has
            .into_iter()
            .map(|(account, has)| (account, has.into_iter().filter(|guardrail| guardrails.contains(&guardrail.as_str())).collect()));
        Self { simulator: simulator.clone(), kept: Arc::new(kept.collect()), lost: Arc::default() }
    }

    /// Returns a configuration that watches every call.
    ///
    /// # Panics
    ///
    /// When the configuration has no HTTP client.
    #[must_use]
    pub fn config(&self, config: &SdkConfig) -> SdkConfig {
        let inner = config.http_client().expect("a simulator's configuration has one");
        config.clone().into_builder().http_client(SharedHttpClient::new(Watching { inner, watch: self.clone() })).build()
    }

    /// Returns every account that was without a guardrail which it had, after which call.
    #[must_use]
    pub fn lost(&self) -> Vec<String> {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks now.
    pub fn look(&self, after: &str) {
        let has = guarded(&self.simulator);
        for (account, kept) in self.kept.iter() {
            let missing: Vec<&String> = has.get(account).map_or_else(Vec::new, |has| kept.difference(has).collect());
            if !missing.is_empty() {
                let line = format!("after {after}, {account} is without {missing:?}");
                self.lost.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        }
    }
}

/// Returns the guardrails, by the address in their tags, that each member account is under.
///
/// # Panics
///
/// When the world has no organization.
#[must_use]
pub fn guarded(simulator: &Simulator) -> BTreeMap<String, BTreeSet<String>> {
    let document: Value = serde_json::from_str(&simulator.to_json()).expect("a world is JSON");
    let organization = &document["world"]["organization"];
    let address = |policy: &str| organization["tags"][policy]["landfall:address"].as_str().map(str::to_owned);
    let of_target = |target: &str| -> Vec<String> {
        let policies = organization["attachments"][target].as_array().into_iter().flatten();
        policies.filter_map(|policy| address(policy.as_str()?)).collect()
    };
    let mut guarded = BTreeMap::new();
    for (id, account) in document["world"]["accounts"].as_object().expect("accounts") {
        let mut has: BTreeSet<String> = of_target(id).into_iter().collect();
        let mut at = account["parent"].as_str();
        while let Some(target) = at {
            has.extend(of_target(target));
            at = organization["units"][target]["parent"].as_str();
        }
        guarded.insert(id.clone(), has);
    }
    guarded
}

#[derive(Debug, Clone)]
struct Watching {
    inner: SharedHttpClient,
    watch: Watch,
}

#[derive(Debug, Clone)]
struct Connector {
    inner: SharedHttpConnector,
    watch: Watch,
}

impl HttpClient for Watching {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector { inner: self.inner.http_connector(settings, components), watch: self.watch.clone() })
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.inner.connector_metadata()
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").and_then(|target| target.rsplit('.').next()).unwrap_or_default().to_owned();
        let (inner, watch) = (self.inner.clone(), self.watch.clone());
        HttpConnectorFuture::new(async move {
            let answer = inner.call(request).await;
            if LOOKED_AFTER.contains(&target.as_str()) {
                watch.look(&target);
            }
            answer
        })
    }
}
