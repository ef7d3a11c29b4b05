//! Turns one request (function code and what follows) into calls on a bank of
//! registers, and what they say into one answer.
//!
//! Three functions and no more: read holding registers (03), read input
//! registers (04), write multiple registers (16). All else is exception 01.

use gate_protocol::DecodeError;

/// Longest request or answer, without unit and check sum.
pub const PDU_MAX: usize = 253;
/// Most registers that one read may name.
const READ_MAX: usize = 125;
/// Most registers that one write may name.
const WRITE_MAX: usize = 123;

const READ_HOLDING: u8 = 3;
const READ_INPUT: u8 = 4;
const WRITE_MULTIPLE: u8 = 16;

/// Why a request was not carried out (Application Protocol 1.1b3, section 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exception {
    /// 01: the function is none of the three.
    IllegalFunction = 1,
    /// 02: the registers are not there.
    IllegalAddress = 2,
    /// 03: the request is no request, or a value is not of the map.
    IllegalValue = 3,
}

impl From<DecodeError> for Exception {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::NotABlock { .. } => Self::IllegalAddress,
            DecodeError::Length { .. }
            | DecodeError::NotAGateController { .. }
            | DecodeError::MapVersion { .. }
            | DecodeError::UnknownValue { .. }
            | DecodeError::OutOfRange { .. }
            | DecodeError::Overwritten { .. } => Self::IllegalValue,
        }
    }
}

/// What the registers are of.
pub trait Registers {
    /// Fills `registers` from input registers starting at `address`.
    ///
    /// # Errors
    /// The exception to answer with.
    fn read_input(&mut self, address: u16, registers: &mut [u16]) -> Result<(), Exception>;

    /// Fills `registers` from holding registers starting at `address`.
    ///
    /// # Errors
    /// The exception to answer with.
    fn read_holding(&mut self, address: u16, registers: &mut [u16]) -> Result<(), Exception>;

    /// Takes registers written from `address` on.
    ///
    /// # Errors
    /// The exception to answer with.
    fn write(&mut self, address: u16, registers: &[u16]) -> Result<(), Exception>;
}

/// Answers one request. Returns the length of the answer in `reply`.
pub fn answer(request: &[u8], registers: &mut impl Registers, reply: &mut [u8; PDU_MAX]) -> usize {
    let function = request.first().copied().unwrap_or(0);
    match carry_out(function, request, registers, reply) {
        Ok(length) => length,
        Err(exception) => {
            reply[0] = function | 0x80;
            reply[1] = exception as u8;
            2
        }
    }
}

