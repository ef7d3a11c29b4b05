//! Candidates → numbers with a calibrated confidence, from several looks at each.

use std::collections::BTreeSet;

use domain::container::ContainerNumber;

use crate::calibration;
use crate::grammar::{Bans, Found, Pattern, search};
use crate::network::InferenceError;
use crate::picture::Pyramid;
use crate::region::overlap;
use crate::text::lattice::{Symbol, char_of};
use crate::text::{Lattice, Recogniser};

use super::read::{Candidate, SKIPS};
use super::source::SECOND_LOOKS;
use super::{CharacterSeen, Doubt, NumberSeen};

/// A look in which a text costs more than this says nothing against it: the text may not be in it.
const LOOK_COST_MAX: f32 = 10.0;
/// Readings farther apart than this do not compete.
const MARGIN_MAX: f32 = 20.0;
/// Longest list of runners-up.
const RUNNERS_UP_MAX: usize = 3;
/// Smallest characters that are accepted, pixels.
const HEIGHT_MIN_PX: f32 = 8.0;

/// All looks at one text.
struct Case {
    symbols: Vec<Symbol>,
    candidate: Candidate,
    /// What every look gave: several lattices where there are several ways to cut a column.
    looks: Vec<Vec<Lattice>>,
    /// Looks whose own best text is this one.
    agreeing: u8,
    /// Mean cost over the looks.
    cost: f32,
    /// Other texts of the form, with their cost above this one's.
    others: Vec<(Vec<Symbol>, f32)>,
}

