//! Tags and plates of a question → the vehicle they name. Where they name different ones, both
//! stay visible: nobody here decides which of them is right.

use domain::plate::Plate;
use domain::reading::PlateRole;
use domain::recordation::{VehicleClass, VehicleRecord};

use super::pass::LOOK_BACK;
use crate::query::LedgerQuery;
use crate::rows::{LedgerRows, RowsError};

/// Which vehicle a question is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Identity {
    /// Plate that the strongest known tag is filed for; a tractor's before a trailer's.
    pub(super) tag_plate: Option<Plate>,
    /// The vehicle: by the surest front plate, else by the tag, else by another plate.
    pub(super) vehicle: Option<VehicleRecord>,
    /// Plate by which passes are looked up when no recordation is known.
    pub(super) plate: Option<Plate>,
    /// Trailer seen at the rear.
    pub(super) trailer: Option<VehicleRecord>,
}

impl Identity {
    /// Every plate under which a pass for this vehicle may be filed.
    pub(super) fn plates(&self) -> Vec<Plate> {
        match &self.vehicle {
            Some(vehicle) => std::iter::once(&vehicle.plate)
                .chain(&vehicle.second_plate)
                .cloned()
                .collect(),
            None => self.plate.iter().cloned().collect(),
        }
    }
}

/// Resolves the readings of `query`.
///
/// A front plate that the ledger does not know is most often a misread one, so the tag names the
/// vehicle then; R1 compares the pass with every sure reading all the same.
pub(super) fn resolve<R: LedgerRows>(rows: &R, query: &LedgerQuery) -> Result<Identity, RowsError> {
    let tagged = tagged_vehicle(rows, query)?;
    let mut identity = Identity {
        tag_plate: tagged.clone(),
        plate: surest(query, PlateRole::Tractor)
            .or(tagged.as_ref())
            .or_else(|| query.plates.first().map(|(plate, _)| plate))
            .cloned(),
        ..Identity::default()
    };
    let front = || {
        query
            .plates
            .iter()
            .filter(|(_, role)| *role == PlateRole::Tractor)
    };
    let rear = || {
        query
            .plates
            .iter()
            .filter(|(_, role)| *role == PlateRole::Trailer)
    };
    let candidates = front()
        .take(1)
        .map(|(plate, _)| plate)
        .chain(tagged.as_ref())
        .chain(front().skip(1).map(|(plate, _)| plate))
        .chain(rear().map(|(plate, _)| plate));
    for plate in candidates {
        if is_filed(rows, plate, &mut identity, query)? {
            break;
        }
    }
    for (plate, _) in rear() {
        identity.trailer = rows
            .vehicle_by_any_plate(plate)?
            .filter(|vehicle| vehicle.class == VehicleClass::Trailer);
        if identity.trailer.is_some() {
            break;
        }
    }
    Ok(identity)
}

fn surest(query: &LedgerQuery, wanted: PlateRole) -> Option<&Plate> {
    query
        .plates
        .iter()
        .find(|(_, role)| *role == wanted)
        .map(|(plate, _)| plate)
}

/// Whether the ledger knows a motor vehicle, or at least a pass, under `plate`.
fn is_filed<R: LedgerRows>(
    rows: &R,
    plate: &Plate,
    identity: &mut Identity,
    query: &LedgerQuery,
) -> Result<bool, RowsError> {
    let vehicle = rows
        .vehicle_by_any_plate(plate)?
        .filter(|vehicle| vehicle.class != VehicleClass::Trailer);
    if vehicle.is_some() {
        identity.plate = Some(plate.clone());
        identity.vehicle = vehicle;
        return Ok(true);
    }
    // A vehicle that nobody filed may still have a pass, which R2 then detains under its number.
    if rows.open_passes_of(plate, query.at - LOOK_BACK)?.is_empty() {
        return Ok(false);
    }
    identity.plate = Some(plate.clone());
    Ok(true)
}

fn tagged_vehicle<R: LedgerRows>(
    rows: &R,
    query: &LedgerQuery,
) -> Result<Option<Plate>, RowsError> {
    let mut of_trailer = None;
    for tag in &query.tags {
        let Some(plate) = rows.vehicle_by_tag(tag)? else {
            continue;
        };
        match rows.vehicle(&plate)?.map(|vehicle| vehicle.class) {
            Some(VehicleClass::Trailer) => of_trailer = of_trailer.or(Some(plate)),
            Some(VehicleClass::Tractor | VehicleClass::Truck | VehicleClass::Service) => {
                return Ok(Some(plate));
            }
            None => {}
        }
    }
    Ok(of_trailer)
}
