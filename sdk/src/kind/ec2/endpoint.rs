//! Endpoints of a VPC to services of AWS, found by their address tag. Gateway endpoints are the free route to S3 or `DynamoDB` that bypasses
//! NAT gateways; interface endpoints are an address in a subnet of each zone, billed by the hour, under the service's own name.
//!
//! AWS writes a route into each route table of a gateway endpoint; tables that another owner added are kept. Subnets and groups of an
//! interface endpoint are exactly those that are wanted: each subnet costs. Its policy says whose requests may pass: a bound beside the
//! policies of roles and resources, which stay in effect. All endpoints of the managed VPCs are listed, since a VPC can have only one
//! gateway endpoint per service, and one interface endpoint with its name.

mod calls;

use std::ops::Deref;
use std::str::FromStr;

use serde::Serialize;

pub(super) use self::calls::of_vpc;
use self::calls::{CreateVpcEndpoint, DeleteVpcEndpoints, DescribeVpcEndpoints, GATEWAY, INTERFACE, Modified, ModifyVpcEndpoint};
use super::api::{Deleted, TagSpecification};
use super::state::State;
use super::{
    AVAILABLE, PAUSES, awaited, carried, carries, filter, gone, id, our_vpcs, ours_at, refusal, same_address, tag, token_now, unsuccessful,
    untagged, until_visible, were_ours,
};
use crate::address::Address;
use crate::aws::client::Operation as _;
use crate::aws::error::AwsError;
use crate::aws::tags::Tags;
use crate::id::ec2::{RouteTableId, SecurityGroupId, SubnetId, VpcEndpointId, VpcId};
use crate::kind::change::document_fields;
use crate::kind::terraform::{Import, Place};
use crate::kind::{Adoption, Blocked, Charge, Context, Facts, Field, Hazard, HazardName, Item, Kind, Made, ScopeSet, StepError, Text};
use crate::name::NameError;

/// EC2's code for a table that has a route to the service: this endpoint's, if the call is a repeat.
const TAKEN: &[&str] = &["RouteAlreadyExists"];
/// What is assumed to pass through an interface endpoint, by which it is billed too.
const TRAFFIC: Charge = Charge::per_use(Item::InterfaceEndpointData, 10, "a month through each interface endpoint");

/// The policy of an endpoint that allows everything: AWS's default (Amazon VPC User Guide, "Control access to VPC endpoints using endpoint
/// policies").
const FULL_ACCESS: &str = r#"{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;

/// The kind `endpoint`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Endpoint;

/// What an endpoint should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Desired {
    /// Its VPC.
    pub vpc: Text,
    /// Its service: `com.amazonaws.eu-west-1.s3`.
    pub service: String,
    /// Its type, and how the VPC reaches it.
    pub connection: Wanted,
    /// Its policy document; `None` if the service supports none.
    pub policy: Option<Text>,
    /// Its tags.
    pub tags: Tags,
}

/// How a VPC should reach an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "AWS's other types lead to other services")]
pub enum Wanted {
    /// By routes.
    Gateway {
        /// The route tables with a route to it.
        tables: Vec<Text>,
    },
    /// By an address in each of these subnets, under the service's own name.
    Interface {
        /// The subnets, one in each zone.
        subnets: Vec<Text>,
        /// The security group of its addresses.
        group: Text,
    },
}

/// What an endpoint is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Its id, `vpce-…`.
    pub id: VpcEndpointId,
    /// Its VPC.
    pub vpc: VpcId,
    /// Its service.
    pub service: String,
    /// `pending`, `available`, `deleting` …
    pub state: State,
    /// Its type, and how the VPC reaches it.
    pub connection: Connection,
    /// Its policy document; AWS's default where it has none of its own.
    pub policy: String,
    /// Its tags.
    pub tags: Tags,
}

