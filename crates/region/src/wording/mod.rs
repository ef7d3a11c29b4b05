//! Figures and codes → words in both languages. A missing translation does not compile.

pub use ::wording::{Language, event, pick, verdict};

use crate::questions::conveyances::ConveyanceKind;
use crate::statistics::tally::Step;
use crate::statistics::warnings::{Proof, Warning, WarningKind, step_of};

/// A step of a passage.
#[must_use]
pub const fn step(step: Step, language: Language) -> &'static str {
    let (zh, en) = match step {
        Step::Tag => ("到达至电子车牌首次读出", "arrival to first tag read"),
        Step::Weigh => ("到达至重量稳定", "arrival to stable weight"),
        Step::Evidence => ("到达至证据齐备", "arrival to frozen evidence"),
        Step::Decide => ("最后输入至判定", "last input to decision"),
        Step::Clear => ("拦下至放行", "hold to clearance"),
        Step::Whole => ("到达至离开", "arrival to end"),
    };
    pick(language, zh, en)
}

/// A kind of conveyance.
#[must_use]
pub const fn conveyance(kind: ConveyanceKind, language: Language) -> &'static str {
    let (zh, en) = match kind {
        ConveyanceKind::Ship => ("船舶", "ship"),
        ConveyanceKind::SmallVessel => ("来往港澳小型船舶", "small vessel"),
        ConveyanceKind::Aircraft => ("航空器", "aircraft"),
        ConveyanceKind::Train => ("列车", "train"),
        ConveyanceKind::Vehicle => ("车辆", "vehicle"),
        ConveyanceKind::Unstated => ("运输工具", "conveyance"),
    };
    pick(language, zh, en)
}

/// What has become worse.
#[must_use]
pub const fn kind(kind: WarningKind, language: Language) -> &'static str {
    let (zh, en) = match kind {
        WarningKind::RuleHolds => ("规则拦截增多", "a rule holds more"),
        WarningKind::PremisesHolds => ("场所拦截增多", "a site holds more"),
        WarningKind::CompanyHolds => ("企业车辆被拦增多", "a company is held more"),
        WarningKind::ClerkOverrides => ("关员人工放行增多", "a clerk lets go more"),
        WarningKind::DeviceFailures => ("设备故障增多", "a device fails more"),
        WarningKind::LaneFaults => ("通道故障或闯关增多", "faults or breaches increase"),
        WarningKind::WeightDrift => ("地磅读数漂移", "a scale drifts"),
        WarningKind::SlowStep => ("步骤变慢", "a step is slower"),
        WarningKind::PlateConfidence => ("车牌识别变差", "plates are read less surely"),
        WarningKind::ContainerConfidence => ("箱号识别变差", "containers are read less surely"),
    };
    pick(language, zh, en)
}

/// The subject of a warning; a step is named in words.
#[must_use]
pub fn subject(warning: &Warning, language: Language) -> String {
    match step_of(&warning.subject).filter(|_| warning.kind == WarningKind::SlowStep) {
        Some(of) => {
            let place = warning
                .subject
                .rsplit_once(' ')
                .map_or("", |(place, _)| place);
            format!("{place} · {}", step(of, language))
        }
        None => warning.subject.clone(),
    }
}

/// A warning in one sentence with its figures.
#[must_use]
pub fn warning(warning: &Warning, language: Language) -> String {
    let kind = kind(warning.kind, language);
    let subject = subject(warning, language);
    let figures = figures(warning, language);
    match language {
        Language::Zh => format!("{kind}：{subject}。{figures}"),
        Language::En => format!("{kind}: {subject}. {figures}"),
    }
}

/// The figures that led to a warning, and the threshold.
#[must_use]
pub fn figures(warning: &Warning, language: Language) -> String {
    let (recent, past) = (warning.recent, warning.past);
    let is_rate = matches!(
        warning.kind,
        WarningKind::DeviceFailures | WarningKind::LaneFaults
    );
    let compared = match (warning.proof, language) {
        (Proof::Chance { .. }, Language::Zh) if is_rate => format!(
            "{:.0} 小时内 {:.0} 次；此前 {:.0} 小时 {:.0} 次",
            recent.of, recent.value, past.of, past.value
        ),
        (Proof::Chance { .. }, Language::En) if is_rate => format!(
            "{:.0} in {:.0} hours; before, {:.0} in {:.0} hours",
            recent.value, recent.of, past.value, past.of
        ),
        (Proof::Chance { .. }, Language::Zh) => format!(
            "近期 {:.0}/{:.0}（{}）；此前 {:.0}/{:.0}（{}）",
            recent.value,
            recent.of,
            share(recent.value, recent.of),
            past.value,
            past.of,
            share(past.value, past.of)
        ),
        (Proof::Chance { .. }, Language::En) => format!(
            "{:.0} of {:.0} ({}); before, {:.0} of {:.0} ({})",
            recent.value,
            recent.of,
            share(recent.value, recent.of),
            past.value,
            past.of,
            share(past.value, past.of)
        ),
        (Proof::Errors { .. }, Language::Zh) => format!(
            "近期中位数 {}（{:.0} 次）；此前 {}（{:.0} 次）",
            level(warning.kind, recent.value),
            recent.of,
            level(warning.kind, past.value),
            past.of
        ),
        (Proof::Errors { .. }, Language::En) => format!(
            "median {} of {:.0}; before, {} of {:.0}",
            level(warning.kind, recent.value),
            recent.of,
            level(warning.kind, past.value),
            past.of
        ),
    };
    format!("{compared}{}", proof(warning.proof, language))
}

