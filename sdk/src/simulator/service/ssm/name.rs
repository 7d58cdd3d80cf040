//! Names of parameters: with a selector of a version, as ARNs, as resources of permissions, and which are valid.

use std::collections::BTreeMap;

use crate::simulator::authorize::{Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::world::{Parameter, ParameterVersion, World};

/// Most levels of a name (docs/AWS.md 8.1).
const LEVELS_MAX: usize = 15;
/// Longest ARN of a parameter (docs/AWS.md 8.1).
const ARN_MAX: usize = 1011;

/// A parameter as a read names it: `NAME`, `NAME:VERSION`, `NAME:LABEL`, or an ARN in place of the name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named<'a> {
    pub(super) name: String,
    pub(super) selector: Option<&'a str>,
}

/// What a name leads to.
pub(super) enum Found<'w> {
    Version(&'w ParameterVersion),
    /// There is no such parameter.
    NoParameter,
    /// The parameter has no such version, or no version with this label.
    NoVersion,
}

type Parameters = BTreeMap<String, Parameter>;

impl World {
    pub(super) fn parameters_of(&self, call: &Call<'_>) -> Result<impl Iterator<Item = (&str, &Parameter)>, Failure> {
        let found = self.parameters.get(call.account()?).and_then(|regions| regions.get(call.region));
        Ok(found.into_iter().flatten().map(|(name, parameter)| (name.as_str(), parameter)))
    }

    pub(super) fn parameters_mut(&mut self, call: &Call<'_>) -> Result<&mut Parameters, Failure> {
        Ok(self.parameters.entry(call.account()?.clone()).or_default().entry(call.region.to_owned()).or_default())
    }

    pub(super) fn parameter(&self, call: &Call<'_>, name: &str) -> Result<Option<&Parameter>, Failure> {
        Ok(self.parameters.get(call.account()?).and_then(|regions| regions.get(call.region)?.get(name)))
    }

    /// Returns the version that a name means.
    pub(super) fn selected(&self, call: &Call<'_>, named: &Named<'_>) -> Result<Found<'_>, Failure> {
        let Some(parameter) = self.parameter(call, &named.name)? else { return Ok(Found::NoParameter) };
        let Some(selector) = named.selector else { return Ok(Found::Version(&parameter.latest)) };
        // No label begins with a digit.
        let number: Option<u64> = selector.parse().ok();
        let found = parameter.versions().find(|version| Some(version.number) == number || version.labels.contains(selector));
        Ok(found.map_or(Found::NoVersion, Found::Version))
    }

    /// Returns the name in a read: AWS removes spaces around it, and takes ARNs.
    pub(super) fn named<'a>(&self, call: &Call<'_>, given: &'a str) -> Result<Named<'a>, Failure> {
        let given = given.trim();
        let Some(rest) = given.strip_prefix("arn:") else {
            let (name, selector) = split(given);
            return Ok(Named { name: name.to_owned(), selector });
        };
        let parts: Vec<&str> = rest.splitn(5, ':').collect();
        let [_, "ssm", region, account, resource] = parts[..] else { return Err(invalid_name(given)) };
        if region != call.region || account != call.account()?.as_str() {
            return Err(Failure::not_implemented(format_args!("parameters of other accounts and Regions: {given}")));
        }
        let (path, selector) = split(resource.strip_prefix("parameter/").ok_or_else(|| invalid_name(given))?);
        // A name without a path has no slash of its own, and the same ARN.
        let name = if self.parameter(call, path)?.is_some() { path.to_owned() } else { format!("/{path}") };
        Ok(Named { name, selector })
    }

    /// Returns the request for one action on a parameter, with its tags if it is there.
    pub(super) fn about_parameter(&self, call: &Call<'_>, action: &'static str, name: &str) -> Result<Ask, Failure> {
        let mut ask = Ask::new(action, arn(call, name)?);
        if let Some(parameter) = self.parameter(call, name)? {
            ask = ask.resource_tags(&parameter.tags);
            for (key, value) in &parameter.tags {
                ask = ask.with(&format!("ssm:resourceTag/{key}"), value.as_str());
            }
        }
        Ok(ask)
    }
}

fn split(given: &str) -> (&str, Option<&str>) {
    given.split_once(':').map_or((given, None), |(name, selector)| (name, Some(selector)))
}

/// Returns a parameter's ARN; its name begins with the slash that the ARN already has.
pub(super) fn arn(call: &Call<'_>, name: &str) -> Result<String, Failure> {
    Ok(format!("arn:aws:ssm:{}:{}:parameter/{}", call.region, call.account()?, name.trim_start_matches('/')))
}

/// Checks the name of a new parameter.
pub(super) fn check(call: &Call<'_>, name: &str) -> Result<(), Failure> {
    let begins = |word: &str| name.trim_start_matches('/').get(..3).is_some_and(|start| start.eq_ignore_ascii_case(word));
    let alphabet = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-/".contains(&byte));
    if begins("aws") && name.starts_with('/') && name.matches('/').count() > 1 {
        return Err(failure("AccessDeniedException", format!("No access to reserved parameter name: {name}.")));
    }
    if begins("aws") || begins("ssm") || !alphabet || name.is_empty() || name.ends_with('/') || name.contains("//") {
        return Err(invalid_name(name));
    }
    if name.contains('/') && !name.starts_with('/') {
        return Err(invalid("Parameter name must be a fully qualified name."));
    }
    if name.matches('/').count() > LEVELS_MAX {
        return Err(failure("HierarchyLevelLimitExceededException", "A hierarchy can have a maximum of 15 levels."));
    }
    if arn(call, name)?.len() > ARN_MAX {
        return Err(invalid(format!("The parameter's name and the ARN before it have at most {ARN_MAX} characters together.")));
    }
    Ok(())
}

/// Returns whether a name is below a path, on the next level or on any.
pub(super) fn is_below(name: &str, path: &str, recursive: bool) -> bool {
    let rest = name.strip_prefix(path.trim_end_matches('/')).and_then(|rest| rest.strip_prefix('/'));
    rest.is_some_and(|rest| recursive || !rest.contains('/'))
}

fn invalid_name(name: &str) -> Failure {
    invalid(format!(
        "Parameter name {name}: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_"
    ))
}

/// There is no such parameter; AWS says nothing more.
pub(super) fn not_found() -> Failure {
    failure("ParameterNotFound", "")
}

pub(super) fn version_not_found(named: &Named<'_>) -> Failure {
    let (version, name) = (named.selector.unwrap_or_default(), &named.name);
    let message = format!("Systems Manager could not find version {version} of {name}. Verify the version and try again.");
    failure("ParameterVersionNotFound", message)
}

pub(super) fn failure(code: &'static str, message: impl Into<String>) -> Failure {
    Failure::new(code, 400, message)
}

pub(super) fn invalid(message: impl Into<String>) -> Failure {
    failure("ValidationException", message)
}
