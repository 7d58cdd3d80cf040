//! Conformance: every example, planned and applied by the real binary on an independent simulator of AWS (moto), and read back with
//! plain AWS clients, account by account.
//!
//! Runs under `cargo xtask conformance`, which starts the server and passes its address; alone it reports that it was skipped.
//! Nothing here, and nothing in landfall, asks which endpoint answers.

mod apps;
mod network;
mod policies;
mod terraform;
mod trail;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use landfall::address::Address;
use landfall::desired::desired;
use landfall::kind::Desired;
use landfall::model::Organization;
use landfall_tests::moto;
use landfall_tests::tamper::{self, Places};
use serde_json::Value;

/// What `cargo xtask conformance` hands over.
struct Judge {
    endpoint: String,
    binary: PathBuf,
    /// A session of the administrators' permission set: a manifest that names administrators asks for one of them.
    caller: Option<Credentials>,
}

impl Judge {
    fn found() -> Option<Self> {
        let endpoint = std::env::var("LANDFALL_CONFORMANCE_ENDPOINT").ok()?;
        let binary = std::env::var_os("LANDFALL_CONFORMANCE_BINARY")?.into();
        Some(Self { endpoint, binary, caller: None })
    }

    /// Empties the server and signs in.
    async fn begin(&mut self) {
        moto::reset(&self.endpoint);
        self.caller = Some(moto::administrator(&self.endpoint).await);
    }

    fn landfall(&self, manifest: &Path, arguments: &[&str]) -> Output {
        self.given(manifest, arguments, "")
    }

    /// Runs it with a standard input.
    fn given(&self, manifest: &Path, arguments: &[&str], input: &str) -> Output {
        let caller = self.caller.as_ref().expect("begun");
        let mut child = Command::new(&self.binary)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_ACCESS_KEY_ID", caller.access_key_id())
            .env("AWS_SECRET_ACCESS_KEY", caller.secret_access_key())
            .env("AWS_SESSION_TOKEN", caller.session_token().unwrap_or_default())
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .arg("--manifest")
            .arg(manifest)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        // One that reads nothing may have ended.
        let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
        child.wait_with_output().expect("the binary ends")
    }

    fn config(&self, organization: &Organization, credentials: Credentials) -> SdkConfig {
        moto::config(&self.endpoint, organization.region.as_str(), credentials)
    }
}

/// The account whose credentials moto takes for those of the management account.
const MANAGEMENT: &str = "123456789012";

#[tokio::test]
async fn every_example() {
    let Some(mut judge) = Judge::found() else {
        eprintln!("skipped: run `cargo xtask conformance`, which starts moto");
        return;
    };
    let manifests = landfall_examples::manifests().expect("the examples are there");
    assert!(!manifests.is_empty());
    for (example, manifest) in manifests.iter().map(|manifest| (manifest.parent().expect("a folder"), of_moto(manifest))) {
        eprintln!("{}", manifest.parent().and_then(Path::file_name).unwrap_or_default().display());
        judge.begin().await;
        runs(&judge, &manifest);
        read_back(&judge, &manifest).await;
        apps::are_set_and_read(&judge, example, &manifest);
        if manifest.ends_with("startup/landfall.toml") {
            drifts(&judge, &manifest).await;
        }
    }
}

/// Manual changes are shown and repaired; the plan after that is empty.
async fn drifts(judge: &Judge, manifest: &Path) {
    let organization = landfall_examples::read(manifest).expect("readable").organization.expect("the example is valid");
    let management = judge.config(&organization, Credentials::new("management", "x", None, None, "test"));
    let accounts = accounts(&management, &organization).await;
    let member = async |key: &str| judge.config(&organization, moto::member(&judge.endpoint, &accounts[key]).await);
    let places = Places { archive: member("log-archive").await, prod: member("prod").await, management };
    let changed = tamper::everything(&places).await;

    let plan = judge.landfall(manifest, &["plan", "--format", "json", "--detailed-exitcode"]);
    assert_eq!(plan.status.code(), Some(2), "{plan:?}");
    let plan: Value = serde_json::from_slice(&plan.stdout).expect("a document");
    let steps = plan["steps"].as_array().expect("steps");
    for drift in &changed {
        let step = steps.iter().find(|step| drift.is_shown(step["address"].as_str().unwrap_or_default(), &fields(step)));
        let step = step.unwrap_or_else(|| panic!("{}: {plan:#}", drift.done));
        eprintln!("  drift: {}: {} {}", drift.done, drift.address, step["fields"]);
    }
    let apply = judge.landfall(manifest, &["apply", "--yes"]);
    assert_eq!(apply.status.code(), Some(0), "{apply:?}");
    let again = judge.landfall(manifest, &["plan", "--format", "json", "--detailed-exitcode"]);
    assert_eq!(again.status.code(), Some(0), "{}", String::from_utf8_lossy(&again.stdout));
    eprintln!("  {} of {} changes repaired; the plan after that is empty", changed.len(), changed.len());
}

