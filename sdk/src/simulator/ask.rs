//! Calls any operation of EC2, IAM, SNS, CloudFormation, Budgets, Systems Manager or Secrets Manager without a client crate: for tests and tools that read the
//! simulator, or another AWS, from outside.
//!
//! Parameters are the pairs of the form, and answers are read by path; the last three take and return JSON. Landfall's own calls are typed and
//! read in another way, so that neither can hide the other's mistakes.

use aws_types::SdkConfig;
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

use crate::aws::client::{self, Untyped};

/// An answer in XML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer(String);

/// Makes one call, and returns the answer or AWS's error code; without an answer, what happened to the call.
///
/// ```no_run
/// # async fn example(config: aws_types::SdkConfig) -> Result<(), String> {
/// use landfall::simulator::ask;
///
/// let vpcs = ask(&config, "ec2", "DescribeVpcs", &[("Filter.1.Name", "cidr"), ("Filter.1.Value.1", "10.0.0.0/16")]).await?;
/// println!("{:?}", vpcs.texts("vpcSet/item/vpcId"));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// AWS's code, for example `InvalidVpcID.NotFound`; without an answer, the reason.
pub async fn ask(config: &SdkConfig, service: &str, operation: &'static str, parameters: &[(&str, &str)]) -> Result<Answer, String> {
    let answer = client::ask(config, service, operation, Untyped::Pairs(parameters)).await;
    answer.map(Answer).map_err(|error| error.code.clone().unwrap_or_else(|| error.to_string()))
}

/// Makes one call of a service that speaks JSON (`budgets`, `ssm`, `secretsmanager`), and returns the answer or AWS's error code; without an answer, what
/// happened to the call.
///
/// # Errors
///
/// AWS's code, for example `NotFoundException`; without an answer, the reason.
pub async fn ask_json(config: &SdkConfig, service: &str, operation: &'static str, parameters: &Value) -> Result<Value, String> {
    let answer = client::ask(config, service, operation, Untyped::Json(&parameters.to_string())).await;
    let text = answer.map_err(|error| error.code.clone().unwrap_or_else(|| error.to_string()))?;
    if text.is_empty() { Ok(Value::Null) } else { serde_json::from_str(&text).map_err(|error| error.to_string()) }
}

/// Makes one call of a service that speaks REST in JSON, by method and path: `GET /backup-vaults/{Name}?nextToken={Token}`. Parameters that
/// are not in the path are the body; an answer without a body is `null`.
///
/// # Errors
///
/// AWS's code, for example `ResourceNotFoundException`; without an answer, the reason.
pub async fn ask_path(
    config: &SdkConfig,
    service: &str,
    operation: &'static str,
    http: &'static str,
    parameters: serde_json::Value,
) -> Result<serde_json::Value, String> {
    let answer = client::ask_path(config, service, operation, http, parameters).await;
    answer.map_err(|error| error.code.clone().unwrap_or_else(|| error.to_string()))
}

impl Answer {
    /// Returns the text of every element at a path below the root, in document order: `vpcSet/item/vpcId`.
    #[must_use]
    pub fn texts(&self, path: &str) -> Vec<String> {
        self.each(path).iter().map(|found| unescaped(found.inner())).collect()
    }

    /// Returns the text of the first element at a path, if there is one.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<String> {
        self.texts(path).into_iter().next()
    }

    /// Returns the elements at a path, each as an answer with that element as its root.
    #[must_use]
    pub fn each(&self, path: &str) -> Vec<Self> {
        let wanted: Vec<&str> = path.split('/').collect();
        let mut reader = Reader::from_str(&self.0);
        // The names below the root; and the start of the wanted element.
        let (mut names, mut begun, mut found) = (Vec::<String>::new(), 0, Vec::new());
        loop {
            let before = position(&reader);
            match reader.read_event() {
                Ok(Event::Start(element)) => {
                    names.push(name(&element));
                    if names.len() == wanted.len() + 1 && names[1..] == wanted {
                        begun = before;
                    }
                }
                Ok(Event::Empty(element)) => {
                    names.push(name(&element));
                    if names.len() == wanted.len() + 1 && names[1..] == wanted {
                        found.push(Self(self.0[before..position(&reader)].to_owned()));
                    }
                    names.pop();
                }
                Ok(Event::End(_)) => {
                    if names.len() == wanted.len() + 1 && names[1..] == wanted {
                        found.push(Self(self.0[begun..position(&reader)].to_owned()));
                    }
                    names.pop();
                }
                Ok(Event::Eof) | Err(_) => return found,
                Ok(_) => {}
            }
        }
    }

    /// Returns an answer that a test received by itself.
    #[cfg(test)]
    pub(super) fn received(text: String) -> Self {
        Self(text)
    }

    /// Returns the content of the root element.
    fn inner(&self) -> &str {
        let begin = self.0.find('>').map_or(0, |at| at + 1);
        let end = self.0.rfind("</").unwrap_or(begin).max(begin);
        &self.0[begin..end]
    }
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

fn name(element: &quick_xml::events::BytesStart<'_>) -> String {
    String::from_utf8_lossy(element.local_name().into_inner()).into_owned()
}

fn unescaped(text: &str) -> String {
    quick_xml::escape::unescape(text).map_or_else(|_| text.to_owned(), std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_at_a_path_is_found() {
        let answer = Answer(
            "<?xml version=\"1.0\"?>\n<R><s><item><id>a</id><t><item>1</item><item>2</item></t></item><item><id>b&amp;c</id><t/></item></s><id>no</id></R>"
                .to_owned(),
        );
        assert_eq!(answer.texts("s/item/id"), ["a", "b&c"]);
        assert_eq!(answer.texts("s/item/t/item"), ["1", "2"]);
        assert_eq!(answer.each("s/item").iter().map(|item| item.texts("t/item").len()).collect::<Vec<_>>(), [2, 0]);
        assert_eq!((answer.text("id").as_deref(), answer.text("s/none")), (Some("no"), None));
        assert_eq!(answer.each("s/item")[1].text("t").as_deref(), Some(""));
    }
}
