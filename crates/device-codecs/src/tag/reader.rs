//! The reader's side of an LLRP session, for the simulator: accepts one client, obeys it, reports
//! the tags that it is given while an inventory runs.

use std::collections::VecDeque;

use domain::reading::TagReading;
use domain::time::{Instant, Timestamp};

use super::message::{self, Front, Message, kind};

/// A reader with one client.
#[derive(Debug, Clone)]
pub struct ReaderSession {
    buffer: Vec<u8>,
    outputs: VecDeque<Vec<u8>>,
    rospec: Option<(u32, bool)>,
    is_running: bool,
    keepalive_ms: Option<u32>,
    keepalive_at: Option<Instant>,
    last_id: u32,
    closed: bool,
}

impl ReaderSession {
    /// A reader to which a client has connected at `utc`.
    #[must_use]
    pub fn new(utc: Timestamp) -> Self {
        let utc_us = u64::try_from(utc.as_micros()).unwrap_or(0);
        let body = message::connection_event_body(0, utc_us);
        let hello = message::message(kind::READER_EVENT_NOTIFICATION, 1, &body);
        Self {
            buffer: Vec::new(),
            outputs: VecDeque::from([hello]),
            rospec: None,
            is_running: false,
            keepalive_ms: None,
            keepalive_at: None,
            last_id: 1,
            closed: false,
        }
    }

    /// Takes bytes of the client.
    pub fn handle_input(&mut self, bytes: &[u8], now: Instant) {
        self.buffer.extend_from_slice(bytes);
        loop {
            match message::front(&self.buffer) {
                Front::Wait => return,
                Front::Broken => {
                    self.closed = true;
                    return;
                }
                Front::Message { len, message } => {
                    self.buffer.drain(..len);
                    self.obey(&message, now);
                }
            }
        }
    }

    fn obey(&mut self, message: &Message, now: Instant) {
        let is_ours = |rospec: Option<(u32, bool)>| {
            let asked = message
                .body
                .get(..4)
                .map(|id| u32::from_be_bytes([id[0], id[1], id[2], id[3]]));
            rospec.is_some_and(|(id, _)| Some(id) == asked)
        };
        // 100 is M_ParameterError, the plainest refusal of LLRP 1.1, table 15-1.
        let (kind, code) = match message.kind {
            kind::SET_READER_CONFIG => {
                self.keepalive_ms = message::keepalive_period_ms(&message.body);
                self.keepalive_at = self.next_keepalive(now);
                (kind::SET_READER_CONFIG_RESPONSE, 0)
            }
            kind::DELETE_ROSPEC => {
                (self.rospec, self.is_running) = (None, false);
                (kind::DELETE_ROSPEC_RESPONSE, 0)
            }
            kind::ADD_ROSPEC => {
                self.rospec = message::rospec_of(&message.body);
                (
                    kind::ADD_ROSPEC_RESPONSE,
                    if self.rospec.is_some() { 0 } else { 100 },
                )
            }
            kind::ENABLE_ROSPEC => {
                self.is_running = is_ours(self.rospec) && self.rospec.is_some_and(|(_, own)| own);
                (
                    kind::ENABLE_ROSPEC_RESPONSE,
                    if is_ours(self.rospec) { 0 } else { 100 },
                )
            }
            kind::START_ROSPEC => {
                self.is_running |= is_ours(self.rospec);
                (
                    kind::START_ROSPEC_RESPONSE,
                    if is_ours(self.rospec) { 0 } else { 100 },
                )
            }
            kind::CLOSE_CONNECTION => {
                self.closed = true;
                (kind::CLOSE_CONNECTION_RESPONSE, 0)
            }
            kind::KEEPALIVE_ACK => return,
            // 109 is M_UnsupportedMessage.
            _ => (kind::ERROR_MESSAGE, 109),
        };
        let body = message::status_body(code);
        self.outputs
            .push_back(message::message(kind, message.id, &body));
    }

    fn next_keepalive(&self, now: Instant) -> Option<Instant> {
        self.keepalive_ms
            .map(|ms| now + std::time::Duration::from_millis(ms.into()))
    }

    /// Reports tags in the field; nothing while no inventory runs.
    pub fn report(&mut self, tags: &[TagReading]) {
        if !self.is_running || tags.is_empty() {
            return;
        }
        self.last_id += 1;
        let body: Vec<u8> = tags
            .iter()
            .filter_map(message::tag_body)
            .flatten()
            .collect();
        self.outputs.push_back(message::message(
            kind::RO_ACCESS_REPORT,
            self.last_id,
            &body,
        ));
    }

    /// When [`ReaderSession::handle_timeout`] wants to be called.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.keepalive_at
    }

    /// Sends a keep-alive if one is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.keepalive_at.is_some_and(|at| at <= now) {
            self.last_id += 1;
            self.outputs
                .push_back(message::message(kind::KEEPALIVE, self.last_id, &[]));
            self.keepalive_at = self.next_keepalive(now);
        }
    }

    /// The next bytes to send.
    pub fn poll_output(&mut self) -> Option<Vec<u8>> {
        self.outputs.pop_front()
    }

    /// The client has said goodbye, or what it sends is no LLRP.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// An inventory runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.is_running
    }
}
