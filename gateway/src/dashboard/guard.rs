//! Every request, before anything answers it: how many, from which page, by whom. Every answer: the
//! headers that keep a page from doing what it was not made for.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::id::UserId;
use domain::policy::RuleId;
use http_door::{Peer, Problem, headers};

use super::Desk;
use super::accounts::{Presence, Right, Role, SecretText, SessionId};
use super::evidence::Viewer;
use super::shell;

/// Name of the session's cookie. The prefix has the browser refuse it without TLS, from a
/// sub-domain or for a part of the site.
pub(super) const COOKIE: &str = "__Host-kakou";
/// Header that carries a form's token where there is no form.
pub(super) const FORM_HEADER: &str = "x-kakou-form";
/// Longest path with its query.
const TARGET_MAX: usize = 2_048;
/// What answers without a session. Styles and scripts say nothing of the gate.
pub(super) const OPEN: &[&str] = &[
    "/healthz",
    "/readyz",
    "/openapi.json",
    "/sign-in",
    "/set-up",
    "/language",
    "/assets/page.css",
    "/assets/page.js",
    "/assets/evidence.css",
    "/assets/evidence.js",
    "/assets/statistics.css",
];
/// What works before there is an administrator.
const SET_UP: &[&str] = &[
    "/healthz",
    "/readyz",
    "/openapi.json",
    "/set-up",
    "/language",
    "/assets/page.css",
    "/assets/page.js",
];

/// Who asks.
#[derive(Debug, Clone)]
pub(super) struct Asker {
    pub(super) user: UserId,
    pub(super) role: Role,
    /// Rules that may be overridden.
    pub(super) privileges: BTreeSet<RuleId>,
    /// Token that every form sends back.
    pub(super) form: String,
    pub(super) session: SessionId,
    pub(super) token: SecretText,
}

impl Asker {
    pub(super) fn may(&self, right: Right) -> bool {
        self.role.may(right)
    }

    /// Whether what the watchlist says silently is shown.
    pub(super) fn viewer(&self) -> Viewer {
        match self.role {
            Role::Supervisor | Role::Administrator => Viewer::Officer,
            Role::Viewer | Role::Clerk => Viewer::Clerk,
        }
    }
}

/// Where a request comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct From(pub(super) IpAddr);

pub(super) async fn guard(
    State(desk): State<Arc<Desk>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    mut request: Request,
    next: Next,
) -> Response {
    let wants_page =
        !request.uri().path().starts_with("/api/") && headers::accepts_pages(request.headers());
    let is_page = wants_page && request.method() == Method::GET;
    let language = shell::language(&desk, request.headers());
    request.extensions_mut().insert(From(peer.ip()));
    request.extensions_mut().insert(language);
    let mut response = match admit(&desk, peer.ip(), request) {
        Ok(request) => next.run(request).await,
        Err(Refusal::Problem(problem)) => {
            if is_page && problem.status == StatusCode::UNAUTHORIZED.as_u16() {
                Redirect::to("/sign-in").into_response()
            } else {
                problem.into_response()
            }
        }
        Err(Refusal::SetUp) if is_page => Redirect::to("/set-up").into_response(),
        Err(Refusal::SetUp) => {
            let way = "the gate's page has no administrator yet; open /set-up";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, way).into_response()
        }
    };
    if wants_page && let Some(problem) = response.extensions().get::<Problem>() {
        response = shell::problem_page(problem, language);
    }
    headers::put(response.headers_mut());
    response.headers_mut().insert(
        header::STRICT_TRANSPORT_SECURITY,
        header::HeaderValue::from_static("max-age=31536000"),
    );
    response
}

enum Refusal {
    Problem(Problem),
    /// There is no administrator yet.
    SetUp,
}

fn refused(status: StatusCode, way: impl Into<String>) -> Refusal {
    Refusal::Problem(Problem::new(status, way))
}

fn admit(desk: &Desk, ip: IpAddr, mut request: Request) -> Result<Request, Refusal> {
    let target = request.uri().path_and_query();
    if target.map_or(0, |target| target.as_str().len()) > TARGET_MAX {
        let way = format!("ask with at most {TARGET_MAX} characters");
        return Err(refused(StatusCode::URI_TOO_LONG, way));
    }
    if !desk.requests.take(ip, Instant::now()) {
        let way = "too many requests from this address; wait a second and ask less often";
        return Err(refused(StatusCode::TOO_MANY_REQUESTS, way));
    }
    // What changes something comes from a page of this gate, session or not.
    if request.method() != Method::GET
        && request.method() != Method::HEAD
        && !is_own_page(request.headers(), headers::host(&request))
    {
        let way = "only the gate's own pages may send this";
        return Err(refused(StatusCode::FORBIDDEN, way));
    }
    let path = request.uri().path();
    let is_set_up = !SET_UP.contains(&path) && desk.people().needs_set_up();
    if is_set_up {
        return Err(Refusal::SetUp);
    }
    if OPEN.contains(&path) {
        return Ok(request);
    }
    let presence = if path == "/stream" {
        Presence::Watching
    } else {
        Presence::Acting
    };
    // A scraper on this machine has no session: the counters name nobody.
    if path == "/metrics" && ip.is_loopback() {
        return Ok(request);
    }
    let token = headers::cookie(request.headers(), COOKIE).unwrap_or_default();
    let asker = desk
        .people()
        .asker(&token, presence, desk.clock.now().mono)
        .map_err(|why| refused(StatusCode::UNAUTHORIZED, why.to_string()))?;
    request.extensions_mut().insert(asker);
    Ok(request)
}

/// Whether the browser says that a page of this origin sends the request. A program that sends
/// neither header has no cookie that another page could abuse.
fn is_own_page(headers: &HeaderMap, host: Option<&str>) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site"))
        && site != "same-origin"
    {
        return false;
    }
    match (text(header::ORIGIN), host) {
        (None, _) => true,
        (Some(origin), Some(host)) => origin.strip_prefix("https://") == Some(host),
        (Some(_), None) => false,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_the_gates_own_pages_change_anything() {
        for (site, origin, own) in [
            (None, None, true),
            (Some("same-origin"), Some("https://gate:8443"), true),
            (Some("same-origin"), None, true),
            (Some("cross-site"), Some("https://evil.example"), false),
            (Some("same-site"), Some("https://other.gate:8443"), false),
            (Some("none"), None, false),
            (None, Some("https://evil.example"), false),
            (None, Some("http://gate:8443"), false),
            (None, Some("null"), false),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(site) = site {
                headers.insert("sec-fetch-site", HeaderValue::from_static(site));
            }
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            }
            assert_eq!(
                is_own_page(&headers, Some("gate:8443")),
                own,
                "{site:?} {origin:?}"
            );
        }
    }
}
