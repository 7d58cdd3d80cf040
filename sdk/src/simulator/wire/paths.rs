//! REST in JSON: method and path become the name of an operation, labels of the path and the query become parameters beside the body's.

use bytes::Bytes;
use serde_json::{Map, Value};

use super::form;
use crate::simulator::failure::Failure;
use crate::simulator::service::Service;

/// One operation: its service, method, path and name. `{Name}` is one segment of the path, which becomes that parameter.
struct Route(Service, &'static str, &'static str, &'static str);

/// The routes, as in the services' models (`http` of each operation).
const ROUTES: &[Route] = &[
    Route(Service::Account, "POST", "/getAlternateContact", "GetAlternateContact"),
    Route(Service::Account, "POST", "/putAlternateContact", "PutAlternateContact"),
    Route(Service::Account, "POST", "/deleteAlternateContact", "DeleteAlternateContact"),
];

/// Returns the operation of a request, and its parameters.
pub(super) fn read(
    service: Service,
    request: &http::Request<Bytes>,
    mut params: Map<String, Value>,
) -> Result<(String, Map<String, Value>), Failure> {
    let (method, path) = (request.method().as_str(), request.uri().path());
    let unknown = || Failure::not_implemented(format_args!("{method} {path} of {}", service.name()));
    let found = ROUTES.iter().filter(|route| route.0 == service && route.1 == method);
    let (name, labels) = { found }.find_map(|route| Some((route.3, labels(route.2, path)?))).ok_or_else(unknown)?;
    for (label, text) in labels {
        let text = form::decode(text).map_err(|problem| Failure::new("SerializationException", 400, problem))?;
        params.insert(label.to_owned(), text.into());
    }
    if let Some(query) = request.uri().query().filter(|query| !query.is_empty()) {
        // No operation here has parameters in its query.
        return Err(Failure::not_implemented(format_args!("the query {query} of {name}")));
    }
    Ok((name.to_owned(), params))
}

/// Returns the labels of a path with their texts, if it has this form.
fn labels<'p>(form: &'static str, path: &'p str) -> Option<Vec<(&'static str, &'p str)>> {
    let (mut known, mut given) = (form.split('/'), path.split('/'));
    let mut labels = Vec::new();
    loop {
        match (known.next(), given.next()) {
            (None, None) => return Some(labels),
            (Some(known), Some(given)) => match known.strip_prefix('{').and_then(|known| known.strip_suffix('}')) {
                Some(label) if !given.is_empty() => labels.push((label, given)),
                None if known == given => {}
                Some(_) | None => return None,
            },
            (Some(_), None) | (None, Some(_)) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_by_their_form() {
        for (form, path, expected) in [
            ("/getThing", "/getThing", Some(vec![])),
            ("/getThing", "/getThing/", None),
            ("/vaults/{Name}/points/{Id}", "/vaults/a/points/b%2Fc", Some(vec![("Name", "a"), ("Id", "b%2Fc")])),
            ("/vaults/{Name}", "/vaults/", None),
            ("/vaults/{Name}", "/vaults", None),
        ] {
            assert_eq!(labels(form, path), expected, "{form} {path}");
        }
    }
}
