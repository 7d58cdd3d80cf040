//! Gateway endpoints: the free route to S3 or `DynamoDB` that bypasses NAT gateways, found by their address tag.
//!
//! AWS writes a route into each route table of an endpoint. Tables that another owner added are kept. Its policy says whose requests may
//! pass: a bound beside the policies of roles and buckets, which stay in effect. All gateway endpoints of the managed VPCs are listed, since a VPC
//! can have only one per service.

use serde::{Deserialize, Serialize};

use super::api::{self, Deleted, Done, Tag, TagSpecification, lists};
use super::state::State;
use super::{
    AVAILABLE, PAUSES, awaited, carried, carries, filter, gone, id, our_vpcs, ours_at, refusal, same_address, tag, token_now, unsuccessful,
    untagged, until_visible, were_ours,
};
use crate::address::Address;
use crate::aws::client::{Operation as _, items, requests};
use crate::aws::error::AwsError;
use crate::aws::tags::Tags;
use crate::id::ec2::{RouteTableId, VpcEndpointId, VpcId};
use crate::kind::change::document_fields;
use crate::kind::{Adoption, Blocked, Context, Facts, Field, Hazard, HazardName, Kind, Made, ScopeSet, StepError, Text};

/// The endpoint type `Gateway`.
const GATEWAY: &str = "Gateway";
/// EC2's code for a table that has a route to the service: this endpoint's, if the call is a repeat.
const TAKEN: &[&str] = &["RouteAlreadyExists"];

/// The policy of an endpoint that allows everything: AWS's default (Amazon VPC User Guide, "Control access to VPC endpoints using endpoint
/// policies").
const FULL_ACCESS: &str = r#"{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;

/// The kind `endpoint`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Endpoint;

/// What a gateway endpoint should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Desired {
    /// Its VPC.
    pub vpc: Text,
    /// Its service: `com.amazonaws.eu-west-1.s3`.
    pub service: String,
    /// The route tables with a route to it.
    pub tables: Vec<Text>,
    /// Its policy document.
    pub policy: Text,
    /// Its tags.
    pub tags: Tags,
}

/// What a gateway endpoint is.
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
    /// The route tables with a route to it.
    pub tables: Vec<RouteTableId>,
    /// Its policy document; AWS's default where it has none of its own.
    pub policy: String,
    /// Its tags.
    pub tags: Tags,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "made and matched in this file only")]
pub enum Edit {
    /// It is still being created, and is awaited.
    Await(State),
    /// Route tables lack a route to it.
    Lead(Vec<Text>),
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
        visit(&mut desired.policy);
        desired.tables.iter_mut().for_each(visit);
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

    /// A VPC can have one gateway endpoint per service.
    fn rival(desired: &Desired, observed: &Observed) -> Option<Blocked> {
        let is_there = desired.vpc.as_str() == observed.vpc && desired.service == observed.service;
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
        let tables: Vec<Text> =
            desired.tables.iter().filter(|table| !observed.tables.iter().any(|led| led == table.as_str())).cloned().collect();
        if !tables.is_empty() {
            edits.push(Edit::Lead(tables));
        }
        if !document_fields("", &observed.policy, desired.policy.as_str()).is_empty() {
            edits.push(Edit::Policy { from: observed.policy.clone(), to: desired.policy.clone() });
        }
        Ok(edits)
    }

    fn visit_edit_references(edit: &mut Edit, visit: &mut dyn FnMut(&mut Text)) {
        match edit {
            Edit::Await(_) => {}
            Edit::Lead(tables) => tables.iter_mut().for_each(visit),
            Edit::Policy { to, .. } => visit(to),
        }
    }

    fn fields(edit: &Edit) -> Vec<Field> {
        match edit {
            Edit::Await(state) => awaited(state),
            Edit::Lead(tables) => tables.iter().map(|table| Field::added("route table", table)).collect(),
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
            Edit::Policy { .. } | Edit::Await(_) | Edit::Lead(_) => Vec::new(),
        }
    }

    fn summary(desired: &Desired) -> String {
        desired.service.clone()
    }

    fn display_name(observed: &Observed) -> String {
        format!("{} ({})", observed.id, observed.service)
    }

    fn check_removable(_: &Observed) -> Result<(), Blocked> {
        Ok(())
    }

    fn inside(observed: &Observed) -> Vec<&str> {
        vec![&observed.vpc]
    }

    fn facts(address: &Address, observed: &Observed) -> Facts {
        if observed.state == State::Available { Facts::one(address, "id", &observed.id) } else { Facts::new() }
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        let found = cx.pages(DescribeVpcEndpoints::by([filter("vpc-endpoint-type", [GATEWAY])])).await?;
        let vpcs = our_vpcs(cx).await?;
        let in_view = |endpoint: &Observed| is_living(endpoint) && (were_ours(cx, &endpoint.tags) || vpcs.contains(&endpoint.vpc));
        Ok(found.iter().map(read).filter(in_view).collect())
    }

