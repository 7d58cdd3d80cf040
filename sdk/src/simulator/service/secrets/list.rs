//! `ListSecrets`, with its filters.

use serde_json::json;

use super::read::{read_page, show, staged};
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read};
use crate::simulator::wire::Params;
use crate::simulator::world::{Secret, World};

pub(super) const OPERATIONS: &[Operation] = &[read("ListSecrets", list)];

/// A filter: what it looks at, and beginnings, one of which must match. One that begins with `!` must not.
#[derive(Debug)]
struct Filter<'a> {
    by: By,
    values: Vec<&'a str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Name,
    /// Without regard to letter case.
    Description,
    TagKey,
    TagValue,
}

fn list(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let with_deleted = params.optional_boolean("IncludePlannedDeletion")?.unwrap_or(false);
    let (filters, page) = (read_filters(&params)?, read_page(&params)?);
    let pass = call.authorize(world, params, Ask::new("secretsmanager:ListSecrets", "*"))?;
    let secrets = world.secrets_of(call)?.into_iter().flatten();
    let listed = secrets
        .filter(|(name, secret)| (with_deleted || secret.deletion.is_none()) && filters.iter().all(|filter| filter.admits(name, secret)));
    // In the order in which they were made.
    let page = page.cut(listed.map(|(name, secret)| {
        let mut shown = show(name, secret);
        shown["SecretVersionsToStages"] = staged(secret);
        (format!("{:020} {name}", secret.made.0), shown)
    }));
    Ok(pass.answer(json!({ "SecretList": page.items, "NextToken": page.next })))
}

fn read_filters<'a>(params: &Params<'a>) -> Result<Vec<Filter<'a>>, Failure> {
    let mut filters = Vec::new();
    for given in params.structures("Filters")? {
        let (key, values) = (given.text("Key")?, given.texts("Values")?);
        given.finish()?;
        let by = match key {
            "name" => By::Name,
            "description" => By::Description,
            "tag-key" => By::TagKey,
            "tag-value" => By::TagValue,
            "primary-region" | "owning-service" | "all" => return Err(Failure::not_implemented(format_args!("the filter {key}"))),
            _ => return Err(params.invalid("Filters", "Member must satisfy enum value set")),
        };
        filters.push(Filter { by, values });
    }
    Ok(filters)
}

impl Filter<'_> {
    fn admits(&self, name: &str, secret: &Secret) -> bool {
        let folded = |text: &str| if self.by == By::Description { text.to_lowercase() } else { text.to_owned() };
        let any = |found: &str| {
            let found = folded(found);
            self.values.iter().any(|wanted| match wanted.strip_prefix('!') {
                Some(unwanted) => !found.starts_with(&folded(unwanted)),
                None => found.starts_with(&folded(wanted)),
            })
        };
        match self.by {
            By::Name => any(name),
            By::Description => any(secret.description.as_deref().unwrap_or_default()),
            By::TagKey => secret.tags.keys().any(|key| any(key)),
            By::TagValue => secret.tags.values().any(|value| any(value)),
        }
    }
}
