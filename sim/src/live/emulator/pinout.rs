//! Turns the pin table of the hardware into the wires of the emulated board.

use anyhow::Context as _;
use gate_protocol::{Input, Output};

const TABLE: &str = include_str!("../../../../hw/gate-controller/pinout.csv");
const COLUMN: &str = "lm3s6965_pin";

/// One wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wire {
    /// 0 for port A.
    pub(super) port: usize,
    /// Bit of the port.
    pub(super) bit: u8,
    /// Level that means 1 in the register map.
    pub(super) active_high: bool,
}

/// The wires of the emulated board, in the order of the register map.
#[derive(Debug, Clone)]
pub(super) struct Wiring {
    pub(super) inputs: Vec<(Input, Wire)>,
    pub(super) outputs: Vec<(Output, Wire)>,
}

impl Wiring {
    /// From the table of this source tree.
    ///
    /// # Errors
    /// A signal is missing or its pin makes no sense.
    pub(super) fn read() -> anyhow::Result<Self> {
        let inputs = Input::ALL
            .iter()
            .map(|&input| Ok((input, wire(input.label())?)));
        let outputs = Output::ALL
            .iter()
            .map(|&output| Ok((output, wire(output.label())?)));
        Ok(Self {
            inputs: inputs.collect::<anyhow::Result<_>>()?,
            outputs: outputs.collect::<anyhow::Result<_>>()?,
        })
    }
}

fn wire(signal: &str) -> anyhow::Result<Wire> {
    let mut lines = TABLE.lines();
    let head: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let at = |name: &str| {
        let place = head.iter().position(|cell| *cell == name);
        place.with_context(|| format!("the pin table has no column {name}"))
    };
    let (name, pin, active) = (at("signal")?, at(COLUMN)?, at("active")?);
    let row: Vec<&str> = lines
        .map(|line| line.split(',').collect::<Vec<_>>())
        .find(|row| row.get(name) == Some(&signal) && row.len() == head.len())
        .with_context(|| format!("the pin table has no row {signal}"))?;
    let wrong = || format!("{signal}: {} is no pin", row[pin]);
    let (port, bit) = (row[pin].as_bytes().get(1), row[pin].get(2..));
    let port = port
        .and_then(|port| port.checked_sub(b'A'))
        .with_context(wrong)?;
    Ok(Wire {
        port: usize::from(port),
        bit: bit.unwrap_or_default().parse().with_context(wrong)?,
        active_high: row[active] == "high",
    })
}
