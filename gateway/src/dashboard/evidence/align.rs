//! Two short identifiers → where they differ, character by character. Knows no rule: a difference
//! is shown to a person and decides nothing.

/// Longer texts are not aligned but compared whole, characters.
const CHARS_MAX: usize = 40;
/// Identifiers looked at in one text.
const IDENTIFIERS_MAX: usize = 12;

/// A stretch of a text; one that is empty and differs is a place where a character is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// The characters.
    pub(super) text: String,
    /// Unlike the other text at this place.
    pub(super) differs: bool,
}

/// Two texts beside each other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Aligned {
    /// The first.
    pub(super) left: Vec<Piece>,
    /// The second.
    pub(super) right: Vec<Piece>,
    /// Characters that differ or are missing.
    pub(super) differing: usize,
}

/// A text that is compared with nothing.
pub(super) fn plain(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    push(&mut pieces, text, false);
    pieces
}

/// Aligns two identifiers with the fewest changes, gaps and additions; a change is preferred.
pub(super) fn align(left: &str, right: &str) -> Aligned {
    let a: Vec<char> = left.chars().collect();
    let b: Vec<char> = right.chars().collect();
    if a.len() > CHARS_MAX || b.len() > CHARS_MAX {
        return whole(left, right, a.len().max(b.len()));
    }
    let costs = costs(&a, &b);
    let (mut i, mut j) = (a.len(), b.len());
    let mut steps: Vec<(Option<char>, Option<char>)> = Vec::with_capacity(i + j);
    while i > 0 || j > 0 {
        let here = costs[i][j];
        if i > 0 && j > 0 && here == costs[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]) {
            (i, j) = (i - 1, j - 1);
            steps.push((Some(a[i]), Some(b[j])));
        } else if i > 0 && here == costs[i - 1][j] + 1 {
            i -= 1;
            steps.push((Some(a[i]), None));
        } else {
            j -= 1;
            steps.push((None, Some(b[j])));
        }
    }
    let mut aligned = Aligned {
        differing: costs[a.len()][b.len()],
        ..Aligned::default()
    };
    for (one, other) in steps.into_iter().rev() {
        put(&mut aligned.left, one, one != other);
        put(&mut aligned.right, other, one != other);
    }
    aligned
}

/// Changes needed from each beginning of `a` to each beginning of `b`.
fn costs(a: &[char], b: &[char]) -> Vec<Vec<usize>> {
    let mut costs = vec![vec![0; b.len() + 1]; a.len() + 1];
    costs[0] = (0..=b.len()).collect();
    for (i, one) in a.iter().enumerate() {
        costs[i + 1][0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let changed = costs[i][j] + usize::from(one != other);
            costs[i + 1][j + 1] = changed.min(costs[i][j + 1] + 1).min(costs[i + 1][j] + 1);
        }
    }
    costs
}

fn whole(left: &str, right: &str, chars: usize) -> Aligned {
    let differs = left != right;
    let mut aligned = Aligned {
        differing: if differs { chars } else { 0 },
        ..Aligned::default()
    };
    push(&mut aligned.left, left, differs);
    push(&mut aligned.right, right, differs);
    aligned
}

fn put(pieces: &mut Vec<Piece>, character: Option<char>, differs: bool) {
    match (character, pieces.last_mut()) {
        (None, _) => pieces.push(Piece {
            text: String::new(),
            differs: true,
        }),
        (Some(c), Some(last)) if last.differs == differs && !last.text.is_empty() => {
            last.text.push(c);
        }
        (Some(c), Some(_) | None) => pieces.push(Piece {
            text: c.into(),
            differs,
        }),
    }
}

fn push(pieces: &mut Vec<Piece>, text: &str, differs: bool) {
    if text.is_empty() {
        return;
    }
    match pieces.last_mut() {
        Some(last) if last.differs == differs && !last.text.is_empty() => last.text.push_str(text),
        Some(_) | None => pieces.push(Piece {
            text: text.to_owned(),
            differs,
        }),
    }
}

/// Compares the identifiers (plates, container numbers, seals, tags) in two texts: each one seen
/// with the nearest that was expected and is not seen elsewhere. One without a partner differs
/// whole. Other words stay unmarked.
pub(super) fn compare(expected: &str, observed: &str) -> Aligned {
    let left = words(expected);
    let right = words(observed);
    let wanted = identifiers(&left);
    let seen = identifiers(&right);
    if wanted.is_empty() || seen.is_empty() {
        return Aligned {
            left: plain(expected),
            right: plain(observed),
            differing: 0,
        };
    }
    let mut aligned = Aligned::default();
    let mut found: Vec<Option<Aligned>> = vec![None; wanted.len()];
    let mut partners = partners(&wanted, &seen).into_iter();
    for (word, is_identifier) in &right {
        if !is_identifier {
            push(&mut aligned.right, word, false);
        } else if let Some(index) = partners.next().flatten() {
            let pair = align(wanted[index], word);
            aligned.differing += pair.differing;
            aligned.right.extend(pair.right.iter().cloned());
            let known = found[index].as_ref();
            // Two may have been read for one: what was expected is shown beside the nearer.
            if known.is_none_or(|known| known.differing > pair.differing) {
                found[index] = Some(pair);
            }
        } else {
            aligned.differing += word.chars().count();
            push(&mut aligned.right, word, true);
        }
    }
    let mut found = found.into_iter();
    for (word, is_identifier) in &left {
        let pair = if *is_identifier {
            found.next().flatten()
        } else {
            None
        };
        match pair {
            Some(pair) => aligned.left.extend(pair.left),
            None => push(&mut aligned.left, word, *is_identifier),
        }
    }
    aligned
}

