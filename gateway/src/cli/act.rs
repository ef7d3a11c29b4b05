//! `kakou act`: the control socket from the console.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;

use super::check_config::load_or_explain;
use crate::control::socket_path;

/// One question to the running gate, one answer.
pub(super) fn ask(config: &Path, request: &Value) -> anyhow::Result<Value> {
    let config = load_or_explain(config)?;
    let path = socket_path(&config.directory);
    let stream = UnixStream::connect(&path).with_context(|| {
        format!(
            "cannot reach the gate at {}; is `kakou run` up?",
            path.display()
        )
    })?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut writer = stream.try_clone()?;
    writeln!(writer, "{request}")?;
    let mut line = String::new();
    BufReader::new(stream)
        .read_line(&mut line)
        .context("the gate did not answer in time")?;
    serde_json::from_str(&line).context("the gate's answer is unreadable")
}

pub(super) fn act(config: &Path, request: &str) -> anyhow::Result<ExitCode> {
    let request: Value = serde_json::from_str(request).context("the act is not a JSON object")?;
    let answer = ask(config, &request)?;
    println!("{answer}");
    Ok(if answer["ok"] == true {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}
