//! Words of a query → a period, or what is wrong with them. Knows no HTTP.

use std::time::Duration;

use domain::reason::Language;
use domain::time::Timestamp;
use serde::Deserialize;

/// Longest period, in hours: as much as is kept.
pub(crate) const HOURS_MAX: u32 = 400 * 24;
/// Hours that are shown when nothing is asked for.
const HOURS_DEFAULT: u32 = 24;
const DAY: Duration = Duration::from_secs(86_400);

/// A period as it stands in a query: either hours before now, or dates.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct PeriodQuery {
    /// First day such as `2026-03-01` (UTC), or a moment in RFC 3339.
    pub(crate) from: Option<String>,
    /// Last day, or a moment; now if it is missing.
    pub(crate) to: Option<String>,
    /// Hours before now.
    pub(crate) hours: Option<String>,
}

/// A stretch of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Period {
    /// First moment.
    pub(crate) from: Timestamp,
    /// Moment after the last.
    pub(crate) to: Timestamp,
}

/// Why a query is no period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PeriodError {
    /// Hours and dates together.
    #[error("ask for hours or for from and to, not for both")]
    Both,
    /// `to` without `from`.
    #[error("to needs from beside it")]
    NoBeginning,
    /// Not a number, or not one that is kept.
    #[error("hours is {raw:?}; write a number from 1 to {HOURS_MAX}")]
    Hours {
        /// As it came, shortened.
        raw: String,
    },
    /// Neither a day nor a moment.
    #[error(
        "{name} is {raw:?}; write a day such as 2026-03-01, or a time such as 2026-03-01T08:00:00Z (a + in it as %2B)"
    )]
    Date {
        /// Which of the two.
        name: &'static str,
        /// As it came, shortened.
        raw: String,
    },
    /// The end is not after the beginning.
    #[error("the period ends before it begins")]
    Backwards,
    /// More than is kept.
    #[error("the period is longer than {} days", HOURS_MAX / 24)]
    TooLong,
}

impl PeriodError {
    /// The same for people.
    #[must_use]
    pub(crate) fn said(&self, language: Language) -> String {
        match (language, self) {
            (Language::En, _) => self.to_string(),
            (Language::Zh, Self::Both) => "hours 与 from、to 只能选其一".to_owned(),
            (Language::Zh, Self::NoBeginning) => "有 to 时必须有 from".to_owned(),
            (Language::Zh, Self::Hours { raw }) => {
                format!("hours 为 {raw:?}；请填 1 至 {HOURS_MAX} 的整数")
            }
            (Language::Zh, Self::Date { name, raw }) => format!(
                "{name} 为 {raw:?}；请填日期如 2026-03-01，或时刻如 2026-03-01T08:00:00Z（其中的 + 写作 %2B）"
            ),
            (Language::Zh, Self::Backwards) => "时段的结束早于开始".to_owned(),
            (Language::Zh, Self::TooLong) => format!("时段超过 {} 天", HOURS_MAX / 24),
        }
    }
}

impl Period {
    /// The `hours` before `now`.
    #[must_use]
    pub(crate) fn last_hours(hours: u32, now: Timestamp) -> Self {
        Self {
            from: now - Duration::from_secs(u64::from(hours) * 3_600),
            to: now,
        }
    }

