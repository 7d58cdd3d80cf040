//! Route tables: a table, its routes and its subnets as one resource, found by its address tag.
//!
//! All routes of a managed table are managed, and an added one is removed again; the routes that AWS writes itself (the VPC's own route,
//! propagated ones, those of endpoints) are left alone. The VPC's main table belongs to the VPC (`vpc/main_table.rs`) and stays empty, so
//! that a subnet without a table of its own has no route to the internet. Other tables of the VPC are read for the subnets they serve. The
//! calls are in `route_table/calls.rs`.

mod calls;

pub(super) use calls::forget;

use std::time::Duration;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::api::{self, DescribeRouteTables, Done, RouteEntry, RouteTable as Found, TagSpecification};
use super::{carries, gone, ours_at, refusal, route_tables, same_address, tag, token_now, untagged, until_visible, were_ours};
use crate::address::Address;
use crate::aws::client::requests;
use crate::aws::error::AwsError;
use crate::aws::tags::{self, Tags};
use crate::id::ec2::{RouteTableId, SubnetId, VpcId};
use crate::kind::terraform::{Import, Place};
use crate::kind::{Adoption, Blocked, Context, Facts, Field, Kind, Made, ScopeSet, StepError, Text};

/// The destination of the default route.
const EVERYWHERE: &str = "0.0.0.0/0";

/// The kind `route-table`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RouteTable;

/// What a route table should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Desired {
    /// Its VPC.
    pub vpc: Text,
    /// The target of the default route; `None` keeps traffic inside the VPC.
    pub way_out: Option<WayOut>,
    /// The subnets that it serves.
    pub subnets: Vec<Text>,
    /// Its tags.
    pub tags: Tags,
}

/// The target of a default route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the two that a network has; code must handle both")]
pub enum WayOut {
    /// An internet gateway, by its id.
    InternetGateway(Text),
    /// A NAT gateway, by its id.
    Nat(Text),
}

impl WayOut {
    fn target(&self) -> &Text {
        match self {
            Self::InternetGateway(id) | Self::Nat(id) => id,
        }
    }
}

/// What a route table is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Its id, `rtb-…`.
    pub id: RouteTableId,
    /// Its VPC.
    pub vpc: VpcId,
    /// The routes that AWS did not write itself, by destination.
    pub routes: BTreeMap<String, Route>,
    /// The subnets that it serves.
    pub subnets: BTreeSet<SubnetId>,
    /// The tables of the VPC's other subnets, by subnet.
    pub elsewhere: BTreeMap<SubnetId, RouteTableId>,
    /// Its tags.
    pub tags: Tags,
}

/// The target of a route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Route {
    /// The id of a gateway, an interface or a connection.
    pub target: String,
    /// Whether the target is gone: its traffic is dropped.
    pub blackhole: bool,
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.target)?;
        if self.blackhole { f.write_str(" (blackhole)") } else { Ok(()) }
    }
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "made and matched in this file only")]
pub enum Edit {
    /// The default route is missing or has another target.
    WayOut {
        /// The present target.
        from: Option<Route>,
        /// The wanted target.
        to: WayOut,
    },
    /// There is a route that is not wanted.
    NoRoute {
        /// Its destination.
        destination: String,
        /// Its target.
        from: Route,
    },
    /// A subnet has no table of its own, or another table.
    Serve {
        /// The subnet.
        subnet: Text,
        /// The table that serves it now.
        from: Option<RouteTableId>,
        /// This table.
        to: RouteTableId,
    },
}

impl Kind for RouteTable {
    const NAME: &'static str = "route-table";
    const SCOPES: ScopeSet = ScopeSet::Region;
    const SERVICE: &'static str = "EC2";
    /// EC2 shows it some seconds later (docs/AWS.md 5.8).
    const USUAL: Duration = Duration::from_secs(5);
    const REMOVAL_RANK: u8 = 24;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = Edit;

