//! What was done with an account → the record of it, within the journal's limits.

use domain::account::{SUBJECT_MAX, TEXT_MAX};
use domain::event::{AccountAct, AccountRecord};
use domain::id::UserId;

/// Subject of a try under a name that no account has. The name as typed is not kept: people type
/// their password into that field.
pub(super) const UNKNOWN_NAME: &str = "unknown";

/// A record by `user` about `subject`; what is too long is cut.
pub(super) fn of(
    user: Option<&UserId>,
    subject: &str,
    act: AccountAct,
    text: &str,
) -> AccountRecord {
    AccountRecord {
        user: user.cloned(),
        subject: bounded(subject, SUBJECT_MAX),
        act,
        text: bounded(text, TEXT_MAX),
    }
}

/// The record of `user` taking `what` out of the gate (at most 64 characters), `text` telling how
/// much (at most 500).
#[must_use]
pub fn exported(user: &UserId, what: &str, text: &str) -> AccountRecord {
    of(Some(user), what, AccountAct::Exported, text)
}

fn bounded(text: &str, characters_max: usize) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(characters_max)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_keeps_the_limits_of_the_journal() {
        let user = UserId::parse("clerk-07").unwrap();
        let record = exported(&user, &"车".repeat(100), &"a\n".repeat(400));
        assert_eq!(record.subject.chars().count(), SUBJECT_MAX);
        assert_eq!(record.text.chars().count(), TEXT_MAX);
        assert!(!record.text.contains('\n'));
        assert_eq!(record.act, AccountAct::Exported);
    }
}
