//! Effective policies: in which accounts AWS finds invalid what the policies of one type come to.
//!
//! Not a kind: nothing is wanted of it, and no call of landfall's mends it.

use aws_sdk_organizations::types::EffectivePolicyType;

use crate::aws::error::AwsError;
use crate::aws::retry::RetryPolicy;
use crate::id::PolicyType;
use crate::kind::Context;
use crate::kind::context::required;

/// How long throttles and calls without an answer are retried: what is asked here changes no step of a plan.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);
/// Answers of those who do not know these calls: an emulator, or a partition that does not have them.
const UNKNOWN: &[&str] = &[
    "NotImplemented",
    "NotImplementedException",
    "UnknownOperationException",
    "UnsupportedAPIEndpointException",
    "InvalidAction",
    "Http404",
    "Http501",
];
/// The answer if the type is not on, or no policy of it applies.
const NONE: &str = "EffectivePolicyNotFoundException";

/// Returns the ids of the accounts in which the policies of a type come to something invalid; none where AWS does not know the call.
///
/// # Errors
///
/// AWS's last error.
pub(crate) async fn invalid_accounts(cx: &Context<'_>, policy_type: PolicyType) -> Result<Vec<String>, AwsError> {
    const CALL: &str = "organizations:ListAccountsWithInvalidEffectivePolicy";
    let client = cx.session().organizations();
    let wanted = EffectivePolicyType::from(policy_type.aws());
    let listed = cx
        .listed_with(
            CALL,
            &retry(),
            |next| client.list_accounts_with_invalid_effective_policy().policy_type(wanted.clone()).set_next_token(next).send(),
            |page| (page.accounts.unwrap_or_default(), page.next_token),
        )
        .await;
    match listed {
        Ok(accounts) => accounts.into_iter().map(|account| required(CALL, "Id", account.id)).collect(),
        Err(error) if error.is(UNKNOWN) || error.is(&[NONE]) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Returns why they are invalid in an account: what AWS says, with the place and the policies.
///
/// # Errors
///
/// AWS's last error.
pub(crate) async fn reasons(cx: &Context<'_>, policy_type: PolicyType, account: &str) -> Result<Vec<Reason>, AwsError> {
    const CALL: &str = "organizations:ListEffectivePolicyValidationErrors";
    let client = cx.session().organizations();
    let wanted = EffectivePolicyType::from(policy_type.aws());
    let listed = cx
        .listed_with(
            CALL,
            &retry(),
            |next| {
                client.list_effective_policy_validation_errors().account_id(account).policy_type(wanted.clone()).set_next_token(next).send()
            },
            |page| (page.effective_policy_validation_errors.unwrap_or_default(), page.next_token),
        )
        .await?;
    let reason = |error: aws_sdk_organizations::types::EffectivePolicyValidationError| Reason {
        code: error.error_code.unwrap_or_default(),
        message: error.error_message.unwrap_or_default(),
        path: error.path_to_error.unwrap_or_default(),
        policies: error.contributing_policies.unwrap_or_default(),
    };
    Ok(listed.into_iter().map(reason).collect())
}

/// Why the policies of a type are invalid in an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reason {
    /// AWS's code.
    pub(crate) code: String,
    /// AWS's message.
    pub(crate) message: String,
    /// The place in the effective policy, if AWS names one.
    pub(crate) path: String,
    /// The ids of the policies that contribute.
    pub(crate) policies: Vec<String>,
}

fn retry() -> RetryPolicy {
    RetryPolicy::repeatable().throttled_within(PATIENCE).unanswered_within(PATIENCE)
}
