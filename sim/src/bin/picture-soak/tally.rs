//! What was drawn and what was read → counts, by camera and by condition.

use sim::pictures::{Conditions, Scene, Truth, TruthKind, View};

/// Longest list of wrong or missed readings that is kept.
const LISTED_MAX: usize = 200;
/// A condition counts as present from this strength on.
pub(crate) const PRESENT_MIN: f32 = 0.2;
/// The bar: at most so many of a thousand accepted readings are wrong.
const WRONG_PERMILLE_MAX: u64 = 1;

/// A picture, what stands in it and what was read.
pub(crate) struct Looked {
    pub(crate) seed: u64,
    pub(crate) scene: Scene,
    pub(crate) conditions: Conditions,
    pub(crate) truth: Vec<Truth>,
    pub(crate) seen: vision::Scene,
    pub(crate) render_ms: f64,
    pub(crate) read_ms: f64,
}

/// Counts of texts of one kind.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Counts {
    /// Texts that stand in the pictures.
    pub(crate) texts: u64,
    /// Of these: read right, accepted or not.
    pub(crate) exact: u64,
    /// Of these: read right and accepted.
    pub(crate) accepted: u64,
    /// Accepted readings that stand nowhere on the truck.
    pub(crate) wrong: u64,
}

/// Numbers and plates of a group of pictures.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Group {
    pub(crate) pictures: u64,
    pub(crate) numbers: Counts,
    pub(crate) plates: Counts,
}

/// A reading to look at.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) seed: u64,
    pub(crate) view: View,
    pub(crate) read: String,
    pub(crate) confidence: f32,
    pub(crate) truth: String,
    pub(crate) conditions: Conditions,
}

#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) all: Group,
    pub(crate) by_view: [Group; 3],
    /// In the order of [`Conditions::strengths`]: pictures in which it is present.
    pub(crate) by_condition: [Group; 9],
    /// Accepted and wrong, the first 200.
    pub(crate) listed: Vec<Listed>,
    /// Seeds of pictures with a text that was not accepted, the first 200.
    pub(crate) missed: Vec<Listed>,
    pub(crate) read_ms: Vec<f32>,
    pub(crate) render_ms: f64,
}

impl Tally {
    /// Accepted and wrong readings so far.
    pub(crate) fn wrong(&self) -> u64 {
        self.all.numbers.wrong + self.all.plates.wrong
    }

    /// At most one of a thousand accepted readings is wrong, among numbers and among plates.
    pub(crate) fn holds_the_bar(&self) -> bool {
        [self.all.numbers, self.all.plates].iter().all(|counts| {
            1_000 * counts.wrong <= WRONG_PERMILLE_MAX * (counts.accepted + counts.wrong)
        })
    }

    pub(crate) fn add(&mut self, looked: Looked) {
        let numbers: Vec<Reading> = looked
            .seen
            .numbers
            .iter()
            .map(|one| Reading(one.number.as_str(), one.accepted, one.confidence))
            .collect();
        let plates: Vec<Reading> = looked
            .seen
            .plates
            .iter()
            .map(|one| Reading(one.plate.as_str(), one.accepted, one.confidence))
            .collect();
        let group = Group {
            pictures: 1,
            numbers: self.counts(&looked, TruthKind::Number, &numbers),
            plates: self.counts(&looked, TruthKind::Plate, &plates),
        };
        self.all.add(&group);
        let view = View::ALL.iter().position(|&view| view == looked.scene.view);
        self.by_view[view.expect("a view is one of all")].add(&group);
        for (at, (_, strength)) in looked.conditions.strengths().into_iter().enumerate() {
            if strength >= PRESENT_MIN {
                self.by_condition[at].add(&group);
            }
        }
        self.read_ms.push(looked.read_ms as f32);
        self.render_ms += looked.render_ms;
    }

    fn counts(&mut self, looked: &Looked, kind: TruthKind, readings: &[Reading<'_>]) -> Counts {
        let mut counts = Counts::default();
        let listed = |read: &str, confidence, truth: String| Listed {
            seed: looked.seed,
            view: looked.scene.view,
            read: read.to_owned(),
            confidence,
            truth,
            conditions: looked.conditions,
        };
        for truth in looked.truth.iter().filter(|truth| truth.kind == kind) {
            let right = readings.iter().find(|one| one.0 == truth.text);
            let accepted = right.is_some_and(|one| one.1);
            counts.texts += 1;
            counts.exact += u64::from(right.is_some());
            counts.accepted += u64::from(accepted);
            if !accepted && self.missed.len() < LISTED_MAX {
                let read = readings.first().map_or("-", |one| one.0);
                let confidence = right.or(readings.first()).map_or(0.0, |one| one.2);
                self.missed
                    .push(listed(read, confidence, truth.text.clone()));
            }
        }
        // A text that leaves the picture in part may still be read; it is no error then.
        let on_truck = texts_of(&looked.scene, kind);
        for one in readings.iter().filter(|one| one.1) {
            if !on_truck.iter().any(|text| text == one.0) {
                counts.wrong += 1;
                if self.listed.len() < LISTED_MAX {
                    self.listed.push(listed(one.0, one.2, on_truck.join(" ")));
                }
            }
        }
        counts
    }
}

/// Text, whether it is accepted, confidence.
struct Reading<'a>(&'a str, bool, f32);

fn texts_of(scene: &Scene, kind: TruthKind) -> Vec<String> {
    match kind {
        TruthKind::Number => {
            let numbers = scene.containers.iter();
            numbers.map(|one| one.number.as_str().to_owned()).collect()
        }
        TruthKind::SizeType => {
            let codes = scene.containers.iter();
            codes.map(|one| one.size_type.clone()).collect()
        }
        TruthKind::Plate => scene
            .tractor_plates
            .iter()
            .chain(&scene.trailer_plate)
            .map(|one| one.plate.as_str().to_owned())
            .collect(),
    }
}

impl Group {
    fn add(&mut self, other: &Self) {
        self.pictures += other.pictures;
        self.numbers.add(other.numbers);
        self.plates.add(other.plates);
    }
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.texts += other.texts;
        self.exact += other.exact;
        self.accepted += other.accepted;
        self.wrong += other.wrong;
    }
}
