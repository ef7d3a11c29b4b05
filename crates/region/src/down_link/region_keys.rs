//! The region's changes of its own key, each signed by the key before. Gates are sent all of them.

use domain::digest::KeyBytes;
use domain::id::RegionId;
use domain::time::Timestamp;
use wire::signature::{PublicKey, SigningKeyPair};
use wire::succession::{STEPS_MAX, Succession, decode_successions, encode_successions};

use super::{DownLink, DownLinkError, damaged};
use crate::database::{Purpose, Value};

/// Why the region's key does not change.
#[derive(Debug, thiserror::Error)]
pub enum SuccessionError {
    /// The signing key is not the last of the chain.
    #[error(
        "the signing key is not the last one of this region's chain; name the key that gates were \
         told of last in signing_key_file"
    )]
    NotLast,
    /// The chain is as long as gates read it.
    #[error("the chain of keys has {STEPS_MAX} steps, gates read no longer one")]
    TooLong,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] DownLinkError),
}

impl From<crate::database::DatabaseError> for SuccessionError {
    fn from(error: crate::database::DatabaseError) -> Self {
        Self::Store(error.into())
    }
}

impl DownLink {
    /// The chain as gates are sent it; `None` if the region never changed its key.
    ///
    /// # Errors
    /// The store failed.
    pub async fn key_chain(&self) -> Result<Option<Vec<u8>>, DownLinkError> {
        let sql = "SELECT body FROM region_key_step ORDER BY number";
        let rows = self.0.rows("read the region's keys", sql, &[]).await?;
        let steps: Vec<Vec<u8>> = rows
            .iter()
            .map(|row| row.bytes(0).map(<[u8]>::to_vec))
            .collect::<Result<_, _>>()?;
        if steps.is_empty() {
            return Ok(None);
        }
        let chain = encode_successions(&steps).map_err(|error| damaged("chain of keys", error))?;
        Ok(Some(chain))
    }

    /// Whether gates believe `key`: it is the last of the chain, or there is no chain; or it is the
    /// one before the last, while that is believed.
    ///
    /// # Errors
    /// It is not, or the store failed.
    pub async fn check_signing_key(
        &self,
        region: &RegionId,
        key: &PublicKey,
        now: Timestamp,
    ) -> Result<(), SuccessionError> {
        let Some(chain) = self.key_chain().await? else {
            return Ok(());
        };
        let led = decode_successions(&chain, region, key)
            .map_err(|error| damaged("chain of keys", error))?;
        match &led[..] {
            // Nothing leads on from the last key; nothing does from a stranger's either.
            [] if self.is_last_step(key).await? => Ok(()),
            [one] if now <= one.former_until => Ok(()),
            _ => Err(SuccessionError::NotLast),
        }
    }

    async fn is_last_step(&self, key: &PublicKey) -> Result<bool, DownLinkError> {
        let sql = "SELECT body FROM region_key_step ORDER BY number DESC LIMIT 1";
        let rows = self.0.rows("read the region's keys", sql, &[]).await?;
        // The step names its key in clear, signed by the one before.
        let named = key.as_bytes();
        Ok(rows.first().map_or(Ok(false), |row| {
            row.bytes(0)
                .map(|body| body.windows(named.len()).any(|some| some == named))
        })?)
    }

    /// Names the key that follows `former`.
    ///
    /// # Errors
    /// `former` is not the last key, the chain is too long, or the store failed.
    pub async fn succeed(
        &self,
        region: &RegionId,
        former: &SigningKeyPair,
        next: &PublicKey,
        at: Timestamp,
        former_until: Timestamp,
    ) -> Result<(), SuccessionError> {
        let sql = "SELECT count(*) FROM region_key_step";
        let rows = self.0.rows("counted the region's keys", sql, &[]).await?;
        let steps = rows.first().map_or(Ok(0), |row| row.count(0))?;
        if steps > 0 && !self.is_last_step(&former.public_key()).await? {
            return Err(SuccessionError::NotLast);
        }
        if steps >= STEPS_MAX as u64 {
            return Err(SuccessionError::TooLong);
        }
        let step = Succession {
            region: region.clone(),
            key: KeyBytes(*next.as_bytes()),
            issued_at: at,
            former_until,
        };
        let mut open = self.0.begin(Purpose::SendDown).await?;
        let values = [
            (steps + 1).into(),
            Value::Int(at.as_micros()),
            step.sign_and_encode(former).into(),
        ];
        // Of two that name a successor at the same time the second finds its number taken.
        let sql = "INSERT INTO region_key_step (number, at, body) VALUES ($1, $2, $3)";
        open.run("named the region's next key", sql, &values)
            .await?;
        open.commit().await?;
        Ok(())
    }
}
