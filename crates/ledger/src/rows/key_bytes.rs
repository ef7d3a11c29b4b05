//! Row keys and index entries ⇄ bytes that sort as a disk store needs them. The encoding is part
//! of the stored format: it never changes under a data directory.
//!
//! | Bytes | Layout |
//! |---|---|
//! | row key | kind (1 byte, see `KIND_*`) ‖ identifier as UTF-8 |
//! | index group | kind (1 byte) ‖ for `DirectiveOn`: subject kind (1 byte) ‖ text as UTF-8 ‖ `00` |
//! | index entry | index group ‖ `until` in µs, big endian, sign bit flipped (8 bytes) ‖ row key |
//!
//! No identifier contains a zero byte (the domain refuses control characters), so `00` ends the
//! text and one group's bytes are never the beginning of another's. A store keeps index entries
//! as keys with an empty value: all entries of a group from a time on are the keys from
//! [`scan_start`] on that begin with [`group_bytes`].

use domain::container::ContainerNumber;
use domain::directive::Subject;
use domain::id::{
    CompanyId, ConsignmentId, DirectiveId, DriverId, ManifestId, PassNumber, PremisesId,
};
use domain::ledger_row::RowKey;
use domain::plate::Plate;
use domain::time::Timestamp;

use super::index::{IndexGroup, IndexKey};
use super::subject_text;

const KIND_COMPANY: u8 = 1;
const KIND_VEHICLE: u8 = 2;
const KIND_DRIVER: u8 = 3;
const KIND_PREMISES: u8 = 4;
const KIND_CONTAINER: u8 = 5;
const KIND_MANIFEST: u8 = 6;
const KIND_CONSIGNMENT: u8 = 7;
const KIND_PASS: u8 = 8;
const KIND_DIRECTIVE: u8 = 9;

const GROUP_TAG: u8 = 1;
const GROUP_SECOND_PLATE: u8 = 2;
const GROUP_PASS_OF: u8 = 3;
const GROUP_DIRECTIVE_ON: u8 = 4;
const GROUP_WATCH_PLATE: u8 = 5;
const GROUP_WATCH_CONTAINER: u8 = 6;

/// Bytes of the time in an index entry.
const UNTIL_LEN: usize = 8;

/// The stable bytes of a row key.
#[must_use]
pub fn row_key_bytes(key: &RowKey) -> Vec<u8> {
    let (kind, text) = match key {
        RowKey::Company(id) => (KIND_COMPANY, id.as_str()),
        RowKey::Vehicle(plate) => (KIND_VEHICLE, plate.as_str()),
        RowKey::Driver(id) => (KIND_DRIVER, id.as_str()),
        RowKey::Premises(id) => (KIND_PREMISES, id.as_str()),
        RowKey::Container(number) => (KIND_CONTAINER, number.as_str()),
        RowKey::Manifest(id) => (KIND_MANIFEST, id.as_str()),
        RowKey::Consignment(id) => (KIND_CONSIGNMENT, id.as_str()),
        RowKey::Pass(number) => (KIND_PASS, number.as_str()),
        RowKey::Directive(id) => (KIND_DIRECTIVE, id.as_str()),
    };
    let mut bytes = Vec::with_capacity(1 + text.len());
    bytes.push(kind);
    bytes.extend_from_slice(text.as_bytes());
    bytes
}

/// The row key of bytes made by [`row_key_bytes`]; `None` for anything else.
#[must_use]
pub fn parse_row_key(bytes: &[u8]) -> Option<RowKey> {
    let (&kind, text) = bytes.split_first()?;
    let text = std::str::from_utf8(text).ok()?;
    let key = match kind {
        KIND_COMPANY => RowKey::Company(CompanyId::parse(text).ok()?),
        KIND_VEHICLE => RowKey::Vehicle(Plate::parse(text).ok()?),
        KIND_DRIVER => RowKey::Driver(DriverId::parse(text).ok()?),
        KIND_PREMISES => RowKey::Premises(PremisesId::parse(text).ok()?),
        KIND_CONTAINER => RowKey::Container(ContainerNumber::parse(text).ok()?),
        KIND_MANIFEST => RowKey::Manifest(ManifestId::parse(text).ok()?),
        KIND_CONSIGNMENT => RowKey::Consignment(ConsignmentId::parse(text).ok()?),
        KIND_PASS => RowKey::Pass(PassNumber::parse(text).ok()?),
        KIND_DIRECTIVE => RowKey::Directive(DirectiveId::parse(text).ok()?),
        _ => return None,
    };
    // The parsers normalise; bytes that were not in normal form are not ours.
    (row_key_bytes(&key) == bytes).then_some(key)
}

/// The stable bytes that every entry of `group`, and no other entry, begins with.
#[must_use]
pub fn group_bytes(group: &IndexGroup) -> Vec<u8> {
    let (kind, subject, text) = match group {
        IndexGroup::Tag(tag) => (GROUP_TAG, None, tag.as_str()),
        IndexGroup::SecondPlate(plate) => (GROUP_SECOND_PLATE, None, plate.as_str()),
        IndexGroup::PassOf(plate) => (GROUP_PASS_OF, None, plate.as_str()),
        IndexGroup::DirectiveOn(subject) => (
            GROUP_DIRECTIVE_ON,
            Some(subject_kind(subject)),
            subject_text(subject),
        ),
        IndexGroup::WatchPlate(pattern) => (GROUP_WATCH_PLATE, None, pattern.as_str()),
        IndexGroup::WatchContainer(pattern) => (GROUP_WATCH_CONTAINER, None, pattern.as_str()),
    };
    let mut bytes = Vec::with_capacity(3 + text.len());
    bytes.push(kind);
    bytes.extend(subject);
    bytes.extend_from_slice(text.as_bytes());
    bytes.push(0);
    bytes
}

/// A subject is told apart by the kind of the row it names.
const fn subject_kind(subject: &Subject) -> u8 {
    match subject {
        Subject::Vehicle(_) => KIND_VEHICLE,
        Subject::Container(_) => KIND_CONTAINER,
        Subject::Pass(_) => KIND_PASS,
        Subject::Consignment(_) => KIND_CONSIGNMENT,
        Subject::Company(_) => KIND_COMPANY,
        Subject::Driver(_) => KIND_DRIVER,
    }
}

/// First possible entry of `group` that ends at `from` or later.
#[must_use]
pub fn scan_start(group: &IndexGroup, from: Timestamp) -> Vec<u8> {
    let mut bytes = group_bytes(group);
    bytes.extend_from_slice(&until_bytes(from));
    bytes
}

/// The stable bytes of one index entry: unique, and ordered by group, then `until`, then row key.
#[must_use]
pub fn index_entry_bytes(index: &IndexKey, row: &RowKey) -> Vec<u8> {
    let mut bytes = scan_start(&index.group, index.until);
    bytes.extend_from_slice(&row_key_bytes(row));
    bytes
}

/// The row key at the end of bytes made by [`index_entry_bytes`]; `None` for anything else.
#[must_use]
pub fn row_key_of_entry(entry: &[u8]) -> Option<RowKey> {
    let text_end = entry.iter().position(|&b| b == 0)?;
    parse_row_key(entry.get(text_end + 1 + UNTIL_LEN..)?)
}

fn until_bytes(until: Timestamp) -> [u8; UNTIL_LEN] {
    // With the sign bit flipped, unsigned order of the bytes is signed order of the times.
    (until.as_micros() ^ i64::MIN).to_be_bytes()
}
