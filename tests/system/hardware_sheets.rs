//! Goal: the sheets for technicians name what is there. Method: tests and steps that the failure
//! modes point at are looked up, and the commissioning sheet is held against a real `kakou doctor`.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;

use gate_protocol::{ArmState, Faults, Input, Inputs, Report};

use crate::hardware_parts::read;

#[test]
fn failure_modes_name_tests_and_steps_that_exist() {
    let text = read("hw/gate-controller/failure-modes.md");
    let sheet = read("hw/commissioning.md");
    let mut tests = 0;
    for token in text.split('`').filter(|token| token.contains("::")) {
        let Some((module, name)) = token.split_once("::") else {
            continue;
        };
        if module == "module" {
            continue;
        }
        let file = match module {
            "hardware" => "tests/system/hardware.rs".to_owned(),
            "walk" => "crates/gate-logic/src/walk/mod.rs".to_owned(),
            emulated if emulated.starts_with("firmware/") => format!("tests/system/{emulated}.rs"),
            other => format!("crates/gate-logic/src/tests/{other}.rs"),
        };
        let source = read(&file);
        assert!(
            source.contains(&format!("fn {name}()")),
            "{token} is no test"
        );
        tests += 1;
    }
    assert!(tests > 30, "only {tests} tests are named");
    let mut modes = 0;
    for line in text
        .lines()
        .filter(|line| line.starts_with("| ") && !line.contains("Shown by"))
    {
        let shown_by = line
            .trim_end_matches(" |")
            .rsplit(" | ")
            .next()
            .unwrap_or_default();
        assert!(
            shown_by.contains("::") || shown_by.contains("step "),
            "nothing shows: {line}"
        );
        for step in shown_by.split("step ").skip(1) {
            let number: String = step.chars().take_while(char::is_ascii_digit).collect();
            assert!(
                sheet.contains(&format!("\n| {number} | ")),
                "no step {number}: {line}"
            );
        }
        modes += 1;
    }
    assert!(modes > 40, "only {modes} failure modes");
}

#[test]
fn the_input_table_of_the_sheet_gives_what_doctor_shows() {
    let rest = Inputs::NONE.with(Input::ArmDownLimit).with(Input::MainsOk);
    let mut seen = BTreeSet::new();
    for line in read("hw/commissioning.md").lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let Some(value) = cells.get(5).and_then(|cell| cell.strip_prefix("`0x")) else {
            continue;
        };
        let shown = u16::from_str_radix(value.trim_end_matches('`'), 16).expect("hexadecimal");
        let expected = match Input::ALL.iter().find(|input| input.label() == cells[1]) {
            None => rest,
            Some(&Input::ArmUpLimit) => {
                rest.set(Input::ArmDownLimit, false).with(Input::ArmUpLimit)
            }
            Some(&input) => rest.set(input, !rest.has(input)),
        };
        assert_eq!(shown, expected.bits(), "{line}");
        seen.insert(cells[1].to_owned());
    }
    assert_eq!(seen.len(), Input::ALL.len() + 1, "{seen:?}");
}

/// A controller at rest as the sheet describes it: arm down, lane empty, door shut.
fn report_at_rest() -> Report {
    let gate = sim::device::gate::Gate::power_up(1, 0);
    let (mut report, _) = gate.report().expect("own map");
    report.inputs = Inputs::NONE.with(Input::ArmDownLimit).with(Input::MainsOk);
    report.arm = ArmState::Down;
    report.faults = Faults::NONE;
    report
}

/// Answers Modbus TCP reads from address 0 with `registers`, one connection; silent without any.
fn serve(listener: TcpListener, registers: Option<Vec<u16>>) {
    std::thread::spawn(move || {
        let (mut line, _) = listener.accept().expect("doctor comes");
        while let Some(reply) = answer(&mut line, registers.as_deref()) {
            if line.write_all(&reply).is_err() {
                return;
            }
        }
    });
}

/// The reply to one request; none when the line ends.
fn answer(line: &mut TcpStream, registers: Option<&[u16]>) -> Option<Vec<u8>> {
    let mut request = [0_u8; 12];
    line.read_exact(&mut request).ok()?;
    let Some(registers) = registers else {
        return Some(Vec::new());
    };
    let count = usize::from(request[11]);
    let bytes: Vec<u8> = registers[..count]
        .iter()
        .flat_map(|r| r.to_be_bytes())
        .collect();
    let length = u8::try_from(bytes.len()).expect("one reply");
    let mut reply = request[..4].to_vec();
    reply.extend([0, length + 3, request[6], request[7], length]);
    reply.extend(bytes);
    Some(reply)
}

/// What doctor says of a gate controller at a local port, with the port's name as in the sheet.
fn doctor(registers: Option<Vec<u16>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    serve(listener, registers);
    let example = read("gateway/gateway.example.toml");
    let from = "serial = \"/dev/ttyS0\"\nbaud = 115200";
    assert!(example.contains(from), "{from}");
    let text = example.replace(from, &format!("tcp = \"{address}\""));
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("gateway.toml"), text).expect("written");
    let output = Command::new(super::programs::folder().join("kakou"))
        .current_dir(folder.path())
        .args(["doctor", "--config", "gateway.toml", "--seconds", "1"])
        .output()
        .expect("kakou starts");
    String::from_utf8_lossy(&output.stdout)
        .replace(&format!("tcp {address}"), "serial /dev/ttyS0 at 115200 Bd")
}

/// Serial number, versions and uptime differ from unit to unit.
fn without_unit(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| match line.trim_start().strip_prefix("controller ") {
            Some(rest) => {
                let kept: String = rest.chars().filter(|c| !c.is_ascii_digit()).collect();
                format!("controller {kept}")
            }
            None => line.to_owned(),
        })
        .collect()
}

#[test]
fn the_sheet_shows_what_doctor_prints() {
    let sheet = read("hw/commissioning.md");
    let blocks: Vec<&str> = sheet
        .split("```doctor\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap_or_default())
        .collect();
    let said = [
        doctor(Some(report_at_rest().encode().to_vec())),
        doctor(None),
    ];
    assert_eq!(blocks.len(), said.len());
    for (block, said) in blocks.into_iter().zip(said) {
        let (shown, printed) = (without_unit(block), without_unit(&said));
        let together = printed.windows(shown.len()).any(|window| window == shown);
        assert!(
            shown.len() > 2 && together,
            "sheet:\n{block}\ndoctor:\n{said}"
        );
    }
}