    fn visit_references(desired: &mut Desired, visit: &mut dyn FnMut(&mut Text)) {
        visit(&mut desired.vpc);
        if let Some(WayOut::InternetGateway(id) | WayOut::Nat(id)) = &mut desired.way_out {
            visit(id);
        }
        desired.subnets.iter_mut().for_each(visit);
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

    /// One that serves all of the wanted subnets and has no address tag.
    fn rival(desired: &Desired, observed: &Observed) -> Option<Blocked> {
        let serves = |subnet: &Text| observed.subnets.contains(subnet.as_str());
        let is_there = desired.vpc.as_str() == observed.vpc && !desired.subnets.is_empty() && desired.subnets.iter().all(serves);
        let is_untagged = !observed.tags.contains_key(tags::ADDRESS);
        let what = || format!("{} serves these subnets and has no landfall tags", observed.id);
        (is_there && is_untagged).then(|| untagged(what(), &observed.id, &desired.tags))
    }

    fn tagging<'a>(desired: &'a Desired, observed: &'a Observed) -> Option<(&'a Tags, &'a Tags)> {
        Some((&observed.tags, &desired.tags))
    }

    fn diff(desired: &Desired, observed: &Observed) -> Result<Vec<Edit>, Blocked> {
        if desired.vpc.as_str() != observed.vpc {
            return Err(Blocked::new(
                format!("{} is in {}, not in {}", observed.id, observed.vpc, desired.vpc),
                "remove the tag landfall:address from it: `landfall apply` then creates another",
            ));
        }
        let mut edits = Vec::new();
        let out = observed.routes.get(EVERYWHERE);
        // A blackhole route to the same gateway recovers by itself once the gateway is attached again.
        if let Some(way) = &desired.way_out
            && out.is_none_or(|route| route.target != way.target().as_str())
        {
            edits.push(Edit::WayOut { from: out.cloned(), to: way.clone() });
        }
        let wanted = |destination: &str| destination == EVERYWHERE && desired.way_out.is_some();
        for (destination, from) in observed.routes.iter().filter(|(destination, _)| !wanted(destination)) {
            edits.push(Edit::NoRoute { destination: destination.clone(), from: from.clone() });
        }
        for subnet in desired.subnets.iter().filter(|subnet| !observed.subnets.contains(subnet.as_str())) {
            let from = observed.elsewhere.get(subnet.as_str()).cloned();
            edits.push(Edit::Serve { subnet: subnet.clone(), from, to: observed.id.clone() });
        }
        Ok(edits)
    }

    fn visit_edit_references(edit: &mut Edit, visit: &mut dyn FnMut(&mut Text)) {
        match edit {
            Edit::WayOut { to: WayOut::InternetGateway(id) | WayOut::Nat(id), .. } | Edit::Serve { subnet: id, .. } => visit(id),
            Edit::NoRoute { .. } => {}
        }
    }

    fn fields(edit: &Edit) -> Vec<Field> {
        match edit {
            Edit::WayOut { from: None, to } => vec![Field::added(format!("route {EVERYWHERE}"), to.target())],
            Edit::WayOut { from: Some(from), to } => vec![Field::new(format!("route {EVERYWHERE}"), from, to.target())],
            Edit::NoRoute { destination, from } => vec![Field::removed(format!("route {destination}"), from)],
            Edit::Serve { subnet, from: None, .. } => vec![Field::added("subnet", subnet)],
            Edit::Serve { subnet, from: Some(from), to } => vec![Field::new(format!("subnet {subnet}"), from, to)],
        }
    }

    fn summary(desired: &Desired) -> String {
        let way = match &desired.way_out {
            Some(WayOut::InternetGateway(_)) => "routed to the internet gateway",
            Some(WayOut::Nat(_)) => "routed to a NAT gateway",
            None => "no route to the internet",
        };
        let count = desired.subnets.len();
        format!("{count} subnet{}, {way}", if count == 1 { "" } else { "s" })
    }

    fn display_name(observed: &Observed) -> String {
        observed.id.to_string()
    }

    fn terraform(observed: &Observed, _: &Place<'_>) -> Import {
        Import::new("aws_route_table", &observed.id)
    }

    fn check_removable(_: &Observed) -> Result<(), Blocked> {
        Ok(())
    }

    fn inside(observed: &Observed) -> Vec<&str> {
        vec![&observed.vpc]
    }

    fn facts(address: &Address, observed: &Observed) -> Facts {
        Facts::one(address, "id", &observed.id)
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        let found = route_tables(cx).await?;
        // The main table belongs to the VPC.
        let own = |table: &&Found| table.associations.iter().all(|association| !association.main);
        let in_view = |table: &&Found| were_ours(cx, &api::read(&table.tags)) || own(table);
        Ok(found.iter().filter(in_view).map(|table| read(table, &found)).collect())
    }

