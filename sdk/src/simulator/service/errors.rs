//! Errors that any operation of a service can return, in that service's words.

use super::id::Service;
use crate::simulator::failure::Failure;

/// Returns the throttling error of a service.
pub(crate) fn throttled(service: Service) -> Failure {
    match service {
        Service::Organizations => Failure::organizations(
            "TooManyRequestsException",
            "AWS Organizations can't complete your request because you have made too many requests in a short time.",
        ),
        Service::Iam | Service::Sts | Service::CloudFormation => Failure::new("Throttling", 400, "Rate exceeded"),
        Service::Kms
        | Service::CloudTrail
        | Service::Ssm
        | Service::Logs
        | Service::Budgets
        | Service::Backup
        | Service::SecretsManager => Failure::new("ThrottlingException", 400, "Rate exceeded"),
        Service::Account => Failure::new("TooManyRequestsException", 429, "Too many requests."),
        Service::Sns => Failure::new("Throttled", 429, "Rate exceeded"),
        Service::Ec2 => Failure::new("RequestLimitExceeded", 503, "Request limit exceeded."),
        Service::Tagging => Failure::new("ThrottledException", 400, "Rate exceeded"),
        Service::S3 => Failure::new("SlowDown", 503, "Please reduce your request rate."),
    }
}

/// Returns the error of a service when AWS itself fails (docs/AWS.md 9).
pub(crate) fn failed(service: Service) -> Failure {
    let (code, message) = match service {
        Service::Organizations => {
            ("ServiceException", "AWS Organizations can't complete your request because of an internal service error.")
        }
        Service::Iam => ("ServiceFailure", "The request processing has failed because of an unknown error, exception or failure."),
        Service::Sts | Service::CloudTrail | Service::CloudFormation => {
            ("InternalFailure", "The request processing has failed because of an unknown error.")
        }
        Service::Kms => ("KMSInternalException", "An internal error occurred."),
        Service::Tagging => ("InternalServiceException", "The request processing failed because of an unknown error."),
        Service::Ssm => ("InternalServerError", "An internal error occurred."),
        Service::SecretsManager => ("InternalServiceError", "An error occurred on the server side."),
        Service::Account => ("InternalServerException", "An internal error occurred."),
        Service::Backup | Service::Logs => ("ServiceUnavailableException", "The service cannot complete the request."),
        Service::Sns => ("InternalError", "An internal error occurred."),
        Service::Budgets => ("InternalErrorException", "An internal error occurred."),
        Service::S3 => ("InternalError", "We encountered an internal error. Please try again."),
        Service::Ec2 => ("InternalError", "An internal error has occurred."),
    };
    Failure::new(code, 500, message)
}
