//! A configured connection → an open byte stream.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_serial::SerialPortBuilderExt;

use crate::config::{Connection, Parity};

/// Anything that carries bytes both ways.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for T {}

/// Why a device cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No TCP connection.
    #[error("cannot connect to {address}")]
    Tcp {
        /// host:port.
        address: String,
        /// Cause.
        #[source]
        source: io::Error,
    },
    /// No answer in time.
    #[error("{address} did not answer within {timeout_ms} ms")]
    Timeout {
        /// host:port.
        address: String,
        /// Limit.
        timeout_ms: u64,
    },
    /// The serial port cannot be opened.
    #[error("cannot open serial port {path}")]
    Serial {
        /// Path.
        path: String,
        /// Cause.
        #[source]
        source: tokio_serial::Error,
    },
    /// A folder is not a stream.
    #[error("{path} is a folder, not a line")]
    Folder {
        /// Path.
        path: String,
    },
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens the connection.
///
/// # Errors
/// As [`OpenError`]; at most five seconds.
pub async fn open(connection: &Connection) -> Result<Box<dyn ByteStream>, OpenError> {
    match connection {
        Connection::Tcp(address) => {
            let stream = timeout(CONNECT_TIMEOUT, TcpStream::connect(address))
                .await
                .map_err(|_| OpenError::Timeout {
                    address: address.clone(),
                    timeout_ms: 5_000,
                })?
                .map_err(|source| OpenError::Tcp {
                    address: address.clone(),
                    source,
                })?;
            // A frame must leave when it is complete; a failure only costs latency.
            let _ = stream.set_nodelay(true);
            Ok(Box::new(stream))
        }
        Connection::Serial {
            path,
            baud,
            data_bits,
            parity,
        } => Ok(Box::new(open_serial(
            &path.to_string_lossy(),
            *baud,
            *data_bits,
            *parity,
        )?)),
        Connection::Snapshot(setup) => Err(OpenError::Folder {
            path: setup.url.clone(),
        }),
        Connection::Listen(setup) => Err(OpenError::Folder {
            path: setup.address.to_string(),
        }),
        Connection::Folder(path) => Err(OpenError::Folder {
            path: path.to_string_lossy().into_owned(),
        }),
    }
}

/// Opens a serial port.
///
/// # Errors
/// [`OpenError::Serial`].
pub fn open_serial(
    path: &str,
    baud: u32,
    data_bits: u8,
    parity: Parity,
) -> Result<tokio_serial::SerialStream, OpenError> {
    let parity = match parity {
        Parity::None => tokio_serial::Parity::None,
        Parity::Even => tokio_serial::Parity::Even,
        Parity::Odd => tokio_serial::Parity::Odd,
    };
    let data_bits = if data_bits == 7 {
        tokio_serial::DataBits::Seven
    } else {
        tokio_serial::DataBits::Eight
    };
    tokio_serial::new(path, baud)
        .data_bits(data_bits)
        .parity(parity)
        .open_native_async()
        .map_err(|source| OpenError::Serial {
            path: path.to_owned(),
            source,
        })
}

/// Back-off between attempts: doubles from 0.2 s to 30 s, each wait drawn between half and whole,
/// so that all lanes of a premises do not come back in the same instant.
#[derive(Debug)]
pub struct Backoff {
    next_ms: u64,
}

impl Backoff {
    const FIRST_MS: u64 = 200;
    const LAST_MS: u64 = 30_000;

    /// Starts at the shortest wait.
    #[must_use]
    pub fn new() -> Self {
        Self {
            next_ms: Self::FIRST_MS,
        }
    }

    /// The wait before the next attempt.
    pub fn next_wait(&mut self) -> Duration {
        let ms = self.next_ms;
        self.next_ms = (ms * 2).min(Self::LAST_MS);
        Duration::from_millis(rand::random_range(ms / 2..=ms))
    }

    /// Back to the shortest wait, after a connection has proved itself.
    pub fn reset(&mut self) {
        self.next_ms = Self::FIRST_MS;
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self::new()
    }
}
