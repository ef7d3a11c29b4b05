//! Findings beside the truth → counts and errors.

use std::collections::BTreeMap;
use std::time::Instant;

use sim::scanner::{Goods, Order, Truth};
use vision::scan::{AnomalyKind, Examiner, ScanFindings, ScanImage};

/// Contrast to noise from which an object is asked for.
pub(crate) const CONTRAST_MIN: f64 = 2.0;
/// Share of the inside up to which a load counts as penetrated.
const DARK_MAX: f64 = 0.001;
/// Pictures kept of each kind.
const PICTURES: usize = 2;

/// Found of asked.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Share {
    pub(crate) found: u32,
    pub(crate) of: u32,
}

impl Share {
    fn count(&mut self, found: bool) {
        self.of += 1;
        self.found += u32::from(found);
    }

    pub(crate) fn percent(self) -> f64 {
        100.0 * f64::from(self.found) / f64::from(self.of.max(1))
    }
}

/// What came of a set of scans.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) no_container: u32,
    pub(crate) empty_alarms: Share,
    pub(crate) loads: Share,
    pub(crate) small: Share,
    /// Largest areal density seen, of empty containers and of small loads.
    pub(crate) empty_contrasts: Vec<f64>,
    pub(crate) small_contrasts: Vec<f64>,
    pub(crate) hidden: Share,
    pub(crate) hidden_place: Share,
    pub(crate) hidden_by_material: BTreeMap<&'static str, Share>,
    pub(crate) hidden_by_goods: BTreeMap<&'static str, Share>,
    pub(crate) hidden_unseen: Share,
    pub(crate) false_alarms: Share,
    pub(crate) false_by_goods: BTreeMap<&'static str, Share>,
    /// Log odds of the surest place, of clean loads and of loads that hide something seen.
    pub(crate) clean_odds: Vec<f64>,
    pub(crate) hidden_odds: Vec<f64>,
    pub(crate) mass_errors: Vec<f64>,
    pub(crate) mass_by_goods: BTreeMap<&'static str, Vec<f64>>,
    pub(crate) mass_least: Share,
    pub(crate) fill_errors: Vec<f64>,
    pub(crate) centre_errors: Vec<f64>,
    pub(crate) density: Share,
    pub(crate) chapter: Share,
    pub(crate) milliseconds: Vec<f64>,
    pictures: BTreeMap<&'static str, Vec<Vec<u8>>>,
}

impl Figures {
    pub(crate) fn examine(
        &mut self,
        examiner: &mut Examiner,
        order: Order,
        truth: &Truth,
        image: &ScanImage,
    ) -> anyhow::Result<()> {
        let begun = Instant::now();
        let findings = examiner.examine(image)?;
        self.milliseconds.push(begun.elapsed().as_secs_f64() * 1e3);
        if findings.container.is_none() {
            self.no_container += 1;
        }
        let loaded = findings.loaded == Some(true);
        let contrast = f64::from(findings.contrast_g_cm2);
        match order {
            Order::Empty => {
                self.empty_alarms.count(loaded);
                self.empty_contrasts.push(contrast);
            }
            Order::SmallLoad => {
                self.small.count(loaded);
                self.small_contrasts.push(contrast);
                self.keep(
                    if loaded {
                        "small-load"
                    } else {
                        "small-load-missed"
                    },
                    &findings,
                    image,
                )?;
            }
            Order::Loaded(goods) => {
                self.loads.count(loaded);
                self.load(goods, truth, &findings);
                let alarm = objects(&findings) > 0;
                self.false_alarms.count(alarm);
                self.false_by_goods
                    .entry(goods.name())
                    .or_default()
                    .count(alarm);
                self.clean_odds
                    .extend(examiner.hidden_log_odds(image)?.map(f64::from));
                if alarm {
                    self.keep("false-alarm", &findings, image)?;
                }
            }
            Order::Hidden(goods) => {
                self.loads.count(loaded);
                self.hidden(goods, truth, &findings, image)?;
                if self.asked(truth) {
                    self.hidden_odds
                        .extend(examiner.hidden_log_odds(image)?.map(f64::from));
                }
            }
        }
        Ok(())
    }

