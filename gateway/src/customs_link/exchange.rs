//! Frames over short connections: read one within limits, ask once and wait a bounded time.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use standards::jgs14::frame::{self, Dialect, Frame, FrameError};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Bytes taken from a connection at once.
const CHUNK_BYTES: usize = 16 << 10;

/// Why there is no frame.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExchangeError {
    #[error("cannot connect to {address}")]
    Connect {
        address: String,
        #[source]
        source: io::Error,
    },
    #[error("the connection broke")]
    Line(#[source] io::Error),
    #[error("nothing came within {} ms", .0.as_millis())]
    Late(Duration),
    #[error("more than {most} bytes came without a whole frame")]
    TooLarge { most: usize },
    #[error("what came is no frame")]
    Frame(#[source] FrameError),
    #[error("the frame cannot be written: {0}")]
    Unwritable(String),
    #[error("the other end closed without an answer")]
    Closed,
}

impl ExchangeError {
    /// The whole story in one line.
    pub(super) fn in_full(&self) -> String {
        let mut text = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        text
    }
}

/// The next frame of a connection, or `None` at its end. What has come of the frame after it stays
/// in `held`.
pub(super) async fn read_frame(
    line: &mut (impl AsyncRead + Unpin),
    held: &mut Vec<u8>,
    most: usize,
) -> Result<Option<(Frame, Dialect)>, ExchangeError> {
    loop {
        if !held.is_empty() {
            match frame::read(held) {
                Ok((frame, dialect, len)) => {
                    held.drain(..len);
                    return Ok(Some((frame, dialect)));
                }
                Err(FrameError::Short { .. }) => {}
                Err(error) => return Err(ExchangeError::Frame(error)),
            }
        }
        if held.len() >= most {
            return Err(ExchangeError::TooLarge { most });
        }
        let mut chunk = [0; CHUNK_BYTES];
        let room = CHUNK_BYTES.min(most - held.len());
        match line.read(&mut chunk[..room]).await {
            Ok(0) if held.is_empty() => return Ok(None),
            Ok(0) => {
                let have = held.len();
                return Err(ExchangeError::Frame(FrameError::Short { have }));
            }
            Ok(len) => held.extend(&chunk[..len]),
            Err(error) => return Err(ExchangeError::Line(error)),
        }
    }
}

/// Sends a frame over a connection of its own and waits for the answer, unless it `is_told` alone;
/// everything within `within`. Returns the answer and both ends of the connection.
pub(super) async fn ask(
    address: &str,
    frame: impl FnOnce(SocketAddr) -> Result<Vec<u8>, String>,
    most: usize,
    within: Duration,
    is_told: bool,
) -> Result<(Option<Frame>, SocketAddr), ExchangeError> {
    let exchange = async {
        let connected = TcpStream::connect(address).await;
        let failed = |source| ExchangeError::Connect {
            address: address.to_owned(),
            source,
        };
        let mut line = connected.map_err(failed)?;
        let (here, there) = (line.local_addr(), line.peer_addr());
        let here = here.map_err(ExchangeError::Line)?;
        let there = there.map_err(ExchangeError::Line)?;
        let bytes = frame(here).map_err(ExchangeError::Unwritable)?;
        line.write_all(&bytes).await.map_err(ExchangeError::Line)?;
        line.flush().await.map_err(ExchangeError::Line)?;
        if is_told {
            line.shutdown().await.map_err(ExchangeError::Line)?;
            return Ok((None, there));
        }
        let answer = read_frame(&mut line, &mut Vec::new(), most).await?;
        let (answer, _) = answer.ok_or(ExchangeError::Closed)?;
        Ok((Some(answer), there))
    };
    timeout(within, exchange)
        .await
        .unwrap_or(Err(ExchangeError::Late(within)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GATHER: &[u8] =
        include_bytes!("../../../crates/standards/tests/data/frame_0x21_code1_le.bin");

    async fn read(bytes: &[u8], most: usize) -> (Vec<Frame>, Option<ExchangeError>) {
        let mut held = Vec::new();
        let mut line = bytes;
        let mut frames = Vec::new();
        loop {
            match read_frame(&mut line, &mut held, most).await {
                Ok(Some((frame, _))) => frames.push(frame),
                Ok(None) => return (frames, None),
                Err(error) => return (frames, Some(error)),
            }
        }
    }

    #[tokio::test]
    async fn frames_are_cut_out_of_a_stream_within_limits() {
        let two = [GATHER, GATHER].concat();
        let (frames, error) = read(&two, 1 << 20).await;
        assert!(frames.len() == 2 && error.is_none());
        let (frames, error) = read(&two[..two.len() - 1], 1 << 20).await;
        assert!(frames.len() == 1);
        assert!(matches!(
            error,
            Some(ExchangeError::Frame(FrameError::Short { .. }))
        ));
        let (frames, error) = read(GATHER, GATHER.len() - 1).await;
        assert!(frames.is_empty());
        assert!(matches!(error, Some(ExchangeError::TooLarge { .. })));
        let (_, error) = read(b"GET / HTTP/1.1\r\n\r\n", 1 << 20).await;
        assert!(matches!(
            error,
            Some(ExchangeError::Frame(FrameError::Head { .. }))
        ));
    }
}
