//! A checklist over every route: no session, foreign origin, foreign form, oversized body, wrong
//! role, tricks with paths, scripts in every text, what is replayed.

use super::acts::location;
use super::*;

/// Forms of each route that takes any, without what would make them mean something.
const POSTS: &[&str] = &["/acts", "/approvals", "/accounts", "/me", "/sign-out"];
/// Routes that take anything from anybody, because nobody is in yet.
const OPEN_POSTS: &[&str] = &["/sign-in", "/set-up"];

/// Every route with something in the place of its parameters.
fn targets() -> Vec<String> {
    let routes = routes().into_iter().map(|(path, _)| path);
    let filled = routes.map(|path| {
        path.replace("{passage}", held().as_str())
            .replace("{id}", held().as_str())
            .replace("{lane}", &lane_name())
            .replace("{sha256}", &"0".repeat(64))
    });
    filled.collect()
}

#[tokio::test]
async fn before_there_is_an_administrator_nothing_but_the_set_up_answers() {
    let site = Site::start(&[]).await;
    for target in targets() {
        let answer = site.get(&target, None).await;
        let is_open = [
            "/healthz",
            "/readyz",
            "/openapi.json",
            "/set-up",
            "/language",
        ]
        .contains(&target.as_str())
            || target.starts_with("/assets/page");
        if is_open {
            assert!(!answer.headers.contains("location: /set-up"), "{target}");
        } else if target.starts_with("/api/") {
            assert_eq!(answer.status, 503, "{target}");
        } else {
            assert!(
                answer.headers.contains("location: /set-up"),
                "{target} {}",
                answer.status
            );
        }
    }
    let wrong = form(&[
        ("code", "0000"),
        ("name", "admin-01"),
        ("password", PASSWORD),
    ]);
    let refused = site.send("POST", "/set-up", OWN, &wrong).await;
    assert_eq!(refused.status, 422);
    let code = {
        let people = site.desk.people();
        people.set_up.shown_code().unwrap()
    };
    let right = form(&[
        ("code", code.expose()),
        ("name", "admin-01"),
        ("password", PASSWORD),
    ]);
    assert_eq!(site.send("POST", "/set-up", OWN, &right).await.status, 303);
    assert!(site.sign_in("admin-01", PASSWORD).await.is_ok());
    // The code is used up.
    let again = form(&[
        ("code", code.expose()),
        ("name", "admin-02"),
        ("password", PASSWORD),
    ]);
    assert_eq!(site.send("POST", "/set-up", OWN, &again).await.status, 422);
}

#[tokio::test]
async fn without_a_session_no_route_tells_or_does_anything() {
    let site = Site::start(&[]).await;
    site.person("admin-01", Role::Administrator, &[]).await;
    for target in targets() {
        let answer = site.get(&target, None).await;
        if guard::OPEN.contains(&target.as_str()) || target == "/metrics" {
            // No lane has declared itself here, and a language has to be named.
            let is_answered = answer.status < 400 || [400, 503].contains(&answer.status);
            assert!(is_answered, "{target} {}", answer.status);
            continue;
        }
        let is_shut =
            answer.headers.contains("location: /sign-in") || [401, 405].contains(&answer.status);
        assert!(is_shut, "{target} {}", answer.status);
        assert!(!answer.body.contains(&held().to_string()), "{target}");
    }
    for target in POSTS {
        let answer = site.send("POST", target, OWN, "form=x").await;
        assert_eq!(answer.status, 401, "{target}");
    }
}

#[tokio::test]
async fn foreign_pages_foreign_forms_and_large_bodies_change_nothing() {
    let site = Site::start(&[]).await;
    let admin = site.person("admin-01", Role::Administrator, &[]).await;
    let large = format!("form={}&text={}", admin.form, "x".repeat(64 * 1024));
    for target in POSTS {
        let cookie = admin.header();
        for (headers, body, statuses) in [
            (
                OWN.replace("https://gate", "https://evil.example"),
                "form=x",
                [403, 403],
            ),
            (
                OWN.replace("same-origin", "cross-site"),
                "form=x",
                [403, 403],
            ),
            (OWN.to_owned(), "form=x", [403, 403]),
            (OWN.to_owned(), "", [403, 403]),
            (OWN.to_owned(), large.as_str(), [413, 413]),
            (
                OWN.replace("application/x-www-form-urlencoded", "text/plain"),
                "form=x",
                [415, 403],
            ),
        ] {
            let answer = site
                .send("POST", target, &format!("{headers}{cookie}"), body)
                .await;
            assert!(
                statuses.contains(&answer.status),
                "{target} {headers} {}",
                answer.status
            );
        }
    }
    for target in OPEN_POSTS {
        let headers = OWN.replace("https://gate", "https://evil.example");
        assert_eq!(
            site.send("POST", target, &headers, "name=a").await.status,
            403
        );
        assert_eq!(
            site.send("POST", target, OWN, &"x".repeat(64 * 1024))
                .await
                .status,
            413
        );
    }
    assert!(site.asked.lock().unwrap().is_empty());
    // A form that is sent again after the session has ended is nobody's.
    assert_eq!(site.post("/sign-out", &admin, &[]).await.status, 303);
    assert_eq!(site.post("/sign-out", &admin, &[]).await.status, 401);
    assert!(
        site.get("/", Some(&admin))
            .await
            .headers
            .contains("location: /sign-in")
    );
}

