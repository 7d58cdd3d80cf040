//! The documents that landfall writes for the examples, with every id filled in, and which of them meet in which account.

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use landfall::address::Address;
use landfall::aws::policy::Document;
use landfall::desired::{DesiredState, desired};
use landfall::id::PolicyType;
use landfall::kind::{Desired, Facts, Text};
use landfall::model::{Account, Organization};
use landfall::name::AccountKey;
use landfall::ours::{ACCESS_LOGS, TERRAFORM};
use serde_json::{Value, json};

/// The id of the examples' organization.
pub(super) const ORGANIZATION: &str = "o-a1b2c3d4e5";
/// The management account; examples/enterprise names users in it.
pub(super) const MANAGEMENT: &str = "111111111111";
/// The id of the audit key.
const KEY_ID: &str = "11111111-2222-3333-4444-555555555555";
/// AWS's own resource control policy, which is attached everywhere.
pub(super) const FULL_RESOURCE_ACCESS: &str = "RCPFullAWSAccess";
/// The first of the other accounts' ids.
const FIRST_ACCOUNT: u64 = 222_200_000_001;

/// What a document is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "the uses that landfall has")]
pub enum Use {
    /// A service control policy.
    Guardrail,
    /// A resource control policy.
    ResourceGuardrail,
    /// A permissions boundary.
    Boundary,
    /// An identity policy.
    Identity,
    /// A role's trust.
    Trust,
    /// A bucket's policy.
    Bucket,
    /// A key's policy.
    Key,
}

impl Use {
    /// Returns the word of the hand-over.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Guardrail => "guardrail",
            Self::ResourceGuardrail => "resource guardrail",
            Self::Boundary => "boundary",
            Self::Identity => "identity",
            Self::Trust => "trust",
            Self::Bucket => "bucket",
            Self::Key => "key",
        }
    }
}

/// A document and where it comes from.
#[derive(Debug)]
pub struct Held {
    /// Its name for people: `startup: dev/iam-role/deployer roles`.
    pub name: String,
    /// What it is written for.
    pub used: Use,
    /// Whether landfall writes it; others are AWS's or represent those of other owners.
    pub is_generated: bool,
    /// It, without the id of the account that it is in: documents that say the same are one.
    pub class: String,
    /// It.
    pub value: Value,
    parsed: Document,
}

impl Held {
    /// Returns it, ready to evaluate.
    #[must_use]
    pub fn parsed(&self) -> &Document {
        &self.parsed
    }

    /// Returns a document of another owner.
    pub(super) fn foreign(name: impl Into<String>, used: Use, value: Value) -> Rc<Self> {
        Rc::new(Self::new(name.into(), used, value, false, ""))
    }

    fn new(name: String, used: Use, value: Value, is_generated: bool, account: &str) -> Self {
        let text = value.to_string();
        let class = if account.is_empty() { text } else { text.replace(account, "ACCOUNT") };
        Self { parsed: super::parsed(&name, &value), used, is_generated, class: format!("{} {class}", used.word()), value, name }
    }
}

/// What a role of landfall's may do, and whom it trusts.
#[derive(Debug)]
pub(super) struct Role {
    pub(super) trust: Rc<Held>,
    pub(super) identity: Vec<Rc<Held>>,
    pub(super) is_bounded: bool,
}

/// One example's organization.
#[derive(Debug)]
pub struct World {
    /// The example's name.
    pub name: String,
    pub(super) organization: Organization,
    ids: BTreeMap<String, String>,
    guardrails: BTreeMap<String, Vec<Rc<Held>>>,
    boundaries: BTreeMap<String, Rc<Held>>,
    roles: BTreeMap<(String, String), Role>,
    access_roles: BTreeMap<String, Rc<Held>>,
    pub(super) bucket: Rc<Held>,
    pub(super) bucket_name: String,
    /// The bucket of that one's access logs.
    pub(super) access_logs: Rc<Held>,
    pub(super) access_logs_name: String,
    pub(super) key: Rc<Held>,
    full_access: Rc<Held>,
    full_resource_access: Rc<Held>,
}

