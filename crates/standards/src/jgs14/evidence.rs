//! Message 0x21 ⇄ what a lane knows of a vehicle: evidence out, observations in. What has no place
//! in one of them is lost; the table is in `docs/standards.md`.

use domain::container::ContainerNumber;
use domain::evidence::{Evidence, WeightEvidence};
use domain::id::DriverId;
use domain::plate::Plate;
use domain::policy::Policy;
use domain::reading::{
    ContainerReading, Observation, PlateReading, PlateRole, SealReading, TagReading,
};
use domain::seal::{SealNumber, SealState};
use domain::tag::TagId;

use crate::jgs14::gather::Gather;
use crate::jgs14::message::Key;

/// Most plates, seals or containers of a message that become observations; a vehicle has fewer.
const SEALS_MAX: usize = 16;

/// What a message of others says, in the words of the lane.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observed {
    /// Readings; each stands for what the front end's own readers agreed on.
    pub observations: Vec<Observation>,
    /// Fields that hold something that is none of its kind: counted, and missing evidence.
    pub refused: Vec<&'static str>,
}

impl Gather {
    /// What a lane gathered by itself. Of more than two containers the surest two are told, and
    /// marked as unsure; of several tags and plates the first.
    #[must_use]
    pub fn of_evidence(evidence: &Evidence, policy: &Policy, key: Key) -> Self {
        let text = |id: Option<String>| id.unwrap_or_default();
        let gross = match &evidence.weight {
            WeightEvidence::Measured(weighings) => weighings.last().map(|one| one.gross),
            WeightEvidence::None(_) => None,
        };
        let mut plates = evidence.plates.iter();
        let plate = plates.find(|seen| seen.role == PlateRole::Tractor);
        let all_sure = evidence.containers.iter().all(|seen| {
            seen.confidence_permille >= policy.confidence_min_permille
                && seen.agreeing_frames >= policy.agreeing_frames_min
        });
        let count = evidence.containers.len();
        let tag = evidence.tags.first();
        Self {
            key,
            card_no: String::new(),
            driver_no: text(evidence.driver.as_ref().map(ToString::to_string)),
            gross,
            plate: text(plate.map(|seen| seen.plate.as_str().to_owned())),
            tag: text(tag.map(|seen| seen.tag.as_str().to_owned())),
            vehicle_no: String::new(),
            containers_sure: (1..=2).contains(&count) && all_sure,
            containers: evidence
                .containers
                .iter()
                .take(2)
                .map(|seen| seen.number.as_str().to_owned())
                .collect(),
            seals: evidence
                .seals
                .iter()
                .filter_map(|seal| seal.number.as_ref())
                .map(|number| number.as_str().to_owned())
                .collect(),
        }
    }

    /// What a front end of others says of a vehicle. The message tells results, not reads: each
    /// counts as `policy` asks for at least, for the front end's readers have agreed on it, but a
    /// container number that they marked as abnormal counts once and is never sure. Of a seal it
    /// tells the number and no state, which is for the site to say (`seal_state`).
    #[must_use]
    pub fn observed(&self, policy: &Policy, seal_state: SealState) -> Observed {
        let mut observed = Observed::default();
        if let Some(tag) = kept(&self.tag, "CAR_EC_NO", TagId::parse, &mut observed.refused) {
            observed.observations.push(Observation::Tag(TagReading {
                tag,
                antenna: 1,
                rssi_dbm: None,
                seen_count: policy.tag_reads_min,
                first_seen: None,
            }));
        }
        if let Some(plate) = kept(&self.plate, "VE_NAME", Plate::parse, &mut observed.refused) {
            let reading = Observation::Plate(PlateReading {
                plate,
                role: PlateRole::Tractor,
                confidence_permille: 1_000,
                picture: None,
            });
            let frames = usize::from(policy.agreeing_frames_min);
            observed
                .observations
                .extend(std::iter::repeat_n(reading, frames));
        }
        let (confidence_permille, frames) = if self.containers_sure {
            (1_000, usize::from(policy.agreeing_frames_min))
        } else {
            (0, 1)
        };
        for raw in &self.containers {
            let number = kept(
                raw,
                "CONTA_ID",
                ContainerNumber::parse,
                &mut observed.refused,
            );
            let Some(number) = number else { continue };
            let reading = Observation::Container(ContainerReading {
                number,
                size_type: None,
                confidence_permille,
                picture: None,
            });
            observed
                .observations
                .extend(std::iter::repeat_n(reading, frames));
        }
        for raw in self.seals.iter().take(SEALS_MAX) {
            let number = kept(raw, "ESEAL_ID", SealNumber::parse, &mut observed.refused);
            let state = match &number {
                Some(_) => seal_state,
                None => SealState::Unreadable,
            };
            observed.observations.push(Observation::Seal(SealReading {
                container: None,
                number,
                state,
                opened_since_set: false,
                reseal_recorded: false,
            }));
        }
        let driver = if self.driver_no.is_empty() {
            &self.card_no
        } else {
            &self.driver_no
        };
        if let Some(driver) = kept(driver, "DR_IC_NO", DriverId::parse, &mut observed.refused) {
            observed.observations.push(Observation::DriverCard(driver));
        }
        observed
    }
}

