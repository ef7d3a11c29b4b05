//! Tables of R1, R2 and R3: who is in the lane.

use domain::facts::PassFact;
use domain::policy::RuleId;
use domain::recordation::{Standing, VehicleClass};
use domain::tag::TagId;

use super::{Table, case};
use crate::fixture::{
    Passage, bobtail, clean, driver, now, now_minus, now_plus, other_plate, plate, tag,
    trailer_plate,
};

fn other_tag() -> TagId {
    TagId::parse("E2003412FF").expect("valid")
}

fn second_tag(p: &mut Passage, reads: u32) {
    let mut sighting = p.evidence.tags[0].clone();
    sighting.tag = other_tag();
    sighting.reads = reads;
    p.evidence.tags.insert(0, sighting);
}

fn second_front_plate(p: &mut Passage, of: domain::plate::Plate) {
    let mut sighting = p.evidence.plates[0].clone();
    sighting.plate = of;
    p.evidence.plates.insert(0, sighting);
}

fn trailer_tag_strongest(p: &mut Passage) {
    second_tag(p, 30);
    p.facts.trailer.as_mut().expect("trailer").tag = Some(other_tag());
    p.facts.tag_plate = Some(trailer_plate());
}

pub(super) const TABLES: &[Table] = &[
    (
        RuleId::R1,
        &[
            case!("as it is", clean, |_p| {}, []),
            case!("no pass", clean, |p| p.facts.pass = PassFact::None, [Review R1NoPass]),
            case!("no tag", clean, |p| p.evidence.tags.clear(), [Review R1TagMissing]),
            case!(
                "tag read twice",
                clean,
                |p| p.evidence.tags[0].reads = 2,
                []
            ),
            case!("tag read once", clean, |p| p.evidence.tags[0].reads = 1, [Review R1TagUnsure]),
            case!("tag left before the vehicle came", clean, |p| p.evidence.tags[0].last_seen = now_minus(21), [Review R1TagUnsure]),
            case!("tag in two lanes", clean, |p| p.evidence.tags[0].seen_elsewhere = true, [Review R1TagSeenElsewhere]),
            case!("tag recorded on nothing", clean, |p| p.facts.tag_plate = None, [Review R1TagUnknown]),
            case!("tag is not the recorded one", clean, |p| p.facts.vehicle.as_mut().expect("vehicle").tag = Some(other_tag()), [Review R1TagNotOnRecord]),
            case!("stray tag, read once", clean, |p| second_tag(p, 1), []),
            case!("second sure tag", clean, |p| second_tag(p, 30), [Review R1SeveralTags]),
            case!(
                "the trailer's tag is the stronger one",
                clean,
                |p| trailer_tag_strongest(p),
                []
            ),
            case!("the trailer's tag alone", clean, |p| { trailer_tag_strongest(p); p.evidence.tags.truncate(1); }, [Review R1TagNotOnRecord, Review R1TagMissing]),
            case!("tag of another vehicle", clean, |p| p.facts.tag_plate = Some(other_plate()), [Detain R1TagAndPlateDiffer]),
            case!("front plate of another vehicle", clean, |p| p.evidence.plates[0].plate = other_plate(), [Detain R1TagAndPlateDiffer]),
            case!("pass of another vehicle", clean, |p| p.pass().vehicle = other_plate(), [Detain R1PassOfAnother]),
            case!("another plate and no tag", clean, |p| { p.evidence.tags.clear(); p.evidence.plates[0].plate = other_plate(); }, [Review R1TagMissing, Review R1PlateNotOnPass]),
            case!("no front plate", clean, |p| p.evidence.plates.remove(0), [Review R1PlateMissing]),
            case!(
                "confidence at the limit",
                clean,
                |p| p.evidence.plates[0].confidence_permille = 900,
                []
            ),
            case!("confidence below the limit", clean, |p| p.evidence.plates[0].confidence_permille = 899, [Review R1PlateUnsure]),
            case!("one frame", clean, |p| p.evidence.plates[0].agreeing_frames = 1, [Review R1PlateUnsure]),
            case!("two front plates", clean, |p| second_front_plate(p, other_plate()), [Review R1SeveralPlates]),
            case!(
                "second registration",
                clean,
                |p| {
                    second_front_plate(p, other_plate());
                    p.facts.vehicle.as_mut().expect("vehicle").second_plate = Some(other_plate());
                },
                []
            ),
            case!("no trailer plate", clean, |p| p.evidence.plates.remove(1), [Review R1TrailerMissing]),
            case!("unsure trailer plate", clean, |p| p.evidence.plates[1].confidence_permille = 500, [Review R1TrailerUnsure]),
            case!("other trailer", clean, |p| p.evidence.plates[1].plate = other_plate(), [Review R1TrailerDiffers]),
            case!("trailer that is not on the pass", clean, |p| p.pass().trailer = None, [Review R1TrailerNotOnPass]),
            case!(
                "rigid truck shows its number at the rear",
                bobtail,
                |p| {
                    let mut rear = p.evidence.plates[0].clone();
                    rear.role = domain::reading::PlateRole::Trailer;
                    p.evidence.plates.push(rear);
                },
                []
            ),
        ],
    ),
    (
        RuleId::R2,
        &[
            case!("as it is", clean, |_p| {}, []),
            case!("no ledger", clean, |p| p.facts.ledger = None, [Review R2LedgerMissing]),
            case!(
                "ledger as old as allowed",
                clean,
                |p| p.facts.ledger.as_mut().expect("ledger").synced_at = now_minus(14_400),
                []
            ),
            case!("ledger too old", clean, |p| p.facts.ledger.as_mut().expect("ledger").synced_at = now_minus(14_401), [Review R2LedgerStale]),
            case!("ledger of tomorrow", clean, |p| p.facts.ledger.as_mut().expect("ledger").synced_at = now_plus(301), [Review R2LedgerStale]),
            case!("identified and unknown", clean, |p| p.facts.vehicle = None, [Detain R2NotRecorded]),
            case!("not identified", clean, |p| { p.facts.vehicle = None; p.evidence.plates.clear(); p.evidence.tags.clear(); }, [Review R2Unidentified]),
            case!("trailer unknown", clean, |p| p.facts.trailer = None, [Detain R2NotRecorded]),
            case!("record of another vehicle", clean, |p| p.facts.vehicle.as_mut().expect("vehicle").plate = other_plate(), [Review R2RecordOfAnother]),
            case!("record of another trailer", clean, |p| p.facts.trailer.as_mut().expect("trailer").plate = other_plate(), [Review R2RecordOfAnother]),
            case!("suspended", clean, |p| p.facts.vehicle.as_mut().expect("vehicle").standing = Standing::Suspended, [Detain R2Suspended]),
            case!("trailer suspended", clean, |p| p.facts.trailer.as_mut().expect("trailer").standing = Standing::Suspended, [Detain R2Suspended]),
            case!("revoked", clean, |p| p.facts.vehicle.as_mut().expect("vehicle").standing = Standing::Revoked, [Detain R2Revoked]),
            case!("expired", clean, |p| p.facts.vehicle.as_mut().expect("vehicle").valid.until = now_minus(1), [Detain R2Expired]),
            case!("not valid yet", clean, |p| p.facts.vehicle.as_mut().expect("vehicle").valid.from = now_plus(1), [Detain R2NotYetValid]),
            case!("ends in three days", clean, |p| p.facts.vehicle.as_mut().expect("vehicle").valid.until = now_plus(3 * 86_400), [Review R2ExpiresSoon]),
            case!(
                "ends in three days and a second",
                clean,
                |p| p.facts.vehicle.as_mut().expect("vehicle").valid.until =
                    now_plus(3 * 86_400 + 1),
                []
            ),
            case!("a trailer drives", clean, |p| p.facts.vehicle.as_mut().expect("vehicle").class = VehicleClass::Trailer, [Review R2ClassNotAllowed]),
            case!("a tractor is drawn", clean, |p| p.facts.trailer.as_mut().expect("trailer").class = VehicleClass::Tractor, [Review R2ClassNotAllowed]),
            case!("service vehicle with goods", clean, |p| p.facts.vehicle.as_mut().expect("vehicle").class = VehicleClass::Service, [Review R2ClassNotAllowed]),
            case!(
                "service vehicle alone",
                bobtail,
                |p| p.facts.vehicle.as_mut().expect("vehicle").class = VehicleClass::Service,
                []
            ),
        ],
    ),
    (
        RuleId::R3,
        &[
            case!("as it is", clean, |_p| {}, []),
            case!("no pass", clean, |p| p.facts.pass = PassFact::None, [Review R3NoPass, Review R3DriverNotListed]),
            case!("no company", clean, |p| p.facts.company = None, [Review R3CompanyMissing]),
            case!("other company", clean, |p| p.facts.company.as_mut().expect("company").id = domain::id::CompanyId::parse("X").expect("valid"), [Review R3CompanyOfAnother]),
            case!("company suspended", clean, |p| p.facts.company.as_mut().expect("company").standing = Standing::Suspended, [Detain R3CompanySuspended]),
            case!("company revoked", clean, |p| p.facts.company.as_mut().expect("company").standing = Standing::Revoked, [Detain R3CompanyRevoked]),
            case!(
                "company valid to the second",
                clean,
                |p| {
                    p.policy.expires_soon_days = 0;
                    p.facts.company.as_mut().expect("company").valid.until = now();
                },
                []
            ),
            case!("company expired", clean, |p| p.facts.company.as_mut().expect("company").valid.until = now_minus(1), [Detain R3CompanyExpired]),
            case!("company ends soon", clean, |p| p.facts.company.as_mut().expect("company").valid.until = now_plus(86_400), [Review R3ExpiresSoon]),
            case!("vehicle of another company", clean, |p| p.facts.vehicle.as_mut().expect("vehicle").company = domain::id::CompanyId::parse("X").expect("valid"), [Review R3VehicleOfAnother]),
            case!("no card", clean, |p| p.evidence.driver = None, [Review R3DriverMissing]),
            case!("driver unknown", clean, |p| p.facts.driver = None, [Review R3DriverUnknown]),
            case!("record of another driver", clean, |p| p.facts.driver.as_mut().expect("driver").id = domain::id::DriverId::parse("D2").expect("valid"), [Review R3DriverRecordOfAnother]),
            case!("pass bound to another driver", clean, |p| p.pass().driver = Some(domain::id::DriverId::parse("D2").expect("valid")), [Review R3DriverNotOnPass]),
            case!(
                "pass bound to nobody",
                clean,
                |p| p.pass().driver = None,
                []
            ),
            case!("not on the list", clean, |p| p.facts.vehicle.as_mut().expect("vehicle").drivers = vec![domain::id::DriverId::parse("D2").expect("valid")], [Review R3DriverNotListed]),
            case!(
                "free list",
                clean,
                |p| p.facts.vehicle.as_mut().expect("vehicle").drivers.clear(),
                []
            ),
            case!("free list, other employer", clean, |p| { p.facts.vehicle.as_mut().expect("vehicle").drivers.clear(); p.facts.driver.as_mut().expect("driver").company = domain::id::CompanyId::parse("X").expect("valid"); }, [Review R3DriverOfAnother]),
            case!("driver suspended", clean, |p| p.facts.driver.as_mut().expect("driver").standing = Standing::Suspended, [Review R3DriverNotActive]),
            case!("driver expired", clean, |p| p.facts.driver.as_mut().expect("driver").valid.until = now_minus(1), [Review R3DriverExpired]),
            case!("driver ends soon", clean, |p| p.facts.driver.as_mut().expect("driver").valid.until = now_plus(86_400), [Review R3ExpiresSoon]),
        ],
    ),
];

#[test]
fn the_fixture_is_the_vehicle_of_the_pass() {
    let mut passage = clean();
    assert_eq!(passage.pass().vehicle, plate());
    assert_eq!(passage.evidence.tags[0].tag, tag());
    assert_eq!(passage.evidence.driver, Some(driver()));
}
