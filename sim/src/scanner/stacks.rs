//! Cargo in pieces of one kind: cartons, sacks, boards and pallets, side by side and piled up.

use super::beam::Material;
use super::dice::{Dice, Span};
use super::goods::Room;
use super::layers::{Area, Layers};

/// How pieces of a load are piled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stacks {
    pub(super) width: Span,
    pub(super) height: Span,
    /// g/cm3 as packed.
    pub(super) density: Span,
    /// Share of the mass of each material.
    pub(super) parts: &'static [(Material, f64)],
    /// What is left of the areal density at the seam of two pieces, times 1; above 1 a frame.
    pub(super) seam: f64,
    /// Deviation of the density from piece to piece, share.
    pub(super) vary: f64,
    /// How much lower than the room a stack may be, share.
    pub(super) step: f64,
    /// Each stack stands on a pallet.
    pub(super) pallet: bool,
}

/// Height of a pallet, cm.
const PALLET_CM: f64 = 14.0;

pub(super) fn stack(layers: &mut Layers, room: &Room, dice: &mut Dice, how: &Stacks) {
    let area = room.area;
    let width = dice.real(how.width);
    let height = dice.real(how.height);
    let areal = room.areal(how.density, dice);
    let gap = if how.pallet { (2.0, 8.0) } else { (0.0, 1.5) };
    let mut left = area.left;
    while left + 0.5 * width < area.right {
        let wide = width.min(area.right - left);
        let mut floor = area.bottom;
        if how.pallet {
            let pallet = Area::new(left, floor - PALLET_CM, wide, PALLET_CM);
            layers.rect(Material::Organic, &pallet, dice.real((10.0, 20.0)));
            floor -= PALLET_CM;
        }
        let roof = area.top + dice.unit() * how.step * area.height();
        while floor - 0.5 * height > roof {
            let tall = height.min(floor - roof);
            let piece = Area::new(left, floor - tall, wide, tall);
            let this = areal * (1.0 + how.vary * dice.normal().clamp(-2.5, 2.5));
            one(layers, &piece, this.max(0.1 * areal), how);
            floor -= tall;
        }
        left += wide + dice.real(gap);
    }
}

/// One piece, lighter or heavier at its edges.
fn one(layers: &mut Layers, piece: &Area, areal: f64, how: &Stacks) {
    let (edge_x, edge_y) = (2.0 / piece.width(), 1.5 / piece.height());
    for &(material, part) in how.parts {
        layers.shape(material, piece, |across, down| {
            let at_edge =
                across < edge_x || across > 1.0 - edge_x || down < edge_y || down > 1.0 - edge_y;
            part * if at_edge { areal * how.seam } else { areal }
        });
    }
}