/// Returns a copy of an example whose management account is moto's: a manifest that names principals of another one is refused.
fn of_moto(manifest: &Path) -> PathBuf {
    let folder = manifest.parent().expect("a folder");
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("conformance").join(folder.file_name().expect("a name"));
    let policies = folder.join("policies");
    std::fs::create_dir_all(copy.join("policies")).expect("a folder");
    for policy in std::fs::read_dir(policies).into_iter().flatten() {
        let policy = policy.expect("an entry");
        std::fs::copy(policy.path(), copy.join("policies").join(policy.file_name())).expect("copied");
    }
    let text = std::fs::read_to_string(manifest).expect("readable").replace("111111111111", MANAGEMENT);
    std::fs::write(copy.join("landfall.toml"), text).expect("written");
    copy.join("landfall.toml")
}

/// Returns the fields of a step as people see them.
fn fields(step: &Value) -> Vec<String> {
    let text = |field: &Value, side: &str| field[side].as_str().map(str::to_owned);
    let shown = |field: &Value| {
        let name = field["name"].as_str().unwrap_or_default();
        match (text(field, "from"), text(field, "to")) {
            (Some(from), Some(to)) => format!("{name}  {from} -> {to}"),
            (None, Some(to)) => format!("{name}  + {to}"),
            (from, None) => format!("{name}  - {}", from.unwrap_or_default()),
        }
    };
    step["fields"].as_array().into_iter().flatten().map(shown).collect()
}

/// Plan, apply, plan, apply: the second plan is empty and the second apply writes nothing.
fn runs(judge: &Judge, manifest: &Path) {
    let json = |output: &Output| -> Value { serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}")) };
    let last = |output: &Output| -> Value {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        serde_json::from_str(text.lines().last().unwrap_or_default()).unwrap_or_else(|error| panic!("{error}: {output:?}"))
    };
    let code = |output: &Output| output.status.code();

    let plan = judge.landfall(manifest, &["plan", "--format", "json", "--detailed-exitcode"]);
    assert_eq!(code(&plan), Some(2), "{plan:?}");
    let steps = json(&plan)["steps"].as_array().expect("steps").len();
    assert!(steps > 0);

    let apply = judge.landfall(manifest, &["apply", "--yes", "--format", "json"]);
    assert_eq!(code(&apply), Some(0), "{apply:?}");
    assert_eq!(last(&apply)["done"], steps, "{apply:?}");

    let again = judge.landfall(manifest, &["plan", "--format", "json", "--detailed-exitcode"]);
    assert_eq!(code(&again), Some(0), "{}", String::from_utf8_lossy(&again.stdout));
    assert_eq!(json(&again)["steps"], Value::Array(Vec::new()));

    let second = judge.landfall(manifest, &["apply", "--yes", "--format", "json"]);
    assert_eq!(code(&second), Some(0), "{second:?}");
    assert_eq!(last(&second)["mutating"], 0, "{second:?}");
    eprintln!("  {steps} steps applied; second plan empty; second apply: 0 mutating calls of {}", total(&last(&second)["calls"]));
}

fn total(calls: &Value) -> u64 {
    calls.as_object().map(|calls| calls.values().filter_map(Value::as_u64).sum()).unwrap_or_default()
}

