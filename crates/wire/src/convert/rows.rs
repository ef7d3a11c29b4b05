//! Rows of the ledger, their keys and changes.

use domain::conveyance::{Conveyance, ImoNumber, Means, Registration};
use domain::directive::{Directive, Order, Subject};
use domain::gate_pass::{Corridor, GatePass, PassConsignment, PassContainer};
use domain::ledger_row::{Change, LedgerRevision, Row, RowKey};
use domain::manifest::{Clearance, Consignment, Manifest};
use domain::plate::Plate;
use domain::recordation::{
    CompanyRecord, ContainerRecord, DriverRecord, PremisesRecord, Standing, VehicleClass,
    VehicleRecord,
};

use super::{Message, Scalar, enumeration, message, put, required, take};
use crate::error::DecodeError;
use crate::pb;

enumeration!(Standing {
    Active,
    Suspended,
    Revoked
});
enumeration!(VehicleClass {
    Tractor,
    Trailer,
    Truck,
    Service
});
enumeration!(Clearance {
    Cleared,
    UnderAmendment,
    NotCleared,
    Refused
});
enumeration!(Order {
    DocumentCheck,
    Inspect,
    Detain,
    ScanRequired,
    Watch,
    Lift
});

message!(CompanyRecord => CompanyRecord {
    id = s id,
    name = s name,
    standing = s standing,
    valid = m valid,
});
message!(VehicleRecord => VehicleRecord {
    plate = s plate,
    second_plate = os second_plate,
    tag = os tag,
    class = s class,
    company = s company,
    tare_g = s tare,
    axles = s axles,
    drivers = ls drivers,
    standing = s standing,
    valid = m valid,
});
message!(DriverRecord => DriverRecord {
    id = s id,
    name = s name,
    company = s company,
    standing = s standing,
    valid = m valid,
});
message!(PremisesRecord => PremisesRecord {
    id = s id,
    name = s name,
    at = om at,
    standing = s standing,
    valid = m valid,
});
message!(ContainerRecord => ContainerRecord {
    number = s number,
    tare_g = s tare,
    size_type = os size_type,
    standing = s standing,
});

impl Message for Manifest {
    type Raw = pb::Manifest;

    fn put(&self) -> Self::Raw {
        pb::Manifest {
            id: self.id.put(),
            conveyance: self.conveyance.name.clone(),
            consignments: put!(ls, self.consignments),
            amended_at_us: self.amended_at.put(),
            means: put_means(&self.conveyance),
        }
    }

    fn take(raw: Self::Raw) -> Result<Self, DecodeError> {
        let at = |field: &'static str| move |error: DecodeError| error.inside(field);
        let name = take!(s, raw.conveyance).map_err(at("conveyance"))?;
        Ok(Self {
            id: take!(s, raw.id).map_err(at("id"))?,
            conveyance: take_conveyance(name, raw.means).map_err(at("means"))?,
            consignments: take!(ls, raw.consignments).map_err(at("consignments"))?,
            amended_at: take!(s, raw.amended_at_us).map_err(at("amended_at_us"))?,
        })
    }
}

/// Kind, number and voyage; absent where there is neither.
fn put_means(conveyance: &Conveyance) -> Option<pb::Conveyance> {
    let kind = match conveyance.means {
        Means::Ship(_) => pb::ConveyanceKind::Ship,
        Means::SmallVessel(_) => pb::ConveyanceKind::SmallVessel,
        Means::Aircraft(_) => pb::ConveyanceKind::Aircraft,
        Means::Train(_) => pb::ConveyanceKind::Train,
        Means::Vehicle(_) => pb::ConveyanceKind::Vehicle,
        Means::Unstated if conveyance.voyage.is_empty() => return None,
        Means::Unstated => pb::ConveyanceKind::Unspecified,
    };
    Some(pb::Conveyance {
        kind: kind.into(),
        number: conveyance.means.number(),
        voyage: conveyance.voyage.clone(),
    })
}

