//! Policies that the region has published: each central version once, the highest in force.

use domain::policy::Policy;
use domain::time::Timestamp;

use super::{DownLink, DownLinkError, damaged};
use crate::database::{Purpose, Value};

/// Why a policy was not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Its central version is not above the one in force.
    #[error("central version {have} is in force; publish under a higher one than {offered}")]
    NotNewer {
        /// In force.
        have: u32,
        /// Offered.
        offered: u32,
    },
    /// It is a local part.
    #[error("local_version is {local}; the region publishes the central part alone, write 0")]
    Local {
        /// Its local version.
        local: u32,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] DownLinkError),
}

impl From<crate::database::DatabaseError> for PublishError {
    fn from(error: crate::database::DatabaseError) -> Self {
        Self::Store(error.into())
    }
}

impl DownLink {
    /// The policy in force, if any was published.
    ///
    /// # Errors
    /// The store failed.
    pub async fn policy(&self) -> Result<Option<Policy>, DownLinkError> {
        let sql = "SELECT body FROM policy ORDER BY central DESC LIMIT 1";
        let rows = self.0.rows("read the policy", sql, &[]).await?;
        rows.first()
            .map(|row| {
                wire::policy::decode_policy(row.bytes(0)?).map_err(|error| damaged("policy", error))
            })
            .transpose()
    }

    /// Publishes a policy whose values are within their bounds.
    ///
    /// # Errors
    /// It is not newer than the one in force, or a local part; or the store failed.
    pub async fn publish_policy(
        &self,
        policy: &Policy,
        by: &str,
        at: Timestamp,
    ) -> Result<(), PublishError> {
        if policy.version.local != 0 {
            let local = policy.version.local;
            return Err(PublishError::Local { local });
        }
        let mut open = self.0.begin(Purpose::SendDown).await?;
        let sql = "SELECT coalesce(max(central), 0) FROM policy";
        let rows = open.rows("read the policy's version", sql, &[]).await?;
        let have = rows.first().map_or(Ok(0), |row| row.int(0))?;
        let offered = policy.version.central;
        if i64::from(offered) <= have {
            let have = u32::try_from(have).unwrap_or(u32::MAX);
            return Err(PublishError::NotNewer { have, offered });
        }
        let values = [
            Value::Int(offered.into()),
            Value::Int(at.as_micros()),
            by.into(),
            wire::policy::encode_policy(policy).into(),
        ];
        let sql = "INSERT INTO policy (central, published_at, by_whom, body)
                   VALUES ($1, $2, $3, $4)";
        open.run("published a policy", sql, &values).await?;
        open.commit().await?;
        Ok(())
    }
}
