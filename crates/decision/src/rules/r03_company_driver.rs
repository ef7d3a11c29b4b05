//! R3: the company of the pass is in force, and the driver who presented a card is recorded,
//! bound by the pass or free, and on the vehicle's list.

use std::time::Duration;

use domain::id::DriverId;
use domain::reason::ReasonCode;
use domain::recordation::{DriverRecord, Standing};
use domain::time::Window;

use crate::context::Context;
use crate::findings::Findings;

/// Whether `valid` ends within the days of warning.
pub(super) fn ends_soon(context: &Context<'_>, valid: Window) -> bool {
    let days = u64::from(context.policy.expires_soon_days);
    days > 0 && valid.until.since(context.now) <= Duration::from_secs(days * 86_400)
}

pub(super) fn judge(context: &Context<'_>, out: &mut Findings) {
    if context.pass.is_none() {
        out.review(ReasonCode::R3NoPass, "", "", "");
    }
    judge_company(context, out);
    match &context.evidence.driver {
        None => {
            let bound = context.pass.and_then(|pass| pass.driver.as_ref());
            out.review(
                ReasonCode::R3DriverMissing,
                "",
                bound.map_or("", DriverId::as_str),
                "",
            );
        }
        Some(driver) => judge_driver(context, driver, out),
    }
    let driver = context.evidence.driver.as_ref();
    out.pass(driver.map_or("", DriverId::as_str), "", "");
}

fn judge_company(context: &Context<'_>, out: &mut Findings) {
    let carrier = context.pass.map(|pass| &pass.company);
    let Some(company) = &context.facts.company else {
        let expected = carrier.map_or("", |id| id.as_str());
        out.review(ReasonCode::R3CompanyMissing, "", expected, "");
        return;
    };
    let id = company.id.as_str();
    if let Some(carrier) = carrier {
        if company.id != *carrier {
            out.review(ReasonCode::R3CompanyOfAnother, id, carrier.as_str(), "");
        }
        if let Some(vehicle) = context
            .vehicle()
            .filter(|record| record.company != *carrier)
        {
            out.review(
                ReasonCode::R3VehicleOfAnother,
                vehicle.company.as_str(),
                carrier.as_str(),
                "",
            );
        }
    }
    match company.standing {
        Standing::Active => {}
        Standing::Suspended => out.detain(ReasonCode::R3CompanySuspended, id, "", ""),
        Standing::Revoked => out.detain(ReasonCode::R3CompanyRevoked, id, "", ""),
    }
    let until = company.valid.until.to_string();
    if !company.valid.contains(context.now) {
        out.detain(
            ReasonCode::R3CompanyExpired,
            id,
            context.now.to_string(),
            until,
        );
    } else if ends_soon(context, company.valid) {
        let limit = format!("> {} d", context.policy.expires_soon_days);
        out.review(ReasonCode::R3ExpiresSoon, id, until, limit);
    }
}

fn judge_driver(context: &Context<'_>, driver: &DriverId, out: &mut Findings) {
    let bound = context.pass.and_then(|pass| pass.driver.as_ref());
    if let Some(bound) = bound.filter(|bound| *bound != driver) {
        out.review(
            ReasonCode::R3DriverNotOnPass,
            driver.as_str(),
            bound.as_str(),
            "",
        );
    }
    let Some(record) = &context.facts.driver else {
        out.review(ReasonCode::R3DriverUnknown, driver.as_str(), "", "");
        return;
    };
    if record.id != *driver {
        let observed = record.id.as_str();
        out.review(
            ReasonCode::R3DriverRecordOfAnother,
            observed,
            driver.as_str(),
            "",
        );
        return;
    }
    judge_record(context, record, out);
    let Some(vehicle) = context.vehicle() else {
        // R2 says why there is no recordation; without one there is no list to be on.
        out.review(ReasonCode::R3DriverNotListed, driver.as_str(), "", "");
        return;
    };
    if vehicle.drivers.is_empty() {
        if record.company != vehicle.company {
            out.review(
                ReasonCode::R3DriverOfAnother,
                record.company.as_str(),
                vehicle.company.as_str(),
                "",
            );
        }
    } else if !vehicle.drivers.contains(driver) {
        out.review(
            ReasonCode::R3DriverNotListed,
            driver.as_str(),
            vehicle.plate.as_str(),
            "",
        );
    }
}

fn judge_record(context: &Context<'_>, record: &DriverRecord, out: &mut Findings) {
    let id = record.id.as_str();
    match record.standing {
        Standing::Active => {}
        Standing::Suspended | Standing::Revoked => {
            out.review(ReasonCode::R3DriverNotActive, id, "", "");
        }
    }
    let until = record.valid.until.to_string();
    if !record.valid.contains(context.now) {
        out.review(
            ReasonCode::R3DriverExpired,
            id,
            context.now.to_string(),
            until,
        );
    } else if ends_soon(context, record.valid) {
        let limit = format!("> {} d", context.policy.expires_soon_days);
        out.review(ReasonCode::R3ExpiresSoon, id, until, limit);
    }
}
