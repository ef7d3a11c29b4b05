//! From a conveyance to passages, and back.

use super::*;
use crate::down_link::{DownLink, OrderFile, Ordered};

/// The fixture's goods on a ship; another ship of which nothing has passed.
const ORDER: &str = r#"
{"manifest":{"id":"MF2026-11","conveyance":{"kind":"ship","number":"9074729","name":"MV <b>Example","voyage":"012E"},"consignments":["BL20260001"],"amended_at":"2026-02-20T02:00:00Z"}}
{"manifest":{"id":"M-2","conveyance":{"kind":"aircraft","number":"B-2447"},"consignments":["B-2"],"amended_at":"2026-02-27T02:00:00Z"}}
"#;

async fn site() -> Site {
    let site = Site::start(5).await;
    let place = Place::File(site.file());
    let questions = Questions::open(&place).await.unwrap();
    let file = OrderFile {
        name: "1.jsonl",
        text: ORDER.as_bytes(),
    };
    let taken = DownLink::new(questions.database())
        .take_order(&file, decision::fixture::now())
        .await;
    assert!(matches!(taken.unwrap(), Ordered::Taken { .. }));
    site
}

#[tokio::test]
async fn a_conveyance_gives_its_manifests_and_pages_of_passages() {
    let site = site().await;
    let mut seen = Vec::new();
    let mut target = "/api/v1/passages?conveyance=IMO%209074729&voyage=012e&limit=2".to_owned();
    loop {
        let answer = site.get(&target).await.json();
        assert_eq!(answer["manifests"][0]["manifest"], "MF2026-11");
        assert_eq!(answer["manifests"][0]["kind"], "ship");
        let page = answer["passages"].as_array().unwrap();
        assert!(page.len() <= 2 && page.iter().all(|one| one["by"] == "goods"));
        seen.extend(page.iter().map(|one| one["passage"].to_string()));
        let Some(next) = answer["next"].as_str() else {
            break;
        };
        let next = next.replace('/', "%2F");
        target = format!("/api/v1/passages?conveyance=9074729&limit=2&page={next}");
    }
    let count = seen.len();
    seen.dedup();
    assert_eq!((seen.len(), count), (5, 5));
    let until = "/api/v1/passages?conveyance=9074729&until=2026-03-01T08:01:30Z";
    let answer = site.get(until).await.json();
    assert_eq!(answer["passages"].as_array().unwrap().len(), 2);
    let none = site.get("/api/v1/passages?conveyance=b2447").await.json();
    assert_eq!(none["manifests"][0]["number"], "B-2447");
    assert_eq!(none["passages"].as_array().unwrap().len(), 0);
    let others = site.get("/api/v1/passages").await.json();
    assert!(others["manifests"].is_null() && others["passages"][0]["by"].is_null());
}

#[tokio::test]
async fn an_unknown_conveyance_is_said_with_the_way_out() {
    let site = site().await;
    for (asked, status, named) in [
        (
            "conveyance=9321483",
            404,
            "no manifest names 9321483; numbers are written as",
        ),
        ("conveyance=9074728", 404, "has to be 9"),
        ("conveyance=9074729&voyage=1", 404, "its last ones are 012E"),
        (
            "conveyance=9074729&plate=%E7%B2%A4B12345",
            400,
            "ask for a conveyance, or",
        ),
        ("voyage=012E", 400, "\"parameter\":\"voyage\""),
        (
            "conveyance=99999999999999999999999999999999999",
            400,
            "\"parameter\":\"conveyance\"",
        ),
    ] {
        let answer = site.get(&format!("/api/v1/passages?{asked}")).await;
        assert_eq!(answer.status, status, "{asked}: {}", answer.body);
        assert!(answer.body.contains(named), "{asked}: {}", answer.body);
        assert!(answer.headers.contains("application/problem+json"));
    }
}

#[tokio::test]
async fn a_story_and_the_page_name_the_conveyance() {
    let site = site().await;
    let id = format!("{}-1-4", decision::fixture::lane());
    let story = site.get(&format!("/api/v1/passages/{id}")).await.json();
    let conveyances = story["conveyances"].as_array().unwrap();
    assert_eq!(conveyances.len(), 1, "{story}");
    assert_eq!(conveyances[0]["number"], "9074729");
    assert_eq!(conveyances[0]["by"], "goods");
    for (lang, words) in [
        ("zh", ["运输工具", "船舶", "判定所列货物"]),
        ("en", ["Brought by", "ship", "goods of the decision"]),
    ] {
        let headers = format!("{}cookie: kakou_lang={lang}\r\n", site.bearer());
        let target = format!("/passages/{id}");
        let page = site.send("GET", &target, &headers, "").await.body;
        for word in words {
            assert!(page.contains(word), "{word}: {page}");
        }
        assert!(page.contains("MV &#60;b&#62;Example"), "{page}");
    }
    let found = site.get("/search?q=imo%209074729").await.body;
    assert!(
        found.contains("MF2026-11") && found.contains(&id),
        "{found}"
    );
    let found = site.get("/search?q=B-2447").await.body;
    assert!(found.contains("M-2"), "{found}");
    let nothing = site.get("/search?q=9321483").await;
    assert_eq!(nothing.status, 200);
    assert!(nothing.body.contains("Nothing found."), "{}", nothing.body);
}
