//! Fixes of a tracker against a corridor: pure geometry and time, no findings.

use std::time::Duration;

use domain::gate_pass::Corridor;
use domain::position::{Fix, FixQuality, GeoPoint};
use domain::time::Timestamp;

use crate::freshness::is_future;

/// Consecutive fixes outside that make a deviation; fewer are the noise of a receiver.
pub(super) const OUTSIDE_MIN: usize = 3;
/// Consecutive equal positions at speed that make a frozen receiver.
const FROZEN_MIN: usize = 3;
/// Speed in 0.1 km/h above which a position has to change.
const MOVING_TENTHS_KMH: u32 = 50;
/// A truck is not faster than this, m/s (120 km/h).
const TRUCK_MS_MAX: u64 = 33;
/// A vehicle is not faster than this between two fixes, m/s (200 km/h).
const JUMP_MS_MAX: u64 = 56;
/// Shorter jumps are the noise of a receiver, metres.
const JUMP_MIN_M: u32 = 500;
/// A vehicle within this of a point has not left it, metres.
const STOP_RADIUS_M: u32 = 50;
/// Fixes earlier than the window by more than this have a wrong date (a GPS week rollover is
/// 1,024 weeks).
const WRONG_DATE: Duration = Duration::from_secs(30 * 86_400);
/// Metres to one 1e-7 degree of latitude (mean earth radius 6,371,008.8 m).
const METRES_PER_LAT_UNIT: f64 = 0.011_119_508;

/// A fix that counts: a satellite fix with its time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    pub(super) at: Timestamp,
    place: GeoPoint,
    speed_tenths_kmh: Option<u32>,
}

/// The fixes that count, as they came.
pub(super) fn usable_points(fixes: &[Fix]) -> Vec<Point> {
    fixes
        .iter()
        .filter(|fix| match fix.quality {
            FixQuality::Satellite | FixQuality::Differential => true,
            FixQuality::Invalid | FixQuality::Estimated => false,
        })
        .filter_map(|fix| {
            Some(Point {
                at: fix.at?,
                place: fix.point,
                speed_tenths_kmh: fix.speed_tenths_kmh,
            })
        })
        .collect()
}

/// The first time that cannot be: in the future, of another year, or before its predecessor.
pub(super) fn wrong_time(points: &[Point], from: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let mut previous = Timestamp::MIN;
    for point in points {
        if is_future(point.at, now) || from.since(point.at) > WRONG_DATE || point.at < previous {
            return Some(point.at);
        }
        previous = point.at;
    }
    None
}

/// Longest time without a fix, up to the arrival.
pub(super) fn longest_silence(points: &[Point], arrived: Timestamp) -> Duration {
    let between = points
        .windows(2)
        .map(|pair| pair[1].at.since(pair[0].at))
        .max()
        .unwrap_or_default();
    let last = points
        .last()
        .map_or(Duration::MAX, |point| arrived.since(point.at));
    between.max(last)
}

/// Longest stop on the way. Waiting where the route begins or ends is none.
pub(super) fn longest_stop(points: &[Point], corridor: &Corridor) -> Option<Duration> {
    let mut longest = None;
    let mut anchor = *points.first()?;
    for point in points {
        if point.place.metres_to(anchor.place) > STOP_RADIUS_M {
            anchor = *point;
        } else if to_end(corridor, point.place) > corridor.half_width_m {
            longest = longest.max(Some(point.at.since(anchor.at)));
        }
    }
    longest
}

/// Whether the receiver repeats one position while it reports that it moves.
pub(super) fn is_frozen(points: &[Point]) -> bool {
    let mut equal = 1;
    for pair in points.windows(2) {
        let moves = pair[1]
            .speed_tenths_kmh
            .is_some_and(|speed| speed > MOVING_TENTHS_KMH);
        equal = if pair[0].place == pair[1].place && moves {
            equal + 1
        } else {
            1
        };
        if equal >= FROZEN_MIN {
            return true;
        }
    }
    false
}

