//! GitHub's identity provider in an account: it lets a workflow assume a role of that account.
//!
//! AWS allows one provider per URL and account, shared by all owners. So another owner's provider is used as it is if it accepts the wanted
//! audience, and is neither tagged nor changed: the trust policy of each role decides who may assume it. Providers of other hosts are not
//! read. AWS manages thumbprints itself (docs/AWS.md 3.5): an unknown one is not a difference.

use serde::{Deserialize, Serialize};

use super::api::{Tag, read, written};
use super::{TAKEN, gone};
use crate::address::Address;
use crate::aws::client::{Done, items, requests};
use crate::aws::error::AwsError;
use crate::aws::retry::RetryPolicy;
use crate::aws::tags::{self, Tags};
use crate::kind::settle::unless_taken;
use crate::kind::terraform::{Import, Place};
use crate::kind::{Adoption, Blocked, Context, Facts, Field, Kind, Made, ScopeSet, StepError, Text};

/// GitHub's token issuer, the only host of this kind.
pub const GITHUB_HOST: &str = "token.actions.githubusercontent.com";
/// IAM's codes for a provider that was just deleted.
const GONE: &[&str] = &["NoSuchEntity"];

requests! { IAM, "iam":
    AddClientIDToOpenIDConnectProvider {
        #[serde(rename = "OpenIDConnectProviderArn")] open_id_connect_provider_arn: String, #[serde(rename = "ClientID")] client_id: String,
    } -> Done,
    CreateOpenIDConnectProvider { url: String, #[serde(rename = "ClientIDList")] client_id_list: [String; 1], tags: Vec<Tag> } -> Created,
    DeleteOpenIDConnectProvider { #[serde(rename = "OpenIDConnectProviderArn")] open_id_connect_provider_arn: String } -> Done,
    GetOpenIDConnectProvider { #[serde(rename = "OpenIDConnectProviderArn")] open_id_connect_provider_arn: String } -> Provider,
    ListOpenIDConnectProviders {} -> Providers,
    RemoveClientIDFromOpenIDConnectProvider {
        #[serde(rename = "OpenIDConnectProviderArn")] open_id_connect_provider_arn: String, #[serde(rename = "ClientID")] client_id: String,
    } -> Done,
    TagOpenIDConnectProvider { #[serde(rename = "OpenIDConnectProviderArn")] open_id_connect_provider_arn: String, tags: Vec<Tag> } -> Done,
}

/// What was created.
#[derive(Debug, Deserialize)]
struct Created {
    #[serde(rename = "OpenIDConnectProviderArn")]
    arn: String,
}

/// The account's providers.
#[derive(Debug, Deserialize)]
struct Providers {
    #[serde(default, rename = "OpenIDConnectProviderList", deserialize_with = "items")]
    providers: Vec<Listed>,
}

/// A provider in a list.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    arn: String,
}

/// A provider.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Provider {
    url: String,
    #[serde(default, rename = "ClientIDList", deserialize_with = "items")]
    audiences: Vec<String>,
    #[serde(default, deserialize_with = "items")]
    tags: Vec<Tag>,
}

/// The kind `oidc-provider`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct OidcProvider;

/// What a provider should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Desired {
    /// Its host, without `https://`: that is how IAM returns it.
    pub host: String,
    /// The one audience.
    pub audience: String,
    /// Its tags.
    pub tags: Tags,
}

/// What a provider is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Its ARN.
    pub arn: String,
    /// Its host and path.
    pub host: String,
    /// Its audiences.
    pub audiences: Vec<String>,
    /// Its tags.
    pub tags: Tags,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "made and matched in this file only")]
pub enum Edit {
    /// The audience is missing.
    AddAudience(String),
    /// An audience was added.
    RemoveAudience(String),
}

