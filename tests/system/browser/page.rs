//! One session of Chromium: what it opens, shows and answers, and waits that end. Knows no page in
//! particular.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wd::{WebDriverCompatibleCommand, WindowHandle};
use fantoccini::{Client, Locator};
use serde_json::{Value, json};

/// What a person would call at once, on a busy machine: the limit of waits without their own.
pub(crate) const SOON: Duration = Duration::from_secs(10);
/// A page announces nothing to a test: it is looked at this often.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(25);
/// Characters of a page that a failed wait shows.
const SHOWN: usize = 600;

/// A session; one of its tabs is driven at a time.
pub(crate) struct Page {
    pub(super) name: String,
    pub(super) client: Client,
}

/// A tab of a session, to come back to it.
pub(crate) struct Tab(WindowHandle);

impl Page {
    pub(super) fn new(name: &str, client: Client) -> Self {
        Self {
            name: name.to_owned(),
            client,
        }
    }

    /// Goes to `url` and waits for its load event. An open stream of events does not delay it.
    ///
    /// # Errors
    /// Nobody answers there, or the load takes too long.
    pub(crate) async fn open(&self, url: &str) -> anyhow::Result<()> {
        let went = self.client.goto(url).await;
        went.with_context(|| format!("{} cannot open {url}", self.name))
    }

