//! A decision's findings → rows of expected against observed, worst first, with the words of
//! `decision::wording`. Judges nothing, and tells a clerk nothing of silent directives.

use decision::wording;
use domain::decision::{Decision, Finding, Outcome, Verdict};
use domain::policy::RuleId;
use domain::reason::{Language, ReasonCode};

use super::align::{Piece, compare, plain};
use super::tone::Tone;
use super::words::Words;

/// Who looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dashboard) enum Viewer {
    /// Must not learn of silent directives.
    Clerk,
    /// Is told everything.
    Officer,
}

/// One finding.
#[derive(Debug)]
pub(super) struct Row {
    /// `R9`; a dash where the rule is not told.
    pub(super) rule: String,
    /// The rule in words.
    pub(super) name: &'static str,
    /// Result.
    pub(super) tone: Tone,
    /// Holds the vehicle.
    pub(super) holds: bool,
    /// Why, in words.
    pub(super) reason: String,
    /// Why, as the stable code; of what holds the vehicle alone.
    pub(super) code: &'static str,
    /// What ought to be.
    pub(super) expected: Vec<Piece>,
    /// What was seen.
    pub(super) observed: Vec<Piece>,
    /// Characters that differ.
    pub(super) differing: usize,
    /// Where the line is drawn.
    pub(super) limit: String,
    /// What can be done.
    pub(super) way_out: String,
}

/// Silent findings and the random recheck look alike, so that neither gives the other away.
fn is_untold(finding: &Finding) -> bool {
    let is_recheck = finding.reason == ReasonCode::R18Drawn;
    finding.outcome >= Outcome::Review && (finding.reason.is_silent() || is_recheck)
}

/// Rules whose satisfied row would tell by its absence which of them is not told.
fn could_be_untold(finding: &Finding) -> bool {
    let is_of = matches!(finding.rule, RuleId::R11 | RuleId::R16 | RuleId::R18);
    is_of && finding.outcome < Outcome::Review
}

/// The findings that the viewer is told, worst first, and whether there is one that is not.
fn told(decision: &Decision, viewer: Viewer) -> (Vec<&Finding>, bool) {
    let hides = viewer == Viewer::Clerk && decision.findings.iter().any(is_untold);
    let findings = decision.findings.iter();
    let mut told: Vec<&Finding> = findings
        .filter(|finding| !hides || !(is_untold(finding) || could_be_untold(finding)))
        .collect();
    told.sort_by_key(|finding| (std::cmp::Reverse(finding.outcome), finding.rule));
    (told, hides)
}

/// The verdict as the viewer may know it: a detention by a silent directive alone looks to a clerk
/// like any review.
pub(in crate::dashboard) fn told_verdict(decision: &Decision, viewer: Viewer) -> Verdict {
    let (told, hides) = told(decision, viewer);
    if !hides {
        return decision.verdict;
    }
    let detains = told.iter().any(|one| one.outcome == Outcome::Detain);
    if detains {
        Verdict::Detain
    } else {
        Verdict::Review
    }
}

/// The phrases of what holds the vehicle, as the viewer may know them; a silent directive and a
/// random recheck are one and the same line to a clerk.
pub(in crate::dashboard) fn holds(
    decision: &Decision,
    viewer: Viewer,
    language: Language,
) -> Vec<String> {
    let w = Words::of(language);
    let (told, hides) = told(decision, viewer);
    let held = told
        .into_iter()
        .filter(|one| one.outcome >= Outcome::Review);
    let mut phrases: Vec<String> = held
        .map(|one| format!("{} {}", one.rule, phrase(one, language)))
        .collect();
    if hides {
        phrases.push(w.untold_reason.to_owned());
    }
    phrases
}

/// A row for each finding, worst first.
pub(super) fn rows(decision: &Decision, viewer: Viewer, w: &'static Words) -> Vec<Row> {
    let (told, hides) = told(decision, viewer);
    let mut rows: Vec<Row> = told.into_iter().map(|finding| row(finding, w)).collect();
    if hides {
        let detained = |row: &Row| row.tone == Tone::outcome(Outcome::Detain, w);
        let at = rows.iter().take_while(|row| detained(row)).count();
        rows.insert(at, untold(w));
    }
    rows
}

fn untold(w: &'static Words) -> Row {
    Row {
        rule: "–".to_owned(),
        name: w.untold_rule,
        tone: Tone::outcome(Outcome::Review, w),
        holds: true,
        reason: w.untold_reason.to_owned(),
        code: "",
        expected: Vec::new(),
        observed: Vec::new(),
        differing: 0,
        limit: String::new(),
        way_out: w.untold_way.to_owned(),
    }
}

fn row(finding: &Finding, w: &'static Words) -> Row {
    let holds = finding.outcome >= Outcome::Review;
    let compared = if holds && names_identifiers(finding.reason) {
        compare(&finding.expected, &finding.observed)
    } else {
        super::align::Aligned {
            left: plain(&finding.expected),
            right: plain(&finding.observed),
            differing: 0,
        }
    };
    Row {
        rule: finding.rule.to_string(),
        name: ::wording::rule(finding.rule, w.language()),
        tone: Tone::outcome(finding.outcome, w),
        holds,
        reason: phrase(finding, w.language()),
        code: if holds { finding.reason.code() } else { "" },
        expected: compared.left,
        observed: compared.right,
        differing: compared.differing,
        limit: finding.limit.clone(),
        way_out: if holds {
            wording::way_out(finding, w.language())
        } else {
            String::new()
        },
    }
}