fn take_conveyance(name: String, raw: Option<pb::Conveyance>) -> Result<Conveyance, DecodeError> {
    let Some(raw) = raw else {
        return Ok(Conveyance::in_words(name));
    };
    let number = raw.number.as_str();
    let field = |error: &dyn std::fmt::Display| DecodeError::field(error).inside("number");
    let registered = || Registration::parse(number).map_err(|error| field(&error));
    let means = match pb::ConveyanceKind::try_from(raw.kind) {
        Ok(pb::ConveyanceKind::Ship) => {
            Means::Ship(ImoNumber::parse(number).map_err(|error| field(&error))?)
        }
        Ok(pb::ConveyanceKind::SmallVessel) => Means::SmallVessel(registered()?),
        Ok(pb::ConveyanceKind::Aircraft) => Means::Aircraft(registered()?),
        Ok(pb::ConveyanceKind::Train) => Means::Train(registered()?),
        Ok(pb::ConveyanceKind::Vehicle) => {
            Means::Vehicle(Plate::parse(number).map_err(|error| field(&error))?)
        }
        // Only a voyage is known. A number without its kind names nothing.
        Ok(pb::ConveyanceKind::Unspecified) if number.is_empty() => Means::Unstated,
        Ok(pb::ConveyanceKind::Unspecified) | Err(_) => {
            let cause = format!("unknown code {}", raw.kind);
            return Err(DecodeError::field(cause).inside("kind"));
        }
    };
    Ok(Conveyance {
        means,
        name,
        voyage: take!(s, raw.voyage).map_err(|error| error.inside("voyage"))?,
    })
}

message!(Consignment => Consignment {
    id = s id,
    manifest = s manifest,
    clearance = s clearance,
    gross_g = s gross,
    packages = s packages,
    goods = s goods,
    hs_code = os hs_code,
    containers = ls containers,
    amended_at_us = s amended_at,
});
message!(PassContainer => PassContainer { number = s number, empty = s empty, seals = ls seals });
message!(PassConsignment => ConsignmentShare { id = s id, gross_g = s gross, packages = s packages });
message!(Corridor => Corridor {
    line = lm line,
    half_width_m = s half_width_m,
    window = m window,
    stop_max_s = s stop_max_s,
});
message!(GatePass => GatePass {
    number = s number,
    premises = s premises,
    direction = s direction,
    lanes = ls lanes,
    window = m window,
    vehicle = s vehicle,
    trailer = os trailer,
    driver = os driver,
    company = s company,
    containers = lm containers,
    consignments = lm consignments,
    stages = ls stages,
    corridor = om corridor,
    scan_required = s scan_required,
    standing = s standing,
    issued_at_us = s issued_at,
});
message!(Directive => Directive {
    id = s id,
    subject = m subject,
    order = s order,
    window = m window,
    withdrawn = s withdrawn,
    silent = s silent,
    text = s text,
});
message!(LedgerRevision => LedgerRevision {
    revision = s revision,
    hash = s hash,
    synced_at_us = s synced_at,
});

/// An enumeration of one scalar or message each, carried by a `oneof of`.
macro_rules! one_of {
    ($domain:ident, $module:ident, $trait:ident { $($variant:ident),* $(,)? }) => {
        impl Message for $domain {
            type Raw = pb::$domain;

            fn put(&self) -> Self::Raw {
                pb::$domain {
                    of: Some(match self {
                        $(Self::$variant(value) => pb::$module::Of::$variant($trait::put(value))),*
                    }),
                }
            }

            fn take(raw: Self::Raw) -> Result<Self, DecodeError> {
                Ok(match required(raw.of)? {
                    $(pb::$module::Of::$variant(value) => {
                        let taken = $trait::take(value);
                        Self::$variant(taken.map_err(|e| e.inside(stringify!($variant)))?)
                    })*
                })
            }
        }
    };
}

one_of!(
    Subject,
    subject,
    Scalar {
        Vehicle,
        Container,
        Pass,
        Consignment,
        Company,
        Driver
    }
);
one_of!(
    Row,
    row,
    Message {
        Company,
        Vehicle,
        Driver,
        Premises,
        Container,
        Manifest,
        Consignment,
        Pass,
        Directive,
    }
);
one_of!(
    RowKey,
    row_key,
    Scalar {
        Company,
        Vehicle,
        Driver,
        Premises,
        Container,
        Manifest,
        Consignment,
        Pass,
        Directive,
    }
);

impl Message for Change {
    type Raw = pb::Change;

    fn put(&self) -> Self::Raw {
        pb::Change {
            of: Some(match self {
                Self::Upsert(row) => pb::change::Of::Upsert(row.put()),
                Self::Remove(key) => pb::change::Of::Remove(key.put()),
            }),
        }
    }

    fn take(raw: Self::Raw) -> Result<Self, DecodeError> {
        Ok(match required(raw.of)? {
            pb::change::Of::Upsert(row) => Self::Upsert(Box::new(Message::take(row)?)),
            pb::change::Of::Remove(key) => Self::Remove(Message::take(key)?),
        })
    }
}
