//! Symmetric keys with one of landfall's aliases: policy, yearly rotation, tags.
//!
//! A key has no name, and every `CreateKey` bills a new one. So a key is looked up by its alias, or by its tags if the alias is missing; it
//! is created only if neither finds one. Both are in `key/read.rs`.

mod read;

use serde::Serialize;

use super::JUST_MADE;
use super::api::{self, CreateAlias, CreateKey, DescribeKey, EnableKey, EnableKeyRotation, PutKeyPolicy, TagResource};
use crate::address::Address;
use crate::aws::error::{Answer, AwsError};
use crate::aws::retry::RetryPolicy;
use crate::aws::tags::{self, Tags};
use crate::kind::change::document_fields;
use crate::kind::terraform::{Import, Place};
use crate::kind::{Adoption, Blocked, Charge, Context, Facts, Field, Item, Kind, Made, ScopeSet, StepError, Text};

/// The only name that a key's policy has.
const POLICY_NAME: &str = "default";
/// Days between two rotations: a year, as CIS AWS Foundations 3.6 asks and as AWS rotates by default.
const ROTATION_DAYS: i32 = 365;

/// What one is billed for.
const COST: [Charge; 2] = [Charge::fixed(Item::Key), Charge::per_use(Item::KeyRequests, 1, "a month to each key")];

/// The kind `key`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Key;

/// What a key should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Desired {
    /// Its alias, `alias/landfall/…`.
    pub alias: String,
    /// Its description; written once.
    pub description: String,
    /// Who may use it: a policy document.
    pub policy: Text,
    /// Its tags.
    pub tags: Tags,
}

/// What a key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Its id.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// Its landfall alias; `None` for a key that was found by its tags.
    pub alias: Option<String>,
    /// Whether it can be used.
    pub state: State,
    /// Its policy as AWS has it.
    pub policy: String,
    /// Its rotation period in days; `None` if it is not rotated.
    pub rotation: Option<i32>,
    /// Its tags.
    pub tags: Tags,
    /// AWS's error if the key's policy denies reading all of the above.
    pub refusal: Option<String>,
}

/// The state of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "made and matched in this file only")]
pub enum State {
    /// It works.
    Enabled,
    /// It was disabled.
    Disabled,
    /// It will be deleted at that time.
    PendingDeletion(String),
    /// Any other state, in AWS's word.
    Other(String),
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "made and matched in this file only")]
pub enum Edit {
    /// It is disabled.
    Enable,
    /// The policy has another meaning.
    Policy {
        /// What it is.
        from: String,
        /// What it should be.
        to: Text,
    },
    /// It is not rotated, or not once a year.
    Rotate {
        /// The present period in days.
        from: Option<i32>,
    },
    /// The alias is missing.
    Alias(String),
}

impl Kind for Key {
    const NAME: &'static str = "key";
    const SCOPES: ScopeSet = ScopeSet::LogArchive;
    const SERVICE: &'static str = "KMS";
    const IS_NOTABLE: bool = true;
    const REMOVAL_RANK: u8 = 42;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = Edit;

    fn visit_references(desired: &mut Desired, visit: &mut dyn FnMut(&mut Text)) {
        visit(&mut desired.policy);
    }

    fn matches(desired: &Desired, observed: &Observed) -> bool {
        match &observed.alias {
            Some(alias) => *alias == desired.alias,
            None => observed.tags.get(tags::ADDRESS) == desired.tags.get(tags::ADDRESS),
        }
    }

    fn tags(observed: &Observed) -> Option<&Tags> {
        Some(&observed.tags)
    }

