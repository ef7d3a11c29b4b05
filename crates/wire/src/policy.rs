//! Policies as bytes, and the digest that names one.

use domain::digest::Digest;
use domain::policy::Policy;
use prost::Message as _;
use sha2::{Digest as _, Sha256};

use crate::convert::Message as _;
use crate::error::{DecodeError, VerifyError};
use crate::pb;
use crate::signature::{Kind, PublicKey, SigningKeyPair};

/// Longest policy.
const POLICY_BYTES_MAX: usize = 256 * 1024;

/// The policy, canonically encoded.
#[must_use]
pub fn encode_policy(policy: &Policy) -> Vec<u8> {
    policy.put().encode_to_vec()
}

/// Reads a policy. Whether its numbers are within bounds is checked in `decision`.
///
/// # Errors
/// Too long, no protobuf, a malformed field, or a digest that is not its own.
pub fn decode_policy(bytes: &[u8]) -> Result<Policy, DecodeError> {
    if bytes.len() > POLICY_BYTES_MAX {
        let (size, limit) = (bytes.len(), POLICY_BYTES_MAX);
        return Err(DecodeError::TooLarge {
            what: "a policy",
            size,
            limit,
        });
    }
    let policy = Policy::take(pb::Policy::decode(bytes)?)?;
    if policy.digest != policy_digest(&policy) {
        return Err(DecodeError::field("is not the digest of this policy").inside("digest"));
    }
    Ok(policy)
}

/// SHA-256 over the canonical encoding without the digest.
#[must_use]
pub fn policy_digest(policy: &Policy) -> Digest {
    let mut raw = policy.put();
    raw.digest = Vec::new();
    Digest(Sha256::digest(raw.encode_to_vec()).into())
}

/// The policy as the region sends it.
#[must_use]
pub fn sign_policy(policy: &Policy, key: &SigningKeyPair) -> Vec<u8> {
    key.sign(Kind::Policy, encode_policy(policy))
        .encode_to_vec()
}

/// Reads a policy that the region sent.
///
/// # Errors
/// As [`decode_policy`], or a signature that is not the region's.
pub fn verify_policy(bytes: &[u8], key: &PublicKey) -> Result<Policy, VerifyError> {
    Ok(decode_policy(&key.open_bytes(Kind::Policy, bytes)?)?)
}
