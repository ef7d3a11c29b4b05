//! A lattice and a form → the likeliest text of that form in it, by dynamic programming.
//!
//! A path gives every frame a meaning: part of the text, the gap between two of its symbols, or
//! something before, within or after it that is no part of it. Its cost is the log-probability
//! that it gives up against the recogniser's own best path, plus a price for every symbol that is
//! skipped. So cost 0 means: the plain reading, with nothing before or after, already has the
//! form. Repeats fold as in connectionist temporal classification (Graves et al. 2006). With a
//! check digit the running sum modulo 11 is part of the state, so only texts whose check digit
//! holds are ever found, and the one found is the likeliest of them.

use crate::text::Lattice;
use crate::text::lattice::{BLANK, Symbol, char_of, symbol_of};

use super::Pattern;

/// What it costs to pass over a symbol that the recogniser sees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SkipCosts {
    /// Before or after the text.
    pub(crate) outside: f32,
    /// Between two of its symbols.
    pub(crate) inside: f32,
}

/// A text of the form.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub(crate) symbols: Vec<Symbol>,
    /// Log-probability given up against the best path, at least 0.
    pub(crate) cost: f32,
    /// First frame and frame after the last of each symbol.
    pub(crate) spans: Vec<(usize, usize)>,
}

impl Found {
    pub(crate) fn text(&self) -> String {
        self.symbols.iter().map(|&symbol| char_of(symbol)).collect()
    }
}

/// Symbols that may not stand at a place, for finding the runner-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bans<'a> {
    None,
    /// Not this symbol at this place.
    One(usize, Symbol),
    /// Only this text.
    AllBut(&'a [Symbol]),
}

impl Bans<'_> {
    fn allow(self, place: usize, symbol: Symbol) -> bool {
        match self {
            Self::None => true,
            Self::One(banned_place, banned) => place != banned_place || symbol != banned,
            Self::AllBut(text) => text[place] == symbol,
        }
    }
}

/// A state in which a frame can be.
#[derive(Debug, Clone, Copy)]
struct State {
    /// Place and symbol, or the gap after a place.
    symbol: Option<Symbol>,
    place: usize,
    /// Group of this state: (place, sum).
    group: usize,
    /// Group this state's symbol is entered from; unused for a gap.
    entered_from: usize,
}

const NONE: u32 = u32::MAX;
/// Back pointer to the frames before the text.
const BEFORE: u32 = u32::MAX - 1;

/// The likeliest text of `pattern` in `lattice`, if its cost is at most `cost_max`.
pub(crate) fn search(
    lattice: &Lattice,
    pattern: &Pattern,
    skips: SkipCosts,
    bans: Bans<'_>,
    cost_max: f32,
) -> Option<Found> {
    let frames = lattice.len();
    if frames < pattern.places.len() {
        return None;
    }
    let graph = Graph::new(pattern, bans);
    let emissions = Emissions::new(lattice, pattern, skips);
    let mut table = Table::new(&graph);
    let mut back = vec![NONE; frames * graph.states.len()];
    let mut before = 0.0;
    let mut best = (f32::INFINITY, NONE, 0);
    let skipped_after = emissions.skipped_after();
    for frame in 0..frames {
        let row = &mut back[frame * graph.states.len()..][..graph.states.len()];
        table.step(&graph, &emissions, frame, before, row);
        before += emissions.outside[frame];
        for &last in &graph.last {
            let cost = table.costs[last] + skipped_after[frame + 1];
            if cost < best.0 {
                best = (cost, last as u32, frame);
            }
        }
    }
    (best.0 <= cost_max).then(|| graph.trace(&back, best.1, best.2, best.0))
}

/// The states of a pattern, gaps first within a group.
struct Graph {
    states: Vec<State>,
    groups: usize,
    /// States that end a text.
    last: Vec<usize>,
}

