//! What people see.

use super::*;

#[tokio::test]
async fn a_login_gives_a_cookie_that_scripts_cannot_read_and_a_logout_takes_it_back() {
    let site = Site::start(1).await;
    let answer = site.send("GET", "/", "accept: text/html\r\n", "").await;
    assert_eq!(answer.status, 303);
    assert!(answer.headers.contains("location: /login"));
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    let wrong = site.send("POST", "/login", form, "token=nonsense").await;
    assert_eq!(wrong.status, 401);
    assert!(wrong.body.contains("role=\"alert\"") && !wrong.headers.contains("set-cookie"));
    let body = format!("token={}", site.reader);
    let right = site.send("POST", "/login", form, &body).await;
    assert_eq!(right.status, 303, "{}", right.body);
    let cookie = right
        .headers
        .lines()
        .find_map(|line| line.strip_prefix("set-cookie: "))
        .unwrap();
    assert!(cookie.contains("httponly") && cookie.contains("samesite=strict"));
    let pair = cookie.split(';').next().unwrap();
    let page = site
        .send("GET", "/", &format!("cookie: a=b; {pair}\r\n"), "")
        .await;
    assert_eq!(page.status, 200);
    assert!(page.headers.contains("cache-control: no-store"));
    let out = site
        .send("POST", "/logout", &format!("cookie: {pair}\r\n"), "")
        .await;
    assert!(
        out.headers
            .contains("kakou_token=; path=/; httponly; samesite=strict; max-age=0")
    );
    let large = site
        .send("POST", "/login", form, &"a".repeat(100_000))
        .await;
    assert_eq!(large.status, 413);
}

#[tokio::test]
async fn no_text_of_a_device_or_a_clerk_becomes_markup() {
    let site = Site::start(4).await;
    let id = format!("{}-1-3", decision::fixture::lane());
    let evil = "%3Cscript%3Ealert(1)%3C";
    for target in [
        "/?hours=672".to_owned(),
        "/parts".to_owned(),
        format!("/search?q={evil}"),
        format!("/passages/{id}"),
        format!("/passages/{evil}"),
        "/visits?plate=%E7%B2%A4B12345".to_owned(),
        format!("/visits?plate={evil}"),
    ] {
        let answer = site.get(&target).await;
        assert!([200, 400, 404].contains(&answer.status), "{target}");
        assert!(
            answer.headers.contains("content-type: text/html"),
            "{target}"
        );
        assert!(!answer.body.contains("<script>"), "{target}");
        assert!(
            !answer.body.contains(" style="),
            "{target}: the policy forbids it"
        );
    }
    // It is told, but as text.
    let story = site.get(&format!("/passages/{id}")).await.body;
    assert!(story.contains("&#60;script&#62;"), "{story}");
    let found = site.get(&format!("/search?q={evil}")).await.body;
    assert!(found.contains("&#60;script&#62;") && found.contains(&id));
}

#[tokio::test]
async fn the_page_speaks_both_languages_and_keeps_the_choice() {
    let site = Site::start(4).await;
    for (target, header, word, other) in [
        (
            "/",
            "accept-language: zh-CN,zh;q=0.9\r\n",
            "早期预警",
            "Early warnings",
        ),
        ("/", "accept-language: fr\r\n", "Early warnings", "早期预警"),
        ("/?lang=zh", "", "早期预警", "Early warnings"),
        (
            "/",
            "cookie: kakou_lang=zh\r\n",
            "早期预警",
            "Early warnings",
        ),
        (
            "/?lang=en",
            "cookie: kakou_lang=zh\r\n",
            "Early warnings",
            "早期预警",
        ),
    ] {
        let headers = format!("{}{header}", site.bearer());
        let answer = site.send("GET", target, &headers, "").await;
        assert_eq!(answer.status, 200);
        assert!(
            answer.body.contains(word) && !answer.body.contains(other),
            "{target} {header}"
        );
        assert_eq!(
            answer.headers.contains("kakou_lang="),
            target.contains("lang")
        );
    }
}
