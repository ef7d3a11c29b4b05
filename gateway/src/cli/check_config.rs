//! `kakou check-config`: a configuration file → its problems, or a summary of what it sets up.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use crate::config::{Config, ConfigError, load};

/// Loads a configuration, or explains every problem in one error.
pub(super) fn load_or_explain(file: &Path) -> anyhow::Result<Config> {
    load(file).map_err(|error| match error {
        ConfigError::Invalid { .. } => anyhow::anyhow!(explain(&error)),
        ConfigError::Read { .. } => anyhow::Error::new(error)
            .context("start from gateway/gateway.example.toml, which explains every key"),
    })
}

fn explain(error: &ConfigError) -> String {
    let ConfigError::Invalid { file, problems } = error else {
        return error.to_string();
    };
    let mut text = format!("{error}:");
    for problem in problems {
        let key = if problem.key.is_empty() {
            String::new()
        } else {
            format!("{}: ", problem.key)
        };
        let _ = write!(
            text,
            "\n  {}:{}: {key}{}\n      way out: {}",
            file.display(),
            problem.line,
            problem.what,
            problem.way_out
        );
    }
    text
}

pub(super) fn run(file: &Path) -> anyhow::Result<ExitCode> {
    let config = load_or_explain(file)?;
    let policy = policy_file::load(&config.policy_file)?;
    println!("{}: configuration holds", file.display());
    println!(
        "gate {}, policy {}, journal in {}",
        config.gate,
        policy.version,
        config.directory.display()
    );
    for setup in &config.lanes {
        println!(
            "lane {} ({:?}, {:?})",
            setup.lane.lane, setup.lane.direction, setup.lane.mode
        );
        for device in &setup.devices {
            println!(
                "  {:<16} {:<16} {}",
                device.id.to_string(),
                device.kind.code(),
                device.connection
            );
        }
    }
    for setup in &config.lanes {
        let lane = &setup.lane.lane;
        if let Some(front_end) = &setup.front_end {
            println!(
                "lane {lane} is that of a front end: number {}, user {}, from {:?}",
                front_end.channel, front_end.user, front_end.allow
            );
        }
        if let Some(back_end) = &setup.back_end {
            println!(
                "lane {lane} asks the back end {}: number {}, user {}",
                back_end.address, back_end.channel, back_end.user
            );
        }
    }
    match &config.uplink {
        Some(uplink) => println!(
            "uplink {} {}",
            uplink
                .brokers
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", "),
            if uplink.tls.is_some() {
                "with mutual TLS"
            } else {
                "plain, on this machine"
            }
        ),
        None => println!("no uplink: events stay in the journal"),
    }
    Ok(ExitCode::SUCCESS)
}
