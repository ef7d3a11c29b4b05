//! The members of a pack, each as listed → records in their places, signed heads, pictures that
//! are named, decisions that come out the same.

use std::collections::{BTreeMap, BTreeSet};

use domain::digest::Digest;
use domain::event::{Event, EventBody};
use sha2::{Digest as _, Sha256};
use store::chain::{self, Hash};
use store::journal::{SealedHead, key_id};
use wire::signature::PublicKey;

use crate::gather::run_head;
use crate::manifest::{
    Anchor, CHAIN_NAME, MANIFEST_NAME, MadeBy, Manifest, PictureState, event_name,
};
use crate::pictures::referenced;
use crate::report::{DecidedAgain, Problem, Report};

/// Members that are looked into.
#[derive(Debug, Default)]
pub(super) struct Contents(BTreeMap<String, Vec<u8>>);

impl Contents {
    /// Whether a member is looked into; of all others the hash is enough.
    pub(super) fn keeps(&self, name: &str) -> bool {
        name == CHAIN_NAME || name.starts_with("events/")
    }

    pub(super) fn put(&mut self, name: &str, bytes: Vec<u8>) {
        self.0.insert(name.to_owned(), bytes);
    }

    /// Proves what is there. A member with a problem of its own is not judged twice.
    pub(super) fn prove(
        self,
        manifest: Manifest,
        gate_key: Option<&PublicKey>,
        problems: Vec<Problem>,
    ) -> Report {
        let mut proof = Proof {
            contents: self.0,
            manifest,
            problems,
        };
        let head = proof.chain();
        let anchors = proof.anchors(head, gate_key);
        let events = proof.events();
        proof.pictures(&events);
        let decisions = proof.decisions(&events);
        let run = &proof.manifest.run;
        let records = run.last_sequence - run.first_sequence + 1;
        Report {
            hidden_records: records.saturating_sub(proof.manifest.events.len() as u64),
            manifest: proof.manifest,
            events,
            anchors,
            decisions,
            problems: proof.problems,
        }
    }
}

struct Proof {
    contents: BTreeMap<String, Vec<u8>>,
    manifest: Manifest,
    problems: Vec<Problem>,
}

impl Proof {
    fn problem(&mut self, member: impl Into<String>, what: impl Into<String>) {
        self.problems.push(Problem {
            member: member.into(),
            what: what.into(),
        });
    }

    /// Computes the chain over the run and puts the records in their places. Gives the head.
    fn chain(&mut self) -> Option<Hash> {
        let bytes = self.contents.get(CHAIN_NAME)?;
        let run = self.manifest.run.clone();
        let records = run.last_sequence - run.first_sequence + 1;
        let (digests, rest) = bytes.as_chunks::<32>();
        if digests.len() as u64 != records || !rest.is_empty() {
            let what = format!(
                "{} bytes are not the digests of {records} records",
                bytes.len()
            );
            self.problem(CHAIN_NAME, what);
            return None;
        }
        let mut misplaced = Vec::new();
        for sequence in &self.manifest.events {
            let name = event_name(*sequence);
            let place = usize::try_from(sequence - run.first_sequence).unwrap_or(usize::MAX);
            if let Some(payload) = self.contents.get(&name) {
                let digest: [u8; 32] = Sha256::digest(payload).into();
                if digests.get(place) != Some(&digest) {
                    misplaced.push(name);
                }
            }
        }
        let Some(previous) = Digest::parse_hex(&run.previous_hash) else {
            self.problem(MANIFEST_NAME, "previous_hash is no SHA-256");
            return None;
        };
        let head = run_head(Hash(previous.0), run.first_sequence, digests);
        for name in misplaced {
            self.problem(
                name,
                "it is not the record that stands at its place in the chain",
            );
        }
        let genesis = chain::genesis(&self.manifest.gate, self.manifest.epoch);
        if run.first_sequence == 1 && genesis.0 != previous.0 {
            self.problem(
                MANIFEST_NAME,
                "the chain does not begin with this gate and epoch",
            );
        }
        if head.to_string() != run.last_hash {
            self.problem(
                CHAIN_NAME,
                "the chain does not end in the hash that is listed",
            );
            return None;
        }
        Some(head)
    }

    /// The heads that the gate has signed, as far as they hold. Where the gate's key is trusted,
    /// a gate's own pack must hold one.
    fn anchors(&mut self, head: Option<Hash>, gate_key: Option<&PublicKey>) -> Vec<Anchor> {
        let Some(key) = gate_key else {
            return Vec::new();
        };
        let mut held = Vec::new();
        for anchor in self.manifest.anchors.clone() {
            match self.anchor_fault(&anchor, head, key) {
                None => held.push(anchor),
                Some(what) => {
                    let what = format!("{} at {}: {what}", anchor.kind(), anchor.head().0);
                    self.problem(MANIFEST_NAME, what);
                }
            }
        }
        // What a region made, it vouches for: it believes no record whose batch was not signed.
        if self.manifest.anchors.is_empty() && self.manifest.made_by == MadeBy::Gate {
            self.problem(
                MANIFEST_NAME,
                "no head of the chain that the gate has signed",
            );
        }
        held
    }