/// The manifest with every switch on, beside the rows.
pub const SWITCHES: &str = "switches";

/// Returns the organizations of the examples, and the one with every switch on.
///
/// # Panics
///
/// When a manifest is not valid, or one of its documents cannot be filled in or parsed.
#[must_use]
pub fn worlds() -> Vec<World> {
    let mut manifests = landfall_examples::manifests().expect("the examples are part of this repository");
    manifests.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("policies").join(SWITCHES).join("landfall.toml"));
    let read = manifests.iter().map(|manifest| {
        let folder = manifest.parent().and_then(|folder| folder.file_name()).unwrap_or_default().to_string_lossy().into_owned();
        let parsed = landfall_examples::read(manifest).expect("readable");
        let organization = parsed.organization.unwrap_or_else(|| panic!("{folder}: {:?}", parsed.diagnostics));
        World::of(folder, organization)
    });
    read.collect()
}

impl World {
    fn of(name: String, organization: Organization) -> Self {
        let mut state = desired(&organization);
        let mut ids = BTreeMap::from([(AccountKey::management().to_string(), MANAGEMENT.to_owned())]);
        let accounts = (FIRST_ACCOUNT..).zip(organization.accounts.values());
        ids.extend(
            accounts.map(|(made, account)| {
                (account.key.to_string(), account.id.as_ref().map_or_else(|| made.to_string(), ToString::to_string))
            }),
        );
        let facts = facts(&organization, &state, &ids);
        for wanted in &mut state.wanted {
            wanted.thing.visit_references(&mut |text| *text = text.resolved(&facts));
        }
        let held = Reader { example: &name, ids: &ids };
        let (mut guardrails, mut hung) = (BTreeMap::new(), Vec::new());
        let (mut boundaries, mut roles, mut access_roles) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let (mut bucket, mut access_logs, mut key) = (None, None, None);
        for wanted in &state.wanted {
            let (address, account) = (&wanted.address, wanted.address.scope().account().map(ToString::to_string).unwrap_or_default());
            match &wanted.thing {
                // The others hold settings, and decide about no call.
                Desired::Guardrail(guardrail) if guardrail.policy_type.is_authorization() => {
                    let is_on_resources = guardrail.policy_type == PolicyType::ResourceControl;
                    let used = if is_on_resources { Use::ResourceGuardrail } else { Use::Guardrail };
                    guardrails.insert(address.name().to_owned(), held.read(address, "", used, &guardrail.content));
                }
                Desired::Attachment(attachment) => {
                    hung.push((attachment.target.as_str().to_owned(), attachment.policy.as_str().to_owned()));
                }
                Desired::IamPolicy(policy) => {
                    boundaries.insert(account, held.read(address, "", Use::Boundary, &policy.document));
                }
                Desired::IamRole(role) => {
                    let inline = role.inline.iter().map(|(name, text)| held.read(address, name, Use::Identity, text));
                    let identity = role.managed.iter().map(|arn| managed(arn)).chain(inline).collect();
                    let trust = held.read(address, "trust", Use::Trust, &role.trust);
                    roles.insert((account, role.name.clone()), Role { trust, identity, is_bounded: role.boundary.is_some() });
                }
                Desired::AccessRole(role) => {
                    access_roles.insert(account, held.read(address, "trust", Use::Trust, &role.trust));
                }
                // Only what concerns the audit log has a placeholder; a state's bucket has nothing but `TlsOnly`.
                Desired::Bucket(desired) if address.name() != TERRAFORM => {
                    let place = if address.name() == ACCESS_LOGS { &mut access_logs } else { &mut bucket };
                    *place = Some((held.read(address, "", Use::Bucket, &desired.policy), desired.name.as_str().to_owned()));
                }
                Desired::Key(desired) => key = Some(held.read(address, "", Use::Key, &desired.policy)),
                // No other kind has documents.
                _ => {}
            }
        }
        let mut levels: BTreeMap<String, Vec<Rc<Held>>> = BTreeMap::new();
        for (target, policy) in hung {
            levels.entry(target).or_default().extend(guardrails.get(&policy).map(Rc::clone));
        }
        let (bucket, bucket_name) = bucket.expect("every organization has an audit bucket");
        let (access_logs, access_logs_name) = access_logs.expect("every audit bucket has access logs");
        let full_access = Held::foreign("FullAWSAccess", Use::Guardrail, everything());
        let mut on_resources = everything();
        on_resources["Statement"][0]["Principal"] = json!("*");
        let full_resource_access = Held::foreign(FULL_RESOURCE_ACCESS, Use::ResourceGuardrail, on_resources);
        let key = key.expect("every organization has an audit key");
        Self {
            name,
            organization,
            ids,
            guardrails: levels,
            boundaries,
            roles,
            access_roles,
            bucket,
            bucket_name,
            access_logs,
            access_logs_name,
            key,
            full_access,
            full_resource_access,
        }
    }

