//! Readers, cameras and indicators as servers on this machine: what a lane's truck shows goes to
//! whoever is connected.

use std::time::Duration;

use anyhow::Context as _;
use device_codecs::envelope;
use device_codecs::tag::ReaderSession;
use domain::reading::TagReading;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, mpsc, watch};

use super::Moment;
use super::pty::Pty;

/// Messages that a slow client may be behind.
const BEHIND_MAX: usize = 256;
/// A device without news says that it is alive this often.
const ALIVE: Duration = Duration::from_secs(1);

/// A device that speaks JSON lines over TCP. A clone speaks on the same line.
#[derive(Clone)]
pub struct LineDevice {
    /// Where it listens.
    pub address: String,
    lines: broadcast::Sender<Vec<u8>>,
}

impl LineDevice {
    /// Starts to listen. `triggers` counts the requests for fresh readings.
    ///
    /// # Errors
    /// No port is free.
    pub async fn start(triggers: watch::Sender<u64>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .context("no port is free")?;
        let address = listener.local_addr()?.to_string();
        let (lines, _) = broadcast::channel(BEHIND_MAX);
        let from = lines.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(line_client(stream, from.subscribe(), triggers.clone()));
            }
        });
        Ok(Self { address, lines })
    }

    /// Sends a report to whoever listens.
    pub fn say(&self, line: Vec<u8>) {
        // Nobody listens: what a camera sees then is lost, as it is in life.
        let _ = self.lines.send(line);
    }
}

async fn line_client(
    mut stream: TcpStream,
    mut lines: broadcast::Receiver<Vec<u8>>,
    triggers: watch::Sender<u64>,
) {
    let mut alive = tokio::time::interval(ALIVE);
    let mut buffer = [0_u8; 256];
    loop {
        let line = tokio::select! {
            line = lines.recv() => match line {
                Ok(line) => line,
                Err(broadcast::error::RecvError::Lagged(_)) => continue,
                Err(broadcast::error::RecvError::Closed) => return,
            },
            read = stream.read(&mut buffer) => match read {
                Ok(len) if len > 0 => {
                    let asked = buffer[..len].windows(7).any(|word| word == b"trigger");
                    triggers.send_modify(|count| *count += u64::from(asked));
                    continue;
                }
                Ok(_) | Err(_) => return,
            },
            _ = alive.tick() => b"{\"type\":\"alive\"}\n".to_vec(),
        };
        if stream.write_all(&line).await.is_err() {
            return;
        }
    }
}

/// An LLRP reader.
pub struct TagDevice {
    /// Where it listens.
    pub address: String,
    tags: broadcast::Sender<TagReading>,
}

impl TagDevice {
    /// Starts to listen.
    ///
    /// # Errors
    /// No port is free.
    pub async fn start(moment: Moment) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .context("no port is free")?;
        let address = listener.local_addr()?.to_string();
        let (tags, _) = broadcast::channel(BEHIND_MAX);
        let from = tags.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // One client a reader, as in LLRP: the next waits until this one has gone.
                let _ = tag_client(stream, from.subscribe(), &moment).await;
            }
        });
        Ok(Self { address, tags })
    }

    /// A tag answers in the field.
    pub fn sees(&self, tag: TagReading) {
        // Nobody listens: the read is lost.
        let _ = self.tags.send(tag);
    }
}

async fn tag_client(
    mut stream: TcpStream,
    mut tags: broadcast::Receiver<TagReading>,
    moment: &Moment,
) -> std::io::Result<()> {
    let mut session = ReaderSession::new(moment.utc());
    let mut buffer = [0_u8; 4_096];
    let mut tick = tokio::time::interval(Duration::from_millis(100));
    while !session.is_closed() {
        while let Some(bytes) = session.poll_output() {
            stream.write_all(&bytes).await?;
        }
        tokio::select! {
            read = stream.read(&mut buffer) => match read? {
                0 => return Ok(()),
                len => session.handle_input(&buffer[..len], moment.mono()),
            },
            tag = tags.recv() => {
                if let Ok(tag) = tag {
                    session.report(&[tag]);
                }
            }
            _ = tick.tick() => session.handle_timeout(moment.mono()),
        }
    }
    Ok(())
}

/// The sending end of an indicator on a serial line.
pub struct ScaleDevice {
    frames: mpsc::Sender<Vec<u8>>,
}

impl ScaleDevice {
    /// Starts to send on `line`.
    #[must_use]
    pub fn start(mut line: Pty) -> Self {
        let (frames, mut queue) = mpsc::channel::<Vec<u8>>(4);
        tokio::spawn(async move {
            while let Some(frame) = queue.recv().await {
                if line.write_all(&frame).await.is_err() {
                    return;
                }
            }
        });
        Self { frames }
    }

    /// Sends a frame; one that the line has no room for is gone.
    pub fn show(&self, frame: Vec<u8>) {
        let _ = self.frames.try_send(frame);
    }
}

/// The line that reports an observation.
#[must_use]
pub fn report(observation: &domain::reading::Observation) -> Vec<u8> {
    envelope::encode(observation)
}
