//! Places that may hold a number, and looking at them in slightly different ways.

use crate::network::InferenceError;
use crate::picture::{Point, Pyramid, Quad};
use crate::text::{Lattice, Recogniser};

use super::cells;
use super::columns::Column;

/// Where a number may stand.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// Boxes in reading order.
    Line(Vec<Quad>),
    /// Characters below each other.
    Column(Column),
}

/// One way of looking at a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Look {
    /// As it was found.
    Plain,
    /// With more or less around it: share of the height (width, for a column) on each side.
    Grown(f32),
    /// All boxes of one line as one.
    Whole,
}

/// Room for a check digit, in heights of a box (which is 1.4 times as high as a character).
const ROOM: f32 = 1.6;

/// The looks that follow the first one.
pub(super) const SECOND_LOOKS: [Look; 3] = [Look::Grown(0.1), Look::Grown(-0.06), Look::Whole];

impl Source {
    /// What a recogniser sees; several lattices where there are several ways to cut. Empty when
    /// this look is no different from the plain one.
    pub(super) fn look(
        &self,
        pyramid: &mut Pyramid<'_>,
        recogniser: &mut Recogniser,
        look: Look,
    ) -> Result<Vec<Lattice>, InferenceError> {
        match (self, look) {
            (Self::Line(quads), Look::Plain) => joined(pyramid, recogniser, quads),
            (Self::Line(quads), Look::Grown(share)) => {
                let grown: Vec<Quad> = quads.iter().map(|quad| grown(quad, share)).collect();
                joined(pyramid, recogniser, &grown)
            }
            (Self::Line(quads), Look::Whole) => match one_line(quads) {
                Some(whole) => joined(pyramid, recogniser, &[whole]),
                None => Ok(Vec::new()),
            },
            (Self::Column(one), Look::Plain) => column(pyramid, recogniser, one),
            (Self::Column(one), Look::Grown(share)) => {
                column(pyramid, recogniser, &one.wider(share))
            }
            (Self::Column(_), Look::Whole) => Ok(Vec::new()),
        }
    }

    /// A line with room for a check digit after it: a frame around that digit, or the gap before
    /// it, often keeps it out of every box. `None` for a column.
    pub(super) fn with_room(&self) -> Option<Self> {
        match self {
            Self::Line(quads) => {
                let mut quads = quads.clone();
                let last = quads.last_mut()?;
                let room = ROOM * last.height() / last.width().max(1.0);
                *last = last.part(0.0, 1.0 + room, 0.0, 1.0);
                Some(Self::Line(quads))
            }
            Self::Column(_) => None,
        }
    }

    /// The place as one region.
    pub(super) fn region(&self) -> Quad {
        match self {
            Self::Column(column) => column.region(),
            Self::Line(quads) => one_line(quads).unwrap_or_else(|| {
                let (mut left, mut top) = (f32::INFINITY, f32::INFINITY);
                let (mut right, mut bottom) = (f32::NEG_INFINITY, f32::NEG_INFINITY);
                for (l, t, r, b) in quads.iter().map(Quad::bounds) {
                    left = left.min(l);
                    top = top.min(t);
                    right = right.max(r);
                    bottom = bottom.max(b);
                }
                Quad::upright(left, top, right, bottom)
            }),
        }
    }

    /// Height of a character, roughly: a box is 1.4 times as high as what it holds.
    pub(super) fn character_height(&self) -> f32 {
        match self {
            Self::Line(quads) => {
                let sum: f32 = quads.iter().map(Quad::height).sum();
                sum / quads.len().max(1) as f32 / 1.4
            }
            Self::Column(column) => column.width,
        }
    }
}

/// Growing by a share of the height on all four sides.
fn grown(quad: &Quad, share: f32) -> Quad {
    let along = share * quad.height() / quad.width().max(1.0);
    quad.part(-along, 1.0 + along, -share, 1.0 + share)
}

fn joined(
    pyramid: &mut Pyramid<'_>,
    recogniser: &mut Recogniser,
    quads: &[Quad],
) -> Result<Vec<Lattice>, InferenceError> {
    let mut lattice = Lattice::default();
    for quad in quads {
        lattice.join(&recogniser.read(pyramid, quad)?);
    }
    Ok(vec![lattice])
}

fn column(
    pyramid: &mut Pyramid<'_>,
    recogniser: &mut Recogniser,
    column: &Column,
) -> Result<Vec<Lattice>, InferenceError> {
    let Some(strip) = column.strip(pyramid) else {
        return Ok(Vec::new());
    };
    cells::lines(&strip)
        .iter()
        .map(|line| recogniser.read_line(line))
        .collect()
}

/// The boxes as one, if they stand on one line.
fn one_line(quads: &[Quad]) -> Option<Quad> {
    let (first, last) = (quads.first()?, quads.last()?);
    if quads.len() == 1 {
        return Some(*first);
    }
    let (start, end) = (first.at(0.0, 0.5), last.at(1.0, 0.5));
    let direction = end.minus(start);
    let length = direction.length().max(1.0);
    let height = quads.iter().map(Quad::height).fold(0.0, f32::max);
    let aside = |point: Point| {
        let step = point.minus(start);
        (step.y * direction.x - step.x * direction.y).abs() / length
    };
    let ordered = quads
        .windows(2)
        .all(|pair| pair[1].centre().minus(pair[0].centre()).dot(direction) > 0.0);
    let on_line = quads.iter().all(|quad| aside(quad.centre()) < 0.5 * height);
    (ordered && on_line).then(|| Quad {
        corners: [
            first.at(0.0, 0.0),
            last.at(1.0, 0.0),
            last.at(1.0, 1.0),
            first.at(0.0, 1.0),
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_of_one_line_become_one() {
        let a = Quad::upright(0.0, 0.0, 40.0, 20.0);
        let b = Quad::upright(60.0, 2.0, 120.0, 22.0);
        let c = Quad::upright(0.0, 30.0, 60.0, 50.0);
        assert_eq!(one_line(&[a, b]).unwrap().bounds(), (0.0, 0.0, 120.0, 22.0));
        assert!(one_line(&[a, b, c]).is_none());
        let region = Source::Line(vec![a, b, c]).region();
        assert_eq!(region.bounds(), (0.0, 0.0, 120.0, 50.0));
        let larger = grown(&a, 0.1);
        assert_eq!(larger.bounds(), (-2.0, -2.0, 42.0, 22.0));
    }
}
