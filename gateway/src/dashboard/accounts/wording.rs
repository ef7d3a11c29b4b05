//! Roles, rights and refusals → words in both languages. A missing translation does not compile.

use ::wording::pick;
use domain::policy::RuleId;
use domain::reason::Language;

use super::account::NameRefusal;
use super::password::{CHARACTERS_MAX, CHARACTERS_MIN, PasswordRefusal};
use super::register::{ACCOUNTS_MAX, ChangeRefusal};
use super::role::{Right, Role};
use super::second_factor::CodeRefusal;
use super::sessions::SessionRefusal;
use super::set_up::SetUpRefusal;
use super::sign_in::{BeginRefusal, SignInRefused};
use super::two_persons::{ApprovalRefusal, AskRefusal};

fn wait(seconds: u64, language: Language) -> String {
    match language {
        Language::Zh => format!("错误次数过多，请等待 {seconds} 秒。"),
        Language::En => format!("Too many wrong tries; wait {seconds} s."),
    }
}

impl Role {
    /// Its name.
    #[must_use]
    pub const fn in_words(self, language: Language) -> &'static str {
        let (zh, en) = match self {
            Self::Viewer => ("查看员", "Viewer"),
            Self::Clerk => ("关员", "Clerk"),
            Self::Supervisor => ("主管", "Supervisor"),
            Self::Administrator => ("管理员", "Administrator"),
        };
        pick(language, zh, en)
    }
}

impl Right {
    /// Its name.
    #[must_use]
    pub const fn in_words(self, language: Language) -> &'static str {
        let (zh, en) = match self {
            Self::See => ("查看", "See"),
            Self::Handle => ("处置车辆", "Handle vehicles"),
            Self::Lanes => ("管理通道", "Run lanes"),
            Self::Accounts => ("管理账户", "Keep accounts"),
        };
        pick(language, zh, en)
    }
}

impl NameRefusal {
    /// The refusal for a person.
    #[must_use]
    pub fn in_words(&self, language: Language) -> &'static str {
        let (zh, en) = match self {
            Self::Length { .. } => (
                "用户名须为 3 至 32 个字符。",
                "A name has 3 to 32 characters.",
            ),
            Self::Character { .. } => (
                "用户名只能包含字母 a–z、数字和 - _ .",
                "A name has letters a to z, digits, and - _ . only.",
            ),
        };
        pick(language, zh, en)
    }
}

impl PasswordRefusal {
    /// The refusal for a person.
    #[must_use]
    pub fn in_words(&self, language: Language) -> String {
        match (self, language) {
            (Self::TooShort { characters }, Language::Zh) => {
                format!("密码至少 {CHARACTERS_MIN} 个字符，现为 {characters} 个。")
            }
            (Self::TooShort { characters }, Language::En) => {
                format!("A password has at least {CHARACTERS_MIN} characters, not {characters}.")
            }
            (Self::TooLong { characters }, Language::Zh) => {
                format!("密码至多 {CHARACTERS_MAX} 个字符，现为 {characters} 个。")
            }
            (Self::TooLong { characters }, Language::En) => {
                format!("A password has at most {CHARACTERS_MAX} characters, not {characters}.")
            }
            (Self::Common, Language::Zh) => "密码过于常见，请换一个。".to_owned(),
            (Self::Common, Language::En) => {
                "Everybody tries this password first; choose another.".to_owned()
            }
            (Self::ContainsName, Language::Zh) => "密码不得包含用户名。".to_owned(),
            (Self::ContainsName, Language::En) => {
                "A password does not contain the name of its account.".to_owned()
            }
        }
    }
}

impl CodeRefusal {
    /// The refusal for a person.
    #[must_use]
    pub const fn in_words(self, language: Language) -> &'static str {
        let (zh, en) = match self {
            Self::Wrong => ("动态口令错误。", "The code is wrong."),
            Self::Used => (
                "动态口令已使用，请等待下一个。",
                "The code has been used; wait for the next.",
            ),
        };
        pick(language, zh, en)
    }
}

