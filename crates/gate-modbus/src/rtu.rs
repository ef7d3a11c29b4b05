//! Turns bytes of a serial line into frames by silence, length and check sum.
//!
//! The standard ends a frame at 3.5 characters of silence. Converters and
//! pseudo-terminals tear frames apart, so a frame that is not whole yet is given
//! a longer silence to become whole; one that is whole is taken at the short one.
//! A stray byte before a frame does not spoil it: what came after the last short
//! silence is tried, too. What is neither is counted and dropped.

use crc::{CRC_16_MODBUS, Crc};

/// Longest frame: unit, request, check sum.
pub const ADU_MAX: usize = 256;

const CRC: Crc<u16> = Crc::<u16>::new(&CRC_16_MODBUS);

/// Silences of the line, ms.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// Ends a whole frame: 3.5 characters, 1.75 ms from 19200 Bd on.
    pub end_ms: u32,
    /// Ends a frame that is not whole.
    pub torn_ms: u32,
}

/// What a silence ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrived<'a> {
    /// A whole frame: the unit it is for, and its request.
    Frame {
        /// Unit address; 0 is a broadcast.
        unit: u8,
        /// Function code and what follows.
        request: &'a [u8],
        /// Bytes that are no frame came before it.
        strays: bool,
    },
    /// Bytes that are no frame: noise, a collision, another speed.
    Noise,
}

/// Collects one frame. Longer than the longest frame is noise.
#[derive(Debug)]
pub struct Receiver {
    timing: Timing,
    bytes: [u8; ADU_MAX],
    length: usize,
    /// More came than fits.
    overlong: bool,
    /// Where the bytes after the last short silence begin.
    mark: usize,
    last_ms: u32,
}

impl Receiver {
    /// An empty receiver.
    #[must_use]
    pub const fn new(timing: Timing) -> Self {
        Self {
            timing,
            bytes: [0; ADU_MAX],
            length: 0,
            overlong: false,
            mark: 0,
            last_ms: 0,
        }
    }

    /// Takes one byte that came at `now_ms`.
    pub fn take(&mut self, byte: u8, now_ms: u32) {
        let silent_ms = now_ms.wrapping_sub(self.last_ms);
        if self.length > 0 && silent_ms >= self.timing.end_ms {
            self.mark = self.length;
        }
        self.last_ms = now_ms;
        match self.bytes.get_mut(self.length) {
            Some(slot) => {
                *slot = byte;
                self.length += 1;
            }
            None => self.overlong = true,
        }
    }

    /// Nothing has come since the last frame.
    #[must_use]
    pub const fn is_idle(&self) -> bool {
        self.length == 0
    }

    /// What the silence until `now_ms` has ended, if anything. Ask again: the bytes are gone.
    pub fn poll(&mut self, now_ms: u32) -> Option<Arrived<'_>> {
        let silent_ms = now_ms.wrapping_sub(self.last_ms);
        if self.length == 0 || silent_ms < self.timing.end_ms {
            return None;
        }
        let start = if self.overlong {
            None
        } else {
            [0, self.mark]
                .into_iter()
                .find(|&start| is_whole(self.bytes.get(start..self.length).unwrap_or(&[])))
        };
        if start.is_none() && silent_ms < self.timing.torn_ms {
            return None;
        }
        let end = self.length;
        (self.length, self.mark, self.overlong) = (0, 0, false);
        let Some(&[unit, ref request @ .., _, _]) =
            start.and_then(|start| self.bytes.get(start..end))
        else {
            return Some(Arrived::Noise);
        };
        let strays = start != Some(0);
        Some(Arrived::Frame {
            unit,
            request,
            strays,
        })
    }
}

fn is_whole(frame: &[u8]) -> bool {
    has_its_length(frame) && check(frame)
}

/// A frame of a function of the map has the length that it says itself. The check sum alone lets a
/// lost or stray byte through once in 2^16.
fn has_its_length(frame: &[u8]) -> bool {
    match *frame {
        // Unit, function, address, count, check sum.
        [_, 3 | 4, ..] => frame.len() == 8,
        // The same, the number of bytes, and those.
        [_, 16, _, _, _, _, bytes, ..] => frame.len() == 9 + usize::from(bytes),
        [_, 16, ..] => false,
        // Whatever it is, it will be an exception.
        [..] => frame.len() >= 4,
    }
}

/// Whether a frame ends with the check sum of what comes before.
#[must_use]
pub fn check(frame: &[u8]) -> bool {
    frame
        .split_last_chunk::<2>()
        .is_some_and(|(body, sum)| CRC.checksum(body).to_le_bytes() == *sum)
}

