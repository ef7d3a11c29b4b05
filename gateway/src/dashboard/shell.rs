//! What every page has around its content: who is here, in which language, where; and problems as
//! pages, which the guard makes of them where a page was asked for.

use askama::Template;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use domain::decision::Verdict;
use http_door::{Problem, headers::cookie};
use wording::Language;

use super::Desk;
use super::accounts::Right;
use super::guard::Asker;
use super::words::Words;

/// Cookie of the chosen language.
pub(super) const LANGUAGE_COOKIE: &str = "kakou_lang";

/// Around a page.
pub(super) struct Shell {
    pub(super) w: &'static Words,
    pub(super) language: Language,
    pub(super) lang: &'static str,
    pub(super) other_lang: &'static str,
    pub(super) other_code: &'static str,
    pub(super) gate: String,
    pub(super) here: &'static str,
    /// Path to come back to after another language was chosen.
    pub(super) path: String,
    pub(super) user: String,
    pub(super) role: &'static str,
    /// Token that every form sends back.
    pub(super) form: String,
    pub(super) may_accounts: bool,
    pub(super) may_handle: bool,
    pub(super) may_lanes: bool,
}

impl Shell {
    pub(super) fn new(
        desk: &Desk,
        asker: &Asker,
        headers: &HeaderMap,
        here: &'static str,
        path: &str,
    ) -> Self {
        let language = language(desk, headers);
        let (lang, other_lang, other_code) = match language {
            Language::Zh => ("zh", "en", "en"),
            Language::En => ("en", "zh", "zh-CN"),
        };
        Self {
            w: Words::of(language),
            language,
            lang,
            other_lang,
            other_code,
            gate: desk.packer.gate.to_string(),
            here,
            path: back(path).to_owned(),
            user: asker.user.to_string(),
            role: asker.role.in_words(language),
            form: asker.form.clone(),
            may_accounts: asker.may(Right::Accounts),
            may_handle: asker.may(Right::Handle),
            may_lanes: asker.may(Right::Lanes),
        }
    }
}

/// Colour class and shape of a verdict; the word beside them says the same.
pub(super) const fn tone(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Release => ("release", "●"),
        Verdict::Review => ("review", "▲"),
        Verdict::Detain => ("detain", "■"),
    }
}

/// The same question, asked for a table file.
pub(super) fn as_csv(fields: &[(&str, &Option<String>)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("format", "csv");
    for (name, value) in fields {
        if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
            query.append_pair(name, value);
        }
    }
    query.finish()
}

/// A path of ours, or the first page.
pub(super) fn back(path: &str) -> &str {
    let is_ours = path.starts_with('/')
        && !path.starts_with("//")
        && path.len() <= 200
        && path
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"/-_".contains(&b));
    if is_ours { path } else { "/" }
}

/// The language that was chosen, else the site's.
pub(super) fn language(desk: &Desk, headers: &HeaderMap) -> Language {
    match cookie(headers, LANGUAGE_COOKIE).as_deref() {
        Some("zh") => Language::Zh,
        Some("en") => Language::En,
        Some(_) | None => desk.language,
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'p> {
    w: &'static Words,
    problem: &'p Problem,
}

/// A problem as a page, for whoever asked for one.
pub(super) fn problem_page(problem: &Problem, language: Language) -> Response {
    let page = ProblemPage {
        w: Words::of(language),
        problem,
    };
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match page.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(_) => problem.clone().into_response(),
    }
}

/// The page as an answer.
pub(super) fn rendered(page: &impl Template) -> Result<Response, Problem> {
    match page.render() {
        Ok(text) => Ok(Html(text).into_response()),
        Err(error) => {
            tracing::error!(%error, "page not rendered");
            let way = "the page cannot be shown; the API answers the same";
            Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, way))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::back;

    #[test]
    fn only_paths_of_ours_are_come_back_to() {
        for (path, to) in [
            ("/review/E1-17-3", "/review/E1-17-3"),
            ("//evil.example", "/"),
            ("https://evil.example", "/"),
            ("/a?b=c", "/"),
            ("/a\r\nx: y", "/"),
            ("", "/"),
        ] {
            assert_eq!(back(path), to, "{path:?}");
        }
    }
}
