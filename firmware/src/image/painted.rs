//! The stack as the linker laid it out and the start-up code painted it.

use crate::memory::Word;

#[expect(
    unsafe_code,
    reason = "symbols of the linker script; only their addresses are used"
)]
// SAFETY: the names are the start-up code's, and nothing is read through them.
unsafe extern "C" {
    static _stack_start: u32;
    static _stack_end: u32;
}

/// Words between the lowest and the highest of the stack.
pub(crate) fn words() -> usize {
    (&raw const _stack_start as usize - &raw const _stack_end as usize) / 4
}

/// Whether a word, counted from the lowest, was never used.
pub(crate) fn is_painted(word: usize) -> bool {
    let address = &raw const _stack_end as usize + 4 * word;
    Word::at(address).read() == cortex_m_rt::STACK_PAINT_VALUE
}
