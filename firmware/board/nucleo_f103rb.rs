//! The STM32F103RB (Cortex-M3, 128 KiB flash, 20 KiB RAM; also sold for -40 to 105 degC) on ST's
//! NUCLEO-F103RB, or on a carrier of one's own. Registers by the `stm32f1` crate, which is made
//! from ST's own description; the names are those of the reference manual RM0008.
//!
//! USART 1 carries the line, 115200 Bd 8N1. The independent watchdog has its own oscillator and
//! resets without warning; a reset leaves every pin as an input, which the relay drivers pull to
//! the safe state. The settings stand in the last two KiB of the first 64.

use cortex_m::peripheral::syst::SystClkSource;
use cortex_m::peripheral::{NVIC, SYST};
use gate_firmware::store::RECORD_WORDS;
use gate_firmware::{Board, Pages, Painted, Pin, Sample, WATCHDOG_MS};
use gate_protocol::{Input, Inputs, Output, Outputs, ResetCause};
use stm32f1::stm32f103::{self as chip, Interrupt, interrupt};

use crate::memory::Word;
use crate::pins::{ALIVE, INPUTS, OUTPUTS, RS485_DIRECTION, RS485_RX, RS485_TX};
use crate::{exchange, painted};

/// The core's clock: 64 MHz, which crystal and internal oscillator can both give.
pub(crate) const CYCLES_A_US: u32 = 64;
const CLOCK_HZ: u32 = CYCLES_A_US * 1_000_000;
const BAUD: u32 = 115_200;
/// Reads of a flag before it is given up: some 10 ms, more than a page takes to erase.
const PATIENCE: usize = 400_000;
/// Where the two pages of settings begin.
const PAGES: [usize; 2] = [0x0800_0000 + 62 * 1024, 0x0800_0000 + 63 * 1024];
/// The three words of the unique device id.
const UNIQUE_ID: Word = Word::at(0x1FFF_F7E8);
/// Nominal frequency of the watchdog's oscillator after its divider; 30 to 60 kHz before it.
const WATCHDOG_HZ: u32 = 40_000 / 32;
/// Modes of a pin (RM0008, table 20).
const MODE_OUTPUT: u32 = 0x2;
const MODE_PULLED: u32 = 0x8;
const MODE_ALTERNATE: u32 = 0xB;

/// The registers of a peripheral.
macro_rules! registers {
    ($($name:ident = $peripheral:ident of $block:ident;)+) => { $(
        #[expect(unsafe_code, reason = "a peripheral is at a fixed address, always there")]
        fn $name() -> &'static chip::$block::RegisterBlock {
            // SAFETY: the address is the crate's, and its cells are volatile; what interrupts and
            // loop both change is changed in a critical section or one write.
            unsafe { &*chip::$peripheral::ptr() }
        }
    )+ };
}

registers! {
    clocks = RCC of rcc;
    flash = FLASH of flash;
    line = USART1 of usart1;
    timer = TIM2 of tim2;
    power = PWR of pwr;
    lines = EXTI of exti;
    dog = IWDG of iwdg;
    port_a = GPIOA of gpioa;
    port_b = GPIOB of gpioa;
    port_c = GPIOC of gpioa;
}

/// Puts raw bits into a register whose fields the crate does not check.
macro_rules! raw {
    ($register:expr, $bits:expr) => {
        #[expect(unsafe_code, reason = "the crate cannot know which bits are sensible")]
        {
            let bits: u32 = $bits;
            // SAFETY: the bits are those of the reference manual.
            $register.write(|w| unsafe { w.bits(bits.try_into().unwrap_or_default()) });
        }
    };
}

fn port(pin: Pin) -> &'static chip::gpioa::RegisterBlock {
    match pin.port {
        0 => port_a(),
        1 => port_b(),
        // The pin table names ports A to C only; a pin elsewhere shows at the first test.
        _ => port_c(),
    }
}

fn set_level(pin: Pin, high: bool) {
    let shift = if high {
        u32::from(pin.bit)
    } else {
        u32::from(pin.bit) + 16
    };
    raw!(port(pin).bsrr(), 1 << shift);
}

fn set(pin: Pin, on: bool) {
    set_level(pin, pin.level(on));
}

fn set_mode(pin: Pin, mode: u32) {
    let shift = u32::from(pin.bit % 8) * 4;
    let put = |before: u32| before & !(0xF << shift) | mode << shift;
    if pin.bit < 8 {
        raw!(port(pin).crl(), put(port(pin).crl().read().bits()));
    } else {
        raw!(port(pin).crh(), put(port(pin).crh().read().bits()));
    }
}

