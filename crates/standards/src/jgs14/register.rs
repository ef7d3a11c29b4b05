//! Messages 0x61 and 0x62: a front end registers with the back office ⇄ XML. The lane that
//! registers stands in the frame's header.

use crate::jgs14::frame::Frame;
use crate::jgs14::message::{Key, ReadError, WriteError, Writer, root, wrong};
use crate::xml::Element;

/// Code of the registration.
pub const CODE: u8 = 0x61;
/// Code of the answer.
pub const RESULT_CODE: u8 = 0x62;

/// A front end registers.
#[derive(Clone, PartialEq, Eq)]
pub struct Registration {
    /// Address that the front end says it connects from.
    pub monitor_ip: String,
    /// Port there.
    pub monitor_port: u16,
    /// User.
    pub user: String,
    /// Password, in clear as it travels.
    pub password: String,
}

impl std::fmt::Debug for Registration {
    // A password has no place in a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registration")
            .field("monitor_ip", &self.monitor_ip)
            .field("monitor_port", &self.monitor_port)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

impl Registration {
    /// Reads the XML of a frame.
    ///
    /// # Errors
    /// No such message, or a port that is none.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        let root = root(bytes, "COMMAND_INFO")?;
        let raw = root.at(&["MONITOR_PORT"]);
        let monitor_port = raw.parse().map_err(|_| wrong(&root, "MONITOR_PORT", raw))?;
        let text = |path: &[&str]| root.at(path).to_owned();
        Ok(Self {
            monitor_ip: text(&["MONITOR_IP"]),
            monitor_port,
            user: text(&["USERINFO", "USER_ID"]),
            password: text(&["USERINFO", "PSW"]),
        })
    }

    /// The frame of this message for the lane of `key`.
    ///
    /// # Errors
    /// A character that GBK lacks.
    pub fn frame(&self, key: &Key) -> Result<Frame, WriteError> {
        let mut writer = Writer::plain("GB2312", "COMMAND_INFO");
        writer
            .text("MONITOR_IP", &self.monitor_ip)
            .text("MONITOR_PORT", &self.monitor_port.to_string())
            .group("USERINFO", |user| {
                user.text("USER_ID", &self.user).text("PSW", &self.password);
            });
        writer.frame(CODE, key, Vec::new())
    }
}

/// What became of a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RegisterOutcome {
    /// Registered.
    Done,
    /// No such site.
    Site,
    /// No such lane.
    Lane,
    /// The lane has the other way.
    Direction,
    /// The front end's address is not allowed.
    Address,
    /// No such user.
    User,
    /// Another password.
    Password,
    /// The user may not.
    Right,
}

impl RegisterOutcome {
    const ALL: [Self; 8] = [
        Self::Done,
        Self::Site,
        Self::Lane,
        Self::Direction,
        Self::Address,
        Self::User,
        Self::Password,
        Self::Right,
    ];
}

/// What the user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rights {
    /// Nothing.
    None,
    /// See.
    View,
    /// See and command.
    Control,
}

impl Rights {
    const ALL: [Self; 3] = [Self::None, Self::View, Self::Control];
}

/// Which data the lane has to collect.
#[expect(
    clippy::struct_excessive_bools,
    reason = "one flag an element of the message"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Collect {
    /// Container numbers.
    pub containers: bool,
    /// Vehicle.
    pub vehicle: bool,
    /// Weight.
    pub weight: bool,
    /// IC card.
    pub card: bool,
    /// Electronic seals.
    pub seals: bool,
    /// Tracker.
    pub tracker: bool,
}

/// The answer to a registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterResult {
    /// Lane.
    pub key: Key,
    /// What became of it.
    pub outcome: RegisterOutcome,
    /// User.
    pub user: String,
    /// What the user may do.
    pub rights: Rights,
    /// The user's name.
    pub user_name: String,
    /// The user's employer.
    pub unit: String,
    /// Customs office, four digits.
    pub customs_code: String,
    /// Data that the lane has to collect.
    pub collect: Collect,
}

impl RegisterResult {
    /// The answer to a front end of the lane of `key`, whose user may do everything.
    #[must_use]
    pub fn to(key: &Key, registration: &Registration, outcome: RegisterOutcome) -> Self {
        Self {
            key: key.lane(),
            outcome,
            user: registration.user.clone(),
            rights: if outcome == RegisterOutcome::Done {
                Rights::Control
            } else {
                Rights::None
            },
            user_name: String::new(),
            unit: String::new(),
            customs_code: String::new(),
            collect: Collect::default(),
        }
    }

    /// Reads the XML of a frame. Rights and flags that are left out are none and not set.
    ///
    /// # Errors
    /// No such message, or without a result.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        let root = root(bytes, "COMMAND_INFO")?;
        let outcome = choice(&root, "RESULT", &RegisterOutcome::ALL)?;
        let rights = match root.at(&["RIGHTS"]) {
            "" => Rights::None,
            _ => choice(&root, "RIGHTS", &Rights::ALL)?,
        };
        let is_set = |name| root.at(&[name]) == "1";
        let text = |name| root.at(&[name]).to_owned();
        Ok(Self {
            key: Key::of(&root).lane(),
            outcome,
            user: text("USER_ID"),
            rights,
            user_name: text("USERNAME"),
            unit: text("UNIT"),
            customs_code: text("CUSTOMS_CODE"),
            collect: Collect {
                containers: is_set("PIC_DATA_FLAG"),
                vehicle: is_set("VEHICLE_DATA_FLAG"),
                weight: is_set("WEIGHT_DATA_FLAG"),
                card: is_set("IC_DATA_FLAG"),
                seals: is_set("SEAL_DATA_FLAG"),
                tracker: is_set("GPS_DATA_FLAG"),
            },
        })
    }

    /// The frame of this message.
    ///
    /// # Errors
    /// A character that GBK lacks.
    pub fn frame(&self) -> Result<Frame, WriteError> {
        let flag = |is_set: bool| if is_set { "1" } else { "0" };
        let collect = &self.collect;
        let mut writer = Writer::keyed("COMMAND_INFO", &self.key.lane());
        writer
            .text("RESULT", &number(&RegisterOutcome::ALL, self.outcome))
            .text("USER_ID", &self.user)
            .text("RIGHTS", &number(&Rights::ALL, self.rights))
            .text("USERNAME", &self.user_name)
            .text("UNIT", &self.unit)
            .text("CUSTOMS_CODE", &self.customs_code)
            .text("PIC_DATA_FLAG", flag(collect.containers))
            .text("VEHICLE_DATA_FLAG", flag(collect.vehicle))
            .text("WEIGHT_DATA_FLAG", flag(collect.weight))
            .text("IC_DATA_FLAG", flag(collect.card))
            .text("SEAL_DATA_FLAG", flag(collect.seals))
            .text("GPS_DATA_FLAG", flag(collect.tracker));
        writer.frame(RESULT_CODE, &self.key, Vec::new())
    }
}

/// The value whose place in `all` stands in a field.
pub(super) fn choice<T: Copy>(
    root: &Element,
    field: &'static str,
    all: &[T],
) -> Result<T, ReadError> {
    let raw = root.at(&[field]);
    let found = raw.parse().ok().and_then(|n: usize| all.get(n));
    found.copied().ok_or_else(|| wrong(root, field, raw))
}

/// The place of a value in `all`.
pub(super) fn number<T: Copy + PartialEq>(all: &[T], value: T) -> String {
    let place = all.iter().position(|one| *one == value);
    place.expect("all are listed").to_string()
}
