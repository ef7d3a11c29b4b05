//! The loop on a board made of memory: what the chip would do is done by hand.

use gate_modbus::{ADU_MAX, seal};
use gate_protocol::{
    Configuration, Diagnostics, Edge, Input, Inputs, Outputs, Report, ResetCause, Stage, TraceCode,
    TraceEntry, map,
};

use crate::store::{self, RECORD_WORDS};
use crate::{Board, Exchange, Kept, Pages, Painted, SETTLE_MS, Sample, Unit, WATCHDOG_MS};

const CYCLES_A_US: u32 = 50;
const AT_REST: Inputs = Inputs::NONE.with(Input::ArmDownLimit).with(Input::MainsOk);

struct Desk {
    exchange: Exchange,
    /// Where the counter stands when the tick is due, and when its interrupt reads it.
    due: u32,
    counter: u32,
    now_ms: u32,
    inputs: Inputs,
    /// Interrupts are held off: no samples.
    deaf: bool,
    /// Cycles by which the tick's interrupt is late, in turn.
    late: [u32; 3],
    pages: [[u16; RECORD_WORDS]; 2],
    /// Words that can still be written before the supply goes.
    strength: usize,
    outputs: Outputs,
    feedings: u32,
    used_words: usize,
}

impl Desk {
    fn new() -> Self {
        Self {
            exchange: Exchange::new(CYCLES_A_US),
            due: 0,
            counter: 0,
            now_ms: 0,
            inputs: AT_REST,
            deaf: false,
            late: [0; 3],
            pages: [[u16::MAX; RECORD_WORDS]; 2],
            strength: usize::MAX,
            outputs: Outputs::NONE,
            feedings: 0,
            used_words: 100,
        }
    }

    fn millisecond(&mut self) {
        self.due = self.due.wrapping_add(CYCLES_A_US * 1_000) & 0x00FF_FFFF;
        self.now_ms += 1;
        let late = self.late[self.now_ms as usize % 3];
        self.counter = self.due.wrapping_add(late) & 0x00FF_FFFF;
        if !self.deaf {
            self.exchange.tick(self.inputs, self.counter);
        }
    }

    fn sent(&mut self) -> Vec<u8> {
        core::iter::from_fn(|| self.exchange.next_to_send()).collect()
    }
}

impl Painted for Desk {
    fn stack_words(&self) -> usize {
        1_000
    }

    fn is_painted(&self, word: usize) -> bool {
        word + self.used_words < 1_000
    }
}

impl Pages for Desk {
    fn read(&self, page: usize) -> [u16; RECORD_WORDS] {
        self.pages[page]
    }

    fn write(&mut self, page: usize, words: &[u16; RECORD_WORDS]) {
        if self.strength == 0 {
            return;
        }
        self.pages[page] = [u16::MAX; RECORD_WORDS];
        self.strength -= 1;
        for (slot, &word) in self.pages[page].iter_mut().zip(words) {
            if self.strength == 0 {
                return;
            }
            *slot = word;
            self.strength -= 1;
        }
    }
}

impl Board for Desk {
    fn now_ms(&self) -> u32 {
        self.now_ms
    }

    fn now_us(&self) -> u32 {
        self.now_ms * 1_000
    }

    fn next_sample(&mut self) -> Option<Sample> {
        self.exchange.next_sample()
    }

    fn samples_taken(&self) -> u32 {
        self.exchange.samples_taken()
    }

    fn samples_lost(&self) -> u32 {
        self.exchange.samples_lost()
    }

    fn next_byte(&mut self) -> Option<(u8, u32)> {
        self.exchange.next_byte()
    }

    fn bytes_lost(&self) -> u32 {
        self.exchange.bytes_lost()
    }

    fn send(&mut self, frame: &[u8]) {
        self.exchange.offer(frame);
    }

    fn drive(&mut self, outputs: Outputs) {
        self.outputs = outputs;
    }

    fn feed(&mut self) {
        self.feedings += 1;
    }

