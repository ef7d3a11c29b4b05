//! The platform's side of one terminal's connection: what it reports, what it is answered. The
//! terminal registers, authenticates with the code it was given, then reports. Knows no socket and
//! no clock; whoever holds the line closes one that stays silent.
//!
//! The code is the terminal's own number and proves nothing: JT/T 808 has no secret. Which numbers
//! are listened to is configured, and lines to them belong into a closed network.

use std::collections::VecDeque;

use super::frame::{Frame, TerminalNumber};
use super::location::Location;
use super::message::{Message, MessageError, encode};
use super::stream::Decoder;
use crate::rejects::{RejectReason, Rejects};

/// Answers that wait to be sent; more frames than that in one read are a flood.
const ANSWERS_MAX: usize = 256;
/// Reports that wait to be taken.
const REPORTS_MAX: usize = 256;

/// What an authenticated terminal reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Terminal.
    pub terminal: TerminalNumber,
    /// Locations as sent, at least one.
    pub locations: Vec<Location>,
    /// Kept over a stretch without line, hence older than the last live one.
    pub is_backfill: bool,
}

/// One connection.
#[derive(Debug, Clone, Default)]
pub struct Session {
    decoder: Decoder,
    terminal: Option<TerminalNumber>,
    is_authenticated: bool,
    serial: u16,
    answers: VecDeque<Vec<u8>>,
    reports: VecDeque<Report>,
}

impl Session {
    /// A connection that has just been opened.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes as they came. `is_known`: whether a terminal is one of ours.
    pub fn handle_input(&mut self, bytes: &[u8], is_known: impl Fn(&TerminalNumber) -> bool) {
        for frame in self.decoder.feed(bytes) {
            self.frame(&frame, &is_known);
        }
    }

    /// Next bytes to send.
    pub fn poll_output(&mut self) -> Option<Vec<u8>> {
        self.answers.pop_front()
    }

    /// Next report.
    pub fn poll_report(&mut self) -> Option<Report> {
        self.reports.pop_front()
    }

    /// Who is on the line, once it has authenticated.
    #[must_use]
    pub fn terminal(&self) -> Option<&TerminalNumber> {
        self.terminal.as_ref().filter(|_| self.is_authenticated)
    }

    /// Frames refused so far.
    #[must_use]
    pub const fn rejects(&self) -> &Rejects {
        self.decoder.rejects()
    }

    fn frame(&mut self, frame: &Frame, is_known: &impl Fn(&TerminalNumber) -> bool) {
        // One connection, one terminal: another number on it is a mistake or a pretence.
        match &self.terminal {
            Some(terminal) if *terminal != frame.terminal => {
                self.decoder.reject(RejectReason::Inconsistent);
                return;
            }
            Some(_) | None => self.terminal = Some(frame.terminal.clone()),
        }
        let is_known = is_known(&frame.terminal);
        match Message::read(frame) {
            Ok(Message::Registration(_)) => {
                let answer = Message::RegistrationAnswer {
                    serial: frame.serial,
                    result: if is_known { 0 } else { 4 },
                    code: is_known.then(|| frame.terminal.to_string()),
                };
                self.refused_if(!is_known);
                self.send(frame, &answer);
            }
            Ok(Message::Authentication { code }) => {
                self.is_authenticated = is_known && code == frame.terminal.as_str();
                self.refused_if(!self.is_authenticated);
                self.answer(frame, u8::from(!self.is_authenticated));
            }
            Ok(Message::Heartbeat) => self.answer(frame, u8::from(!self.is_authenticated)),
            Ok(Message::Location(one) | Message::LocationAnswer { location: one, .. }) => {
                self.report(frame, vec![one], false);
            }
            Ok(Message::Batch {
                is_backfill,
                locations,
            }) => self.report(frame, locations, is_backfill),
            Ok(Message::Answer { .. } | Message::RegistrationAnswer { .. }) => {}
            Ok(Message::Other { .. }) => self.answer(frame, 3),
            Err(error) => {
                self.decoder.reject(error.reason());
                let is_in_parts = matches!(error, MessageError::InParts { .. });
                self.answer(frame, if is_in_parts { 3 } else { 2 });
            }
        }
    }

    fn report(&mut self, frame: &Frame, locations: Vec<Location>, is_backfill: bool) {
        self.refused_if(!self.is_authenticated);
        // An answer of "done" has the terminal forget what it sent.
        let is_taken = self.is_authenticated && self.reports.len() < REPORTS_MAX;
        if is_taken && !locations.is_empty() {
            self.reports.push_back(Report {
                terminal: frame.terminal.clone(),
                locations,
                is_backfill,
            });
        }
        self.answer(frame, u8::from(!is_taken));
    }

    fn refused_if(&mut self, is_refused: bool) {
        if is_refused {
            self.decoder.reject(RejectReason::NotValid);
        }
    }

    fn answer(&mut self, frame: &Frame, result: u8) {
        let answer = Message::Answer {
            serial: frame.serial,
            id: frame.id,
            result,
        };
        self.send(frame, &answer);
    }

    fn send(&mut self, to: &Frame, message: &Message) {
        let Some((id, body)) = encode(message, true) else {
            return;
        };
        let frame = Frame {
            id,
            version: to.version,
            terminal: to.terminal.clone(),
            serial: self.serial,
            part: None,
            body,
        };
        self.serial = self.serial.wrapping_add(1);
        if self.answers.len() < ANSWERS_MAX {
            self.answers.extend(frame.write());
        }
    }
}
