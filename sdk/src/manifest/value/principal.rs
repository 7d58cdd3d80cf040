//! Principals, repositories, policies and refs.

use crate::id::{AccountId, Partition};
use crate::model::{GithubRepository, Principal};
use crate::name::{AccountKey, RoleName};
use crate::written::shorten;

/// Longest name of a permission set (IAM Identity Center, `PermissionSetName`).
const PERMISSION_SET_MAX: usize = 32;
/// Longest name of a git ref that is accepted: GitHub allows 244 bytes after `refs/heads/`.
const REF_MAX: usize = 256;
/// Longest owner and repository names on GitHub.
const GITHUB_OWNER_MAX: usize = 39;
const GITHUB_REPOSITORY_MAX: usize = 100;

/// Reads a principal in any form.
pub(in crate::manifest) fn parse(text: &str) -> Result<Principal, String> {
    if let Some(rest) = text.strip_prefix("account/") {
        return parse_account(text, rest);
    }
    if let Some(name) = text.strip_prefix("sso:") {
        return parse_permission_set(text, name);
    }
    if let Some(repository) = text.strip_prefix("github:") {
        return parse_github(repository).map(Principal::Github);
    }
    if text.starts_with("arn:") {
        return parse_arn(text).map(|()| Principal::Arn(text.to_owned()));
    }
    Err(format!(
        "`{}` is not a principal: account/KEY, account/KEY/role/NAME, an IAM ARN, sso:PERMISSION_SET[@KEY] or github:OWNER/REPO",
        shorten(text)
    ))
}

/// Reads the ARN of one IAM user, the only kind of principal that can assume a role with MFA.
pub(in crate::manifest) fn parse_user(text: &str) -> Result<Principal, String> {
    let one_user = text.split(':').nth(5).is_some_and(|resource| resource.starts_with("user/")) && !text.contains('*');
    if !one_user {
        return Err(format!("`{}` is not the ARN of an IAM user", shorten(text)));
    }
    parse(text)
}

/// Reads `OWNER/REPO` or `OWNER@ID/REPO@ID`.
pub(in crate::manifest) fn parse_github(text: &str) -> Result<GithubRepository, String> {
    let refuse = |why: &str| Err(format!("`{}` is not a repository: {why}", shorten(text)));
    if text.starts_with("github:") {
        return refuse("leave `github:` out here");
    }
    let Some((owner, repository)) = text.split_once('/') else {
        return refuse("write OWNER/REPO");
    };
    let split = |part: &str| match part.split_once('@') {
        None => Some((part.to_owned(), None)),
        // GitHub's ids are decimal and never 0; `+7` and `007` would not match the token.
        Some((name, id)) if id.bytes().all(|b| b.is_ascii_digit()) && !id.starts_with('0') => {
            id.parse().ok().map(|id| (name.to_owned(), Some(id)))
        }
        Some(_) => None,
    };
    let (Some((owner, owner_id)), Some((repository, repository_id))) = (split(owner), split(repository)) else {
        return refuse("the id after `@` must be a number");
    };
    let owner_ok = (1..=GITHUB_OWNER_MAX).contains(&owner.len())
        && owner.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        && !owner.starts_with('-');
    let repository_ok = (1..=GITHUB_REPOSITORY_MAX).contains(&repository.len())
        && repository.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        && repository != "."
        && repository != "..";
    if !owner_ok || !repository_ok {
        return refuse("write OWNER/REPO with A-Z, a-z, 0-9 and `-_.`, without wildcards");
    }
    if owner_id.is_some() != repository_id.is_some() {
        return refuse("give both ids, OWNER@ID/REPO@ID, or neither");
    }
    Ok(GithubRepository { owner, owner_id, repository, repository_id })
}

/// Reads the ARN of a managed policy: an AWS managed policy, or one that exists in every account of the role.
pub(in crate::manifest) fn parse_policy(text: &str) -> Result<String, String> {
    let refuse = |why: &str| Err(format!("`{}` is not a managed policy: {why}", shorten(text)));
    let (account, resource) = match split_arn(text) {
        Ok(parts) => parts,
        Err(why) => return refuse(why),
    };
    let Some(name) = resource.strip_prefix("policy/") else {
        return refuse("its ARN ends in policy/NAME");
    };
    if account != "aws" && account.parse::<AccountId>().is_err() {
        return refuse("its ARN has `aws` or an account id of 12 digits before policy/");
    }
    if !is_iam_path(name, false) {
        return refuse("a name has A-Z, a-z, 0-9 and `_+=,.@-`");
    }
    Ok(text.to_owned())
}