    fn browned_out(&mut self) -> bool {
        false
    }
}

/// A unit on its desk, with a line to it.
struct Bench {
    desk: Desk,
    unit: Unit,
}

fn kept() -> &'static Kept {
    Box::leak(Box::new(Kept::new()))
}

impl Bench {
    fn on(desk: Desk, kept: &'static Kept, chip: ResetCause) -> Self {
        let unit = Unit::new(&desk, kept, chip, 7);
        Self { desk, unit }
    }

    fn new() -> Self {
        Self::on(Desk::new(), kept(), ResetCause::PowerOn)
    }

    fn run(&mut self, duration_ms: u32) {
        for _ in 0..duration_ms {
            self.desk.millisecond();
            self.unit.pass(&mut self.desk);
        }
    }

    fn put(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.desk.exchange.receive(Some(byte));
        }
    }

    /// The answer to a request, without unit and check sum.
    fn ask(&mut self, unit: u8, request: &[u8]) -> Option<Vec<u8>> {
        let mut frame = [0; ADU_MAX];
        let length = seal(unit, request, &mut frame);
        self.put(&frame[..length]);
        self.run(4);
        let sent = self.desk.sent();
        assert!(sent.is_empty() || gate_modbus::check(&sent));
        (!sent.is_empty()).then(|| sent[1..sent.len() - 2].to_vec())
    }

    fn read(&mut self, address: u16, count: usize) -> Vec<u16> {
        let [a, b] = address.to_be_bytes();
        let answer = self.ask(1, &[4, a, b, 0, count as u8]).expect("an answer");
        assert_eq!(answer[0], 4, "{answer:?}");
        let pairs = answer[2..].chunks_exact(2);
        pairs
            .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
            .collect()
    }

    fn write(&mut self, address: u16, registers: &[u16]) -> Vec<u8> {
        let [a, b] = address.to_be_bytes();
        let mut request = vec![
            16,
            a,
            b,
            0,
            registers.len() as u8,
            registers.len() as u8 * 2,
        ];
        request.extend(registers.iter().flat_map(|register| register.to_be_bytes()));
        self.ask(1, &request).expect("an answer")
    }

    fn report(&mut self) -> Report {
        Report::decode(&self.read(map::REPORT, map::REPORT_LENGTH)).expect("own map")
    }

    fn diagnostics(&mut self) -> Diagnostics {
        let block = self.read(map::DIAGNOSTICS, map::DIAGNOSTICS_LENGTH);
        Diagnostics::decode(&block).expect("own map")
    }

    fn trace(&mut self) -> Vec<(TraceCode, u16)> {
        let written = self.diagnostics().trace_written;
        let registers = self.read(map::TRACE, 124);
        let entries = registers
            .chunks_exact(map::TRACE_LENGTH)
            .take(written as usize);
        entries
            .map(|slot| TraceEntry::decode(slot).expect("own map"))
            .map(|entry| (entry.code, entry.argument))
            .collect()
    }
}

#[test]
fn the_report_tells_inputs_after_they_have_settled() {
    let mut bench = Bench::new();
    bench.run(SETTLE_MS / 2);
    assert_eq!(bench.report().inputs_raw, Inputs::NONE);
    bench.run(SETTLE_MS);
    let report = bench.report();
    assert_eq!(report.inputs, AT_REST);
    assert_eq!(report.identity.reset_cause, ResetCause::PowerOn);
    assert_eq!(report.uptime_ms + 2, bench.desk.now_ms);
}

