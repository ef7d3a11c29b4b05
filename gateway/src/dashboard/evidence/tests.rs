//! The whole fragment: what it tells, that it is well-formed, and that no text from outside becomes
//! markup, whatever field it stands in.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: what they are given is known to fit"
)]

use std::path::Path;

use decision::fixture::{self, Passage};
use domain::decision::Finding;
use domain::event::DecisionRecord;
use domain::facts::PassFact;
use domain::id::{CompanyId, ConsignmentId, DeviceId, DriverId, ManifestId, PassNumber, UserId};
use domain::operator::LaneMode;
use domain::reading::{PictureRef, ScanJudge};
use domain::reason::{Language, ReasonCode};
use domain::time::Timestamp;
use serde_json::json;

use super::*;
use crate::eyes::album::{Album, Kept};

/// A decision on a passage.
pub(super) fn record_of(passage: &Passage) -> DecisionRecord {
    DecisionRecord {
        evidence: passage.evidence.clone(),
        facts: passage.facts.clone(),
        policy: passage.policy.clone(),
        decision: passage.decide(),
        mode: LaneMode::Live,
        withdrawal: None,
        attempt: 1,
    }
}

const HOSTILE: &str = r#""'><img src=x onerror=alert(1)><script>alert(1)</script>"#;
/// Without the slash that an identifier may not have, and short.
const HOSTILE_ID: &str = r#""'><script>"#;

const LANGUAGES: [Language; 2] = [Language::Zh, Language::En];

/// An element as it stands in the text: its name and attributes.
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
}

/// The start tags of a text; it panics at anything that is not well-formed.
fn elements(html: &str) -> Vec<Element> {
    let mut open: Vec<String> = Vec::new();
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        assert!(!rest[..at].contains('>'), "a stray > in {}", &rest[..at]);
        rest = &rest[at + 1..];
        if let Some(closed) = rest.strip_prefix('/') {
            let (name, after) = closed.split_once('>').unwrap();
            assert_eq!(open.pop().as_deref(), Some(name));
            rest = after;
            continue;
        }
        let (element, after) = element(rest);
        if !matches!(element.name.as_str(), "img" | "input" | "br") {
            open.push(element.name.clone());
        }
        found.push(element);
        rest = after;
    }
    assert!(open.is_empty(), "not closed: {open:?}");
    found
}

fn element(text: &str) -> (Element, &str) {
    let end = text.find([' ', '>']).unwrap();
    let name = text[..end].to_owned();
    let mut rest = &text[end..];
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix('>') {
            return (Element { name, attributes }, after);
        }
        let end = rest.find(['=', ' ', '>']).unwrap();
        let key = rest[..end].to_owned();
        rest = &rest[end..];
        let mut value = "";
        if let Some(quoted) = rest.strip_prefix("=\"") {
            (value, rest) = quoted.split_once('"').unwrap();
        }
        attributes.push((key, value.to_owned()));
    }
}

/// Only what the templates write themselves: no element that loads or runs, no handler, no style in
/// line, no address but a picture's.
fn assert_tame(html: &str) {
    const NAMES: &str = "a article br button caption circle code dd details div dl dt figcaption \
        figure g h3 h4 image img input kbd label li line mark output p polygon polyline rect section \
        small span strong summary svg table tbody td text th thead time tr ul";
    let mut ids = std::collections::BTreeSet::new();
    for element in elements(html) {
        let is_known = NAMES.split(' ').any(|name| name == element.name);
        assert!(is_known, "<{}>", element.name);
        for (key, value) in element.attributes {
            let is_plain = key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            assert!(
                is_plain && !key.starts_with("on") && key != "style",
                "{key}"
            );
            if matches!(key.as_str(), "href" | "src" | "data-src" | "data-map") {
                assert!(
                    value.is_empty() || value.starts_with("/pictures/"),
                    "{key} {value}"
                );
            }
            if key == "id" {
                assert!(value.starts_with("ev-"), "{value}");
                assert!(ids.insert(value.clone()), "{value} twice");
            }
        }
    }
}

fn kept_with_note(folder: &Path, note: &serde_json::Value) -> Kept {
    let mut album = Album::open(folder.into(), 1 << 20).unwrap();
    let picture = b"\x89PNG\r\n\x1A\n";
    let kept = album.keep(picture, Timestamp::from_seconds(0)).unwrap();
    kept.note(note).unwrap();
    kept.beside("map.png", picture).unwrap();
    kept
}