/// How a VPC reaches an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the types that are listed")]
pub enum Connection {
    /// By routes.
    Gateway {
        /// The route tables with a route to it.
        tables: Vec<RouteTableId>,
    },
    /// By addresses.
    Interface {
        /// The subnets that have one.
        subnets: Vec<SubnetId>,
        /// The security groups of the addresses.
        groups: Vec<SecurityGroupId>,
        /// Whether the service's own name leads to it.
        private_dns: bool,
    },
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "made and matched in this file only")]
pub enum Edit {
    /// It is still being created, and is awaited.
    Await(State),
    /// Route tables lack a route to it.
    Lead(Vec<Text>),
    /// It is in other subnets.
    Subnets {
        /// Those that lack an address of it.
        add: Vec<Text>,
        /// Those that are not wanted.
        remove: Vec<SubnetId>,
    },
    /// Its addresses have other security groups.
    Groups {
        /// What they have.
        from: Vec<SecurityGroupId>,
        /// What they should have.
        to: Text,
    },
    /// The service's own name does not lead to it.
    PrivateDns,
    /// Its policy is another.
    Policy {
        /// What it is.
        from: String,
        /// What it should be.
        to: Text,
    },
}

impl Kind for Endpoint {
    const NAME: &'static str = "endpoint";
    const SCOPES: ScopeSet = ScopeSet::Region;
    const SERVICE: &'static str = "EC2";
    const REMOVAL_RANK: u8 = 21;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = Edit;

    fn visit_references(desired: &mut Desired, visit: &mut dyn FnMut(&mut Text)) {
        visit(&mut desired.vpc);
        desired.policy.iter_mut().for_each(&mut *visit);
        match &mut desired.connection {
            Wanted::Gateway { tables } => tables.iter_mut().for_each(visit),
            Wanted::Interface { subnets, group } => {
                subnets.iter_mut().for_each(&mut *visit);
                visit(group);
            }
        }
    }

    fn matches(desired: &Desired, observed: &Observed) -> bool {
        same_address(&desired.tags, &observed.tags)
    }

    fn tags(observed: &Observed) -> Option<&Tags> {
        Some(&observed.tags)
    }

    /// It was found by one of landfall's tags, so only the other one can be missing.
    fn adoption(_: &Desired, _: &Observed) -> Adoption {
        Adoption::Adopt
    }

    /// A VPC can have one gateway endpoint per service, and one interface endpoint under the service's own name.
    fn rival(desired: &Desired, observed: &Observed) -> Option<Blocked> {
        let is_one = match (&desired.connection, &observed.connection) {
            (Wanted::Gateway { .. }, Connection::Gateway { .. }) => true,
            (Wanted::Interface { .. }, Connection::Interface { private_dns, .. }) => *private_dns,
            (Wanted::Gateway { .. }, Connection::Interface { .. }) | (Wanted::Interface { .. }, Connection::Gateway { .. }) => false,
        };
        let is_there = is_one && desired.vpc.as_str() == observed.vpc && desired.service == observed.service;
        let what = || format!("{} connects {} to {} and has {}", observed.id, observed.vpc, observed.service, carried(&observed.tags));
        is_there.then(|| untagged(what(), &observed.id, &desired.tags))
    }

