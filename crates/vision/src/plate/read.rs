//! A picture → plates: boxes of the right shape whose text has a plate's form.

use domain::plate::Plate;

use super::PlateSeen;
use super::forms::{Form, PlateKind, forms};
use crate::calibration;
use crate::container::CharacterSeen;
use crate::grammar::{Bans, Pattern, SkipCosts, SymbolSet, search};
use crate::network::InferenceError;
use crate::picture::{Picture, Pyramid, Quad};
use crate::region::overlap;
use crate::text::lattice::{Symbol, char_of};
use crate::text::{Detector, Lattice, Recogniser};

/// Long edges at which a picture is searched for plates, in turn.
const LONG_EDGES: [u32; 2] = [960, 1440];
/// Boxes that are read at each scale.
const BOXES_MAX: usize = 24;
/// Width by height of a box around a plate's text: both rows at the least, one row at the most.
const ASPECT: std::ops::RangeInclusive<f32> = 1.4..=7.5;
/// Least width by height of one row.
const ASPECT_ONE_ROW: f32 = 2.0;
/// A box that costs more is no plate.
const FOUND_COST_MAX: f32 = 8.0;
/// A crop that costs more is not readable.
const CROP_COST_MAX: f32 = 40.0;
/// Readings farther apart than this do not compete.
const MARGIN_MAX: f32 = 15.0;
/// A runner-up closer than this gets other crops looked at, nats.
const CLOSE_MARGIN: f32 = 4.0;
/// Those crops: how much is added above and below, as a share of the height.
const OTHER_CROPS: [f32; 2] = [0.12, -0.06];
/// Boxes less wide than so many heights may hold two rows.
const TWO_ROWS: f32 = 2.6;
/// How far the upper row of a plate reaches above the box around its lower row, in heights of
/// that box, which is up to 1.8 times as high as its text (GA 36-2018: characters of 60 and 110
/// mm, 15 mm apart).
const UPPER_ROW: [f32; 2] = [0.55, 0.35];
/// A text with more symbols is no lower row: that has four signs and one for a trailer (GA 36-2018),
/// of which one may be read as two.
const LOWER_ROW_MAX: usize = 6;
/// Longest list of runners-up.
const RUNNERS_UP_MAX: usize = 3;
const SKIPS: SkipCosts = SkipCosts {
    outside: 2.0,
    inside: 3.0,
};

#[derive(Debug)]
pub(crate) struct PlateReader {
    forms: Vec<Form>,
}

/// A text and what it costs, its form's price included.
#[derive(Debug, Clone)]
struct Reading {
    symbols: Vec<Symbol>,
    form: usize,
    cost: f32,
}

impl PlateReader {
    pub(crate) fn new() -> Self {
        Self { forms: forms() }
    }

    /// The plates in a whole picture, surest first.
    pub(crate) fn find(
        &self,
        picture: &Picture,
        detector: &mut Detector,
        texts: &mut Recogniser,
        plates: &mut Recogniser,
    ) -> Result<Vec<PlateSeen>, InferenceError> {
        let mut pyramid = Pyramid::new(picture);
        let long_edge = picture.width().max(picture.height());
        let mut seen: Vec<PlateSeen> = Vec::new();
        for edge in LONG_EDGES {
            if edge > 2 * long_edge {
                break;
            }
            let boxes = detector.find(&mut pyramid, edge)?;
            let mut quads: Vec<Quad> = boxes.iter().map(|one| one.quad).collect();
            quads.retain(|quad| ASPECT.contains(&(quad.width() / quad.height().max(1.0))));
            quads.sort_by(|a, b| b.height().total_cmp(&a.height()));
            for quad in quads.iter().take(BOXES_MAX) {
                // The small recogniser is quick and knows whether this is a plate at all.
                let Some(symbols) = like_plate(&mut pyramid, quad, texts)? else {
                    continue;
                };
                let may_be_lower = symbols <= LOWER_ROW_MAX;
                let Some(plate) = self.found(&mut pyramid, quad, may_be_lower, plates)? else {
                    continue;
                };
                let same = seen.iter().position(|other| {
                    overlap(&other.region.quad(), quad) || other.plate == plate.plate
                });
                match same {
                    Some(at) if seen[at].confidence < plate.confidence => seen[at] = plate,
                    Some(_) => {}
                    None => seen.push(plate),
                }
            }
            if seen.iter().any(|plate| plate.accepted) {
                break;
            }
        }
        seen.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        Ok(seen)
    }

