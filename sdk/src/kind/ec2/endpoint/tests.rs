//! Differences of endpoints, and what of an answer makes one.

use super::calls::{Found, read};
use super::*;
use crate::aws::tags;
use crate::name::literal;

const BOUND: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Own","Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}}]}"#;

fn desired() -> Desired {
    Desired {
        vpc: "vpc-1".into(),
        service: "com.amazonaws.eu-west-1.s3".to_owned(),
        connection: Wanted::Gateway { tables: vec!["rtb-1".into(), "rtb-2".into()] },
        policy: Some(BOUND.into()),
        tags: Tags::from([(tags::ADDRESS.to_owned(), "prod/eu-west-1/endpoint/s3".to_owned())]),
    }
}

fn observed() -> Observed {
    Observed {
        id: literal("vpce-1"),
        vpc: literal("vpc-1"),
        service: "com.amazonaws.eu-west-1.s3".to_owned(),
        state: State::Available,
        connection: Connection::Gateway { tables: vec![literal("rtb-2"), literal("rtb-1")] },
        policy: BOUND.to_owned(),
        tags: desired().tags,
    }
}

fn found(state: &str) -> Found {
    Found {
        vpc_endpoint_id: literal("vpce-1"),
        vpc_endpoint_type: String::new(),
        vpc_id: literal("vpc-1"),
        service_name: "com.amazonaws.eu-west-1.s3".to_owned(),
        state: serde_json::from_value(state.into()).expect("a word"),
        route_tables: Vec::new(),
        subnets: Vec::new(),
        groups: Vec::new(),
        private_dns_enabled: false,
        policy_document: None,
        tags: Vec::new(),
    }
}

#[test]
fn a_table_without_a_route_to_it_is_added_and_another_owners_is_kept() {
    assert_eq!(Endpoint::diff(&desired(), &observed()), Ok(vec![]));
    let strangers = Observed { connection: Connection::Gateway { tables: vec![literal("rtb-2"), literal("rtb-9")] }, ..observed() };
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

fn wanted_interface() -> Desired {
    let connection = Wanted::Interface { subnets: vec!["subnet-1".into(), "subnet-2".into()], group: "sg-1".into() };
    Desired { service: "com.amazonaws.eu-west-1.kms".to_owned(), connection, ..desired() }
}

fn interface(subnets: &[&str], groups: &[&str], private_dns: bool) -> Observed {
    let subnets = subnets.iter().map(|id| literal(id)).collect();
    let connection = Connection::Interface { subnets, groups: groups.iter().map(|id| literal(id)).collect(), private_dns };
    Observed { service: "com.amazonaws.eu-west-1.kms".to_owned(), connection, ..observed() }
}

/// Each attribute by itself, and all at once: one edit each, from -> to.
#[test]
fn an_interface_endpoint_is_exactly_as_wanted() {
    for (observed, expected) in [
        (interface(&["subnet-2", "subnet-1"], &["sg-1"], true), &[][..]),
        (interface(&["subnet-1"], &["sg-1"], true), &["subnet  + subnet-2"]),
        (interface(&["subnet-1", "subnet-2", "subnet-9"], &["sg-1"], true), &["subnet  - subnet-9"]),
        (interface(&["subnet-1", "subnet-9"], &["sg-1"], true), &["subnet  + subnet-2", "subnet  - subnet-9"]),
        (interface(&["subnet-1", "subnet-2"], &[], true), &["security group  + sg-1"]),
        (interface(&["subnet-1", "subnet-2"], &["sg-9"], true), &["security group  sg-9 -> sg-1"]),
        (interface(&["subnet-1", "subnet-2"], &["sg-1", "sg-9"], true), &["security group  sg-1, sg-9 -> sg-1"]),
        (interface(&["subnet-1", "subnet-2"], &["sg-1"], false), &["private DNS  off -> on"]),
    ] {
        let edits = Endpoint::diff(&wanted_interface(), &observed).expect("open");
        let shown: Vec<String> = edits.iter().flat_map(Endpoint::fields).map(|field| field.to_string()).collect();
        assert_eq!(shown, expected, "{observed:?}");
        assert!(edits.len() <= 1, "{edits:?}");
    }
    let unsupported = Desired { policy: None, ..wanted_interface() };
    let open = Observed { policy: FULL_ACCESS.to_owned(), ..interface(&["subnet-1", "subnet-2"], &["sg-1"], true) };
    assert_eq!(Endpoint::diff(&unsupported, &open), Ok(vec![]), "a service without policies keeps AWS's");
    assert!(Endpoint::diff(&desired(), &interface(&[], &[], true)).is_err() && Endpoint::diff(&wanted_interface(), &observed()).is_err());
}

/// Another owner's endpoint under the service's own name is in the way, one without that name is not.
#[test]
fn of_two_endpoints_one_has_the_services_name() {
    let theirs = |private_dns| Observed { tags: Tags::new(), ..interface(&["subnet-9"], &[], private_dns) };
    assert!(
        Endpoint::rival(&wanted_interface(), &theirs(true)).is_some() && Endpoint::rival(&wanted_interface(), &theirs(false)).is_none()
    );
    let gateway = Desired { service: theirs(true).service, ..desired() };
    assert!(Endpoint::rival(&gateway, &theirs(true)).is_none(), "S3 can have both");
}

/// Programs in a subnet without a NAT gateway would reach the service no more.
#[test]
fn removing_an_interface_endpoint_is_a_hazard() {
    let names = |observed: &Observed| Endpoint::removal_hazards(observed).iter().map(|hazard| hazard.name).collect::<Vec<_>>();
    assert_eq!((names(&interface(&[], &[], true)), names(&observed())), (vec![HazardName::RemoveNetwork], vec![]));
}

/// Each zone is billed; what is being deleted is not.
#[test]
fn an_interface_endpoint_is_billed_by_its_zones() {
    let zones = |charges: Vec<Charge>| charges.iter().find(|charge| charge.item == Item::InterfaceEndpoint).map(|charge| charge.quantity);
    assert_eq!(zones(Endpoint::cost(&wanted_interface())), Some(2));
    let present = |state| zones(Endpoint::present_cost(&Observed { state, ..interface(&["subnet-1"], &[], false) }));
    assert_eq!((present(State::Pending), present(State::Deleting)), (Some(1), None));
    assert_eq!((Endpoint::cost(&desired()), Endpoint::present_cost(&observed())), (vec![], vec![]));
}
