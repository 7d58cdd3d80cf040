//! The alias of an account: a name for its number in the address of the sign-in page. An account has at most one.
//!
//! It is unique in all of AWS. A new alias replaces the old one, whose address then leads nowhere (docs/AWS.md D.15).

use serde::{Deserialize, Serialize};

use super::TAKEN;
use crate::aws::client::{Done, items, requests};
use crate::aws::error::AwsError;
use crate::kind::setting::Setting;
use crate::kind::terraform::{Import, Place};
use crate::kind::{Context, Field, ScopeSet, StepError};
use crate::name::AccountAlias;

/// An account's alias.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "a name or none")]
pub struct Alias {
    /// The name; `None` if it has none.
    pub name: Option<String>,
}

impl From<&AccountAlias> for Alias {
    fn from(name: &AccountAlias) -> Self {
        Self { name: Some(name.to_string()) }
    }
}

requests! { IAM, "iam":
    CreateAccountAlias { account_alias: String } -> Done,
    ListAccountAliases {} -> Aliases,
}

/// The answer to a read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Aliases {
    #[serde(default, deserialize_with = "items")]
    account_aliases: Vec<String>,
}

impl Setting for Alias {
    const NAME: &'static str = "account-alias";
    const SCOPES: ScopeSet = ScopeSet::Account;
    const SERVICE: &'static str = "IAM";

    fn summary(&self) -> String {
        self.name.as_ref().map_or_else(|| "none".to_owned(), |name| format!("https://{name}.signin.aws.amazon.com/console"))
    }

    fn falls_short(&self, wanted: &Self) -> Vec<Field> {
        let (present, Some(wanted)) = (self.name.as_deref(), wanted.name.as_deref()) else { return Vec::new() };
        (present != Some(wanted)).then(|| Field::new("alias", present.unwrap_or("none"), wanted)).into_iter().collect()
    }

    fn terraform(&self, _: &Place<'_>) -> Import {
        match &self.name {
            Some(name) => Import::new("aws_iam_account_alias", name),
            None => Import::left("the account has none"),
        }
    }

    async fn read(cx: &Context<'_>) -> Result<Self, AwsError> {
        let found = cx.send(&ListAccountAliases {}).await?;
        Ok(Self { name: found.account_aliases.into_iter().next() })
    }

    async fn write(&self, cx: &Context<'_>, _: &Self) -> Result<(), StepError> {
        let Some(name) = self.name.clone() else { return Ok(()) };
        match cx.send(&CreateAccountAlias { account_alias: name.clone() }).await {
            Ok(_) => Ok(()),
            // It may be this account's own, if the first answer was lost.
            Err(error) if error.is(TAKEN) && Self::read(cx).await?.name.as_deref() == Some(name.as_str()) => Ok(()),
            Err(error) if error.is(TAKEN) => Err(StepError::explained(
                error,
                format!(
                    "another AWS account has the alias {name}: write another `alias` in the manifest, or, if that account is yours, take it away there first: aws iam delete-account-alias --account-alias {name}"
                ),
            )),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::setting::tests::check;

    #[test]
    fn an_alias_is_replaced_and_never_removed() {
        let alias = |name: &str| Alias { name: (!name.is_empty()).then(|| name.to_owned()) };
        check(&alias(""), &alias("acme-prod"), &["alias  none -> acme-prod"]);
        check(&alias("acme-prod"), &alias("acme-prod"), &[]);
        check(&alias("acme-prod"), &alias(""), &[]);
        assert_eq!(alias("old").falls_short(&alias("acme-prod")), [Field::new("alias", "old", "acme-prod")]);
    }
}
