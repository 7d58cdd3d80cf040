//! Calls services that speak JSON by name, as an AWS client without types would.

use serde_json::{Value, json};

use super::*;
use crate::aws::client::{self, Untyped};

/// One caller of a service that speaks JSON; an error is its code and message.
pub(super) struct Caller {
    pub(super) config: SdkConfig,
    pub(super) service: &'static str,
}

impl Caller {
    pub(super) fn new(clients: &Clients, service: &'static str) -> Self {
        Self { config: clients.config.clone(), service }
    }

    pub(super) async fn call(&self, operation: &'static str, parameters: Value) -> Result<Value, (String, String)> {
        let answer = client::ask(&self.config, self.service, operation, Untyped::Json(&parameters.to_string())).await;
        let text = answer.map_err(|error| (error.code.clone().unwrap_or_default(), error.message))?;
        Ok(serde_json::from_str(&text).expect("JSON"))
    }

    pub(super) async fn done(&self, operation: &'static str, parameters: Value) -> Value {
        self.call(operation, parameters.clone()).await.unwrap_or_else(|error| panic!("{operation} {parameters}: {error:?}"))
    }

    /// Makes a call that is refused with this code, and returns the message.
    pub(super) async fn refused(&self, operation: &'static str, parameters: Value, code: &str) -> String {
        let (found, message) = self.call(operation, parameters.clone()).await.expect_err(code);
        assert_eq!(found, code, "{operation} {parameters}: {message}");
        message
    }
}

/// Makes a role that the administrator's account trusts, with one policy, and returns its caller.
pub(super) async fn role(simulator: &Simulator, name: &str, policy: &str, service: &'static str) -> Caller {
    let admin = Clients::administrator(simulator);
    admin.iam.create_role().role_name(name).assume_role_policy_document(trust("111111111111")).send().await.expect("a role");
    admin.iam.put_role_policy().role_name(name).policy_name("p").policy_document(policy).send().await.expect("put");
    let credentials = admin.assume(&format!("arn:aws:iam::111111111111:role/{name}")).await.expect("assumed");
    Caller::new(&Clients::with(simulator, credentials), service)
}

/// Returns the parameters with others, which come first.
pub(super) fn with(mut parameters: Value, more: Value) -> Value {
    let Value::Object(more) = more else { panic!("an object") };
    parameters.as_object_mut().expect("an object").extend(more);
    parameters
}

/// Stores a secret in each of the two services: a secure string of two versions, one with a label, and a secret of two.
pub(super) async fn store_secrets(clients: &Clients) {
    let (ssm, secrets) = (Caller::new(clients, "ssm"), Caller::new(clients, "secretsmanager"));
    let parameter = json!({ "Name": "/app/key", "Value": "SECRET-one", "Type": "SecureString", "Tier": "Advanced" });
    ssm.done("PutParameter", parameter.clone()).await;
    ssm.done("LabelParameterVersion", json!({ "Name": "/app/key", "Labels": ["first"] })).await;
    ssm.done("PutParameter", with(parameter, json!({ "Value": "SECRET-two", "Overwrite": true }))).await;
    let token = |number: u64| format!("00000000-0000-4000-8000-{number:012}");
    secrets.done("CreateSecret", json!({ "Name": "key", "SecretString": "SECRET-one", "ClientRequestToken": token(1) })).await;
    secrets.done("PutSecretValue", json!({ "SecretId": "key", "SecretString": "SECRET-two", "ClientRequestToken": token(2) })).await;
}
