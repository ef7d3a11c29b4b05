//! Map version 2: version 1, and what the firmware says of itself.

use gate_protocol::*;

#[test]
fn diagnostics_registers_are_frozen() {
    let diagnostics = Diagnostics {
        trace_written: 0x0001_0002,
        frames: 0x0003_0004,
        noise: 0x0005_0006,
        exceptions: 0x0007_0008,
        bytes_lost: 0x0009_000A,
        samples_lost: 0x000B_000C,
        loop_max_us: 13,
        stack_free_bytes: 14,
        configuration_slot: 2,
        configuration_generation: 0x000F_0010,
        panic_line: 17,
    };
    let frozen = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 2, 15, 16, 17];
    assert_eq!(map::DIAGNOSTICS, 512);
    assert_eq!(diagnostics.encode(), frozen);
    assert_eq!(Diagnostics::decode(&frozen), Ok(diagnostics));
}

#[test]
fn trace_registers_are_frozen() {
    let entry = TraceEntry {
        at_ms: 0x0001_86A0,
        code: TraceCode::SlotDamaged,
        argument: 2,
    };
    assert_eq!(entry.encode(), [0x0001, 0x86A0, 7, 2]);
    assert_eq!(TraceEntry::decode(&entry.encode()), Ok(entry));
    assert_eq!(map::trace_slot(33), 580);
    assert_eq!(
        TraceEntry::boot(ResetCause::Watchdog).encode(),
        [0, 0, 1, 4]
    );
    let labels: Vec<_> = TraceCode::ALL.iter().map(|code| code.label()).collect();
    assert_eq!(
        labels.join(" "),
        "empty boot panic watchdog brown_out stored store_failed slot_damaged samples_lost slow_pass"
    );
}

#[test]
fn the_version_is_two() {
    assert_eq!(map::MAP_VERSION, 2);
}
