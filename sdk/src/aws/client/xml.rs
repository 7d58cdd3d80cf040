//! Answers in XML, read by `quick-xml` into the operation's types.
//!
//! Lists are an element around `item` (EC2) or `member` (Query): [`items`] reads both. An element without content is an empty
//! list or text, as the types ask.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use quick_xml::DeError;
use quick_xml::Reader;
use quick_xml::de::Deserializer;
use quick_xml::events::Event;
use quick_xml::name::LocalName;
use serde::de::value::MapDeserializer;
use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer as _};

use super::unread::Unread;

/// Reads an answer in the root of the document.
pub(super) fn root<T: DeserializeOwned>(text: &str, operation: &str) -> Result<T, Unread> {
    check_root(text, operation)?;
    quick_xml::de::from_str(&without_empty_ids(text)).map_err(unread)
}

/// Reads an answer inside of the root, in an element named after its operation; without that element it has no members.
pub(super) fn result<T: DeserializeOwned>(text: &str, operation: &str) -> Result<T, Unread> {
    check_root(text, operation)?;
    Deserializer::from_str(&without_empty_ids(text)).deserialize_map(Envelope(operation, PhantomData)).map_err(unread)
}

/// Checks that a document is an answer to an operation: another one, such as a proxy's page, could be read as an empty answer.
fn check_root(text: &str, operation: &str) -> Result<(), Unread> {
    let name = root_name(text)?;
    if name.strip_suffix("Response") == Some(operation) { Ok(()) } else { Err(Unread::Malformed(format!("it is a document `{name}`"))) }
}

/// Returns whether a document is an error: `ErrorResponse`, or EC2's `Response`.
pub(super) fn is_error(text: &str) -> bool {
    root_name(text).is_ok_and(|name| name == "ErrorResponse" || name == "Response")
}

/// Removes ids without content: an empty id counts as missing, but an empty element would be read as an empty text.
fn without_empty_ids(text: &str) -> Cow<'_, str> {
    let mut reader = Reader::from_str(text);
    let position = |reader: &Reader<&[u8]>| usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let (mut kept, mut copied, mut opened) = (String::new(), 0, None);
    loop {
        let begin = position(&reader);
        let empty = match reader.read_event() {
            Ok(Event::Eof) | Err(_) => break,
            Ok(Event::Empty(element)) => is_id(element.local_name()).then_some(begin),
            Ok(Event::Start(element)) => {
                opened = is_id(element.local_name()).then_some(begin);
                continue;
            }
            Ok(Event::End(_)) => opened,
            Ok(_) => None,
        };
        opened = None;
        if let Some(begin) = empty {
            kept.push_str(part(copied, begin));
            copied = position(&reader);
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    kept.push_str(part(copied, text.len()));
    Cow::Owned(kept)
}

fn is_id(name: LocalName<'_>) -> bool {
    std::str::from_utf8(name.into_inner()).is_ok_and(super::unread::is_id)
}

fn root_name(text: &str) -> Result<String, Unread> {
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event() {
            Ok(Event::Start(root) | Event::Empty(root)) => {
                return Ok(String::from_utf8_lossy(root.local_name().into_inner()).into_owned());
            }
            Ok(Event::Eof) => return Err(Unread::Malformed("it has no XML in it".to_owned())),
            Ok(_) => {}
            Err(error) => return Err(Unread::Malformed(error.to_string())),
        }
    }
}

/// Reads code, message and request id of an error: `ErrorResponse/Error`, or EC2's `Response/Errors/Error`.
pub(super) fn error(text: &str) -> (Option<String>, Option<String>, Option<String>) {
    let found: ErrorDocument = quick_xml::de::from_str(text).unwrap_or_default();
    let error = found.error.or_else(|| found.errors?.error).unwrap_or_default();
    (error.code, error.message, found.request_id)
}

/// Reads a list: the elements inside of one.
pub(crate) fn items<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    #[derive(Deserialize)]
    #[serde(bound = "T: Deserialize<'de>")]
    struct Items<T> {
        #[serde(default = "Vec::new", rename = "item", alias = "member")]
        items: Vec<T>,
    }
    Items::deserialize(deserializer).map(|list| list.items)
}

#[derive(Default, Deserialize)]
struct ErrorDocument {
    #[serde(rename = "Error")]
    error: Option<ErrorElement>,
    #[serde(rename = "Errors")]
    errors: Option<Errors>,
    #[serde(rename = "RequestId", alias = "RequestID")]
    request_id: Option<String>,
}

#[derive(Deserialize)]
struct Errors {
    #[serde(rename = "Error")]
    error: Option<ErrorElement>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ErrorElement {
    code: Option<String>,
    message: Option<String>,
}

/// The elements around an answer of a Query service.
struct Envelope<'o, T>(&'o str, PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for Envelope<'_, T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an answer to {}", self.0)
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<T, M::Error> {
        let mut found = None;
        while let Some(name) = map.next_key::<String>()? {
            if name.strip_suffix("Result") == Some(self.0) {
                found = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        found.map_or_else(|| T::deserialize(MapDeserializer::new(std::iter::empty::<(String, String)>())).map_err(of_empty), Ok)
    }
}

fn of_empty<E: serde::de::Error>(error: serde::de::value::Error) -> E {
    E::custom(error)
}

fn unread(error: DeError) -> Unread {
    match error {
        // Errors of serde: a member is missing, or has a wrong value.
        DeError::Custom(words) => Unread::unexpected(&words),
        DeError::UnexpectedStart(_) => Unread::unexpected("invalid type"),
        DeError::InvalidXml(error) => Unread::Malformed(error.to_string()),
        _ => Unread::Malformed("it has another form".to_owned()),
    }
}
