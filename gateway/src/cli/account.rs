//! `kakou account`: accounts of the running gate's page from its console.

use std::io::BufRead as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use serde_json::json;

/// Longest line that is read for a password.
const LINE_BYTES_MAX: u64 = 1_024;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Configuration file.
    #[arg(long)]
    config: PathBuf,
    /// Name: 3 to 32 of a to z, digits, - _ and .
    #[arg(long)]
    name: String,
    /// Role of a new account: viewer, clerk, supervisor or administrator; without it, an account
    /// that there is gets another password.
    #[arg(long)]
    role: Option<String>,
    /// Numbers of the rules that a new clerk or supervisor may override.
    #[arg(long, value_delimiter = ',')]
    rules: Vec<u8>,
    /// File with the password in its first line; - reads it from standard input.
    #[arg(long)]
    password_file: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let file = &arguments.password_file;
    let password = if file.as_os_str() == "-" {
        first_line(std::io::stdin().lock()).context("no password on standard input")?
    } else {
        let open = std::fs::File::open(file).map(std::io::BufReader::new);
        let reader = open.with_context(|| format!("cannot read {}", file.display()))?;
        first_line(reader).with_context(|| format!("no password in {}", file.display()))?
    };
    let mut request = json!({
        "verb": "account",
        "name": arguments.name,
        "password": password,
        "privileges": arguments.rules,
    });
    if let Some(role) = &arguments.role {
        request["role"] = json!(role);
    }
    let answer = super::act::ask(&arguments.config, &request)?;
    anyhow::ensure!(
        answer["ok"] == true,
        "the account was not kept: {}",
        answer["error"].as_str().unwrap_or("no reason given")
    );
    match &arguments.role {
        Some(role) => println!("{} may sign in as {role}", arguments.name),
        None => println!(
            "{} has a new password; its sessions have ended",
            arguments.name
        ),
    }
    Ok(ExitCode::SUCCESS)
}

fn first_line(reader: impl std::io::BufRead) -> std::io::Result<String> {
    let mut line = String::new();
    let mut limited = std::io::Read::take(reader, LINE_BYTES_MAX);
    limited.read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok(password.to_owned())
}