    /// Returns whether there is such an account.
    #[must_use]
    pub fn has(&self, account: &str) -> bool {
        self.ids.contains_key(account)
    }

    /// Returns every document that landfall writes here.
    pub fn held(&self) -> impl Iterator<Item = &Rc<Held>> {
        let roles = self.roles.values().flat_map(|role| role.identity.iter().chain([&role.trust]));
        let policies = self.guardrails.values().flatten().chain(self.boundaries.values());
        policies.chain(roles).chain(self.access_roles.values()).chain([&self.bucket, &self.access_logs, &self.key])
    }

    pub(super) fn id(&self, account: &str) -> &str {
        &self.ids[account]
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = (&str, &str)> {
        self.ids.iter().map(|(key, id)| (key.as_str(), id.as_str()))
    }

    pub(super) fn account_of(&self, id: &str) -> Option<&str> {
        self.ids().find(|(_, known)| *known == id).map(|(key, _)| key)
    }

    pub(super) fn account(&self, key: &str) -> Option<&Account> {
        self.organization.accounts.values().find(|account| account.key.as_str() == key)
    }

    pub(super) fn role(&self, account: &str, name: &str) -> Option<&Role> {
        self.roles.get(&(account.to_owned(), name.to_owned()))
    }

    /// Returns whom an access role trusts, where landfall says so.
    pub(super) fn access_trust(&self, account: &str) -> Option<&Rc<Held>> {
        self.access_roles.get(account)
    }

    pub(super) fn boundary(&self, account: &str) -> Option<&Rc<Held>> {
        self.boundaries.get(account)
    }

    pub(super) fn key_arn(&self) -> String {
        key_arn(&self.organization, self.id("log-archive"))
    }

    /// Returns the guardrails of a use over an account, from the root down, were it in that unit; none over the management account.
    pub(super) fn levels(&self, used: Use, account: &str, unit: Option<&str>) -> Vec<Vec<Rc<Held>>> {
        let Some(account) = self.account(account) else { return Vec::new() };
        let unit = unit.map_or_else(|| account.unit.clone(), |unit| unit.parse().expect("a row's unit is a path"));
        let units = unit.with_parents().into_iter().map(|unit| unit.to_string());
        let targets = std::iter::once(String::new()).chain(units).chain([self.id(account.key.as_str()).to_owned()]);
        let level = |target: String| {
            let hung = self.guardrails.get(&target).into_iter().flatten().filter(|held| held.used == used).cloned();
            let full = if used == Use::ResourceGuardrail { &self.full_resource_access } else { &self.full_access };
            std::iter::once(Rc::clone(full)).chain(hung).collect()
        };
        targets.map(level).collect()
    }
}

/// Fills in and parses the documents of one example.
struct Reader<'a> {
    example: &'a str,
    ids: &'a BTreeMap<String, String>,
}

