//! KMS decides who may write and read values; nothing is encrypted. Each version has the key that it was written with.

use super::name::failure;
use crate::simulator::authorize::Call;
use crate::simulator::failure::Failure;
use crate::simulator::service::kms::{KeyUse, Refusal, usual_key};
use crate::simulator::world::World;

/// Names of what a value is bound to (docs/AWS.md 8.2).
const SECRET: &str = "SecretARN";
const VERSION: &str = "SecretVersionId";

/// The value that a key is used for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound<'a> {
    pub(super) arn: &'a str,
    pub(super) version: &'a str,
}

/// Encrypts a value for the caller, and returns the ARN of the key. Where the key is new to the secret, the caller must be able to decrypt,
/// too (docs/AWS.md 8.2).
pub(super) fn encrypt(world: &mut World, call: &Call<'_>, key: Option<&str>, bound: Bound<'_>, is_new: bool) -> Result<String, Failure> {
    let usual = usual_key(call);
    let key = key.unwrap_or(&usual);
    let context = [(SECRET, bound.arn), (VERSION, bound.version)];
    let encrypt = KeyUse { action: "kms:GenerateDataKey", context: &context };
    let used = world.use_key(call, key, encrypt).map_err(|refusal| refused(refusal, "EncryptionFailure"))?;
    if is_new {
        world
            .use_key_again(call, &used, KeyUse { action: "kms:Decrypt", ..encrypt })
            .map_err(|refusal| refused(refusal, "EncryptionFailure"))?;
    }
    Ok(used)
}

/// Decrypts a value for the caller.
pub(super) fn decrypt(world: &World, call: &Call<'_>, key: &str, bound: Bound<'_>) -> Result<(), Failure> {
    let context = [(SECRET, bound.arn), (VERSION, bound.version)];
    let decrypt = KeyUse { action: "kms:Decrypt", context: &context };
    world.use_key_again(call, key, decrypt).map_err(|refusal| refused(refusal, "DecryptionFailure"))
}

/// Secrets Manager does not say which permission of KMS is missing.
fn refused(refusal: Refusal, unusable: &'static str) -> Failure {
    match refusal {
        Refusal::Other(failure) => failure,
        Refusal::Denied(_) => failure("AccessDeniedException", "Access to KMS is not allowed"),
        Refusal::Unusable { .. } => failure(unusable, refusal.told()),
        Refusal::NotFound(_) if unusable == "DecryptionFailure" => failure(unusable, refusal.told()),
        Refusal::NotFound(_) => {
            failure("InvalidParameterException", format!("The operation failed because of an invalid KMS key: {}", refusal.told()))
        }
    }
}
