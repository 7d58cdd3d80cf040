//! What an event reports about a failed step, and the hint for the operator.

use crate::aws::denial;
use crate::aws::error::{Answer, AwsError, Class};
use crate::kind::StepError;

/// What an event reports about a failure.
pub(super) struct Failure {
    pub(super) code: Option<String>,
    pub(super) message: String,
    pub(super) hint: String,
    pub(super) request_id: Option<String>,
    /// Whether the step was waiting and was only interrupted.
    pub(super) waited: bool,
}

impl From<StepError> for Failure {
    fn from(error: StepError) -> Self {
        match error {
            StepError::Aws(aws) => {
                Self { message: aws.to_string(), hint: hint(&aws), waited: would_go_on(&aws), code: aws.code, request_id: aws.request_id }
            }
            StepError::Stopped(what) => Self {
                code: None,
                message: what,
                hint: "run `landfall apply` again to continue".to_owned(),
                request_id: None,
                waited: true,
            },
            StepError::Explained { error, hint } => {
                Self { message: error.to_string(), hint, waited: would_go_on(&error), code: error.code, request_id: error.request_id }
            }
            StepError::Fact(missing) => Self {
                code: None,
                message: format!("landfall has a bug: {missing}"),
                hint: "please report it with the plan".to_owned(),
                request_id: None,
                waited: false,
            },
            StepError::Refused { message, hint } => Self { code: None, message, hint, request_id: None, waited: false },
        }
    }
}

fn would_go_on(error: &AwsError) -> bool {
    error.class() != Class::Never || error.answer == Answer::Stopped
}

/// Returns the hint for an error of AWS (docs/AWS.md 9).
fn hint(error: &AwsError) -> String {
    let text = if error.is(&["ConstraintViolationException/ACCOUNT_NUMBER_LIMIT_EXCEEDED"]) {
        "ask for more accounts: Service Quotas console, AWS Organizations, \"Maximum number of accounts\" (us-east-1); closed accounts count for 90 days"
    } else if error.is(&["ConstraintViolationException"]) {
        "AWS's limit, not landfall's: see the reason above and AWS Organizations' quotas"
    } else if error.is(&["LimitExceeded"]) {
        "ask for more: Service Quotas console, IAM (us-east-1); then `landfall apply`"
    } else if error.is(&["AccessDeniedForDependencyException"]) {
        "allow the caller iam:CreateServiceLinkedRole"
    } else if error.is_denied() {
        return format!("{}; then `landfall apply`", denial::hint(error));
    } else if error.class() == Class::Never {
        "correct what AWS names; then `landfall apply`"
    } else {
        "AWS was busy for longer than landfall waits: run `landfall apply` again to continue"
    };
    text.to_owned()
}
