//! A password → its argon2id hash as a PHC string (`$argon2id$v=19$m=19456,t=2,p=1$salt$hash`), and
//! whether a password fits one. Both block for a tenth of a second and take 19 MiB meanwhile.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as B64;
use subtle::ConstantTimeEq as _;

const HASH_BYTES: usize = 32;
const SALT_BYTES: usize = 16;
/// A stored hash that asks for more is not ours, and would exhaust the gate's memory.
const MEMORY_KIB_MAX: u32 = 256 * 1_024;
const PASSES_MAX: u32 = 16;
const LANES_MAX: u32 = 4;

/// Why no hash could be made.
#[derive(Debug, thiserror::Error)]
#[error("the password cannot be hashed")]
pub struct HashFailure(#[source] argon2::Error);

/// What a hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Cost {
    /// 19 MiB, two passes (OWASP's first choice for argon2id).
    pub(super) const GATE: Self = Self {
        memory_kib: 19 * 1_024,
        passes: 2,
        lanes: 1,
    };
    /// The least that argon2 takes, for tests.
    #[cfg(test)]
    pub(super) const LEAST: Self = Self {
        memory_kib: 8,
        passes: 1,
        lanes: 1,
    };

    /// Reads `m=..,t=..,p=..`; `None` for anything else and for costs that the gate does not bear.
    fn parse(text: &str) -> Option<Self> {
        let mut costs = text.split(',');
        let mut cost = |name: &str, max: u32| {
            let number = costs.next()?.strip_prefix(name)?.parse().ok()?;
            (number <= max).then_some(number)
        };
        let parsed = Self {
            memory_kib: cost("m=", MEMORY_KIB_MAX)?,
            passes: cost("t=", PASSES_MAX)?,
            lanes: cost("p=", LANES_MAX)?,
        };
        let is_whole = costs.next().is_none() && parsed.params().is_ok();
        is_whole.then_some(parsed)
    }

    fn params(self) -> Result<Params, argon2::Error> {
        Params::new(self.memory_kib, self.passes, self.lanes, Some(HASH_BYTES))
    }
}

/// A slow hash of a password.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct SlowHash {
    cost: Cost,
    salt: Vec<u8>,
    hash: [u8; HASH_BYTES],
}

impl fmt::Debug for SlowHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SlowHash(hidden)")
    }
}

impl SlowHash {
    /// Hashes `password` with a new salt. Blocks.
    pub(super) fn of(password: &str, cost: Cost) -> Result<Self, HashFailure> {
        let salt = rand::random::<[u8; SALT_BYTES]>().to_vec();
        let hash = computed(password, &salt, cost).map_err(HashFailure)?;
        Ok(Self { cost, salt, hash })
    }

    /// A hash that no password fits and that costs as much to check as any other.
    pub(super) fn decoy(cost: Cost) -> Self {
        Self {
            cost,
            salt: rand::random::<[u8; SALT_BYTES]>().to_vec(),
            hash: rand::random(),
        }
    }

    /// Reads a PHC string.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let mut fields = text.split('$');
        let mut field = || fields.next().ok_or("the password's hash is cut off");
        if (field()?, field()?, field()?) != ("", "argon2id", "v=19") {
            return Err("the password is not hashed with argon2id, version 19");
        }
        let cost = Cost::parse(field()?)
            .ok_or("the password's hash has wrong costs, or more than the gate bears")?;
        let salt = B64.decode(field()?);
        let hash = B64
            .decode(field()?)
            .ok()
            .and_then(|hash| hash.try_into().ok());
        let is_salt = |salt: &Vec<u8>| (argon2::MIN_SALT_LEN..=64).contains(&salt.len());
        match (salt.ok().filter(is_salt), hash, fields.next()) {
            (Some(salt), Some(hash), None) => Ok(Self { cost, salt, hash }),
            (None, _, _) | (_, None, _) | (_, _, Some(_)) => {
                Err("the password's hash has a wrong salt or length")
            }
        }
    }

    /// The PHC string.
    pub(super) fn to_phc(&self) -> String {
        let Cost {
            memory_kib,
            passes,
            lanes,
        } = self.cost;
        let (salt, hash) = (B64.encode(&self.salt), B64.encode(self.hash));
        format!("$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${salt}${hash}")
    }

    /// Whether `password` made this hash. Blocks.
    pub(super) fn fits(&self, password: &str) -> bool {
        match computed(password, &self.salt, self.cost) {
            Ok(hash) => hash.ct_eq(&self.hash).into(),
            Err(error) => {
                tracing::error!(%error, "a password could not be checked and counts as wrong");
                false
            }
        }
    }
}

fn computed(password: &str, salt: &[u8], cost: Cost) -> Result<[u8; HASH_BYTES], argon2::Error> {
    let mut hash = [0; HASH_BYTES];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, cost.params()?).hash_password_into(
        password.as_bytes(),
        salt,
        &mut hash,
    )?;
    Ok(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the reference implementation's own tests.
    const REFERENCE: &str =
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";

    #[test]
    fn a_hash_of_the_reference_implementation_fits_its_password() {
        let hash = SlowHash::parse(REFERENCE).unwrap();
        assert!(hash.fits("password"));
        assert!(!hash.fits("Password"));
        assert_eq!(hash.to_phc(), REFERENCE);
    }

    #[test]
    fn a_hash_fits_its_password_alone_and_reads_back() {
        let hash = SlowHash::of("the arm rises at seven", Cost::LEAST).unwrap();
        let text = hash.to_phc();
        assert!(text.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{text}");
        let read = SlowHash::parse(&text).unwrap();
        assert_eq!(read, hash);
        assert!(read.fits("the arm rises at seven"));
        assert!(!read.fits("the arm rises at eight"));
        let again = SlowHash::of("the arm rises at seven", Cost::LEAST).unwrap();
        assert_ne!(again.to_phc(), text, "a new salt each time");
        assert!(!format!("{hash:?}").contains("argon2id"));
    }

    #[test]
    fn the_cost_at_a_gate_is_at_least_19_mib_in_two_passes() {
        let decoy = SlowHash::decoy(Cost::GATE).to_phc();
        assert!(decoy.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(!SlowHash::decoy(Cost::LEAST).fits("anything at all"));
    }

    #[test]
    fn a_hash_that_is_none_of_ours_is_refused() {
        for (good, wrong) in [
            ("$argon2id$", "$argon2i$"),
            ("$argon2id$", "argon2id$"),
            ("v=19", "v=16"),
            ("m=256", "m=4000000"),
            ("m=256", "m=7"),
            ("m=256", "m=-1"),
            ("t=2", "t=1000"),
            ("t=2", "t=0"),
            ("p=1", "p=64"),
            ("p=1", "p=1,x=1"),
            (",p=1", ""),
            ("$c29tZXNhbHQ", "$c29t"),
            ("$c29tZXNhbHQ", ""),
            ("Gi/4", ""),
            ("Gi/4", "Gi/4$x"),
            ("Gi/4", "G!/4"),
        ] {
            let text = REFERENCE.replace(good, wrong);
            assert_ne!(text, REFERENCE);
            assert!(SlowHash::parse(&text).is_err(), "{text}");
        }
        assert!(SlowHash::parse("").is_err());
    }
}