    /// Waits until the page has an element for `css`.
    ///
    /// # Errors
    /// It has none `within` the time; the message shows the page.
    pub(crate) async fn wait_for(&self, css: &str, within: Duration) -> anyhow::Result<Element> {
        let start = Instant::now();
        loop {
            match self.client.find(Locator::Css(css)).await {
                Ok(element) => return Ok(element),
                Err(error) if error.is_no_such_element() || is_left(&error) => {}
                Err(error) => {
                    return Err(error).with_context(|| format!("{}: {css}", self.name));
                }
            }
            if start.elapsed() > within {
                return Err(self.missed(css, within).await);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Waits until the visible text of some element for `css` contains `text`.
    ///
    /// # Errors
    /// It does not `within` the time; the message shows the page.
    pub(crate) async fn wait_for_text(
        &self,
        css: &str,
        text: &str,
        within: Duration,
    ) -> anyhow::Result<()> {
        let script = "return [...document.querySelectorAll(arguments[0])]
            .some(element => element.innerText.includes(arguments[1]))";
        let what = format!("{text:?} in {css}");
        self.wait_until(&what, script, &[json!(css), json!(text)], within)
            .await?;
        Ok(())
    }

    /// Waits until no element for `css` is left.
    ///
    /// # Errors
    /// One is left after the time; the message shows the page.
    pub(crate) async fn wait_until_gone(&self, css: &str, within: Duration) -> anyhow::Result<()> {
        let script = "return document.querySelector(arguments[0]) === null";
        self.wait_until(&format!("no {css}"), script, &[json!(css)], within)
            .await?;
        Ok(())
    }

    /// Waits until `script` (see [`Self::run`]) returns something else than null or false, and
    /// returns that.
    ///
    /// # Errors
    /// It throws, or does not `within` the time; the message names `what` and shows the page.
    pub(crate) async fn wait_until(
        &self,
        what: &str,
        script: &str,
        arguments: &[Value],
        within: Duration,
    ) -> anyhow::Result<Value> {
        let start = Instant::now();
        loop {
            let value = match self.run(script, arguments).await {
                Err(error) if error.downcast_ref().is_some_and(is_left) => Value::Null,
                ran => ran?,
            };
            if !matches!(value, Value::Null | Value::Bool(false)) {
                return Ok(value);
            }
            if start.elapsed() > within {
                return Err(self.missed(what, within).await);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// The visible text of the first element for `css`, once there is one.
    ///
    /// # Errors
    /// There is none soon.
    pub(crate) async fn text(&self, css: &str) -> anyhow::Result<String> {
        let script = "return document.querySelector(arguments[0])?.innerText ?? null";
        let text = self
            .wait_until(css, script, &[json!(css)], SOON)
            .await?
            .as_str()
            .map(str::to_owned);
        text.with_context(|| format!("{}: {css} has no text", self.name))
    }

    /// Runs `script` as the body of a function in the page, `arguments` in its array `arguments`,
    /// and gives what it returns.
    ///
    /// # Errors
    /// It throws; the message is its own.
    pub(crate) async fn run(&self, script: &str, arguments: &[Value]) -> anyhow::Result<Value> {
        let ran = self.client.execute(script, arguments.to_vec()).await;
        ran.with_context(|| format!("{}: {}", self.name, start_of(script)))
    }

    /// As [`Self::run`], for a script that gives its answer to the function that comes as its last
    /// argument.
    ///
    /// # Errors
    /// It throws, or calls that function too late.
    pub(crate) async fn run_async(
        &self,
        script: &str,
        arguments: &[Value],
    ) -> anyhow::Result<Value> {
        let ran = self.client.execute_async(script, arguments.to_vec()).await;
        ran.with_context(|| format!("{}: {}", self.name, start_of(script)))
    }

    /// Makes what is visible of the page exactly so large, in CSS pixels.
    ///
    /// # Errors
    /// Chromium refuses.
    pub(crate) async fn resize(&self, width_px: u32, height_px: u32) -> anyhow::Result<()> {
        let size = json!({
            "width": width_px, "height": height_px, "deviceScaleFactor": 1, "mobile": false,
        });
        self.command("Emulation.setDeviceMetricsOverride", size)
            .await?;
        Ok(())
    }

    /// Lets the page think that its user prefers `value` for a media `feature`:
    /// `prefers-color-scheme`, `dark`.
    ///
    /// # Errors
    /// Chromium refuses.
    pub(crate) async fn prefer(&self, feature: &str, value: &str) -> anyhow::Result<()> {
        let features = json!({ "features": [{ "name": feature, "value": value }] });
        self.command("Emulation.setEmulatedMedia", features).await?;
        Ok(())
    }

    /// Writes what is visible to a PNG `file`.
    ///
    /// # Errors
    /// Chromium or the disk refuses.
    pub(crate) async fn screenshot(&self, file: &Path) -> anyhow::Result<()> {
        let picture = self.client.screenshot().await?;
        std::fs::write(file, picture).with_context(|| format!("cannot write {}", file.display()))
    }

    /// The tab that is driven now.
    ///
    /// # Errors
    /// It has been closed.
    pub(crate) async fn tab(&self) -> anyhow::Result<Tab> {
        Ok(Tab(self.client.window().await?))
    }

    /// Opens an empty tab of the same session and drives that from now on.
    ///
    /// # Errors
    /// Chromium refuses.
    pub(crate) async fn open_tab(&self) -> anyhow::Result<Tab> {
        let handle = self.client.new_window(true).await?.handle;
        self.client.switch_to_window(handle.clone()).await?;
        Ok(Tab(handle))
    }

    /// Drives `tab` from now on.
    ///
    /// # Errors
    /// It has been closed.
    pub(crate) async fn switch_to(&self, tab: &Tab) -> anyhow::Result<()> {
        Ok(self.client.switch_to_window(tab.0.clone()).await?)
    }

    /// Chromium's process.
    ///
    /// # Errors
    /// The driver does not tell.
    pub(crate) fn process_id(&self) -> anyhow::Result<u64> {
        let told = self.client.capabilities();
        let id = told.and_then(|told| told.get("goog:processID")?.as_u64());
        id.with_context(|| format!("{told:?} has no process"))
    }

    /// Sends Chromium a command of its DevTools protocol and gives its answer.
    ///
    /// # Errors
    /// Chromium refuses it.
    pub(crate) async fn command(&self, name: &str, parameters: Value) -> anyhow::Result<Value> {
        let body = json!({ "cmd": name, "params": parameters });
        self.ask("goog/cdp/execute", body).await
    }

    /// Asks the driver for what only Chromium's has.
    pub(super) async fn ask(&self, path: &'static str, body: Value) -> anyhow::Result<Value> {
        let answer = self.client.issue_cmd(Extension { path, body }).await;
        answer.with_context(|| format!("{}: {path}", self.name))
    }

    /// Why a wait has failed, with what the page shows instead.
    async fn missed(&self, what: &str, within: Duration) -> anyhow::Error {
        let script = "return location.href + '\\n' + (document.body?.innerText ?? '')";
        let shown = match self.run(script, &[]).await {
            Ok(shown) => shown.as_str().unwrap_or_default().to_owned(),
            Err(error) => format!("{error:#}"),
        };
        let shown: String = shown.chars().take(SHOWN).collect();
        anyhow::anyhow!(
            "{} waited {} ms in vain for {what} on {shown}",
            self.name,
            within.as_millis()
        )
    }
}

/// The page went elsewhere by itself while it was asked, as the queue does when a case comes: what
/// was asked for may be on the next one. The driver's answer is none that the standard knows.
fn is_left(error: &CmdError) -> bool {
    matches!(error, CmdError::NotW3C(Value::String(said)) if said == "aborted by navigation")
}

/// Enough of a script to know it by.
fn start_of(script: &str) -> String {
    script.chars().take(80).collect()
}

/// A command that only Chromium's driver knows, below the session's address.
#[derive(Debug)]
struct Extension {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(
        &self,
        driver: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        let session = session.unwrap_or_default();
        driver.join(&format!("session/{session}/{}", self.path))
    }

    fn method_and_body(&self, _address: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}
