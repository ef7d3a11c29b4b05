//! Fixes of a tracker → stretches driven, stops and silences, for a drawing. Rule R14 judges the
//! journey; what is found here only shows a person where to look.

use std::time::Duration;

use domain::gate_pass::Corridor;
use domain::position::{Fix, FixQuality, GeoPoint};
use domain::time::Timestamp;

/// A vehicle within this of a point has not left it, metres.
const STOP_RADIUS_M: u32 = 50;
/// Shorter stops are traffic.
const STOP_SHOWN: Duration = Duration::from_secs(180);
/// Most fixes measured against the route: a long journey is thinned.
const MEASURED_MAX: usize = 500;
/// Most segments of a route, as a pass has them.
const SEGMENTS_MAX: usize = 200;

/// A fix that counts: a satellite fix with its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) at: Timestamp,
    pub(super) place: GeoPoint,
}

/// A span of time at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stay {
    /// Where it began.
    pub(super) place: GeoPoint,
    /// First moment.
    pub(super) from: Timestamp,
    /// Last moment.
    pub(super) until: Timestamp,
}

impl Stay {
    pub(super) fn lasting(&self) -> Duration {
        self.until.since(self.from)
    }
}

/// What happened on the way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Way {
    /// Stretches without a silence, in time order.
    pub(super) stretches: Vec<Vec<Point>>,
    /// Stops of three minutes or more.
    pub(super) stops: Vec<Stay>,
    /// Silences longer than the policy allows; the place is that of the last fix before.
    pub(super) silences: Vec<Stay>,
    /// Fixes that do not count: invalid, estimated or without a time.
    pub(super) uncounted: usize,
}

impl Way {
    /// Reads the fixes; `arrived` ends the last silence.
    pub(super) fn of(fixes: &[Fix], gap_max: Duration, arrived: Timestamp) -> Self {
        let mut points: Vec<Point> = fixes.iter().filter_map(point).collect();
        let mut way = Self {
            uncounted: fixes.len() - points.len(),
            stops: stops(&points),
            ..Self::default()
        };
        points.sort_by_key(|point| point.at);
        let mut last: Option<Point> = None;
        for point in points {
            let silence = last.filter(|last| point.at.since(last.at) > gap_max);
            if let Some(last) = silence {
                way.silences.push(stay(&last, point.at));
            }
            match way.stretches.last_mut() {
                Some(stretch) if silence.is_none() => stretch.push(point),
                Some(_) | None => way.stretches.push(vec![point]),
            }
            last = Some(point);
        }
        if let Some(last) = last.filter(|last| arrived.since(last.at) > gap_max) {
            way.silences.push(stay(&last, arrived));
        }
        way
    }

    /// Every fix that counts.
    pub(super) fn points(&self) -> impl Iterator<Item = &Point> + Clone {
        self.stretches.iter().flatten()
    }

    /// Fixes farther from the route than its half width; of a long journey a part of them.
    pub(super) fn outside(&self, corridor: &Corridor) -> Vec<Point> {
        let step = self.points().count().div_ceil(MEASURED_MAX).max(1);
        let segments = || corridor.line.windows(2).take(SEGMENTS_MAX);
        let is_outside = |point: &&Point| {
            let within = |ends: &[GeoPoint]| {
                point.place.metres_to_segment(ends[0], ends[1]) <= corridor.half_width_m
            };
            !segments().any(within)
        };
        if corridor.line.len() < 2 {
            return Vec::new();
        }
        self.points()
            .step_by(step)
            .filter(is_outside)
            .copied()
            .collect()
    }
}

fn stay(last: &Point, until: Timestamp) -> Stay {
    Stay {
        place: last.place,
        from: last.at,
        until,
    }
}

fn point(fix: &Fix) -> Option<Point> {
    let counts = match fix.quality {
        FixQuality::Satellite | FixQuality::Differential => true,
        FixQuality::Invalid | FixQuality::Estimated => false,
    };
    let at = fix.at.filter(|_| counts)?;
    Some(Point {
        at,
        place: fix.point,
    })
}

fn stops(points: &[Point]) -> Vec<Stay> {
    let mut stops = Vec::new();
    let Some(first) = points.first() else {
        return stops;
    };
    let mut here = stay(first, first.at);
    for point in points {
        if point.place.metres_to(here.place) > STOP_RADIUS_M {
            stops.push(here);
            here = stay(point, point.at);
        } else {
            here.until = here.until.max(point.at);
        }
    }
    stops.push(here);
    stops.retain(|stop| stop.lasting() >= STOP_SHOWN);
    stops
}

#[cfg(test)]
mod tests {
    use super::*;
    use decision::fixture;

    fn journey() -> (Vec<Fix>, Corridor, Timestamp) {
        let mut passage = fixture::clean();
        let corridor = passage.pass().corridor.clone().unwrap();
        let arrived = passage.evidence.opened.at;
        (passage.evidence.journeys.remove(0).fixes, corridor, arrived)
    }

    const GAP: Duration = Duration::from_secs(600);

    #[test]
    fn a_journey_without_trouble_is_one_stretch() {
        let (mut fixes, corridor, arrived) = journey();
        fixes[3].quality = FixQuality::Estimated;
        fixes[4].at = None;
        let way = Way::of(&fixes, GAP, arrived);
        assert_eq!((way.stretches.len(), way.uncounted), (1, 2));
        assert_eq!(way.points().count(), fixes.len() - 2);
        assert!(way.stops.is_empty() && way.silences.is_empty());
        assert!(way.outside(&corridor).is_empty());
    }

    #[test]
    fn stops_silences_and_deviations_are_found() {
        let (mut fixes, corridor, arrived) = journey();
        for index in 5..10 {
            fixes[index].point = fixes[5].point;
        }
        fixes.drain(12..24);
        fixes.truncate(16);
        let off = &mut fixes[14];
        off.point = GeoPoint::new(
            i64::from(off.point.lat_e7()),
            i64::from(off.point.lon_e7()) + 1_000_000,
        )
        .unwrap();
        let way = Way::of(&fixes, GAP, arrived);
        assert_eq!(way.stops.len(), 1);
        assert_eq!(way.stops[0].lasting(), Duration::from_secs(240));
        let silent: Vec<u64> = way
            .silences
            .iter()
            .map(|one| one.lasting().as_secs())
            .collect();
        assert_eq!(silent[0], 780);
        assert_eq!(way.stretches.len(), 2);
        let outside = way.outside(&corridor);
        assert_eq!(outside.len(), 1);
        assert_eq!(outside[0].place, fixes[14].point);
        // A tracker that fell silent before the arrival.
        let way = Way::of(&fixes, GAP, arrived + GAP * 3);
        assert_eq!(way.silences.len(), 2);
    }

    #[test]
    fn no_fix_at_all_is_an_empty_way() {
        let (_, corridor, arrived) = journey();
        let way = Way::of(&[], GAP, arrived);
        assert_eq!(way, Way::default());
        assert!(way.outside(&corridor).is_empty());
    }
}
