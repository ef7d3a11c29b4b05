//! Names of lanes, devices and people → small numbers, so that thousands of hours share each name.
//! Knows no more names than its limit; all beyond it go by one number.

use std::collections::BTreeMap;

/// Number of every name beyond the limit.
pub(super) const OTHERS: u16 = u16::MAX;
/// How they are shown together.
const OTHERS_NAME: &str = "…";

/// Names in the order in which they were met.
#[derive(Debug, Clone)]
pub(super) struct Roll {
    names: Vec<String>,
    numbers: BTreeMap<String, u16>,
    names_max: u16,
}

impl Roll {
    pub(super) const fn new(names_max: u16) -> Self {
        Self {
            names: Vec::new(),
            numbers: BTreeMap::new(),
            names_max,
        }
    }

    /// The number of `name`, which is met now if it was not before.
    pub(super) fn number(&mut self, name: &str) -> u16 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let next = u16::try_from(self.names.len()).unwrap_or(OTHERS);
        if next >= self.names_max {
            return OTHERS;
        }
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), next);
        next
    }

    /// The name behind a number.
    pub(super) fn name(&self, number: u16) -> &str {
        self.names
            .get(usize::from(number))
            .map_or(OTHERS_NAME, String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_beyond_the_limit_share_a_number() {
        let mut roll = Roll::new(2);
        let numbers: Vec<u16> = ["E1", "E2", "X1", "E1", "X2"]
            .into_iter()
            .map(|name| roll.number(name))
            .collect();
        assert_eq!(numbers, [0, 1, OTHERS, 0, OTHERS]);
        assert_eq!((roll.name(1), roll.name(OTHERS)), ("E2", OTHERS_NAME));
    }
}
