//! A seed → the small random choices the world is made of. The same seed gives the same
//! choices on every machine (ChaCha8).

use std::collections::BTreeSet;

use domain::container::ContainerNumber;
use domain::plate::Plate;
use domain::seal::SealNumber;
use domain::tag::TagId;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Letters and digits of a mainland plate; I and O are not issued (GA 36-2018).
const PLATE_SIGNS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ0123456789";
/// Owner codes of the made-up boxes; the fourth letter U is added.
const OWNERS: [&str; 8] = ["KKT", "QZX", "WLD", "HBG", "SNE", "TRX", "YUE", "GDX"];

/// Seeded source of choices that never gives the same number plate, box or tag twice.
#[derive(Debug, Clone)]
pub struct Draw {
    rng: ChaCha8Rng,
    taken: BTreeSet<String>,
    plates: Vec<Plate>,
}

impl Draw {
    /// The source of `seed`; `stream` separates uses that must not disturb each other.
    #[must_use]
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self {
            rng,
            taken: BTreeSet::new(),
            plates: Vec::new(),
        }
    }

    /// A number from `from` to `to`, both included.
    pub fn between(&mut self, from: i64, to: i64) -> i64 {
        self.rng.random_range(from..=to)
    }

    /// An index below `len`; `len` is at least 1.
    pub fn index(&mut self, len: usize) -> usize {
        self.rng.random_range(0..len.max(1))
    }

    /// True in `permille` of a thousand cases.
    pub fn chance(&mut self, permille: u32) -> bool {
        self.rng.random_range(0..1_000) < permille
    }

    /// A number in the open interval (0, 1), for waiting times.
    pub fn unit(&mut self) -> f64 {
        f64::from(self.rng.random_range(1..u32::MAX)) / f64::from(u32::MAX)
    }

    /// A sum of four even draws: bell shaped, never beyond `reach` on either side.
    pub fn bell(&mut self, reach: i64) -> i64 {
        (0..4).map(|_| self.between(-reach, reach)).sum::<i64>() / 4
    }

    /// One of `choices`, which is not empty.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.index(choices.len())]
    }

    fn fresh(&mut self, mut make: impl FnMut(&mut Self) -> String) -> String {
        // Every space drawn from is at least ten times larger than any world, so this ends.
        loop {
            let text = make(self);
            if self.taken.insert(text.clone()) {
                return text;
            }
        }
    }

    fn signs(&mut self, alphabet: &[u8], count: usize) -> String {
        (0..count)
            .map(|_| char::from(*self.pick(alphabet)))
            .collect()
    }

    /// A mainland plate; one in five is a new-energy plate with eight characters. Any two
    /// differ in three places, so that a watchlist entry one character off means one vehicle.
    pub fn plate(&mut self) -> Plate {
        loop {
            let text = if self.chance(200) {
                let sign = self.signs(PLATE_SIGNS, 1);
                let town = self.signs(b"ABCDEFHJKL", 1);
                format!("粤{town}D{sign}{}", self.signs(b"0123456789", 4))
            } else {
                let town = self.signs(b"ABCDEFHJKL", 1);
                format!("粤{town}{}", few_letters(&self.signs(PLATE_SIGNS, 5)))
            };
            let plate = Plate::parse(&text).expect("drawn from the signs of a plate");
            let near = |other: &Plate| other.differing_characters(&plate).is_some_and(|n| n < 3);
            if !self.plates.iter().any(near) {
                self.plates.push(plate.clone());
                return plate;
            }
        }
    }

    /// A trailer's plate.
    pub fn trailer_plate(&mut self) -> Plate {
        let text = self.fresh(|draw| format!("粤B{}挂", few_letters(&draw.signs(PLATE_SIGNS, 4))));
        Plate::parse(&text).expect("drawn from the signs of a plate")
    }

    /// A Hong Kong plate of a cross-border vehicle: two letters, four digits.
    pub fn second_plate(&mut self) -> Plate {
        let text = self.fresh(|draw| {
            format!(
                "{}{}",
                draw.signs(b"ABCDEFGHJKLMNPRSTUVWXYZ", 2),
                draw.between(1_000, 9_999)
            )
        });
        Plate::parse(&text).expect("drawn from the signs of a plate")
    }

    /// A 96-bit tag.
    pub fn tag(&mut self) -> TagId {
        let text = self.fresh(|draw| {
            format!(
                "E280{:08X}{:012X}",
                draw.between(0, 0xFFFF_FFFF),
                draw.between(0, 0xFFFF_FFFF_FFFF)
            )
        });
        TagId::parse(&text).expect("hexadecimal by construction")
    }

    /// A container number with its check digit. Serials whose remainder is 10 are left out, as
    /// ISO 6346 recommends.
    pub fn container(&mut self) -> ContainerNumber {
        let text = self.fresh(|draw| {
            let ten = format!(
                "{}U{:06}",
                *draw.pick(&OWNERS),
                draw.between(100_000, 999_999)
            );
            format!("{ten}{}", ContainerNumber::check_digit(ten.as_bytes()))
        });
        ContainerNumber::parse(&text).expect("the check digit was computed")
    }

    /// A bolt seal's number.
    pub fn seal(&mut self) -> SealNumber {
        let text = self.fresh(|draw| format!("CN{:07}", draw.between(0, 9_999_999)));
        SealNumber::parse(&text).expect("letters and digits by construction")
    }
}

/// The signs with the third and further letters made digits: of the five signs of a plate at most
/// two are letters (GA 36-2018).
fn few_letters(signs: &str) -> String {
    let mut letters = 0;
    signs
        .bytes()
        .map(|sign| {
            letters += u32::from(sign.is_ascii_alphabetic());
            let is_too_many = letters > 2 && sign.is_ascii_alphabetic();
            char::from(if is_too_many { b'0' + sign % 10 } else { sign })
        })
        .collect()
}

/// `plate` with its last character changed: what a watchlist meets one character off.
#[must_use]
pub fn one_character_off(plate: &Plate) -> Plate {
    let mut signs: Vec<char> = plate.as_str().chars().collect();
    if let Some(last) = signs.last_mut() {
        *last = if *last == '8' { '3' } else { '8' };
    }
    let text: String = signs.into_iter().collect();
    Plate::parse(&text).expect("a digit in place of a sign is still a plate")
}