    fn tagging<'a>(desired: &'a Desired, observed: &'a Observed) -> Option<(&'a Tags, &'a Tags)> {
        Some((&observed.tags, &desired.tags))
    }

    fn diff(desired: &Desired, observed: &Observed) -> Result<Vec<Edit>, Blocked> {
        if desired.vpc.as_str() != observed.vpc || desired.service != observed.service {
            return Err(Blocked::new(
                format!("{} connects {} to {}, not {} to {}", observed.id, observed.vpc, observed.service, desired.vpc, desired.service),
                "an endpoint cannot change that: remove the tag landfall:address from it, and `landfall apply` creates another",
            ));
        }
        let mut edits = Vec::new();
        if observed.state != State::Available {
            edits.push(Edit::Await(observed.state.clone()));
        }
        match (&desired.connection, &observed.connection) {
            (Wanted::Gateway { tables }, Connection::Gateway { tables: led }) => {
                let tables = missing(tables, led);
                edits.extend((!tables.is_empty()).then_some(Edit::Lead(tables)));
            }
            (Wanted::Interface { subnets, group }, Connection::Interface { subnets: present, groups, private_dns }) => {
                let add = missing(subnets, present);
                let remove: Vec<SubnetId> =
                    present.iter().filter(|id| !subnets.iter().any(|wanted| wanted.as_str() == **id)).cloned().collect();
                edits.extend((!add.is_empty() || !remove.is_empty()).then_some(Edit::Subnets { add, remove }));
                let is_that_group = groups.len() == 1 && groups.iter().all(|id| group.as_str() == *id);
                edits.extend((!is_that_group).then(|| Edit::Groups { from: groups.clone(), to: group.clone() }));
                edits.extend((!private_dns).then_some(Edit::PrivateDns));
            }
            (Wanted::Gateway { .. }, Connection::Interface { .. }) | (Wanted::Interface { .. }, Connection::Gateway { .. }) => {
                return Err(Blocked::new(
                    format!("{} is an endpoint of another type", observed.id),
                    "an endpoint cannot change that: remove the tag landfall:address from it, and `landfall apply` creates another",
                ));
            }
        }
        if let Some(policy) = desired.policy.as_ref().filter(|policy| !document_fields("", &observed.policy, policy.as_str()).is_empty()) {
            edits.push(Edit::Policy { from: observed.policy.clone(), to: policy.clone() });
        }
        Ok(edits)
    }

    fn visit_edit_references(edit: &mut Edit, visit: &mut dyn FnMut(&mut Text)) {
        match edit {
            Edit::Await(_) | Edit::PrivateDns => {}
            Edit::Lead(texts) | Edit::Subnets { add: texts, .. } => texts.iter_mut().for_each(visit),
            Edit::Groups { to, .. } | Edit::Policy { to, .. } => visit(to),
        }
    }

    fn fields(edit: &Edit) -> Vec<Field> {
        match edit {
            Edit::Await(state) => awaited(state),
            Edit::Lead(tables) => tables.iter().map(|table| Field::added("route table", table)).collect(),
            Edit::Subnets { add, remove } => {
                let added = add.iter().map(|subnet| Field::added("subnet", subnet));
                added.chain(remove.iter().map(|subnet| Field::removed("subnet", subnet))).collect()
            }
            Edit::Groups { from, to } => vec![match &from[..] {
                [] => Field::added("security group", to),
                from => Field::new("security group", from.iter().map(SecurityGroupId::as_str).collect::<Vec<_>>().join(", "), to),
            }],
            Edit::PrivateDns => vec![Field::new("private DNS", "off", "on")],
            Edit::Policy { from, to } => document_fields("policy", from, to.as_str()),
        }
    }

    /// One that lets everything pass is in use as it is, by programs that nobody asked.
    fn hazards(edit: &Edit) -> Vec<Hazard> {
        match edit {
            Edit::Policy { from, .. } if document_fields("", from, FULL_ACCESS).is_empty() => vec![Hazard::new(
                HazardName::NarrowEndpoints,
                "programs in this VPC can reach the service with credentials of the organization only, where they could with any",
            )],
            Edit::Policy { .. } | Edit::Await(_) | Edit::Lead(_) | Edit::Subnets { .. } | Edit::Groups { .. } | Edit::PrivateDns => {
                Vec::new()
            }
        }
    }

    /// What uses the service is sent around the endpoint: through a NAT gateway if there is one, else nowhere.
    fn removal_hazards(observed: &Observed) -> Vec<Hazard> {
        match &observed.connection {
            Connection::Gateway { .. } => Vec::new(),
            Connection::Interface { .. } => vec![Hazard::new(
                HazardName::RemoveNetwork,
                format!("{} is deleted: traffic to {} needs a route to the internet", observed.id, observed.service),
            )],
        }
    }

    fn summary(desired: &Desired) -> String {
        match &desired.connection {
            Wanted::Gateway { .. } => desired.service.clone(),
            Wanted::Interface { subnets, .. } => format!("{}, in {} zones", desired.service, subnets.len()),
        }
    }

    fn display_name(observed: &Observed) -> String {
        format!("{} ({})", observed.id, observed.service)
    }

    fn cost(desired: &Desired) -> Vec<Charge> {
        match &desired.connection {
            Wanted::Gateway { .. } => Vec::new(),
            Wanted::Interface { subnets, .. } => billed(subnets.len()),
        }
    }

    fn present_cost(observed: &Observed) -> Vec<Charge> {
        match &observed.connection {
            Connection::Interface { subnets, .. } if is_living(observed) => billed(subnets.len()),
            Connection::Interface { .. } | Connection::Gateway { .. } => Vec::new(),
        }
    }

    fn terraform(observed: &Observed, _: &Place<'_>) -> Import {
        Import::new("aws_vpc_endpoint", &observed.id)
    }

    fn check_removable(_: &Observed) -> Result<(), Blocked> {
        Ok(())
    }

    fn inside(observed: &Observed) -> Vec<&str> {
        let mut inside: Vec<&str> = vec![&observed.vpc];
        if let Connection::Interface { subnets, groups, .. } = &observed.connection {
            inside.extend(subnets.iter().map(SubnetId::as_str));
            inside.extend(groups.iter().map(SecurityGroupId::as_str));
        }
        inside
    }

    fn facts(address: &Address, observed: &Observed) -> Facts {
        if observed.state == State::Available { Facts::one(address, "id", &observed.id) } else { Facts::new() }
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        let found = cx.pages(DescribeVpcEndpoints::by([filter("vpc-endpoint-type", [GATEWAY, INTERFACE])])).await?;
        let vpcs = our_vpcs(cx).await?;
        let in_view = |endpoint: &Observed| is_living(endpoint) && (were_ours(cx, &endpoint.tags) || vpcs.contains(&endpoint.vpc));
        Ok(found.iter().map(calls::read).filter(in_view).collect())
    }

    async fn create(cx: &Context<'_>, address: &Address, desired: &Desired) -> Result<Made<Observed>, StepError> {
        let vpc = desired.vpc.known()?;
        let mut create = CreateVpcEndpoint {
            vpc_endpoint_type: GATEWAY,
            vpc_id: vpc.to_owned(),
            service_name: desired.service.clone(),
            route_table_id: Vec::new(),
            subnet_id: Vec::new(),
            security_group_id: Vec::new(),
            private_dns_enabled: None,
            policy_document: desired.policy.as_ref().map(|policy| policy.known().map(str::to_owned)).transpose()?,
            client_token: token_now(cx, address),
            tag_specification: TagSpecification::new("vpc-endpoint", &desired.tags),
        };
        match &desired.connection {
            Wanted::Gateway { tables } => create.route_table_id = known(tables)?,
            Wanted::Interface { subnets, group } => {
                create.vpc_endpoint_type = INTERFACE;
                create.subnet_id = known(subnets)?;
                create.security_group_id = vec![id(group)?];
                create.private_dns_enabled = Some(true);
            }
        }
        let found = cx.pages(DescribeVpcEndpoints::by(ours_at(cx, address))).await?;
        let living = found.iter().map(calls::read).find(|endpoint| is_living(endpoint) && carries(cx, address, &endpoint.tags));
        if let Some(living) = living {
            return Ok(Made::Found(living));
        }
        let created = cx.send_with(&until_visible(cx), &create).await.map_err(|error| refused(cx, error, desired))?;
        Ok(Made::Found(calls::read(&created.vpc_endpoint)))
    }

    async fn edit(cx: &Context<'_>, address: &Address, desired: &Desired, observed: &Observed, edits: &[Edit]) -> Result<Facts, StepError> {
        let id = &observed.id;
        let mut now = observed.clone();
        for edit in edits {
            let modify = match edit {
                Edit::Await(_) => {
                    now = available(cx, id).await?;
                    continue;
                }
                Edit::Lead(tables) => {
                    lead(cx, id, known(tables)?, desired).await?;
                    continue;
                }
                Edit::Subnets { add, remove } => {
                    Modified { add_subnet_id: known(add)?, remove_subnet_id: remove.clone(), ..Modified::default() }
                }
                Edit::Groups { from, to } => {
                    let to: SecurityGroupId = super::id(to)?;
                    Modified {
                        add_security_group_id: if from.contains(&to) { Vec::new() } else { vec![to.clone()] },
                        remove_security_group_id: from.iter().filter(|group| **group != to).cloned().collect(),
                        ..Modified::default()
                    }
                }
                Edit::PrivateDns => Modified { private_dns_enabled: Some(true), ..Modified::default() },
                Edit::Policy { to, .. } => Modified { policy_document: Some(to.known()?.to_owned()), ..Modified::default() },
            };
            cx.send_with(&until_visible(cx), &ModifyVpcEndpoint::of(id, modify)).await?;
            if matches!(edit, Edit::Subnets { .. } | Edit::PrivateDns) {
                // AWS makes and removes addresses, or names; until then it takes no other change.
                now = available(cx, id).await?;
            }
        }
        Ok(Self::facts(address, &now))
    }

    async fn tag(cx: &Context<'_>, observed: &Observed, tags: &Tags) -> Result<(), StepError> {
        tag(cx, &observed.id, tags).await
    }

    async fn remove(cx: &Context<'_>, observed: &Observed) -> Result<(), StepError> {
        let id = &observed.id;
        let sent = cx.send(&DeleteVpcEndpoints { vpc_endpoint_id: vec![id.clone()] }).await;
        gone(sent.and_then(|Deleted { unsuccessful: items }| unsuccessful(DeleteVpcEndpoints::CALL, &items)))?;
        // Its routes are removed from the tables with it, its addresses from the subnets, and its VPC can be removed only afterwards.
        cx.until(&format!("{id} to be deleted"), PAUSES, AVAILABLE, || async {
            let there = calls::find(cx, id).await?.is_some_and(|endpoint| endpoint.state != State::Deleted);
            Ok((!there).then_some(()))
        })
        .await
    }
}

