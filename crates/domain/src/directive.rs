//! Directives (布控): orders of customs on a vehicle, container, pass, consignment, company or driver.

use crate::container::ContainerNumber;
use crate::id::{CompanyId, ConsignmentId, DirectiveId, DriverId, PassNumber};
use crate::plate::Plate;
use crate::time::Window;

/// Whom a directive is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A vehicle by its plate.
    Vehicle(Plate),
    /// A container.
    Container(ContainerNumber),
    /// A gate pass.
    Pass(PassNumber),
    /// A consignment.
    Consignment(ConsignmentId),
    /// A company.
    Company(CompanyId),
    /// A driver.
    Driver(DriverId),
}

/// What is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Order {
    /// Check the papers; a clerk may clear it.
    DocumentCheck,
    /// Open and inspect.
    Inspect,
    /// Keep the vehicle.
    Detain,
    /// Scan; fulfilled by an officer's "no finding".
    ScanRequired,
    /// Watchlist entry: report, and hold if `silent` is false.
    Watch,
    /// Customs lifts a Detain on the subject: the only thing that can.
    Lift,
}

/// A directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// Key.
    pub id: DirectiveId,
    /// Whom it is about.
    pub subject: Subject,
    /// What is ordered.
    pub order: Order,
    /// When it applies.
    pub window: Window,
    /// Withdrawn by customs.
    pub withdrawn: bool,
    /// The driver and clerk must not learn of it.
    pub silent: bool,
    /// Text for the officer, at most 200 characters.
    pub text: String,
}
