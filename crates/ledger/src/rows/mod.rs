//! Where the ledger meets its store: a key or an index group → rows. What a disk has to keep is
//! defined here ([`index`], [`key_bytes`]); how it keeps it, this module refuses to know.
//!
//! A store implements three reads ([`LedgerRows::row`], [`LedgerRows::indexed`],
//! [`LedgerRows::revision`]) and one write. Every typed lookup is provided on top of them, so
//! that memory and disk can never answer the same question differently.

pub mod index;
pub mod key_bytes;
mod memory;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use domain::container::ContainerNumber;
use domain::directive::{Directive, Order, Subject};
use domain::gate_pass::GatePass;
use domain::id::{CompanyId, ConsignmentId, DriverId, ManifestId, PassNumber, PremisesId};
use domain::ledger_row::{Change, LedgerRevision, Row, RowKey};
use domain::manifest::{Consignment, Manifest};
use domain::plate::Plate;
use domain::recordation::{
    CompanyRecord, ContainerRecord, DriverRecord, PremisesRecord, VehicleRecord,
};
use domain::tag::TagId;
use domain::time::Timestamp;

pub use index::{IndexGroup, IndexKey, index_keys};
pub use memory::MemoryRows;

/// Reads one kind of row, cloning it out.
macro_rules! typed {
    ($rows:expr, $key:expr, $variant:path) => {{
        let key = $key;
        match $rows.row(&key)?.as_deref() {
            None => Ok(None),
            Some($variant(found)) => Ok(Some(found.clone())),
            Some(other) => Err(RowsError::Damaged {
                key: format!("{key:?}"),
                cause: format!("holds the row of {:?}", other.key()),
            }),
        }
    }};
}

/// Passes of one vehicle that one question may look at.
pub const PASSES_MAX: usize = 256;
/// Directives on one subject, and watch entries near one reading, that one question may look at.
pub const DIRECTIVES_MAX: usize = 256;

/// Why rows could not be read or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowsError {
    /// The store failed; the text is for the technician.
    #[error("ledger rows cannot be read or written: {cause}")]
    Store {
        /// Cause in words.
        cause: String,
    },
    /// A stored row or index entry is not what its key says.
    #[error("ledger row {key:?} is damaged: {cause}")]
    Damaged {
        /// Key as it was asked for.
        key: String,
        /// Cause in words.
        cause: String,
    },
    /// More rows belong to one subject than one question may look at.
    #[error("more than {limit} {what} belong to {subject}")]
    TooMany {
        /// Kind of row.
        what: &'static str,
        /// Whose.
        subject: String,
        /// Limit.
        limit: usize,
    },
}

/// Reads of the e-ledger.
pub trait LedgerRows {
    /// The row of `key`.
    ///
    /// # Errors
    /// The store failed or the row is damaged.
    fn row(&self, key: &RowKey) -> Result<Option<Arc<Row>>, RowsError>;

    /// Keys of the rows whose [`index_keys`] name `group` with `until` at or after `from`, in
    /// ascending order of `until` (then of key bytes), at most `limit`.
    ///
    /// # Errors
    /// The store failed or an index entry is damaged.
    fn indexed(
        &self,
        group: &IndexGroup,
        from: Timestamp,
        limit: usize,
    ) -> Result<Vec<RowKey>, RowsError>;

    /// State of the rows, as kept in memory by the store; `None` if it holds nothing.
    fn revision(&self) -> Option<LedgerRevision>;

    /// When the region last vouched for directives and watchlist. They travel with the other
    /// rows, so this is the revision's time unless a store knows better.
    fn risk_list_synced_at(&self) -> Option<Timestamp> {
        self.revision().map(|revision| revision.synced_at)
    }

    /// Vehicle by its own plate.
    ///
    /// # Errors
    /// As [`Self::row`].
    fn vehicle(&self, plate: &Plate) -> Result<Option<VehicleRecord>, RowsError> {
        typed!(self, RowKey::Vehicle(plate.clone()), Row::Vehicle)
    }

    /// Vehicle by either plate; one that carries the text as its own plate goes first. A second
    /// plate that two vehicles are filed with names neither.
    ///
    /// # Errors
    /// As [`Self::row`].
    fn vehicle_by_any_plate(&self, plate: &Plate) -> Result<Option<VehicleRecord>, RowsError> {
        if let Some(vehicle) = self.vehicle(plate)? {
            return Ok(Some(vehicle));
        }
        match self.vehicle_by_second_plate(plate)? {
            Some(own) => self.vehicle(&own),
            None => Ok(None),
        }
    }

