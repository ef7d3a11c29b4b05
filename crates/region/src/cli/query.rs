//! `kakou-region query`: a subject → passages, a passage → its story.

use std::path::PathBuf;

use anyhow::Context as _;
use domain::container::ContainerNumber;
use domain::plate::Plate;
use domain::time::Timestamp;
use region::config::Config;
use region::questions::{Questions, Subject, outcome};

/// What to look for, where and when.
#[derive(Debug, clap::Args)]
pub(crate) struct Query {
    /// Configuration file.
    #[arg(long)]
    config: PathBuf,
    #[command(flatten)]
    asked: Asked,
    /// Only passages decided at or after this time.
    #[arg(long)]
    since: Option<String>,
    /// Only passages decided at or before this time.
    #[arg(long)]
    until: Option<String>,
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
    let (since, until) = (
        time(&query.since, Timestamp::MIN)?,
        time(&query.until, Timestamp::MAX)?,
    );
    let questions = Questions::open(&Config::read(&query.config)?.place).await?;
    questions
        .catch_up(|count| {
            if count >= 10_000 && count % 10_000 == 0 {
                eprintln!("{count} new events indexed");
            }
        })
        .await?;
    for (gate, sequence, cause) in questions.unread().await? {
        eprintln!("NOT READ, and missing in every answer: event {sequence} of {gate}: {cause}");
    }
    let asked = &query.asked;
    if let Some(passage) = &asked.passage {
        let story = questions.story(passage).await?;
        anyhow::ensure!(!story.is_empty(), "nothing is stored of passage {passage}");
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
        return Ok(());
    }
    let found = questions.passages(&subject(asked)?, since, until).await?;
    for one in &found {
        let outcome = outcome(&questions.story(&one.passage).await?);
        println!("{} {} {} {outcome}", one.at, one.gate, one.passage);
    }
    eprintln!("{} passages", found.len());
    Ok(())
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