fn carry_out(
    function: u8,
    request: &[u8],
    registers: &mut impl Registers,
    reply: &mut [u8; PDU_MAX],
) -> Result<usize, Exception> {
    if !matches!(function, READ_HOLDING | READ_INPUT | WRITE_MULTIPLE) {
        return Err(Exception::IllegalFunction);
    }
    let Some((&[_, a, b, c, d], rest)) = request.split_first_chunk::<5>() else {
        return Err(Exception::IllegalValue);
    };
    let address = u16::from_be_bytes([a, b]);
    let count = usize::from(u16::from_be_bytes([c, d]));
    let most = if function == WRITE_MULTIPLE {
        WRITE_MAX
    } else {
        READ_MAX
    };
    if !(1..=most).contains(&count) {
        return Err(Exception::IllegalValue);
    }
    if usize::from(address) + count > 0x1_0000 {
        return Err(Exception::IllegalAddress);
    }
    let mut block = [0_u16; READ_MAX];
    let Some(block) = block.get_mut(..count) else {
        return Err(Exception::IllegalValue);
    };
    if function == WRITE_MULTIPLE {
        let Some((&bytes, values)) = rest.split_first() else {
            return Err(Exception::IllegalValue);
        };
        if usize::from(bytes) != 2 * count || values.len() != 2 * count {
            return Err(Exception::IllegalValue);
        }
        for (register, pair) in block.iter_mut().zip(values.chunks_exact(2)) {
            *register = u16::from_be_bytes([pair[0], pair[1]]);
        }
        registers.write(address, block)?;
        reply[..5].copy_from_slice(&[function, a, b, c, d]);
        return Ok(5);
    }
    if !rest.is_empty() {
        return Err(Exception::IllegalValue);
    }
    if function == READ_HOLDING {
        registers.read_holding(address, block)?;
    } else {
        registers.read_input(address, block)?;
    }
    reply[0] = function;
    // At most 125 registers.
    reply[1] = (2 * count) as u8;
    for (pair, register) in reply[2..].chunks_exact_mut(2).zip(block.iter()) {
        pair.copy_from_slice(&register.to_be_bytes());
    }
    Ok(2 + 2 * count)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Input register n holds n; holding registers 10 to 12 can be written as one block.
    struct Bank(Vec<u16>);

    impl Registers for Bank {
        fn read_input(&mut self, address: u16, registers: &mut [u16]) -> Result<(), Exception> {
            for (register, value) in registers.iter_mut().zip(address..) {
                *register = value;
            }
            Ok(())
        }

        fn read_holding(&mut self, _: u16, _: &mut [u16]) -> Result<(), Exception> {
            Err(Exception::IllegalAddress)
        }

        fn write(&mut self, address: u16, registers: &[u16]) -> Result<(), Exception> {
            if address != 10 {
                return Err(Exception::IllegalAddress);
            }
            self.0 = registers.to_vec();
            Ok(())
        }
    }

    fn ask(request: &[u8]) -> (Vec<u8>, Vec<u16>) {
        let mut bank = Bank(Vec::new());
        let mut reply = [0; PDU_MAX];
        let length = answer(request, &mut bank, &mut reply);
        (reply[..length].to_vec(), bank.0)
    }

    #[test]
    fn requests_are_answered_as_the_standard_says() {
        let mut longest = vec![4, 250];
        longest.extend((7_u16..132).flat_map(u16::to_be_bytes));
        let cases: [(&[u8], &[u8]); 14] = [
            // Application Protocol 1.1b3, 6.4: the frame of a read.
            (&[4, 0, 8, 0, 1], &[4, 2, 0, 8]),
            (&[4, 0, 7, 0, 125], &longest),
            (&[4, 0, 0, 0, 0], &[0x84, 3]),
            (&[4, 0, 0, 0, 126], &[0x84, 3]),
            (&[4, 0, 0, 0, 1, 0], &[0x84, 3]),
            (&[4, 0, 0], &[0x84, 3]),
            (&[4, 0xFF, 0xFF, 0, 2], &[0x84, 2]),
            (&[3, 0, 0, 0, 1], &[0x83, 2]),
            // 6.12: the frame of a write.
            (&[16, 0, 10, 0, 2, 4, 0, 10, 1, 2], &[16, 0, 10, 0, 2]),
            (&[16, 0, 10, 0, 2, 3, 0, 10, 1], &[0x90, 3]),
            (&[16, 0, 10, 0, 2, 4, 0, 10, 1], &[0x90, 3]),
            (&[16, 0, 11, 0, 1, 2, 0, 0], &[0x90, 2]),
            (&[6, 0, 10, 0, 1], &[0x86, 1]),
            (&[], &[0x80, 1]),
        ];
        for (request, expected) in cases {
            assert_eq!(ask(request).0, expected, "{request:?}");
        }
        assert_eq!(ask(&[16, 0, 10, 0, 2, 4, 0, 10, 1, 2]).1, [10, 0x102]);
    }

    #[test]
    fn no_request_of_random_bytes_is_too_much() {
        let mut state = 0x1234_5678_u32;
        for round in 0..200_000_usize {
            let request: Vec<u8> = (0..round % 256)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (state >> 24) as u8
                })
                .collect();
            let (reply, _) = ask(&request);
            assert!((2..=PDU_MAX).contains(&reply.len()), "{request:?}");
        }
    }
}
