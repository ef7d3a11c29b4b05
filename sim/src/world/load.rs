//! What a truck carries and the papers that say so: boxes, seals, consignments, the pass and,
//! for bonded journeys, the corridor.

use domain::conveyance::{Conveyance, ImoNumber, Means};
use domain::gate_pass::{Corridor, Direction, GatePass, PassConsignment, PassContainer, Stage};
use domain::id::{ConsignmentId, ManifestId, PassNumber, PremisesId};
use domain::ledger_row::Row;
use domain::manifest::{Clearance, Consignment, Manifest};
use domain::mass::Mass;
use domain::position::GeoPoint;
use domain::recordation::{ContainerRecord, Standing};
use domain::seal::SealState;
use domain::time::{Timestamp, Window};

use super::always;
use super::draw::Draw;
use super::truck::{BoxOnTruck, Journey, Rig, SealOnBox};

/// Where the gate stands: a made-up yard beside Shenzhen bay.
pub(super) fn gate_point() -> GeoPoint {
    GeoPoint::new(224_700_000, 1_138_900_000).expect("on the globe")
}

/// Goods in words, and headings of the Harmonized System they may stand under.
const GOODS: [(&str, [&str; 4]); 4] = [
    ("电子元件", ["8542", "8534", "8504", "8541"]),
    ("ceramic tiles", ["6907", "6905", "6904", "6906"]),
    ("服装", ["6109", "6110", "6104", "6103"]),
    ("plastic granulate", ["3901", "3902", "3903", "3904"]),
];

/// Kinds of load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LoadKind {
    /// One box of 40 feet with goods.
    Forty,
    /// Two boxes of 20 feet with goods.
    TwoTwenties,
    /// One empty box.
    EmptyBox,
    /// Goods without a box, on a rigid truck.
    Loose,
    /// Nothing.
    Bobtail,
}

/// What is carried, in truth and on paper; the two agree until something is staged.
#[derive(Debug, Clone)]
pub(super) struct Load {
    pub(super) boxes: Vec<BoxOnTruck>,
    pub(super) loose_cargo: Mass,
    pub(super) containers: Vec<PassContainer>,
    pub(super) consignments: Vec<Consignment>,
    pub(super) shares: Vec<PassConsignment>,
}

/// Numbers the papers of a world.
#[derive(Debug, Default)]
pub(super) struct Office {
    consignments: u32,
    manifests: u32,
    passes: u32,
    open_manifest: Option<Manifest>,
}

impl Office {
    /// A load of `kind` whose declared cargo is drawn, or `cargo_kg` if given.
    pub(super) fn load(
        &mut self,
        kind: LoadKind,
        cargo_kg: Option<i64>,
        written: Timestamp,
        draw: &mut Draw,
        rows: &mut Vec<Row>,
    ) -> Load {
        let mut load = Load {
            boxes: Vec::new(),
            loose_cargo: Mass::ZERO,
            containers: Vec::new(),
            consignments: Vec::new(),
            shares: Vec::new(),
        };
        match kind {
            LoadKind::Forty => {
                let kg = cargo_kg.unwrap_or_else(|| draw.between(10, 240) * 100);
                self.add_box(&mut load, ("45G1", 3_750), kg, written, draw, rows);
            }
            LoadKind::TwoTwenties => {
                for _ in 0..2 {
                    let kg = draw.between(20, 110) * 100;
                    self.add_box(&mut load, ("22G1", 2_230), kg, written, draw, rows);
                }
            }
            LoadKind::EmptyBox => {
                self.add_box(&mut load, ("45G1", 3_750), 0, written, draw, rows);
            }
            LoadKind::Loose => {
                let declared = Mass::from_kg(draw.between(20, 160) * 100);
                load.loose_cargo = true_cargo(declared, draw);
                self.declare(&mut load, declared, None, written, draw, rows);
            }
            LoadKind::Bobtail => {}
        }
        load
    }

