//! A decided passage leaves as CODECO, EPCIS and 0x21, each with what it has room for.

use domain::event::DecisionRecord;
use domain::time::Timestamp;
use standards::gate_report::GateReport;
use standards::jgs14::frame::{Dialect, read};
use standards::jgs14::gather::Gather;
use standards::{codeco, epcis};

fn report() -> GateReport {
    let passage = decision::fixture::clean();
    let decision = passage.decide();
    let record = DecisionRecord {
        evidence: passage.evidence,
        facts: passage.facts,
        policy: passage.policy,
        decision,
        mode: domain::operator::LaneMode::Live,
        withdrawal: None,
        attempt: 1,
    };
    GateReport::of(
        &record,
        Timestamp::parse("2026-03-01T08:00:05Z").expect("a time"),
    )
}

const TO: codeco::Interchange<'_> = codeco::Interchange {
    sender: "SZ-W01",
    recipient: "COSU",
    reference: "KK000001",
};

#[test]
fn codeco_says_which_box_went_in() {
    let report = report();
    let bytes = codeco::write(&report, &TO).expect("a message");
    let text = String::from_utf8(bytes.clone()).expect("UTF-8");
    let segments: Vec<_> = edifact_rs::from_bytes(&bytes)
        .collect::<Result<_, _>>()
        .expect("EDIFACT");
    let find = |tag: &str| segments.iter().find(|one| one.tag() == tag).expect(tag);
    assert_eq!(find("BGM").element_str(0), Some("34"));
    assert_eq!(find("BGM").element_str(1), Some(report.passage.as_str()));
    let box_ = &report.containers[0];
    assert_eq!(find("EQD").element_str(1), Some(box_.number.as_str()));
    assert_eq!(find("EQD").component_str(2, 0), box_.size_type.as_deref());
    assert_eq!(find("EQD").element_str(5), Some("5"));
    assert_eq!(find("DTM").component_str(0, 1), Some("202603010800"));
    assert_eq!(find("SEL").element_str(0), Some(box_.seals[0].as_str()));
    assert_eq!(
        find("TDT").component_str(7, 0),
        report.vehicle.as_ref().map(|p| p.as_str())
    );
    let unt = find("UNT").element_str(0).expect("a count");
    assert_eq!(
        unt.parse::<usize>().expect("a number"),
        segments.len() - 2,
        "{text}"
    );

    // What we write, we read: the same boxes, truck, time and way.
    let (notices, notes) = codeco::read(&bytes, 0).expect("a message");
    assert!(notes.is_empty(), "{notes:?}");
    let back = &notices[0];
    assert_eq!(back.document, report.passage.as_str());
    assert_eq!(back.direction, report.direction);
    assert_eq!(back.sender, report.gate.premises.as_str());
    for (moved, sent) in back.moves.iter().zip(&report.containers) {
        assert_eq!(moved.number, sent.number);
        assert_eq!(
            (&moved.size_type, moved.empty),
            (&sent.size_type, sent.empty)
        );
        let seals: Vec<String> = moved.seals.iter().map(ToString::to_string).collect();
        assert_eq!(seals, sent.seals);
        assert_eq!(moved.vehicle, report.vehicle);
        let company = report.company.as_ref().map(|company| company.as_str());
        assert_eq!(moved.company.as_deref(), company);
        // To the minute, as the message has it.
        assert_eq!(moved.at.as_seconds(), report.at.as_seconds() / 60 * 60);
    }
    assert_eq!(back.moves.len(), report.containers.len());

    let none = GateReport {
        containers: Vec::new(),
        ..report.clone()
    };
    assert!(codeco::write(&none, &TO).is_err());
    let long = codeco::Interchange {
        reference: "123456789012345",
        ..TO
    };
    assert!(codeco::write(&report, &long).is_err());
}

#[test]
fn epcis_names_the_box_the_place_and_the_pass() {
    let report = report();
    let document = epcis::document(&report, report.at);
    let event = &document["epcisBody"]["eventList"][0];
    assert_eq!(document["schemaVersion"], "2.0");
    assert_eq!(event["type"], "ObjectEvent");
    assert_eq!(event["action"], "OBSERVE");
    assert_eq!(event["bizStep"], "arriving");
    assert_eq!(event["eventTime"], "2026-03-01T08:00:05.000Z");
    assert_eq!(
        event["epcList"][0],
        format!("urn:epc:id:bic:{}", report.containers[0].number)
    );
    let gross = &event["sensorElementList"][0]["sensorReport"][0];
    assert_eq!(gross["type"], "Mass");
    assert_eq!(gross["value"], 39_700.0);
    // No raw blank or colon of a number gets into a name.
    for id in [
        &event["readPoint"]["id"],
        &event["bizLocation"]["id"],
        &event["eventID"],
    ] {
        let id = id.as_str().expect("a name");
        assert!(id.bytes().all(|b| b.is_ascii_graphic()), "{id}");
    }
}

#[test]
fn a_back_office_reads_our_gather_message() {
    let report = report();
    let gather = Gather::of(&report, "6407000001", "1000000001", 7);
    assert_eq!(gather.key.seq_no, "20260301080005000007");
    for dialect in Dialect::ALL {
        let bytes = gather
            .frame()
            .expect("a frame")
            .write(dialect)
            .expect("bytes");
        let (frame, ..) = read(&bytes).expect("a frame");
        let back = Gather::read(&frame.xml).expect("a message");
        assert_eq!(back.plate, report.vehicle.as_ref().expect("one").as_str());
        assert_eq!(back.gross, report.gross);
        assert_eq!(back.containers, [report.containers[0].number.as_str()]);
        assert_eq!(back.seals, report.containers[0].seals);
    }
}
