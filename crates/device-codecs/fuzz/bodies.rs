//! What every run of a fuzz target does with its bytes, and the captures it starts from. The
//! fuzzer and the ordinary tests share it. A panic is a finding; `true` says that some of the bytes
//! were taken.

use device_codecs::envelope;
use device_codecs::jointech;
use device_codecs::jt808;
use device_codecs::position;
use device_codecs::tag::{self, ReaderSession, Session};
use device_codecs::weighbridge::{self, Protocol};
use domain::reading::TagReading;
use domain::time::{Instant, Timestamp};

/// Bytes that any decoder here may keep of an unfinished frame.
const BUFFERED_BYTES_MAX: usize = 512;
/// Name, what a run does, where it starts from.
pub type Target = (&'static str, fn(&[u8]) -> bool, fn() -> Vec<Vec<u8>>);
/// Every target of this crate.
pub const TARGETS: &[Target] = &[
    ("weighbridge", weighbridge, weighbridge_seeds),
    ("position", position, position_seeds),
    ("tag", tag, tag_seeds),
    ("envelope", envelope, envelope_seeds),
    ("jt808", jt808, jt808_seeds),
    ("jointech", jointech, jointech_seeds),
];

/// The first byte says into which pieces the line cuts the rest.
fn cut(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (size, rest) = bytes.split_first()?;
    Some((usize::from(*size).max(1), rest))
}

/// Any bytes, in every indicator protocol: nothing is kept beyond a frame, the cuts of the line
/// change nothing, and what was read is shown again as it was.
pub fn weighbridge(bytes: &[u8]) -> bool {
    let Some((size, stream)) = cut(bytes) else {
        return false;
    };
    let mut is_read = false;
    for protocol in Protocol::ALL {
        let mut whole = weighbridge::Decoder::new(protocol);
        let readings = whole.feed(stream);
        let mut pieces = weighbridge::Decoder::new(protocol);
        let read: Vec<_> = stream
            .chunks(size)
            .flat_map(|piece| pieces.feed(piece))
            .collect();
        assert_eq!(read, readings, "{protocol:?}: cuts change the readings");
        assert_eq!(pieces.rejects(), whole.rejects(), "{protocol:?}");
        is_read |= !readings.is_empty();
        assert!(whole.buffered() <= BUFFERED_BYTES_MAX, "{protocol:?}");
        for reading in readings {
            let shown = weighbridge::encode(protocol, &reading);
            // A frame without a mark at its end is read when the next one begins.
            let twice = [shown.clone(), shown].concat();
            if let Some(again) = weighbridge::Decoder::new(protocol).feed(&twice).first() {
                assert_eq!(again.value, reading.value, "{protocol:?}: {twice:?}");
            }
        }
    }
    let guesses = weighbridge::guess(stream);
    assert_eq!(is_read, !guesses.is_empty());
    is_read
}

fn weighbridge_seeds() -> Vec<Vec<u8>> {
    let frames: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("../tests/data/weighbridge/frames.json")).expect("a list");
    let bytes = frames
        .iter()
        .filter_map(|frame| hex::decode(frame["hex"].as_str()?).ok());
    bytes
        .map(|bytes| [&[5][..], &bytes, b"\r\n", &bytes].concat())
        .collect()
}

/// Any bytes of a satellite receiver.
pub fn position(bytes: &[u8]) -> bool {
    let Some((size, stream)) = cut(bytes) else {
        return false;
    };
    let mut whole = position::Decoder::new();
    let fixes = whole.feed(stream);
    let mut pieces = position::Decoder::new();
    let read: Vec<_> = stream
        .chunks(size)
        .flat_map(|piece| pieces.feed(piece))
        .collect();
    assert_eq!(read, fixes, "cuts change the fixes");
    assert_eq!(pieces.rejects(), whole.rejects());
    for fix in &fixes {
        let _ = position::Decoder::new().feed(&position::encode(fix));
    }
    !fixes.is_empty()
}

