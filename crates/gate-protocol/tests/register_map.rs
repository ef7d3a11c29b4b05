//! Holds the technician's table of the register map to the code.
//!
//! After an append, run once with `WRITE_REGISTER_MAP=1` and review the difference.

use gate_protocol::map::{self, Row};
use gate_protocol::{
    ArmState, Fault, Input, LeaseLoss, Mode, Output, Refusal, ResetCause, SETTINGS, Stage,
    StatusBit, TraceCode, Verb,
};

const PATH: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../hw/gate-controller/register-map.md"
);

fn table(title: &str, rows: impl Iterator<Item = [String; 4]>) -> String {
    let head = "| Address | Registers | Name | Meaning |\n|---|---|---|---|";
    let lines: String = rows
        .map(|[address, length, name, meaning]| {
            format!("| {address} | {length} | `{name}` | {meaning} |\n")
        })
        .collect();
    format!("\n## {title}\n\n{head}\n{lines}")
}

fn map_rows(rows: &[Row]) -> impl Iterator<Item = [String; 4]> + '_ {
    rows.iter().map(|row| {
        let meaning = row.unit.to_string();
        [
            row.address.to_string(),
            row.length.to_string(),
            row.name.to_string(),
            meaning,
        ]
    })
}

fn list(title: &str, codes: impl Iterator<Item = (u16, &'static str)>) -> String {
    let list: Vec<String> = codes
        .map(|(code, label)| format!("{code} `{label}`"))
        .collect();
    format!("- **{title}**: {}\n", list.join(", "))
}

fn preface() -> String {
    format!(
        "# Register map of the gate controller, version {}\n\n\
         Modbus RTU slave (or TCP through any converter). Addresses count from 0, as on the wire.\n\
         Values of two registers are sent high word first. The map is append-only. This page is\n\
         held to `crates/gate-protocol` by a test.\n\n\
         - One FC04 of {} registers at {} is the whole report.\n\
         - One FC04 of at most {} registers at {} + 4 × (index mod {}) fetches up to {} edges.\n\
         - One FC04 of {} registers at {} is the diagnostics block, one of at most {} at {} + 4 × (index\n\
         \u{20} mod {}) fetches trace entries. Both are the firmware's own; since version 2.\n\
         - One FC16 of a whole block writes a command ({} registers at {}), a lease ({} at {}) or\n\
         \u{20} the configuration ({} at {}, hand key turned, arm at rest). FC03 reads the configuration.\n\
         - A write that is no whole block is answered with exception 02, one with a value the map\n\
         \u{20} does not have with exception 03. A refused command is answered as written: the report tells.\n",
        map::MAP_VERSION,
        map::REPORT_LENGTH,
        map::REPORT,
        map::EDGES_PER_READ * map::EDGE_LENGTH as u32,
        map::RING,
        map::RING_EDGES,
        map::EDGES_PER_READ,
        map::DIAGNOSTICS_LENGTH,
        map::DIAGNOSTICS,
        map::EDGES_PER_READ * map::EDGE_LENGTH as u32,
        map::TRACE,
        map::TRACE_ENTRIES,
        map::COMMAND_LENGTH,
        map::COMMAND,
        map::LEASE_LENGTH,
        map::LEASE,
        map::CONFIGURATION_LENGTH,
        map::CONFIGURATION,
    )
}

fn tables() -> String {
    let settings = (map::CONFIGURATION..)
        .zip(SETTINGS)
        .map(|(address, setting)| {
            let range = format!(
                "{} to {}, default {}",
                setting.least, setting.greatest, setting.default
            );
            [
                address.to_string(),
                "1".to_string(),
                setting.name.to_string(),
                range,
            ]
        });
    let opcodes: String = Verb::OPCODES
        .iter()
        .map(|(code, name, argument)| format!("| {code} | `{name}` | {argument} |\n"))
        .collect();
    [
        table("Input registers (FC04)", map_rows(map::INPUT_ROWS)),
        table("Holding registers (FC16)", map_rows(map::HOLDING_ROWS)),
        table("Configuration (FC16 whole block, FC03)", settings),
        format!("\n## Opcodes\n\n| Opcode | Name | Argument |\n|---|---|---|\n{opcodes}"),
    ]
    .concat()
}

fn words() -> String {
    [
        "\n## Bits\n\n".to_string(),
        list(
            "inputs",
            Input::ALL
                .iter()
                .map(|bit| (bit.position().into(), bit.label())),
        ),
        list(
            "outputs",
            Output::ALL
                .iter()
                .map(|bit| (bit.position().into(), bit.label())),
        ),
        list(
            "status",
            StatusBit::ALL
                .iter()
                .map(|bit| (bit.position().into(), bit.label())),
        ),
        list(
            "faults",
            Fault::ALL
                .iter()
                .map(|bit| (bit.position().into(), bit.label())),
        ),
        "- **edge word**: bits 0 to 7 position of the input, bit 8 rising, bits 9 to 15 stage\n"
            .to_string(),
        "\n## Codes\n\n".to_string(),
        list(
            "arm",
            ArmState::ALL.iter().map(|code| (code.code(), code.label())),
        ),
        list(
            "mode",
            Mode::ALL.iter().map(|code| (code.code(), code.label())),
        ),
        list(
            "refusal",
            Refusal::ALL.iter().map(|code| (code.code(), code.label())),
        ),
        list(
            "reset_cause",
            ResetCause::ALL
                .iter()
                .map(|code| (code.code(), code.label())),
        ),
        list(
            "lease_loss",
            LeaseLoss::ALL
                .iter()
                .map(|code| (code.code(), code.label())),
        ),
        list(
            "stage",
            Stage::ALL.iter().map(|code| (code.code(), code.label())),
        ),
        list(
            "trace",
            TraceCode::ALL
                .iter()
                .map(|code| (code.code(), code.label())),
        ),
    ]
    .concat()
}

fn render() -> String {
    [preface(), tables(), words()].concat()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the page is a file of the repository"
)]
#[test]
fn the_page_says_what_the_code_does() {
    let page = render();
    if std::env::var_os("WRITE_REGISTER_MAP").is_some() {
        std::fs::write(PATH, &page).expect("the page can be written");
    }
    let written = std::fs::read_to_string(PATH).expect("the page is there");
    for (ours, theirs) in page.lines().zip(written.lines()) {
        assert_eq!(ours, theirs);
    }
    assert_eq!(page.len(), written.len());
}

#[test]
fn rows_neither_overlap_nor_leave_gaps_within_a_block() {
    for (rows, gaps) in [
        (
            map::INPUT_ROWS,
            vec![
                (map::REPORT_LENGTH as u16, map::RING),
                (
                    map::DIAGNOSTICS + map::DIAGNOSTICS_LENGTH as u16,
                    map::TRACE,
                ),
            ],
        ),
        (
            map::HOLDING_ROWS,
            vec![(map::COMMAND_LENGTH as u16, map::LEASE)],
        ),
    ] {
        for pair in rows.windows(2) {
            let end = pair[0].address + pair[0].length;
            let next = pair[1].address;
            assert!(
                end == next || gaps.contains(&(end, next)),
                "{} {}",
                pair[0].name,
                pair[1].name
            );
        }
    }
    let length = |name| {
        let row = map::INPUT_ROWS.iter().find(|row| row.name == name);
        u32::from(row.expect("the row is there").length)
    };
    assert_eq!(
        length("edge_ring"),
        map::RING_EDGES * map::EDGE_LENGTH as u32
    );
    assert_eq!(
        length("trace"),
        map::TRACE_ENTRIES * map::TRACE_LENGTH as u32
    );
}
