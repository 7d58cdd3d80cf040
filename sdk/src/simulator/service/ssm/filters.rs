//! `ParameterFilters`: which parameters a list has.

use super::name::{failure, is_below};
use super::value::not_in;
use crate::simulator::failure::Failure;
use crate::simulator::wire::Params;
use crate::simulator::world::Parameter;

/// The call that has filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    Describe,
    ByPath,
}

/// Filters, all of which a parameter must pass.
#[derive(Debug)]
pub(super) struct Filters<'a>(Vec<Filter<'a>>);

#[derive(Debug)]
struct Filter<'a> {
    by: By<'a>,
    option: Match,
    values: Vec<&'a str>,
}

/// What a filter looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By<'a> {
    Name,
    Path,
    Type,
    KeyId,
    Tier,
    DataType,
    Label,
    Tag(&'a str),
}

/// How it compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Match {
    Equals,
    BeginsWith,
    Contains,
    OneLevel,
    Recursive,
}

const TYPES: &[&str] = &["String", "StringList", "SecureString"];
const TIERS: &[&str] = &["Standard", "Advanced", "Intelligent-Tiering"];

impl<'a> Filters<'a> {
    pub(super) fn read(params: &Params<'a>, reader: Reader) -> Result<Self, Failure> {
        let mut filters: Vec<Filter<'a>> = Vec::new();
        for given in params.structures("ParameterFilters")? {
            let (key, option, values) = (given.text("Key")?, given.optional_text("Option")?, given.texts("Values")?);
            given.finish()?;
            let by = By::read(key, reader)?;
            if filters.iter().any(|other| other.by == by) {
                let rule = "A request can contain only one occurrence of a specific filter.";
                return Err(failure("InvalidFilterKey", format!("The following filter is duplicated in the request: {key}. {rule}")));
            }
            let option = Match::read(option, by)?;
            if values.is_empty() && !matches!(by, By::Tag(_)) {
                return Err(failure("InvalidFilterValue", format!("The following filter values are missing : null for filter key {key}.")));
            }
            check_values(by, &values)?;
            filters.push(Filter { by, option, values });
        }
        Ok(Self(filters))
    }

    pub(super) fn admit(&self, name: &str, parameter: &Parameter) -> bool {
        self.0.iter().all(|filter| filter.admits(name, parameter))
    }

    /// Returns the label whose version is wanted, if there is such a filter.
    pub(super) fn label(&self) -> Option<&'a str> {
        self.0.iter().find(|filter| filter.by == By::Label)?.values.first().copied()
    }
}

impl<'a> By<'a> {
    fn read(key: &'a str, reader: Reader) -> Result<Self, Failure> {
        let (by, of) = match key {
            "Name" => (Self::Name, Some(Reader::Describe)),
            "Path" => (Self::Path, Some(Reader::Describe)),
            "Tier" => (Self::Tier, Some(Reader::Describe)),
            "DataType" => (Self::DataType, Some(Reader::Describe)),
            "Label" => (Self::Label, Some(Reader::ByPath)),
            "Type" => (Self::Type, None),
            "KeyId" => (Self::KeyId, None),
            other => match other.strip_prefix("tag:").filter(|tag| !tag.is_empty()) {
                Some(tag) => (Self::Tag(tag), Some(Reader::Describe)),
                None => {
                    return Err(not_in("parameterFilters.1.member.key", other, "[tag:.+, Name, Type, KeyId, Path, Label, Tier, DataType]"));
                }
            },
        };
        if of.is_some_and(|of| of != reader) {
            let valid = match reader {
                Reader::Describe => "[Path, Name, Type, KeyId, Tier]",
                Reader::ByPath => "[Type, KeyId]",
            };
            return Err(failure(
                "InvalidFilterKey",
                format!("The following filter key is not valid: {key}. Valid filter keys include: {valid}."),
            ));
        }
        Ok(by)
    }
}

impl Match {
    fn read(given: Option<&str>, by: By<'_>) -> Result<Self, Failure> {
        let option = match (given, by) {
            (None | Some("OneLevel"), By::Path) => Self::OneLevel,
            (Some("Recursive"), By::Path) => Self::Recursive,
            (Some(_), By::Path) => return Err(invalid_option(given, "[Recursive, OneLevel]")),
            (None | Some("Equals"), _) => Self::Equals,
            (Some("Contains"), By::Name) => Self::Contains,
            (Some(_), By::Label) => return Err(invalid_option(given, "[Equals]")),
            (Some("BeginsWith"), _) => Self::BeginsWith,
            (Some(_), _) => return Err(invalid_option(given, "[BeginsWith, Equals]")),
        };
        Ok(option)
    }

    fn holds(self, found: &str, wanted: &str) -> bool {
        match self {
            Self::Equals => found == wanted,
            Self::BeginsWith => found.starts_with(wanted),
            Self::Contains => found.contains(wanted),
            Self::OneLevel => is_below(found, wanted, false),
            Self::Recursive => is_below(found, wanted, true),
        }
    }
}

impl Filter<'_> {
    fn admits(&self, name: &str, parameter: &Parameter) -> bool {
        let any = |found: &str| self.values.iter().any(|wanted| self.option.holds(found, wanted));
        let latest = &parameter.latest;
        match self.by {
            By::Name | By::Path => any(name),
            By::Type => any(latest.kind.name()),
            By::KeyId => latest.kind.key_id().is_some_and(any),
            By::Tier => any(latest.tier.name()),
            By::DataType => any("text"),
            By::Label => parameter.versions().flat_map(|version| &version.labels).any(|label| any(label)),
            By::Tag(key) => parameter.tags.get(key).is_some_and(|value| self.values.is_empty() || any(value)),
        }
    }
}

fn check_values(by: By<'_>, values: &[&str]) -> Result<(), Failure> {
    let invalid = |value: &&&str| -> bool {
        match by {
            By::Type => !TYPES.contains(*value),
            By::Tier => !TIERS.contains(*value),
            By::Path => !value.starts_with('/'),
            By::Name | By::KeyId | By::DataType | By::Label | By::Tag(_) => false,
        }
    };
    let Some(value) = values.iter().find(invalid) else { return Ok(()) };
    let valid = match by {
        By::Type => format!("Valid values include: [{}].", TYPES.join(", ")),
        By::Tier => format!("Valid values include: [{}].", TIERS.join(", ")),
        By::Name | By::Path | By::KeyId | By::DataType | By::Label | By::Tag(_) => {
            "The parameter name must begin with a forward slash \"/\".".to_owned()
        }
    };
    Err(failure("InvalidFilterValue", format!("The following filter value is not valid: {value}. {valid}")))
}

fn invalid_option(given: Option<&str>, valid: &str) -> Failure {
    let given = given.unwrap_or_default();
    failure("InvalidFilterOption", format!("The following filter option is not valid: {given}. Valid options include: {valid}."))
}
