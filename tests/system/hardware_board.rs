//! Goal: a technician can build the board from what is committed: every part has a place and a step,
//! every net a wire, the printed board the same pins, and no domain comes near another. Method: read
//! the committed lists and the KiCad file; neither KiCad nor the drawing tool is needed.

use std::collections::{BTreeMap, BTreeSet};

use crate::hardware_parts::{read, root, rows, sha256};

/// Pin of a part: reference and number.
type Pin = (String, String);

/// Where a pin stands and what it belongs to.
struct Place {
    /// Column over both cards, row; in holes of 2.54 mm.
    hole: (i32, i32),
    /// As printed: card, column on it, row.
    shown: String,
    net: String,
    domain: String,
}

const CARD_COLUMNS: i32 = 39;

fn placement() -> BTreeMap<Pin, Place> {
    let mut found = BTreeMap::new();
    for row in rows("hw/gate-controller/placement.csv") {
        let own: i32 = row[3].parse().expect("a column is a number");
        let line: i32 = row[4].parse().expect("a row is a number");
        let column = if row[2] == "R" {
            own + CARD_COLUMNS
        } else {
            own
        };
        let place = Place {
            hole: (column, line),
            shown: format!("{} {own}/{line}", row[2]),
            net: row[5].clone(),
            domain: row[6].clone(),
        };
        found.insert((row[0].clone(), row[1].clone()), place);
    }
    assert!(found.len() > 450, "only {} pins", found.len());
    found
}

