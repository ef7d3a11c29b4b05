//! A form of a page → its fields, after its token was looked at.

use std::collections::BTreeMap;

use axum::extract::{Form, FromRequest, Request};
use axum::http::StatusCode;
use http_door::Problem;
use subtle::ConstantTimeEq as _;

use super::guard::{Asker, FORM_HEADER};

/// Fields of one form.
const FIELDS_MAX: usize = 64;

/// The fields of a form whose token is its session's.
#[derive(Debug)]
pub(super) struct Posted(BTreeMap<String, Vec<String>>);

/// The fields of a form of nobody in particular: to sign in, and to set up.
#[derive(Debug)]
pub(super) struct OpenPosted(Posted);

impl Posted {
    /// The field's value, trimmed; empty if it is not there.
    pub(super) fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// The field's value as typed; empty if it is not there.
    pub(super) fn raw(&self, name: &str) -> &str {
        let values = self.0.get(name);
        values
            .and_then(|values| values.first())
            .map_or("", String::as_str)
    }

    /// Every value of the field.
    pub(super) fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }
}

impl OpenPosted {
    pub(super) fn fields(&self) -> &Posted {
        &self.0
    }
}

async fn fields<S: Send + Sync>(request: Request, state: &S) -> Result<Posted, Problem> {
    let Form(pairs) = Form::<Vec<(String, String)>>::from_request(request, state)
        .await
        .map_err(|error| Problem::new(error.status(), error.body_text()))?;
    if pairs.len() > FIELDS_MAX {
        let way = format!("a form has at most {FIELDS_MAX} fields");
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, way));
    }
    let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in pairs {
        fields.entry(name).or_default().push(value);
    }
    Ok(Posted(fields))
}

/// Whether a token is the session's.
pub(super) fn is_form_of(asker: &Asker, token: &str) -> bool {
    asker.form.as_bytes().ct_eq(token.as_bytes()).into()
}

fn foreign() -> Problem {
    let way = "this form is not of your session; open the page again and send it from there";
    Problem::new(StatusCode::FORBIDDEN, way)
}

impl<S: Send + Sync> FromRequest<S> for Posted {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let asker = request.extensions().get::<Asker>().cloned();
        let header = request.headers().get(FORM_HEADER);
        let header = header
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let posted = fields(request, state).await?;
        let token = header.unwrap_or_else(|| posted.raw("form").to_owned());
        match asker {
            Some(asker) if is_form_of(&asker, &token) => Ok(posted),
            Some(_) | None => Err(foreign()),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for OpenPosted {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        Ok(Self(fields(request, state).await?))
    }
}
