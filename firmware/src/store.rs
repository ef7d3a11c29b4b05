//! Settings in two pages of flash: the older page is written, so that a power cut at any moment
//! leaves the other one whole. Turns a record into settings and back; refuses to know how a page
//! is erased and programmed.

use crc::{CRC_32_ISO_HDLC, Crc};
use gate_protocol::{Configuration, map};

use crate::board::Pages;

const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);
const MAGIC: u16 = 0x4B43;
/// Layout of the record; settings appended later get the next number.
const LAYOUT: u16 = 1;
const SETTINGS: usize = 4;
const SUM: usize = SETTINGS + map::CONFIGURATION_LENGTH;
/// Words of one record: magic, layout, generation (2), settings, check sum (2).
pub const RECORD_WORDS: usize = SUM + 2;

/// What one page holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Page {
    Blank,
    Damaged,
    Whole {
        generation: u32,
        configuration: Configuration,
    },
}

/// What was found at start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Settings to start with. `None` when there are none or all are damaged.
    pub configuration: Option<Configuration>,
    /// 0 none, 1 first, 2 second.
    pub slot: u16,
    /// Stores that slot counts.
    pub generation: u32,
    /// Damaged pages.
    pub damaged: [bool; 2],
}

/// Reads both pages and takes the younger whole one.
pub fn load(pages: &impl Pages) -> Found {
    let read = [0, 1].map(|page| decode(&pages.read(page)));
    let mut found = Found {
        configuration: None,
        slot: 0,
        generation: 0,
        damaged: read.map(|page| page == Page::Damaged),
    };
    for (slot, page) in (1..).zip(read) {
        if let Page::Whole {
            generation,
            configuration,
        } = page
        {
            let younger = generation.wrapping_sub(found.generation) <= u32::MAX / 2;
            if found.configuration.is_none() || younger {
                (found.slot, found.generation) = (slot, generation);
                found.configuration = Some(configuration);
            }
        }
    }
    found
}

/// Writes settings to the page that is not in force. Returns the slot and its generation.
///
/// # Errors
/// The slot, when it does not read back as written; the other one is untouched.
pub fn store(
    pages: &mut impl Pages,
    found: &Found,
    configuration: &Configuration,
) -> Result<(u16, u32), u16> {
    let (page, slot) = if found.slot == 1 { (1, 2) } else { (0, 1) };
    let generation = found.generation.wrapping_add(1);
    let record = encode(generation, configuration);
    pages.write(page, &record);
    if pages.read(page) == record {
        Ok((slot, generation))
    } else {
        Err(slot)
    }
}

fn sum(record: &[u16; RECORD_WORDS]) -> [u16; 2] {
    let mut digest = CRC.digest();
    for word in &record[..SUM] {
        digest.update(&word.to_le_bytes());
    }
    let sum = digest.finalize();
    [(sum >> 16) as u16, (sum & 0xFFFF) as u16]
}

/// The words of one record.
#[must_use]
pub fn encode(generation: u32, configuration: &Configuration) -> [u16; RECORD_WORDS] {
    let mut record = [0; RECORD_WORDS];
    record[0] = MAGIC;
    record[1] = LAYOUT;
    record[2] = (generation >> 16) as u16;
    record[3] = (generation & 0xFFFF) as u16;
    record[SETTINGS..SUM].copy_from_slice(&configuration.encode());
    let [high, low] = sum(&record);
    (record[SUM], record[SUM + 1]) = (high, low);
    record
}

fn decode(record: &[u16; RECORD_WORDS]) -> Page {
    if record.iter().all(|&word| word == u16::MAX) {
        return Page::Blank;
    }
    if record[0] != MAGIC || record[1] != LAYOUT || record[SUM..] != sum(record) {
        return Page::Damaged;
    }
    match Configuration::decode(&record[SETTINGS..SUM]) {
        Ok(configuration) => Page::Whole {
            generation: u32::from(record[2]) << 16 | u32::from(record[3]),
            configuration,
        },
        Err(_) => Page::Damaged,
    }
}
