//! The three sockets of the emulator: pins and memory by its test protocol, resets and events by
//! its machine protocol, and a hang by the debugger's protocol. Knows lines and replies, nothing of
//! gates.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;

/// Longest wait for one reply.
const REPLY: Duration = Duration::from_secs(5);
/// Beyond the memory that the firmware is linked into, within that of the emulated chip.
const SPARE_RAM: u32 = 0x2000_8000;

/// Connects to a socket that a starting process is about to open.
pub(super) async fn connect(path: &Path, within: Duration) -> anyhow::Result<UnixStream> {
    let deadline = tokio::time::Instant::now() + within;
    loop {
        match UnixStream::connect(path).await {
            Ok(stream) => return Ok(stream),
            Err(error) if tokio::time::Instant::now() > deadline => {
                return Err(error).with_context(|| format!("no {}", path.display()));
            }
            // A socket that is not there yet announces nothing: look again soon.
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}

/// Pins and memory (QEMU's qtest protocol: a line each way).
pub(super) struct Probe {
    lines: Lines<BufReader<OwnedReadHalf>>,
    out: OwnedWriteHalf,
}

impl Probe {
    pub(super) fn new(stream: UnixStream) -> Self {
        let (read, out) = stream.into_split();
        Self {
            lines: BufReader::new(read).lines(),
            out,
        }
    }

    async fn order(&mut self, line: &str) -> anyhow::Result<String> {
        self.out.write_all(format!("{line}\n").as_bytes()).await?;
        let reply = tokio::time::timeout(REPLY, self.lines.next_line())
            .await
            .with_context(|| format!("the emulator does not answer {line}"))??
            .context("the emulator has ended")?;
        let value = reply.strip_prefix("OK");
        let value = value.with_context(|| format!("{line}: {reply}"))?;
        Ok(value.trim().to_owned())
    }

    /// Sets one pin of the device at `path`.
    pub(super) async fn set_pin(&mut self, path: &str, bit: u8, high: bool) -> anyhow::Result<()> {
        let level = u8::from(high);
        let line = format!("set_irq_in {path} unnamed-gpio-in {bit} {level}");
        self.order(&line).await.map(|_| ())
    }

    /// One word of memory or one register.
    pub(super) async fn word(&mut self, address: u32) -> anyhow::Result<u32> {
        let text = self.order(&format!("readl {address:#x}")).await?;
        let word = u64::from_str_radix(text.trim_start_matches("0x"), 16)?;
        Ok(u32::try_from(word)?)
    }

    /// Fills memory from `address` on.
    pub(super) async fn fill(&mut self, address: u32, bytes: &[u8]) -> anyhow::Result<()> {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let line = format!("write {address:#x} {:#x} 0x{digits}", bytes.len());
        self.order(&line).await.map(|_| ())
    }
}

/// Orders to the machine and what it tells of itself (QEMU's QMP: a JSON document a line).
pub(super) struct Machine {
    out: OwnedWriteHalf,
    replies: mpsc::Receiver<Value>,
}

impl Machine {
    /// Greets the machine; its events go to `events`, by name.
    pub(super) async fn new(
        stream: UnixStream,
        events: mpsc::UnboundedSender<String>,
    ) -> anyhow::Result<Self> {
        let (read, out) = stream.into_split();
        let (sender, replies) = mpsc::channel(4);
        tokio::spawn(async move {
            let mut lines = BufReader::new(read).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                let Ok(document) = serde_json::from_str::<Value>(&line) else {
                    return;
                };
                let told = match document["event"].as_str() {
                    Some(event) => events.send(event.to_owned()).is_ok(),
                    None if document["QMP"].is_object() => true,
                    None => sender.send(document).await.is_ok(),
                };
                if !told {
                    return;
                }
            }
        });
        let mut machine = Self { out, replies };
        machine.order("qmp_capabilities", json!({})).await?;
        Ok(machine)
    }

    /// Carries out one order.
    pub(super) async fn order(&mut self, name: &str, arguments: Value) -> anyhow::Result<Value> {
        let line = json!({ "execute": name, "arguments": arguments });
        self.out.write_all(format!("{line}\n").as_bytes()).await?;
        let mut reply = tokio::time::timeout(REPLY, self.replies.recv())
            .await
            .with_context(|| format!("the emulator does not answer {name}"))?
            .context("the emulator has ended")?;
        anyhow::ensure!(reply["error"].is_null(), "{name}: {}", reply["error"]);
        Ok(reply["return"].take())
    }

    /// Paths of the devices of a type, in order.
    pub(super) async fn devices(&mut self, kind: &str) -> anyhow::Result<Vec<String>> {
        let mut found = Vec::new();
        for index in 0..64 {
            let path = format!("/machine/unattached/device[{index}]");
            let arguments = json!({ "path": path, "property": "type" });
            match self.order("qom-get", arguments).await {
                Ok(said) if said == kind => found.push(path),
                Ok(_) => {}
                Err(_) => break,
            }
        }
        Ok(found)
    }
}

/// Puts the core into an endless loop: stops it, writes the loop beyond the firmware's memory, sets
/// the program counter to it, and lets it go.
pub(super) async fn hang(path: &Path) -> anyhow::Result<()> {
    let mut stream = UnixStream::connect(path).await?;
    // `b .`, little end first, and register 15.
    let [a, b, c, d] = SPARE_RAM.to_le_bytes();
    for order in [
        "?".to_owned(),
        // Single registers are written only after their description was asked for.
        "qXfer:features:read:target.xml:0,ffb".to_owned(),
        format!("M{SPARE_RAM:x},2:fee7"),
        format!("Pf={a:02x}{b:02x}{c:02x}{d:02x}"),
        "D".to_owned(),
    ] {
        let sum = order.bytes().fold(0_u8, u8::wrapping_add);
        stream
            .write_all(format!("${order}#{sum:02x}").as_bytes())
            .await?;
        loop {
            let text = packet(&mut stream).await.with_context(|| order.clone())?;
            // That it has stopped is told when it has, not when it is asked.
            let stopped = text.starts_with('T');
            if stopped && order != "?" {
                continue;
            }
            let described = order.starts_with('q') && text.starts_with(['l', 'm']);
            anyhow::ensure!(stopped || described || text == "OK", "{order}: {text}");
            break;
        }
    }
    Ok(())
}

/// The next packet of the debugger's protocol, acknowledged: `$text#sum`.
async fn packet(stream: &mut UnixStream) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    while bytes.iter().rev().nth(2) != Some(&b'#') {
        let byte = tokio::time::timeout(REPLY, stream.read_u8()).await;
        bytes.push(byte.context("the debugger does not answer")??);
    }
    stream.write_all(b"+").await?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let text = text.split_once('$').context("no packet")?.1;
    Ok(text.split('#').next().unwrap_or_default().to_owned())
}
