//! Observations of one stay → what was sighted, merged: each tag, plate and container once, with
//! how often and how sure. Which of them is right is not decided here.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::container::ContainerNumber;
use domain::evidence::{ContainerSighting, PlateSighting, TagSighting};
use domain::id::DriverId;
use domain::mass::Mass;
use domain::plate::Plate;
use domain::policy::Policy;
use domain::reading::{
    ContainerReading, JourneyReport, Observation, PlateReading, PlateRole, RadiationReading,
    ScanReading, SealReading, TagReading,
};
use domain::tag::TagId;
use domain::time::Timestamp;

/// Different tags, plates or containers that one stay may show.
const DISTINCT_MAX: usize = 64;
/// Seal readings of one stay.
const SEALS_MAX: usize = 32;
/// What the vehicle before still shows may linger this long.
const LINGER: Duration = Duration::from_secs(3);
/// A tag is another lane's if it is not clearly weaker there, dB.
const CROSS_READ_MARGIN_DB: i16 = 6;

/// Everything sighted since the vehicle arrived.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sightings {
    tags: BTreeMap<TagId, TagSighting>,
    plates: BTreeMap<(Plate, PlateRole), PlateSighting>,
    containers: BTreeMap<ContainerNumber, ContainerSighting>,
    pub(crate) seals: Vec<SealReading>,
    pub(crate) radiation: Option<RadiationReading>,
    pub(crate) driver: Option<DriverId>,
    pub(crate) axle_loads: Vec<Mass>,
}

impl Sightings {
    /// Takes an observation made at `at`. Weights, scans and journeys are kept elsewhere.
    pub(crate) fn take(&mut self, observation: &Observation, at: Timestamp) {
        match observation {
            Observation::Tag(reading) => self.tag(reading, at),
            Observation::Plate(reading) => self.plate(reading),
            Observation::Container(reading) => self.container(reading),
            Observation::Seal(reading) => self.seal(reading),
            Observation::Radiation(reading) => self.radiation = Some(reading.clone()),
            Observation::DriverCard(driver) => self.driver = Some(driver.clone()),
            Observation::AxleLoads(loads) => self.axle_loads.clone_from(loads),
            Observation::Weight(_)
            | Observation::Scan(_)
            | Observation::Position(_)
            | Observation::Journey(_) => {}
        }
    }

    fn tag(&mut self, reading: &TagReading, at: Timestamp) {
        if self.tags.len() >= DISTINCT_MAX && !self.tags.contains_key(&reading.tag) {
            return;
        }
        let sighting = self
            .tags
            .entry(reading.tag.clone())
            .or_insert_with(|| TagSighting {
                tag: reading.tag.clone(),
                reads: 0,
                peak_rssi_dbm: None,
                seen_elsewhere: false,
                first_seen: at,
                last_seen: at,
            });
        sighting.reads = sighting
            .reads
            .saturating_add(u32::from(reading.seen_count.max(1)));
        sighting.peak_rssi_dbm = sighting.peak_rssi_dbm.max(reading.rssi_dbm);
        sighting.last_seen = sighting.last_seen.max(at);
    }

    /// Another lane's reader saw a tag of this stay.
    pub(crate) fn seen_elsewhere(&mut self, tag: &TagId, rssi_dbm: Option<i16>) {
        if let Some(sighting) = self.tags.get_mut(tag) {
            let weaker_there = match (sighting.peak_rssi_dbm, rssi_dbm) {
                (Some(here), Some(there)) => there.saturating_add(CROSS_READ_MARGIN_DB) < here,
                (None, _) | (_, None) => false,
            };
            sighting.seen_elsewhere |= !weaker_there;
        }
    }

    fn plate(&mut self, reading: &PlateReading) {
        let key = (reading.plate.clone(), reading.role);
        if self.plates.len() >= DISTINCT_MAX && !self.plates.contains_key(&key) {
            return;
        }
        let sighting = self.plates.entry(key).or_insert_with(|| PlateSighting {
            plate: reading.plate.clone(),
            role: reading.role,
            confidence_permille: 0,
            agreeing_frames: 0,
            picture: None,
        });
        sighting.agreeing_frames = sighting.agreeing_frames.saturating_add(1);
        if reading.confidence_permille >= sighting.confidence_permille {
            sighting.confidence_permille = reading.confidence_permille;
            sighting.picture.clone_from(&reading.picture);
        }
    }

