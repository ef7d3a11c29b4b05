//! Events of a passage → lines for a terminal.

use domain::event::EventBody;

use super::Told;

/// What became of a passage, by its events: last verdict and end.
#[must_use]
pub fn outcome(story: &[Told]) -> String {
    let said = story.iter().filter(|told| {
        matches!(
            told.event.body,
            EventBody::PassageDecided(_) | EventBody::PassageEnded { .. }
        )
    });
    let words: Vec<String> = said.map(|told| told.event.body.in_brief()).collect();
    words.join("; ")
}
