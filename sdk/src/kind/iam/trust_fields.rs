//! A change of a trust policy in words: who may assume the role, and the conditions.
//!
//! A document that these words cannot describe completely is shown by its statements instead, so that nothing is hidden.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::kind::Field;
use crate::kind::change::document_fields;

/// GitHub's token issuer.
const GITHUB: &str = "token.actions.githubusercontent.com";
/// The parts of ARNs of Identity Center's roles around a permission set's name.
const SSO: (&str, &str) = ("/AWSReservedSSO_", "_????????????????");

/// The prefix of landfall's own patterns for them.
const SSO_ANY: &str = "role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_";

/// Returns how two trust policies differ: principals that are added or removed, and conditions.
pub(super) fn fields(from: &str, to: &str) -> Vec<Field> {
    let raw = || document_fields("trust", from, to);
    let (Some(old), Some(new)) = (Trusted::read(from), Trusted::read(to)) else { return raw() };
    // Two spellings of the same words would be an invisible change.
    if old.assume.iter().any(|(word, spelled)| new.assume.get(word).is_some_and(|other| other != spelled)) {
        return raw();
    }
    let mut fields = compared("may assume it", &old.words(), &new.words());
    let (old_labels, new_labels) = (old.label.keys().collect(), new.label.keys().collect());
    // A principal that may assume a role may nearly always name its session as well.
    if !(old.label.keys().eq(old.by_account()) && new.label.keys().eq(new.by_account())) {
        fields.extend(compared("may tag its session", &old_labels, &new_labels));
    }
    let changed = |name: String| Field::of(name, None, None);
    fields.extend(new.asks.difference(&old.asks).map(|ask| changed(format!("asks for {ask} from now on"))));
    fields.extend(old.asks.difference(&new.asks).map(|ask| changed(format!("no longer asks for {ask}"))));
    if new.tags_are_ours != old.tags_are_ours {
        fields.push(changed(
            if new.tags_are_ours { "sessions can have no tags except landfall's" } else { "sessions can have any tags" }.to_owned(),
        ));
    }
    if fields.is_empty() { raw() } else { fields }
}

fn compared(name: &str, old: &BTreeSet<&String>, new: &BTreeSet<&String>) -> Vec<Field> {
    let added = new.difference(old).map(|word| Field::added(name, word));
    added.chain(old.difference(new).map(|word| Field::removed(name, word))).collect()
}

/// The part of a trust policy that words can describe.
#[derive(Debug, Default, PartialEq, Eq)]
struct Trusted {
    /// Who may assume the role, each with its spelling in the document.
    assume: BTreeMap<String, BTreeSet<String>>,
    /// Who may name and tag its sessions.
    label: BTreeMap<String, BTreeSet<String>>,
    /// The conditions for principals of an account.
    asks: BTreeSet<&'static str>,
    /// Whether sessions may only have landfall's tags.
    tags_are_ours: bool,
}

impl Trusted {
    /// Parses a document; `None` if words cannot describe all of it.
    fn read(document: &str) -> Option<Self> {
        let document: Value = serde_json::from_str(document).ok()?;
        let mut trusted = Self::default();
        let mut asks: Option<BTreeSet<&'static str>> = None;
        for statement in document.get("Statement")?.as_array()? {
            let statement = statement.as_object()?;
            let known = ["Sid", "Effect", "Principal", "Action", "Condition"];
            if statement.keys().any(|key| !known.contains(&key.as_str())) || statement.get("Effect")? != "Allow" {
                return None;
            }
            let none = Map::new();
            let conditions = statement.get("Condition").map_or(Some(&none), Value::as_object)?;
            let principal = statement.get("Principal")?.as_object()?;
            let actions = texts(statement.get("Action")?)?;
            match (principal.get("AWS"), principal.get("Federated"), actions.as_slice()) {
                (None, Some(provider), [action]) if action == "sts:AssumeRoleWithWebIdentity" && principal.len() == 1 => {
                    trusted.github(provider, conditions)?;
                }
                (Some(account), None, [action]) if action == "sts:AssumeRole" && principal.len() == 1 => {
                    let (who, own) = who(account, conditions)?;
                    // The conditions are shown once, so they must be the same for all statements.
                    if asks.get_or_insert_with(|| own.clone()) != &own {
                        return None;
                    }
                    trusted.assume.extend(who);
                }
                (Some(account), None, [one, two, three])
                    if principal.len() == 1 && [one, two, three] == ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"] =>
                {
                    let (who, own) = who(account, conditions)?;
                    if !own.is_empty() || !asks.get_or_insert_default().is_empty() {
                        return None;
                    }
                    trusted.assume.extend(who.clone());
                    trusted.label.extend(who);
                }
                (Some(account), None, [one, two])
                    if principal.len() == 1 && [one.as_str(), two.as_str()] == ["sts:SetSourceIdentity", "sts:TagSession"] =>
                {
                    let mut conditions = conditions.clone();
                    if let Some(tags) = conditions.remove("ForAllValues:StringLike") {
                        trusted.tags_are_ours = true;
                        if tags != serde_json::json!({"aws:TagKeys": "landfall:*"}) {
                            return None;
                        }
                    }
                    let (who, own) = who(account, &conditions)?;
                    if !own.is_empty() {
                        return None;
                    }
                    trusted.label.extend(who);
                }
                _ => return None,
            }
        }
        trusted.asks = asks.unwrap_or_default();
        Some(trusted)
    }

