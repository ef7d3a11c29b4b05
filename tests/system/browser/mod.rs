//! Goal: tests press the dashboard's keys in a real Chromium and see what its user sees. Method:
//! the harness in this folder, tried here on a page that has faults on purpose.

pub(crate) mod axe;
pub(crate) mod driver;
mod hand;
pub(crate) mod page;
pub(crate) mod seen;
mod still_site;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fantoccini::key::Key;
use serde_json::{Value, json};

use driver::Browser;
use page::SOON;
use still_site::{FILES, StillSite};

/// Two different characters drawn alike are two boxes: no font here has Chinese letters.
const DRAWS_CHINESE: &str = "const drawn = letter => {
        const canvas = document.createElement('canvas');
        const pen = canvas.getContext('2d');
        pen.font = '40px sans-serif';
        pen.fillText(letter, 0, 50);
        return canvas.toDataURL();
    };
    return drawn('粤') !== drawn('国')";

/// Width and height of a PNG file.
fn size_px(png: &[u8]) -> Option<(u32, u32)> {
    let header = png.strip_prefix(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")?;
    let number = |at: usize| Some(u32::from_be_bytes(header.get(at..at + 4)?.try_into().ok()?));
    Some((number(0)?, number(4)?))
}

#[tokio::test]
async fn a_page_answers_keys_clicks_and_typing_as_a_person_sees_it() -> anyhow::Result<()> {
    let _turn = super::stage::turn_async().await;
    let site = StillSite::start()?;
    let browser = Browser::start().await?;
    let page = browser.session("clerk-07").await?;
    page.open(&site.url("/")).await?;
    page.wait_for_text("h1", "待查", SOON).await?;
    assert_eq!(page.text("#plate").await?, "粤B·12345");
    assert_eq!(page.run(DRAWS_CHINESE, &[]).await?, Value::Bool(true));

    page.press("j").await?;
    page.press_with(&Key::Shift, "n").await?;
    page.hold('r', 2).await?;
    page.press(&Key::Escape).await?;
    assert_eq!(page.text("#keys").await?.trim(), "j N r r* r* Escape");

    page.type_into("#note", "overwritten").await?;
    page.type_into("#note", "封条 OK").await?;
    page.choose("#reason", "R01").await?;
    let typed = "return ['note', 'reason'].map(id => document.getElementById(id).value)";
    assert_eq!(page.run(typed, &[]).await?, json!(["封条 OK", "R01"]));
    page.run("document.getElementById('note').focus()", &[])
        .await?;
    let focus = "return document.activeElement.id";
    page.press(&Key::Tab).await?;
    assert_eq!(page.run(focus, &[]).await?, "reason");
    page.press_with(&Key::Shift, &Key::Tab).await?;
    assert_eq!(page.run(focus, &[]).await?, "note");

    page.click("#acknowledge").await?;
    page.wait_for(".waiting", SOON).await?;
    page.wait_until_gone(".waiting", SOON).await?;
    page.wait_for_text("#plate", "已确认", SOON).await?;
    let missing = page.wait_for("#release", Duration::ZERO).await;
    let missing = missing.err().map(|error| error.to_string());
    let missing = missing.unwrap_or_default();
    assert!(missing.contains("#release"), "{missing}");
    assert!(
        missing.contains("粤B·12345"),
        "the page is missing: {missing}"
    );

    page.resize(800, 600).await?;
    page.prefer("prefers-color-scheme", "dark").await?;
    let dark = "return matchMedia('(prefers-color-scheme: dark)').matches";
    assert_eq!(page.run(dark, &[]).await?, Value::Bool(true));
    let folder = tempfile::tempdir()?;
    let picture = folder.path().join("queue.png");
    page.screenshot(&picture).await?;
    assert_eq!(size_px(&std::fs::read(&picture)?), Some((800, 600)));
    Ok(())
}

#[tokio::test]
async fn two_clerks_share_nothing_and_nothing_outlives_the_test() -> anyhow::Result<()> {
    let _turn = super::stage::turn_async().await;
    let site = StillSite::start()?;
    let browser = Browser::start().await?;
    let first = browser.session("clerk-07").await?;
    let second = browser.session_in("clerk-08", "zh-CN,zh").await?;
    assert!(browser.session("clerk-07").await.is_err());
    for page in [&first, &second] {
        page.open(&site.url("/")).await?;
    }
    let languages = "return navigator.languages[0]";
    assert_eq!(first.run(languages, &[]).await?, "en");
    assert_eq!(second.run(languages, &[]).await?, "zh-CN");

    first.run("document.cookie = 'desk=7'", &[]).await?;
    let cookie = "return document.cookie";
    assert_eq!(second.run(cookie, &[]).await?, "");
    let tab = first.tab().await?;
    let other = first.open_tab().await?;
    first.open(&site.url("/faulty")).await?;
    assert_eq!(first.run(cookie, &[]).await?, "desk=7");
    first.switch_to(&tab).await?;
    assert_eq!(first.text("h1").await?, "待查车辆");
    first.switch_to(&other).await?;
    assert_eq!(first.text("h1").await?, "Faulty");

    let processes: Vec<PathBuf> = [first.process_id()?, second.process_id()?]
        .iter()
        .map(|id| PathBuf::from(format!("/proc/{id}/stat")))
        .collect();
    assert!(processes.iter().all(|process| process.exists()));
    drop(browser);
    let start = Instant::now();
    while processes.iter().any(is_running) {
        assert!(start.elapsed() < SOON, "Chromium outlives its driver");
        tokio::time::sleep(page::LOOK_EVERY).await;
    }
    Ok(())
}

/// Whether a process still does anything: one that is only to be waited for does not.
fn is_running(stat: &impl AsRef<Path>) -> bool {
    let text = std::fs::read_to_string(stat).unwrap_or_default();
    // The state follows the name, which may hold anything but ends with the last bracket.
    let state = text.rsplit_once(") ").map(|(_, state)| state);
    state.is_some_and(|state| !state.starts_with('Z'))
}

#[tokio::test]
async fn faults_of_a_page_and_the_cost_of_its_load_are_seen() -> anyhow::Result<()> {
    let _turn = super::stage::turn_async().await;
    let site = StillSite::start()?;
    let browser = Browser::start().await?;
    let page = browser.session("clerk-07").await?;
    page.open(&site.url("/")).await?;

    let load = page.load().await?;
    let bodies: usize = FILES[..3].iter().map(|(_, _, body)| body.len()).sum();
    let bytes = usize::try_from(load.transferred_bytes())?;
    assert!(bytes > bodies && bytes < bodies + 3_000, "{load:?}");
    for (path, _, _) in &FILES[..3] {
        let url = site.url(path);
        assert!(load.transfers.iter().any(|(name, _)| *name == url));
    }
    assert!(load.interactive_ms > 0.0 && load.interactive_ms <= load.loaded_ms);
    page.wait_until(
        "a first paint",
        "return performance.getEntriesByName('first-contentful-paint').length > 0",
        &[],
        SOON,
    )
    .await?;
    assert!(page.load().await?.painted_ms.is_some_and(|ms| ms > 0.0));

    let faults = axe::faults(&page).await?;
    let [fault] = &faults[..] else {
        anyhow::bail!("one fault was made on purpose, found: {faults:?}");
    };
    assert_eq!(
        fault.to_string().split_once('\n'),
        Some((
            "image-alt (critical): Images must have alternative text",
            "  #scan"
        ))
    );
    page.run("document.getElementById('scan').alt = '扫描图像'", &[])
        .await?;
    assert!(axe::faults(&page).await?.is_empty());
    let complaints = page.complaints().await?;
    assert!(complaints.is_empty(), "{complaints:?}");

    page.open(&site.url("/faulty")).await?;
    let complaints = page.complaints().await?;
    for (texts, words) in [
        (
            &complaints.violations,
            &["inline style", "inline script"][..],
        ),
        (
            &complaints.errors,
            &["said by the page", "thrown by the page", "/nowhere.png"][..],
        ),
    ] {
        assert_eq!(texts.len(), words.len(), "{complaints:?}");
        for word in words {
            assert!(texts.iter().any(|text| text.contains(word)), "{word}");
        }
    }
    assert!(page.complaints().await?.is_empty());
    Ok(())
}
