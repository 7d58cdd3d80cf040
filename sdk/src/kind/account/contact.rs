//! An alternate contact of an account: whom AWS tells about security, bills or operations, besides the root user's mailbox.
//!
//! It is read and written by a session of the account itself: from the management account, AWS counts all accounts' calls together
//! (docs/AWS.md 1.8). Everything in it is personal, so plans name what differs, and never show it.

use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use crate::aws::client::{Done, requests};
use crate::aws::error::AwsError;
use crate::kind::setting::Setting;
use crate::kind::terraform::{Import, Place};
use crate::kind::{Context, Field, ScopeSet, StepError};

/// The code for a contact that is not set.
const NONE: &[&str] = &["ResourceNotFoundException"];
/// The code for a member that is not valid.
const INVALID: &[&str] = &["ValidationException"];
/// What a plan shows in place of a present text, and of a wanted one.
const PRESENT: &str = "(another)";
const WANTED: &str = "(the manifest's)";

/// A type of alternate contacts.
pub trait ContactType: Clone + Copy + fmt::Debug + PartialEq + Serialize + Send + Sync + 'static {
    /// The kind's name.
    const NAME: &'static str;
    /// AWS's name of it.
    const TYPE: &'static str;
}

/// Who is told about the security of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "only a name")]
pub struct Security;

/// Who is told about an account's bills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "only a name")]
pub struct Billing;

/// Who is told about the operation of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "only a name")]
pub struct Operations;

impl ContactType for Security {
    const NAME: &'static str = "security-contact";
    const TYPE: &'static str = "SECURITY";
}

impl ContactType for Billing {
    const NAME: &'static str = "billing-contact";
    const TYPE: &'static str = "BILLING";
}

impl ContactType for Operations {
    const NAME: &'static str = "operations-contact";
    const TYPE: &'static str = "OPERATIONS";
}

/// A person or a team, as AWS stores one. `Debug` shows none of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::exhaustive_structs, reason = "AWS's four members")]
pub struct Details {
    /// The name.
    pub name: String,
    /// The title.
    pub title: String,
    /// The e-mail address.
    pub email_address: String,
    /// The phone number.
    pub phone_number: String,
}

impl fmt::Debug for Details {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(a contact)")
    }
}

/// The contact of one type; `None` if it is not set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contact<T> {
    /// Who it is.
    pub details: Option<Details>,
    contact_type: PhantomData<fn() -> T>,
}

impl<T: ContactType> Contact<T> {
    /// Returns a contact of this type.
    #[must_use]
    pub fn new(details: Option<Details>) -> Self {
        Self { details, contact_type: PhantomData }
    }
}

requests! { ACCOUNT, "account":
    GetAlternateContact at "POST /getAlternateContact" { alternate_contact_type: &'static str } -> Found,
}

/// A write of all members. Their names are those of the body, so they are sent flat. `Debug` shows none of them.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct PutAlternateContact {
    alternate_contact_type: &'static str,
    #[serde(flatten)]
    details: Details,
}

crate::aws::client::operations! { ACCOUNT, "account":
    PutAlternateContact at "POST /putAlternateContact" -> Done,
}

/// The answer to a read.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    alternate_contact: Details,
}

impl<T: ContactType> Setting for Contact<T> {
    const NAME: &'static str = T::NAME;
    const SCOPES: ScopeSet = ScopeSet::EveryAccount;
    const SERVICE: &'static str = "Account Management";

    fn summary(&self) -> String {
        self.details.as_ref().map_or_else(|| "none".to_owned(), |_| "the manifest's contact".to_owned())
    }

    fn falls_short(&self, wanted: &Self) -> Vec<Field> {
        let (present, wanted) = match (&self.details, &wanted.details) {
            (_, None) => return Vec::new(),
            (None, Some(_)) => return vec![Field::new("contact", "none", WANTED)],
            (Some(present), Some(wanted)) => (present, wanted),
        };
        let members = [
            ("name", &present.name, &wanted.name),
            ("title", &present.title, &wanted.title),
            ("email", &present.email_address, &wanted.email_address),
            ("phone", &present.phone_number, &wanted.phone_number),
        ];
        let differ = members.into_iter().filter(|(_, present, wanted)| present.trim() != wanted.trim());
        differ.map(|(name, ..)| Field::new(name, PRESENT, WANTED)).collect()
    }

    fn terraform(&self, _: &Place<'_>) -> Import {
        match self.details {
            Some(_) => Import::new("aws_account_alternate_contact", T::TYPE),
            None => Import::left("the account has none"),
        }
    }

    async fn read(cx: &Context<'_>) -> Result<Self, AwsError> {
        match cx.send(&GetAlternateContact { alternate_contact_type: T::TYPE }).await {
            Ok(found) => Ok(Self::new(Some(found.alternate_contact))),
            Err(error) if error.is(NONE) => Ok(Self::new(None)),
            Err(error) => Err(error),
        }
    }

    async fn write(&self, cx: &Context<'_>, _: &Self) -> Result<(), StepError> {
        if let Some(details) = self.details.clone() {
            match cx.send(&PutAlternateContact { alternate_contact_type: T::TYPE, details }).await {
                Ok(_) => {}
                // AWS's message may quote the value.
                Err(error) if error.is(INVALID) => {
                    return Err(StepError::refused(
                        format!("AWS refused a member of the {} contact: ValidationException", T::TYPE),
                        "check its name, title, email and phone in the manifest",
                    ));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::setting::tests::check;

    fn details(name: &str, email: &str) -> Details {
        Details {
            name: name.to_owned(),
            title: "Security".to_owned(),
            email_address: email.to_owned(),
            phone_number: "+1 555 0100".to_owned(),
        }
    }

    #[test]
    fn only_the_names_of_what_differs_are_shown() {
        let some = |name, email| Contact::<Security>::new(Some(details(name, email)));
        check(&Contact::new(None), &some("Ada", "a@acme.example"), &["contact  none -> (the manifest's)"]);
        check(&some("Ada", "a@acme.example"), &some("Ada", "a@acme.example"), &[]);
        check(&some("Ada ", " a@acme.example"), &some("Ada", "a@acme.example"), &[]);
        let shown = some("Ada", "a@acme.example").falls_short(&some("Grace", "g@acme.example"));
        let shown: Vec<String> = shown.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["name  (another) -> (the manifest's)", "email  (another) -> (the manifest's)"]);
    }

    #[test]
    fn what_is_personal_is_not_in_debug() {
        let contact = Contact::<Billing>::new(Some(details("Ada", "a@acme.example")));
        let request = PutAlternateContact { alternate_contact_type: "BILLING", details: details("Ada", "a@acme.example") };
        for text in [format!("{contact:?}"), format!("{request:?}")] {
            assert!(!["Ada", "acme", "555"].iter().any(|part| text.contains(part)), "{text}");
        }
    }
}
