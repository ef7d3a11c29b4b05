//! A manifest's conveyance ⇄ its twin: words alone, or kind and number.

use domain::conveyance::{Conveyance, ImoNumber, Means, Registration};
use domain::plate::Plate;

use super::decode::{Parsed, bounded_text, parsed, wrong};
use super::text::{ConveyanceText, ConveyanceValue};

const KINDS: &str = "ship, small_vessel, aircraft, train, vehicle";

pub(super) fn decode(value: &ConveyanceValue<'_>) -> Parsed<Conveyance> {
    let known = match value {
        ConveyanceValue::Words(words) => {
            return Ok(Conveyance::in_words(bounded_text("conveyance", words)?));
        }
        ConveyanceValue::Known(known) => known,
    };
    let field = "conveyance.number";
    let means = match (known.kind.as_deref(), known.number.as_deref()) {
        (None, None) => Means::Unstated,
        (Some("ship"), Some(raw)) => Means::Ship(parsed(field, raw, ImoNumber::parse)?),
        (Some("small_vessel"), Some(raw)) => {
            Means::SmallVessel(parsed(field, raw, Registration::parse)?)
        }
        (Some("aircraft"), Some(raw)) => Means::Aircraft(parsed(field, raw, Registration::parse)?),
        (Some("train"), Some(raw)) => Means::Train(parsed(field, raw, Registration::parse)?),
        (Some("vehicle"), Some(raw)) => Means::Vehicle(parsed(field, raw, Plate::parse)?),
        (Some(other), Some(_)) => {
            let what = format!("{other:?} is no kind of conveyance");
            let way_out = format!("write one of {KINDS}");
            return Err(wrong("conveyance.kind", what, way_out));
        }
        (Some(_), None) | (None, Some(_)) => {
            return Err(wrong(
                "conveyance",
                "has a kind without a number, or a number without a kind",
                "write both, or neither",
            ));
        }
    };
    Ok(Conveyance {
        means,
        name: bounded_text("conveyance.name", &known.name)?,
        voyage: bounded_text("conveyance.voyage", &known.voyage)?,
    })
}

pub(super) fn encode(conveyance: &Conveyance) -> ConveyanceValue<'_> {
    let kind = match conveyance.means {
        Means::Ship(_) => Some("ship"),
        Means::SmallVessel(_) => Some("small_vessel"),
        Means::Aircraft(_) => Some("aircraft"),
        Means::Train(_) => Some("train"),
        Means::Vehicle(_) => Some("vehicle"),
        Means::Unstated => None,
    };
    if kind.is_none() && conveyance.voyage.is_empty() {
        return ConveyanceValue::Words(conveyance.name.as_str().into());
    }
    ConveyanceValue::Known(ConveyanceText {
        kind: kind.map(Into::into),
        number: kind.map(|_| conveyance.means.number().into()),
        name: conveyance.name.as_str().into(),
        voyage: conveyance.voyage.as_str().into(),
    })
}
