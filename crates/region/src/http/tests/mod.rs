//! A server over a store filled by hand, asked over a real socket with bytes of our own.

mod api;
mod conveyances;
mod packs;
mod pages;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use domain::event::EventBody;
use domain::id::{CompanyId, DriverId};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use wire::signature::SigningKeyPair;

use super::tokens::{Rights, issue};
use super::*;
use crate::database::Place;
use crate::questions::tests as stored;

/// Nothing here takes so long; a hang shall not be one.
const DEADLINE: Duration = Duration::from_secs(20);
/// What a device or a clerk could have typed.
const SCRIPT: &str = "<script>alert(1)<";

/// A running server.
struct Site {
    folder: tempfile::TempDir,
    address: SocketAddr,
    /// With the right to order.
    token: String,
    reader: String,
    packs: Arc<Semaphore>,
    stop: watch::Sender<bool>,
}

/// An answer.
struct Answer {
    status: u16,
    headers: String,
    body: String,
    bytes: Vec<u8>,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

/// `count` passages of one lane, a minute apart; each third is held by a text of evil intent.
fn passages(count: u32) -> Vec<domain::event::Event> {
    let mut events = Vec::new();
    for number in 0..count {
        let mut passage = decision::fixture::clean();
        passage.evidence.passage =
            domain::id::PassageId::new(&decision::fixture::lane(), 1, number);
        if number % 3 == 0 {
            passage.evidence.driver = Some(DriverId::parse(SCRIPT).unwrap());
            passage.pass().company = CompanyId::parse(SCRIPT).unwrap();
        }
        let record = stored::record(&passage);
        let decided = EventBody::PassageDecided(Box::new(record));
        let mut event = stored::event(&passage, decided);
        event.at.at = event.at.at + Duration::from_secs(60) * number;
        events.push(event);
    }
    events
}

/// The key of the fixture's gate.
fn gate_key() -> SigningKeyPair {
    SigningKeyPair::from_seed(&[7; 32])
}

fn region_key() -> SigningKeyPair {
    SigningKeyPair::from_seed(&[9; 32])
}

/// What makes packs of the fixture's gate.
fn packer() -> Packer {
    Packer {
        signing: region_key(),
        gates: [(decision::fixture::gate(), gate_key().public_key())].into(),
        pictures: None,
    }
}

impl Site {
    async fn start(count: u32) -> Self {
        Self::over(&passages(count), Some(packer())).await
    }

    async fn over(events: &[domain::event::Event], packer: Option<Packer>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let gate = decision::fixture::gate();
        let file = folder.path().join("events.sqlite");
        let payloads = events
            .iter()
            .map(|event| wire::record::encode_record(&gate, event));
        let payloads: Vec<_> = payloads.collect();
        let key = gate_key();
        let signed = (!payloads.is_empty()).then_some(&key);
        stored::store_batch(&file, &gate, payloads, signed).await;
        let orders = folder.path().join("orders");
        std::fs::create_dir(&orders).unwrap();
        let token_file = folder.path().join("tokens");
        let token = issue(&token_file, "desk", Rights { orders: true }).unwrap();
        let reader = issue(&token_file, "reader", Rights { orders: false }).unwrap();
        let config = HttpConfig {
            listen: "127.0.0.1:0".parse().unwrap(),
            tls: None,
            token_file,
        };
        let (stop, stopped) = watch::channel(false);
        let questions = Questions::open(&Place::File(file)).await.unwrap();
        let gates = vec!["R/P/SILENT".to_owned()];
        let server = Server::open(&config, questions, gates, Some(orders), packer, stopped)
            .await
            .unwrap();
        let address = server.address;
        let packs = Arc::clone(&server.desk.packs);
        tokio::spawn(async move { server.run().await.unwrap() });
        Self {
            folder,
            address,
            token,
            reader,
            packs,
            stop,
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("events.sqlite")
    }

    fn orders(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.folder.path().join("orders")).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    /// Sends a request as written and reads the answer to its end.
    async fn raw(&self, request: &[u8]) -> Answer {
        let exchange = async {
            let mut stream = TcpStream::connect(self.address).await.unwrap();
            // The server may answer and close before a body that is too large is sent.
            let _ = stream.write_all(request).await;
            let mut bytes = Vec::new();
            let _ = stream.read_to_end(&mut bytes).await;
            bytes
        };
        let all = tokio::time::timeout(DEADLINE, exchange).await.unwrap();
        let text = String::from_utf8_lossy(&all);
        let (headers, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = headers.split(' ').nth(1).and_then(|word| word.parse().ok());
        let end = all.windows(4).position(|some| some == b"\r\n\r\n");
        Answer {
            status: status.unwrap_or(0),
            headers: headers.to_ascii_lowercase(),
            body: body.to_owned(),
            bytes: end.map_or(Vec::new(), |end| all[end + 4..].to_vec()),
        }
    }

    async fn send(&self, method: &str, target: &str, headers: &str, body: &str) -> Answer {
        let length = body.len();
        let request = format!(
            "{method} {target} HTTP/1.1\r\nhost: region\r\nconnection: close\r\n\
             content-length: {length}\r\n{headers}\r\n{body}"
        );
        self.raw(request.as_bytes()).await
    }

    async fn get(&self, target: &str) -> Answer {
        self.send("GET", target, &self.bearer(), "").await
    }

    fn bearer(&self) -> String {
        format!("authorization: Bearer {}\r\n", self.token)
    }
}

impl Answer {
    fn json(&self) -> serde_json::Value {
        // Answers of unknown length come in chunks; ours are short enough to have one.
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }
}
