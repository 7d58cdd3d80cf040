//! A CloudFormation template, as far as a release has to understand it: its parameters, the places that landfall fills in, and what in it
//! can change without its text changing.

use serde_json::{Map, Value};

use super::problem::Problem;

/// Most bytes of a template that CloudFormation reads from Amazon S3 (docs/AWS.md 8.6).
pub const TEMPLATE_BYTES_MAX: usize = 1_048_576;
/// The member of `Metadata` that says what landfall fills in.
pub(super) const OURS: &str = "Landfall";

/// A template.
#[derive(Debug, Clone, PartialEq)]
pub struct Template(Map<String, Value>);

impl Template {
    /// Reads a template of JSON.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it as far as a release needs it; whether its resources are right, CloudFormation says.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        if text.len() > TEMPLATE_BYTES_MAX {
            let message = format!("has {} bytes, and CloudFormation takes {TEMPLATE_BYTES_MAX}", text.len());
            return Err(vec![Problem::new("", message).hinted("move what is large into files that it names")]);
        }
        let value: Value = serde_json::from_str(text).map_err(|error| vec![Problem::new("", format!("is not JSON: {error}"))])?;
        let Value::Object(members) = value else { return Err(vec![Problem::new("", "is not an object")]) };
        let template = Self(members);
        let problems = template.problems();
        if problems.is_empty() { Ok(template) } else { Err(problems) }
    }

    fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let is_object = |value: Option<&Value>| value.is_none_or(Value::is_object);
        match self.0.get("Resources") {
            None => problems.push(Problem::new("/Resources", "is missing: a stack has resources")),
            Some(resources) if !resources.is_object() => problems.push(Problem::new("/Resources", "is not an object")),
            Some(_) => {}
        }
        for name in ["Parameters", "Metadata", "Conditions", "Outputs"] {
            if !is_object(self.0.get(name)) {
                problems.push(Problem::new(format!("/{name}"), "is not an object"));
            }
        }
        for (name, of) in self.parameters() {
            let place = format!("/Parameters/{name}");
            if !of.get("Type").is_some_and(Value::is_string) {
                problems.push(Problem::new(place, "has no type"));
            } else if of.get("NoEcho").is_some_and(|no_echo| no_echo == true || no_echo == "true") {
                problems.push(
                    Problem::new(place, "is hidden by NoEcho, so that a plan of it could not be checked")
                        .hinted("make it a secret of app.toml, which programs read themselves"),
                );
            }
        }
        problems
    }

    /// Returns it as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        Value::Object(self.0.clone())
    }

    pub(super) fn into_members(self) -> Map<String, Value> {
        self.0
    }

    /// Returns its parameters with their declarations.
    pub(super) fn parameters(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.0.get("Parameters").and_then(Value::as_object).into_iter().flatten()
    }

    fn ours(&self) -> Option<&Value> {
        self.0.get("Metadata")?.get(OURS)
    }

    /// Returns the places of one kind that landfall fills in, as JSON pointers.
    pub(super) fn pointers(&self, kind: &str) -> Vec<String> {
        let listed = self.ours().and_then(|ours| ours.get(kind)?.as_array());
        listed.into_iter().flatten().filter_map(|pointer| pointer.as_str().map(str::to_owned)).collect()
    }

    /// Returns the values that the template itself has for a tier's parameters.
    pub(super) fn of_tier(&self, tier: &str) -> Map<String, Value> {
        let values = self.ours().and_then(|ours| ours.get("tiers")?.get(tier)?.as_object());
        values.cloned().unwrap_or_default()
    }

    /// Returns what can make two deployments of the same text differ, each with its place.
    ///
    /// Who approves a plan reads its text. So where approval is asked for, none of these may be in it but a custom resource, which is named.
    #[must_use]
    pub fn moving(&self) -> Vec<Moving> {
        let mut found = Vec::new();
        if self.0.contains_key("Transform") {
            found.push(Moving { place: "/Transform".to_owned(), what: MovingPart::Macro });
        }
        for (name, value) in &self.0 {
            look(value, &format!("/{}", escaped(name)), &mut found);
        }
        found
    }
}

/// A part of a template that can change while its text does not.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Moving {
    /// Where it is, as a JSON pointer.
    pub place: String,
    /// What it is.
    pub what: MovingPart,
}

/// What can change while a template's text does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MovingPart {
    /// A macro or a transform: code that rewrites the template.
    Macro,
    /// A stack in the stack, with a template of its own.
    NestedStack,
    /// A reference to a parameter or secret without its version.
    UnversionedReference,
    /// An object of Amazon S3 without its version.
    UnversionedObject,
    /// A custom resource: code that does what it likes.
    CustomResource,
}

impl MovingPart {
    /// Returns what it is, in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Macro => "a macro rewrites the template",
            Self::NestedStack => "a nested stack has a template of its own",
            Self::UnversionedReference => "a dynamic reference without a version",
            Self::UnversionedObject => "an object of Amazon S3 without a version",
            Self::CustomResource => "a custom resource runs code",
        }
    }
}

