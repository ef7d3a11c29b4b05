//! Topic names, both ways. Who may publish on one is the broker's business.

use std::fmt;

use domain::id::{GateAddress, GateId, PremisesId, RegionId};

/// A topic of a gate: `kakou/v1/{region}/{premises}/{gate}/…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topic {
    /// Batches of events, from the gate.
    Events(GateAddress),
    /// How far the region has stored them; retained.
    Watermark(GateAddress),
    /// Events that the region asks for again.
    GapRequest(GateAddress),
    /// Changes of the ledger.
    LedgerDelta(GateAddress),
    /// A whole ledger.
    Snapshot(GateAddress),
    /// A directive, effective at once.
    Directive(GateAddress),
    /// The central policy; retained.
    Policy(GateAddress),
    /// Which ledger the gate has; retained.
    LedgerState(GateAddress),
    /// Pictures and scans that the region asks for.
    EvidenceRequest(GateAddress),
    /// Their pieces, from the gate.
    EvidenceContent(GateAddress),
    /// Which ledger the region has for the gate; retained.
    LedgerHead(GateAddress),
    /// The keys that the region has signed with, each signed by the one before; retained.
    RegionKeys(GateAddress),
    /// The gate's health; retained, and the gate's last will.
    Health(GateAddress),
}

/// Why a text is no topic of a gate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{raw:?} is no topic kakou/v1/region/premises/gate/…")]
pub struct TopicError {
    /// The text, cut to 200 characters.
    pub raw: String,
}

const EVENTS: &str = "events";
const WATERMARK: &str = "watermark";
const GAP: &str = "gap";
const DELTA: &str = "ledger/delta";
const SNAPSHOT: &str = "ledger/snapshot";
const DIRECTIVE: &str = "directive";
const POLICY: &str = "policy";
const LEDGER_STATE: &str = "ledger/state";
const EVIDENCE_REQUEST: &str = "evidence/request";
const EVIDENCE_CONTENT: &str = "evidence/content";
const LEDGER_HEAD: &str = "ledger/head";
const REGION_KEYS: &str = "keys";
const HEALTH: &str = "health";

impl Topic {
    const fn parts(&self) -> (&GateAddress, &'static str) {
        match self {
            Self::Events(gate) => (gate, EVENTS),
            Self::Watermark(gate) => (gate, WATERMARK),
            Self::GapRequest(gate) => (gate, GAP),
            Self::LedgerDelta(gate) => (gate, DELTA),
            Self::Snapshot(gate) => (gate, SNAPSHOT),
            Self::Directive(gate) => (gate, DIRECTIVE),
            Self::Policy(gate) => (gate, POLICY),
            Self::LedgerState(gate) => (gate, LEDGER_STATE),
            Self::EvidenceRequest(gate) => (gate, EVIDENCE_REQUEST),
            Self::EvidenceContent(gate) => (gate, EVIDENCE_CONTENT),
            Self::LedgerHead(gate) => (gate, LEDGER_HEAD),
            Self::RegionKeys(gate) => (gate, REGION_KEYS),
            Self::Health(gate) => (gate, HEALTH),
        }
    }

    /// Reads a topic name.
    ///
    /// # Errors
    /// Another form, another version, or identifiers that are none.
    pub fn parse(raw: &str) -> Result<Self, TopicError> {
        let error = || TopicError {
            raw: raw.chars().take(200).collect(),
        };
        let mut parts = raw.splitn(6, '/');
        let mut next = || parts.next().ok_or_else(error);
        if (next()?, next()?) != ("kakou", "v1") {
            return Err(error());
        }
        let gate = GateAddress {
            region: RegionId::parse(next()?).map_err(|_| error())?,
            premises: PremisesId::parse(next()?).map_err(|_| error())?,
            gate: GateId::parse(next()?).map_err(|_| error())?,
        };
        let topic = match next()? {
            EVENTS => Self::Events(gate),
            WATERMARK => Self::Watermark(gate),
            GAP => Self::GapRequest(gate),
            DELTA => Self::LedgerDelta(gate),
            SNAPSHOT => Self::Snapshot(gate),
            DIRECTIVE => Self::Directive(gate),
            POLICY => Self::Policy(gate),
            LEDGER_STATE => Self::LedgerState(gate),
            EVIDENCE_REQUEST => Self::EvidenceRequest(gate),
            EVIDENCE_CONTENT => Self::EvidenceContent(gate),
            LEDGER_HEAD => Self::LedgerHead(gate),
            REGION_KEYS => Self::RegionKeys(gate),
            HEALTH => Self::Health(gate),
            _ => return Err(error()),
        };
        // An identifier may be written with blanks around it, a topic may not: the broker judges
        // by the name as it is, and two names of one gate would be judged apart.
        if topic.to_string() == raw {
            Ok(topic)
        } else {
            Err(error())
        }
    }