#[test]
fn the_line_answers_its_unit_and_counts_the_rest() {
    let mut bench = Bench::new();
    let read = [4, 0, 0, 0, 1];
    assert_eq!(bench.ask(2, &read), None);
    // A broadcast acts on nothing: nobody could be told that it was refused.
    let lease = [16, 0, 16, 0, 4, 8, 0, 0, 0, 7, 0, 1, 3, 232];
    assert_eq!(bench.ask(0, &lease), None);
    assert!(bench.ask(1, &read).is_some());
    assert_eq!(bench.ask(1, &[4, 0x02, 0x12, 0, 1]), Some(vec![0x84, 2]));
    assert_eq!(bench.ask(1, &[6, 0, 0, 0, 1]), Some(vec![0x86, 1]));
    bench.put(&[1, 2, 3]);
    bench.desk.exchange.receive(None);
    bench.run(40);
    let told = bench.diagnostics();
    assert_eq!(
        (told.frames, told.exceptions, told.noise, told.bytes_lost),
        (3, 2, 1, 1)
    );
    assert_eq!(bench.report().counters.commands_refused, 0);
}

#[test]
fn an_edge_of_five_ms_is_in_the_ring_at_any_phase_of_a_50_ms_poll() {
    for phase in 0..50 {
        let mut bench = Bench::new();
        bench.run(SETTLE_MS + 200 + phase);
        let before = bench.report().edges_written;
        bench.desk.inputs = AT_REST.with(Input::Beam1);
        bench.run(5);
        bench.desk.inputs = AT_REST;
        bench.run(50);
        let written = bench.report().edges_written;
        assert_eq!(written - before, 2, "phase {phase}");
        let slots = bench.read(map::ring_slot(before), 8);
        let edges: Vec<_> = slots
            .chunks_exact(map::EDGE_LENGTH)
            .zip(before..)
            .map(|(slot, index)| Edge::decode(slot, index).expect("own map"))
            .collect();
        assert!(
            edges
                .iter()
                .all(|edge| edge.input == Input::Beam1 && edge.stage == Stage::Raw)
        );
        assert_eq!(edges[1].at_ms - edges[0].at_ms, 5);
        assert!(edges[0].rising && !edges[1].rising);
    }
}

#[test]
fn a_late_tick_makes_no_edge_of_five_ms_shorter() {
    for phase in [0, 1, 49_000, 49_980, 49_999] {
        for late in [[0, 30, 0], [900, 0, 0], [0, 0, 1_500], [3_000, 10, 700]] {
            for start in 0..6 {
                let mut bench = Bench::new();
                (bench.desk.due, bench.desk.late) = (phase, late);
                bench.run(SETTLE_MS + 200 + start);
                let before = bench.report().edges_written;
                bench.desk.inputs = AT_REST.with(Input::Beam1);
                bench.run(5);
                bench.desk.inputs = AT_REST;
                bench.run(20);
                let written = bench.report().edges_written;
                assert_eq!(written - before, 2, "{phase} {late:?} {start}");
            }
        }
    }
}

#[test]
fn the_watchdog_is_fed_by_a_living_loop_with_living_samples_only() {
    let mut bench = Bench::new();
    bench.run(1_000);
    assert!(
        (40..=50).contains(&bench.desk.feedings),
        "{}",
        bench.desk.feedings
    );
    // The loop runs on, the sampling does not.
    bench.desk.deaf = true;
    let before = bench.desk.feedings;
    bench.run(10 * WATCHDOG_MS);
    assert!(bench.desk.feedings <= before + 1);
    // A page is erased: 40 ms without samples are made up for well within the watchdog's time.
    bench.desk.deaf = false;
    let mut bench = Bench::new();
    bench.run(500);
    bench.desk.deaf = true;
    bench.run(40);
    bench.desk.deaf = false;
    let before = bench.desk.feedings;
    bench.run(30);
    assert!(bench.desk.feedings > before);
}

#[test]
fn more_changes_than_fit_are_counted_and_the_last_level_wins() {
    let mut bench = Bench::new();
    bench.run(SETTLE_MS + 100);
    for round in 0..60_u32 {
        bench.desk.inputs = AT_REST.set(Input::Beam1, round % 2 == 0);
        bench.desk.millisecond();
    }
    bench.desk.inputs = AT_REST.with(Input::Beam2);
    bench.run(100);
    assert_eq!(bench.report().inputs, AT_REST.with(Input::Beam2));
    assert!(bench.diagnostics().samples_lost > 0);
    assert!(
        bench
            .trace()
            .iter()
            .any(|(code, _)| *code == TraceCode::SamplesLost)
    );
}

