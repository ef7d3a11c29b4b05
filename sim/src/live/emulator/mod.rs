//! The firmware on an emulated chip: `qemu-system-arm` runs the very image that is flashed, its
//! input pins are set and its output pins read from outside, and its serial line is ours.
//!
//! The emulator does not emulate the flash controller, so settings are given to it at start, and a
//! store fails as on a worn page. Its memory is filled with noise first, as power-on leaves it.

mod arm;
mod control;
mod line;
mod pinout;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use crc::{CRC_32_ISO_HDLC, Crc};
use gate_protocol::{Configuration, Inputs, Output, Outputs};
use rand::{RngExt as _, SeedableRng as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Mutex, mpsc, watch};

pub use arm::EmulatedGate;
pub use line::{Line, Noise};

use super::child::Running;
use control::{Machine, Probe, connect};
use pinout::Wiring;

/// Longest wait for the emulator to start.
const START: Duration = Duration::from_secs(20);
/// Ports A to G of the chip.
const GPIO: [u32; 7] = [
    0x4000_4000,
    0x4000_5000,
    0x4000_6000,
    0x4000_7000,
    0x4002_4000,
    0x4002_5000,
    0x4002_6000,
];
/// All bits of a port, and which of them are driven.
const GPIO_DATA: u32 = 0x3FC;
const GPIO_DIR: u32 = 0x400;
/// Where the two pages of settings are.
const SETTINGS: u32 = 62 * 1024;
const PAGE: usize = 1024;
const RAM: u32 = 0x2000_0000;
const RAM_BYTES: usize = 16 * 1024;

/// How to start.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Emulated time is instructions executed, 2^n ns each, and idle time is skipped: no millisecond
    /// is lost or stretched, however busy this machine is. Otherwise it is this machine's time.
    pub icount_shift: Option<u8>,
    /// Words at the start of the two pages of settings; none for an erased page.
    pub settings: [Vec<u16>; 2],
    /// Seed of what the memory holds at power-on.
    pub noise_seed: u64,
}

/// A page of settings as the firmware stores it (firmware/src/store.rs): magic, layout, how often it
/// was stored, the settings, CRC-32 over all of it, each word little end first.
#[must_use]
pub fn settings_page(configuration: &Configuration, generation: u32) -> Vec<u16> {
    let halves = |word: u32| [(word >> 16) as u16, (word & 0xFFFF) as u16];
    let mut words = vec![0x4B43, 1];
    words.extend(halves(generation));
    words.extend(configuration.encode());
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    words.extend(halves(Crc::<u32>::new(&CRC_32_ISO_HDLC).checksum(&bytes)));
    words
}

/// What is on the wires.
struct Wires {
    probe: Probe,
    wiring: Wiring,
    ports: Vec<String>,
    inputs: Inputs,
}

/// A running emulator.
pub struct Emulator {
    process: Mutex<Running>,
    folder: PathBuf,
    wires: Mutex<Wires>,
    machine: Mutex<Machine>,
    resets: watch::Receiver<u32>,
}

impl Emulator {
    /// Starts the image with `inputs` on its pins. The stream is its serial line.
    ///
    /// # Errors
    /// The emulator is not installed, does not start, or is not the machine that was asked for.
    pub async fn start(
        image: &Path,
        folder: &Path,
        options: &Options,
        inputs: Inputs,
    ) -> anyhow::Result<(Arc<Self>, UnixStream)> {
        std::fs::create_dir_all(folder)?;
        let socket = |name: &str| folder.join(name);
        for name in ["probe", "machine", "debugger", "line"] {
            let _absent = std::fs::remove_file(socket(name));
        }
        let listener = UnixListener::bind(socket("line"))?;
        let command = command(image, folder, options)?;
        let process = Running::start("emulator", command, &folder.join("emulator.log"))?;
        let (line, _) = tokio::time::timeout(START, listener.accept())
            .await
            .context("the emulator does not open its serial line")??;
        let (events, told) = mpsc::unbounded_channel();
        let machine = connect(&socket("machine"), START).await?;
        let mut machine = Machine::new(machine, events).await?;
        let ports = machine.devices("pl061_luminary").await?;
        anyhow::ensure!(
            ports.len() == GPIO.len(),
            "{} ports, not seven",
            ports.len()
        );
        let probe = Probe::new(connect(&socket("probe"), START).await?);
        let mut wires = Wires {
            probe,
            wiring: Wiring::read()?,
            ports,
            inputs,
        };
        let mut noise = vec![0; RAM_BYTES];
        rand_chacha::ChaCha8Rng::seed_from_u64(options.noise_seed).fill(&mut noise[..]);
        wires.probe.fill(RAM, &noise).await?;
        wires.drive_all().await?;
        machine.order("cont", serde_json::json!({})).await?;
        let (sender, resets) = watch::channel(0);
        let emulator = Arc::new(Self {
            process: Mutex::new(process),
            folder: folder.to_owned(),
            wires: Mutex::new(wires),
            machine: Mutex::new(machine),
            resets,
        });
        tokio::spawn(follow(told, Arc::downgrade(&emulator), sender));
        Ok((emulator, line))
    }

