//! `/accounts`: an administrator makes, changes and disables accounts.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::account::AccountRecord;
use domain::id::UserId;
use domain::policy::RuleId;
use http_door::Problem;
use wording::{Language, pick};

use super::super::Desk;
use super::super::accounts::{Author, ChangeRefusal, Right, Role, SecretText, parse_name};
use super::super::guard::Asker;
use super::super::posted::Posted;
use super::super::shell::{Shell, rendered};
use super::{no_thread, recorded};

/// One account.
struct AccountRow {
    name: String,
    roles: Vec<(&'static str, &'static str, bool)>,
    rules: Vec<(u8, bool)>,
    has_factor: bool,
    is_disabled: bool,
    sessions: usize,
}

#[derive(Template)]
#[template(path = "accounts.html")]
struct AccountsPage {
    f: Shell,
    rows: Vec<AccountRow>,
    roles: Vec<(&'static str, &'static str)>,
    rules: Vec<u8>,
}

fn only_keepers(asker: &Asker, language: Language) -> Result<(), Problem> {
    if asker.may(Right::Accounts) {
        return Ok(());
    }
    let way = pick(
        language,
        "只有管理员可以管理账户。",
        "Only an administrator keeps accounts.",
    );
    Err(Problem::new(StatusCode::FORBIDDEN, way))
}

/// `GET /accounts`
pub(in crate::dashboard) async fn accounts(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let f = Shell::new(&desk, &asker, &headers, "accounts", "/accounts");
    let language = f.language;
    only_keepers(&asker, language)?;
    let rows = {
        let people = desk.people();
        let rows = people.accounts.list().map(|account| AccountRow {
            name: account.name().to_string(),
            roles: Role::ALL
                .map(|role| (role.code(), role.in_words(language), role == account.role()))
                .to_vec(),
            rules: RuleId::ALL
                .map(|rule| (rule.number(), account.privileges().contains(&rule)))
                .to_vec(),
            has_factor: account.has_second_factor(),
            is_disabled: account.is_disabled(),
            sessions: people.sessions.of(account.name()).len(),
        });
        rows.collect()
    };
    let page = AccountsPage {
        rows,
        roles: Role::ALL
            .map(|role| (role.code(), role.in_words(language)))
            .to_vec(),
        rules: RuleId::ALL.map(RuleId::number).to_vec(),
        f,
    };
    rendered(&page)
}

fn wrong(what: impl Into<String>) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, what)
}

fn refused(refusal: &ChangeRefusal, language: Language) -> Problem {
    let why = refusal.in_words(language);
    match refusal {
        ChangeRefusal::File(error) => {
            tracing::error!(error = error as &dyn std::error::Error, "accounts not kept");
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, why)
        }
        ChangeRefusal::NotAllowed => Problem::new(StatusCode::FORBIDDEN, why),
        ChangeRefusal::Unknown { .. }
        | ChangeRefusal::Exists { .. }
        | ChangeRefusal::Full
        | ChangeRefusal::Privileges
        | ChangeRefusal::LastAdministrator { .. }
        | ChangeRefusal::NoEnrolment
        | ChangeRefusal::NoSecondFactor { .. }
        | ChangeRefusal::Code(_) => wrong(why),
    }
}

/// `POST /accounts`: one change, named by `act`.
pub(in crate::dashboard) async fn change_account(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    Extension(language): Extension<Language>,
    posted: Posted,
) -> Result<Response, Problem> {
    only_keepers(&asker, language)?;
    let name = parse_name(posted.text("name"));
    let name = name.map_err(|refusal| wrong(refusal.in_words(language)))?;
    let by = Author::Person(asker.user.clone());
    let records = match posted.text("act") {
        "create" | "password" => with_password(&desk, &by, &name, &posted, language).await?,
        act => without_password(&desk, &by, &name, act, &posted, language)?,
    };
    recorded(&desk, records).await?;
    Ok(Redirect::to("/accounts").into_response())
}

fn without_password(
    desk: &Desk,
    by: &Author,
    name: &UserId,
    act: &str,
    posted: &Posted,
    language: Language,
) -> Result<Vec<AccountRecord>, Problem> {
    let mut people = desk.people();
    let people = &mut *people;
    let accounts = &mut people.accounts;
    let record = match act {
        "change" => {
            let (role, rules) = role_and_rules(posted)?;
            accounts.change(by, name, role, rules)
        }
        "disable" => accounts.set_disabled(by, name, true),
        "enable" => accounts.set_disabled(by, name, false),
        "remove_factor" => accounts.remove_second_factor(by, name),
        other => return Err(wrong(format!("there is no act {other:?}"))),
    };
    let mut records = vec![record.map_err(|refusal| refused(&refusal, language))?];
    if act == "disable" {
        records.extend(people.sessions.end_all_of(by, name));
        people.keep_sessions(desk.clock.now());
    }
    Ok(records)
}

async fn with_password(
    desk: &Desk,
    by: &Author,
    name: &UserId,
    posted: &Posted,
    language: Language,
) -> Result<Vec<AccountRecord>, Problem> {
    let job = {
        let people = desk.people();
        let password = SecretText::new(posted.raw("password"));
        let job = people.accounts.new_password(name, password);
        job.map_err(|refusal| wrong(refusal.in_words(language)))?
    };
    let hashed = tokio::task::spawn_blocking(move || job.run()).await;
    let hashed = hashed.map_err(|error| no_thread(&error))?;
    let hashed = hashed.map_err(|failure| wrong(failure.to_string()))?;
    let mut people = desk.people();
    let accounts = &mut people.accounts;
    let record = if posted.text("act") == "create" {
        let (role, rules) = role_and_rules(posted)?;
        accounts.create(by, role, rules, hashed)
    } else {
        accounts.set_password(by, hashed)
    };
    Ok(vec![record.map_err(|refusal| refused(&refusal, language))?])
}

fn role_and_rules(posted: &Posted) -> Result<(Role, BTreeSet<RuleId>), Problem> {
    let code = posted.text("role");
    let role = Role::from_code(code).ok_or_else(|| wrong(format!("there is no role {code:?}")))?;
    let rules = posted.all("rule").iter().map(|raw| {
        let number = raw.parse().ok();
        number
            .and_then(RuleId::from_number)
            .ok_or_else(|| wrong(format!("there is no rule {raw:?}")))
    });
    Ok((role, rules.collect::<Result<_, _>>()?))
}
