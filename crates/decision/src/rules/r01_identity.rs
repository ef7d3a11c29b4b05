//! R1: electronic plate, painted plate and pass name one vehicle, exactly. One source that is
//! missing or unsure is a Review; two sure sources that differ are a Detain.

use domain::evidence::PlateSighting;
use domain::plate::Plate;
use domain::reading::PlateRole;
use domain::reason::ReasonCode;

use crate::context::{Context, has_plate};
use crate::findings::Findings;

pub(super) fn judge(context: &Context<'_>, out: &mut Findings) {
    let Some(pass) = context.pass else {
        out.review(ReasonCode::R1NoPass, seen(context), "", "");
        return;
    };
    let expected = pass.vehicle.as_str();
    let tag_plate = judge_tags(context, expected, out);
    let plate = judge_front(context, expected, out);
    judge_rear(context, out);

    let tag_fits = tag_plate.is_none_or(|tag| context.names_vehicle(tag));
    let plate_fits = plate.is_none_or(|plate| context.names_vehicle(plate));
    match (tag_plate, plate) {
        (Some(tag), Some(plate)) if !tag_fits && !plate_fits => {
            let reason = if tag == plate {
                ReasonCode::R1PassOfAnother
            } else {
                ReasonCode::R1TagAndPlateDiffer
            };
            out.detain(reason, format!("{tag} / {plate}"), expected, "");
        }
        (Some(tag), Some(plate)) if !tag_fits || !plate_fits => {
            out.detain(
                ReasonCode::R1TagAndPlateDiffer,
                format!("{tag} / {plate}"),
                expected,
                "",
            );
        }
        (Some(only), None) | (None, Some(only)) if !context.names_vehicle(only) => {
            out.review(ReasonCode::R1PlateNotOnPass, only.as_str(), expected, "");
        }
        (Some(plate), _) | (None, Some(plate)) => out.pass(plate.as_str(), expected, ""),
        (None, None) => {}
    }
}

/// The first plates seen, for the clerk.
fn seen(context: &Context<'_>) -> String {
    let mut text = String::new();
    for sighting in context.evidence.plates.iter().take(2) {
        if !text.is_empty() {
            text.push_str(" / ");
        }
        text.push_str(sighting.plate.as_str());
    }
    text
}

/// The plate that the one sure tag is recorded on, if there is one.
fn judge_tags<'a>(context: &Context<'a>, expected: &str, out: &mut Findings) -> Option<&'a Plate> {
    let evidence = context.evidence;
    let limit = || format!(">= {} reads", context.policy.tag_reads_min);
    let mut sure = evidence.tags.iter().filter(|tag| context.tag_is_sure(tag));
    let Some(first) = sure.next() else {
        match evidence.tags.first() {
            None => out.review(ReasonCode::R1TagMissing, "", expected, limit()),
            Some(tag) if tag.seen_elsewhere => {
                out.review(
                    ReasonCode::R1TagSeenElsewhere,
                    tag.tag.as_str(),
                    expected,
                    "",
                );
            }
            Some(tag) => out.review(
                ReasonCode::R1TagUnsure,
                format!("{} x{}", tag.tag, tag.reads),
                expected,
                limit(),
            ),
        }
        return None;
    };
    let of_trailer = context.trailer().and_then(|record| record.tag.as_ref());
    let vehicle = context.vehicle();
    let of_vehicle = vehicle.and_then(|record| record.tag.as_ref());
    let all_sure = || evidence.tags.iter().filter(|tag| context.tag_is_sure(tag));
    let mut strays =
        all_sure().filter(|tag| Some(&tag.tag) != of_trailer && Some(&tag.tag) != of_vehicle);
    if let (Some(stray), true) = (strays.next(), sure.next().is_some()) {
        out.review(ReasonCode::R1SeveralTags, stray.tag.as_str(), expected, "");
    }
    // The recordation must name the tag that was read; the tag index alone could be stale.
    let own_tag_read = of_vehicle.map(|own| all_sure().any(|sighting| sighting.tag == *own));
    if own_tag_read == Some(false) {
        out.review(
            ReasonCode::R1TagNotOnRecord,
            first.tag.as_str(),
            of_vehicle.map_or("", |tag| tag.as_str()),
            "",
        );
    }
    match &context.facts.tag_plate {
        None => {
            out.review(ReasonCode::R1TagUnknown, first.tag.as_str(), expected, "");
            None
        }
        // The trailer's tag may be the stronger one; then the tractor's own has to be there too.
        Some(plate) if context.names_trailer(plate) => {
            if own_tag_read == Some(true) {
                return vehicle.map(|record| &record.plate);
            }
            out.review(ReasonCode::R1TagMissing, plate.as_str(), expected, "");
            None
        }
        Some(plate) => Some(plate),
    }
}

