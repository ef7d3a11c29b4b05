//! The reader's side of an LLRP session, for the simulator: accepts one client, obeys it, reports
//! the tags that it is given while an inventory runs.

use std::collections::VecDeque;

use domain::reading::TagReading;
use domain::time::{Instant, Timestamp};

use super::equipment;
use super::message::{self, Front, Message, kind};

/// Status codes of LLRP 1.1, table 15-1.
const SUCCESS: u16 = 0;
const PARAMETER_ERROR: u16 = 100;
const UNSUPPORTED_MESSAGE: u16 = 109;

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
        if self.closed {
            return;
        }
        self.buffer.extend_from_slice(bytes);
        loop {
            match message::front(&self.buffer) {
                Front::Wait => return,
                Front::Broken => {
                    self.closed = true;
                    self.buffer.clear();
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
        let Some((kind, code, body)) = self.answer(message, now) else {
            return;
        };
        let body = [message::status_body(code), body].concat();
        self.outputs
            .push_back(message::message(kind, message.id, &body));
    }

    /// Type, status and further parameters of the answer; `None` where LLRP has none.
    fn answer(&mut self, message: &Message, now: Instant) -> Option<(u16, u16, Vec<u8>)> {
        let body = message.body.as_slice();
        // Whether the request names our inventory; 0 names every one.
        let is_ours = self.rospec.is_some_and(|(id, _)| {
            let asked = body.first_chunk().map(|id| u32::from_be_bytes(*id));
            asked == Some(id) || asked == Some(0)
        });
        let of_ours = if is_ours { SUCCESS } else { PARAMETER_ERROR };
        let plain = |kind, code| Some((kind, code, Vec::new()));
        let told = |kind, parts: Option<Vec<u8>>| {
            let code = parts.as_ref().map_or(PARAMETER_ERROR, |_| SUCCESS);
            Some((kind, code, parts.unwrap_or_default()))
        };
        match message.kind {
            kind::GET_READER_CAPABILITIES => {
                let parts = body.first().and_then(|part| equipment::capabilities(*part));
                told(kind::GET_READER_CAPABILITIES_RESPONSE, parts)
            }
            kind::GET_READER_CONFIG => {
                let parts = body.first_chunk().and_then(|[high, low, part]| {
                    equipment::configuration(u16::from_be_bytes([*high, *low]), *part)
                });
                told(kind::GET_READER_CONFIG_RESPONSE, parts)
            }
            kind::SET_READER_CONFIG => {
                self.keepalive_ms = message::keepalive_period_ms(body);
                self.keepalive_at = self.next_keepalive(now);
                plain(kind::SET_READER_CONFIG_RESPONSE, SUCCESS)
            }
            // There is none, and deleting all of none succeeds.
            kind::DELETE_ACCESSSPEC => plain(kind::DELETE_ACCESSSPEC_RESPONSE, SUCCESS),
            kind::DELETE_ROSPEC => {
                (self.rospec, self.is_running) = (None, false);
                plain(kind::DELETE_ROSPEC_RESPONSE, SUCCESS)
            }
            kind::ADD_ROSPEC => {
                (self.rospec, self.is_running) = (message::rospec_of(body), false);
                let is_understood = self.rospec.is_some();
                let code = if is_understood {
                    SUCCESS
                } else {
                    PARAMETER_ERROR
                };
                plain(kind::ADD_ROSPEC_RESPONSE, code)
            }
            kind::ENABLE_ROSPEC => {
                self.is_running |= is_ours && self.rospec.is_some_and(|(_, own)| own);
                plain(kind::ENABLE_ROSPEC_RESPONSE, of_ours)
            }
            kind::START_ROSPEC => {
                self.is_running |= is_ours;
                plain(kind::START_ROSPEC_RESPONSE, of_ours)
            }
            kind::STOP_ROSPEC => {
                self.is_running &= !is_ours;
                plain(kind::STOP_ROSPEC_RESPONSE, of_ours)
            }
            kind::DISABLE_ROSPEC => {
                self.is_running &= !is_ours;
                plain(kind::DISABLE_ROSPEC_RESPONSE, of_ours)
            }
            kind::CLOSE_CONNECTION => {
                self.closed = true;
                plain(kind::CLOSE_CONNECTION_RESPONSE, SUCCESS)
            }
            kind::ENABLE_EVENTS_AND_REPORTS | kind::KEEPALIVE_ACK => None,
            _ => plain(kind::ERROR_MESSAGE, UNSUPPORTED_MESSAGE),
        }
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
