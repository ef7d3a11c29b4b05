//! Rows → lines: the way back of `decode`, for exports and for the simulator.

use std::borrow::Cow;

use domain::directive::{Directive, Subject};
use domain::gate_pass::{Corridor, GatePass};
use domain::ledger_row::Row;
use domain::mass::Mass;
use domain::position::GeoPoint;
use domain::recordation::VehicleRecord;
use domain::time::{Timestamp, Window};

use super::conveyance;
use super::text::{
    CompanyText, ConsignmentText, ContainerText, CorridorText, Decimal, DirectiveText, DriverText,
    ManifestText, PassConsignmentText, PassContainerText, PassText, PointText, PremisesText,
    RowText, SubjectText, Text, VehicleText, WindowText,
};
use super::words::{CLASS, CLEARANCE, DIRECTION, ORDER, STAGE, STANDING, word};
use crate::rows::subject_text;

/// One line, without the line feed.
#[must_use]
pub fn encode_line(row: &Row) -> String {
    serde_json::to_string(&text_of(row)).expect("twins hold strings and numbers only")
}

fn text_of(row: &Row) -> RowText<'_> {
    match row {
        Row::Company(r) => RowText::Company(CompanyText {
            id: r.id.as_str().into(),
            name: r.name.as_str().into(),
            standing: word(STANDING, r.standing).into(),
            valid: window(r.valid),
        }),
        Row::Vehicle(r) => RowText::Vehicle(vehicle(r)),
        Row::Driver(r) => RowText::Driver(DriverText {
            id: r.id.as_str().into(),
            name: r.name.as_str().into(),
            company: r.company.as_str().into(),
            standing: word(STANDING, r.standing).into(),
            valid: window(r.valid),
        }),
        Row::Premises(r) => RowText::Premises(PremisesText {
            id: r.id.as_str().into(),
            name: r.name.as_str().into(),
            at: r.at.map(point),
            standing: word(STANDING, r.standing).into(),
            valid: window(r.valid),
        }),
        Row::Container(r) => RowText::Container(ContainerText {
            number: r.number.as_str().into(),
            tare_kg: kilograms(r.tare),
            size_type: r.size_type.as_deref().map(Cow::Borrowed),
            standing: word(STANDING, r.standing).into(),
        }),
        Row::Manifest(r) => RowText::Manifest(ManifestText {
            id: r.id.as_str().into(),
            conveyance: conveyance::encode(&r.conveyance),
            consignments: r.consignments.iter().map(|id| id.as_str().into()).collect(),
            amended_at: time(r.amended_at),
        }),
        Row::Consignment(r) => RowText::Consignment(ConsignmentText {
            id: r.id.as_str().into(),
            manifest: r.manifest.as_str().into(),
            clearance: word(CLEARANCE, r.clearance).into(),
            gross_kg: kilograms(r.gross),
            packages: r.packages,
            goods: r.goods.as_str().into(),
            hs_code: r.hs_code.as_deref().map(Cow::Borrowed),
            containers: r
                .containers
                .iter()
                .map(|number| number.as_str().into())
                .collect(),
            amended_at: time(r.amended_at),
        }),
        Row::Pass(r) => RowText::Pass(Box::new(pass(r))),
        Row::Directive(r) => RowText::Directive(directive(r)),
    }
}

fn vehicle(r: &VehicleRecord) -> VehicleText<'_> {
    VehicleText {
        plate: r.plate.as_str().into(),
        second_plate: r.second_plate.as_ref().map(|plate| plate.as_str().into()),
        tag: r.tag.as_ref().map(|tag| tag.as_str().into()),
        class: word(CLASS, r.class).into(),
        company: r.company.as_str().into(),
        tare_kg: kilograms(r.tare),
        axles: r.axles,
        drivers: r.drivers.iter().map(|id| id.as_str().into()).collect(),
        standing: word(STANDING, r.standing).into(),
        valid: window(r.valid),
    }
}

fn pass(r: &GatePass) -> PassText<'_> {
    let container = |held: &'_ domain::gate_pass::PassContainer| PassContainerText {
        number: held.number.as_str().to_owned().into(),
        empty: held.empty,
        seals: held
            .seals
            .iter()
            .map(|seal| seal.as_str().to_owned().into())
            .collect(),
    };
    let share = |share: &'_ domain::gate_pass::PassConsignment| PassConsignmentText {
        id: share.id.as_str().to_owned().into(),
        gross_kg: kilograms(share.gross),
        packages: share.packages,
    };
    PassText {
        number: r.number.as_str().into(),
        premises: r.premises.as_str().into(),
        direction: word(DIRECTION, r.direction).into(),
        lanes: r.lanes.iter().map(|lane| lane.as_str().into()).collect(),
        window: window(r.window),
        vehicle: r.vehicle.as_str().into(),
        trailer: r.trailer.as_ref().map(|plate| plate.as_str().into()),
        driver: r.driver.as_ref().map(|id| id.as_str().into()),
        company: r.company.as_str().into(),
        containers: r.containers.iter().map(container).collect(),
        consignments: r.consignments.iter().map(share).collect(),
        stages: r
            .stages
            .iter()
            .map(|stage| word(STAGE, *stage).into())
            .collect(),
        corridor: r.corridor.as_ref().map(corridor),
        scan_required: r.scan_required,
        standing: word(STANDING, r.standing).into(),
        issued_at: time(r.issued_at),
    }
}

fn corridor(r: &Corridor) -> CorridorText<'static> {
    CorridorText {
        line: r.line.iter().copied().map(point).collect(),
        half_width_m: r.half_width_m,
        window: window(r.window),
        stop_max_s: r.stop_max_s,
    }
}

fn directive(r: &Directive) -> DirectiveText<'_> {
    let kind = match &r.subject {
        Subject::Vehicle(_) => "vehicle",
        Subject::Container(_) => "container",
        Subject::Pass(_) => "pass",
        Subject::Consignment(_) => "consignment",
        Subject::Company(_) => "company",
        Subject::Driver(_) => "driver",
    };
    DirectiveText {
        id: r.id.as_str().into(),
        subject: SubjectText {
            kind: kind.into(),
            id: subject_text(&r.subject).into(),
        },
        order: word(ORDER, r.order).into(),
        window: window(r.window),
        withdrawn: r.withdrawn,
        silent: r.silent,
        text: r.text.as_str().into(),
    }
}

fn window(window: Window) -> WindowText<'static> {
    WindowText {
        from: time(window.from),
        until: time(window.until),
    }
}

/// RFC 3339 in UTC, to the microsecond.
fn time(at: Timestamp) -> Text<'static> {
    let micros = at.as_micros().rem_euclid(1_000_000);
    let seconds = Timestamp::from_seconds(at.as_seconds()).to_string();
    Cow::Owned(seconds.replace(".000Z", &format!(".{micros:06}Z")))
}

fn kilograms(mass: Mass) -> Decimal<'static> {
    decimal(mass.grams(), 1_000, 3)
}

fn point(at: GeoPoint) -> PointText<'static> {
    let degrees = |e7: i32| decimal(i64::from(e7), 10_000_000, 7);
    PointText {
        lat: degrees(at.lat_e7()),
        lon: degrees(at.lon_e7()),
    }
}

fn decimal(value: i64, unit: u64, places: usize) -> Decimal<'static> {
    let sign = if value < 0 { "-" } else { "" };
    let (whole, part) = (value.unsigned_abs() / unit, value.unsigned_abs() % unit);
    Decimal(Cow::Owned(if part == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{part:0places$}")
    }))
}
