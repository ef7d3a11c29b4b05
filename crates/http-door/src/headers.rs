//! Headers of every answer, and cookies of a request.

use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, header};

/// Nothing from elsewhere, nothing in line, never in a frame.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
                      img-src 'self'; connect-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// Puts the headers that every answer has.
pub fn put(headers: &mut HeaderMap) {
    const FIXED: [(HeaderName, &str); 5] = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Without any referrer a browser would send forms of our own pages from origin "null".
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ];
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // What is told of vehicles and people stays in no cache.
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
}

/// Host and port that a request is for: HTTP/1.1 says them in a header, HTTP/2 in the target.
#[must_use]
pub fn host<B>(request: &Request<B>) -> Option<&str> {
    let header = request.headers().get(header::HOST);
    let said = header.and_then(|value| value.to_str().ok());
    said.or_else(|| request.uri().authority().map(Authority::as_str))
}

/// A cookie's value.
#[must_use]
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).iter();
    let pairs = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    let mut named = pairs.filter_map(|pair| pair.trim().split_once('='));
    named
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

/// Whether whoever asks wants a page rather than an answer for a program.
#[must_use]
pub fn accepts_pages(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT);
    accept
        .and_then(|value| value.to_str().ok())
        .is_some_and(|text| text.contains("text/html"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_found_by_name_alone() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; kakou=xyz"));
        headers.append(header::COOKIE, HeaderValue::from_static("b=2;c"));
        for (name, value) in [
            ("a", Some("1")),
            ("kakou", Some("xyz")),
            ("b", Some("2")),
            ("c", None),
            ("kak", None),
        ] {
            assert_eq!(cookie(&headers, name).as_deref(), value, "{name}");
        }
    }

    #[test]
    fn the_host_stands_in_a_header_or_in_the_target() {
        let request = |target: &str, header: Option<&str>| {
            let mut request = Request::builder().uri(target);
            if let Some(header) = header {
                request = request.header(header::HOST, header);
            }
            let request = request.body(()).expect("valid");
            host(&request).map(str::to_owned)
        };
        for (target, header, found) in [
            ("/acts", Some("gate:8443"), Some("gate:8443")),
            ("https://gate:8443/acts", None, Some("gate:8443")),
            ("/acts", None, None),
        ] {
            assert_eq!(request(target, header).as_deref(), found, "{target}");
        }
    }

    #[test]
    fn nothing_is_cached_unless_it_says_so() {
        let mut headers = HeaderMap::new();
        put(&mut headers);
        assert_eq!(headers[header::CACHE_CONTROL], "no-store");
        let kept = HeaderValue::from_static("max-age=60");
        headers.insert(header::CACHE_CONTROL, kept.clone());
        put(&mut headers);
        assert_eq!(headers[header::CACHE_CONTROL], kept);
    }
}
