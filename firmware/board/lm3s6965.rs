//! The LM3S6965 (Stellaris, Cortex-M3), as `qemu-system-arm -M lm3s6965evb` emulates it: the board
//! on which the system tests run. The register addresses are those of the data sheet.
//!
//! UART 0 carries the line, 115200 Bd 8N1. The first run-out of the watchdog interrupts and makes
//! the outputs safe, the second one resets. The settings stand in the last two KiB of the first 64.

use cortex_m::peripheral::syst::SystClkSource;
use cortex_m::peripheral::{NVIC, SYST};
use gate_firmware::store::RECORD_WORDS;
use gate_firmware::{Board, Pages, Painted, Pin, Sample, WATCHDOG_MS};
use gate_protocol::{Input, Inputs, Output, Outputs, ResetCause};

use crate::memory::Word;
use crate::pins::{ALIVE, INPUTS, OUTPUTS, RS485_DIRECTION, RS485_RX, RS485_TX};
use crate::{KEPT, exchange, painted};

/// The core's clock.
pub(crate) const CYCLES_A_US: u32 = 50;
const CLOCK_HZ: u32 = CYCLES_A_US * 1_000_000;
const BAUD: u32 = 115_200;
/// The emulator's time goes on while a busy machine lets it wait, so this board is given three
/// times as long as a chip that has its time for itself.
const EMULATED_WATCHDOG_MS: u32 = 3 * WATCHDOG_MS;
/// Ports A to G.
const GPIO: [usize; 7] = [
    0x4000_4000,
    0x4000_5000,
    0x4000_6000,
    0x4000_7000,
    0x4002_4000,
    0x4002_5000,
    0x4002_6000,
];
const GPIO_DIR: usize = 0x400;
const GPIO_AFSEL: usize = 0x420;
const GPIO_PUR: usize = 0x510;
const GPIO_DEN: usize = 0x51C;

const SYSCTL: Word = Word::at(0x400F_E000);
const PBORCTL: Word = SYSCTL.offset(0x30);
const RIS: Word = SYSCTL.offset(0x50);
const RESC: Word = SYSCTL.offset(0x5C);
const RCC: Word = SYSCTL.offset(0x60);
const RCGC0: Word = SYSCTL.offset(0x100);
const RCGC1: Word = SYSCTL.offset(0x104);
const RCGC2: Word = SYSCTL.offset(0x108);
const USER_REG0: Word = SYSCTL.offset(0x1E0);

const UART: Word = Word::at(0x4000_C000);
const UART_DR: Word = UART;
const UART_ECR: Word = UART.offset(0x04);
const UART_FR: Word = UART.offset(0x18);
const UART_IBRD: Word = UART.offset(0x24);
const UART_FBRD: Word = UART.offset(0x28);
const UART_LCRH: Word = UART.offset(0x2C);
const UART_CTL: Word = UART.offset(0x30);
const UART_IFLS: Word = UART.offset(0x34);
const UART_IM: Word = UART.offset(0x38);
const UART_ICR: Word = UART.offset(0x44);
const FR_BUSY: u32 = 1 << 3;
const FR_RXFE: u32 = 1 << 4;
const FR_TXFF: u32 = 1 << 5;
const INT_RX: u32 = 1 << 4;
const INT_TX: u32 = 1 << 5;
const INT_RT: u32 = 1 << 6;
/// Depth of the FIFO, twice: what one interrupt deals with at most.
const BYTES_AN_INTERRUPT: usize = 32;

const WATCHDOG: Word = Word::at(0x4000_0000);
const WATCHDOG_LOAD: Word = WATCHDOG;
const WATCHDOG_CTL: Word = WATCHDOG.offset(0x08);
const WATCHDOG_ICR: Word = WATCHDOG.offset(0x0C);
const WATCHDOG_LOCK: Word = WATCHDOG.offset(0xC00);
const WATCHDOG_UNLOCK: u32 = 0x1ACC_E551;

const TIMER: Word = Word::at(0x4003_0000);
const TIMER_CFG: Word = TIMER;
const TIMER_TAMR: Word = TIMER.offset(0x04);
const TIMER_CTL: Word = TIMER.offset(0x0C);
const TIMER_IMR: Word = TIMER.offset(0x18);
const TIMER_ICR: Word = TIMER.offset(0x24);
const TIMER_TAILR: Word = TIMER.offset(0x28);

