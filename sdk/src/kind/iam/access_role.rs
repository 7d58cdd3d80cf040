//! The role that `CreateAccount` creates in an account: narrowed to the administrators, once `provisioner` works there.
//!
//! As AWS creates it, every principal of the management account that may assume roles is an administrator of every account, and no
//! guardrail prevents that. It is narrowed through a session of `provisioner`, so that `provisioner` is known to work. Only the role of an
//! account that landfall created is narrowed, and only while it is as AWS created it: another trust was chosen by its owner.

use serde::Serialize;

use std::time::Duration;

use serde_json::Value;

use super::JUST_MADE;
use super::api::{GetRole, TagRole, UpdateAssumeRolePolicy, read, written};
use super::caller::Caller;
use super::details::details;
use super::trust_fields;
use super::trusted::{self, Trusted};
use crate::address::Address;
use crate::aws::error::AwsError;
use crate::aws::tags::{self, Tags};
use crate::id::AccountId;
use crate::kind::change::document_fields;
use crate::kind::terraform::{Import, Place};
use crate::kind::{Adoption, Blocked, Context, Facts, Field, Hazard, HazardName, Kind, Made, ScopeSet, StepError, Text};
use crate::ours::PATH;
use crate::session::{Session, SessionError};

/// AWS's codes for a role that was created moments ago and is not known everywhere (docs/AWS.md 2.4): it cannot be assumed, or has no
/// permissions yet.
const NOT_YET_A_WAY_IN: &[&str] = &["AccessDenied", "NoSuchEntity", "MalformedPolicyDocument~Invalid principal"];
/// How long that may take: Terraform waits two minutes for a role (docs/AWS.md 2.4).
const WAY_IN_WITHIN: Duration = Duration::from_mins(2);
/// Pauses between attempts.
const WAY_IN_PAUSES: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(10));

/// The kind `access-role`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AccessRole;

/// What an access role should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Desired {
    /// Its name.
    pub name: String,
    /// Who may assume it: a policy document.
    pub trust: Text,
    /// The ARN of the account's `provisioner`, which must work first.
    pub provisioner: Text,
    /// The caller, who must not be locked out.
    pub caller: Caller,
    /// Its tags.
    pub tags: Tags,
    /// The principals it trusts, as a plan shows them.
    pub trusts: String,
}

/// What an access role is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// The trust policy.
    pub trust: String,
    /// Its tags.
    pub tags: Tags,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "made and matched in this file only")]
pub enum Edit {
    /// The trust policy has another meaning.
    Trust {
        /// What it is.
        from: String,
        /// What it should be.
        to: Text,
    },
}

impl Observed {
    /// Returns whether it is as AWS created it: it trusts the management account as a whole, and nothing else.
    fn is_as_made(&self) -> bool {
        let Ok(document) = serde_json::from_str::<Value>(&self.trust) else { return false };
        let statements = document["Statement"].as_array().map_or(1, Vec::len);
        let whole: Vec<Trusted> = trusted::trusted(&self.trust).into_iter().collect();
        statements == 1 && matches!(whole[..], [Trusted::Account(_)])
    }

    /// Returns whether it trusts an account as a whole.
    pub(crate) fn lets_in_all_of(&self, account: &str) -> bool {
        trusted::lets_in_all_of(&self.trust, account)
    }

    fn is_ours(&self) -> bool {
        self.tags.contains_key(tags::ORGANIZATION)
    }
}

impl Kind for AccessRole {
    const NAME: &'static str = "access-role";
    const SCOPES: ScopeSet = ScopeSet::Account;
    const SERVICE: &'static str = "IAM";
    const REMOVAL_RANK: u8 = 10;
    const TAGS_FIRST: bool = true;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = Edit;

    fn visit_references(desired: &mut Desired, visit: &mut dyn FnMut(&mut Text)) {
        visit(&mut desired.trust);
        visit(&mut desired.provisioner);
        visit(&mut desired.caller.0);
    }

    fn matches(desired: &Desired, observed: &Observed) -> bool {
        desired.name.eq_ignore_ascii_case(&observed.name)
    }

    fn tags(observed: &Observed) -> Option<&Tags> {
        Some(&observed.tags)
    }

    fn adoption(_: &Desired, _: &Observed) -> Adoption {
        // AWS created it for landfall; one with another trust is retired below.
        Adoption::Adopt
    }

    fn creatable(desired: &Desired) -> Result<(), Blocked> {
        admits_caller(desired)
    }

    fn retired(observed: &Observed) -> Option<Blocked> {
        (!observed.is_ours() && !observed.is_as_made()).then(|| {
            let who: Vec<String> = trusted::trusted(&observed.trust).iter().map(ToString::to_string).collect();
            Blocked::new(
                format!(
                    "{} is left as it is: its trust policy is not the one that AWS creates; it lets in {}",
                    observed.arn,
                    who.join(", ")
                ),
                "everyone it lets in is an administrator of the account, past every guardrail: narrow it yourself",
            )
        })
    }

