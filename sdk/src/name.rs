//! Names that people choose: organization, accounts, environments, units, roles, e-mails, Regions.
//!
//! Each is parsed once and then only compared and printed; a value of these types is valid. Ids that AWS chooses are in [`id`](crate::id).

mod dollars;
mod nearest;
mod retention;
mod store;

pub use dollars::{Dollars, NotAnAmount};
pub use nearest::nearest;
pub use retention::Retention;
pub use store::Store;

/// Why a text is not a valid name: the rule, as a fragment that follows the quoted text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` {rule}")]
pub struct NameError {
    /// The text that was refused.
    pub text: String,
    /// The rule that it breaks, for example `is longer than 20 characters`.
    pub rule: String,
}

impl NameError {
    pub(crate) fn new(text: &str, rule: impl Into<String>) -> Self {
        // A refused text can be a whole file; an error shows only its beginning.
        let mut shown: String = text.chars().take(64).collect();
        if shown.len() < text.len() {
            shown.push('…');
        }
        Self { text: shown, rule: rule.into() }
    }
}

/// Defines a newtype of a text that can only be made by a check.
macro_rules! text_newtype {
    ($(#[$doc:meta])* $name:ident, $check:path) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Returns the text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::name::NameError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $check(text).map_err(|rule: String| crate::name::NameError::new(text, rule))?;
                Ok(Self(text.to_owned()))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(&self.0, f)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use text_newtype;

/// Longest organization name; it begins S3 bucket names (63 characters) that also carry an account id and a Region.
pub const ORGANIZATION_NAME_MAX: usize = 20;
/// Longest key of an account, environment or workload: `<org>-<key>` must fit AWS's 50 characters for an account name.
pub const KEY_MAX: usize = 30;
/// Longest unit name (Organizations API, `OrganizationalUnitName`).
pub const UNIT_NAME_MAX: usize = 128;
/// Deepest nesting of units below the root (Organizations quotas).
pub const UNIT_DEPTH_MAX: usize = 5;
/// Longest IAM role name.
pub const ROLE_NAME_MAX: usize = 64;
/// Shortest and longest account e-mail that `CreateAccount` takes.
pub const EMAIL_LENGTH: std::ops::RangeInclusive<usize> = 6..=64;

text_newtype! {
    /// The organization's name: `[a-z][a-z0-9-]*[a-z0-9]`, 2 to 20 characters, no `--`.
    ///
    /// It is the prefix of everything that needs a global name, and cannot change afterwards.
    OrganizationName, organization_name
}

text_newtype! {
    /// The key of an account in the manifest: `prod`, `payments-dev`, `log-archive`.
    ///
    /// Same alphabet as [`OrganizationName`], 1 to 30 characters.
    AccountKey, key
}

text_newtype! {
    /// The name of an environment: `dev`, `staging`, `prod`. Same rule as [`AccountKey`].
    EnvironmentName, key
}

text_newtype! {
    /// The name of a workload: `payments`. Same rule as [`AccountKey`].
    WorkloadName, key
}

text_newtype! {
    /// The name of an app: `shop`. Same rule as [`OrganizationName`].
    AppName, organization_name
}

text_newtype! {
    /// The key of a setting or secret of an app: `[a-z][a-z0-9_]*`, at most 63 characters. As a variable it is in upper case.
    ///
    /// Not `aws_…`, `landfall_…` and `ssm…`, which AWS's programs, landfall and Parameter Store have, nor a variable by which systems find and
    /// load programs, such as `path` and `ld_preload`.
    SettingKey, setting_key
}

text_newtype! {
    /// The name of a guardrail: `base`, `strict`, `deny-public-ami`. Same rule as [`AccountKey`], at most 64 characters.
    GuardrailName, guardrail_name
}

text_newtype! {
    /// The name of an IAM role or policy: `[A-Za-z0-9_+=,.@-]`, 1 to 64 characters.
    RoleName, role_name
}

text_newtype! {
    /// An account's alias, unique in all of AWS: a-z, 0-9 and single hyphens, 3 to 63 characters.
    AccountAlias, account_alias
}

text_newtype! {
    /// An e-mail address that `CreateAccount` takes. Compare with [`Email::same`]: letter case does not count.
    Email, email
}

text_newtype! {
    /// A Region's code, for example `eu-west-1`. The syntax is checked here, its existence where a manifest is read.
    Region, region
}

text_newtype! {
    /// A unit's path from the root: `Workloads/Production`. One to five names, each 1 to 128 characters.
    UnitPath, unit_path
}

impl AccountKey {
    /// The management account's key; reserved, never in a manifest.
    pub const MANAGEMENT: &'static str = "management";
    /// The log archive's key; reserved, made by landfall.
    pub const LOG_ARCHIVE: &'static str = "log-archive";

    /// Returns the key of the management account.
    #[must_use]
    pub fn management() -> Self {
        Self(Self::MANAGEMENT.to_owned())
    }

    /// Returns the key of the log archive.
    #[must_use]
    pub fn log_archive() -> Self {
        Self(Self::LOG_ARCHIVE.to_owned())
    }

    /// Returns whether this is the management account's key.
    #[must_use]
    pub fn is_management(&self) -> bool {
        self.0 == Self::MANAGEMENT
    }

    /// Returns whether this is the log archive's key.
    #[must_use]
    pub fn is_log_archive(&self) -> bool {
        self.0 == Self::LOG_ARCHIVE
    }
}

impl Email {
    /// Returns whether both name the same mailbox for AWS, which ignores letter case.
    #[must_use]
    pub fn same(&self, other: &str) -> bool {
        self.0.eq_ignore_ascii_case(other)
    }
}

impl UnitPath {
    /// Returns the last name of the path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// Returns the path without its last name, or `None` for a top-level unit.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        self.0.rsplit_once('/').map(|(parent, _)| Self(parent.to_owned()))
    }

    /// Returns the path and all its parents, outermost first.
    #[must_use]
    pub fn with_parents(&self) -> Vec<Self> {
        let mut path = String::new();
        self.0
            .split('/')
            .map(|name| {
                if !path.is_empty() {
                    path.push('/');
                }
                path.push_str(name);
                Self(path.clone())
            })
            .collect()
    }

    /// Returns whether this unit is `other` or below it.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.0 == other.0 || self.0.strip_prefix(&other.0).is_some_and(|rest| rest.starts_with('/'))
    }
}

fn organization_name(text: &str) -> Result<(), String> {
    if text.len() < 2 || text.len() > ORGANIZATION_NAME_MAX {
        return Err(format!("must have 2 to {ORGANIZATION_NAME_MAX} characters"));
    }
    lower_words(text)
}

fn key(text: &str) -> Result<(), String> {
    if text.is_empty() || text.len() > KEY_MAX {
        return Err(format!("must have 1 to {KEY_MAX} characters"));
    }
    lower_words(text)
}

fn guardrail_name(text: &str) -> Result<(), String> {
    if text.is_empty() || text.len() > 64 {
        return Err("must have 1 to 64 characters".to_owned());
    }
    lower_words(text)
}

/// Lower-case letters, digits and single hyphens; begins with a letter, ends with a letter or digit.
fn lower_words(text: &str) -> Result<(), String> {
    let ok = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && !text.ends_with('-')
        && !text.contains("--");
    if ok {
        Ok(())
    } else {
        Err("must have a-z, 0-9 and single hyphens only, begin with a letter and end with a letter or digit".to_owned())
    }
}

fn role_name(text: &str) -> Result<(), String> {
    if text.is_empty() || text.len() > ROLE_NAME_MAX {
        return Err(format!("must have 1 to {ROLE_NAME_MAX} characters"));
    }
    if text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b)) {
        Ok(())
    } else {
        Err("may have A-Z, a-z, 0-9 and `_+=,.@-` only".to_owned())
    }
}

