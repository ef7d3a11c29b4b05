//! Questions over HTTP: an API for programs, a page for people, a stream for both. Asks the store
//! beside the collector and never holds it up; the one thing it changes is the folder of orders.

mod answers;
mod asked;
mod feed;
mod figures;
mod guard;
mod health;
mod openapi;
mod orders;
mod overview;
mod packs;
mod page;
mod passages;
mod plots;
mod stream;
pub mod tokens;
mod unanswered;

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{MethodRouter, get, post};
use domain::time::Timestamp;
use tokio::sync::{Semaphore, watch};

pub use self::answers::{Conveyance, EventLine, Passage, Passages, Story};
pub use self::figures::{count, look};
use self::tokens::Tokens;
use crate::packer::Packer;
use crate::questions::Questions;
use http_door::{Door, Limit, limit};

/// Largest body where none is expected but a token.
const BODY_BYTES_MAX: usize = 4 * 1024;

/// Wrong tokens of one address.
const WRONG_TOKENS: limit::Size = limit::Size {
    burst: 10.0,
    per_second: 0.1,
};

/// Where and for whom the region answers.
pub struct HttpConfig {
    /// Address to listen at.
    pub listen: SocketAddr,
    /// TLS; `None` only on the loopback address.
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// File of hashed tokens.
    pub token_file: PathBuf,
}

/// What an answer is made from.
pub struct Desk {
    questions: Questions,
    feed: feed::Feed,
    tokens: Tokens,
    /// Enrolled gates.
    gates: Vec<String>,
    orders: Option<PathBuf>,
    packer: Option<Arc<Packer>>,
    packs: Arc<Semaphore>,
    counted: figures::Counted,
    requests: Limit,
    wrong_tokens: Limit,
    listeners: Arc<Semaphore>,
    counts: Counts,
    is_tls: bool,
    stop: watch::Receiver<bool>,
}

/// Counts since start.
#[derive(Debug, Default)]
struct Counts {
    requests: AtomicU64,
    refused: AtomicU64,
}

/// Why the region does not answer.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The port cannot be had.
    #[error("cannot listen at {listen}; choose another address for [http] listen")]
    Listen {
        /// Address.
        listen: SocketAddr,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// The tokens cannot be had.
    #[error(transparent)]
    Tokens(#[from] tokens::TokenError),
    /// Answering ended.
    #[error("answering at {listen} ended")]
    Ended {
        /// Address.
        listen: SocketAddr,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
}

/// A server that listens already and does not answer yet.
pub struct Server {
    door: Door,
    desk: Arc<Desk>,
    /// Where it listens.
    pub address: SocketAddr,
    /// File with the first token, if it was made now.
    pub first_token: Option<PathBuf>,
}

/// Now, by the region's clock.
fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

impl Server {
    /// Reads the tokens (the first one is made if there is no file) and takes the port. Without an
    /// `orders` folder no orders are taken, without a `packer` no evidence packs are made.
    ///
    /// # Errors
    /// Either cannot be had.
    pub async fn open(
        config: &HttpConfig,
        questions: Questions,
        gates: Vec<String>,
        orders: Option<PathBuf>,
        packer: Option<Packer>,
        stop: watch::Receiver<bool>,
    ) -> Result<Self, ServeError> {
        let (tokens, first_token) = tokens::read_or_make(&config.token_file)?;
        if tokens.is_empty() {
            tracing::warn!(file = %config.token_file.display(), "no token: nobody can ask");
        }
        let listen = config.listen;
        let failed = |source| ServeError::Listen { listen, source };
        let door = Door::open(listen, config.tls.clone())
            .await
            .map_err(failed)?;
        let address = axum::serve::Listener::local_addr(&door).map_err(failed)?;
        let desk = Desk {
            questions,
            feed: feed::Feed::new(format!("{:x}", now().as_micros())),
            tokens,
            gates,
            orders,
            packer: packer.map(Arc::new),
            packs: Arc::new(Semaphore::new(packs::PACKS_MAX)),
            counted: figures::Counted::default(),
            requests: Limit::new(limit::REQUESTS),
            wrong_tokens: Limit::new(WRONG_TOKENS),
            listeners: Arc::new(Semaphore::new(stream::LISTENERS_MAX)),
            counts: Counts::default(),
            is_tls: config.tls.is_some(),
            stop,
        };
        Ok(Self {
            door,
            desk: Arc::new(desk),
            address,
            first_token,
        })
    }

    /// The address of the page.
    #[must_use]
    pub fn page(&self) -> String {
        let scheme = if self.desk.is_tls { "https" } else { "http" };
        format!("{scheme}://{}/", self.address)
    }

    /// Answers until the region stops; streams end at once, other answers within two seconds.
    ///
    /// # Errors
    /// The port was lost.
    pub async fn run(self) -> Result<(), ServeError> {
        let listen = self.address;
        let mut stop = self.desk.stop.clone();
        let follow = self.desk.feed.clone();
        let follower = tokio::spawn(follow.follow(self.desk.questions.clone(), stop.clone()));
        let ended = http_door::serve(self.door, router(self.desk), async move {
            let _ = stop.wait_for(|stopped| *stopped).await;
        })
        .await;
        follower.abort();
        ended.map_err(|source| ServeError::Ended { listen, source })
    }
}

/// Every route with what answers it.
fn routes() -> Vec<(&'static str, MethodRouter<Arc<Desk>>)> {
    let orders = post(orders::orders).layer(DefaultBodyLimit::max(orders::ORDER_BYTES_MAX));
    vec![
        ("/api/v1/passages", get(passages::passages)),
        ("/api/v1/passages/{id}", get(passages::story)),
        ("/api/v1/visits", get(passages::visits)),
        ("/api/v1/packs/{id}", get(packs::pack)),
        ("/api/v1/gates", get(overview::gates)),
        ("/api/v1/alarms", get(overview::alarms)),
        ("/api/v1/statistics", get(overview::statistics)),
        ("/api/v1/warnings", get(overview::warnings)),
        ("/api/v1/stream", get(stream::stream)),
        ("/api/v1/orders", orders),
        ("/openapi.json", get(openapi::openapi)),
        ("/metrics", get(health::metrics)),
        ("/healthz", get(health::healthz)),
        ("/readyz", get(health::readyz)),
        ("/", get(page::overview)),
        ("/parts", get(page::parts)),
        ("/search", get(page::search)),
        ("/passages/{id}", get(page::story)),
        ("/visits", get(page::visits)),
        ("/login", get(page::login_form).post(page::login)),
        ("/logout", post(page::logout)),
        ("/assets/page.css", get(page::style)),
        ("/assets/page.js", get(page::script)),
    ]
}

fn router(desk: Arc<Desk>) -> Router {
    http_door::router(routes(), BODY_BYTES_MAX)
        .layer(axum::middleware::from_fn_with_state(
            Arc::clone(&desk),
            guard::guard,
        ))
        .with_state(desk)
}
