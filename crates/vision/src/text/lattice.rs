//! What a recogniser saw: for every frame of a line of text, how likely each symbol is.

use crate::network::Tensor;

/// Province signs of mainland plates (GA 36-2018, table of short names).
pub(crate) const PROVINCES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";
/// Signs at the end of plates: trailer, learner, police, Hong Kong, Macao, embassy, consulate.
pub(crate) const ENDINGS: &str = "挂学警港澳使领";

/// Digits, letters, province signs, endings.
pub(crate) const SYMBOLS: usize = 10 + 26 + 31 + 7;
/// Nothing, or a gap or separator.
pub(crate) const BLANK: usize = SYMBOLS;
/// Any other character.
pub(crate) const OTHER: usize = SYMBOLS + 1;
const COLUMNS: usize = SYMBOLS + 2;

/// Probabilities below this count as this.
const FLOOR: f32 = 1e-7;

/// One of the symbols that numbers and plates are made of.
pub(crate) type Symbol = u8;

pub(crate) fn symbol_of(c: char) -> Option<Symbol> {
    let offset = |text: &str, base: usize| {
        let at = text.chars().position(|other| other == c)?;
        u8::try_from(base + at).ok()
    };
    match c {
        '0'..='9' => Some(c as u8 - b'0'),
        'A'..='Z' => Some(c as u8 - b'A' + 10),
        'a'..='z' => Some(c as u8 - b'a' + 10),
        other if PROVINCES.contains(other) => offset(PROVINCES, 36),
        other if ENDINGS.contains(other) => offset(ENDINGS, 67),
        _ => None,
    }
}

pub(crate) fn char_of(symbol: Symbol) -> char {
    let at = usize::from(symbol);
    let found = match at {
        0..10 => char::from_digit(at as u32, 10),
        10..36 => char::from_u32('A' as u32 + at as u32 - 10),
        36..67 => PROVINCES.chars().nth(at - 36),
        _ => ENDINGS.chars().nth(at - 67),
    };
    found.unwrap_or('?')
}

/// Which column each class of a recogniser belongs to.
#[derive(Debug, Clone)]
pub(crate) struct Alphabet {
    columns: Vec<u8>,
}

impl Alphabet {
    /// From the recogniser's list of characters, one a line. Class 0 is blank, the class after
    /// the last line is the space.
    pub(crate) fn new(lines: &str) -> Self {
        let mut columns = vec![BLANK as u8];
        columns.extend(lines.lines().map(column_of));
        columns.push(BLANK as u8);
        Self { columns }
    }

    pub(crate) fn classes(&self) -> usize {
        self.columns.len()
    }
}

fn column_of(line: &str) -> u8 {
    let mut chars = line.chars();
    let (Some(c), None) = (chars.next(), chars.next()) else {
        return OTHER as u8;
    };
    let half_width = match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        other => other,
    };
    match half_width {
        ' ' | '-' | '.' | '·' | '•' | ':' | '_' | '—' | '~' | '\'' | ',' | '`' | '"'
        | '\u{3000}' => BLANK as u8,
        // A stroke alone is the letter without serifs.
        '|' | '丨' | '!' => 10 + (b'I' - b'A'),
        other => symbol_of(other).unwrap_or(OTHER as u8),
    }
}

/// Log-probabilities, frames by columns.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lattice {
    frames: Vec<[f32; COLUMNS]>,
}

impl Lattice {
    /// From the output of a recogniser, `[1, frames, classes]` probabilities; only the first
    /// `frames` are kept. `None` when the classes are not those of the alphabet.
    pub(crate) fn new(output: &Tensor, frames: usize, alphabet: &Alphabet) -> Option<Self> {
        let classes = *output.dims.last()?;
        if classes == 0 || classes != alphabet.classes() {
            return None;
        }
        let frames = output
            .values
            .chunks_exact(classes)
            .take(frames)
            .map(|probabilities| {
                let mut columns = [0.0; COLUMNS];
                for (&probability, &column) in probabilities.iter().zip(&alphabet.columns) {
                    columns[usize::from(column)] += probability;
                }
                columns.map(|sum| sum.max(FLOOR).ln())
            })
            .collect();
        Some(Self { frames })
    }

    pub(crate) fn len(&self) -> usize {
        self.frames.len()
    }

    /// Log-probability of a column at a frame.
    pub(crate) fn log(&self, frame: usize, column: usize) -> f32 {
        self.frames[frame][column]
    }

    /// The likeliest column of a frame and its log-probability.
    pub(crate) fn best(&self, frame: usize) -> (usize, f32) {
        let mut best = (0, f32::NEG_INFINITY);
        for (column, &log) in self.frames[frame].iter().enumerate() {
            if log > best.1 {
                best = (column, log);
            }
        }
        best
    }

    /// Appends another line, with a certain gap between.
    pub(crate) fn join(&mut self, other: &Self) {
        if !self.frames.is_empty() {
            let mut gap = [FLOOR.ln(); COLUMNS];
            gap[BLANK] = 0.0;
            self.frames.push(gap);
        }
        self.frames.extend_from_slice(&other.frames);
    }

    /// The likeliest text, repeats folded; other characters show as `*`.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        let mut last = BLANK;
        for frame in 0..self.len() {
            let (column, _) = self.best(frame);
            if column != last && column != BLANK {
                text.push(u8::try_from(column).map_or('*', |symbol| {
                    if column == OTHER {
                        '*'
                    } else {
                        char_of(symbol)
                    }
                }));
            }
            last = column;
        }
        text
    }

    #[cfg(test)]
    pub(crate) fn from_text(text: &str, sure: f32) -> Self {
        let mut frames = Vec::new();
        for c in text.chars() {
            let mut frame = [((1.0 - sure) / COLUMNS as f32).max(FLOOR).ln(); COLUMNS];
            let column = symbol_of(c).map_or(if c == ' ' { BLANK } else { OTHER }, usize::from);
            frame[column] = sure.ln();
            frames.push(frame);
            let mut gap = [FLOOR.ln(); COLUMNS];
            gap[BLANK] = 0.0;
            frames.push(gap);
        }
        Self { frames }
    }

    #[cfg(test)]
    pub(crate) fn set(&mut self, frame: usize, c: char, probability: f32) {
        let column = symbol_of(c).map_or(OTHER, usize::from);
        self.frames[frame][column] = probability.ln();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_symbol_has_one_sign_and_back() {
        for symbol in 0..SYMBOLS as u8 {
            assert_eq!(symbol_of(char_of(symbol)), Some(symbol));
        }
        assert_eq!(symbol_of('o'), symbol_of('O'));
        assert_eq!(symbol_of('国'), None);
    }

    #[test]
    fn classes_fold_into_columns() {
        let alphabet = Alphabet::new("A\na\n-\n国\n");
        let output = Tensor {
            dims: vec![1, 2, 6],
            values: vec![0.1, 0.5, 0.3, 0.0, 0.05, 0.05, 0.2, 0.0, 0.0, 0.3, 0.1, 0.4],
        };
        let lattice = Lattice::new(&output, 9, &alphabet).unwrap();
        assert_eq!(lattice.len(), 2);
        assert!((lattice.log(0, 10).exp() - 0.8).abs() < 1e-6);
        assert!((lattice.log(1, BLANK).exp() - 0.9).abs() < 1e-6);
        assert_eq!(lattice.text(), "A");
        assert!(Lattice::new(&output, 9, &Alphabet::new("A\n")).is_none());
    }
}