pub(super) struct Judge<'a> {
    pattern: &'a Pattern,
    cases: Vec<Case>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(pattern: &'a Pattern) -> Self {
        Self {
            pattern,
            cases: Vec::new(),
        }
    }

    /// Takes a candidate in: looks at its place again, or counts it as a look at a text that is
    /// already known.
    pub(super) fn hear(
        &mut self,
        candidate: Candidate,
        pyramid: &mut Pyramid<'_>,
        recogniser: &mut Recogniser,
    ) -> Result<(), InferenceError> {
        let mut looks = vec![vec![candidate.lattice.clone()]];
        for look in SECOND_LOOKS {
            let lattices = candidate.source.look(pyramid, recogniser, look)?;
            if !lattices.is_empty() {
                looks.push(lattices);
            }
        }
        let region = candidate.source.region();
        // Looks at one place at another scale are looks at the same text.
        let same_place = self
            .cases
            .iter()
            .position(|case| overlap(&case.candidate.source.region(), &region));
        let Some(mut case) = self.case(candidate, looks) else {
            return Ok(());
        };
        if let Some(at) = same_place {
            let mut before = self.cases.remove(at);
            if before.symbols == case.symbols {
                let mut looks = std::mem::take(&mut case.looks);
                looks.extend(before.looks);
                self.cases.extend(self.case(case.candidate, looks));
                return Ok(());
            }
            // The plainer reading stands; the other is what it could be as well.
            if before.cost < case.cost {
                std::mem::swap(&mut before, &mut case);
            }
            case.others.push((before.symbols, before.cost - case.cost));
            case.others.sort_by(|a, b| a.1.total_cmp(&b.1));
        }
        self.cases.push(case);
        Ok(())
    }

    /// The text that all looks together make likeliest.
    fn case(&self, candidate: Candidate, looks: Vec<Vec<Lattice>>) -> Option<Case> {
        let own: Vec<Option<Vec<Symbol>>> = looks
            .iter()
            .map(|look| self.best_in(look).map(|found| found.symbols))
            .collect();
        let mut texts: Vec<Vec<Symbol>> = Vec::new();
        for text in own.iter().flatten() {
            if !texts.contains(text) {
                texts.push(text.clone());
            }
        }
        let ranked = self.ranked(&texts, &looks);
        let (best, _) = ranked.first()?;
        // What else the looks could mean: for every place the likeliest text with another symbol.
        let plainest = self.plainest(best, &looks);
        for (place, &symbol) in best.iter().enumerate() {
            let bans = Bans::One(place, symbol);
            if let Some(found) = search(plainest, self.pattern, SKIPS, bans, MARGIN_MAX)
                && !texts.contains(&found.symbols)
            {
                texts.push(found.symbols);
            }
        }
        let ranked = self.ranked(&texts, &looks);
        let (best, cost) = ranked.first()?.clone();
        let agrees = |text: &&Option<Vec<Symbol>>| text.as_ref() == Some(&best);
        let agreeing = own.iter().filter(agrees).count();
        Some(Case {
            others: ranked[1..]
                .iter()
                .map(|(text, other)| (text.clone(), other - cost))
                .collect(),
            symbols: best,
            candidate,
            looks,
            agreeing: u8::try_from(agreeing).unwrap_or(u8::MAX),
            cost,
        })
    }

    /// What a look gives on its own.
    fn best_in(&self, look: &[Lattice]) -> Option<Found> {
        look.iter()
            .filter_map(|one| search(one, self.pattern, SKIPS, Bans::None, LOOK_COST_MAX))
            .min_by(|a, b| a.cost.total_cmp(&b.cost))
    }

    /// The lattice in which a text costs least.
    fn plainest<'l>(&self, text: &[Symbol], looks: &'l [Vec<Lattice>]) -> &'l Lattice {
        looks
            .iter()
            .flatten()
            .min_by(|a, b| self.cost_in(a, text).total_cmp(&self.cost_in(b, text)))
            .expect("a case has at least one look")
    }

    fn cost_in(&self, lattice: &Lattice, text: &[Symbol]) -> f32 {
        search(
            lattice,
            self.pattern,
            SKIPS,
            Bans::AllBut(text),
            LOOK_COST_MAX,
        )
        .map_or(LOOK_COST_MAX, |found| found.cost)
    }

    /// Texts by their mean cost over the looks, cheapest first. Of the ways to cut a column the
    /// cheapest counts: the others cut through characters.
    fn ranked(&self, texts: &[Vec<Symbol>], looks: &[Vec<Lattice>]) -> Vec<(Vec<Symbol>, f32)> {
        let cost_in_look = |look: &Vec<Lattice>, text: &[Symbol]| {
            look.iter()
                .map(|one| self.cost_in(one, text))
                .fold(LOOK_COST_MAX, f32::min)
        };
        let mut ranked: Vec<(Vec<Symbol>, f32)> = texts
            .iter()
            .map(|text| {
                let sum: f32 = looks.iter().map(|look| cost_in_look(look, text)).sum();
                (text.clone(), sum / looks.len().max(1) as f32)
            })
            .collect();
        ranked.sort_by(|a, b| a.1.total_cmp(&b.1));
        ranked
    }

    /// Numbers that are accepted already.
    pub(super) fn sure(&self) -> usize {
        let sure = |case: &&Case| self.doubts(case).is_empty();
        let numbers: BTreeSet<&[Symbol]> = self
            .cases
            .iter()
            .filter(sure)
            .map(|case| case.symbols.as_slice())
            .collect();
        numbers.len()
    }

    /// Looks at the same text elsewhere in the picture.
    fn elsewhere(&self, case: &Case) -> u8 {
        let others = self.cases.iter().filter(|other| {
            other.symbols == case.symbols
                && !overlap(
                    &other.candidate.source.region(),
                    &case.candidate.source.region(),
                )
        });
        others.map(|other| other.agreeing).sum()
    }

    fn doubts(&self, case: &Case) -> Vec<Doubt> {
        let mut doubts = Vec::new();
        let margin = case
            .others
            .first()
            .map_or(MARGIN_MAX, |(_, margin)| *margin);
        let of = u8::try_from(case.looks.len()).unwrap_or(u8::MAX);
        let height_px = case.candidate.source.character_height();
        if self.confidence(case) >= calibration::ACCEPTED && height_px >= HEIGHT_MIN_PX {
            return doubts;
        }
        if case.cost > 1.0 {
            doubts.push(Doubt::Mended { cost: case.cost });
        }
        if case.agreeing < of {
            let agreeing = case.agreeing;
            doubts.push(Doubt::LooksDiffer { agreeing, of });
        }
        if height_px < HEIGHT_MIN_PX {
            doubts.push(Doubt::Small { height_px });
        }
        if margin < 6.0 || doubts.is_empty() {
            doubts.push(Doubt::RunnerUpClose { margin });
        }
        doubts
    }

    fn confidence(&self, case: &Case) -> f32 {
        let margin = case
            .others
            .first()
            .map_or(MARGIN_MAX, |(_, margin)| *margin);
        calibration::container(&calibration::Signs {
            cost: case.cost,
            margin,
            agreeing: f32::from(case.agreeing) / case.looks.len().max(1) as f32,
            elsewhere: self.elsewhere(case) > 0,
        })
    }

    /// All numbers, surest first; of numbers that claim the same text only the surest place.
    pub(super) fn verdicts(self, pyramid: &mut Pyramid<'_>) -> Vec<NumberSeen> {
        let mut seen: Vec<NumberSeen> = Vec::new();
        let mut order: Vec<&Case> = self.cases.iter().collect();
        order.sort_by(|a, b| self.confidence(b).total_cmp(&self.confidence(a)));
        for case in order {
            let text: String = case.symbols.iter().map(|&s| char_of(s)).collect();
            let number = ContainerNumber::parse(&text).expect("the pattern holds the check digit");
            if seen.iter().any(|other| other.number == number) {
                continue;
            }
            let doubts = self.doubts(case);
            let region = case.candidate.source.region();
            seen.push(NumberSeen {
                number,
                size_type: None,
                confidence: self.confidence(case),
                accepted: doubts.is_empty(),
                doubts,
                characters: characters(case),
                runners_up: runners_up(case),
                cost: case.cost,
                looks: (
                    case.agreeing,
                    u8::try_from(case.looks.len()).unwrap_or(u8::MAX),
                ),
                character_height_px: case.candidate.source.character_height(),
                region: region.into(),
                crop: pyramid.crop_around(&region),
            });
        }
        seen
    }
}

/// The weight of a text against the best one.
fn weight(margin: f32) -> f32 {
    (-margin).exp()
}

fn characters(case: &Case) -> Vec<CharacterSeen> {
    let all: f32 = 1.0 + case.others.iter().map(|(_, m)| weight(*m)).sum::<f32>();
    case.symbols
        .iter()
        .enumerate()
        .map(|(place, &symbol)| {
            let differing = case.others.iter().filter(|(text, _)| text[place] != symbol);
            let against: f32 = differing.clone().map(|(_, m)| weight(*m)).sum();
            CharacterSeen {
                character: char_of(symbol),
                confidence: 1.0 - against / all,
                runner_up: differing.map(|(text, _)| char_of(text[place])).next(),
            }
        })
        .collect()
}

fn runners_up(case: &Case) -> Vec<(ContainerNumber, f32)> {
    let all: f32 = 1.0 + case.others.iter().map(|(_, m)| weight(*m)).sum::<f32>();
    case.others
        .iter()
        .take(RUNNERS_UP_MAX)
        .filter_map(|(text, margin)| {
            let text: String = text.iter().map(|&s| char_of(s)).collect();
            Some((ContainerNumber::parse(&text).ok()?, weight(*margin) / all))
        })
        .collect()
}
