//! The image: the loop on one board, and what happens when it must end. The board is chosen by a
//! feature; its file is in `board/`.
#![no_std]
#![no_main]

use core::cell::RefCell;
use core::panic::PanicInfo;

use cortex_m::peripheral::SCB;
use cortex_m_rt::entry;
use critical_section::Mutex;
use gate_firmware::{Exchange, Kept, Pin, Unit};

#[cfg_attr(feature = "lm3s6965", path = "../board/lm3s6965.rs")]
#[cfg_attr(feature = "nucleo-f103rb", path = "../board/nucleo_f103rb.rs")]
mod board;
#[path = "image/memory.rs"]
mod memory;
#[path = "image/painted.rs"]
mod painted;

mod pins {
    use super::Pin;

    include!(concat!(env!("OUT_DIR"), "/pins.rs"));
}

/// Shared between interrupts and loop.
static EXCHANGE: Mutex<RefCell<Exchange>> =
    Mutex::new(RefCell::new(Exchange::new(board::CYCLES_A_US)));

/// Left alone by the start-up code: it outlives a reset.
#[expect(
    unsafe_code,
    reason = "the section is memory like any other, only not cleared"
)]
// SAFETY: the words are atomics, for which every pattern of bits is a value.
#[unsafe(link_section = ".uninit.KEPT")]
static KEPT: Kept = Kept::new();

/// Runs `use_it` with the exchange, interrupts held off.
fn exchange<R>(use_it: impl FnOnce(&mut Exchange) -> R) -> R {
    critical_section::with(|section| use_it(&mut EXCHANGE.borrow_ref_mut(section)))
}

#[entry]
fn main() -> ! {
    let mut board = board::Chip::start();
    let mut unit = Unit::new(&board, &KEPT, board::reset_cause(), board::serial());
    board.arm_watchdog();
    loop {
        unit.pass(&mut board);
        // The next millisecond or byte.
        cortex_m::asm::wfi();
    }
}

/// Safe outputs first, then why, then a fresh start.
fn end(line: u32) -> ! {
    cortex_m::interrupt::disable();
    board::make_safe();
    KEPT.mark_panic(line, exchange_now_ms());
    SCB::sys_reset()
}

/// The time, if nobody was in the middle of changing it.
fn exchange_now_ms() -> u32 {
    critical_section::with(|section| {
        let exchange = EXCHANGE.borrow(section).try_borrow();
        exchange.map_or(0, |exchange| exchange.now_ms())
    })
}

#[panic_handler]
fn panic(information: &PanicInfo<'_>) -> ! {
    end(information
        .location()
        .map_or(1, core::panic::Location::line))
}

/// What the start-up code calls when nothing else is right. Both trust no state but the pins and
/// the kept words, and end in a reset.
#[expect(
    unsafe_code,
    reason = "the start-up code wants these handlers declared unsafe"
)]
mod faults {
    use cortex_m_rt::{ExceptionFrame, exception};

    /// A fault of the core.
    #[exception]
    unsafe fn HardFault(_: &ExceptionFrame) -> ! {
        super::end(0)
    }

    /// An interrupt that nobody asked for.
    #[exception]
    unsafe fn DefaultHandler(_: i16) {
        super::end(0)
    }
}
