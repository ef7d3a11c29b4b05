//! A picture → container numbers: a cascade of scales, each with lines and columns, ended as soon
//! as a number is accepted.

use crate::grammar::{Bans, Found, Pattern, SkipCosts, search};
use crate::layout::{self, Wanted, Word};
use crate::network::InferenceError;
use crate::picture::{Picture, Pyramid, Quad};
use crate::region::overlap;
use crate::text::{Detector, Lattice, Recogniser, TextBox};

use super::judge::Judge;
use super::source::{Look, Source};
use super::straighten::straightened;
use super::{NumberSeen, columns, size_type};

/// Long edges at which a picture is looked at, in turn.
const LONG_EDGES: [u32; 3] = [640, 960, 1440];
/// A picture is enlarged at most by this.
const ENLARGED_MAX: f32 = 2.0;
/// Boxes that are read at each scale; the tallest first, because a number is among the tall ones.
const WORDS_MAX: [usize; 3] = [26, 32, 40];
/// Columns that are read at each scale.
const COLUMNS_MAX: usize = 6;
/// A candidate that costs more is none.
const COST_MAX: f32 = 14.0;
/// Candidates that get a second look at each scale.
const CANDIDATES_MAX: usize = 3;
/// A candidate that costs less is the plain reading.
const PLAIN: f32 = 1.0;
/// A reading without check digit that costs more is not looked at again.
const SHORT_COST_MAX: f32 = 5.0;
/// Serial numbers without an owner code that are looked around at each scale.
const SERIALS_MAX: usize = 4;
/// So many digits in all texts may belong to a number, a stacked one included.
const DIGITS_TELLING: usize = 4;
/// Symbols of a number.
const SYMBOLS: usize = 11;
/// So many symbols may be part of a number.
const PART: std::ops::RangeInclusive<usize> = 3..=SYMBOLS;
/// From one symbol of a column to the next, in widths of the column, gaps included.
const PITCH: f32 = 1.7;
pub(super) const SKIPS: SkipCosts = SkipCosts {
    outside: 0.5,
    inside: 2.0,
};
/// What a reading must hold: the eleven symbols, less what may be lost, and not a page of text.
const WANTED: Wanted = Wanted {
    symbols: (10, 26),
    digits_min: 5,
};

/// A text of the right form at a place.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) found: Found,
    pub(super) source: Source,
    pub(super) lattice: Lattice,
}

/// How much is tried on one picture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    /// Scales at most; less than all of them ends early on a picture without digits.
    scales: usize,
    /// Sure numbers after which no further scale is tried.
    numbers: usize,
}

impl Effort {
    /// The only picture of a vehicle.
    pub(crate) const ONLY: Self = Self {
        scales: LONG_EDGES.len(),
        numbers: 1,
    };
    /// One of several pictures: the next one comes.
    pub(crate) const ONE_OF_SEVERAL: Self = Self {
        scales: 2,
        numbers: 1,
    };
    /// The same of a side, which may show two containers.
    pub(crate) const SIDE: Self = Self {
        scales: 2,
        numbers: 2,
    };
}

#[derive(Debug)]
pub(crate) struct ContainerReader {
    pattern: Pattern,
    without_check_digit: Pattern,
}

impl ContainerReader {
    pub(crate) fn new() -> Self {
        Self {
            pattern: Pattern::container(),
            without_check_digit: Pattern::container_without_check_digit(),
        }
    }

    /// The numbers in a picture, surest first.
    pub(crate) fn read(
        &self,
        picture: &Picture,
        effort: Effort,
        detector: &mut Detector,
        recogniser: &mut Recogniser,
    ) -> Result<Vec<NumberSeen>, InferenceError> {
        let mut pyramid = Pyramid::new(picture);
        let mut judge = Judge::new(&self.pattern);
        let full = picture.width().max(picture.height()) as f32;
        let mut words = Vec::new();
        for (stage, &edge) in LONG_EDGES.iter().enumerate() {
            if stage > 0 && edge as f32 > ENLARGED_MAX * full {
                break;
            }
            let is_bare = stage > 0 && digits(&words) < DIGITS_TELLING;
            if stage >= effort.scales || effort.scales < LONG_EDGES.len() && is_bare {
                break;
            }
            let boxes = detector.find(&mut pyramid, edge)?;
            words = read_words(&boxes, WORDS_MAX[stage], &mut pyramid, recogniser)?;
            let mut sources = line_sources(&words);
            let mut candidates = self.candidates(&sources);
            // Columns cost more than lines; they are looked at when no line is plain.
            if !candidates.iter().any(|one| one.found.cost < PLAIN) {
                let guessed = owner_sources(&words, &mut pyramid, recogniser)?;
                candidates.extend(self.candidates(&guessed));
                let tall: Vec<Quad> = detector
                    .find_turned(picture, edge)?
                    .iter()
                    .map(|one| one.quad)
                    .collect();
                let upright: Vec<Quad> = boxes.iter().map(|one| one.quad).collect();
                let mut columns = column_sources(&tall, &mut pyramid, recogniser)?;
                columns.extend(column_sources(&upright, &mut pyramid, recogniser)?);
                candidates.extend(self.candidates(&columns));
                sources.extend(columns);
                candidates.extend(self.with_room(&sources, &mut pyramid, recogniser)?);
            }
            for candidate in best_places(candidates) {
                judge.hear(candidate, &mut pyramid, recogniser)?;
            }
            if judge.sure() >= effort.numbers {
                break;
            }
        }
        let mut seen = judge.verdicts(&mut pyramid);
        for number in &mut seen {
            number.size_type = size_type::beside(&number.region.quad(), &words);
        }
        Ok(seen)
    }