impl Graph {
    fn new(pattern: &Pattern, bans: Bans<'_>) -> Self {
        let sums = pattern.sums();
        let mut states = Vec::new();
        let mut last = Vec::new();
        for (place, set) in pattern.places.iter().enumerate() {
            let is_last = place + 1 == pattern.places.len();
            for sum in 0..sums {
                if place == 0 && sum > 0 {
                    break;
                }
                for symbol in set.symbols().filter(|&symbol| bans.allow(place, symbol)) {
                    let Some(after) = pattern.sum_after(place, sum, symbol) else {
                        continue;
                    };
                    if is_last {
                        last.push(states.len());
                    }
                    states.push(State {
                        symbol: Some(symbol),
                        place,
                        group: place * sums + after,
                        entered_from: (place * sums + sum).wrapping_sub(sums),
                    });
                }
            }
            if !is_last {
                states.extend((0..sums).map(|sum| State {
                    symbol: None,
                    place,
                    group: place * sums + sum,
                    entered_from: 0,
                }));
            }
        }
        Self {
            states,
            groups: pattern.places.len() * sums,
            last,
        }
    }

    fn trace(&self, back: &[u32], last: u32, frame: usize, cost: f32) -> Found {
        let mut symbols = Vec::new();
        let mut spans: Vec<(usize, usize)> = Vec::new();
        let (mut at, mut frame) = (last, frame);
        let mut place = usize::MAX;
        loop {
            let state = self.states[at as usize];
            if let Some(symbol) = state.symbol {
                if state.place != place {
                    place = state.place;
                    symbols.push(symbol);
                    spans.push((frame, frame + 1));
                }
                if let Some(span) = spans.last_mut() {
                    span.0 = frame;
                }
            }
            at = back[frame * self.states.len() + at as usize];
            if at == BEFORE || frame == 0 {
                break;
            }
            frame -= 1;
        }
        symbols.reverse();
        spans.reverse();
        Found {
            symbols,
            cost,
            spans,
        }
    }
}

/// What each meaning of a frame costs.
struct Emissions {
    places: usize,
    symbols: Vec<[f32; crate::text::lattice::SYMBOLS]>,
    /// Which row of `symbols` a place uses, times frames.
    kind_of_place: Vec<usize>,
    gap: Vec<f32>,
    outside: Vec<f32>,
}

impl Emissions {
    fn new(lattice: &Lattice, pattern: &Pattern, skips: SkipCosts) -> Self {
        let frames = lattice.len();
        let mut kinds: Vec<usize> = Vec::new();
        let mut kind_of_place = Vec::new();
        for (place, set) in pattern.places.iter().enumerate() {
            let same = kinds
                .iter()
                .position(|&other| pattern.places[other] == *set);
            kind_of_place.push(same.unwrap_or_else(|| {
                kinds.push(place);
                kinds.len() - 1
            }));
        }
        let mut symbols = Vec::with_capacity(kinds.len() * frames);
        for &place in &kinds {
            let confusions: Vec<(Symbol, Vec<(usize, f32)>)> = pattern.places[place]
                .symbols()
                .map(|symbol| {
                    let seen = pattern.confusions(place, symbol).iter();
                    let seen = seen.filter_map(|&(c, p)| Some((usize::from(symbol_of(c)?), p)));
                    (symbol, seen.collect())
                })
                .collect();
            for frame in 0..frames {
                let (_, free) = lattice.best(frame);
                let mut row = [f32::INFINITY; crate::text::lattice::SYMBOLS];
                for (symbol, seen) in &confusions {
                    let mut log = lattice.log(frame, usize::from(*symbol));
                    for &(column, share) in seen {
                        log = log.max(lattice.log(frame, column) + share.ln());
                    }
                    row[usize::from(*symbol)] = free - log;
                }
                symbols.push(row);
            }
        }
        let mut gap: Vec<f32> = (0..frames)
            .map(|frame| lattice.best(frame).1 - lattice.log(frame, BLANK))
            .collect();
        let mut outside = vec![0.0; frames];
        for (start, end) in runs(lattice) {
            let len = (end - start) as f32;
            for frame in start..end {
                outside[frame] = skips.outside / len;
                gap[frame] = gap[frame].min(skips.inside / len);
            }
        }
        Self {
            places: frames,
            symbols,
            kind_of_place,
            gap,
            outside,
        }
    }

