//! Terms of the domain → words in both languages.

use domain::account::AccountAct;
use domain::decision::Verdict;
use domain::device::{DegradedMode, DeviceState};
use domain::event::{Breach, LaneFault, PassageEnd};
use domain::policy::RuleId;
use domain::reading::{RadiationState, ScanVerdict};
use domain::seal::SealState;
use domain::time::TimeSource;

use crate::{Language, pick};

/// A verdict.
#[must_use]
pub const fn verdict(verdict: Verdict, language: Language) -> &'static str {
    match verdict {
        Verdict::Release => pick(language, "放行", "release"),
        Verdict::Review => pick(language, "复核", "review"),
        Verdict::Detain => pick(language, "扣留", "detain"),
    }
}

/// Who vouches for a time.
#[must_use]
pub const fn time_source(source: TimeSource, language: Language) -> &'static str {
    match source {
        TimeSource::Gnss => "GNSS",
        TimeSource::Ntp => "NTP",
        TimeSource::Unsynchronised => pick(language, "未同步", "not synchronised"),
    }
}

/// A seal's state.
#[must_use]
pub const fn seal_state(state: SealState, language: Language) -> &'static str {
    let (zh, en) = match state {
        SealState::Closed => ("锁闭", "closed"),
        SealState::Open => ("未锁闭", "not closed"),
        SealState::Tampered => ("被破坏", "tampered"),
        SealState::Absent => ("缺失", "absent"),
        SealState::Unreadable => ("无法读取", "unreadable"),
    };
    pick(language, zh, en)
}

/// What a radiation portal says.
#[must_use]
pub const fn radiation(state: RadiationState, language: Language) -> &'static str {
    let (zh, en) = match state {
        RadiationState::NoAlarm => ("无报警", "no alarm"),
        RadiationState::Alarm => ("报警，未判定", "alarm, not judged"),
        RadiationState::AdjudicatedBenign => ("报警，已判定无害", "alarm, found benign"),
    };
    pick(language, zh, en)
}

/// What is held against a scan.
#[must_use]
pub const fn scan_verdict(verdict: ScanVerdict, language: Language) -> &'static str {
    match verdict {
        ScanVerdict::NoFinding => pick(language, "未见异常", "no finding"),
        ScanVerdict::Finding => pick(language, "有嫌疑", "finding"),
        ScanVerdict::Pending => pick(language, "待审图", "not judged yet"),
    }
}

/// How a passage ended.
#[must_use]
pub const fn ended(end: PassageEnd, language: Language) -> &'static str {
    let (zh, en) = match end {
        PassageEnd::Completed => ("通过离开", "left"),
        PassageEnd::ToBay => ("去查验区", "left to the bay"),
        PassageEnd::ReversedOut => ("倒车退出", "reversed out"),
        PassageEnd::RunThrough => ("冲卡", "ran through"),
        PassageEnd::EndedByPerson => ("人工结束", "ended by a person"),
        PassageEnd::Vanished => ("未见离开", "never seen to leave"),
        PassageEnd::Observed => ("仅观察", "observed"),
    };
    pick(language, zh, en)
}

/// The state of a device.
#[must_use]
pub const fn device_state(state: DeviceState, language: Language) -> &'static str {
    let (zh, en) = match state {
        DeviceState::Live => ("在线", "live"),
        DeviceState::Silent => ("无数据", "silent"),
        DeviceState::Lost => ("断开", "lost"),
        DeviceState::Void => ("数据无效", "void"),
    };
    pick(language, zh, en)
}

/// A fault of a lane.
#[must_use]
pub const fn lane_fault(fault: LaneFault, language: Language) -> &'static str {
    let (zh, en) = match fault {
        LaneFault::ArmNotRising => ("栏杆未抬起", "the arm does not rise"),
        LaneFault::ArmNotLowering => ("栏杆未落下", "the arm does not come down"),
        LaneFault::LoopStuck => ("地感卡滞", "a loop is stuck"),
        LaneFault::BeamStuck => ("光束卡滞", "a beam is stuck"),
        LaneFault::LimitsConflict => ("限位开关矛盾", "limit switches contradict each other"),
        LaneFault::ControllerRestarted => ("道闸控制器重启", "the gate controller restarted"),
        LaneFault::EdgesLost => ("丢失传感器信号", "sensor edges were lost"),
        LaneFault::CommandRefused => ("控制器拒绝指令", "the controller refused a command"),
        LaneFault::LaneRestarted => ("通道程序重启", "the lane's task was started again"),
        LaneFault::LedgerRebuilt => ("台账重建", "the ledger was begun anew"),
        LaneFault::PictureUnread => ("图片未识读", "a picture was not read"),
    };
    pick(language, zh, en)
}

