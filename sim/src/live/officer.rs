//! An officer at the region who stops a truck just after the gate has released it: a decision in, a
//! directive out, and whether it came before the barrier let the truck go.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use domain::directive::{Directive, Order, Subject};
use domain::id::DirectiveId;
use domain::ledger_row::Row;
use domain::plate::Plate;
use domain::time::{Timestamp, Window};

/// Tries: a truck whose driver was faster is gone, and the next one is stopped.
const TRIES_MAX: u32 = 3;

/// The officer.
#[derive(Debug)]
pub struct Officer {
    orders: PathBuf,
    tries: u32,
    /// The directive under way, when it was sent, and to which truck.
    sent: Option<(Directive, Timestamp, usize)>,
    /// How long after the decision the release was taken back.
    pub stopped_after: Option<Duration>,
}

impl Officer {
    /// One who lays orders into the region's folder.
    #[must_use]
    pub fn at(orders: &Path) -> Self {
        Self {
            orders: orders.to_owned(),
            tries: 0,
            sent: None,
            stopped_after: None,
        }
    }

    /// A truck against which nothing stands was released: it may be stopped now. Returns a line
    /// for whoever watches.
    ///
    /// # Errors
    /// The order cannot be written.
    pub(super) fn released(
        &mut self,
        truck: usize,
        plate: &Plate,
        decided_at: Timestamp,
    ) -> anyhow::Result<Option<String>> {
        let busy = self.sent.is_some() || self.stopped_after.is_some();
        if busy || self.tries >= TRIES_MAX {
            return Ok(None);
        }
        self.tries += 1;
        let directive = Directive {
            id: DirectiveId::parse(&format!("BK-STOP-{}", self.tries))?,
            subject: Subject::Vehicle(plate.clone()),
            order: Order::Inspect,
            window: Window {
                from: decided_at - Duration::from_secs(60),
                until: decided_at + Duration::from_secs(3_600),
            },
            withdrawn: false,
            silent: false,
            text: "stopped between decision and barrier".to_owned(),
        };
        let line = ledger::import::encode_line(&Row::Directive(directive.clone())) + "\n";
        // The region takes what ends in .jsonl: it is whole when it gets that name.
        let name = self.orders.join(directive.id.as_str());
        let write = || -> std::io::Result<()> {
            std::fs::write(name.with_extension("part"), line)?;
            std::fs::rename(name.with_extension("part"), name.with_extension("jsonl"))
        };
        write().with_context(|| format!("cannot write an order into {}", self.orders.display()))?;
        let text = format!(
            "region sends {}: inspect {plate}, just released",
            directive.id
        );
        self.sent = Some((directive, decided_at, truck));
        Ok(Some(text))
    }

    /// The gate took a release back. Returns the directive if it is this officer's.
    pub(super) fn withdrawn(&mut self, id: &DirectiveId, at: Timestamp) -> Option<&Directive> {
        let (directive, decided_at, _) = self.sent.as_ref().filter(|sent| sent.0.id == *id)?;
        self.stopped_after = Some(at.since(*decided_at));
        Some(directive)
    }

    /// A truck drove on. `true` if it was to be stopped and was faster.
    pub(super) fn drove_on(&mut self, truck: usize) -> bool {
        let fast =
            self.stopped_after.is_none() && self.sent.as_ref().is_some_and(|sent| sent.2 == truck);
        if fast {
            self.sent = None;
        }
        fast
    }
}
