//! What programs see.

use super::*;

#[tokio::test]
async fn nothing_but_health_and_the_document_answers_without_a_right_token() {
    let site = Site::start(1).await;
    for (path, _) in routes() {
        let target = path.replace("{id}", "x");
        let is_open = ["/healthz", "/openapi.json", "/login", "/assets/"]
            .iter()
            .any(|open| path.starts_with(open));
        for headers in [
            "",
            "authorization: Bearer\r\n",
            "authorization: Basic eDp5\r\n",
            "cookie: kakou_token=\r\n",
        ] {
            let answer = site.send("GET", &target, headers, "").await;
            let status = answer.status;
            if is_open {
                assert_eq!(status, 200, "{target} {headers:?}");
            } else {
                // Wrong tokens are looked at so often and no more.
                let is_slowed = status == 429 && !headers.is_empty();
                assert!(status == 401 || is_slowed, "{target} {headers:?}: {status}");
                assert!(answer.headers.contains("application/problem+json"));
                let asks = answer.headers.contains("www-authenticate: bearer");
                assert_eq!(asks, status == 401);
            }
            for header in [
                "content-security-policy: default-src 'none';",
                "x-content-type-options: nosniff",
            ] {
                assert!(answer.headers.contains(header), "{target}: {header}");
            }
        }
    }
}

#[tokio::test]
async fn guessing_tokens_is_slowed_down_and_a_right_token_waits_too() {
    let site = Site::start(0).await;
    let wrong = format!("authorization: Bearer {}\r\n", "0".repeat(64));
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(site.send("GET", "/api/v1/gates", &wrong, "").await.status);
    }
    assert_eq!(statuses[..10], [401; 10]);
    assert_eq!(statuses[11], 429);
    // Who guesses right in a flood must not learn it by the answer.
    assert_eq!(site.get("/api/v1/gates").await.status, 429);
}

#[tokio::test]
async fn what_cannot_be_used_is_named_with_the_way_out() {
    let site = Site::start(1).await;
    // (target, status, in the answer)
    for (target, status, named) in [
        (
            "/api/v1/passages?since=yesterday",
            400,
            "\"parameter\":\"since\"",
        ),
        ("/api/v1/passages?limit=0", 400, "\"parameter\":\"limit\""),
        ("/api/v1/passages?limit=501", 400, "from 1 to 500"),
        ("/api/v1/passages?page=7", 400, "\"parameter\":\"page\""),
        ("/api/v1/passages?plate=", 200, "passages"),
        ("/api/v1/passages?plate=!!!", 400, "\"parameter\":\"plate\""),
        ("/api/v1/passages?container=CSQU3054384", 400, "container"),
        ("/api/v1/passages?pass=a&driver=b", 400, "one of plate"),
        ("/api/v1/passages?pass=a%00b", 400, "control characters"),
        ("/api/v1/passages?nonsense=1", 400, "nonsense"),
        ("/api/v1/passages?limit=1&limit=2", 400, "limit"),
        ("/api/v1/passages/none", 404, "nothing is stored"),
        ("/api/v1/passages/a%0ab", 400, "\"parameter\":\"id\""),
        ("/api/v1/visits", 400, "\"parameter\":\"plate\""),
        ("/api/v1/alarms?page=x", 400, "\"parameter\":\"page\""),
        ("/api/v1/statistics?by=colour", 400, "\"parameter\":\"by\""),
        (
            "/api/v1/statistics?since=2026-03-02T00:00:00Z&until=2026-03-01T00:00:00Z",
            400,
            "\"parameter\":\"since\"",
        ),
        ("/api/v1/orders", 405, "method"),
        ("/api/v1/packs", 404, "/openapi.json"),
        ("/api/v1/../tokens", 404, "no such path"),
        (
            "/api/v1/passages/..%2f..%2ftokens",
            400,
            "\"parameter\":\"id\"",
        ),
        ("//etc/passwd", 404, "no such path"),
        ("/assets/../tokens", 404, "no such path"),
        ("/assets/%2e%2e/tokens", 404, "no such path"),
    ] {
        let answer = site.get(target).await;
        assert_eq!(answer.status, status, "{target}: {}", answer.body);
        assert!(answer.body.contains(named), "{target}: {}", answer.body);
        assert!(!answer.body.contains(site.folder.path().to_str().unwrap()));
    }
    let long = format!("/api/v1/passages?pass={}", "a".repeat(5_000));
    assert_eq!(site.get(&long).await.status, 414);
}