    fn tagging<'a>(desired: &'a Desired, observed: &'a Observed) -> Option<(&'a Tags, &'a Tags)> {
        Some((&observed.tags, &desired.tags))
    }

    fn diff(desired: &Desired, observed: &Observed) -> Result<Vec<Edit>, Blocked> {
        let mut edits = Vec::new();
        if !document_fields("", &observed.trust, desired.trust.as_str()).is_empty() {
            edits.push(Edit::Trust { from: observed.trust.clone(), to: desired.trust.clone() });
        }
        if !edits.is_empty() {
            admits_caller(desired)?;
        }
        Ok(edits)
    }

    fn visit_edit_references(edit: &mut Edit, visit: &mut dyn FnMut(&mut Text)) {
        let Edit::Trust { to, .. } = edit;
        visit(to);
    }

    fn fields(edit: &Edit) -> Vec<Field> {
        match edit {
            Edit::Trust { from, to } => trust_fields::fields(from, to.as_str()),
        }
    }

    fn hazards(edit: &Edit) -> Vec<Hazard> {
        let Edit::Trust { from, to } = edit;
        let newcomers = trusted::newcomers(from, to.as_str());
        let to = trusted::trusted(to.as_str());
        if !newcomers.is_empty() {
            return vec![Hazard::new(HazardName::GrantAccess, format!("lets in {}", newcomers.join(", ")))];
        }
        let whole = trusted::trusted(from).into_iter().filter(|who| matches!(who, Trusted::Account(_)) && !to.contains(who));
        let shut_out: Vec<String> = whole.map(|who| who.to_string()).collect();
        let left: Vec<String> = to.iter().map(ToString::to_string).collect();
        (!shut_out.is_empty())
            .then(|| {
                Hazard::new(
                    HazardName::NarrowAccess,
                    format!(
                        "lets in {} instead of {}; make sure that each of these exists: AWS accepts any name",
                        left.join(", "),
                        shut_out.join(", ")
                    ),
                )
            })
            .into_iter()
            .collect()
    }

    fn summary(desired: &Desired) -> String {
        format!("trust {}, once provisioner works", desired.trusts)
    }

    fn display_name(observed: &Observed) -> String {
        observed.arn.clone()
    }

    fn terraform(observed: &Observed, _: &Place<'_>) -> Import {
        Import::new("aws_iam_role", &observed.name)
    }

    fn check_removable(_: &Observed) -> Result<(), Blocked> {
        Err(Blocked::new("it gives access to the account", "it stays as narrow as it is: `provisioner` may change it"))
    }

    fn facts(address: &Address, observed: &Observed) -> Facts {
        Facts::one(address, "arn", &observed.arn)
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        let management = cx.sessions().identity().account.as_str();
        let others = details(cx).await?;
        let others = others.roles.iter().filter(|role| role.path != PATH);
        let observed = others.map(|role| Observed {
            arn: role.arn.clone(),
            name: role.name.clone(),
            trust: role.trust.clone(),
            tags: read(&role.tags),
        });
        // Of the account's other roles only those that trust the management account are read.
        Ok(observed.filter(|role| role.is_ours() || role.trust.contains(management)).collect())
    }

    async fn create(cx: &Context<'_>, _address: &Address, desired: &Desired) -> Result<Made<Observed>, StepError> {
        admits_caller(desired)?;
        let way_in = way_in(cx, desired).await?;
        let inside = cx.through(&way_in);
        let retry = cx.retry().until_visible(NOT_YET_A_WAY_IN);
        let role = inside.send_with(&retry, &GetRole { role_name: desired.name.clone() }).await?.role;
        let observed = Observed { arn: role.arn, name: role.name, trust: role.trust, tags: read(&role.tags) };
        if let Some(retired) = Self::retired(&observed) {
            return Err(retired.into());
        }
        Ok(Made::Found(observed))
    }

    async fn edit(cx: &Context<'_>, address: &Address, desired: &Desired, observed: &Observed, edits: &[Edit]) -> Result<Facts, StepError> {
        let way_in = way_in(cx, desired).await?;
        carry_out(&cx.through(&way_in), observed, edits).await?;
        Ok(Self::facts(address, observed))
    }

    async fn tag(cx: &Context<'_>, observed: &Observed, tags: &Tags) -> Result<(), StepError> {
        let retry = cx.retry().until_visible(JUST_MADE).until_visible(NOT_YET_A_WAY_IN);
        cx.send_with(&retry, &TagRole { role_name: observed.name.clone(), tags: written(tags) }).await?;
        Ok(())
    }
}

/// Refuses a trust policy that would lock the caller out.
fn admits_caller(desired: &Desired) -> Result<(), Blocked> {
    desired.caller.admitted(&desired.trust, &desired.name, &desired.trusts)
}

