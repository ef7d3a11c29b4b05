//! Goal: real photographs are read, by whichever engine this machine has. Method: pictures whose
//! truth is known (pictures/README.md) go through the decoder and the networks.

use std::path::{Path, PathBuf};

use vision::{EngineChoice, Limits, Models, Picture, Reader, Runtime, agree};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures")
}

fn reader() -> Reader {
    let runtime = Runtime::start(&EngineChoice::Best).expect("an engine is compiled in");
    eprintln!("engine: {}", runtime.engine().name());
    let models = Models::read(&Models::default_folder().expect("models/ of this checkout"));
    Reader::new(&models.expect("whole models"), runtime).expect("the engine takes the networks")
}

fn picture(name: &str) -> Picture {
    let bytes = std::fs::read(folder().join(name)).expect("a picture of this folder");
    Picture::decode(&bytes, &Limits::default()).expect("a whole picture")
}

/// First and last field of every row.
fn rows(list: &str, truth: usize) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(folder().join(list)).expect("the list");
    text.lines()
        .skip(1)
        .map(|line| {
            let fields: Vec<&str> = line.rsplit(',').collect();
            let file = line.split(',').next().expect("split gives one part");
            (file.to_owned(), fields[truth].to_owned())
        })
        .collect()
}

#[test]
fn container_numbers_of_photographs_are_read_with_their_evidence() {
    let mut reader = reader();
    for (file, truth) in rows("containers.csv", 1) {
        let picture = picture(&file);
        let seen = reader.container_numbers(&picture).expect("networks run");
        let best = seen
            .first()
            .unwrap_or_else(|| panic!("{file}: nothing seen"));
        assert_eq!(best.number.as_str(), truth, "{file}");
        let accepted: Vec<&str> = seen
            .iter()
            .filter(|one| one.accepted)
            .map(|one| one.number.as_str())
            .collect();
        assert!(
            accepted.iter().all(|one| *one == truth),
            "{file}: {accepted:?}"
        );
        assert_eq!(best.characters.len(), 11, "{file}");
        assert!(
            best.characters
                .iter()
                .all(|one| (0.0..=1.0).contains(&one.confidence))
        );
        assert!(best.crop.width() > 20 && best.crop.height() > 8, "{file}");
        let (left, top, right, bottom) = best.region.bounds();
        assert!(left < right && top < bottom);
        assert!(right < picture.width() as f32 * 1.1 && bottom < picture.height() as f32 * 1.1);
        assert_eq!(best.accepted, best.doubts.is_empty(), "{file}");
        let agreed = agree(&[&seen]);
        assert_eq!(agreed[0].number, best.number);
    }
}

#[test]
fn size_type_codes_beside_the_number_are_read() {
    let mut reader = reader();
    for (file, code) in [("road_02.jpg", "22G1"), ("road_04.jpg", "45G1")] {
        let seen = reader
            .container_numbers(&picture(file))
            .expect("networks run");
        assert_eq!(seen[0].size_type.as_deref(), Some(code), "{file}");
    }
}

#[test]
fn plates_that_fill_a_crop_are_read() {
    let mut reader = reader();
    for (file, truth) in rows("plates.csv", 0) {
        let seen = reader.plate_crop(&picture(&file)).expect("networks run");
        let seen = seen.unwrap_or_else(|| panic!("{file}: nothing seen"));
        assert_eq!(seen.plate.as_str(), truth, "{file}");
        assert_eq!(seen.characters.len(), 7);
    }
}

#[test]
fn a_plate_is_found_in_a_whole_picture() {
    // The crop pasted into a plain scene: the network must find it before it reads it.
    let crop = picture("plate_0034.jpg");
    let (width, height) = (640_u32, 480_u32);
    let mut rgb = vec![110_u8; 3 * width as usize * height as usize];
    let (left, top, times) = (200_usize, 260_usize, 2_usize);
    for y in 0..crop.height() as usize * times {
        for x in 0..crop.width() as usize * times {
            let from = 3 * (y / times * crop.width() as usize + x / times);
            let to = 3 * ((top + y) * width as usize + left + x);
            rgb[to..to + 3].copy_from_slice(&crop.rgb()[from..from + 3]);
        }
    }
    let scene = Picture::from_rgb(width, height, rgb).expect("the size fits");
    let seen = reader().plates(&scene).expect("networks run");
    let truth = rows("plates.csv", 0);
    let (_, truth) = truth
        .iter()
        .find(|row| row.0 == "plate_0034.jpg")
        .expect("listed");
    assert_eq!(
        seen.first().map(|one| one.plate.as_str()),
        Some(truth.as_str())
    );
}

#[test]
fn a_plate_in_two_rows_is_found_in_a_whole_picture() {
    let mut reader = reader();
    // Of one the lower row alone is found, the other as a whole.
    for (file, truth) in [
        ("trailer_01.jpg", "赣D8R54挂"),
        ("trailer_02.jpg", "辽X4987挂"),
    ] {
        let seen = reader.plates(&picture(file)).expect("networks run");
        let best = seen.first().map(|one| one.plate.as_str());
        assert_eq!(best, Some(truth), "{file}");
        assert_eq!(seen[0].kind, vision::PlateKind::Trailer, "{file}");
        let (left, top, right, bottom) = seen[0].region.bounds();
        assert!(right - left < 2.6 * (bottom - top), "{file}: both rows");
    }
}

#[test]
fn part_of_a_container_number_is_no_plate() {
    let scene = reader()
        .look(&picture("road_02.jpg"))
        .expect("networks run");
    assert_eq!(scene.numbers[0].number.as_str(), "CRSU1537222");
    assert!(
        scene.plates.iter().all(|one| !one.accepted),
        "{:?}",
        scene.plates
    );
    let claimed = scene.numbers[0].region.bounds();
    for plate in &scene.plates {
        let (left, top, right, bottom) = plate.region.bounds();
        let apart = right < claimed.0 || left > claimed.2 || bottom < claimed.1 || top > claimed.3;
        assert!(apart, "{}", plate.plate);
    }
}

#[test]
fn a_picture_without_text_gives_nothing() {
    let mut reader = reader();
    for shade in [0_u8, 128, 255] {
        for (width, height) in [(640, 480), (16, 16), (2_000, 16)] {
            let rgb = vec![shade; 3 * width as usize * height as usize];
            let plain = Picture::from_rgb(width, height, rgb).expect("the size fits");
            assert!(
                reader
                    .container_numbers(&plain)
                    .expect("networks run")
                    .is_empty()
            );
            assert!(reader.plates(&plain).expect("networks run").is_empty());
        }
    }
}
