//! Which layer of policies denied a call according to AWS, and the hint for it.
//!
//! AWS's message names the layer if the caller may know it (IAM User Guide, "Troubleshoot access denied error messages"). The layer decides
//! who can help: an administrator of the account, of the organization, or the owner of the resource.

#[cfg(feature = "operate")]
use super::error::AwsError;

/// A layer of policies, as AWS's message names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layer {
    ServiceControl,
    ResourceControl,
    Boundary,
    Session,
    Identity,
    Resource,
    Endpoint,
}

/// Every layer and AWS's words for it. Those of the organization come first: no other layer can override them.
const LAYERS: &[(&str, Layer)] = &[
    ("service control policy", Layer::ServiceControl),
    ("resource control policy", Layer::ResourceControl),
    ("permissions boundary", Layer::Boundary),
    ("session policy", Layer::Session),
    ("VPC endpoint policy", Layer::Endpoint),
    ("identity-based policy", Layer::Identity),
    ("resource-based policy", Layer::Resource),
];

/// Returns the layer that a message names.
pub(crate) fn layer(message: &str) -> Option<Layer> {
    // Only after these words it is the reason; elsewhere it may be part of a name.
    let reason = ["with an explicit deny in", "because no"].iter().find_map(|words| message.split_once(words))?.1;
    LAYERS.iter().find(|(words, _)| reason.contains(words)).map(|(_, layer)| *layer)
}

/// Returns the hint for a call that was denied.
#[cfg(feature = "operate")]
pub(crate) fn hint(error: &AwsError) -> String {
    let action = action(&error.message).unwrap_or(error.call);
    let is_explicit = error.message.contains("explicit deny");
    match (layer(&error.message), is_explicit) {
        (Some(Layer::ServiceControl), true) => format!(
            "a service control policy denies {action}: `aws organizations list-policies-for-target` shows those of the account, and of \
             every unit above it; exempt role/landfall/* in it or detach it"
        ),
        (Some(Layer::ServiceControl), false) => format!(
            "no service control policy allows {action}: the account, every unit above it and the root each need FullAWSAccess, or one \
             that allows it"
        ),
        (Some(Layer::ResourceControl), _) => {
            format!("a resource control policy of the organization does not allow {action}: exempt role/landfall/* in it or detach it")
        }
        (Some(Layer::Boundary), _) => format!("the caller's permissions boundary does not allow {action}: allow it there"),
        (Some(Layer::Session), _) => format!("the policy of the caller's session does not allow {action}: use a session without it"),
        (Some(Layer::Endpoint), _) => format!("the policy of the VPC endpoint in use does not allow {action}: allow it there"),
        (Some(Layer::Resource), _) => format!("the policy of the resource itself does not allow {action}: its owner can change it"),
        (Some(Layer::Identity), true) => format!("a policy of the caller denies {action}: change it there"),
        (Some(Layer::Identity) | None, _) => format!("allow the caller {action}"),
    }
}

/// Returns the action that a message names, which is not always the call: `ListBuckets` is `s3:ListAllMyBuckets`.
#[cfg(feature = "operate")]
fn action(message: &str) -> Option<&str> {
    message.split_once("not authorized to perform: ")?.1.split_whitespace().next()
}

#[cfg(all(test, feature = "operate"))]
mod tests {
    use super::*;
    use crate::aws::error::tests::refused;

    #[test]
    fn the_hint_is_for_the_layer_that_denied() {
        let why = "User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: iam:GetAccountAuthorizationDetails on resource: *";
        for (reason, words) in [
            ("because no service control policy allows the iam:GetAccountAuthorizationDetails action", "FullAWSAccess"),
            ("with an explicit deny in a service control policy", "list-policies-for-target"),
            (
                "with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o-1/service_control_policy/p-1",
                "list-policies-for-target",
            ),
            ("with an explicit deny in a resource control policy", "resource control policy"),
            ("because no permissions boundary allows the iam:GetAccountAuthorizationDetails action", "permissions boundary"),
            ("because no session policy allows the iam:GetAccountAuthorizationDetails action", "session without it"),
            ("because no VPC endpoint policy allows the iam:GetAccountAuthorizationDetails action", "VPC endpoint"),
            ("because no resource-based policy allows the iam:GetAccountAuthorizationDetails action", "its owner"),
            ("with an explicit deny in an identity-based policy", "a policy of the caller denies"),
            ("because no identity-based policy allows the iam:GetAccountAuthorizationDetails action", "allow the caller iam:"),
            ("", "allow the caller iam:GetAccountAuthorizationDetails"),
        ] {
            let error = AwsError { message: format!("{why} {reason}"), ..refused("AccessDenied", None) };
            let hint = hint(&error);
            assert!(hint.contains(words) && hint.contains("iam:GetAccountAuthorizationDetails"), "{reason}: {hint}");
        }
        let short = AwsError { message: "Access Denied".to_owned(), ..refused("AccessDenied", None) };
        assert_eq!(hint(&short), "allow the caller organizations:CreateAccount");
    }

    #[test]
    fn a_resource_name_is_not_a_reason() {
        assert_eq!(layer("User: x is not authorized to perform: a:B on resource: service control policy/x"), None);
    }
}