/// References of the parts list that stand at `place`.
fn billed(place: &str) -> BTreeSet<String> {
    rows("hw/gate-controller/bom.csv")
        .into_iter()
        .filter(|row| row[7] == place && row[0] != "-")
        .flat_map(|row| row[0].split(' ').map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

#[test]
fn every_part_of_the_board_has_one_place_and_one_step() {
    let placed: BTreeSet<String> = placement().into_keys().map(|(part, _)| part).collect();
    assert_eq!(billed("board"), placed);
    let mut fitted = BTreeSet::new();
    for row in rows("hw/gate-controller/assembly.csv") {
        assert!(row[4].len() > 3 && row[5].len() > 3, "no check: {row:?}");
        for part in row[2].split(' ').filter(|part| *part != "-") {
            assert!(fitted.insert(part.to_owned()), "{part} is fitted twice");
        }
    }
    assert_eq!(fitted, placed);
}

#[test]
fn no_two_pins_share_a_hole_and_domains_keep_three_holes_apart() {
    let placed: Vec<(Pin, Place)> = placement().into_iter().collect();
    let holes: BTreeSet<(i32, i32)> = placed.iter().map(|(_, place)| place.hole).collect();
    assert_eq!(holes.len(), placed.len());
    for (index, (a, here)) in placed.iter().enumerate() {
        for (b, there) in &placed[index + 1..] {
            let domains = [here.domain.as_str(), there.domain.as_str()];
            if domains[0] == domains[1] || domains.contains(&"") {
                continue;
            }
            // The converter's own pins, and earth, which the gas tube joins to the line.
            let near = (a.0 == "U8" && b.0 == "U8") || domains.contains(&"earth");
            let least = if near { 2 } else { 3 };
            let (dx, dy) = (here.hole.0 - there.hole.0, here.hole.1 - there.hole.1);
            assert!(dx * dx + dy * dy >= least * least, "{a:?} is near {b:?}");
        }
    }
}

#[test]
fn the_placement_has_the_nets_of_the_schematic() {
    let placed = placement();
    let board = billed("board");
    let mut seen = 0;
    for row in rows("hw/gate-controller/netlist.csv") {
        if board.contains(&row[1]) {
            let place = placed
                .get(&(row[1].clone(), row[2].clone()))
                .unwrap_or_else(|| panic!("{}.{} has no hole", row[1], row[2]));
            assert_eq!(place.net, row[0], "{}.{}", row[1], row[2]);
            seen += 1;
        }
    }
    let named = placed
        .values()
        .filter(|place| !place.net.is_empty())
        .count();
    assert_eq!(seen, named, "a pin with a net that the schematic has not");
}

/// The representative of a pin in a union of wired pins.
fn find(group: &BTreeMap<Pin, Pin>, pin: &Pin) -> Pin {
    let mut at = pin.clone();
    while group[&at] != at {
        at = group[&at].clone();
    }
    at
}

#[test]
fn the_wires_join_every_net_and_nothing_else() {
    let placed = placement();
    let mut group: BTreeMap<Pin, Pin> = placed
        .keys()
        .map(|pin| (pin.clone(), pin.clone()))
        .collect();
    let mut at_a_pad: BTreeMap<Pin, usize> = BTreeMap::new();
    for (index, row) in rows("hw/gate-controller/wires.csv").into_iter().enumerate() {
        assert_eq!(row[0], (index + 1).to_string());
        let ends = [(&row[2], &row[3]), (&row[4], &row[5])].map(|(name, hole)| {
            let (part, number) = name.split_once('.').expect("part and pin");
            let pin = (part.to_owned(), number.to_owned());
            let place = &placed[&pin];
            assert_eq!(
                (&place.net, &place.shown),
                (&row[1], hole),
                "wire {}",
                row[0]
            );
            *at_a_pad.entry(pin.clone()).or_default() += 1;
            pin
        });
        let (a, b) = (find(&group, &ends[0]), find(&group, &ends[1]));
        assert_ne!(a, b, "wire {} closes a ring", row[0]);
        group.insert(a, b);
    }
    assert!(at_a_pad.values().all(|wires| *wires <= 3));
    let mut of_net: BTreeMap<&str, Pin> = BTreeMap::new();
    for (pin, place) in placed.iter().filter(|(_, place)| !place.net.is_empty()) {
        let here = find(&group, pin);
        let there = of_net.entry(&place.net).or_insert_with(|| here.clone());
        assert_eq!(*there, here, "{pin:?} is not wired to {}", place.net);
    }
}

/// Number and name of every net, and the net of every pad, as the printed board has them.
fn printed() -> (BTreeMap<String, String>, BTreeMap<Pin, String>) {
    let text = read("hw/gate-controller/board/gate-controller.kicad_pcb");
    let quoted = |line: &str, nth: usize| -> String {
        line.split('"').nth(nth).unwrap_or_default().to_owned()
    };
    let (mut nets, mut pads) = (BTreeMap::new(), BTreeMap::new());
    let (mut part, mut pad) = (String::new(), String::new());
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("  (net ") {
            let number = rest.split(' ').next().expect("a number").to_owned();
            nets.insert(number, quoted(line, 1));
        } else if line.starts_with("    (fp_text reference ") {
            part = quoted(line, 1);
        } else if line.starts_with("    (pad ") {
            pad = quoted(line, 1);
        }
        if let (true, Some(at)) = (line.starts_with("    "), line.find("(net ")) {
            pads.insert((part.clone(), pad.clone()), quoted(&line[at..], 1));
        }
    }
    (nets, pads)
}

#[test]
fn the_printed_board_has_the_same_pins_and_breaks_no_rule() {
    let made_from = read("hw/gate-controller/board/made-from.sha256");
    let placed = sha256("hw/gate-controller/placement.csv");
    assert!(
        made_from.starts_with(&placed),
        "routed from another placement: run make hw-board"
    );
    let report = read("hw/gate-controller/board/drc.txt");
    for finding in ["DRC violations", "unconnected pads", "Footprint errors"] {
        assert!(report.contains(&format!("Found 0 {finding}")), "{report}");
    }
    let (_, pads) = printed();
    let expected: BTreeMap<Pin, String> = placement()
        .into_iter()
        .filter(|(_, place)| !place.net.is_empty())
        .map(|(pin, place)| (pin, place.net))
        .collect();
    assert_eq!(pads, expected);
}

/// A straight piece of copper: net, layer, ends and width in mm.
struct Track {
    domain: String,
    layer: String,
    ends: [(f64, f64); 2],
    width: f64,
}

fn tracks() -> Vec<Track> {
    let domains: BTreeMap<String, String> = placement()
        .into_values()
        .map(|place| (place.net, place.domain))
        .collect();
    let (nets, _) = printed();
    let text = read("hw/gate-controller/board/gate-controller.kicad_pcb");
    text.lines()
        .filter_map(|line| line.strip_prefix("  (segment (start "))
        .map(|line| {
            let words: Vec<&str> = line.split([' ', '(', ')', '"']).collect();
            let after = |name: &str| -> usize {
                words
                    .iter()
                    .position(|word| *word == name)
                    .unwrap_or_else(|| panic!("no {name}: {line}"))
            };
            let number = |at: usize| -> f64 { words[at].parse().expect("mm") };
            let end = after("end");
            Track {
                domain: domains[&nets[words[after("net") + 1]]].clone(),
                layer: words[after("layer") + 2].to_owned(),
                ends: [(number(0), number(1)), (number(end + 1), number(end + 2))],
                width: number(after("width") + 1),
            }
        })
        .collect()
}

/// Distance from a point to a straight line between two points.
fn distance(point: (f64, f64), line: &[(f64, f64); 2]) -> f64 {
    let (dx, dy) = (line[1].0 - line[0].0, line[1].1 - line[0].1);
    let along = (point.0 - line[0].0) * dx + (point.1 - line[0].1) * dy;
    let share = (along / (dx * dx + dy * dy).max(1e-12)).clamp(0.0, 1.0);
    (point.0 - line[0].0 - share * dx).hypot(point.1 - line[0].1 - share * dy)
}

#[test]
fn copper_of_two_domains_keeps_its_distance() {
    let found = tracks();
    assert!(found.len() > 1000, "only {} tracks", found.len());
    let mut nearest: BTreeMap<String, f64> = BTreeMap::new();
    for (index, a) in found.iter().enumerate() {
        for b in &found[index + 1..] {
            if a.domain == b.domain || a.layer != b.layer {
                continue;
            }
            // Two lines that do not cross are nearest at an end.
            let apart = [(a, b), (b, a)]
                .iter()
                .flat_map(|(one, other)| one.ends.map(|end| distance(end, &other.ends)))
                .fold(f64::INFINITY, f64::min)
                - f64::midpoint(a.width, b.width);
            let mut pair = [a.domain.as_str(), b.domain.as_str()];
            pair.sort_unstable();
            let least = nearest.entry(pair.join("-")).or_insert(f64::INFINITY);
            *least = least.min(apart);
        }
    }
    for (pair, millimetres) in nearest {
        let least = match pair.as_str() {
            // The converter's own pins stand 5.08 mm apart.
            "bus-logic" => 2.5,
            "bus-earth" => 1.0,
            _ => 3.9,
        };
        assert!(millimetres >= least, "{pair}: {millimetres} mm");
    }
}

#[test]
fn own_footprints_are_there() {
    for row in rows("hw/draw/parts.csv") {
        let footprint = &row[6];
        if let Some(name) = footprint.strip_prefix("Kakou:") {
            let path = format!("hw/gate-controller/kakou.pretty/{name}.kicad_mod");
            let text = read(&path);
            assert!(
                text.contains("(descr \"") && text.contains(" mm"),
                "{path} gives no dimensions"
            );
        }
        assert_eq!(footprint == "-", row[7] != "board", "{row:?}");
    }
}

#[test]
fn every_row_of_the_parts_list_says_whether_it_was_looked_up() {
    let mut unconfirmed = Vec::new();
    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows("hw/gate-controller/bom.csv") {
        let mark = row[6].as_str();
        assert!(
            [
                "checked",
                "series checked",
                "site",
                "standard",
                "not checked"
            ]
            .contains(&mark),
            "{row:?}"
        );
        assert!(
            ["board", "cabinet", "door", "lane"].contains(&row[7].as_str()),
            "{row:?}"
        );
        *counted.entry(mark.to_owned()).or_default() += 1;
        if mark == "not checked" {
            unconfirmed.push(row[3].clone());
        }
    }
    let told = read("hw/README.md");
    for number in unconfirmed {
        assert!(
            told.contains(&number),
            "{number} is unconfirmed and README is silent"
        );
    }
    for (mark, count) in counted {
        let line = format!("| `{mark}` | {count} |");
        assert!(told.contains(&line), "README says otherwise: {line}");
    }
    assert!(root().join("hw/gate-controller/assembly.pdf").exists());
}
