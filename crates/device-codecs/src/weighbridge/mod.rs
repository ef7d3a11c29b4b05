//! Bytes of weighbridge indicators ↔ weight readings. Each format decides on its own bytes alone;
//! whether a weight is stable, or belongs to a vehicle, is the lane's business.

mod frame;
mod framed;
mod lines;
mod number;
mod toledo;
mod yaohua;

#[cfg(test)]
mod tests;

use domain::reading::WeightReading;

use crate::rejects::Rejects;
use crate::stream::{Framer, Step};

/// A format that an indicator speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// Yaohua XK3190 tF=0: A9, DS3 and most others.
    YaohuaTf0,
    /// Yaohua tF=1: least significant digit first.
    YaohuaReversed,
    /// Yaohua tF=2: most significant digit first.
    YaohuaForward,
    /// Yaohua poll mode.
    YaohuaPoll,
    /// Yaohua XK3190-A12(E).
    YaohuaA12,
    /// Keli D2008: the bytes of Yaohua tF=0.
    KeliD2008,
    /// Mettler Toledo continuous and clones.
    ToledoContinuous {
        /// A checksum byte follows each frame.
        checksum: bool,
    },
    /// MT-SICS.
    Sics,
    /// SMA SCP-0499.
    Sma,
    /// Systec IT over TCP.
    SystecIt,
    /// CAS, A&D, Dini Argeo, Excell: `ST,GS,…`.
    CommaStGs,
    /// Rice Lake IQ 355, 920i in its default.
    RiceLakeIq,
    /// Cardinal SB-400.
    CardinalSb,
    /// A number with its unit.
    PlainNumber,
}

impl Protocol {
    /// Every format.
    pub const ALL: [Self; 15] = [
        Self::YaohuaTf0,
        Self::YaohuaReversed,
        Self::YaohuaForward,
        Self::YaohuaPoll,
        Self::YaohuaA12,
        Self::KeliD2008,
        Self::ToledoContinuous { checksum: false },
        Self::ToledoContinuous { checksum: true },
        Self::Sics,
        Self::Sma,
        Self::SystecIt,
        Self::CommaStGs,
        Self::RiceLakeIq,
        Self::CardinalSb,
        Self::PlainNumber,
    ];

    /// Name in configuration files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::YaohuaTf0 => "yaohua_tf0",
            Self::YaohuaReversed => "yaohua_reversed",
            Self::YaohuaForward => "yaohua_forward",
            Self::YaohuaPoll => "yaohua_poll",
            Self::YaohuaA12 => "yaohua_a12",
            Self::KeliD2008 => "keli_d2008",
            Self::ToledoContinuous { checksum: false } => "toledo_continuous",
            Self::ToledoContinuous { checksum: true } => "toledo_continuous_checksum",
            Self::Sics => "sics",
            Self::Sma => "sma",
            Self::SystecIt => "systec_it",
            Self::CommaStGs => "comma_st_gs",
            Self::RiceLakeIq => "rice_lake_iq",
            Self::CardinalSb => "cardinal_sb",
            Self::PlainNumber => "plain_number",
        }
    }

    /// The format of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|protocol| protocol.name() == name)
    }

    fn scan(self, buffer: &[u8]) -> Step<WeightReading> {
        use frame::line;
        use lines::LINE_BYTES_MAX as LONGEST;
        match self {
            Self::YaohuaTf0 | Self::KeliD2008 => yaohua::scan_tf0(buffer),
            Self::YaohuaReversed => yaohua::scan_reversed(buffer),
            Self::YaohuaForward => yaohua::scan_forward(buffer),
            Self::YaohuaPoll => yaohua::scan_poll(buffer),
            Self::YaohuaA12 => line(buffer, LONGEST, yaohua::a12::parse),
            Self::ToledoContinuous { checksum } => toledo::scan(buffer, checksum),
            Self::Sics => line(buffer, LONGEST, lines::sics::parse),
            Self::Sma => line(buffer, LONGEST, lines::sma::parse),
            Self::SystecIt => framed::systec::scan(buffer),
            Self::CommaStGs => line(buffer, LONGEST, lines::comma::parse),
            Self::RiceLakeIq => line(buffer, LONGEST, framed::rice_lake::parse),
            Self::CardinalSb => line(buffer, LONGEST, lines::cardinal::parse),
            Self::PlainNumber => line(buffer, LONGEST, lines::plain::parse),
        }
    }

    const fn frame_bytes_max(self) -> usize {
        match self {
            Self::YaohuaTf0
            | Self::KeliD2008
            | Self::YaohuaReversed
            | Self::YaohuaForward
            | Self::YaohuaPoll
            | Self::ToledoContinuous { .. } => 32,
            Self::SystecIt => framed::systec::BYTES_MAX,
            Self::YaohuaA12
            | Self::Sics
            | Self::Sma
            | Self::CommaStGs
            | Self::RiceLakeIq
            | Self::CardinalSb
            | Self::PlainNumber => lines::LINE_BYTES_MAX + 2,
        }
    }
}