    async fn create(cx: &Context<'_>, address: &Address, desired: &Desired) -> Result<Made<Observed>, StepError> {
        let vpc = desired.vpc.known()?;
        let found = cx.pages(DescribeRouteTables::by(ours_at(cx, address))).await?;
        let made = if let Some(table) = found.iter().find(|table| carries(cx, address, &api::read(&table.tags))) {
            read(table, &found)
        } else {
            let create = CreateRouteTable {
                vpc_id: vpc.to_owned(),
                client_token: token_now(cx, address),
                tag_specification: TagSpecification::new("route-table", &desired.tags),
            };
            let created = cx.send_with(&until_visible(cx), &create).await.map_err(|error| refusal::explained(cx, error))?;
            read(&created.route_table, &[])
        };
        Ok(Made::Found(made))
    }

    async fn edit(cx: &Context<'_>, address: &Address, _: &Desired, observed: &Observed, edits: &[Edit]) -> Result<Facts, StepError> {
        let id = &observed.id;
        for edit in edits {
            match edit {
                Edit::WayOut { from, to } => calls::lead(cx, id, to, from.is_some()).await?,
                Edit::NoRoute { destination, .. } => calls::forget(cx, id, destination).await?,
                Edit::Serve { subnet, from, .. } => calls::serve(cx, id, subnet.known()?, from.is_some()).await?,
            }
        }
        Ok(Self::facts(address, observed))
    }

    async fn tag(cx: &Context<'_>, observed: &Observed, tags: &Tags) -> Result<(), StepError> {
        tag(cx, &observed.id, tags).await
    }

    async fn remove(cx: &Context<'_>, observed: &Observed) -> Result<(), StepError> {
        let id = &observed.id;
        if calls::release(cx, id).await?.is_main() {
            // It was made the VPC's main table, which cannot be removed before the VPC.
            return Ok(());
        }
        Ok(gone(cx.send_with(&refusal::removal(cx), &DeleteRouteTable { route_table_id: id.clone() }).await)?)
    }
}

/// Reads one table; the others show which tables serve the VPC's remaining subnets.
fn read(table: &Found, all: &[Found]) -> Observed {
    let others = all.iter().filter(|other| other.vpc_id == table.vpc_id && other.route_table_id != table.route_table_id);
    Observed {
        id: table.route_table_id.clone(),
        vpc: table.vpc_id.clone(),
        routes: table.routes.iter().filter_map(made_route).collect(),
        subnets: served(table).cloned().collect(),
        elsewhere: others.flat_map(|other| served(other).map(|subnet| (subnet.clone(), other.route_table_id.clone()))).collect(),
        tags: api::read(&table.tags),
    }
}

/// Returns the subnets with an explicit association to a table, not because it is the main one.
pub(super) fn served(table: &Found) -> impl Iterator<Item = &SubnetId> {
    table.associations.iter().filter_map(|association| association.subnet_id.as_ref())
}

/// Returns a route, unless AWS wrote it itself, as it does for endpoints.
pub(super) fn made_route(route: &RouteEntry) -> Option<(String, Route)> {
    let destinations = [&route.destination_cidr_block, &route.destination_ipv6_cidr_block, &route.destination_prefix_list_id];
    let targets = [
        &route.gateway_id,
        &route.nat_gateway_id,
        &route.transit_gateway_id,
        &route.vpc_peering_connection_id,
        &route.network_interface_id,
        &route.instance_id,
        &route.egress_only_internet_gateway_id,
        &route.carrier_gateway_id,
        &route.local_gateway_id,
        &route.core_network_arn,
        &route.odb_network_arn,
    ];
    let destination = destinations.into_iter().flatten().next()?;
    let target = targets.into_iter().flatten().next().map_or("nothing", String::as_str);
    let made = route.origin == "CreateRoute" && !target.starts_with("vpce-");
    let blackhole = route.state == "blackhole";
    made.then(|| (destination.clone(), Route { target: target.to_owned(), blackhole }))
}

