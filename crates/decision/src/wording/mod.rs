//! Findings → words in both languages: what was found, what can be done, what the driver is
//! shown. Knows reasons, not rules.

mod phrases;
mod ways;

use domain::decision::{Decision, Finding};
use domain::reason::{Language, Notice};

use phrases::phrase;
use ways::Way;

/// Most lines that a driver is shown; the first ones matter most.
pub const NOTICE_LINES_MAX: usize = 6;

/// The finding in a sentence for clerk and officer, with what was observed, expected and allowed.
///
/// A silent finding is said in full: whoever shows it asks
/// [`is_silent`](domain::reason::ReasonCode::is_silent) first.
#[must_use]
pub fn text(finding: &Finding, language: Language) -> String {
    let words = phrase(finding.reason);
    let (phrase, labels, open, comma, close) = match language {
        Language::Zh => (words.zh, ["实测 ", "应为 ", "限值 "], "（", "，", "）"),
        Language::En => (words.en, ["seen ", "expected ", "limit "], " (", ", ", ")"),
    };
    let mut text = phrase.to_owned();
    let values = [&finding.observed, &finding.expected, &finding.limit];
    let mut separator = open;
    for (label, value) in labels.into_iter().zip(values) {
        if !value.is_empty() {
            text.push_str(separator);
            text.push_str(label);
            text.push_str(value);
            separator = comma;
        }
    }
    if separator == comma {
        text.push_str(close);
    }
    text
}

/// What driver or clerk can do about the finding.
#[must_use]
pub fn way_out(finding: &Finding, language: Language) -> String {
    let way = phrase(finding.reason).way;
    match language {
        Language::Zh => way.zh(),
        Language::En => way.en(),
    }
    .to_owned()
}

/// Lines for the driver's display, worst first, each once, at most [`NOTICE_LINES_MAX`]; empty
/// if nothing holds the vehicle. A silent finding shows the line of a wait that means nothing.
#[must_use]
pub fn driver_notice(decision: &Decision) -> Vec<Notice> {
    let mut lines: Vec<Notice> = Vec::new();
    let holds = decision.holds();
    // Told reasons come first: a wait above them would show that something worse is not told.
    let (told, untold): (Vec<&Finding>, Vec<&Finding>) = holds
        .into_iter()
        .partition(|finding| !shows_as_wait(finding));
    for finding in told {
        let words = phrase(finding.reason);
        push_line(
            &mut lines,
            Notice {
                zh: format!("{}：{}", words.zh, words.way.zh()),
                en: format!("{}: {}", words.en, words.way.en()),
            },
        );
    }
    // Where something else is told already, that is what the driver waits for.
    if lines.is_empty() && !untold.is_empty() {
        push_line(
            &mut lines,
            Notice {
                zh: Way::WaitForClerk.zh().to_owned(),
                en: Way::WaitForClerk.en().to_owned(),
            },
        );
    }
    lines
}

/// Silent findings and the random recheck look alike, so that neither gives the other away.
fn shows_as_wait(finding: &Finding) -> bool {
    finding.reason.is_silent() || phrase(finding.reason).way == Way::WaitForClerk
}

fn push_line(lines: &mut Vec<Notice>, line: Notice) {
    if lines.len() < NOTICE_LINES_MAX && !lines.contains(&line) {
        lines.push(line);
    }
}
