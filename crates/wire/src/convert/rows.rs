//! Rows of the ledger, their keys and changes.

use domain::directive::{Directive, Order, Subject};
use domain::gate_pass::{Corridor, GatePass, PassConsignment, PassContainer};
use domain::ledger_row::{Change, LedgerRevision, Row, RowKey};
use domain::manifest::{Clearance, Consignment, Manifest};
use domain::recordation::{
    CompanyRecord, ContainerRecord, DriverRecord, PremisesRecord, Standing, VehicleClass,
    VehicleRecord,
};

use super::{Message, Scalar, enumeration, message, required};
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
message!(Manifest => Manifest {
    id = s id,
    conveyance = s conveyance,
    consignments = ls consignments,
    amended_at_us = s amended_at,
});
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