    fn add_box(
        &mut self,
        load: &mut Load,
        (size_type, tare_kg): (&'static str, i64),
        cargo_kg: i64,
        written: Timestamp,
        draw: &mut Draw,
        rows: &mut Vec<Row>,
    ) {
        let number = draw.container();
        let tare = Mass::from_kg(tare_kg);
        rows.push(Row::Container(ContainerRecord {
            number: number.clone(),
            tare,
            size_type: Some(size_type.to_owned()),
            standing: Standing::Active,
        }));
        let declared = Mass::from_kg(cargo_kg);
        let empty = declared == Mass::ZERO;
        let seals: Vec<_> = (!empty).then(|| draw.seal()).into_iter().collect();
        load.boxes.push(BoxOnTruck {
            number: number.clone(),
            size_type,
            tare,
            cargo: true_cargo(declared, draw),
            chapter: None,
            seals: seals
                .iter()
                .map(|seal| SealOnBox {
                    number: seal.clone(),
                    state: SealState::Closed,
                })
                .collect(),
        });
        if !empty {
            let before = load.consignments.len();
            let parts = draw.between(1, 3);
            for part in 1..=parts {
                // The last part takes what the division left over.
                let kg = cargo_kg / parts + if part == parts { cargo_kg % parts } else { 0 };
                let box_number = Some(&number);
                self.declare(load, Mass::from_kg(kg), box_number, written, draw, rows);
            }
            let first = load.consignments.get(before);
            let code = first.and_then(|consignment| consignment.hs_code.as_ref());
            if let Some(on) = load.boxes.last_mut() {
                on.chapter = code.and_then(|code| code.get(..2)?.parse().ok());
            }
        }
        load.containers.push(PassContainer {
            number,
            empty,
            seals,
        });
    }

    /// Writes a consignment of which this load takes `gross`. One in four is twice as large:
    /// a partial shipment.
    fn declare(
        &mut self,
        load: &mut Load,
        gross: Mass,
        container: Option<&domain::container::ContainerNumber>,
        written: Timestamp,
        draw: &mut Draw,
        rows: &mut Vec<Row>,
    ) {
        self.consignments += 1;
        let id = ConsignmentId::parse(&format!("BL{:07}", self.consignments)).expect("short");
        let packages = u32::try_from(draw.between(1, 800)).expect("positive");
        let times = if draw.chance(250) { 2 } else { 1 };
        let manifest = self.manifest_for(&id, written, rows);
        let (goods, codes) = draw.pick(&GOODS);
        let code = draw.pick(codes);
        load.consignments.push(Consignment {
            id: id.clone(),
            manifest,
            clearance: Clearance::Cleared,
            gross: gross.times(times),
            packages: packages * times,
            goods: (*goods).to_owned(),
            hs_code: Some((*code).to_owned()),
            containers: container.cloned().into_iter().collect(),
            amended_at: written,
        });
        load.shares.push(PassConsignment {
            id,
            gross,
            packages,
        });
    }

    /// Twenty consignments to a manifest.
    fn manifest_for(
        &mut self,
        id: &ConsignmentId,
        written: Timestamp,
        rows: &mut Vec<Row>,
    ) -> ManifestId {
        if self
            .open_manifest
            .as_ref()
            .is_some_and(|m| m.consignments.len() >= 20)
        {
            self.close(rows);
        }
        let manifests = &mut self.manifests;
        let manifest = self.open_manifest.get_or_insert_with(|| {
            *manifests += 1;
            Manifest {
                id: ManifestId::parse(&format!("MF{:06}", *manifests)).expect("short"),
                conveyance: Conveyance {
                    means: Means::Ship(ImoNumber::parse("9074729").expect("checked")),
                    name: "KK EXAMPLE".to_owned(),
                    voyage: format!("{:03}E", *manifests % 1_000),
                },
                consignments: Vec::new(),
                amended_at: written,
            }
        });
        manifest.consignments.push(id.clone());
        manifest.id.clone()
    }

    /// Sends the manifest in work down.
    pub(super) fn close(&mut self, rows: &mut Vec<Row>) {
        rows.extend(self.open_manifest.take().map(Row::Manifest));
    }

    /// A pass for `rig` with `load`, usable within `window`.
    pub(super) fn pass(
        &mut self,
        premises: &PremisesId,
        direction: Direction,
        window: Window,
        rig: &Rig,
        load: &Load,
        draw: &mut Draw,
    ) -> GatePass {
        self.passes += 1;
        let bonded = !load.boxes.is_empty() && draw.chance(200);
        GatePass {
            number: PassNumber::parse(&format!("HF{:08}", self.passes)).expect("short"),
            premises: premises.clone(),
            direction,
            lanes: Vec::new(),
            window,
            vehicle: rig.plate.clone(),
            trailer: rig.trailer.clone(),
            driver: draw.chance(500).then(|| rig.driver.clone()),
            company: rig.company.clone(),
            containers: load.containers.clone(),
            consignments: load.shares.clone(),
            stages: match direction {
                Direction::Entry => Vec::new(),
                Direction::Exit => vec![Stage::Entry],
            },
            corridor: (bonded && direction == Direction::Entry).then(|| corridor(window)),
            scan_required: !load.boxes.is_empty() && draw.chance(150),
            standing: Standing::Active,
            issued_at: window.from,
        }
    }
}

/// Cargo as it is really there: within 0.3 % of what was declared.
fn true_cargo(declared: Mass, draw: &mut Draw) -> Mass {
    declared + Mass::from_grams(draw.bell(declared.permille(3).grams()))
}

/// The bonded road: from a port 22 km away in two legs to the gate.
pub(super) fn corridor(window: Window) -> Corridor {
    let point = |lat, lon| GeoPoint::new(lat, lon).expect("on the globe");
    Corridor {
        line: vec![
            point(225_600_000, 1_140_500_000),
            point(225_000_000, 1_139_700_000),
            gate_point(),
        ],
        half_width_m: 500,
        window: Window {
            from: window.from - std::time::Duration::from_secs(7_200),
            until: always().until.min(window.until),
        },
        stop_max_s: 900,
    }
}

/// The way along `corridor` in twelve fixes.
pub(super) fn journey_along(corridor: &Corridor, tracker: u32) -> Journey {
    let mut points = Vec::with_capacity(12);
    for leg in corridor.line.windows(2) {
        for step in 0..6_i64 {
            let part = |a: i32, b: i32| i64::from(a) + (i64::from(b) - i64::from(a)) * step / 6;
            points.push(
                GeoPoint::new(
                    part(leg[0].lat_e7(), leg[1].lat_e7()),
                    part(leg[0].lon_e7(), leg[1].lon_e7()),
                )
                .expect("between two points of the globe"),
            );
        }
    }
    points.extend(corridor.line.last());
    Journey {
        tracker: format!("{:012}", 13_900_000_000_u64 + u64::from(tracker)),
        points,
    }
}