/// Reads everything back with plain clients: each resource is in its account, and none exists twice.
async fn read_back(judge: &Judge, manifest: &Path) {
    let organization = landfall_examples::read(manifest).expect("readable").organization.expect("the example is valid");

    let management = judge.config(&organization, Credentials::new("management", "x", None, None, "test"));
    let accounts = accounts(&management, &organization).await;
    let units = units(&management).await;
    let expected_units: BTreeSet<String> = organization.units.keys().map(ToString::to_string).collect();
    assert_eq!(units.keys().cloned().collect::<BTreeSet<_>>(), expected_units);
    in_their_units(&management, &organization, &accounts, &units).await;

    let archive_id = &accounts["log-archive"];
    let archive = judge.config(&organization, moto::member(&judge.endpoint, archive_id).await);
    let bucket = trail::read_back(&management, &archive, &organization, archive_id).await;
    let (mut roles, mut networks, mut nats) = (0, 0, 0);
    for known in organization.accounts.values() {
        let (key, id) = (known.key.as_str(), &accounts[known.key.as_str()]);
        let config = judge.config(&organization, moto::member(&judge.endpoint, id).await);
        roles += account(&config, &organization, key, id).await;
        nats += network::read_back(&config, &organization, known, &bucket).await;
        networks += usize::from(known.network.is_some());
    }
    let here = iam_names(&management).await;
    assert!(here.is_empty(), "the management account holds {here:?}");
    eprintln!(
        "  read back: {} accounts in their units, {} units, {roles} roles, {networks} networks with {nats} NAT gateways, each once and \
         where it belongs; one trail into {bucket}",
        accounts.len(),
        units.len()
    );
}

/// Returns the id of each account by key; every e-mail appears exactly once.
async fn accounts(management: &SdkConfig, organization: &Organization) -> BTreeMap<String, String> {
    let client = aws_sdk_organizations::Client::new(management);
    let mut listed = Vec::new();
    let mut pages = client.list_accounts().into_paginator().send();
    while let Some(page) = pages.next().await {
        listed.extend(page.expect("listed").accounts().to_vec());
    }
    assert_eq!(listed.len(), organization.accounts.len() + 1, "the members and the management account");
    organization
        .accounts
        .values()
        .map(|account| {
            let matching: Vec<_> = listed.iter().filter(|listed| listed.email().is_some_and(|email| account.email.same(email))).collect();
            assert_eq!(matching.len(), 1, "{}", account.email);
            assert_eq!(matching[0].name(), Some(organization.account_name(&account.key).as_str()));
            (account.key.to_string(), matching[0].id().expect("has an id").to_owned())
        })
        .collect()
}

/// Returns the id of each unit by path, walked from the root; no parent has two of one name.
async fn units(management: &SdkConfig) -> BTreeMap<String, String> {
    let client = aws_sdk_organizations::Client::new(management);
    let root = client.list_roots().send().await.expect("listed").roots()[0].id().expect("has an id").to_owned();
    let mut units = BTreeMap::new();
    let mut open = vec![(String::new(), root)];
    while let Some((path, id)) = open.pop() {
        let mut pages = client.list_organizational_units_for_parent().parent_id(&id).into_paginator().send();
        while let Some(page) = pages.next().await {
            for unit in page.expect("listed").organizational_units() {
                let name = unit.name().expect("has a name");
                let path = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
                let id = unit.id().expect("has an id").to_owned();
                open.push((path.clone(), id.clone()));
                assert_eq!(units.insert(path.clone(), id), None, "{path} appears twice");
            }
        }
    }
    units
}

