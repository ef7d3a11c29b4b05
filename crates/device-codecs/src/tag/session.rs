//! The client's side of an LLRP session: set up an inventory, take its reports, answer
//! keep-alives, notice silence. The connection itself is opened and closed by the caller.

use std::collections::VecDeque;
use std::time::Duration;

use domain::reading::TagReading;
use domain::time::Instant;

use super::message::{self, Front, HEADER_BYTES, Message, kind};
use crate::rejects::{RejectReason, Rejects};

/// The reader is asked for a sign of life this often.
const KEEPALIVE_MS: u32 = 2_000;
/// Nothing at all for three of them means that the reader is gone.
const SILENCE: Duration = Duration::from_millis(3 * KEEPALIVE_MS as u64);
/// Longest wait for the answer to a request.
const ANSWER: Duration = Duration::from_secs(5);
/// Number of our inventory on the reader.
const ROSPEC_ID: u32 = 1;
/// Readings that may wait to be taken.
const READINGS_MAX: usize = 4_096;

/// Why the connection is of no use any more.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SessionFault {
    /// The reader serves another client, or refuses this one.
    #[error("the reader refused the connection with status {status}")]
    Refused {
        /// Status of the connection attempt.
        status: u16,
    },
    /// The reader did not do what it was asked.
    #[error("the reader answered {request} with status {status} {text}")]
    Failed {
        /// What was asked.
        request: &'static str,
        /// Status code of LLRP.
        status: u16,
        /// The reader's words.
        text: String,
    },
    /// A request was not answered.
    #[error("the reader did not answer {request} within {} s", ANSWER.as_secs())]
    Unanswered {
        /// What was asked.
        request: &'static str,
    },
    /// Neither reports nor keep-alives.
    #[error("the reader has been silent for {} s", SILENCE.as_secs())]
    Silent,
    /// The bytes are no LLRP, or its length field is absurd.
    #[error("what the reader sends is no LLRP")]
    NotLlrp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Waits for the reader's word that we are connected.
    Connecting,
    Configuring,
    Deleting,
    Adding,
    Enabling,
    Starting,
    Reading,
}

impl Step {
    const fn request(self) -> &'static str {
        match self {
            Self::Connecting => "the connection",
            Self::Configuring => "SET_READER_CONFIG",
            Self::Deleting => "DELETE_ROSPEC",
            Self::Adding => "ADD_ROSPEC",
            Self::Enabling => "ENABLE_ROSPEC",
            Self::Starting => "START_ROSPEC",
            Self::Reading => "nothing",
        }
    }

    const fn answer(self) -> Option<u16> {
        match self {
            Self::Connecting | Self::Reading => None,
            Self::Configuring => Some(kind::SET_READER_CONFIG_RESPONSE),
            Self::Deleting => Some(kind::DELETE_ROSPEC_RESPONSE),
            Self::Adding => Some(kind::ADD_ROSPEC_RESPONSE),
            Self::Enabling => Some(kind::ENABLE_ROSPEC_RESPONSE),
            Self::Starting => Some(kind::START_ROSPEC_RESPONSE),
        }
    }
}

/// One session.
#[derive(Debug, Clone)]
pub struct Session {
    buffer: Vec<u8>,
    step: Step,
    deadline: Instant,
    last_id: u32,
    readings: VecDeque<TagReading>,
    outputs: VecDeque<Vec<u8>>,
    rejects: Rejects,
    fault: Option<SessionFault>,
}

