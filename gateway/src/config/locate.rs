//! Key path → line number in a TOML text. Knows syntax, not meaning.

use toml::de::{DeTable, DeValue};

/// Line (from 1) of a byte offset.
pub(super) fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()
        .iter()
        .take(offset)
        .filter(|b| **b == b'\n')
        .count()
        + 1
}

/// The key that a line sets, or the table that it opens; empty if neither.
pub(super) fn key_on(text: &str, line: usize) -> String {
    let line = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let key = line.split('=').next().unwrap_or_default();
    key.trim()
        .trim_matches(['[', ']'])
        .chars()
        .take(64)
        .collect()
}

/// Line of the key at `path`, such as `lane[0].device[1].tcp`; the line of the nearest parent if
/// the key itself is missing.
pub(super) fn line_of_key(text: &str, path: &str) -> usize {
    let Ok(root) = DeTable::parse(text) else {
        return 1;
    };
    let mut table: &DeTable<'_> = root.get_ref();
    let mut offset = 0;
    for step in path.split('.') {
        let (name, index) = match step.split_once('[') {
            Some((name, rest)) => (name, rest.trim_end_matches(']').parse::<usize>().ok()),
            None => (step, None),
        };
        let Some((key, value)) = table.iter().find(|(key, _)| key.get_ref() == name) else {
            break;
        };
        offset = key.span().start;
        let mut value = value;
        if let (DeValue::Array(items), Some(index)) = (value.get_ref(), index) {
            let Some(item) = items.get(index) else { break };
            offset = item.span().start;
            value = item;
        }
        let DeValue::Table(next) = value.get_ref() else {
            break;
        };
        table = next;
    }
    line_of(text, offset)
}
