//! Events → a few words in both languages, without the inside of our own types.

use domain::account::AccountRecord;
use domain::event::EventBody;
use domain::id::UserId;

use super::{Language, pick};
use crate::terms::{self, account, degraded, device_state, ended, lane_fault, verdict};

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
            let state = device_state(status.state, language);
            let cause = &status.cause;
            format!("{} {state} {cause}", status.device)
                .trim_end()
                .to_owned()
        }
        EventBody::FaultFound { fault, text } => {
            format!(
                "{}: {} {text}",
                say("故障", "fault"),
                lane_fault(*fault, language)
            )
        }
        EventBody::FaultCleared { fault } => {
            format!(
                "{}: {}",
                say("故障消除", "fault gone"),
                lane_fault(*fault, language)
            )
        }
        EventBody::Breached { breach, .. } => {
            format!(
                "{}: {}",
                say("闯关", "breach"),
                terms::breach(*breach, language)
            )
        }
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
            user,
            approved_by,
            reason_code,
            ..
        } => {
            let who = user
                .as_ref()
                .map_or_else(|| say("海关指令", "a directive"), ToString::to_string);
            let second = approved_by.as_ref().map_or_else(String::new, |second| {
                format!("{} {second}", say("，第二人批准：", ", approved by"))
            });
            format!(
                "{} {who} {reason_code}{second}",
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
        EventBody::AccountActed(record) => account_line(record, language),
        EventBody::ReleaseWithdrawn { directive } => {
            format!(
                "{} {directive}",
                say("放行被撤回，指令", "release taken back by directive")
            )
        }
        EventBody::DegradedDeclared(declaration) => format!(
            "{} {} · {} · {}",
            say("启用降级模式", "degraded mode declared"),
            degraded(declaration.mode, language),
            declaration.declared_by,
            declaration.reason
        ),
        EventBody::DegradedEnded { mode, expired } => format!(
            "{} {}{}",
            say("降级模式结束", "degraded mode ended"),
            degraded(*mode, language),
            if *expired {
                say("（到期）", " (time ran out)")
            } else {
                String::new()
            }
        ),
        other => other.in_brief(),
    }
}

fn account_line(record: &AccountRecord, language: Language) -> String {
    let who = record.user.as_ref().map_or("-", UserId::as_str);
    let act = account(record.act, language);
    let text = [who, act, &record.subject, &record.text];
    text.iter()
        .filter(|part| !part.is_empty())
        .copied()
        .collect::<Vec<_>>()
        .join(" · ")
}

#[cfg(test)]
mod tests {
    use domain::account::AccountAct;
    use domain::device::{DegradedDeclaration, DegradedMode};
    use domain::event::LaneFault;
    use domain::time::Timestamp;

    use super::*;

    #[test]
    fn who_did_what_is_told_in_both_languages() {
        let user = UserId::parse("clerk-07").expect("valid");
        let record = AccountRecord {
            user: Some(user.clone()),
            subject: "clerk-08".to_owned(),
            act: AccountAct::PasswordSet,
            text: String::new(),
        };
        let declared = DegradedDeclaration {
            mode: DegradedMode::ScannerDown,
            declared_by: user,
            declared_at: Timestamp::from_seconds(0),
            until: Timestamp::from_seconds(60),
            reason: "x-ray tube".to_owned(),
        };
        let fault = EventBody::FaultCleared {
            fault: LaneFault::LoopStuck,
        };
        for (body, zh, en) in [
            (
                EventBody::AccountActed(record),
                "clerk-07 · 设置密码 · clerk-08",
                "clerk-07 · password set · clerk-08",
            ),
            (
                EventBody::DegradedDeclared(declared),
                "启用降级模式 扫描设备故障 · clerk-07 · x-ray tube",
                "degraded mode declared scanner down · clerk-07 · x-ray tube",
            ),
            (fault, "故障消除: 地感卡滞", "fault gone: a loop is stuck"),
        ] {
            assert_eq!(event(&body, Language::Zh), zh);
            assert_eq!(event(&body, Language::En), en);
        }
    }
}
