//! What the interrupts hand to the loop, and the loop to them: samples of the inputs, bytes of the
//! line both ways, and the clock. Everything has a limit; what finds no room is counted.

use gate_protocol::Inputs;
use heapless::Deque;

use crate::board::SETTLE_MS;
use crate::clock::Clock;

/// Longest frame of the line.
const FRAME_MAX: usize = gate_modbus::ADU_MAX;

/// The inputs as they were at one millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Milliseconds since boot.
    pub at_ms: u32,
    /// Levels in the sense of the field.
    pub inputs: Inputs,
}

/// Shared between interrupts and loop, behind a critical section.
#[derive(Debug)]
pub struct Exchange {
    clock: Clock,
    /// Time of the last sample: ticks counted, and lost ones made up for.
    sampled_ms: u32,
    samples: Deque<Sample, 32>,
    last: Option<Inputs>,
    taken: u32,
    lost: u32,
    received: Deque<(u8, u32), 128>,
    bytes_lost: u32,
    outgoing: [u8; FRAME_MAX],
    length: usize,
    sent: usize,
}

impl Exchange {
    /// At boot, on a counter of `cycles_a_us` cycles a microsecond.
    #[must_use]
    pub const fn new(cycles_a_us: u32) -> Self {
        Self {
            clock: Clock::new(cycles_a_us),
            sampled_ms: 0,
            samples: Deque::new(),
            last: None,
            taken: 0,
            lost: 0,
            received: Deque::new(),
            bytes_lost: 0,
            outgoing: [0; FRAME_MAX],
            length: 0,
            sent: 0,
        }
    }

    /// A millisecond has passed, or more if interrupts were held off: `counter` says how many. The
    /// inputs are at these levels. Only changes are kept, and a change that finds no room is tried
    /// again at the next millisecond.
    pub fn tick(&mut self, inputs: Inputs, counter: u32) {
        let at_ms = self.time_of_sample(counter);
        self.taken = self.taken.wrapping_add(1);
        if self.last.is_none() && at_ms < SETTLE_MS || self.last == Some(inputs) {
            return;
        }
        match self.samples.push_back(Sample { at_ms, inputs }) {
            Ok(()) => self.last = Some(inputs),
            Err(_) => self.lost = self.lost.wrapping_add(1),
        }
    }

    /// Samples are a millisecond apart by the timer that asks for them, however late its interrupt
    /// is served. Only a gap of two and more by the counter means that ticks were lost.
    fn time_of_sample(&mut self, counter: u32) -> u32 {
        let gap_ms = self.clock.gap_ms(counter);
        let step_ms = if gap_ms >= 2 { gap_ms } else { 1 };
        self.sampled_ms = self.sampled_ms.wrapping_add(step_ms);
        self.sampled_ms
    }

    /// A byte has come; `None` for one that was broken or overrun.
    pub fn receive(&mut self, byte: Option<u8>) {
        let now_ms = self.sampled_ms;
        let kept = byte.is_some_and(|byte| self.received.push_back((byte, now_ms)).is_ok());
        if !kept {
            self.bytes_lost = self.bytes_lost.wrapping_add(1);
        }
    }

    /// Takes a frame to send; longer than the longest frame is cut. What was not sent is dropped.
    pub fn offer(&mut self, frame: &[u8]) {
        self.length = frame.len().min(FRAME_MAX);
        self.sent = 0;
        for (slot, &byte) in self.outgoing.iter_mut().zip(frame) {
            *slot = byte;
        }
    }

    /// The next byte to put on the line.
    pub fn next_to_send(&mut self) -> Option<u8> {
        let byte = self.outgoing.get(..self.length)?.get(self.sent).copied()?;
        self.sent += 1;
        Some(byte)
    }

    /// Nothing is left to put on the line.
    #[must_use]
    pub fn is_sent(&self) -> bool {
        self.sent >= self.length
    }

    /// Milliseconds since boot, wrapping: the time of the last sample, so that the loop never looks
    /// at an input with a time after the input's own.
    #[must_use]
    pub fn now_ms(&self) -> u32 {
        self.sampled_ms
    }

    /// Microseconds since boot, wrapping.
    pub fn now_us(&mut self, counter: u32) -> u32 {
        self.clock.now_us(counter)
    }

    /// The oldest change of the inputs.
    pub fn next_sample(&mut self) -> Option<Sample> {
        self.samples.pop_front()
    }

    /// The oldest byte received, with its time.
    pub fn next_byte(&mut self) -> Option<(u8, u32)> {
        self.received.pop_front()
    }

    /// Samples taken since boot.
    #[must_use]
    pub fn samples_taken(&self) -> u32 {
        self.taken
    }

    /// Samples that found no room.
    #[must_use]
    pub fn samples_lost(&self) -> u32 {
        self.lost
    }

    /// Bytes lost or broken.
    #[must_use]
    pub fn bytes_lost(&self) -> u32 {
        self.bytes_lost
    }
}