#[tokio::test]
async fn passages_come_newest_first_page_by_page_and_none_twice() {
    let site = Site::start(7).await;
    let mut seen = Vec::new();
    let mut target = "/api/v1/passages?limit=3".to_owned();
    loop {
        let answer = site.get(&target).await.json();
        let page = answer["passages"].as_array().unwrap();
        assert!(page.len() <= 3);
        seen.extend(
            page.iter()
                .map(|one| one["passage"].as_str().unwrap().to_owned()),
        );
        let Some(next) = answer["next"].as_str() else {
            break;
        };
        let next = next.replace('/', "%2F");
        target = format!("/api/v1/passages?limit=3&page={next}");
    }
    let expected: Vec<String> = (0..7)
        .rev()
        .map(|number| format!("{}-1-{number}", decision::fixture::lane()))
        .collect();
    assert_eq!(seen, expected);
    let gate = decision::fixture::gate();
    let elsewhere = format!(
        "/api/v1/passages?gate=R%2FP%2FOTHER&premises={}",
        gate.premises
    );
    let answer = site.get(&elsewhere).await.json();
    assert_eq!(answer["passages"].as_array().unwrap().len(), 0);
    let plate = "/api/v1/passages?plate=%E7%B2%A4B%C2%B712345&until=2026-03-01T08:02:30Z";
    let answer = site.get(plate).await.json();
    assert_eq!(answer["passages"].as_array().unwrap().len(), 3, "{answer}");
}

