//! The rules for passwords of an account's IAM users.
//!
//! It is written as a whole: a member that is left out is reset (docs/AWS.md D.3). So each member is compared by itself, and what is stricter
//! in the present policy is written again. An account without a policy of its own has AWS's default.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::NO_SUCH_ENTITY;
use crate::aws::client::{Done, requests};
use crate::aws::error::AwsError;
use crate::kind::setting::Setting;
use crate::kind::terraform::{Import, Place};
use crate::kind::{Context, Field, ScopeSet, StepError};

/// The length that AWS's default demands (docs/AWS.md 6.2).
const DEFAULT_LENGTH: u8 = 8;
/// The length of a policy that does not say one (IAM API, `UpdateAccountPasswordPolicy`).
const UNSAID_LENGTH: u8 = 6;

/// A kind of character that a password must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "IAM knows these four")]
pub enum Character {
    /// A to Z.
    Uppercase,
    /// a to z.
    Lowercase,
    /// 0 to 9.
    Number,
    /// A sign.
    Symbol,
}

impl Character {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Uppercase, Self::Lowercase, Self::Number, Self::Symbol];

    fn words(self) -> &'static str {
        match self {
            Self::Uppercase => "an uppercase letter",
            Self::Lowercase => "a lowercase letter",
            Self::Number => "a number",
            Self::Symbol => "a symbol",
        }
    }
}

/// The rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the members of IAM's password policy")]
pub struct PasswordPolicy {
    /// Fewest characters.
    pub length: u8,
    /// The kinds of characters of which it must have one each. AWS's default demands three of the four, whichever.
    pub required: BTreeSet<Character>,
    /// How many former passwords cannot be used again.
    pub remembered: u8,
    /// Days until it expires; `None` if it never does.
    pub expires_after: Option<u16>,
    /// Whether only an administrator can replace an expired one.
    pub is_expiry_hard: bool,
    /// Whether users may change their own without a policy that allows it. Neither way is stricter, so it stays as it is.
    pub may_change_own: bool,
}

impl PasswordPolicy {
    /// Returns AWS's rules for an account that has no policy of its own.
    #[must_use]
    pub const fn of_aws() -> Self {
        Self {
            length: DEFAULT_LENGTH,
            required: BTreeSet::new(),
            remembered: 0,
            expires_after: None,
            is_expiry_hard: false,
            may_change_own: false,
        }
    }

    fn requires(&self, character: Character) -> bool {
        self.required.contains(&character)
    }
}

requests! { IAM, "iam":
    GetAccountPasswordPolicy {} -> FoundPolicy,
    UpdateAccountPasswordPolicy {
        minimum_password_length: u8, require_symbols: bool, require_numbers: bool, require_uppercase_characters: bool,
        require_lowercase_characters: bool, allow_users_to_change_password: bool, max_password_age: Option<u16>,
        password_reuse_prevention: Option<u8>, hard_expiry: bool,
    } -> Done,
}

/// The answer to a read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FoundPolicy {
    password_policy: Members,
}

/// IAM's members of a policy; one that is left out has IAM's default.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
#[expect(clippy::struct_excessive_bools, reason = "members of AWS's API")]
struct Members {
    minimum_password_length: Option<u8>,
    require_symbols: bool,
    require_numbers: bool,
    require_uppercase_characters: bool,
    require_lowercase_characters: bool,
    allow_users_to_change_password: bool,
    max_password_age: Option<u16>,
    password_reuse_prevention: Option<u8>,
    hard_expiry: bool,
}

impl From<Members> for PasswordPolicy {
    fn from(members: Members) -> Self {
        let required = [
            (Character::Uppercase, members.require_uppercase_characters),
            (Character::Lowercase, members.require_lowercase_characters),
            (Character::Number, members.require_numbers),
            (Character::Symbol, members.require_symbols),
        ];
        Self {
            length: members.minimum_password_length.unwrap_or(UNSAID_LENGTH),
            required: required.into_iter().filter_map(|(character, is_required)| is_required.then_some(character)).collect(),
            remembered: members.password_reuse_prevention.unwrap_or_default(),
            // Zero days are no expiry.
            expires_after: members.max_password_age.filter(|days| *days > 0),
            is_expiry_hard: members.hard_expiry,
            may_change_own: members.allow_users_to_change_password,
        }
    }
}

impl Setting for PasswordPolicy {
    const NAME: &'static str = "password-policy";
    const SCOPES: ScopeSet = ScopeSet::Account;
    const SERVICE: &'static str = "IAM";

    fn summary(&self) -> String {
        let kinds = if self.required.len() == Character::ALL.len() { " of every kind" } else { "" };
        let remembered = if self.remembered > 0 { format!(", the last {} not again", self.remembered) } else { String::new() };
        format!("{} characters{kinds}{remembered}", self.length)
    }

    fn falls_short(&self, wanted: &Self) -> Vec<Field> {
        let mut fields = Vec::new();
        if self.length < wanted.length {
            fields.push(Field::new("characters", self.length, wanted.length));
        }
        let missing = Character::ALL.into_iter().filter(|character| wanted.requires(*character) && !self.requires(*character));
        fields.extend(missing.map(|character| Field::added("requires", character.words())));
        if self.remembered < wanted.remembered {
            fields.push(Field::new("former passwords not again", self.remembered, wanted.remembered));
        }
        if let Some(days) = wanted.expires_after
            && self.expires_after.is_none_or(|own| own > days)
        {
            fields.push(Field::new("expires after", expiry(self.expires_after), expiry(wanted.expires_after)));
        }
        if wanted.is_expiry_hard && !self.is_expiry_hard {
            fields.push(Field::added("requires", "an administrator after it expired"));
        }
        fields
    }