    fn container(&mut self, reading: &ContainerReading) {
        if self.containers.len() >= DISTINCT_MAX && !self.containers.contains_key(&reading.number) {
            return;
        }
        let sighting = self
            .containers
            .entry(reading.number.clone())
            .or_insert_with(|| ContainerSighting {
                number: reading.number.clone(),
                size_type: None,
                confidence_permille: 0,
                agreeing_frames: 0,
                picture: None,
            });
        sighting.agreeing_frames = sighting.agreeing_frames.saturating_add(1);
        if reading.confidence_permille >= sighting.confidence_permille {
            sighting.confidence_permille = reading.confidence_permille;
            sighting.picture.clone_from(&reading.picture);
        }
        if reading.size_type.is_some() {
            sighting.size_type.clone_from(&reading.size_type);
        }
    }

    /// A later reading of the same seal replaces an earlier one, but an opening stays known.
    fn seal(&mut self, reading: &SealReading) {
        let same = |seal: &&mut SealReading| {
            seal.container == reading.container && seal.number == reading.number
        };
        if let Some(seal) = self.seals.iter_mut().find(same) {
            let was_opened = seal.opened_since_set;
            seal.clone_from(reading);
            seal.opened_since_set |= was_opened;
        } else if self.seals.len() < SEALS_MAX {
            self.seals.push(reading.clone());
        }
    }

    /// Leaves out what belongs to the vehicle before and was seen only while it drove off.
    pub(crate) fn forget(&mut self, before: &Self, opened: Timestamp) {
        self.tags.retain(|tag, sighting| {
            !before.tags.contains_key(tag) || sighting.last_seen > opened + LINGER
        });
        self.plates.retain(|(plate, _), sighting| {
            sighting.agreeing_frames > 1 || !before.plates.keys().any(|(other, _)| other == plate)
        });
    }

    /// Starts the pictures and reads over, for a second look.
    pub(crate) fn read_again(&mut self) {
        self.plates.clear();
        self.containers.clear();
        self.tags.clear();
        self.seals.clear();
    }

    /// Tags, strongest first.
    pub(crate) fn tags(&self) -> Vec<TagSighting> {
        let mut tags: Vec<TagSighting> = self.tags.values().cloned().collect();
        tags.sort_by_key(|tag| {
            (
                std::cmp::Reverse(tag.peak_rssi_dbm),
                std::cmp::Reverse(tag.reads),
            )
        });
        tags
    }

    /// Tags to ask the ledger about, strongest first.
    pub(crate) fn sure_tags(&self, policy: &Policy) -> Vec<TagId> {
        let sure =
            |tag: &TagSighting| tag.reads >= u32::from(policy.tag_reads_min) && !tag.seen_elsewhere;
        self.tags()
            .into_iter()
            .filter(sure)
            .map(|tag| tag.tag)
            .collect()
    }

    /// Plates, surest first.
    pub(crate) fn plates(&self) -> Vec<PlateSighting> {
        let mut plates: Vec<PlateSighting> = self.plates.values().cloned().collect();
        plates.sort_by_key(|p| std::cmp::Reverse((p.confidence_permille, p.agreeing_frames)));
        plates
    }

    /// Containers, surest first.
    pub(crate) fn containers(&self) -> Vec<ContainerSighting> {
        let mut boxes: Vec<ContainerSighting> = self.containers.values().cloned().collect();
        boxes.sort_by_key(|c| std::cmp::Reverse((c.confidence_permille, c.agreeing_frames)));
        boxes
    }

    /// Whether a sure tag, a sure front plate and, where `with_container`, a sure container are
    /// there, so that waiting longer brings nothing.
    pub(crate) fn is_identified(&self, policy: &Policy, with_container: bool) -> bool {
        let sure = |confidence: u16, frames: u8| {
            confidence >= policy.confidence_min_permille && frames >= policy.agreeing_frames_min
        };
        let plate = self.plates.values().any(|p| {
            p.role == PlateRole::Tractor && sure(p.confidence_permille, p.agreeing_frames)
        });
        let container = !with_container
            || self
                .containers
                .values()
                .any(|c| sure(c.confidence_permille, c.agreeing_frames));
        plate && container && !self.sure_tags(policy).is_empty()
    }
}

/// Scan verdicts and journeys come when they come, often before the vehicle: kept for the lane,
/// bound to a vehicle by what they name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reports {
    scans: Vec<(Timestamp, ScanReading)>,
    journeys: Vec<(Timestamp, JourneyReport)>,
}

/// Reports of each kind that a lane keeps; the oldest goes first.
const REPORTS_MAX: usize = 512;

impl Reports {
    /// Takes a scan or a journey received at `at`.
    pub(crate) fn take(&mut self, observation: &Observation, at: Timestamp) {
        if let Observation::Scan(scan) = observation {
            push_bounded(&mut self.scans, (at, scan.clone()));
        } else if let Observation::Journey(journey) = observation {
            // A tracker's later report holds its earlier fixes too.
            self.journeys
                .retain(|(_, known)| known.tracker != journey.tracker);
            push_bounded(&mut self.journeys, (at, journey.clone()));
        }
    }