fn position_seeds() -> Vec<Vec<u8>> {
    let logs: [&[u8]; 5] = [
        include_bytes!("../tests/data/nmea/beidou-bd.log"),
        include_bytes!("../tests/data/nmea/bu353-glonass.log"),
        include_bytes!("../tests/data/nmea/neo-m8n.log"),
        include_bytes!("../tests/data/nmea/nmea-fuzzy-cases.log"),
        include_bytes!("../tests/data/nmea/st-teseo-liv4f.log"),
    ];
    // A few sentences each: a longer seed only makes every run slower.
    logs.iter()
        .flat_map(|log| log.chunks(700).take(6))
        .map(|chunk| [&[11][..], chunk].concat())
        .collect()
}

/// Any bytes, to an LLRP client and to a reader: what they answer is well-formed LLRP, no more
/// than they were sent, and readings have a limit.
pub fn tag(bytes: &[u8]) -> bool {
    let Some((size, stream)) = cut(bytes) else {
        return false;
    };
    let mut client = Session::new(Instant::from_millis(0));
    let mut reader = ReaderSession::new(Timestamp::from_seconds(1_772_352_000));
    let mut at_ms = 0;
    let mut readings: Vec<TagReading> = Vec::new();
    let mut messages = 0;
    for piece in stream.chunks(size) {
        at_ms += 10;
        let now = Instant::from_millis(at_ms);
        client.handle_input(piece, now);
        reader.handle_input(piece, now);
        readings.extend(std::iter::from_fn(|| client.poll_reading()));
        reader.report(&readings[readings.len().saturating_sub(3)..]);
        // Either may be too early or too late; both are answers.
        let _ = client.handle_timeout(now);
        reader.handle_timeout(now);
        for sent in std::iter::from_fn(|| client.poll_output().or_else(|| reader.poll_output())) {
            check_length(&sent);
            messages += 1;
        }
    }
    assert!(readings.len() <= stream.len(), "readings out of nothing");
    check_length(&client.close());
    let _ = tag::report_body(stream);
    // The first message is the reader's greeting.
    !readings.is_empty() || messages > 1
}

/// The header of a message gives its length.
fn check_length(message: &[u8]) {
    let length = message.get(2..6).expect("a header");
    let length = u32::from_be_bytes(length.try_into().expect("four bytes"));
    assert_eq!(length as usize, message.len());
}

fn tag_seeds() -> Vec<Vec<u8>> {
    let session: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("../tests/data/llrp/session.json")).expect("a list");
    let messages: Vec<Vec<u8>> = session
        .iter()
        .filter_map(|message| hex::decode(message["hex"].as_str()?).ok())
        .collect();
    let mut seeds: Vec<Vec<u8>> = messages.iter().take(24).cloned().collect();
    let of = |direction: &str| {
        let spoken = session.iter().zip(&messages).take(40);
        spoken
            .filter(|(message, _)| message["dir"] == direction)
            .flat_map(|(_, bytes)| bytes.clone())
            .collect::<Vec<u8>>()
    };
    seeds.extend([of("r2c"), of("c2r")]);
    seeds.extend([
        include_bytes!("../tests/data/llrp/roAccessReports/ROAccessReport-001.bytes").to_vec(),
        include_bytes!("../tests/data/llrp/roAccessReports/ROAccessReport-009.bytes").to_vec(),
        include_bytes!("../tests/data/llrp/ReaderEventNotification-000.bytes").to_vec(),
    ]);
    seeds
        .into_iter()
        .map(|seed| [&[31][..], &seed].concat())
        .collect()
}

/// Any bytes of a device that speaks JSON lines: an observation that was taken is reported again
/// as it was.
pub fn envelope(bytes: &[u8]) -> bool {
    let Some((size, stream)) = cut(bytes) else {
        return false;
    };
    let mut whole = envelope::Decoder::new();
    let observations = whole.feed(stream);
    let mut pieces = envelope::Decoder::new();
    let read: Vec<_> = stream
        .chunks(size)
        .flat_map(|piece| pieces.feed(piece))
        .collect();
    assert_eq!(read, observations, "cuts change the observations");
    assert_eq!(pieces.rejects(), whole.rejects());
    let is_read = !observations.is_empty();
    for observation in observations {
        let line = envelope::encode(&observation);
        if !line.is_empty() {
            let again = envelope::Decoder::new().feed(&line);
            assert_eq!(again, [observation], "{}", String::from_utf8_lossy(&line));
        }
    }
    if let Ok(text) = std::str::from_utf8(stream) {
        let _ = envelope::decode_sidecar(text);
    }
    is_read
}

