//! One thread that reads pictures, one after the other.

use std::sync::mpsc::Receiver;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use domain::reading::{PictureRef, Reading};
use passage::port::Input;
use vision::scan::Examiner;
use vision::{Limits, Picture, Reader, Scene};

use super::describe::{Times, describe};
use super::reading::readings;
use super::{Shared, Sought, Taken, Work, scan};

/// Runs until nobody can hand over pictures any more.
pub(super) fn run(
    shared: &Shared,
    mut reader: Reader,
    mut examiner: Examiner,
    waiting: &Mutex<Receiver<Work>>,
) {
    loop {
        let next = waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        match next {
            Ok(Work::Picture(taken)) => {
                read(shared, &mut reader, &taken);
                taken.source.tally.done();
            }
            Ok(Work::Scan(scanned)) => scan::examine(shared, &mut examiner, &scanned),
            Err(_) => return,
        }
    }
}

/// Why a picture counts as missing, if it does.
fn lateness(shared: &Shared, taken: &Taken) -> Option<String> {
    if *taken.captures.borrow() != taken.capture {
        return Some("its vehicle was dealt with before it was read".to_owned());
    }
    let age = shared.clock.now().mono.since(taken.at.mono);
    (age > shared.late_after).then(|| {
        format!(
            "read {} ms after it was taken, {} ms are allowed",
            age.as_millis(),
            shared.late_after.as_millis()
        )
    })
}

fn read(shared: &Shared, reader: &mut Reader, taken: &Taken) {
    if let Some(why) = lateness(shared, taken) {
        return shared.unread(&taken.source, &why);
    }
    let start = Instant::now();
    let picture = match Picture::decode(&taken.bytes, &Limits::default()) {
        Ok(picture) => picture,
        Err(error) => return shared.unread(&taken.source, &format!("no picture: {error}")),
    };
    let decode_ms = start.elapsed().as_secs_f64() * 1e3;
    let start = Instant::now();
    let looked = match taken.sought {
        Sought::All => reader.glance(&picture),
        Sought::Plates => reader.plates(&picture).map(|plates| Scene {
            numbers: Vec::new(),
            plates,
        }),
        Sought::Numbers => reader.glance_side(&picture).map(|numbers| Scene {
            numbers,
            plates: Vec::new(),
        }),
    };
    let scene = match looked {
        Ok(scene) => scene,
        Err(error) => return shared.unread(&taken.source, &format!("cannot be read: {error}")),
    };
    let times = Times {
        decode_ms,
        read_ms: start.elapsed().as_secs_f64() * 1e3,
    };
    if let Some(why) = lateness(shared, taken) {
        return shared.unread(&taken.source, &why);
    }
    let reference = taken.kept.as_ref().map(|file| PictureRef {
        sha256: file.sha256,
        camera: taken.source.device.clone(),
    });
    deliver(shared, taken, &scene, reference);
    if let Some(file) = &taken.kept {
        let what = describe(
            &picture,
            &scene.numbers,
            &scene.plates,
            shared.engine,
            times,
        );
        if let Err(error) = file.note(&what) {
            tracing::error!(camera = %taken.source.device, %error, "what was read is not kept");
        }
    }
}

fn deliver(shared: &Shared, taken: &Taken, scene: &Scene, picture: Option<PictureRef>) {
    let observations = readings(scene, taken.view, picture.as_ref());
    shared.health.frames(
        &taken.source.device,
        observations.len() as u64,
        taken.source.tally.rejected(),
        taken.at.utc.at,
    );
    taken.source.tally.count(scene);
    for observation in observations {
        let reading = Reading {
            device: taken.source.device.clone(),
            received: taken.at,
            observation,
        };
        taken
            .source
            .lane
            .send_blocking(Input::Reading(Box::new(reading)));
    }
}
