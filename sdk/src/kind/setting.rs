//! The lowest floor of kinds: a setting that exists exactly once in every account, Region or organization.
//!
//! A setting cannot be created or removed, and has no tags. Until it is written it has AWS's default. A setting that is as wanted, or
//! stricter, is left as it is; where a part of it is stricter, that part stays when the rest is written. A setting whose read is denied is
//! blocked by itself: what else is in its scope stays readable. It is read only where it is wanted.

use std::fmt;
use std::marker::PhantomData;

use serde::Serialize;

use super::terraform::{Import, Place};
use super::{Adoption, Blocked, Context, Facts, Field, Hazard, Kind, Made, ScopeSet, StepError, Text};
use crate::address::Address;
use crate::aws::denial;
use crate::aws::error::AwsError;
use crate::aws::tags::Tags;

/// A setting: the type is its value.
pub trait Setting: Sized + Clone + fmt::Debug + PartialEq + Serialize + Send + Sync + 'static {
    /// The kind's name in addresses, plans and events.
    const NAME: &'static str;
    /// Where it exists.
    const SCOPES: ScopeSet;
    /// The service's usual name.
    const SERVICE: &'static str;

    /// Returns the text of a plan's line for the wanted value.
    fn summary(&self) -> String;

    /// Returns the fields in which the present value falls short of the wanted one; none if it is equal or stricter.
    fn falls_short(&self, wanted: &Self) -> Vec<Field>;

    /// Returns the value to write over the present one: the wanted one, by default. A value of several parts keeps what is stricter.
    #[must_use]
    fn raised(&self, wanted: &Self) -> Self {
        wanted.clone()
    }

    /// Returns why the present value must not be replaced, if it must not. By default it may.
    fn blocked(&self, _wanted: &Self) -> Option<Blocked> {
        None
    }

    /// Returns the hazards of replacing the present value.
    fn hazards(&self, _wanted: &Self) -> Vec<Hazard> {
        Vec::new()
    }

    /// Returns how Terraform takes over the present value.
    fn terraform(&self, place: &Place<'_>) -> Import;

    /// Reads the value of the context's scope.
    fn read(cx: &Context<'_>) -> impl Future<Output = Result<Self, AwsError>> + Send;

    /// Writes the value over the present one.
    fn write(&self, cx: &Context<'_>, present: &Self) -> impl Future<Output = Result<(), StepError>> + Send;
}

/// A wanted value.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "a value, and what it waits for")]
pub struct Wanted<S> {
    /// What it should be, at least.
    pub value: S,
    /// Outputs of what must exist before it can be written; not sent.
    pub needs: Vec<Text>,
}

impl<S> Wanted<S> {
    /// Returns a wanted value that waits for its scope only.
    #[must_use]
    pub fn new(value: S) -> Self {
        Self { value, needs: Vec::new() }
    }

    /// Waits for an output, too.
    #[must_use]
    pub fn after(mut self, output: Text) -> Self {
        self.needs.push(output);
        self
    }
}

/// What could be read of a setting.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a value, or none")]
pub enum Present<S> {
    /// Its value.
    Value(S),
    /// The read was denied.
    Denied {
        /// Why.
        reason: String,
        /// What to do about it.
        hint: String,
    },
}

/// The kind of a setting.
pub struct Single<S>(PhantomData<S>);

/// The only edit of a setting: another value.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Write<S> {
    /// What it is.
    pub from: S,
    /// What is written.
    pub to: S,
}

impl<S> Clone for Single<S> {
    fn clone(&self) -> Self {
        Self(PhantomData)
    }
}

impl<S: Setting> fmt::Debug for Single<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(S::NAME)
    }
}

impl<S: Setting> Kind for Single<S> {
    const NAME: &'static str = S::NAME;
    const SCOPES: ScopeSet = S::SCOPES;
    const SERVICE: &'static str = S::SERVICE;
    const REMOVAL_RANK: u8 = u8::MAX;
    const IS_READ_WHERE_WANTED: bool = true;

    type Desired = Wanted<S>;
    type Observed = Present<S>;
    type Edit = Write<S>;

    fn visit_references(desired: &mut Wanted<S>, visit: &mut dyn FnMut(&mut Text)) {
        desired.needs.iter_mut().for_each(visit);
    }

    fn matches(_: &Wanted<S>, _: &Present<S>) -> bool {
        true
    }

    fn tags(_: &Present<S>) -> Option<&Tags> {
        None
    }

    fn adoption(_: &Wanted<S>, _: &Present<S>) -> Adoption {
        Adoption::Adopt
    }

    fn diff(desired: &Wanted<S>, observed: &Present<S>) -> Result<Vec<Write<S>>, Blocked> {
        let present = match observed {
            Present::Value(present) => present,
            Present::Denied { reason, hint } => return Err(Blocked::new(format!("it could not be read: {reason}"), hint)),
        };
        let is_short = !present.falls_short(&desired.value).is_empty();
        if let Some(blocked) = present.blocked(&desired.value).filter(|_| is_short) {
            return Err(blocked);
        }
        Ok(is_short.then(|| Write { from: present.clone(), to: present.raised(&desired.value) }).into_iter().collect())
    }

