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

use super::super::Desk;
use super::super::accounts::{Author, ChangeRefusal, Right, Role, SecretText, parse_name};
use super::super::guard::Asker;
use super::super::posted::Posted;
use super::super::shell::{PageProblem, Shell, or_page, rendered};
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

fn only_keepers(asker: &Asker) -> Result<(), Problem> {
    if asker.may(Right::Accounts) {
        return Ok(());
    }
    let way = "only an administrator keeps accounts";
    Err(Problem::new(StatusCode::FORBIDDEN, way))
}

/// `GET /accounts`
pub(in crate::dashboard) async fn accounts(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    headers: HeaderMap,
) -> Result<Response, PageProblem> {
    let f = Shell::new(&desk, &asker, &headers, "accounts", "/accounts");
    let language = f.language;
    or_page(language, only_keepers(&asker))?;
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
    rendered(language, &page)
}

fn wrong(what: impl ToString) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, what.to_string())
}

fn refused(refusal: ChangeRefusal) -> Problem {
    match refusal {
        ChangeRefusal::File(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "accounts not kept"
            );
            let way = "the accounts cannot be kept; the log of kakou says why";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, way)
        }
        ChangeRefusal::NotAllowed => Problem::new(StatusCode::FORBIDDEN, refusal.to_string()),
        ChangeRefusal::Unknown { .. }
        | ChangeRefusal::Exists { .. }
        | ChangeRefusal::Full
        | ChangeRefusal::Privileges
        | ChangeRefusal::LastAdministrator { .. }
        | ChangeRefusal::NoEnrolment
        | ChangeRefusal::NoSecondFactor { .. }
        | ChangeRefusal::Code(_) => wrong(refusal),
    }
}

/// `POST /accounts`: one change, named by `act`.
pub(in crate::dashboard) async fn change_account(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    posted: Posted,
) -> Result<Response, Problem> {
    only_keepers(&asker)?;
    let name = parse_name(posted.text("name")).map_err(wrong)?;
    let by = Author::Person(asker.user.clone());
    let records = match posted.text("act") {
        "create" | "password" => with_password(&desk, &by, &name, &posted).await?,
        act => without_password(&desk, &by, &name, act, &posted)?,
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
    let mut records = vec![record.map_err(refused)?];
    if act == "disable" {
        records.extend(people.sessions.end_all_of(by, name));
    }
    Ok(records)
}

async fn with_password(
    desk: &Desk,
    by: &Author,
    name: &UserId,
    posted: &Posted,
) -> Result<Vec<AccountRecord>, Problem> {
    let job = {
        let people = desk.people();
        let password = SecretText::new(posted.raw("password"));
        people
            .accounts
            .new_password(name, password)
            .map_err(wrong)?
    };
    let hashed = tokio::task::spawn_blocking(move || job.run()).await;
    let hashed = hashed.map_err(|error| no_thread(&error))?;
    let hashed = hashed.map_err(wrong)?;
    let mut people = desk.people();
    let accounts = &mut people.accounts;
    let record = if posted.text("act") == "create" {
        let (role, rules) = role_and_rules(posted)?;
        accounts.create(by, role, rules, hashed)
    } else {
        accounts.set_password(by, hashed)
    };
    Ok(vec![record.map_err(refused)?])
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
