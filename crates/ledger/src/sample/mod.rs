//! Rows that tests of this crate share: one truck, its trailer, company, driver and goods.

pub(crate) mod events;

use domain::container::ContainerNumber;
use domain::directive::{Directive, Order, Subject};
use domain::gate_pass::{Direction, GatePass, PassConsignment, PassContainer, Stage};
use domain::id::{
    CompanyId, ConsignmentId, DirectiveId, DriverId, ManifestId, PassNumber, PremisesId,
};
use domain::manifest::{Clearance, Consignment};
use domain::mass::Mass;
use domain::plate::Plate;
use domain::recordation::{
    CompanyRecord, ContainerRecord, DriverRecord, PremisesRecord, Standing, VehicleClass,
    VehicleRecord,
};
use domain::tag::TagId;
use domain::time::{Timestamp, Window};

pub(crate) const BOX: &str = "CSQU3054383";

pub(crate) fn plate(raw: &str) -> Plate {
    Plate::parse(raw).expect("a plate")
}

pub(crate) fn tag(raw: &str) -> TagId {
    TagId::parse(raw).expect("a tag")
}

pub(crate) fn number(raw: &str) -> PassNumber {
    PassNumber::parse(raw).expect("a pass number")
}

pub(crate) fn goods(raw: &str) -> ConsignmentId {
    ConsignmentId::parse(raw).expect("a consignment id")
}

pub(crate) fn site(raw: &str) -> PremisesId {
    PremisesId::parse(raw).expect("a premises id")
}

pub(crate) fn container(raw: &str) -> ContainerNumber {
    ContainerNumber::parse(raw).expect("a container number")
}

pub(crate) fn company_id() -> CompanyId {
    CompanyId::parse("C1").expect("a company id")
}

pub(crate) fn driver_id() -> DriverId {
    DriverId::parse("D1").expect("a driver id")
}

/// Second `s` of the day that the tests play on.
pub(crate) fn at(s: i64) -> Timestamp {
    Timestamp::from_seconds(1_772_352_000 + s)
}

pub(crate) fn span(from_s: i64, until_s: i64) -> Window {
    Window {
        from: at(from_s),
        until: at(until_s),
    }
}

pub(crate) fn vehicle(own: &str, class: VehicleClass) -> VehicleRecord {
    VehicleRecord {
        plate: plate(own),
        second_plate: None,
        tag: None,
        class,
        company: company_id(),
        tare: Mass::from_kg(8_800),
        axles: 3,
        drivers: vec![driver_id()],
        standing: Standing::Active,
        valid: span(-1_000_000, 1_000_000),
    }
}

pub(crate) fn company() -> CompanyRecord {
    CompanyRecord {
        id: company_id(),
        name: "South Haulage".to_owned(),
        standing: Standing::Active,
        valid: span(-1_000_000, 1_000_000),
    }
}

pub(crate) fn driver() -> DriverRecord {
    DriverRecord {
        id: driver_id(),
        name: "Driver One".to_owned(),
        company: company_id(),
        standing: Standing::Active,
        valid: span(-1_000_000, 1_000_000),
    }
}

pub(crate) fn premises() -> PremisesRecord {
    PremisesRecord {
        id: site("P1"),
        name: "West Yard".to_owned(),
        at: None,
        standing: Standing::Active,
        valid: span(-1_000_000, 1_000_000),
    }
}

pub(crate) fn box_record() -> ContainerRecord {
    ContainerRecord {
        number: container(BOX),
        tare: Mass::from_kg(3_750),
        size_type: Some("42G1".to_owned()),
        standing: Standing::Active,
    }
}

pub(crate) fn consignment(id: &str, gross_kg: i64, packages: u32) -> Consignment {
    Consignment {
        id: goods(id),
        manifest: ManifestId::parse("M1").expect("a manifest id"),
        clearance: Clearance::Cleared,
        gross: Mass::from_kg(gross_kg),
        packages,
        goods: "ceramic tiles".to_owned(),
        hs_code: Some("690721".to_owned()),
        containers: Vec::new(),
        amended_at: at(-5_000),
    }
}

/// An entry pass of `vehicle` with one share of consignment `B1`, open from -3600 s to 3600 s.
pub(crate) fn pass(id: &str, vehicle: &str, share_kg: i64) -> GatePass {
    GatePass {
        number: number(id),
        premises: site("P1"),
        direction: Direction::Entry,
        lanes: Vec::new(),
        window: span(-3_600, 3_600),
        vehicle: plate(vehicle),
        trailer: None,
        driver: None,
        company: company_id(),
        containers: vec![PassContainer {
            number: container(BOX),
            empty: false,
            seals: Vec::new(),
        }],
        consignments: vec![PassConsignment {
            id: goods("B1"),
            gross: Mass::from_kg(share_kg),
            packages: 1,
        }],
        stages: vec![Stage::Scan],
        corridor: None,
        scan_required: false,
        standing: Standing::Active,
        issued_at: at(-4_000),
    }
}

pub(crate) fn directive(id: &str, subject: Subject, order: Order) -> Directive {
    Directive {
        id: DirectiveId::parse(id).expect("a directive id"),
        subject,
        order,
        window: span(-1_000, 1_000),
        withdrawn: false,
        silent: false,
        text: String::new(),
    }
}