    /// Puts levels on the input pins.
    ///
    /// # Errors
    /// The emulator has ended.
    pub async fn set(&self, inputs: Inputs) -> anyhow::Result<()> {
        let mut wires = self.wires.lock().await;
        let before = wires.inputs;
        wires.inputs = inputs;
        wires
            .drive(|input| before.has(input) != inputs.has(input))
            .await
    }

    /// Levels on the input pins.
    pub async fn inputs(&self) -> Inputs {
        self.wires.lock().await.inputs
    }

    /// What the output pins drive. A pin that is not driven is pulled low by the relay driver.
    ///
    /// # Errors
    /// The emulator has ended.
    pub async fn outputs(&self) -> anyhow::Result<Outputs> {
        self.wires.lock().await.outputs().await
    }

    /// One word of memory or one register of the chip.
    ///
    /// # Errors
    /// The emulator has ended.
    pub async fn word(&self, address: u32) -> anyhow::Result<u32> {
        self.wires.lock().await.probe.word(address).await
    }

    /// Presses the reset button.
    ///
    /// # Errors
    /// The emulator has ended.
    pub async fn reset(&self) -> anyhow::Result<()> {
        let mut machine = self.machine.lock().await;
        machine
            .order("system_reset", serde_json::json!({}))
            .await
            .map(|_| ())
    }

    /// Makes the core run in an endless loop from this moment on, as a defect would.
    ///
    /// # Errors
    /// The debugger's socket does not answer.
    pub async fn hang(&self) -> anyhow::Result<()> {
        control::hang(&self.folder.join("debugger")).await
    }

    /// Resets so far, of whatever cause.
    #[must_use]
    pub fn resets(&self) -> watch::Receiver<u32> {
        self.resets.clone()
    }

    /// Process id.
    pub async fn id(&self) -> Option<u32> {
        self.process.lock().await.id()
    }
}

impl Wires {
    async fn drive(&mut self, which: impl Fn(gate_protocol::Input) -> bool) -> anyhow::Result<()> {
        for &(input, wire) in &self.wiring.inputs {
            if which(input) {
                let high = self.inputs.has(input) == wire.active_high;
                let path = &self.ports[wire.port];
                self.probe.set_pin(path, wire.bit, high).await?;
            }
        }
        Ok(())
    }

    async fn drive_all(&mut self) -> anyhow::Result<()> {
        self.drive(|_| true).await
    }

    async fn outputs(&mut self) -> anyhow::Result<Outputs> {
        let mut driven_high = [0; GPIO.len()];
        for port in 0..GPIO.len() {
            let used = self
                .wiring
                .outputs
                .iter()
                .any(|(_, wire)| wire.port == port);
            if used {
                let data = self.probe.word(GPIO[port] + GPIO_DATA).await?;
                driven_high[port] = data & self.probe.word(GPIO[port] + GPIO_DIR).await?;
            }
        }
        let levels = self.wiring.outputs.iter().map(|&(output, wire)| {
            let high = driven_high[wire.port] & 1 << wire.bit != 0;
            (output, high == wire.active_high)
        });
        Ok(
            levels.fold(Outputs::NONE, |outputs, (output, on): (Output, bool)| {
                outputs.set(output, on)
            }),
        )
    }
}

fn command(image: &Path, folder: &Path, options: &Options) -> anyhow::Result<Command> {
    let mut pages = Vec::new();
    for words in &options.settings {
        let mut page: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        page.resize(PAGE, 0xFF);
        pages.extend(page);
    }
    let file = folder.join("settings.bin");
    std::fs::write(&file, pages)?;
    let socket = |name: &str| format!("unix:{},server=on,wait=off", folder.join(name).display());
    let mut command = Command::new("qemu-system-arm");
    command
        .args(["-M", "lm3s6965evb", "-display", "none", "-nodefaults"])
        .args(["-S", "-action", "watchdog=reset", "-kernel"])
        .arg(image)
        .args(["-qtest", &socket("probe"), "-qtest-log", "/dev/null"])
        .args(["-qmp", &socket("machine"), "-gdb", &socket("debugger")])
        .arg("-serial")
        .arg(format!("unix:{}", folder.join("line").display()))
        .arg("-device")
        .arg(format!(
            "loader,file={},addr={SETTINGS:#x},force-raw=on",
            file.display()
        ));
    if let Some(shift) = options.icount_shift {
        command.args(["-icount", &format!("shift={shift},align=off,sleep=off")]);
    }
    Ok(command)
}

/// A reset forgets the levels of the pins, which in life it does not: they are driven again.
async fn follow(
    mut events: mpsc::UnboundedReceiver<String>,
    emulator: std::sync::Weak<Emulator>,
    resets: watch::Sender<u32>,
) {
    while let Some(event) = events.recv().await {
        let Some(emulator) = emulator.upgrade() else {
            return;
        };
        if event == "RESET" {
            let driven = emulator.wires.lock().await.drive_all().await;
            if driven.is_err() {
                return;
            }
            resets.send_modify(|count| *count += 1);
        }
    }
}
