//! Sessions ⇄ the file in which they outlive a restart. Whatever is doubtful there is no session:
//! whoever it belonged to signs in again.

use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use domain::id::UserId;
use domain::time::{Instant, Now, Timestamp};
use serde::{Deserialize, Serialize};

use super::Sessions;
use super::session::{IDLE_MAX, Session, SessionId, age_max};
use crate::dashboard::accounts::private_file::{self, DiskError};
use crate::dashboard::accounts::register::Accounts;
use crate::dashboard::accounts::role::Role;
use crate::dashboard::accounts::secret_text::SecretText;

/// Name of the file in the gate's state directory.
pub const SESSIONS_FILE: &str = "sessions.json";
/// A session takes less than a thousand bytes.
const FILE_BYTES_MAX: u64 = 1 << 20;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    /// SHA-256 of the token, in hexadecimal.
    id: String,
    user: String,
    csrf: String,
    from: IpAddr,
    ends_at_us: i64,
    idle_at_us: i64,
    is_long: bool,
    /// What the account was then.
    account: String,
}

impl Sessions {
    /// What was kept, as far as it still counts. Nobody is there when the file cannot be read.
    #[must_use]
    pub fn open(file: &Path, accounts: &Accounts, now: Now) -> Self {
        let kept: Vec<Kept> = match private_file::read(file, FILE_BYTES_MAX) {
            Ok(None) => Vec::new(),
            Ok(Some(bytes)) => serde_json::from_slice(&bytes).unwrap_or_else(|error| {
                tracing::warn!(file = %file.display(), %error, "sessions lost: all sign in again");
                Vec::new()
            }),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "sessions lost: all sign in again");
                Vec::new()
            }
        };
        let sessions = kept
            .into_iter()
            .filter_map(|kept| session(&kept, accounts, now))
            .map(|session| (session.id, session));
        Self {
            by_id: sessions.collect(),
            is_changed: true,
        }
    }

    /// Puts them into the file, if anything has changed. Blocks for the disk.
    ///
    /// # Errors
    /// The disk refused; the next call tries again.
    pub fn keep(&mut self, file: &Path, accounts: &Accounts, now: Now) -> Result<(), DiskError> {
        if !self.is_changed {
            return Ok(());
        }
        let utc = |at: Instant| (now.utc.at + at.since(now.mono)).as_micros();
        let kept = self.by_id.values().filter_map(|session| {
            let account = accounts.get(&session.user);
            let account = account.filter(|account| account.stamp == session.stamp)?;
            Some(Kept {
                id: hex::encode(session.id.0),
                user: session.user.to_string(),
                csrf: session.csrf.expose().to_owned(),
                from: session.from,
                ends_at_us: utc(session.ends_at),
                idle_at_us: utc(session.idle_at),
                is_long: session.is_long,
                account: hex::encode(account.likeness()),
            })
        });
        let kept: Vec<Kept> = kept.collect();
        let bytes = serde_json::to_vec_pretty(&kept).expect("texts, numbers and lists of them");
        private_file::replace(file, &bytes)?;
        self.is_changed = false;
        Ok(())
    }
}

/// The session that was kept, unless it has ended, its account is another, or it claims more than
/// any session has.
fn session(kept: &Kept, accounts: &Accounts, now: Now) -> Option<Session> {
    let mut id = [0; 32];
    hex::decode_to_slice(&kept.id, &mut id).ok()?;
    let user = UserId::parse(&kept.user).ok()?;
    let account = accounts.get(&user)?;
    let is_same = hex::encode(account.likeness()) == kept.account && !account.is_disabled();
    if !is_same || (kept.is_long && account.role() != Role::Viewer) {
        return None;
    }
    let left = |until_us: i64, most: Duration| {
        let until = Timestamp::from_micros(until_us);
        let left = until.since(now.utc.at).min(most);
        (!left.is_zero()).then(|| now.mono + left)
    };
    let ends_at = left(kept.ends_at_us, age_max(kept.is_long))?;
    let idle_max = if kept.is_long {
        age_max(true)
    } else {
        IDLE_MAX
    };
    Some(Session {
        id: SessionId(id),
        user,
        csrf: SecretText::new(&kept.csrf),
        from: kept.from,
        ends_at,
        idle_at: left(kept.idle_at_us, idle_max)?,
        is_long: kept.is_long,
        stamp: account.stamp,
    })
}