    fn cost(&self, frame: usize, place: usize, symbol: Symbol) -> f32 {
        let row = self.kind_of_place[place] * self.places + frame;
        self.symbols[row][usize::from(symbol)]
    }

    /// Cost of skipping everything from a frame on.
    fn skipped_after(&self) -> Vec<f32> {
        let mut after = vec![0.0; self.outside.len() + 1];
        for frame in (0..self.outside.len()).rev() {
            after[frame] = after[frame + 1] + self.outside[frame];
        }
        after
    }
}

/// Runs of frames in which the recogniser sees one and the same symbol.
fn runs(lattice: &Lattice) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    let mut last = BLANK;
    for frame in 0..lattice.len() {
        let (column, _) = lattice.best(frame);
        if column != BLANK {
            match runs.last_mut() {
                Some(run) if column == last => run.1 = frame + 1,
                _ => runs.push((frame, frame + 1)),
            }
        }
        last = column;
    }
    runs
}

/// The costs of all states at one frame, and the best of every group.
struct Table {
    costs: Vec<f32>,
    next: Vec<f32>,
    /// Best and second best symbol state of a group, by state, and the group's gap state.
    best: Vec<u32>,
    second: Vec<u32>,
    gap: Vec<u32>,
}

impl Table {
    fn new(graph: &Graph) -> Self {
        let mut gap = vec![NONE; graph.groups];
        for (at, state) in graph.states.iter().enumerate() {
            if state.symbol.is_none() {
                gap[state.group] = at as u32;
            }
        }
        Self {
            costs: vec![f32::INFINITY; graph.states.len()],
            next: vec![f32::INFINITY; graph.states.len()],
            best: vec![NONE; graph.groups],
            second: vec![NONE; graph.groups],
            gap,
        }
    }

    fn cost(&self, state: u32) -> f32 {
        match state {
            NONE => f32::INFINITY,
            state => self.costs[state as usize],
        }
    }

    fn rank_groups(&mut self, graph: &Graph) {
        self.best.fill(NONE);
        self.second.fill(NONE);
        for (at, state) in graph.states.iter().enumerate() {
            if state.symbol.is_none() || self.costs[at].is_infinite() {
                continue;
            }
            let group = state.group;
            if self.costs[at] < self.cost(self.best[group]) {
                self.second[group] = self.best[group];
                self.best[group] = at as u32;
            } else if self.costs[at] < self.cost(self.second[group]) {
                self.second[group] = at as u32;
            }
        }
    }

