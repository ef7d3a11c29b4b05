//! A port → connections, plain or TLS, never more than a limit, none that stays silent for long.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, Sleep};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Connections at once.
pub const CONNECTIONS_MAX: usize = 256;
/// A connection on which nothing moves for so long is closed; the stream has a beat every two
/// seconds.
const IDLE: Duration = Duration::from_secs(30);
/// A handshake takes no longer.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// After a failed `accept` (no file descriptor left, say) nothing is accepted for so long.
const PAUSE: Duration = Duration::from_millis(200);

/// A listening port.
pub struct Door {
    port: TcpListener,
    tls: Option<TlsAcceptor>,
    places: Arc<Semaphore>,
    handshakes: JoinSet<Option<(Line, SocketAddr)>>,
}

/// One connection.
pub struct Line {
    io: Io,
    idle: Pin<Box<Sleep>>,
    _place: OwnedSemaphorePermit,
}

enum Io {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// Who is at the other end.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

impl Connected<IncomingStream<'_, Door>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        Self(*stream.remote_addr())
    }
}

impl Door {
    /// Listens at `address`.
    ///
    /// # Errors
    /// The port cannot be had.
    pub async fn open(
        address: SocketAddr,
        tls: Option<Arc<rustls::ServerConfig>>,
    ) -> io::Result<Self> {
        Ok(Self {
            port: TcpListener::bind(address).await?,
            tls: tls.map(TlsAcceptor::from),
            places: Arc::new(Semaphore::new(CONNECTIONS_MAX)),
            handshakes: JoinSet::new(),
        })
    }
}

/// The next connection, once there is a place for it.
async fn line(port: &TcpListener, places: &Arc<Semaphore>) -> (Line, SocketAddr) {
    let places = Arc::clone(places);
    let place = places.acquire_owned().await.expect("never closed");
    loop {
        match port.accept().await {
            Ok((stream, peer)) => {
                let idle = Box::pin(tokio::time::sleep(IDLE));
                let io = Io::Plain(stream);
                let _place = place;
                return (Line { io, idle, _place }, peer);
            }
            Err(error) => {
                tracing::warn!(%error, "connection not accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

async fn shake(acceptor: TlsAcceptor, line: Line, peer: SocketAddr) -> Option<(Line, SocketAddr)> {
    let Line { io, idle, _place } = line;
    let Io::Plain(stream) = io else {
        return None;
    };
    let shaken = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await;
    match shaken {
        Ok(Ok(stream)) => {
            let io = Io::Tls(Box::new(stream));
            Some((Line { io, idle, _place }, peer))
        }
        Ok(Err(error)) => {
            tracing::debug!(%error, "TLS handshake failed");
            None
        }
        Err(_) => None,
    }
}

impl Listener for Door {
    type Io = Line;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Line, SocketAddr) {
        loop {
            let Some(acceptor) = self.tls.clone() else {
                return line(&self.port, &self.places).await;
            };
            tokio::select! {
                Some(shaken) = self.handshakes.join_next() => {
                    if let Ok(Some(line)) = shaken {
                        return line;
                    }
                }
                (line, peer) = line(&self.port, &self.places) => {
                    self.handshakes.spawn(shake(acceptor, line, peer));
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.port.local_addr()
    }
}

impl Line {
    /// Counts the time without movement; an error when it has become too long.
    fn moved<T>(&mut self, cx: &mut Context<'_>, poll: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if poll.is_ready() {
            self.idle.as_mut().reset(Instant::now() + IDLE);
            return poll;
        }
        match self.idle.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let poll = match &mut self.io {
            Io::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Io::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
        };
        self.moved(cx, poll)
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let poll = match &mut self.io {
            Io::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Io::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        };
        self.moved(cx, poll)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.io {
            Io::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Io::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.io {
            Io::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Io::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