/// Returns whether an endpoint exists, or soon will.
fn is_living(endpoint: &Observed) -> bool {
    endpoint.state.is_living()
}

/// Returns what an interface endpoint in so many zones is billed for.
fn billed(zones: usize) -> Vec<Charge> {
    let quantity = u32::try_from(zones).unwrap_or(u32::MAX);
    vec![Charge { quantity, ..Charge::fixed(Item::InterfaceEndpoint) }, TRAFFIC]
}

/// Returns the wanted ones that are not among those that are there.
fn missing<I: Deref<Target = str>>(wanted: &[Text], there: &[I]) -> Vec<Text> {
    wanted.iter().filter(|text| !there.iter().any(|id| &**id == text.as_str())).cloned().collect()
}

fn known<I: FromStr<Err = NameError>>(texts: &[Text]) -> Result<Vec<I>, StepError> {
    texts.iter().map(id).collect()
}

/// Waits until an endpoint can be used.
async fn available(cx: &Context<'_>, id: &str) -> Result<Observed, StepError> {
    cx.until(&format!("{id} to become available"), PAUSES, AVAILABLE, || async {
        Ok(calls::find(cx, id).await?.filter(|endpoint| endpoint.state == State::Available))
    })
    .await
}

/// Adds route tables to an endpoint. The call fails as a whole if one was already added, as in a repeat.
async fn lead(cx: &Context<'_>, id: &VpcEndpointId, tables: Vec<RouteTableId>, desired: &Desired) -> Result<(), StepError> {
    let modify = Modified { add_route_table_id: tables.clone(), ..Modified::default() };
    let Err(error) = cx.send_with(&until_visible(cx), &ModifyVpcEndpoint::of(id, modify)).await else { return Ok(()) };
    if error.is(TAKEN) {
        let connection = calls::find(cx, id).await?.map(|endpoint| endpoint.connection);
        if matches!(connection, Some(Connection::Gateway { tables: led }) if tables.iter().all(|table| led.contains(table))) {
            return Ok(());
        }
    }
    Err(refused(cx, error, desired))
}

fn refused(cx: &Context<'_>, error: AwsError, desired: &Desired) -> StepError {
    if error.is(TAKEN) {
        let hint = format!("another endpoint to {} has a route in that table: remove it, then `landfall apply`", desired.service);
        return StepError::explained(error, hint);
    }
    refusal::explained(cx, error)
}

#[cfg(test)]
mod tests;
