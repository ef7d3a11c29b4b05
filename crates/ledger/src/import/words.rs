//! The words of the closed choices, both ways from one table each.

use domain::directive::Order;
use domain::gate_pass::{Direction, Stage};
use domain::manifest::Clearance;
use domain::recordation::{Standing, VehicleClass};

pub(super) const STANDING: &[(&str, Standing)] = &[
    ("active", Standing::Active),
    ("suspended", Standing::Suspended),
    ("revoked", Standing::Revoked),
];
pub(super) const CLASS: &[(&str, VehicleClass)] = &[
    ("tractor", VehicleClass::Tractor),
    ("trailer", VehicleClass::Trailer),
    ("truck", VehicleClass::Truck),
    ("service", VehicleClass::Service),
];
pub(super) const CLEARANCE: &[(&str, Clearance)] = &[
    ("cleared", Clearance::Cleared),
    ("under_amendment", Clearance::UnderAmendment),
    ("not_cleared", Clearance::NotCleared),
    ("refused", Clearance::Refused),
];
pub(super) const DIRECTION: &[(&str, Direction)] =
    &[("entry", Direction::Entry), ("exit", Direction::Exit)];
pub(super) const STAGE: &[(&str, Stage)] = &[
    ("entry", Stage::Entry),
    ("scan", Stage::Scan),
    ("weigh", Stage::Weigh),
    ("inspection", Stage::Inspection),
];
pub(super) const ORDER: &[(&str, Order)] = &[
    ("document_check", Order::DocumentCheck),
    ("inspect", Order::Inspect),
    ("detain", Order::Detain),
    ("scan_required", Order::ScanRequired),
    ("watch", Order::Watch),
    ("lift", Order::Lift),
];
pub(super) const SUBJECTS: &str = "vehicle, container, pass, consignment, company, driver";

/// The word of `value`.
pub(super) fn word<T: Copy + PartialEq>(table: &[(&'static str, T)], value: T) -> &'static str {
    table
        .iter()
        .find(|(_, listed)| *listed == value)
        .map(|(word, _)| *word)
        .expect("the table lists every value; a test walks them all")
}
