//! How a region changes the key that it signs with: each new key is signed by the one before it, so
//! that a gate that knows any of them finds its way to the last.

use domain::digest::KeyBytes;
use domain::id::RegionId;
use domain::time::Timestamp;
use prost::Message as _;

use crate::convert::Scalar as _;
use crate::error::{DecodeError, VerifyError};
use crate::pb;
use crate::signature::{Kind, PublicKey, SigningKeyPair};

/// Successions that a region may have had.
pub const STEPS_MAX: usize = 64;

/// One change of key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Succession {
    /// Region.
    pub region: RegionId,
    /// The key that the region signs with from now on.
    pub key: KeyBytes,
    /// When it was named.
    pub issued_at: Timestamp,
    /// Last moment at which a signature of the key before it is believed.
    pub former_until: Timestamp,
}

impl Succession {
    /// Signs with the key that is being replaced, and encodes.
    #[must_use]
    pub fn sign_and_encode(&self, former: &SigningKeyPair) -> Vec<u8> {
        let raw = pb::KeySuccession {
            region: self.region.put(),
            key: self.key.put(),
            issued_at_us: self.issued_at.put(),
            former_until_us: self.former_until.put(),
        };
        former
            .sign(Kind::KeySuccession, raw.encode_to_vec())
            .encode_to_vec()
    }
}

/// Every step of a region, oldest first, each as [`Succession::sign_and_encode`] made it.
///
/// # Errors
/// A step is no signed message.
pub fn encode_successions(steps: &[Vec<u8>]) -> Result<Vec<u8>, DecodeError> {
    let steps: Result<Vec<pb::Signed>, DecodeError> = steps
        .iter()
        .map(|step| Ok(pb::Signed::decode(step.as_slice())?))
        .collect();
    Ok(pb::KeySuccessions { steps: steps? }.encode_to_vec())
}

/// The steps that lead on from `known`, oldest first, each proved by the key before it. None if
/// `known` is the last key, or if the region never had it.
///
/// # Errors
/// Malformed, too many, or a step that names no key of the curve.
pub fn decode_successions(
    bytes: &[u8],
    region: &RegionId,
    known: &PublicKey,
) -> Result<Vec<Succession>, VerifyError> {
    let raw = pb::KeySuccessions::decode(bytes).map_err(DecodeError::from)?;
    if raw.steps.len() > STEPS_MAX {
        let (what, size, limit) = ("a chain of keys", raw.steps.len(), STEPS_MAX);
        return Err(DecodeError::TooLarge { what, size, limit }.into());
    }
    let mut key = *known;
    let mut steps = Vec::new();
    for signed in raw.steps {
        // What another key has signed leads to the known one, or is nobody's business.
        let Ok(body) = key.open(Kind::KeySuccession, signed) else {
            continue;
        };
        let step = take(&body)?;
        if step.region != *region {
            return Err(DecodeError::field("is another region")
                .inside("region")
                .into());
        }
        key = PublicKey::from_bytes(&step.key.0)
            .map_err(|error| DecodeError::field(error).inside("key"))?;
        steps.push(step);
    }
    Ok(steps)
}

fn take(body: &[u8]) -> Result<Succession, DecodeError> {
    let raw = pb::KeySuccession::decode(body)?;
    let at = |field: &'static str| move |error: DecodeError| error.inside(field);
    Ok(Succession {
        region: RegionId::take(raw.region).map_err(at("region"))?,
        key: KeyBytes::take(raw.key).map_err(at("key"))?,
        issued_at: Timestamp::take(raw.issued_at_us).map_err(at("issued_at_us"))?,
        former_until: Timestamp::take(raw.former_until_us).map_err(at("former_until_us"))?,
    })
}
