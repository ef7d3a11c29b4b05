//! Goal: of two people who clear the same truck at the same moment one does it, and the other is
//! told. Method: two browsers show one case, and both are given the keys at once.

use anyhow::Context as _;
use domain::event::EventBody;
use fantoccini::key::Key;
use sim::live::show::journal;

use super::super::browser::page::SOON;
use super::{Gate, HELD_WITHIN, RELEASE, while_trucks_come};

#[tokio::test]
async fn of_two_who_clear_a_truck_at_once_one_does() -> anyhow::Result<()> {
    let (mut stage, gate) = Gate::open().await?;
    let raced = async {
        let one = gate.sign_in("supervisor-02").await?;
        let other = gate.sign_in("supervisor-03").await?;
        one.open(&gate.url("review")).await?;
        one.wait_for(RELEASE, HELD_WITHIN).await?;
        let passage = one.run("return document.body.dataset.passage", &[]).await?;
        let passage = passage.as_str().context("a passage")?.to_owned();
        other.open(&gate.url(&format!("review/{passage}"))).await?;
        other.wait_for(RELEASE, SOON).await?;
        for page in [&one, &other] {
            page.press("r1").await?;
        }
        let (first, second) = tokio::join!(one.press(&Key::Enter), other.press(&Key::Enter));
        first?;
        second?;
        let told = [one.text("#told").await?, other.text("#told").await?];
        anyhow::Ok((passage, told))
    };
    let (passage, told) = while_trucks_come(&mut stage.show, raced).await?;
    let done = told.iter().filter(|told| told.contains("Done")).count();
    assert_eq!(done, 1, "{told:?}");
    let is_told =
        |told: &String| told.contains("has this case") || told.contains("waits no longer");
    assert!(told.iter().any(is_told), "{told:?}");
    let records = journal(stage.folder.path())?;
    let cleared = records.iter().filter(|(_, event)| {
        let of = event.passage.as_ref().map(ToString::to_string);
        of.as_deref() == Some(&*passage) && matches!(event.body, EventBody::HoldCleared { .. })
    });
    assert_eq!(cleared.count(), 1);
    super::stop(stage).await
}
