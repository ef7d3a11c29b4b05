//! What the uplink carries: its client beside libmosquitto, one message an event, through one
//! broker in turns; then the whole uplink to a region that stores, live and catching up.

mod gate;
mod premises;
#[path = "../../benches/row.rs"]
mod row;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use row::Bar;
use rumqttc::{AsyncClient, Event, Incoming, MqttOptions, QoS};
use sim::live::broker::free_port;
use sim::live::child::Running;

const MESSAGE_BYTES: usize = 400;
const WINDOW: u16 = 64;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    clients().await?;
    gate::live_and_catching_up().await
}

async fn clients() -> anyhow::Result<()> {
    let folder = tempfile::tempdir_in(premises::programs())?;
    let port = free_port()?;
    let _broker = broker(folder.path(), port).await?;
    let peer = compile(folder.path());
    let (rounds, messages) = if row::is_quick() {
        (3, 20_000)
    } else {
        (7, 100_000)
    };
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        ours.push(messages as f64 / client(port, messages).await?);
        if let Ok(program) = &peer {
            theirs.push(messages as f64 / libmosquitto(program, port, messages)?);
        }
    }
    let figure = format!("uplink client, QoS 1, {MESSAGE_BYTES} B, window {WINDOW}");
    let rate = row::median(ours);
    let words = format!("{rate:.0}/s");
    match peer {
        Ok(_) => {
            let peer = row::median(theirs);
            let peer_words = format!("{peer:.0}/s (libmosquitto)");
            row::ratio(&figure, &words, &peer_words, rate / peer, Bar::Least(0.9));
        }
        Err(error) => {
            let words = format!("{words}; no peer: {error}");
            row::alone(&figure, &words, rate, Bar::None);
        }
    }
    Ok(())
}

/// A broker without TLS and without a disk: the clients are what is measured.
async fn broker(folder: &Path, port: u16) -> anyhow::Result<Running> {
    let text = format!(
        "listener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n\
         max_inflight_messages 256\nmax_queued_messages 10000\npersistence false\n\
         log_dest stderr\nlog_type information\n"
    );
    let file = folder.join("mosquitto.conf");
    std::fs::write(&file, text)?;
    let program = [
        "/usr/sbin/mosquitto",
        "/usr/bin/mosquitto",
        "/usr/local/sbin/mosquitto",
    ]
    .into_iter()
    .find(|path| Path::new(path).exists())
    .context("mosquitto is not installed; `make setup` installs it")?;
    let mut command = Command::new(program);
    command.arg("-c").arg(file);
    let mut running = Running::start("mosquitto", command, &folder.join("mosquitto.log"))?;
    running.wait_for("running", Duration::from_secs(10)).await?;
    Ok(running)
}

/// Publishes as the uplink does: a task that polls, one that keeps the window full. Seconds.
async fn client(port: u16, messages: usize) -> anyhow::Result<f64> {
    let mut options = MqttOptions::new("bench-ours", "127.0.0.1", port);
    options.set_clean_session(true);
    options.set_inflight(WINDOW);
    let (client, mut events) = AsyncClient::new(options, usize::from(WINDOW) + 32);
    events.network_options.set_tcp_nodelay(true);
    let (sender, mut packets) = tokio::sync::mpsc::channel(256);
    let poller = tokio::spawn(async move {
        loop {
            let polled = events.poll().await;
            let ended = polled.is_err();
            if sender.send(polled).await.is_err() || ended {
                return;
            }
        }
    });
    let payload = vec![5; MESSAGE_BYTES];
    let publish = || client.try_publish("bench/ours", QoS::AtLeastOnce, false, payload.clone());
    let (mut sent, mut acknowledged, mut start) = (0, 0, Instant::now());
    while acknowledged < messages {
        let mut room = 0;
        match packets.recv().await.context("the connection has ended")?? {
            Event::Incoming(Incoming::ConnAck(_)) => {
                start = Instant::now();
                room = usize::from(WINDOW);
            }
            Event::Incoming(Incoming::PubAck(_)) => {
                acknowledged += 1;
                room = 1;
            }
            Event::Incoming(_) | Event::Outgoing(_) => {}
        }
        for _ in 0..room.min(messages - sent) {
            publish()?;
            sent += 1;
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    poller.abort();
    Ok(seconds)
}

/// Compiles the C client; the error says what is missing.
fn compile(folder: &Path) -> Result<PathBuf, String> {
    let program = folder.join("uplink_peer");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/uplink_peer.c");
    let libraries = Command::new("pkg-config")
        .args(["--cflags", "--libs", "libmosquitto"])
        .output()
        .ok()
        .filter(|output| output.status.success())
        .ok_or("no pkg-config or no libmosquitto-dev; `tools/setup bench` installs both")?;
    let libraries = String::from_utf8_lossy(&libraries.stdout).into_owned();
    let compiled = Command::new("cc")
        .args(["-O2", "-Wall", "-Werror", "-o"])
        .arg(&program)
        .arg(source)
        .args(libraries.split_whitespace())
        .status();
    match compiled {
        Ok(status) if status.success() => Ok(program),
        Ok(_) | Err(_) => Err("the C client does not compile".to_owned()),
    }
}

fn libmosquitto(program: &Path, port: u16, messages: usize) -> anyhow::Result<f64> {
    let output = Command::new(program)
        .args([port.to_string(), messages.to_string()])
        .args([MESSAGE_BYTES.to_string(), WINDOW.to_string()])
        .output()?;
    anyhow::ensure!(output.status.success(), "the C client failed");
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().context("seconds")
}