/// Makes a frame of an answer: the unit before it, the check sum behind. Returns its length.
pub fn seal(unit: u8, answer: &[u8], frame: &mut [u8; ADU_MAX]) -> usize {
    let length = answer.len().min(crate::PDU_MAX);
    frame[0] = unit;
    frame[1..=length].copy_from_slice(&answer[..length]);
    let sum = CRC.checksum(&frame[..=length]).to_le_bytes();
    frame[length + 1..length + 3].copy_from_slice(&sum);
    length + 3
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMING: Timing = Timing {
        end_ms: 2,
        torn_ms: 20,
    };
    /// MODBUS over Serial Line 1.02 and every manual since.
    const READ_ONE: [u8; 8] = [1, 4, 0, 0, 0, 1, 0x31, 0xCA];

    fn feed(receiver: &mut Receiver, bytes: &[u8], at_ms: u32) {
        for &byte in bytes {
            receiver.take(byte, at_ms);
        }
    }

    fn is_read_one(arrived: Option<Arrived<'_>>, strays: bool) -> bool {
        let request = &READ_ONE[1..6];
        arrived
            == Some(Arrived::Frame {
                unit: 1,
                request,
                strays,
            })
    }

    #[test]
    fn a_frame_is_taken_after_its_silence_and_once() {
        let mut receiver = Receiver::new(TIMING);
        // Just before the counter wraps.
        let start_ms = u32::MAX;
        feed(&mut receiver, &READ_ONE, start_ms);
        assert_eq!(receiver.poll(start_ms.wrapping_add(1)), None);
        assert!(is_read_one(receiver.poll(start_ms.wrapping_add(2)), false));
        assert_eq!(receiver.poll(start_ms.wrapping_add(30)), None);
    }

    #[test]
    fn a_torn_frame_is_whole_again_and_a_broken_one_is_noise() {
        let mut receiver = Receiver::new(TIMING);
        feed(&mut receiver, &READ_ONE[..3], 0);
        assert_eq!(receiver.poll(15), None);
        feed(&mut receiver, &READ_ONE[3..], 15);
        assert!(is_read_one(receiver.poll(17), false));
        feed(&mut receiver, &READ_ONE[..7], 100);
        assert_eq!(receiver.poll(119), None);
        assert_eq!(receiver.poll(120), Some(Arrived::Noise));
        assert_eq!(receiver.poll(200), None);
    }

    #[test]
    fn stray_bytes_before_a_silence_do_not_spoil_the_frame() {
        let mut receiver = Receiver::new(TIMING);
        feed(&mut receiver, &[0xFF, 0, 7], 0);
        feed(&mut receiver, &READ_ONE, 5);
        assert!(is_read_one(receiver.poll(7), true));
        // Glued to the frame they do; the master asks again.
        feed(&mut receiver, &[7], 50);
        feed(&mut receiver, &READ_ONE, 51);
        assert_eq!(receiver.poll(71), Some(Arrived::Noise));
    }

    #[test]
    fn every_flipped_bit_and_every_length_is_noise() {
        for bit in 0..64 {
            let mut frame = READ_ONE;
            frame[bit / 8] ^= 1 << (bit % 8);
            let mut receiver = Receiver::new(TIMING);
            feed(&mut receiver, &frame, 0);
            assert_eq!(receiver.poll(20), Some(Arrived::Noise), "bit {bit}");
        }
        for length in [1, 2, 3, ADU_MAX, ADU_MAX + 1, 10 * ADU_MAX] {
            let mut receiver = Receiver::new(TIMING);
            feed(&mut receiver, &vec![0x55; length], 0);
            assert_eq!(receiver.poll(20), Some(Arrived::Noise), "{length} bytes");
            feed(&mut receiver, &READ_ONE, 40);
            assert!(
                is_read_one(receiver.poll(42), false),
                "after {length} bytes"
            );
        }
    }

    #[test]
    fn a_frame_of_another_length_than_it_says_is_noise() {
        let requests: [&[u8]; 4] = [
            &[4, 0, 0, 0, 1, 0],
            &[3, 0, 0, 0],
            &[16, 0, 10, 0, 2, 4, 0, 10, 1],
            &[16, 0, 10, 0, 2],
        ];
        for request in requests {
            let mut frame = [0; ADU_MAX];
            let length = seal(1, request, &mut frame);
            let mut receiver = Receiver::new(TIMING);
            feed(&mut receiver, &frame[..length], 0);
            assert_eq!(receiver.poll(20), Some(Arrived::Noise), "{request:?}");
        }
    }

    #[test]
    fn an_answer_is_sealed_so_that_it_checks() {
        let mut frame = [0; ADU_MAX];
        let length = seal(1, &READ_ONE[1..6], &mut frame);
        assert_eq!(frame[..length], READ_ONE);
        let longest = [9; crate::PDU_MAX];
        let length = seal(1, &longest, &mut frame);
        assert_eq!(length, ADU_MAX);
        assert!(check(&frame[..length]));
    }
}
