//! A probability map → its connected regions above a threshold.

use crate::picture::Point;

/// One region, in pixels of the map.
#[derive(Debug)]
pub(super) struct Component {
    /// Corners of the pixels at both ends of every row: enough for a convex hull.
    pub(super) outline: Vec<Point>,
    /// First column, and for every column from there the upper end of its first and the lower end
    /// of its last pixel.
    pub(super) columns: (usize, Vec<(f32, f32)>),
    /// Sum of the probabilities of its pixels.
    pub(super) mass: f32,
    /// Number of its pixels.
    pub(super) area: usize,
}

/// Regions of at least `area_min` pixels whose probability is above `threshold`, neighbours in
/// eight directions, in reading order of their first pixels; the first `count_max` of them.
pub(super) fn components(
    map: &[f32],
    width: usize,
    threshold: f32,
    area_min: usize,
    count_max: usize,
) -> Vec<Component> {
    let height = map.len() / width.max(1);
    let mut taken = vec![false; map.len()];
    let mut found = Vec::new();
    let mut stack = Vec::new();
    let mut ends: Vec<(usize, usize)> = Vec::new();
    let mut pixels = Vec::new();
    for start in 0..width * height {
        if taken[start] || map[start] <= threshold {
            continue;
        }
        let top = start / width;
        let mut component = Component {
            outline: Vec::new(),
            columns: (0, Vec::new()),
            mass: 0.0,
            area: 0,
        };
        ends.clear();
        pixels.clear();
        taken[start] = true;
        stack.push(start);
        while let Some(at) = stack.pop() {
            let (x, y) = (at % width, at / width);
            component.mass += map[at];
            component.area += 1;
            pixels.push((x, y));
            // Reading order: no pixel of the region lies above its first one.
            if ends.len() <= y - top {
                ends.resize(y - top + 1, (usize::MAX, 0));
            }
            let end = &mut ends[y - top];
            *end = (end.0.min(x), end.1.max(x));
            for ny in y.saturating_sub(1)..=(y + 1).min(height - 1) {
                for nx in x.saturating_sub(1)..=(x + 1).min(width - 1) {
                    let next = ny * width + nx;
                    if !taken[next] && map[next] > threshold {
                        taken[next] = true;
                        stack.push(next);
                    }
                }
            }
        }
        if component.area < area_min {
            continue;
        }
        for (row, &(left, right)) in ends.iter().enumerate() {
            let (upper, lower) = ((top + row) as f32, (top + row + 1) as f32);
            for (x, y) in [
                (left as f32, upper),
                (left as f32, lower),
                ((right + 1) as f32, upper),
                ((right + 1) as f32, lower),
            ] {
                component.outline.push(Point::new(x, y));
            }
        }
        component.columns = column_ends(&pixels);
        found.push(component);
        if found.len() == count_max {
            break;
        }
    }
    found
}

fn column_ends(pixels: &[(usize, usize)]) -> (usize, Vec<(f32, f32)>) {
    let first = pixels.iter().map(|pixel| pixel.0).min().unwrap_or(0);
    let last = pixels.iter().map(|pixel| pixel.0).max().unwrap_or(0);
    let mut ends = vec![(f32::INFINITY, f32::NEG_INFINITY); last - first + 1];
    for &(x, y) in pixels {
        let end = &mut ends[x - first];
        *end = (end.0.min(y as f32), end.1.max(y as f32 + 1.0));
    }
    (first, ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_touch_in_eight_directions_and_small_ones_go() {
        #[rustfmt::skip]
        let map = [
            0.9, 0.0, 0.0, 0.0, 0.9,
            0.0, 0.9, 0.0, 0.0, 0.0,
            0.0, 0.0, 0.9, 0.0, 0.2,
            0.0, 0.0, 0.0, 0.0, 0.9,
            0.0, 0.0, 0.0, 0.9, 0.9,
        ];
        let found = components(&map, 5, 0.3, 2, 10);
        let areas: Vec<usize> = found.iter().map(|one| one.area).collect();
        assert_eq!(areas, [3, 3]);
        assert!((found[0].mass - 2.7).abs() < 1e-6);
        assert_eq!(components(&map, 5, 0.3, 1, 2).len(), 2);
        assert!(components(&[], 5, 0.3, 1, 2).is_empty());
    }
}
