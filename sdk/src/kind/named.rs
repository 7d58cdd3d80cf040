//! The middle floor of kinds: a resource that is found by its name, and created and changed by one function.
//!
//! Their common behaviour is here: finding one by its name, replacing it if it differs, tagging, adopting. A kind only adds its list, its
//! `put` and, if it may be removed, its `delete`.

use std::fmt;
use std::marker::PhantomData;

use serde::Serialize;

use super::terraform::{Import, Place};
use super::{Adoption, Blocked, Charge, Context, Facts, Field, Hazard, Kind, Made, ScopeSet, StepError, Text};
use crate::address::Address;
use crate::aws::error::{Answer, AwsError};
use crate::aws::tags::{self, Tags};

/// A resource with a name: the type contains its whole wanted state except tags.
pub trait Named: Sized + Clone + fmt::Debug + PartialEq + Serialize + Send + Sync + 'static {
    /// The kind's name in addresses, plans and events.
    const NAME: &'static str;
    /// Where it exists.
    const SCOPES: ScopeSet;
    /// The service's usual name.
    const SERVICE: &'static str;
    /// The order of pruning: lower ranks are removed first.
    const REMOVAL_RANK: u8;
    /// The name of the output that holds its id.
    const ID: &'static str;
    /// AWS's codes for a `put` of a new one whose name is taken; empty if a `put` replaces.
    const TAKEN: &'static [&'static str] = &[];

    /// Returns its name.
    fn name(&self) -> &str;

    /// Returns how Terraform takes over an existing one.
    fn terraform(found: &Found<Self>) -> Import;

    /// Calls `visit` with every text of it. None by default.
    fn visit_references(&mut self, _visit: &mut dyn FnMut(&mut Text)) {}

    /// Returns the text of a plan's line after the address of one to be created.
    fn summary(&self) -> String;

    /// Returns the fields in which the present one differs from the wanted one. None by default: it has only a name.
    fn differs(&self, _wanted: &Self) -> Vec<Field> {
        Vec::new()
    }

    /// Returns whether its id can be used: until then it is no output, and what refers to it waits. True by default.
    fn is_usable(&self) -> bool {
        true
    }

    /// Returns the hazards of replacing the present one.
    fn hazards(&self, _wanted: &Self) -> Vec<Hazard> {
        Vec::new()
    }

    /// Returns whether pruning may remove one.
    ///
    /// # Errors
    ///
    /// [`Blocked`] if it is never removed.
    fn check_removable(found: &Found<Self>) -> Result<(), Blocked>;

    /// Returns what it is billed for. Nothing by default.
    fn cost(&self) -> Vec<Charge> {
        Vec::new()
    }

    /// Lists those that landfall might manage or that might block it.
    fn list(cx: &Context<'_>) -> impl Future<Output = Result<Vec<Found<Self>>, AwsError>> + Send;

    /// Creates it, with its tags, or replaces the present one; returns its id.
    fn put(
        &self,
        cx: &Context<'_>,
        tags: Option<&Tags>,
        present: Option<&Found<Self>>,
    ) -> impl Future<Output = Result<String, StepError>> + Send;

    /// Puts tags on; those that are there already are replaced. Not called if it has no tags.
    fn tag(_cx: &Context<'_>, _id: &str, _tags: &Tags) -> impl Future<Output = Result<(), StepError>> + Send {
        async { Ok(()) }
    }

    /// Removes one; succeeds if it is already gone. Not called if it is never removed.
    fn delete(_cx: &Context<'_>, found: &Found<Self>) -> impl Future<Output = Result<(), StepError>> + Send {
        async { Self::check_removable(found).map_err(StepError::from) }
    }
}

/// A wanted one.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "a resource and its tags")]
pub struct Wanted<N> {
    /// What it should be.
    pub thing: N,
    /// The wanted tags; `None` if it takes no tags.
    pub tags: Option<Tags>,
}

/// An existing one.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a resource, its id, and its tags")]
pub struct Found<N> {
    /// Its id or ARN.
    pub id: String,
    /// What it is.
    pub thing: N,
    /// Its tags; `None` if it takes no tags, and is then unmanaged.
    pub tags: Option<Tags>,
}

