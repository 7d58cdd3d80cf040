//! The lowest floor of kinds: a setting that exists exactly once in every account, Region or organization.
//!
//! A setting cannot be created or removed, and has no tags. Until it is written it has AWS's default. A setting that is as wanted, or
//! stricter if the wanted value is a minimum, is left as it is.

use std::fmt;
use std::marker::PhantomData;

use serde::Serialize;

use super::{Adoption, Blocked, Context, Facts, Field, Hazard, Kind, Made, ScopeSet, StepError, Text};
use crate::address::Address;
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

    /// Calls `visit` with every text of the value. None by default.
    fn visit_references(&mut self, _visit: &mut dyn FnMut(&mut Text)) {}

    /// Returns the text of a plan's line for the wanted value.
    fn summary(&self) -> String;

    /// Returns the fields in which the present value falls short of the wanted one; none if it is equal or stricter.
    fn falls_short(&self, wanted: &Self) -> Vec<Field>;

    /// Returns the hazards of replacing the present value.
    fn hazards(&self, _wanted: &Self) -> Vec<Hazard> {
        Vec::new()
    }

    /// Reads the value of the context's scope.
    fn read(cx: &Context<'_>) -> impl Future<Output = Result<Self, AwsError>> + Send;

    /// Writes the value over the present one.
    fn write(&self, cx: &Context<'_>, present: &Self) -> impl Future<Output = Result<(), StepError>> + Send;
}

/// The kind of a setting.
pub struct Single<S>(PhantomData<S>);

/// The only edit of a setting: another value.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Write<S> {
    /// What it is.
    pub from: S,
    /// What it should be.
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

    type Desired = S;
    type Observed = S;
    type Edit = Write<S>;

    fn visit_references(desired: &mut S, visit: &mut dyn FnMut(&mut Text)) {
        desired.visit_references(visit);
    }

    fn matches(_: &S, _: &S) -> bool {
        true
    }

    fn tags(_: &S) -> Option<&Tags> {
        None
    }

    fn adoption(_: &S, _: &S) -> Adoption {
        Adoption::Adopt
    }

    fn diff(desired: &S, observed: &S) -> Result<Vec<Write<S>>, Blocked> {
        let is_short = !observed.falls_short(desired).is_empty();
        Ok(is_short.then(|| Write { from: observed.clone(), to: desired.clone() }).into_iter().collect())
    }

    fn visit_edit_references(edit: &mut Write<S>, visit: &mut dyn FnMut(&mut Text)) {
        edit.to.visit_references(visit);
    }

    fn fields(edit: &Write<S>) -> Vec<Field> {
        edit.from.falls_short(&edit.to)
    }

    fn hazards(edit: &Write<S>) -> Vec<Hazard> {
        edit.from.hazards(&edit.to)
    }

    fn summary(desired: &S) -> String {
        desired.summary()
    }

    fn display_name(_: &S) -> String {
        S::NAME.to_owned()
    }

    fn check_removable(_: &S) -> Result<(), Blocked> {
        Err(Blocked::new("a setting cannot be removed", "write the value that you want instead"))
    }

    fn facts(_: &Address, _: &S) -> Facts {
        Facts::new()
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<S>, AwsError> {
        Ok(vec![S::read(cx).await?])
    }

    /// In an account that did not exist when the plan was made, the present value is compared now.
    async fn create(cx: &Context<'_>, _: &Address, _: &S) -> Result<Made<S>, StepError> {
        Ok(Made::Found(S::read(cx).await?))
    }

    async fn edit(cx: &Context<'_>, _: &Address, desired: &S, _: &S, edits: &[Write<S>]) -> Result<Facts, StepError> {
        for edit in edits {
            desired.write(cx, &edit.from).await?;
        }
        Ok(Facts::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

        async fn read(_: &Context<'_>) -> Result<Self, AwsError> {
            Ok(Self(8))
        }

        async fn write(&self, _: &Context<'_>, _: &Self) -> Result<(), StepError> {
            Ok(())
        }
    }

    type Kind = Single<Minimum>;

    #[test]
    fn what_is_stricter_is_left_as_it_is() {
        for (present, wanted, expected) in [(14, 14, None), (20, 14, None), (8, 14, Some("length  8 -> 14"))] {
            let edits = <Kind as crate::kind::Kind>::diff(&Minimum(wanted), &Minimum(present)).expect("a setting is never blocked");
            let shown: Vec<String> = edits.iter().flat_map(<Kind as crate::kind::Kind>::fields).map(|field| field.to_string()).collect();
            assert_eq!(shown.first().map(String::as_str), expected, "{present} for {wanted}");
        }
    }

    #[test]
    fn it_is_unmanaged_and_never_removed() {
        use crate::kind::Kind as _;
        assert_eq!(Kind::adoption(&Minimum(14), &Minimum(8)), Adoption::Adopt);
        assert!(Kind::check_removable(&Minimum(8)).is_err() && Kind::matches(&Minimum(14), &Minimum(8)));
        assert_eq!(Kind::summary(&Minimum(14)), "at least 14");
    }
}
