//! What all kinds do alike: a thing that was made or found is compared once more, changed where it differs, and tagged.
//!
//! A kind says what AWS made ([`Made`]) and which differences are its own; tags, and a thing that somebody else made since the
//! plan, are dealt with here.

use serde::Serialize;

use super::change::{Field, tag_fields};
use super::context::{Context, StepError};
use super::hazard::Hazard;
use super::text::{Facts, Text};
use super::{Adoption, Blocked, Kind};
use crate::address::Address;
use crate::aws::error::{Answer, AwsError};
use crate::aws::tags::{self, Tags};

/// What a create came to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a thing is new or it was there")]
pub enum Made<O> {
    /// It was made by this call.
    New(O),
    /// It was there: made by an earlier call whose answer was lost, or by somebody else since the plan. Its tags tell.
    Found(O),
}

/// One way in which a thing differs from what it should be.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(bound = "")]
#[expect(clippy::exhaustive_enums, reason = "a kind's own, or tags")]
pub enum Edit<K: Kind> {
    /// One that only its kind understands.
    Own(K::Edit),
    /// Tags are missing or have another value.
    Tag {
        /// What they are now.
        from: Tags,
        /// Those that are put on.
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

    /// Returns whether it takes a thing from under one set of guardrails to another.
    #[must_use]
    pub fn is_move(&self) -> bool {
        matches!(self, Self::Own(edit) if K::is_move(edit))
    }
}

/// Returns how the two differ, tags included; none when all is settled.
///
/// # Errors
///
/// [`Blocked`] where they differ in a way that cannot be repaired here.
pub fn differences<K: Kind>(desired: &K::Desired, observed: &K::Observed) -> Result<Vec<Edit<K>>, Blocked> {
    let own = K::diff(desired, observed)?.into_iter().map(Edit::Own);
    let tag = K::tagging(desired, observed).and_then(|(present, wanted)| {
        let to = tags::missing(wanted, present);
        (!to.is_empty()).then(|| Edit::Tag { from: present.clone(), to })
    });
    Ok(if K::TAGS_FIRST { tag.into_iter().chain(own).collect() } else { own.chain(tag).collect() })
}

/// Makes a thing, and what of it the create itself leaves out.
///
/// # Errors
///
/// [`StepError`] with what AWS said, or when somebody else made it since the plan.
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

/// Refuses what somebody else made since the plan.
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

/// Carries out edits in order.
///
/// # Errors
///
/// [`StepError`] with what AWS said.
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

/// Reads the answer to a create of a name that AWS takes once: what was made, or, where the name is taken or the answer was
/// lost, what has the name.
///
/// # Errors
///
/// The create's own error, where there is nothing of that name.
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