    fn fields(edit: &Write<S>) -> Vec<Field> {
        edit.from.falls_short(&edit.to)
    }

    fn hazards(edit: &Write<S>) -> Vec<Hazard> {
        edit.from.hazards(&edit.to)
    }

    fn summary(desired: &Wanted<S>) -> String {
        desired.value.summary()
    }

    fn display_name(_: &Present<S>) -> String {
        S::NAME.to_owned()
    }

    fn check_removable(_: &Present<S>) -> Result<(), Blocked> {
        Err(Blocked::new("a setting cannot be removed", "write the value that you want instead"))
    }

    fn facts(_: &Address, _: &Present<S>) -> Facts {
        Facts::new()
    }

    fn terraform(observed: &Present<S>, place: &Place<'_>) -> Import {
        match observed {
            Present::Value(value) => value.terraform(place),
            Present::Denied { reason, .. } => Import::left(format!("it could not be read: {reason}")),
        }
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Present<S>>, AwsError> {
        match S::read(cx).await {
            Ok(value) => Ok(vec![Present::Value(value)]),
            Err(error) if error.is_denied() => Ok(vec![Present::Denied { reason: error.to_string(), hint: denial::hint(&error) }]),
            Err(error) => Err(error),
        }
    }

    /// In an account that did not exist when the plan was made, the present value is compared now.
    async fn create(cx: &Context<'_>, _: &Address, _: &Wanted<S>) -> Result<Made<Present<S>>, StepError> {
        Ok(Made::Found(Present::Value(S::read(cx).await?)))
    }

    async fn edit(cx: &Context<'_>, _: &Address, _: &Wanted<S>, _: &Present<S>, edits: &[Write<S>]) -> Result<Facts, StepError> {
        for edit in edits {
            edit.to.write(cx, &edit.from).await?;
        }
        Ok(Facts::new())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Checks a row of a setting's table: what a plan shows for a present value, and that the written value is neither below the wanted
    /// nor below the present one.
    pub(in crate::kind) fn check<S: Setting>(present: &S, wanted: &S, expected: &[&str]) {
        let observed = Present::Value(present.clone());
        let edits = Single::<S>::diff(&Wanted::new(wanted.clone()), &observed).expect("what can be read is not blocked");
        let shown: Vec<String> = edits.iter().flat_map(Single::<S>::fields).map(|field| field.to_string()).collect();
        assert_eq!(shown, expected, "{present:?} for {wanted:?}");
        for Write { to, .. } in edits {
            assert_eq!(to.falls_short(wanted), [], "{present:?} becomes {to:?}");
            assert_eq!(to.falls_short(present), [], "{present:?} is weakened to {to:?}");
        }
    }

    /// A minimum length, as of passwords.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    struct Minimum(u8);

    impl Setting for Minimum {
        const NAME: &'static str = "minimum";
        const SCOPES: ScopeSet = ScopeSet::Account;
        const SERVICE: &'static str = "IAM";

        fn summary(&self) -> String {
            format!("at least {}", self.0)
        }

        fn falls_short(&self, wanted: &Self) -> Vec<Field> {
            (self.0 < wanted.0).then(|| Field::new("length", self.0, wanted.0)).into_iter().collect()
        }

        fn terraform(&self, _: &Place<'_>) -> Import {
            Import::new("aws_iam_account_password_policy", self.0)
        }

        async fn read(_: &Context<'_>) -> Result<Self, AwsError> {
            Ok(Self(8))
        }

        async fn write(&self, _: &Context<'_>, _: &Self) -> Result<(), StepError> {
            Ok(())
        }
    }

    type Length = Single<Minimum>;

    #[test]
    fn what_is_stricter_is_left_as_it_is() {
        check(&Minimum(14), &Minimum(14), &[]);
        check(&Minimum(20), &Minimum(14), &[]);
        check(&Minimum(8), &Minimum(14), &["length  8 -> 14"]);
    }

    #[test]
    fn it_is_unmanaged_and_never_removed() {
        let (wanted, present) = (Wanted::new(Minimum(14)), Present::Value(Minimum(8)));
        assert_eq!(Length::adoption(&wanted, &present), Adoption::Adopt);
        assert!(Length::check_removable(&present).is_err() && Length::matches(&wanted, &present));
        assert_eq!(Length::summary(&wanted), "at least 14");
    }

    #[test]
    fn one_that_could_not_be_read_is_blocked() {
        let denied = Present::Denied { reason: "iam:GetX is denied".to_owned(), hint: "allow it".to_owned() };
        let blocked = Length::diff(&Wanted::new(Minimum(14)), &denied).expect_err("its value is not known");
        assert_eq!(blocked, Blocked::new("it could not be read: iam:GetX is denied", "allow it"));
    }
}
