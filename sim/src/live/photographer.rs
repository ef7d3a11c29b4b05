//! The trucks of a world → what the cameras of its lanes give: rendered pictures, a new one at
//! every request.

use std::sync::Arc;

use super::cameras::{Frame, Photographer};
use crate::pictures::{Conditions, ContainerLook, FULL_HD, PlateLook, Scene, View, render};
use crate::world::World;
use crate::world::truck::Truck;

/// Renders the trucks of `world` as they are, on an ordinary day.
#[must_use]
pub fn of_world(world: &World) -> Photographer {
    let trucks = world.trucks.clone();
    let seed = world.config.seed;
    Arc::new(move |frame: Frame| {
        let truck = frame.truck.and_then(|number| trucks.get(number));
        let scene = scene(truck, frame.view);
        // Weather and place stay with the truck; noise and drops change from picture to picture.
        let of_truck = seed ^ (frame.truck.unwrap_or(0) as u64) << 20;
        let conditions = conditions(truck, of_truck);
        render(&scene, &conditions, of_truck ^ frame.number).jpeg
    })
}

fn conditions(truck: Option<&Truck>, seed: u64) -> Conditions {
    let ordinary = Conditions::ordinary(seed);
    let mild = Conditions {
        perspective: ordinary.perspective * 0.5,
        motion_blur: 0.0,
        rain: ordinary.rain * 0.5,
        night: ordinary.night * 0.5,
        glare: ordinary.glare * 0.5,
        ..ordinary
    };
    match truck {
        Some(truck) if !truck.plates_readable => Conditions { dirt: 1.0, ..mild },
        Some(_) | None => mild,
    }
}

fn scene(truck: Option<&Truck>, view: View) -> Scene {
    let empty = Scene {
        view,
        containers: Vec::new(),
        tractor_plates: Vec::new(),
        trailer_plate: None,
        size_px: FULL_HD,
    };
    let Some(truck) = truck else { return empty };
    let painted = PlateLook::new(truck.painted_plate.clone());
    let second = truck.rig.second_plate.clone().map(PlateLook::new);
    Scene {
        containers: truck
            .boxes
            .iter()
            .map(|on| ContainerLook::new(on.number.clone(), on.size_type))
            .collect(),
        tractor_plates: std::iter::once(painted).chain(second).collect(),
        trailer_plate: truck.rig.trailer.clone().map(PlateLook::new),
        ..empty
    }
}
