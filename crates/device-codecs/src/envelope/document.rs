//! The JSON of one report, field by field, ↔ an observation. Names and units stand in
//! `docs/device-envelope.md`.

use domain::container::ContainerNumber;
use domain::digest::Digest;
use domain::id::{DeviceId, DriverId, UserId};
use domain::mass::Mass;
use domain::plate::Plate;
use domain::position::{Fix, FixQuality, GeoPoint};
use domain::reading::{
    ContainerReading, JourneyReport, Observation, PictureRef, PlateReading, PlateRole,
    RadiationReading, RadiationState, ScanJudge, ScanReading, ScanVerdict, SealReading, TagReading,
};
use domain::seal::{SealNumber, SealState};
use domain::tag::TagId;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Fixes of one journey: a day at one a minute.
const FIXES_MAX: usize = 1_440;
/// Axles of one vehicle.
const AXLES_MAX: usize = 16;

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Document {
    /// A sign of life.
    Alive {},
    Plate {
        plate: String,
        role: Role,
        confidence_permille: u16,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        picture: Option<Picture>,
    },
    Container {
        number: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        size_type: Option<String>,
        confidence_permille: u16,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        picture: Option<Picture>,
    },
    Seal {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        container: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<String>,
        state: Seal,
        opened_since_set: bool,
        #[serde(default)]
        reseal_recorded: bool,
    },
    Scan {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        container: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        plate: Option<String>,
        verdict: Verdict,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        officer: Option<String>,
        captured_sha256: String,
        judged_sha256: String,
        captured_at: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        loaded: Option<bool>,
    },
    Radiation {
        state: Radiation,
        background_ratio_tenths: u32,
    },
    DriverCard {
        driver: String,
    },
    AxleLoads {
        loads_kg: Vec<u32>,
    },
    Tag {
        tag: String,
        antenna: u16,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rssi_dbm: Option<i16>,
        seen_count: u16,
    },
    Journey {
        tracker: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        plate: Option<String>,
        fixes: Vec<FixDocument>,
        tampered: bool,
        opened: bool,
    },
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Picture {
    sha256: String,
    camera: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FixDocument {
    lat_e7: i64,
    lon_e7: i64,
    at: String,
    quality: Quality,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hdop_tenths: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    satellites: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    speed_tenths_kmh: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    course_deg: Option<u16>,
}

/// A word of the format and its meaning.
macro_rules! word {
    ($name:ident => $domain:ident { $($variant:ident),* $(,)? }) => {
        #[derive(Debug, Clone, Copy, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub(super) enum $name { $($variant),* }

        impl From<$name> for $domain {
            fn from(word: $name) -> Self {
                match word { $($name::$variant => Self::$variant),* }
            }
        }

        impl From<$domain> for $name {
            fn from(word: $domain) -> Self {
                match word { $($domain::$variant => Self::$variant),* }
            }
        }
    };
}

word!(Role => PlateRole { Tractor, Trailer });
word!(Seal => SealState { Closed, Open, Tampered, Absent, Unreadable });
word!(Verdict => ScanVerdict { NoFinding, Finding, Pending });
word!(Radiation => RadiationState { NoAlarm, Alarm, AdjudicatedBenign });
word!(Quality => FixQuality { Invalid, Estimated, Satellite, Differential });

/// A field's value, or the field and why it is none.
fn read<T, E: std::fmt::Display>(
    field: &'static str,
    value: Result<T, E>,
) -> Result<T, (&'static str, String)> {
    value.map_err(|error| (field, error.to_string()))
}

fn digest(field: &'static str, text: &str) -> Result<Digest, (&'static str, String)> {
    read(
        field,
        Digest::parse_hex(text).ok_or("not 64 hexadecimal digits"),
    )
}

fn picture(of: Option<Picture>) -> Result<Option<PictureRef>, (&'static str, String)> {
    of.map(|picture| {
        Ok(PictureRef {
            sha256: digest("picture.sha256", &picture.sha256)?,
            camera: read("picture.camera", DeviceId::parse(&picture.camera))?,
        })
    })
    .transpose()
}

fn confidence(permille: u16) -> Result<u16, (&'static str, String)> {
    read(
        "confidence_permille",
        if permille <= 1_000 {
            Ok(permille)
        } else {
            Err("over 1000")
        },
    )
}

fn container(
    field: &'static str,
    raw: Option<String>,
) -> Result<Option<ContainerNumber>, (&'static str, String)> {
    raw.map(|text| read(field, ContainerNumber::parse(&text)))
        .transpose()
}

fn plate(raw: Option<String>) -> Result<Option<Plate>, (&'static str, String)> {
    raw.map(|text| read("plate", Plate::parse(&text)))
        .transpose()
}

impl Document {
    /// The observation; `None` for a sign of life.
    #[expect(
        clippy::too_many_lines,
        reason = "one arm a kind of report, none of them long"
    )]
    pub(super) fn observation(self) -> Result<Option<Observation>, (&'static str, String)> {
        Ok(Some(match self {
            Self::Alive {} => return Ok(None),
            Self::Plate {
                plate,
                role,
                confidence_permille,
                picture: of,
            } => Observation::Plate(PlateReading {
                plate: read("plate", Plate::parse(&plate))?,
                role: role.into(),
                confidence_permille: confidence(confidence_permille)?,
                picture: picture(of)?,
            }),
            Self::Container {
                number,
                size_type,
                confidence_permille,
                picture: of,
            } => Observation::Container(ContainerReading {
                number: read("number", ContainerNumber::parse(&number))?,
                size_type: size_type.map(|text| text.chars().take(4).collect()),
                confidence_permille: confidence(confidence_permille)?,
                picture: picture(of)?,
            }),
            Self::Seal {
                container: of,
                number,
                state,
                opened_since_set,
                reseal_recorded,
            } => Observation::Seal(SealReading {
                container: container("container", of)?,
                number: number
                    .map(|text| read("number", SealNumber::parse(&text)))
                    .transpose()?,
                state: state.into(),
                opened_since_set,
                reseal_recorded,
            }),
            scan @ Self::Scan { .. } => scan.scan()?,
            Self::Radiation {
                state,
                background_ratio_tenths,
            } => Observation::Radiation(RadiationReading {
                state: state.into(),
                background_ratio_tenths,
            }),
            Self::DriverCard { driver } => {
                Observation::DriverCard(read("driver", DriverId::parse(&driver))?)
            }
            Self::AxleLoads { loads_kg } if loads_kg.len() > AXLES_MAX => {
                return Err(("loads_kg", format!("{} axles", loads_kg.len())));
            }
            Self::AxleLoads { loads_kg } => Observation::AxleLoads(
                loads_kg
                    .into_iter()
                    .map(|kg| Mass::from_kg(kg.into()))
                    .collect(),
            ),
            Self::Tag {
                tag,
                antenna,
                rssi_dbm,
                seen_count,
            } => Observation::Tag(TagReading {
                tag: read("tag", TagId::parse(&tag))?,
                antenna,
                rssi_dbm,
                seen_count,
                first_seen: None,
            }),
            Self::Journey { fixes, .. } if fixes.len() > FIXES_MAX => {
                return Err((
                    "fixes",
                    format!("{} fixes, at most {FIXES_MAX}", fixes.len()),
                ));
            }
            Self::Journey {
                tracker,
                plate: of,
                fixes,
                tampered,
                opened,
            } => Observation::Journey(JourneyReport {
                tracker: tracker.chars().take(32).collect(),
                plate: plate(of)?,
                fixes: fixes
                    .into_iter()
                    .map(FixDocument::fix)
                    .collect::<Result<_, _>>()?,
                tampered,
                opened,
            }),
        }))
    }

    fn scan(self) -> Result<Observation, (&'static str, String)> {
        let Self::Scan {
            container: of,
            plate: plate_text,
            verdict,
            officer,
            captured_sha256,
            judged_sha256,
            captured_at,
            loaded,
        } = self
        else {
            return Err(("type", "no scan".to_owned()));
        };
        let officer = officer
            .map(|user| read("officer", UserId::parse(&user)))
            .transpose()?;
        Ok(Observation::Scan(ScanReading {
            container: container("container", of)?,
            plate: plate(plate_text)?,
            verdict: verdict.into(),
            judge: officer.map_or(ScanJudge::Machine, ScanJudge::Officer),
            captured_sha256: digest("captured_sha256", &captured_sha256)?,
            judged_sha256: digest("judged_sha256", &judged_sha256)?,
            captured_at: read("captured_at", Timestamp::parse(&captured_at))?,
            loaded,
            measured: None,
        }))
    }

    /// The report of an observation; `None` for those that have a protocol of their own.
    pub(super) fn of(observation: &Observation) -> Option<Self> {
        let text = ToString::to_string;
        Some(match observation {
            Observation::Weight(_) | Observation::Position(_) => return None,
            Observation::Plate(r) => Self::Plate {
                plate: r.plate.to_string(),
                role: r.role.into(),
                confidence_permille: r.confidence_permille,
                picture: r.picture.as_ref().map(Picture::of),
            },
            Observation::Container(r) => Self::Container {
                number: r.number.as_str().to_owned(),
                size_type: r.size_type.clone(),
                confidence_permille: r.confidence_permille,
                picture: r.picture.as_ref().map(Picture::of),
            },
            Observation::Seal(r) => Self::Seal {
                container: r.container.as_ref().map(|c| c.as_str().to_owned()),
                number: r.number.as_ref().map(text),
                state: r.state.into(),
                opened_since_set: r.opened_since_set,
                reseal_recorded: r.reseal_recorded,
            },
            Observation::Scan(r) => Self::Scan {
                container: r.container.as_ref().map(|c| c.as_str().to_owned()),
                plate: r.plate.as_ref().map(ToString::to_string),
                verdict: r.verdict.into(),
                officer: match &r.judge {
                    ScanJudge::Officer(user) => Some(user.to_string()),
                    ScanJudge::Machine => None,
                },
                captured_sha256: r.captured_sha256.to_string(),
                judged_sha256: r.judged_sha256.to_string(),
                captured_at: r.captured_at.to_string(),
                loaded: r.loaded,
            },
            Observation::Radiation(r) => Self::Radiation {
                state: r.state.into(),
                background_ratio_tenths: r.background_ratio_tenths,
            },
            Observation::DriverCard(driver) => Self::DriverCard {
                driver: driver.to_string(),
            },
            Observation::AxleLoads(loads) => Self::AxleLoads {
                loads_kg: loads
                    .iter()
                    .map(|load| u32::try_from(load.kg()).unwrap_or(0))
                    .collect(),
            },
            Observation::Tag(r) => Self::Tag {
                tag: r.tag.to_string(),
                antenna: r.antenna,
                rssi_dbm: r.rssi_dbm,
                seen_count: r.seen_count,
            },
            Observation::Journey(r) => Self::Journey {
                tracker: r.tracker.clone(),
                plate: r.plate.as_ref().map(ToString::to_string),
                fixes: r.fixes.iter().map(FixDocument::of).collect(),
                tampered: r.tampered,
                opened: r.opened,
            },
        })
    }
}

impl Picture {
    fn of(picture: &PictureRef) -> Self {
        Self {
            sha256: picture.sha256.to_string(),
            camera: picture.camera.to_string(),
        }
    }
}

impl FixDocument {
    fn fix(self) -> Result<Fix, (&'static str, String)> {
        Ok(Fix {
            point: read("fixes.lat_e7", GeoPoint::new(self.lat_e7, self.lon_e7))?,
            at: Some(read("fixes.at", Timestamp::parse(&self.at))?),
            quality: self.quality.into(),
            hdop_tenths: self.hdop_tenths,
            satellites: self.satellites,
            speed_tenths_kmh: self.speed_tenths_kmh,
            course_deg: self.course_deg,
        })
    }

    fn of(fix: &Fix) -> Self {
        Self {
            lat_e7: fix.point.lat_e7().into(),
            lon_e7: fix.point.lon_e7().into(),
            at: fix.at.unwrap_or_default().to_string(),
            quality: fix.quality.into(),
            hdop_tenths: fix.hdop_tenths,
            satellites: fix.satellites,
            speed_tenths_kmh: fix.speed_tenths_kmh,
            course_deg: fix.course_deg,
        }
    }
}
