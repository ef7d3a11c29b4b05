//! States of single devices ⇄ XML: 0x33 sets one, 0x34 and 0x36 say what became of a command to
//! one, 0x42 tells the states of a lane's devices, 0x43 a fault.

use crate::jgs14::frame::Frame;
use crate::jgs14::message::{Key, ReadError, WriteError, Writer, root, wrong};
use crate::jgs14::register::{choice, number};
use crate::xml::Element;

/// Code of a command to enable or disable a device.
pub const CONTROL_CODE: u8 = 0x33;
/// Code of what became of it.
pub const CONTROL_RESULT_CODE: u8 = 0x34;
/// Code of what became of an emergency command.
pub const EMERGENCY_RESULT_CODE: u8 = 0x36;
/// Code of the states of a lane's devices.
pub const STATES_CODE: u8 = 0x42;
/// Code of a fault.
pub const FAULT_CODE: u8 = 0x43;
/// Most devices of a lane that one message tells of.
const DEVICES_MAX: usize = 64;

/// State of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ModuleState {
    /// Switched off by an order.
    Disabled,
    /// Works.
    Normal,
    /// Does not.
    Faulty,
    /// Switched on by an order.
    Enabled,
}

impl ModuleState {
    const fn code(self) -> &'static str {
        match self {
            Self::Disabled => "0",
            Self::Normal => "1",
            Self::Faulty => "2",
            Self::Enabled => "3",
        }
    }

    fn of(element: &Element, raw: &str) -> Result<Self, ReadError> {
        let all = [Self::Disabled, Self::Normal, Self::Faulty, Self::Enabled];
        let mut all = all.into_iter();
        all.find(|state| state.code() == raw.trim())
            .ok_or_else(|| wrong(element, "DEVICE_STATUS", raw))
    }
}

/// A device and its state, as told or as ordered. Its number is kept as it travels: field software
/// makes numbers of its own, and [`crate::jgs14::module::Module::of`] tells which are of annex C.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Number.
    pub id: String,
    /// Name.
    pub name: String,
    /// State.
    pub state: ModuleState,
}

impl Device {
    fn of(element: &Element) -> Result<Self, ReadError> {
        let id = element.at(&["DEVICE_ID"]);
        if id.is_empty() {
            return Err(wrong(element, "DEVICE_ID", id));
        }
        Ok(Self {
            id: id.to_owned(),
            name: element.at(&["DEVICE_NAME"]).to_owned(),
            state: ModuleState::of(element, element.at(&["DEVICE_STATUS"]))?,
        })
    }
}

/// An order to enable or disable a device (0x33).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceControl {
    /// Lane.
    pub key: Key,
    /// The device, in the state that it is to take.
    pub device: Device,
}

impl DeviceControl {
    /// Reads the XML of a frame.
    ///
    /// # Errors
    /// No such message, or without device or state.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        let root = root(bytes, "COMMAND_INFO")?;
        Ok(Self {
            key: Key::of(&root).lane(),
            device: Device::of(&root)?,
        })
    }

    /// The frame of this message.
    ///
    /// # Errors
    /// A character that GBK lacks.
    pub fn frame(&self) -> Result<Frame, WriteError> {
        let mut writer = Writer::keyed("COMMAND_INFO", &self.key.lane());
        writer
            .text("DEVICE_ID", &self.device.id)
            .text("DEVICE_NAME", &self.device.name)
            .text("DEVICE_STATUS", self.device.state.code());
        writer.frame(CONTROL_CODE, &self.key, Vec::new())
    }
}

/// What became of a command to one device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ControlOutcome {
    /// Done.
    Done,
    /// No device of that number.
    UnknownDevice,
    /// Another key.
    WrongKey,
    /// The device is broken.
    Broken,
    /// It did not answer.
    NoAnswer,
}

impl ControlOutcome {
    const ALL: [Self; 5] = [
        Self::Done,
        Self::UnknownDevice,
        Self::WrongKey,
        Self::Broken,
        Self::NoAnswer,
    ];
}

/// The answer to 0x33 or 0x35.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlResult {
    /// Lane.
    pub key: Key,
    /// Number of the device.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What became of the command.
    pub outcome: ControlOutcome,
}