/// The only edit of a named resource: it is replaced.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Replace<N> {
    /// What it is.
    pub from: N,
    /// What it should be.
    pub to: N,
}

/// The kind of a named resource.
pub struct ByName<N>(PhantomData<N>);

impl<N> Clone for ByName<N> {
    fn clone(&self) -> Self {
        Self(PhantomData)
    }
}

impl<N: Named> fmt::Debug for ByName<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(N::NAME)
    }
}

impl<N: Named> Kind for ByName<N> {
    const NAME: &'static str = N::NAME;
    const SCOPES: ScopeSet = N::SCOPES;
    const SERVICE: &'static str = N::SERVICE;
    const REMOVAL_RANK: u8 = N::REMOVAL_RANK;

    type Desired = Wanted<N>;
    type Observed = Found<N>;
    type Edit = Replace<N>;

    fn visit_references(desired: &mut Wanted<N>, visit: &mut dyn FnMut(&mut Text)) {
        desired.thing.visit_references(visit);
    }

    fn matches(desired: &Wanted<N>, observed: &Found<N>) -> bool {
        desired.thing.name() == observed.thing.name()
    }

    fn tags(observed: &Found<N>) -> Option<&Tags> {
        observed.tags.as_ref()
    }

    fn tagging<'a>(desired: &'a Wanted<N>, observed: &'a Found<N>) -> Option<(&'a Tags, &'a Tags)> {
        observed.tags.as_ref().zip(desired.tags.as_ref())
    }

    fn adoption(desired: &Wanted<N>, observed: &Found<N>) -> Adoption {
        let is_ours = |wanted: &Tags| observed.tags.as_ref().is_some_and(|present| tags::still_carries_ours(wanted, present));
        if desired.tags.as_ref().is_none_or(is_ours) {
            return Adoption::Adopt;
        }
        Adoption::Refuse(Blocked::new(
            format!("{} exists, and landfall did not make it", Self::display_name(observed)),
            "rename or remove that one; landfall changes nothing that is not its own",
        ))
    }

    fn diff(desired: &Wanted<N>, observed: &Found<N>) -> Result<Vec<Replace<N>>, Blocked> {
        let is_other = !observed.thing.differs(&desired.thing).is_empty();
        Ok(is_other.then(|| Replace { from: observed.thing.clone(), to: desired.thing.clone() }).into_iter().collect())
    }

    fn visit_edit_references(edit: &mut Replace<N>, visit: &mut dyn FnMut(&mut Text)) {
        edit.to.visit_references(visit);
    }

    fn fields(edit: &Replace<N>) -> Vec<Field> {
        edit.from.differs(&edit.to)
    }

    fn hazards(edit: &Replace<N>) -> Vec<Hazard> {
        edit.from.hazards(&edit.to)
    }

    fn summary(desired: &Wanted<N>) -> String {
        desired.thing.summary()
    }

    fn display_name(observed: &Found<N>) -> String {
        let name = observed.thing.name();
        if observed.id.contains(name) { observed.id.clone() } else { format!("{name} ({})", observed.id) }
    }

    fn cost(desired: &Wanted<N>) -> Vec<Charge> {
        desired.thing.cost()
    }

    fn present_cost(observed: &Found<N>) -> Vec<Charge> {
        observed.thing.cost()
    }

    fn check_removable(observed: &Found<N>) -> Result<(), Blocked> {
        N::check_removable(observed)
    }

    fn facts(address: &Address, observed: &Found<N>) -> Facts {
        if observed.thing.is_usable() { Facts::one(address, N::ID, &observed.id) } else { Facts::new() }
    }

    fn terraform(observed: &Found<N>, _: &Place<'_>) -> Import {
        N::terraform(observed)
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Found<N>>, AwsError> {
        N::list(cx).await
    }

    async fn create(cx: &Context<'_>, _: &Address, desired: &Wanted<N>) -> Result<Made<Found<N>>, StepError> {
        match desired.thing.put(cx, desired.tags.as_ref(), None).await {
            Ok(id) => Ok(Made::New(Found { id, thing: desired.thing.clone(), tags: desired.tags.clone() })),
            Err(StepError::Aws(error)) if error.answer == Answer::Lost || error.is(N::TAKEN) => {
                let found = N::list(cx).await?.into_iter().find(|found| Self::matches(desired, found));
                Ok(Made::Found(found.ok_or(error)?))
            }
            Err(error) => Err(error),
        }
    }

    async fn edit(
        cx: &Context<'_>,
        address: &Address,
        desired: &Wanted<N>,
        observed: &Found<N>,
        edits: &[Replace<N>],
    ) -> Result<Facts, StepError> {
        for _ in edits {
            desired.thing.put(cx, desired.tags.as_ref(), Some(observed)).await?;
        }
        let thing = if edits.is_empty() { &observed.thing } else { &desired.thing };
        Ok(Self::facts(address, &Found { thing: thing.clone(), ..observed.clone() }))
    }

    async fn tag(cx: &Context<'_>, observed: &Found<N>, tags: &Tags) -> Result<(), StepError> {
        N::tag(cx, &observed.id, tags).await
    }

    async fn remove(cx: &Context<'_>, observed: &Found<N>) -> Result<(), StepError> {
        N::delete(cx, observed).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, PartialEq, Serialize)]
    struct Topic {
        name: String,
        title: String,
    }

    impl Named for Topic {
        const NAME: &'static str = "topic";
        const SCOPES: ScopeSet = ScopeSet::Region;
        const SERVICE: &'static str = "SNS";
        const REMOVAL_RANK: u8 = 1;
        const ID: &'static str = "arn";

        fn name(&self) -> &str {
            &self.name
        }

        fn terraform(found: &Found<Self>) -> Import {
            Import::new("aws_sns_topic", &found.id)
        }

        fn summary(&self) -> String {
            self.title.clone()
        }

        fn differs(&self, wanted: &Self) -> Vec<Field> {
            (self.title != wanted.title).then(|| Field::new("title", &self.title, &wanted.title)).into_iter().collect()
        }

        fn check_removable(_: &Found<Self>) -> Result<(), Blocked> {
            Ok(())
        }

        async fn list(_: &Context<'_>) -> Result<Vec<Found<Self>>, AwsError> {
            Ok(Vec::new())
        }

        async fn put(&self, _: &Context<'_>, _: Option<&Tags>, _: Option<&Found<Self>>) -> Result<String, StepError> {
            Ok(String::new())
        }
    }

    fn topic(title: &str) -> Topic {
        Topic { name: "alarms".to_owned(), title: title.to_owned() }
    }

    fn found(title: &str, tags: Option<Tags>) -> Found<Topic> {
        Found { id: "arn:aws:sns:eu-west-1:1:alarms".to_owned(), thing: topic(title), tags }
    }

    #[test]
    fn a_name_makes_it_the_same_and_the_rest_is_replaced() {
        let wanted = Wanted { thing: topic("new"), tags: Some(Tags::new()) };
        let present = found("old", Some(Tags::new()));
        assert!(ByName::matches(&wanted, &present));
        let edits = ByName::diff(&wanted, &present).expect("never blocked");
        let shown: Vec<String> = edits.iter().flat_map(ByName::fields).map(|field| field.to_string()).collect();
        assert_eq!(shown, ["title  old -> new"]);
        assert_eq!(ByName::diff(&wanted, &found("new", None)), Ok(Vec::new()));
        assert_eq!(ByName::display_name(&present), "arn:aws:sns:eu-west-1:1:alarms");
    }

    /// A resource that takes no tags is unmanaged; any other one of another owner is left alone.
    #[test]
    fn tags_decide_who_the_owner_is() {
        let tagged = Wanted { thing: topic("new"), tags: Some(Tags::from([("a".to_owned(), "1".to_owned())])) };
        assert!(matches!(ByName::adoption(&tagged, &found("new", Some(Tags::new()))), Adoption::Refuse(_)));
        assert_eq!(ByName::adoption(&Wanted { tags: None, ..tagged.clone() }, &found("new", None)), Adoption::Adopt);
        let present = found("new", Some(Tags::new()));
        assert!(ByName::tagging(&tagged, &present).is_some());
        let untagged = found("new", None);
        assert!(ByName::tagging(&tagged, &untagged).is_none());
    }
}
