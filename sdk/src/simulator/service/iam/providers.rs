//! OpenID Connect providers.

use serde_json::{Value, json};

use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::stored::{add_tags, read_tags, remove_tags, show_tags};
use crate::simulator::wire::Params;
use crate::simulator::world::{Provider, World};

/// Limits of providers (docs/AWS.md 3.1).
const PROVIDERS_MAX: usize = 100;
const URL_MAX: usize = 255;
const CLIENT_IDS_MAX: usize = 100;
const THUMBPRINTS_MAX: usize = 5;
/// The thumbprint that IAM would fetch if none is given (docs/AWS.md 3.5).
const FETCHED_THUMBPRINT: &str = "0000000000000000000000000000000000000000";

pub(super) const OPERATIONS: &[Operation] = &[
    write("CreateOpenIDConnectProvider", create_provider),
    read("GetOpenIDConnectProvider", get_provider),
    read("ListOpenIDConnectProviders", list_providers),
    write("AddClientIDToOpenIDConnectProvider", add_client_id),
    write("RemoveClientIDFromOpenIDConnectProvider", remove_client_id),
    write("TagOpenIDConnectProvider", tag_provider),
    write("UntagOpenIDConnectProvider", untag_provider),
    write("DeleteOpenIDConnectProvider", delete_provider),
];

impl World {
    fn provider_mut(&mut self, call: &Call<'_>, arn: &str) -> Result<&mut Provider, Failure> {
        let missing = || Failure::no_such_entity(format!("OpenIDConnect Provider not found for arn {arn}"));
        self.iam_mut(call)?.providers.get_mut(arn).ok_or_else(missing)
    }

    fn ask_about_provider(&self, call: &Call<'_>, action: &'static str, arn: &str) -> Result<Ask, Failure> {
        let ask = Ask::new(action, arn);
        Ok(match self.iam(call)?.providers.get(arn) {
            Some(provider) => ask.resource_tags(&provider.tags),
            None => ask,
        })
    }
}

fn create_provider(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (url, client_ids, thumbprints) = (params.text("Url")?, params.texts("ClientIDList")?, params.texts("ThumbprintList")?);
    let tags = read_tags(&params, "Tags")?;
    let host = url.strip_prefix("https://").filter(|host| !host.is_empty() && url.len() <= URL_MAX && !host.contains(['?', '#', ' ']));
    let host = host.ok_or_else(|| Failure::validation("Invalid Open ID Connect Provider URL"))?.trim_end_matches('/');
    let arn = format!("arn:aws:iam::{}:oidc-provider/{host}", call.account()?);
    let ask = Ask::new("iam:CreateOpenIDConnectProvider", arn.as_str()).request_tags(&tags);
    let pass = call.authorize(world, params, ask.clone())?;
    if !tags.is_empty() {
        call.may(world, ask.but("iam:TagOpenIDConnectProvider"))?;
    }
    if client_ids.len() > CLIENT_IDS_MAX || thumbprints.len() > THUMBPRINTS_MAX {
        return Err(Failure::limit_exceeded("Too many client ids or thumbprints."));
    }
    if thumbprints.iter().any(|thumbprint| thumbprint.len() != FETCHED_THUMBPRINT.len()) {
        return Err(Failure::validation("Thumbprint must be exactly 40 characters long"));
    }
    let iam = world.iam_mut(call)?;
    if iam.providers.contains_key(&arn) {
        return Err(Failure::already_exists(format!("Provider with url https://{host} already exists.")));
    }
    if iam.providers.len() >= PROVIDERS_MAX {
        return Err(Failure::limit_exceeded(format!("Cannot exceed quota for OpenIdConnectProvidersPerAccount: {PROVIDERS_MAX}")));
    }
    let owned = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect::<Vec<String>>();
    let thumbprints = if thumbprints.is_empty() { vec![FETCHED_THUMBPRINT] } else { thumbprints };
    let provider = Provider {
        arn: arn.clone(),
        url: host.to_owned(),
        client_ids: owned(client_ids),
        thumbprints: owned(thumbprints),
        made: call.now,
        tags,
    };
    let answer = json!({ "OpenIDConnectProviderArn": arn, "Tags": show_tags(&provider.tags) });
    iam.providers.insert(arn, provider);
    Ok(pass.answer(answer))
}

