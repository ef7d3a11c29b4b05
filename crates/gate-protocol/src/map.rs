//! Addresses of the register map, version 2, and the table the documentation
//! is held to. Nothing but numbers: what they mean is in the types.
//!
//! Two spaces: input registers (FC04) are what the controller says of itself;
//! holding registers (FC03 and FC16) are what is said to it. Addresses count
//! from 0, as on the wire.

/// Version of this map. Raised when something is appended.
pub const MAP_VERSION: u16 = 2;
/// First two input registers: `KAKO` in ASCII.
pub const MAGIC: u32 = 0x4B41_4B4F;
/// Most registers one Modbus read may ask for.
pub const READ_LIMIT: u16 = 125;

/// Input register of the report block.
pub const REPORT: u16 = 0;
/// Registers of the report: one FC04.
pub const REPORT_LENGTH: usize = 86;
/// Input register of the first ring slot.
pub const RING: u16 = 256;
/// Edges the ring holds.
pub const RING_EDGES: u32 = 64;
/// Registers of one edge.
pub const EDGE_LENGTH: usize = 4;
/// Edges one FC04 can fetch.
pub const EDGES_PER_READ: u32 = READ_LIMIT as u32 / EDGE_LENGTH as u32;

/// Input register of the diagnostics block, since version 2.
pub const DIAGNOSTICS: u16 = 512;
/// Registers of the diagnostics block.
pub const DIAGNOSTICS_LENGTH: usize = 18;
/// Input register of the first trace slot, since version 2.
pub const TRACE: u16 = 576;
/// Entries the trace holds.
pub const TRACE_ENTRIES: u32 = 32;
/// Registers of one trace entry.
pub const TRACE_LENGTH: usize = 4;

/// Holding register of the command block.
pub const COMMAND: u16 = 0;
/// Registers of the command block.
pub const COMMAND_LENGTH: usize = 9;
/// Holding register of the lease block.
pub const LEASE: u16 = 16;
/// Registers of the lease block.
pub const LEASE_LENGTH: usize = 4;
/// Holding register of the configuration block.
pub const CONFIGURATION: u16 = 64;
/// Registers of the configuration block.
pub const CONFIGURATION_LENGTH: usize = 30;

pub(crate) const COMMAND_BOOT_ID: usize = 0;
pub(crate) const COMMAND_SEQUENCE: usize = 2;
pub(crate) const COMMAND_OPCODE: usize = 4;
pub(crate) const COMMAND_ARGUMENT: usize = 5;
pub(crate) const COMMAND_EXPIRES_MS: usize = 6;
pub(crate) const COMMAND_SEEN_UPTIME_MS: usize = 7;

pub(crate) const MAGIC_AT: usize = 0;
pub(crate) const MAP_VERSION_AT: usize = 2;
pub(crate) const FIRMWARE: usize = 3;
pub(crate) const FIRMWARE_PATCH: usize = 4;
pub(crate) const SERIAL: usize = 5;
pub(crate) const BOOT_ID: usize = 7;
pub(crate) const RESET_CAUSE: usize = 9;
pub(crate) const UPTIME_MS: usize = 10;
pub(crate) const INPUTS: usize = 12;
pub(crate) const INPUTS_RAW: usize = 13;
pub(crate) const INPUTS_FAULTED: usize = 14;
pub(crate) const OUTPUTS: usize = 15;
pub(crate) const ARM: usize = 16;
pub(crate) const MODE: usize = 17;
pub(crate) const STATUS: usize = 18;
pub(crate) const FAULTS: usize = 19;
pub(crate) const LEASE_REMAINING_MS: usize = 21;
pub(crate) const ACCEPTED_SEQUENCE: usize = 22;
pub(crate) const REFUSED_SEQUENCE: usize = 24;
pub(crate) const REFUSAL: usize = 26;
pub(crate) const CONFIGURATION_CRC: usize = 27;
pub(crate) const EDGES_WRITTEN: usize = 28;
pub(crate) const VEHICLES_IN: usize = 30;
pub(crate) const VEHICLES_OUT: usize = 32;
pub(crate) const TAIL_FOLLOWING: usize = 34;
pub(crate) const RUN_THROUGH: usize = 36;
pub(crate) const REVERSED_OUT: usize = 38;
pub(crate) const AMBIGUOUS: usize = 40;
pub(crate) const FORCED: usize = 42;
pub(crate) const REVERSALS: usize = 44;
pub(crate) const HAND_RAISES: usize = 46;
pub(crate) const COMMANDS_ACCEPTED: usize = 48;
pub(crate) const COMMANDS_REFUSED: usize = 50;
pub(crate) const REFUSED_BY_REASON: usize = 52;
pub(crate) const LAST_VEHICLE_AT_MS: usize = 84;
const _: () = assert!(REFUSED_BY_REASON + 2 * crate::Refusal::SLOTS == LAST_VEHICLE_AT_MS);
const _: () = assert!(LAST_VEHICLE_AT_MS + 2 == REPORT_LENGTH);
const _: () = assert!(REPORT_LENGTH <= READ_LIMIT as usize);

