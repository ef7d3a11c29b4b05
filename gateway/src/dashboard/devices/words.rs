//! The words of the devices' page in both languages.

use super::level::Level;

wording::words! {
    title: "设备与运行状态", "Devices and health";
    good: "正常", "good";
    warn: "注意", "look at it";
    bad: "故障", "needs action";
    clock: "时钟", "Clock";
    disk: "磁盘", "Disk";
    journal: "记录日志", "Journal";
    ledger: "台账", "Ledger";
    region: "区域链路", "Region";
    certificates: "证书", "Certificates";
    policy: "参数版本", "Policy";
    disk_unknown: "容量未知", "room not known";
    journal_fails: "无法写入，各通道停放", "takes nothing, every lane holds";
    no_ledger: "尚无台账", "none held";
    ledger_forked: "与区域不一致", "is not the region's";
    takes_snapshot: "正在接收快照", "a snapshot is coming in";
    not_configured: "未配置", "not configured";
    connected: "已连接", "connected";
    not_connected: "未连接", "not connected";
    region_forked: "区域记录与本卡口不一致，停止上报", "its copy differs from ours; nothing is sent";
    no_certificates: "无证书", "none in use";
    expired: "已过期", "expired";
    degraded: "生效中的降级模式", "Degraded modes in force";
    none_degraded: "无。", "None.";
    lane: "通道", "Lane";
    mode: "模式", "Mode";
    declared_by: "宣布人", "Declared by";
    reason: "原因", "Reason";
    ends: "到期（UTC）", "Ends (UTC)";
    overdue: "已到期", "its time has run out";
    links: "与其他卡口系统的链路", "Links to customs gates of others";
    link: "链路", "Link";
    taken: "已接收", "Taken";
    link_refused: "已拒绝", "Refused";
    last_error: "最近一次原因", "The last because";
    devices: "设备", "Devices";
    no_devices: "尚无设备上报。", "No device has been heard of.";
    device: "设备", "Device";
    kind: "类别", "Kind";
    state: "状态", "State";
    last_frame: "最近一帧", "Last frame";
    per_minute: "帧/分", "Frames/min";
    frames: "有效帧", "Frames";
    rejected: "拒收帧", "Rejected";
    cause: "原因", "Cause";
    never: "从未", "never";
    second: "秒", "s";
    minute: "分", "min";
    hour: "小时", "h";
    day: "天", "d";
}

impl Words {
    /// The word for an urgency.
    pub(super) const fn level(&self, level: Level) -> &'static str {
        match level {
            Level::Good => self.good,
            Level::Warn => self.warn,
            Level::Bad => self.bad,
        }
    }

    /// A span in the unit that a reader can use: `45 s`, `12 min`, `3 h`, `9 d`.
    pub(super) fn span(&self, seconds: u64) -> String {
        match seconds {
            0..120 => format!("{seconds} {}", self.second),
            120..7_200 => format!("{} {}", seconds / 60, self.minute),
            7_200..172_800 => format!("{} {}", seconds / 3_600, self.hour),
            172_800.. => format!("{} {}", seconds / 86_400, self.day),
        }
    }

    /// How long ago something was.
    pub(super) fn ago(&self, seconds: u64) -> String {
        let span = self.span(seconds);
        if self.is_zh {
            format!("{span}前")
        } else {
            format!("{span} ago")
        }
    }
}

/// Bytes in the unit that a reader can use.
pub(super) fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    let mut units = ["B", "KiB", "MiB", "GiB", "TiB"].into_iter();
    let mut unit = units.next().unwrap_or_default();
    for larger in units {
        if value < 1_024.0 {
            break;
        }
        value /= 1_024.0;
        unit = larger;
    }
    if value < 10.0 && unit != "B" {
        format!("{value:.1} {unit}")
    } else {
        format!("{value:.0} {unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_sizes_are_short() {
        let words = &Words::EN;
        for (seconds, shown) in [
            (0, "0 s"),
            (119, "119 s"),
            (120, "2 min"),
            (7_200, "2 h"),
            (172_800, "2 d"),
        ] {
            assert_eq!(words.span(seconds), shown);
        }
        for (bytes, shown) in [
            (0, "0 B"),
            (1_023, "1023 B"),
            (1_536, "1.5 KiB"),
            (34_359_738_368, "32 GiB"),
            (u64::MAX, "16777216 TiB"),
        ] {
            assert_eq!(size(bytes), shown);
        }
        assert_eq!(Words::ZH.ago(300), "5 分前");
        assert_eq!(Words::EN.ago(300), "5 min ago");
    }
}
