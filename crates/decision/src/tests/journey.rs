//! Table of R14: the bonded journey. The fixture's track has a fix a minute, 667 m apart.

use std::time::Duration;

use domain::facts::PassFact;
use domain::gate_pass::Corridor;
use domain::policy::RuleId;
use domain::position::{Fix, FixQuality, GeoPoint};

use super::{Table, case};
use crate::fixture::{Passage, bobtail, clean, now_minus, now_plus, other_plate};

fn fixes(p: &mut Passage) -> &mut Vec<Fix> {
    &mut p.evidence.journeys[0].fixes
}

fn corridor(p: &mut Passage) -> &mut Corridor {
    p.pass()
        .corridor
        .as_mut()
        .expect("a fixture has a corridor")
}

/// Moves fixes `from..to` 1,030 m to the east.
fn stray(p: &mut Passage, from: usize, to: usize) {
    for fix in &mut fixes(p)[from..to] {
        fix.point = GeoPoint::new(fix.point.lat_e7().into(), 1_140_100_000).expect("on the globe");
    }
}

/// Moves every time back by `seconds`.
fn delay(p: &mut Passage, seconds: u64) {
    for fix in fixes(p) {
        fix.at = fix.at.map(|at| at - Duration::from_secs(seconds));
    }
}

/// Stands for `minutes` at the 16th fix.
fn stop(p: &mut Passage, minutes: usize) {
    let place = fixes(p)[15].point;
    for fix in &mut fixes(p)[15..=15 + minutes] {
        fix.point = place;
        fix.speed_tenths_kmh = Some(0);
    }
}

pub(super) const TABLES: &[Table] = &[(
    RuleId::R14,
    &[
        case!("as it is", clean, |_p| {}, []),
        case!("no corridor", bobtail, |_p| {}, []),
        case!("no pass", clean, |p| p.facts.pass = PassFact::None, [Review R14NoReport]),
        case!("no report", clean, |p| p.evidence.journeys.clear(), [Review R14NoReport]),
        case!("no fixes", clean, |p| fixes(p).clear(), [Review R14Gap]),
        case!("fixes that mean nothing", clean, |p| for fix in fixes(p) { fix.quality = FixQuality::Estimated }, [Review R14Gap]),
        case!("fixes without time", clean, |p| for fix in fixes(p) { fix.at = None }, [Review R14Gap]),
        case!("route of one point", clean, |p| corridor(p).line.truncate(1), [Review R14CorridorInvalid]),
        case!("tracker bound to nobody", clean, |p| p.evidence.journeys[0].plate = None, [Review R14Unbound]),
        case!("tracker of another", clean, |p| p.evidence.journeys[0].plate = Some(other_plate()), [Detain R14OtherPlate]),
        case!("tampered", clean, |p| p.evidence.journeys[0].tampered = true, [Detain R14Tampered]),
        case!("opened", clean, |p| p.evidence.journeys[0].opened = true, [Detain R14Opened]),
        case!(
            "silent for ten minutes",
            clean,
            |p| drop(fixes(p).drain(10..19)),
            []
        ),
        case!("silent for eleven", clean, |p| drop(fixes(p).drain(10..20)), [Review R14Gap]),
        case!("silent before the gate", clean, |p| drop(fixes(p).drain(20..)), [Review R14Gap]),
        case!("week rollover", clean, |p| delay(p, 1_024 * 7 * 86_400), [Review R14WrongTime]),
        case!("tomorrow", clean, |p| fixes(p)[30].at = Some(now_plus(86_400)), [Review R14WrongTime]),
        case!("times out of order", clean, |p| fixes(p).swap(10, 11), [Review R14WrongTime, Review R14Jump]),
        case!("frozen at speed", clean, |p| { let place = fixes(p)[10].point; fixes(p)[11].point = place; fixes(p)[12].point = place; }, [Review R14Frozen]),
        case!("jump and back", clean, |p| fixes(p)[10].point = GeoPoint::new(230_000_000, 1_140_000_000).expect("on the globe"), [Review R14Jump]),
        case!("woken up on the way", clean, |p| corridor(p).line.insert(0, GeoPoint::new(221_000_000, 1_140_000_000).expect("on the globe")), [Review R14StartMissing]),
        case!(
            "began with the window",
            clean,
            |p| corridor(p).window.from = now_minus(1_860),
            []
        ),
        case!("began before it", clean, |p| corridor(p).window.from = now_minus(1_859), [Review R14StartedEarly]),
        case!(
            "arrived as it ends",
            clean,
            |p| corridor(p).window.until = now_minus(20),
            []
        ),
        case!("late", clean, |p| corridor(p).window.until = now_minus(21), [Review R14Late]),
        case!("late by the grace", clean, |p| corridor(p).window.until = now_minus(1_820), [Review R14Late]),
        case!("later than the grace", clean, |p| corridor(p).window.until = now_minus(1_821), [Detain R14TooLate]),
        case!("stop for five minutes, then too fast to be true", clean, |p| { stop(p, 5); for fix in &mut fixes(p)[21..] { fix.point = GeoPoint::new(i64::from(fix.point.lat_e7()) + 600_000, 1_140_000_000).expect("on the globe"); } }, [Review R14Jump, Detain R14Deviation, Detain R14Elsewhere]),
        case!("stop too long", clean, |p| { corridor(p).stop_max_s = 59; stop(p, 1); }, [Review R14LongStop]),
        case!(
            "stop just as long as allowed",
            clean,
            |p| {
                corridor(p).stop_max_s = 60;
                stop(p, 1);
            },
            []
        ),
        case!(
            "two fixes outside are noise",
            clean,
            |p| stray(p, 10, 12),
            []
        ),
        case!("three are a deviation", clean, |p| stray(p, 10, 13), [Detain R14Deviation]),
        case!("tracker on the road, gate says here", clean, |p| p.facts.premises.as_mut().expect("site").at = GeoPoint::new(230_000_000, 1_140_000_000).ok(), [Detain R14Elsewhere]),
        case!(
            "gate's place not recorded: the route's end counts",
            clean,
            |p| p.facts.premises.as_mut().expect("site").at = None,
            []
        ),
        case!("tracker left behind", clean, |p| { let place = fixes(p)[0].point; for fix in fixes(p) { fix.point = place; fix.speed_tenths_kmh = Some(0); } }, [Detain R14Elsewhere]),
    ],
)];
