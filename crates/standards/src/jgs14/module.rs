//! Numbers of device modules (annex C) ⇄ what they are.

/// What a device is, by the first two digits of its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Module {
    /// Reader of container numbers.
    ContainerReader,
    /// Reader of electronic plates.
    TagReader,
    /// Reader of IC cards.
    CardReader,
    /// Reader of electronic seals.
    SealReader,
    /// Satellite positioning.
    Position,
    /// Weighbridge.
    Weighbridge,
    /// Barrier.
    Barrier,
    /// Display.
    Display,
}

impl Module {
    /// Every kind, in order.
    pub const ALL: [Self; 8] = [
        Self::ContainerReader,
        Self::TagReader,
        Self::CardReader,
        Self::SealReader,
        Self::Position,
        Self::Weighbridge,
        Self::Barrier,
        Self::Display,
    ];

    /// Its digits and its name in annex C, and characters of the number behind the digits.
    #[must_use]
    pub const fn row(self) -> (&'static str, &'static str, usize) {
        match self {
            Self::ContainerReader => ("10", "箱号识别", 8),
            Self::TagReader => ("11", "电子标签阅读器", 8),
            Self::CardReader => ("12", "IC卡阅读器", 8),
            Self::SealReader => ("13", "安全智能锁阅读器", 8),
            Self::Position => ("14", "GPS", 6),
            Self::Weighbridge => ("15", "电子地磅", 6),
            Self::Barrier => ("16", "电动栏杆", 6),
            Self::Display => ("17", "显示屏", 6),
        }
    }

    /// What the device with this number is; `None` when the number is none of annex C.
    #[must_use]
    pub fn of(device_id: &str) -> Option<Self> {
        let fits = |module: &Self| {
            let (digits, _, len) = module.row();
            let rest = device_id.strip_prefix(digits);
            rest.is_some_and(|rest| {
                rest.len() == len && rest.bytes().all(|b| b.is_ascii_alphanumeric())
            })
        };
        Self::ALL.into_iter().find(fits)
    }

    /// The number of the `serial`th device of this kind at a lane, with zeros for country, maker
    /// and model.
    #[must_use]
    pub fn number(self, serial: u8) -> String {
        let (digits, _, len) = self.row();
        format!("{digits}{serial:0len$}")
    }
}
