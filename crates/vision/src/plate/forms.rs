//! Forms of plates (GA 36-2018; Hong Kong Transport Department; Macao DSAT).

use crate::grammar::{Pattern, SymbolSet};
use crate::text::lattice::PROVINCES;

/// The form of a plate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlateKind {
    /// Province, authority, five characters.
    Mainland,
    /// Province, authority, six characters, one of which says new energy.
    NewEnergy,
    /// Ends in the sign for a trailer.
    Trailer,
    /// Ends in another sign: learner, police, embassy, consulate.
    Marked,
    /// A Hong Kong or Macao vehicle's mainland plate: 粤Z and a sign at the end.
    CrossBorder,
    /// Latin letters and digits, as in Hong Kong and Macao.
    Latin,
}

impl PlateKind {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mainland => "mainland",
            Self::NewEnergy => "new energy",
            Self::Trailer => "trailer",
            Self::Marked => "marked",
            Self::CrossBorder => "cross-border",
            Self::Latin => "latin",
        }
    }
}

/// A form with how much rarer it is than the commonest one, in nats.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) kind: PlateKind,
    pub(super) pattern: Pattern,
    pub(super) price: f32,
}

/// All forms. Prices are orders of magnitude of how common a form is, not a local statistic.
pub(super) fn forms() -> Vec<Form> {
    let province = SymbolSet::of(PROVINCES);
    // I and O are never issued.
    let letter = SymbolSet::LETTERS.without("IO");
    let any = letter.and(SymbolSet::DIGITS);
    let digit = SymbolSet::DIGITS;
    let small_energy = SymbolSet::of("ABCDEFGHJK");
    let sign = |text: &str| SymbolSet::of(text);
    let form = |kind, places: Vec<SymbolSet>, price| Form {
        kind,
        pattern: Pattern::new(places),
        price,
    };
    let with = |tail: &[SymbolSet]| [&[province, letter], tail].concat();
    let mut forms = vec![
        form(PlateKind::Mainland, with(&[any; 5]), 0.0),
        form(
            PlateKind::NewEnergy,
            with(&[small_energy, any, digit, digit, digit, digit]),
            0.5,
        ),
        form(
            PlateKind::NewEnergy,
            with(&[digit, digit, digit, digit, digit, small_energy]),
            1.0,
        ),
        form(
            PlateKind::Trailer,
            with(&[any, any, any, any, sign("挂")]),
            1.0,
        ),
        form(
            PlateKind::Marked,
            with(&[any, any, any, any, sign("学警使领")]),
            2.5,
        ),
        form(
            PlateKind::CrossBorder,
            vec![sign("粤"), sign("Z"), any, any, any, any, sign("港澳")],
            1.0,
        ),
    ];
    // A latin plate is also what is left of a mainland one whose sign is not seen: dear.
    // Hong Kong: up to two letters and up to four digits; Macao: M, a letter, four digits.
    let latin = SymbolSet::LETTERS;
    for (letters, digits) in [(2, 4), (2, 3), (1, 4)] {
        let places = [vec![latin; letters], vec![digit; digits]].concat();
        let price = 5.0 + 2.0 * (6 - letters - digits) as f32;
        forms.push(form(PlateKind::Latin, places, price));
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grammar::{Bans, SkipCosts, search};
    use crate::text::Lattice;

    #[test]
    fn every_plate_has_one_form_of_least_cost() {
        let skips = SkipCosts {
            outside: 3.0,
            inside: 3.0,
        };
        for (text, kind) in [
            ("粤B12345", PlateKind::Mainland),
            ("京PL3N67", PlateKind::Mainland),
            ("粤BD12345", PlateKind::NewEnergy),
            ("粤B12345D", PlateKind::NewEnergy),
            ("粤B1234挂", PlateKind::Trailer),
            ("沪A1234学", PlateKind::Marked),
            ("粤ZF023港", PlateKind::CrossBorder),
            ("粤Z1234澳", PlateKind::CrossBorder),
            ("MA1234", PlateKind::Latin),
            ("HK9876", PlateKind::Latin),
        ] {
            let lattice = Lattice::from_text(text, 0.9);
            let best = forms()
                .iter()
                .filter_map(|form| {
                    let found = search(&lattice, &form.pattern, skips, Bans::None, 20.0)?;
                    Some((found.cost + form.price, form.kind, found.text()))
                })
                .min_by(|a, b| a.0.total_cmp(&b.0))
                .unwrap();
            assert_eq!((best.1, best.2.as_str()), (kind, text));
        }
    }
}
