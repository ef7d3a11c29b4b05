//! Scanner readings → the state of the scan of one container, or of a vehicle without one.

use domain::container::ContainerNumber;
use domain::digest::Digest;
use domain::directive::{Order, Subject};
use domain::reading::{ScanJudge, ScanReading, ScanVerdict};
use domain::reason::ReasonCode;

use crate::context::Context;
use crate::directives;
use crate::freshness::{Freshness, freshness};

/// A scan as the rules see it; everything but `Clean` holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScanState {
    /// An officer's "no finding" on the image as captured, of this box, in this visit.
    Clean,
    /// Held for the reason.
    Held(ReasonCode),
    /// Only customs may lift it, for the reason.
    Bad(ReasonCode),
}

/// The scan that counts for `target` (`None`: the whole vehicle): the one captured last;
/// of one image, the officer's word rather than the machine's.
pub(crate) fn latest<'a>(
    context: &Context<'a>,
    target: Option<&ContainerNumber>,
) -> Option<&'a ScanReading> {
    context
        .evidence
        .scans
        .iter()
        .filter(|scan| scan.container.as_ref() == target)
        .max_by_key(|scan| {
            let is_officers = matches!(scan.judge, ScanJudge::Officer(_));
            (scan.captured_at, is_officers)
        })
}

/// Whether the last image of `target` that anybody measured shows cargo. An officer's verdict on
/// the image says nothing of that, and takes nothing of it back.
pub(crate) fn loaded(context: &Context<'_>, target: Option<&ContainerNumber>) -> Option<bool> {
    let of_target = context.evidence.scans.iter();
    of_target
        .filter(|scan| scan.container.as_ref() == target && scan.loaded.is_some())
        .max_by_key(|scan| scan.captured_at)?
        .loaded
}

/// State of the scan of `target`.
pub(crate) fn state_of(context: &Context<'_>, target: Option<&ContainerNumber>) -> ScanState {
    latest(context, target).map_or(ScanState::Held(ReasonCode::R12Missing), |scan| {
        judge(context, scan)
    })
}

fn judge(context: &Context<'_>, scan: &ScanReading) -> ScanState {
    let belongs = match &scan.plate {
        Some(plate) => context.names_vehicle(plate) || context.names_trailer(plate),
        // The container's number binds the image; a whole vehicle has nothing but its plate.
        None => scan.container.is_some(),
    };
    if !belongs {
        return ScanState::Held(ReasonCode::R12OtherVehicle);
    }
    if scan.verdict == ScanVerdict::Finding {
        // Software is wrong more often than an officer: its marks ask for one, they do not detain.
        return match scan.judge {
            ScanJudge::Officer(_) => ScanState::Bad(ReasonCode::R12Finding),
            ScanJudge::Machine => ScanState::Held(ReasonCode::R12MachineFinding),
        };
    }
    let limit_s = context.policy.scan_age_max_s;
    match freshness(scan.captured_at, context.now, limit_s) {
        Freshness::Fresh => {}
        Freshness::Stale | Freshness::FromFuture => {
            return ScanState::Held(ReasonCode::R12TooOld);
        }
    }
    if scan.verdict == ScanVerdict::Pending {
        return ScanState::Held(ReasonCode::R12Pending);
    }
    // Two who speak of one capture have to mean the same image.
    let is_other_image = |other: &ScanReading| {
        other.container == scan.container
            && other.captured_at == scan.captured_at
            && other.captured_sha256 != scan.captured_sha256
    };
    if scan.captured_sha256 != scan.judged_sha256
        || scan.captured_sha256 == Digest::ZERO
        || context.evidence.scans.iter().any(is_other_image)
    {
        return ScanState::Bad(ReasonCode::R12HashDiffers);
    }
    match scan.judge {
        ScanJudge::Officer(_) => ScanState::Clean,
        ScanJudge::Machine => ScanState::Held(ReasonCode::R12MachineOnly),
    }
}

/// Whether every scan that `subject` asks for is clean: the container named, else each container
/// of the pass on its own, else the whole vehicle.
pub(crate) fn is_met(context: &Context<'_>, subject: &Subject) -> bool {
    match subject {
        Subject::Container(container) => state_of(context, Some(container)) == ScanState::Clean,
        Subject::Vehicle(_)
        | Subject::Pass(_)
        | Subject::Consignment(_)
        | Subject::Company(_)
        | Subject::Driver(_) => {
            let containers = context.pass.map_or(&[][..], |pass| &pass.containers);
            if containers.is_empty() {
                state_of(context, None) == ScanState::Clean
            } else {
                containers
                    .iter()
                    .all(|box_| state_of(context, Some(&box_.number)) == ScanState::Clean)
            }
        }
    }
}

/// Whether `target` has to have a scan.
pub(crate) fn is_required(context: &Context<'_>, target: Option<&ContainerNumber>) -> bool {
    context.pass.is_some_and(|pass| pass.scan_required)
        || directives::in_force(context)
            .filter(|directive| directive.order == Order::ScanRequired)
            .any(|directive| match &directive.subject {
                Subject::Container(container) => Some(container) == target,
                Subject::Vehicle(_)
                | Subject::Pass(_)
                | Subject::Consignment(_)
                | Subject::Company(_)
                | Subject::Driver(_) => true,
            })
}
