//! The table of all operations, above the modules that implement them.

use super::id::Service;
use super::operation::Operation;
use super::{cloudtrail, ec2, iam, kms, organizations, s3, ssm, sts};
use crate::simulator::authorize::Call;
use crate::simulator::failure::Failure;
use crate::simulator::world::World;

/// Returns an operation by its name; one that is not in its table does not exist.
pub(crate) fn find_operation(service: Service, name: &str) -> Option<Operation> {
    let tables: &[&[Operation]] = match service {
        Service::Organizations => organizations::OPERATIONS,
        Service::Iam => iam::OPERATIONS,
        Service::Sts => &[sts::OPERATIONS],
        Service::Kms => kms::OPERATIONS,
        Service::S3 => s3::OPERATIONS,
        Service::CloudTrail => cloudtrail::OPERATIONS,
        Service::Ec2 => ec2::OPERATIONS,
        Service::Ssm => &[ssm::OPERATIONS],
    };
    tables.iter().copied().flatten().find(|operation| operation.name == name).copied()
}

/// Creates the defaults that AWS provides in every account (for EC2: the default VPC).
pub(crate) fn welcome(service: Service, world: &mut World, call: &Call<'_>) -> Result<(), Failure> {
    match service {
        Service::Ec2 => ec2::welcome(world, call),
        Service::Organizations | Service::Iam | Service::Sts | Service::Kms | Service::S3 | Service::CloudTrail | Service::Ssm => Ok(()),
    }
}
