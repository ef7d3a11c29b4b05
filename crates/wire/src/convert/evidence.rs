//! Evidence of a passage.

use domain::evidence::{
    ContainerSighting, Evidence, LaneIntegrity, NoWeight, PlateSighting, TagSighting, VehicleCount,
    Weighing, WeightEvidence,
};
use domain::position::{Fix, FixQuality};
use domain::reading::{
    ChapterLikeness, DensityClass, JourneyReport, PictureRef, PlateRole, RadiationReading,
    RadiationState, ScanJudge, ScanMeasures, ScanReading, ScanVerdict, SealReading,
};
use domain::seal::SealState;

use super::{Message, Scalar, enumeration, list, message, put, take};
use crate::error::DecodeError;
use crate::pb;

enumeration!(PlateRole { Tractor, Trailer });
enumeration!(NoWeight {
    Missing,
    Unstable,
    ZeroFault,
    NoRise,
    OutOfRange
});
enumeration!(VehicleCount {
    One,
    Ambiguous,
    Several
});
enumeration!(SealState {
    Closed,
    Open,
    Tampered,
    Absent,
    Unreadable
});
enumeration!(ScanVerdict {
    NoFinding,
    Finding,
    Pending
});
enumeration!(DensityClass {
    Light,
    Organic,
    Mineral,
    Metal
});
enumeration!(RadiationState {
    NoAlarm,
    Alarm,
    AdjudicatedBenign
});
enumeration!(FixQuality {
    Invalid,
    Estimated,
    Satellite,
    Differential
});

message!(TagSighting => TagSighting {
    tag = s tag,
    reads = s reads,
    peak_rssi_dbm = os peak_rssi_dbm,
    seen_elsewhere = s seen_elsewhere,
    first_seen_us = s first_seen,
    last_seen_us = s last_seen,
});
message!(PictureRef => PictureRef { sha256 = s sha256, camera = s camera });
message!(PlateSighting => PlateSighting {
    plate = s plate,
    role = s role,
    confidence_permille = s confidence_permille,
    agreeing_frames = s agreeing_frames,
    picture = om picture,
});
message!(ContainerSighting => ContainerSighting {
    number = s number,
    size_type = os size_type,
    confidence_permille = s confidence_permille,
    agreeing_frames = s agreeing_frames,
    picture = om picture,
});
message!(Weighing => Weighing {
    scale = s scale,
    gross_g = s gross,
    stable_for_ms = s stable_for_ms,
    frames = s frames,
    at = m at,
    raw = s raw,
});
message!(LaneIntegrity => LaneIntegrity {
    vehicles = s vehicles,
    tail_following = s tail_following,
    run_through = s run_through,
    arm_was_up = s arm_was_up,
    sensor_stuck = s sensor_stuck,
    controller_restarted = s controller_restarted,
    gateway_restarted = s gateway_restarted,
});
message!(SealReading => SealReading {
    container = os container,
    number = os number,
    state = s state,
    opened_since_set = s opened_since_set,
    reseal_recorded = s reseal_recorded,
});
message!(RadiationReading => RadiationReading {
    state = s state,
    background_ratio_tenths = s background_ratio_tenths,
});
message!(Fix => Fix {
    point = m point,
    at_us = os at,
    quality = s quality,
    hdop_tenths = os hdop_tenths,
    satellites = os satellites,
    speed_tenths_kmh = os speed_tenths_kmh,
    course_deg = os course_deg,
});
message!(JourneyReport => JourneyReport {
    tracker = s tracker,
    plate = os plate,
    fixes = lm fixes,
    tampered = s tampered,
    opened = s opened,
});
message!(Evidence => Evidence {
    passage = s passage,
    gate = m gate,
    lane = s lane,
    direction = s direction,
    opened = m opened,
    frozen = m frozen,
    tags = lm tags,
    plates = lm plates,
    driver = os driver,
    containers = lm containers,
    weight = m weight,
    axle_loads_g = ls axle_loads,
    seals = lm seals,
    scans = lm scans,
    radiation = om radiation,
    journeys = lm journeys,
    stages_excused = ls stages_excused,
    integrity = m integrity,
    devices = lm devices,
    degraded = lm degraded,
    clock = s clock,
    sampling_draw = s sampling_draw,
});

impl Message for WeightEvidence {
    type Raw = pb::WeightEvidence;

    fn put(&self) -> Self::Raw {
        match self {
            Self::None(why) => pb::WeightEvidence {
                none: why.put(),
                weighings: Vec::new(),
            },
            Self::Measured(weighings) => pb::WeightEvidence {
                none: 0,
                weighings: put!(lm, weighings),
            },
        }
    }

    fn take(raw: Self::Raw) -> Result<Self, DecodeError> {
        match (raw.none, raw.weighings) {
            (0, weighings) if !weighings.is_empty() => {
                list(weighings, Message::take).map(Self::Measured)
            }
            (none, weighings) if weighings.is_empty() => Ok(Self::None(take!(s, none)?)),
            (_, _) => Err(DecodeError::field("both weighings and a reason for none")),
        }
    }
}

message!(ChapterLikeness => ChapterLikeness {
    chapter = s chapter,
    permille = s permille,
});

message!(ScanMeasures => ScanMeasures {
    cargo_g = s cargo,
    cargo_is_least = s cargo_is_least,
    fill_permille = s fill_permille,
    density = os density,
    likeness = lm likeness,
});

impl Message for ScanReading {
    type Raw = pb::ScanReading;

    fn put(&self) -> Self::Raw {
        pb::ScanReading {
            container: put!(os, self.container),
            plate: put!(os, self.plate),
            verdict: self.verdict.put(),
            officer: match &self.judge {
                ScanJudge::Officer(user) => Some(user.put()),
                ScanJudge::Machine => None,
            },
            captured_sha256: self.captured_sha256.put(),
            judged_sha256: self.judged_sha256.put(),
            captured_at_us: self.captured_at.put(),
            loaded: self.loaded,
            measured: put!(om, self.measured),
        }
    }

    fn take(raw: Self::Raw) -> Result<Self, DecodeError> {
        let officer: Option<domain::id::UserId> =
            take!(os, raw.officer).map_err(|error| error.inside("officer"))?;
        Ok(Self {
            container: take!(os, raw.container).map_err(|error| error.inside("container"))?,
            plate: take!(os, raw.plate).map_err(|error| error.inside("plate"))?,
            verdict: take!(s, raw.verdict).map_err(|error| error.inside("verdict"))?,
            judge: officer.map_or(ScanJudge::Machine, ScanJudge::Officer),
            captured_sha256: take!(s, raw.captured_sha256)
                .map_err(|error| error.inside("captured_sha256"))?,
            judged_sha256: take!(s, raw.judged_sha256)
                .map_err(|error| error.inside("judged_sha256"))?,
            captured_at: take!(s, raw.captured_at_us)
                .map_err(|error| error.inside("captured_at_us"))?,
            loaded: raw.loaded,
            measured: take!(om, raw.measured).map_err(|error| error.inside("measured"))?,
        })
    }
}