    /// The plate that fills a picture.
    pub(crate) fn crop(
        &self,
        picture: &Picture,
        plates: &mut Recogniser,
    ) -> Result<Option<PlateSeen>, InferenceError> {
        let (width, height) = (picture.width() as f32, picture.height() as f32);
        let whole = Quad::upright(0.0, 0.0, width, height);
        let mut pyramid = Pyramid::new(picture);
        self.read(&mut pyramid, &whole, plates, CROP_COST_MAX)
    }

    /// The plate whose row of text, or whose lower row, was found.
    fn found(
        &self,
        pyramid: &mut Pyramid<'_>,
        row: &Quad,
        may_be_lower: bool,
        plates: &mut Recogniser,
    ) -> Result<Option<PlateSeen>, InferenceError> {
        let alone = self.read(pyramid, row, plates, FOUND_COST_MAX)?;
        // A lower row is at best a poor plate of its own, or passes for a latin one.
        let settled = alone
            .as_ref()
            .is_some_and(|plate| plate.accepted && plate.kind != PlateKind::Latin);
        if settled || !may_be_lower || row.width() < ASPECT_ONE_ROW * row.height() {
            return Ok(alone);
        }
        let mut best = alone;
        for reach in UPPER_ROW {
            let both = row.part(0.0, 1.0, -reach, 1.0);
            let seen = self.read_as(pyramid, &both, plates, FOUND_COST_MAX, &[two_rows])?;
            if let Some(seen) = seen
                && best.as_ref().is_none_or(|best| seen.cost < best.cost)
            {
                best = Some(seen);
            }
            if best.as_ref().is_some_and(|best| best.accepted) {
                break;
            }
        }
        Ok(best)
    }

    fn read(
        &self,
        pyramid: &mut Pyramid<'_>,
        region: &Quad,
        plates: &mut Recogniser,
        cost_max: f32,
    ) -> Result<Option<PlateSeen>, InferenceError> {
        let layouts: &[Layout] = if region.width() < TWO_ROWS * region.height() {
            &[one_row, two_rows]
        } else {
            &[one_row]
        };
        self.read_as(pyramid, region, plates, cost_max, layouts)
    }

    /// What a region says in the cheapest of some layouts.
    fn read_as(
        &self,
        pyramid: &mut Pyramid<'_>,
        region: &Quad,
        plates: &mut Recogniser,
        cost_max: f32,
        layouts: &[Layout],
    ) -> Result<Option<PlateSeen>, InferenceError> {
        let mut best: Option<(Ranked, Layout)> = None;
        for &layout in layouts {
            let lattice = rows(pyramid, plates, &layout(region))?;
            let ranked = self.ranked(vec![lattice], cost_max);
            let cost = |one: &Ranked| one.readings[0].cost;
            if let Some(ranked) = ranked
                && best
                    .as_ref()
                    .is_none_or(|(other, _)| cost(&ranked) < cost(other))
            {
                best = Some((ranked, layout));
            }
        }
        let Some((mut ranked, layout)) = best else {
            return Ok(None);
        };
        // Other crops of the same plate, where one leaves it open.
        if ranked.margin() < CLOSE_MARGIN {
            let mut lattices = ranked.lattices.clone();
            for share in OTHER_CROPS {
                let crop = region.part(-share / 3.0, 1.0 + share / 3.0, -share, 1.0 + share);
                lattices.push(rows(pyramid, plates, &layout(&crop))?);
            }
            if let Some(again) = self.ranked(lattices, cost_max) {
                ranked = again;
            }
        }
        if self.is_plain_number(&ranked, cost_max) {
            return Ok(None);
        }
        Ok(seen(&ranked, region, pyramid))
    }

