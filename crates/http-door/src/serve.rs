//! Routes behind a guard → answers at a door until a stop. What is no route, or no method of one,
//! is a problem in our form and is guarded too.

use std::future::Future;
use std::io;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::MethodRouter;
use tokio::sync::oneshot;

use crate::{Door, Peer, Problem};

/// How long requests that are under way may still take after a stop.
const DRAIN: Duration = Duration::from_secs(2);

/// A router of `routes`, whose bodies have at most `body_bytes_max` unless a route has its own
/// limit. Layers that are added to it see what is no route as well.
pub fn router<S>(routes: Vec<(&'static str, MethodRouter<S>)>, body_bytes_max: usize) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let mut router = Router::new();
    for (path, method) in routes {
        router = router.route(path, method);
    }
    router
        .fallback(|| async { Problem::not_found("no such path; /openapi.json lists them") })
        .method_not_allowed_fallback(|| async {
            let way = "the path is right, the method is not; /openapi.json lists both";
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, way)
        })
        .layer(DefaultBodyLimit::max(body_bytes_max))
}

/// Answers at `door` until `stop` is done; what is under way then has two seconds.
///
/// # Errors
/// The port was lost.
pub async fn serve(
    door: Door,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (told, stopped) = oneshot::channel();
    let service = router.into_make_service_with_connect_info::<Peer>();
    let serving = axum::serve(door, service).with_graceful_shutdown(async move {
        stop.await;
        // Nobody listens any more if the port was lost meanwhile.
        let _ = told.send(());
    });
    tokio::select! {
        ended = async { serving.await } => ended,
        () = async {
            let _ = stopped.await;
            tokio::time::sleep(DRAIN).await;
        } => Ok(()),
    }
}
