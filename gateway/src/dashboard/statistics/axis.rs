//! Numbers and places in a row → units of a drawing of 640 by 220, with room for labels.

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 46.0;
const RIGHT: f64 = 8.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 24.0;

/// A label on an axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    pub(super) at: String,
    pub(super) label: String,
}

/// Upright scale from zero to a round number above `most`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    top: f64,
    step: f64,
}

impl Scale {
    pub(super) fn over(most: f64) -> Self {
        let most = most.max(1.0);
        let rough = most / 4.0;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .into_iter()
            .map(|factor| factor * power)
            .find(|step| *step >= rough)
            .unwrap_or(rough);
        Self {
            top: (most / step).ceil() * step,
            step,
        }
    }

    /// Where a value lies.
    pub(super) fn y(&self, value: f64) -> f64 {
        let share = (value / self.top).clamp(0.0, 1.0);
        HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)
    }

    pub(super) fn ticks(&self) -> Vec<Tick> {
        let count = (self.top / self.step).round() as u32;
        (0..=count.min(10))
            .map(|index| {
                let value = f64::from(index) * self.step;
                let decimals = usize::from(self.step < 1.0);
                Tick {
                    at: coordinate(self.y(value)),
                    label: format!("{value:.decimals$}"),
                }
            })
            .collect()
    }
}

/// A number of a drawing.
pub(super) fn coordinate(value: f64) -> String {
    format!("{value:.1}")
}

/// Left edge and width of the room of one stretch.
pub(super) fn slot(index: usize, count: usize) -> (f64, f64) {
    let width = (WIDTH - LEFT - RIGHT) / count.max(1) as f64;
    (LEFT + index as f64 * width, width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_end_at_round_numbers_and_have_few_steps() {
        for (most, top, ticks) in [
            (0.0, 1.0, 3),
            (3.0, 3.0, 4),
            (17.0, 20.0, 5),
            (100.0, 100.0, 3),
            (12_345.0, 15_000.0, 4),
        ] {
            let scale = Scale::over(most);
            assert!((scale.top - top).abs() < 1e-9, "{most}: {}", scale.top);
            assert_eq!(scale.ticks().len(), ticks, "{most}");
            assert!(scale.y(most) >= TOP - 1e-9);
        }
    }
}
