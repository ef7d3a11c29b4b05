//! Cargo with a shape of its own: bulk, rolls, coils, tyres, cars, machines, scrap.

use super::beam::Material::{Iron, Mineral, Organic};
use super::dice::Dice;
use super::goods::{DEPTH_CM, Room};
use super::layers::{Area, Layers};

pub(super) fn grain(layers: &mut Layers, room: &Room, dice: &mut Dice) {
    let area = room.area;
    let areal = room.areal((0.62, 0.75), dice);
    let (waves, phase) = (dice.real((0.5, 3.0)), dice.real((0.0, 6.0)));
    let depth = dice.real((0.03, 0.15));
    layers.shape(Organic, &area, |across, down| {
        let surface = depth * (1.0 + (across * waves * std::f64::consts::TAU + phase).sin());
        if down < surface { 0.0 } else { areal }
    });
}

/// Columns of bottles within pallets: a fine ripple.
pub(super) fn bottles(layers: &mut Layers, room: &Room, dice: &mut Dice) {
    let areal = dice.real((2.0, 6.0));
    let pitch = dice.real((7.0, 10.0));
    let body = Area {
        top: room.area.top + 0.12 * room.area.height(),
        bottom: room.area.bottom - 15.0,
        ..room.area
    };
    let width = body.width();
    layers.shape(Organic, &body, |across, _| {
        areal * (across * width / pitch * std::f64::consts::TAU).sin().abs()
    });
}

pub(super) fn rolls(layers: &mut Layers, room: &Room, dice: &mut Dice) {
    let area = room.area;
    let width = dice.real((95.0, 125.0));
    let height = dice.real((70.0, 130.0)).min(area.height());
    let areal = room.areal((0.60, 0.75), dice);
    let mut left = area.left;
    while left + width <= area.right + 1.0 {
        let roll = Area::new(left, area.bottom - height, width, height);
        let this = areal * dice.real((0.97, 1.03));
        // Standing cylinders: deep in the middle, thin at the sides, a core in the axis.
        layers.shape(Organic, &roll, |across, _| {
            let side = 2.0 * across - 1.0;
            let core = if side.abs() < 0.08 { 0.93 } else { 1.0 };
            this * core * (1.0 - side * side).max(0.0).sqrt()
        });
        left += width + dice.real((1.0, 6.0));
    }
}

pub(super) fn tyres(layers: &mut Layers, room: &Room, dice: &mut Dice) {
    let area = room.area;
    let (width, height) = (dice.real((60.0, 80.0)), dice.real((18.0, 26.0)));
    let areal = room.areal((0.12, 0.19), dice);
    let mut floor = area.bottom;
    while floor - height > area.top {
        let mut left = area.left + dice.real((0.0, 12.0));
        while left + width < area.right {
            let tyre = Area::new(left, floor - height, width, height);
            let this = areal * dice.real((0.92, 1.08));
            layers.shape(Organic, &tyre, |across, down| {
                // Lying rings: tread at the sides, two walls above and below.
                let side = (2.0 * across - 1.0).abs();
                let wall = (2.0 * down - 1.0).abs() > 0.75;
                this * if side > 0.8 {
                    1.4
                } else if wall {
                    1.1
                } else {
                    0.7
                }
            });
            layers.rect(Iron, &tyre, 0.08 * this);
            left += width + dice.real((0.5, 2.0));
        }
        floor -= height + 0.5;
    }
}

pub(super) fn coils(layers: &mut Layers, room: &Room, dice: &mut Dice) {
    let area = room.area;
    let across = dice.real((80.0, 130.0)).min(area.height());
    // Coils stand apart: a container carries a few of them.
    let pitch = across * dice.real((1.1, 1.9));
    let areal = 7.8 * room.times * dice.real((22.0, 45.0));
    let mut left = area.left + dice.real((0.0, 20.0));
    while left + across <= area.right {
        let coil = Area::new(left, area.bottom - across - 8.0, across, across);
        layers.ring(Iron, &coil, areal, 0.42);
        let cradle = Area::new(left, area.bottom - 10.0, across, 10.0);
        layers.rect(Organic, &cradle, dice.real((30.0, 60.0)));
        left += pitch;
    }
}

pub(super) fn scrap(layers: &mut Layers, room: &Room, dice: &mut Dice) {
    let area = room.area;
    let bed = Area {
        top: area.top + 0.2 * area.height(),
        ..area
    };
    layers.rect(Mineral, &bed, room.areal((0.20, 0.30), dice));
    let pieces = (area.width() * area.height() / 700.0) as usize;
    for _ in 0..pieces {
        let piece = Area::new(
            dice.real((area.left, area.right)),
            area.bottom - area.height() * dice.unit().powf(1.2),
            dice.real((8.0, 70.0)),
            dice.real((5.0, 40.0)),
        );
        let material = if dice.chance(0.2) { Iron } else { Mineral };
        let areal = room.times * dice.real((2.0, 12.0));
        if dice.chance(0.5) {
            layers.rect(material, &piece.within(&area), areal);
        } else if piece.right < area.right && piece.bottom < area.bottom {
            layers.ellipse(material, &piece, areal, true);
        }
    }
}

