//! The pages in `sample/`, served on loopback as strictly as a gate serves its own: what the harness
//! is tried on.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Path, type and body of everything there is.
pub(super) const FILES: [(&str, &str, &str); 5] = [
    ("/", "text/html", include_str!("sample/queue.html")),
    (
        "/queue.js",
        "text/javascript",
        include_str!("sample/queue.js"),
    ),
    (
        "/icon.svg",
        "image/svg+xml",
        include_str!("sample/icon.svg"),
    ),
    ("/faulty", "text/html", include_str!("sample/faulty.html")),
    (
        "/faulty.js",
        "text/javascript",
        include_str!("sample/faulty.js"),
    ),
];
/// Chromium opens connections on suspicion and may never ask anything over them.
const SILENCE: Duration = Duration::from_secs(10);
/// The longest request that is read.
const REQUEST_MAX: usize = 16 * 1024;

/// A server, until it is dropped.
pub(super) struct StillSite {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl StillSite {
    /// Serves on a free port.
    ///
    /// # Errors
    /// There is none.
    pub(super) fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                // A browser that goes away in the middle is no fault of the site.
                std::thread::spawn(move || answer(stream));
            }
        });
        Ok(Self {
            address,
            stop,
            thread: Some(thread),
        })
    }

    /// The address of `path`.
    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Drop for StillSite {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes the thread, which waits for a connection.
        let woken = TcpStream::connect(self.address);
        if let (Ok(_), Some(thread)) = (woken, self.thread.take()) {
            let _ = thread.join();
        }
    }
}

/// Answers one request and closes the connection.
fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_read_timeout(Some(SILENCE))?;
    let mut request = Vec::new();
    let mut piece = [0; 1024];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        let length = stream.read(&mut piece)?;
        if length == 0 || request.len() > REQUEST_MAX {
            return Ok(());
        }
        request.extend_from_slice(&piece[..length]);
    }
    let request = String::from_utf8_lossy(&request);
    let asked = request.split(' ').nth(1).unwrap_or_default();
    let found = FILES.iter().find(|(path, _, _)| *path == asked);
    let (status, kind, body) = match found {
        Some((_, kind, body)) => ("200 OK", *kind, *body),
        None => ("404 Not Found", "text/plain", "nothing here"),
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}; charset=utf-8\r\n\
         Content-Length: {}\r\nContent-Security-Policy: default-src 'self'\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}
