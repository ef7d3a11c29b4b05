//! Goal: schematic, parts list and pin map tell one story, and the values of the parts do what they
//! are for. Method: read the committed text exports of `hw/`; the drawing tool is not needed.

use std::collections::{BTreeMap, BTreeSet};

use gate_protocol::Input;

use crate::hardware_parts::{Bill, read, root, rows};

/// Nets of the module that are supplies and not signals.
const SUPPLIES: [&str; 3] = ["GND", "supply_3v3", "supply_5v"];

/// Net of each pin, by reference and pin number.
fn netlist() -> BTreeMap<(String, String), String> {
    let found: BTreeMap<_, _> = rows("hw/gate-controller/netlist.csv")
        .into_iter()
        .map(|row| ((row[1].clone(), row[2].clone()), row[0].clone()))
        .collect();
    assert!(found.len() > 500, "only {} pins", found.len());
    found
}

/// Net of one pin.
fn net(netlist: &BTreeMap<(String, String), String>, reference: &str, pin: &str) -> String {
    netlist
        .get(&(reference.to_owned(), pin.to_owned()))
        .unwrap_or_else(|| panic!("{reference} has no pin {pin}"))
        .clone()
}

#[test]
fn every_net_at_the_module_is_a_row_of_the_pin_map_and_the_reverse() {
    let drawn: BTreeMap<String, String> = rows("hw/gate-controller/netlist.csv")
        .into_iter()
        .filter(|row| row[1] == "A1" && !SUPPLIES.contains(&row[0].as_str()))
        .map(|row| (row[0].clone(), row[3].clone()))
        .collect();
    let mapped: BTreeMap<String, String> = rows("hw/gate-controller/pinout.csv")
        .into_iter()
        .map(|row| (row[0].clone(), row[5].clone()))
        .collect();
    assert_eq!(drawn, mapped);
    for input in Input::ALL {
        assert!(mapped.contains_key(input.label()), "{}", input.label());
    }
}

#[test]
fn every_clamp_of_the_pin_map_leads_to_its_signal() {
    let netlist = netlist();
    for row in rows("hw/gate-controller/pinout.csv") {
        let (signal, connector, clamp) = (&row[0], row[2].as_str(), &row[3]);
        match connector {
            // Clamp, series resistor, optocoupler, filter, pin.
            "X2" => {
                assert_eq!(
                    net(&netlist, "X2", clamp),
                    net(&netlist, &format!("R{clamp}01"), "1")
                );
                assert_eq!(net(&netlist, &format!("R{clamp}04"), "2"), *signal);
                let low = net(&netlist, &format!("U{clamp}01"), "4");
                assert_eq!(low, net(&netlist, &format!("R{clamp}04"), "1"));
            }
            // Pin, driver, coil, contact, pair of clamps.
            "X3" => {
                let (first, second) = clamp.split_once('-').expect("a pair of clamps");
                let number = second.parse::<u8>().expect("a clamp is a number") / 2;
                let (chip, channel) = if number < 9 {
                    ("U2", number)
                } else {
                    ("U3", 1)
                };
                assert_eq!(net(&netlist, chip, &channel.to_string()), *signal);
                let relay = format!("K{number}");
                let out = (19 - channel).to_string();
                assert_eq!(
                    net(&netlist, chip, &out),
                    net(&netlist, &relay, "1"),
                    "{signal}"
                );
                let normally_closed = row[7].contains("normally closed");
                let (common, throw) = if normally_closed {
                    ("11", "12")
                } else {
                    ("33", "34")
                };
                assert_eq!(
                    net(&netlist, &relay, common),
                    net(&netlist, "X3", first),
                    "{signal}"
                );
                // The arm's circuits run on over the other relay.
                let (last, pin) = match signal.as_str() {
                    "arm_up" => ("K2", "22"),
                    "arm_down" => ("K1", "22"),
                    _ => (relay.as_str(), throw),
                };
                assert_eq!(
                    net(&netlist, last, pin),
                    net(&netlist, "X3", second),
                    "{signal}"
                );
            }
            "X4" | "-" => {}
            other => panic!("{signal}: connector {other} is not on the board"),
        }
    }
}