const FLASH_FMA: Word = Word::at(0x400F_D000);
const FLASH_FMD: Word = Word::at(0x400F_D004);
const FLASH_FMC: Word = Word::at(0x400F_D008);
const FLASH_KEY: u32 = 0xA442_0000;
const FLASH_WRITE: u32 = 1 << 0;
const FLASH_ERASE: u32 = 1 << 1;
/// Where the two pages of settings begin.
const PAGES: [usize; 2] = [62 * 1024, 63 * 1024];
/// Reads of a flag before the chip is given up: some 10 ms, where the data sheet says 0.5 and 20.
const PATIENCE: usize = 200_000;

/// Interrupts of the chip that are used.
#[derive(Clone, Copy)]
enum Interrupt {
    Uart0 = 5,
    Watchdog = 18,
    Timer0A = 19,
}

#[expect(
    unsafe_code,
    reason = "the trait promises that the number is an interrupt of the chip"
)]
// SAFETY: the numbers are those of the data sheet, table 2-9, and within the vector table below.
unsafe impl cortex_m::interrupt::InterruptNumber for Interrupt {
    fn number(self) -> u16 {
        self as u16
    }
}

/// One entry of the vector table.
type Handler = unsafe extern "C" fn();

#[expect(
    unsafe_code,
    reason = "the start-up code's own handler, named by the vector table"
)]
// SAFETY: its name and signature are those of the start-up code.
unsafe extern "C" {
    fn DefaultHandler();
}

/// The table of interrupts, up to the last one used.
#[expect(unsafe_code, reason = "the start-up code finds the table by its name")]
// SAFETY: the section and the name are those that the start-up code asks for.
#[unsafe(link_section = ".vector_table.interrupts")]
#[unsafe(no_mangle)]
static __INTERRUPTS: [Handler; 20] = {
    let mut table: [Handler; 20] = [DefaultHandler; 20];
    table[Interrupt::Uart0 as usize] = uart;
    table[Interrupt::Watchdog as usize] = watchdog;
    table[Interrupt::Timer0A as usize] = tick;
    table
};

fn port(pin: Pin) -> Word {
    Word::at(GPIO[usize::from(pin.port)])
}

/// The address selects the bit, so no other pin of the port is touched.
fn data(pin: Pin) -> Word {
    port(pin).offset(4 << pin.bit)
}

fn set(pin: Pin, on: bool) {
    data(pin).write(if pin.level(on) { 0xFF } else { 0 });
}

fn inputs() -> Inputs {
    let mut levels = Inputs::NONE;
    for (&input, pin) in Input::ALL.iter().zip(INPUTS) {
        levels = levels.set(input, (data(pin).read() != 0) == pin.active_high);
    }
    levels
}

/// Every output as a reset leaves it: all pins low.
pub(crate) fn make_safe() {
    for pin in OUTPUTS {
        data(pin).write(0);
    }
}

/// What the chip says of its last reset, and forgets it.
pub(crate) fn reset_cause() -> ResetCause {
    let cause = RESC.read();
    RESC.write(0);
    // Power-on sets other bits as well; it outranks them.
    [
        (1 << 1, ResetCause::PowerOn),
        (1 << 2, ResetCause::BrownOut),
        (1 << 3, ResetCause::Watchdog),
        (1 << 4, ResetCause::Software),
        (1 << 0, ResetCause::External),
    ]
    .iter()
    .find(|(bit, _)| cause & bit != 0)
    .map_or(ResetCause::Unknown, |&(_, cause)| cause)
}

/// From the user registers, which are written once at manufacture.
pub(crate) fn serial() -> u32 {
    USER_REG0.read() & 0x00FF_FFFF
}

/// The chip, once it is set up.
pub(crate) struct Chip {
    alive: bool,
}

impl Chip {
    /// Clock, pins, line and the millisecond. Outputs are safe before anything else.
    pub(crate) fn start() -> Self {
        RCGC2.write(0x7F);
        // UART 0 and timer 0.
        RCGC1.write(1 | 1 << 16);
        RCGC0.modify(|value| value | 1 << 3);
        // A dip of the supply resets.
        PBORCTL.write(1 << 1);
        start_pins();
        start_clock();
        start_line();
        let mut core = cortex_m::Peripherals::take().expect("nobody has taken them before");
        start_counter(&mut core.SYST);
        start_tick();
        // The watchdog must interrupt whatever hangs.
        priorities(&mut core.NVIC);
        Self { alive: false }
    }

    /// From now on the loop must feed it.
    pub(crate) fn arm_watchdog(&mut self) {
        WATCHDOG_LOCK.write(WATCHDOG_UNLOCK);
        WATCHDOG_LOAD.write(CLOCK_HZ / 1_000 * EMULATED_WATCHDOG_MS);
        // Interrupt first, then reset.
        WATCHDOG_CTL.write(0b11);
        WATCHDOG_LOCK.write(0);
    }
}

