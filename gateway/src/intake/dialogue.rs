//! One device's side of a conversation: what to send, what the answer means. Bytes only; the
//! line around it opens and closes.

use std::time::Duration;

use device_codecs::{Rejects, envelope, position, tag, weighbridge};
use domain::reading::Observation;
use domain::time::{Instant, Now};

use crate::config::{DeviceSetup, Speech};

/// A conversation with a device.
pub(super) trait Dialogue: Send {
    /// Takes bytes; returns whether the device proved itself alive by them.
    fn received(&mut self, bytes: &[u8], now: Now, out: &mut Vec<Observation>) -> bool;
    /// Next bytes to send.
    fn to_send(&mut self) -> Option<Vec<u8>> {
        None
    }
    /// When [`Dialogue::timeout`] wants to be called.
    fn poll_timeout(&self) -> Option<Instant> {
        None
    }
    /// The time has come.
    ///
    /// # Errors
    /// Why the line has to be reopened.
    fn timeout(&mut self, _now: Now) -> Result<(), String> {
        Ok(())
    }
    /// A fault found in what was received.
    fn fault(&mut self) -> Option<String> {
        None
    }
    /// Fresh readings are asked for.
    fn capture(&mut self) {}
    /// Frames rejected since the line was opened, by reason.
    fn rejects(&self) -> &Rejects;
}

/// The conversation that fits a device.
pub(super) fn for_speech(setup: &DeviceSetup, now: Now) -> Box<dyn Dialogue> {
    match setup.speech {
        Speech::Weighbridge(protocol) => Box::new(Weighbridge {
            decoder: weighbridge::Decoder::new(protocol),
            request: weighbridge::poll_request(protocol),
            request_at: now.mono,
            request_due: false,
        }),
        Speech::Nmea => Box::new(Nmea {
            decoder: position::Decoder::new(),
        }),
        Speech::Llrp => Box::new(Llrp {
            session: tag::Session::new(now.mono),
        }),
        Speech::Envelope
        | Speech::Pictures { .. }
        | Speech::ScanImages
        | Speech::PositionService(_)
        | Speech::Terminals(_)
        | Speech::GateController { .. } => Box::new(Envelope {
            decoder: envelope::Decoder::new(),
            triggers: 0,
        }),
    }
}

struct Weighbridge {
    decoder: weighbridge::Decoder,
    /// What to ask with, for indicators that speak only when asked.
    request: Option<Vec<u8>>,
    request_at: Instant,
    request_due: bool,
}

impl Weighbridge {
    /// Between two requests of a polled indicator: slower ones answer in about 100 ms.
    const POLL: Duration = Duration::from_millis(150);
}

impl Dialogue for Weighbridge {
    fn received(&mut self, bytes: &[u8], _now: Now, out: &mut Vec<Observation>) -> bool {
        let readings = self.decoder.feed(bytes);
        let alive = !readings.is_empty();
        out.extend(readings.into_iter().map(Observation::Weight));
        alive
    }

    fn to_send(&mut self) -> Option<Vec<u8>> {
        if !std::mem::take(&mut self.request_due) {
            return None;
        }
        self.request.clone()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.request.as_ref().map(|_| self.request_at)
    }

    fn timeout(&mut self, now: Now) -> Result<(), String> {
        if self.request_at <= now.mono {
            self.request_due = true;
            self.request_at = now.mono + Self::POLL;
        }
        Ok(())
    }

    fn rejects(&self) -> &Rejects {
        self.decoder.rejects()
    }
}

struct Nmea {
    decoder: position::Decoder,
}

impl Dialogue for Nmea {
    fn received(&mut self, bytes: &[u8], _now: Now, out: &mut Vec<Observation>) -> bool {
        let fixes = self.decoder.feed(bytes);
        let alive = !fixes.is_empty();
        out.extend(fixes.into_iter().map(Observation::Position));
        alive
    }

    fn rejects(&self) -> &Rejects {
        self.decoder.rejects()
    }
}

struct Llrp {
    session: tag::Session,
}

impl Dialogue for Llrp {
    fn received(&mut self, bytes: &[u8], now: Now, out: &mut Vec<Observation>) -> bool {
        self.session.handle_input(bytes, now.mono);
        while let Some(reading) = self.session.poll_reading() {
            out.push(Observation::Tag(reading));
        }
        // Keepalives and answers prove the reader alive when no tag is in its field.
        self.session.is_established()
    }

    fn to_send(&mut self) -> Option<Vec<u8>> {
        self.session.poll_output()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.session.poll_timeout()
    }

    fn timeout(&mut self, now: Now) -> Result<(), String> {
        self.session
            .handle_timeout(now.mono)
            .map_err(|error| error.to_string())
    }

    fn fault(&mut self) -> Option<String> {
        self.session.fault().map(|fault| fault.to_string())
    }

    fn rejects(&self) -> &Rejects {
        self.session.rejects()
    }
}

struct Envelope {
    decoder: envelope::Decoder,
    triggers: u16,
}

impl Dialogue for Envelope {
    fn received(&mut self, bytes: &[u8], _now: Now, out: &mut Vec<Observation>) -> bool {
        let observations = self.decoder.feed(bytes);
        let alive = !observations.is_empty();
        out.extend(observations);
        alive
    }

    fn to_send(&mut self) -> Option<Vec<u8>> {
        self.triggers = self.triggers.checked_sub(1)?;
        Some(envelope::TRIGGER.to_vec())
    }

    fn capture(&mut self) {
        self.triggers = 1;
    }

    fn rejects(&self) -> &Rejects {
        self.decoder.rejects()
    }
}