/// Metres of the first jump that no vehicle drives.
pub(super) fn jump(points: &[Point]) -> Option<u32> {
    points.windows(2).find_map(|pair| {
        let metres = pair[0].place.metres_to(pair[1].place);
        let seconds = pair[1].at.since(pair[0].at).as_secs().max(1);
        let drivable = seconds.saturating_mul(JUMP_MS_MAX);
        (metres > JUMP_MIN_M && u64::from(metres) > drivable).then_some(metres)
    })
}

/// Metres outside the corridor, once [`OUTSIDE_MIN`] consecutive fixes are outside.
pub(super) fn deviation(points: &[Point], corridor: &Corridor) -> Option<u32> {
    let mut nearest = 0;
    let mut outside = 0;
    let mut farthest = 0;
    for point in points {
        match metres_outside(point.place, corridor, &mut nearest) {
            None => {
                outside = 0;
                farthest = 0;
            }
            Some(metres) => {
                outside += 1;
                farthest = farthest.max(metres);
            }
        }
        if outside >= OUTSIDE_MIN {
            return Some(farthest);
        }
    }
    None
}

/// Metres to the route if `place` is outside; `nearest` remembers the segment where the last
/// fix was, so that a vehicle that drives along the route costs one segment a fix.
fn metres_outside(place: GeoPoint, corridor: &Corridor, nearest: &mut usize) -> Option<u32> {
    let line = &corridor.line;
    let to_segment = |index: usize| place.metres_to_segment(line[index], line[index + 1]);
    let segments = line.len().saturating_sub(1);
    for index in *nearest..segments.min(*nearest + 2) {
        if to_segment(index) <= corridor.half_width_m {
            *nearest = index;
            return None;
        }
    }
    let reach = f64::from(corridor.half_width_m) / METRES_PER_LAT_UNIT + 1.0;
    let mut least = u32::MAX;
    for index in 0..segments {
        let (a, b) = (
            f64::from(line[index].lat_e7()),
            f64::from(line[index + 1].lat_e7()),
        );
        let lat = f64::from(place.lat_e7());
        // Latitude alone rules out most far segments without any trigonometry.
        if lat < a.min(b) - reach || lat > a.max(b) + reach {
            continue;
        }
        let metres = to_segment(index);
        if metres <= corridor.half_width_m {
            *nearest = index;
            return None;
        }
        least = least.min(metres);
    }
    Some(if least == u32::MAX {
        to_segment(*nearest)
    } else {
        least
    })
}

/// Metres from the first fix to the start of the route, if more than a vehicle drives in
/// the longest allowed silence. A tracker that wakes up on the way has not seen the way.
pub(super) fn missing_start(
    points: &[Point],
    corridor: &Corridor,
    silence: Duration,
) -> Option<u32> {
    let start = corridor.line.first()?;
    let metres = points.first()?.place.metres_to(*start);
    let reach = u64::from(corridor.half_width_m)
        .saturating_add(silence.as_secs().saturating_mul(TRUCK_MS_MAX));
    (u64::from(metres) > reach).then_some(metres)
}

/// Metres from the last fix to the gate, if more than a vehicle drives since.
pub(super) fn elsewhere(
    points: &[Point],
    corridor: &Corridor,
    gate: Option<GeoPoint>,
    now: Timestamp,
) -> Option<u32> {
    let last = points.last()?;
    let metres = match gate {
        Some(gate) => last.place.metres_to(gate),
        None => to_end(corridor, last.place),
    };
    let age_s = now.since(last.at).as_secs();
    let reach = u64::from(corridor.half_width_m).saturating_add(age_s.saturating_mul(TRUCK_MS_MAX));
    (u64::from(metres) > reach).then_some(metres)
}

/// Metres to the nearer end of the route.
fn to_end(corridor: &Corridor, place: GeoPoint) -> u32 {
    let first = corridor.line.first().map(|end| place.metres_to(*end));
    let last = corridor.line.last().map(|end| place.metres_to(*end));
    first.into_iter().chain(last).min().unwrap_or(u32::MAX)
}
