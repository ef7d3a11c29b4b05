//! What stands between a text and a camera: strengths, and how they are drawn.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Conditions of a picture, each 0 (none) to 1 (as bad as a working camera gets). Values outside
/// are held within.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conditions {
    /// How far aside the camera hangs: 0 straight in front, 1 about 40 degrees off and high up.
    pub perspective: f32,
    /// Movement of the truck while the shutter is open; 1: 14 pixels in a picture of 1920.
    pub motion_blur: f32,
    /// Out of focus; 1: a deviation of 3 pixels in a picture of 1920.
    pub defocus: f32,
    /// Rain: streaks, drops on the glass, less contrast.
    pub rain: f32,
    /// Darkness, with a lamp at the gate and headlamps.
    pub night: f32,
    /// Sun or lamps into the lens.
    pub glare: f32,
    /// Dirt and rust on what is painted.
    pub dirt: f32,
    /// Noise of the sensor; 1: a deviation of 22 of 255 levels.
    pub noise: f32,
    /// Loss in the JPEG file: quality 95 at 0, 30 at 1.
    pub compression: f32,
}

impl Conditions {
    /// Straight on, sharp, in daylight.
    #[must_use]
    pub fn clear() -> Self {
        Self {
            perspective: 0.0,
            motion_blur: 0.0,
            defocus: 0.0,
            rain: 0.0,
            night: 0.0,
            glare: 0.0,
            dirt: 0.0,
            noise: 0.0,
            compression: 0.0,
        }
    }

    /// An ordinary day or night of a working gate: the camera hangs somewhat aside, all paint is
    /// worn a little, every picture has some noise; one in four is dark, one in six is taken in
    /// rain, one in eight against light, one in three is slightly blurred.
    #[must_use]
    pub fn ordinary(seed: u64) -> Self {
        let mut draw = Draw::new(seed);
        Self {
            perspective: draw.up_to(1.0, 0.6),
            motion_blur: draw.up_to(0.33, 0.4),
            defocus: draw.up_to(0.33, 0.4),
            rain: draw.up_to(0.17, 0.6),
            night: draw.up_to(0.25, 0.8),
            glare: draw.up_to(0.125, 0.6),
            dirt: draw.up_to(1.0, 0.5),
            noise: draw.up_to(1.0, 0.4),
            compression: draw.up_to(1.0, 0.5),
        }
    }

    /// Anything up to the worst: every condition is there in half of the pictures, of any
    /// strength.
    #[must_use]
    pub fn harsh(seed: u64) -> Self {
        let mut draw = Draw::new(seed);
        let mut any = || draw.up_to(0.5, 1.0);
        Self {
            perspective: any(),
            motion_blur: any(),
            defocus: any(),
            rain: any(),
            night: any(),
            glare: any(),
            dirt: any(),
            noise: any(),
            compression: any(),
        }
    }

    /// Names and strengths, in the order of the fields.
    #[must_use]
    pub fn strengths(&self) -> [(&'static str, f32); 9] {
        [
            ("perspective", self.perspective),
            ("motion blur", self.motion_blur),
            ("defocus", self.defocus),
            ("rain", self.rain),
            ("night", self.night),
            ("glare", self.glare),
            ("dirt", self.dirt),
            ("noise", self.noise),
            ("compression", self.compression),
        ]
    }

    /// The same with every strength from 0 to 1; what is no number is 0.
    pub(super) fn held(&self) -> Self {
        let held = |value: f32| if value > 0.0 { value.min(1.0) } else { 0.0 };
        Self {
            perspective: held(self.perspective),
            motion_blur: held(self.motion_blur),
            defocus: held(self.defocus),
            rain: held(self.rain),
            night: held(self.night),
            glare: held(self.glare),
            dirt: held(self.dirt),
            noise: held(self.noise),
            compression: held(self.compression),
        }
    }
}

struct Draw(ChaCha8Rng);

impl Draw {
    fn new(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(super::stage::STREAM_CONDITIONS);
        Self(rng)
    }

    /// 0, or with this chance a value up to `most`.
    fn up_to(&mut self, chance: f32, most: f32) -> f32 {
        let (there, value) = (self.0.random::<f32>(), self.0.random::<f32>());
        if there < chance { most * value } else { 0.0 }
    }
}
