//! Why an act was not done, in words with the way out: English for programs, both languages for
//! people.

use std::collections::BTreeSet;

use domain::id::UserId;
use domain::policy::RuleId;
use wording::Language;

use super::accounts::AskRefusal;

/// Why nothing came of what was asked for.
#[derive(Debug, thiserror::Error)]
pub(super) enum ActRefusal {
    /// Something is missing or is no value.
    #[error("{field}: {what}")]
    Field {
        /// Field of the form.
        field: &'static str,
        /// What is wrong, and the way out.
        what: String,
    },
    /// The role does not do this.
    #[error("your role may not do this; ask a clerk or a supervisor of this gate")]
    Role,
    /// The vehicle waits no more.
    #[error("this vehicle waits no longer: somebody has decided, or it has left")]
    Gone,
    /// The lane has decided again since.
    #[error("the lane has decided again since you looked; look at the new decision")]
    DecidedAgain,
    /// Somebody else has the case.
    #[error("{holder} has this case; it becomes free three minutes after the last act on it")]
    Held {
        /// Who.
        holder: UserId,
    },
    /// Rules that the person may not override.
    #[error("{}", privilege(rules, holders, Language::En))]
    Privilege {
        /// Rules.
        rules: BTreeSet<RuleId>,
        /// Who may.
        holders: Vec<UserId>,
    },
    /// Customs alone releases it.
    #[error("a detained vehicle is released by customs alone")]
    Detained,
    /// The lane refused.
    #[error("the lane did not do it: {why}")]
    Lane {
        /// Its own words.
        why: String,
    },
    /// The lane said nothing.
    #[error("the lane did not answer in time; look at the lane before you ask again")]
    Silent,
    /// The request for a second person was not taken.
    #[error("no second person can be asked")]
    Second(#[from] AskRefusal),
    /// It could not be recorded.
    #[error("it could not be recorded: {why}")]
    Unrecorded {
        /// Why.
        why: String,
    },
}

fn listed<T: ToString>(names: impl IntoIterator<Item = T>, between: &str) -> String {
    let names: Vec<String> = names.into_iter().map(|name| name.to_string()).collect();
    names.join(between)
}

fn privilege(rules: &BTreeSet<RuleId>, holders: &[UserId], language: Language) -> String {
    match (language, holders.is_empty()) {
        (Language::Zh, true) => format!(
            "您无权放行规则 {}；本卡口无人有此权限，请管理员授权。",
            listed(rules, "、")
        ),
        (Language::Zh, false) => format!(
            "您无权放行规则 {}；请找 {}。",
            listed(rules, "、"),
            listed(holders, "、")
        ),
        (Language::En, true) => format!(
            "you may not override {}; nobody at this gate may: an administrator gives privileges",
            listed(rules, ", ")
        ),
        (Language::En, false) => format!(
            "you may not override {}; ask {}",
            listed(rules, ", "),
            listed(holders, ", ")
        ),
    }
}

impl ActRefusal {
    /// The refusal for a person.
    pub(super) fn in_words(&self, language: Language) -> String {
        let zh = match self {
            Self::Second(refusal) => return refusal.in_words(language).to_owned(),
            Self::Privilege { rules, holders } => return privilege(rules, holders, language),
            Self::Held { holder } => {
                format!("{holder} 正在处理此车；其最后一次操作三分钟后可接手。")
            }
            Self::Field { field, what } => format!("请更正 {field}：{what}"),
            Self::Lane { why } => format!("通道未执行：{why}"),
            Self::Unrecorded { why } => format!("无法记录，未执行：{why}"),
            Self::Role => "您的角色无权这样做，请找本卡口的关员或主管。".to_owned(),
            Self::Gone => "此车已不在等待：已有人处置，或车已离开。".to_owned(),
            Self::DecidedAgain => "您查看之后通道又作了判定，请看新的判定。".to_owned(),
            Self::Detained => "扣留车辆只能由海关放行。".to_owned(),
            Self::Silent => "通道未及时应答；请先看通道，再重试。".to_owned(),
        };
        match language {
            Language::Zh => zh,
            Language::En => self.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_privilege_names_the_rules_and_who_has_it() {
        let refusal = |holders: &[&str]| ActRefusal::Privilege {
            rules: [RuleId::R9, RuleId::R12].into(),
            holders: holders
                .iter()
                .map(|name| UserId::parse(name).expect("valid"))
                .collect(),
        };
        for (holders, language, words) in [
            (
                &["super-01", "super-02"][..],
                Language::En,
                "you may not override R9, R12; ask super-01, super-02",
            ),
            (
                &["super-01"],
                Language::Zh,
                "您无权放行规则 R9、R12；请找 super-01。",
            ),
            (
                &[],
                Language::Zh,
                "您无权放行规则 R9、R12；本卡口无人有此权限，请管理员授权。",
            ),
        ] {
            assert_eq!(refusal(holders).in_words(language), words);
        }
    }
}
