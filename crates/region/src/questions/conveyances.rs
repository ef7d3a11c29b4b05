//! The number of a conveyance, in any spelling → what it can be found by. A text that fits several
//! kinds is looked for as each of them.

use std::collections::BTreeSet;

use domain::conveyance::{ImoNumber, ImoNumberError, Means, Registration};
use domain::plate::Plate;

use crate::database::Value;

/// Longest voyage that is asked for, characters.
const VOYAGE_CHARS_MAX: usize = 200;
/// Most voyages that are told where the one asked for is unknown.
const VOYAGES_TOLD: usize = 10;
/// How numbers are written.
const FORMS: &str = "9074729 or IMO 9074729 (a ship, by its IMO number), 粤珠海1234 (a small vessel on the \
                     Hong Kong and Macao run), B-2447 (an aircraft), X8426 (a train), 粤B12345 (a \
                     vehicle, by its plate)";

/// Kind of a conveyance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConveyanceKind {
    /// Seagoing ship.
    Ship,
    /// Small vessel on the Hong Kong and Macao run.
    SmallVessel,
    /// Aircraft.
    Aircraft,
    /// Train.
    Train,
    /// Road vehicle.
    Vehicle,
    /// Named in words only.
    Unstated,
}

impl ConveyanceKind {
    const ALL: [Self; 6] = [
        Self::Ship,
        Self::SmallVessel,
        Self::Aircraft,
        Self::Train,
        Self::Vehicle,
        Self::Unstated,
    ];

    /// The kind of what is known of a conveyance.
    #[must_use]
    pub const fn of(means: &Means) -> Self {
        match means {
            Means::Ship(_) => Self::Ship,
            Means::SmallVessel(_) => Self::SmallVessel,
            Means::Aircraft(_) => Self::Aircraft,
            Means::Train(_) => Self::Train,
            Means::Vehicle(_) => Self::Vehicle,
            Means::Unstated => Self::Unstated,
        }
    }

    /// The kind of a stable text; of one that is not known, what can be said of every conveyance.
    #[must_use]
    pub fn of_code(code: &str) -> Self {
        let mut kinds = Self::ALL.into_iter();
        kinds
            .find(|kind| kind.code() == code)
            .unwrap_or(Self::Unstated)
    }

    /// Stable text, as in the rows of the ledger.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ship => "ship",
            Self::SmallVessel => "small_vessel",
            Self::Aircraft => "aircraft",
            Self::Train => "train",
            Self::Vehicle => "vehicle",
            Self::Unstated => "unstated",
        }
    }
}

/// What a conveyance is found by; stored, and never changed. Empty for one that is named in words.
pub(super) fn known_as(means: &Means) -> String {
    match means {
        Means::Ship(number) => format!("ship {number}"),
        Means::SmallVessel(text) | Means::Aircraft(text) | Means::Train(text) => {
            format!("registered {}", plain(text))
        }
        Means::Vehicle(plate) => format!("plate {}", plate.as_str()),
        Means::Unstated => String::new(),
    }
}

/// A registration without what people write or leave out as they like: `B-2447` is `B2447`.
fn plain(registration: &Registration) -> String {
    let text = registration.as_str();
    let plain: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    if plain.is_empty() {
        text.to_owned()
    } else {
        plain
    }
}

/// A voyage in the form in which two are compared.
pub(super) fn voyage_key(voyage: &str) -> String {
    voyage.trim().to_uppercase()
}

/// A conveyance as it is asked for: what the number can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedConveyance {
    raw: String,
    /// As [`known_as`]; the same one twice where the number can be fewer things.
    known_as: [String; 3],
    /// Empty for every voyage.
    voyage: String,
}

/// Why a text names no conveyance.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConveyanceNameError {
    /// It is no number.
    #[error("{raw:?} is no number of a conveyance; numbers are written as {FORMS}")]
    Number {
        /// The text, cut to 40 characters.
        raw: String,
    },
    /// The voyage is too long.
    #[error("a voyage has at most {VOYAGE_CHARS_MAX} characters")]
    Voyage,
}

