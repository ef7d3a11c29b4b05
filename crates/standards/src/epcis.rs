//! A gate report → an EPCIS 2.0 document in JSON-LD with one object event.
//!
//! Kept: containers (as BIC EPCs), time, gate, lane, direction, pass, consignments, gross, plates.
//! Lost: seals, size-types, who decided and why. Source: GS1 EPCIS 2.0 and CBV 2.0.

use domain::gate_pass::Direction;
use serde_json::{Value, json};

use crate::gate_report::GateReport;

/// The document; `created_at` is when it was made.
#[must_use]
pub fn document(report: &GateReport, created_at: domain::time::Timestamp) -> Value {
    json!({
        "@context": [
            "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
            { "kakou": "urn:kakou:" },
        ],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": created_at.to_string(),
        "epcisBody": { "eventList": [event(report)] },
    })
}

fn event(report: &GateReport) -> Value {
    let (step, disposition) = match report.direction {
        Direction::Entry => ("arriving", "in_progress"),
        Direction::Exit => ("departing", "in_transit"),
    };
    let premises = uri(report.gate.premises.as_str());
    let containers = report.containers.iter();
    let mut transactions: Vec<Value> = report
        .consignments
        .iter()
        .map(|id| {
            json!({
                "type": "bol",
                "bizTransaction": format!("urn:kakou:consignment:{}", uri(id.as_str())),
            })
        })
        .collect();
    if let Some(pass) = &report.pass {
        transactions.push(json!({
            "bizTransaction": format!("urn:kakou:pass:{}", uri(pass.as_str())),
        }));
    }
    let mut event = json!({
        "type": "ObjectEvent",
        "eventID": format!("urn:kakou:passage:{}", uri(report.passage.as_str())),
        "eventTime": report.at.to_string(),
        "eventTimeZoneOffset": "+00:00",
        "action": "OBSERVE",
        "epcList": containers
            .map(|one| format!("urn:epc:id:bic:{}", one.number.as_str()))
            .collect::<Vec<_>>(),
        "bizStep": step,
        "disposition": disposition,
        "readPoint": {
            "id": format!("urn:kakou:lane:{premises}:{}", uri(report.lane.as_str())),
        },
        "bizLocation": { "id": format!("urn:kakou:premises:{premises}") },
        "bizTransactionList": transactions,
    });
    if let Some(gross) = report.gross {
        event["sensorElementList"] = json!([{
            "sensorReport": [{
                "type": "Mass",
                "value": gross.grams() as f64 / 1_000.0,
                "uom": "KGM",
                "kakou:weighed": "vehicle",
            }],
        }]);
    }
    let plates = [
        ("kakou:vehicle", &report.vehicle),
        ("kakou:trailer", &report.trailer),
    ];
    for (key, plate) in plates {
        if let Some(plate) = plate {
            event[key] = json!(plate.as_str());
        }
    }
    event
}

/// Text with everything but letters, digits, `-`, `.` and `_` written as `%XX` (RFC 3986).
fn uri(raw: &str) -> String {
    let mut text = String::new();
    for byte in raw.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_') {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}