    /// Plate of the one vehicle that `tag` is filed for; `None` also if two claim it.
    ///
    /// # Errors
    /// As [`Self::indexed`].
    fn vehicle_by_tag(&self, tag: &TagId) -> Result<Option<Plate>, RowsError> {
        self.only_vehicle(&IndexGroup::Tag(tag.clone()))
    }

    /// Own plate of the one vehicle that carries `plate` as its second plate.
    ///
    /// # Errors
    /// As [`Self::indexed`].
    fn vehicle_by_second_plate(&self, plate: &Plate) -> Result<Option<Plate>, RowsError> {
        self.only_vehicle(&IndexGroup::SecondPlate(plate.clone()))
    }

    /// The vehicle of a group, if the group names exactly one.
    ///
    /// # Errors
    /// As [`Self::indexed`].
    fn only_vehicle(&self, group: &IndexGroup) -> Result<Option<Plate>, RowsError> {
        let mut keys = self.indexed(group, Timestamp::MIN, 2)?;
        Ok(match (keys.pop(), keys.pop()) {
            (Some(RowKey::Vehicle(plate)), None) => Some(plate),
            (_, _) => None,
        })
    }

    /// Company.
    ///
    /// # Errors
    /// As [`Self::row`].
    fn company(&self, id: &CompanyId) -> Result<Option<CompanyRecord>, RowsError> {
        typed!(self, RowKey::Company(id.clone()), Row::Company)
    }

    /// Driver.
    ///
    /// # Errors
    /// As [`Self::row`].
    fn driver(&self, id: &DriverId) -> Result<Option<DriverRecord>, RowsError> {
        typed!(self, RowKey::Driver(id.clone()), Row::Driver)
    }

    /// Premises.
    ///
    /// # Errors
    /// As [`Self::row`].
    fn premises(&self, id: &PremisesId) -> Result<Option<PremisesRecord>, RowsError> {
        typed!(self, RowKey::Premises(id.clone()), Row::Premises)
    }

    /// Container.
    ///
    /// # Errors
    /// As [`Self::row`].
    fn container(&self, number: &ContainerNumber) -> Result<Option<ContainerRecord>, RowsError> {
        typed!(self, RowKey::Container(number.clone()), Row::Container)
    }

    /// Manifest.
    ///
    /// # Errors
    /// As [`Self::row`].
    fn manifest(&self, id: &ManifestId) -> Result<Option<Manifest>, RowsError> {
        typed!(self, RowKey::Manifest(id.clone()), Row::Manifest)
    }

    /// Consignment.
    ///
    /// # Errors
    /// As [`Self::row`].
    fn consignment(&self, id: &ConsignmentId) -> Result<Option<Consignment>, RowsError> {
        typed!(self, RowKey::Consignment(id.clone()), Row::Consignment)
    }

    /// Gate pass.
    ///
    /// # Errors
    /// As [`Self::row`].
    fn pass(&self, number: &PassNumber) -> Result<Option<GatePass>, RowsError> {
        typed!(self, RowKey::Pass(number.clone()), Row::Pass)
    }

    /// Passes built for `vehicle` whose window ends at `ending_from` or later, the one that ends
    /// first in front.
    ///
    /// # Errors
    /// As [`Self::indexed`]; more than [`PASSES_MAX`].
    fn open_passes_of(
        &self,
        vehicle: &Plate,
        ending_from: Timestamp,
    ) -> Result<Vec<PassNumber>, RowsError> {
        let group = IndexGroup::PassOf(vehicle.clone());
        let keys = self.indexed(&group, ending_from, PASSES_MAX + 1)?;
        bounded(&keys, "gate passes", vehicle.as_str(), PASSES_MAX)?;
        Ok(keys.into_iter().filter_map(pass_number).collect())
    }

    /// Directives on `subject`, `Watch` and `Lift` among them, whatever their window; withdrawn
    /// ones are left out. Windows are the rules' business: when nothing vouches for the clock, an
    /// expired window is no ground to let a directive pass by.
    ///
    /// # Errors
    /// As [`Self::row`]; more than [`DIRECTIVES_MAX`].
    fn directives_on(&self, subject: &Subject) -> Result<Vec<Directive>, RowsError> {
        let group = IndexGroup::DirectiveOn(subject.clone());
        self.directives_in(&group, subject_text(subject))
    }