impl ChangeRefusal {
    /// The refusal for a person.
    #[must_use]
    pub fn in_words(&self, language: Language) -> String {
        let (zh, en) = match self {
            Self::Unknown { name } => {
                return match language {
                    Language::Zh => format!("没有账户 {name}。"),
                    Language::En => format!("There is no account {name}."),
                };
            }
            Self::Exists { name } => {
                return match language {
                    Language::Zh => format!("账户 {name} 已存在（可能已停用）。"),
                    Language::En => {
                        format!("There is an account {name} already, perhaps a disabled one.")
                    }
                };
            }
            Self::LastAdministrator { name } => {
                return match language {
                    Language::Zh => format!("{name} 是最后一名可登录的管理员。"),
                    Language::En => format!("{name} is the last administrator who can sign in."),
                };
            }
            Self::Full => {
                return match language {
                    Language::Zh => format!("账户已达 {ACCOUNTS_MAX} 个。"),
                    Language::En => format!("There are {ACCOUNTS_MAX} accounts already."),
                };
            }
            Self::Code(refusal) => return refusal.in_words(language).to_owned(),
            Self::NotAllowed => ("您无权这样做。", "You may not do that."),
            Self::Privileges => (
                "只有关员和主管可以拥有放行权限。",
                "Only clerks and supervisors have privileges.",
            ),
            Self::NoEnrolment => (
                "动态口令设置已过期，请重新开始。",
                "The second factor was begun too long ago; begin again.",
            ),
            Self::NoSecondFactor { .. } => (
                "该账户未启用动态口令。",
                "The account has no second factor.",
            ),
            Self::File(_) => (
                "无法保存，未作更改。请检查卡口磁盘。",
                "It cannot be kept, so nothing has changed; look at the gate's disk.",
            ),
        };
        pick(language, zh, en).to_owned()
    }
}

impl BeginRefusal {
    /// The refusal for a person.
    #[must_use]
    pub fn in_words(self, language: Language) -> String {
        let (zh, en) = match self {
            Self::Wait { seconds } => return wait(seconds, language),
            Self::Busy => (
                "登录人数较多，请稍候再试。",
                "Several people are signing in; try again in a moment.",
            ),
        };
        pick(language, zh, en).to_owned()
    }
}

impl SignInRefused {
    /// The refusal for a person.
    #[must_use]
    pub fn in_words(&self, language: Language) -> String {
        let wrong = pick(
            language,
            "用户名、密码或动态口令错误。",
            "Name, password or code is wrong.",
        );
        match self.wait_s {
            None => wrong.to_owned(),
            Some(seconds) => format!("{wrong} {}", wait(seconds, language)),
        }
    }
}

impl SetUpRefusal {
    /// The refusal for a person.
    #[must_use]
    pub fn in_words(&self, language: Language) -> String {
        let (zh, en) = match self {
            Self::Wait { seconds } => return wait(*seconds, language),
            Self::Account { refusal } => return refusal.in_words(language),
            Self::Closed => ("卡口已完成初始设置。", "The gate is set up already."),
            Self::Wrong { .. } => (
                "设置码错误；设置码显示在卡口控制台上。",
                "The set-up code is wrong; it stands on the gate's console.",
            ),
        };
        pick(language, zh, en).to_owned()
    }
}

impl SessionRefusal {
    /// The refusal for a person.
    #[must_use]
    pub const fn in_words(self, language: Language) -> &'static str {
        let (zh, en) = match self {
            Self::Unknown => ("请登录。", "Sign in."),
            Self::Idle => (
                "15 分钟无操作，已退出。",
                "Signed out: nobody acted for 15 minutes.",
            ),
            Self::Over => (
                "会话已到最长时限，请重新登录。",
                "The session has reached its longest time; sign in again.",
            ),
            Self::AccountChanged => (
                "账户已变更，请重新登录。",
                "The account has changed; sign in again.",
            ),
        };
        pick(language, zh, en)
    }
}

impl AskRefusal {
    /// The refusal for a person.
    #[must_use]
    pub const fn in_words(&self, language: Language) -> &'static str {
        let (zh, en) = match self {
            Self::LacksRight => ("您无权申请此操作。", "You may not ask for that."),
            Self::TooLong { .. } => ("说明过长。", "The text is too long."),
            Self::TooManyOfYours => (
                "您待批准的申请过多。",
                "Too many of your requests wait already.",
            ),
            Self::Full => ("待批准的申请过多。", "Too many requests wait already."),
        };
        pick(language, zh, en)
    }
}

impl ApprovalRefusal {
    /// The refusal for a person.
    #[must_use]
    pub fn in_words(&self, language: Language) -> String {
        let (zh, en) = match self {
            Self::Taken { by } => {
                return match language {
                    Language::Zh => format!("{by} 已批准。"),
                    Language::En => format!("{by} has approved it already."),
                };
            }
            Self::LacksPrivilege { rules } => {
                let rules: Vec<String> = rules.iter().map(RuleId::to_string).collect();
                let rules = rules.join(" ");
                return match language {
                    Language::Zh => format!("您无权放行规则 {rules}。"),
                    Language::En => format!("You may not override {rules}."),
                };
            }
            Self::Unknown => ("没有此申请。", "There is no such request."),
            Self::SamePerson => ("须由另一人批准。", "A second person has to approve."),
            Self::TooLate => (
                "申请已超过十分钟，请重新申请。",
                "The request is older than ten minutes; ask again.",
            ),
            Self::Withdrawn => ("申请已撤回。", "The request was withdrawn."),
            Self::LacksRight => (
                "您无权处理此申请。",
                "You may not do that with this request.",
            ),
            Self::AskerLacksRight => ("申请人已无此权限。", "Whoever asked may no longer do so."),
        };
        pick(language, zh, en).to_owned()
    }
}