fn proof(proof: Proof, language: Language) -> String {
    match (proof, language) {
        (Proof::Chance { chance, threshold }, Language::Zh) => {
            format!("；若无变化，出现如此多的概率为 {chance:.1e}（阈值 {threshold:.1e}）")
        }
        (Proof::Chance { chance, threshold }, Language::En) => format!(
            "; chance of so many if nothing had changed {chance:.1e} (threshold {threshold:.1e})"
        ),
        (Proof::Errors { errors, threshold }, Language::Zh) => {
            format!("；相差 {errors:.1} 个标准误差（阈值 {threshold:.0}）")
        }
        (Proof::Errors { errors, threshold }, Language::En) => {
            format!("; {errors:.1} standard errors apart (threshold {threshold:.0})")
        }
    }
}

fn share(part: f64, whole: f64) -> String {
    if whole > 0.0 {
        format!("{:.1} %", 100.0 * part / whole)
    } else {
        "-".to_owned()
    }
}

fn level(kind: WarningKind, value: f64) -> String {
    match kind {
        WarningKind::WeightDrift => format!("{value:+.0} kg"),
        WarningKind::SlowStep => format!("{:.1} s", value / 1_000.0),
        WarningKind::PlateConfidence | WarningKind::ContainerConfidence => {
            format!("{:.1} %", value / 10.0)
        }
        WarningKind::RuleHolds
        | WarningKind::PremisesHolds
        | WarningKind::CompanyHolds
        | WarningKind::ClerkOverrides
        | WarningKind::DeviceFailures
        | WarningKind::LaneFaults => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::warnings::Figure;

    #[test]
    fn a_warning_tells_its_figures_and_its_threshold_in_both_languages() {
        let drift = Warning {
            kind: WarningKind::WeightDrift,
            subject: "R/P/G E1".to_owned(),
            recent: Figure {
                value: 120.0,
                of: 80.0,
            },
            past: Figure {
                value: -4.0,
                of: 2_000.0,
            },
            proof: Proof::Errors {
                errors: 11.3,
                threshold: 5.0,
            },
        };
        assert_eq!(
            warning(&drift, Language::En),
            "a scale drifts: R/P/G E1. median +120 kg of 80; before, -4 kg of 2000; \
             11.3 standard errors apart (threshold 5)"
        );
        assert!(warning(&drift, Language::Zh).contains("+120 kg（80 次）"));
        let held = Warning {
            kind: WarningKind::RuleHolds,
            subject: "P1 R9".to_owned(),
            recent: Figure {
                value: 20.0,
                of: 100.0,
            },
            past: Figure {
                value: 30.0,
                of: 1_000.0,
            },
            proof: Proof::Chance {
                chance: 3e-9,
                threshold: 1e-5,
            },
        };
        let text = warning(&held, Language::En);
        assert!(
            text.contains("20 of 100 (20.0 %); before, 30 of 1000 (3.0 %)"),
            "{text}"
        );
        assert!(text.contains("3.0e-9 (threshold 1.0e-5)"), "{text}");
    }

    #[test]
    fn a_slow_step_is_named_in_words() {
        let slow = Warning {
            kind: WarningKind::SlowStep,
            subject: "R/P/G E1 Weigh".to_owned(),
            recent: Figure {
                value: 12_000.0,
                of: 80.0,
            },
            past: Figure {
                value: 8_000.0,
                of: 2_000.0,
            },
            proof: Proof::Errors {
                errors: 11.3,
                threshold: 5.0,
            },
        };
        assert_eq!(subject(&slow, Language::Zh), "R/P/G E1 · 到达至重量稳定");
        assert!(figures(&slow, Language::En).starts_with("median 12.0 s of 80"));
    }
}