    fn github(&mut self, provider: &Value, conditions: &Map<String, Value>) -> Option<()> {
        let provider = provider.as_str()?;
        // Until the provider is created, its ARN is a reference.
        if !provider.ends_with(GITHUB) && !provider.contains("oidc-provider/github") {
            return None;
        }
        let equals = conditions.get("StringEquals")?.as_object()?;
        let like = conditions.get("StringLike")?.as_object()?;
        let claim = |name: &str| format!("{GITHUB}:{name}");
        let ids = equals.get(&claim("repository_id")).map_or(Some(Vec::new()), texts)?;
        let refs = like.get(&claim("ref")).map_or(Some(Vec::new()), texts)?;
        let but = match conditions.get("StringNotLike") {
            Some(but) if *but == serde_json::json!({(claim("sub")): "*:pull_request"}) => Some("but *:pull_request".to_owned()),
            Some(_) => return None,
            None => None,
        };
        let known = 2 + usize::from(!ids.is_empty()) + usize::from(!refs.is_empty());
        if conditions.len() != 2 + usize::from(but.is_some())
            || equals.len() + like.len() != known
            || equals.get(&claim("aud"))? != "sts.amazonaws.com"
        {
            return None;
        }
        let on =
            if refs.is_empty() || refs == ["refs/heads/*", "refs/tags/*"] { String::new() } else { format!(" on {}", refs.join(" or ")) };
        for subject in texts(like.get(&format!("{GITHUB}:sub"))?)? {
            let (repository, context) = subject.strip_prefix("repo:")?.split_once(':')?;
            let (owner, name) = repository.split_once('/')?;
            let plain = |part: &str| part.split('@').next().unwrap_or_default().to_owned();
            let context = match context {
                "ref:refs/heads/*" => "any branch",
                "*" => "any branch or tag",
                other => other,
            };
            let word = format!("github {}/{} {context}{on}", plain(owner), plain(name));
            let spelled = self.assume.entry(word).or_default();
            spelled.extend(refs.iter().chain(&ids).chain(&but).cloned());
            spelled.insert(subject);
        }
        Some(())
    }

    fn words(&self) -> BTreeSet<&String> {
        self.assume.keys().collect()
    }

    /// Returns the principals of an account.
    fn by_account(&self) -> impl Iterator<Item = &String> {
        self.assume.keys().filter(|word| !word.starts_with("github "))
    }
}

/// The principals of a statement, and its conditions.
type Who = (BTreeMap<String, BTreeSet<String>>, BTreeSet<&'static str>);

fn who(account: &Value, conditions: &Map<String, Value>) -> Option<Who> {
    let principal = account.as_str()?;
    let account = account_of(principal)?;
    let (mut who, mut asks) = (BTreeMap::<String, BTreeSet<String>>::new(), BTreeSet::new());
    for (operator, keys) in conditions {
        let keys = keys.as_object()?;
        for (key, value) in keys {
            match (operator.as_str(), key.as_str(), texts(value)?.as_slice()) {
                ("ArnLike", "aws:PrincipalArn", patterns) => {
                    for pattern in patterns {
                        who.entry(named(&account, pattern)?).or_default().insert(pattern.clone());
                    }
                }
                ("Null", "aws:RequestTag/landfall:reason", [no]) if no == "false" => {
                    asks.insert("a reason");
                }
                // Both mean one condition: a tag that exists may still be empty.
                ("StringLike", "aws:RequestTag/landfall:reason", [any]) if any == "?*" => {
                    asks.insert("a reason");
                }
                ("Bool", "aws:MultiFactorAuthPresent", [yes]) if yes == "true" => {
                    asks.insert("a fresh second factor");
                }
                ("NumericLessThan", "aws:MultiFactorAuthAge", [age]) if age == "3600" => {
                    asks.insert("a fresh second factor");
                }
                _ => return None,
            }
        }
    }
    if who.is_empty() {
        who.entry(account).or_default().insert(principal.to_owned());
    }
    Some((who, asks))
}

/// Returns the account of `arn:aws:iam::ACCOUNT:root`, which IAM also takes and gives as the bare id.
fn account_of(principal: &str) -> Option<String> {
    if principal.len() == 12 && principal.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(principal.to_owned());
    }
    let account = principal.strip_prefix("arn:")?.split_once(":iam::")?.1.strip_suffix(":root")?;
    Some(account.to_owned())
}

