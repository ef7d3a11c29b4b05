//! One JSON line → a request. Unknown fields are refused: a misspelt privilege must not be
//! taken for none.

use std::collections::BTreeSet;

use domain::device::{DegradedDeclaration, DegradedMode};
use domain::digest::{Digest, KeyBytes};
use domain::id::{LaneId, PassNumber, PassageId, UserId};
use domain::operator::{Act, LaneMode, OperatorAct};
use domain::policy::RuleId;
use domain::time::Timestamp;
use serde::Deserialize;

use crate::dashboard::accounts::{Role, SecretText};

/// An account that the console wants.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct AccountWanted {
    /// Name.
    pub(super) name: String,
    /// Password.
    pub(super) password: SecretText,
    /// Role of a new account; `None` sets the password of one that there is.
    pub(super) role: Option<Role>,
    /// Rules that it may override.
    pub(super) privileges: BTreeSet<RuleId>,
}

/// What a line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// Health of the daemon.
    Status,
    /// The gate's next signing key.
    AnnounceKey {
        /// Its public half.
        key: KeyBytes,
    },
    /// An account of the page, made or given another password from the console.
    Account(AccountWanted),
    /// An act of a person.
    Act {
        /// Lane.
        lane: LaneId,
        /// The act.
        act: OperatorAct,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    verb: String,
    lane: Option<String>,
    passage: Option<String>,
    user: Option<String>,
    #[serde(default)]
    privileges: Vec<u8>,
    #[serde(default)]
    reason_code: String,
    #[serde(default)]
    text: String,
    pass: Option<String>,
    key: Option<String>,
    mode: Option<String>,
    at: Option<String>,
    until: Option<String>,
    name: Option<String>,
    role: Option<String>,
    password: Option<String>,
}

/// Free text of an act, in characters.
const TEXT_MAX: usize = 500;

pub(super) fn parse(line: &str) -> Result<Request, String> {
    let document: Document =
        serde_json::from_str(line).map_err(|error| format!("not a request: {error}"))?;
    if document.verb == "status" {
        return Ok(Request::Status);
    }
    if document.text.chars().count() > TEXT_MAX {
        return Err(format!("text is longer than {TEXT_MAX} characters"));
    }
    let need = |field: &'static str, value: &Option<String>| {
        value
            .clone()
            .ok_or_else(|| format!("{} needs {field}", document.verb))
    };
    if document.verb == "account" {
        return account(&document);
    }
    if document.verb == "announce_key" {
        return announcement(&need("key", &document.key)?);
    }
    let lane = LaneId::parse(&need("lane", &document.lane)?).map_err(|e| e.to_string())?;
    let user = UserId::parse(&need("user", &document.user)?).map_err(|e| e.to_string())?;
    let passage = document
        .passage
        .as_deref()
        .map(PassageId::parse)
        .transpose()
        .map_err(|error| error.to_string())?;
    let text = document.text.clone();
    let act = match document.verb.as_str() {
        "acknowledge" => Act::Acknowledge,
        "confirm" => Act::Confirm,
        "reweigh" => Act::Reweigh,
        "reread" => Act::Reread,
        "send_to_bay" => Act::SendToBay { text },
        "end_without_release" => Act::EndWithoutRelease { text },
        "clear" => clear(&document)?,
        "choose_pass" => Act::ChoosePass(
            PassNumber::parse(&need("pass", &document.pass)?).map_err(|e| e.to_string())?,
        ),
        "set_mode" => Act::SetMode(match need("mode", &document.mode)?.as_str() {
            "live" => LaneMode::Live,
            "advisory" => LaneMode::Advisory,
            "shadow" => LaneMode::Shadow,
            "closed" => LaneMode::Closed,
            other => return Err(format!("unknown mode {other:?}")),
        }),
        "declare_degraded" => {
            let time = |field, value| {
                Timestamp::parse(&need(field, value)?).map_err(|error| error.to_string())
            };
            Act::DeclareDegraded(DegradedDeclaration {
                mode: degraded(&need("mode", &document.mode)?)?,
                declared_by: user.clone(),
                declared_at: time("at", &document.at)?,
                until: time("until", &document.until)?,
                reason: text,
            })
        }
        "end_degraded" => Act::EndDegraded(degraded(&need("mode", &document.mode)?)?),
        other => return Err(format!("unknown verb {other:?}")),
    };
    Ok(Request::Act {
        lane,
        act: OperatorAct { user, passage, act },
    })
}

/// Who has signed in is known at the page alone: nobody speaks for a second person here.
fn clear(document: &Document) -> Result<Act, String> {
    Ok(Act::Clear {
        attempt: None,
        approved_by: None,
        privileges: rules(&document.privileges)?,
        reason_code: document.reason_code.clone(),
        text: document.text.clone(),
    })
}

fn account(document: &Document) -> Result<Request, String> {
    let need = |field: &str, value: &Option<String>| {
        value
            .clone()
            .ok_or_else(|| format!("account needs {field}"))
    };
    let role = document.role.as_deref().map(|code| {
        let codes = Role::ALL.map(Role::code).join(", ");
        Role::from_code(code).ok_or_else(|| format!("there is no role {code:?}; write {codes}"))
    });
    Ok(Request::Account(AccountWanted {
        name: need("name", &document.name)?,
        password: SecretText::new(need("password", &document.password)?),
        role: role.transpose()?,
        privileges: rules(&document.privileges)?.into_iter().collect(),
    }))
}

fn rules(numbers: &[u8]) -> Result<Vec<RuleId>, String> {
    let rules = numbers.iter();
    rules
        .map(|n| RuleId::from_number(*n).ok_or_else(|| format!("there is no rule {n}")))
        .collect()
}

fn announcement(key: &str) -> Result<Request, String> {
    let key = Digest::parse_hex(key.trim())
        .ok_or_else(|| "key is not 64 hexadecimal digits".to_owned())?;
    Ok(Request::AnnounceKey {
        key: KeyBytes(key.0),
    })
}

fn degraded(code: &str) -> Result<DegradedMode, String> {
    DegradedMode::parse(code).ok_or_else(|| format!("unknown degraded mode {code:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_parsed_strictly() {
        for (line, accepted) in [
            (r#"{"verb":"status"}"#, true),
            (r#"{"verb":"acknowledge","lane":"E1","user":"c1"}"#, true),
            (
                r#"{"verb":"clear","lane":"E1","user":"c1","passage":"p","privileges":[9],"reason_code":"A"}"#,
                true,
            ),
            (
                r#"{"verb":"clear","lane":"E1","user":"c1","privilege":[9]}"#,
                false,
            ),
            (
                r#"{"verb":"clear","lane":"E1","user":"c1","privileges":[20]}"#,
                false,
            ),
            (r#"{"verb":"acknowledge","user":"c1"}"#, false),
            (
                r#"{"verb":"set_mode","lane":"E1","user":"c1","mode":"open"}"#,
                false,
            ),
            (
                r#"{"verb":"account","name":"clerk-07","password":"p","role":"clerk","privileges":[9]}"#,
                true,
            ),
            (
                r#"{"verb":"account","name":"clerk-07","password":"p"}"#,
                true,
            ),
            (r#"{"verb":"account","name":"clerk-07"}"#, false),
            (
                r#"{"verb":"account","name":"a","password":"p","role":"root"}"#,
                false,
            ),
            (r#"{"verb":"announce_key","key":"12"}"#, false),
            (r#"{"verb":"announce_key"}"#, false),
            ("", false),
        ] {
            assert_eq!(parse(line).is_ok(), accepted, "{line}");
        }
    }
}