    fn step(
        &mut self,
        graph: &Graph,
        emissions: &Emissions,
        frame: usize,
        before: f32,
        back: &mut [u32],
    ) {
        self.rank_groups(graph);
        for (at, state) in graph.states.iter().enumerate() {
            let mut from = at as u32;
            let mut cost = self.costs[at];
            let mut offer = |candidate: u32, offered: f32| {
                if offered < cost {
                    (from, cost) = (candidate, offered);
                }
            };
            let emission = match state.symbol {
                None => {
                    let symbol = self.best[state.group];
                    offer(symbol, self.cost(symbol));
                    emissions.gap[frame]
                }
                Some(symbol) => {
                    if state.place == 0 {
                        offer(BEFORE, before);
                    } else {
                        let group = state.entered_from;
                        let gap = self.gap[group];
                        offer(gap, self.cost(gap));
                        // The same symbol twice needs a gap between.
                        let best = self.best[group];
                        let same =
                            best != NONE && graph.states[best as usize].symbol == Some(symbol);
                        let direct = if same { self.second[group] } else { best };
                        let same =
                            direct != NONE && graph.states[direct as usize].symbol == Some(symbol);
                        if !same {
                            offer(direct, self.cost(direct));
                        }
                    }
                    emissions.cost(frame, state.place, symbol)
                }
            };
            self.next[at] = cost + emission;
            back[at] = from;
        }
        std::mem::swap(&mut self.costs, &mut self.next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SKIPS: SkipCosts = SkipCosts {
        outside: 0.5,
        inside: 2.0,
    };

    fn find(lattice: &Lattice, bans: Bans<'_>) -> Option<Found> {
        search(lattice, &Pattern::container(), SKIPS, bans, 30.0)
    }

    #[test]
    fn what_stands_around_a_number_has_its_price() {
        for (text, cost) in [
            ("CSQU3054383", 0.0),
            ("CSQU 305438 3", 0.0),
            ("MTBU0200106", 0.0),
            ("K CSQU3054383", 0.5),
            ("CSQU3054383 22G1", 2.0),
            ("CSQU国3054383", 2.0),
        ] {
            let found = find(&Lattice::from_text(text, 0.99), Bans::None).unwrap();
            assert!((found.cost - cost).abs() < 0.01, "{text}: {}", found.cost);
            assert!(text.replace([' ', '国'], "").contains(&found.text()));
            assert!(found.spans.windows(2).all(|pair| pair[0].1 <= pair[1].0));
        }
        // What lacks a character is dearer than anything that is ever accepted.
        for text in ["", "CSQU305438", "MAX GROSS 30480 KG"] {
            let found = find(&Lattice::from_text(text, 0.999_999), Bans::None);
            assert!(found.is_none_or(|one| one.cost > 14.0), "{text}");
        }
    }

    #[test]
    fn the_check_digit_decides_between_likely_symbols_and_letters_turn_into_digits() {
        // Frame 2 n holds symbol n. The 8 looks a little more like a 3.
        let mut lattice = Lattice::from_text("CSQU3054383", 0.99);
        lattice.set(18, '3', 0.5);
        lattice.set(18, '8', 0.4);
        let found = find(&lattice, Bans::None).unwrap();
        assert_eq!(found.text(), "CSQU3054383");
        assert!((found.cost - (0.5_f32 / 0.4).ln()).abs() < 0.01);
        // A letter where a digit belongs is the digit of its shape, at a price.
        let mut lattice = Lattice::from_text("CSQU3O54383", 0.99);
        lattice.set(10, '0', 0.001);
        let found = find(&lattice, Bans::None).unwrap();
        assert_eq!(found.text(), "CSQU3054383");
        assert!((found.cost + 0.6_f32.ln()).abs() < 0.01);
    }

    #[test]
    fn bans_give_the_runner_up_and_the_cost_of_one_text() {
        let mut lattice = Lattice::from_text("CSQU3054383", 0.9);
        lattice.set(0, 'G', 0.05);
        let best = find(&lattice, Bans::None).unwrap();
        let other = find(&lattice, Bans::One(0, best.symbols[0])).unwrap();
        assert_ne!(other.symbols[0], best.symbols[0]);
        assert!(other.cost > best.cost);
        let again = find(&lattice, Bans::AllBut(&other.symbols)).unwrap();
        assert_eq!((again.symbols, again.cost), (other.symbols, other.cost));
    }

    #[test]
    fn only_numbers_whose_check_digit_holds_are_ever_found() {
        // Noise: every symbol about as likely as any other, by a small generator.
        let mut state = 7_u32;
        for _ in 0..30 {
            let mut lattice = Lattice::from_text("AAAAAAAAAAAAAAAA", 0.03);
            for frame in 0..lattice.len() {
                for c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".chars() {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    lattice.set(frame, c, (state >> 16) as f32 / 65_536.0 + 1e-6);
                }
            }
            let found = search(
                &lattice,
                &Pattern::container(),
                SKIPS,
                Bans::None,
                f32::INFINITY,
            );
            let found = found.unwrap();
            domain::container::ContainerNumber::parse(&found.text()).unwrap();
            assert!(found.cost >= 0.0);
        }
    }
}