/// The one sure front plate, if there is one.
fn judge_front<'a>(context: &Context<'a>, expected: &str, out: &mut Findings) -> Option<&'a Plate> {
    let limit = || {
        format!(
            ">= {} ‰, {} frames",
            context.policy.confidence_min_permille, context.policy.agreeing_frames_min
        )
    };
    let front = |sighting: &&PlateSighting| sighting.role == PlateRole::Tractor;
    let plates = &context.evidence.plates;
    let mut sure = plates
        .iter()
        .filter(front)
        .filter(|sighting| context.plate_is_sure(sighting));
    let Some(first) = sure.next() else {
        match plates.iter().find(front) {
            None => out.review(ReasonCode::R1PlateMissing, "", expected, limit()),
            Some(unsure) => out.review(
                ReasonCode::R1PlateUnsure,
                format!(
                    "{} {} ‰ x{}",
                    unsure.plate, unsure.confidence_permille, unsure.agreeing_frames
                ),
                expected,
                limit(),
            ),
        }
        return None;
    };
    // Both registrations of a cross-border vehicle, or the trailer's plate, are no second vehicle.
    let same_vehicle = |a: &Plate, b: &Plate| {
        a == b
            || context.names_trailer(b)
            || context
                .vehicle()
                .is_some_and(|record| has_plate(record, a) && has_plate(record, b))
    };
    if let Some(other) = sure.find(|other| !same_vehicle(&first.plate, &other.plate)) {
        out.review(
            ReasonCode::R1SeveralPlates,
            format!("{} / {}", first.plate, other.plate),
            expected,
            "",
        );
        return None;
    }
    Some(&first.plate)
}

fn judge_rear(context: &Context<'_>, out: &mut Findings) {
    let expected = context.pass.and_then(|pass| pass.trailer.as_ref());
    let mut rear = context
        .evidence
        .plates
        .iter()
        .filter(|sighting| sighting.role == PlateRole::Trailer);
    let Some(expected) = expected else {
        // A rigid truck carries its own number at the rear.
        if let Some(other) =
            rear.find(|seen| context.plate_is_sure(seen) && !context.names_vehicle(&seen.plate))
        {
            out.review(ReasonCode::R1TrailerNotOnPass, other.plate.as_str(), "", "");
        }
        return;
    };
    let mut best: Option<&PlateSighting> = None;
    let mut fits = false;
    for sighting in rear {
        if !context.plate_is_sure(sighting) {
            best = best.or(Some(sighting));
        } else if context.names_trailer(&sighting.plate) {
            fits = true;
        } else if !context.names_vehicle(&sighting.plate) {
            out.review(
                ReasonCode::R1TrailerDiffers,
                sighting.plate.as_str(),
                expected.as_str(),
                "",
            );
            return;
        }
    }
    match (fits, best) {
        (true, _) => {}
        (false, Some(unsure)) => out.review(
            ReasonCode::R1TrailerUnsure,
            format!("{} {} ‰", unsure.plate, unsure.confidence_permille),
            expected.as_str(),
            "",
        ),
        (false, None) => out.review(ReasonCode::R1TrailerMissing, "", expected.as_str(), ""),
    }
}