impl ControlResult {
    /// Reads the XML of a frame.
    ///
    /// # Errors
    /// No such message, or without a result.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        let root = root(bytes, "COMMAND_INFO")?;
        Ok(Self {
            key: Key::of(&root).lane(),
            id: root.at(&["DEVICE_ID"]).to_owned(),
            name: root.at(&["DEVICE_NAME"]).to_owned(),
            outcome: choice(&root, "CONTROL_RESULT", &ControlOutcome::ALL)?,
        })
    }

    /// The frame of this message, with `code` [`CONTROL_RESULT_CODE`] or
    /// [`EMERGENCY_RESULT_CODE`].
    ///
    /// # Errors
    /// A character that GBK lacks.
    pub fn frame(&self, code: u8) -> Result<Frame, WriteError> {
        let mut writer = Writer::keyed("COMMAND_INFO", &self.key.lane());
        writer
            .text("DEVICE_ID", &self.id)
            .text("DEVICE_NAME", &self.name)
            .text(
                "CONTROL_RESULT",
                &number(&ControlOutcome::ALL, self.outcome),
            );
        writer.frame(code, &self.key, Vec::new())
    }
}

/// The states of a lane's devices (0x42).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceStates {
    /// Lane.
    pub key: Key,
    /// Devices.
    pub devices: Vec<Device>,
}

impl DeviceStates {
    /// Reads the XML of a frame: the three elements of a device one after the other in one
    /// DEVICES, or a DEVICES for each.
    ///
    /// # Errors
    /// No such message, too many devices, or one without number or state.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        let root = root(bytes, "DEVICE_STATUS")?;
        let mut each: Vec<Element> = Vec::new();
        for group in root.children.iter().filter(|one| one.name == "DEVICES") {
            for child in &group.children {
                if child.name == "DEVICE_ID" {
                    each.push(Element {
                        line: child.line,
                        ..Element::default()
                    });
                }
                if let Some(device) = each.last_mut() {
                    device.children.push(child.clone());
                }
            }
        }
        if each.len() > DEVICES_MAX {
            return Err(wrong(&root, "DEVICES", &each.len().to_string()));
        }
        Ok(Self {
            key: Key::of(&root).lane(),
            devices: each.iter().map(Device::of).collect::<Result<_, _>>()?,
        })
    }

    /// The frame of this message.
    ///
    /// # Errors
    /// Too many devices, or a character that GBK lacks.
    pub fn frame(&self) -> Result<Frame, WriteError> {
        let mut writer = Writer::keyed("DEVICE_STATUS", &self.key.lane());
        writer.at_most("DEVICES", self.devices.len(), DEVICES_MAX);
        writer.group("DEVICES", |group| {
            for device in &self.devices {
                group
                    .text("DEVICE_ID", &device.id)
                    .text("DEVICE_NAME", &device.name)
                    .text("DEVICE_STATUS", device.state.code());
            }
        });
        writer.frame(STATES_CODE, &self.key, Vec::new())
    }
}

/// A fault of a device (0x43).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceFault {
    /// Lane.
    pub key: Key,
    /// The device and its state.
    pub device: Device,
    /// What is wrong, in words.
    pub text: String,
}

impl DeviceFault {
    /// Reads the XML of a frame.
    ///
    /// # Errors
    /// No such message, or without device or state.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        let root = root(bytes, "CHANNEL_EXCEPTION")?;
        Ok(Self {
            key: Key::of(&root).lane(),
            device: Device::of(&root)?,
            text: root.at(&["EXCEPTION_DESCR"]).to_owned(),
        })
    }

    /// The frame of this message.
    ///
    /// # Errors
    /// A character that GBK lacks.
    pub fn frame(&self) -> Result<Frame, WriteError> {
        let mut writer = Writer::keyed("CHANNEL_EXCEPTION", &self.key.lane());
        writer
            .text("DEVICE_ID", &self.device.id)
            .text("DEVICE_NAME", &self.device.name)
            .text("EXCEPTION_DESCR", &self.text)
            .text("DEVICE_STATUS", self.device.state.code());
        writer.frame(FAULT_CODE, &self.key, Vec::new())
    }
}
