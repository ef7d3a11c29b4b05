//! A truck at a lane → what each reader and camera of the lane sees of it, and when after its
//! arrival. Observations as a perfect device would make them; faults come later, on the line.

use std::time::Duration;

use domain::device::DeviceKind;
use domain::digest::Digest;
use domain::id::{DeviceId, UserId};
use domain::mass::Mass;
use domain::position::{Fix, FixQuality};
use domain::reading::{
    ContainerReading, JourneyReport, Observation, PictureRef, PlateReading, PlateRole,
    RadiationReading, RadiationState, ScanJudge, ScanReading, SealReading, TagReading,
};
use domain::seal::SealState;
use domain::tag::TagId;
use domain::time::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::world::draw::one_character_off;
use crate::world::truck::{BoxOnTruck, Truck};

/// One thing that one device sees.
#[derive(Debug, Clone, PartialEq)]
pub struct Sighting {
    /// Milliseconds after the truck's arrival.
    pub after_ms: u64,
    /// Device of the lane.
    pub kind: DeviceKind,
    /// What it sees.
    pub observation: Observation,
}

/// Pictures taken of each plate and each box.
const FRAMES: u64 = 3;
const FRAME_MS: u64 = 200;
/// Two fixes of a tracker are this far apart.
const FIX_EVERY: Duration = Duration::from_secs(120);

/// Everything the lane's devices see of `truck`, which arrives at `at`. `look` numbers repeated
/// looks at the same truck, so that no picture is ever the same file.
#[must_use]
pub fn sightings(truck: &Truck, at: Timestamp, look: u32) -> Vec<Sighting> {
    let mut seen = Vec::with_capacity(48);
    tags(truck, &mut seen);
    plates(truck, look, &mut seen);
    for (i, on_truck) in (0_u64..).zip(&truck.boxes) {
        container(truck, on_truck, i, look, &mut seen);
        seals(on_truck, i, &mut seen);
    }
    scans(truck, at, &mut seen);
    let state = truck.radiation;
    seen.push(Sighting {
        after_ms: 3_000,
        kind: DeviceKind::RadiationPortal,
        observation: Observation::Radiation(RadiationReading {
            state,
            background_ratio_tenths: match state {
                RadiationState::NoAlarm | RadiationState::AdjudicatedBenign => 11,
                RadiationState::Alarm => 74,
            },
        }),
    });
    seen.push(Sighting {
        after_ms: 5_000,
        kind: DeviceKind::CardReader,
        observation: Observation::DriverCard(truck.driver.clone()),
    });
    journey(truck, at, &mut seen);
    seen.sort_by_key(|sighting| sighting.after_ms);
    seen
}

fn tags(truck: &Truck, seen: &mut Vec<Sighting>) {
    let reading = |tag: &TagId, rssi_dbm, seen_count| {
        Observation::Tag(TagReading {
            tag: tag.clone(),
            antenna: 1,
            rssi_dbm: Some(rssi_dbm),
            seen_count,
            first_seen: None,
        })
    };
    let mut add = |after_ms, observation| {
        seen.push(Sighting {
            after_ms,
            kind: DeviceKind::TagReader,
            observation,
        });
    };
    for i in 0..6 {
        if let Some(tag) = &truck.tag {
            add(900 + 900 * i, reading(tag, -52 + 2 * i as i16, 3));
        }
    }
    for i in 0..2 {
        if let Some(tag) = &truck.stray_tag {
            add(1_500 + 2_000 * i, reading(tag, -71, 1));
        }
    }
}

fn plates(truck: &Truck, look: u32, seen: &mut Vec<Sighting>) {
    let mut add = |after_ms, plate, role, confidence_permille, tag| {
        seen.push(Sighting {
            after_ms,
            kind: DeviceKind::PlateCamera,
            observation: Observation::Plate(PlateReading {
                plate,
                role,
                confidence_permille,
                picture: Some(picture(truck, "plate", look, tag)),
            }),
        });
    };
    for frame in 0..FRAMES {
        let front_ms = 2_500 + frame * FRAME_MS;
        if !truck.plates_readable {
            // Mud: the recogniser guesses, a little differently each time, and knows it.
            if frame > 0 {
                let guess = one_character_off(&truck.painted_plate);
                add(front_ms, guess, PlateRole::Tractor, 430, frame);
            }
            continue;
        }
        let sure = 962 + 9 * frame as u16;
        let plate = truck.painted_plate.clone();
        add(front_ms, plate, PlateRole::Tractor, sure, frame);
        if let Some(second) = &truck.rig.second_plate {
            add(
                front_ms,
                second.clone(),
                PlateRole::Tractor,
                sure - 20,
                frame,
            );
        }
        if let Some(trailer) = &truck.rig.trailer {
            let rear_ms = 5_500 + frame * FRAME_MS;
            add(
                rear_ms,
                trailer.clone(),
                PlateRole::Trailer,
                sure,
                frame + 100,
            );
        }
    }
}

