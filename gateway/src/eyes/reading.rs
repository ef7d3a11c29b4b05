//! What one picture shows → observations in the lane's words.
//!
//! Everything likely enough to matter is reported, with its confidence; whether it is sure enough
//! is for policy. A reading that is not accepted is never reported as surer than an accepted one.

use domain::reading::{ContainerReading, Observation, PictureRef, PlateReading, PlateRole};
use vision::{PlateKind, Scene};

use crate::config::View;

/// Less probable readings are left to the picture's note.
const REPORTED_MIN: f32 = 0.05;
/// What the recogniser itself does not accept is not sure under any policy (its least is 500).
const UNACCEPTED_MAX: f32 = 0.499;

pub(super) fn readings(
    scene: &Scene,
    view: View,
    picture: Option<&PictureRef>,
) -> Vec<Observation> {
    let numbers = scene
        .numbers
        .iter()
        .filter(|one| one.confidence >= REPORTED_MIN)
        .map(|one| {
            Observation::Container(ContainerReading {
                number: one.number.clone(),
                size_type: one.size_type.clone(),
                confidence_permille: permille(one.confidence, one.accepted),
                picture: picture.cloned(),
            })
        });
    let plates = scene
        .plates
        .iter()
        .filter(|one| one.confidence >= REPORTED_MIN)
        .map(|one| {
            Observation::Plate(PlateReading {
                plate: one.plate.clone(),
                role: role(one.kind, view),
                confidence_permille: permille(one.confidence, one.accepted),
                picture: picture.cloned(),
            })
        });
    numbers.chain(plates).collect()
}

/// A trailer's plate says so itself; any other is the rear one where the camera looks from behind.
fn role(kind: PlateKind, view: View) -> PlateRole {
    match (kind, view) {
        (PlateKind::Trailer, _) | (_, View::Rear) => PlateRole::Trailer,
        (
            PlateKind::Mainland
            | PlateKind::NewEnergy
            | PlateKind::Marked
            | PlateKind::CrossBorder
            | PlateKind::Latin,
            View::Front | View::Side,
        ) => PlateRole::Tractor,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0 to 1000"
)]
fn permille(confidence: f32, accepted: bool) -> u16 {
    let capped = if accepted {
        confidence
    } else {
        confidence.min(UNACCEPTED_MAX)
    };
    (capped.clamp(0.0, 1.0) * 1_000.0) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubted_reading_is_never_sure() {
        let cases = [
            (0.999, true, 999),
            (0.999, false, 499),
            (0.3, false, 300),
            (1.0, true, 1_000),
            (f32::NAN, false, 499),
        ];
        for (confidence, accepted, expected) in cases {
            assert_eq!(permille(confidence, accepted), expected, "{confidence}");
        }
    }

    #[test]
    fn a_plate_belongs_to_tractor_or_trailer() {
        let cases = [
            (PlateKind::Mainland, View::Front, PlateRole::Tractor),
            (PlateKind::Trailer, View::Front, PlateRole::Trailer),
            (PlateKind::Latin, View::Rear, PlateRole::Trailer),
            (PlateKind::NewEnergy, View::Side, PlateRole::Tractor),
        ];
        for (kind, view, expected) in cases {
            assert_eq!(role(kind, view), expected, "{kind:?} {view:?}");
        }
    }
}
