//! Turns the pin table of the hardware into the pins of the board being built, and gives the
//! linker the board's memory. A signal missing, unknown or twice fails the build.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

use gate_protocol::{Input, Output};

/// Pins of the board that are no input or output of the register map.
const OWN: [&str; 4] = ["alive", "rs485_tx", "rs485_rx", "rs485_direction"];

/// Feature, column of the pin table, origin of the flash.
const BOARDS: [(&str, &str, u32); 2] = [
    ("CARGO_FEATURE_LM3S6965", "lm3s6965_pin", 0),
    (
        "CARGO_FEATURE_NUCLEO_F103RB",
        "nucleo_f103rb_pin",
        0x0800_0000,
    ),
];

/// The budgets: code up to the two pages of settings that end the flash, and all of the RAM.
const FLASH_KIB: u32 = 64;
const SETTINGS_KIB: u32 = 2;
const RAM_KIB: u32 = 16;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let chosen: Vec<_> = BOARDS
        .iter()
        .filter(|(feature, _, _)| env::var_os(feature).is_some())
        .collect();
    let &[&(_, column, origin)] = chosen.as_slice() else {
        assert!(chosen.is_empty(), "one board at a time");
        return;
    };
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("pins.rs"), pins(column)).expect("OUT_DIR can be written");
    let code_kib = FLASH_KIB - SETTINGS_KIB;
    let memory = format!(
        "MEMORY\n{{\n  FLASH : ORIGIN = {origin:#010x}, LENGTH = {code_kib}K\n  \
         RAM : ORIGIN = 0x20000000, LENGTH = {RAM_KIB}K\n}}\n"
    );
    fs::write(out.join("memory.x"), memory).expect("OUT_DIR can be written");
    if column == "lm3s6965_pin" {
        // Where no register crate names handlers, the board's own table names them all.
        fs::write(out.join("device.x"), "").expect("OUT_DIR can be written");
    }
    println!("cargo:rustc-link-search={}", out.display());
}

/// The constants of one board.
fn pins(column: &str) -> String {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../hw/gate-controller/pinout.csv"
    );
    println!("cargo:rerun-if-changed={path}");
    let table = fs::read_to_string(path).expect("the pin table is there");
    let mut rows = table
        .lines()
        .map(|line| line.split(',').collect::<Vec<_>>());
    let head = rows.next().expect("the pin table has a head");
    let at = |name: &str| {
        let place = head.iter().position(|cell| *cell == name);
        place.unwrap_or_else(|| panic!("the pin table has no column {name}"))
    };
    let (signal, pin, active) = (at("signal"), at(column), at("active"));
    let mut found = BTreeMap::new();
    for row in rows.filter(|row| row.len() == head.len() && row[pin].starts_with('P')) {
        let text = format!(
            "Pin {{ {}, active_high: {} }}",
            place(row[pin]),
            row[active] == "high"
        );
        let before = found.insert(row[signal].to_owned(), text);
        assert!(
            before.is_none(),
            "{} is in the pin table twice",
            row[signal]
        );
    }
    let mut take = |name: &str| {
        let pin = found.remove(name);
        pin.unwrap_or_else(|| panic!("{name} has no {column}"))
    };
    let mut text = String::new();
    let inputs: Vec<_> = Input::ALL.iter().map(|input| take(input.label())).collect();
    let outputs: Vec<_> = Output::ALL
        .iter()
        .map(|output| take(output.label()))
        .collect();
    for (name, pins) in [("INPUTS", inputs), ("OUTPUTS", outputs)] {
        let (count, pins) = (pins.len(), pins.join(", "));
        writeln!(text, "/// In the order of the register map.\npub(crate) const {name}: [Pin; {count}] = [{pins}];")
            .expect("a string takes all");
    }
    for name in OWN {
        let (pin, constant) = (take(name), name.to_uppercase());
        writeln!(
            text,
            "/// `{name}`.\npub(crate) const {constant}: Pin = {pin};"
        )
        .expect("a string takes all");
    }
    assert!(found.is_empty(), "no such signal: {:?}", found.keys());
    text
}

/// `PC10` is port 2, bit 10.
fn place(pin: &str) -> String {
    let port = pin
        .as_bytes()
        .get(1)
        .copied()
        .filter(u8::is_ascii_uppercase);
    let bit = pin.get(2..).and_then(|bit| bit.parse::<u8>().ok());
    match (port, bit) {
        (Some(port), Some(bit)) if bit < 16 => format!("port: {}, bit: {bit}", port - b'A'),
        (Some(_) | None, Some(_) | None) => panic!("{pin} is no pin"),
    }
}
