//! Objects that should not be there: one hidden in cargo, a small one in an empty container.

use super::beam::Material;
use super::dice::Dice;
use super::layers::{Area, HEIGHT, Layers, PIXEL_CM, WIDTH};
use super::ranges::Ranges;

/// Cargo counts as behind which something can be hidden from this areal density, g/cm2.
const COVER_G_CM2: f64 = 3.0;

/// An object before it is put among the rest.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) material: Material,
    pub(super) area: Area,
    pub(super) layers: Layers,
}

impl Object {
    /// Its mass, kg.
    pub(super) fn mass_kg(&self) -> f64 {
        mass_kg(&self.layers)
    }
}

/// Mass of everything in the layers, kg.
pub(super) fn mass_kg(layers: &Layers) -> f64 {
    let sum: f64 = (0..WIDTH * HEIGHT).map(|pixel| layers.total(pixel)).sum();
    sum * PIXEL_CM * PIXEL_CM / 1_000.0
}

/// An object within the cargo; `None` if there is no cargo to hide it in.
pub(super) fn in_cargo(
    cargo: &Layers,
    inside: &Area,
    ranges: &Ranges,
    dice: &mut Dice,
) -> Option<Object> {
    let at = dice.index(3);
    let material = [Material::Organic, Material::Iron, Material::Lead][at];
    for _ in 0..60 {
        let (width, height) = (
            dice.real(ranges.hidden_width_cm),
            dice.real(ranges.hidden_height_cm),
        );
        let left = dice.real((inside.left, inside.right - width));
        let top = dice.real((inside.top, inside.bottom - height));
        let area = Area::new(left, top, width, height);
        if covered(cargo, &area) < 0.8 {
            continue;
        }
        let areal = dice.real(ranges.hidden_areal[at]);
        let mut layers = Layers::new();
        match dice.index(3) {
            0 => layers.rect(material, &area, areal),
            1 => layers.ellipse(material, &area, areal, false),
            _ => {
                // Packages side by side.
                let pieces = 2 + dice.index(3);
                let wide = area.width() / pieces as f64;
                for piece in 0..pieces {
                    let one = Area::new(
                        area.left + wide * piece as f64,
                        area.top,
                        0.9 * wide,
                        area.height(),
                    );
                    layers.rect(material, &one, areal * dice.real((0.85, 1.1)));
                }
            }
        }
        return Some(Object {
            material,
            area,
            layers,
        });
    }
    None
}

fn covered(cargo: &Layers, area: &Area) -> f64 {
    let (mut behind, mut all) = (0, 0);
    let pixels = |from: f64, to: f64| (from / PIXEL_CM) as usize..(to / PIXEL_CM) as usize + 1;
    for y in pixels(area.top, area.bottom) {
        for x in pixels(area.left, area.right) {
            if x < WIDTH && y < HEIGHT {
                all += 1;
                behind += usize::from(cargo.total(y * WIDTH + x) > COVER_G_CM2);
            }
        }
    }
    f64::from(behind as u32) / f64::from((all as u32).max(1))
}

/// A block of organic material in an otherwise empty container, anywhere in it, often against
/// floor, wall or roof.
pub(super) fn alone(inside: &Area, ranges: &Ranges, dice: &mut Dice) -> Object {
    let kg = dice.real(ranges.small_kg);
    let volume = kg * 1_000.0 / dice.real(ranges.small_density);
    let side = volume.cbrt();
    let width = side * dice.real((0.6, 1.7));
    let height = side * dice.real((0.6, 1.7));
    let depth = volume / (width * height);
    let mut left = dice.real((inside.left, inside.right - width));
    let mut top = dice.real((inside.top, inside.bottom - height));
    match dice.index(6) {
        0 => left = inside.left,
        1 => left = inside.right - width,
        2 => top = inside.top,
        3 | 4 => top = inside.bottom - height,
        _ => {}
    }
    let area = Area::new(left, top, width, height);
    let mut layers = Layers::new();
    let areal = kg * 1_000.0 / volume * depth;
    layers.rect(Material::Organic, &area, areal);
    Object {
        material: Material::Organic,
        area,
        layers,
    }
}