/// An act on accounts.
#[must_use]
pub const fn account(act: AccountAct, language: Language) -> &'static str {
    let (zh, en) = match act {
        AccountAct::Created => ("新建账户", "account made"),
        AccountAct::Changed => ("变更账户", "account changed"),
        AccountAct::Disabled => ("停用账户", "account disabled"),
        AccountAct::PasswordSet => ("设置密码", "password set"),
        AccountAct::SecondFactorSet => ("启用动态口令", "second factor set"),
        AccountAct::SecondFactorRemoved => ("取消动态口令", "second factor removed"),
        AccountAct::SignedIn => ("登录", "signed in"),
        AccountAct::SignInRefused => ("登录被拒", "sign-in refused"),
        AccountAct::SignedOut => ("退出", "signed out"),
        AccountAct::Locked => ("账户暂时锁定", "account locked for a while"),
        AccountAct::Approved => ("第二人批准", "approved by a second person"),
        AccountAct::Exported => ("导出记录", "records exported"),
        AccountAct::RegionCalled => ("呼叫海关", "region called"),
    };
    pick(language, zh, en)
}

/// A degraded mode.
#[must_use]
pub const fn degraded(mode: DegradedMode, language: Language) -> &'static str {
    let (zh, en) = match mode {
        DegradedMode::RegionUnreachable => ("区域不可达", "region unreachable"),
        DegradedMode::RiskListStale => ("布控名单过期", "risk list stale"),
        DegradedMode::PlateCameraDown => ("车牌相机故障", "plate camera down"),
        DegradedMode::TagReaderDown => ("电子车牌阅读器故障", "tag reader down"),
        DegradedMode::WeighbridgeDown => ("地磅故障", "weighbridge down"),
        DegradedMode::ScannerDown => ("扫描设备故障", "scanner down"),
        DegradedMode::SealReaderDown => ("封志阅读器故障", "seal reader down"),
        DegradedMode::BarrierOnHandKey => ("手动钥匙控制栏杆", "barrier on its hand key"),
        DegradedMode::ClockUnsynchronised => ("时钟未同步", "clock unsynchronised"),
    };
    pick(language, zh, en)
}

/// What a rule is about.
#[must_use]
pub const fn rule(rule: RuleId, language: Language) -> &'static str {
    let (zh, en) = match rule {
        RuleId::R1 => ("车辆身份", "identity"),
        RuleId::R2 => ("车辆备案", "vehicle recordation"),
        RuleId::R3 => ("企业与驾驶员备案", "company and driver"),
        RuleId::R4 => ("场所、车道、方向、时段", "site, lane, direction, window"),
        RuleId::R5 => ("台账记录", "ledger entry"),
        RuleId::R6 => ("集装箱号", "container numbers"),
        RuleId::R7 => ("空重", "empty or loaded"),
        RuleId::R8 => ("封志", "seal"),
        RuleId::R9 => ("重量", "weight"),
        RuleId::R10 => ("法定总重与轴重", "legal gross and axle load"),
        RuleId::R11 => ("布控", "directives"),
        RuleId::R12 => ("机检结论", "scan verdict"),
        RuleId::R13 => ("辐射", "radiation"),
        RuleId::R14 => ("途中监管", "journey"),
        RuleId::R15 => ("进出连贯", "visit continuity"),
        RuleId::R16 => ("监控名单", "watchlist"),
        RuleId::R17 => ("设备状态", "device health"),
        RuleId::R18 => ("随机抽查", "sampling"),
        RuleId::R19 => ("通道秩序", "lane integrity"),
    };
    pick(language, zh, en)
}

/// A breach.
#[must_use]
pub const fn breach(breach: Breach, language: Language) -> &'static str {
    let (zh, en) = match breach {
        Breach::ArmUpWithoutDecision => ("未判定而栏杆抬起", "arm up without a decision"),
        Breach::TailFollowing => ("跟车闯关", "tail-following"),
        Breach::RunThrough => ("冲卡", "run-through"),
        Breach::ArmForced => ("栏杆被强行移动", "arm forced"),
        Breach::HandKey => ("手动钥匙开启", "hand key turned"),
    };
    pick(language, zh, en)
}