/// The reason alone; the values stand in columns of their own.
fn phrase(finding: &Finding, language: Language) -> String {
    let bare = Finding {
        observed: String::new(),
        expected: String::new(),
        limit: String::new(),
        ..finding.clone()
    };
    wording::text(&bare, language)
}

/// Reasons whose two values are plates, container numbers, seals or tags of one kind.
const fn names_identifiers(reason: ReasonCode) -> bool {
    matches!(
        reason,
        ReasonCode::R1TagNotOnRecord
            | ReasonCode::R1PlateUnsure
            | ReasonCode::R1SeveralPlates
            | ReasonCode::R1PlateNotOnPass
            | ReasonCode::R1TagAndPlateDiffer
            | ReasonCode::R1PassOfAnother
            | ReasonCode::R1TrailerUnsure
            | ReasonCode::R1TrailerDiffers
            | ReasonCode::R6Missing
            | ReasonCode::R6Unsure
            | ReasonCode::R6OneCharacter
            | ReasonCode::R6UnsureExtra
            | ReasonCode::R6NotOnPass
            | ReasonCode::R6SizeTypeDiffers
            | ReasonCode::R8OtherContainer
            | ReasonCode::R8NumberDiffers
            | ReasonCode::R8Resealed
            | ReasonCode::R14OtherPlate
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use decision::fixture::{self, Passage};
    use domain::directive::{Directive, Order, Subject};
    use domain::plate::Plate;

    fn directive(order: Order, silent: bool) -> Directive {
        Directive {
            id: fixture::directive_id(),
            subject: Subject::Vehicle(fixture::plate()),
            order,
            window: fixture::year(),
            withdrawn: false,
            silent,
            text: "open the rear third".to_owned(),
        }
    }

    fn held_by(order: Order, silent: bool) -> Passage {
        let mut passage = fixture::clean();
        passage.facts.directives = vec![directive(order, silent)];
        passage
    }

    #[test]
    fn the_worst_comes_first_and_every_finding_has_its_row() {
        let mut passage = held_by(Order::Detain, false);
        passage.evidence.plates[0].plate = Plate::parse("粤B12845").unwrap();
        let decision = passage.decide();
        let w = Words::of(Language::En);
        let rows = rows(&decision, Viewer::Clerk, w);
        assert_eq!(rows.len(), decision.findings.len());
        let order: Vec<&str> = rows.iter().map(|row| row.tone.word).collect();
        assert_eq!(order[..3], ["detain", "detain", "pass"], "{order:?}");
        let identity = &rows[0];
        assert_eq!((identity.rule.as_str(), identity.name), ("R1", "identity"));
        assert_eq!(identity.code, "r1.tag_and_plate_differ");
        // The tag's plate is the expected one, the painted one differs whole: two readings, one pass.
        assert!(identity.differing > 0);
        assert!(identity.observed.iter().any(|piece| piece.differs));
        assert!(!identity.way_out.is_empty());
        assert!(rows.last().unwrap().way_out.is_empty());
        let clerk = holds(&decision, Viewer::Clerk, Language::En);
        assert_eq!(clerk[1], "R11 directive: detain");
    }

    #[test]
    fn a_clerk_cannot_tell_a_silent_directive_from_a_recheck() {
        let mut drawn = fixture::clean();
        drawn.evidence.sampling_draw = 0;
        let told = |passage: &Passage, viewer: Viewer, language: Language| {
            let w = Words::of(language);
            let decision = passage.decide();
            let rows = rows(&decision, viewer, w);
            let verdict = told_verdict(&decision, viewer);
            format!(
                "{verdict:?} {:?} {rows:?}",
                holds(&decision, viewer, language)
            )
        };
        for language in [Language::Zh, Language::En] {
            let recheck = told(&drawn, Viewer::Clerk, language);
            assert!(recheck.starts_with("Review"), "{recheck}");
            for order in [Order::DocumentCheck, Order::Inspect, Order::Detain] {
                let silent = held_by(order, true);
                assert_eq!(told(&silent, Viewer::Clerk, language), recheck);
                let officer = told(&silent, Viewer::Officer, language);
                assert!(
                    officer.contains("BK-1") && officer.contains("silent"),
                    "{officer}"
                );
            }
        }
    }

    #[test]
    fn a_clean_passage_hides_nothing_and_offers_no_way_out() {
        let decision = fixture::clean().decide();
        let rows = rows(&decision, Viewer::Clerk, Words::of(Language::Zh));
        assert_eq!(rows.len(), decision.findings.len());
        assert!(
            rows.iter()
                .all(|row| row.way_out.is_empty() && row.differing == 0)
        );
        assert_eq!(told_verdict(&decision, Viewer::Clerk), Verdict::Release);
    }
}