impl Kind for OidcProvider {
    const NAME: &'static str = "oidc-provider";
    const SCOPES: ScopeSet = ScopeSet::Account;
    const SERVICE: &'static str = "IAM";
    const REMOVAL_RANK: u8 = 11;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = Edit;

    fn visit_references(_: &mut Desired, _: &mut dyn FnMut(&mut Text)) {}

    fn matches(desired: &Desired, observed: &Observed) -> bool {
        desired.host == observed.host
    }

    fn tags(observed: &Observed) -> Option<&Tags> {
        Some(&observed.tags)
    }

    fn adoption(desired: &Desired, observed: &Observed) -> Adoption {
        if tags::still_carries_ours(&desired.tags, &observed.tags) || observed.audiences.contains(&desired.audience) {
            return Adoption::Adopt;
        }
        Adoption::Refuse(Blocked::new(
            format!("{} is not managed by landfall and does not take the audience {}", observed.arn, desired.audience),
            format!(
                "an account has one provider for this host: add this audience to it (`aws iam add-client-id-to-open-id-connect-provider \
                 --open-id-connect-provider-arn {} --client-id {}`); landfall then uses it as it is",
                observed.arn, desired.audience
            ),
        ))
    }

    fn tagging<'a>(desired: &'a Desired, observed: &'a Observed) -> Option<(&'a Tags, &'a Tags)> {
        (!is_theirs(desired, observed)).then_some((&observed.tags, &desired.tags))
    }

    fn diff(desired: &Desired, observed: &Observed) -> Result<Vec<Edit>, Blocked> {
        if is_theirs(desired, observed) {
            return Ok(Vec::new());
        }
        let mut edits = Vec::new();
        if !observed.audiences.contains(&desired.audience) {
            edits.push(Edit::AddAudience(desired.audience.clone()));
        }
        edits.extend(observed.audiences.iter().filter(|audience| **audience != desired.audience).cloned().map(Edit::RemoveAudience));
        Ok(edits)
    }

    fn fields(edit: &Edit) -> Vec<Field> {
        match edit {
            Edit::AddAudience(audience) => vec![Field::added("audience", audience)],
            Edit::RemoveAudience(audience) => vec![Field::removed("audience", audience)],
        }
    }

    fn summary(desired: &Desired) -> String {
        desired.host.clone()
    }

    fn display_name(observed: &Observed) -> String {
        observed.arn.clone()
    }

    fn terraform(observed: &Observed, _: &Place<'_>) -> Import {
        Import::new("aws_iam_openid_connect_provider", &observed.arn)
    }

    fn check_removable(_: &Observed) -> Result<(), Blocked> {
        Ok(())
    }

    fn facts(address: &Address, observed: &Observed) -> Facts {
        Facts::one(address, "arn", &observed.arn)
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        let mut providers = Vec::new();
        let of_github = |found: &Listed| found.arn.rsplit('/').next() == Some(GITHUB_HOST);
        for Listed { arn } in cx.send(&ListOpenIDConnectProviders {}).await?.providers.into_iter().filter(of_github) {
            let found = match cx.send(&GetOpenIDConnectProvider { open_id_connect_provider_arn: arn.clone() }).await {
                Err(error) if error.is(GONE) => continue,
                found => found?,
            };
            let host = found.url.trim_start_matches("https://").to_owned();
            providers.push(Observed { host, audiences: found.audiences, tags: read(&found.tags), arn });
        }
        Ok(providers)
    }

    async fn create(cx: &Context<'_>, _address: &Address, desired: &Desired) -> Result<Made<Observed>, StepError> {
        let request = CreateOpenIDConnectProvider {
            url: format!("https://{}", desired.host),
            client_id_list: [desired.audience.clone()],
            tags: written(&desired.tags),
        };
        let sent = cx.send_with(&RetryPolicy::repeatable(), &request).await;
        let (host, audiences, tags) = (desired.host.clone(), vec![desired.audience.clone()], desired.tags.clone());
        let made = |made: Created| Ok(Observed { arn: made.arn, host, audiences, tags });
        let found = || async { Ok(Self::observe(cx).await?.into_iter().find(|observed| Self::matches(desired, observed))) };
        unless_taken(sent, TAKEN, made, found).await
    }

    async fn edit(cx: &Context<'_>, address: &Address, _: &Desired, observed: &Observed, edits: &[Edit]) -> Result<Facts, StepError> {
        for edit in edits {
            let open_id_connect_provider_arn = observed.arn.clone();
            match edit {
                Edit::AddAudience(audience) => {
                    cx.send(&AddClientIDToOpenIDConnectProvider { open_id_connect_provider_arn, client_id: audience.clone() }).await?;
                }
                Edit::RemoveAudience(audience) => {
                    cx.send(&RemoveClientIDFromOpenIDConnectProvider { open_id_connect_provider_arn, client_id: audience.clone() }).await?;
                }
            }
        }
        Ok(Self::facts(address, observed))
    }

    async fn tag(cx: &Context<'_>, observed: &Observed, tags: &Tags) -> Result<(), StepError> {
        let open_id_connect_provider_arn = observed.arn.clone();
        cx.send(&TagOpenIDConnectProvider { open_id_connect_provider_arn, tags: written(tags) }).await?;
        Ok(())
    }

    async fn remove(cx: &Context<'_>, observed: &Observed) -> Result<(), StepError> {
        Ok(gone(cx.send(&DeleteOpenIDConnectProvider { open_id_connect_provider_arn: observed.arn.clone() }).await)?)
    }
}