/// Reads a full git ref, which may contain `*` and `?`.
pub(in crate::manifest) fn parse_ref(text: &str) -> Result<String, String> {
    let name = text.strip_prefix("refs/heads/").or_else(|| text.strip_prefix("refs/tags/"));
    let ok = name.is_some_and(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic() && !b"\\\"'~^:[".contains(&b)));
    if ok && text.len() <= REF_MAX {
        Ok(text.to_owned())
    } else {
        Err(format!("`{}` is not a git ref: write refs/heads/BRANCH or refs/tags/TAG", shorten(text)))
    }
}

/// Reads the name of a role or policy with an optional path; `*` is allowed.
pub(in crate::manifest) fn parse_protected(text: &str) -> Result<String, String> {
    let named = text.bytes().any(|b| b.is_ascii_alphanumeric());
    if named && is_iam_path(text, true) {
        Ok(text.to_owned())
    } else {
        Err(format!("`{}` is not a name in IAM: letters, digits and `_+=,.@-`, with a path before it, and `*`", shorten(text)))
    }
}

/// Reads an action of a policy, `SERVICE:ACTION`; `*` is allowed in the action.
pub(in crate::manifest) fn parse_action(text: &str) -> Result<String, String> {
    let ok = text.split_once(':').is_some_and(|(service, action)| {
        !service.is_empty()
            && service.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !action.is_empty()
            && action.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'*')
    });
    if ok { Ok(text.to_owned()) } else { Err(format!("`{}` is not an action: write SERVICE:ACTION, `*` in the action", shorten(text))) }
}

/// Reads `NAME` or `NAME@KEY`. A name may contain an `@` itself: the account's key follows the last one.
fn parse_permission_set(text: &str, name: &str) -> Result<Principal, String> {
    let (name, account) = match name.rsplit_once('@') {
        None => (name, AccountKey::management()),
        Some((name, key)) => {
            let refuse = |error: crate::name::NameError| {
                format!(
                    "`{}` is not a permission set: after `@` comes the key of an account in this file, and a key {}",
                    shorten(text),
                    error.rule
                )
            };
            (name, key.parse().map_err(refuse)?)
        }
    };
    if (1..=PERMISSION_SET_MAX).contains(&name.len()) && name.bytes().all(is_iam_name_byte) {
        Ok(Principal::PermissionSet(name.to_owned(), account))
    } else {
        Err(format!("`{}` is not a permission set: 1 to {PERMISSION_SET_MAX} of A-Z, a-z, 0-9 and `_+=,.@-`", shorten(text)))
    }
}

fn parse_account(text: &str, rest: &str) -> Result<Principal, String> {
    let refuse = |why: String| format!("`{}` is not a principal: {why}", shorten(text));
    let (key, role) = match rest.split_once('/') {
        None => (rest, None),
        Some((key, role)) => (key, Some(role)),
    };
    let key: AccountKey = key.parse().map_err(|error: crate::name::NameError| refuse(format!("the key {}", error.rule)))?;
    let Some(role) = role else { return Ok(Principal::Account(key)) };
    let name = role.strip_prefix("role/").ok_or_else(|| refuse("write account/KEY or account/KEY/role/NAME".to_owned()))?;
    let last = name.rsplit('/').next().unwrap_or(name);
    if !is_iam_path(name, false) || last.parse::<RoleName>().is_err() {
        return Err(refuse("a role's name has A-Z, a-z, 0-9 and `_+=,.@-`, at most 64".to_owned()));
    }
    Ok(Principal::Role(key, name.to_owned()))
}