    fn raised(&self, wanted: &Self) -> Self {
        Self {
            length: self.length.max(wanted.length),
            required: self.required.union(&wanted.required).copied().collect(),
            remembered: self.remembered.max(wanted.remembered),
            expires_after: self.expires_after.into_iter().chain(wanted.expires_after).min(),
            is_expiry_hard: self.is_expiry_hard || wanted.is_expiry_hard,
            may_change_own: self.may_change_own,
        }
    }

    fn terraform(&self, _: &Place<'_>) -> Import {
        Import::new("aws_iam_account_password_policy", "iam-account-password-policy")
    }

    async fn read(cx: &Context<'_>) -> Result<Self, AwsError> {
        match cx.send(&GetAccountPasswordPolicy {}).await {
            Ok(found) => Ok(found.password_policy.into()),
            Err(error) if error.is(NO_SUCH_ENTITY) => Ok(Self::of_aws()),
            Err(error) => Err(error),
        }
    }

    async fn write(&self, cx: &Context<'_>, _: &Self) -> Result<(), StepError> {
        let whole = UpdateAccountPasswordPolicy {
            minimum_password_length: self.length,
            require_symbols: self.requires(Character::Symbol),
            require_numbers: self.requires(Character::Number),
            require_uppercase_characters: self.requires(Character::Uppercase),
            require_lowercase_characters: self.requires(Character::Lowercase),
            allow_users_to_change_password: self.may_change_own,
            // Neither may be zero: left out, passwords do not expire and may be used again.
            max_password_age: self.expires_after,
            password_reuse_prevention: (self.remembered > 0).then_some(self.remembered),
            hard_expiry: self.is_expiry_hard,
        };
        cx.send(&whole).await?;
        Ok(())
    }
}

fn expiry(days: Option<u16>) -> String {
    days.map_or_else(|| "never".to_owned(), |days| format!("{days} days"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::setting::tests::check;

    fn strong() -> PasswordPolicy {
        PasswordPolicy { length: 14, required: Character::ALL.into(), remembered: 24, ..PasswordPolicy::of_aws() }
    }

    #[test]
    fn each_member_is_a_floor_of_its_own() {
        let wanted = strong();
        let letters = [Character::Uppercase, Character::Lowercase];
        for (present, expected) in [
            (wanted.clone(), &[][..]),
            (
                PasswordPolicy::of_aws(),
                &[
                    "characters  8 -> 14",
                    "requires  + an uppercase letter",
                    "requires  + a lowercase letter",
                    "requires  + a number",
                    "requires  + a symbol",
                    "former passwords not again  0 -> 24",
                ],
            ),
            (PasswordPolicy { length: 20, expires_after: Some(90), is_expiry_hard: true, ..strong() }, &[]),
            (PasswordPolicy { may_change_own: true, ..strong() }, &[]),
            (PasswordPolicy { length: 13, expires_after: Some(90), ..strong() }, &["characters  13 -> 14"]),
            (PasswordPolicy { remembered: 23, length: 64, ..strong() }, &["former passwords not again  23 -> 24"]),
            (PasswordPolicy { required: letters.into(), ..strong() }, &["requires  + a number", "requires  + a symbol"]),
        ] {
            check(&present, &wanted, expected);
        }
        let expiring = PasswordPolicy { expires_after: Some(90), is_expiry_hard: true, ..strong() };
        check(&strong(), &expiring, &["expires after  never -> 90 days", "requires  + an administrator after it expired"]);
        check(&PasswordPolicy { expires_after: Some(365), ..expiring.clone() }, &expiring, &["expires after  365 days -> 90 days"]);
        check(&PasswordPolicy { expires_after: Some(30), ..expiring.clone() }, &expiring, &[]);
    }

    #[test]
    fn what_is_stricter_is_written_again() {
        let present =
            PasswordPolicy { length: 20, remembered: 3, expires_after: Some(90), may_change_own: true, ..PasswordPolicy::of_aws() };
        let written = present.raised(&strong());
        assert_eq!(written, PasswordPolicy { length: 20, expires_after: Some(90), may_change_own: true, ..strong() });
    }

    /// The members as IAM sends them, and as it may leave them out.
    #[test]
    fn an_answer_is_read_with_iams_defaults() {
        let read = |members: &str| PasswordPolicy::from(serde_json::from_str::<Members>(members).expect("members"));
        let none = PasswordPolicy { length: 6, ..PasswordPolicy::of_aws() };
        assert_eq!(read("{}"), none);
        assert_eq!(read(r#"{"MaxPasswordAge": 0, "PasswordReusePrevention": 0, "ExpirePasswords": false}"#), none);
        let symbols = PasswordPolicy { required: [Character::Symbol].into(), expires_after: Some(7), ..none };
        assert_eq!(read(r#"{"RequireSymbols": true, "MaxPasswordAge": 7, "ExpirePasswords": true}"#), symbols);
    }
}