    fn adoption(desired: &Desired, observed: &Observed) -> Adoption {
        if tags::still_carries_ours(&desired.tags, &observed.tags) {
            return Adoption::Adopt;
        }
        if let Some(refusal) = &observed.refusal {
            return Adoption::Refuse(Blocked::new(
                format!("{} names {}, which cannot be read: {refusal}", desired.alias, observed.arn),
                "remove that alias if the key is not landfall's; else let the account's administrators use the key again",
            ));
        }
        Adoption::Refuse(Blocked::new(
            format!("{} names {}, a key that landfall did not make", desired.alias, observed.arn),
            "remove that alias; landfall changes nothing that is not its own",
        ))
    }

    fn tagging<'a>(desired: &'a Desired, observed: &'a Observed) -> Option<(&'a Tags, &'a Tags)> {
        Some((&observed.tags, &desired.tags))
    }

    fn diff(desired: &Desired, observed: &Observed) -> Result<Vec<Edit>, Blocked> {
        if let Some(refusal) = &observed.refusal {
            return Err(unreadable(&observed.arn, refusal));
        }
        let mut edits = Vec::new();
        match &observed.state {
            State::Enabled => {}
            // First: a disabled key cannot be rotated.
            State::Disabled => edits.push(Edit::Enable),
            State::PendingDeletion(at) => {
                let region = observed.arn.split(':').nth(3).unwrap_or_default();
                return Err(Blocked::new(
                    format!("{} is scheduled for deletion on {at}; everything encrypted with it will be unreadable", observed.arn),
                    format!("save it: `aws kms cancel-key-deletion --region {region} --key-id {}`", observed.id),
                ));
            }
            State::Other(word) => {
                return Err(Blocked::new(format!("{} is {word}", observed.arn), "see the AWS KMS console; then `landfall plan`"));
            }
        }
        if !document_fields("", &observed.policy, desired.policy.as_str()).is_empty() {
            edits.push(Edit::Policy { from: observed.policy.clone(), to: desired.policy.clone() });
        }
        if observed.rotation != Some(ROTATION_DAYS) {
            edits.push(Edit::Rotate { from: observed.rotation });
        }
        if observed.alias.is_none() {
            edits.push(Edit::Alias(desired.alias.clone()));
        }
        Ok(edits)
    }

    fn visit_edit_references(edit: &mut Edit, visit: &mut dyn FnMut(&mut Text)) {
        if let Edit::Policy { to, .. } = edit {
            visit(to);
        }
    }

    fn fields(edit: &Edit) -> Vec<Field> {
        match edit {
            Edit::Enable => vec![Field::new("state", "disabled", "enabled")],
            Edit::Policy { from, to } => document_fields("policy", from, to.as_str()),
            Edit::Rotate { from } => vec![Field::new("rotation", every(*from), every(Some(ROTATION_DAYS)))],
            Edit::Alias(alias) => vec![Field::added("alias", alias)],
        }
    }

    fn summary(desired: &Desired) -> String {
        format!("{}, rotated every year", desired.alias)
    }

    fn display_name(observed: &Observed) -> String {
        observed.arn.clone()
    }

    fn cost(_: &Desired) -> Vec<Charge> {
        COST.to_vec()
    }

    /// AWS bills no key that is waiting to be deleted.
    fn present_cost(observed: &Observed) -> Vec<Charge> {
        match observed.state {
            State::PendingDeletion(_) => Vec::new(),
            State::Enabled | State::Disabled | State::Other(_) => COST.to_vec(),
        }
    }

    fn terraform(observed: &Observed, _: &Place<'_>) -> Import {
        Import::new("aws_kms_key", &observed.id)
    }

    fn check_removable(observed: &Observed) -> Result<(), Blocked> {
        Err(Blocked::new(
            format!("{} opens the audit log", observed.arn),
            "landfall never removes it: schedule its deletion in the AWS KMS console",
        ))
    }

    fn facts(address: &Address, observed: &Observed) -> Facts {
        // A foreign key with landfall's alias is never used for encryption.
        let ours = match observed.tags.get(tags::ADDRESS) {
            Some(tagged) => *tagged == address.to_string(),
            None => observed.tags.contains_key(tags::ORGANIZATION),
        };
        if !ours {
            return Facts::new();
        }
        let mut facts = Facts::one(address, "id", &observed.id);
        facts.learn(address, "arn", &observed.arn);
        facts
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        read::all(cx).await
    }

    async fn create(cx: &Context<'_>, _address: &Address, desired: &Desired) -> Result<Made<Observed>, StepError> {
        let present =
            || async { Ok::<_, AwsError>(Self::observe(cx).await?.into_iter().find(|observed| Self::matches(desired, observed))) };
        let observed = if let Some(observed) = present().await? {
            Made::Found(observed)
        } else {
            let policy = desired.policy.known()?.to_owned();
            let create = CreateKey { policy, description: desired.description.clone(), tags: api::written(&desired.tags) };
            match cx.send_with(&RetryPolicy::create_once(), &create).await {
                Ok(made) => Made::New(Observed {
                    state: read::state(&made.key_metadata),
                    id: made.key_metadata.key_id,
                    arn: made.key_metadata.arn,
                    alias: None,
                    policy: create.policy,
                    rotation: None,
                    tags: desired.tags.clone(),
                    refusal: None,
                }),
                // If it is not visible yet, the next run finds it by its tags.
                Err(error) if error.answer == Answer::Lost => Made::Found(present().await?.ok_or(error)?),
                Err(error) => return Err(error.into()),
            }
        };
        Ok(observed)
    }

    async fn edit(cx: &Context<'_>, address: &Address, _: &Desired, observed: &Observed, edits: &[Edit]) -> Result<Facts, StepError> {
        for edit in edits {
            apply(cx, &observed.id, edit).await?;
        }
        Ok(Self::facts(address, observed))
    }

    async fn tag(cx: &Context<'_>, observed: &Observed, tags: &Tags) -> Result<(), StepError> {
        let request = TagResource { key_id: observed.id.clone(), tags: api::written(tags) };
        cx.send_with(&cx.retry().until_visible(JUST_MADE), &request).await?;
        Ok(())
    }
}