fn setting_key(text: &str) -> Result<(), String> {
    const LONGEST: usize = 63;
    const SYSTEM: [&str; 19] = [
        "bash_env",
        "env",
        "git_ssh",
        "git_ssh_command",
        "home",
        "ifs",
        "java_tool_options",
        "node_options",
        "path",
        "perl5lib",
        "perl5opt",
        "prompt_command",
        "pwd",
        "pythonpath",
        "pythonstartup",
        "rubyopt",
        "shell",
        "tmpdir",
        "user",
    ];
    const LOADERS: [&str; 3] = ["dyld_", "glibc_", "ld_"];
    const RESERVED: [&str; 3] = ["aws_", "landfall_", "ssm"];
    let is_inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    if !text.starts_with(|c: char| c.is_ascii_lowercase()) || !text.bytes().all(is_inner) {
        return Err("must have a-z, 0-9 and `_` only, and begin with a letter".to_owned());
    }
    if text.len() > LONGEST {
        return Err(format!("is longer than {LONGEST} characters"));
    }
    if SYSTEM.contains(&text) || LOADERS.iter().any(|prefix| text.starts_with(prefix)) {
        return Err("is a variable that systems find or load programs by".to_owned());
    }
    match RESERVED.iter().find(|reserved| text.starts_with(**reserved)) {
        Some(reserved) => Err(format!("begins with `{reserved}`, which is reserved")),
        None => Ok(()),
    }
}

