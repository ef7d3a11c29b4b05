//! Forms of numbers and plates.

use crate::text::lattice::{SYMBOLS, Symbol, symbol_of};

/// A set of symbols, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SymbolSet(u128);

impl SymbolSet {
    pub(crate) const DIGITS: Self = Self(0x3ff);
    pub(crate) const LETTERS: Self = Self(((1 << 26) - 1) << 10);

    /// The symbols of a text; others are left out.
    pub(crate) fn of(text: &str) -> Self {
        Self(
            text.chars()
                .filter_map(symbol_of)
                .fold(0, |bits, symbol| bits | 1 << symbol),
        )
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn without(self, text: &str) -> Self {
        Self(self.0 & !Self::of(text).0)
    }

    pub(crate) fn contains(self, symbol: Symbol) -> bool {
        self.0 >> symbol & 1 == 1
    }

    pub(crate) fn symbols(self) -> impl Iterator<Item = Symbol> {
        (0..SYMBOLS as u8).filter(move |&symbol| self.contains(symbol))
    }

    fn has_digits_only(self) -> bool {
        self.0 & !Self::DIGITS.0 == 0
    }
}

/// A form of text.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    /// What may stand at each place.
    pub(crate) places: Vec<SymbolSet>,
    /// ISO 6346: the last place is the check digit of the others.
    pub(crate) check_digit: bool,
}

/// A remainder of the weighted sum, modulo 11.
const MODULUS: usize = 11;

impl Pattern {
    pub(crate) fn new(places: Vec<SymbolSet>) -> Self {
        Self {
            places,
            check_digit: false,
        }
    }

    /// ISO 6346: three letters of the owner, category, six digits, check digit.
    pub(crate) fn container() -> Self {
        let mut places = vec![SymbolSet::LETTERS; 3];
        places.push(SymbolSet::of("UJZ"));
        places.extend([SymbolSet::DIGITS; 7]);
        Self {
            places,
            check_digit: true,
        }
    }

    /// The same without the check digit, for finding where one should stand.
    pub(crate) fn container_without_check_digit() -> Self {
        let mut places = Self::container().places;
        places.pop();
        Self::new(places)
    }

    /// How many values the running sum takes.
    pub(crate) fn sums(&self) -> usize {
        if self.check_digit { MODULUS } else { 1 }
    }

    /// The running sum after `symbol` at `place`; `None` when a check digit contradicts.
    pub(crate) fn sum_after(&self, place: usize, sum: usize, symbol: Symbol) -> Option<usize> {
        if !self.check_digit {
            return Some(0);
        }
        if place + 1 < self.places.len() {
            return Some((sum + (value(symbol) << place)) % MODULUS);
        }
        (sum % 10 == usize::from(symbol)).then_some(0)
    }

    /// How likely `seen` is read where `symbol` is painted, relative to the right reading. Only
    /// shapes that a form tells apart: a letter where the form wants a digit, and the reverse.
    pub(crate) fn confusions(&self, place: usize, symbol: Symbol) -> &'static [(char, f32)] {
        let set = self.places[place];
        let is_digit = symbol < 10;
        // A place that takes both kinds tells nothing apart.
        let tells = set.has_digits_only() || !set.symbols().any(|other| other < 10);
        if !tells {
            return &[];
        }
        let shapes = if is_digit {
            DIGIT_SHAPES
        } else {
            LETTER_SHAPES
        };
        let name = crate::text::lattice::char_of(symbol);
        shapes
            .iter()
            .find(|(c, _)| *c == name)
            .map_or(&[], |(_, seen)| seen)
    }
}

/// ISO 6346 annex A: letters count from 10 on, multiples of 11 left out.
fn value(symbol: Symbol) -> usize {
    let symbol = usize::from(symbol);
    match symbol {
        0..=10 => symbol,
        11..=20 => symbol + 1,
        21..=30 => symbol + 2,
        _ => symbol + 3,
    }
}

type Shapes = &'static [(char, &'static [(char, f32)])];

const DIGIT_SHAPES: Shapes = &[
    ('0', &[('O', 0.6), ('D', 0.3), ('Q', 0.3), ('U', 0.05)]),
    ('1', &[('I', 0.6), ('L', 0.2), ('T', 0.05)]),
    ('2', &[('Z', 0.5)]),
    ('4', &[('A', 0.2)]),
    ('5', &[('S', 0.5)]),
    ('6', &[('G', 0.3), ('B', 0.05)]),
    ('7', &[('T', 0.1), ('Z', 0.05)]),
    ('8', &[('B', 0.5)]),
    ('9', &[('G', 0.05), ('P', 0.05)]),
];

const LETTER_SHAPES: Shapes = &[
    ('A', &[('4', 0.2)]),
    ('B', &[('8', 0.5)]),
    ('D', &[('0', 0.2)]),
    ('G', &[('6', 0.3)]),
    ('I', &[('1', 0.6)]),
    ('L', &[('1', 0.1)]),
    ('O', &[('0', 0.6)]),
    ('Q', &[('0', 0.2)]),
    ('S', &[('5', 0.5)]),
    ('T', &[('7', 0.1), ('1', 0.05)]),
    ('U', &[('0', 0.05)]),
    ('Z', &[('2', 0.5), ('7', 0.05)]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use domain::container::ContainerNumber;

    #[test]
    fn sums_agree_with_the_domain() {
        let pattern = Pattern::container();
        for number in ["CSQU3054383", "DFSU4119250", "MTBU0200106", "TGHU8643952"] {
            ContainerNumber::parse(number).unwrap();
            let mut sum = Some(0);
            for (place, c) in number.chars().enumerate() {
                let symbol = symbol_of(c).unwrap();
                assert!(pattern.places[place].contains(symbol));
                sum = pattern.sum_after(place, sum.unwrap(), symbol);
            }
            assert_eq!(sum, Some(0), "{number}");
        }
        // Every wrong last digit is refused.
        for (first_ten, right) in [("CSQU305438", b'3'), ("DFSU411925", b'0')] {
            let sum = first_ten.chars().enumerate().fold(0, |sum, (place, c)| {
                let symbol = symbol_of(c).unwrap();
                pattern.sum_after(place, sum, symbol).unwrap()
            });
            for digit in 0..10 {
                let allowed = pattern.sum_after(10, sum, digit).is_some();
                assert_eq!(allowed, digit == right - b'0');
            }
        }
    }

    #[test]
    fn sets_hold_what_they_name() {
        assert_eq!(SymbolSet::DIGITS.symbols().count(), 10);
        assert_eq!(SymbolSet::LETTERS.without("IO").symbols().count(), 24);
        assert!(SymbolSet::of("粤港").contains(symbol_of('港').unwrap()));
        assert!(!SymbolSet::of("粤港").and(SymbolSet::DIGITS).contains(10));
    }
}
