//! Directives of the ledger's answer → those that are in force and not lifted.

use domain::directive::{Directive, Order};

use crate::context::Context;
use crate::freshness::SKEW_MAX;

/// Directives in force now. When nothing vouches for the clock, a window is no ground to let a
/// directive pass by: everything that is not withdrawn counts.
pub(crate) fn in_force<'a>(context: &'a Context<'_>) -> impl Iterator<Item = &'a Directive> {
    context
        .facts
        .directives
        .iter()
        .filter(|directive| directive.order != Order::Lift)
        .filter(|directive| is_active(context, directive))
        .filter(|directive| !is_lifted(context, directive))
}

/// Whether `directive` stands at this moment. Its window was written by another clock: where the
/// two may differ, it holds.
pub(crate) fn is_active(context: &Context<'_>, directive: &Directive) -> bool {
    let window = &directive.window;
    !directive.withdrawn
        && (!context.clock_is_sure() || window.contains_with_grace(context.now, SKEW_MAX))
}

/// Whether a later Lift on the same subject cancels `directive`. The Lift has to be within its
/// own window whatever the clock says, for it releases.
fn is_lifted(context: &Context<'_>, directive: &Directive) -> bool {
    let may_be_lifted = match directive.order {
        Order::Inspect | Order::Detain | Order::ScanRequired => true,
        Order::DocumentCheck | Order::Watch | Order::Lift => false,
    };
    may_be_lifted
        && context.facts.directives.iter().any(|lift| {
            lift.order == Order::Lift
                && !lift.withdrawn
                && lift.subject == directive.subject
                && lift.window.contains(context.now)
                && lift.window.from > directive.window.from
        })
}
