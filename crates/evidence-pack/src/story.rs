//! `story.txt`: the passage's records in words, for people. It proves nothing: the records do.

use std::fmt::Write as _;

use decision::wording;
use domain::event::EventBody;
use domain::reason::Language;

use crate::gather::OwnRecord;

/// One line a record; under a decision its holds in both languages.
pub(crate) fn text(records: &[OwnRecord]) -> String {
    let mut text = String::new();
    for record in records {
        let event = &record.event;
        let lane = event.lane.as_ref().map_or("-", |lane| lane.as_str());
        let brief = event.body.in_brief();
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{:>8} {} {lane} {brief}",
            record.sequence, event.at.at
        );
        let EventBody::PassageDecided(decided) = &event.body else {
            continue;
        };
        for finding in decided.decision.holds() {
            for language in [Language::Zh, Language::En] {
                let words = wording::text(finding, language);
                let _ = writeln!(text, "         {} {words}", finding.rule);
            }
        }
    }
    text
}
