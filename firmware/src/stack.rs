//! How much stack was never used. Start-up paints the stack; here a few words are looked at in each
//! pass, so that the search costs the same in every one.

/// Words looked at in one pass.
const WORDS_A_PASS: usize = 16;
/// The lowest words: once they are used, the stack has met what lies below it.
const GUARD_WORDS: usize = 8;

/// A stack painted at start.
pub trait Painted {
    /// Words from the lowest to the highest of the stack.
    fn stack_words(&self) -> usize;
    /// Whether a word, counted from the lowest, still has its paint.
    fn is_painted(&self, word: usize) -> bool;
}

/// Finds the lowest word that was used.
#[derive(Debug)]
pub struct StackWatch {
    free: usize,
    next: usize,
}

impl StackWatch {
    /// Nothing looked at yet.
    #[must_use]
    pub fn new(stack: &impl Painted) -> Self {
        Self {
            free: stack.stack_words(),
            next: 0,
        }
    }

    /// Looks at the next words.
    ///
    /// # Panics
    /// When the lowest words were used: memory below the stack is no longer to be trusted.
    pub fn look(&mut self, stack: &impl Painted) {
        assert!(
            (0..GUARD_WORDS).all(|word| stack.is_painted(word)),
            "the stack is exhausted"
        );
        let end = self.free.min(self.next + WORDS_A_PASS);
        match (self.next..end).find(|&word| !stack.is_painted(word)) {
            Some(used) => {
                self.free = used;
                self.next = 0;
            }
            None if end == self.free => self.next = 0,
            None => self.next = end,
        }
    }

    /// Bytes never used, as far as looked at.
    #[must_use]
    pub fn free_bytes(&self) -> u16 {
        u16::try_from(self.free * 4).unwrap_or(u16::MAX)
    }
}