async fn in_their_units(
    management: &SdkConfig,
    organization: &Organization,
    accounts: &BTreeMap<String, String>,
    units: &BTreeMap<String, String>,
) {
    let client = aws_sdk_organizations::Client::new(management);
    for account in organization.accounts.values() {
        let id = &accounts[account.key.as_str()];
        let parents = client.list_parents().child_id(id).send().await.expect("listed");
        assert_eq!(parents.parents()[0].id(), Some(units[account.unit.as_str()].as_str()), "{}", account.key);
        let tags = client.list_tags_for_resource().resource_id(id).send().await.expect("listed");
        let tag = |key: &str| tags.tags().iter().find(|tag| tag.key() == key).map(|tag| tag.value().to_owned());
        assert_eq!(tag("landfall:address"), Some(format!("account/{}", account.key)));
        for (key, value) in &account.tags {
            assert_eq!(tag(key).as_ref(), Some(value), "{}", account.key);
        }
    }
    let wanted = desired(organization);
    let guardrails = wanted.wanted.iter().filter_map(|wanted| match &wanted.thing {
        Desired::Guardrail(guardrail) => Some((wanted.address.name(), guardrail.policy_type.aws())),
        _ => None,
    });
    let types: BTreeMap<&str, &str> = guardrails.collect();
    let attached = wanted.wanted.iter().filter(|wanted| matches!(wanted.thing, Desired::Attachment(_)));
    for wanted in attached {
        let (target, guardrail) = wanted.address.name().rsplit_once('/').expect("target and guardrail");
        let id = target.strip_prefix("account:").map_or_else(|| units[target].clone(), |key| accounts[key].clone());
        let listed = client.list_policies_for_target().target_id(id).filter(types[guardrail].into()).send().await.expect("listed");
        let named = format!("landfall-{guardrail}");
        assert_eq!(listed.policies().iter().filter(|policy| policy.name() == Some(&named)).count(), 1, "{}", wanted.address);
    }
}

/// Checks one account's IAM against the desired state; returns the number of roles.
async fn account(config: &SdkConfig, organization: &Organization, key: &str, id: &str) -> usize {
    let identity = aws_sdk_sts::Client::new(config).get_caller_identity().send().await.expect("identity");
    assert_eq!(identity.account(), Some(id), "{key}");
    let wanted = desired(organization);
    let here: Vec<(&Address, &Desired)> = wanted
        .wanted
        .iter()
        .filter(|wanted| wanted.address.scope().account().is_some_and(|account| account.as_str() == key))
        .map(|wanted| (&wanted.address, &wanted.thing))
        .collect();
    let names: BTreeSet<String> = here
        .iter()
        .filter_map(|(_, thing)| match thing {
            Desired::IamRole(role) => Some(format!("role/{}", role.name)),
            Desired::IamPolicy(policy) => Some(format!("policy/{}", policy.name)),
            _ => None,
        })
        .collect();
    assert_eq!(iam_names(config).await, names, "{key}");

    let client = aws_sdk_iam::Client::new(config);
    let providers = client.list_open_id_connect_providers().send().await.expect("listed");
    let expected = here.iter().filter(|(_, thing)| matches!(thing, Desired::OidcProvider(_))).count();
    assert_eq!(providers.open_id_connect_provider_list().len(), expected, "{key}");

    let mut roles = 0;
    for (address, thing) in &here {
        let Desired::IamRole(role) = thing else { continue };
        roles += 1;
        let found = client.get_role().role_name(&role.name).send().await.expect("there").role().cloned().expect("there");
        assert_eq!(found.path(), "/landfall/");
        assert_eq!(found.max_session_duration(), Some(role.session_seconds), "{address}");
        assert!(found.tags().iter().any(|tag| tag.key() == "landfall:address" && tag.value() == address.to_string()), "{address}");
        let boundary = found.permissions_boundary().and_then(|boundary| boundary.permissions_boundary_arn());
        let expected = role.boundary.as_ref().map(|_| format!("arn:aws:iam::{id}:policy/landfall/boundary"));
        assert_eq!(boundary, expected.as_deref(), "{address}");
        let attached = client.list_attached_role_policies().role_name(&role.name).send().await.expect("listed");
        let attached: BTreeSet<String> =
            attached.attached_policies().iter().filter_map(|policy| policy.policy_arn().map(str::to_owned)).collect();
        assert_eq!(attached, role.managed, "{address}");
    }
    roles
}

/// Returns the names of all roles and policies under landfall's path.
async fn iam_names(config: &SdkConfig) -> BTreeSet<String> {
    let client = aws_sdk_iam::Client::new(config);
    let mut names = BTreeSet::new();
    let roles = client.list_roles().path_prefix("/landfall/").send().await.expect("listed");
    let policies =
        client.list_policies().scope(aws_sdk_iam::types::PolicyScopeType::Local).path_prefix("/landfall/").send().await.expect("listed");
    names.extend(roles.roles().iter().map(|role| format!("role/{}", role.role_name())));
    names.extend(policies.policies().iter().map(|policy| format!("policy/{}", policy.policy_name().unwrap_or_default())));
    names
}
