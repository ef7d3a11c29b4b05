//! The size-type code beside a container number (ISO 6346:2022, annexes D and E).

use crate::grammar::{Bans, Pattern, SkipCosts, SymbolSet, search};
use crate::layout::Word;
use crate::picture::Quad;

/// A code that costs more is not reported.
const COST_MAX: f32 = 2.0;
const SKIPS: SkipCosts = SkipCosts {
    outside: 1.0,
    inside: 6.0,
};

/// Length code, height and width code, type code of a letter and a digit or letter.
fn pattern() -> Pattern {
    Pattern::new(vec![
        SymbolSet::of("1234ABCDEFGHKLMNP"),
        SymbolSet::of("024568 9CDEFLMNP"),
        SymbolSet::of("GVBSRHUPKTA"),
        SymbolSet::DIGITS,
    ])
}

/// The code in the nearest box below or beside the number, if one is plain.
pub(super) fn beside(number: &Quad, words: &[Word]) -> Option<String> {
    let pattern = pattern();
    let (left, top, right, bottom) = number.bounds();
    let (width, height) = (right - left, bottom - top);
    let reach = width.max(height);
    let mut best: Option<(f32, String)> = None;
    for word in words {
        let at = word.quad.centre();
        let near = at.x > left - 0.5 * reach
            && at.x < right + 0.5 * reach
            && at.y > top - 0.2 * reach
            && at.y < bottom + reach;
        if !near || word.text.chars().count() > 8 {
            continue;
        }
        let Some(found) = search(&word.lattice, &pattern, SKIPS, Bans::None, COST_MAX) else {
            continue;
        };
        if best.as_ref().is_none_or(|(cost, _)| found.cost < *cost) {
            best = Some((found.cost, found.text()));
        }
    }
    best.map(|(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lattice;

    #[test]
    fn only_a_plain_code_near_the_number_counts() {
        let number = Quad::upright(100.0, 100.0, 300.0, 120.0);
        for (text, top, expected) in [
            ("22G1", 130.0, Some("22G1")),
            ("45R1", 130.0, Some("45R1")),
            ("4SG1", 130.0, None),
            ("22G1", 900.0, None),
            ("TARE", 130.0, None),
            ("2200KG", 130.0, None),
        ] {
            let word = Word {
                quad: Quad::upright(100.0, top, 170.0, top + 20.0),
                lattice: Lattice::from_text(text, 0.95),
                text: text.to_owned(),
            };
            assert_eq!(beside(&number, &[word]).as_deref(), expected, "{text}");
        }
    }
}
