//! A folder of orders → signed, numbered deltas for every gate. Each file (`*.jsonl`, ledger rows,
//! directives among them) becomes one delta; a gate that is behind is sent what it misses.

use std::collections::BTreeSet;
use std::path::PathBuf;

use domain::digest::Digest;
use domain::id::GateAddress;
use domain::ledger_row::{Change, Row};
use ledger::import::Importer;
use rumqttc::{AsyncClient, QoS};
use wire::ledger::Delta;
use wire::topic::Topic;

use super::{Collector, now};

/// Deltas kept for gates that are behind.
const DELTAS_MAX: usize = 4_096;

/// Deltas made so far.
pub(super) struct Downlink {
    taken: BTreeSet<PathBuf>,
    deltas: Vec<Delta>,
}

impl Downlink {
    pub(super) fn new(_collector: &Collector) -> Self {
        Self {
            taken: BTreeSet::new(),
            deltas: Vec::new(),
        }
    }

    /// Takes finished files of the folder.
    pub(super) fn look(&mut self, collector: &Collector, client: &AsyncClient) {
        let Some(folder) = &collector.orders else {
            return;
        };
        let Ok(entries) = std::fs::read_dir(folder) else {
            return;
        };
        let mut files: Vec<PathBuf> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|end| end == "jsonl"))
            .filter(|path| !self.taken.contains(path))
            .collect();
        files.sort();
        for file in files {
            self.taken.insert(file.clone());
            match self.take(collector, client, &file) {
                Ok(rows) => tracing::info!(file = %file.display(), rows, "order sent down"),
                Err(what) => tracing::error!(file = %file.display(), what, "order refused"),
            }
        }
    }

    fn take(
        &mut self,
        collector: &Collector,
        client: &AsyncClient,
        file: &PathBuf,
    ) -> Result<usize, String> {
        if self.deltas.len() >= DELTAS_MAX {
            return Err("too many deltas since start; restart the region".to_owned());
        }
        let text = std::fs::read(file).map_err(|error| error.to_string())?;
        let mut importer = Importer::new();
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            if !importer.line(line) {
                break;
            }
        }
        let rows = importer
            .finish()
            .map_err(|errors| errors.first().map_or_else(String::new, ToString::to_string))?;
        let count = rows.len();
        // Directives do not wait for their delta: they also go out alone, effective at once.
        for row in &rows {
            if let Row::Directive(directive) = row {
                let payload = wire::ledger::sign_directive(directive, &collector.signing);
                for gate in collector.gates.keys() {
                    publish(client, &Topic::Directive(gate.clone()), payload.clone());
                }
            }
        }
        let changes = rows
            .into_iter()
            .map(|row| Change::Upsert(Box::new(row)))
            .collect();
        let previous = self
            .deltas
            .last()
            .map(|delta| (delta.revision, wire::ledger::delta_hash(delta)));
        let delta = Delta {
            revision: previous.map_or(0, |(revision, _)| revision) + 1,
            previous: previous.map_or(Digest::ZERO, |(_, hash)| hash),
            issued_at: now(),
            changes,
        };
        for gate in collector.gates.keys() {
            send(collector, client, gate, &delta);
        }
        self.deltas.push(delta);
        Ok(count)
    }

    /// A gate said what it has: send what it misses.
    pub(super) fn state(
        &self,
        collector: &Collector,
        client: &AsyncClient,
        gate: &GateAddress,
        payload: &[u8],
    ) {
        match wire::ledger::decode_ledger_state(payload) {
            Ok((address, have)) if address == *gate => {
                let have = have.map_or(0, |revision| revision.revision);
                for delta in self.deltas.iter().filter(|delta| delta.revision > have) {
                    send(collector, client, gate, delta);
                }
            }
            Ok(_) => tracing::warn!(%gate, "ledger state of another gate"),
            Err(error) => tracing::warn!(%gate, %error, "ledger state refused"),
        }
    }
}

fn send(collector: &Collector, client: &AsyncClient, gate: &GateAddress, delta: &Delta) {
    publish(
        client,
        &Topic::LedgerDelta(gate.clone()),
        wire::ledger::sign_delta(delta, &collector.signing),
    );
}

fn publish(client: &AsyncClient, topic: &Topic, payload: Vec<u8>) {
    if let Err(error) = client.try_publish(
        topic.to_string(),
        QoS::AtLeastOnce,
        topic.retained(),
        payload,
    ) {
        tracing::warn!(%error, %topic, "message not sent; the gate asks again");
    }
}
