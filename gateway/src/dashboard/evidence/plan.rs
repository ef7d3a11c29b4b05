//! A way and the route that a pass prescribes → coordinates of a drawing from above, without a map.
//! Knows where things stand, not how they look.

use domain::gate_pass::Corridor;
use domain::position::GeoPoint;

use super::figures::{metres, px, round_up};
use super::track::MARKS_MAX;
use super::way::{Point, Stay, Way};
use super::words::Words;

/// Most points of a line.
const POINTS_MAX: usize = 500;
/// Size of the drawing, as the template's view box has it.
pub(super) const SIZE: (f64, f64) = (640.0, 360.0);
/// Left end of the ruler.
const RULER_FROM: f64 = 12.0;
/// Room around the drawing.
const EDGE: f64 = 24.0;
/// Metres to 1e-7 degrees of latitude (mean earth radius 6,371,008.8 m).
const METRES_PER_UNIT: f64 = 0.011_119_508;
/// A plan is never closer than this, metres.
const EXTENT_MIN_M: f64 = 200.0;

/// The track from above.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) corridor: String,
    pub(super) corridor_width: String,
    pub(super) lines: Vec<String>,
    pub(super) silences: Vec<String>,
    pub(super) stops: Vec<Spot>,
    pub(super) outside: Vec<Spot>,
    pub(super) ends: Vec<NamedSpot>,
    /// Right end of the ruler, which begins at [`RULER_FROM`].
    pub(super) ruler_until: String,
    pub(super) ruler: String,
}

/// A place.
#[derive(Debug)]
pub(super) struct Spot {
    pub(super) x: String,
    pub(super) y: String,
}

/// A place with its name.
#[derive(Debug)]
pub(super) struct NamedSpot {
    pub(super) spot: Spot,
    pub(super) name: &'static str,
}

/// The earth as flat as it is on the way to a gate, fitted into the drawing.
struct Plane {
    origin: GeoPoint,
    east_per_unit: f64,
    /// West and north edge, metres from the origin, and pixels a metre.
    west_m: f64,
    north_m: f64,
    px_per_m: f64,
}

impl Plane {
    fn fit(places: impl Iterator<Item = GeoPoint> + Clone) -> Option<Self> {
        let origin = places.clone().next()?;
        let cosine = (f64::from(origin.lat_e7()) * 1e-7).to_radians().cos();
        let mut plane = Self {
            origin,
            east_per_unit: METRES_PER_UNIT * cosine.max(0.01),
            west_m: 0.0,
            north_m: 0.0,
            px_per_m: 1.0,
        };
        let (mut west, mut east, mut south, mut north) = (0.0_f64, 0.0_f64, 0.0_f64, 0.0_f64);
        for place in places {
            let (x, y) = plane.metres(place);
            (west, east) = (west.min(x), east.max(x));
            (south, north) = (south.min(y), north.max(y));
        }
        let (width, height) = (SIZE.0 - 2.0 * EDGE, SIZE.1 - 2.0 * EDGE);
        let extent = |least: f64, most: f64| (most - least).max(EXTENT_MIN_M);
        plane.px_per_m = (width / extent(west, east)).min(height / extent(south, north));
        // What is narrower than the drawing stands in its middle.
        plane.west_m = west.midpoint(east) - SIZE.0 / 2.0 / plane.px_per_m;
        plane.north_m = north.midpoint(south) + SIZE.1 / 2.0 / plane.px_per_m;
        Some(plane)
    }

    fn metres(&self, place: GeoPoint) -> (f64, f64) {
        let east = f64::from(place.lon_e7()) - f64::from(self.origin.lon_e7());
        let north = f64::from(place.lat_e7()) - f64::from(self.origin.lat_e7());
        (east * self.east_per_unit, north * METRES_PER_UNIT)
    }

    fn at(&self, place: GeoPoint) -> Spot {
        let (x, y) = self.metres(place);
        Spot {
            x: px((x - self.west_m) * self.px_per_m),
            y: px((self.north_m - y) * self.px_per_m),
        }
    }

    fn line(&self, places: impl Iterator<Item = GeoPoint>) -> String {
        let spots = places.map(|place| self.at(place));
        let points: Vec<String> = spots.map(|spot| format!("{},{}", spot.x, spot.y)).collect();
        points.join(" ")
    }
}

/// The drawing; `None` where there is neither a fix nor a route.
pub(super) fn plan(
    way: &Way,
    corridor: Option<&Corridor>,
    gate: Option<GeoPoint>,
    outside: impl Iterator<Item = GeoPoint>,
    w: &'static Words,
) -> Option<Plan> {
    let route = corridor.map_or(&[][..], |corridor| &corridor.line);
    let route = || route.iter().copied().take(POINTS_MAX);
    let driven = way.points().map(|point| point.place);
    let plane = Plane::fit(driven.clone().chain(route()).chain(gate))?;
    let step = driven.clone().count().div_ceil(POINTS_MAX).max(1);
    let line = |stretch: &Vec<Point>| {
        let last = stretch.last().map(|point| point.place);
        let places = stretch.iter().step_by(step).map(|point| point.place);
        plane.line(places.chain(last))
    };
    let silence = |silence: &Stay| {
        let after = way.points().find(|point| point.at >= silence.until);
        let after = after.map(|point| point.place).or(gate)?;
        Some(plane.line([silence.place, after].into_iter()))
    };
    let named = |place: GeoPoint, name: &'static str| NamedSpot {
        spot: plane.at(place),
        name,
    };
    let first = driven.clone().next().map(|place| named(place, w.start));
    let last = driven.last().map(|place| named(place, w.end));
    let gate = gate.map(|place| named(place, w.gate));
    let width_m = corridor.map_or(0.0, |corridor| 2.0 * f64::from(corridor.half_width_m));
    let ruler_m = round_up(SIZE.0 / 5.0 / plane.px_per_m);
    Some(Plan {
        corridor: plane.line(route()),
        corridor_width: px((width_m * plane.px_per_m).clamp(2.0, SIZE.0)),
        lines: way.stretches.iter().take(MARKS_MAX).map(line).collect(),
        silences: way
            .silences
            .iter()
            .take(MARKS_MAX)
            .filter_map(silence)
            .collect(),
        stops: way
            .stops
            .iter()
            .take(MARKS_MAX)
            .map(|stop| plane.at(stop.place))
            .collect(),
        outside: outside
            .take(MARKS_MAX)
            .map(|place| plane.at(place))
            .collect(),
        ends: first.into_iter().chain(last).chain(gate).collect(),
        ruler_until: px(RULER_FROM + ruler_m * plane.px_per_m),
        ruler: metres(ruler_m),
    })
}