fn envelope_seeds() -> Vec<Vec<u8>> {
    let examples = include_str!("../../../docs/device-envelope.md");
    examples
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| format!("\u{20}{line}\n").into_bytes())
        .collect()
}

/// Any bytes of a vehicle tracker: what is read is written again as it was, the cuts of the line
/// change nothing, and a stranger reports nothing.
pub fn jt808(bytes: &[u8]) -> bool {
    let Some((size, stream)) = cut(bytes) else {
        return false;
    };
    let mut whole = jt808::Decoder::new();
    let frames = whole.feed(stream);
    assert!(whole.buffered() <= 2_100);
    let mut pieces = jt808::Decoder::new();
    let read: Vec<_> = stream
        .chunks(size)
        .flat_map(|piece| pieces.feed(piece))
        .collect();
    assert_eq!(read, frames, "cuts change the frames");
    assert_eq!(pieces.rejects(), whole.rejects());
    for frame in &frames {
        let written = frame.write().expect("what is read can be written");
        assert_eq!(jt808::Decoder::new().feed(&written), std::slice::from_ref(frame));
        if let Ok(message) = jt808::Message::read(frame)
            && let Some((id, body)) = jt808::encode(&message, frame.id >= 0x8000)
        {
            assert_eq!(id, frame.id, "a message keeps its number");
            assert!(body.len() <= 0xffff);
        }
    }
    let mut strangers = jt808::Session::new();
    strangers.handle_input(stream, |_| false);
    assert_eq!(strangers.poll_report(), None, "a stranger reported");
    let mut session = jt808::Session::new();
    session.handle_input(stream, |_| true);
    while let Some(answer) = session.poll_output() {
        assert_eq!(jt808::Decoder::new().feed(&answer).len(), 1);
    }
    !frames.is_empty()
}

fn jt808_seeds() -> Vec<Vec<u8>> {
    let frames: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("../tests/data/jt808/frames-valid.json"))
            .expect("a list");
    let bytes = frames
        .iter()
        .filter_map(|frame| hex::decode(frame["hex"].as_str()?).ok());
    let mut seeds: Vec<Vec<u8>> = bytes.map(|bytes| [&[7][..], &bytes].concat()).collect();
    // A terminal that authenticates with its own number and then reports.
    let report = "7e0200002c0138083582460440000000000000000301d37b35063f5e4901a0014a011b210917171126010400000c4530011531010461021d74a27e";
    let terminal = jt808::TerminalNumber::parse("013808358246").expect("digits");
    let frame = jt808::Frame {
        id: 0x0102,
        version: None,
        body: terminal.as_str().as_bytes().to_vec(),
        terminal,
        serial: 1,
        part: None,
    };
    let hello = frame.write().expect("short");
    let report = hex::decode(report).expect("hexadecimal");
    seeds.push([&[9][..], &hello, &report].concat());
    seeds
}

/// Any bytes of an e-lock.
pub fn jointech(bytes: &[u8]) -> bool {
    let Some((size, stream)) = cut(bytes) else {
        return false;
    };
    let mut whole = jointech::Decoder::new();
    let reports = whole.feed(stream);
    assert!(whole.buffered() <= 1_280);
    let mut pieces = jointech::Decoder::new();
    let read: Vec<_> = stream
        .chunks(size)
        .flat_map(|piece| pieces.feed(piece))
        .collect();
    assert_eq!(read, reports, "cuts change the reports");
    assert_eq!(pieces.rejects(), whole.rejects());
    for report in &reports {
        assert!(report.fix.at.is_some(), "a report without a time");
        assert!(report.answer.as_ref().is_none_or(|answer| answer.len() <= 420));
    }
    !reports.is_empty()
}

fn jointech_seeds() -> Vec<Vec<u8>> {
    let frames: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("../tests/data/jointech/frames.json")).expect("a list");
    let bytes = frames.iter().filter_map(|frame| {
        let data = frame["data"].as_str()?;
        match frame["kind"].as_str() {
            Some("binary") => hex::decode(data).ok(),
            _ => Some(data.as_bytes().to_vec()),
        }
    });
    bytes.map(|bytes| [&[13][..], &bytes].concat()).collect()
}