fn inputs() -> Inputs {
    let mut levels = Inputs::NONE;
    for (&input, pin) in Input::ALL.iter().zip(INPUTS) {
        let high = port(pin).idr().read().bits() & 1 << pin.bit != 0;
        levels = levels.set(input, high == pin.active_high);
    }
    levels
}

/// Every output as a reset leaves it: all pins low.
pub(crate) fn make_safe() {
    for pin in OUTPUTS {
        set_level(pin, false);
    }
}

/// What the chip says of its last reset, and forgets it.
pub(crate) fn reset_cause() -> ResetCause {
    let said = clocks().csr().read();
    clocks().csr().modify(|_, w| w.rmvf().set_bit());
    // The reset pin is pulled by every other cause as well; power-on outranks them.
    [
        (said.porrstf().bit(), ResetCause::PowerOn),
        (
            said.iwdgrstf().bit() || said.wwdgrstf().bit(),
            ResetCause::Watchdog,
        ),
        (said.sftrstf().bit(), ResetCause::Software),
        (said.pinrstf().bit(), ResetCause::External),
    ]
    .iter()
    .find(|(set, _)| *set)
    .map_or(ResetCause::Unknown, |&(_, cause)| cause)
}

/// The unique device id, folded.
pub(crate) fn serial() -> u32 {
    (0..3).fold(0, |serial: u32, word| {
        serial.rotate_left(11) ^ UNIQUE_ID.offset(4 * word).read()
    })
}

/// The clock's counter, counting up.
pub(crate) fn counter() -> u32 {
    0x00FF_FFFF - SYST::get_current()
}

/// The chip, once it is set up.
pub(crate) struct Chip {
    alive: bool,
    browned_out: bool,
}

impl Chip {
    /// Clock, pins, line and the millisecond. Outputs are safe before anything else.
    pub(crate) fn start() -> Self {
        clocks().apb2enr().modify(|_, w| {
            w.iopaen()
                .set_bit()
                .iopben()
                .set_bit()
                .iopcen()
                .set_bit()
                .usart1en()
                .set_bit()
        });
        clocks()
            .apb1enr()
            .modify(|_, w| w.tim2en().set_bit().pwren().set_bit());
        start_pins();
        start_clock();
        start_line();
        start_brown_out();
        let mut core = cortex_m::Peripherals::take().expect("nobody has taken them before");
        start_counter(&mut core.SYST);
        start_tick();
        start_interrupts();
        Self {
            alive: false,
            browned_out: false,
        }
    }

    /// From now on the loop must feed it. Nothing can stop it again.
    pub(crate) fn arm_watchdog(&mut self) {
        raw!(dog().kr(), 0xCCCC);
        raw!(dog().kr(), 0x5555);
        // Divided by 32.
        raw!(dog().pr(), 3);
        raw!(dog().rlr(), WATCHDOG_HZ * WATCHDOG_MS / 1_000);
        raw!(dog().kr(), 0xAAAA);
    }
}

fn start_pins() {
    for pin in OUTPUTS.into_iter().chain([ALIVE, RS485_DIRECTION]) {
        // Low before it is driven.
        set_level(pin, false);
        set_mode(pin, MODE_OUTPUT);
    }
    for pin in INPUTS.into_iter().chain([RS485_RX]) {
        set_level(pin, true);
        set_mode(pin, MODE_PULLED);
    }
    set_mode(RS485_TX, MODE_ALTERNATE);
}

/// 64 MHz from the 8 MHz crystal (or the debugger's clock), watched; from the internal oscillator
/// where there is none. A crystal that fails later interrupts, which ends in a reset.
fn start_clock() {
    flash()
        .acr()
        .modify(|_, w| w.latency().ws2().prftbe().set_bit());
    clocks().cr().modify(|_, w| w.hsebyp().set_bit());
    clocks().cr().modify(|_, w| w.hseon().set_bit());
    let external = (0..PATIENCE).any(|_| clocks().cr().read().hserdy().bit());
    clocks().cfgr().modify(|_, w| {
        let w = w.hpre().div1().ppre1().div2().ppre2().div1();
        if external {
            w.pllsrc()
                .hse_div_prediv()
                .pllxtpre()
                .div1()
                .pllmul()
                .mul8()
        } else {
            w.pllsrc().hsi_div2().pllmul().mul16()
        }
    });
    clocks()
        .cr()
        .modify(|_, w| w.csson().bit(external).pllon().set_bit());
    if (0..PATIENCE).any(|_| clocks().cr().read().pllrdy().bit()) {
        clocks().cfgr().modify(|_, w| w.sw().pll());
    }
}

fn start_line() {
    raw!(line().brr(), (CLOCK_HZ + BAUD / 2) / BAUD);
    line().cr1().write(|w| {
        w.ue()
            .set_bit()
            .re()
            .set_bit()
            .te()
            .set_bit()
            .rxneie()
            .set_bit()
    });
}

