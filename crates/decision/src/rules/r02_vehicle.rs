//! R2: vehicle and trailer are recorded, in force, in date and of a class that fits the pass.

use domain::plate::Plate;
use domain::reason::ReasonCode;
use domain::recordation::{Standing, VehicleClass, VehicleRecord};

use super::r03_company_driver::ends_soon;
use crate::context::{Context, has_plate};
use crate::findings::Findings;
use crate::freshness::{Freshness, freshness};

pub(super) fn judge(context: &Context<'_>, out: &mut Findings) {
    let Some(ledger) = context.facts.ledger else {
        out.review(ReasonCode::R2LedgerMissing, "", "", "");
        return;
    };
    let limit_s = context.policy.ledger_stale_after_s;
    if freshness(ledger.synced_at, context.now, limit_s) != Freshness::Fresh {
        out.review(
            ReasonCode::R2LedgerStale,
            ledger.synced_at.to_string(),
            context.now.to_string(),
            format!("<= {limit_s} s"),
        );
    }
    judge_vehicle(context, out);
    if let Some(trailer) = context.pass.and_then(|pass| pass.trailer.as_ref()) {
        match &context.facts.trailer {
            None => out.detain(ReasonCode::R2NotRecorded, "", trailer.as_str(), ""),
            Some(record) if !has_plate(record, trailer) => out.review(
                ReasonCode::R2RecordOfAnother,
                record.plate.as_str(),
                trailer.as_str(),
                "",
            ),
            Some(record) => {
                judge_record(context, record, out);
                if record.class != VehicleClass::Trailer {
                    out.review(
                        ReasonCode::R2ClassNotAllowed,
                        format!("{trailer} {}", class_text(record.class)),
                        class_text(VehicleClass::Trailer),
                        "",
                    );
                }
            }
        }
    }
    if let Some(record) = &context.facts.vehicle {
        out.pass(record.plate.as_str(), "", record.valid.until.to_string());
    }
}

fn judge_vehicle(context: &Context<'_>, out: &mut Findings) {
    let Some(record) = &context.facts.vehicle else {
        // Unknown is a Detain only for a vehicle that was identified: a blind lane knows nobody.
        match identified_as(context) {
            Some(plate) => out.detain(ReasonCode::R2NotRecorded, plate.as_str(), "", ""),
            None => out.review(ReasonCode::R2Unidentified, "", "", ""),
        }
        return;
    };
    let expected = context.pass.map(|pass| &pass.vehicle);
    let is_its_own = match expected {
        Some(plate) => has_plate(record, plate),
        None => identified_as(context).is_some_and(|plate| has_plate(record, plate)),
    };
    if !is_its_own {
        out.review(
            ReasonCode::R2RecordOfAnother,
            record.plate.as_str(),
            expected.map_or("", Plate::as_str),
            "",
        );
    }
    judge_record(context, record, out);
    let carries_goods = context
        .pass
        .is_some_and(|pass| !pass.containers.is_empty() || !pass.consignments.is_empty());
    let class_fits = match record.class {
        VehicleClass::Tractor | VehicleClass::Truck => true,
        VehicleClass::Service => !carries_goods,
        VehicleClass::Trailer => false,
    };
    if !class_fits {
        out.review(
            ReasonCode::R2ClassNotAllowed,
            format!("{} {}", record.plate, class_text(record.class)),
            "",
            "",
        );
    }
}

/// The plate that sure evidence gives the vehicle.
fn identified_as<'a>(context: &Context<'a>) -> Option<&'a Plate> {
    let by_plate = context
        .evidence
        .plates
        .iter()
        .find(|sighting| context.plate_is_sure(sighting))
        .map(|sighting| &sighting.plate);
    by_plate.or_else(|| {
        let tag_is_sure = context
            .evidence
            .tags
            .iter()
            .any(|tag| context.tag_is_sure(tag));
        context.facts.tag_plate.as_ref().filter(|_| tag_is_sure)
    })
}

fn judge_record(context: &Context<'_>, record: &VehicleRecord, out: &mut Findings) {
    let plate = record.plate.as_str();
    match record.standing {
        Standing::Active => {}
        Standing::Suspended => out.detain(ReasonCode::R2Suspended, plate, "", ""),
        Standing::Revoked => out.detain(ReasonCode::R2Revoked, plate, "", ""),
    }
    let now = context.now;
    if now > record.valid.until {
        let limit = record.valid.until.to_string();
        out.detain(ReasonCode::R2Expired, plate, now.to_string(), limit);
    } else if now < record.valid.from {
        let limit = record.valid.from.to_string();
        out.detain(ReasonCode::R2NotYetValid, plate, now.to_string(), limit);
    } else if ends_soon(context, record.valid) {
        out.review(
            ReasonCode::R2ExpiresSoon,
            plate,
            record.valid.until.to_string(),
            format!("> {} d", context.policy.expires_soon_days),
        );
    }
}

const fn class_text(class: VehicleClass) -> &'static str {
    match class {
        VehicleClass::Tractor => "tractor",
        VehicleClass::Trailer => "trailer",
        VehicleClass::Truck => "truck",
        VehicleClass::Service => "service",
    }
}