    async fn create(cx: &Context<'_>, address: &Address, desired: &Desired) -> Result<Made<Observed>, StepError> {
        let vpc = desired.vpc.known()?;
        let tables = known(&desired.tables)?;
        let found = cx.pages(DescribeVpcEndpoints::by(ours_at(cx, address))).await?;
        let made = if let Some(living) = found.iter().map(read).find(|endpoint| is_living(endpoint) && carries(cx, address, &endpoint.tags))
        {
            living
        } else {
            let create = CreateVpcEndpoint {
                vpc_endpoint_type: GATEWAY,
                vpc_id: vpc.to_owned(),
                service_name: desired.service.clone(),
                route_table_id: tables,
                policy_document: desired.policy.known()?.to_owned(),
                client_token: token_now(cx, address),
                tag_specification: TagSpecification::new("vpc-endpoint", &desired.tags),
            };
            let created = cx.send_with(&until_visible(cx), &create).await.map_err(|error| refused(cx, error, desired))?;
            read(&created.vpc_endpoint)
        };
        Ok(Made::Found(made))
    }

    async fn edit(cx: &Context<'_>, address: &Address, desired: &Desired, observed: &Observed, edits: &[Edit]) -> Result<Facts, StepError> {
        let id = &observed.id;
        let mut now = observed.clone();
        for edit in edits {
            match edit {
                Edit::Await(_) => now = available(cx, id).await?,
                Edit::Lead(tables) => lead(cx, id, known(tables)?, desired).await?,
                Edit::Policy { to, .. } => {
                    let modify = ModifyVpcEndpoint {
                        vpc_endpoint_id: id.clone(),
                        policy_document: Some(to.known()?.to_owned()),
                        add_route_table_id: Vec::new(),
                    };
                    cx.send_with(&until_visible(cx), &modify).await?;
                }
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
        // Its routes are removed from the tables with it, and its VPC can be removed only afterwards.
        cx.until(&format!("{id} to be deleted"), PAUSES, AVAILABLE, || async {
            let there = find(cx, id).await?.is_some_and(|endpoint| endpoint.state != State::Deleted);
            Ok((!there).then_some(()))
        })
        .await
    }
}

/// Returns whether an endpoint exists, or soon will.
fn is_living(endpoint: &Observed) -> bool {
    endpoint.state.is_living()
}

fn known(tables: &[Text]) -> Result<Vec<RouteTableId>, StepError> {
    tables.iter().map(id).collect()
}

/// Returns the ids of the endpoints in a VPC, of every type.
pub(super) async fn of_vpc(cx: &Context<'_>, vpc: &str) -> Result<Vec<String>, AwsError> {
    let found = cx.pages(DescribeVpcEndpoints::by([filter("vpc-id", [vpc])])).await?;
    Ok(found.iter().map(read).filter(is_living).map(|endpoint| endpoint.id.to_string()).collect())
}

async fn find(cx: &Context<'_>, id: &str) -> Result<Option<Observed>, AwsError> {
    Ok(cx.pages(DescribeVpcEndpoints::by([filter("vpc-endpoint-id", [id])])).await?.first().map(read))
}

/// Waits until an endpoint can be used.
async fn available(cx: &Context<'_>, id: &str) -> Result<Observed, StepError> {
    cx.until(&format!("{id} to become available"), PAUSES, AVAILABLE, || async {
        Ok(find(cx, id).await?.filter(|endpoint| endpoint.state == State::Available))
    })
    .await
}

/// Adds route tables to an endpoint. The call fails as a whole if one was already added, as in a repeat.
async fn lead(cx: &Context<'_>, id: &VpcEndpointId, tables: Vec<RouteTableId>, desired: &Desired) -> Result<(), StepError> {
    let modify = ModifyVpcEndpoint { vpc_endpoint_id: id.clone(), policy_document: None, add_route_table_id: tables.clone() };
    let Err(error) = cx.send_with(&until_visible(cx), &modify).await else { return Ok(()) };
    if error.is(TAKEN) {
        let led = find(cx, id).await?.map(|endpoint| endpoint.tables).unwrap_or_default();
        if tables.iter().all(|table| led.contains(table)) {
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

fn read(found: &Found) -> Observed {
    Observed {
        id: found.vpc_endpoint_id.clone(),
        vpc: found.vpc_id.clone(),
        service: found.service_name.clone(),
        // Documented with a capital letter, answered without.
        state: found.state.clone(),
        tables: found.route_tables.clone(),
        policy: found.policy_document.clone().unwrap_or_else(|| FULL_ACCESS.to_owned()),
        tags: api::read(&found.tags),
    }
}

lists! { DescribeVpcEndpoints -> VpcEndpoints { "vpcEndpointSet": Found } by 1000 }
requests! { EC2, "ec2":
    CreateVpcEndpoint {
        vpc_endpoint_type: &'static str, vpc_id: String, service_name: String, route_table_id: Vec<RouteTableId>,
        policy_document: String, client_token: String, tag_specification: Vec<TagSpecification>,
    } -> Created,
    ModifyVpcEndpoint { vpc_endpoint_id: VpcEndpointId, policy_document: Option<String>, add_route_table_id: Vec<RouteTableId> } -> Done,
    DeleteVpcEndpoints { vpc_endpoint_id: Vec<VpcEndpointId> } -> Deleted,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    vpc_endpoint: Found,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    vpc_endpoint_id: VpcEndpointId,
    vpc_id: VpcId,
    service_name: String,
    state: State,
    #[serde(default, rename = "routeTableIdSet", deserialize_with = "items")]
    route_tables: Vec<RouteTableId>,
    policy_document: Option<String>,
    #[serde(default, rename = "tagSet", deserialize_with = "items")]
    tags: Vec<Tag>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::tags;
    use crate::name::literal;

    const BOUND: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Own","Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}}]}"#;

    fn desired() -> Desired {
        Desired {
            vpc: "vpc-1".into(),
            service: "com.amazonaws.eu-west-1.s3".to_owned(),
            tables: vec!["rtb-1".into(), "rtb-2".into()],
            policy: BOUND.into(),
            tags: Tags::from([(tags::ADDRESS.to_owned(), "prod/eu-west-1/endpoint/s3".to_owned())]),
        }
    }

    fn observed() -> Observed {
        Observed {
            id: literal("vpce-1"),
            vpc: literal("vpc-1"),
            service: "com.amazonaws.eu-west-1.s3".to_owned(),
            state: State::Available,
            tables: vec![literal("rtb-2"), literal("rtb-1")],
            policy: BOUND.to_owned(),
            tags: desired().tags,
        }
    }

    fn found(state: &str) -> Found {
        Found {
            vpc_endpoint_id: literal("vpce-1"),
            vpc_id: literal("vpc-1"),
            service_name: "com.amazonaws.eu-west-1.s3".to_owned(),
            state: serde_json::from_value(state.into()).expect("a word"),
            route_tables: Vec::new(),
            policy_document: None,
            tags: Vec::new(),
        }
    }

    #[test]
    fn a_table_without_a_route_to_it_is_added_and_another_owners_is_kept() {
        assert_eq!(Endpoint::diff(&desired(), &observed()), Ok(vec![]));
        let strangers = Observed { tables: vec![literal("rtb-2"), literal("rtb-9")], ..observed() };
        let edits = Endpoint::diff(&desired(), &strangers).expect("open");
        assert_eq!(edits, [Edit::Lead(vec!["rtb-1".into()])]);
        assert_eq!(Endpoint::fields(&edits[0])[0].to_string(), "route table  + rtb-1");
    }

    #[test]
    fn another_policy_is_replaced_and_an_equivalent_one_is_not() {
        let edits = |policy: Option<&str>| {
            let policy = read(&Found { policy_document: policy.map(str::to_owned), ..found("available") }).policy;
            Endpoint::diff(&desired(), &Observed { policy, ..observed() }).expect("open")
        };
        assert_eq!(edits(Some(&BOUND.replace("\"Action\":\"*\"", "\"Action\":[\"*\"]"))), []);
        let denying = r#"{"Version":"2012-10-17","Statement":[{"Sid":"No","Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}"#;
        let shown: Vec<String> = edits(Some(denying)).iter().flat_map(Endpoint::fields).map(|field| field.to_string()).collect();
        assert!(shown.len() == 2 && shown[0].starts_with("policy Own  + {") && shown[1].starts_with("policy No  - {"), "{shown:?}");
        // Closing one that was open may cut somebody off, repairing another may not.
        let hazards = |policy| edits(policy).iter().flat_map(Endpoint::hazards).map(|hazard| hazard.name).collect::<Vec<_>>();
        let open = r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["*"],"Resource":"*"}}"#;
        assert_eq!(
            (hazards(None), hazards(Some(open)), hazards(Some(denying))),
            (vec![HazardName::NarrowEndpoints], vec![HazardName::NarrowEndpoints], vec![])
        );
    }

    #[test]
    fn one_to_another_service_blocks() {
        let other = Observed { service: "com.amazonaws.eu-west-1.dynamodb".to_owned(), ..observed() };
        let blocked = Endpoint::diff(&desired(), &other).expect_err("another service");
        assert!(blocked.reason.starts_with("vpce-1 connects vpc-1 to com.amazonaws.eu-west-1.dynamodb, not "), "{}", blocked.reason);
    }

    #[test]
    fn states_are_read_in_either_spelling() {
        let state = |word: &str| read(&found(word)).state;
        assert_eq!((state("Available"), state("available")), (State::Available, State::Available));
    }
}
