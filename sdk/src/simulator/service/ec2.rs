//! Amazon EC2: VPCs and what is in them, in one account and Region. Nothing runs here, and nothing is sent.
//!
//! An account finds a default VPC in every Region, from its first call there on. An operation declares the resources that it names
//! and creates (`want`). It is authorized on each, with its tags, before the caller learns whether a resource exists.

mod acl_entries;
mod acls;
mod addresses;
mod associations;
mod encryption;
mod endpoints;
mod flow_logs;
mod gateways;
mod groups;
mod interface_endpoints;
mod interfaces;
mod look;
mod nat_gateways;
mod permissions;
mod routes;
mod rules;
mod subnets;
mod tables;
mod tags;
mod volumes;
mod vpcs;
mod want;
mod welcome;
mod zones;

pub(super) use welcome::welcome;

use super::Operation;

pub(super) const OPERATIONS: &[&[Operation]] = &[
    zones::OPERATIONS,
    vpcs::OPERATIONS,
    subnets::OPERATIONS,
    gateways::OPERATIONS,
    tables::OPERATIONS,
    routes::OPERATIONS,
    associations::OPERATIONS,
    tags::OPERATIONS,
    addresses::OPERATIONS,
    nat_gateways::OPERATIONS,
    interfaces::OPERATIONS,
    groups::OPERATIONS,
    rules::OPERATIONS,
    acls::OPERATIONS,
    acl_entries::OPERATIONS,
    endpoints::OPERATIONS,
    flow_logs::OPERATIONS,
    encryption::OPERATIONS,
    volumes::OPERATIONS,
];
