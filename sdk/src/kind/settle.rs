//! The common end of every create: a resource that was created or found is compared once more, edited if it differs, and tagged.
//!
//! A kind returns what AWS created ([`Made`]) and its own differences; tags, and resources that another owner created since the plan, are
//! handled here.

use serde::Serialize;

use super::context::{Context, StepError};
use super::field::{Field, tag_fields};
use super::hazard::Hazard;
use super::seam::Kind;
pub use super::seam::Made;
use super::text::{Facts, Text};
use super::verdict::{Adoption, Blocked};
use crate::address::Address;
use crate::aws::error::{Answer, AwsError};
use crate::aws::tags::{self, Tags};

/// One difference between the observed and the wanted state.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(bound = "")]
#[expect(clippy::exhaustive_enums, reason = "a kind's own, or tags")]
pub enum Edit<K: Kind> {
    /// A difference of the kind's own.
    Own(K::Edit),
    /// Tags are missing or have another value.
    Tag {
        /// The present ones.
        from: Tags,
        /// Those that are written.
        to: Tags,
    },
}

impl<K: Kind> Edit<K> {
    /// Returns the edit's fields, from -> to.
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        match self {
            Self::Own(edit) => K::fields(edit),
            Self::Tag { from, to } => tag_fields(from, to),
        }
    }

    /// Calls `visit` with every text of it.
    pub fn visit_references(&mut self, visit: &mut dyn FnMut(&mut Text)) {
        match self {
            Self::Own(edit) => K::visit_edit_references(edit, visit),
            Self::Tag { .. } => {}
        }
    }

    /// Returns its hazards; tags have none.
    #[must_use]
    pub fn hazards(&self) -> Vec<Hazard> {
        match self {
            Self::Own(edit) => K::hazards(edit),
            Self::Tag { .. } => Vec::new(),
        }
    }

    /// Returns whether it moves a resource from one set of guardrails to another.
    #[must_use]
    pub fn is_move(&self) -> bool {
        matches!(self, Self::Own(edit) if K::is_move(edit))
    }
}

/// Returns the differences, tags included; empty if there are none.
///
/// # Errors
///
/// [`Blocked`] for a difference that cannot be repaired here.
pub fn differences<K: Kind>(desired: &K::Desired, observed: &K::Observed) -> Result<Vec<Edit<K>>, Blocked> {
    let own = K::diff(desired, observed)?.into_iter().map(Edit::Own);
    let tag = K::tagging(desired, observed).and_then(|(present, wanted)| {
        let to = tags::missing(wanted, present);
        (!to.is_empty()).then(|| Edit::Tag { from: present.clone(), to })
    });
    Ok(if K::TAGS_FIRST { tag.into_iter().chain(own).collect() } else { own.chain(tag).collect() })
}

/// Creates a resource, and completes what the create itself leaves out.
///
/// # Errors
///
/// [`StepError`] with AWS's error, or if another owner created it since the plan.
pub async fn create<K: Kind>(cx: &Context<'_>, address: &Address, desired: &K::Desired) -> Result<Facts, StepError> {
    let observed = match K::create(cx, address, desired).await? {
        Made::New(observed) => observed,
        Made::Found(observed) => {
            mine::<K>(address, desired, &observed)?;
            observed
        }
    };
    let edits = differences::<K>(desired, &observed)?;
    edit::<K>(cx, address, desired, &observed, &edits).await
}

/// Refuses a resource that another owner created since the plan.
fn mine<K: Kind>(address: &Address, desired: &K::Desired, observed: &K::Observed) -> Result<(), StepError> {
    let present = K::tags(observed).and_then(|tags| tags.get(tags::ADDRESS));
    match (present, K::adoption(desired, observed)) {
        (Some(present), _) if *present == address.to_string() => Ok(()),
        (None, Adoption::Adopt) => Ok(()),
        _ => Err(StepError::refused(
            format!("{} {} was made by someone else in the meantime", K::NAME, K::display_name(observed)),
            "run `landfall plan` to see it",
        )),
    }
}

/// Applies edits in order.
///
/// # Errors
///
/// [`StepError`] with AWS's error.
pub async fn edit<K: Kind>(
    cx: &Context<'_>,
    address: &Address,
    desired: &K::Desired,
    observed: &K::Observed,
    edits: &[Edit<K>],
) -> Result<Facts, StepError> {
    let mut own = Vec::new();
    let mut tags = None;
    for edit in edits {
        match edit {
            Edit::Own(edit) => own.push(edit.clone()),
            Edit::Tag { to, .. } => tags = Some(to),
        }
    }
    if let (true, Some(tags)) = (K::TAGS_FIRST, tags) {
        K::tag(cx, observed, tags).await?;
    }
    let facts = if own.is_empty() { K::facts(address, observed) } else { K::edit(cx, address, desired, observed, &own).await? };
    if let (false, Some(tags)) = (K::TAGS_FIRST, tags) {
        K::tag(cx, observed, tags).await?;
    }
    Ok(facts)
}

/// Returns the result of a create with a unique name: what was created or, if the name is taken or the answer was lost, what has the name.
///
/// # Errors
///
/// The error of the create, if nothing has that name.
pub(super) async fn unless_taken<T, O, F>(
    sent: Result<T, AwsError>,
    taken: &[&str],
    made: impl FnOnce(T) -> Result<O, AwsError>,
    find: impl FnOnce() -> F,
) -> Result<Made<O>, StepError>
where
    F: Future<Output = Result<Option<O>, AwsError>>,
{
    match sent {
        Ok(answer) => Ok(Made::New(made(answer)?)),
        Err(error) if error.answer == Answer::Lost || error.is(taken) => match find().await? {
            Some(found) => Ok(Made::Found(found)),
            None => Err(error.into()),
        },
        Err(error) => Err(error.into()),
    }
}