    /// Scans of the sighted containers and plates, and those that name nothing but came during
    /// the stay; in order of capture.
    pub(crate) fn scans_of(&self, seen: &Sightings, opened: Timestamp) -> Vec<ScanReading> {
        let is_of_stay =
            |(at, scan): &&(Timestamp, ScanReading)| match (&scan.container, &scan.plate) {
                (Some(container), _) => seen.containers.contains_key(container),
                (None, Some(plate)) => seen.plates.keys().any(|(known, _)| known == plate),
                (None, None) => *at >= opened,
            };
        let mut scans: Vec<ScanReading> = self
            .scans
            .iter()
            .filter(is_of_stay)
            .map(|(_, scan)| scan.clone())
            .collect();
        scans.sort_by_key(|scan| scan.captured_at);
        scans
    }

    /// Journeys of the sighted plates, and those that name none but came during the stay. One
    /// that had ended before the vehicle's latest began belongs to an earlier visit.
    pub(crate) fn journeys_of(&self, seen: &Sightings, opened: Timestamp) -> Vec<JourneyReport> {
        let is_of_stay = |(at, journey): &&(Timestamp, JourneyReport)| match &journey.plate {
            Some(plate) => seen.plates.keys().any(|(known, _)| known == plate),
            None => *at >= opened,
        };
        let of_stay: Vec<&JourneyReport> = self
            .journeys
            .iter()
            .filter(is_of_stay)
            .map(|(_, journey)| journey)
            .collect();
        let is_past = |journey: &JourneyReport| {
            let ended = journey.fixes.iter().filter_map(|fix| fix.at).max();
            of_stay
                .iter()
                .filter(|other| other.plate == journey.plate)
                .any(|other| {
                    let began = other.fixes.iter().filter_map(|fix| fix.at).min();
                    ended.zip(began).is_some_and(|(ended, began)| ended < began)
                })
        };
        of_stay
            .iter()
            .filter(|journey| !is_past(journey))
            .map(|j| (*j).clone())
            .collect()
    }
}

fn push_bounded<T>(list: &mut Vec<T>, item: T) {
    if list.len() >= REPORTS_MAX {
        list.remove(0);
    }
    list.push(item);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_micros(ms * 1_000)
    }

    fn tag(id: &str, rssi_dbm: i16) -> Observation {
        Observation::Tag(TagReading {
            tag: TagId::parse(id).expect("hex"),
            antenna: 1,
            rssi_dbm: Some(rssi_dbm),
            seen_count: 1,
            first_seen: None,
        })
    }

    #[test]
    fn reads_of_one_tag_add_up_and_the_strongest_comes_first() {
        let mut seen = Sightings::default();
        for (ms, id, rssi) in [(0, "AA", -60), (10, "BB", -40), (20, "AA", -55)] {
            seen.take(&tag(id, rssi), at(ms));
        }
        let tags = seen.tags();
        let short: Vec<_> = tags
            .iter()
            .map(|t| (t.tag.as_str(), t.reads, t.peak_rssi_dbm))
            .collect();
        assert_eq!(short, [("BB", 1, Some(-40)), ("AA", 2, Some(-55))]);
    }

    #[test]
    fn a_tag_is_another_lanes_unless_clearly_weaker_there() {
        for (there, elsewhere) in [(Some(-62), false), (Some(-60), true), (None, true)] {
            let mut seen = Sightings::default();
            seen.take(&tag("AA", -55), at(0));
            seen.seen_elsewhere(&TagId::parse("AA").expect("hex"), there);
            assert_eq!(seen.tags()[0].seen_elsewhere, elsewhere, "{there:?}");
        }
    }

    #[test]
    fn the_vehicle_before_is_forgotten_unless_its_tag_stays() {
        let mut before = Sightings::default();
        before.take(&tag("AA", -50), at(0));
        before.take(&tag("BB", -50), at(0));
        let mut seen = Sightings::default();
        seen.take(&tag("AA", -50), at(1_500));
        seen.take(&tag("BB", -50), at(5_000));
        seen.take(&tag("CC", -50), at(1_500));
        seen.forget(&before, at(1_000));
        let tags = seen.tags();
        let mut left: Vec<_> = tags.iter().map(|t| t.tag.as_str()).collect();
        left.sort_unstable();
        assert_eq!(left, ["BB", "CC"]);
    }

    #[test]
    fn a_flood_of_different_tags_is_bounded() {
        let mut seen = Sightings::default();
        for i in 0..1_000_u32 {
            seen.take(&tag(&format!("{i:08X}"), -50), at(0));
        }
        assert_eq!(seen.tags().len(), DISTINCT_MAX);
    }
}
