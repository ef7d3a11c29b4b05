//! Numbers and times as messages write them → masses, counts and moments.

use domain::mass::Mass;
use domain::time::Timestamp;

/// Largest mass that is one, kg: more than any ship carries.
const KG_MAX: i64 = 1_000_000_000;

/// A mass in kilograms or tonnes, digit by digit: `11740`, `11740.5`, `11,74`. `None` when it is no
/// number, is negative, or is finer than a gram.
pub(crate) fn mass(raw: &str, unit: &str) -> Option<Mass> {
    let shift = match unit.trim() {
        "" | "KGM" | "KG" | "035" => 3,
        "TNE" | "070" => 6,
        "GRM" => 0,
        _ => return None,
    };
    let (whole, part) = match raw.trim().split_once(['.', ',']) {
        Some((whole, part)) => (whole, part.trim_end_matches('0')),
        None => (raw.trim(), ""),
    };
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 15 || part.len() > shift || !is_digits(whole) {
        return None;
    }
    if !is_digits(part) {
        return None;
    }
    let digits = format!("{whole}{part:0<shift$}");
    let grams: i64 = digits.parse().ok()?;
    (grams <= KG_MAX * 1_000).then(|| Mass::from_grams(grams))
}

/// A count of packages; a fraction of zero is let pass.
pub(crate) fn count(raw: &str) -> Option<u32> {
    let raw = raw.trim();
    let whole = match raw.split_once(['.', ',']) {
        Some((whole, part)) if part.bytes().all(|b| b == b'0') => whole,
        Some(_) => return None,
        None => raw,
    };
    whole.parse().ok()
}

/// A decimal number, which may be negative, times ten to the power of `places`; what is finer is cut
/// off. `None` when it is no number or has more than nine digits before its point.
pub(crate) fn decimal(raw: &str, places: usize) -> Option<i64> {
    let raw = raw.trim();
    let (is_negative, digits) = match raw.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, raw.strip_prefix('+').unwrap_or(raw)),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 9 || !is_digits(whole) || !is_digits(part) {
        return None;
    }
    let part = &part[..part.len().min(places)];
    let value: i64 = format!("{whole}{part:0<places$}").parse().ok()?;
    Some(if is_negative { -value } else { value })
}

/// A moment written in digits, year first: with day, minute, second or thousandths. Such messages
/// carry no zone; `zone_minutes` is how far the sender's clock is ahead of UTC.
pub(crate) fn moment(raw: &str, zone_minutes: i16) -> Option<Timestamp> {
    let raw = raw.trim();
    if !raw.is_ascii() || !raw.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (date, clock) = raw.split_at_checked(8)?;
    let clock = match clock.len() {
        0 => "000000".to_owned(),
        4 => format!("{clock}00"),
        6 => clock.to_owned(),
        9 => format!("{}.{}", &clock[..6], &clock[6..]),
        _ => return None,
    };
    let sign = if zone_minutes < 0 { '-' } else { '+' };
    let ahead = zone_minutes.unsigned_abs();
    let text = format!(
        "{}-{}-{}T{}:{}:{}{sign}{:02}:{:02}",
        &date[..4],
        &date[4..6],
        &date[6..],
        &clock[..2],
        &clock[2..4],
        &clock[4..],
        ahead / 60,
        ahead % 60
    );
    Timestamp::parse(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masses_are_read_digit_by_digit() {
        for (raw, unit, grams) in [
            ("11740", "KGM", Some(11_740_000)),
            ("11740.5", "KGM", Some(11_740_500)),
            ("11740,500", "", Some(11_740_500)),
            ("1.25", "TNE", Some(1_250_000)),
            ("0", "KGM", Some(0)),
            ("1.0005", "KGM", None),
            ("-1", "KGM", None),
            ("1e3", "KGM", None),
            ("", "KGM", None),
            ("12", "LBR", None),
            ("99999999999999999", "KGM", None),
            ("1000000001", "KGM", None),
        ] {
            assert_eq!(mass(raw, unit).map(Mass::grams), grams, "{raw} {unit}");
        }
    }

    #[test]
    fn decimals_keep_their_sign_and_places() {
        for (raw, places, expected) in [
            ("113.9012345", 7, Some(1_139_012_345)),
            ("-0.5", 7, Some(-5_000_000)),
            ("22", 7, Some(220_000_000)),
            ("22.12345678901", 7, Some(221_234_567)),
            ("+41.25", 1, Some(412)),
            ("1e3", 1, None),
            (".5", 1, None),
            ("", 1, None),
            ("--1", 1, None),
            ("1234567890", 0, None),
        ] {
            assert_eq!(decimal(raw, places), expected, "{raw}");
        }
    }

    #[test]
    fn moments_take_the_senders_zone() {
        for (raw, zone, expected) in [
            ("20260301", 480, Some("2026-02-28T16:00:00Z")),
            ("202603011200", 0, Some("2026-03-01T12:00:00Z")),
            ("20260301120030", -90, Some("2026-03-01T13:30:30Z")),
            ("20260301120030250", 480, Some("2026-03-01T04:00:30.25Z")),
            ("20261301", 0, None),
            ("2026", 0, None),
            ("2026030a", 0, None),
            ("二〇二六〇三〇一", 0, None),
        ] {
            let expected = expected.map(|text| Timestamp::parse(text).unwrap());
            assert_eq!(moment(raw, zone), expected, "{raw}");
        }
    }
}
