//! Ed25519 keys (RFC 8032) and what they sign. Every kind of message has a prefix of its own, so
//! that a signature over one is never one over another. Where keys are kept is not known here.

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use prost::Message as _;

use crate::error::{DecodeError, VerifyError};
use crate::pb;

/// What a signature is over; part of the signed bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Batch,
    Watermark,
    GapRequest,
    Delta,
    Directive,
    Policy,
    Pack,
    EvidenceRequest,
    EvidenceContent,
    LedgerState,
    LedgerHead,
    SnapshotPart,
    KeySuccession,
}

impl Kind {
    const fn prefix(self) -> &'static [u8] {
        match self {
            Self::Batch => b"kakou/wire/batch/v1\0",
            Self::Watermark => b"kakou/wire/watermark/v1\0",
            Self::GapRequest => b"kakou/wire/gap/v1\0",
            Self::Delta => b"kakou/wire/delta/v1\0",
            Self::Directive => b"kakou/wire/directive/v1\0",
            Self::Policy => b"kakou/wire/policy/v1\0",
            Self::Pack => b"kakou/wire/pack/v1\0",
            Self::EvidenceRequest => b"kakou/wire/evidence-request/v1\0",
            Self::EvidenceContent => b"kakou/wire/evidence-content/v1\0",
            Self::LedgerState => b"kakou/wire/ledger-state/v1\0",
            Self::LedgerHead => b"kakou/wire/ledger-head/v1\0",
            Self::SnapshotPart => b"kakou/wire/snapshot/v1\0",
            Self::KeySuccession => b"kakou/wire/succession/v1\0",
        }
    }
}

/// A private key with its public half.
pub struct SigningKeyPair(SigningKey);

/// A key whose signatures are believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// The bytes are no public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the 32 bytes are no ed25519 public key")]
pub struct PublicKeyError;

impl SigningKeyPair {
    /// From the 32 secret bytes of RFC 8032.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The public half.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    pub(crate) fn sign(&self, kind: Kind, body: Vec<u8>) -> pb::Signed {
        let signature = self
            .0
            .sign(&[kind.prefix(), &body].concat())
            .to_bytes()
            .to_vec();
        pb::Signed { body, signature }
    }
}

/// Reads a message with the first of `keys` whose signature it carries.
///
/// # Errors
/// What the last of them had to say; [`VerifyError::Signature`] if there is none.
pub fn by_any<'a, T>(
    keys: impl IntoIterator<Item = &'a PublicKey>,
    read: impl Fn(&PublicKey) -> Result<T, VerifyError>,
) -> Result<T, VerifyError> {
    let mut refusal = VerifyError::Signature;
    for key in keys {
        match read(key) {
            Err(VerifyError::Signature) => {}
            Err(error @ VerifyError::Decode(_)) => refusal = error,
            Ok(value) => return Ok(value),
        }
    }
    Err(refusal)
}

impl std::fmt::Debug for SigningKeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("SigningKeyPair")
            .field(&self.public_key())
            .finish()
    }
}

impl PublicKey {
    /// From the 32 public bytes of RFC 8032.
    ///
    /// # Errors
    /// The bytes are no point of the curve.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, PublicKeyError> {
        VerifyingKey::from_bytes(bytes)
            .map(Self)
            .map_err(|_| PublicKeyError)
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// The body, if the signature is this key's over it.
    pub(crate) fn open(&self, kind: Kind, signed: pb::Signed) -> Result<Vec<u8>, VerifyError> {
        let signature =
            Signature::from_slice(&signed.signature).map_err(|_| VerifyError::Signature)?;
        let message = [kind.prefix(), &signed.body].concat();
        self.0
            .verify_strict(&message, &signature)
            .map_err(|_| VerifyError::Signature)?;
        Ok(signed.body)
    }

    /// The body of the encoded `Signed`, if the signature is this key's over it.
    pub(crate) fn open_bytes(&self, kind: Kind, bytes: &[u8]) -> Result<Vec<u8>, VerifyError> {
        let signed = pb::Signed::decode(bytes).map_err(DecodeError::from)?;
        self.open(kind, signed)
    }
}
