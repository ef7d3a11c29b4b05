//! New events, in brief, as they are stored → whoever listens. One task follows the store; the
//! last events are kept, so that a listener who was away goes on where he stopped.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::decision::Verdict;
use domain::event::{Event, EventBody};
use domain::time::Timestamp;
use serde::Serialize;
use tokio::sync::{broadcast, watch};
use utoipa::ToSchema;

use crate::database::{Database, Value};
use crate::questions::{QuestionError, Questions};
use crate::wording::{self, Language};

/// Between two looks into the store.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Events kept for listeners who come back.
pub(super) const KEPT_MAX: usize = 4_096;
/// Events on their way to a listener; one that falls further behind is dropped.
const BEHIND_MAX: usize = 512;
/// Events of one gate taken in one look.
const STEP: u32 = 500;
/// A gate that brings more than this at once is catching up: its middle is not streamed.
const JUMP: u64 = 2_000;
/// What is kept of each gate when the region starts.
const FIRST: u64 = 50;

/// What kind of thing happened, for the eye.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Tone {
    /// A release.
    Release,
    /// A hold for a clerk.
    Review,
    /// A hold for customs.
    Detain,
    /// A breach or a fault.
    Trouble,
    /// Anything else.
    Plain,
}

/// One event in brief.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Brief {
    /// Its place in the stream, for `Last-Event-ID`.
    pub id: String,
    /// Gate.
    pub gate: String,
    /// Sequence in the gate's chain.
    pub sequence: u64,
    /// When, by the gate's clock.
    pub at: String,
    /// Lane.
    pub lane: String,
    /// Passage.
    pub passage: String,
    /// Kind, for the eye.
    pub tone: Tone,
    /// In a few words.
    pub text: String,
    /// In a few words, in Chinese.
    pub zh: String,
}

/// Kept events, and those who listen.
#[derive(Debug, Clone)]
pub(super) struct Feed {
    kept: Arc<Mutex<Kept>>,
    sender: broadcast::Sender<Arc<Brief>>,
}

#[derive(Debug)]
struct Kept {
    /// Of this run: places of another run mean nothing.
    run: String,
    next: u64,
    briefs: VecDeque<Arc<Brief>>,
}

/// Where a listener begins.
#[derive(Debug)]
pub(super) struct Joined {
    /// Events since the place asked for, or the last ones.
    pub missed: Vec<Arc<Brief>>,
    /// Whether nothing lies between that place and `missed`.
    pub gapless: bool,
    /// Events from now on.
    pub coming: broadcast::Receiver<Arc<Brief>>,
}

impl Feed {
    /// An empty feed of the run named `run`.
    #[must_use]
    pub(super) fn new(run: String) -> Self {
        Self {
            kept: Arc::new(Mutex::new(Kept {
                run,
                next: 1,
                briefs: VecDeque::new(),
            })),
            sender: broadcast::channel(BEHIND_MAX).0,
        }
    }

    fn push(&self, gate: &str, sequence: u64, event: &Event) {
        let words = |language| wording::event(&event.body, language);
        let optional = |text: Option<&str>| text.unwrap_or_default().to_owned();
        self.say(
            gate,
            sequence,
            event.at.at,
            optional(event.lane.as_ref().map(|lane| lane.as_str())),
            optional(event.passage.as_ref().map(|passage| passage.as_str())),
            (tone(&event.body), words(Language::En), words(Language::Zh)),
        );
    }

    fn say(
        &self,
        gate: &str,
        sequence: u64,
        at: Timestamp,
        lane: String,
        passage: String,
        (tone, text, zh): (Tone, String, String),
    ) {
        let mut kept = self.kept.lock().expect("no holder of this lock panics");
        let brief = Arc::new(Brief {
            id: format!("{}-{}", kept.run, kept.next),
            gate: gate.to_owned(),
            sequence,
            at: at.to_string(),
            lane,
            passage,
            tone,
            text,
            zh,
        });
        kept.next += 1;
        if kept.briefs.len() == KEPT_MAX {
            kept.briefs.pop_front();
        }
        kept.briefs.push_back(Arc::clone(&brief));
        // Sent under the lock: whoever joins has each event either kept or coming, never both.
        // Nobody listening is no error.
        let _ = self.sender.send(brief);
    }

    /// Joins after the place `after`, or with the last `last` events.
    #[must_use]
    pub(super) fn join(&self, after: Option<&str>, last: usize) -> Joined {
        let kept = self.kept.lock().expect("no holder of this lock panics");
        let coming = self.sender.subscribe();
        let known = after.and_then(|after| {
            let (run, number) = after.rsplit_once('-')?;
            let number: u64 = number.parse().ok()?;
            let first = kept.next - kept.briefs.len() as u64;
            let known = run == kept.run && number + 1 >= first && number < kept.next;
            known.then(|| usize::try_from(number + 1 - first).unwrap_or(usize::MAX))
        });
        let from = known.unwrap_or(kept.briefs.len().saturating_sub(last));
        Joined {
            missed: kept.briefs.iter().skip(from).cloned().collect(),
            gapless: known.is_some() || after.is_none(),
            coming,
        }
    }

    /// The last `count` events, newest first.
    #[must_use]
    pub(super) fn last(&self, count: usize) -> Vec<Arc<Brief>> {
        let kept = self.kept.lock().expect("no holder of this lock panics");
        kept.briefs.iter().rev().take(count).cloned().collect()
    }

    /// Those who listen.
    #[must_use]
    pub(super) fn listeners(&self) -> usize {
        self.sender.receiver_count()
    }

