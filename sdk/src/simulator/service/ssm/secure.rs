//! Secure strings: KMS decides who may write and read their values. Nothing is encrypted; what a reader without decryption gets in place of
//! the value follows from the name and the version alone.

use super::name::{arn, failure};
use crate::simulator::authorize::Call;
use crate::simulator::failure::Failure;
use crate::simulator::service::kms::{KeyUse, Refusal};
use crate::simulator::world::{ParameterKind, ParameterTier, ParameterVersion, World};

/// What a value is bound to: the name of the encryption context's one member (docs/AWS.md 8.1).
const BOUND_TO: &str = "PARAMETER_ARN";

/// Encrypts a value for the caller, and returns the ARN of the key.
///
/// Standard parameters are encrypted by KMS itself, advanced ones with a data key (docs/AWS.md 8.1).
pub(super) fn encrypt(world: &mut World, call: &Call<'_>, name: &str, key_id: &str, tier: ParameterTier) -> Result<String, Failure> {
    let action = match tier {
        ParameterTier::Standard => "kms:Encrypt",
        ParameterTier::Advanced => "kms:GenerateDataKey",
    };
    let arn = arn(call, name)?;
    world.use_key(call, key_id, KeyUse { action, context: &[(BOUND_TO, &arn)] }).map_err(refused)
}

/// Returns the value of a version as the caller may see it.
pub(super) fn reveal(world: &World, call: &Call<'_>, name: &str, version: &ParameterVersion, decrypt: bool) -> Result<String, Failure> {
    let ParameterKind::SecureString { key, .. } = &version.kind else { return Ok(version.value.expose().to_owned()) };
    let arn = arn(call, name)?;
    if !decrypt {
        let stand_in = format!("landfall's simulator encrypts nothing: version {} of {arn}", version.number);
        return Ok(format!("AQICAH{}", aws_smithy_types::base64::encode(stand_in)));
    }
    world.use_key_again(call, key, KeyUse { action: "kms:Decrypt", context: &[(BOUND_TO, &arn)] }).map_err(refused)?;
    Ok(version.value.expose().to_owned())
}

/// Systems Manager passes on what KMS says.
fn refused(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::Other(failure) => failure,
        Refusal::Denied(_) => failure("AccessDeniedException", refusal.told()),
        Refusal::NotFound(_) | Refusal::Unusable { .. } => failure("InvalidKeyId", refusal.told()),
    }
}