#[tokio::test]
async fn every_role_sees_what_it_may_and_no_more() {
    let site = Site::start(&[]).await;
    let admin = site.person("admin-01", Role::Administrator, &[]).await;
    let clerk = site.person("clerk-07", Role::Clerk, &[9]).await;
    let viewer = site.person("viewer-01", Role::Viewer, &[]).await;
    for target in targets() {
        if target == "/stream" || target.contains("/pictures/") {
            continue;
        }
        for (person, may_keep) in [(&admin, true), (&clerk, false), (&viewer, false)] {
            let answer = site.get(&target, Some(person)).await;
            let expected: &[u16] = match target.as_str() {
                "/accounts" if !may_keep => &[403],
                "/acts" | "/approvals" | "/sign-out" | "/api/v1/acts" => &[405],
                "/set-up" | "/language" => &[303, 400],
                // No lane has declared itself here.
                "/readyz" => &[200, 503],
                _ => &[200],
            };
            assert!(
                expected.contains(&answer.status),
                "{target} {}: {}",
                answer.status,
                answer.body
            );
        }
    }
    let made = [
        ("act", "create"),
        ("name", "clerk-09"),
        ("role", "clerk"),
        ("password", PASSWORD),
    ];
    assert_eq!(site.post("/accounts", &clerk, &made).await.status, 403);
    assert_eq!(site.post("/accounts", &admin, &made).await.status, 303);
    // A disabled account is out at once.
    let off = [("act", "disable"), ("name", "clerk-07")];
    assert_eq!(site.post("/accounts", &admin, &off).await.status, 303);
    assert!(
        site.get("/", Some(&clerk))
            .await
            .headers
            .contains("location: /sign-in")
    );
    let last = [("act", "disable"), ("name", "admin-01")];
    assert_eq!(site.post("/accounts", &admin, &last).await.status, 422);
}

#[tokio::test]
async fn scripts_in_texts_stay_texts_and_every_page_has_its_headers() {
    let site = Site::start(&[]).await;
    site.person("admin-01", Role::Administrator, &[]).await;
    let supervisor = site.person("supervisor-02", Role::Supervisor, &[9]).await;
    let mut pages = targets();
    // What is told of an act that was refused, on both pages that tell it.
    let passage = held().to_string();
    for (passage, page) in [("", "/devices?"), (&passage, "/review/")] {
        let act = ("act", "<script>alert(1)</script>");
        let asked = [act, ("lane", &lane_name()), ("passage", passage)];
        let back = location(&site.post("/acts", &supervisor, &asked).await);
        assert!(back.starts_with(page), "{back}");
        pages.push(back);
    }
    pages.push("/passages?q=%3Cscript%3Ealert(1)".to_owned());
    pages.push("/review/%3Cscript%3Ealert(1)".to_owned());
    let mut told = 0;
    for target in pages.iter().filter(|target| *target != "/stream") {
        for lang in ["zh", "en"] {
            let headers = format!(
                "accept: text/html\r\ncookie: {}; kakou_lang={lang}\r\n",
                supervisor.cookie
            );
            let answer = site.send("GET", target, &headers, "").await;
            let is_page = answer.headers.contains("text/html");
            let scripts = answer.body.matches("<script>").count();
            assert!(!is_page || scripts == 0, "{target}");
            assert!(!is_page || !answer.body.contains("onerror="), "{target}");
            told += usize::from(is_page && answer.body.contains("alert(1)"));
            for header in [
                "content-security-policy: default-src 'none'",
                "x-content-type-options: nosniff",
                "x-frame-options: deny",
                "strict-transport-security:",
            ] {
                assert!(answer.headers.contains(header), "{target} lacks {header}");
            }
        }
    }
    // Those two, a search and a case that is none, in both languages.
    assert!(told >= 8, "the texts are shown, as texts: {told}");
}

#[tokio::test]
async fn tricks_with_paths_lead_nowhere() {
    let site = Site::start(&[]).await;
    let admin = site.person("admin-01", Role::Administrator, &[]).await;
    for target in [
        "/pictures/..%2f..%2fusers.json",
        "/pictures/../users.json",
        "/passages/..%2f..%2fusers.json/pack",
        "/assets/../users.json",
        "/assets/page.css/..",
        "/users.json",
        "//etc/passwd",
        "/display/..%2f",
        "/passages/%00",
        &format!("/{}", "a".repeat(5_000)),
    ] {
        let answer = site.get(target, Some(&admin)).await;
        assert!(
            [400, 404, 414].contains(&answer.status),
            "{target} {}",
            answer.status
        );
        assert!(!answer.body.contains("argon2"), "{target}");
    }
}

#[tokio::test]
async fn wrong_passwords_slow_down_and_are_recorded() {
    let site = Site::start(&[]).await;
    site.person("admin-01", Role::Administrator, &[]).await;
    let mut statuses = Vec::new();
    for _ in 0..6 {
        let refused = site.sign_in("admin-01", "no password of anybody").await;
        statuses.push(refused.err().unwrap().status);
    }
    assert_eq!(statuses[0], 401);
    assert_eq!(statuses[5], 429);
    site.read_through().await;
    let refused = {
        let course = site.desk.known.now();
        let lines = course.lines(50).filter(|line| {
            matches!(&line.event.body, EventBody::AccountActed(record)
                if record.act != domain::account::AccountAct::SignedIn
                    && record.act != domain::account::AccountAct::Created)
        });
        lines.count()
    };
    assert!(refused >= 3, "{refused}");
}
