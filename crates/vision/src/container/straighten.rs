//! A column that bends → its true middle line, from where its ink lies.
//!
//! A wide-angle lens bends the upright edges of a container, and a column that was found in part
//! and made longer leaves its characters. The ink of a wider strip tells by how much.

use super::cells;
use super::columns::Column;
use crate::picture::{Point, Pyramid};

/// How much wider than the column is looked, as a share of its width on each side.
const ROOM: f32 = 0.35;
/// Rows of a strip that give one measurement, in widths of the strip.
const BLOCK: f32 = 0.7;
/// Points of the new middle line.
const POINTS: usize = 13;
/// A bend beyond this share of the strip's width is no bend but another text.
const BEND_MAX: f32 = 0.3;

/// The column along the parabola that its ink follows; `None` when the ink does not say, or when
/// it says that nothing is to be done.
pub(super) fn straightened(column: &Column, pyramid: &mut Pyramid<'_>) -> Option<Column> {
    let wide = column.wider(ROOM);
    let strip = wide.strip(pyramid)?;
    let (width, height) = (strip.width() as usize, strip.height() as usize);
    let ink = cells::ink(&strip);
    let mut sorted: Vec<f32> = ink.clone();
    let full = *cells::share_of(&mut sorted, 0.95);
    let rows = (BLOCK * width as f32) as usize;
    let mut measured: Vec<(f32, f32, f32)> = Vec::new();
    for top in (0..height).step_by(rows.max(1)) {
        let bottom = (top + rows).min(height);
        let (mut mass, mut moment) = (0.0, 0.0);
        for y in top..bottom {
            for x in 0..width {
                let here = ink[y * width + x];
                if here > 0.5 * full {
                    mass += here;
                    moment += here * (x as f32 + 0.5);
                }
            }
        }
        if mass > 0.0 {
            let at = (top + bottom) as f32 / (2 * height) as f32;
            measured.push((at, moment / mass / width as f32 - 0.5, mass));
        }
    }
    let bend = parabola(&measured)?;
    let offsets: Vec<f32> = (0..POINTS)
        .map(|point| {
            let at = point as f32 / (POINTS - 1) as f32;
            bend[0] + bend[1] * at + bend[2] * at * at
        })
        .collect();
    let largest = offsets.iter().fold(0.0_f32, |max, one| max.max(one.abs()));
    if !(0.03..=BEND_MAX).contains(&largest) {
        return None;
    }
    Some(
        column.bent(
            &offsets
                .iter()
                .map(|one| one * wide.width)
                .collect::<Vec<_>>(),
        ),
    )
}

/// Weighted least squares of `(x, y, weight)`: the coefficients of 1, x and x squared. Outliers
/// are dropped once.
fn parabola(measured: &[(f32, f32, f32)]) -> Option<[f32; 3]> {
    if measured.len() < 5 {
        return None;
    }
    let first = fitted(measured)?;
    let away = |(x, y, _): &(f32, f32, f32)| (y - first[0] - first[1] * x - first[2] * x * x).abs();
    let mut sizes: Vec<f32> = measured.iter().map(away).collect();
    let usual = *cells::share_of(&mut sizes, 0.6);
    let kept: Vec<(f32, f32, f32)> = measured
        .iter()
        .copied()
        .filter(|one| away(one) <= 2.0 * usual + 0.02)
        .collect();
    fitted(&kept)
}

fn fitted(measured: &[(f32, f32, f32)]) -> Option<[f32; 3]> {
    if measured.len() < 4 {
        return None;
    }
    // Normal equations, solved by elimination.
    let mut rows = [[0.0_f64; 4]; 3];
    for &(x, y, weight) in measured {
        let powers = [1.0, f64::from(x), f64::from(x) * f64::from(x)];
        for (row, a) in powers.iter().enumerate() {
            for (column, b) in powers.iter().enumerate() {
                rows[row][column] += f64::from(weight) * a * b;
            }
            rows[row][3] += f64::from(weight) * a * f64::from(y);
        }
    }
    for pivot in 0..3 {
        let head = rows[pivot];
        if head[pivot].abs() < 1e-9 {
            return None;
        }
        for (row, values) in rows.iter_mut().enumerate() {
            if row != pivot {
                let times = values[pivot] / head[pivot];
                for (value, above) in values.iter_mut().zip(head) {
                    *value -= times * above;
                }
            }
        }
    }
    Some([0, 1, 2].map(|at| (rows[at][3] / rows[at][at]) as f32))
}

impl Column {
    /// The middle line moved sideways by `offsets`, evenly spaced from top to bottom, pixels.
    fn bent(&self, offsets: &[f32]) -> Self {
        let last = (offsets.len() - 1) as f32;
        let spine: Vec<Point> = offsets
            .iter()
            .enumerate()
            .map(|(at, &offset)| {
                let centre = self.point(at as f32 / last * self.length());
                centre.plus(self.side, offset)
            })
            .collect();
        Self {
            spine,
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Picture;
    use crate::container::columns::columns;
    use crate::picture::Quad;

    #[test]
    fn a_bent_column_is_followed() {
        // Blocks of ink whose middle moves along a parabola from x = 70 to 79.
        let (width, height) = (160_usize, 480_usize);
        let middle = |y: f32| 70.0 + 9.0 * (y / 480.0) * (y / 480.0);
        let mut rgb = Vec::new();
        for y in 0..height {
            for x in 0..width {
                let near = (x as f32 - middle(y as f32)).abs();
                let inked = y % 40 < 28 && (4.0..8.0).contains(&near);
                rgb.extend([if inked { 230_u8 } else { 70 }; 3]);
            }
        }
        let picture = Picture::from_rgb(width as u32, height as u32, rgb).unwrap();
        let straight = Quad::upright(60.0, 0.0, 80.0, 480.0);
        let column = columns(&[straight], 1).remove(0);
        let bent = straightened(&column, &mut Pyramid::new(&picture)).unwrap();
        for at in [0.0_f32, 0.5, 0.98] {
            let point = bent.point(at * bent.length());
            let off = (point.x - middle(point.y)).abs();
            assert!(off < 2.0, "{at}: {off} pixels off at {point:?}");
        }
        // Followed once, there is nothing more to do.
        assert!(straightened(&bent, &mut Pyramid::new(&picture)).is_none());
    }

    #[test]
    fn a_parabola_is_found_among_outliers() {
        let mut measured: Vec<(f32, f32, f32)> = (0..20)
            .map(|at| at as f32 / 19.0)
            .map(|x| (x, 0.1 - 0.3 * x + 0.2 * x * x, 1.0))
            .collect();
        measured[4].1 += 0.5;
        let found = parabola(&measured).unwrap();
        for (found, expected) in found.iter().zip([0.1, -0.3, 0.2]) {
            assert!((found - expected).abs() < 0.01, "{found} for {expected}");
        }
        assert!(parabola(&measured[..3]).is_none());
    }
}
