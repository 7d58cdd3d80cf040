//! Resource control policies: to which calls they apply, and which documents AWS takes as one.

use serde_json::Value;

use super::context::Scope;
use super::document::{Actions, Document, Effect, Version, inside};
use super::json;
use super::{PolicyError, Principals};

/// The services whose actions resource control policies are about, by the prefix of their actions, as of 26 September 2026
/// (docs/AWS.md 1.9); AWS adds services.
const SERVICES: &str = "
    aoss appconfig appstream autoscaling autoscaling-plans budgets clouddirectory cloudfront cloudsearch cloudtrail-data
    codeartifact codebuild codecommit codepipeline cognito-identity cognito-idp comprehend comprehendmedical
    compute-optimizer cost-optimization-hub dax dsql dynamodb ecr ecr-public events firehose fis fms gamelift health
    inspector-scan kendra kinesisvideo kms logs memorydb networkmonitor notifications opensearch pca-connector-ad
    personalize polly pricing resource-groups rolesanywhere s3 secretsmanager servicediscovery signin sqs sts support swf
    textract timestream-influxdb transcribe transfer translate wafv2 workspaces xray
";
/// Actions of these services that no resource control policy affects.
const UNAFFECTED: [&str; 1] = ["kms:retiregrant"];

fn has_service(prefix: &str) -> bool {
    SERVICES.split_whitespace().any(|service| service == prefix)
}

/// Returns whether resource control policies of the resource's account apply to a call.
///
/// They apply to every caller, also to AWS services and those without credentials, but not to service-linked roles, and not to who
/// may assume one.
pub(super) fn apply_to(scope: &Scope<'_>) -> bool {
    // Actions are in lower case here.
    let is_of_service = scope.action.split_once(':').is_some_and(|(service, _)| has_service(service));
    is_of_service
        && !UNAFFECTED.contains(&scope.action.as_str())
        && !scope.request.principal.is_service_linked()
        && !scope.request.resource.contains(":role/aws-service-role/")
}

impl Document {
    /// Parses a document and checks it as a resource control policy of the organization's own: `RCPFullAWSAccess`, which allows, is
    /// none.
    ///
    /// # Errors
    ///
    /// Fails on everything that [`Document::parse`] refuses, on another version than `2012-10-17`, on statements that allow, on
    /// another `Principal` than `*`, on `NotPrincipal` and `NotAction`, on actions of services without resource control policies, on
    /// statements without resource, and on bad or repeated `Sid`s.
    pub fn parse_resource_control(text: &str) -> Result<Self, PolicyError> {
        let document = Self::parse(text)?;
        if document.version != Version::V2012 {
            return Err(PolicyError::new("Version", "must be 2012-10-17 in a resource control policy"));
        }
        let value = json::parse(text).map_err(|error| PolicyError::new("", format!("is not JSON: {error}")))?;
        let principals: Vec<Option<&Value>> = match value.get("Statement") {
            Some(Value::Array(statements)) => statements.iter().map(|statement| statement.get("Principal")).collect(),
            one => vec![one.and_then(|statement| statement.get("Principal"))],
        };
        document.check_resource()?;
        document.each(|_, _| Ok(()))?;
        for (number, (statement, principal)) in document.statements.iter().zip(principals).enumerate() {
            let place = |element: &str| inside(&format!("Statement[{number}]"), element);
            if statement.effect != Effect::Deny {
                return Err(PolicyError::new(place("Effect"), "must be Deny: of resource control policies only AWS's own allows"));
            }
            if matches!(statement.principals, Some(Principals::Except(_))) {
                return Err(PolicyError::new(place("NotPrincipal"), "has no place in a resource control policy: use a condition"));
            }
            // `{"AWS": "*"}` means the same in a bucket's policy, but is refused here.
            if principal.and_then(Value::as_str) != Some("*") {
                return Err(PolicyError::new(place("Principal"), "must be \"*\" in a resource control policy: restrict it by a condition"));
            }
            let Actions::Only(actions) = &statement.actions else {
                return Err(PolicyError::new(place("NotAction"), "has no place in a resource control policy: list the actions"));
            };
            for action in actions {
                match action.as_str().split_once(':') {
                    Some((service, _)) if has_service(service) => {}
                    Some((service, _)) if service != "*" => {
                        let problem = format!("there are no resource control policies for `{service}`, as of September 2026");
                        return Err(PolicyError::new(place("Action"), problem));
                    }
                    _ => {
                        let problem =
                            format!("`{}` needs the prefix of a service in a resource control policy, as in `s3:*`", action.as_str());
                        return Err(PolicyError::new(place("Action"), problem));
                    }
                }
            }
        }
        Ok(document)
    }
}
