//! Events → a few words in both languages, without the inside of our own types.

use domain::decision::Verdict;
use domain::device::DeviceState;
use domain::event::{EventBody, PassageEnd};
use domain::id::UserId;

use super::{Language, pick};

/// The event in a few words.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what is rare is told as the gate tells it"
)]
#[must_use]
pub fn event(body: &EventBody, language: Language) -> String {
    let say = |zh: &str, en: &str| pick(language, zh, en).to_owned();
    match body {
        EventBody::PassageOpened => say("车辆到达", "vehicle arrived"),
        EventBody::PassageDecided(record) => {
            let verdict = verdict(record.decision.verdict, language);
            let holds = record.decision.holds();
            let told: Vec<String> = holds
                .iter()
                .map(|hold| format!("{} {}", hold.rule, hold.reason.code()))
                .collect();
            format!("{verdict} {}", told.join(", "))
                .trim_end()
                .to_owned()
        }
        EventBody::PassageEnded {
            end, duration_ms, ..
        } => {
            let seconds = f64::from(*duration_ms) / 1_000.0;
            format!("{} · {seconds:.1} s", ended(*end, language))
        }
        EventBody::RaiseCommanded { .. } => say("发出抬杆指令", "arm commanded up"),
        EventBody::ArmRaised => say("栏杆已抬起", "arm up"),
        EventBody::ArmLowered => say("栏杆已落下", "arm down"),
        EventBody::GatewayStarted { software, .. } => {
            format!("{} {software}", say("网关启动", "gateway started"))
        }
        EventBody::GatewayStopped => say("网关停止", "gateway stopped"),
        EventBody::LedgerAdvanced { to, rows_changed } => format!(
            "{} {} (+{rows_changed})",
            say("台账更新至", "ledger at revision"),
            to.revision
        ),
        EventBody::DeviceChanged(status) => {
            let state = state(status.state, language);
            let cause = &status.cause;
            format!("{} {state} {cause}", status.device)
                .trim_end()
                .to_owned()
        }
        EventBody::FaultFound { fault, text } => {
            format!("{} {fault:?} {text}", say("故障", "fault"))
        }
        EventBody::FaultCleared { fault } => {
            format!("{} {fault:?}", say("故障消除", "fault gone"))
        }
        EventBody::Breached { breach, .. } => format!("{} {breach:?}", say("闯关", "breach")),
        other => handling(other, language),
    }
}

/// What was done with a hold.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what is rare is told as the gate tells it"
)]
fn handling(body: &EventBody, language: Language) -> String {
    let say = |zh: &str, en: &str| pick(language, zh, en).to_owned();
    let by =
        |user: Option<&UserId>| user.map_or_else(|| say("超时", "timeout"), ToString::to_string);
    match body {
        EventBody::HoldCleared {
            user, reason_code, ..
        } => {
            let who = user
                .as_ref()
                .map_or_else(|| say("海关指令", "a directive"), ToString::to_string);
            format!(
                "{} {who} {reason_code}",
                say("人工放行：", "hold cleared by")
            )
        }
        EventBody::SentToBay { user, .. } => {
            format!(
                "{} {}",
                say("移查验区：", "sent to the bay by"),
                by(user.as_ref())
            )
        }
        EventBody::ReviewAcknowledged { user } => {
            format!("{} {user}", say("已受理：", "review taken by"))
        }
        EventBody::ReviewEscalated { after_s } => {
            format!(
                "{} {after_s} s",
                say("复核超时上报", "review escalated after")
            )
        }
        other => other.in_brief(),
    }
}

/// A verdict.
#[must_use]
pub const fn verdict(verdict: Verdict, language: Language) -> &'static str {
    match verdict {
        Verdict::Release => pick(language, "放行", "release"),
        Verdict::Review => pick(language, "复核", "review"),
        Verdict::Detain => pick(language, "扣留", "detain"),
    }
}

const fn ended(end: PassageEnd, language: Language) -> &'static str {
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

const fn state(state: DeviceState, language: Language) -> &'static str {
    let (zh, en) = match state {
        DeviceState::Live => ("在线", "live"),
        DeviceState::Silent => ("无数据", "silent"),
        DeviceState::Lost => ("断开", "lost"),
        DeviceState::Void => ("数据无效", "void"),
    };
    pick(language, zh, en)
}