fn look(value: &Value, place: &str, found: &mut Vec<Moving>) {
    let mut moves = |what| found.push(Moving { place: place.to_owned(), what });
    match value {
        Value::Object(members) => {
            if members.contains_key("Fn::Transform") {
                moves(MovingPart::Macro);
            }
            match members.get("Type").and_then(Value::as_str) {
                Some("AWS::CloudFormation::Stack") => moves(MovingPart::NestedStack),
                Some(of) if of.starts_with("Custom::") || of == "AWS::CloudFormation::CustomResource" => moves(MovingPart::CustomResource),
                _ => {}
            }
            if members.contains_key("S3Key") && !members.contains_key("S3ObjectVersion") {
                moves(MovingPart::UnversionedObject);
            }
            for (name, member) in members {
                look(member, &format!("{place}/{}", escaped(name)), found);
            }
        }
        Value::Array(items) => items.iter().enumerate().for_each(|(n, item)| look(item, &format!("{place}/{n}"), found)),
        Value::String(text) if has_unversioned_reference(text) => moves(MovingPart::UnversionedReference),
        _ => {}
    }
}

/// The version is the third part of a reference to a parameter, and the sixth of one to a secret (docs/AWS.md 8.6).
fn has_unversioned_reference(text: &str) -> bool {
    text.split("{{resolve:").skip(1).any(|rest| {
        let reference = rest.split("}}").next().unwrap_or_default();
        let parts: Vec<&str> = reference.split(':').collect();
        match parts.first() {
            Some(&("ssm" | "ssm-secure")) => {
                !parts.last().is_some_and(|version| parts.len() > 2 && version.bytes().all(|b| b.is_ascii_digit()))
            }
            // A secret may be named by its ARN, which has colons of its own: version ids are the last part, and are long.
            Some(&"secretsmanager") => !parts.last().is_some_and(|version| parts.len() > 5 && version.len() >= 32),
            _ => true,
        }
    })
}

/// Returns a name as a part of a JSON pointer.
pub(super) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn moving(template: &Value) -> Vec<(String, MovingPart)> {
        Template::parse(&template.to_string()).expect("a template").moving().into_iter().map(|part| (part.place, part.what)).collect()
    }

    #[test]
    fn what_moves_is_found_wherever_it_is() {
        let secret = "{{resolve:secretsmanager:shop/db:SecretString:password::0123456789abcdef0123456789abcdef}}";
        let still = json!({ "Resources": { "A": { "Type": "AWS::Lambda::Function", "Properties": {
            "Code": { "S3Bucket": "b", "S3Key": "k", "S3ObjectVersion": "v" }, "A": "{{resolve:ssm:/shop/a:3}}", "B": secret } } } });
        assert_eq!(moving(&still), []);
        let moves = json!({ "Transform": "AWS::Serverless-2016-10-31", "Resources": {
            "A": { "Type": "AWS::Lambda::Function", "Properties": { "Code": { "S3Bucket": "b", "S3Key": "k" } } },
            "B": { "Type": "AWS::CloudFormation::Stack", "Properties": {} },
            "C": { "Type": "Custom::Thing", "Properties": { "x": ["{{resolve:ssm:/shop/a}}", "{{resolve:secretsmanager:shop/db}}"] } },
            "D": { "Type": "AWS::S3::Bucket", "Fn::Transform": { "Name": "AWS::Include" } } } });
        let place = |text: &str| format!("/Resources/{text}");
        let mut found = moving(&moves);
        found.sort_by(|one, other| one.0.cmp(&other.0));
        assert_eq!(
            found,
            [
                (place("A/Properties/Code"), MovingPart::UnversionedObject),
                (place("B"), MovingPart::NestedStack),
                (place("C"), MovingPart::CustomResource),
                (place("C/Properties/x/0"), MovingPart::UnversionedReference),
                (place("C/Properties/x/1"), MovingPart::UnversionedReference),
                (place("D"), MovingPart::Macro),
                ("/Transform".to_owned(), MovingPart::Macro),
            ]
        );
    }

    #[test]
    fn what_is_no_template_is_refused_with_its_place() {
        for (text, expected) in [
            ("", ": is not JSON"),
            ("[]", ": is not an object"),
            ("{}", "/Resources: is missing"),
            (r#"{"Resources":[]}"#, "/Resources: is not an object"),
            (r#"{"Resources":{},"Parameters":{"A":{}}}"#, "/Parameters/A: has no type"),
            (r#"{"Resources":{},"Parameters":{"A":{"Type":"String","NoEcho":"true"}}}"#, "/Parameters/A: is hidden by NoEcho"),
        ] {
            let problems = Template::parse(text).expect_err(text);
            assert!(problems[0].to_string().starts_with(expected), "{text}: {}", problems[0]);
        }
        let large = format!(r#"{{"Resources":{{}},"Description":"{}"}}"#, "x".repeat(TEMPLATE_BYTES_MAX));
        assert!(Template::parse(&large).expect_err("large")[0].to_string().contains("and CloudFormation takes 1048576"));
    }
}