fn get_provider(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let arn = params.text("OpenIDConnectProviderArn")?;
    let ask = world.ask_about_provider(call, "iam:GetOpenIDConnectProvider", arn)?;
    let pass = call.authorize(world, params, ask)?;
    let provider = world.provider_mut(call, arn)?;
    Ok(pass.answer(json!({
        "Url": provider.url,
        "ClientIDList": provider.client_ids,
        "ThumbprintList": provider.thumbprints,
        "CreateDate": provider.made.iso(),
        "Tags": show_tags(&provider.tags),
    })))
}

fn list_providers(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let pass = call.authorize(world, params, Ask::new("iam:ListOpenIDConnectProviders", "*"))?;
    let providers: Value = world.iam(call)?.providers.keys().map(|arn| json!({ "Arn": arn })).collect();
    Ok(pass.answer(json!({ "OpenIDConnectProviderList": providers })))
}

fn add_client_id(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (arn, client_id) = (params.text("OpenIDConnectProviderArn")?, params.text("ClientID")?);
    let ask = world.ask_about_provider(call, "iam:AddClientIDToOpenIDConnectProvider", arn)?;
    let pass = call.authorize(world, params, ask)?;
    let client_ids = &mut world.provider_mut(call, arn)?.client_ids;
    if !client_ids.iter().any(|known| known == client_id) {
        if client_ids.len() >= CLIENT_IDS_MAX {
            return Err(Failure::limit_exceeded(format!("Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: {CLIENT_IDS_MAX}")));
        }
        client_ids.push(client_id.to_owned());
    }
    Ok(pass.answer(json!({})))
}

fn remove_client_id(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (arn, client_id) = (params.text("OpenIDConnectProviderArn")?, params.text("ClientID")?);
    let ask = world.ask_about_provider(call, "iam:RemoveClientIDFromOpenIDConnectProvider", arn)?;
    let pass = call.authorize(world, params, ask)?;
    world.provider_mut(call, arn)?.client_ids.retain(|known| known != client_id);
    Ok(pass.answer(json!({})))
}

fn tag_provider(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (arn, tags) = (params.text("OpenIDConnectProviderArn")?, read_tags(&params, "Tags")?);
    let ask = world.ask_about_provider(call, "iam:TagOpenIDConnectProvider", arn)?.request_tags(&tags);
    let pass = call.authorize(world, params, ask)?;
    let provider = world.provider_mut(call, arn)?;
    let mut kept = provider.tags.clone();
    add_tags(call.service, &mut kept, tags)?;
    provider.tags = kept;
    Ok(pass.answer(json!({})))
}

fn untag_provider(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (arn, keys) = (params.text("OpenIDConnectProviderArn")?, params.texts("TagKeys")?);
    let ask = world.ask_about_provider(call, "iam:UntagOpenIDConnectProvider", arn)?.tag_keys(keys.iter().copied());
    let pass = call.authorize(world, params, ask)?;
    remove_tags(call.service, &mut world.provider_mut(call, arn)?.tags, &keys);
    Ok(pass.answer(json!({})))
}

fn delete_provider(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let arn = params.text("OpenIDConnectProviderArn")?;
    let ask = world.ask_about_provider(call, "iam:DeleteOpenIDConnectProvider", arn)?;
    let pass = call.authorize(world, params, ask)?;
    world.provider_mut(call, arn)?;
    world.iam_mut(call)?.providers.remove(arn);
    Ok(pass.answer(json!({})))
}