pub(crate) const TRACE_WRITTEN: usize = 0;
pub(crate) const FRAMES: usize = 2;
pub(crate) const NOISE: usize = 4;
pub(crate) const EXCEPTIONS: usize = 6;
pub(crate) const BYTES_LOST: usize = 8;
pub(crate) const SAMPLES_LOST: usize = 10;
pub(crate) const LOOP_MAX_US: usize = 12;
pub(crate) const STACK_FREE_BYTES: usize = 13;
pub(crate) const CONFIGURATION_SLOT: usize = 14;
pub(crate) const CONFIGURATION_GENERATION: usize = 15;
pub(crate) const PANIC_LINE: usize = 17;
const _: () = assert!(PANIC_LINE + 1 == DIAGNOSTICS_LENGTH);
const _: () = assert!(RING as usize + RING_EDGES as usize * EDGE_LENGTH <= DIAGNOSTICS as usize);
const _: () = assert!(DIAGNOSTICS as usize + DIAGNOSTICS_LENGTH <= TRACE as usize);

/// Input register of the trace slot of a running index.
#[must_use]
pub const fn trace_slot(index: u32) -> u16 {
    TRACE + (index % TRACE_ENTRIES) as u16 * TRACE_LENGTH as u16
}

/// Input register of the slot of the edge with a running index.
#[must_use]
pub const fn ring_slot(index: u32) -> u16 {
    RING + (index % RING_EDGES) as u16 * EDGE_LENGTH as u16
}

/// High word of a 32-bit value.
pub(crate) const fn high(value: u32) -> u16 {
    (value >> 16) as u16
}

/// Low word of a 32-bit value.
pub(crate) const fn low(value: u32) -> u16 {
    (value & 0xFFFF) as u16
}

/// The 32-bit value at an offset of a block, high word first.
pub(crate) fn wide(block: &[u16], offset: usize) -> u32 {
    u32::from(block[offset]) << 16 | u32::from(block[offset + 1])
}

/// One line of the documented map.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// First register.
    pub address: u16,
    /// Number of registers.
    pub length: u16,
    /// Field name.
    pub name: &'static str,
    /// Unit, or the table of codes or bits that applies.
    pub unit: &'static str,
}

const fn row(address: usize, length: u16, name: &'static str, unit: &'static str) -> Row {
    Row {
        address: address as u16,
        length,
        name,
        unit,
    }
}

