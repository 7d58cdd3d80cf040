//! The services: which there are, and the table of what each can do.
//!
//! An operation reads all its parameters, asks for permission, and only then looks and writes. One that is not in
//! its table does not exist.

mod cloudtrail;
mod ec2;
mod iam;
mod kms;
mod organizations;
mod page;
mod s3;
mod ssm;
mod sts;

pub(crate) use iam::{ADMINISTRATOR_ACCESS, managed_document};
pub(crate) use page::FIRST_PAGE;
pub(crate) use sts::root_task_document;

use serde::{Deserialize, Serialize};

use super::authorize::{Answer, Call};
use super::failure::Failure;
use super::wire::Params;
use super::world::World;

/// A service that is simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Service {
    Organizations,
    Iam,
    Sts,
    Kms,
    S3,
    CloudTrail,
    Ec2,
    Ssm,
}

/// Whether an operation changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Read,
    Write,
}

/// One operation.
#[derive(Clone, Copy)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) effect: Effect,
    pub(crate) run: Run,
}

/// How an operation is done.
pub(crate) type Run = fn(&mut World, &Call<'_>, Params<'_>) -> Result<Answer, Failure>;

impl Service {
    pub(crate) const ALL: [Self; 8] =
        [Self::Organizations, Self::Iam, Self::Sts, Self::Kms, Self::S3, Self::CloudTrail, Self::Ec2, Self::Ssm];

    /// Returns the name that signatures and policies use.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Organizations => "organizations",
            Self::Iam => "iam",
            Self::Sts => "sts",
            Self::Kms => "kms",
            Self::S3 => "s3",
            Self::CloudTrail => "cloudtrail",
            Self::Ec2 => "ec2",
            Self::Ssm => "ssm",
        }
    }

    /// Returns the prefix of `X-Amz-Target` for services that speak JSON; of the others S3 speaks REST, EC2 its own Query,
    /// the rest Query.
    pub(crate) fn target(self) -> Option<&'static str> {
        match self {
            Self::Organizations => Some("AWSOrganizationsV20161128"),
            Self::Kms => Some("TrentService"),
            Self::CloudTrail => Some("CloudTrail_20131101"),
            Self::Ssm => Some("AmazonSSM"),
            Self::Iam | Self::Sts | Self::S3 | Self::Ec2 => None,
        }
    }

    pub(crate) fn operation(self, name: &str) -> Option<Operation> {
        let tables: &[&[Operation]] = match self {
            Self::Organizations => organizations::OPERATIONS,
            Self::Iam => iam::OPERATIONS,
            Self::Sts => &[sts::OPERATIONS],
            Self::Kms => kms::OPERATIONS,
            Self::S3 => s3::OPERATIONS,
            Self::CloudTrail => cloudtrail::OPERATIONS,
            Self::Ec2 => ec2::OPERATIONS,
            Self::Ssm => &[ssm::OPERATIONS],
        };
        tables.iter().copied().flatten().find(|operation| operation.name == name).copied()
    }

    /// Creates the defaults that AWS provides in every account (for EC2: the default VPC).
    pub(crate) fn welcome(self, world: &mut World, call: &Call<'_>) -> Result<(), Failure> {
        match self {
            Self::Ec2 => ec2::welcome(world, call),
            Self::Organizations | Self::Iam | Self::Sts | Self::Kms | Self::S3 | Self::CloudTrail | Self::Ssm => Ok(()),
        }
    }
}

const fn read(name: &'static str, run: Run) -> Operation {
    Operation { name, effect: Effect::Read, run }
}

const fn write(name: &'static str, run: Run) -> Operation {
    Operation { name, effect: Effect::Write, run }
}
