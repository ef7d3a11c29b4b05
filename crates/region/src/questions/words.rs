//! Events of a passage → lines for a terminal.

use domain::event::{EventBody, PassageEnd};

use super::Told;

/// An event in a few words.
#[expect(clippy::wildcard_enum_match_arm, reason = "the rest is short as it is")]
#[must_use]
pub fn in_words(body: &EventBody) -> String {
    match body {
        EventBody::PassageDecided(record) => {
            let holds: Vec<String> = record
                .decision
                .holds()
                .iter()
                .map(|finding| format!("{} {}", finding.rule, finding.reason.code()))
                .collect();
            format!("decided {:?} {}", record.decision.verdict, holds.join(", "))
        }
        EventBody::PassageEnded {
            end, duration_ms, ..
        } => {
            let how = match end {
                PassageEnd::Completed => "went through".to_owned(),
                other => format!("ended {other:?}"),
            };
            format!("{how} after {duration_ms} ms")
        }
        other => format!("{other:?}").chars().take(160).collect(),
    }
}

/// What became of a passage, by its events: last verdict and end.
#[must_use]
pub fn outcome(story: &[Told]) -> String {
    let said = story.iter().filter(|told| {
        matches!(
            told.event.body,
            EventBody::PassageDecided(_) | EventBody::PassageEnded { .. }
        )
    });
    let words: Vec<String> = said.map(|told| in_words(&told.event.body)).collect();
    words.join("; ")
}