/// Returns whether another owner's provider accepts the wanted audience, and is used as it is.
fn is_theirs(desired: &Desired, observed: &Observed) -> bool {
    let is_ours = [tags::ORGANIZATION, tags::ADDRESS].iter().any(|key| observed.tags.contains_key(*key));
    !is_ours && observed.audiences.contains(&desired.audience)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::settle;

    fn desired() -> Desired {
        let tags = tags::ours(&crate::name::literal("acme"), &"dev/oidc-provider/github".parse().expect("valid"));
        Desired { host: GITHUB_HOST.to_owned(), audience: "sts.amazonaws.com".to_owned(), tags }
    }

    fn observed(audiences: &[&str], tags: Tags) -> Observed {
        let arn = format!("arn:aws:iam::222200000002:oidc-provider/{GITHUB_HOST}");
        Observed { arn, host: GITHUB_HOST.to_owned(), audiences: audiences.iter().map(|audience| (*audience).to_owned()).collect(), tags }
    }

    #[test]
    fn a_managed_provider_has_exactly_the_wanted_audience() {
        let edits = OidcProvider::diff(&desired(), &observed(&["other"], desired().tags)).expect("open");
        assert_eq!(edits, [Edit::AddAudience("sts.amazonaws.com".to_owned()), Edit::RemoveAudience("other".to_owned())]);
    }

    #[test]
    fn another_owners_provider_is_used_if_it_accepts_the_audience() {
        let theirs = observed(&["theirs", "sts.amazonaws.com"], Tags::new());
        assert_eq!(OidcProvider::adoption(&desired(), &theirs), Adoption::Adopt);
        assert_eq!(OidcProvider::diff(&desired(), &theirs), Ok(vec![]), "neither tagged nor changed");
        let closed = observed(&["theirs"], Tags::new());
        let Adoption::Refuse(blocked) = OidcProvider::adoption(&desired(), &closed) else { panic!("refused") };
        assert!(blocked.hint.is_some_and(|hint| hint.contains("add-client-id-to-open-id-connect-provider")));
        // A managed one with one tag left is repaired instead.
        let mut half = observed(&["sts.amazonaws.com"], desired().tags);
        half.tags.remove(tags::ADDRESS);
        assert_eq!(settle::differences::<OidcProvider>(&desired(), &half).map(|edits| edits.len()), Ok(1));
    }
}