/// Enters the account through `provisioner`, as soon as that works.
async fn way_in(cx: &Context<'_>, desired: &Desired) -> Result<Session, StepError> {
    let provisioner = desired.provisioner.known()?;
    let account: AccountId = cx.session().account().clone();
    let what = "provisioner to be assumable";
    cx.until(what, WAY_IN_PAUSES, WAY_IN_WITHIN, || async {
        match cx.sessions().assume(&account, provisioner).await {
            Ok(session) => Ok(Some(session)),
            Err(SessionError::Aws(error)) if error.is(NOT_YET_A_WAY_IN) => Ok(None),
            Err(SessionError::Aws(error)) => Err(StepError::Aws(error)),
            Err(error) => Err(StepError::refused(error.to_string(), "check the credentials; the access role was left as it is")),
        }
    })
    .await
}

async fn carry_out(inside: &Context<'_>, observed: &Observed, edits: &[Edit]) -> Result<(), StepError> {
    let retry = inside.retry().until_visible(JUST_MADE).until_visible(NOT_YET_A_WAY_IN);
    for edit in edits {
        let role_name = observed.name.clone();
        let Edit::Trust { to, .. } = edit;
        inside.send_with(&retry, &UpdateAssumeRolePolicy { role_name, policy_document: to.known()?.to_owned() }).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MADE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole"}]}"#;
    const NARROW: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Assume1","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole","Condition":{"ArnLike":{"aws:PrincipalArn":["arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_Admins_????????????????","arn:aws:iam::111111111111:user/team/ada"]}}}]}"#;

    fn desired(caller: &str) -> Desired {
        Desired {
            name: "OrganizationAccountAccessRole".to_owned(),
            trust: Text::new(NARROW),
            provisioner: Text::new("arn:aws:iam::2:role/landfall/provisioner"),
            caller: Caller(Text::new(caller)),
            tags: Tags::from([(tags::ORGANIZATION.to_owned(), "acme".to_owned())]),
            trusts: "sso:Admins".to_owned(),
        }
    }

    fn observed(trust: &str) -> Observed {
        let arn = "arn:aws:iam::222222222222:role/OrganizationAccountAccessRole".to_owned();
        Observed { arn, name: "OrganizationAccountAccessRole".to_owned(), trust: trust.to_owned(), tags: Tags::new() }
    }

    #[test]
    fn only_an_administrator_narrows() {
        for (caller, expected) in [
            ("arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_Admins_0123456789abcdef/ada", true),
            ("arn:aws:iam::111111111111:user/team/ada", true),
            ("arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_Admins2_0123456789abcdef/ada", false),
            ("arn:aws:sts::111111111111:assumed-role/Admins/ada", false),
            ("arn:aws:sts::222222222222:assumed-role/AWSReservedSSO_Admins_0123456789abcdef/ada", false),
            ("arn:aws:iam::111111111111:user/ada", false),
            // A caller who only reads cannot be locked out.
            ("", true),
        ] {
            let edits = AccessRole::diff(&desired(caller), &observed(MADE));
            assert_eq!(edits.is_ok(), expected, "{caller}: {edits:?}");
            assert_eq!(AccessRole::creatable(&desired(caller)).is_ok(), expected, "{caller}");
            if let Ok(edits) = edits {
                let hazards: Vec<Hazard> = edits.iter().flat_map(AccessRole::hazards).collect();
                assert_eq!(hazards.len(), 1, "{hazards:?}");
                assert_eq!(hazards[0].name, HazardName::NarrowAccess);
                assert!(hazards[0].text.contains("instead of every principal of 111111111111"), "{hazards:?}");
            }
        }
        // A settled role locks no one out.
        let mut settled = observed(NARROW);
        settled.tags = desired("").tags;
        assert_eq!(AccessRole::diff(&desired("arn:aws:iam::111111111111:user/eve"), &settled), Ok(Vec::new()));
    }

    #[test]
    fn the_change_is_the_same_for_any_caller() {
        assert_eq!(format!("{:?}", desired("")), format!("{:?}", desired("arn:aws:iam::111111111111:user/team/ada")));
    }

    #[test]
    fn only_a_managed_or_original_role_is_changed() {
        let partner = MADE.replace("}]}", r#"},{"Effect":"Allow","Principal":{"AWS":"333333333333"},"Action":"sts:AssumeRole"}]}"#);
        for (trust, expected) in [(MADE, false), (NARROW, true), (&partner, true), ("{}", true)] {
            assert_eq!(AccessRole::retired(&observed(trust)).is_some(), expected, "{trust}");
            let mut ours = observed(trust);
            ours.tags.insert(tags::ORGANIZATION.to_owned(), "acme".to_owned());
            assert_eq!(AccessRole::retired(&ours), None, "a role that landfall narrowed is restored");
        }
    }
}
