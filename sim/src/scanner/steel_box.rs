//! A container on its trailer, drawn from dimensions of ISO 668 and usual building practice:
//! corrugated side walls, rails, posts, roof, floor, cross members, chassis and wheels.

use super::beam::Material;
use super::dice::Dice;
use super::layers::{Area, HEIGHT, Layers, PIXEL_CM, WIDTH};
use super::ranges::Ranges;

/// Iron, g/cm2 a millimetre.
const IRON_MM: f64 = 0.787;

/// Where a container stands and what is inside of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SteelBox {
    /// Outside.
    pub outside: Area,
    /// Room for cargo.
    pub inside: Area,
    /// Nominal length, mm.
    pub length_mm: u32,
}

pub(super) fn stand(layers: &mut Layers, ranges: &Ranges, dice: &mut Dice) -> SteelBox {
    let long = dice.chance(0.6);
    let high = dice.chance(0.5);
    let length = if long { 1219.2 } else { 605.8 };
    let height = if high { 289.6 } else { 259.1 };
    let (wide, tall) = (WIDTH as f64 * PIXEL_CM, HEIGHT as f64 * PIXEL_CM);
    let left = dice.real((15.0, wide - length - 15.0));
    let top = dice.real((11.0, (tall - height - 10.0).min(30.0)));
    let outside = Area::new(left, top, length, height);
    let inside = Area {
        left: left + 10.0,
        top: top + 9.0,
        right: left + length - 12.0,
        bottom: top + height - 17.0,
    };
    walls(layers, &outside, ranges, dice);
    frame(layers, &outside, dice);
    trailer(layers, &outside, dice);
    clutter(layers, &inside, dice);
    SteelBox {
        outside,
        inside,
        length_mm: if long { 12_192 } else { 6_058 },
    }
}

/// Two corrugated side walls, each with its own thickness and phase.
fn walls(layers: &mut Layers, outside: &Area, ranges: &Ranges, dice: &mut Dice) {
    let period = dice.real(ranges.corrugation_cm);
    let body = Area {
        top: outside.top + 6.0,
        bottom: outside.bottom - 16.0,
        left: outside.left + 6.0,
        right: outside.right - 6.0,
    };
    for _ in 0..2 {
        let areal = IRON_MM * dice.real(ranges.wall_mm);
        let phase = dice.unit();
        let slope = dice.real((1.25, 1.5));
        let width = body.width();
        layers.shape(Material::Iron, &body, |across, _| {
            // Outer face, slope, inner face, slope.
            let at = (across * width / period + phase).fract();
            let steep = (0.26..0.5).contains(&at) || (0.76..1.0).contains(&at);
            if steep { areal * slope } else { areal }
        });
    }
}

fn frame(layers: &mut Layers, outside: &Area, dice: &mut Dice) {
    let iron = Material::Iron;
    let (left, top) = (outside.left, outside.top);
    let (length, height) = (outside.width(), outside.height());
    layers.rect(
        iron,
        &Area::new(left, top, length, 6.0),
        dice.real((8.0, 11.0)),
    );
    layers.rect(
        iron,
        &Area::new(left, top + 1.0, length, 2.0),
        dice.real((25.0, 60.0)),
    );
    let rail = Area::new(left, outside.bottom - 16.0, length, 16.0);
    layers.rect(iron, &rail, dice.real((6.0, 8.0)));
    // Plywood floor, seen on edge, on cross members.
    let floor = Area::new(left, outside.bottom - 16.5, length, 2.8);
    layers.rect(Material::Organic, &floor, dice.real((130.0, 180.0)));
    let pitch = dice.real((25.0, 32.0));
    let mut at = left + 8.0;
    while at < outside.right - 8.0 {
        let member = Area::new(at, outside.bottom - 13.7, 1.5, 12.2);
        layers.rect(iron, &member, dice.real((100.0, 160.0)));
        at += pitch;
    }
    // Corner posts; the front wall and the doors on edge.
    layers.rect(
        iron,
        &Area::new(left, top, 8.0, height),
        dice.real((14.0, 20.0)),
    );
    layers.rect(
        iron,
        &Area::new(left + 2.0, top, 5.0, height),
        dice.real((50.0, 90.0)),
    );
    let right = outside.right;
    layers.rect(
        iron,
        &Area::new(right - 11.0, top, 11.0, height),
        dice.real((14.0, 20.0)),
    );
    layers.rect(
        iron,
        &Area::new(right - 8.0, top, 5.0, height),
        dice.real((60.0, 120.0)),
    );
}

fn trailer(layers: &mut Layers, outside: &Area, dice: &mut Dice) {
    let deep = HEIGHT as f64 * PIXEL_CM;
    let beam = Area {
        top: outside.bottom + 1.0,
        bottom: outside.bottom + dice.real((14.0, 24.0)),
        ..*outside
    };
    layers.rect(Material::Iron, &beam, dice.real((9.0, 14.0)));
    let flange = Area {
        bottom: beam.top + 2.0,
        ..beam
    };
    layers.rect(Material::Iron, &flange, dice.real((40.0, 90.0)));
    let axles = 2 + dice.index(2);
    let mut at = outside.right - dice.real((120.0, 220.0));
    for _ in 0..axles {
        let top = outside.bottom + dice.real((14.0, 18.0));
        let wheel = Area::new(at - 50.0, top, 100.0, 100.0);
        if top < deep {
            layers.ring(Material::Organic, &wheel, dice.real((25.0, 40.0)), 0.55);
            layers.ellipse(Material::Iron, &wheel, dice.real((6.0, 10.0)), false);
        }
        at -= dice.real((125.0, 145.0));
    }
}

/// What is in an empty container and is no load: lashing rings, a repaired wall, dirt.
fn clutter(layers: &mut Layers, inside: &Area, dice: &mut Dice) {
    let rings = 4 + dice.index(6);
    for at in 0..rings {
        let x = inside.left + inside.width() * (at as f64 + 0.5) / rings as f64;
        let areal = dice.real((1.5, 3.0));
        for y in [inside.top, inside.bottom - 3.0] {
            layers.rect(Material::Iron, &Area::new(x, y, 3.0, 3.0), areal);
        }
    }
    if dice.chance(0.35) {
        let (width, height) = (dice.real((20.0, 50.0)), dice.real((20.0, 50.0)));
        let patch = Area::new(
            dice.real((inside.left, inside.right - width)),
            dice.real((inside.top, inside.bottom - height)),
            width,
            height,
        );
        layers.rect(Material::Iron, &patch, IRON_MM * dice.real((1.5, 2.0)));
    }
    if dice.chance(0.3) {
        let width = dice.real((30.0, 150.0));
        let dirt = Area::new(
            dice.real((inside.left, inside.right - width)),
            inside.bottom - 2.5,
            width,
            2.5,
        );
        layers.rect(Material::Organic, &dirt, dice.real((0.5, 3.0)));
    }
}
