//! Volatile access to one word of memory: a register of the chip, a word of flash, a word of the
//! stack. With the boards' own register crates this is where `unsafe` is.
#![expect(
    unsafe_code,
    reason = "a register is an address; the compiler cannot know what is there"
)]

/// A word at an address fixed by the chip or the linker.
#[derive(Clone, Copy)]
pub(crate) struct Word(usize);

impl Word {
    /// The word at `address`, which must be aligned and readable on this chip.
    pub(crate) const fn at(address: usize) -> Self {
        Self(address)
    }

    /// The word `bytes` further on.
    pub(crate) const fn offset(self, bytes: usize) -> Self {
        Self(self.0 + bytes)
    }

    pub(crate) fn read(self) -> u32 {
        // SAFETY: boards name addresses of their chip's memory map only, all of them aligned.
        unsafe { core::ptr::read_volatile(self.0 as *const u32) }
    }

    #[cfg(feature = "lm3s6965")]
    pub(crate) fn write(self, value: u32) {
        // SAFETY: as above; a register is no memory that Rust has given to anybody.
        unsafe { core::ptr::write_volatile(self.0 as *mut u32, value) }
    }

    #[cfg(feature = "lm3s6965")]
    pub(crate) fn modify(self, change: impl FnOnce(u32) -> u32) {
        self.write(change(self.read()));
    }
}
