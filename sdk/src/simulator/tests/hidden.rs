//! Values of parameters and secrets are in the world's file and in its journal, and in nothing that is shown.

use std::sync::{Arc, Mutex};

use serde_json::json;

use super::json::Caller;
use super::*;
use crate::simulator::service::Service;
use crate::simulator::wire::Params;
use crate::simulator::world::Deed;

const TOKEN: &str = "00000000-0000-4000-8000-000000000001";

#[tokio::test(start_paused = true)]
async fn no_value_is_in_debug_output_a_record_or_an_error() {
    let simulator = instant();
    let lines = Arc::new(Mutex::new(Vec::new()));
    let (kept, shown) = (Arc::clone(&lines), Arc::new(Mutex::new(String::new())));
    let debug = Arc::clone(&shown);
    simulator.keep(move |change| {
        debug.lock().expect("no panic").push_str(&format!("{change:?}\n"));
        kept.lock().expect("no panic").push(change.line());
    });
    let admin = Clients::administrator(&simulator);
    let (ssm, secrets) = (Caller::new(&admin, "ssm"), Caller::new(&admin, "secretsmanager"));
    let mut errors = Vec::new();
    for (kind, value) in [("SecureString", "SECRET-parameter"), ("String", "SECRET-plain")] {
        let put = json!({ "Name": format!("/app/{kind}"), "Value": value, "Type": kind });
        ssm.done("PutParameter", put.clone()).await;
        errors.push(ssm.refused("PutParameter", put.clone(), "ParameterAlreadyExists").await);
        ssm.done("GetParameter", json!({ "Name": format!("/app/{kind}"), "WithDecryption": true })).await;
        errors.push(ssm.refused("GetParameter", put, "NotImplemented").await);
    }
    secrets.done("CreateSecret", json!({ "Name": "key", "SecretString": "SECRET-secret", "ClientRequestToken": TOKEN })).await;
    let other = json!({ "SecretId": "key", "SecretString": "SECRET-other", "ClientRequestToken": TOKEN });
    errors.push(secrets.refused("PutSecretValue", other, "ResourceExistsException").await);
    errors.push(
        secrets.refused("PutSecretValue", json!({ "SecretId": "key", "SecretString": ["SECRET-list"] }), "SerializationException").await,
    );
    secrets.done("GetSecretValue", json!({ "SecretId": "key" })).await;

    let lines = lines.lock().expect("no panic").clone();
    assert!(lines.iter().any(|line| line.contains("SECRET-secret")), "the journal makes the world again");
    assert!(simulator.to_json().contains("SECRET-parameter"), "and so does its file");
    let deeds: Vec<Deed> = lines
        .iter()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON")["deed"].take())
        .map(|deed| serde_json::from_value(deed).expect("a deed"))
        .collect();
    let mut texts = vec![shown.lock().expect("no panic").clone(), format!("{deeds:?}"), format!("{:?}", simulator.calls())];
    texts.push(format!("{:?}", simulator.state().world));
    texts.extend(errors);
    let parameters = json!({ "Value": "SECRET-parameter" });
    texts.push(format!("{:?}", Params::new(Service::Ssm, "PutParameter", parameters.as_object().expect("an object"))));
    for text in &texts {
        assert!(!text.contains("SECRET-"), "{text}");
        assert!(!text.is_empty());
    }
    assert!(texts[0].contains("PutParameter") && texts[3].contains("/app/SecureString"), "there was something to show");
}
