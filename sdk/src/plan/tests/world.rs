//! The world as it is when everything wanted has just been created.

use super::{monitoring, network, settings};
use crate::address::{Address, Scope};
use crate::aws::tags;
use crate::desired::DesiredState;
use crate::kind::cloudtrail::trail;
use crate::kind::iam::{access_role, oidc_provider, policy, role};
use crate::kind::kms::key;
use crate::kind::named::Found;
use crate::kind::organizations::{account, attachment, guardrail, organization, unit};
use crate::kind::s3::bucket;
use crate::kind::{Desired, Observed};
use crate::observed::{Observation, ScopeState};

/// Returns what would be observed if everything desired had just been created.
pub(super) fn built(wanted: &DesiredState) -> Observation {
    let mut world = Observation::nothing("111111111111".parse().expect("valid"));
    world.facts.learn(&Address::organization("organization", "acme"), "management", "111111111111");
    world.scopes.insert(Scope::Organization, ScopeState::Readable);
    for (number, wanted) in wanted.wanted.iter().enumerate() {
        let address = &wanted.address;
        let observed = match world.resolved(&wanted.thing) {
            Desired::Organization(thing) => Observed::Organization(organization::Observed {
                id: "o-a1b2c3d4e5".to_owned(),
                root: "r-ab12".to_owned(),
                management: "111111111111".to_owned(),
                all_features: true,
                tags: thing.tags,
            }),
            Desired::Unit(thing) => Observed::Unit(unit::Observed {
                id: format!("ou-ab12-{number:08}"),
                parent: thing.parent.as_str().to_owned(),
                name: thing.name,
                tags: thing.tags,
                accounts: Vec::new(),
            }),
            Desired::Account(thing) => {
                let key = address.name().parse().expect("valid");
                world.scopes.insert(Scope::Account(key), ScopeState::Readable);
                Observed::Account(account::Observed {
                    id: Some(crate::name::literal(&format!("2222{number:08}"))),
                    name: thing.name,
                    email: Some(thing.email.to_string()),
                    state: account::State::Active,
                    joined: None,
                    is_new: false,
                    parent: thing.unit.as_str().to_owned(),
                    tags: thing.tags,
                })
            }
            Desired::Guardrail(thing) => Observed::Guardrail(guardrail::Observed {
                id: format!("p-{number}"),
                name: thing.name,
                policy_type: thing.policy_type,
                content: thing.content.as_str().to_owned(),
                tags: thing.tags,
            }),
            Desired::Attachment(thing) => Observed::Attachment(attachment::Observed {
                policy: thing.policy.as_str().to_owned(),
                policy_name: format!("landfall-{}", address.name().rsplit('/').next().unwrap_or_default()),
                policy_tags: tags::ours(
                    &"acme".parse().expect("valid"),
                    &Address::organization("guardrail", address.name().rsplit('/').next().unwrap_or_default()),
                ),
                target: thing.target.as_str().to_owned(),
                target_name: String::new(),
            }),
            Desired::IamPolicy(thing) => Observed::IamPolicy(policy::Observed {
                arn: format!("arn:aws:iam::{}:policy/landfall/{}", account_id(&world, address), thing.name),
                name: thing.name,
                path: "/landfall/".to_owned(),
                document: Some(thing.document.as_str().to_owned()),
                tags: thing.tags,
                bounds: Vec::new(),
            }),
            Desired::OidcProvider(thing) => Observed::OidcProvider(oidc_provider::Observed {
                arn: format!("arn:aws:iam::{}:oidc-provider/{}", account_id(&world, address), thing.host),
                host: thing.host,
                audiences: vec![thing.audience],
                tags: thing.tags,
            }),
            Desired::IamRole(thing) => Observed::IamRole(role::Observed {
                arn: format!("arn:aws:iam::{}:role/landfall/{}", account_id(&world, address), thing.name),
                name: thing.name,
                path: "/landfall/".to_owned(),
                detail: Some(role::Detail {
                    trust: thing.trust.as_str().to_owned(),
                    session_seconds: thing.session_seconds,
                    boundary: thing.boundary.map(|boundary| boundary.as_str().to_owned()),
                    inline: thing.inline.into_iter().map(|(name, text)| (name, text.as_str().to_owned())).collect(),
                    managed: thing.managed,
                }),
                exposed: role::Exposed::default(),
                tags: thing.tags,
            }),
            Desired::AccessRole(thing) => Observed::AccessRole(access_role::Observed {
                arn: format!("arn:aws:iam::{}:role/{}", account_id(&world, address), thing.name),
                name: thing.name,
                trust: thing.trust.as_str().to_owned(),
                tags: thing.tags,
            }),
            Desired::TrustedAccess(thing) => {
                Observed::TrustedAccess(Found { id: thing.thing.service.clone(), thing: thing.thing, tags: None })
            }
            Desired::PolicyType(thing) => {
                Observed::PolicyType(Found { id: thing.thing.policy_type.aws().to_owned(), thing: thing.thing, tags: None })
            }
            Desired::ServiceRole(thing) => Observed::ServiceRole(Found { id: address.to_string(), thing: thing.thing, tags: None }),
            Desired::Key(thing) => {
                world.scopes.insert(address.scope().clone(), ScopeState::Readable);
                Observed::Key(key::Observed {
                    id: format!("key-{number}"),
                    arn: format!("arn:aws:kms:eu-west-1:{}:key/key-{number}", account_id(&world, address)),
                    alias: Some(thing.alias),
                    state: key::State::Enabled,
                    policy: thing.policy.as_str().to_owned(),
                    rotation: Some(365),
                    tags: thing.tags,
                    refusal: None,
                })
            }
            Desired::Bucket(thing) => Observed::Bucket(bucket::Observed {
                arn: format!("arn:aws:s3:::{}", thing.name.as_str()),
                name: thing.name.as_str().to_owned(),
                ownership: Some("BucketOwnerEnforced".to_owned()),
                public_access: bucket::PublicAccess::BLOCKED,
                versioning: bucket::Versioning::Enabled,
                encryption: bucket::Encryption::by(thing.key.as_ref().map(crate::kind::Text::as_str)),
                lifecycle: thing.lifecycle.iter().map(|(id, rule)| (id.clone(), bucket::Present::of(rule.clone()))).collect(),
                access_logs: thing
                    .access_logs
                    .map(|logs| bucket::LogTarget { bucket: logs.bucket.as_str().to_owned(), prefix: logs.prefix }),
                policy: Some(thing.policy.as_str().to_owned()),
                tags: thing.tags,
                refusal: None,
            }),
            Desired::Trail(thing) => {
                world.scopes.insert(address.scope().clone(), ScopeState::Readable);
                Observed::Trail(trail::Observed {
                    arn: format!("arn:aws:cloudtrail:eu-west-1:111111111111:trail/{}", thing.name),
                    name: thing.name,
                    home: thing.home,
                    settings: trail::Settings {
                        bucket: thing.bucket.as_str().to_owned(),
                        prefix: None,
                        key: Some(thing.key.as_str().to_owned()),
                        organization: true,
                        multi_region: true,
                        global_events: true,
                        validation: true,
                    },
                    logging: true,
                    delivered: None,
                    trouble: None,
                    events: trail::Selectors::default(),
                    tags: thing.tags,
                })
            }
            thing => {
                let known = settings::built(&thing).or_else(|| monitoring::built(&thing, address));
                known.unwrap_or_else(|| network::built(thing, number))
            }
        };
        world.facts.extend(observed.facts(address));
        world.things.push((address.scope().clone(), observed));
    }
    world
}

fn account_id(world: &Observation, address: &Address) -> String {
    let account = Address::organization("account", address.scope().account().expect("in an account"));
    world.facts.find(&account, "id").expect("built before").to_owned()
}
