//! Trucks, each seen by the three cameras of a gate → how often the views agree on the right
//! numbers, as the gate itself uses them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::Context as _;
use sim::pictures::{Conditions, Scene, TruthKind, View, render};
use vision::{Limits, NumberSeen, Picture, Reader, agree};

/// Numbers listed that were not accepted, or were wrong.
const LISTED_MAX: usize = 40;
/// Views a number has to stand in to be asked for.
const VIEWS_MIN: usize = 2;

/// What came of the trucks so far.
#[derive(Debug, Default)]
pub(crate) struct Events {
    pub(crate) trucks: u64,
    /// Numbers that stand in two views or more.
    pub(crate) numbers: u64,
    /// Of these: the surest answer over all views, or accepted.
    pub(crate) right: u64,
    /// Of these: accepted.
    pub(crate) accepted: u64,
    /// Accepted numbers that stand nowhere on the truck.
    pub(crate) wrong: u64,
    listed: Vec<String>,
}

impl Events {
    /// Renders and reads the truck of a seed from every side. All cameras have its weather; where
    /// each hangs and what stands behind the truck is drawn anew.
    pub(crate) fn add(
        &mut self,
        seed: u64,
        conditions: &Conditions,
        reader: &mut Reader,
    ) -> anyhow::Result<()> {
        let truck = Scene::drawn(View::Rear, seed);
        let mut stands: BTreeMap<String, usize> = BTreeMap::new();
        let mut views: Vec<Vec<NumberSeen>> = Vec::new();
        for (at, view) in View::ALL.into_iter().enumerate() {
            let picture_seed = seed.wrapping_mul(View::ALL.len() as u64) + at as u64;
            let rendered = render(&truck.seen_from(view), conditions, picture_seed);
            for truth in rendered.truth {
                if truth.kind == TruthKind::Number {
                    *stands.entry(truth.text).or_default() += 1;
                }
            }
            let named = || format!("truck of seed {seed} from the {}", view.name());
            let picture =
                Picture::decode(&rendered.jpeg, &Limits::default()).with_context(named)?;
            views.push(reader.container_numbers(&picture).with_context(named)?);
        }
        let views: Vec<&[NumberSeen]> = views.iter().map(Vec::as_slice).collect();
        let agreed = agree(&views);
        self.trucks += 1;
        for (text, _) in stands.iter().filter(|(_, views)| **views >= VIEWS_MIN) {
            self.numbers += 1;
            let place = agreed.iter().position(|one| one.number.as_str() == text);
            let accepted = place.is_some_and(|at| agreed[at].accepted);
            self.accepted += u64::from(accepted);
            self.right +=
                u64::from(accepted || place.is_some_and(|at| at < truck.containers.len()));
            if !accepted {
                let read = agreed.first().map_or("-", |one| one.number.as_str());
                self.list(format!(
                    "seed {seed}: {text} not accepted, surest is {read}"
                ));
            }
        }
        for one in agreed.iter().filter(|one| one.accepted) {
            let is_there = truck
                .containers
                .iter()
                .any(|look| look.number == one.number);
            if !is_there {
                self.wrong += 1;
                self.list(format!("seed {seed}: {} ACCEPTED AND WRONG", one.number));
            }
        }
        Ok(())
    }

    fn list(&mut self, line: String) {
        if self.listed.len() < LISTED_MAX {
            self.listed.push(line);
        }
    }

    /// The counts in words.
    pub(crate) fn markdown(&self, first_seed: u64, engine: &str) -> String {
        let share = |count: u64| 100.0 * count as f64 / self.numbers.max(1) as f64;
        let mut text = format!(
            "{} trucks (seeds from {first_seed}), each seen by the rear, the side and the front camera, \
             {engine}.\nOf {} numbers that stand in two views or more: {:.1} % right, {:.1} % accepted; \
             {} accepted and wrong.\n",
            self.trucks,
            self.numbers,
            share(self.right),
            share(self.accepted),
            self.wrong
        );
        for line in &self.listed {
            let _ = write!(text, "\n- {line}");
        }
        if !self.listed.is_empty() {
            text.push('\n');
        }
        text
    }
}