#[test]
fn every_part_of_the_netlist_is_in_the_bill_and_the_reverse() {
    let drawn: BTreeSet<String> = netlist()
        .into_keys()
        .map(|(reference, _)| reference)
        .collect();
    let mut billed = BTreeSet::new();
    for row in rows("hw/gate-controller/bom.csv") {
        let quantity: usize = row[1].parse().expect("a quantity is a number");
        assert!(quantity > 0 && row.len() == 9, "{row:?}");
        let site = row[6] == "site";
        assert!(
            site || (row[2].len() > 1 && row[3].len() > 1),
            "no part number: {row:?}"
        );
        assert!(
            row[4].len() > 2 && row[5].len() > 2,
            "no description or substitute: {row:?}"
        );
        if row[0] == "-" {
            continue;
        }
        let references: Vec<&str> = row[0].split(' ').collect();
        assert_eq!(quantity % references.len(), 0, "{row:?}");
        for reference in references {
            assert!(
                billed.insert(reference.to_owned()),
                "{reference} is billed twice"
            );
        }
    }
    assert_eq!(drawn, billed);
}

#[test]
fn the_electrical_rules_found_nothing() {
    let report = read("hw/gate-controller/erc.txt");
    assert!(report.contains("No errors or warnings found"), "{report}");
    assert!(
        !report.contains("ERROR:") && !report.contains("WARNING:"),
        "{report}"
    );
}

#[test]
fn committed_exports_are_what_their_sources_gave() {
    let sums = read("hw/exports.sha256");
    let mut named = BTreeSet::new();
    for line in sums.lines() {
        let (sum, path) = line.split_once("  ").expect("a checksum and a path");
        let found = crate::hardware_parts::sha256(&format!("hw/{path}"));
        assert_eq!(found, sum, "hw/{path} was changed alone: run make hw");
        named.insert(path.to_owned());
    }
    let draw = root().join("hw/draw");
    for entry in std::fs::read_dir(draw).expect("hw/draw is there").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_source = [".py", ".csv"].iter().any(|ending| name.ends_with(ending));
        assert!(
            !is_source || named.contains(&format!("draw/{name}")),
            "{name}: run make hw"
        );
    }
    assert!(named.contains("gate-controller/pinout.csv") && named.len() > 25);
}

#[test]
fn up_and_down_exclude_each_other_in_copper() {
    let netlist = netlist();
    for (relay, other) in [("K1", "K2"), ("K2", "K1")] {
        let between = net(&netlist, relay, "34");
        assert_eq!(between, net(&netlist, other, "21"));
        let on_it: Vec<_> = netlist
            .iter()
            .filter(|(_, name)| **name == between)
            .collect();
        assert_eq!(on_it.len(), 2, "a way around {other}: {on_it:?}");
    }
    let bill = Bill::read();
    assert!(bill.description("K1").contains("forcibly guided"));
    // What closes the arm passes the fire relay, whoever commands it.
    assert_eq!(net(&netlist, "K11", "22"), net(&netlist, "X5", "3"));
}

#[test]
fn a_green_head_needs_its_red_relay() {
    let netlist = netlist();
    for (green, red) in [("K5", "K4"), ("K7", "K6")] {
        assert_eq!(net(&netlist, green, "0"), net(&netlist, red, "43"));
        assert_eq!(net(&netlist, red, "44"), "V24_EN");
    }
}

#[test]
fn every_coil_of_the_lane_hangs_on_the_enable_relay() {
    let netlist = netlist();
    for number in [1, 2, 3, 4, 6, 8, 9] {
        assert_eq!(
            net(&netlist, &format!("K{number}"), "0"),
            "V24_EN",
            "K{number}"
        );
    }
    assert_eq!(net(&netlist, "K10", "34"), "V24_EN");
    assert_eq!(net(&netlist, "K10", "33"), "V24");
    let feeds: Vec<_> = netlist
        .iter()
        .filter(|((reference, _), name)| *name == "V24_EN" && !reference.starts_with('K'))
        .map(|((reference, _), _)| reference.as_str())
        .collect();
    assert_eq!(
        feeds,
        ["D16", "R23", "X10"],
        "only the free wheel, the lamp and the clamp besides relays"
    );
}

#[test]
fn fire_opens_the_arm_of_a_dead_controller_only() {
    let netlist = netlist();
    let dead = net(&netlist, "X3", "20");
    // Common, closed contact of the fallen enable relay, fire contact, OPEN and STOP.
    assert_eq!(net(&netlist, "K10", "22"), dead);
    assert_eq!(net(&netlist, "K10", "21"), net(&netlist, "X5", "1"));
    assert_eq!(net(&netlist, "K11", "11"), dead);
    assert_eq!(net(&netlist, "K11", "14"), net(&netlist, "X5", "2"));
    assert_eq!(net(&netlist, "K11", "31"), dead);
    assert_eq!(net(&netlist, "K11", "34"), net(&netlist, "X5", "4"));
}

