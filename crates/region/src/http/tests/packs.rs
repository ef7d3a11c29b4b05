//! Evidence packs as they are downloaded.

use evidence_pack::{Report, TrustedKeys, verify_pack};

use super::*;
use crate::pictures::PictureFolder;
use domain::digest::Digest;
use domain::reading::PictureRef;
use sha2::{Digest as _, Sha256};

const PICTURE: &[u8] = b"\xFF\xD8 a plate";

fn keys() -> TrustedKeys {
    TrustedKeys {
        gates: vec![(
            Some(decision::fixture::gate().to_string()),
            gate_key().public_key(),
        )],
        region: Some(region_key().public_key()),
    }
}

fn target(number: u32) -> String {
    format!("/api/v1/packs/{}-1-{number}", decision::fixture::lane())
}

fn proven(pack: &[u8]) -> Option<Report> {
    let report = verify_pack(pack, &keys()).ok()?;
    report.is_proven().then_some(report)
}

#[tokio::test]
async fn a_pack_that_was_downloaded_is_proven_and_one_changed_byte_is_found() {
    let sha256 = Digest(Sha256::digest(PICTURE).into());
    let folder = tempfile::tempdir().unwrap();
    let pictures = PictureFolder::at(folder.path().to_owned());
    assert!(pictures.keep(&sha256, PICTURE).unwrap());
    let mut events = passages(3);
    if let EventBody::PassageDecided(record) = &mut events[1].body {
        let camera = domain::id::DeviceId::parse("camera1").unwrap();
        record.evidence.plates[0].picture = Some(PictureRef { sha256, camera });
    }
    let packer = Packer {
        pictures: Some(pictures),
        ..packer()
    };
    let site = Site::over(&events, Some(packer)).await;
    let answer = site.get(&target(1)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let name = format!("{}-1-1.tar", decision::fixture::lane());
    for header in [
        "content-type: application/x-tar".to_owned(),
        format!("content-length: {}\r\n", answer.bytes.len()),
        format!("content-disposition: attachment; filename=\"{name}\"; filename*=utf-8''{name}"),
        "cache-control: no-store".to_owned(),
    ] {
        let headers = format!("{}\r\n", answer.headers);
        assert!(headers.contains(&header.to_ascii_lowercase()), "{headers}");
    }
    let report = proven(&answer.bytes).expect("it is proven");
    assert_eq!((report.anchors.len(), report.events.len()), (1, 1));
    // The picture that is kept is there; the scan that nobody pulled is named.
    let pictures = &report.manifest.pictures;
    let present = pictures.iter().filter(|picture| picture.member.is_some());
    let present: Vec<&str> = present.map(|picture| picture.sha256.as_str()).collect();
    assert_eq!(present, [sha256.to_string()]);
    assert!(pictures.len() > 1, "{pictures:?}");
    for place in (0..answer.bytes.len()).step_by(997) {
        let mut changed = answer.bytes.clone();
        changed[place] ^= 1;
        assert!(proven(&changed).is_none(), "byte {place}");
    }
    assert!(proven(&answer.bytes[..answer.bytes.len() - 512]).is_none());
}

#[tokio::test]
async fn what_cannot_be_packed_is_said_with_the_way_out() {
    let site = Site::start(2).await;
    let mut other = decision::fixture::gate();
    other.gate = domain::id::GateId::parse("G9").unwrap();
    // A passage of the same name at a gate whose key is not known.
    stored::store(&site.file(), &other, &passages(1)).await;
    let (both, gate) = (target(0), decision::fixture::gate());
    let of = |gate: &str| format!("{both}?gate={}", gate.replace('/', "%2F"));
    for (target, status, named) in [
        (target(7), 404, "nothing is stored of this passage"),
        (
            "/api/v1/packs/a%0ab".to_owned(),
            400,
            "\"parameter\":\"id\"",
        ),
        (both.clone(), 400, "\"parameter\":\"gate\""),
        (of("R/P/G"), 404, "nothing is stored of this passage"),
        (of(&other.to_string()), 503, "is not enrolled here"),
        (format!("{both}?pull=1"), 400, "pull"),
        (of(&gate.to_string()), 200, "kakou-evidence-pack"),
    ] {
        let answer = site.get(&target).await;
        assert_eq!(answer.status, status, "{target}: {}", answer.body);
        assert!(answer.body.contains(named), "{target}: {}", answer.body);
        let is_problem = answer.headers.contains("application/problem+json");
        assert_eq!(is_problem, status != 200, "{target}");
        assert!(!answer.body.contains(site.folder.path().to_str().unwrap()));
    }
    let keyless = Site::over(&passages(1), None).await;
    let answer = keyless.get(&target(0)).await;
    assert_eq!(answer.status, 503);
    assert!(answer.body.contains("signing_key_file"), "{}", answer.body);
    let story = format!("/passages/{}-1-0", decision::fixture::lane());
    assert!(!keyless.get(&story).await.body.contains("/api/v1/packs/"));
    let page = site.get(&story.replace("-1-0", "-1-1")).await.body;
    assert!(page.contains(&format!("href=\"{}\"", target(1))), "{page}");
    let page = site.get(&story).await.body;
    assert_eq!(page.matches("?gate=").count(), 2, "{page}");
}

#[tokio::test]
async fn only_so_many_packs_are_under_way_and_each_gives_its_place_back() {
    let site = Site::start(1).await;
    let all = u32::try_from(crate::http::packs::PACKS_MAX).unwrap();
    let taken = site.packs.acquire_many(all).await.unwrap();
    let answer = site.get(&target(0)).await;
    assert_eq!(answer.status, 503);
    assert!(answer.body.contains("try again"), "{}", answer.body);
    drop(taken);
    assert!(proven(&site.get(&target(0)).await.bytes).is_some());
    let given_back = tokio::time::timeout(DEADLINE, site.packs.acquire_many(all)).await;
    assert!(given_back.is_ok());
}

#[tokio::test]
async fn a_pack_that_is_not_proven_says_so_in_its_name() {
    let mut stranger = packer();
    let key = SigningKeyPair::from_seed(&[8; 32]).public_key();
    stranger.gates = [(decision::fixture::gate(), key)].into();
    let site = Site::over(&passages(1), Some(stranger)).await;
    let answer = site.get(&target(0)).await;
    assert_eq!(answer.status, 200);
    assert!(
        answer.headers.contains("-not-proven.tar\""),
        "{}",
        answer.headers
    );
    assert!(proven(&answer.bytes).is_none());
}
