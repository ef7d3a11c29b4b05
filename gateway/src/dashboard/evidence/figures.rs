//! Times, masses and lengths → the texts and pixels of the page. Knows no evidence.

use domain::mass::Mass;
use domain::time::Timestamp;

/// Most ticks of an axis.
const TICKS_MAX: usize = 12;

/// A time for machines and for people, both UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moment {
    /// RFC 3339.
    pub(super) iso: String,
    /// `2026-03-01 08:00:00`
    pub(super) shown: String,
}

impl Moment {
    pub(super) fn of(at: Timestamp) -> Self {
        let iso = at.to_string();
        let shown = match (iso.get(..10), iso.get(11..19)) {
            (Some(day), Some(clock)) => format!("{day} {clock}"),
            (None, _) | (_, None) => iso.clone(),
        };
        Self { iso, shown }
    }
}

/// `08:00` of a time.
pub(super) fn clock(at: Timestamp) -> String {
    let iso = at.to_string();
    iso.get(11..16).unwrap_or(&iso).to_owned()
}

/// `39,700 kg`; with its grams if there are any.
pub(super) fn kg(mass: Mass) -> String {
    let grams = mass.grams();
    let sign = if grams < 0 { "−" } else { "" };
    let grams = grams.unsigned_abs();
    let whole = grouped(grams / 1_000);
    match grams % 1_000 {
        0 => format!("{sign}{whole} kg"),
        rest => format!("{sign}{whole}.{rest:03} kg"),
    }
}

/// As [`kg`], with a sign in front of what is more than nothing.
pub(super) fn signed_kg(mass: Mass) -> String {
    let text = kg(mass);
    if mass > Mass::ZERO {
        format!("+{text}")
    } else {
        text
    }
}

/// `1,234,567`
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `97.5 %` of thousandths.
pub(super) fn percent(permille: u16) -> String {
    format!("{}.{} %", permille / 10, permille % 10)
}

/// `45 s`, `14 min`, `2.5 h`, `3.0 d`
pub(super) fn lasting(seconds: u64) -> String {
    let value = seconds as f64;
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{:.0} min", value / 60.0),
        7_200..=172_799 => format!("{:.1} h", value / 3_600.0),
        172_800.. => format!("{:.1} d", value / 86_400.0),
    }
}

/// `850 m`, `12.4 km`
pub(super) fn metres(metres: f64) -> String {
    if metres < 1_000.0 {
        format!("{metres:.0} m")
    } else {
        format!("{:.1} km", metres / 1_000.0)
    }
}

/// A coordinate of a drawing.
pub(super) fn px(value: f64) -> String {
    // Adding zero turns a negative zero into one.
    format!("{:.1}", (value * 10.0).round() / 10.0 + 0.0)
}

/// Values along one edge of a drawing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    from: f64,
    to: f64,
    px_from: f64,
    px_to: f64,
}

impl Scale {
    /// From `from` at pixel `px_from` to `to` at pixel `px_to`; a range without extent is widened.
    pub(super) fn new((from, to): (f64, f64), (px_from, px_to): (f64, f64)) -> Self {
        let to = if to - from > 1e-9 { to } else { from + 1.0 };
        Self {
            from,
            to,
            px_from,
            px_to,
        }
    }

    /// Pixel of a value; one outside the range is put at its end.
    pub(super) fn at(&self, value: f64) -> f64 {
        let share = (value - self.from) / (self.to - self.from);
        self.px_from + share.clamp(0.0, 1.0) * (self.px_to - self.px_from)
    }

    /// About `count` round values within the range.
    pub(super) fn ticks(&self, count: usize) -> Vec<f64> {
        let step = round_up((self.to - self.from) / count.max(1) as f64);
        let first = (self.from / step).ceil();
        let ticks = (0..TICKS_MAX).map(|index| (first + index as f64) * step);
        ticks.take_while(|value| *value <= self.to).collect()
    }
}

/// The next of 1, 2, 5, 10, 20, 50 and so on.
pub(super) fn round_up(value: f64) -> f64 {
    let value = value.max(1e-9);
    let power = 10_f64.powf(value.log10().floor());
    let step = [1.0, 2.0, 5.0]
        .into_iter()
        .find(|step| step * power >= value * (1.0 - 1e-9));
    step.unwrap_or(10.0) * power
}

/// Whole minutes, hours or days within a span of seconds since 1970, at most seven of them.
pub(super) fn time_ticks(from_s: i64, until_s: i64) -> Vec<i64> {
    const STEPS_S: [i64; 12] = [
        1, 5, 15, 60, 300, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400,
    ];
    let span = until_s.saturating_sub(from_s).max(1);
    let step = STEPS_S
        .into_iter()
        .find(|step| span / step <= 6)
        .unwrap_or_else(|| (span / 6 / 86_400 + 1) * 86_400);
    let first = from_s.div_euclid(step) + i64::from(from_s.rem_euclid(step) > 0);
    (0..7)
        .map(|index| (first + index).saturating_mul(step))
        .take_while(|at| *at <= until_s)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masses_are_grouped_and_keep_sign_and_grams() {
        for (grams, plain, signed) in [
            (39_700_000, "39,700 kg", "+39,700 kg"),
            (-120_500, "−120.500 kg", "−120.500 kg"),
            (0, "0 kg", "0 kg"),
            (1_234_567_000, "1,234,567 kg", "+1,234,567 kg"),
        ] {
            let mass = Mass::from_grams(grams);
            assert_eq!(
                (kg(mass).as_str(), signed_kg(mass).as_str()),
                (plain, signed)
            );
        }
        assert_eq!(percent(975), "97.5 %");
    }

    #[test]
    fn spans_and_lengths_have_a_fitting_unit() {
        for (seconds, text) in [
            (45, "45 s"),
            (840, "14 min"),
            (9_000, "2.5 h"),
            (259_200, "3.0 d"),
        ] {
            assert_eq!(lasting(seconds), text);
        }
        assert_eq!(
            (metres(850.4), metres(12_400.0)),
            ("850 m".into(), "12.4 km".into())
        );
        assert_eq!(px(-0.01), "0.0");
    }

    #[test]
    fn an_axis_has_round_ticks_within_its_range() {
        let scale = Scale::new((0.0, 41_000.0), (200.0, 0.0));
        assert_eq!(
            scale.ticks(5),
            [0.0, 10_000.0, 20_000.0, 30_000.0, 40_000.0]
        );
        assert_eq!(
            (scale.at(0.0), scale.at(20_500.0), scale.at(1e9)),
            (200.0, 100.0, 0.0)
        );
        let flat = Scale::new((5.0, 5.0), (0.0, 10.0));
        assert!(flat.at(5.0).is_finite() && flat.ticks(4).len() <= TICKS_MAX);
        assert_eq!(time_ticks(1_001, 4_000), [1_800, 2_700, 3_600]);
        assert!(time_ticks(i64::MIN / 4, i64::MAX / 4).len() <= 7);
        assert_eq!(
            Moment::of(Timestamp::from_seconds(0)).shown,
            "1970-01-01 00:00:00"
        );
    }
}