fn start_pins() {
    for pin in OUTPUTS.into_iter().chain([ALIVE, RS485_DIRECTION]) {
        // Low before it is driven.
        port(pin)
            .offset(GPIO_DIR)
            .modify(|value| value | 1 << pin.bit);
        data(pin).write(0);
        port(pin)
            .offset(GPIO_DEN)
            .modify(|value| value | 1 << pin.bit);
    }
    for pin in INPUTS {
        port(pin)
            .offset(GPIO_PUR)
            .modify(|value| value | 1 << pin.bit);
        port(pin)
            .offset(GPIO_DEN)
            .modify(|value| value | 1 << pin.bit);
    }
    for pin in [RS485_RX, RS485_TX] {
        port(pin)
            .offset(GPIO_AFSEL)
            .modify(|value| value | 1 << pin.bit);
        port(pin)
            .offset(GPIO_DEN)
            .modify(|value| value | 1 << pin.bit);
    }
}

/// 50 MHz from the PLL and the 8 MHz crystal. Without a lock the bypass stays, and the line, at
/// another speed, tells nobody anything: the gateway sees a dead controller.
fn start_clock() {
    const BYPASS: u32 = 1 << 11;
    const USE_DIVIDER: u32 = 1 << 22;
    const DIVIDE_BY_4: u32 = 3 << 23;
    const CRYSTAL_8_MHZ: u32 = 0xE << 6;
    RCC.write(BYPASS | CRYSTAL_8_MHZ | DIVIDE_BY_4 | USE_DIVIDER);
    let locked = (0..PATIENCE).any(|_| RIS.read() & (1 << 6) != 0);
    if locked {
        RCC.modify(|value| value & !BYPASS);
    }
}

fn start_line() {
    // The divisor in 64ths.
    let divisor = (CLOCK_HZ * 4 + BAUD / 2) / BAUD;
    UART_CTL.write(0);
    UART_IBRD.write(divisor / 64);
    UART_FBRD.write(divisor % 64);
    // 8N1 with FIFO.
    UART_LCRH.write(0b11 << 5 | 1 << 4);
    UART_IFLS.write(0);
    UART_IM.write(INT_RX | INT_RT);
    UART_CTL.write(1 | 1 << 8 | 1 << 9);
}

/// The core's timer runs freely: it is the clock.
fn start_counter(counter: &mut SYST) {
    counter.set_clock_source(SystClkSource::Core);
    counter.set_reload(0x00FF_FFFF);
    counter.clear_current();
    counter.enable_counter();
}

/// The clock's counter, counting up.
pub(crate) fn counter() -> u32 {
    0x00FF_FFFF - SYST::get_current()
}

/// Timer 0, 32 bits, periodic, once a millisecond and a cycle, which the emulator leaves out: a tick
/// that is slow by 20 ppm is made up for without a sample lost, a fast one is not.
fn start_tick() {
    TIMER_CTL.write(0);
    TIMER_CFG.write(0);
    TIMER_TAMR.write(2);
    TIMER_TAILR.write(CLOCK_HZ / 1_000);
    TIMER_IMR.write(1);
    TIMER_CTL.write(1);
}

#[expect(
    unsafe_code,
    reason = "priorities and masks of interrupts are registers of the core"
)]
fn priorities(interrupts: &mut NVIC) {
    // SAFETY: no critical section relies on priorities; those hold off all interrupts.
    unsafe {
        interrupts.set_priority(Interrupt::Watchdog, 0);
        interrupts.set_priority(Interrupt::Uart0, 2 << 5);
        interrupts.set_priority(Interrupt::Timer0A, 2 << 5);
        NVIC::unmask(Interrupt::Watchdog);
        NVIC::unmask(Interrupt::Uart0);
        NVIC::unmask(Interrupt::Timer0A);
    }
}

/// Samples the inputs, and turns the line back to listening once all is sent. Takes what has come,
/// too: bytes that came while the interrupt for others was served raise none of their own in the
/// emulator, and a line that waits for one more would be deaf for good.
extern "C" fn tick() {
    TIMER_ICR.write(1);
    let inputs = inputs();
    let is_sent = exchange(|exchange| {
        exchange.tick(inputs, counter());
        take(exchange);
        exchange.is_sent()
    });
    if is_sent && UART_FR.read() & FR_BUSY == 0 {
        set(RS485_DIRECTION, false);
    }
}

