//! Events → bytes → journal. Tells the caller when a record is durable, and every reader of the
//! journal how far it may read.

use std::sync::Arc;

use domain::event::Event;
use domain::id::GateAddress;
use store::journal::{Durable, Journal};
use tokio::sync::watch;

use crate::health::Health;

/// The one way into the journal. Cloning shares it.
#[derive(Clone)]
pub struct Recorder {
    gate: GateAddress,
    journal: Arc<Journal>,
    durable: Arc<watch::Sender<u64>>,
    health: Health,
}

impl Recorder {
    /// A recorder over `journal`, whose last durable sequence is `last_sequence`.
    #[must_use]
    pub fn new(
        gate: GateAddress,
        journal: Arc<Journal>,
        last_sequence: u64,
        health: Health,
    ) -> Self {
        let (durable, _) = watch::channel(last_sequence);
        Self {
            gate,
            journal,
            durable: Arc::new(durable),
            health,
        }
    }

    /// Follows the last durable sequence.
    #[must_use]
    pub fn durable(&self) -> watch::Receiver<u64> {
        self.durable.subscribe()
    }

    /// The journal.
    #[must_use]
    pub fn journal(&self) -> &Arc<Journal> {
        &self.journal
    }

    /// Makes `event` durable; `done` learns the outcome, on the journal's thread or at once.
    pub fn record(
        &self,
        event: &Event,
        done: impl FnOnce(Result<Durable, String>) + Send + 'static,
    ) {
        let payload = wire::record::encode_record(&self.gate, event);
        let durable = Arc::clone(&self.durable);
        let health = self.health.clone();
        // The answer is owed exactly once, whether the append is refused now or fails later.
        let done = Arc::new(std::sync::Mutex::new(Some(done)));
        let answer = move |outcome: Result<Durable, String>| {
            let taken = done
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .take();
            if let Some(done) = taken {
                done(outcome);
            }
        };
        let later = answer.clone();
        let refused = self.journal.append(payload, move |outcome| match outcome {
            Ok(proof) => {
                let sequence = proof.sequence();
                durable.send_modify(|last| *last = sequence.max(*last));
                health.journal_works();
                later(Ok(proof));
            }
            Err(error) => {
                health.journal_failed(&error.to_string());
                tracing::error!(error = %error, "record was not made durable");
                later(Err(error.to_string()));
            }
        });
        if let Err(error) = refused {
            tracing::error!(error = %error, "record was refused by the journal");
            answer(Err(error.to_string()));
        }
    }

    /// As [`Recorder::record`], waiting for the outcome.
    ///
    /// # Errors
    /// In words, why the event is not durable.
    pub async fn record_and_wait(&self, event: &Event) -> Result<u64, String> {
        let (tx, rx) = tokio::sync::oneshot::channel();
        self.record(event, move |outcome| {
            // The waiter may have given up.
            let _ = tx.send(outcome.map(|proof| proof.sequence()));
        });
        rx.await
            .unwrap_or_else(|_| Err("the journal has ended".to_owned()))
    }
}
