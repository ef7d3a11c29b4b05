//! Debian's NATS server as a clustered MQTT broker on this machine: three nodes with JetStream,
//! mutual TLS with the gates and among the nodes. Any broker that speaks MQTT 3.1.1 will do for
//! gates and region; this one can be had as a package and dies node by node.
//!
//! What it does not take: identifiers with a dot or a blank (it ends the connection), and many
//! subscriptions of quality 1, each of which is a replicated queue of its own: clients subscribe
//! with quality 0, for which it keeps nothing.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use rumqttc::{AsyncClient, Event, Incoming, MqttOptions, Transport};
use rustix::process::Signal;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use super::broker::free_port;
use super::certificates::Certificates;
use super::child::Running;

/// Nodes: the fewest that outlive the loss of one.
pub const NODES: usize = 3;
/// Where the package puts the program, and where others do.
const PROGRAMS: [&str; 3] = [
    "/usr/sbin/nats-server",
    "/usr/bin/nats-server",
    "/usr/local/bin/nats-server",
];
/// A node elects, catches up and answers within this.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// It says that all it keeps is current within this; if not, that it takes clients must do. After
/// many losses NATS 2.9.10 may go on saying no for a stream that nobody misses.
const CURRENT_WITHIN: Duration = Duration::from_secs(15);
/// The client that asks whether a node takes clients.
const PROBE: &str = "probe";

/// The nodes.
pub struct Cluster {
    nodes: Vec<Node>,
    tls: Arc<rustls::ClientConfig>,
}

struct Node {
    folder: PathBuf,
    ports: Ports,
    running: Option<Running>,
}

#[derive(Clone, Copy)]
struct Ports {
    client: u16,
    route: u16,
    monitor: u16,
    mqtt: u16,
}

impl Cluster {
    /// Writes the configurations, starts the nodes and waits until each takes clients.
    ///
    /// # Errors
    /// nats-server is not installed, or the nodes do not find each other in time.
    pub async fn start(folder: &Path, certificates: &Certificates) -> anyhow::Result<Self> {
        certificates.client(PROBE)?;
        let mut ports = Vec::new();
        for _ in 0..NODES {
            ports.push(Ports {
                client: free_port()?,
                route: free_port()?,
                monitor: free_port()?,
                mqtt: free_port()?,
            });
        }
        let mut nodes = Vec::new();
        for (index, own) in ports.iter().enumerate() {
            let name = format!("node-{}", index + 1);
            certificates.node(&name)?;
            let node = folder.join(&name);
            std::fs::create_dir_all(&node)?;
            let text = document(&name, index, &ports, &node, certificates)?;
            std::fs::write(node.join("nats.conf"), text)?;
            nodes.push(Node {
                folder: node,
                ports: *own,
                running: None,
            });
        }
        let mut cluster = Self {
            nodes,
            tls: certificates.client_config(PROBE)?,
        };
        cluster.resume_all().await?;
        Ok(cluster)
    }

    /// `host:port` of every node's MQTT listener.
    #[must_use]
    pub fn brokers(&self) -> Vec<String> {
        self.nodes
            .iter()
            .map(|node| format!("127.0.0.1:{}", node.ports.mqtt))
            .collect()
    }

    /// Process ids of the nodes that run.
    #[must_use]
    pub fn ids(&self) -> Vec<u32> {
        self.nodes
            .iter()
            .filter_map(|node| node.running.as_ref()?.id())
            .collect()
    }

    /// Kills a node at once; what it has stored stays.
    ///
    /// # Errors
    /// It cannot be killed.
    pub async fn kill(&mut self, index: usize) -> anyhow::Result<()> {
        match self.nodes[index].running.take() {
            Some(running) => running.kill().await,
            None => Ok(()),
        }
    }

    /// Starts a node again and waits until it has caught up and takes clients.
    ///
    /// # Errors
    /// It does not within a minute.
    pub async fn resume(&mut self, index: usize) -> anyhow::Result<()> {
        if self.nodes[index].running.is_none() {
            self.nodes[index].launch()?;
        }
        self.ready(index).await
    }

    /// Starts every node that does not run and waits until all have caught up and take clients.
    ///
    /// # Errors
    /// One does not within a minute.
    pub async fn resume_all(&mut self) -> anyhow::Result<()> {
        // A node that is alone has no majority: start them together.
        for node in &mut self.nodes {
            if node.running.is_none() {
                node.launch()?;
            }
        }
        for index in 0..NODES {
            self.ready(index).await?;
        }
        Ok(())
    }

    /// Lets a node hang: its connections stay, nothing moves, as behind a cut cable.
    ///
    /// # Errors
    /// It does not run.
    pub fn freeze(&self, index: usize) -> anyhow::Result<()> {
        self.signal(index, Signal::STOP)
    }

    /// Lets it go on.
    ///
    /// # Errors
    /// It does not run.
    pub fn thaw(&self, index: usize) -> anyhow::Result<()> {
        self.signal(index, Signal::CONT)
    }

