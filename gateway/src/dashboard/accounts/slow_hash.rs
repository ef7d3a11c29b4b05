//! A password → its argon2id hash as a PHC string (`$argon2id$v=19$m=19456,t=2,p=1$salt$hash`), and
//! whether a password fits one. Both block for a tenth of a second and take 19 MiB meanwhile.

use std::fmt;

use argon2::password_hash::phc::{Output, PasswordHash, Salt};
use argon2::{
    ARGON2ID_IDENT, Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version,
};

const HASH_BYTES: usize = 32;
const SALT_BYTES: usize = 16;
/// A stored hash that asks for more is not ours, and would exhaust the gate's memory.
const MEMORY_KIB_MAX: u32 = 256 * 1_024;
const PASSES_MAX: u32 = 16;
const LANES_MAX: u32 = 4;

/// Why no hash could be made.
#[derive(Debug, thiserror::Error)]
#[error("the password cannot be hashed")]
pub struct HashFailure(#[source] argon2::password_hash::Error);

/// What a hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cost {
    memory_kib: u32,
    passes: u32,
}

impl Cost {
    /// 19 MiB, two passes (OWASP's first choice for argon2id).
    pub(super) const GATE: Self = Self {
        memory_kib: 19 * 1_024,
        passes: 2,
    };
    /// The least that argon2 takes, for tests.
    #[cfg(test)]
    pub(super) const LEAST: Self = Self {
        memory_kib: 8,
        passes: 1,
    };

    fn hasher(self) -> Argon2<'static> {
        let params = Params::new(self.memory_kib, self.passes, 1, Some(HASH_BYTES))
            .expect("within argon2's bounds");
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
    }
}

/// A slow hash of a password.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct SlowHash(PasswordHash);

impl fmt::Debug for SlowHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SlowHash(hidden)")
    }
}

impl SlowHash {
    /// Hashes `password` with a new salt. Blocks.
    pub(super) fn of(password: &str, cost: Cost) -> Result<Self, HashFailure> {
        let salt: [u8; SALT_BYTES] = rand::random();
        cost.hasher()
            .hash_password_with_salt(password.as_bytes(), &salt)
            .map(Self)
            .map_err(HashFailure)
    }

    /// A hash that no password fits and that costs as much to check as any other.
    pub(super) fn decoy(cost: Cost) -> Self {
        let (salt, hash): ([u8; SALT_BYTES], [u8; HASH_BYTES]) = (rand::random(), rand::random());
        Self(PasswordHash {
            algorithm: ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: cost
                .hasher()
                .params()
                .try_into()
                .expect("three numbers fit"),
            salt: Some(Salt::new(&salt).expect("16 bytes are a salt")),
            hash: Some(Output::new(&hash).expect("32 bytes are a hash")),
        })
    }

    /// Reads a PHC string.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let hash = PasswordHash::new(text).map_err(|_| "the password's hash is no PHC string")?;
        let is_ours =
            hash.algorithm == ARGON2ID_IDENT && hash.version == Some(Version::V0x13.into());
        if !is_ours {
            return Err("the password is not hashed with argon2id, version 19");
        }
        // Three numbers and no more: a key or data in the string is none of ours.
        let is_borne = hash.params.iter().count() == 3
            && Params::try_from(&hash).is_ok_and(|params| {
                params.m_cost() <= MEMORY_KIB_MAX
                    && params.t_cost() <= PASSES_MAX
                    && params.p_cost() <= LANES_MAX
            });
        if !is_borne {
            return Err("the password's hash has wrong costs, or more than the gate bears");
        }
        let is_whole = hash
            .salt
            .is_some_and(|salt| salt.len() >= argon2::MIN_SALT_LEN)
            && hash.hash.is_some_and(|output| output.len() == HASH_BYTES);
        if !is_whole {
            return Err("the password's hash has a wrong salt or length");
        }
        Ok(Self(hash))
    }

    /// The PHC string.
    pub(super) fn to_phc(&self) -> String {
        self.0.to_string()
    }

    /// Whether `password` made this hash. Blocks.
    pub(super) fn fits(&self, password: &str) -> bool {
        // The costs are those of the hash; the default ones are not used.
        match Argon2::default().verify_password(password.as_bytes(), &self.0) {
            Ok(()) => true,
            Err(argon2::password_hash::Error::PasswordInvalid) => false,
            Err(error) => {
                tracing::error!(%error, "a password could not be checked and counts as wrong");
                false
            }
        }
    }
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