    fn anchor_fault(
        &self,
        anchor: &Anchor,
        head: Option<Hash>,
        key: &PublicKey,
    ) -> Option<&'static str> {
        let (sequence, hash) = anchor.head();
        if sequence != self.manifest.run.last_sequence {
            return Some("it is not the end of the run");
        }
        // Without a head the chain has a problem of its own, which is told.
        if head.is_some_and(|head| head.to_string() != hash) {
            return Some("its hash is not the chain's");
        }
        let holds = match anchor {
            Anchor::JournalSeal { signature, .. } => seal_holds(sequence, hash, signature, key),
            Anchor::BatchHead {
                body, signature, ..
            } => batch_holds(&self.manifest, (sequence, hash), body, signature, key),
        };
        match holds {
            Some(true) => None,
            Some(false) => Some("the gate has not signed it"),
            None => Some("it is not written as it must be"),
        }
    }

    /// The passage's records, decoded.
    fn events(&mut self) -> Vec<(u64, Event)> {
        let mut events = Vec::new();
        for sequence in self.manifest.events.clone() {
            let name = event_name(sequence);
            let Some(payload) = self.contents.get(&name) else {
                continue;
            };
            match wire::record::decode_record(payload) {
                Ok((gate, event)) => {
                    let of_passage = event.passage.as_ref().map(ToString::to_string);
                    if gate.to_string() != self.manifest.gate {
                        self.problem(name, format!("it is a record of gate {gate}"));
                    } else if of_passage.as_deref() != Some(self.manifest.passage.as_str()) {
                        self.problem(name, "it is a record of another passage");
                    } else {
                        events.push((sequence, event));
                    }
                }
                Err(error) => self.problem(name, format!("it cannot be read: {error}")),
            }
        }
        events
    }

    /// Every picture that the records name is listed, and no other.
    fn pictures(&mut self, events: &[(u64, Event)]) {
        if events.len() != self.manifest.events.len() {
            return;
        }
        let mut named = BTreeSet::new();
        for (_, event) in events {
            referenced(event, &mut named);
        }
        let named: Vec<String> = named.iter().map(ToString::to_string).collect();
        let listed = self.manifest.pictures.clone();
        if !named
            .iter()
            .eq(listed.iter().map(|picture| &picture.sha256))
        {
            let what = "the pictures listed are not those that the records name";
            self.problem(MANIFEST_NAME, what);
        }
        for picture in listed {
            let is_present = picture.state == PictureState::Present;
            let member = picture.member.as_ref();
            let found = self
                .manifest
                .members
                .iter()
                .find(|one| Some(&one.name) == member);
            if is_present != found.is_some_and(|one| one.sha256 == picture.sha256) {
                let what = format!("picture {} is not as listed", picture.sha256);
                self.problem(member.map_or(MANIFEST_NAME, String::as_str), what);
            }
        }
    }

    /// Decides every decision again.
    fn decisions(&mut self, events: &[(u64, Event)]) -> Vec<DecidedAgain> {
        let mut decisions = Vec::new();
        for (sequence, event) in events {
            let EventBody::PassageDecided(record) = &event.body else {
                continue;
            };
            let again = decision::decide(&record.evidence, &record.facts, &record.policy);
            let differences: Vec<String> = decision::compare(&record.decision, &again)
                .iter()
                .map(ToString::to_string)
                .collect();
            if !differences.is_empty() {
                let what = format!("decided again it differs: {}", differences.join("; "));
                self.problem(event_name(*sequence), what);
            }
            decisions.push(DecidedAgain {
                sequence: *sequence,
                at: event.at.at,
                attempt: record.attempt,
                recorded: record.decision.verdict,
                again: again.verdict,
                findings: again.findings.len(),
                differences,
            });
        }
        decisions
    }
}

/// Whether the seal is the key's; `None` where a part of it is not written as it must be.
fn seal_holds(sequence: u64, hash: &str, signature: &str, key: &PublicKey) -> Option<bool> {
    let head = SealedHead {
        sequence,
        hash: Hash(Digest::parse_hex(hash)?.0),
        key_id: key_id(key.as_bytes()),
        signature: hex::decode(signature).ok()?.try_into().ok()?,
    };
    Some(head.is_signed_by(key.as_bytes()))
}

/// Whether the batch head is the key's and says the same; `None` as for [`seal_holds`].
fn batch_holds(
    manifest: &Manifest,
    (sequence, hash): (u64, &str),
    body: &str,
    signature: &str,
    key: &PublicKey,
) -> Option<bool> {
    let signed = wire::batch::SignedHead {
        body: hex::decode(body).ok()?,
        signature: hex::decode(signature).ok()?,
    };
    let Ok(head) = wire::batch::verify_head(&signed, key) else {
        return Some(false);
    };
    let last = head
        .first_sequence
        .checked_add(u64::from(head.count))?
        .checked_sub(1)?;
    Some(
        head.gate.to_string() == manifest.gate
            && head.epoch == manifest.epoch
            && last == sequence
            && head.head_hash.to_string() == hash,
    )
}
