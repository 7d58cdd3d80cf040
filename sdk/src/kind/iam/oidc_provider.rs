//! GitHub's identity provider in an account: what lets a workflow assume a role of that account.
//!
//! AWS allows one provider per URL and account. Thumbprints are AWS's business (aws-facts 3.5): one that we
//! did not send is no difference.

use super::{plain_tags, sdk_tags};
use crate::address::Address;
use crate::aws::error::{Answer, AwsError};
use crate::aws::patience::Patience;
use crate::aws::tags::{self, Tags};
use crate::kind::change::tag_fields;
use crate::kind::{Blocked, Context, Facts, Field, Kind, Reach, StepError, Text};

/// The kind `oidc-provider`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct OidcProvider;

/// What a provider should be.
#[derive(Debug, Clone, PartialEq, Eq)]
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
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "made and matched in this file only")]
pub enum Edit {
    /// The audience is missing.
    AddAudience(String),
    /// Somebody added an audience.
    RemoveAudience(String),
    /// Tags are missing or differ.
    Tag {
        /// What they are now.
        from: Tags,
        /// What they should be.
        to: Tags,
    },
}

impl Kind for OidcProvider {
    const NAME: &'static str = "oidc-provider";
    const REACH: Reach = Reach::Account;
    const REMOVED_AT: u8 = 11;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = Edit;

    fn texts(_: &mut Desired, _: &mut dyn FnMut(&mut Text)) {}

    fn same(desired: &Desired, observed: &Observed) -> bool {
        desired.host == observed.host
    }

    fn tags(observed: &Observed) -> Option<&Tags> {
        Some(&observed.tags)
    }

    fn diff(desired: &Desired, observed: &Observed) -> Result<Vec<Edit>, Blocked> {
        let mut edits = Vec::new();
        if !observed.audiences.contains(&desired.audience) {
            edits.push(Edit::AddAudience(desired.audience.clone()));
        }
        edits.extend(observed.audiences.iter().filter(|audience| **audience != desired.audience).cloned().map(Edit::RemoveAudience));
        let missing = tags::missing(&desired.tags, &observed.tags);
        if !missing.is_empty() {
            edits.push(Edit::Tag { from: observed.tags.clone(), to: missing });
        }
        Ok(edits)
    }

    fn fields(edit: &Edit) -> Vec<Field> {
        match edit {
            Edit::AddAudience(audience) => vec![Field::added("audience", audience)],
            Edit::RemoveAudience(audience) => vec![Field::removed("audience", audience)],
            Edit::Tag { from, to } => tag_fields(from, to),
        }
    }

    fn summary(desired: &Desired) -> String {
        desired.host.clone()
    }

    fn label(observed: &Observed) -> String {
        observed.arn.clone()
    }

    fn prunable(_: &Observed) -> Result<(), Blocked> {
        Ok(())
    }

    fn facts(address: &Address, observed: &Observed) -> Facts {
        Facts::one(address, "arn", &observed.arn)
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        let client = cx.session().iam();
        let listed = cx.call("iam:ListOpenIDConnectProviders", || client.list_open_id_connect_providers().send()).await?;
        let mut providers = Vec::new();
        for entry in listed.open_id_connect_provider_list() {
            let arn = entry.arn().unwrap_or_default().to_owned();
            let found = cx
                .call("iam:GetOpenIDConnectProvider", || client.get_open_id_connect_provider().open_id_connect_provider_arn(&arn).send())
                .await?;
            providers.push(Observed {
                host: found.url().unwrap_or_default().trim_start_matches("https://").to_owned(),
                audiences: found.client_id_list().to_vec(),
                tags: plain_tags(found.tags()),
                arn,
            });
        }
        Ok(providers)
    }

    async fn create(cx: &Context<'_>, address: &Address, desired: &Desired) -> Result<Facts, StepError> {
        let client = cx.session().iam();
        let url = format!("https://{}", desired.host);
        let sdk_tags = sdk_tags(&desired.tags)?;
        let sent = cx
            .call_with("iam:CreateOpenIDConnectProvider", &Patience::create_once(), || {
                client.create_open_id_connect_provider().url(&url).client_id_list(&desired.audience).set_tags(Some(sdk_tags.clone())).send()
            })
            .await;
        match sent {
            Ok(output) => Ok(Facts::one(address, "arn", output.open_id_connect_provider_arn().unwrap_or_default())),
            Err(error) if error.answer == Answer::Lost || error.is(&["EntityAlreadyExists"]) => {
                let found = Self::observe(cx).await?.into_iter().find(|observed| Self::same(desired, observed));
                let Some(found) = found else { return Err(error.into()) };
                if found.tags.get(tags::ADDRESS) != Some(&address.to_string()) {
                    return Err(StepError::refused(
                        format!("somebody else made {} in the meantime", found.arn),
                        "run `landfall plan` to see it",
                    ));
                }
                let edits = Self::diff(desired, &found).unwrap_or_default();
                Self::edit(cx, address, desired, &found, &edits).await
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn edit(cx: &Context<'_>, address: &Address, _: &Desired, observed: &Observed, edits: &[Edit]) -> Result<Facts, StepError> {
        let client = cx.session().iam();
        let arn = &observed.arn;
        for edit in edits {
            match edit {
                Edit::AddAudience(audience) => {
                    cx.call("iam:AddClientIDToOpenIDConnectProvider", || {
                        client.add_client_id_to_open_id_connect_provider().open_id_connect_provider_arn(arn).client_id(audience).send()
                    })
                    .await?;
                }
                Edit::RemoveAudience(audience) => {
                    cx.call("iam:RemoveClientIDFromOpenIDConnectProvider", || {
                        client.remove_client_id_from_open_id_connect_provider().open_id_connect_provider_arn(arn).client_id(audience).send()
                    })
                    .await?;
                }
                Edit::Tag { to, .. } => {
                    let sdk_tags = sdk_tags(to)?;
                    cx.call("iam:TagOpenIDConnectProvider", || {
                        client.tag_open_id_connect_provider().open_id_connect_provider_arn(arn).set_tags(Some(sdk_tags.clone())).send()
                    })
                    .await?;
                }
            }
        }
        Ok(Self::facts(address, observed))
    }

    async fn remove(cx: &Context<'_>, observed: &Observed) -> Result<(), StepError> {
        let client = cx.session().iam();
        let sent = cx
            .call("iam:DeleteOpenIDConnectProvider", || {
                client.delete_open_id_connect_provider().open_id_connect_provider_arn(&observed.arn).send()
            })
            .await;
        match sent {
            Ok(_) => Ok(()),
            Err(error) if error.is(&["NoSuchEntity"]) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_audience_is_exactly_ours() {
        let desired = Desired { host: "token.example".to_owned(), audience: "sts.amazonaws.com".to_owned(), tags: Tags::new() };
        let observed =
            Observed { arn: String::new(), host: "token.example".to_owned(), audiences: vec!["other".to_owned()], tags: Tags::new() };
        let edits = OidcProvider::diff(&desired, &observed).expect("open");
        assert_eq!(edits, [Edit::AddAudience("sts.amazonaws.com".to_owned()), Edit::RemoveAudience("other".to_owned())]);
    }
}
