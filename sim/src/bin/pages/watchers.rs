//! Open pages without a browser: sign-ins, and then for every page one TLS connection that asks for
//! the page and follows its stream, as the page's own script does. Looks at nothing that it is told.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use sim::live::people::Login;

/// A stream has a beat every 1.5 s: a page that hears nothing for so long is lost.
const SILENCE: Duration = Duration::from_secs(10);
/// Pages as they are open at a gate: each with what it shows.
const PAGES: [(&str, &str); 4] = [
    ("/", "top,lane,queue,lines"),
    ("/review", "top,queue"),
    ("/wall", "top,lane,queue"),
    ("/devices", "top"),
];

/// Where the pages are, and what is trusted.
pub(crate) struct Door {
    address: String,
    tls: Arc<ClientConfig>,
}

type Stream = BufReader<StreamOwned<ClientConnection, TcpStream>>;

impl Door {
    /// The page of a gate whose state lies in `state`.
    ///
    /// # Errors
    /// Its certificate cannot be read.
    pub(crate) fn of(page: &str, state: &Path) -> anyhow::Result<Self> {
        let address = page
            .strip_prefix("https://")
            .context("a page over TLS")?
            .trim_end_matches('/');
        let file = state.join("dashboard/page.pem");
        let certificate = CertificateDer::from_pem_file(&file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        let mut roots = RootCertStore::empty();
        roots.add(certificate)?;
        let tls = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            address: address.to_owned(),
            tls: Arc::new(tls),
        })
    }

    /// Sends a request and reads the head of the answer.
    fn ask(&self, request: &str) -> anyhow::Result<(Vec<String>, Stream)> {
        let socket = TcpStream::connect(&self.address)?;
        socket.set_read_timeout(Some(SILENCE))?;
        let name = ServerName::try_from("localhost")?;
        let session = ClientConnection::new(Arc::clone(&self.tls), name)?;
        let mut stream = BufReader::new(StreamOwned::new(session, socket));
        stream.get_mut().write_all(request.as_bytes())?;
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            anyhow::ensure!(stream.read_line(&mut line)? > 0, "closed in the head");
            if line.trim_end().is_empty() {
                return Ok((head, stream));
            }
            head.push(line.trim_end().to_owned());
        }
    }

    /// Signs somebody in.
    ///
    /// # Errors
    /// The gate refuses.
    pub(crate) fn sign_in(&self, login: &Login) -> anyhow::Result<String> {
        let body = format!("name={}&password={}&code=", login.name, login.password);
        let request = format!(
            "POST /sign-in HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        let (head, _) = self.ask(&request)?;
        let mut cookies = head
            .iter()
            .filter_map(|line| line.strip_prefix("set-cookie: "));
        let cookie = cookies.next().and_then(|cookie| cookie.split(';').next());
        Ok(cookie
            .with_context(|| format!("{} is not let in: {head:?}", login.name))?
            .to_owned())
    }

    fn get(&self, path: &str, cookie: &str) -> String {
        format!(
            "GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncookie: {cookie}\r\n\
             accept: */*\r\n\r\n",
            self.address
        )
    }
}

/// What the pages have heard.
#[derive(Default)]
pub(crate) struct Heard {
    /// Bytes of streams.
    pub(crate) bytes: AtomicU64,
    /// Parts and beats.
    pub(crate) messages: AtomicU64,
    /// Pages that were refused, or fell silent.
    pub(crate) lost: AtomicU64,
}

/// Open pages, until [`Self::close`].
pub(crate) struct Watchers {
    heard: Arc<Heard>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Watchers {
    /// Opens `count` pages for those whose `cookies` they are, in turn.
    pub(crate) fn open(door: &Arc<Door>, cookies: &[String], count: usize) -> Self {
        let (heard, stop) = (Arc::<Heard>::default(), Arc::new(AtomicBool::new(false)));
        let threads = (0..count).map(|n| {
            let (door, heard, stop) = (Arc::clone(door), Arc::clone(&heard), Arc::clone(&stop));
            let cookie = cookies[n % cookies.len()].clone();
            let page = PAGES[n % PAGES.len()];
            std::thread::spawn(move || {
                if let Err(error) = watch(&door, page, &cookie, &heard, &stop) {
                    heard.lost.fetch_add(1, Ordering::Relaxed);
                    eprintln!("a page of {}: {error:#}", page.0);
                }
            })
        });
        Self {
            threads: threads.collect(),
            heard,
            stop,
        }
    }

    /// Closes them and tells what they have heard.
    pub(crate) fn close(self) -> Arc<Heard> {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            // A thread that has panicked has said so.
            let _ = thread.join();
        }
        self.heard
    }
}

fn watch(
    door: &Door,
    (path, show): (&str, &str),
    cookie: &str,
    heard: &Heard,
    stop: &AtomicBool,
) -> anyhow::Result<()> {
    let (head, mut page) = door.ask(&door.get(path, cookie))?;
    anyhow::ensure!(is_ok(&head), "{head:?}");
    // The end of a connection that says so is no fault of TLS here.
    let _ = page.read_to_end(&mut Vec::new());
    let stream = format!("/stream?show={}&lang=en", show.replace(',', "%2C"));
    let (head, mut stream) = door.ask(&door.get(&stream, cookie))?;
    anyhow::ensure!(is_ok(&head), "{head:?}");
    let mut line = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        line.clear();
        let length = stream.read_until(b'\n', &mut line)?;
        anyhow::ensure!(length > 0, "the stream has ended");
        heard.bytes.fetch_add(length as u64, Ordering::Relaxed);
        let is_message = line.starts_with(b"event:");
        heard
            .messages
            .fetch_add(u64::from(is_message), Ordering::Relaxed);
    }
    Ok(())
}

fn is_ok(head: &[String]) -> bool {
    head.first().is_some_and(|line| line.contains(" 200 "))
}