#[test]
fn every_input_is_off_below_five_volts_and_on_from_eleven() {
    let bill = Bill::read();
    // Both LEDs in series: begin to conduct, and conduct well.
    const DARK_V: f64 = 2.6;
    const LIT_V: f64 = 3.4;
    // Transfer ratio at least, share of it at low current, share left at end of life.
    const TRANSFER: f64 = 0.5 * 0.7 * 0.5;
    for number in 1..=11 {
        let series = bill.ohms(&format!("R{number}01"));
        let shunt = bill.ohms(&format!("R{number}02"));
        let pull_up = bill.ohms(&format!("R{number}03"));
        let at_5_v = 5.0 * shunt.high / (shunt.high + series.low);
        assert!(at_5_v < DARK_V, "input {number} conducts at 5 V");
        let left_ma = 1.5 - DARK_V / shunt.high * 1e3;
        assert!(
            left_ma < 0.1,
            "input {number}: {left_ma} mA of 1.5 mA reach the LEDs"
        );
        let into_ma = (11.0 - LIT_V) / series.high * 1e3;
        assert!(into_ma >= 2.0, "input {number} draws {into_ma} mA at 11 V");
        let pin_ma = (into_ma - LIT_V / shunt.low * 1e3) * TRANSFER;
        let needed_ma = (3.3 - 1.0) / pull_up.low * 1e3;
        assert!(
            pin_ma > needed_ma,
            "input {number}: {pin_ma} of {needed_ma} mA at 11 V"
        );
        let most_ma = (30.0 - DARK_V) / series.low * 1e3;
        assert!(most_ma < 15.0, "input {number} draws {most_ma} mA at 30 V");
        let heat_w = (30.0 - DARK_V).powi(2) / series.low;
        assert!(
            heat_w < 0.6 * bill.watts(&format!("R{number}01")),
            "{heat_w} W"
        );
    }
}

#[test]
fn the_watchdog_holds_while_alive_toggles_and_lets_go_in_time() {
    let bill = Bill::read();
    let drain = bill.ohms("R22");
    let store = bill.farads("C14");
    let pump_f = bill.farads("C11").low * bill.farads("C12").low
        / (bill.farads("C11").low + bill.farads("C12").low);
    // The firmware toggles every 20 ms in good order; 50 ms is the longest pause allowed.
    for (toggle_s, least_v) in [(0.020, 9.0), (0.050, 5.0)] {
        let strength = drain.low * pump_f / (2.0 * toggle_s);
        let level_v = strength / (1.0 + strength) * (24.0 - 0.9 - 2.0 * 0.7);
        assert!(level_v > least_v, "{level_v} V at {toggle_s} s");
    }
    let (threshold_low_v, threshold_high_v, relay_s) = (0.8, 3.0, 0.040);
    let latest_s = drain.high * store.high * f64::ln(10.5 / threshold_low_v) + relay_s;
    let earliest_s = drain.low * store.low * f64::ln(9.5 / threshold_high_v);
    assert!(latest_s < 0.6, "falls after {latest_s} s");
    assert!(
        earliest_s > 0.1,
        "falls after {earliest_s} s, a pause of flash writing"
    );
}

#[test]
fn the_bank_outlasts_the_report_of_a_mains_loss() {
    let bill = Bill::read();
    let bank_f: f64 = (2..=5).map(|n| bill.farads(&format!("C{n}")).low).sum();
    let energy_j = 0.5 * bank_f * (22.0_f64.powi(2) - 7.5_f64.powi(2));
    let hold_up_s = energy_j / 1.8;
    assert!(hold_up_s > 1.7, "{hold_up_s} s");
    // Release of the mains relay, debounce of mains_ok, ten polls of 50 ms; bank at end of life.
    let mains_ok_ms = gate_protocol::Configuration::default().debounce_ms[Input::MainsOk as usize];
    let needed_s = 0.1 + f64::from(mains_ok_ms) / 1e3 + 0.5;
    assert!(0.7 * hold_up_s > needed_s, "{hold_up_s} s of {needed_s} s");
}
