//! The signature over an evidence pack: Ed25519 over the prefix of its kind and the SHA-256 of the
//! pack's list of contents. What stands in a pack is not known here.

use domain::digest::Digest;

use crate::error::VerifyError;
use crate::pb;
use crate::signature::{Kind, PublicKey, SigningKeyPair};

/// Bytes of a signature.
pub const SIGNATURE_BYTES: usize = 64;

/// Signs a pack by the SHA-256 of its list of contents.
#[must_use]
pub fn sign_pack(contents: &Digest, key: &SigningKeyPair) -> [u8; SIGNATURE_BYTES] {
    let signed = key.sign(Kind::Pack, contents.0.to_vec());
    signed
        .signature
        .try_into()
        .expect("an Ed25519 signature has 64 bytes")
}

/// Checks a signature of [`sign_pack`].
///
/// # Errors
/// It is not the key's over these contents.
pub fn verify_pack(
    contents: &Digest,
    signature: &[u8; SIGNATURE_BYTES],
    key: &PublicKey,
) -> Result<(), VerifyError> {
    let signed = pb::Signed {
        body: contents.0.to_vec(),
        signature: signature.to_vec(),
    };
    key.open(Kind::Pack, signed).map(|_| ())
}
