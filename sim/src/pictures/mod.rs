//! A scene in a lane and the conditions it is seen under → the picture that a gate camera would
//! give, as a JPEG file, with what stands in it and where.
//!
//! Knows no gate, no protocol and no reader. The same scene, conditions and seed give the same
//! file. Forms: ISO 6346 (numbers, size-type codes), ISO 668 (sizes of containers), GA 36-2018
//! (plates); proportions of lettering, bars and waves from photographs of gates.

mod blend;
mod camera;
mod canvas;
mod conditions;
mod doors;
mod front;
mod grain;
mod jpeg;
mod lettering;
mod livery;
mod number;
mod optics;
mod painter;
mod plates;
mod rear;
mod scene;
mod side;
mod stage;
mod surroundings;
#[cfg(test)]
mod tests;
mod walls;

pub use conditions::Conditions;
pub use plates::PlateStyle;

use domain::container::ContainerNumber;
use domain::plate::Plate;

/// Which camera of a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum View {
    /// Doors of the last container and the trailer's plate.
    Rear,
    /// Long walls of all containers.
    Side,
    /// The tractor's plates, and the first container's end wall above the cab.
    Front,
}

impl View {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Rear, Self::Side, Self::Front];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rear => "rear",
            Self::Side => "side",
            Self::Front => "front",
        }
    }
}

/// A container as painted. Its colours and lettering follow from its number, so that all cameras
/// see the same box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerLook {
    /// The number painted on it.
    pub number: ContainerNumber,
    /// The size-type code painted below it, such as `22G1`: the first character gives the
    /// length (2: 20 ft, else 40 ft), the second the height (5: 9 ft 6 in).
    pub size_type: String,
}

/// A plate as made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlateLook {
    /// The registration number on it.
    pub plate: Plate,
    /// Colours and rows.
    pub style: PlateStyle,
}

/// What stands in the lane, and which camera looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scene {
    /// The camera.
    pub view: View,
    /// Containers from the front of the truck to its rear: none, one of 40 ft or 20 ft, or two
    /// of 20 ft. Further ones are not drawn.
    pub containers: Vec<ContainerLook>,
    /// Plates at the front of the tractor, the mainland one first; at most two are drawn.
    pub tractor_plates: Vec<PlateLook>,
    /// Plate at the rear of the trailer.
    pub trailer_plate: Option<PlateLook>,
    /// Width and height in pixels, each held between 160 and 4096.
    pub size_px: (u32, u32),
}

/// Width and height of a usual camera's picture.
pub const FULL_HD: (u32, u32) = (1920, 1080);

/// What a text in a picture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TruthKind {
    /// A container's number, eleven characters without blanks.
    Number,
    /// A container's size-type code.
    SizeType,
    /// A registration number in normal form.
    Plate,
}

/// A text that stands wholly within the picture and is hidden by nothing but door bars.
#[derive(Debug, Clone, PartialEq)]
pub struct Truth {
    /// What it is.
    pub kind: TruthKind,
    /// The text.
    pub text: String,
    /// Where: upper left, upper right, lower right and lower left corner as one reads it, pixels.
    pub quad: [[f32; 2]; 4],
}

/// A rendered picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// A JPEG file.
    pub jpeg: Vec<u8>,
    /// What stands in it.
    pub truth: Vec<Truth>,
}

/// Renders a scene. The seed decides what the scene and the conditions leave open: where exactly
/// the camera hangs, what stands behind the truck, which drops fall.
#[must_use]
pub fn render(scene: &Scene, conditions: &Conditions, seed: u64) -> Picture {
    let (mut canvas, truth) = stage::drawn(scene, conditions, seed);
    let quality = optics::develop(&mut canvas, conditions, seed);
    let jpeg = jpeg::encode(&canvas, quality);
    Picture { jpeg, truth }
}
