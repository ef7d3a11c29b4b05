//! R8: every seal of the pass was read, is the same, closed, and was not opened on the way. That
//! a seal answers says nothing; it has to say that it is closed.

use domain::container::ContainerNumber;
use domain::reading::SealReading;
use domain::reason::ReasonCode;
use domain::seal::{SealNumber, SealState};

use crate::context::Context;
use crate::findings::Findings;

pub(super) fn judge(context: &Context<'_>, out: &mut Findings) {
    let Some(pass) = context.pass else {
        out.review(ReasonCode::R8NoPass, "", "", "");
        return;
    };
    let mut required = 0_usize;
    for box_ in &pass.containers {
        for seal in &box_.seals {
            required += 1;
            judge_seal(context, &box_.number, seal, out);
        }
    }
    let expected = |number: Option<&SealNumber>| {
        number.is_some_and(|number| {
            pass.containers
                .iter()
                .any(|box_| box_.seals.contains(number))
        })
    };
    for reading in &context.evidence.seals {
        if reading.state == SealState::Tampered && !expected(reading.number.as_ref()) {
            out.detain(ReasonCode::R8Tampered, seal_text(reading), "", "");
        }
    }
    out.pass(format!("{required}"), format!("{required}"), "");
}

fn judge_seal(
    context: &Context<'_>,
    container: &ContainerNumber,
    seal: &SealNumber,
    out: &mut Findings,
) {
    let readings = &context.evidence.seals;
    let expected = || format!("{container} {seal}");
    let mut read = false;
    for reading in readings
        .iter()
        .filter(|reading| reading.number.as_ref() == Some(seal))
    {
        read = true;
        judge_same_number(container, reading, &expected(), out);
    }
    if read {
        return;
    }
    let mut seen = false;
    for reading in readings.iter().filter(|reading| {
        reading.container.as_ref() == Some(container) || reading.container.is_none()
    }) {
        if is_seal_of_pass(context, reading) {
            continue;
        }
        seen = true;
        judge_other_number(reading, &expected(), out);
    }
    if !seen {
        out.review(ReasonCode::R8NotRead, "", expected(), "");
    }
}

/// Whether `reading` is of a seal that the pass names, and thus judged there.
fn is_seal_of_pass(context: &Context<'_>, reading: &SealReading) -> bool {
    let Some(number) = &reading.number else {
        return false;
    };
    context.pass.is_some_and(|pass| {
        pass.containers
            .iter()
            .any(|box_| box_.seals.contains(number))
    })
}

fn judge_same_number(
    container: &ContainerNumber,
    reading: &SealReading,
    expected: &str,
    out: &mut Findings,
) {
    let observed = seal_text(reading);
    match reading.state {
        SealState::Closed => {}
        SealState::Open => out.detain(ReasonCode::R8Open, observed.as_str(), expected, ""),
        SealState::Tampered => {
            out.detain(ReasonCode::R8Tampered, observed.as_str(), expected, "");
        }
        SealState::Absent => out.detain(ReasonCode::R8Absent, observed.as_str(), expected, ""),
        SealState::Unreadable => {
            out.review(ReasonCode::R8Unreadable, observed.as_str(), expected, "");
        }
    }
    if reading.opened_since_set {
        if reading.reseal_recorded {
            out.review(ReasonCode::R8Resealed, observed.as_str(), expected, "");
        } else {
            out.detain(
                ReasonCode::R8OpenedSinceSet,
                observed.as_str(),
                expected,
                "",
            );
        }
    }
    if reading
        .container
        .as_ref()
        .is_some_and(|seen| seen != container)
    {
        out.review(ReasonCode::R8OtherContainer, observed, expected, "");
    }
}

fn judge_other_number(reading: &SealReading, expected: &str, out: &mut Findings) {
    let observed = seal_text(reading);
    match reading.state {
        SealState::Absent => out.detain(ReasonCode::R8Absent, observed, expected, ""),
        SealState::Tampered => out.detain(ReasonCode::R8Tampered, observed, expected, ""),
        SealState::Open => out.detain(ReasonCode::R8Open, observed, expected, ""),
        SealState::Unreadable => out.review(ReasonCode::R8Unreadable, observed, expected, ""),
        SealState::Closed => match (&reading.number, reading.reseal_recorded) {
            (None, _) => out.review(ReasonCode::R8Unreadable, observed, expected, ""),
            (Some(_), true) => out.review(ReasonCode::R8Resealed, observed, expected, ""),
            (Some(_), false) => out.detain(ReasonCode::R8NumberDiffers, observed, expected, ""),
        },
    }
}

fn seal_text(reading: &SealReading) -> String {
    let number = reading.number.as_ref().map_or("-", SealNumber::as_str);
    match &reading.container {
        Some(container) => format!("{container} {number}"),
        None => number.to_owned(),
    }
}