    /// Follows the store and keeps its index caught up until `stop` turns true. A store that fails
    /// is asked again.
    pub(super) async fn follow(self, questions: Questions, mut stop: watch::Receiver<bool>) {
        let mut seen: Option<BTreeMap<String, u64>> = None;
        let mut failed = false;
        loop {
            match self.look(&questions, &mut seen).await {
                Ok(()) => failed = false,
                Err(error) if failed => tracing::debug!(%error, "the store still fails"),
                Err(error) => {
                    failed = true;
                    tracing::warn!(%error, "the stream waits for the store");
                }
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                _ = stop.wait_for(|stopped| *stopped) => return,
            }
        }
    }

    async fn look(
        &self,
        questions: &Questions,
        seen: &mut Option<BTreeMap<String, u64>>,
    ) -> Result<(), QuestionError> {
        questions.catch_up(|_| {}).await?;
        let database = questions.database();
        let sql = "SELECT gate, sequence FROM head WHERE sequence > 0 ORDER BY gate";
        let rows = database.rows("listed heads", sql, &[]).await?;
        let first_look = seen.is_none();
        let seen = seen.get_or_insert_default();
        let mut found: Vec<(String, u64, Event)> = Vec::new();
        for row in &rows {
            let (gate, head) = (row.text(0)?.to_owned(), row.count(1)?);
            let last = seen.entry(gate.clone()).or_insert(if first_look {
                head.saturating_sub(FIRST)
            } else {
                0
            });
            if head - (*last).min(head) > JUMP {
                let skipped = head - FIRST - *last;
                *last = head - FIRST;
                let text = format!("{skipped} events came in at once and are not shown here");
                let zh = format!("{skipped} 个事件一次入库，此处未显示");
                let now = super::now();
                self.say(
                    &gate,
                    *last,
                    now,
                    String::new(),
                    String::new(),
                    (Tone::Plain, text, zh),
                );
            }
            if head > *last {
                *last = events(database, &gate, *last, &mut found).await?;
            }
        }
        // Gates stand beside each other; the eye wants their events in the order of time.
        found.sort_by_key(|(gate, sequence, event)| (event.at.at, gate.clone(), *sequence));
        for (gate, sequence, event) in &found {
            self.push(gate, *sequence, event);
        }
        Ok(())
    }
}

/// Takes the next events of a gate; gives the last sequence that was read.
async fn events(
    database: &Database,
    gate: &str,
    after: u64,
    found: &mut Vec<(String, u64, Event)>,
) -> Result<u64, QuestionError> {
    let sql = "SELECT sequence, payload FROM event WHERE gate = $1 AND sequence > $2
               ORDER BY sequence LIMIT $3";
    let values = [gate.into(), after.into(), Value::Int(STEP.into())];
    let mut last = after;
    for row in &database.rows("read new events", sql, &values).await? {
        last = row.count(0)?;
        // One that cannot be read stands on the list of unread events.
        if let Ok((_, event)) = wire::record::decode_record(row.bytes(1)?) {
            found.push((gate.to_owned(), last, event));
        }
    }
    Ok(last)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the rest is plain")]
fn tone(body: &EventBody) -> Tone {
    match body {
        EventBody::PassageDecided(record) => match record.decision.verdict {
            Verdict::Release => Tone::Release,
            Verdict::Review => Tone::Review,
            Verdict::Detain => Tone::Detain,
        },
        EventBody::Breached { .. }
        | EventBody::FaultFound { .. }
        | EventBody::UplinkForked { .. }
        | EventBody::ReviewEscalated { .. }
        | EventBody::WatchlistHit { .. } => Tone::Trouble,
        _ => Tone::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::time::{TimeSource, UtcTime};

    fn feed_of(count: u64) -> Feed {
        let feed = Feed::new("r".to_owned());
        for sequence in 1..=count {
            push(&feed, sequence);
        }
        feed
    }

    fn push(feed: &Feed, sequence: u64) {
        let event = Event {
            at: UtcTime {
                at: decision::fixture::now(),
                source: TimeSource::Ntp,
            },
            lane: None,
            passage: None,
            body: EventBody::ArmRaised,
        };
        feed.push("R/P/G", sequence, &event);
    }

    #[test]
    fn a_listener_goes_on_where_he_stopped_or_is_told_of_the_gap() {
        let feed = feed_of(10);
        // (after, last, first missed sequence, how many, gapless)
        for (after, last, first, count, gapless) in [
            (Some("r-7"), 100, 8, 3, true),
            (Some("r-10"), 100, 0, 0, true),
            (Some("r-0"), 100, 1, 10, true),
            (None, 4, 7, 4, true),
            (Some("r-11"), 4, 7, 4, false),
            (Some("other-7"), 4, 7, 4, false),
            (Some("7"), 4, 7, 4, false),
            (Some(""), 4, 7, 4, false),
        ] {
            let joined = feed.join(after, last);
            let sequences: Vec<u64> = joined.missed.iter().map(|brief| brief.sequence).collect();
            assert_eq!(sequences.len(), count, "{after:?}");
            assert_eq!(sequences.first().copied().unwrap_or(0), first, "{after:?}");
            assert_eq!(joined.gapless, gapless, "{after:?}");
        }
    }

    #[test]
    fn what_is_kept_is_bounded_and_a_slow_listener_is_told() {
        let feed = feed_of(KEPT_MAX as u64 + 5);
        assert_eq!(feed.last(usize::MAX).len(), KEPT_MAX);
        assert!(!feed.join(Some("r-4"), 1).gapless);
        assert!(feed.join(Some("r-5"), 1).gapless);
        let mut slow = feed.join(None, 0).coming;
        for sequence in 0..=BEHIND_MAX as u64 {
            push(&feed, sequence);
        }
        assert!(matches!(
            slow.try_recv(),
            Err(broadcast::error::TryRecvError::Lagged(1))
        ));
    }
}