    /// What is asked for, at the moment `now`. A last day is meant whole.
    ///
    /// # Errors
    /// The query contradicts itself, or cannot be read.
    pub(crate) fn asked(query: &PeriodQuery, now: Timestamp) -> Result<Self, PeriodError> {
        // A form sends what was left empty as well.
        let filled = |text: &Option<String>| {
            let text = text.as_deref().map(str::trim);
            text.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let (from, to, hours) = (filled(&query.from), filled(&query.to), filled(&query.hours));
        if hours.is_some() && (from.is_some() || to.is_some()) {
            return Err(PeriodError::Both);
        }
        let Some(from) = from else {
            if to.is_some() {
                return Err(PeriodError::NoBeginning);
            }
            let hours = hours.map_or(Ok(HOURS_DEFAULT), |raw| parse_hours(&raw))?;
            return Ok(Self::last_hours(hours, now));
        };
        let (from, _) = moment("from", &from)?;
        let to = match to {
            None => now,
            Some(raw) => match moment("to", &raw)? {
                (day, true) => day + DAY,
                (at, false) => at,
            },
        };
        if to <= from {
            return Err(PeriodError::Backwards);
        }
        if to.since(from) > DAY * (HOURS_MAX / 24) {
            return Err(PeriodError::TooLong);
        }
        Ok(Self { from, to })
    }
}

fn shortened(raw: &str) -> String {
    raw.chars().take(40).collect()
}

fn parse_hours(raw: &str) -> Result<u32, PeriodError> {
    let hours = raw.parse().ok();
    hours
        .filter(|hours| (1..=HOURS_MAX).contains(hours))
        .ok_or_else(|| PeriodError::Hours {
            raw: shortened(raw),
        })
}

/// A moment, and whether it is the beginning of a day that was asked for.
fn moment(name: &'static str, raw: &str) -> Result<(Timestamp, bool), PeriodError> {
    let is_day = raw.len() == "2026-03-01".len();
    let text = if is_day {
        format!("{raw}T00:00:00Z")
    } else {
        raw.to_owned()
    };
    let at = Timestamp::parse(&text).map_err(|_| PeriodError::Date {
        name,
        raw: shortened(raw),
    })?;
    Ok((at, is_day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> Result<Period, PeriodError> {
        let mut wanted = PeriodQuery::default();
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').expect("a pair");
            let value = Some(value.to_owned());
            match name {
                "from" => wanted.from = value,
                "to" => wanted.to = value,
                _ => wanted.hours = value,
            }
        }
        let now = Timestamp::parse("2026-03-10T12:00:00Z").expect("valid");
        Period::asked(&wanted, now)
    }

    #[test]
    fn days_are_whole_and_hours_end_now() {
        for (query, from, to) in [
            ("", "2026-03-09T12:00:00.000Z", "2026-03-10T12:00:00.000Z"),
            (
                "hours=2",
                "2026-03-10T10:00:00.000Z",
                "2026-03-10T12:00:00.000Z",
            ),
            (
                "from=2026-03-01&to=2026-03-02",
                "2026-03-01T00:00:00.000Z",
                "2026-03-03T00:00:00.000Z",
            ),
            (
                "from=2026-03-09T08:00:00+08:00&to=&hours=",
                "2026-03-09T00:00:00.000Z",
                "2026-03-10T12:00:00.000Z",
            ),
        ] {
            let period = asked(query).unwrap();
            let bounds = [period.from.to_string(), period.to.to_string()];
            assert_eq!(bounds, [from, to], "{query}");
        }
    }

    #[test]
    fn nonsense_is_named_in_both_languages() {
        for (query, name) in [
            ("hours=0", "hours"),
            ("hours=-3", "hours"),
            ("hours=9601", "hours"),
            ("hours=many", "hours"),
            ("hours=24&from=2026-03-01", "hours"),
            ("from=2026-03-09T08:00:00 08:00", "from"),
            ("to=2026-03-01", "to"),
            ("from=yesterday", "from"),
            ("from=2026-13-01", "from"),
            ("from=2026-03-01&to=soon", "to"),
            ("from=2026-03-01&to=2026-02-01", "period"),
            ("from=2026-04-01", "period"),
            ("from=2020-01-01&to=2026-03-01", "period"),
        ] {
            let error = asked(query).expect_err(query);
            assert!(error.to_string().contains(name), "{query}: {error}");
            assert_eq!(error.said(Language::En), error.to_string());
            assert_ne!(error.said(Language::Zh), error.to_string());
        }
    }
}
