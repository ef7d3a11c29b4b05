//! Identifiers, numbers, masses, times, and the words that several messages share.

use domain::container::ContainerNumber;
use domain::device::{DegradedDeclaration, DegradedMode, DeviceKind, DeviceState, DeviceStatus};
use domain::digest::{Digest, KeyBytes};
use domain::gate_pass::{Direction, Stage};
use domain::id::{
    CompanyId, ConsignmentId, DeviceId, DirectiveId, DriverId, GateAddress, GateId, LaneId,
    ManifestId, PassNumber, PassageId, PremisesId, RegionId, UserId,
};
use domain::mass::Mass;
use domain::operator::LaneMode;
use domain::plate::Plate;
use domain::policy::RuleId;
use domain::position::GeoPoint;
use domain::reason::ReasonCode;
use domain::seal::SealNumber;
use domain::tag::TagId;
use domain::time::{TimeSource, Timestamp, UtcTime, Window};

use super::{Message, Scalar, enumeration, message};
use crate::error::DecodeError;

/// Longest text of a field.
const TEXT_BYTES_MAX: usize = 4_096;
/// Longest run of raw bytes of a field.
const RAW_BYTES_MAX: usize = 4_096;

macro_rules! identifier {
    ($($id:ty),* $(,)?) => {
        $(impl Scalar for $id {
            type Raw = String;
            fn put(&self) -> String {
                self.as_str().to_owned()
            }
            fn take(raw: String) -> Result<Self, DecodeError> {
                Self::parse(&raw).map_err(DecodeError::field)
            }
        })*
    };
}

identifier!(
    CompanyId,
    ConsignmentId,
    ContainerNumber,
    DeviceId,
    DirectiveId,
    DriverId,
    GateId,
    LaneId,
    ManifestId,
    PassNumber,
    PassageId,
    Plate,
    PremisesId,
    RegionId,
    SealNumber,
    TagId,
    UserId,
);

macro_rules! number {
    ($($number:ty => $raw:ty),* $(,)?) => {
        $(impl Scalar for $number {
            type Raw = $raw;
            fn put(&self) -> $raw {
                (*self).into()
            }
            fn take(raw: $raw) -> Result<Self, DecodeError> {
                raw.try_into().map_err(|_| DecodeError::field(format!("{raw} is out of range")))
            }
        })*
    };
}

number!(bool => bool, u8 => u32, u16 => u32, u32 => u32, u64 => u64, i16 => i32, i64 => i64);

impl Scalar for String {
    type Raw = String;
    fn put(&self) -> String {
        self.clone()
    }
    fn take(raw: String) -> Result<Self, DecodeError> {
        if raw.len() > TEXT_BYTES_MAX {
            let (size, limit) = (raw.len(), TEXT_BYTES_MAX);
            return Err(DecodeError::TooLarge {
                what: "a text",
                size,
                limit,
            });
        }
        Ok(raw)
    }
}

impl Scalar for Vec<u8> {
    type Raw = Self;
    fn put(&self) -> Self {
        self.clone()
    }
    fn take(raw: Self) -> Result<Self, DecodeError> {
        if raw.len() > RAW_BYTES_MAX {
            let (size, limit) = (raw.len(), RAW_BYTES_MAX);
            return Err(DecodeError::TooLarge {
                what: "a run of bytes",
                size,
                limit,
            });
        }
        Ok(raw)
    }
}

impl Scalar for Digest {
    type Raw = Vec<u8>;
    fn put(&self) -> Vec<u8> {
        self.0.to_vec()
    }
    fn take(raw: Vec<u8>) -> Result<Self, DecodeError> {
        let len = raw.len();
        let bytes = raw.try_into();
        bytes
            .map(Self)
            .map_err(|_| DecodeError::field(format!("a digest of {len} bytes")))
    }
}

impl Scalar for KeyBytes {
    type Raw = Vec<u8>;
    fn put(&self) -> Vec<u8> {
        self.0.to_vec()
    }
    fn take(raw: Vec<u8>) -> Result<Self, DecodeError> {
        let len = raw.len();
        let bytes = raw.try_into();
        bytes
            .map(Self)
            .map_err(|_| DecodeError::field(format!("a public key of {len} bytes")))
    }
}

impl Scalar for Mass {
    type Raw = i64;
    fn put(&self) -> i64 {
        self.grams()
    }
    fn take(raw: i64) -> Result<Self, DecodeError> {
        Ok(Self::from_grams(raw))
    }
}

impl Scalar for Timestamp {
    type Raw = i64;
    fn put(&self) -> i64 {
        self.as_micros()
    }
    fn take(raw: i64) -> Result<Self, DecodeError> {
        let time = Self::from_micros(raw);
        if time.as_micros() == raw {
            Ok(time)
        } else {
            Err(DecodeError::field(format!("{raw} us is out of range")))
        }
    }
}

impl Scalar for RuleId {
    type Raw = u32;
    fn put(&self) -> u32 {
        self.number().into()
    }
    fn take(raw: u32) -> Result<Self, DecodeError> {
        let rule = u8::try_from(raw).ok().and_then(Self::from_number);
        rule.ok_or_else(|| DecodeError::field(format!("no rule {raw}")))
    }
}

macro_rules! coded {
    ($($word:ty),* $(,)?) => {
        $(impl Scalar for $word {
            type Raw = String;
            fn put(&self) -> String {
                self.code().to_owned()
            }
            fn take(raw: String) -> Result<Self, DecodeError> {
                Self::parse(&raw).ok_or_else(|| {
                    let shown: String = raw.chars().take(64).collect();
                    DecodeError::field(format!("unknown code {shown:?}"))
                })
            }
        })*
    };
}

coded!(DeviceKind, DegradedMode, ReasonCode);

enumeration!(TimeSource {
    Gnss,
    Ntp,
    Unsynchronised
});
enumeration!(Direction { Entry, Exit });
enumeration!(Stage {
    Entry,
    Scan,
    Weigh,
    Inspection
});
enumeration!(LaneMode {
    Live,
    Advisory,
    Shadow,
    Closed
});
enumeration!(DeviceState {
    Live,
    Silent,
    Lost,
    Void
});

message!(UtcTime => UtcTime { at_us = s at, source = s source });
message!(Window => Window { from_us = s from, until_us = s until });
message!(GateAddress => GateAddress { region = s region, premises = s premises, gate = s gate });
message!(DeviceStatus => DeviceStatus {
    device = s device,
    kind = s kind,
    state = s state,
    cause = s cause,
    last_frame_us = os last_frame,
    rejected_frames = s rejected_frames,
    verified_until_us = os verified_until,
});
message!(DegradedDeclaration => DegradedDeclaration {
    mode = s mode,
    declared_by = s declared_by,
    declared_at_us = s declared_at,
    until_us = s until,
    reason = s reason,
});

impl Message for GeoPoint {
    type Raw = crate::pb::GeoPoint;
    fn put(&self) -> Self::Raw {
        crate::pb::GeoPoint {
            lat_e7: self.lat_e7(),
            lon_e7: self.lon_e7(),
        }
    }
    fn take(raw: Self::Raw) -> Result<Self, DecodeError> {
        Self::new(raw.lat_e7.into(), raw.lon_e7.into()).map_err(DecodeError::field)
    }
}