/// Reads one indicator's stream.
#[derive(Debug, Clone)]
pub struct Decoder {
    protocol: Protocol,
    framer: Framer,
}

impl Decoder {
    /// A decoder with an empty buffer.
    #[must_use]
    pub fn new(protocol: Protocol) -> Self {
        Self {
            protocol,
            framer: Framer::new(protocol.frame_bytes_max()),
        }
    }

    /// Takes bytes as they came; returns the weights that they complete.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<WeightReading> {
        let mut readings = Vec::new();
        let protocol = self.protocol;
        self.framer.feed(
            bytes,
            |buffer| protocol.scan(buffer),
            |item| readings.push(item),
        );
        readings
    }

    /// Frames refused so far.
    #[must_use]
    pub const fn rejects(&self) -> &Rejects {
        &self.framer.rejects
    }

    /// Bytes kept of an unfinished frame.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.framer.buffered()
    }
}

/// The frame in which an indicator would show `weight`; empty if it would show nothing that the
/// format can say.
#[must_use]
pub fn encode(protocol: Protocol, weight: &WeightReading) -> Vec<u8> {
    match protocol {
        Protocol::YaohuaTf0 | Protocol::KeliD2008 => yaohua::encode_tf0(weight),
        Protocol::YaohuaReversed => yaohua::encode_reversed(weight),
        Protocol::YaohuaForward => yaohua::encode_forward(weight),
        Protocol::YaohuaPoll => yaohua::encode_poll(weight),
        Protocol::YaohuaA12 => yaohua::a12::encode(weight),
        Protocol::ToledoContinuous { checksum } => toledo::encode(weight, checksum),
        Protocol::Sics => lines::sics::encode(weight),
        Protocol::Sma => lines::sma::encode(weight),
        Protocol::SystecIt => framed::systec::encode(weight),
        Protocol::CommaStGs => lines::comma::encode(weight),
        Protocol::RiceLakeIq => framed::rice_lake::encode(weight),
        Protocol::CardinalSb => lines::cardinal::encode(weight),
        Protocol::PlainNumber => lines::plain::encode(weight),
    }
    .unwrap_or_default()
}

/// What to send to an indicator that speaks only when asked.
#[must_use]
pub fn poll_request(protocol: Protocol) -> Option<Vec<u8>> {
    match protocol {
        Protocol::YaohuaPoll => Some(yaohua::poll_request()),
        Protocol::Sics => Some(b"SI\r\n".to_vec()),
        Protocol::Sma => Some(b"\nW\r".to_vec()),
        Protocol::SystecIt => Some(b"<RM>\r\n".to_vec()),
        Protocol::YaohuaTf0
        | Protocol::YaohuaReversed
        | Protocol::YaohuaForward
        | Protocol::YaohuaA12
        | Protocol::KeliD2008
        | Protocol::ToledoContinuous { .. }
        | Protocol::CommaStGs
        | Protocol::RiceLakeIq
        | Protocol::CardinalSb
        | Protocol::PlainNumber => None,
    }
}

/// Which formats read `bytes`, best first, with frames read and refused. For a technician whose
/// indicator is set to something else than the configuration says.
#[must_use]
pub fn guess(bytes: &[u8]) -> Vec<(Protocol, u64, u64)> {
    let mut found: Vec<(Protocol, u64, u64)> = Protocol::ALL
        .into_iter()
        .map(|protocol| {
            let mut decoder = Decoder::new(protocol);
            let frames = decoder.feed(bytes).len() as u64;
            (protocol, frames, decoder.rejects().total())
        })
        .filter(|(_, frames, _)| *frames > 0)
        .collect();
    found.sort_by_key(|(_, frames, rejects)| (std::cmp::Reverse(*frames), *rejects));
    found
}