    fn signal(&self, index: usize, signal: Signal) -> anyhow::Result<()> {
        let running = self.nodes[index].running.as_ref();
        running.context("the node does not run")?.signal(signal)
    }

    async fn ready(&mut self, index: usize) -> anyhow::Result<()> {
        let start = Instant::now();
        let tls = Arc::clone(&self.tls);
        let node = &mut self.nodes[index];
        loop {
            let running = node.running.as_mut().context("the node does not run")?;
            if let Some(status) = running.ended()? {
                let log = std::fs::read_to_string(running.log()).unwrap_or_default();
                anyhow::bail!("nats-server ended with {status}:\n{log}");
            }
            let health = health(node.ports.monitor).await;
            let current = health.contains(" 200 ") || start.elapsed() > CURRENT_WITHIN;
            if current && takes_clients(node.ports.mqtt, &tls).await {
                return Ok(());
            }
            if start.elapsed() > READY_WITHIN {
                let log = std::fs::read_to_string(self.nodes[index].folder.join("nats.log"));
                let log = log.unwrap_or_default();
                let lines: Vec<&str> = log.lines().collect();
                anyhow::bail!(
                    "node {} is not ready within {} s. It says {health:?}; its log ends:\n{}",
                    index + 1,
                    READY_WITHIN.as_secs(),
                    lines[lines.len().saturating_sub(15)..].join("\n")
                );
            }
            // A node announces nothing: ask again soon.
            sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Node {
    fn launch(&mut self) -> anyhow::Result<()> {
        let program = PROGRAMS
            .iter()
            .find(|path| Path::new(path).exists())
            .context("nats-server is not installed; `make setup` installs it")?;
        let mut command = Command::new(program);
        command.arg("-c").arg(self.folder.join("nats.conf"));
        let log = self.folder.join("nats.log");
        self.running = Some(Running::start("nats-server", command, &log)?);
        Ok(())
    }
}

/// What the node says of itself: a status line with 200 if all that it keeps is current.
async fn health(monitor: u16) -> String {
    let ask = async {
        let mut stream = TcpStream::connect(("127.0.0.1", monitor)).await?;
        stream.write_all(b"GET /healthz HTTP/1.0\r\n\r\n").await?;
        let mut answer = Vec::new();
        stream.take(4_096).read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    match timeout(Duration::from_secs(2), ask).await {
        Ok(Ok(answer)) => String::from_utf8_lossy(&answer).into_owned(),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "nothing".to_owned(),
    }
}

/// An MQTT client is let in: the node has a quorum for what it keeps of clients.
async fn takes_clients(port: u16, tls: &Arc<rustls::ClientConfig>) -> bool {
    let mut options = MqttOptions::new(format!("{PROBE}-{port}"), "127.0.0.1", port);
    options.set_clean_session(true);
    options.set_transport(Transport::tls_with_config(
        rumqttc::TlsConfiguration::Rustls(Arc::clone(tls)),
    ));
    let (client, mut events) = AsyncClient::new(options, 4);
    let polled = timeout(Duration::from_secs(5), events.poll()).await;
    let in_it = matches!(polled, Ok(Ok(Event::Incoming(Incoming::ConnAck(_)))));
    if in_it {
        // A courtesy: the packet goes out with the next poll.
        let _ = client.try_disconnect();
        let _ = timeout(Duration::from_millis(200), events.poll()).await;
    }
    in_it
}

fn document(
    name: &str,
    index: usize,
    ports: &[Ports],
    folder: &Path,
    certificates: &Certificates,
) -> anyhow::Result<String> {
    let own = ports[index];
    let routes: Vec<String> = ports
        .iter()
        .map(|node| format!("\"nats-route://127.0.0.1:{}\"", node.route))
        .collect();
    // Slow machines shake hands slowly: the default of two seconds is for fast ones.
    let tls = format!(
        "tls {{\n    cert_file: {:?}\n    key_file: {:?}\n    ca_file: {:?}\n    verify: true\n    \
         timeout: 10\n  }}",
        certificates.certificate(name),
        certificates.key(name),
        certificates.ca()
    );
    let mut text = format!(
        "server_name: {name:?}\nlisten: \"127.0.0.1:{}\"\nhttp: \"127.0.0.1:{}\"\n",
        own.client, own.monitor
    );
    write!(
        text,
        "jetstream {{\n  store_dir: {:?}\n  max_memory_store: 1G\n  max_file_store: 4G\n}}\n\
         cluster {{\n  name: \"region\"\n  listen: \"127.0.0.1:{}\"\n  routes: [{}]\n  {tls}\n}}\n",
        folder.join("store"),
        own.route,
        routes.join(", ")
    )?;
    write!(
        text,
        "mqtt {{\n  listen: \"127.0.0.1:{}\"\n  ack_wait: \"10s\"\n  max_ack_pending: 4096\n  {tls}\n}}\n",
        own.mqtt
    )?;
    Ok(text)
}
