//! The table of all operations, above the modules that implement them.

use super::id::Service;
use super::operation::Operation;
use super::{
    account, backup, budgets, cloudformation, cloudtrail, ec2, iam, kms, logs, organizations, s3, secrets, sns, ssm, sts, tagging,
};
use crate::simulator::authorize::Call;
use crate::simulator::clock::Timestamp;
use crate::simulator::failure::Failure;
use crate::simulator::world::World;

/// Returns an operation by its name; one that is not in its table does not exist.
pub(crate) fn find_operation(service: Service, name: &str) -> Option<Operation> {
    operations_of(service).find(|operation| operation.name == name).copied()
}

/// Returns every operation of a service.
pub(crate) fn operations_of(service: Service) -> impl Iterator<Item = &'static Operation> {
    let tables: &'static [&'static [Operation]] = match service {
        Service::Organizations => organizations::OPERATIONS,
        Service::Iam => iam::OPERATIONS,
        Service::Sts => &[sts::OPERATIONS],
        Service::Kms => kms::OPERATIONS,
        Service::S3 => s3::OPERATIONS,
        Service::CloudFormation => cloudformation::OPERATIONS,
        Service::CloudTrail => cloudtrail::OPERATIONS,
        Service::Ec2 => ec2::OPERATIONS,
        Service::Ssm => ssm::OPERATIONS,
        Service::Account => account::OPERATIONS,
        Service::Backup => backup::OPERATIONS,
        Service::Logs => logs::OPERATIONS,
        Service::Tagging => &[tagging::OPERATIONS],
        Service::Sns => sns::OPERATIONS,
        Service::Budgets => budgets::OPERATIONS,
        Service::SecretsManager => secrets::OPERATIONS,
    };
    tables.iter().copied().flatten()
}

/// Creates the defaults that AWS provides in every account (for EC2: the default VPC).
pub(crate) fn welcome(service: Service, world: &mut World, call: &Call<'_>) -> Result<(), Failure> {
    if service == Service::Ec2 { ec2::welcome(world, call) } else { Ok(()) }
}

/// Takes the steps that were due before `now` of what services do after they answered.
pub(crate) fn continue_operations(world: &mut World, now: Timestamp) {
    cloudformation::continue_operations(world, now);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::limits::CREATIONS_IN_FLIGHT;
    use crate::aws::quotas;
    use crate::id::PolicyType;
    use crate::simulator::stored::TAGS_MAX;

    /// The simulator is the judge of landfall's checks, so it has numbers of its own; today they are the same.
    #[test]
    fn landfalls_quotas_are_these() {
        let own = [
            ("managed policy", quotas::MANAGED_POLICY_CHARACTERS),
            ("inline policies", quotas::INLINE_POLICIES_CHARACTERS),
            ("trust policy", quotas::TRUST_POLICY_CHARACTERS),
            ("policy versions", quotas::POLICY_VERSIONS),
            ("policies per role", quotas::POLICIES_PER_ROLE),
            ("key policy", quotas::KEY_POLICY_BYTES),
            ("bucket policy", quotas::BUCKET_POLICY_BYTES),
            ("guardrail", quotas::policy_characters(PolicyType::ServiceControl)),
            ("account name", quotas::ACCOUNT_NAME_CHARACTERS),
            ("creations in flight", CREATIONS_IN_FLIGHT),
            ("session policies", quotas::SESSION_POLICIES_CHARACTERS),
            ("session policy ARNs", quotas::SESSION_POLICY_ARNS),
            ("event selectors", quotas::EVENT_SELECTORS),
            ("parameter", quotas::PARAMETER_CHARACTERS),
        ];
        let services = [iam::QUOTAS, kms::QUOTAS, s3::QUOTAS, organizations::QUOTAS, sts::QUOTAS, cloudtrail::QUOTAS, ssm::QUOTAS];
        assert_eq!(services.concat(), own_in_order(&own, &services));
        assert_eq!(quotas::TAGS, TAGS_MAX);
    }

    /// Returns landfall's numbers in the order of the services' tables; each of them is in one.
    fn own_in_order<'n>(own: &[(&'n str, usize)], services: &[&[(&'n str, usize)]]) -> Vec<(&'n str, usize)> {
        let names: Vec<&str> = services.concat().iter().map(|(name, _)| *name).collect();
        assert_eq!(names.len(), own.len(), "{names:?}");
        names.iter().filter_map(|name| own.iter().find(|(own, _)| own == name)).copied().collect()
    }
}