#[test]
fn settings_are_stored_only_with_the_key_turned_and_are_there_after_a_reset() {
    let mut bench = Bench::new();
    bench.run(500);
    let mut settings = Configuration {
        warning_ms: 2_345,
        ..Configuration::default()
    };
    bench.write(map::CONFIGURATION, &settings.encode());
    assert_eq!(bench.diagnostics().configuration_slot, 0);
    bench.desk.inputs = AT_REST.with(Input::HandKey);
    bench.run(200);
    for (slot, generation) in [(1, 1), (2, 2), (1, 3)] {
        settings.warning_ms += 1;
        assert_eq!(
            bench.write(map::CONFIGURATION, &settings.encode()),
            [16, 0, 64, 0, 30]
        );
        let told = bench.diagnostics();
        assert_eq!(
            (told.configuration_slot, told.configuration_generation),
            (slot, generation)
        );
    }
    let again = Bench::on(
        Desk {
            pages: bench.desk.pages,
            ..Desk::new()
        },
        kept(),
        ResetCause::PowerOn,
    );
    assert_eq!(again.unit_crc(), settings.crc());
}

impl Bench {
    fn unit_crc(mut self) -> u16 {
        self.run(10);
        self.report().configuration_crc
    }
}

#[test]
fn a_power_cut_during_a_store_leaves_the_old_settings_or_the_new() {
    let old = Configuration {
        warning_ms: 1_111,
        ..Configuration::default()
    };
    let new = Configuration {
        warning_ms: 2_222,
        ..old
    };
    let mut desk = Desk::new();
    desk.pages[0] = store::encode(7, &old);
    let pages = desk.pages;
    let mut took = 0;
    for strength in 0..=RECORD_WORDS + 1 {
        let mut desk = Desk {
            pages,
            strength,
            ..Desk::new()
        };
        let found = store::load(&desk);
        assert_eq!((found.slot, found.generation), (1, 7));
        let verdict = store::store(&mut desk, &found, &new);
        let after = store::load(&desk);
        assert_eq!(
            verdict.is_ok(),
            after.configuration == Some(new),
            "{strength}"
        );
        assert!(
            verdict.is_ok() || after.configuration == Some(old),
            "{strength}"
        );
        took += u32::from(verdict.is_ok());
    }
    assert_eq!(took, 1);
}

#[test]
fn damaged_slots_are_told_and_the_whole_one_is_taken() {
    let settings = Configuration {
        warning_ms: 1_234,
        ..Configuration::default()
    };
    let whole = store::encode(3, &settings);
    for bit in 0..RECORD_WORDS * 16 {
        let mut pages = [whole, store::encode(4, &Configuration::default())];
        pages[1][bit / 16] ^= 1 << (bit % 16);
        let found = store::load(&Desk {
            pages,
            ..Desk::new()
        });
        assert_eq!(found.configuration, Some(settings), "bit {bit}");
        assert_eq!(found.damaged, [false, true], "bit {bit}");
    }
    let mut bench = Bench::on(
        Desk {
            pages: [[0; RECORD_WORDS]; 2],
            ..Desk::new()
        },
        kept(),
        ResetCause::PowerOn,
    );
    bench.run(10);
    assert!(
        bench
            .report()
            .faults
            .has(gate_protocol::Fault::ConfigurationRefused)
    );
    assert_eq!(
        bench.report().configuration_crc,
        Configuration::default().crc()
    );
    let damaged = bench.trace();
    assert_eq!(
        damaged[1..3],
        [(TraceCode::SlotDamaged, 1), (TraceCode::SlotDamaged, 2)]
    );
    // Where nothing was ever stored, the defaults are no fault.
    let mut bench = Bench::new();
    bench.run(10);
    assert!(
        !bench
            .report()
            .faults
            .has(gate_protocol::Fault::ConfigurationRefused)
    );
}