/// Takes what has come and sends what there is room for.
extern "C" fn uart() {
    UART_ICR.write(INT_RX | INT_RT | INT_TX);
    exchange(|exchange| {
        take(exchange);
        fill(exchange);
    });
}

fn take(exchange: &mut gate_firmware::Exchange) {
    for _ in 0..BYTES_AN_INTERRUPT {
        if UART_FR.read() & FR_RXFE != 0 {
            break;
        }
        let word = UART_DR.read();
        // Overrun, break, parity, framing.
        let broken = word & 0xF00 != 0;
        exchange.receive((!broken).then_some((word & 0xFF) as u8));
        if broken {
            UART_ECR.write(0);
        }
    }
}

fn fill(exchange: &mut gate_firmware::Exchange) {
    for _ in 0..BYTES_AN_INTERRUPT {
        if UART_FR.read() & FR_TXFF != 0 {
            break;
        }
        match exchange.next_to_send() {
            Some(byte) => UART_DR.write(u32::from(byte)),
            None => break,
        }
    }
    let mask = if exchange.is_sent() {
        INT_RX | INT_RT
    } else {
        INT_RX | INT_RT | INT_TX
    };
    UART_IM.write(mask);
}

/// The loop has hung: safe now, reset when it runs out again. It is not acknowledged.
extern "C" fn watchdog() {
    make_safe();
    KEPT.mark_watchdog(crate::exchange_now_ms());
    cortex_m::interrupt::disable();
    loop {
        make_safe();
    }
}

impl Painted for Chip {
    fn stack_words(&self) -> usize {
        painted::words()
    }

    fn is_painted(&self, word: usize) -> bool {
        painted::is_painted(word)
    }
}

impl Pages for Chip {
    fn read(&self, page: usize) -> [u16; RECORD_WORDS] {
        let mut words = [0; RECORD_WORDS];
        for (pair, place) in words.chunks_exact_mut(2).zip((PAGES[page]..).step_by(4)) {
            let word = Word::at(place).read();
            pair.copy_from_slice(&[(word & 0xFFFF) as u16, (word >> 16) as u16]);
        }
        words
    }

    fn write(&mut self, page: usize, words: &[u16; RECORD_WORDS]) {
        let start = PAGES[page] as u32;
        flash(start, None);
        for (pair, place) in words.chunks_exact(2).zip((start..).step_by(4)) {
            flash(place, Some(u32::from(pair[0]) | u32::from(pair[1]) << 16));
        }
    }
}

/// Writes a word, or erases the page it is in.
fn flash(place: u32, word: Option<u32>) {
    FLASH_FMA.write(place);
    let order = match word {
        Some(word) => {
            FLASH_FMD.write(word);
            FLASH_WRITE
        }
        None => FLASH_ERASE,
    };
    FLASH_FMC.write(FLASH_KEY | order);
    // A page that does not come to an end reads back wrong, which is found.
    let _done = (0..PATIENCE).any(|_| FLASH_FMC.read() & order == 0);
}

impl Board for Chip {
    fn now_ms(&self) -> u32 {
        exchange(|exchange| exchange.now_ms())
    }

    fn now_us(&self) -> u32 {
        exchange(|exchange| exchange.now_us(counter()))
    }

    fn next_sample(&mut self) -> Option<Sample> {
        exchange(|exchange| exchange.next_sample())
    }

    fn samples_taken(&self) -> u32 {
        exchange(|exchange| exchange.samples_taken())
    }

    fn samples_lost(&self) -> u32 {
        exchange(|exchange| exchange.samples_lost())
    }

    fn next_byte(&mut self) -> Option<(u8, u32)> {
        exchange(|exchange| exchange.next_byte())
    }

    fn bytes_lost(&self) -> u32 {
        exchange(|exchange| exchange.bytes_lost())
    }

    fn send(&mut self, frame: &[u8]) {
        exchange(|exchange| {
            set(RS485_DIRECTION, true);
            exchange.offer(frame);
            fill(exchange);
        });
    }

    fn drive(&mut self, outputs: Outputs) {
        for (&output, pin) in Output::ALL.iter().zip(OUTPUTS) {
            set(pin, outputs.has(output));
        }
    }

    fn feed(&mut self) {
        WATCHDOG_LOCK.write(WATCHDOG_UNLOCK);
        WATCHDOG_ICR.write(0);
        WATCHDOG_LOAD.write(CLOCK_HZ / 1_000 * EMULATED_WATCHDOG_MS);
        WATCHDOG_LOCK.write(0);
        self.alive = !self.alive;
        set(ALIVE, self.alive);
    }

    fn browned_out(&mut self) -> bool {
        // It resets, and the cause tells.
        false
    }
}
