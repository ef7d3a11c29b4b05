//! States and sources as people say them, in both languages. A kind without a name does not
//! compile.

use device_codecs::RejectReason;
use domain::device::{DegradedMode, DeviceState};
use domain::reason::Language;
use domain::time::TimeSource;

use crate::dashboard::statistics::{Named, named};

/// A device's state.
pub(super) const fn state(state: DeviceState) -> Named {
    let code = match state {
        DeviceState::Live => "live",
        DeviceState::Silent => "silent",
        DeviceState::Lost => "lost",
        DeviceState::Void => "void",
    };
    named(
        code,
        wording::device_state(state, Language::Zh),
        wording::device_state(state, Language::En),
    )
}

/// A shape beside the word, for those who do not see the colour.
pub(super) const fn symbol(state: DeviceState) -> &'static str {
    match state {
        DeviceState::Live => "●",
        DeviceState::Silent => "◐",
        DeviceState::Lost => "✕",
        DeviceState::Void => "▲",
    }
}

/// Who vouches for the clock.
pub(super) const fn source(source: TimeSource) -> Named {
    let code = match source {
        TimeSource::Gnss => "gnss",
        TimeSource::Ntp => "ntp",
        TimeSource::Unsynchronised => "unsynchronised",
    };
    named(
        code,
        wording::time_source(source, Language::Zh),
        wording::time_source(source, Language::En),
    )
}

/// A declared degraded mode.
pub(super) const fn degraded(mode: DegradedMode) -> Named {
    named(
        mode.code(),
        wording::degraded(mode, Language::Zh),
        wording::degraded(mode, Language::En),
    )
}

/// Why a frame was rejected.
pub(super) const fn reject(reason: RejectReason) -> Named {
    let (zh, en) = match reason {
        RejectReason::Checksum => ("校验错", "checksum"),
        RejectReason::Length => ("长度错", "length"),
        RejectReason::Framing => ("帧外字节", "bytes outside frames"),
        RejectReason::Character => ("非法字符", "character"),
        RejectReason::Unit => ("单位不明", "unit"),
        RejectReason::Range => ("数值越界", "out of range"),
        RejectReason::Unsupported => ("不支持的帧", "unsupported kind"),
        RejectReason::DeviceError => ("设备报错", "the device failed"),
        RejectReason::Busy => ("设备忙", "the device was busy"),
        RejectReason::Inconsistent => ("自相矛盾", "inconsistent"),
        RejectReason::NotValid => ("设备标为无效", "marked not valid"),
    };
    named(reason.name(), zh, en)
}
