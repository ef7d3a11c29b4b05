//! Companies, vehicles and drivers, and their recordations.

use domain::id::{CompanyId, DriverId};
use domain::ledger_row::Row;
use domain::mass::Mass;
use domain::recordation::{CompanyRecord, DriverRecord, Standing, VehicleClass, VehicleRecord};

use super::always;
use super::draw::Draw;
use super::truck::Rig;

/// What a rig is built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RigKind {
    /// Tractor and semi-trailer for boxes, six axles.
    Semi,
    /// Rigid truck for loose cargo, four axles.
    Rigid,
}

/// Standings that differ from "active" in a staged rig.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standings {
    pub(super) vehicle: Standing,
    pub(super) company: Standing,
}

impl Standings {
    pub(super) const ACTIVE: Self = Self {
        vehicle: Standing::Active,
        company: Standing::Active,
    };
}

/// Founds companies and records rigs.
#[derive(Debug, Default)]
pub(super) struct Fleet {
    companies: u32,
    drivers: u32,
    open_company: Option<(CompanyId, u32)>,
}

impl Fleet {
    /// Records a new company.
    pub(super) fn found_company(&mut self, standing: Standing, rows: &mut Vec<Row>) -> CompanyId {
        self.companies += 1;
        let id = CompanyId::parse(&format!("4403{:06}", self.companies)).expect("ten digits");
        rows.push(Row::Company(CompanyRecord {
            id: id.clone(),
            name: format!("Haulage company {}", self.companies),
            standing,
            valid: always(),
        }));
        id
    }

    /// Records a new driver of `company`.
    pub(super) fn hire(&mut self, company: &CompanyId, rows: &mut Vec<Row>) -> DriverId {
        self.drivers += 1;
        let id = DriverId::parse(&format!("D{:06}", self.drivers)).expect("a letter and digits");
        rows.push(Row::Driver(DriverRecord {
            id: id.clone(),
            name: format!("Driver {}", self.drivers),
            company: company.clone(),
            standing: Standing::Active,
            valid: always(),
        }));
        id
    }

    /// A company with room for one more vehicle; eight to a company.
    fn company(&mut self, rows: &mut Vec<Row>) -> CompanyId {
        match self.open_company.take() {
            Some((id, vehicles)) if vehicles < 8 => {
                self.open_company = Some((id.clone(), vehicles + 1));
                id
            }
            Some(_) | None => {
                let id = self.found_company(Standing::Active, rows);
                self.open_company = Some((id.clone(), 1));
                id
            }
        }
    }

    /// Records a new rig with its driver.
    pub(super) fn buy(
        &mut self,
        kind: RigKind,
        standings: Standings,
        draw: &mut Draw,
        rows: &mut Vec<Row>,
    ) -> Rig {
        let company = if standings.company == Standing::Active {
            self.company(rows)
        } else {
            self.found_company(standings.company, rows)
        };
        let driver = self.hire(&company, rows);
        let (class, own_tare, axles, length_mm) = match kind {
            RigKind::Semi => (VehicleClass::Tractor, draw.between(84, 92) * 100, 3, 17_100),
            RigKind::Rigid => (VehicleClass::Truck, draw.between(118, 126) * 100, 4, 11_800),
        };
        let mut rig = Rig {
            plate: draw.plate(),
            second_plate: draw.chance(300).then(|| draw.second_plate()),
            trailer: None,
            tag: draw.tag(),
            company: company.clone(),
            driver: driver.clone(),
            tare: Mass::from_kg(own_tare),
            axles,
            length_mm,
        };
        rows.push(Row::Vehicle(VehicleRecord {
            plate: rig.plate.clone(),
            second_plate: rig.second_plate.clone(),
            tag: Some(rig.tag.clone()),
            class,
            company: company.clone(),
            tare: rig.tare,
            axles,
            drivers: vec![driver],
            standing: standings.vehicle,
            valid: always(),
        }));
        if kind == RigKind::Semi {
            let tare = Mass::from_kg(draw.between(60, 66) * 100);
            let plate = draw.trailer_plate();
            rows.push(Row::Vehicle(VehicleRecord {
                plate: plate.clone(),
                second_plate: None,
                tag: None,
                class: VehicleClass::Trailer,
                company,
                tare,
                axles: 3,
                drivers: Vec::new(),
                standing: Standing::Active,
                valid: always(),
            }));
            rig.trailer = Some(plate);
            rig.tare = rig.tare + tare;
            rig.axles += 3;
        }
        rig
    }
}
