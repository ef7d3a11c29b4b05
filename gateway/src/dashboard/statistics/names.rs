//! Our own kinds of thing → a stable code and a name in both languages. A kind without a name
//! does not compile.

use decision::wording::text as finding_text;
use domain::decision::{Finding, Outcome};
use domain::device::DeviceKind;
use domain::event::{Breach, LaneFault, PassageEnd};
use domain::policy::RuleId;
use domain::reason::{Language, ReasonCode};
use serde::Serialize;
use utoipa::ToSchema;

use super::hour::Step;

/// A kind of thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Named {
    /// Stable, lower case.
    pub(crate) code: &'static str,
    /// Chinese.
    pub(crate) zh: &'static str,
    /// English.
    pub(crate) en: &'static str,
}

/// Code, Chinese and English of a [`Named`].
pub(crate) const fn named(code: &'static str, zh: &'static str, en: &'static str) -> Named {
    Named { code, zh, en }
}

impl Named {
    /// The name in one language.
    #[must_use]
    pub(crate) const fn said(&self, language: Language) -> &'static str {
        match language {
            Language::Zh => self.zh,
            Language::En => self.en,
        }
    }
}

/// What a rule is about.
pub(super) const fn rule(rule: RuleId) -> Named {
    const CODES: [&str; RuleId::ALL.len()] = [
        "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
        "r15", "r16", "r17", "r18", "r19",
    ];
    named(
        CODES[rule.number() as usize - 1],
        wording::rule(rule, Language::Zh),
        wording::rule(rule, Language::En),
    )
}

/// A reason in words, without figures.
pub(super) fn reason(rule: RuleId, reason: ReasonCode, language: Language) -> String {
    let finding = Finding {
        rule,
        outcome: Outcome::Review,
        reason,
        observed: String::new(),
        expected: String::new(),
        limit: String::new(),
    };
    finding_text(&finding, language)
}

/// A step of a passage.
pub(super) const fn step(step: Step) -> Named {
    match step {
        Step::Weigh => named(
            "weigh",
            "到达至首次稳定重量",
            "arrival to first stable weight",
        ),
        Step::Evidence => named("evidence", "到达至证据齐备", "arrival to frozen evidence"),
        Step::Decide => named("decide", "末次输入至判定", "last input to decision"),
        Step::Clear => named("clear", "拦下至人工放行", "hold to clearance"),
        Step::Whole => named("whole", "到达至结束", "arrival to end"),
    }
}

/// How a passage ended.
pub(super) const fn end(end: PassageEnd) -> Named {
    let code = match end {
        PassageEnd::Completed => "completed",
        PassageEnd::ToBay => "to_bay",
        PassageEnd::ReversedOut => "reversed_out",
        PassageEnd::RunThrough => "run_through",
        PassageEnd::EndedByPerson => "ended_by_person",
        PassageEnd::Vanished => "vanished",
        PassageEnd::Observed => "observed",
    };
    named(
        code,
        wording::ended(end, Language::Zh),
        wording::ended(end, Language::En),
    )
}

/// A breach.
pub(super) const fn breach(breach: Breach) -> Named {
    let code = match breach {
        Breach::ArmUpWithoutDecision => "arm_up_without_decision",
        Breach::TailFollowing => "tail_following",
        Breach::RunThrough => "run_through",
        Breach::ArmForced => "arm_forced",
        Breach::HandKey => "hand_key",
    };
    named(
        code,
        wording::breach(breach, Language::Zh),
        wording::breach(breach, Language::En),
    )
}

/// A fault.
pub(super) const fn fault(fault: LaneFault) -> Named {
    let code = match fault {
        LaneFault::ArmNotRising => "arm_not_rising",
        LaneFault::ArmNotLowering => "arm_not_lowering",
        LaneFault::LoopStuck => "loop_stuck",
        LaneFault::BeamStuck => "beam_stuck",
        LaneFault::LimitsConflict => "limits_conflict",
        LaneFault::ControllerRestarted => "controller_restarted",
        LaneFault::EdgesLost => "edges_lost",
        LaneFault::CommandRefused => "command_refused",
        LaneFault::LaneRestarted => "lane_restarted",
        LaneFault::LedgerRebuilt => "ledger_rebuilt",
        LaneFault::PictureUnread => "picture_unread",
    };
    named(
        code,
        wording::lane_fault(fault, Language::Zh),
        wording::lane_fault(fault, Language::En),
    )
}

/// A kind of device.
pub(crate) const fn device_kind(kind: DeviceKind) -> Named {
    let (zh, en) = match kind {
        DeviceKind::Weighbridge => ("地磅", "weighbridge"),
        DeviceKind::TagReader => ("电子车牌阅读器", "tag reader"),
        DeviceKind::PlateCamera => ("车牌相机", "plate camera"),
        DeviceKind::ContainerCamera => ("箱号相机", "container camera"),
        DeviceKind::SealReader => ("封志阅读器", "seal reader"),
        DeviceKind::Scanner => ("集装箱扫描设备", "container scanner"),
        DeviceKind::RadiationPortal => ("辐射探测门", "radiation portal"),
        DeviceKind::CardReader => ("司机读卡器", "card reader"),
        DeviceKind::Position => ("卫星接收机", "satellite receiver"),
        DeviceKind::Tracker => ("车载终端网关", "trackers' gateway"),
        DeviceKind::GateController => ("道闸控制器", "gate controller"),
    };
    named(kind.code(), zh, en)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_sentence_without_figures_in_both_languages() {
        for code in ReasonCode::ALL {
            let zh = reason(RuleId::R1, code, Language::Zh);
            let en = reason(RuleId::R1, code, Language::En);
            assert!(!zh.is_empty() && !en.is_empty() && zh != en, "{code:?}");
            assert!(!en.ends_with(['(', ' ']), "{en}");
        }
    }
}
