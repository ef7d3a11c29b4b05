//! -ln of a transmission → areal density above the empty container, g/cm2 as if all were iron.
//!
//! A column is compared with those of its own pixels that show no more than two steel walls, so
//! that the corrugation goes out; a column without such pixels with the walls of the others.

use super::map::{Map, Window, median};

/// Two corrugated walls of 1.2 to 3 mm: from and to, g/cm2.
const WALLS_G_CM2: std::ops::RangeInclusive<f32> = 1.7..=5.2;
/// Two walls of 1.8 mm whose corrugation lengthens the way by a fifth; where none is seen.
const WALLS_UNSEEN_G_CM2: f32 = 3.4;
/// Share of the inside that has to show walls alone before their level is believed.
const SEEN_SHARE: usize = 50;
/// Pixels of a column that have to show walls alone.
const SEEN_ROWS: usize = 5;

/// Areal density above the walls, as iron; 0 outside `inside`.
pub(crate) fn above_walls(high: &Map, inside: &Window, as_iron: impl Fn(f32) -> f32) -> Map {
    let mut areal = Map::filled(high.width, high.height, 0.0);
    let mut all = Vec::new();
    let mut columns = Vec::with_capacity(inside.width());
    for x in inside.columns() {
        let mut plain = Vec::new();
        for y in inside.rows() {
            let value = as_iron(high.at(x, y));
            areal.set(x, y, value);
            if WALLS_G_CM2.contains(&value) {
                plain.push(value);
            }
        }
        all.extend_from_slice(&plain);
        columns.push((plain.len() >= SEEN_ROWS).then(|| median(&mut plain)));
    }
    let level = if all.len() * SEEN_SHARE >= inside.area() {
        median(&mut all)
    } else {
        WALLS_UNSEEN_G_CM2
    };
    for (x, column) in inside.columns().zip(columns) {
        let wall = column.unwrap_or(level);
        for y in inside.rows() {
            let value = areal.at(x, y) - wall;
            areal.set(x, y, value);
        }
    }
    areal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corrugation_goes_out_and_cargo_stays() {
        let wall = |x: usize| if x.is_multiple_of(3) { 3.6 } else { 2.8 };
        let mut high = Map::filled(40, 30, 0.0);
        for y in 0..30 {
            for x in 0..40 {
                let cargo = if (10..20).contains(&x) && y > 8 {
                    20.0
                } else {
                    0.0
                };
                // One column is loaded up to the roof.
                let cargo = if x == 15 { 20.0 } else { cargo };
                high.set(x, y, wall(x) + cargo);
            }
        }
        let inside = high.window();
        let above = above_walls(&high, &inside, |areal| areal);
        assert_eq!(above.at(3, 20), 0.0);
        assert_eq!(above.at(12, 20), 20.0);
        assert!((above.at(15, 5) - 20.0).abs() < 1.0);
    }
}