impl Session {
    /// A session on a connection that was opened at `now`.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self {
            buffer: Vec::new(),
            step: Step::Connecting,
            deadline: now + ANSWER,
            last_id: 0,
            readings: VecDeque::new(),
            outputs: VecDeque::new(),
            rejects: Rejects::default(),
            fault: None,
        }
    }

    /// Takes bytes as they came.
    pub fn handle_input(&mut self, bytes: &[u8], now: Instant) {
        self.buffer.extend_from_slice(bytes);
        loop {
            match message::front(&self.buffer) {
                Front::Wait => return,
                Front::Broken => {
                    // LLRP has no mark to find the next message by.
                    self.rejects.count(RejectReason::Framing);
                    self.buffer.clear();
                    self.fault = Some(SessionFault::NotLlrp);
                    return;
                }
                Front::Message { len, message } => {
                    debug_assert!(len >= HEADER_BYTES, "checked by the header");
                    self.buffer.drain(..len);
                    self.take(&message, now);
                }
            }
        }
    }

    fn take(&mut self, message: &Message, now: Instant) {
        if self.step == Step::Reading {
            self.deadline = now + SILENCE;
        }
        match message.kind {
            kind::RO_ACCESS_REPORT => {
                let (tags, bad) = message::tags(&message.body);
                (0..bad).for_each(|_| self.rejects.count(RejectReason::Framing));
                for tag in tags {
                    if self.readings.len() >= READINGS_MAX {
                        self.rejects.count(RejectReason::Busy);
                        self.readings.pop_front();
                    }
                    self.readings.push_back(tag);
                }
            }
            kind::KEEPALIVE => {
                self.outputs
                    .push_back(message::message(kind::KEEPALIVE_ACK, message.id, &[]));
            }
            kind::READER_EVENT_NOTIFICATION => {
                match (message::connection_attempt(&message.body), self.step) {
                    (Some(0), Step::Connecting) => self.go(Step::Configuring, now),
                    (Some(0) | None, _) => {}
                    (Some(status), _) => self.fault = Some(SessionFault::Refused { status }),
                }
            }
            kind::ERROR_MESSAGE => self.answered(&message.body, now),
            kind if Some(kind) == self.step.answer() => self.answered(&message.body, now),
            // Capabilities, answers to what nobody asked: of no use here, and no harm.
            _ => self.rejects.count(RejectReason::Unsupported),
        }
    }

    fn answered(&mut self, body: &[u8], now: Instant) {
        let request = self.step.request();
        match message::status(body) {
            Some(status) if status.code == 0 => {
                let next = match self.step {
                    Step::Configuring => Step::Deleting,
                    Step::Deleting => Step::Adding,
                    Step::Adding => Step::Enabling,
                    Step::Enabling => Step::Starting,
                    Step::Connecting | Step::Starting | Step::Reading => Step::Reading,
                };
                self.go(next, now);
            }
            // Nothing to delete, and an inventory that has started by itself, are both fine.
            Some(_) if self.step == Step::Deleting => self.go(Step::Adding, now),
            Some(_) if self.step == Step::Starting => self.go(Step::Reading, now),
            Some(status) => {
                let (code, text) = (status.code, status.text);
                self.fault = Some(SessionFault::Failed {
                    request,
                    status: code,
                    text,
                });
            }
            None => self.rejects.count(RejectReason::Framing),
        }
    }

    fn go(&mut self, step: Step, now: Instant) {
        self.step = step;
        self.deadline = now
            + if step == Step::Reading {
                SILENCE
            } else {
                ANSWER
            };
        let id = ROSPEC_ID.to_be_bytes();
        let (kind, body) = match step {
            Step::Configuring => (
                kind::SET_READER_CONFIG,
                message::keepalive_config_body(KEEPALIVE_MS),
            ),
            // 0: every inventory that an earlier client has left.
            Step::Deleting => (kind::DELETE_ROSPEC, vec![0; 4]),
            Step::Adding => (kind::ADD_ROSPEC, message::rospec(ROSPEC_ID)),
            Step::Enabling => (kind::ENABLE_ROSPEC, id.to_vec()),
            Step::Starting => (kind::START_ROSPEC, id.to_vec()),
            Step::Connecting | Step::Reading => return,
        };
        self.last_id += 1;
        self.outputs
            .push_back(message::message(kind, self.last_id, &body));
    }

    /// The next tag read.
    pub fn poll_reading(&mut self) -> Option<TagReading> {
        self.readings.pop_front()
    }

    /// The next bytes to send.
    pub fn poll_output(&mut self) -> Option<Vec<u8>> {
        self.outputs.pop_front()
    }

    /// When [`Session::handle_timeout`] wants to be called.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.fault.is_none().then_some(self.deadline)
    }

    /// The time has come.
    ///
    /// # Errors
    /// The reader is silent or has not answered: close the connection and open a new one.
    pub fn handle_timeout(&mut self, now: Instant) -> Result<(), SessionFault> {
        if now < self.deadline {
            return Ok(());
        }
        Err(match self.step {
            Step::Reading => SessionFault::Silent,
            Step::Connecting
            | Step::Configuring
            | Step::Deleting
            | Step::Adding
            | Step::Enabling
            | Step::Starting => SessionFault::Unanswered {
                request: self.step.request(),
            },
        })
    }

    /// Why the connection has to be closed, once there is a reason.
    pub fn fault(&mut self) -> Option<SessionFault> {
        self.fault.take()
    }

    /// The inventory runs.
    #[must_use]
    pub fn is_established(&self) -> bool {
        self.step == Step::Reading
    }

    /// Messages and entries refused so far.
    #[must_use]
    pub const fn rejects(&self) -> &Rejects {
        &self.rejects
    }

    /// A polite end of the session.
    #[must_use]
    pub fn close(&mut self) -> Vec<u8> {
        self.last_id += 1;
        message::message(kind::CLOSE_CONNECTION, self.last_id, &[])
    }
}
