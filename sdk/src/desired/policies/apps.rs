//! Who may do what with the values of apps: the app's own role, deployers, readers.

use serde_json::{Value, json};

use super::document;
use crate::model::Organization;
use crate::name::AppName;
use crate::ours::APPS_PATH;

/// Returns the permissions on an app's parameters and secrets. The keys that AWS manages for both services let whoever may use the
/// parameter or secret in the account (docs/AWS.md 8.1).
pub(in crate::desired) fn configuring(organization: &Organization, app: &AppName) -> Value {
    let (partition, region) = (organization.partition, &organization.region);
    document(&[
        json!({"Sid": "Parameters", "Effect": "Allow",
            "Action": ["ssm:DeleteParameter", "ssm:GetParameter", "ssm:GetParameterHistory", "ssm:GetParameters", "ssm:PutParameter"],
            "Resource": format!("arn:{partition}:ssm:{region}:*:parameter{APPS_PATH}/{app}/*")}),
        json!({"Sid": "Secrets", "Effect": "Allow",
            "Action": ["secretsmanager:CreateSecret", "secretsmanager:DeleteSecret", "secretsmanager:DescribeSecret",
                "secretsmanager:GetSecretValue", "secretsmanager:ListSecretVersionIds", "secretsmanager:PutSecretValue",
                "secretsmanager:RestoreSecret"],
            "Resource": format!("arn:{partition}:secretsmanager:{region}:*:secret:{}/{app}/*", &APPS_PATH[1..])}),
        // Names of all parameters and secrets of the account; none of them is a value.
        json!({"Sid": "Names", "Effect": "Allow", "Action": ["secretsmanager:ListSecrets", "ssm:DescribeParameters"], "Resource": "*"}),
    ])
}

/// Returns the statements that keep a deployer from the secrets of apps: it lists their names. What a deployer runs as a role of its own
/// reads them, as a program has to.
///
/// Without an app, too: values of one that left the manifest stay.
pub(in crate::desired) fn kept_from_deployers(organization: &Organization) -> [Value; 2] {
    let partition = organization.partition;
    let parameter = |name: &str| format!("arn:{partition}:ssm:*:*:parameter{name}");
    [
        json!({"Sid": "SecretsOfApps", "Effect": "Deny",
        "Action": ["secretsmanager:GetSecretValue", "ssm:GetParameter", "ssm:GetParameterHistory", "ssm:GetParameters"],
        "Resource": [
            parameter(&format!("{APPS_PATH}/*/secret/*")),
            format!("arn:{partition}:secretsmanager:*:*:secret:{}/*", &APPS_PATH[1..]),
        ]}),
        // Who may read a path is given all levels below it, whatever is denied of them (docs/AWS.md 8.1): so every path above a secret.
        json!({"Sid": "PathsOfApps", "Effect": "Deny", "Action": "ssm:GetParametersByPath",
            "Resource": [parameter("/"), parameter("/landfall"), parameter("/landfall/"), parameter(&format!("{APPS_PATH}*"))]}),
    ]
}

/// Returns the statement by which a reader sees what is no secret of apps: their settings, and what is released.
pub(in crate::desired) fn shown_to_readers(organization: &Organization) -> Option<Value> {
    let partition = organization.partition;
    (!organization.apps.is_empty()).then(|| {
        let parameter = |name| format!("arn:{partition}:ssm:*:*:parameter{APPS_PATH}/*/{name}");
        json!({"Sid": "SettingsOfApps", "Effect": "Allow", "Action": ["ssm:GetParameter", "ssm:GetParameterHistory", "ssm:GetParameters"],
            "Resource": [parameter("config"), parameter("release")]})
    })
}