/// For each one seen the index of its partner: equal ones first, then the nearest that is left;
/// where none is left, the one that it is almost.
fn partners(wanted: &[&str], seen: &[&str]) -> Vec<Option<usize>> {
    let mut partners = vec![None; seen.len()];
    let mut is_taken = vec![false; wanted.len()];
    for (index, one) in seen.iter().enumerate() {
        let equal = (0..wanted.len()).find(|at| !is_taken[*at] && wanted[*at] == *one);
        if let Some(at) = equal {
            partners[index] = Some(at);
            is_taken[at] = true;
        }
    }
    for (index, one) in seen.iter().enumerate() {
        if partners[index].is_some() {
            continue;
        }
        let distance = |at: &usize| align(wanted[*at], one).differing;
        let nearest = |free: bool| {
            let candidates = (0..wanted.len()).filter(|at| !free || !is_taken[*at]);
            candidates.min_by_key(distance)
        };
        let almost = || nearest(false).filter(|at| 2 * distance(at) <= one.chars().count());
        partners[index] = nearest(true).or_else(almost);
        if let Some(at) = partners[index] {
            is_taken[at] = true;
        }
    }
    partners
}

fn identifiers<'t>(words: &[(&'t str, bool)]) -> Vec<&'t str> {
    words
        .iter()
        .filter(|(_, is_identifier)| *is_identifier)
        .map(|(word, _)| *word)
        .collect()
}

/// The text cut between identifiers and what stands around them; nothing is lost.
fn words(text: &str) -> Vec<(&str, bool)> {
    let mut words: Vec<(&str, bool)> = Vec::new();
    let mut start = 0;
    let is_part = |c: char| c.is_alphanumeric();
    let mut inside = text.chars().next().is_some_and(is_part);
    for (at, c) in text.char_indices() {
        if is_part(c) != inside {
            words.push((&text[start..at], inside));
            (start, inside) = (at, !inside);
        }
    }
    words.push((&text[start..], inside));
    let mut identified = 0;
    for (word, is_identifier) in &mut words {
        // More of them than are compared are shown as they are.
        *is_identifier =
            *is_identifier && looks_like_identifier(word) && identified < IDENTIFIERS_MAX;
        identified += usize::from(*is_identifier);
    }
    words
}

/// Letters and digits of four or more, or five digits: neither a count nor a confidence.
fn looks_like_identifier(word: &str) -> bool {
    let len = word.chars().count();
    let has_digit = word.chars().any(|c| c.is_ascii_digit());
    let has_letter = word.chars().any(char::is_alphabetic);
    has_digit && if has_letter { len >= 4 } else { len >= 5 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Differing stretches in brackets; a missing character is `[]`.
    fn shown(pieces: &[Piece]) -> String {
        let piece = |piece: &Piece| match piece.differs {
            true => format!("[{}]", piece.text),
            false => piece.text.clone(),
        };
        pieces.iter().map(piece).collect()
    }

    #[test]
    fn identifiers_are_aligned_with_the_fewest_changes() {
        for (left, right, expected, differing) in [
            ("粤B12345", "粤B12345", ("粤B12345", "粤B12345"), 0),
            ("粤B12345", "粤B12845", ("粤B12[3]45", "粤B12[8]45"), 1),
            ("粤B12345", "粤B1234", ("粤B1234[5]", "粤B1234[]"), 1),
            (
                "CSQU3054383",
                "CSOU305438",
                ("CS[Q]U305438[3]", "CS[O]U305438[]"),
                2,
            ),
            ("", "A1", ("[][]", "[A1]"), 2),
            ("", "", ("", ""), 0),
        ] {
            let aligned = align(left, right);
            let found = (shown(&aligned.left), shown(&aligned.right));
            assert_eq!((found.0.as_str(), found.1.as_str()), expected);
            assert_eq!(aligned.differing, differing, "{left} {right}");
        }
        let long = "A".repeat(CHARS_MAX + 1);
        assert_eq!(align(&long, "B").differing, CHARS_MAX + 1);
    }

    #[test]
    fn each_one_seen_is_compared_with_its_nearest() {
        for (expected, observed, left, right) in [
            (
                "粤B12345",
                "粤B12845 700 ‰ x2",
                "粤B12[3]45",
                "粤B12[8]45 700 ‰ x2",
            ),
            (
                "粤B12345",
                "粤C99887 / 粤B12345",
                "粤B12345",
                "[粤C99887] / 粤B12345",
            ),
            (
                "粤B12345",
                "粤B12845 / 粤B12345",
                "粤B12345",
                "粤B12[8]45 / 粤B12345",
            ),
            (
                "CSQU3054383 CN1234567",
                "CSQU3054383 CN1234568",
                "CSQU3054383 CN123456[7]",
                "CSQU3054383 CN123456[8]",
            ),
            (
                "CSQU3054383 CN1234567",
                "CSQU3054383 -",
                "CSQU3054383 [CN1234567]",
                "CSQU3054383 -",
            ),
            ("CSQU3054383", "", "CSQU3054383", ""),
            ("", "粤B12345", "", "粤B12345"),
            ("±1025 kg", "900 kg", "±1025 kg", "900 kg"),
        ] {
            let aligned = compare(expected, observed);
            let found = (shown(&aligned.left), shown(&aligned.right));
            assert_eq!((found.0.as_str(), found.1.as_str()), (left, right));
        }
    }

    #[test]
    fn no_character_is_lost_however_many_identifiers_there_are() {
        let many: String = (0..40).map(|n| format!("AB{n:04}, ")).collect();
        let other: String = (20..60).map(|n| format!("AB{n:04}/")).collect();
        let aligned = compare(&many, &other);
        let text = |pieces: &[Piece]| pieces.iter().map(|p| p.text.as_str()).collect::<String>();
        assert_eq!((text(&aligned.left), text(&aligned.right)), (many, other));
    }
}