/// A passage with hostile text wherever a device, a manifest or a person can put one.
fn hostile(kept: &Kept) -> Passage {
    let mut passage = fixture::clean();
    let Passage {
        evidence,
        facts,
        policy: _,
    } = &mut passage;
    let camera = PictureRef {
        sha256: kept.sha256,
        camera: DeviceId::parse(HOSTILE_ID).unwrap(),
    };
    evidence.plates[0].picture = Some(camera);
    evidence.containers[0].size_type = Some(HOSTILE.into());
    evidence.driver = Some(DriverId::parse(HOSTILE_ID).unwrap());
    evidence.journeys[0].tracker = HOSTILE.into();
    evidence.scans[0].judge = ScanJudge::Officer(UserId::parse(HOSTILE_ID).unwrap());
    evidence.scans[0].captured_sha256 = kept.sha256;
    if let domain::evidence::WeightEvidence::Measured(all) = &mut evidence.weight {
        all[0].scale = DeviceId::parse(HOSTILE_ID).unwrap();
    }
    facts.company.as_mut().unwrap().name = HOSTILE.into();
    facts.company.as_mut().unwrap().id = CompanyId::parse(HOSTILE_ID).unwrap();
    facts.driver.as_mut().unwrap().name = HOSTILE.into();
    facts.premises.as_mut().unwrap().name = HOSTILE.into();
    facts.containers[0].size_type = Some(HOSTILE.into());
    let goods = &mut facts.consignments[0];
    goods.id = ConsignmentId::parse(HOSTILE_ID).unwrap();
    let row = goods.consignment.as_mut().unwrap();
    row.goods = HOSTILE.into();
    row.hs_code = Some(HOSTILE.into());
    row.manifest = ManifestId::parse(HOSTILE_ID).unwrap();
    let pass = passage.pass();
    pass.number = PassNumber::parse(HOSTILE_ID).unwrap();
    pass.driver = Some(DriverId::parse(HOSTILE_ID).unwrap());
    pass.company = CompanyId::parse(HOSTILE_ID).unwrap();
    pass.consignments[0].id = ConsignmentId::parse(HOSTILE_ID).unwrap();
    passage
}

fn hostile_note() -> serde_json::Value {
    let region = json!([[4.0, 1.0], [60.0, 1.0], [60.0, 30.0], [4.0, 30.0]]);
    json!({
        "width": 80, "height": 40, "engine": HOSTILE,
        "plates": [{"plate": HOSTILE, "confidence": 0.9, "accepted": true, "region": region,
            "runners_up": [[HOSTILE, 0.1]]}],
        "containers": [{"number": HOSTILE, "confidence": 0.9, "accepted": false, "region": region}],
        "issues": [HOSTILE, HOSTILE_ID],
        "anomalies": [{"kind": HOSTILE, "score": 0.9, "contrast_g_cm2": 1.0, "region": region}],
    })
}

#[test]
fn no_text_from_outside_becomes_markup() {
    let folder = tempfile::tempdir().unwrap();
    let kept = kept_with_note(folder.path(), &hostile_note());
    let passage = hostile(&kept);
    let mut record = record_of(&passage);
    // Every reason there is, with hostile values.
    let first = record.decision.findings[0].clone();
    let findings = ReasonCode::ALL.into_iter().map(|reason| Finding {
        reason,
        outcome: domain::decision::Outcome::Review,
        observed: HOSTILE.into(),
        expected: format!("CSQU3054383 {HOSTILE}"),
        limit: HOSTILE.into(),
        ..first.clone()
    });
    record.decision.findings.extend(findings);
    let mut ambiguous = record.clone();
    let number = PassNumber::parse(HOSTILE_ID).unwrap();
    ambiguous.facts.pass = PassFact::Ambiguous(vec![number]);
    ambiguous.attempt = 2;
    for language in LANGUAGES {
        for viewer in [Viewer::Clerk, Viewer::Officer] {
            for records in [vec![&record], vec![&record, &ambiguous]] {
                let view = EvidenceView::for_viewer(&records, &[], folder.path(), language, viewer);
                let html = view.render().unwrap();
                assert_tame(&html);
                assert!(!html.contains("<script") && !html.contains("<img src=x"));
                // It is shown, as text.
                assert!(html.contains("&#60;script&#62;"), "{html}");
            }
        }
    }
}

#[test]
fn a_clean_passage_tells_everything_that_a_clerk_compares() {
    let folder = tempfile::tempdir().unwrap();
    let record = record_of(&fixture::clean());
    let trace = [(0, 0), (4_000, 20_000_000), (9_000, 39_700_000)];
    let trace = trace.map(|(since_open_ms, grams)| TracePoint {
        since_open_ms,
        grams,
    });
    for (language, told) in [
        (
            Language::En,
            [
                "Expected against observed",
                "measured 39,700 kg",
                "expected 39,700 kg ± 1,025 kg",
                "the file is not kept at this gate",
                "20,500 kg · 820 packages",
                "prescribed route",
            ],
        ),
        (
            Language::Zh,
            [
                "应为与实测对照",
                "实测 39,700 kg",
                "应为 39,700 kg ± 1,025 kg",
                "本卡口未保存该文件",
                "20,500 kg · 820 件",
                "规定路线",
            ],
        ),
    ] {
        let html =
            EvidenceView::for_viewer(&[&record], &trace, folder.path(), language, Viewer::Clerk)
                .render()
                .unwrap();
        assert_tame(&html);
        for text in told {
            assert!(html.contains(text), "{text} in {html}");
        }
        assert!(!html.contains("ev-earlier-head"), "one decision alone");
    }
}