fn parse_arn(text: &str) -> Result<(), String> {
    let refuse = |why: &str| Err(format!("`{}` is not a principal: {why}", shorten(text)));
    let (account, resource) = match split_arn(text) {
        Ok(parts) => parts,
        Err(why) => return refuse(why),
    };
    if account.parse::<AccountId>().is_err() {
        return refuse("its ARN has an account id of 12 digits");
    }
    let Some(path) = resource.strip_prefix("role/").or_else(|| resource.strip_prefix("user/")) else {
        return refuse("its ARN names a role/NAME or a user/NAME");
    };
    if path.rsplit_once('/').is_some_and(|(before, _)| before.contains('*')) {
        return refuse("`*` is allowed only in the last part");
    }
    if is_iam_path(path, true) { Ok(()) } else { refuse("a name has A-Z, a-z, 0-9 and `_+=,.@-`") }
}

/// Splits an IAM ARN into account and resource.
fn split_arn(text: &str) -> Result<(&str, &str), &'static str> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [_, _, service, region, account, resource] = parts[..] else {
        return Err("an IAM ARN is arn:aws:iam::ACCOUNT:KIND/NAME");
    };
    match Partition::of_arn(text) {
        Some(Partition::Aws) => {}
        Some(_) => return Err("only partition `aws` is supported"),
        None => return Err("an IAM ARN is arn:aws:iam::ACCOUNT:KIND/NAME"),
    }
    if service == "sts" {
        return Err("a session cannot be trusted: give the ARN of its role, arn:aws:iam::ACCOUNT:role/NAME");
    }
    if service != "iam" || !region.is_empty() {
        return Err("an IAM ARN is arn:aws:iam::ACCOUNT:KIND/NAME");
    }
    Ok((account, resource))
}

/// Returns whether this is a name with an optional path.
fn is_iam_path(text: &str, wildcards: bool) -> bool {
    /// Longest path and name together (IAM: path 512, name 128 at most).
    const LONGEST: usize = 640;
    text.len() <= LONGEST
        && text.split('/').all(|part| !part.is_empty() && part.bytes().all(|b| is_iam_name_byte(b) || (wildcards && b == b'*')))
}

fn is_iam_name_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principals_are_displayed_as_they_are_written() {
        for good in [
            "account/tooling",
            "account/management/role/ci",
            "account/tooling/role/team/ci",
            "arn:aws:iam::111111111111:user/ada",
            "arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_*",
            "sso:AdministratorAccess",
            "sso:Engineers@prod",
            "sso:a@b@prod",
            "github:acme/platform",
            "github:acme@12345/shop@67890",
        ] {
            assert_eq!(parse(good).map(|principal| principal.to_string()).as_deref(), Ok(good));
        }
        for bad in [
            "",
            "prod",
            "account/",
            "account/Prod",
            "account/prod/ci",
            "account/prod/role/",
            "account/prod/role/a//b",
            "account/prod/role/*",
            "arn:aws:iam::111111111111:root",
            "arn:aws:iam::11111111111:user/ada",
            "arn:aws:iam::*:role/x",
            "arn:aws:iam::111111111111:role/*/x",
            "arn:aws-cn:iam::111111111111:role/x",
            "arn:aws:sts::111111111111:assumed-role/x/y",
            "arn:aws:s3:::bucket",
            "arn:",
            "sso:",
            "sso:a b",
            "sso:@prod",
            "sso:X@Prod",
            "sso:X@",
            "github:acme",
            "github:acme/*",
            "github:acme@1/shop",
            "github:acme@x/shop@1",
            "github:acme@01/shop@1",
            "github:acme/shop/x",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn break_glass_and_policies_are_arns() {
        assert!(parse_user("arn:aws:iam::111111111111:user/ada").is_ok());
        for bad in ["sso:X", "arn:aws:iam::111111111111:role/ada", "arn:aws:iam::111111111111:user/*", "arn:aws:iam::1:user/ada"] {
            assert!(parse_user(bad).is_err(), "{bad}");
        }
        assert!(parse_policy("arn:aws:iam::aws:policy/job-function/ViewOnlyAccess").is_ok());
        assert!(parse_policy("arn:aws:iam::111111111111:policy/own").is_ok());
        for bad in [
            "ReadOnlyAccess",
            "arn:aws:iam::aws:role/x",
            "arn:aws:iam::aws:policy/",
            "arn:aws:iam::aws:policy/*",
            "arn:aws:iam::x:policy/y",
        ] {
            assert!(parse_policy(bad).is_err(), "{bad}");
        }
    }
}