requests! { EC2, "ec2":
    CreateRouteTable { vpc_id: String, client_token: String, tag_specification: Vec<TagSpecification> } -> Created,
    DeleteRouteTable { route_table_id: RouteTableId } -> Done,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    route_table: Found,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::literal;

    fn desired() -> Desired {
        Desired {
            vpc: "vpc-1".into(),
            way_out: Some(WayOut::Nat("nat-1".into())),
            subnets: vec!["subnet-1".into()],
            tags: Tags::from([(tags::ADDRESS.to_owned(), "prod/eu-west-1/route-table/private-a".to_owned())]),
        }
    }

    fn route(target: &str) -> Route {
        Route { target: target.to_owned(), blackhole: false }
    }

    fn observed() -> Observed {
        Observed {
            id: literal("rtb-1"),
            vpc: literal("vpc-1"),
            routes: BTreeMap::from([(EVERYWHERE.to_owned(), route("nat-1"))]),
            subnets: BTreeSet::from([literal("subnet-1")]),
            elsewhere: BTreeMap::new(),
            tags: desired().tags,
        }
    }

    fn shown(desired: &Desired, observed: &Observed) -> Vec<String> {
        let edits = RouteTable::diff(desired, observed).expect("open");
        edits.iter().flat_map(RouteTable::fields).map(|field| field.to_string()).collect()
    }

    #[test]
    fn the_default_route_is_added_changed_or_removed() {
        assert_eq!(shown(&desired(), &observed()), [""; 0]);
        let empty = Observed { routes: BTreeMap::new(), ..observed() };
        assert_eq!(shown(&desired(), &empty), ["route 0.0.0.0/0  + nat-1"]);
        let dead = Route { blackhole: true, ..route("nat-0") };
        let lost = Observed { routes: BTreeMap::from([(EVERYWHERE.to_owned(), dead)]), ..observed() };
        assert_eq!(shown(&desired(), &lost), ["route 0.0.0.0/0  nat-0 (blackhole) -> nat-1"]);
        let isolated = Desired { way_out: None, ..desired() };
        assert_eq!(shown(&isolated, &observed()), ["route 0.0.0.0/0  - nat-1"]);
    }

    #[test]
    fn an_added_route_is_removed() {
        let mut more = observed();
        more.routes.insert("10.0.0.0/8".to_owned(), route("tgw-1"));
        assert_eq!(shown(&desired(), &more), ["route 10.0.0.0/8  - tgw-1"]);
    }

    #[test]
    fn a_subnet_in_another_table_is_moved_back() {
        let loose = Observed { subnets: BTreeSet::new(), ..observed() };
        assert_eq!(shown(&desired(), &loose), ["subnet  + subnet-1"]);
        let moved = Observed { elsewhere: BTreeMap::from([(literal("subnet-1"), literal("rtb-9"))]), ..loose };
        assert_eq!(shown(&desired(), &moved), ["subnet subnet-1  rtb-9 -> rtb-1"]);
        // Other subnets of the table are left alone.
        let guest = Observed { subnets: BTreeSet::from([literal("subnet-1"), literal("subnet-9")]), ..observed() };
        assert_eq!(shown(&desired(), &guest), [""; 0]);
    }

    #[test]
    fn routes_that_aws_writes_itself_are_ignored() {
        let text = |text: &str| Some(text.to_owned());
        let wire = |origin: &str| RouteEntry {
            destination_cidr_block: text("10.0.0.0/16"),
            origin: origin.to_owned(),
            state: "active".to_owned(),
            ..RouteEntry::default()
        };
        assert_eq!(made_route(&RouteEntry { gateway_id: text("local"), ..wire("CreateRouteTable") }), None);
        assert_eq!(made_route(&RouteEntry { gateway_id: text("vgw-1"), ..wire("EnableVgwRoutePropagation") }), None);
        let endpoint = RouteEntry { destination_cidr_block: None, destination_prefix_list_id: text("pl-1"), ..wire("CreateRoute") };
        assert_eq!(made_route(&RouteEntry { gateway_id: text("vpce-1"), ..endpoint }), None);
        let dead = RouteEntry { nat_gateway_id: text("nat-1"), state: "blackhole".to_owned(), ..wire("CreateRoute") };
        assert_eq!(made_route(&dead), Some(("10.0.0.0/16".to_owned(), Route { blackhole: true, ..route("nat-1") })));
    }
}
