//! Every request, before anything answers it: how many, how long, by whom. Every answer: the
//! headers that keep a page from doing what it was not made for.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use http_door::{Peer, Problem, headers};

use super::Desk;
use super::tokens::Holder;

/// Name of the page's cookie.
pub(super) const COOKIE: &str = "kakou_token";
/// Longest path with its query.
const TARGET_MAX: usize = 4_096;
/// What answers without a token. The style and the script say nothing of the region.
const OPEN: &[&str] = &[
    "/healthz",
    "/openapi.json",
    "/login",
    "/assets/page.css",
    "/assets/page.js",
];

/// Who asks.
#[derive(Debug, Clone)]
pub(super) struct Asker {
    pub(super) holder: Holder,
    /// By the page's cookie, not by a bearer token.
    pub(super) by_cookie: bool,
}

pub(super) async fn guard(
    State(desk): State<Arc<Desk>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    request: Request,
    next: Next,
) -> Response {
    desk.counts.requests.fetch_add(1, Ordering::Relaxed);
    let is_page =
        !request.uri().path().starts_with("/api/") && headers::accepts_pages(request.headers());
    let mut response = match admit(&desk, peer.ip(), request) {
        Ok(request) => next.run(request).await,
        Err(problem) => {
            desk.counts.refused.fetch_add(1, Ordering::Relaxed);
            if is_page && problem.status == StatusCode::UNAUTHORIZED.as_u16() {
                Redirect::to("/login").into_response()
            } else {
                problem.into_response()
            }
        }
    };
    headers::put(response.headers_mut());
    response
}

fn admit(desk: &Desk, ip: std::net::IpAddr, mut request: Request) -> Result<Request, Problem> {
    let target = request
        .uri()
        .path_and_query()
        .map_or(0, |t| t.as_str().len());
    if target > TARGET_MAX {
        let way = format!("ask with at most {TARGET_MAX} characters");
        return Err(Problem::new(StatusCode::URI_TOO_LONG, way));
    }
    if !desk.requests.take(ip, Instant::now()) {
        let way = "too many requests from this address; wait a second and ask less often";
        return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, way));
    }
    if OPEN.contains(&request.uri().path()) {
        return Ok(request);
    }
    let (token, by_cookie) = token(request.headers());
    let Some(token) = token else {
        let way = "send Authorization: Bearer and a token (kakou-region token), or use /login";
        return Err(Problem::new(StatusCode::UNAUTHORIZED, way));
    };
    let holder = check(desk, ip, &token)?;
    request.extensions_mut().insert(Asker { holder, by_cookie });
    Ok(request)
}

/// Who holds a token; wrong ones are counted, and too many of them are not looked at any more.
pub(super) fn check(desk: &Desk, ip: std::net::IpAddr, token: &str) -> Result<Holder, Problem> {
    let now = Instant::now();
    if !desk.wrong_tokens.has(ip, now) {
        let way = "too many wrong tokens from this address; wait ten seconds";
        return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, way));
    }
    desk.tokens.holder(token).cloned().ok_or_else(|| {
        desk.wrong_tokens.take(ip, now);
        let way = "this token is not in the token file; make one with kakou-region token";
        Problem::new(StatusCode::UNAUTHORIZED, way)
    })
}

/// The token, and whether it came as a cookie.
fn token(map: &HeaderMap) -> (Option<String>, bool) {
    if let Some(value) = map.get(header::AUTHORIZATION) {
        let bearer = value.to_str().ok().and_then(|text| {
            let (scheme, token) = text.split_once(' ')?;
            scheme
                .eq_ignore_ascii_case("bearer")
                .then(|| token.trim().to_owned())
        });
        return (Some(bearer.unwrap_or_default()), false);
    }
    (headers::cookie(map, COOKIE), true)
}
