//! Turns a wrapping millisecond counter into limits reached and the next time to wake.

/// Longest sleep. Short against the 49.7 days after which the counter wraps, so
/// every limit is seen reached long before its start could look recent again.
pub(crate) const IDLE_MS: u32 = 3_600_000;

/// One evaluation at one time. Every limit asked about and not yet reached is
/// remembered, so the wake-up time cannot drift from the logic.
pub(crate) struct Wake {
    pub(crate) now_ms: u32,
    in_ms: u32,
}

impl Wake {
    pub(crate) const fn new(now_ms: u32) -> Self {
        Self {
            now_ms,
            in_ms: IDLE_MS,
        }
    }

    /// True when `limit_ms` have passed since `since_ms`; if not, wakes then.
    pub(crate) fn reached(&mut self, since_ms: u32, limit_ms: u32) -> bool {
        let elapsed_ms = self.now_ms.wrapping_sub(since_ms);
        if elapsed_ms >= limit_ms {
            return true;
        }
        self.in_ms = self.in_ms.min(limit_ms - elapsed_ms);
        false
    }

    /// When to be called next.
    pub(crate) const fn at_ms(&self) -> u32 {
        self.now_ms.wrapping_add(self.in_ms)
    }
}

/// Time since something began, against one limit. Once reached it stays
/// reached, through any number of counter wraps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Hold {
    pub(crate) since_ms: u32,
    pub(crate) done: bool,
}

impl Hold {
    pub(crate) const fn start(now_ms: u32) -> Self {
        Self {
            since_ms: now_ms,
            done: false,
        }
    }

    /// A hold whose limit was reached before anyone looked.
    pub(crate) const fn elapsed() -> Self {
        Self {
            since_ms: 0,
            done: true,
        }
    }

    pub(crate) fn reached(&mut self, limit_ms: u32, wake: &mut Wake) -> bool {
        self.done = self.done || wake.reached(self.since_ms, limit_ms);
        self.done
    }
}

/// Something switched on for a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Span {
    hold: Hold,
    on_ms: u32,
}

impl Span {
    pub(crate) const OFF: Self = Self {
        hold: Hold::elapsed(),
        on_ms: 0,
    };

    pub(crate) const fn start(now_ms: u32, on_ms: u32) -> Self {
        Self {
            hold: Hold::start(now_ms),
            on_ms,
        }
    }

    pub(crate) fn settle(&mut self, wake: &mut Wake) {
        if self.hold.reached(self.on_ms, wake) {
            *self = Self::OFF;
        }
    }

    pub(crate) const fn is_on(&self) -> bool {
        !self.hold.done && self.on_ms > 0
    }
}

#[cfg(test)]
impl Wake {
    /// Milliseconds until the next call.
    pub(crate) const fn in_ms(&self) -> u32 {
        self.in_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_hold_across_the_wrap_of_the_counter() {
        let mut hold = Hold::start(u32::MAX - 9);
        let mut wake = Wake::new(5);
        assert!(!hold.reached(20, &mut wake));
        assert_eq!((wake.in_ms(), wake.at_ms()), (5, 10));
        assert!(hold.reached(20, &mut Wake::new(10)));
        // A full turn later the start looks recent; the hold stays reached.
        assert!(hold.reached(20, &mut Wake::new(u32::MAX - 8)));
    }

    #[test]
    fn a_span_ends_and_does_not_return() {
        let mut span = Span::start(0, 100);
        span.settle(&mut Wake::new(99));
        assert!(span.is_on());
        span.settle(&mut Wake::new(100));
        assert!(!span.is_on());
        span.settle(&mut Wake::new(50));
        assert!(!span.is_on());
        assert!(!Span::start(0, 0).is_on());
    }
}