/// Returns a pattern of principals as it is written in a manifest: `sso:Engineers`, `ACCOUNT/role/ci`.
fn named(account: &str, pattern: &str) -> Option<String> {
    let path = pattern.strip_prefix("arn:")?.split_once(":iam::")?.1.strip_prefix(account)?.strip_prefix(':')?;
    // One pattern for both forms of the role's ARN, with a Region in its path and without.
    if let Some(name) = path.strip_prefix(SSO_ANY).and_then(|rest| rest.strip_suffix(SSO.1)) {
        return Some(format!("{account}/sso:{name}"));
    }
    if let Some((before, rest)) = path.split_once(SSO.0)
        && matches!(before, "role/aws-reserved/sso.amazonaws.com" | "role/aws-reserved/sso.amazonaws.com/*")
        && let Some(name) = rest.strip_suffix(SSO.1)
    {
        return Some(format!("{account}/sso:{name}"));
    }
    Some(format!("{account}/{path}"))
}

fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sso(name: &str) -> Value {
        let role = format!("AWSReservedSSO_{name}_????????????????");
        json!([
            format!("arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/{role}"),
            format!("arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/*/{role}"),
        ])
    }

    /// Returns a trust as landfall writes it: these patterns of the management account, with or without a reason.
    fn trust(patterns: &Value, with_reason: bool, more: &[Value]) -> String {
        let principal = json!({"AWS": "arn:aws:iam::111111111111:root"});
        let like = json!({"aws:PrincipalArn": patterns});
        let mut conditions = json!({"ArnLike": like});
        if with_reason {
            conditions["Null"] = json!({"aws:RequestTag/landfall:reason": "false"});
            conditions["StringLike"] = json!({"aws:RequestTag/landfall:reason": "?*"});
        }
        let mut statements = vec![
            json!({"Sid": "Assume1", "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": conditions}),
            json!({"Sid": "Label1", "Effect": "Allow", "Principal": principal, "Action": ["sts:SetSourceIdentity", "sts:TagSession"],
                "Condition": {"ArnLike": like}}),
        ];
        statements.extend_from_slice(more);
        json!({"Version": "2012-10-17", "Statement": statements}).to_string()
    }

    fn github(subjects: &[&str]) -> Value {
        json!({"Sid": "Github", "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": {"Federated": format!("arn:aws:iam::222222222222:oidc-provider/{GITHUB}")},
            "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
                "StringLike": {"token.actions.githubusercontent.com:sub": subjects}}})
    }

    fn shown(from: &str, to: &str) -> Vec<String> {
        fields(from, to).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn added_and_removed_principals_are_shown_in_words() {
        let engineers = trust(&sso("Engineers"), false, &[]);
        assert_eq!(
            shown(&engineers, &trust(&sso("AdministratorAccess"), true, &[])),
            [
                "may assume it  + 111111111111/sso:AdministratorAccess",
                "may assume it  - 111111111111/sso:Engineers",
                "asks for a reason from now on",
            ]
        );
        assert_eq!(shown(&trust(&sso("A"), true, &[]), &trust(&sso("A"), false, &[])), ["no longer asks for a reason"]);
        let classic = ["repo:kestrel/platform:environment:prod", "repo:kestrel/platform:ref:refs/heads/*"];
        assert_eq!(
            shown(&engineers, &trust(&sso("Engineers"), false, &[github(&classic)])),
            ["may assume it  + github kestrel/platform any branch", "may assume it  + github kestrel/platform environment:prod"]
        );
        let role = json!("arn:aws:iam::111111111111:role/ci");
        assert_eq!(
            shown(&engineers, &trust(&role, false, &[])),
            ["may assume it  + 111111111111/role/ci", "may assume it  - 111111111111/sso:Engineers"]
        );
    }

    /// What words cannot describe is shown as in the document.
    #[test]
    fn nothing_is_hidden_behind_words() {
        let engineers = trust(&sso("Engineers"), false, &[]);
        let anybody = json!({"Sid": "Any", "Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"});
        let deny = json!({"Sid": "No", "Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"});
        let service = json!({"Sid": "S", "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"});
        let other = json!({"Sid": "O", "Effect": "Allow", "Principal": {"AWS": "999999999999"}, "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "x"}}});
        for statement in [anybody, deny, service, other] {
            let sid = statement["Sid"].as_str().expect("named").to_owned();
            let shown = shown(&engineers, &trust(&sso("Engineers"), false, &[statement]));
            assert!(shown.len() == 1 && shown[0].starts_with(&format!("trust {sid}  + {{")), "{shown:?}");
        }
        let ids = trust(&sso("E"), false, &[github(&["repo:a/b:environment:prod", "repo:a@1/b@2:environment:prod"])]);
        let classic = trust(&sso("E"), false, &[github(&["repo:a/b:environment:prod"])]);
        assert!(shown(&classic, &ids)[0].contains("repo:a@1/b@2:environment:prod"), "{:?}", shown(&classic, &ids));
        assert!(shown(&engineers, "no JSON")[0].starts_with("trust  {"));
    }
}
