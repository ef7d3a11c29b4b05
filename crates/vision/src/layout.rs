//! Boxes of text → the orders in which they may be read as one text.
//!
//! Door bars, corrugation and the frame around a check digit cut one number into several boxes,
//! on one line or on several that start at the same edge.

use crate::picture::{Point, Quad};
use crate::text::Lattice;

/// A box and what it says.
#[derive(Debug, Clone)]
pub(crate) struct Word {
    pub(crate) quad: Quad,
    pub(crate) lattice: Lattice,
    /// Its plain text.
    pub(crate) text: String,
}

/// Most boxes in one reading.
const WORDS_MAX: usize = 5;
/// Most boxes on one line of it.
const LINE_WORDS_MAX: usize = 4;
/// Most readings of one picture.
const READINGS_MAX: usize = 400;
/// Gap between two boxes of a line, in heights of the taller one: least and most.
const GAP: (f32, f32) = (-0.6, 3.5);

/// What must be in a reading for it to be worth a search.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    /// Fewest and most symbols.
    pub(crate) symbols: (usize, usize),
    /// Fewest symbols that are digits or look like one.
    pub(crate) digits_min: usize,
}

/// Indices of words in reading order.
pub(crate) type Reading = Vec<usize>;

/// All readings of lines, and of lines below each other, that fit `wanted`; the first 400.
pub(crate) fn readings(words: &[Word], wanted: Wanted) -> Vec<Reading> {
    let mut search = Search {
        words,
        wanted,
        right: words
            .iter()
            .map(|word| neighbours(words, |other| right_of(word, other)))
            .collect(),
        below: words
            .iter()
            .map(|word| neighbours(words, |other| below(word, other)))
            .collect(),
        found: Vec::new(),
    };
    for start in 0..words.len() {
        search.extend(&mut vec![start], start, 1);
    }
    search.found
}

struct Search<'a> {
    words: &'a [Word],
    wanted: Wanted,
    right: Vec<Vec<usize>>,
    below: Vec<Vec<usize>>,
    found: Vec<Reading>,
}

impl Search<'_> {
    fn extend(&mut self, path: &mut Reading, line_start: usize, line_words: usize) {
        let texts = path.iter().map(|&at| self.words[at].text.as_str());
        let symbols: usize = texts.clone().map(|text| text.chars().count()).sum();
        let digits: usize = texts.map(digits_like).sum();
        if symbols > self.wanted.symbols.1 || self.found.len() >= READINGS_MAX {
            return;
        }
        if symbols >= self.wanted.symbols.0 && digits >= self.wanted.digits_min {
            self.found.push(path.clone());
        }
        if path.len() == WORDS_MAX {
            return;
        }
        let last = path[path.len() - 1];
        if line_words < LINE_WORDS_MAX {
            for next in self.right[last].clone() {
                if !path.contains(&next) {
                    path.push(next);
                    self.extend(path, line_start, line_words + 1);
                    path.pop();
                }
            }
        }
        for next in self.below[line_start].clone() {
            if !path.contains(&next) {
                path.push(next);
                self.extend(path, next, 1);
                path.pop();
            }
        }
    }
}

fn digits_like(text: &str) -> usize {
    text.chars()
        .filter(|c| c.is_ascii_digit() || "OQDISZBGLT".contains(*c))
        .count()
}

/// The nearest three words for which `distance` has a value.
fn neighbours(words: &[Word], distance: impl Fn(&Word) -> Option<f32>) -> Vec<usize> {
    let mut near: Vec<(f32, usize)> = words
        .iter()
        .enumerate()
        .filter_map(|(at, other)| Some((distance(other)?, at)))
        .collect();
    near.sort_by(|a, b| a.0.total_cmp(&b.0));
    near.into_iter().take(3).map(|(_, at)| at).collect()
}

/// Unit vector along the text of a box.
fn along(quad: &Quad) -> Point {
    let direction = quad.at(1.0, 0.5).minus(quad.at(0.0, 0.5));
    let length = direction.length().max(1.0);
    Point::new(direction.x / length, direction.y / length)
}

fn similar(a: f32, b: f32, ratio: f32) -> bool {
    a.max(b) <= ratio * a.min(b)
}

/// How far `other` starts to the right of `word` on the same line, in heights.
fn right_of(word: &Word, other: &Word) -> Option<f32> {
    let (height, other_height) = (word.quad.height(), other.quad.height());
    if std::ptr::eq(word, other) || !similar(height, other_height, 1.9) {
        return None;
    }
    let taller = height.max(other_height);
    let direction = along(&word.quad);
    let gap = other.quad.at(0.0, 0.5).minus(word.quad.at(1.0, 0.5));
    let ahead = gap.dot(direction) / taller;
    let aside = (gap.x * -direction.y + gap.y * direction.x).abs() / taller;
    // A line may bend with the perspective: more room aside further ahead.
    let on_line = aside <= 0.45 + 0.1 * ahead.max(0.0);
    (on_line && ahead >= GAP.0 && ahead <= GAP.1).then_some(ahead)
}

/// How far `other` starts below `word` with the same left edge, in heights.
fn below(word: &Word, other: &Word) -> Option<f32> {
    let (height, other_height) = (word.quad.height(), other.quad.height());
    if std::ptr::eq(word, other) || !similar(height, other_height, 1.7) {
        return None;
    }
    let taller = height.max(other_height);
    let direction = along(&word.quad);
    let from = word.quad.at(0.0, 1.0);
    let to = other.quad.at(0.0, 0.0);
    let step = to.minus(from);
    let aside = step.dot(direction).abs() / taller;
    let down = (step.x * -direction.y + step.y * direction.x) / taller;
    (aside <= 1.2 && (-0.5..=1.2).contains(&down)).then_some(down)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str, left: f32, top: f32, right: f32, bottom: f32) -> Word {
        Word {
            quad: Quad::upright(left, top, right, bottom),
            lattice: Lattice::from_text(text, 0.9),
            text: text.to_owned(),
        }
    }

    #[test]
    fn lines_and_lines_below_each_other_are_read() {
        let words = [
            word("430658", 100.0, 60.0, 190.0, 80.0),
            word("MRKU", 100.0, 30.0, 160.0, 50.0),
            word("5", 200.0, 60.0, 215.0, 80.0),
            word("22G1", 100.0, 300.0, 160.0, 320.0),
            word("MAERSK", 300.0, 30.0, 700.0, 130.0),
        ];
        let wanted = Wanted {
            symbols: (10, 16),
            digits_min: 6,
        };
        let found = readings(&words, wanted);
        assert!(found.contains(&vec![1, 0, 2]));
        assert!(found.contains(&vec![1, 0]));
        assert!(
            found
                .iter()
                .all(|one| !one.contains(&3) && !one.contains(&4))
        );
    }

    #[test]
    fn many_boxes_give_a_bounded_number_of_readings() {
        let words: Vec<Word> = (0..300)
            .map(|i| {
                let (x, y) = ((i % 20) as f32 * 50.0, (i / 20) as f32 * 25.0);
                word("AB123", x, y, x + 40.0, y + 20.0)
            })
            .collect();
        let wanted = Wanted {
            symbols: (10, 25),
            digits_min: 6,
        };
        assert_eq!(readings(&words, wanted).len(), READINGS_MAX);
    }
}
