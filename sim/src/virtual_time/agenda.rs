//! What happens next, in order of virtual time; what was written down first comes first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// An ordered list of things to come.
#[derive(Debug)]
pub(super) struct Agenda<T> {
    heap: BinaryHeap<Reverse<Entry<T>>>,
    written: u64,
}

#[derive(Debug)]
struct Entry<T> {
    at_us: u64,
    order: u64,
    what: T,
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.at_us, self.order) == (other.at_us, other.order)
    }
}
impl<T> Eq for Entry<T> {}
impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at_us, self.order).cmp(&(other.at_us, other.order))
    }
}

impl<T> Agenda<T> {
    pub(super) fn new() -> Self {
        Self {
            heap: BinaryHeap::new(),
            written: 0,
        }
    }

    /// Writes `what` down for `at_us`.
    pub(super) fn put(&mut self, at_us: u64, what: T) {
        self.written += 1;
        self.heap.push(Reverse(Entry {
            at_us,
            order: self.written,
            what,
        }));
    }

    /// Takes the next thing and its time.
    pub(super) fn take(&mut self) -> Option<(u64, T)> {
        self.heap
            .pop()
            .map(|Reverse(entry)| (entry.at_us, entry.what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_first_then_order_of_writing() {
        let mut agenda = Agenda::new();
        for (at, what) in [(5, 'c'), (3, 'a'), (5, 'd'), (3, 'b')] {
            agenda.put(at, what);
        }
        let order: String = std::iter::from_fn(|| agenda.take())
            .map(|(_, c)| c)
            .collect();
        assert_eq!(order, "abcd");
    }
}