    fn candidate(&self, source: Source, lattice: Lattice) -> Option<Candidate> {
        let found = search(&lattice, &self.pattern, SKIPS, Bans::None, COST_MAX)?;
        Some(Candidate {
            found,
            source,
            lattice,
        })
    }

    /// Readings that hold all but the check digit, the plainest few, read again with room for it.
    fn with_room(
        &self,
        sources: &[(Source, Lattice)],
        pyramid: &mut Pyramid<'_>,
        recogniser: &mut Recogniser,
    ) -> Result<Vec<Candidate>, InferenceError> {
        let mut short: Vec<(f32, &Source)> = sources
            .iter()
            .filter_map(|(source, lattice)| {
                let pattern = &self.without_check_digit;
                let found = search(lattice, pattern, SKIPS, Bans::None, SHORT_COST_MAX)?;
                Some((found.cost, source))
            })
            .collect();
        short.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut longer = Vec::new();
        for (_, source) in short.into_iter().take(CANDIDATES_MAX) {
            let Some(source) = source.with_room() else {
                continue;
            };
            for lattice in source.look(pyramid, recogniser, Look::Plain)? {
                longer.extend(self.candidate(source.clone(), lattice));
            }
        }
        Ok(longer)
    }

    fn candidates(&self, sources: &[(Source, Lattice)]) -> Vec<Candidate> {
        sources
            .iter()
            .filter_map(|(source, lattice)| self.candidate(source.clone(), lattice.clone()))
            .collect()
    }
}

fn line_sources(words: &[Word]) -> Vec<(Source, Lattice)> {
    layout::readings(words, WANTED)
        .into_iter()
        .map(|reading| {
            let mut lattice = Lattice::default();
            for &at in &reading {
                lattice.join(&words[at].lattice);
            }
            let quads = reading.iter().map(|&at| words[at].quad).collect();
            (Source::Line(quads), lattice)
        })
        .collect()
}

/// Serial numbers whose owner code is in no box, with the places where it would stand: above,
/// with the same left edge, and to the left.
fn owner_sources(
    words: &[Word],
    pyramid: &mut Pyramid<'_>,
    recogniser: &mut Recogniser,
) -> Result<Vec<(Source, Lattice)>, InferenceError> {
    let is_serial = |word: &&Word| {
        (6..=8).contains(&word.text.len()) && word.text.bytes().all(|b| b.is_ascii_digit())
    };
    let mut sources = Vec::new();
    for word in words.iter().filter(is_serial).take(SERIALS_MAX) {
        let quad = word.quad;
        let top = quad.bounds().1.max(0.0);
        let above = (top / quad.height().max(1.0)).min(0.95);
        let mut places = vec![quad.part(-1.0, -0.02, -0.05, 1.05)];
        if above > 0.4 {
            places.push(quad.part(-0.05, 0.75, -above, 0.03));
        }
        for place in places {
            let source = Source::Line(vec![place, quad]);
            for lattice in source.look(pyramid, recogniser, Look::Plain)? {
                sources.push((source.clone(), lattice));
            }
        }
    }
    Ok(sources)
}

/// Columns as they were found and, where only part of a number shows, with room for the rest.
fn column_sources(
    boxes: &[Quad],
    pyramid: &mut Pyramid<'_>,
    recogniser: &mut Recogniser,
) -> Result<Vec<(Source, Lattice)>, InferenceError> {
    let mut sources = Vec::new();
    for column in columns::columns(boxes, COLUMNS_MAX) {
        let source = Source::Column(column.clone());
        let mut symbols = 0;
        for lattice in source.look(pyramid, recogniser, Look::Plain)? {
            let text = lattice.text();
            symbols = symbols.max(text.chars().filter(char::is_ascii_alphanumeric).count());
            sources.push((source.clone(), lattice));
        }
        if PART.contains(&symbols) {
            let widths = (SYMBOLS - symbols + 2) as f32 * PITCH;
            let mut longer = column.longer(widths, pyramid.full());
            if let Some(followed) = straightened(&longer, pyramid) {
                longer = followed;
            }
            let longer = Source::Column(longer);
            for lattice in longer.look(pyramid, recogniser, Look::Plain)? {
                sources.push((longer.clone(), lattice));
            }
        }
    }
    Ok(sources)
}

fn digits(words: &[Word]) -> usize {
    let of_word = |word: &Word| word.text.chars().filter(char::is_ascii_digit).count();
    words.iter().map(of_word).sum()
}

/// Reads the boxes that may be words of a line, the tallest first.
fn read_words(
    boxes: &[TextBox],
    count_max: usize,
    pyramid: &mut Pyramid<'_>,
    recogniser: &mut Recogniser,
) -> Result<Vec<Word>, InferenceError> {
    // A check digit in its frame may be a little higher than wide.
    let mut lines: Vec<Quad> = boxes
        .iter()
        .map(|one| one.quad)
        .filter(|quad| quad.height() < 2.2 * quad.width())
        .collect();
    lines.sort_by(|a, b| b.height().total_cmp(&a.height()));
    lines
        .into_iter()
        .take(count_max)
        .map(|quad| {
            let lattice = recogniser.read(pyramid, &quad)?;
            let text = lattice.text();
            Ok(Word {
                quad,
                lattice,
                text,
            })
        })
        .collect()
}

/// The cheapest candidates, one a place.
fn best_places(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.sort_by(|a, b| a.found.cost.total_cmp(&b.found.cost));
    let mut best: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        let region = candidate.source.region();
        let taken = best
            .iter()
            .any(|other| overlap(&other.source.region(), &region));
        if !taken {
            best.push(candidate);
        }
        if best.len() == CANDIDATES_MAX {
            break;
        }
    }
    best
}
