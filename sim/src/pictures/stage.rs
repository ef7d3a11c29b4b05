//! A scene and a seed → the drawn canvas, before it has gone through a lens.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::camera::{Camera, Mount};
use super::canvas::{Canvas, Ink};
use super::grain::Grain;
use super::painter::{Box4, Face, Painter};
use super::{Conditions, ContainerLook, Scene, Truth, TruthKind, View, front, rear, side};

/// Uses of one seed that must not disturb each other.
const STREAM_STAGE: u64 = 1;
pub(super) const STREAM_CONDITIONS: u64 = 2;
pub(super) const STREAM_OPTICS: u64 = 3;
pub(super) const STREAM_SCENE: u64 = 4;

/// Smallest and largest width and height.
const SIZE_PX: (u32, u32) = (160, 4096);
/// Most containers that are drawn.
pub(super) const CONTAINERS_MAX: usize = 2;

/// Everything that is needed while a picture is drawn.
pub(super) struct Stage<'a> {
    pub(super) scene: &'a Scene,
    pub(super) conditions: Conditions,
    pub(super) rng: ChaCha8Rng,
    pub(super) camera: Camera,
    canvas: Canvas,
    truth: Vec<Truth>,
}

/// Draws a scene.
pub(super) fn drawn(scene: &Scene, conditions: &Conditions, seed: u64) -> (Canvas, Vec<Truth>) {
    let held = |value: u32| value.clamp(SIZE_PX.0, SIZE_PX.1) as usize;
    let (width, height) = (held(scene.size_px.0), held(scene.size_px.1));
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(STREAM_STAGE);
    let conditions = conditions.held();
    let mount = match scene.view {
        View::Rear => rear::mount(&conditions, &mut rng),
        View::Side => side::mount(scene, &conditions, &mut rng),
        View::Front => front::mount(&conditions, &mut rng),
    };
    let mut stage = Stage {
        scene,
        conditions,
        camera: Camera::new(&fitting(mount, width, height), width, height),
        canvas: Canvas::new(width, height, [120, 122, 122], Grain::new(rng.random())),
        rng,
        truth: Vec::new(),
    };
    match scene.view {
        View::Rear => stage.rear(),
        View::Side => stage.side(),
        View::Front => stage.front(),
    }
    (stage.canvas, stage.truth)
}

/// Mounts are given for pictures of 16 to 9: others see as much of the height.
fn fitting(mount: Mount, width: usize, height: usize) -> Mount {
    let ratio = width as f32 / height as f32 * 9.0 / 16.0;
    Mount {
        width_m: mount.width_m * ratio,
        ..mount
    }
}

impl Stage<'_> {
    pub(super) fn painter(&mut self) -> Painter<'_> {
        Painter {
            canvas: &mut self.canvas,
            camera: &self.camera,
        }
    }

    /// A random value of the stage.
    pub(super) fn between(&mut self, from: f32, to: f32) -> f32 {
        from + (to - from) * self.rng.random::<f32>()
    }

    /// Notes a text that was written, if all of it is in the picture.
    pub(super) fn truth(&mut self, kind: TruthKind, text: &str, face: &Face, region: Box4) {
        let Some(quad) = self.painter().quad(face, region) else {
            return;
        };
        let (width, height) = (self.canvas.width as f32, self.canvas.height as f32);
        let within = quad
            .iter()
            .all(|p| p[0] > 2.0 && p[1] > 2.0 && p[0] < width - 2.0 && p[1] < height - 2.0);
        if within {
            self.truth.push(Truth {
                kind,
                text: text.to_owned(),
                quad,
            });
        }
    }

    /// Dirt and rust on a part of a face, as strong as the conditions say.
    pub(super) fn dirt(&mut self, face: &Face, area: Box4) {
        let strength = self.conditions.dirt;
        let middle = face.at(0.5 * (area[0] + area[2]), 0.5 * (area[1] + area[3]), 0.0);
        let per_m = self.camera.px_per_m(middle);
        // Weathered paint is never even.
        let washed = Ink::Stain {
            colour: [150, 146, 138],
            share: 0.10 + 0.3 * strength,
            amount: 0.75,
            size_px: [0.5 * per_m, 1.6 * per_m],
        };
        let dust = Ink::Stain {
            colour: [92, 80, 66],
            share: 0.16 + 0.75 * strength,
            amount: 0.12 + 0.35 * strength,
            size_px: [0.35 * per_m, 0.9 * per_m],
        };
        let rust = Ink::Stain {
            colour: [98, 54, 30],
            share: 0.5 + 0.5 * strength,
            amount: 0.02 + 0.13 * strength,
            size_px: [0.12 * per_m, 0.3 * per_m],
        };
        for ink in [washed, dust, rust] {
            self.painter().block(face, area, 0.0, ink);
        }
    }
}

/// Height of a container above the ground it would stand on, metres (ISO 668).
pub(super) fn height_m(look: &ContainerLook) -> f32 {
    if look.size_type.as_bytes().get(1) == Some(&b'5') {
        2.896
    } else {
        2.591
    }
}

/// Length of a container, metres (ISO 668).
pub(super) fn length_m(look: &ContainerLook) -> f32 {
    if look.size_type.starts_with('2') {
        6.058
    } else {
        12.192
    }
}
