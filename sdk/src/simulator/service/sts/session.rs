//! The parts that both ways to get a session share: the parameters, the limits, the credentials.

use serde_json::{Value, json};

use crate::id::AccountId;
use crate::simulator::authorize::Call;
use crate::simulator::failure::Failure;
use crate::simulator::managed_policies::managed_document;
use crate::simulator::stored::StoredDocument;
use crate::simulator::wire::Params;
use crate::simulator::world::{Account, Credential, Role, SECRET, Session, Who, World};

/// Shortest and longest session in seconds, whatever the role says (docs/AWS.md 2.1).
const DURATION: std::ops::RangeInclusive<i64> = 900..=43_200;
const DURATION_DEFAULT: i64 = 3600;
/// Inline session policy and ARNs together, in characters (docs/AWS.md 2.1).
pub(super) const PACKED_MAX: usize = 2048;
/// Longest token that can be requested (docs/AWS.md 2.1).
const TOKEN_MAX: i64 = 4096;
/// Most managed session policies (docs/AWS.md 2.1).
pub(super) const POLICY_ARNS_MAX: usize = 10;

/// The parameters of a session request.
pub(super) struct Wanted<'a> {
    pub(super) role_arn: &'a str,
    pub(super) name: &'a str,
    /// In seconds.
    pub(super) duration: i64,
    pub(super) policy: Option<StoredDocument>,
    pub(super) policy_arns: Vec<String>,
    /// In characters; for testing long tokens.
    pub(super) token_size: usize,
}

impl<'a> Wanted<'a> {
    /// Reads the parameters that both calls share.
    pub(super) fn read(params: &Params<'a>) -> Result<Self, Failure> {
        let (role_arn, name) = (params.text("RoleArn")?, params.text("RoleSessionName")?);
        check_alphabet(params, "RoleSessionName", name)?;
        let duration = params.optional_integer("DurationSeconds", DURATION)?.unwrap_or(DURATION_DEFAULT);
        let policy = params.optional_text("Policy")?;
        let mut policy_arns = Vec::new();
        for structure in params.structures("PolicyArns")? {
            policy_arns.push(structure.text("arn")?.to_owned());
            structure.finish()?;
        }
        if policy_arns.len() > POLICY_ARNS_MAX {
            return Err(params.invalid("PolicyArns", "Member must have length less than or equal to 10"));
        }
        let size = policy.map_or(0, |policy| policy.chars().count()) + policy_arns.iter().map(String::len).sum::<usize>();
        if size > PACKED_MAX {
            let message = "The packed size of the session policies and tags exceeds the limit.";
            return Err(Failure::new("PackedPolicyTooLarge", 400, message));
        }
        let malformed = |error: crate::aws::policy::PolicyError| Failure::malformed_policy(error.to_string());
        let policy: Option<StoredDocument> = policy.map(|text| text.parse().map_err(malformed)).transpose()?;
        if let Some(policy) = &policy {
            policy.document().check_identity().map_err(malformed)?;
        }
        let token_size = params.optional_integer("MinimumSessionTokenSize", 0..=TOKEN_MAX)?.unwrap_or(0);
        Ok(Self { role_arn, name, duration, policy, policy_arns, token_size: usize::try_from(token_size).unwrap_or_default() })
    }
}

/// Checks a session name or source identity (docs/AWS.md 2.1).
pub(super) fn check_alphabet(params: &Params<'_>, member: &str, text: &str) -> Result<(), Failure> {
    let ok = (2..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b));
    if ok { Ok(()) } else { Err(params.invalid(member, "Member must satisfy regular expression pattern: [\\w+=,.@-]{2,64}")) }
}

/// Finds the role with an ARN, if it can already be assumed.
///
/// # Errors
///
/// Fails if STS in the Region does not serve the account yet.
pub(super) fn find_role<'w>(world: &'w World, call: &Call<'_>, arn: &str) -> Result<Option<(&'w Account, &'w Role)>, Failure> {
    let mut parts = arn.splitn(6, ':');
    let (account, resource) = (parts.nth(4), parts.next());
    let account = account.and_then(|account| account.parse::<AccountId>().ok());
    let Some((account, path)) = account.zip(resource.and_then(|resource| resource.strip_prefix("role/"))) else {
        return Err(Failure::validation(format!("{arn} is invalid")));
    };
    let Some(account) = world.accounts.get(&account) else { return Ok(None) };
    let (timing, age) = (world.timing(), account.age(call.now));
    let is_new = !account.is_management();
    if is_new && call.region != "us-east-1" && age < timing.sts_region {
        let message = format!(
            "STS is not activated in this region for account:{}. Your account administrator can activate STS in this region using the IAM Console.",
            account.id
        );
        return Err(Failure::new("RegionDisabledException", 403, message));
    }
    if !account.is_open() || (is_new && age < timing.access_role) {
        return Ok(None);
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    let role = account.iam.role(name).filter(|role| role.arn == arn && role.arrives <= call.now);
    Ok(role.map(|role| (account, role)))
}

/// Checks that managed session policies exist in the role's account.
pub(super) fn check_policy_arns(account: &Account, arns: &[String]) -> Result<(), Failure> {
    match arns.iter().find(|arn| managed_document(arn).is_none() && !account.iam.policies.contains_key(*arn)) {
        Some(arn) => Err(Failure::malformed_policy(format!("The policy {arn} does not exist."))),
        None => Ok(()),
    }
}

/// Creates the credentials of a session, and returns the members of the answer that contain them.
pub(super) fn begin(world: &mut World, call: &Call<'_>, who: Who, wanted: &Wanted<'_>, session: Session) -> Value {
    let packed = session.policy.as_ref().map_or(0, |policy| policy.text().len())
        + session.policy_arns.iter().map(String::len).sum::<usize>()
        + session.tags.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>();
    let source_identity = session.source_identity.clone();
    let (credentials, credential) = issue(world, call, who, wanted.duration, wanted.token_size, session);
    let (arn, id) = (world.caller(&credential).shown_arn().to_owned(), world.user_id(&credential));
    json!({
        "Credentials": credentials,
        "AssumedRoleUser": { "AssumedRoleId": id, "Arn": arn },
        // AWS compresses before it measures; here it is the share of the plain text's limit.
        "PackedPolicySize": (packed > 0).then(|| (packed * 50 / PACKED_MAX).clamp(1, 100)),
        "SourceIdentity": source_identity,
        "SessionTokenSize": credential.token.as_deref().map(str::len),
    })
}

/// Creates and stores the credentials of a session with this duration in seconds; returns them for the answer and as stored.
pub(super) fn issue(
    world: &mut World,
    call: &Call<'_>,
    who: Who,
    duration: i64,
    token_size: usize,
    session: Session,
) -> (Value, Credential) {
    let expires = call.now.plus(std::time::Duration::from_secs(u64::try_from(duration).unwrap_or_default()));
    let mut token = world.lower_id("simulated-session-token-", 12);
    token.extend(std::iter::repeat_n('x', token_size.saturating_sub(token.len())));
    let credential = Credential { who, token: Some(token.clone()), made: call.now, expires: Some(expires), session };
    let key = world.keep_credential(call.now, "ASIA", credential.clone());
    (json!({ "AccessKeyId": key, "SecretAccessKey": SECRET, "SessionToken": token, "Expiration": expires.iso() }), credential)
}
