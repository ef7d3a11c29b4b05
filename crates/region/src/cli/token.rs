//! `kakou-region token`: a name and rights → a token on the terminal and its hash in the file.

use std::path::PathBuf;

use anyhow::Context as _;
use region::config::Config;
use region::http::tokens::{self, Rights};

/// For whom, and what it allows.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Configuration file.
    #[arg(long)]
    config: PathBuf,
    /// Who gets it; told in the log of what is ordered with it.
    #[arg(long)]
    name: String,
    /// It also allows to send orders down to the gates.
    #[arg(long)]
    orders: bool,
}

/// Makes it.
///
/// # Errors
/// In words.
pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let http = Config::read(&arguments.config)?
        .http()?
        .context("region.toml has no table [http]; docs/region-api.md shows one")?;
    let rights = Rights {
        orders: arguments.orders,
    };
    let token = tokens::issue(&http.token_file, &arguments.name, rights)?;
    println!("{token}");
    eprintln!(
        "its hash is in {}; to take the right away, remove that line and start kakou-region again",
        http.token_file.display()
    );
    eprintln!("a region that is running knows it after its next start");
    Ok(())
}