impl Reader<'_> {
    fn read(&self, address: &Address, part: &str, used: Use, text: &Text) -> Rc<Held> {
        let name = format!("{}: {address} {part}", self.example).trim_end().to_owned();
        assert!(text.is_known(), "{name} has unresolved references: {:?}", text.references());
        let value = serde_json::from_str(text.as_str()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let account = address.scope().account().map_or("", |key| self.ids[key.as_str()].as_str());
        Rc::new(Held::new(name, used, value, true, account))
    }
}

/// Makes up what AWS would say of the things that documents refer to; units are known by their path, guardrails by their name.
fn facts(organization: &Organization, state: &DesiredState, ids: &BTreeMap<String, String>) -> Facts {
    let mut facts = Facts::new();
    let own = Address::organization("organization", &organization.name);
    for (name, value) in [("management", MANAGEMENT), ("id", ORGANIZATION), ("root", "")] {
        facts.learn(&own, name, value);
    }
    for (key, id) in ids {
        facts.learn(&Address::organization("account", key), "id", id.as_str());
    }
    for wanted in &state.wanted {
        let address = &wanted.address;
        let id = address.scope().account().map_or("", |key| ids[key.as_str()].as_str());
        match &wanted.thing {
            Desired::Guardrail(_) | Desired::Unit(_) => facts.learn(address, "id", address.name()),
            Desired::IamPolicy(policy) => facts.learn(address, "arn", format!("arn:aws:iam::{id}:policy/landfall/{}", policy.name)),
            Desired::OidcProvider(provider) => facts.learn(address, "arn", format!("arn:aws:iam::{id}:oidc-provider/{}", provider.host)),
            Desired::Key(_) => facts.learn(address, "arn", key_arn(organization, id)),
            // Nothing else is referred to by a document or an attachment.
            _ => {}
        }
    }
    facts
}

fn key_arn(organization: &Organization, account: &str) -> String {
    format!("arn:aws:kms:{}:{account}:key/{KEY_ID}", organization.region)
}

/// Returns the document that allows everything.
pub(super) fn everything() -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
}

/// Returns a policy that AWS manages, as AWS writes it (`tests/policies/managed`, of moto 5.2.5).
pub(super) fn managed(arn: &str) -> Rc<Held> {
    let name = arn.rsplit('/').next().unwrap_or(arn);
    let text = match name {
        "AWSBackupServiceRolePolicyForBackup" => include_str!("../../policies/managed/AWSBackupServiceRolePolicyForBackup.json"),
        "AWSBackupServiceRolePolicyForRestores" => include_str!("../../policies/managed/AWSBackupServiceRolePolicyForRestores.json"),
        "AWSBackupServiceRolePolicyForS3Backup" => include_str!("../../policies/managed/AWSBackupServiceRolePolicyForS3Backup.json"),
        "AWSBackupServiceRolePolicyForS3Restore" => include_str!("../../policies/managed/AWSBackupServiceRolePolicyForS3Restore.json"),
        "AdministratorAccess" => include_str!("../../policies/managed/AdministratorAccess.json"),
        "PowerUserAccess" => include_str!("../../policies/managed/PowerUserAccess.json"),
        "ReadOnlyAccess" => include_str!("../../policies/managed/ReadOnlyAccess.json"),
        "SecurityAudit" => include_str!("../../policies/managed/SecurityAudit.json"),
        "ViewOnlyAccess" => include_str!("../../policies/managed/ViewOnlyAccess.json"),
        other => panic!("{other} is not in tests/policies/managed; take it from moto's aws_managed_policies"),
    };
    Held::foreign(name, Use::Identity, serde_json::from_str(text).expect("it is AWS's own"))
}
