//! Statistics, series and warnings of a period, counted once for all who ask within some seconds.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::time::Timestamp;
use tokio::sync::Mutex;

use crate::questions::{QuestionError, Questions};
use crate::statistics::warnings::{PAST_DAYS, RECENT_HOURS};
use crate::statistics::{Series, Statistics, Tally, Warning, warnings};

/// Periods whose figures are kept.
const KEPT_MAX: usize = 8;
/// How long figures of a period are good.
const GOOD_FOR: Duration = Duration::from_secs(5);
/// How long warnings are good: they look at a month.
const WARNINGS_GOOD_FOR: Duration = Duration::from_secs(60);

/// Figures of a period.
#[derive(Debug)]
pub struct Figures {
    /// Tables.
    pub statistics: Statistics,
    /// Buckets for plots.
    pub series: Series,
}

type Key = (Timestamp, Timestamp);

/// Figures that were counted lately.
#[derive(Debug, Default)]
pub(super) struct Counted {
    // Held while counting: many who ask the same wait for one count.
    figures: Mutex<Vec<(Key, Instant, Arc<Figures>)>>,
    warnings: Mutex<Option<(Instant, Arc<Vec<Warning>>)>>,
}

/// Counts a period.
///
/// # Errors
/// The store failed.
pub async fn count(
    questions: &Questions,
    since: Timestamp,
    until: Timestamp,
) -> Result<Figures, QuestionError> {
    let mut tally = Tally::default();
    let mut first = None;
    let mut last = since;
    let complete = questions
        .facts(since, until, |fact| {
            first.get_or_insert(fact.at());
            last = last.max(fact.at());
            tally.add(fact);
        })
        .await?;
    // Buckets span what is there: a period without a beginning would be one bucket.
    let mut series = Series::new(since.max(first.unwrap_or(since)), until.min(last));
    questions
        .facts(since, until, |fact| series.add(fact))
        .await?;
    Ok(Figures {
        statistics: Statistics::of(&tally, since, until, complete),
        series,
    })
}

/// What has become worse in the hours before `now`.
///
/// # Errors
/// The store failed.
pub async fn look(questions: &Questions, now: Timestamp) -> Result<Vec<Warning>, QuestionError> {
    let recent_since = now - Duration::from_secs(RECENT_HOURS * 3_600);
    let past_since = recent_since - Duration::from_secs(PAST_DAYS * 86_400);
    let (mut past, mut recent) = (Tally::default(), Tally::default());
    let mut first = recent_since;
    let before = Timestamp::from_micros(recent_since.as_micros() - 1);
    questions
        .facts(past_since, before, |fact| {
            first = first.min(fact.at());
            past.add(fact);
        })
        .await?;
    questions
        .facts(recent_since, now, |fact| recent.add(fact))
        .await?;
    // A store that is younger than the past has had less time to fail in.
    let past_hours = recent_since.since(first).as_secs_f64() / 3_600.0;
    Ok(warnings(&past, past_hours, &recent, RECENT_HOURS as f64))
}

impl Counted {
    /// Figures of a period, at most some seconds old.
    ///
    /// # Errors
    /// The store failed.
    pub(super) async fn figures(
        &self,
        questions: &Questions,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Arc<Figures>, QuestionError> {
        let key = (since, until);
        let mut kept = self.figures.lock().await;
        kept.retain(|(_, at, _)| at.elapsed() < GOOD_FOR);
        if let Some((_, _, figures)) = kept.iter().find(|(of, _, _)| *of == key) {
            return Ok(Arc::clone(figures));
        }
        let figures = Arc::new(count(questions, since, until).await?);
        if kept.len() >= KEPT_MAX {
            kept.remove(0);
        }
        kept.push((key, Instant::now(), Arc::clone(&figures)));
        Ok(figures)
    }

    /// Warnings, at most a minute old.
    ///
    /// # Errors
    /// The store failed.
    pub(super) async fn warnings(
        &self,
        questions: &Questions,
        now: Timestamp,
    ) -> Result<Arc<Vec<Warning>>, QuestionError> {
        let mut kept = self.warnings.lock().await;
        if let Some((at, warnings)) = kept.as_ref()
            && at.elapsed() < WARNINGS_GOOD_FOR
        {
            return Ok(Arc::clone(warnings));
        }
        let found = Arc::new(look(questions, now).await?);
        *kept = Some((Instant::now(), Arc::clone(&found)));
        Ok(found)
    }
}