#[test]
fn the_latest_decision_is_shown_and_the_earlier_ones_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let mut unread = fixture::clean();
    unread.evidence.tags.clear();
    let first = record_of(&unread);
    let mut second = record_of(&fixture::clean());
    second.attempt = 2;
    let records = [&first, &second];
    let html = EvidenceView::for_viewer(&records, &[], folder.path(), Language::En, Viewer::Clerk)
        .render()
        .unwrap();
    assert_tame(&html);
    assert!(html.contains("Decision no. <strong>2</strong>"), "{html}");
    assert!(
        html.contains("<li>R1 no electronic plate read</li>"),
        "{html}"
    );
    let none = EvidenceView::for_viewer(&[], &[], folder.path(), Language::Zh, Viewer::Clerk);
    let html = none.render().unwrap();
    assert!(html.contains("尚未判定"), "{html}");
    assert_tame(&html);
}

#[test]
fn a_silent_directive_is_nowhere_in_what_a_clerk_gets() {
    let folder = tempfile::tempdir().unwrap();
    let mut passage = fixture::clean();
    passage.facts.directives = vec![domain::directive::Directive {
        id: fixture::directive_id(),
        subject: domain::directive::Subject::Vehicle(fixture::plate()),
        order: domain::directive::Order::Detain,
        window: fixture::year(),
        withdrawn: false,
        silent: true,
        text: "open the rear third".into(),
    }];
    let first = record_of(&passage);
    let mut second = first.clone();
    second.attempt = 2;
    for language in LANGUAGES {
        let shown = |viewer: Viewer| {
            let records = [&first, &second];
            EvidenceView::for_viewer(&records, &[], folder.path(), language, viewer)
                .render()
                .unwrap()
        };
        let clerk = shown(Viewer::Clerk);
        for secret in [
            "BK-1",
            "rear third",
            "silent directive",
            "不告知",
            "R11",
            "ev-detain",
        ] {
            assert!(!clerk.contains(secret), "{secret} in {clerk}");
        }
        assert!(shown(Viewer::Officer).contains("BK-1"));
    }
}

#[test]
fn pictures_and_scans_are_asked_for_by_their_hash_and_drawn_on_apart() {
    let folder = tempfile::tempdir().unwrap();
    let kept = kept_with_note(folder.path(), &hostile_note());
    let record = record_of(&hostile(&kept));
    let html =
        EvidenceView::for_viewer(&[&record], &[], folder.path(), Language::En, Viewer::Clerk)
            .render()
            .unwrap();
    let found = elements(&html);
    let of = |name: &str, key: &str| -> Vec<&str> {
        let named = found.iter().filter(|element| element.name == name);
        let values = named.flat_map(|element| &element.attributes);
        values
            .filter(|(k, _)| k == key)
            .map(|(_, value)| value.as_str())
            .collect()
    };
    let address = format!("/pictures/{}", kept.sha256);
    assert_eq!(of("img", "src"), [&address, &address]);
    assert_eq!(of("img", "loading"), ["lazy", "lazy"]);
    assert_eq!(of("image", "href"), [&address, &address]);
    assert_eq!(of("div", "data-map"), [format!("{address}/map")]);
    assert_eq!(of("div", "data-marks"), ["[[4.0,1.0,60.0,30.0]]"]);
    assert_eq!(of("polygon", "points").len(), 2);
    alter(&kept);
    let html =
        EvidenceView::for_viewer(&[&record], &[], folder.path(), Language::En, Viewer::Clerk)
            .render()
            .unwrap();
    assert!(
        !html.contains("<img ") && html.contains("the file was altered"),
        "{html}"
    );
}

fn alter(kept: &Kept) {
    std::fs::write(&kept.file, b"\x89PNG\r\n\x1A\nx").unwrap();
}

const SCRIPT: &str = include_str!("../../../static/evidence.js");
const STYLE: &str = include_str!("../../../static/evidence.css");

#[test]
fn script_and_style_need_nothing_that_the_page_forbids() {
    for forbidden in [
        "eval(",
        "new Function",
        "innerHTML",
        "outerHTML",
        "document.write",
        "setAttribute(\"style",
        "http:",
        "https:",
    ] {
        assert!(!SCRIPT.contains(forbidden), "{forbidden}");
    }
    for forbidden in ["url(", "@import", "expression("] {
        assert!(!STYLE.contains(forbidden), "{forbidden}");
    }
}
