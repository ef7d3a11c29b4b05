//! Figures → the lines of the table that `benches/report` prints, shared by all benches: figure,
//! ours, floor or peer, ratio, bar, whether it is met; separated by tabs. Refuses to measure.
#![allow(dead_code, reason = "each bench uses a part of it")]

use std::time::Duration;

/// What a figure is held against.
#[derive(Clone, Copy)]
pub(crate) enum Bar {
    /// At most this.
    Most(f64),
    /// At least this.
    Least(f64),
    /// Exactly this, to a thousandth.
    Exactly(f64),
    /// Shown for information.
    None,
}

impl Bar {
    fn words(self, value: f64) -> (String, &'static str) {
        let word = |met: bool| if met { "yes" } else { "NO" };
        match self {
            Self::Most(most) => (format!("<= {most}"), word(value <= most)),
            Self::Least(least) => (format!(">= {least}"), word(value >= least)),
            Self::Exactly(due) => (format!("= {due}"), word((value - due).abs() < 0.001)),
            Self::None => (String::from("-"), "-"),
        }
    }
}

/// One line whose bar is on the ratio.
#[expect(clippy::print_stdout, reason = "a bench prints its figures")]
pub(crate) fn ratio(figure: &str, ours: &str, peer: &str, ratio: f64, bar: Bar) {
    let (bar, met) = bar.words(ratio);
    println!("{figure}\t{ours}\t{peer}\t{ratio:.2}\t{bar}\t{met}");
}

/// One line whose bar is on the figure itself, in the unit of `ours`.
#[expect(clippy::print_stdout, reason = "a bench prints its figures")]
pub(crate) fn alone(figure: &str, ours: &str, value: f64, bar: Bar) {
    let (bar, met) = bar.words(value);
    println!("{figure}\t{ours}\t-\t-\t{bar}\t{met}");
}

/// Whether a short run was asked for: fewer rounds, noisier figures.
pub(crate) fn is_quick() -> bool {
    std::env::args().any(|argument| argument == "--quick")
}

/// Median of figures.
///
/// # Panics
/// If there are none.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Times of one thing, many times.
#[derive(Default)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Microseconds below which `permille` of the times lie.
    ///
    /// # Panics
    /// If there are none.
    pub(crate) fn us(&self, permille: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let place = (sorted.len() * permille / 1_000).min(sorted.len() - 1);
        sorted[place].as_secs_f64() * 1e6
    }
}
