//! Query strings → parameters, each named in the problem if it cannot be used.

use axum::extract::{FromRequestParts, Query};
use axum::http::StatusCode;
use axum::http::request::Parts;
use domain::container::ContainerNumber;
use domain::plate::Plate;
use domain::time::Timestamp;
use serde::de::DeserializeOwned;

use crate::questions::Subject;
use http_door::Problem;

/// Parameters of the query string.
pub(super) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Query::<T>::try_from_uri(&parts.uri)
            .map(|Query(asked)| Self(asked))
            .map_err(|error| {
                // Names the parameter, and for an unknown one those that there are.
                Problem::new(StatusCode::BAD_REQUEST, error.body_text())
            })
    }
}

/// Most answers of one page, and how many there are if nothing is asked for.
pub(super) const LIMIT_MAX: u32 = 500;
pub(super) const LIMIT_DEFAULT: u32 = 50;

pub(super) fn limit(asked: Option<&str>) -> Result<u32, Problem> {
    let Some(text) = asked else {
        return Ok(LIMIT_DEFAULT);
    };
    let limit = text.parse().ok();
    limit
        .filter(|limit| (1..=LIMIT_MAX).contains(limit))
        .ok_or_else(|| Problem::parameter("limit", format!("write a number from 1 to {LIMIT_MAX}")))
}

pub(super) fn time(name: &str, asked: Option<&str>, or: Timestamp) -> Result<Timestamp, Problem> {
    match asked {
        None | Some("") => Ok(or),
        Some(text) => Timestamp::parse(text).map_err(|_| {
            let way = "write a time such as 2026-03-01T08:00:00Z (a + in it as %2B)";
            Problem::parameter(name, way)
        }),
    }
}

/// Longest value of a parameter.
const VALUE_MAX: usize = 128;

/// A text that may stand in a question.
pub(super) fn text(name: &str, asked: Option<&str>) -> Result<Option<String>, Problem> {
    match asked.map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) if text.chars().count() > VALUE_MAX => Err(Problem::parameter(
            name,
            format!("at most {VALUE_MAX} characters"),
        )),
        // PostgreSQL has no text with a zero in it.
        Some(text) if text.chars().any(char::is_control) => {
            Err(Problem::parameter(name, "control characters are not used"))
        }
        Some(text) => Ok(Some(text.to_owned())),
    }
}

pub(super) fn plate(name: &str, raw: &str) -> Result<String, Problem> {
    Plate::parse(raw)
        .map(|plate| plate.as_str().to_owned())
        .map_err(|error| Problem::parameter(name, format!("no plate: {error}")))
}

/// At most one of plate, container, pass and driver.
pub(super) fn subject(
    asked_plate: Option<&str>,
    asked_container: Option<&str>,
    asked_pass: Option<&str>,
    asked_driver: Option<&str>,
) -> Result<Option<Subject>, Problem> {
    let mut found = Vec::new();
    if let Some(raw) = text("plate", asked_plate)? {
        found.push(Subject::Plate(plate("plate", &raw)?));
    }
    if let Some(raw) = text("container", asked_container)? {
        let number = ContainerNumber::parse(&raw).map_err(|error| {
            Problem::parameter("container", format!("no container number: {error}"))
        })?;
        found.push(Subject::Container(number.as_str().to_owned()));
    }
    found.extend(text("pass", asked_pass)?.map(Subject::Pass));
    found.extend(text("driver", asked_driver)?.map(Subject::Driver));
    if found.len() > 1 {
        let way = "ask for one of plate, container, pass and driver at a time";
        return Err(Problem::parameter("plate", way));
    }
    Ok(found.pop())
}
