//! What a simulated reader says of itself → LLRP parameters: capabilities and configuration.
//! Sources: EPCglobal LLRP 1.1, sections 9.2, 9.3, 12.2 and 16.3 (layouts); MIIT 2007 no. 205
//! (the 920 to 925 MHz band). Which message carries them is not known here.

use super::message::tlv;

/// Antennas, numbered from 1: two for each side of a portal over a lane.
const ANTENNAS: u16 = 4;
/// Transmit power levels in 0.01 dBm, index 1 first; the band allows 33 dBm radiated.
const POWER_CDBM: [i16; 3] = [2_000, 2_600, 3_000];
/// Centre frequencies in kHz: every eighth 250 kHz channel from 920.625 MHz.
const CHANNELS_KHZ: [u32; 3] = [920_625, 922_625, 924_375];
/// ISO 3166-1 number of China.
const COUNTRY: u16 = 156;
/// EPC Class 1 Generation 2.
const AIR_PROTOCOL: u8 = 1;
const MODEL: u32 = 1;
const FIRMWARE: &str = concat!("kakou-sim ", env!("CARGO_PKG_VERSION"));
/// IANA enterprise number 0: reserved, nobody's.
const MANUFACTURER: u32 = 0;

mod parameter {
    pub(super) const GENERAL_DEVICE_CAPABILITIES: u16 = 137;
    pub(super) const RECEIVE_SENSITIVITY_ENTRY: u16 = 139;
    pub(super) const PER_ANTENNA_AIR_PROTOCOL: u16 = 140;
    pub(super) const GPIO_CAPABILITIES: u16 = 141;
    pub(super) const LLRP_CAPABILITIES: u16 = 142;
    pub(super) const REGULATORY_CAPABILITIES: u16 = 143;
    pub(super) const UHF_BAND_CAPABILITIES: u16 = 144;
    pub(super) const TRANSMIT_POWER_ENTRY: u16 = 145;
    pub(super) const FREQUENCY_INFORMATION: u16 = 146;
    pub(super) const FIXED_FREQUENCY_TABLE: u16 = 148;
    pub(super) const IDENTIFICATION: u16 = 218;
    pub(super) const ANTENNA_PROPERTIES: u16 = 221;
    pub(super) const C1G2_LLRP_CAPABILITIES: u16 = 327;
    pub(super) const C1G2_RF_MODE_TABLE: u16 = 328;
    pub(super) const C1G2_RF_MODE_ENTRY: u16 = 329;
}

/// Parts of the capabilities, as GET_READER_CAPABILITIES numbers them: 0 is all of them. `None`
/// if there is no such part.
pub(super) fn capabilities(requested: u8) -> Option<Vec<u8>> {
    Some(match requested {
        0 => [general(), llrp(), regulatory(), air_protocol()].concat(),
        1 => general(),
        2 => llrp(),
        3 => regulatory(),
        4 => air_protocol(),
        _ => return None,
    })
}

/// Parts of the configuration, as GET_READER_CONFIG numbers them: 0 is all of them. `antenna` 0
/// means every one. Parts that this reader does not have are empty; `None` if there is no such
/// part or antenna.
pub(super) fn configuration(antenna: u16, requested: u8) -> Option<Vec<u8>> {
    if antenna > ANTENNAS {
        return None;
    }
    Some(match requested {
        0 => [identification(), antennas(antenna)].concat(),
        1 => identification(),
        2 => antennas(antenna),
        3..=11 => Vec::new(),
        _ => return None,
    })
}

fn general() -> Vec<u8> {
    // It has a clock that knows UTC; its antennas cannot be configured.
    const HAS_UTC: u16 = 1 << 14;
    let mut value = words(&[ANTENNAS, HAS_UTC]);
    value.extend(MANUFACTURER.to_be_bytes());
    value.extend(MODEL.to_be_bytes());
    value.extend((FIRMWARE.len() as u16).to_be_bytes());
    value.extend(FIRMWARE.as_bytes());
    value.extend(tlv(parameter::RECEIVE_SENSITIVITY_ENTRY, &words(&[1, 0])));
    value.extend(tlv(parameter::GPIO_CAPABILITIES, &words(&[0, 0])));
    for antenna in 1..=ANTENNAS {
        let spoken = [&words(&[antenna, 1]), &[AIR_PROTOCOL][..]].concat();
        value.extend(tlv(parameter::PER_ANTENNA_AIR_PROTOCOL, &spoken));
    }
    tlv(parameter::GENERAL_DEVICE_CAPABILITIES, &value)
}

fn llrp() -> Vec<u8> {
    // No survey, no holding of reports; one priority; one inventory, no access operations.
    let mut value = vec![0, 0, 0, 0];
    for limit in [1_u32, 1, 1, 0, 0] {
        value.extend(limit.to_be_bytes());
    }
    tlv(parameter::LLRP_CAPABILITIES, &value)
}

fn regulatory() -> Vec<u8> {
    let mut band = Vec::new();
    for (index, power) in (1_u16..).zip(POWER_CDBM) {
        let entry = words(&[index, power.cast_unsigned()]);
        band.extend(tlv(parameter::TRANSMIT_POWER_ENTRY, &entry));
    }
    let mut table = words(&[CHANNELS_KHZ.len() as u16]);
    for khz in CHANNELS_KHZ {
        table.extend(khz.to_be_bytes());
    }
    // 0: it does not hop.
    let frequencies = [vec![0], tlv(parameter::FIXED_FREQUENCY_TABLE, &table)].concat();
    band.extend(tlv(parameter::FREQUENCY_INFORMATION, &frequencies));
    band.extend(tlv(parameter::C1G2_RF_MODE_TABLE, &rf_mode()));
    // 0: a standard that LLRP has no number for.
    let mut value = words(&[COUNTRY, 0]);
    value.extend(tlv(parameter::UHF_BAND_CAPABILITIES, &band));
    tlv(parameter::REGULATORY_CAPABILITIES, &value)
}

/// Mode 1: Miller 4, phase-reversal ASK, for many readers; rates in bit/s, Tari in ns.
fn rf_mode() -> Vec<u8> {
    let mut value = 1_u32.to_be_bytes().to_vec();
    value.extend([0, 2, 0, 2]);
    for number in [250_000_u32, 1_500, 12_500, 25_000, 12_500] {
        value.extend(number.to_be_bytes());
    }
    tlv(parameter::C1G2_RF_MODE_ENTRY, &value)
}

fn air_protocol() -> Vec<u8> {
    // No block operations; one select filter.
    tlv(parameter::C1G2_LLRP_CAPABILITIES, &[0, 0, 1])
}

fn identification() -> Vec<u8> {
    // 0: an EUI-64; this one is locally administered, as that of no maker is.
    let mut value = vec![0, 0, 8];
    value.extend([0x02, 0, 0, 0, 0, 0, 0, 1]);
    tlv(parameter::IDENTIFICATION, &value)
}

fn antennas(antenna: u16) -> Vec<u8> {
    const CONNECTED: u8 = 0x80;
    const GAIN_CDBI: u16 = 900;
    let wanted = (1..=ANTENNAS).filter(|number| antenna == 0 || *number == antenna);
    wanted
        .flat_map(|number| {
            let value = [&[CONNECTED][..], &words(&[number, GAIN_CDBI])].concat();
            tlv(parameter::ANTENNA_PROPERTIES, &value)
        })
        .collect()
}

fn words(values: &[u16]) -> Vec<u8> {
    values.iter().flat_map(|word| word.to_be_bytes()).collect()
}
