//! What a person does to a page: keys and clicks, as Chromium gets them from a keyboard and a mouse.

use std::time::Instant;

use anyhow::Context as _;
use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::error::{CmdError, ErrorStatus};
use serde_json::json;

use super::page::{LOOK_EVERY, Page, SOON};

impl Page {
    /// Clicks the first element for `css`, once it is there and nothing covers it.
    ///
    /// # Errors
    /// It cannot be clicked soon; the message says why.
    pub(crate) async fn click(&self, css: &str) -> anyhow::Result<()> {
        self.act(css, async |element: Element| element.click().await)
            .await
    }

    /// Empties the first field for `css` and types `text` into it.
    ///
    /// # Errors
    /// It takes no text soon; the message says why.
    pub(crate) async fn type_into(&self, css: &str, text: &str) -> anyhow::Result<()> {
        self.act(css, async |element: Element| {
            element.clear().await?;
            element.send_keys(text).await
        })
        .await
    }

    /// Chooses the option with `value` in the first list for `css`.
    ///
    /// # Errors
    /// It cannot be chosen soon; the message says why.
    pub(crate) async fn choose(&self, css: &str, value: &str) -> anyhow::Result<()> {
        self.act(css, async |element: Element| {
            element.select_by_value(value).await
        })
        .await
    }

    /// Presses and releases every key of `keys` in turn, wherever the focus is: `"jr"`, or
    /// `&Key::Escape`.
    ///
    /// # Errors
    /// The driver refuses.
    pub(crate) async fn press(&self, keys: &str) -> anyhow::Result<()> {
        let mut strokes = KeyActions::new("keyboard".to_owned());
        for value in keys.chars() {
            strokes = strokes
                .then(KeyAction::Down { value })
                .then(KeyAction::Up { value });
        }
        let pressed = self.client.perform_actions(strokes).await;
        pressed.with_context(|| format!("{}: cannot press {keys:?}", self.name))
    }

    /// Presses `key` while `held`, such as `&Key::Shift`, is held down.
    ///
    /// # Errors
    /// The driver refuses.
    pub(crate) async fn press_with(&self, held: &str, key: &str) -> anyhow::Result<()> {
        let mut strokes = KeyActions::new("keyboard".to_owned());
        for value in held.chars().chain(key.chars()) {
            strokes = strokes.then(KeyAction::Down { value });
        }
        for value in key.chars().chain(held.chars()) {
            strokes = strokes.then(KeyAction::Up { value });
        }
        let pressed = self.client.perform_actions(strokes).await;
        pressed.with_context(|| format!("{}: cannot press {key:?}", self.name))
    }

    /// Holds the key of a `letter` down until it has repeated itself that often, and lets go.
    ///
    /// # Errors
    /// The driver refuses.
    pub(crate) async fn hold(&self, letter: char, repeats: u32) -> anyhow::Result<()> {
        let code = format!("Key{}", letter.to_ascii_uppercase());
        for repeat in 0..=repeats {
            let down = json!({
                "type": "keyDown", "key": letter, "text": letter, "code": code,
                "windowsVirtualKeyCode": u32::from(letter.to_ascii_uppercase()),
                "autoRepeat": repeat > 0,
            });
            self.command("Input.dispatchKeyEvent", down).await?;
        }
        let up = json!({ "type": "keyUp", "key": letter, "code": code });
        self.command("Input.dispatchKeyEvent", up).await?;
        Ok(())
    }

    /// Does something to the first element for `css`, again when the page was just replacing it.
    async fn act(
        &self,
        css: &str,
        act: impl AsyncFn(Element) -> Result<(), CmdError>,
    ) -> anyhow::Result<()> {
        let start = Instant::now();
        loop {
            let element = self.wait_for(css, SOON).await?;
            match act(element).await {
                Ok(()) => return Ok(()),
                Err(CmdError::Standard(error))
                    if may_pass(&error.error) && start.elapsed() < SOON =>
                {
                    tokio::time::sleep(LOOK_EVERY).await;
                }
                Err(error) => return Err(error).with_context(|| format!("{}: {css}", self.name)),
            }
        }
    }
}

/// Whether the element may be ready in a moment.
fn may_pass(error: &ErrorStatus) -> bool {
    matches!(
        error,
        ErrorStatus::StaleElementReference
            | ErrorStatus::ElementNotInteractable
            | ErrorStatus::ElementClickIntercepted
    )
}
