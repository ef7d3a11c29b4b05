//! One connection to the broker: a client, and the task that polls its event loop.

use std::sync::Arc;
use std::time::Duration;

use domain::id::GateAddress;
use rumqttc::{AsyncClient, Event as Packet, EventLoop, Incoming, MqttOptions, QoS, Transport};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use wire::topic::Topic;

use super::{QUALITY, tls};
use crate::config::{BrokerAddress, Delivery, UplinkConfig};

/// Largest packet either way; the client's own default of 10 KiB would cut batches off.
const PACKET_BYTES_MAX: usize = 512 * 1024;
/// Packets that may wait for the uplink's task.
const PACKETS_MAX: usize = 256;

/// A connection; dropping it ends it.
pub(super) struct Link {
    client: AsyncClient,
    subscribe: QoS,
    packets: mpsc::Receiver<Result<Packet, String>>,
    poller: JoinHandle<()>,
}

fn options(
    config: &UplinkConfig,
    broker: &BrokerAddress,
    client: &str,
    tls: Option<Arc<rustls::ClientConfig>>,
) -> MqttOptions {
    let mut options = MqttOptions::new(client, broker.host.clone(), broker.port);
    options.set_clean_session(true);
    options.set_keep_alive(config.keep_alive);
    options.set_max_packet_size(PACKET_BYTES_MAX, PACKET_BYTES_MAX);
    // One place more than our own window, for subscriptions and state reports.
    options.set_inflight(config.window.saturating_add(16));
    if let Some(tls) = tls {
        options.set_transport(Transport::tls_with_config(
            rumqttc::TlsConfiguration::Rustls(tls),
        ));
    }
    options
}

async fn poll(mut event_loop: EventLoop, packets: mpsc::Sender<Result<Packet, String>>) {
    loop {
        let polled = event_loop.poll().await.map_err(|error| error.to_string());
        let failed = polled.is_err();
        if packets.send(polled).await.is_err() || failed {
            // A client that has seen an error is never used again.
            return;
        }
    }
}

impl Link {
    pub(super) fn open(
        config: &UplinkConfig,
        broker: &BrokerAddress,
        gate: &GateAddress,
        tls: Option<Arc<rustls::ClientConfig>>,
    ) -> Self {
        let name = format!("kakou-{}-{}-{}", gate.region, gate.premises, gate.gate);
        let places = usize::from(config.window) + 32;
        let (client, mut event_loop) =
            AsyncClient::new(options(config, broker, &name, tls), places);
        // A batch must not wait for the broker's acknowledgement of the one before.
        event_loop.network_options.set_tcp_nodelay(true);
        let (sender, packets) = mpsc::channel(PACKETS_MAX);
        Self {
            client,
            subscribe: match config.subscribe {
                Delivery::AtMostOnce => QoS::AtMostOnce,
                Delivery::AtLeastOnce => QoS::AtLeastOnce,
            },
            packets,
            poller: tokio::spawn(poll(event_loop, sender)),
        }
    }

    /// The next packet. Cancel-safe.
    pub(super) async fn next(&mut self) -> Result<Packet, String> {
        self.packets
            .recv()
            .await
            .unwrap_or_else(|| Err("the connection has ended".to_owned()))
    }

    pub(super) fn subscribe(&self, filters: &[String]) -> Result<(), String> {
        for filter in filters {
            self.client
                .try_subscribe(filter, self.subscribe)
                .map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// Hands a message to the client; `false` if it has no place, which only delays it.
    pub(super) fn publish(&self, topic: &Topic, payload: Vec<u8>) -> bool {
        self.client
            .try_publish(topic.to_string(), QUALITY, topic.retained(), payload)
            .is_ok()
    }

    /// As [`Link::publish`], but the broker need not confirm it: whoever misses it asks again.
    pub(super) fn publish_once(&self, topic: &Topic, payload: Vec<u8>) -> bool {
        self.client
            .try_publish(
                topic.to_string(),
                QoS::AtMostOnce,
                topic.retained(),
                payload,
            )
            .is_ok()
    }

    pub(super) fn close(&self) {
        // Without it the broker would wait for the keep-alive; it is a courtesy.
        let _ = self.client.try_disconnect();
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.poller.abort();
    }
}

/// Connects once to `broker` and waits for its answer.
///
/// # Errors
/// In words, why the broker cannot be used.
pub async fn probe(
    config: &UplinkConfig,
    broker: &BrokerAddress,
    wait: Duration,
) -> Result<(), String> {
    let tls = config
        .tls
        .as_ref()
        .map(tls::client_config)
        .transpose()
        .map_err(|error| {
            let cause = std::error::Error::source(&error)
                .map(|s| format!(": {s}"))
                .unwrap_or_default();
            format!("{error}{cause}")
        })?;
    let (_client, mut event_loop) =
        AsyncClient::new(options(config, broker, "kakou-doctor", tls), 8);
    let connected = async {
        loop {
            match event_loop.poll().await {
                Ok(Packet::Incoming(Incoming::ConnAck(_))) => return Ok(()),
                Ok(_) => {}
                Err(error) => return Err(error.to_string()),
            }
        }
    };
    tokio::time::timeout(wait, connected)
        .await
        .unwrap_or_else(|_| Err("no answer in time".to_owned()))
}