    /// The gate.
    #[must_use]
    pub const fn gate(&self) -> &GateAddress {
        self.parts().0
    }

    /// Whether the broker keeps the last message.
    #[must_use]
    pub const fn retained(&self) -> bool {
        match self {
            Self::Watermark(_)
            | Self::Policy(_)
            | Self::LedgerState(_)
            | Self::LedgerHead(_)
            | Self::RegionKeys(_)
            | Self::Health(_) => true,
            Self::Events(_)
            | Self::GapRequest(_)
            | Self::LedgerDelta(_)
            | Self::Snapshot(_)
            | Self::Directive(_)
            | Self::EvidenceRequest(_)
            | Self::EvidenceContent(_) => false,
        }
    }

    /// What a gate listens to.
    #[must_use]
    pub fn subscriptions_of_gate(gate: &GateAddress) -> Vec<String> {
        [
            Self::Watermark(gate.clone()),
            Self::GapRequest(gate.clone()),
            Self::LedgerDelta(gate.clone()),
            Self::Snapshot(gate.clone()),
            Self::Directive(gate.clone()),
            Self::Policy(gate.clone()),
            Self::EvidenceRequest(gate.clone()),
            Self::LedgerHead(gate.clone()),
            Self::RegionKeys(gate.clone()),
        ]
        .iter()
        .map(ToString::to_string)
        .collect()
    }

    /// What a region listens to, of all its gates.
    #[must_use]
    pub fn subscriptions_of_region(region: &RegionId) -> Vec<String> {
        [EVENTS, LEDGER_STATE, HEALTH]
            .iter()
            .map(|end| format!("kakou/v1/{region}/+/+/{end}"))
            .collect()
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (gate, end) = self.parts();
        write!(f, "kakou/v1/{gate}/{end}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate() -> GateAddress {
        GateAddress {
            region: RegionId::parse("5300").expect("valid"),
            premises: PremisesId::parse("530001").expect("valid"),
            gate: GateId::parse("G1").expect("valid"),
        }
    }

    #[test]
    fn every_topic_reads_back() {
        let topics = [
            Topic::Events(gate()),
            Topic::Watermark(gate()),
            Topic::GapRequest(gate()),
            Topic::LedgerDelta(gate()),
            Topic::Snapshot(gate()),
            Topic::Directive(gate()),
            Topic::Policy(gate()),
            Topic::LedgerState(gate()),
            Topic::EvidenceRequest(gate()),
            Topic::EvidenceContent(gate()),
            Topic::LedgerHead(gate()),
            Topic::RegionKeys(gate()),
            Topic::Health(gate()),
        ];
        for topic in topics {
            assert_eq!(Topic::parse(&topic.to_string()), Ok(topic));
        }
    }

    #[test]
    fn other_names_are_refused() {
        for raw in [
            "",
            "kakou",
            "kakou/v2/5300/530001/G1/events",
            "kakou/v1/5300/530001/G1",
            "kakou/v1/5300/530001/G1/other",
            "kakou/v1/5300//G1/events",
            "kakou/v1/5300/530001/G1/ledger/delta/more",
            "kakou/v1/ 5300/530001/G1/events",
            "kakou/v1/5300/530001\u{c}/G1/events",
        ] {
            assert!(Topic::parse(raw).is_err(), "{raw}");
        }
    }

    #[test]
    fn a_gate_hears_only_its_own_topics() {
        for name in Topic::subscriptions_of_gate(&gate()) {
            assert!(name.starts_with("kakou/v1/5300/530001/G1/"), "{name}");
            assert!(Topic::parse(&name).is_ok(), "{name}");
        }
    }
}