fn kept<T, E>(
    raw: &str,
    field: &'static str,
    parse: impl Fn(&str) -> Result<T, E>,
    refused: &mut Vec<&'static str>,
) -> Option<T> {
    if raw.is_empty() {
        return None;
    }
    let parsed = parse(raw).ok();
    if parsed.is_none() {
        refused.push(field);
    }
    parsed
}

#[cfg(test)]
mod tests {
    use super::*;
    use decision::fixture;
    use domain::mass::Mass;

    fn key() -> Key {
        Key {
            area_id: "6407000001".to_owned(),
            channel: "1000000002".to_owned(),
            flag: "I".to_owned(),
            seq_no: "20260301080000000007".to_owned(),
        }
    }

    #[test]
    fn what_a_lane_gathered_comes_back_as_what_it_saw() {
        let case = fixture::clean();
        let gather = Gather::of_evidence(&case.evidence, &case.policy, key());
        let evidence = &case.evidence;
        assert_eq!(gather.tag, evidence.tags[0].tag.as_str());
        assert_eq!(gather.containers.len(), evidence.containers.len().min(2));
        assert!(gather.containers_sure && gather.gross.is_some());
        let read = Gather::read(&gather.frame().unwrap().xml).unwrap();
        assert_eq!(read.containers, gather.containers);
        let observed = read.observed(&case.policy, SealState::Closed);
        assert_eq!(observed.refused, Vec::<&str>::new());
        let plates = observed.observations.iter().filter(
            |one| matches!(one, Observation::Plate(seen) if seen.plate.as_str() == gather.plate),
        );
        assert_eq!(plates.count(), usize::from(case.policy.agreeing_frames_min));
    }

    #[test]
    fn what_is_no_number_is_missing_and_what_is_abnormal_is_unsure() {
        let policy = fixture::clean().policy;
        let gather = Gather {
            key: key(),
            plate: "_无_".to_owned(),
            tag: "xyz".to_owned(),
            containers: vec!["CSQU3054384".to_owned(), "CSQU3054383".to_owned()],
            seals: vec!["CN*12".to_owned(), "CN12".to_owned()],
            card_no: "9966336699".to_owned(),
            gross: Some(Mass::from_kg(1)),
            ..Gather::default()
        };
        let observed = gather.observed(&policy, SealState::Unreadable);
        let refused = ["CAR_EC_NO", "VE_NAME", "CONTA_ID", "ESEAL_ID"];
        assert_eq!(observed.refused, refused);
        let containers: Vec<u16> = observed
            .observations
            .iter()
            .filter_map(|one| {
                let Observation::Container(seen) = one else {
                    return None;
                };
                Some(seen.confidence_permille)
            })
            .collect();
        assert_eq!(containers, [0]);
        let seals = observed.observations.iter().filter(
            |one| matches!(one, Observation::Seal(seal) if seal.state == SealState::Unreadable),
        );
        assert_eq!(seals.count(), 2);
        let card = DriverId::parse("9966336699").unwrap();
        assert!(
            observed
                .observations
                .contains(&Observation::DriverCard(card))
        );
    }
}
