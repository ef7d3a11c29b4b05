//! The main loop, one pass at a time: samples, frames, time, outputs, watchdog, in this order.

use gate_logic::Controller;
use gate_modbus::{ADU_MAX, Arrived, PDU_MAX, Receiver, Timing, answer, seal};
use gate_protocol::{Configuration, Diagnostics, Identity, ResetCause, TraceCode, TraceEntry};

use crate::bank::Bank;
use crate::board::Board;
use crate::kept::Kept;
use crate::stack::StackWatch;
use crate::store::{self, Found};
use crate::vigil::Vigil;

/// Version of the firmware, from its package.
const FIRMWARE: (u8, u8, u16) = (1, 0, 0);
/// Address on the line. A lane has one controller on its own line.
const UNIT: u8 = 1;
/// 3.5 characters are at most 1.75 ms from 19200 Bd on; a torn frame is given 30 ms.
const TIMING: Timing = Timing {
    end_ms: 2,
    torn_ms: 30,
};
/// Most samples and bytes taken in one pass: what the queues hold.
const SAMPLES_A_PASS: usize = 32;
const BYTES_A_PASS: usize = 128;
/// A pass longer than this is traced.
const SLOW_US: u32 = 1_000;

/// The controller, its line, its store and its watchdog.
#[derive(Debug)]
pub struct Unit {
    controller: Controller,
    receiver: Receiver,
    found: Found,
    stack: StackWatch,
    vigil: Vigil,
    diagnostics: Diagnostics,
    kept: &'static Kept,
}

impl Unit {
    /// Starts with the settings found in flash. `chip` is what the chip says of its reset.
    pub fn new(board: &impl Board, kept: &'static Kept, chip: ResetCause, serial: u32) -> Self {
        let (reset_cause, boot_id) = kept.wake(chip, serial);
        let found = store::load(board);
        for (slot, damaged) in (1..).zip(found.damaged) {
            if damaged {
                kept.trace(event(TraceCode::SlotDamaged, slot, 0));
            }
        }
        let configuration = found.configuration.unwrap_or_else(|| {
            let standard = Configuration::default();
            if found.damaged == [false, false] {
                return standard;
            }
            // Settings that do not hold: the controller takes the defaults and reports it.
            Configuration {
                raise_travel_ms: 0,
                ..standard
            }
        });
        let identity = Identity {
            serial,
            firmware: FIRMWARE,
            boot_id,
            reset_cause,
        };
        Self {
            controller: Controller::new(configuration, identity, 0),
            receiver: Receiver::new(TIMING),
            found,
            stack: StackWatch::new(board),
            vigil: Vigil::new(),
            diagnostics: Diagnostics::default(),
            kept,
        }
    }

    /// One pass of the loop.
    pub fn pass(&mut self, board: &mut impl Board) {
        let started_us = board.now_us();
        // Before the samples: none that is still in the queue is older than this.
        let now_ms = board.now_ms();
        self.take_samples(board);
        self.take_bytes(board);
        let wake_in = self.controller.poll_timeout().wrapping_sub(now_ms);
        if wake_in == 0 || wake_in > u32::MAX / 2 {
            self.controller.handle_timeout(now_ms);
        }
        self.answer_line(board, now_ms);
        board.drive(self.controller.outputs());
        if board.browned_out() {
            self.kept.trace(event(TraceCode::BrownOut, 0, now_ms));
        }
        self.stack.look(board);
        if self.vigil.may_feed(board.samples_taken(), now_ms) {
            board.feed();
        }
        self.measure(board.now_us().wrapping_sub(started_us), now_ms);
    }

    fn take_samples(&mut self, board: &mut impl Board) {
        for _ in 0..SAMPLES_A_PASS {
            let Some(sample) = board.next_sample() else {
                break;
            };
            self.controller.handle_inputs(sample.inputs, sample.at_ms);
        }
        let lost = board.samples_lost();
        let more = lost.wrapping_sub(self.diagnostics.samples_lost);
        if more > 0 {
            self.diagnostics.samples_lost = lost;
            self.kept
                .trace(event(TraceCode::SamplesLost, capped(more), board.now_ms()));
        }
    }

    fn take_bytes(&mut self, board: &mut impl Board) {
        for _ in 0..BYTES_A_PASS {
            let Some((byte, at_ms)) = board.next_byte() else {
                break;
            };
            self.receiver.take(byte, at_ms);
        }
    }

    fn answer_line(&mut self, board: &mut impl Board, now_ms: u32) {
        let mut reply = [0; PDU_MAX];
        let (length, accepted) = match self.receiver.poll(now_ms) {
            None => return,
            Some(Arrived::Noise) => {
                self.diagnostics.noise = self.diagnostics.noise.wrapping_add(1);
                return;
            }
            // Another unit's frame, or a broadcast, which nobody could be told was refused.
            Some(Arrived::Frame { unit, .. }) if unit != UNIT => return,
            Some(Arrived::Frame {
                request, strays, ..
            }) => {
                self.diagnostics.noise = self.diagnostics.noise.wrapping_add(u32::from(strays));
                // The report tells the time of the answer.
                self.controller.handle_timeout(now_ms);
                let mut diagnostics = self.diagnostics;
                diagnostics.trace_written = self.kept.trace_written();
                diagnostics.bytes_lost = board.bytes_lost();
                diagnostics.stack_free_bytes = self.stack.free_bytes();
                diagnostics.configuration_slot = self.found.slot;
                diagnostics.configuration_generation = self.found.generation;
                diagnostics.panic_line = self.kept.panic_line();
                let mut bank = Bank {
                    controller: &mut self.controller,
                    diagnostics,
                    kept: self.kept,
                    now_ms,
                    accepted: None,
                };
                let length = answer(request, &mut bank, &mut reply);
                (length, bank.accepted)
            }
        };
        self.diagnostics.frames = self.diagnostics.frames.wrapping_add(1);
        if reply[0] & 0x80 != 0 {
            self.diagnostics.exceptions = self.diagnostics.exceptions.wrapping_add(1);
        }
        if let Some(configuration) = accepted {
            self.keep(board, &configuration, now_ms);
        }
        let mut frame = [0; ADU_MAX];
        let length = seal(UNIT, &reply[..length], &mut frame);
        board.send(&frame[..length]);
    }

    /// Stores settings before they are answered: the arm rests and the hand key is turned, so the
    /// time a page takes to erase is nobody's danger.
    fn keep(&mut self, board: &mut impl Board, configuration: &Configuration, now_ms: u32) {
        match store::store(board, &self.found, configuration) {
            Ok((slot, generation)) => {
                (self.found.slot, self.found.generation) = (slot, generation);
                self.kept.trace(event(TraceCode::Stored, slot, now_ms));
            }
            Err(slot) => self.kept.trace(event(TraceCode::StoreFailed, slot, now_ms)),
        }
    }

    fn measure(&mut self, pass_us: u32, now_ms: u32) {
        let pass = capped(pass_us);
        if pass > self.diagnostics.loop_max_us {
            self.diagnostics.loop_max_us = pass;
            if pass_us > SLOW_US {
                self.kept.trace(event(TraceCode::SlowPass, pass, now_ms));
            }
        }
    }
}

fn event(code: TraceCode, argument: u16, at_ms: u32) -> TraceEntry {
    TraceEntry {
        at_ms,
        code,
        argument,
    }
}

fn capped(value: u32) -> u16 {
    u16::try_from(value).unwrap_or(u16::MAX)
}
