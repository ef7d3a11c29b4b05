//! `kakou-region query`: a subject → passages, a passage → its story; as lines or as the API's JSON.

use std::path::PathBuf;

use anyhow::Context as _;
use domain::container::ContainerNumber;
use domain::plate::Plate;
use domain::time::Timestamp;
use region::config::Config;
use region::http::{Passages, Story};
use region::questions::brought::{Link, ManifestRow};
use region::questions::conveyances::NamedConveyance;
use region::questions::search::Search;
use region::questions::{PASSAGES_MAX, Questions, Subject, outcome};
use region::wording::{self, Language};

/// What to look for, where and when.
#[derive(Debug, clap::Args)]
pub(crate) struct Query {
    /// Configuration file.
    #[arg(long)]
    config: PathBuf,
    #[command(flatten)]
    asked: Asked,
    /// Only what this voyage, flight or journey of the conveyance brought.
    #[arg(long, requires = "conveyance")]
    voyage: Option<String>,
    /// Only passages decided at or after this time.
    #[arg(long)]
    since: Option<String>,
    /// Only passages decided at or before this time.
    #[arg(long)]
    until: Option<String>,
    /// As JSON, as the API gives it.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Asked {
    /// Passages that name this plate, in any spelling.
    #[arg(long)]
    plate: Option<String>,
    /// Passages that name this container.
    #[arg(long)]
    container: Option<String>,
    /// Passages on this gate pass.
    #[arg(long)]
    pass: Option<String>,
    /// Passages of this driver.
    #[arg(long)]
    driver: Option<String>,
    /// Passages of what this conveyance brought: IMO number of a ship, registration of a small vessel,
    /// aircraft or train, plate of a vehicle.
    #[arg(long, value_name = "NUMBER")]
    conveyance: Option<String>,
    /// Every event of this passage.
    #[arg(long)]
    passage: Option<String>,
}

/// Answers.
///
/// # Errors
/// In words.
pub(super) async fn run(query: &Query) -> anyhow::Result<()> {
    let time = |text: &Option<String>, or| match text {
        Some(text) => Timestamp::parse(text).with_context(|| format!("{text} is no time")),
        None => Ok(or),
    };
    let mut search = Search {
        subject: None,
        premises: None,
        gate: None,
        since: time(&query.since, Timestamp::MIN)?,
        until: time(&query.until, Timestamp::MAX)?,
        after: None,
        // One more tells whether there are others.
        limit: PASSAGES_MAX + 1,
    };
    let questions = Questions::open(&Config::read(&query.config)?.place).await?;
    questions.catch_up(told("events indexed")).await?;
    let asked = &query.asked;
    if let Some(number) = &asked.conveyance {
        let voyage = query.voyage.as_deref().unwrap_or_default();
        let conveyance = NamedConveyance::parse(number, voyage)?;
        questions
            .catch_up_goods(told("decisions read for their goods"))
            .await?;
        unread(&questions).await?;
        return brought(&questions, &conveyance, &search, query.json).await;
    }
    unread(&questions).await?;
    if let Some(passage) = &asked.passage {
        return story(&questions, passage, query.json).await;
    }
    let subject = subject(asked)?;
    if query.json {
        search.subject = Some(subject);
        let found = questions.search(&search).await?;
        return json(&Passages::of(found, PASSAGES_MAX));
    }
    let found = questions
        .passages(&subject, search.since, search.until)
        .await?;
    for one in &found {
        let outcome = outcome(&questions.story(&one.passage).await?);
        println!("{} {} {} {outcome}", one.at, one.gate, one.passage);
    }
    eprintln!("{} passages", found.len());
    Ok(())
}

/// Says on the way how far it is.
fn told(what: &'static str) -> impl FnMut(u64) {
    move |count| {
        if count >= 10_000 && count % 10_000 == 0 {
            eprintln!("{count} new {what}");
        }
    }
}

async fn unread(questions: &Questions) -> anyhow::Result<()> {
    for (gate, sequence, cause) in questions.unread().await? {
        eprintln!("NOT READ, and missing in every answer: event {sequence} of {gate}: {cause}");
    }
    Ok(())
}

fn json(answer: &impl serde::Serialize) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string_pretty(answer)?);
    Ok(())
}

async fn story(questions: &Questions, passage: &str, as_json: bool) -> anyhow::Result<()> {
    let story = questions.story(passage).await?;
    anyhow::ensure!(!story.is_empty(), "nothing is stored of passage {passage}");
    let came_by = questions.came_by(&story).await?;
    if as_json {
        return json(&Story::of(passage.to_owned(), &story, &came_by));
    }
    for told in story {
        println!(
            "{} {:>8} {} {} {}",
            told.gate,
            told.sequence,
            &told.hash[..16],
            told.event.at.at,
            told.event.body.in_brief()
        );
    }
    for (row, link) in &came_by {
        println!("brought by {}{}", manifest(row), note(*link));
    }
    Ok(())
}

async fn brought(
    questions: &Questions,
    conveyance: &NamedConveyance,
    search: &Search,
    as_json: bool,
) -> anyhow::Result<()> {
    let found = questions.brought(conveyance, search).await?;
    if as_json {
        return json(&Passages::brought(found, PASSAGES_MAX));
    }
    for row in &found.manifests {
        println!("{}", manifest(row));
    }
    let is_cut = found.passages.len() > PASSAGES_MAX as usize;
    let told = found.passages.iter().take(PASSAGES_MAX as usize);
    // As all answers of this command: the oldest first.
    for (row, link) in told.rev() {
        let outcome = outcome(&questions.story(&row.passage).await?);
        let note = note(*link);
        println!("{} {} {} {outcome}{note}", row.at, row.gate, row.passage);
    }
    if is_cut {
        eprintln!("the last {PASSAGES_MAX} passages; ask for older ones with --until");
    } else {
        eprintln!("{} passages", found.passages.len());
    }
    Ok(())
}

/// `ship 9300001 MV Example, voyage 012E, manifest M-1 of 2026-03-01T02:00:00Z`
fn manifest(row: &ManifestRow) -> String {
    let kind = wording::conveyance(row.kind, Language::En);
    let mut text = [kind, &row.number, &row.name]
        .into_iter()
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    if !row.voyage.is_empty() {
        text.push_str(&format!(", voyage {}", row.voyage));
    }
    text.push_str(&format!(
        ", manifest {} of {}",
        row.manifest, row.amended_at
    ));
    if row.is_withdrawn {
        text.push_str(", withdrawn since");
    }
    text
}

const fn note(link: Link) -> &'static str {
    match link {
        Link::Goods => "",
        Link::Container => " (by the number of a box alone)",
    }
}

/// What is asked for, in the form in which it is stored.
fn subject(asked: &Asked) -> anyhow::Result<Subject> {
    Ok(if let Some(raw) = &asked.plate {
        let plate = Plate::parse(raw).with_context(|| format!("{raw} is no plate"))?;
        Subject::Plate(plate.as_str().to_owned())
    } else if let Some(raw) = &asked.container {
        let number =
            ContainerNumber::parse(raw).with_context(|| format!("{raw} is no container number"))?;
        Subject::Container(number.as_str().to_owned())
    } else if let Some(pass) = &asked.pass {
        Subject::Pass(pass.clone())
    } else {
        let driver = asked.driver.clone();
        Subject::Driver(driver.context("say what to look for; --help shows how")?)
    })
}