/// The rules of `CreateAccountAlias` (docs/AWS.md D.15). Twelve digits would be an account's id.
fn account_alias(text: &str) -> Result<(), String> {
    let is_inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if !(3..=63).contains(&text.len()) {
        return Err("must have 3 to 63 characters".to_owned());
    }
    if !text.bytes().all(is_inner) || text.starts_with('-') || text.ends_with('-') || text.contains("--") {
        return Err("must have a-z, 0-9 and single hyphens only, and begin and end with a letter or digit".to_owned());
    }
    if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
        return Err("must not be twelve digits, like an account's id".to_owned());
    }
    Ok(())
}

/// The rules of `CreateAccount`'s `Email` (docs/AWS.md 1.5).
fn email(text: &str) -> Result<(), String> {
    if !text.is_ascii() {
        return Err("must be plain ASCII".to_owned());
    }
    if !EMAIL_LENGTH.contains(&text.len()) {
        return Err(format!("must have {} to {} characters, this has {}", EMAIL_LENGTH.start(), EMAIL_LENGTH.end(), text.len()));
    }
    let mut parts = text.split('@');
    let (Some(local), Some(domain), None) = (parts.next(), parts.next(), parts.next()) else {
        return Err("must have exactly one `@`".to_owned());
    };
    if local.is_empty() || local.starts_with('.') {
        return Err("must have something before the `@` that does not begin with a dot".to_owned());
    }
    if let Some(bad) = local.chars().find(|c| c.is_whitespace() || c.is_control() || "\"'()<>[]:;,\\|%&".contains(*c)) {
        return Err(format!("has {bad:?} before the `@`, which AWS refuses"));
    }
    let edges_ok = !domain.starts_with(['-', '.']) && !domain.ends_with(['-', '.']);
    let body_ok =
        domain.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.') && domain.contains('.') && !domain.contains("..");
    if edges_ok && body_ok { Ok(()) } else { Err("must have a domain such as `example.com` after the `@`".to_owned()) }
}

fn region(text: &str) -> Result<(), String> {
    let parts: Vec<&str> = text.split('-').collect();
    let ok = parts.len() >= 3
        && text.len() <= 32
        && parts.iter().all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
        && parts.last().is_some_and(|p| p.bytes().all(|b| b.is_ascii_digit()));
    if ok { Ok(()) } else { Err("is not a Region code such as `eu-west-1`".to_owned()) }
}

