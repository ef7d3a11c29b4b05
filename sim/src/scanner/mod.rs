//! A seed → scanner images of containers with a known truth: geometry, goods, beams, detector.
//!
//! Synthetic through and through. Apart from writing files and training sets it knows nothing
//! of how images are examined.

mod beam;
mod detector;
mod dice;
mod file;
mod goods;
mod heaps;
mod hidden;
mod layers;
mod lesson;
mod ranges;
mod stacks;
mod steel_box;
#[cfg(test)]
mod tests;

pub use beam::{BEAMS_MV, Beams, ENERGIES_MEV, MATERIALS, Material};
pub use dice::Span;
pub use file::{ScanFiles, geometry, sidecar};
pub use goods::{Density, Goods};
pub use layers::{Area, HEIGHT, PIXEL_CM, WIDTH};
pub use lesson::{LABEL_LEN, Lesson, STEPS_PER_UNIT, lesson, order};
pub use ranges::Ranges;
pub use steel_box::SteelBox;

use detector::Detector;
use dice::Dice;
use goods::Room;
use hidden::Object;
use layers::Layers;

/// Areal density from which a place counts as filled, g/cm2.
const FILLED_G_CM2: f64 = 0.8;
/// Most that a container carries, kg.
const PAYLOAD_KG: f64 = 27_000.0;
/// Transmission of the high beam below which nothing is asked of a scanner.
pub const PENETRATED_MIN: f64 = 0.003;

/// What a scan is to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// An empty container.
    Empty,
    /// An empty container with one small block in it.
    SmallLoad,
    /// A load as declared.
    Loaded(Goods),
    /// A load with an object hidden in it.
    Hidden(Goods),
}

/// An object that should not be there.
#[derive(Debug, Clone)]
pub struct Foreign {
    /// Made of.
    pub material: Material,
    /// Where.
    pub area: Area,
    /// Its mass, kg.
    pub mass_kg: f64,
    /// Mean difference of -ln of the transmission it makes, over the noise of photons and
    /// electronics of one pixel there.
    pub contrast_to_noise: f64,
    /// The beam reaches the detector through it and what is in front of and behind it.
    pub penetrated: bool,
    /// The pixels it covers.
    pub mask: Vec<bool>,
}

/// What a scan shows in truth.
#[derive(Debug, Clone)]
pub struct Truth {
    /// The load; `None` in an empty container.
    pub goods: Option<Goods>,
    /// The container.
    pub steel_box: SteelBox,
    /// Load and object, kg.
    pub mass_kg: f64,
    /// Filled share of the inside as the beam sees it, 0 to 1.
    pub fill: f64,
    /// Centre of gravity along the inside, 0 at the left end to 1; of a load only.
    pub centre_of_gravity: Option<f64>,
    /// Share of the inside through which the beam does not come.
    pub not_penetrated: f64,
    /// An object that should not be there.
    pub foreign: Option<Foreign>,
}

impl Truth {
    /// The truth as one line.
    #[must_use]
    pub fn in_words(&self) -> String {
        let goods = self.goods.map_or("empty", Goods::name);
        let mut line = format!(
            "{goods}, {:.0} kg, {:.1} % full, {:.1} % not penetrated",
            self.mass_kg,
            self.fill * 100.0,
            self.not_penetrated * 100.0
        );
        if let Some(foreign) = &self.foreign {
            let area = foreign.area;
            line += &format!(
                "; {} of {:.1} kg at x {:.0} to {:.0} cm, y {:.0} to {:.0} cm, contrast to noise {:.1}{}",
                foreign.material.name(),
                foreign.mass_kg,
                area.left,
                area.right,
                area.top,
                area.bottom,
                foreign.contrast_to_noise,
                if foreign.penetrated {
                    ""
                } else {
                    ", not penetrated"
                }
            );
        }
        line
    }
}

/// A scan: transmissions of two beams, 1 for air, row-major, and the truth.
#[derive(Debug, Clone)]
pub struct Scan {
    /// High beam.
    pub high: Vec<f32>,
    /// Low beam.
    pub low: Vec<f32>,
    /// What it shows.
    pub truth: Truth,
}

/// Makes the scan of a seed and an index. The same arguments make the same scan everywhere.
#[must_use]
pub fn scan(seed: u64, index: u64, order: Order, ranges: &Ranges) -> Scan {
    scan_of_mass(seed, index, order, ranges, None)
}

