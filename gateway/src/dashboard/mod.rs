//! The gate's own page: what its journal, devices and people are doing, shown as it happens, and
//! what people decide there, sent to the lanes. Judges no vehicle itself, and no lane ever waits
//! for it.
//!
//! Reading order: [`Server::open`] takes the port, [`Desk`] is what answers are made from,
//! `course` follows the journal, `live` renders what changes, `guard` lets in, `acts` carries out.

pub mod accounts;
mod act_refusal;
mod acts;
mod certificate;
mod claims;
mod course;
mod desk;
mod devices;
mod evidence;
mod guard;
mod live;
mod observe;
mod openapi;
mod pages;
mod passages;
mod people;
mod posted;
mod review;
mod shell;
mod statistics;
mod stream;
mod table;
mod told;
mod words;

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::routing::{MethodRouter, get, post};
use http_door::Door;
use tokio::sync::watch;
use tokio::task::JoinSet;

pub use self::certificate::CertificateError;
use self::desk::Desk;
pub use self::desk::{DashboardSetup, LaneDesk};
pub use self::people::Keeper;

/// Largest body: a form.
const BODY_BYTES_MAX: usize = 16 * 1024;

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum DashboardError {
    /// The port cannot be had.
    #[error("cannot listen at {listen}; choose another address for [dashboard] listen")]
    Listen {
        /// Address.
        listen: SocketAddr,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// No certificate.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The accounts cannot be read.
    #[error(transparent)]
    Accounts(#[from] accounts::StateFileError),
}

/// A page that listens already and does not answer yet.
pub struct Server {
    door: Door,
    desk: Arc<Desk>,
    frames: watch::Sender<Arc<live::Frame>>,
    follower: course::Follower,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Server {
    /// Reads the accounts, makes or reads the certificate, takes the port.
    ///
    /// # Errors
    /// One of them cannot be had.
    pub async fn open(setup: DashboardSetup) -> Result<Self, DashboardError> {
        let listen = setup.config.listen;
        let folder = setup.directory.join("dashboard");
        let tls = certificate::server_config(&setup.config, &folder)?;
        let failed = |source| DashboardError::Listen { listen, source };
        let door = Door::open(listen, Some(tls)).await.map_err(failed)?;
        let address = axum::serve::Listener::local_addr(&door).map_err(failed)?;
        let (frames, shown) = watch::channel(Arc::default());
        let (desk, follower) = Desk::open(setup, shown)?;
        Ok(Self {
            door,
            desk: Arc::new(desk),
            frames,
            follower,
            address,
        })
    }

    /// The console's way to the accounts.
    #[must_use]
    pub fn keeper(&self) -> Keeper {
        Keeper::new(Arc::clone(&self.desk))
    }

    /// What the console tells: where the page is, and how the first administrator is made.
    #[must_use]
    pub fn announcement(&self) -> String {
        let mut text = format!("page at https://{}/\n", self.address);
        if let Some(code) = self.desk.people().set_up.shown_code() {
            text.push_str("first administrator: open it and type this code, once: ");
            text.push_str(code.expose());
            text.push('\n');
        }
        text
    }

    /// Answers until the gate stops; streams end at once, other answers within two seconds.
    pub async fn run(self) {
        let mut stop = self.desk.stop.clone();
        let mut beside = JoinSet::new();
        beside.spawn(course::follow(self.follower));
        beside.spawn(live::follow(
            Arc::clone(&self.desk),
            self.frames,
            self.desk.stop.clone(),
        ));
        beside.spawn(desk::sweep(Arc::clone(&self.desk)));
        let stopped = async move { stop.requested().await };
        if let Err(error) = http_door::serve(self.door, router(self.desk), stopped).await {
            tracing::error!(%error, "the dashboard's port was lost");
        }
        beside.shutdown().await;
    }
}

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// A file of ours, in the program.
macro_rules! asset {
    ($media:expr, $name:literal) => {
        get(|| async { pages::asset($media, include_str!(concat!("../../static/", $name))) })
    };
}

/// Every route with what answers it.
fn routes() -> Vec<(&'static str, MethodRouter<Arc<Desk>>)> {
    vec![
        ("/", get(pages::lanes)),
        ("/review", get(review::review)),
        ("/review/{passage}", get(review::review_case)),
        ("/acts", post(review::act)),
        ("/approvals", post(people::approve)),
        ("/passages", get(passages::passages)),
        ("/passages/{id}", get(passages::story)),
        ("/passages/{id}/pack", get(passages::pack)),
        ("/passages/{id}/notice", get(passages::hold_notice)),
        ("/pictures/{sha256}", get(passages::picture)),
        ("/pictures/{sha256}/screen", get(passages::on_screen)),
        ("/pictures/{sha256}/map", get(passages::heat_map)),
        ("/statistics", get(observe::statistics)),
        ("/devices", get(pages::devices)),
        (
            "/accounts",
            get(people::accounts).post(people::change_account),
        ),
        ("/me", get(people::own).post(people::change_own)),
        ("/wall", get(pages::wall)),
        ("/display/{lane}", get(pages::display)),
        ("/sign-in", get(people::sign_in_form).post(people::sign_in)),
        ("/sign-out", post(people::sign_out)),
        ("/set-up", get(people::set_up_form).post(people::set_up)),
        ("/language", get(pages::choose_language)),
        ("/stream", get(stream::stream)),
        ("/api/v1/session", get(pages::api_session)),
        ("/api/v1/lanes", get(pages::api_lanes)),
        ("/api/v1/review", get(review::api_review)),
        ("/api/v1/acts", post(review::api_act)),
        ("/api/v1/passages", get(passages::api_passages)),
        ("/api/v1/passages/{id}", get(passages::api_story)),
        ("/api/v1/statistics", get(observe::api_statistics)),
        ("/api/v1/health", get(observe::api_health)),
        ("/openapi.json", get(openapi::openapi)),
        ("/metrics", get(observe::metrics)),
        ("/healthz", get(observe::healthz)),
        ("/readyz", get(observe::readyz)),
        ("/assets/page.css", asset!(CSS, "page.css")),
        ("/assets/page.js", asset!(SCRIPT, "page.js")),
        ("/assets/evidence.css", asset!(CSS, "evidence.css")),
        ("/assets/evidence.js", asset!(SCRIPT, "evidence.js")),
        ("/assets/statistics.css", asset!(CSS, "statistics.css")),
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
