use super::*;

fn scene(view: View) -> Scene {
    Scene {
        size_px: (640, 360),
        ..Scene::drawn(view, 5)
    }
}

#[test]
fn the_same_seed_gives_the_same_file_and_another_seed_another() {
    for view in View::ALL {
        let conditions = Conditions::ordinary(3);
        let first = render(&scene(view), &conditions, 7);
        assert_eq!(first, render(&scene(view), &conditions, 7));
        assert_ne!(first.jpeg, render(&scene(view), &conditions, 8).jpeg);
    }
}

#[test]
fn every_text_of_a_clear_scene_is_known_and_within_the_picture() {
    for seed in 0..20 {
        for view in View::ALL {
            let scene = Scene {
                size_px: (320, 180),
                ..Scene::drawn(view, seed)
            };
            let picture = render(&scene, &Conditions::clear(), seed);
            let texts = |kind: TruthKind| -> Vec<&str> {
                let of_kind = picture.truth.iter().filter(|truth| truth.kind == kind);
                of_kind.map(|truth| truth.text.as_str()).collect()
            };
            let numbers = texts(TruthKind::Number);
            let plates = texts(TruthKind::Plate);
            let (least_numbers, most_plates) = match view {
                View::Rear => (1, 1),
                View::Side => (scene.containers.len(), 0),
                View::Front => (0, scene.tractor_plates.len()),
            };
            assert!(
                numbers.len() >= least_numbers,
                "{view:?} {seed}: {numbers:?}"
            );
            assert_eq!(plates.len(), most_plates, "{view:?} {seed}");
            for text in numbers {
                assert!(
                    scene
                        .containers
                        .iter()
                        .any(|one| one.number.as_str() == text)
                );
            }
            for point in picture.truth.iter().flat_map(|truth| truth.quad) {
                assert!((0.0..=320.0).contains(&point[0]) && (0.0..=180.0).contains(&point[1]));
            }
        }
    }
}

#[test]
fn odd_scenes_and_conditions_still_give_a_picture() {
    let plate = domain::plate::Plate::parse("国A12345").expect("a plate by its form");
    let odd = Scene {
        containers: vec![],
        tractor_plates: vec![PlateLook::new(plate); 5],
        trailer_plate: None,
        size_px: (0, 9_000),
        view: View::Front,
    };
    let worst = Conditions {
        perspective: f32::NAN,
        motion_blur: f32::INFINITY,
        defocus: 9.0,
        rain: 1.0,
        night: 1.0,
        glare: 1.0,
        dirt: 1.0,
        noise: -3.0,
        compression: 1.0,
    };
    for view in View::ALL {
        let picture = render(&odd.seen_from(view), &worst, 1);
        assert!(picture.jpeg.starts_with(&[0xff, 0xd8]));
        assert!(
            picture
                .truth
                .iter()
                .all(|truth| truth.kind == TruthKind::Plate)
        );
    }
}
