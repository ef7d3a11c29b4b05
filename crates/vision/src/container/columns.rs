//! Characters painted below each other → strips of fixed width.

use crate::picture::{Picture, Point, Pyramid, Quad};

/// Width to which a column is scaled before it is cut.
const STRIP_WIDTH: u32 = 32;
/// Tallest column, in widths.
const ASPECT_MAX: f32 = 40.0;
/// Shortest column worth reading, in widths.
const ASPECT_MIN: f32 = 3.0;
/// Narrowest column, pixels.
const WIDTH_MIN: f32 = 4.0;

/// A column: its middle line from top to bottom, which may bend, and its width.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) spine: Vec<Point>,
    /// Unit vector to the right, along the lines on which the characters stand.
    pub(super) side: Point,
    pub(super) width: f32,
}

/// Columns among boxes that are higher than wide: single ones, and chains of boxes below each
/// other. Longest first, at most `count_max`.
pub(super) fn columns(quads: &[Quad], count_max: usize) -> Vec<Column> {
    let mut parts: Vec<Quad> = quads
        .iter()
        .copied()
        .filter(|quad| quad.height() > 0.9 * quad.width())
        .collect();
    parts.sort_by(|a, b| a.centre().y.total_cmp(&b.centre().y));
    let mut found = Vec::new();
    let mut used = vec![false; parts.len()];
    for start in 0..parts.len() {
        if used[start] {
            continue;
        }
        let mut chain = vec![start];
        for (next, quad) in parts.iter().enumerate().skip(start + 1) {
            let last = &parts[chain[chain.len() - 1]];
            if !used[next] && continues(last, quad) {
                chain.push(next);
            }
        }
        for &at in &chain {
            used[at] = true;
        }
        let chain: Vec<Quad> = chain.into_iter().map(|at| parts[at]).collect();
        found.push(Column::joined(&chain));
        // A number may stand above or below something that is none.
        if chain.len() > 1 {
            found.extend(chain.iter().map(|quad| Column::joined(&[*quad])));
        }
    }
    found.retain(|column| {
        let aspect = column.length() / column.width;
        column.width > WIDTH_MIN && (ASPECT_MIN..=ASPECT_MAX).contains(&aspect)
    });
    found.sort_by(|a, b| b.length().total_cmp(&a.length()));
    found.truncate(count_max);
    found
}

/// Whether `next` goes on below `last` in the same column.
fn continues(last: &Quad, next: &Quad) -> bool {
    let width = last.width().max(next.width());
    if width > 1.8 * last.width().min(next.width()) {
        return false;
    }
    let from = last.at(0.5, 1.0);
    let long = last.height() > 2.0 * last.width();
    let down = if long {
        unit(from.minus(last.at(0.5, 0.0)))
    } else {
        Point::new(0.0, 1.0)
    };
    let step = next.at(0.5, 0.0).minus(from);
    let ahead = step.dot(down) / width;
    let aside = (step.x * down.y - step.y * down.x).abs() / width;
    (-1.0..=3.5).contains(&ahead) && aside <= 0.5 + 0.25 * ahead.max(0.0)
}

fn unit(vector: Point) -> Point {
    let length = vector.length().max(f32::MIN_POSITIVE);
    Point::new(vector.x / length, vector.y / length)
}

impl Column {
    /// One column through all parts, from the top of the first to the bottom of the last.
    fn joined(parts: &[Quad]) -> Self {
        let mut spine = vec![parts[0].at(0.5, 0.0)];
        for pair in parts.windows(2) {
            let (end, start) = (pair[0].at(0.5, 1.0), pair[1].at(0.5, 0.0));
            spine.push(end.plus(start.minus(end), 0.5));
        }
        spine.push(parts[parts.len() - 1].at(0.5, 1.0));
        let side = parts.iter().fold(Point::new(0.0, 0.0), |sum, quad| {
            sum.plus(quad.at(1.0, 0.5).minus(quad.at(0.0, 0.5)), 1.0)
        });
        let mut widths: Vec<f32> = parts.iter().map(Quad::width).collect();
        widths.sort_by(f32::total_cmp);
        Self {
            spine,
            side: unit(side),
            // A box follows its characters closely; a bend needs room.
            width: 1.15 * widths[widths.len() / 2],
        }
    }