#[test]
fn the_generation_wraps() {
    let (old, new) = (
        Configuration::default(),
        Configuration {
            warning_ms: 9,
            ..Configuration::default()
        },
    );
    let pages = [store::encode(0, &new), store::encode(u32::MAX, &old)];
    let found = store::load(&Desk {
        pages,
        ..Desk::new()
    });
    assert_eq!((found.slot, found.configuration), (1, Some(new)));
}

#[test]
fn a_reset_is_explained_by_what_was_marked_and_by_the_chip() {
    let kept = kept();
    let (cause, first) = kept.wake(ResetCause::Unknown, 7);
    assert_eq!(cause, ResetCause::PowerOn);
    kept.mark_panic(42, 900);
    let (cause, second) = kept.wake(ResetCause::Software, 7);
    assert_eq!((cause, kept.panic_line()), (ResetCause::Panic, 42));
    kept.mark_watchdog(1_000);
    let (cause, third) = kept.wake(ResetCause::Unknown, 7);
    assert_eq!(cause, ResetCause::Watchdog);
    let (cause, fourth) = kept.wake(ResetCause::External, 7);
    assert_eq!(cause, ResetCause::External);
    let ids = [first, second, third, fourth];
    assert!(
        ids.iter().enumerate().all(|(i, id)| !ids[..i].contains(id)),
        "{ids:?}"
    );
    let mut bench = Bench::on(Desk::new(), kept, ResetCause::Software);
    assert_eq!(
        bench.trace(),
        [
            (TraceCode::Boot, ResetCause::PowerOn.code()),
            (TraceCode::Panic, 42),
            (TraceCode::Boot, ResetCause::Panic.code()),
            (TraceCode::Watchdog, 0),
            (TraceCode::Boot, ResetCause::Watchdog.code()),
            (TraceCode::Boot, ResetCause::External.code()),
            (TraceCode::Boot, ResetCause::Software.code()),
        ]
    );
    // Power-on forgets.
    let bench_trace = Bench::on(Desk::new(), kept, ResetCause::PowerOn).trace();
    assert_eq!(bench_trace, [(TraceCode::Boot, ResetCause::PowerOn.code())]);
}

#[test]
fn free_stack_is_found_wherever_it_was_used() {
    let mut bench = Bench::new();
    bench.run(200);
    assert_eq!(bench.diagnostics().stack_free_bytes, 3_600);
    bench.desk.used_words = 700;
    bench.run(200);
    assert_eq!(bench.diagnostics().stack_free_bytes, 1_200);
}

#[test]
#[should_panic(expected = "the stack is exhausted")]
fn an_exhausted_stack_ends_the_run() {
    let mut bench = Bench::new();
    bench.desk.used_words = 995;
    bench.run(1);
}

#[test]
fn time_passes_across_the_wrap_of_the_counter_and_lost_ticks_are_made_up_for() {
    let mut exchange = Exchange::new(CYCLES_A_US);
    let (mut counter, mut real_ms) = (0_u32, 0_u32);
    for round in 0..20_000_u32 {
        // Now and then interrupts are held off, up to 200 ms.
        let gap_ms = if round % 50 == 0 { round % 200 + 1 } else { 1 };
        real_ms += gap_ms;
        counter = counter.wrapping_add(gap_ms * CYCLES_A_US * 1_000) & 0x00FF_FFFF;
        exchange.tick(AT_REST, counter);
        assert_eq!(exchange.now_ms(), real_ms);
        // The counter stumbles in the moment of its reload: time neither jumps nor stands.
        let before = exchange.now_us(counter);
        assert!(before.abs_diff(real_ms * 1_000) <= round + 1, "{before} us");
        let stumbled = counter.wrapping_sub(30) & 0x00FF_FFFF;
        assert_eq!(exchange.now_us(stumbled), before);
        exchange.now_us(counter);
    }
    let stumbled = counter.wrapping_sub(300) & 0x00FF_FFFF;
    exchange.tick(AT_REST, stumbled);
    assert_eq!(exchange.now_ms(), real_ms + 1);
}
