//! What every run of a fuzz target does with its bytes, and the registers it starts from. The
//! fuzzer and the ordinary tests share it. A panic is a finding; `true` says that some of the bytes
//! were taken.

use gate_protocol::{
    ArmState, Command, Configuration, Counters, Edge, Faults, Identity, Inputs, Lease, Mode,
    Outputs, Refusal, Report, ResetCause, Side, Status, Verb, Write, edge_read, map,
};

/// Name, what a run does, where it starts from.
pub type Target = (&'static str, fn(&[u8]) -> bool, fn() -> Vec<Vec<u8>>);
/// Every target of this crate.
pub const TARGETS: &[Target] = &[
    ("report", report, report_seeds),
    ("write", write, write_seeds),
];

/// Modbus sends registers high byte first.
fn registers(bytes: &[u8]) -> Vec<u16> {
    bytes
        .chunks_exact(2)
        .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
        .collect()
}

fn bytes(registers: &[u16]) -> Vec<u8> {
    registers.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// Any registers as a report and as the ring of edges: what was read is written as it was, and a
/// read of edges stays inside the ring.
pub fn report(stream: &[u8]) -> bool {
    let words = registers(stream);
    let mut is_read = false;
    if let Ok(report) = Report::decode(&words) {
        is_read = true;
        assert_eq!(Report::decode(&report.encode()), Ok(report));
        let sequence = report.last_sequence().wrapping_add(1);
        let _ = report.acknowledgement(sequence);
        let command = report.command(sequence, Verb::Lower, 500);
        assert_eq!(Command::decode(&command.encode()), Ok(command));
    }
    let Some((counts, slot)) = words.split_first_chunk::<4>() else {
        return is_read;
    };
    let [next_high, next_low, written_high, written_low] = counts.map(u32::from);
    let (next, written) = (next_high << 16 | next_low, written_high << 16 | written_low);
    if let Some(read) = edge_read(next, written) {
        let edges = u32::from(read.length) / map::EDGE_LENGTH as u32;
        assert!(edges > 0 && edges <= map::EDGES_PER_READ);
        assert!(read.first_index % map::RING_EDGES + edges <= map::RING_EDGES);
        assert!(written.wrapping_sub(read.next_index()) < written.wrapping_sub(next));
    }
    if let Ok(edge) = Edge::decode(slot, next) {
        is_read = true;
        assert_eq!(Edge::decode(&edge.encode(next), next), Ok(edge));
    }
    is_read
}

fn report_seeds() -> Vec<Vec<u8>> {
    let report = Report {
        map_version: map::MAP_VERSION,
        identity: Identity {
            serial: 4_400,
            firmware: (1, 2, 3),
            boot_id: 7,
            reset_cause: ResetCause::PowerOn,
        },
        uptime_ms: 60_000,
        inputs: Inputs::default(),
        inputs_raw: Inputs::default(),
        inputs_faulted: Inputs::default(),
        outputs: Outputs::default(),
        arm: ArmState::Down,
        mode: Mode::Remote,
        status: Status::default(),
        faults: Faults::default(),
        lease_remaining_ms: 1_500,
        accepted_sequence: 3,
        refused_sequence: 2,
        refusal: Some(Refusal::Expired),
        configuration_crc: 0x1234,
        edges_written: 9,
        counters: Counters::default(),
        last_vehicle_at_ms: 50_000,
    };
    let ring = [0, 3, 0, 9, 0, 4_400, 0x0102, 3];
    vec![bytes(&report.encode()), bytes(&ring)]
}

/// Any write of holding registers: a block that was taken is written as it was.
pub fn write(stream: &[u8]) -> bool {
    let words = registers(stream);
    let Some((address, block)) = words.split_first() else {
        return false;
    };
    let Ok(write) = Write::decode(*address, block) else {
        return false;
    };
    let again = match write {
        Write::Command(command) => Write::decode(map::COMMAND, &command.encode()),
        Write::Lease(lease) => Write::decode(map::LEASE, &lease.encode()),
        Write::Configuration(configuration) => {
            Write::decode(map::CONFIGURATION, &configuration.encode())
        }
    };
    assert_eq!(again, Ok(write));
    true
}

fn write_seeds() -> Vec<Vec<u8>> {
    let verbs = [
        Verb::Raise { from: Side::Entry },
        Verb::Lower,
        Verb::Stop,
    ];
    let mut seeds: Vec<Vec<u8>> = verbs
        .into_iter()
        .map(|verb| {
            let command = Command {
                boot_id: 7,
                sequence: 3,
                verb,
                expires_ms: 500,
                seen_uptime_ms: 60_000,
            };
            [&bytes(&[map::COMMAND])[..], &bytes(&command.encode())].concat()
        })
        .collect();
    let lease = Lease {
        boot_id: 7,
        beat: 1,
        lease_ms: 2_000,
    };
    seeds.push([bytes(&[map::LEASE]), bytes(&lease.encode())].concat());
    let settings = Configuration::default().encode();
    seeds.push([bytes(&[map::CONFIGURATION]), bytes(&settings)].concat());
    seeds
}