    pub(super) fn length(&self) -> f32 {
        self.spine
            .windows(2)
            .map(|pair| pair[1].minus(pair[0]).length())
            .sum()
    }

    /// The same column, wider by a share of its width on each side.
    pub(super) fn wider(&self, share: f32) -> Self {
        Self {
            width: self.width * (1.0 + 2.0 * share),
            ..self.clone()
        }
    }

    /// The same column, longer by so many widths at both ends, as far as the picture goes.
    pub(super) fn longer(&self, widths: f32, picture: &Picture) -> Self {
        let mut longer = self.clone();
        let count = longer.spine.len();
        let (first, last) = (longer.spine[0], longer.spine[count - 1]);
        let up = unit(first.minus(longer.spine[1]));
        let down = unit(last.minus(longer.spine[count - 2]));
        let clamped = |from: Point, direction: Point, room: f32| {
            let room = (widths * self.width).min(room.max(0.0));
            from.plus(direction, room)
        };
        longer.spine[0] = clamped(first, up, first.y);
        longer.spine[count - 1] = clamped(last, down, picture.height() as f32 - last.y);
        longer
    }

    /// The column as a strip, or `None` when it is too long for one.
    pub(super) fn strip(&self, pyramid: &mut Pyramid<'_>) -> Option<Picture> {
        let aspect = self.length() / self.width.max(1.0);
        if aspect > ASPECT_MAX {
            return None;
        }
        let rows = (STRIP_WIDTH as f32 * aspect).round() as usize;
        let mut centres = Vec::with_capacity(rows);
        for row in 0..rows.max(1) {
            centres.push(self.point((row as f32 + 0.5) / rows.max(1) as f32 * self.length()));
        }
        Some(pyramid.strip(&centres, self.side, self.width, STRIP_WIDTH))
    }

    /// The point of the spine at a length from its start.
    pub(super) fn point(&self, mut at: f32) -> Point {
        for pair in self.spine.windows(2) {
            let step = pair[1].minus(pair[0]);
            let length = step.length();
            if at <= length {
                return pair[0].plus(step, at / length.max(f32::MIN_POSITIVE));
            }
            at -= length;
        }
        self.spine[self.spine.len() - 1]
    }

    /// The column as one region, straight.
    pub(super) fn region(&self) -> Quad {
        let (top, bottom) = (self.spine[0], self.spine[self.spine.len() - 1]);
        let half = self.width / 2.0;
        Quad {
            corners: [
                top.plus(self.side, -half),
                top.plus(self.side, half),
                bottom.plus(self.side, half),
                bottom.plus(self.side, -half),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_column_are_joined() {
        let quads = [
            Quad::upright(100.0, 200.0, 120.0, 330.0),
            Quad::upright(101.0, 50.0, 121.0, 170.0),
            Quad::upright(200.0, 50.0, 220.0, 170.0),
            Quad::upright(300.0, 50.0, 420.0, 70.0),
        ];
        let found = columns(&quads, 10);
        assert_eq!(found[0].spine.len(), 3);
        assert_eq!(found[0].region().corners[0], Point::new(99.5, 50.0));
        assert_eq!(found[0].region().corners[2], Point::new(121.5, 330.0));
        assert_eq!(found.len(), 4);
        let picture = Picture::from_rgb(200, 360, vec![0; 200 * 360 * 3]).unwrap();
        let longer = found[0].longer(2.0, &picture);
        assert!((longer.region().corners[0].y - 4.0).abs() < 0.1);
        assert!((longer.region().corners[2].y - 360.0).abs() < 0.1);
    }
}
