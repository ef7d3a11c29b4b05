//! R6: the containers read surely are exactly those of the pass. A check digit proves nothing
//! here: one letter in twelve that is misread passes it.

use domain::container::ContainerNumber;
use domain::evidence::ContainerSighting;
use domain::reason::ReasonCode;
use domain::recordation::Standing;

use crate::context::Context;
use crate::findings::Findings;

pub(super) fn judge(context: &Context<'_>, out: &mut Findings) {
    let seen = &context.evidence.containers;
    let Some(pass) = context.pass else {
        out.review(
            ReasonCode::R6NoPass,
            shown(seen.iter().map(|s| &s.number)),
            "",
            "",
        );
        return;
    };
    let expected = || shown(pass.containers.iter().map(|box_| &box_.number));
    let limit = || {
        format!(
            ">= {} ‰, {} frames",
            context.policy.confidence_min_permille, context.policy.agreeing_frames_min
        )
    };
    let sure = |s: &ContainerSighting| context.is_sure(s.confidence_permille, s.agreeing_frames);
    for (index, box_) in pass.containers.iter().enumerate() {
        let number = &box_.number;
        let is_double = pass.containers[..index]
            .iter()
            .any(|earlier| earlier.number == *number);
        let same = || seen.iter().filter(|sighting| sighting.number == *number);
        // A reading that is exactly another container of the pass cannot stand for this one.
        let near = || {
            seen.iter()
                .filter(|s| !pass.containers.iter().any(|other| other.number == s.number))
                .find(|s| s.number.differing_characters(number) == 1)
        };
        if is_double {
            // The same number twice on one pass: one box cannot stand for two.
            out.review(ReasonCode::R6Missing, "", number.as_str(), "");
        } else if let Some(sighting) = same().find(|sighting| sure(sighting)) {
            judge_record(context, sighting, out);
        } else if let Some(unsure) = same().next() {
            let observed = format!("{number} {} ‰", unsure.confidence_permille);
            out.review(ReasonCode::R6Unsure, observed, number.as_str(), limit());
        } else if near().is_none() {
            let observed = shown(seen.iter().map(|sighting| &sighting.number));
            out.review(ReasonCode::R6Missing, observed, number.as_str(), limit());
        }
    }
    for sighting in seen {
        let number = &sighting.number;
        if pass.containers.iter().any(|box_| box_.number == *number) {
            continue;
        }
        let near = pass
            .containers
            .iter()
            .find(|box_| box_.number.differing_characters(number) == 1);
        match near {
            Some(box_) => {
                let expected = box_.number.as_str();
                out.review(ReasonCode::R6OneCharacter, number.as_str(), expected, "");
            }
            None if sure(sighting) => {
                out.detain(ReasonCode::R6NotOnPass, number.as_str(), expected(), "");
            }
            None => out.review(
                ReasonCode::R6UnsureExtra,
                number.as_str(),
                expected(),
                limit(),
            ),
        }
    }
    if out.is_clear() {
        out.pass(expected(), expected(), "");
    }
}

fn judge_record(context: &Context<'_>, sighting: &ContainerSighting, out: &mut Findings) {
    // A container without a recordation is R9's business: its tare is unknown.
    let Some(record) = context.container(&sighting.number) else {
        return;
    };
    let number = &sighting.number;
    if record.standing != Standing::Active {
        out.review(ReasonCode::R6NotActive, number.as_str(), "", "");
    }
    if let (Some(read), Some(recorded)) = (&sighting.size_type, &record.size_type)
        && read != recorded
    {
        let observed = format!("{number} {read}");
        out.review(
            ReasonCode::R6SizeTypeDiffers,
            observed,
            recorded.as_str(),
            "",
        );
    }
}

fn shown<'a>(numbers: impl Iterator<Item = &'a ContainerNumber>) -> String {
    let mut text = String::new();
    for number in numbers.take(4) {
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(number.as_str());
    }
    text
}