fn container(truck: &Truck, on: &BoxOnTruck, i: u64, look: u32, seen: &mut Vec<Sighting>) {
    for frame in 0..FRAMES {
        seen.push(Sighting {
            after_ms: 4_000 + i * 700 + frame * FRAME_MS,
            kind: DeviceKind::ContainerCamera,
            observation: Observation::Container(ContainerReading {
                number: on.number.clone(),
                size_type: Some(on.size_type.to_owned()),
                confidence_permille: 955 + 10 * frame as u16,
                picture: Some(picture(truck, "box", look, 10 * i + frame)),
            }),
        });
    }
}

fn seals(on: &BoxOnTruck, i: u64, seen: &mut Vec<Sighting>) {
    let mut add = |number, state| {
        seen.push(Sighting {
            after_ms: 5_200 + i * 300,
            kind: DeviceKind::SealReader,
            observation: Observation::Seal(SealReading {
                container: Some(on.number.clone()),
                number,
                state,
                opened_since_set: state == SealState::Open,
                reseal_recorded: false,
            }),
        });
    };
    if on.seals.is_empty() {
        add(None, SealState::Absent);
    }
    for seal in &on.seals {
        add(Some(seal.number.clone()), seal.state);
    }
}

fn scans(truck: &Truck, at: Timestamp, seen: &mut Vec<Sighting>) {
    let Some(scan) = truck.scan else { return };
    let boxes = truck.boxes.iter().map(Some);
    let targets: Vec<_> = if truck.boxes.is_empty() {
        vec![None]
    } else {
        boxes.collect()
    };
    for (i, target) in (0_u64..).zip(targets) {
        let image = digest(&[b"scan", &truck.number.to_be_bytes(), &i.to_be_bytes()]);
        seen.push(Sighting {
            after_ms: 1_000 + i * 100,
            kind: DeviceKind::Scanner,
            observation: Observation::Scan(ScanReading {
                container: target.map(|b| b.number.clone()),
                plate: Some(truck.painted_plate.clone()),
                verdict: scan.verdict,
                judge: if scan.by_officer {
                    ScanJudge::Officer(UserId::parse("officer-12").expect("short"))
                } else {
                    ScanJudge::Machine
                },
                captured_sha256: image,
                judged_sha256: image,
                captured_at: at - Duration::from_secs(600),
                loaded: target.map(|b| b.cargo > Mass::from_kg(500)),
                measured: None,
            }),
        });
    }
}

fn journey(truck: &Truck, at: Timestamp, seen: &mut Vec<Sighting>) {
    let Some(journey) = &truck.journey else {
        return;
    };
    let last = journey.points.len().saturating_sub(1);
    let fix = |(i, point): (usize, &domain::position::GeoPoint)| {
        let before = u32::try_from(last - i).unwrap_or(u32::MAX);
        Fix {
            point: *point,
            at: Some(at - FIX_EVERY * before),
            quality: FixQuality::Satellite,
            hdop_tenths: Some(9),
            satellites: Some(11),
            speed_tenths_kmh: Some(if before == 0 { 0 } else { 570 }),
            course_deg: Some(240),
        }
    };
    seen.push(Sighting {
        after_ms: 1_500,
        kind: DeviceKind::Tracker,
        observation: Observation::Journey(JourneyReport {
            tracker: journey.tracker.clone(),
            plate: Some(truck.rig.plate.clone()),
            fixes: journey.points.iter().enumerate().map(fix).collect(),
            tampered: false,
            opened: false,
        }),
    });
}

fn picture(truck: &Truck, of: &str, look: u32, frame: u64) -> PictureRef {
    PictureRef {
        sha256: digest(&[
            of.as_bytes(),
            &truck.number.to_be_bytes(),
            &look.to_be_bytes(),
            &frame.to_be_bytes(),
        ]),
        camera: DeviceId::parse(of).expect("short"),
    }
}

fn digest(parts: &[&[u8]]) -> Digest {
    let mut hasher = Sha256::new();
    parts.iter().for_each(|part| hasher.update(part));
    Digest(hasher.finalize().into())
}