    /// The texts that the looks could mean, likeliest over all of them first.
    fn ranked(&self, lattices: Vec<Lattice>, cost_max: f32) -> Option<Ranked> {
        let mut readings: Vec<Reading> = Vec::new();
        for lattice in &lattices {
            let Some(best) = self.best(lattice, Bans::None, cost_max, None) else {
                continue;
            };
            for (place, &symbol) in best.symbols.iter().enumerate() {
                let bans = Bans::One(place, symbol);
                let limit = best.cost + MARGIN_MAX;
                readings.extend(self.best(lattice, bans, limit, Some(best.symbols.len())));
            }
            readings.push(best);
        }
        readings.sort_by(|a, b| (&a.symbols, a.form).cmp(&(&b.symbols, b.form)));
        readings.dedup_by(|a, b| a.symbols == b.symbols && a.form == b.form);
        for reading in &mut readings {
            let form = &self.forms[reading.form];
            let bans = Bans::AllBut(&reading.symbols);
            let sum: f32 = lattices
                .iter()
                .map(|lattice| {
                    search(lattice, &form.pattern, SKIPS, bans, cost_max)
                        .map_or(cost_max, |found| found.cost)
                })
                .sum();
            reading.cost = sum / lattices.len() as f32 + form.price;
        }
        readings.sort_by(|a, b| a.cost.total_cmp(&b.cost));
        let best = readings.first()?;
        let (len, kind) = (best.symbols.len(), self.forms[best.form].kind);
        readings.retain(|one| one.symbols.len() == len);
        Some(Ranked {
            readings,
            kind,
            lattices,
        })
    }

    /// Whether a latin plate is a number of digits alone, two of which were bent into letters: the
    /// serial number of a container reads like that (265768 as ZG5768).
    fn is_plain_number(&self, ranked: &Ranked, cost_max: f32) -> bool {
        let best = &ranked.readings[0];
        if ranked.kind != PlateKind::Latin {
            return false;
        }
        let digits = Pattern::new(vec![SymbolSet::DIGITS; best.symbols.len()]);
        let costs = ranked.lattices.iter().map(|lattice| {
            search(lattice, &digits, SKIPS, Bans::None, cost_max).map_or(cost_max, |one| one.cost)
        });
        let as_digits = costs.sum::<f32>() / ranked.lattices.len() as f32;
        as_digits < best.cost - self.forms[best.form].price
    }

    /// The reading of least cost over all forms, or over those of a length.
    fn best(
        &self,
        lattice: &Lattice,
        bans: Bans<'_>,
        cost_max: f32,
        len: Option<usize>,
    ) -> Option<Reading> {
        let mut best: Option<Reading> = None;
        for (at, form) in self.forms.iter().enumerate() {
            if len.is_some_and(|len| len != form.pattern.places.len()) {
                continue;
            }
            let limit = best.as_ref().map_or(cost_max, |one| one.cost) - form.price;
            if let Some(found) = search(lattice, &form.pattern, SKIPS, bans, limit) {
                best = Some(Reading {
                    symbols: found.symbols,
                    form: at,
                    cost: found.cost + form.price,
                });
            }
        }
        best
    }
}

/// A region → its rows of text.
type Layout = fn(&Quad) -> Vec<Quad>;

/// What several looks at one plate could mean, likeliest first; texts of one length.
struct Ranked {
    readings: Vec<Reading>,
    kind: PlateKind,
    lattices: Vec<Lattice>,
}

impl Ranked {
    /// How much more the runner-up costs.
    fn margin(&self) -> f32 {
        self.readings
            .get(1)
            .map_or(MARGIN_MAX, |other| other.cost - self.readings[0].cost)
    }
}

fn one_row(region: &Quad) -> Vec<Quad> {
    vec![*region]
}

/// The upper row carries province and authority, the lower one is larger (GA 36-2018).
fn two_rows(region: &Quad) -> Vec<Quad> {
    vec![
        region.part(0.1, 0.9, 0.0, 0.42),
        region.part(0.0, 1.0, 0.38, 1.0),
    ]
}

fn rows(
    pyramid: &mut Pyramid<'_>,
    plates: &mut Recogniser,
    regions: &[Quad],
) -> Result<Lattice, InferenceError> {
    let mut lattice = Lattice::default();
    for region in regions {
        lattice.join(&plates.read(pyramid, region)?);
    }
    Ok(lattice)
}