    #[expect(clippy::unused_self, reason = "reads as a question to the figures")]
    fn asked(&self, truth: &Truth) -> bool {
        truth
            .foreign
            .as_ref()
            .is_some_and(|one| one.penetrated && one.contrast_to_noise > CONTRAST_MIN)
    }

    fn load(&mut self, goods: Goods, truth: &Truth, findings: &ScanFindings) {
        let error = f64::from(findings.mass_kg) / truth.mass_kg - 1.0;
        if truth.not_penetrated < DARK_MAX {
            self.mass_errors.push(error.abs());
            self.mass_by_goods
                .entry(goods.name())
                .or_default()
                .push(error);
        } else {
            // A lower bound: right when it is not above the truth by more than the bar.
            self.mass_least
                .count(findings.mass_is_least && error < 0.05);
        }
        let fill = f64::from(findings.fill_permille) / 1_000.0;
        self.fill_errors.push((fill - truth.fill).abs());
        if let Some((centre, seen)) = truth
            .centre_of_gravity
            .zip(findings.centre_of_gravity_permille)
        {
            self.centre_errors
                .push((f64::from(seen) / 1_000.0 - centre).abs());
        }
        let density = findings.density_class.map(|class| class as usize);
        self.density.count(density == Some(goods.density().at()));
        let chapter = findings.likeness.first().map(|first| first.chapter);
        self.chapter.count(chapter == Some(goods.chapter()));
    }

    fn hidden(
        &mut self,
        goods: Goods,
        truth: &Truth,
        findings: &ScanFindings,
        image: &ScanImage,
    ) -> anyhow::Result<()> {
        let Some(foreign) = &truth.foreign else {
            return Ok(());
        };
        let found = objects(findings) > 0;
        if !self.asked(truth) {
            self.hidden_unseen.count(found);
            return Ok(());
        }
        self.hidden.count(found);
        self.hidden_by_material
            .entry(foreign.material.name())
            .or_default()
            .count(found);
        self.hidden_by_goods
            .entry(goods.name())
            .or_default()
            .count(found);
        let area = &foreign.area;
        let pixel_cm = sim::scanner::PIXEL_CM;
        let (x, y) = (
            0.5 * (area.left + area.right) / pixel_cm,
            0.5 * (area.top + area.bottom) / pixel_cm,
        );
        let placed = findings.anomalies.iter().any(|anomaly| {
            let (left, top, right, bottom) = anomaly.region.bounds();
            // The centre of the object lies in the frame or at most a cell of the map beside it.
            let within = |at: f64, from: f32, to: f32| {
                at >= f64::from(from) - 4.0 && at <= f64::from(to) + 4.0
            };
            anomaly.kind == AnomalyKind::Object && within(x, left, right) && within(y, top, bottom)
        });
        self.hidden_place.count(placed);
        self.keep(
            if placed {
                "object-found"
            } else {
                "object-missed"
            },
            findings,
            image,
        )
    }

    fn keep(
        &mut self,
        kind: &'static str,
        findings: &ScanFindings,
        image: &ScanImage,
    ) -> anyhow::Result<()> {
        let kept = self.pictures.entry(kind).or_default();
        if kept.len() < PICTURES {
            kept.push(findings.annotated(image).to_png()?);
        }
        Ok(())
    }

    /// Names and bytes of the pictures that were kept.
    pub(crate) fn pictures(&self) -> Vec<(String, &[u8])> {
        let mut all = Vec::new();
        for (kind, pictures) in &self.pictures {
            for (at, png) in pictures.iter().enumerate() {
                all.push((format!("scan-{kind}-{}.png", at + 1), png.as_slice()));
            }
        }
        all
    }
}

fn objects(findings: &ScanFindings) -> usize {
    let kinds = findings.anomalies.iter();
    kinds.filter(|one| one.kind == AnomalyKind::Object).count()
}
