//! REST in JSON: method and path become the name of an operation, labels of the path and the query become parameters beside the body's.

use bytes::Bytes;
use serde_json::{Map, Value};

use super::form;
use crate::simulator::failure::Failure;
use crate::simulator::service::Service;

/// One operation: its service, method, path, name and query. `{Name}` is one segment of the path, which becomes that parameter; of the query,
/// each key becomes the parameter beside it.
struct Route(Service, &'static str, &'static str, &'static str, &'static [(&'static str, &'static str)]);

/// The query of a list.
const NEXT: &[(&str, &str)] = &[("nextToken", "NextToken")];
const POINTS: &str = "/backup-vaults/{BackupVaultName}/recovery-points/";
const POINT: &str = "/backup-vaults/{BackupVaultName}/recovery-points/{RecoveryPointArn}";
const RESTORE_METADATA: &str = "/backup-vaults/{BackupVaultName}/recovery-points/{RecoveryPointArn}/restore-metadata";

/// The routes, as in the services' models (`http` of each operation).
const ROUTES: &[Route] = &[
    Route(Service::Account, "POST", "/getAlternateContact", "GetAlternateContact", &[]),
    Route(Service::Account, "POST", "/putAlternateContact", "PutAlternateContact", &[]),
    Route(Service::Account, "POST", "/deleteAlternateContact", "DeleteAlternateContact", &[]),
    Route(Service::Backup, "PUT", "/backup-vaults/{BackupVaultName}", "CreateBackupVault", &[]),
    Route(Service::Backup, "DELETE", "/backup-vaults/{BackupVaultName}", "DeleteBackupVault", &[]),
    Route(Service::Backup, "PUT", "/backup-vaults/{BackupVaultName}/vault-lock", "PutBackupVaultLockConfiguration", &[]),
    Route(Service::Backup, "GET", "/backup-vaults/", "ListBackupVaults", NEXT),
    Route(Service::Backup, "GET", "/tags/{ResourceArn}/", "ListTags", NEXT),
    Route(Service::Backup, "POST", "/tags/{ResourceArn}", "TagResource", &[]),
    Route(
        Service::Backup,
        "GET",
        POINTS,
        "ListRecoveryPointsByBackupVault",
        &[("nextToken", "NextToken"), ("resourceArn", "ByResourceArn")],
    ),
    Route(Service::Backup, "DELETE", POINT, "DeleteRecoveryPoint", &[]),
    Route(Service::Backup, "GET", RESTORE_METADATA, "GetRecoveryPointRestoreMetadata", &[]),
    Route(Service::Backup, "PUT", "/backup-jobs", "StartBackupJob", &[]),
    Route(Service::Backup, "GET", "/backup-jobs/{BackupJobId}", "DescribeBackupJob", &[]),
    Route(Service::Backup, "PUT", "/restore-jobs", "StartRestoreJob", &[]),
    Route(Service::Backup, "GET", "/restore-jobs/{RestoreJobId}", "DescribeRestoreJob", &[]),
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
    let (name, query, labels) = { found }.find_map(|route| Some((route.3, route.4, labels(route.2, path)?))).ok_or_else(unknown)?;
    let decode = |text: &str| form::decode(text).map_err(|problem| Failure::new("SerializationException", 400, problem));
    for (label, text) in labels {
        params.insert(label.to_owned(), decode(text)?.into());
    }
    for pair in request.uri().query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let (key, text) = pair.split_once('=').unwrap_or((pair, ""));
        let Some((_, parameter)) = query.iter().find(|(known, _)| *known == key) else {
            return Err(Failure::not_implemented(format_args!("the query {pair} of {name}")));
        };
        params.insert((*parameter).to_owned(), decode(text)?.into());
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
