//! Who works on which case: one person at a time, for as long as that person does something.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use domain::id::{PassageId, UserId};
use domain::time::Timestamp;

/// Somebody who does nothing for so long has let go of the case.
pub(super) const IDLE: Duration = Duration::from_secs(180);
/// Claims kept; a gate has fewer lanes.
const CLAIMS_MAX: usize = 256;

/// Claims by passage.
#[derive(Debug, Default)]
pub(super) struct Claims(Mutex<BTreeMap<PassageId, (UserId, Timestamp)>>);

impl Claims {
    fn all(&self) -> std::sync::MutexGuard<'_, BTreeMap<PassageId, (UserId, Timestamp)>> {
        // A panic while holding the lock leaves plain values behind: they stay usable.
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Takes the case, or keeps it.
    ///
    /// # Errors
    /// Somebody else has it.
    pub(super) fn take(
        &self,
        passage: &PassageId,
        user: &UserId,
        before: Option<&(UserId, Timestamp)>,
        now: Timestamp,
    ) -> Result<(), UserId> {
        let mut all = self.all();
        if let Some((holder, _)) = holder(all.get(passage), before, now)
            && holder != user
        {
            return Err(holder.clone());
        }
        if all.len() >= CLAIMS_MAX {
            all.retain(|_, (_, at)| now.since(*at) < IDLE);
        }
        if all.len() < CLAIMS_MAX || all.contains_key(passage) {
            all.insert(passage.clone(), (user.clone(), now));
        }
        Ok(())
    }

    /// Who has the case now; `before` is what the journal tells of it.
    pub(super) fn holder(
        &self,
        passage: &PassageId,
        before: Option<&(UserId, Timestamp)>,
        now: Timestamp,
    ) -> Option<UserId> {
        let all = self.all();
        holder(all.get(passage), before, now).map(|(user, _)| user.clone())
    }
}

/// The later of claim and journal, unless it is idle.
fn holder<'c>(
    claim: Option<&'c (UserId, Timestamp)>,
    before: Option<&'c (UserId, Timestamp)>,
    now: Timestamp,
) -> Option<&'c (UserId, Timestamp)> {
    claim.or(before).filter(|(_, at)| now.since(*at) < IDLE)
}

#[cfg(test)]
mod tests {
    use domain::id::LaneId;

    use super::*;

    #[test]
    fn of_two_who_reach_for_a_case_one_has_it_until_it_is_idle() {
        let claims = Claims::default();
        let user = |name: &str| UserId::parse(name).unwrap();
        let passage = PassageId::new(&LaneId::parse("E1").unwrap(), 1, 1);
        let at = Timestamp::from_seconds;
        assert_eq!(
            claims.take(&passage, &user("clerk-07"), None, at(0)),
            Ok(())
        );
        let other = claims.take(&passage, &user("clerk-08"), None, at(1));
        assert_eq!(other, Err(user("clerk-07")));
        // Working on it keeps it.
        assert_eq!(
            claims.take(&passage, &user("clerk-07"), None, at(170)),
            Ok(())
        );
        assert!(
            claims
                .take(&passage, &user("clerk-08"), None, at(200))
                .is_err()
        );
        assert_eq!(
            claims.holder(&passage, None, at(200)),
            Some(user("clerk-07"))
        );
        assert_eq!(
            claims.take(&passage, &user("clerk-08"), None, at(350)),
            Ok(())
        );
        assert_eq!(
            claims.holder(&passage, None, at(350)),
            Some(user("clerk-08"))
        );
    }

    #[test]
    fn what_the_journal_tells_counts_after_a_restart() {
        let claims = Claims::default();
        let passage = PassageId::new(&LaneId::parse("E1").unwrap(), 1, 1);
        let user = |name: &str| UserId::parse(name).unwrap();
        let before = (user("clerk-07"), Timestamp::from_seconds(10));
        let taken = claims.take(&passage, &user("clerk-08"), Some(&before), before.1);
        assert_eq!(taken, Err(user("clerk-07")));
        let later = Timestamp::from_seconds(10 + 200);
        assert_eq!(
            claims.take(&passage, &user("clerk-08"), Some(&before), later),
            Ok(())
        );
    }
}
