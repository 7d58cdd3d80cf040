//! The address that takes AWS's place: what is no such address is refused before anything is sent; and how people may see it, since
//! a user and a password in it, or a token behind `?`, are never shown.

use crate::failure::Failure;
use aws_types::SdkConfig;
use aws_types::service_config::ServiceConfigKey;

/// Refuses what the AWS crates cannot use: they panic, ignore a part of it, or try it for minutes and then show it as a whole.
///
/// # Errors
///
/// Then, with the name of what says it, a variable or the AWS configuration.
pub(crate) fn check(name: &str, address: &str) -> Result<(), Failure> {
    problem(address).map_or(Ok(()), |problem| {
        Err(Failure::usage(format!("{name} is no address to call in AWS's place"))
            .because(problem)
            .hinted("an address is `https://HOST:PORT`; to call AWS itself, take it out"))
    })
}

fn problem(address: &str) -> Option<&'static str> {
    if address.is_empty() {
        return Some("it is empty");
    }
    let Some(rest) = ["http://", "https://"].iter().find_map(|scheme| address.strip_prefix(scheme)) else {
        return Some("it begins with neither `http://` nor `https://`");
    };
    if rest.contains(['?', '#']) {
        return Some("AWS's addresses have nothing behind `?` or `#`");
    }
    if !rest.chars().all(|c| c.is_ascii_graphic()) {
        return Some("it has a blank or another character that no address has");
    }
    let (place, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (user, place) = place.rsplit_once('@').unwrap_or(("", place));
    if user.contains('@') || path.contains('@') {
        return Some("a user or a password in it has `@` or `/`, which are `%40` and `%2F` there");
    }
    let host_and_rest = match place.strip_prefix('[') {
        Some(address) => address.split_once(']'),
        None => Some(place.split_at(place.find(':').unwrap_or(place.len()))),
    };
    match host_and_rest {
        Some((host, _)) if host.is_empty() || host.contains(['[', ']']) => Some("it has no host"),
        Some((_, "")) => None,
        Some((_, port)) if port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok()) => None,
        Some(_) => Some("what follows its host is no port"),
        None => Some("it has no host"),
    }
}

/// Returns an address without what may be secret in it.
///
/// Whoever writes a password into an address may forget to encode it, so all up to the last `@` goes, wherever that is: rather too
/// little of an address is shown than a part of a password.
pub(crate) fn shown(address: &str) -> String {
    let is_scheme = |scheme: &str| scheme.chars().all(|c| c.is_ascii_alphanumeric());
    let (scheme, rest) = match address.split_once("://").filter(|(scheme, _)| is_scheme(scheme)) {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), address),
    };
    let rest = rest.rsplit('@').next().unwrap_or_default();
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    format!("{scheme}{}", &rest[..end])
}

/// Returns the address that the environment or the profile gives one service alone, by the id that the AWS CLI knows it by.
pub(crate) fn of_service(config: &SdkConfig, id: &'static str) -> Option<String> {
    let key = ServiceConfigKey::builder().service_id(id).env("AWS_ENDPOINT_URL").profile("endpoint_url").build().ok()?;
    config.service_config()?.load_config(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_address_is_refused_and_not_shown() {
        for address in [
            "http://127.0.0.1:5000",
            "https://aws.example.com",
            "http://[::1]:5000/",
            "http://[::1]",
            "https://u:p@host/a/b",
            "https://vpce-0a1b.sts.eu-west-1.vpce.amazonaws.com",
        ] {
            assert_eq!(check("AWS_ENDPOINT_URL", address), Ok(()), "{address}");
        }
        for (address, words) in [
            ("", "it is empty"),
            ("user:hunter2@host", "neither"),
            ("ftp://hunter2@host", "neither"),
            ("http://host/?token=hunter2", "nothing behind"),
            ("http://user:hunt#er2@host", "nothing behind"),
            ("http://user:hunt er2@host", "a blank"),
            ("http://user:hunter2\n@host", "a blank"),
            ("http://user:hunt/er2@host", "`%40` and `%2F`"),
            ("http://us@er:hunter2@host", "`%40` and `%2F`"),
            ("http://user:hunter2@", "no host"),
            ("http://user:hunter2@[::1", "no host"),
            ("http://user:hunter2@:80", "no host"),
            ("http://user:hunter2@host:port", "no port"),
            ("http://user:hunter2@host:70000", "no port"),
            ("http://user:hunter2@[::1]5000", "no port"),
        ] {
            let failure = check("AWS_ENDPOINT_URL_STS", address).expect_err(address).draw();
            assert!(failure.contains(words) && failure.contains("AWS_ENDPOINT_URL_STS"), "{address}: {failure}");
            assert!(!failure.contains("hunt") && !failure.contains("er2"), "{failure}");
        }
    }

    #[test]
    fn nothing_secret_of_an_address_is_shown() {
        for (address, expected) in [
            ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
            ("https://aws.example.com/a/b", "https://aws.example.com/a/b"),
            ("http://[::1]:5000/", "http://[::1]:5000/"),
            ("http://user:hunter2@127.0.0.1:5000/a", "http://127.0.0.1:5000/a"),
            ("http://hunter2@127.0.0.1:5000", "http://127.0.0.1:5000"),
            ("http://user:hunter2@[::1]:5000", "http://[::1]:5000"),
            ("http://user:hunt@er2@host", "http://host"),
            ("http://user:hunt/er2@host/a", "http://host/a"),
            ("http://user:hunt?er2@host", "http://host"),
            ("http://user:hunt#er2@host?token=hunter2", "http://host"),
            ("http://user:hunt://er2@host", "http://host"),
            ("user:hunter2@host:80", "host:80"),
            ("user:hunt://er2@host", "host"),
            ("https://host/a?token=hunter2#hunter2", "https://host/a"),
            ("", ""),
        ] {
            assert_eq!(shown(address), expected, "{address}");
        }
    }
}
