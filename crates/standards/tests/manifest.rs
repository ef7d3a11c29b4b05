//! One manifest in three formats gives the same rows, and what is no manifest is refused in words.

use domain::ledger_row::Row;
use ledger::import::Importer;
use standards::message::{MessageError, Note};
use standards::{cuscar, mt1401};

const CUSCAR: &[u8] = include_bytes!("data/manifest_cuscar.edi");
const MT1401: &[u8] = include_bytes!("data/manifest_mt1401.xml");
const LINES: &str = include_str!("data/manifest.jsonl");
const COPRAR: &[u8] = include_bytes!("data/d95b_coprar.edi");
/// China.
const ZONE: i16 = 480;

fn from_cuscar(bytes: &[u8]) -> Result<(Vec<Row>, Vec<Note>), MessageError> {
    let (read, mut notes) = cuscar::read(bytes, ZONE)?;
    Ok((read.into_rows(&mut notes)?, notes))
}

fn from_mt1401(bytes: &[u8]) -> Result<(Vec<Row>, Vec<Note>), MessageError> {
    let (read, mut notes) = mt1401::read(bytes, ZONE)?;
    Ok((read.into_rows(&mut notes)?, notes))
}

fn from_lines() -> Vec<Row> {
    let mut importer = Importer::new();
    for line in LINES.lines() {
        assert!(importer.line(line.as_bytes()), "{line}");
    }
    importer.finish().expect("the rows are valid")
}

#[test]
fn three_formats_give_the_same_rows() {
    let expected = from_lines();
    assert_eq!(expected.len(), 3);
    let (rows, notes) = from_cuscar(CUSCAR).expect("a manifest");
    assert_eq!(rows, expected);
    // Two headings in one consignment: the heavier goods name it.
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].text.contains("690721 is left out"), "{notes:?}");
    let (rows, notes) = from_mt1401(MT1401).expect("a manifest");
    assert_eq!(rows, expected);
    assert_eq!(notes.len(), 1, "{notes:?}");
}

#[test]
fn what_senders_get_wrong_is_noted_and_taken() {
    let text = String::from_utf8(CUSCAR.to_vec()).expect("UTF-8");
    let expected = from_lines();
    // Bare message, wrong count, wrapped lines, GBK without a word of it.
    let bare: String = text
        .lines()
        .filter(|line| {
            !line.starts_with("UN") || line.starts_with("UNH") || line.starts_with("UNT")
        })
        .collect();
    let counted = bare.replace("UNT+31", "UNT+313");
    let mut wrapped = String::new();
    for (at, character) in counted.chars().enumerate() {
        wrapped.push(character);
        if at % 70 == 69 {
            wrapped.push_str("\r\n");
        }
    }
    assert!(wrapped.lines().count() > 5);
    let (gbk, _, _) = encoding_rs::GBK.encode(&counted);
    for (bytes, noted) in [
        (counted.as_bytes(), "313 segments"),
        (wrapped.as_bytes(), "313 segments"),
        (&gbk[..], "GBK"),
    ] {
        let (rows, notes) = from_cuscar(bytes).expect("a manifest");
        assert_eq!(rows, expected);
        assert!(
            notes.iter().any(|note| note.text.contains(noted)),
            "{notes:?}"
        );
    }
    let (gbk, _, _) = encoding_rs::GBK.encode(std::str::from_utf8(MT1401).expect("UTF-8"));
    let declared = String::from_utf8_lossy(MT1401).replace("UTF-8", "GB2312");
    let (declared, _, _) = encoding_rs::GBK.encode(&declared);
    assert_eq!(from_mt1401(&declared).expect("a manifest").0, expected);
    // It says UTF-8 and is not: refused, never guessed.
    assert!(from_mt1401(&gbk).is_err());
}

#[test]
fn what_is_no_manifest_is_refused_with_its_place() {
    let text = String::from_utf8(CUSCAR.to_vec()).expect("UTF-8");
    let changed = |from: &str, to: &str| text.replace(from, to);
    let cut = text.split("CNI+2").next().expect("a part").to_owned();
    for (message, says) in [
        (
            String::from_utf8_lossy(COPRAR).into_owned(),
            "COPRAR is no CUSCAR",
        ),
        (cut, "cut short"),
        (changed("+9'", "+1'"), "cancels manifest M-2026-0301"),
        (
            changed("B-77002", "B-77001"),
            "number of a second consignment",
        ),
        (changed("SGP+CSQU3054383", "SGP+CSQU3054384"), "CSQU3054384"),
        (
            changed("CNT+7:2.5:TNE'", "").replace("MEA+AAE+G+KGM:1000'", ""),
            "gross mass",
        ),
        (
            changed("CNT+8:40'", "").replace("GID+2+10:CT", "GID+2"),
            "number of packages",
        ),
        (changed("202603011000", "2026"), "time written"),
        ("".to_owned(), "without a message is no CUSCAR"),
        ("{}".to_owned(), "segment 1"),
    ] {
        let error = from_cuscar(message.as_bytes()).expect_err(says);
        assert!(error.to_string().contains(says), "{says}: {error}");
    }
    let xml = String::from_utf8_lossy(MT1401).into_owned();
    for (message, says) in [
        (xml.replace("MT1401", "MT3101"), "is no MT1401"),
        (
            xml.replace("<FunctionCode>2", "<FunctionCode>3"),
            "cancels manifest",
        ),
        (xml.replace("MSKU4135329", "MSKU4135328"), "MSKU4135328"),
        (xml.replace("</Manifest>", ""), "line"),
        ("<!DOCTYPE x><Manifest/>".to_owned(), "document type"),
        ("<Manifest xmlns='MT1401'/>".to_owned(), "Head"),
    ] {
        let error = from_mt1401(message.as_bytes()).expect_err(says);
        assert!(error.to_string().contains(says), "{says}: {error}");
    }
}

#[test]
fn damage_anywhere_never_panics() {
    // Every byte changed and every cut: rows, notes or a typed error.
    for source in [CUSCAR, MT1401, COPRAR] {
        for at in 0..source.len() {
            let mut bytes = source.to_vec();
            for byte in [0x00, 0x27, 0x3F, 0x3C, 0x26, 0xFF] {
                bytes[at] = byte;
                let _ = from_cuscar(&bytes);
                let _ = from_mt1401(&bytes);
            }
            let _ = from_cuscar(&source[..at]);
            let _ = from_mt1401(&source[..at]);
        }
    }
}
