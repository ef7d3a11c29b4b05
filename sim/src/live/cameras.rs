//! Cameras as HTTP servers on this machine: a request brings a picture of what stands in the lane.
//! They want a login, as real ones do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context as _;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use digest_auth::{AuthContext, AuthorizationHeader, WwwAuthenticateHeader};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::pictures::View;

/// User of every simulated camera.
pub const USER: &str = "gate";
/// Its password.
pub const PASSWORD: &str = "lane-7 \"quoted\"";
/// Path of a picture.
const PATH: &str = "/cgi-bin/snapshot.jpg";

/// When a camera sees the truck, milliseconds after its arrival.
const fn in_view_after_ms(view: View) -> u64 {
    match view {
        View::Front => 300,
        View::Side => 900,
        View::Rear => 1_500,
    }
}

/// What a picture is to be of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// Index of the truck in the world; `None` for an empty lane.
    pub truck: Option<usize>,
    /// Where the camera looks.
    pub view: View,
    /// Repeated looks at the same truck.
    pub look: u32,
    /// Running number of the camera's pictures.
    pub number: u64,
}

/// Makes the file of a picture.
pub type Photographer = Arc<dyn Fn(Frame) -> Vec<u8> + Send + Sync>;

/// One camera.
pub struct Camera {
    /// Address of its pictures.
    pub url: String,
    /// Where it looks.
    pub view: View,
    shown: watch::Sender<Option<(usize, u32)>>,
}

struct Server {
    view: View,
    photographer: Photographer,
    shown: watch::Receiver<Option<(usize, u32)>>,
    number: AtomicU64,
    nonce: String,
}

impl Camera {
    /// Starts to listen.
    ///
    /// # Errors
    /// No port is free.
    pub async fn start(view: View, photographer: Photographer) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .context("no port is free")?;
        let address = listener.local_addr()?;
        let (shown, watched) = watch::channel(None);
        let server = Server {
            view,
            photographer,
            shown: watched,
            number: AtomicU64::new(0),
            nonce: format!(
                "{:016x}",
                u64::from(address.port()).wrapping_mul(0x9e37_79b9_7f4a_7c15)
            ),
        };
        let app = axum::Router::new()
            .route(PATH, get(picture))
            .with_state(Arc::new(server));
        tokio::spawn(async move {
            // It ends with the program.
            let _ = axum::serve(listener, app).await;
        });
        Ok(Self {
            url: format!("http://{address}{PATH}"),
            view,
            shown,
        })
    }

    /// What stands before it `since_ms` after its arrival: a truck, and how often it was looked
    /// at before.
    pub fn show(&self, truck: Option<(usize, u32)>, since_ms: u64) {
        let truck = truck.filter(|_| in_view_after_ms(self.view) <= since_ms);
        self.shown.send_if_modified(|shown| {
            let changed = *shown != truck;
            *shown = truck;
            changed
        });
    }
}

async fn picture(State(server): State<Arc<Server>>, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let proof = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    if !proof.is_some_and(|proof| server.accepts(path, proof)) {
        let challenge = server.challenge_text();
        return (
            StatusCode::UNAUTHORIZED,
            [(header::WWW_AUTHENTICATE, challenge)],
        )
            .into_response();
    }
    let shown = *server.shown.borrow();
    let frame = Frame {
        truck: shown.map(|(truck, _)| truck),
        view: server.view,
        look: shown.map_or(0, |(_, look)| look),
        number: server.number.fetch_add(1, Ordering::Relaxed),
    };
    let file = tokio::task::spawn_blocking(move || (server.photographer)(frame)).await;
    match file {
        Ok(bytes) => ([(header::CONTENT_TYPE, "image/jpeg")], bytes).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

impl Server {
    fn challenge_text(&self) -> String {
        format!(
            "Digest realm=\"lane camera\", qop=\"auth\", algorithm=SHA-256, nonce=\"{}\"",
            self.nonce
        )
    }

    fn challenge(&self, answered: u32) -> WwwAuthenticateHeader {
        let mut challenge =
            digest_auth::parse(&self.challenge_text()).expect("a challenge of this shape is valid");
        challenge.nc = answered;
        challenge
    }

    /// Whether the answer is that of someone who knows the password.
    fn accepts(&self, path: &str, proof: &str) -> bool {
        let Ok(given) = AuthorizationHeader::parse(proof) else {
            return false;
        };
        if given.username != USER || given.nonce != self.nonce || given.uri != path {
            return false;
        }
        let mut context = AuthContext::new(USER, PASSWORD, path);
        if let Some(cnonce) = &given.cnonce {
            context.set_custom_cnonce(cnonce.clone());
        }
        let expected = self.challenge(given.nc.saturating_sub(1)).respond(&context);
        expected.is_ok_and(|expected| expected.response == given.response)
    }
}