/// Machines: a base frame, housings, motors, shafts.
pub(super) fn machinery(layers: &mut Layers, room: &Room, dice: &mut Dice) {
    let area = room.area;
    let mut left = area.left;
    while left + 60.0 < area.right {
        let width = dice.real((90.0, 260.0)).min(area.right - left);
        let height = area.height() * dice.real((0.55, 1.0));
        let machine = Area::new(left, area.bottom - height, width, height);
        layers.rect(Iron, &machine, room.times * dice.real((6.0, 18.0)));
        let base = Area::new(left, area.bottom - 12.0, width, 12.0);
        layers.rect(Iron, &base, room.times * dice.real((30.0, 70.0)));
        for _ in 0..3 + dice.index(5) {
            let (w, h) = (
                width * dice.real((0.1, 0.45)),
                height * dice.real((0.1, 0.45)),
            );
            let part = Area::new(
                dice.real((left, left + width - w)),
                dice.real((machine.top, area.bottom - h)),
                w,
                h,
            );
            let areal = room.times * dice.real((12.0, 70.0));
            match dice.index(3) {
                0 => layers.rect(Iron, &part, areal),
                1 => layers.ellipse(Iron, &part, areal, true),
                _ => layers.ring(Iron, &part, areal, 0.6),
            }
        }
        left += width + dice.real((10.0, 60.0));
    }
}

pub(super) fn cars(layers: &mut Layers, room: &Room, dice: &mut Dice) {
    let area = room.area;
    let mut left = area.left;
    while left + 380.0 < area.right {
        let length = dice.real((380.0, 480.0)).min(area.right - left);
        let height = dice.real((140.0, 175.0)).min(area.height());
        let roof = area.bottom - height;
        let at = |x: f64, y: f64, w: f64, h: f64| {
            Area::new(left + x * length, roof + y * height, w * length, h * height)
        };
        layers.rect(
            Iron,
            &at(0.0, 0.45, 1.0, 0.35),
            room.times * dice.real((9.0, 15.0)),
        );
        layers.rect(
            Iron,
            &at(0.25, 0.02, 0.5, 0.43),
            room.times * dice.real((3.0, 6.0)),
        );
        layers.rect(
            Iron,
            &at(0.25, 0.0, 0.5, 0.04),
            room.times * dice.real((6.0, 12.0)),
        );
        layers.rect(Organic, &at(0.32, 0.3, 0.12, 0.45), dice.real((6.0, 10.0)));
        layers.rect(Organic, &at(0.58, 0.3, 0.14, 0.45), dice.real((6.0, 10.0)));
        let engine = at(dice.real((0.06, 0.1)), 0.46, 0.14, 0.32);
        layers.rect(Iron, &engine, room.times * dice.real((35.0, 60.0)));
        layers.ellipse(Mineral, &engine, dice.real((15.0, 30.0)), false);
        layers.rect(Organic, &at(0.75, 0.7, 0.12, 0.12), dice.real((15.0, 30.0)));
        for x in [0.10, 0.72] {
            let wheel = Area::new(left + x * length, area.bottom - 62.0, 62.0, 62.0);
            layers.ring(Organic, &wheel, dice.real((18.0, 26.0)), 0.6);
            layers.ellipse(Iron, &wheel, dice.real((6.0, 10.0)), false);
        }
        left += length + dice.real((20.0, 60.0));
    }
}

/// Steel frames and springs within furniture.
pub(super) fn frames(layers: &mut Layers, room: &Room, dice: &mut Dice) {
    let area = room.area;
    for _ in 0..(area.width() / 60.0) as usize {
        let (width, height) = (dice.real((30.0, 120.0)), dice.real((2.5, 5.0)));
        let upright = dice.chance(0.5);
        let (w, h) = if upright {
            (height, width)
        } else {
            (width, height)
        };
        let left = dice.real((area.left, (area.right - w).max(area.left + 1.0)));
        let top = dice.real((
            area.top + 0.3 * area.height(),
            (area.bottom - h).max(area.top + 1.0),
        ));
        let bar = Area::new(left, top, w, h).within(&area);
        layers.rect(Iron, &bar, DEPTH_CM * 0.01 * dice.real((0.6, 2.0)));
    }
}