/// As [`scan`], with a load of `cargo_kg` if one is named: as long and as dense as it takes.
#[must_use]
pub fn scan_of_mass(
    seed: u64,
    index: u64,
    order: Order,
    ranges: &Ranges,
    cargo_kg: Option<f64>,
) -> Scan {
    let mut dice = Dice::new(seed, index);
    let detector = Detector::draw(ranges, &mut dice);
    let mut layers = Layers::new();
    let steel_box = steel_box::stand(&mut layers, ranges, &mut dice);
    let mut cargo = Layers::new();
    let goods = match order {
        Order::Empty | Order::SmallLoad => None,
        Order::Loaded(goods) | Order::Hidden(goods) => {
            let room = fill(goods, &mut cargo, &steel_box, ranges, &mut dice);
            if let Some(kg) = cargo_kg {
                weigh(goods, &mut cargo, &room, kg, &mut dice);
            }
            Some(goods)
        }
    };
    let object = match order {
        Order::Empty | Order::Loaded(_) => None,
        Order::SmallLoad => Some(hidden::alone(&steel_box.inside, ranges, &mut dice)),
        Order::Hidden(_) => hidden::in_cargo(&cargo, &steel_box.inside, ranges, &mut dice),
    };
    layers.put(&cargo);
    let clean = detector.through(&layers);
    let mut through = clean.clone();
    if let Some(object) = &object {
        layers.put(&object.layers);
        cargo.put(&object.layers);
        through = detector.through(&layers);
    }
    let foreign = object.map(|object| foreign(&object, &clean[0], &through[0], &detector));
    let truth = truth(goods, steel_box, &cargo, &through[0], foreign);
    let [high, low] = detector.report(through, &mut dice);
    Scan { high, low, truth }
}

fn fill(
    goods: Goods,
    cargo: &mut Layers,
    steel_box: &SteelBox,
    ranges: &Ranges,
    dice: &mut Dice,
) -> Room {
    let inside = &steel_box.inside;
    let width = inside.width() * dice.real(ranges.length_share);
    let height = inside.height() * dice.real(ranges.height_share);
    // Most loads stand against the front wall.
    let left = if dice.chance(0.75) {
        inside.left + 1.0
    } else {
        dice.real((inside.left, inside.right - width))
    };
    let room = Room {
        area: Area {
            left,
            top: inside.bottom - height,
            right: left + width,
            bottom: inside.bottom,
        }
        .within(inside),
        times: dice.real(ranges.density),
    };
    goods::load(goods, cargo, &room, dice);
    if hidden::mass_kg(cargo) < 1.0 {
        // A machine or a car does not fit into so short a room: it gets the whole.
        let room = Room {
            area: *inside,
            ..room
        };
        goods::load(goods, cargo, &room, dice);
    }
    let mass = hidden::mass_kg(cargo);
    if mass > PAYLOAD_KG {
        cargo.scale(PAYLOAD_KG / mass);
    }
    room
}

/// Makes the load as heavy as `kg`: shorter if it is too heavy, then lighter or denser.
fn weigh(goods: Goods, cargo: &mut Layers, room: &Room, kg: f64, dice: &mut Dice) {
    let share = kg / hidden::mass_kg(cargo).max(1.0);
    if share < 1.0 {
        let area = Area {
            right: room.area.left + share * room.area.width(),
            ..room.area
        };
        let mut shorter = Layers::new();
        goods::load(goods, &mut shorter, &Room { area, ..*room }, dice);
        if hidden::mass_kg(&shorter) >= 1.0 {
            *cargo = shorter;
        }
    }
    cargo.scale(kg / hidden::mass_kg(cargo).max(1.0));
}

fn foreign(object: &Object, clean: &[f32], through: &[f32], detector: &Detector) -> Foreign {
    let mask: Vec<bool> = (0..WIDTH * HEIGHT)
        .map(|pixel| object.layers.total(pixel) > 1.0)
        .collect();
    let (mut contrast, mut noise, mut signal, mut count) = (0.0, 0.0, 0.0, 0.0_f64);
    for pixel in (0..WIDTH * HEIGHT).filter(|&pixel| mask[pixel]) {
        let (before, after) = (f64::from(clean[pixel]), f64::from(through[pixel]));
        contrast += (before / after.max(1e-9)).ln();
        noise += detector.log_noise(after);
        signal += after;
        count += 1.0;
    }
    Foreign {
        material: object.material,
        area: object.area,
        mass_kg: object.mass_kg(),
        contrast_to_noise: contrast / noise.max(1e-9),
        penetrated: signal / count.max(1.0) >= PENETRATED_MIN,
        mask,
    }
}

fn truth(
    goods: Option<Goods>,
    steel_box: SteelBox,
    cargo: &Layers,
    through: &[f32],
    foreign: Option<Foreign>,
) -> Truth {
    let inside = &steel_box.inside;
    let (mut filled, mut dark, mut all) = (0.0, 0.0, 0.0_f64);
    let (mut sum, mut moment) = (0.0, 0.0);
    for (pixel, &left) in through.iter().enumerate() {
        let (x, y) = (
            (pixel % WIDTH) as f64 * PIXEL_CM + 0.5 * PIXEL_CM,
            (pixel / WIDTH) as f64 * PIXEL_CM + 0.5 * PIXEL_CM,
        );
        let total = cargo.total(pixel);
        sum += total;
        moment += total * (x - inside.left) / inside.width();
        if x > inside.left && x < inside.right && y > inside.top && y < inside.bottom {
            all += 1.0;
            filled += f64::from(u8::from(total > FILLED_G_CM2));
            dark += f64::from(u8::from(f64::from(left) < PENETRATED_MIN));
        }
    }
    Truth {
        goods,
        steel_box,
        mass_kg: sum * PIXEL_CM * PIXEL_CM / 1_000.0,
        fill: filled / all.max(1.0),
        centre_of_gravity: (sum > 0.0).then(|| moment / sum),
        not_penetrated: dark / all.max(1.0),
        foreign,
    }
}
