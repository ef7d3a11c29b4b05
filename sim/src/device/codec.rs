//! The protocol that a device of a kind speaks, both ends: what it sees → bytes, and bytes → what
//! the gate's intake takes from them.

use domain::device::DeviceKind;
use domain::reading::Observation;
use domain::time::{Instant, Now, Timestamp};

use device_codecs::envelope;
use device_codecs::tag::{ReaderSession, Session};
use device_codecs::weighbridge::{Decoder as ScaleDecoder, Protocol, encode as encode_weight};

/// Indicators that the lanes have in turn.
const INDICATORS: [Protocol; 4] = [
    Protocol::ToledoContinuous { checksum: true },
    Protocol::YaohuaTf0,
    Protocol::Sma,
    Protocol::CommaStGs,
];

/// One protocol.
#[derive(Debug, Clone)]
pub enum Codec {
    /// A weighbridge indicator.
    Scale {
        /// Format.
        protocol: Protocol,
        /// The gate's end.
        decoder: ScaleDecoder,
    },
    /// An LLRP reader.
    Tags {
        /// The reader's end.
        reader: Box<ReaderSession>,
        /// The gate's end.
        client: Box<Session>,
        /// Refused on connections before this one.
        rejected_before: u64,
        /// Messages in a row that brought no tag.
        in_vain: u8,
    },
    /// Everything that speaks JSON lines.
    Lines {
        /// The gate's end.
        decoder: envelope::Decoder,
    },
}

impl Codec {
    /// What the device of `kind` in lane `lane` speaks.
    #[must_use]
    pub fn new(kind: DeviceKind, lane: usize) -> Self {
        match kind {
            DeviceKind::Weighbridge => {
                let protocol = INDICATORS[lane % INDICATORS.len()];
                Self::Scale {
                    protocol,
                    decoder: ScaleDecoder::new(protocol),
                }
            }
            DeviceKind::TagReader => Self::tags(0),
            DeviceKind::PlateCamera
            | DeviceKind::ContainerCamera
            | DeviceKind::SealReader
            | DeviceKind::Scanner
            | DeviceKind::RadiationPortal
            | DeviceKind::CardReader
            | DeviceKind::Position
            | DeviceKind::Tracker
            | DeviceKind::GateController => Self::Lines {
                decoder: envelope::Decoder::new(),
            },
        }
    }

    /// A reader and a client that have agreed on everything.
    fn tags(rejected_before: u64) -> Self {
        let start = Instant::from_millis(0);
        let mut reader = ReaderSession::new(Timestamp::from_seconds(0));
        let mut client = Session::new(start);
        while let Some(bytes) = reader.poll_output() {
            client.handle_input(&bytes, start);
            while let Some(bytes) = client.poll_output() {
                reader.handle_input(&bytes, start);
            }
        }
        Self::Tags {
            reader: Box::new(reader),
            client: Box::new(client),
            rejected_before,
            in_vain: 0,
        }
    }

    /// The same after the connection was lost and opened again.
    #[must_use]
    pub fn reopened(&self) -> Self {
        match self {
            Self::Scale { protocol, .. } => Self::Scale {
                protocol: *protocol,
                decoder: ScaleDecoder::new(*protocol),
            },
            Self::Tags { .. } => Self::tags(0),
            Self::Lines { .. } => Self::Lines {
                decoder: envelope::Decoder::new(),
            },
        }
    }

    /// The bytes in which the device reports `seen`; `None` if it cannot say it.
    pub fn encode(&mut self, seen: &Observation) -> Option<Vec<u8>> {
        let bytes = match (self, seen) {
            (Self::Scale { protocol, .. }, Observation::Weight(weight)) => {
                encode_weight(*protocol, weight)
            }
            (Self::Tags { reader, .. }, Observation::Tag(tag)) => {
                reader.report(std::slice::from_ref(tag));
                reader.poll_output()?
            }
            (Self::Lines { .. }, seen) => envelope::encode(seen),
            (Self::Scale { .. } | Self::Tags { .. }, _) => return None,
        };
        (!bytes.is_empty()).then_some(bytes)
    }

    /// What the gate takes from bytes that arrive.
    pub fn decode(&mut self, bytes: &[u8], now: Now) -> Vec<Observation> {
        match self {
            Self::Scale { decoder, .. } => decoder
                .feed(bytes)
                .into_iter()
                .map(Observation::Weight)
                .collect(),
            Self::Tags {
                client,
                rejected_before,
                in_vain,
                ..
            } => {
                client.handle_input(bytes, now.mono);
                let tags: Vec<Observation> =
                    std::iter::from_fn(|| client.poll_reading().map(Observation::Tag)).collect();
                *in_vain = if tags.is_empty() { *in_vain + 1 } else { 0 };
                // As an intake does: a line that makes no sense, or on which no keep-alive gets
                // through any more, is closed and opened again.
                if client.fault().is_some() || *in_vain > 3 {
                    *self = Self::tags(*rejected_before + client.rejects().total());
                }
                tags
            }
            Self::Lines { decoder } => decoder.feed(bytes),
        }
    }

    /// Frames that the gate refused so far.
    #[must_use]
    pub fn rejected(&self) -> u64 {
        match self {
            Self::Scale { decoder, .. } => decoder.rejects().total(),
            Self::Tags {
                client,
                rejected_before,
                ..
            } => rejected_before + client.rejects().total(),
            Self::Lines { decoder } => decoder.rejects().total(),
        }
    }
}