fn seen(ranked: &Ranked, region: &Quad, pyramid: &mut Pyramid<'_>) -> Option<PlateSeen> {
    let (best, others) = ranked.readings.split_first()?;
    let others: Vec<(Vec<Symbol>, f32)> = others
        .iter()
        .map(|other| (other.symbols.clone(), other.cost - best.cost))
        .collect();
    let confidence = calibration::plate(best.cost, ranked.margin());
    Some(PlateSeen {
        plate: Plate::parse(&text(&best.symbols)).ok()?,
        kind: ranked.kind,
        confidence,
        accepted: confidence >= calibration::PLATE_ACCEPTED,
        characters: characters(&best.symbols, &others),
        runners_up: others
            .iter()
            .take(RUNNERS_UP_MAX)
            .filter_map(|(symbols, margin)| {
                Some((Plate::parse(&text(symbols)).ok()?, (-margin).exp()))
            })
            .collect(),
        cost: best.cost,
        height_px: region.height(),
        region: (*region).into(),
        crop: pyramid.crop_around(region),
    })
}

/// How many symbols a box holds, or the lower of two rows in it, if it may be a plate.
fn like_plate(
    pyramid: &mut Pyramid<'_>,
    quad: &Quad,
    texts: &mut Recogniser,
) -> Result<Option<usize>, InferenceError> {
    if quad.width() < TWO_ROWS * quad.height() {
        let lower = two_rows(quad)[1];
        let text = texts.read(pyramid, &lower)?.text();
        if may_be_plate(&text) {
            return Ok(Some(text.chars().count()));
        }
    }
    if quad.width() < ASPECT_ONE_ROW * quad.height() {
        return Ok(None);
    }
    let text = texts.read(pyramid, quad)?.text();
    Ok(may_be_plate(&text).then(|| text.chars().count()))
}

/// Five to ten characters, digits among them, and little that is neither. A zero is often taken for
/// an O.
fn may_be_plate(text: &str) -> bool {
    let count = text.chars().count();
    let strange = text.chars().filter(|&c| c == '*').count();
    let is_digit = |c: &char| c.is_ascii_digit() || *c == 'O';
    let digits = text.chars().filter(is_digit).count();
    (5..=10).contains(&count) && digits >= 2 && strange <= 3
}

fn text(symbols: &[Symbol]) -> String {
    symbols.iter().map(|&symbol| char_of(symbol)).collect()
}

fn characters(symbols: &[Symbol], others: &[(Vec<Symbol>, f32)]) -> Vec<CharacterSeen> {
    let weight = |margin: &f32| (-margin).exp();
    let all: f32 = 1.0 + others.iter().map(|(_, margin)| weight(margin)).sum::<f32>();
    symbols
        .iter()
        .enumerate()
        .map(|(place, &symbol)| {
            let mut differing = others.iter().filter(|(other, _)| other[place] != symbol);
            let against: f32 = differing.clone().map(|(_, margin)| weight(margin)).sum();
            CharacterSeen {
                character: char_of(symbol),
                confidence: 1.0 - against / all,
                runner_up: differing.next().map(|(other, _)| char_of(other[place])),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_digits_is_no_latin_plate() {
        let reader = PlateReader::new();
        for (text, is_number) in [
            ("265768", true),
            ("865768", true),
            ("ZG5768", false),
            ("MA1234", false),
            ("HK987", false),
        ] {
            let ranked = reader.ranked(vec![Lattice::from_text(text, 0.9)], 40.0);
            let is_plain = ranked.is_some_and(|ranked| {
                ranked.kind == PlateKind::Latin && reader.is_plain_number(&ranked, 40.0)
            });
            assert_eq!(is_plain, is_number, "{text}");
        }
    }

    #[test]
    fn only_short_texts_with_digits_are_looked_at_twice() {
        for (text, may) in [
            ("*B12345", true),
            ("B12345", true),
            ("MSKU4135329", false),
            ("MAXGROSS", false),
            ("22G1", false),
            ("****12", false),
        ] {
            assert_eq!(may_be_plate(text), may, "{text}");
        }
    }
}
