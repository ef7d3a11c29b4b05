//! Kinds of cargo by chapter of the Harmonized System, and how each looks to the beam.
//!
//! Densities are those of the goods as packed, from common freight tables; the shapes are made
//! up. The beam crosses about 2.3 m of cargo.

use super::beam::Material;
use super::dice::{Dice, Span};
use super::heaps;
use super::layers::{Area, Layers};
use super::stacks::{Stacks, stack};

/// Depth of a container along the beam, cm.
pub(super) const DEPTH_CM: f64 = 230.0;

/// A kind of cargo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Goods {
    /// Cereals in bulk, chapter 10.
    Grain,
    /// Beverages on pallets, chapter 22.
    Beverages,
    /// Plastics in sacks, chapter 39.
    Resin,
    /// Tyres, chapter 40.
    Tyres,
    /// Sawn wood, chapter 44.
    Timber,
    /// Paper in rolls, chapter 48.
    Paper,
    /// Clothing in cartons, chapter 61.
    Clothing,
    /// Ceramic tiles, chapter 69.
    Tiles,
    /// Steel in coils, chapter 72.
    Coils,
    /// Scrap of aluminium, chapter 76.
    Scrap,
    /// Machinery, chapter 84.
    Machinery,
    /// Electrical goods in cartons, chapter 85.
    Electronics,
    /// Cars, chapter 87.
    Cars,
    /// Furniture, chapter 94.
    Furniture,
}

/// What a whole load is like, by mass and density.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Density {
    /// Below about 0.2 g/cm3 where it stands.
    Light,
    /// Denser, of light elements.
    Organic,
    /// Denser, of ceramics, glass or aluminium, or light and heavy mixed.
    Mineral,
    /// Denser, of steel and the like.
    Metal,
}

impl Density {
    /// Its place in the network's output.
    #[must_use]
    pub fn at(self) -> usize {
        match self {
            Self::Light => 0,
            Self::Organic => 1,
            Self::Mineral => 2,
            Self::Metal => 3,
        }
    }
}

impl Goods {
    /// All kinds.
    pub const ALL: [Self; 14] = [
        Self::Grain,
        Self::Beverages,
        Self::Resin,
        Self::Tyres,
        Self::Timber,
        Self::Paper,
        Self::Clothing,
        Self::Tiles,
        Self::Coils,
        Self::Scrap,
        Self::Machinery,
        Self::Electronics,
        Self::Cars,
        Self::Furniture,
    ];

    /// Its chapter of the Harmonized System.
    #[must_use]
    pub fn chapter(self) -> u8 {
        match self {
            Self::Grain => 10,
            Self::Beverages => 22,
            Self::Resin => 39,
            Self::Tyres => 40,
            Self::Timber => 44,
            Self::Paper => 48,
            Self::Clothing => 61,
            Self::Tiles => 69,
            Self::Coils => 72,
            Self::Scrap => 76,
            Self::Machinery => 84,
            Self::Electronics => 85,
            Self::Cars => 87,
            Self::Furniture => 94,
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Grain => "grain",
            Self::Beverages => "beverages",
            Self::Resin => "resin",
            Self::Tyres => "tyres",
            Self::Timber => "timber",
            Self::Paper => "paper",
            Self::Clothing => "clothing",
            Self::Tiles => "tiles",
            Self::Coils => "coils",
            Self::Scrap => "scrap",
            Self::Machinery => "machinery",
            Self::Electronics => "electronics",
            Self::Cars => "cars",
            Self::Furniture => "furniture",
        }
    }

    /// What such a load is like.
    #[must_use]
    pub fn density(self) -> Density {
        match self {
            Self::Clothing | Self::Furniture | Self::Tyres => Density::Light,
            Self::Grain | Self::Beverages | Self::Resin | Self::Timber | Self::Paper => {
                Density::Organic
            }
            Self::Tiles | Self::Scrap | Self::Electronics => Density::Mineral,
            Self::Coils | Self::Machinery | Self::Cars => Density::Metal,
        }
    }
}

/// The room a load takes and how dense it is against the middle of its class.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    pub(super) area: Area,
    pub(super) times: f64,
}

impl Room {
    /// Areal density of goods of this density over the whole depth.
    pub(super) fn areal(&self, density: Span, dice: &mut Dice) -> f64 {
        DEPTH_CM * self.times * dice.real(density)
    }
}

/// Cartons; what other piles differ from.
const CARTONS: Stacks = Stacks {
    width: (40.0, 60.0),
    height: (30.0, 40.0),
    density: (0.11, 0.18),
    parts: &[(Material::Organic, 1.0)],
    seam: 0.8,
    vary: 0.12,
    step: 0.1,
    pallet: false,
};
const BEVERAGES: Stacks = Stacks {
    width: (100.0, 120.0),
    height: (26.0, 34.0),
    density: (0.50, 0.70),
    vary: 0.03,
    pallet: true,
    ..CARTONS
};
const RESIN: Stacks = Stacks {
    width: (105.0, 120.0),
    height: (13.0, 17.0),
    density: (0.42, 0.56),
    seam: 0.9,
    vary: 0.04,
    pallet: true,
    ..CARTONS
};
const TIMBER: Stacks = Stacks {
    width: (240.0, 400.0),
    height: (10.0, 25.0),
    density: (0.38, 0.52),
    seam: 0.7,
    vary: 0.06,
    step: 0.05,
    ..CARTONS
};
const TILES: Stacks = Stacks {
    width: (90.0, 110.0),
    height: (28.0, 36.0),
    density: (0.50, 0.75),
    parts: &[(Material::Mineral, 0.95), (Material::Organic, 0.05)],
    seam: 0.85,
    vary: 0.04,
    step: 0.35,
    pallet: true,
};
const ELECTRONICS: Stacks = Stacks {
    width: (35.0, 70.0),
    height: (25.0, 50.0),
    density: (0.22, 0.34),
    parts: &[
        (Material::Organic, 0.35),
        (Material::Mineral, 0.15),
        (Material::Iron, 0.50),
    ],
    seam: 0.75,
    vary: 0.06,
    ..CARTONS
};
const FURNITURE: Stacks = Stacks {
    width: (50.0, 180.0),
    height: (30.0, 90.0),
    density: (0.07, 0.13),
    seam: 1.5,
    vary: 0.25,
    step: 0.25,
    ..CARTONS
};

pub(super) fn load(goods: Goods, layers: &mut Layers, room: &Room, dice: &mut Dice) {
    match goods {
        Goods::Grain => heaps::grain(layers, room, dice),
        Goods::Beverages => {
            stack(layers, room, dice, &BEVERAGES);
            heaps::bottles(layers, room, dice);
        }
        Goods::Resin => stack(layers, room, dice, &RESIN),
        Goods::Tyres => heaps::tyres(layers, room, dice),
        Goods::Timber => stack(layers, room, dice, &TIMBER),
        Goods::Paper => heaps::rolls(layers, room, dice),
        Goods::Clothing => stack(layers, room, dice, &CARTONS),
        Goods::Tiles => stack(layers, room, dice, &TILES),
        Goods::Coils => heaps::coils(layers, room, dice),
        Goods::Scrap => heaps::scrap(layers, room, dice),
        Goods::Machinery => heaps::machinery(layers, room, dice),
        Goods::Electronics => stack(layers, room, dice, &ELECTRONICS),
        Goods::Cars => heaps::cars(layers, room, dice),
        Goods::Furniture => {
            stack(layers, room, dice, &FURNITURE);
            heaps::frames(layers, room, dice);
        }
    }
}