#[tokio::test]
async fn a_story_a_visit_gates_and_figures_are_told() {
    let site = Site::start(6).await;
    let id = format!("{}-1-4", decision::fixture::lane());
    let story = site.get(&format!("/api/v1/passages/{id}")).await.json();
    assert_eq!(story["events"].as_array().unwrap().len(), 1);
    assert_eq!(story["events"][0]["sequence"], 5);
    let visits = site
        .get("/api/v1/visits?plate=%E7%B2%A4B12345")
        .await
        .json();
    assert_eq!(visits["visits"].as_array().unwrap().len(), 6);
    assert_eq!(visits["shortened"], false);
    let gates = site.get("/api/v1/gates").await.json();
    let names: Vec<&str> = gates["gates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|gate| gate["gate"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 2);
    assert!(names.contains(&"R/P/SILENT"));
    let span = "since=2026-03-01T00:00:00Z&until=2026-03-02T00:00:00Z";
    let all = site.get(&format!("/api/v1/statistics?{span}")).await.json();
    assert_eq!(
        (&all["all"]["passages"], &all["all"]["held"]),
        (&6.into(), &2.into())
    );
    let by = site
        .get(&format!("/api/v1/statistics?{span}&by=company"))
        .await
        .json();
    assert_eq!(by["companies"][0]["name"], SCRIPT);
    assert_eq!(by["companies"][0]["held_permille"], 1_000);
    let warnings = site.get("/api/v1/warnings").await.json();
    assert_eq!(warnings["warnings"].as_array().unwrap().len(), 0);
    assert_eq!(site.get("/readyz").await.status, 200);
    let metrics = site.get("/metrics").await.body;
    let line = format!(
        "kakou_region_gate_events_total{{gate=\"{}\"}} 6",
        decision::fixture::gate()
    );
    assert!(metrics.contains(&line), "{metrics}");
}

#[tokio::test]
async fn an_order_is_a_file_when_it_is_answered_and_a_refused_one_is_none() {
    let site = Site::start(0).await;
    let good = "{\"container\":{\"number\":\"CSQU3054383\",\"tare_kg\":3750,\
                \"size_type\":\"42G1\",\"standing\":\"active\"}}\n";
    let bad = format!("{good}{{\"container\":{{\"number\":\"CSQU3054384\"}}}}\n");
    let reader = format!("authorization: Bearer {}\r\n", site.reader);
    let cookie = format!("cookie: kakou_token={}\r\n", site.token);
    let large = "\n".repeat(orders::ORDER_BYTES_MAX + 1);
    for (headers, body, status, named) in [
        (reader.as_str(), good, 403, "right `orders`"),
        (cookie.as_str(), good, 403, "bearer token"),
        (&site.bearer(), bad.as_str(), 422, "2: "),
        (&site.bearer(), "", 422, "no rows"),
        (&site.bearer(), "no json", 422, "1: "),
        (&site.bearer(), large.as_str(), 413, "split the order"),
    ] {
        let answer = site.send("POST", "/api/v1/orders", headers, body).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        assert!(answer.body.contains(named), "{}", answer.body);
        assert_eq!(site.orders(), Vec::<PathBuf>::new());
    }
    let answer = site
        .send("POST", "/api/v1/orders", &site.bearer(), good)
        .await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let answer = answer.json();
    assert_eq!(answer["rows"], 1);
    let written = site.orders();
    assert_eq!(written.len(), 1);
    assert_eq!(
        written[0].file_name().unwrap().to_str(),
        answer["file"].as_str()
    );
    assert_eq!(std::fs::read_to_string(&written[0]).unwrap(), good);
}

#[tokio::test]
async fn the_document_lists_every_route_that_a_program_would_use() {
    let site = Site::start(0).await;
    let document = site.send("GET", "/openapi.json", "", "").await.json();
    let listed: Vec<&str> = document["paths"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let routes = routes();
    let is_api = |path: &str| path.starts_with("/api/") || !PAGES.contains(&path);
    let mut served: Vec<&str> = routes.iter().map(|(path, _)| *path).collect();
    served.retain(|path| is_api(path));
    served.sort_unstable();
    let mut sorted = listed.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, served);
    assert!(document["components"]["securitySchemes"]["token"].is_object());
    // Every reference of the document leads somewhere.
    let text = document.to_string();
    for name in text.split("#/components/schemas/").skip(1) {
        let name = name.split('"').next().unwrap();
        assert!(
            document["components"]["schemas"][name].is_object(),
            "{name}"
        );
    }
}

/// Paths for people.
const PAGES: [&str; 9] = [
    "/",
    "/parts",
    "/search",
    "/passages/{id}",
    "/visits",
    "/login",
    "/logout",
    "/assets/page.css",
    "/assets/page.js",
];

/// Reads a stream until `enough` says so.
async fn listen(site: &Site, headers: &str, enough: impl Fn(&str) -> bool) -> String {
    let reading = async {
        let mut stream = TcpStream::connect(site.address).await.unwrap();
        let request = format!(
            "GET /api/v1/stream HTTP/1.1\r\nhost: region\r\n{}{headers}\r\n",
            site.bearer()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut text = String::new();
        let mut piece = [0; 4_096];
        while !enough(&text) {
            let read = stream.read(&mut piece).await.unwrap();
            assert!(read > 0, "the stream ended: {text}");
            text.push_str(&String::from_utf8_lossy(&piece[..read]));
        }
        text
    };
    tokio::time::timeout(DEADLINE, reading).await.unwrap()
}

#[tokio::test]
async fn a_stream_goes_on_after_the_last_event_that_was_seen() {
    let site = Site::start(3).await;
    let count = |text: &str| text.matches("event: event").count();
    let first = listen(&site, "", |text| {
        count(text) == 3 && text.contains("event: beat")
    })
    .await;
    assert!(first.contains("text/event-stream"));
    let ids: Vec<&str> = first
        .lines()
        .filter_map(|line| line.strip_prefix("id: "))
        .collect();
    assert_eq!(ids.len(), 3);
    // Meanwhile a passage is stored, by another writer of the same file.
    let file = site.folder.path().join("events.sqlite");
    let gate = decision::fixture::gate();
    stored::store(&file, &gate, &passages(4)[3..]).await;
    let again = format!("last-event-id: {}\r\n", ids[1]);
    let second = listen(&site, &again, |text| count(text) == 2).await;
    assert!(!second.contains("event: reset"));
    assert!(second.contains("\"sequence\":3") && second.contains("\"sequence\":4"));
    assert!(!second.contains("\"sequence\":2"));
    let unknown = listen(&site, "last-event-id: ff-1\r\n", |text| count(text) == 4).await;
    assert!(unknown.contains("event: reset"));
}

#[tokio::test]
async fn a_stop_ends_the_streams() {
    let site = Site::start(1).await;
    let mut stream = TcpStream::connect(site.address).await.unwrap();
    let request = format!(
        "GET /api/v1/stream HTTP/1.1\r\nhost: r\r\n{}\r\n",
        site.bearer()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut piece = [0; 256];
    assert!(stream.read(&mut piece).await.unwrap() > 0);
    site.stop.send_replace(true);
    let mut rest = Vec::new();
    let ended = tokio::time::timeout(DEADLINE, stream.read_to_end(&mut rest)).await;
    assert!(ended.is_ok(), "the stream goes on");
}

#[tokio::test]
async fn a_flood_is_told_to_wait() {
    let site = Site::start(0).await;
    let mut stream = TcpStream::connect(site.address).await.unwrap();
    let request = "GET /healthz HTTP/1.1\r\nhost: r\r\n\r\n".repeat(400);
    let close = "GET /healthz HTTP/1.1\r\nhost: r\r\nconnection: close\r\n\r\n";
    stream
        .write_all(format!("{request}{close}").as_bytes())
        .await
        .unwrap();
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(DEADLINE, stream.read_to_end(&mut bytes)).await;
    read.unwrap().unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.matches("HTTP/1.1 200").count() >= 100);
    assert!(text.contains("HTTP/1.1 429"));
}

#[tokio::test]
async fn over_tls_the_same_is_answered_and_plain_bytes_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["region.example".to_owned()]).unwrap();
    let files = ["certificate.pem", "key.pem"].map(|name| folder.path().join(name));
    std::fs::write(&files[0], made.cert.pem()).unwrap();
    std::fs::write(&files[1], made.signing_key.serialize_pem()).unwrap();
    let file = folder.path().join("region.toml");
    let text = "region = \"R\"\nhost = \"127.0.0.1\"\nport = 1883\nsigning_key_file = \"k\"\n\
                store_file = \"events.sqlite\"\n[http]\nlisten = \"127.0.0.1:0\"\n\
                token_file = \"tokens\"\ncertificate_file = \"certificate.pem\"\n\
                key_file = \"key.pem\"\n";
    std::fs::write(&file, text).unwrap();
    let config = crate::config::Config::read(&file).unwrap();
    crate::event_store::EventStore::open(&config.place)
        .await
        .unwrap();
    let questions = Questions::open(&config.place).await.unwrap();
    let (_stop, stopped) = watch::channel(false);
    let http = config.http().unwrap().unwrap();
    let server = Server::open(&http, questions, Vec::new(), None, None, stopped)
        .await
        .unwrap();
    assert!(server.page().starts_with("https://127.0.0.1:"));
    assert_eq!(
        server.first_token.as_deref(),
        Some(&*folder.path().join("tokens.first"))
    );
    let address = server.address;
    tokio::spawn(async move { server.run().await.unwrap() });
    let request = b"GET /healthz HTTP/1.1\r\nhost: region.example\r\nconnection: close\r\n\r\n";
    let exchange = async {
        let mut plain = TcpStream::connect(address).await.unwrap();
        plain.write_all(request).await.unwrap();
        let mut bytes = Vec::new();
        let _ = plain.read_to_end(&mut bytes).await;
        assert!(!String::from_utf8_lossy(&bytes).contains("200"));
        let mut roots = rustls::RootCertStore::empty();
        roots.add(made.cert.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let client = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = tokio_rustls::TlsConnector::from(Arc::new(client));
        let name = "region.example".try_into().unwrap();
        let stream = TcpStream::connect(address).await.unwrap();
        let mut stream = connector.connect(name, stream).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes).await;
        assert!(bytes.starts_with(b"HTTP/1.1 200"));
    };
    tokio::time::timeout(DEADLINE, exchange).await.unwrap();
}