/// Below 2.9 V, the highest threshold there is, the outputs are made safe.
fn start_brown_out() {
    raw!(power().cr(), 7 << 5 | 1 << 4);
    raw!(lines().rtsr(), 1 << 16);
    raw!(lines().imr(), 1 << 16);
}

/// The core's timer runs freely: it is the clock.
fn start_counter(counter: &mut SYST) {
    counter.set_clock_source(SystClkSource::Core);
    counter.set_reload(0x00FF_FFFF);
    counter.clear_current();
    counter.enable_counter();
}

/// Timer 2 runs out once a millisecond. Its clock is twice that of its bus: the core's.
fn start_tick() {
    raw!(timer().psc(), CYCLES_A_US - 1);
    raw!(timer().arr(), 999);
    timer().dier().write(|w| w.uie().set_bit());
    timer().cr1().write(|w| w.cen().set_bit());
}

#[expect(unsafe_code, reason = "masks of interrupts are registers of the core")]
fn start_interrupts() {
    // SAFETY: no critical section relies on masks; those hold off all interrupts.
    unsafe {
        NVIC::unmask(Interrupt::TIM2);
        NVIC::unmask(Interrupt::USART1);
        NVIC::unmask(Interrupt::PVD);
    }
}

/// Samples the inputs.
#[interrupt]
fn TIM2() {
    timer().sr().modify(|_, w| w.uif().clear_bit());
    let inputs = inputs();
    exchange(|exchange| exchange.tick(inputs, counter()));
}

/// Takes the byte that has come, sends the next one, and turns the line back to listening after
/// the last.
#[interrupt]
fn USART1() {
    let status = line().sr().read();
    exchange(|exchange| {
        let broken = status.ore().bit() || status.fe().bit() || status.ne().bit();
        if status.rxne().bit() || broken {
            // Reading the data clears every flag read above.
            let byte = (line().dr().read().bits() & 0xFF) as u8;
            exchange.receive((!broken).then_some(byte));
        }
        if status.txe().bit() && line().cr1().read().txeie().bit() {
            send_next(exchange);
        }
    });
    if status.tc().bit() && line().cr1().read().tcie().bit() {
        line().cr1().modify(|_, w| w.tcie().clear_bit());
        set(RS485_DIRECTION, false);
    }
}

fn send_next(exchange: &mut gate_firmware::Exchange) {
    match exchange.next_to_send() {
        Some(byte) => {
            raw!(line().dr(), u32::from(byte));
            line()
                .cr1()
                .modify(|_, w| w.txeie().set_bit().tcie().clear_bit());
        }
        None => {
            line()
                .cr1()
                .modify(|_, w| w.txeie().clear_bit().tcie().set_bit());
        }
    }
}

/// The supply has dipped.
#[interrupt]
fn PVD() {
    raw!(lines().pr(), 1 << 16);
    make_safe();
}

fn supply_is_low() -> bool {
    power().csr().read().pvdo().bit()
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
        raw!(flash().keyr(), 0x4567_0123);
        raw!(flash().keyr(), 0xCDEF_89AB);
        flash().cr().write(|w| w.per().set_bit());
        raw!(flash().ar(), PAGES[page] as u32);
        flash().cr().write(|w| w.per().set_bit().strt().set_bit());
        wait_for_flash();
        flash().cr().write(|w| w.pg().set_bit());
        for (&word, place) in words.iter().zip((PAGES[page]..).step_by(2)) {
            program(place, word);
            wait_for_flash();
        }
        flash().cr().write(|w| w.lock().set_bit());
    }
}

#[expect(
    unsafe_code,
    reason = "flash is programmed by writing to its address, half a word a time"
)]
fn program(place: usize, word: u16) {
    // SAFETY: the place is in a page of settings, where no code and no constant is.
    unsafe { core::ptr::write_volatile(place as *mut u16, word) }
}

/// A page that does not come to an end reads back wrong, which is found.
fn wait_for_flash() {
    let _done = (0..PATIENCE).any(|_| !flash().sr().read().bsy().bit());
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
        set(RS485_DIRECTION, true);
        exchange(|exchange| {
            exchange.offer(frame);
            send_next(exchange);
        });
    }

    fn drive(&mut self, outputs: Outputs) {
        if supply_is_low() {
            make_safe();
            return;
        }
        for (&output, pin) in Output::ALL.iter().zip(OUTPUTS) {
            set(pin, outputs.has(output));
        }
    }

    fn feed(&mut self) {
        raw!(dog().kr(), 0xAAAA);
        self.alive = !self.alive;
        set(ALIVE, self.alive);
    }

    fn browned_out(&mut self) -> bool {
        let before = self.browned_out;
        self.browned_out = supply_is_low();
        self.browned_out && !before
    }
}
