//! Registration plates in a picture: mainland (with new energy, trailer and learner signs), the
//! double plates of Hong Kong and Macao vehicles, plain latin ones.

mod forms;
mod read;

use domain::plate::Plate;

use crate::container::CharacterSeen;
use crate::picture::Picture;
use crate::region::Region;

pub use forms::PlateKind;
pub(crate) use read::PlateReader;

/// A plate seen in one picture.
#[derive(Debug, Clone)]
pub struct PlateSeen {
    /// The likeliest registration number.
    pub plate: Plate,
    /// The form it has.
    pub kind: PlateKind,
    /// Probability that it is right, 0 to 1, calibrated on real crops.
    pub confidence: f32,
    /// Sure enough to be used without another view.
    pub accepted: bool,
    /// Its characters.
    pub characters: Vec<CharacterSeen>,
    /// Other plates it could be, likeliest first, each with its probability.
    pub runners_up: Vec<(Plate, f32)>,
    /// Log-probability given up against the plain reading, nats.
    pub cost: f32,
    /// Height of the plate, pixels of the picture.
    pub height_px: f32,
    /// Where it hangs.
    pub region: Region,
    /// That part of the picture.
    pub crop: Picture,
}
