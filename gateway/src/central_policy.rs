//! Policies that the region publishes → the policy that the lanes judge by. The policy file is the
//! start; a newer central part takes its place. Where the file is a local part (its `local_version`
//! is not 0), the stricter value of the two is in force. What is in force stands in the journal
//! before a lane has it, and on the disk, so that a restart begins with it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::event::{Event, EventBody};
use domain::policy::Policy;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::health::Health;
use crate::recorder::Recorder;
use crate::region_keys::replace_durably;

/// Why a published policy is not in force.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyRefusal {
    /// It is older than the one in force.
    #[error("central version {offered} is older than {have}, which is in force")]
    Older {
        /// Version in force.
        have: u32,
        /// Version offered.
        offered: u32,
    },
    /// Another policy has this version already.
    #[error("another policy has central version {version}: publish it under a new version")]
    SameVersion {
        /// The version.
        version: u32,
    },
    /// A value is out of its bounds.
    #[error("central version {version}: {what}")]
    Bounds {
        /// The version.
        version: u32,
        /// Every value at fault.
        what: String,
    },
    /// It could not be kept or recorded.
    #[error("central version {version} cannot be kept: {what}")]
    NotKept {
        /// The version.
        version: u32,
        /// In words.
        what: String,
    },
}

/// What the kept file or the policy file cannot be used for.
#[derive(Debug, thiserror::Error)]
pub enum KeptPolicyError {
    /// The disk refused.
    #[error("cannot read {}", .file.display())]
    Read {
        /// File.
        file: PathBuf,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// It is no policy.
    #[error("{} is no policy of the region; remove it, the region sends it again", .file.display())]
    Damaged {
        /// File.
        file: PathBuf,
        /// Cause.
        #[source]
        source: wire::DecodeError,
    },
}

fn kept_file(directory: &Path) -> PathBuf {
    directory.join("policy.central")
}

/// The central part that the region published last, if it ever did.
///
/// # Errors
/// The file cannot be read or is damaged.
pub fn kept(directory: &Path) -> Result<Option<Policy>, KeptPolicyError> {
    let file = kept_file(directory);
    match std::fs::read(&file) {
        Ok(bytes) => match wire::policy::decode_policy(&bytes) {
            Ok(policy) => Ok(Some(policy)),
            Err(source) => Err(KeptPolicyError::Damaged { file, source }),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(KeptPolicyError::Read { file, source }),
    }
}

/// What is in force of the region's part and the gate's own file.
#[must_use]
pub fn in_force(central: Option<&Policy>, file: &Policy) -> Policy {
    let Some(central) = central.filter(|c| c.version.central > file.version.central) else {
        return file.clone();
    };
    if file.version.local == 0 {
        return central.clone();
    }
    let mut policy = decision::policy::strictest(central, file);
    policy.digest = wire::policy::policy_digest(&policy);
    policy
}

/// Judges what the region publishes.
pub struct CentralPolicy {
    /// State directory.
    pub directory: PathBuf,
    /// The gate's own file.
    pub file: Policy,
    /// The central part in force, if the region published it.
    pub central: Option<Policy>,
    /// The policy that lanes follow.
    pub lanes: watch::Sender<Arc<Policy>>,
    /// Recorder.
    pub recorder: Recorder,
    /// Clock.
    pub clock: Clock,
    /// Health.
    pub health: Health,
}

impl CentralPolicy {
    /// Takes a policy whose signature is the region's; says what became of it in journal and health.
    pub async fn offered(&mut self, policy: Policy) {
        let version = policy.version;
        match self.judge(policy).await {
            Ok(true) => {
                tracing::info!(%version, "policy of the region adopted");
                self.health
                    .policy(|shown| shown.version = self.lanes.borrow().version.to_string());
            }
            Ok(false) => {}
            Err(refusal) => self.refused(&refusal.to_string()).await,
        }
    }

    /// Counts a policy that was not taken; the first of a kind is an event too.
    pub async fn refused(&self, cause: &str) {
        tracing::error!(cause, "policy of the region refused");
        let mut is_new = false;
        self.health.policy(|shown| {
            is_new = shown.last_refusal != cause;
            shown.refused += 1;
            cause.clone_into(&mut shown.last_refusal);
        });
        if is_new {
            let cause = cause.chars().take(500).collect();
            // A journal that takes nothing shows by itself.
            let _ = self.record(EventBody::PolicyRefused { cause }).await;
        }
    }

    /// `true` if the policy is in force now, `false` if it was already.
    async fn judge(&mut self, policy: Policy) -> Result<bool, PolicyRefusal> {
        let offered = policy.version.central;
        let (have, digest) = match &self.central {
            Some(central) => (central.version.central, Some(central.digest)),
            None => (self.file.version.central, None),
        };
        if let Some(central) = &self.central
            && central.version.central == offered
        {
            return if digest == Some(policy.digest) {
                Ok(false)
            } else {
                Err(PolicyRefusal::SameVersion { version: offered })
            };
        }
        if self.central.is_none() && offered == have && policy.digest == self.file.digest {
            return Ok(false);
        }
        if offered == have {
            return Err(PolicyRefusal::SameVersion { version: offered });
        }
        if offered < have {
            return Err(PolicyRefusal::Older { have, offered });
        }
        decision::policy::check(&policy).map_err(|errors| PolicyRefusal::Bounds {
            version: offered,
            what: errors
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("; "),
        })?;
        let not_kept = |what: String| PolicyRefusal::NotKept {
            version: offered,
            what,
        };
        let lanes = in_force(Some(&policy), &self.file);
        self.record(EventBody::PolicyAdopted(Box::new(lanes.clone())))
            .await
            .map_err(not_kept)?;
        let bytes = wire::policy::encode_policy(&policy);
        replace_durably(&kept_file(&self.directory), &bytes)
            .map_err(|error| not_kept(error.to_string()))?;
        self.central = Some(policy);
        self.lanes.send_replace(Arc::new(lanes));
        Ok(true)
    }

    async fn record(&self, body: EventBody) -> Result<u64, String> {
        let event = Event {
            at: self.clock.now().utc,
            lane: None,
            passage: None,
            body,
        };
        self.recorder.record_and_wait(&event).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(central: u32, local: u32, sampling: u16) -> Policy {
        let mut policy = decision::policy::baseline();
        policy.version.central = central;
        policy.version.local = local;
        policy.sampling_permille = sampling;
        policy.digest = wire::policy::policy_digest(&policy);
        policy
    }

    #[test]
    fn a_newer_central_part_is_in_force_and_never_laxer_than_the_gates_own() {
        // (central version, file version, local version) -> sampling in force; central has 5, file 50.
        for (central, file, local, expected) in [
            (None, 3, 0, 50),
            (Some(2), 3, 0, 50),
            (Some(3), 3, 0, 50),
            (Some(4), 3, 0, 5),
            (Some(4), 3, 2, 50),
        ] {
            let file = policy(file, local, 50);
            let central = central.map(|version| policy(version, 0, 5));
            let lanes = in_force(central.as_ref(), &file);
            assert_eq!(lanes.sampling_permille, expected, "{central:?}");
            assert_eq!(lanes.digest, wire::policy::policy_digest(&lanes));
        }
    }
}