/// Input registers (FC04).
pub const INPUT_ROWS: &[Row] = &[
    row(MAGIC_AT, 2, "magic", "`KAKO`, 0x4B414B4F"),
    row(MAP_VERSION_AT, 1, "map_version", "2"),
    row(FIRMWARE, 1, "firmware", "high byte major, low byte minor"),
    row(FIRMWARE_PATCH, 1, "firmware_patch", "number"),
    row(SERIAL, 2, "serial", "unit serial number"),
    row(BOOT_ID, 2, "boot_id", "differs at each boot"),
    row(RESET_CAUSE, 1, "reset_cause", "code"),
    row(
        UPTIME_MS,
        2,
        "uptime_ms",
        "ms since boot, wraps after 49.7 days",
    ),
    row(INPUTS, 1, "inputs", "input bits, debounced"),
    row(INPUTS_RAW, 1, "inputs_raw", "input bits, as sampled"),
    row(
        INPUTS_FAULTED,
        1,
        "inputs_faulted",
        "input bits, judged stuck or silent",
    ),
    row(OUTPUTS, 1, "outputs", "output bits"),
    row(ARM, 1, "arm", "code"),
    row(MODE, 1, "mode", "code"),
    row(STATUS, 1, "status", "status bits"),
    row(FAULTS, 2, "faults", "fault bits"),
    row(
        LEASE_REMAINING_MS,
        1,
        "lease_remaining_ms",
        "ms, 0 when not held",
    ),
    row(
        ACCEPTED_SEQUENCE,
        2,
        "accepted_sequence",
        "last command accepted, 0 none",
    ),
    row(
        REFUSED_SEQUENCE,
        2,
        "refused_sequence",
        "last command refused, 0 none",
    ),
    row(REFUSAL, 1, "refusal", "code of that refusal, 0 none"),
    row(
        CONFIGURATION_CRC,
        1,
        "configuration_crc",
        "CRC-16/MODBUS of the settings in force",
    ),
    row(
        EDGES_WRITTEN,
        2,
        "edges_written",
        "running index of the next edge",
    ),
    row(VEHICLES_IN, 2, "vehicles_in", "count, entry to exit side"),
    row(VEHICLES_OUT, 2, "vehicles_out", "count, exit to entry side"),
    row(TAIL_FOLLOWING, 2, "tail_following", "count"),
    row(RUN_THROUGH, 2, "run_through", "count"),
    row(REVERSED_OUT, 2, "reversed_out", "count"),
    row(
        AMBIGUOUS,
        2,
        "ambiguous",
        "count of occupancies no loop order explains",
    ),
    row(FORCED, 2, "forced", "count of arm motions nobody commanded"),
    row(
        REVERSALS,
        2,
        "reversals",
        "count of lowerings reversed by an obstruction",
    ),
    row(
        HAND_RAISES,
        2,
        "hand_raises",
        "count of arm openings under the hand key",
    ),
    row(COMMANDS_ACCEPTED, 2, "commands_accepted", "count"),
    row(COMMANDS_REFUSED, 2, "commands_refused", "count"),
    row(
        REFUSED_BY_REASON,
        32,
        "refused_by_reason",
        "16 counts of 2 registers, by refusal code",
    ),
    row(
        LAST_VEHICLE_AT_MS,
        2,
        "last_vehicle_at_ms",
        "ms since boot, end of the last passage",
    ),
    row(
        RING as usize,
        256,
        "edge_ring",
        "64 slots: at_ms (2), edge word, low half of index",
    ),
    diagnostic(
        TRACE_WRITTEN,
        2,
        "trace_written",
        "running index of the next trace entry",
    ),
    diagnostic(FRAMES, 2, "frames", "count of requests answered"),
    diagnostic(NOISE, 2, "noise", "count of silences that ended no frame"),
    diagnostic(
        EXCEPTIONS,
        2,
        "exceptions",
        "count of requests answered with an exception",
    ),
    diagnostic(
        BYTES_LOST,
        2,
        "bytes_lost",
        "count of bytes the line lost or broke",
    ),
    diagnostic(
        SAMPLES_LOST,
        2,
        "samples_lost",
        "count of input samples not judged in time",
    ),
    diagnostic(
        LOOP_MAX_US,
        1,
        "loop_max_us",
        "us, longest pass of the main loop since boot",
    ),
    diagnostic(
        STACK_FREE_BYTES,
        1,
        "stack_free_bytes",
        "bytes of stack never used since boot",
    ),
    diagnostic(
        CONFIGURATION_SLOT,
        1,
        "configuration_slot",
        "0 none stored, 1 first, 2 second",
    ),
    diagnostic(
        CONFIGURATION_GENERATION,
        2,
        "configuration_generation",
        "count of stores, of the slot in force",
    ),
    diagnostic(
        PANIC_LINE,
        1,
        "panic_line",
        "source line of the last panic, 0 none since power came on",
    ),
    row(
        TRACE as usize,
        128,
        "trace",
        "32 slots: at_ms (2), trace code, argument; kept through a reset",
    ),
];

const fn diagnostic(offset: usize, length: u16, name: &'static str, unit: &'static str) -> Row {
    row(DIAGNOSTICS as usize + offset, length, name, unit)
}

/// Holding registers (FC16 whole blocks; the configuration also FC03).
pub const HOLDING_ROWS: &[Row] = &[
    row(
        COMMAND_BOOT_ID,
        2,
        "command.boot_id",
        "boot the command is meant for",
    ),
    row(
        COMMAND_SEQUENCE,
        2,
        "command.sequence",
        "greater than any judged since boot",
    ),
    row(COMMAND_OPCODE, 1, "command.opcode", "opcode"),
    row(COMMAND_ARGUMENT, 1, "command.argument", "by opcode"),
    row(
        COMMAND_EXPIRES_MS,
        1,
        "command.expires_ms",
        "ms after seen_uptime_ms",
    ),
    row(
        COMMAND_SEEN_UPTIME_MS,
        2,
        "command.seen_uptime_ms",
        "uptime_ms of the report acted on",
    ),
    row(
        LEASE as usize,
        2,
        "lease.boot_id",
        "boot the lease is meant for",
    ),
    row(
        LEASE as usize + 2,
        1,
        "lease.beat",
        "differs from the beat before",
    ),
    row(
        LEASE as usize + 3,
        1,
        "lease.lease_ms",
        "ms from receipt, 0 gives it up",
    ),
];
