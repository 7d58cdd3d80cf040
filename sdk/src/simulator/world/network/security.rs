//! Security groups and network ACLs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::label::{Label, Token};

/// A security group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SecurityGroup {
    pub(crate) label: Label,
    pub(crate) vpc: String,
    pub(crate) name: String,
    pub(crate) description: String,
    /// By id.
    pub(crate) rules: BTreeMap<String, Rule>,
}

/// One rule of a security group: one peer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Rule {
    pub(crate) label: Label,
    pub(crate) direction: Direction,
    /// `tcp`, `udp`, `icmp`, a number, or `-1` for all.
    pub(crate) protocol: String,
    /// Ports, or type and code of ICMP; `None` if the protocol is `-1`.
    pub(crate) from: Option<i64>,
    pub(crate) to: Option<i64>,
    pub(crate) peer: Peer,
    pub(crate) description: Option<String>,
}

/// The direction of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Direction {
    In,
    Out,
}

/// The source or destination of a security group rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Peer {
    Ipv4(String),
    Ipv6(String),
    /// The id of a security group of the same account.
    Group(String),
    PrefixList(String),
}

/// A network ACL.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NetworkAcl {
    pub(crate) label: Label,
    pub(crate) vpc: String,
    pub(crate) is_default: bool,
    /// Without the last ones, number 32767, which deny what no other entry matches.
    pub(crate) entries: Vec<AclEntry>,
    /// By id.
    pub(crate) associations: BTreeMap<String, AclAssociation>,
    pub(crate) token: Option<Token>,
}

/// The subnet that uses a network ACL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AclAssociation {
    pub(crate) subnet: String,
}

/// A rule of a network ACL; direction and number are its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AclEntry {
    pub(crate) direction: Direction,
    pub(crate) number: i64,
    /// A number, or `-1` for all.
    pub(crate) protocol: String,
    pub(crate) allows: bool,
    pub(crate) cidr: Option<String>,
    pub(crate) cidr_v6: Option<String>,
    /// From and to, for protocols that have ports.
    pub(crate) ports: Option<(i64, i64)>,
    /// Type and code, for ICMP.
    pub(crate) icmp: Option<(i64, i64)>,
}