/// Returns the block for a key whose policy denies reading it.
fn unreadable(arn: &str, refusal: &str) -> Blocked {
    Blocked::new(
        format!("{arn} cannot be read: {refusal}"),
        "let the account's administrators use the key again (its policy, `kms:*` for the account's root); if the policy names no one else, \
         only the root user of that account can",
    )
}

fn every(days: Option<i32>) -> String {
    days.map_or_else(|| "off".to_owned(), |days| format!("every {days} days"))
}

/// Applies one edit with one upsert.
async fn apply(cx: &Context<'_>, key: &str, edit: &Edit) -> Result<(), StepError> {
    let retry = cx.retry().until_visible(JUST_MADE);
    let key_id = key.to_owned();
    match edit {
        Edit::Enable => {
            cx.send_with(&retry, &EnableKey { key_id }).await?;
        }
        Edit::Policy { to, .. } => {
            let policy = to.known()?.to_owned();
            cx.send_with(&retry, &PutKeyPolicy { key_id, policy_name: POLICY_NAME, policy }).await?;
        }
        Edit::Rotate { .. } => {
            cx.send_with(&retry, &EnableKeyRotation { key_id, rotation_period_in_days: ROTATION_DAYS }).await?;
        }
        Edit::Alias(alias) => match cx.send_with(&retry, &CreateAlias { alias_name: alias.clone(), target_key_id: key_id }).await {
            Ok(_) => {}
            // It was created by a call with a lost answer, or by another owner: the alias shows which.
            Err(error) if error.is(&["AlreadyExistsException"]) => {
                let owner = cx.send(&DescribeKey { key_id: alias.clone() }).await?;
                if owner.key_metadata.key_id != key {
                    return Err(StepError::refused(
                        format!("{alias} was made by someone else in the meantime"),
                        "run `landfall plan` to see it",
                    ));
                }
            }
            Err(error) => return Err(error.into()),
        },
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::settle;

    fn desired() -> Desired {
        Desired {
            alias: "alias/landfall/audit".to_owned(),
            description: String::new(),
            policy: Text::new(
                r#"{"Statement":[{"Sid":"A","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::1:root"},"Action":"kms:*","Resource":"*"}]}"#,
            ),
            tags: tags::ours(&crate::name::literal("acme"), &"log-archive/eu-west-1/key/audit".parse().expect("valid")),
        }
    }

    fn observed() -> Observed {
        Observed {
            id: "1a2b".to_owned(),
            arn: "arn:aws:kms:eu-west-1:1:key/1a2b".to_owned(),
            alias: Some(desired().alias),
            state: State::Enabled,
            policy: r#"{ "Statement": {"Sid":"A","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::1:root"]},"Action":["kms:*"],"Resource":"*"} }"#
                .to_owned(),
            rotation: Some(ROTATION_DAYS),
            tags: desired().tags,
            refusal: None,
        }
    }

    #[test]
    fn differences() {
        assert_eq!(Key::diff(&desired(), &observed()), Ok(vec![]));
        let mut off = Observed { state: State::Disabled, alias: None, rotation: None, ..observed() };
        off.tags.remove(tags::ORGANIZATION);
        assert!(Key::matches(&desired(), &off), "by its tag");

        let edits = settle::differences::<Key>(&desired(), &off).expect("open");
        let shown: Vec<String> = edits.iter().flat_map(settle::Edit::fields).map(|field| field.to_string()).collect();
        assert_eq!(
            shown,
            [
                "state  disabled -> enabled",
                "rotation  off -> every 365 days",
                "alias  + alias/landfall/audit",
                "tags.landfall:organization  + acme"
            ]
        );
        let seldom = Observed { rotation: Some(2560), ..observed() };
        let edits = Key::diff(&desired(), &seldom).expect("open");
        assert_eq!(Key::fields(&edits[0])[0].to_string(), "rotation  every 2560 days -> every 365 days");
    }

    #[test]
    fn a_key_that_is_being_deleted_has_a_hint_how_to_keep_it() {
        let going = Observed { state: State::PendingDeletion("2026-08-01T00:00:00Z".to_owned()), ..observed() };
        let blocked = Key::diff(&desired(), &going).expect_err("blocked");
        assert!(blocked.hint.is_some_and(|hint| hint.contains("aws kms cancel-key-deletion --region eu-west-1 --key-id 1a2b")));
    }

    #[test]
    fn an_unreadable_key_blocks_whoever_owns_it() {
        let refusal = Some("AWS refused GetKeyPolicy: AccessDeniedException: no".to_owned());
        let ours = Observed { refusal: refusal.clone(), ..observed() };
        let blocked = Key::diff(&desired(), &ours).expect_err("unread");
        assert!(blocked.reason.ends_with("key/1a2b cannot be read: AWS refused GetKeyPolicy: AccessDeniedException: no"), "{blocked:?}");
        let nobodys = Observed { refusal, tags: Tags::new(), ..observed() };
        let Adoption::Refuse(blocked) = Key::adoption(&desired(), &nobodys) else { panic!("refused") };
        assert!(blocked.reason.starts_with("alias/landfall/audit names arn:aws:kms:"), "{blocked:?}");
    }

    #[test]
    fn a_foreign_key_under_the_alias_is_refused_and_a_half_tagged_managed_one_is_not() {
        let foreign = Observed { tags: Tags::new(), ..observed() };
        assert!(Key::matches(&desired(), &foreign));
        assert!(matches!(Key::adoption(&desired(), &foreign), Adoption::Refuse(_)));
        assert_eq!(Key::facts(&"log-archive/eu-west-1/key/audit".parse().expect("valid"), &foreign), Facts::new());
        let mut half = observed();
        half.tags.remove(tags::ADDRESS);
        assert_eq!(Key::adoption(&desired(), &half), Adoption::Adopt);
    }
}
