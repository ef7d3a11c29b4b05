//! A seed → a truck as it may come to a gate.

use domain::container::ContainerNumber;
use domain::plate::Plate;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::{ContainerLook, FULL_HD, PlateLook, PlateStyle, Scene, View};

/// Signs of plates; I and O are not issued (GA 36-2018).
const SIGNS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ0123456789";
const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
const DIGITS: &[u8] = b"0123456789";
const PROVINCES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";

impl ContainerLook {
    /// A container of that number with the code of a common box.
    #[must_use]
    pub fn new(number: ContainerNumber, size_type: &str) -> Self {
        Self {
            number,
            size_type: size_type.to_owned(),
        }
    }
}

impl PlateLook {
    /// A plate in the style that trucks have it in.
    #[must_use]
    pub fn new(plate: Plate) -> Self {
        Self {
            style: PlateStyle::of(&plate),
            plate,
        }
    }
}

impl Scene {
    /// The same truck from another camera.
    #[must_use]
    pub fn seen_from(&self, view: View) -> Self {
        Self {
            view,
            ..self.clone()
        }
    }

    /// A truck with one container of 40 ft or 20 ft or two of 20 ft, in 1920 x 1080. Of the
    /// tractors, half have a mainland plate in yellow, one in five is a cross-border vehicle with
    /// a latin plate beside it, the others have a new-energy or a blue plate.
    #[must_use]
    pub fn drawn(view: View, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(super::stage::STREAM_SCENE);
        let load = rng.random_range(0..4_u8);
        let sizes: &[&str] = match load {
            0 => &["22G1", "22G1"],
            1 => &["22G1"],
            2 => &["42G1"],
            _ => &["45G1"],
        };
        let containers = sizes
            .iter()
            .map(|size| ContainerLook::new(number(&mut rng), size))
            .collect();
        Self {
            view,
            containers,
            tractor_plates: tractor_plates(&mut rng),
            trailer_plate: Some(PlateLook::new(mainland(&mut rng, 4, "挂"))),
            size_px: FULL_HD,
        }
    }
}

fn some(rng: &mut ChaCha8Rng, signs: &[u8], count: usize) -> String {
    (0..count)
        .map(|_| char::from(signs[rng.random_range(0..signs.len())]))
        .collect()
}

/// Any owner code, not only those in use: a reader must not guess.
fn number(rng: &mut ChaCha8Rng) -> ContainerNumber {
    let letters: Vec<u8> = (b'A'..=b'Z').collect();
    let mut text = some(rng, &letters, 3);
    text.push('U');
    text.push_str(&some(rng, DIGITS, 6));
    let check = ContainerNumber::check_digit(text.as_bytes());
    text.push(char::from(b'0' + check));
    ContainerNumber::parse(&text).expect("form and check digit hold")
}

fn plate(text: &str) -> Plate {
    Plate::parse(text).expect("made of a plate's characters")
}

/// Province, authority, `count` signs and an ending.
fn mainland(rng: &mut ChaCha8Rng, count: usize, ending: &str) -> Plate {
    let at = rng.random_range(0..PROVINCES.chars().count());
    let province = PROVINCES.chars().nth(at).unwrap_or('粤');
    // Most signs are digits.
    let letters = rng.random_range(0..=2.min(count));
    let mut signs: Vec<String> = (0..count)
        .map(|at| some(rng, if at < letters { SIGNS } else { DIGITS }, 1))
        .collect();
    let swap = rng.random_range(0..count.max(1));
    signs.swap(0, swap);
    plate(&format!(
        "{province}{}{}{ending}",
        some(rng, LETTERS, 1),
        signs.concat()
    ))
}

fn tractor_plates(rng: &mut ChaCha8Rng) -> Vec<PlateLook> {
    match rng.random_range(0..10_u8) {
        0..=4 => vec![PlateLook::new(mainland(rng, 5, ""))],
        5 | 6 => {
            // A letter and three digits, as they are issued.
            let signs = some(rng, LETTERS, 1) + &some(rng, DIGITS, 3);
            let hong_kong = rng.random_bool(0.7);
            let crossing = plate(&format!(
                "粤Z{signs}{}",
                if hong_kong { '港' } else { '澳' }
            ));
            let home = if hong_kong {
                format!("{}{}", some(rng, LETTERS, 2), some(rng, DIGITS, 4))
            } else {
                format!("M{}{}", some(rng, LETTERS, 1), some(rng, DIGITS, 4))
            };
            vec![PlateLook::new(crossing), PlateLook::new(plate(&home))]
        }
        7 => {
            let base = mainland(rng, 5, "D");
            vec![PlateLook::new(digits_only(rng, &base, false))]
        }
        8 => {
            let base = mainland(rng, 5, "D");
            let look = PlateLook::new(digits_only(rng, &base, true));
            vec![PlateLook {
                style: PlateStyle::Green,
                ..look
            }]
        }
        _ => {
            let look = PlateLook::new(mainland(rng, 5, ""));
            vec![PlateLook {
                style: PlateStyle::Blue,
                ..look
            }]
        }
    }
}

/// A new-energy plate of the same province and authority: the letter first on small vehicles,
/// last on large ones (GA 36-2018).
fn digits_only(rng: &mut ChaCha8Rng, base: &Plate, small: bool) -> Plate {
    let head: String = base.as_str().chars().take(2).collect();
    let letter = some(rng, b"DF", 1);
    let digits = some(rng, DIGITS, 5);
    plate(&if small {
        format!("{head}{letter}{digits}")
    } else {
        format!("{head}{digits}{letter}")
    })
}