    /// Watch entries on vehicles whose plate differs from `plate` in exactly one character.
    ///
    /// # Errors
    /// As [`Self::row`]; more than [`DIRECTIVES_MAX`] for one position.
    fn watched_plates_near(&self, plate: &Plate) -> Result<Vec<Directive>, RowsError> {
        let patterns = index::patterns(plate.as_str());
        let mut near = Vec::new();
        for pattern in patterns {
            for entry in self.directives_in(&IndexGroup::WatchPlate(pattern), plate.as_str())? {
                if let Subject::Vehicle(watched) = &entry.subject
                    && watched.differing_characters(plate) == Some(1)
                {
                    near.push(entry);
                }
            }
        }
        Ok(near)
    }

    /// Watch entries on containers whose number differs from `number` in exactly one character.
    ///
    /// # Errors
    /// As [`Self::watched_plates_near`].
    fn watched_containers_near(
        &self,
        number: &ContainerNumber,
    ) -> Result<Vec<Directive>, RowsError> {
        let patterns = index::patterns(number.as_str());
        let mut near = Vec::new();
        for pattern in patterns {
            let group = IndexGroup::WatchContainer(pattern);
            for entry in self.directives_in(&group, number.as_str())? {
                if let Subject::Container(watched) = &entry.subject
                    && watched.differing_characters(number) == 1
                {
                    near.push(entry);
                }
            }
        }
        Ok(near)
    }

    /// Directives of one index group that are not withdrawn.
    ///
    /// # Errors
    /// As [`Self::row`]; more than [`DIRECTIVES_MAX`].
    fn directives_in(
        &self,
        group: &IndexGroup,
        subject: &str,
    ) -> Result<Vec<Directive>, RowsError> {
        let keys = self.indexed(group, Timestamp::MIN, DIRECTIVES_MAX + 1)?;
        bounded(&keys, "directives", subject, DIRECTIVES_MAX)?;
        let mut directives = Vec::with_capacity(keys.len());
        for key in &keys {
            // An entry without its row means that the index is not that of these rows.
            let row = self.row(key)?.ok_or_else(|| dangling(key))?;
            match row.as_ref() {
                Row::Directive(directive) if !directive.withdrawn => {
                    directives.push(directive.clone());
                }
                Row::Directive(_) => {}
                Row::Company(_)
                | Row::Vehicle(_)
                | Row::Driver(_)
                | Row::Premises(_)
                | Row::Container(_)
                | Row::Manifest(_)
                | Row::Consignment(_)
                | Row::Pass(_) => return Err(dangling(key)),
            }
        }
        Ok(directives)
    }
}

/// Writes of the e-ledger.
pub trait LedgerRowsMut: LedgerRows {
    /// Applies `changes` in order, rows and index entries together, all or nothing. Removing a
    /// row that is not there is no error.
    ///
    /// # Errors
    /// The store failed; then nothing has changed.
    fn apply(&mut self, changes: &[Change]) -> Result<(), RowsError>;
}

fn pass_number(key: RowKey) -> Option<PassNumber> {
    match key {
        RowKey::Pass(number) => Some(number),
        RowKey::Company(_)
        | RowKey::Vehicle(_)
        | RowKey::Driver(_)
        | RowKey::Premises(_)
        | RowKey::Container(_)
        | RowKey::Manifest(_)
        | RowKey::Consignment(_)
        | RowKey::Directive(_) => None,
    }
}

fn bounded(
    keys: &[RowKey],
    what: &'static str,
    subject: &str,
    limit: usize,
) -> Result<(), RowsError> {
    if keys.len() > limit {
        return Err(RowsError::TooMany {
            what,
            subject: subject.to_owned(),
            limit,
        });
    }
    Ok(())
}

fn dangling(key: &RowKey) -> RowsError {
    RowsError::Damaged {
        key: format!("{key:?}"),
        cause: "an index entry names a row that is not there".to_owned(),
    }
}

/// The subject's identifier as text.
#[must_use]
pub fn subject_text(subject: &Subject) -> &str {
    match subject {
        Subject::Vehicle(plate) => plate.as_str(),
        Subject::Container(number) => number.as_str(),
        Subject::Pass(number) => number.as_str(),
        Subject::Consignment(id) => id.as_str(),
        Subject::Company(id) => id.as_str(),
        Subject::Driver(id) => id.as_str(),
    }
}

/// Whether a directive is a watchlist entry.
#[must_use]
pub fn is_watch(directive: &Directive) -> bool {
    directive.order == Order::Watch
}