fn unit_path(text: &str) -> Result<(), String> {
    let names: Vec<&str> = text.split('/').collect();
    if names.len() > UNIT_DEPTH_MAX {
        return Err(format!("is {} units deep, AWS allows {UNIT_DEPTH_MAX}", names.len()));
    }
    for name in names {
        if name.is_empty() {
            return Err("has an empty name between slashes".to_owned());
        }
        if name.len() > UNIT_NAME_MAX {
            return Err(format!("has a name longer than {UNIT_NAME_MAX} characters"));
        }
        // The address of a unit goes into a tag: the tag alphabet is the alphabet (docs/AWS.md D.7).
        if name.trim() != name || !name.chars().all(|c| c.is_ascii_alphanumeric() || " _.+-@".contains(c)) {
            return Err("may have A-Z, a-z, 0-9, inner spaces and `_.+-@` in its names".to_owned());
        }
    }
    Ok(())
}

/// Parses a name that is a literal in this crate; a test parses each of them.
#[cfg(any(feature = "operate", feature = "simulator", test))]
pub(crate) fn literal<T>(text: &str) -> T
where
    T: std::str::FromStr,
    T::Err: std::fmt::Debug,
{
    text.parse().expect("names written in this crate are valid")
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::*;

    fn check<T: FromStr<Err = NameError>>(good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(text.parse::<T>().is_ok(), "{text} should be accepted");
        }
        for text in bad {
            assert!(text.parse::<T>().is_err(), "{text} should be refused");
        }
    }

    #[test]
    fn organization_names() {
        check::<OrganizationName>(
            &["acme", "a1", "north-wind-2"],
            &["", "a", "Acme", "1acme", "acme-", "a--b", "acme_x", "abcdefghijklmnopqrstu", "ac\0me"],
        );
    }

    #[test]
    fn account_aliases() {
        check::<AccountAlias>(
            &["acme-prod", "abc", "1st", &"a".repeat(63)],
            &["", "ab", "Acme", "acme_prod", "-acme", "acme-", "ac--me", "123456789012", &"a".repeat(64), "süd"],
        );
    }

    #[test]
    fn emails() {
        check::<Email>(
            &["aws+prod@acme.example", "a@b.co", "x.y-z@a-b.example"],
            &["", "a@b", "a@@b.co", ".a@b.co", "a b@c.de", "a%b@c.de", "a@b.co.", "a@-b.co", "ä@b.example", "a@b..co", "a,b@c.de"],
        );
        assert!("Aws@Acme.example".parse::<Email>().expect("valid").same("aws@acme.EXAMPLE"));
    }

    #[test]
    fn unit_paths() {
        check::<UnitPath>(&["Security", "Workloads/Production", "a/b/c/d/e"], &["", "/a", "a/", "a//b", "a/b/c/d/e/f", " a", "a<b"]);
        let path: UnitPath = literal("A/B/C");
        assert_eq!(path.name(), "C");
        assert_eq!(path.parent(), Some(literal("A/B")));
        assert_eq!(path.with_parents(), vec![literal::<UnitPath>("A"), literal("A/B"), literal("A/B/C")]);
        assert!(path.is_within(&literal("A")) && !literal::<UnitPath>("AB").is_within(&literal("A")));
    }

    /// A letter of another alphabet is a letter, too, so a message that only says "letters" does not help.
    #[test]
    fn an_error_about_a_letter_names_the_valid_letters() {
        fn rule<T: FromStr<Err = NameError> + std::fmt::Debug>(text: &str) -> &'static str {
            let rule = text.parse::<T>().expect_err(text).rule;
            if rule.contains("A-Z, a-z, 0-9") {
                "both cases"
            } else if rule.contains("a-z, 0-9") {
                "lower case"
            } else {
                "none"
            }
        }
        assert_eq!(rule::<OrganizationName>("müller"), "lower case");
        assert_eq!(rule::<AccountKey>("süd"), "lower case");
        assert_eq!(rule::<GuardrailName>("süd"), "lower case");
        assert_eq!(rule::<RoleName>("Prüfer"), "both cases");
        assert_eq!(rule::<UnitPath>("Infrastruktur Süd"), "both cases");
        assert_eq!(rule::<UnitPath>("R&D"), "both cases");
    }

    #[test]
    fn regions() {
        check::<Region>(&["eu-west-1", "us-gov-west-1", "mx-central-1"], &["", "eu", "eu-west", "EU-WEST-1", "eu-west-x", "eu west 1"]);
    }
}