impl NamedConveyance {
    /// Reads a number in any spelling: IMO number, registration or plate. An empty voyage is every
    /// voyage.
    ///
    /// # Errors
    /// The text is no number at all, or the voyage too long.
    pub fn parse(number: &str, voyage: &str) -> Result<Self, ConveyanceNameError> {
        let raw: String = number.trim().chars().take(40).collect();
        let upper = number.trim().to_uppercase();
        let ship = ImoNumber::parse(&upper).ok().map(Means::Ship);
        // Which of the registered kinds does not matter: they are found by the same text.
        let registered = Registration::parse(&upper).ok().map(Means::Train);
        let vehicle = Plate::parse(&upper).ok().map(Means::Vehicle);
        let can_be: Vec<String> = [ship, registered, vehicle]
            .iter()
            .flatten()
            .map(known_as)
            .collect();
        let Some(last) = can_be.last() else {
            return Err(ConveyanceNameError::Number { raw });
        };
        if voyage.chars().count() > VOYAGE_CHARS_MAX {
            return Err(ConveyanceNameError::Voyage);
        }
        let at = |place: usize| can_be.get(place).unwrap_or(last).clone();
        Ok(Self {
            raw,
            known_as: [at(0), at(1), at(2)],
            voyage: voyage_key(voyage),
        })
    }

    /// The same conveyance on every voyage.
    pub(super) fn every_voyage(&self) -> Self {
        Self {
            voyage: String::new(),
            ..self.clone()
        }
    }

    /// The three texts and the voyage.
    pub(super) fn values(&self) -> impl Iterator<Item = Value> {
        let known_as = self.known_as.iter().map(|text| text.as_str().into());
        known_as.chain([self.voyage.as_str().into()])
    }

    /// What is said where no manifest names it; `others` are the voyages of its manifests, if it has
    /// any, newest first.
    pub(super) fn unknown(&self, others: &[&str]) -> String {
        let Self { raw, voyage, .. } = self;
        if others.is_empty() {
            let hint = match ImoNumber::parse(&raw.to_uppercase()) {
                Err(error @ ImoNumberError::CheckDigit { .. }) => format!("{error}; "),
                Err(ImoNumberError::Shape { .. }) | Ok(_) => String::new(),
            };
            return format!("no manifest names {raw}; {hint}numbers are written as {FORMS}");
        }
        let mut told = BTreeSet::new();
        let named = others.iter().filter(|voyage| !voyage.is_empty());
        let known: Vec<&str> = named
            .copied()
            .filter(|voyage| told.insert(*voyage))
            .take(VOYAGES_TOLD)
            .collect();
        if known.is_empty() {
            return format!("no manifest of {raw} names a voyage; leave the voyage out");
        }
        format!(
            "no manifest names voyage {voyage} of {raw}; its last ones are {}; leave the voyage out for \
             all",
            known.join(", ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(number: &str) -> Vec<String> {
        let conveyance = NamedConveyance::parse(number, "").unwrap();
        let mut known_as = conveyance.known_as.to_vec();
        known_as.dedup();
        known_as
    }

    #[test]
    fn a_number_is_found_however_it_is_written() {
        let registration =
            |text: &str| known_as(&Means::Aircraft(Registration::parse(text).unwrap()));
        for (number, expected) in [
            ("9074729", "ship 9074729"),
            (" imo 9074729 ", "ship 9074729"),
            ("UN9074729", "ship 9074729"),
            ("粤B·12345", "plate 粤B12345"),
            ("b2447", "registered B2447"),
            ("B-2447", "registered B2447"),
            ("b-2447", &registration("B 2447")),
        ] {
            let found = named(number);
            assert!(found.iter().any(|text| text == expected), "{found:?}");
        }
        // A wrong check digit is no ship, but could be a train.
        assert!(
            named("9074728")
                .iter()
                .all(|text| !text.starts_with("ship"))
        );
        assert_eq!(known_as(&Means::Unstated), "");
        let long = "9".repeat(50);
        for wrong in ["", "  ", "\u{7}", &long] {
            let error = NamedConveyance::parse(wrong, "").unwrap_err();
            assert!(error.to_string().contains("IMO"), "{error}");
        }
        let error = NamedConveyance::parse("9074729", &long.repeat(5)).unwrap_err();
        assert_eq!(error, ConveyanceNameError::Voyage);
    }

    #[test]
    fn what_is_unknown_is_said_with_the_way_out() {
        for (number, others, expected) in [
            (
                "9074729",
                vec![],
                "no manifest names 9074729; numbers are written as",
            ),
            (
                "9074728",
                vec![],
                "IMO number 9074728 has to be 9; numbers are",
            ),
            (
                "9074729",
                vec!["014W", "", "012E", "014W"],
                "names voyage 13 of 9074729; its last ones are 014W, 012E; leave",
            ),
            ("9074729", vec![""], "names a voyage; leave the voyage out"),
        ] {
            let conveyance = NamedConveyance::parse(number, "13").unwrap();
            let said = conveyance.unknown(&others);
            assert!(said.contains(expected), "{said}");
        }
    }
}
