//! `POST /api/v1/orders`: checked rows → a file in the folder of orders, whole and synced, which
//! the collector then sends down. Decides nothing about what is ordered.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use ledger::import::Importer;
use serde::Serialize;
use utoipa::ToSchema;

use super::Desk;
use super::guard::Asker;
use http_door::Problem;

/// Largest order.
pub(super) const ORDER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Problems of one refused order that are told.
const ERRORS_MAX: usize = 20;

/// What became of an order.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Ordered {
    /// Name of the file in the folder of orders.
    pub file: String,
    /// Rows in it.
    pub rows: usize,
}

/// Ledger rows and directives for every gate, one JSON object a line (`docs/ledger-import.md`).
///
/// The answer comes when the file is synced to disk; nothing of a refused order is kept. A token
/// with the right `orders` is needed, as a bearer token: the cookie of the page is not enough.
#[utoipa::path(post, path = "/api/v1/orders", tag = "orders",
    request_body(content = String, content_type = "application/jsonl"), responses(
    (status = 201, description = "stored; it is sent down within a second", body = Ordered),
    (status = 403, description = "the token does not allow orders", body = Problem),
    (status = 413, description = "more than 4 MiB", body = Problem),
    (status = 422, description = "rows that cannot be used, with their lines", body = Problem),
    (status = 503, description = "no folder of orders, or it cannot be written", body = Problem),
))]
pub(super) async fn orders(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<Ordered>), Problem> {
    if asker.by_cookie || !asker.holder.rights.orders {
        let way = "send a bearer token that has the right `orders` (kakou-region token --orders)";
        return Err(Problem::new(StatusCode::FORBIDDEN, way));
    }
    let Some(folder) = &desk.orders else {
        let way = "set orders_folder in region.toml and start kakou-region again";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, way));
    };
    let body = body.map_err(|rejection| {
        let detail = format!("send at most {ORDER_BYTES_MAX} bytes; split the order");
        Problem::new(rejection.status(), detail)
    })?;
    let rows = check(&body)?;
    let name = name();
    let (folder, target) = (folder.clone(), name.clone());
    let written = tokio::task::spawn_blocking(move || write(&folder, &target, &body)).await;
    match written {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            tracing::error!(%error, "order not written");
            let way = "the folder of orders cannot be written; the log of kakou-region says why";
            return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, way));
        }
        Err(_) => {
            let way = "the order was not written; send it again";
            return Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, way));
        }
    }
    tracing::info!(by = asker.holder.name, file = name, rows, "order taken");
    Ok((StatusCode::CREATED, Json(Ordered { file: name, rows })))
}

fn check(body: &[u8]) -> Result<usize, Problem> {
    let refused = |detail: String| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail);
    let mut importer = Importer::new();
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        if !importer.line(line) {
            break;
        }
    }
    let rows = importer.finish().map_err(|errors| {
        let told = errors.iter().take(ERRORS_MAX).map(ToString::to_string);
        refused(told.collect::<Vec<_>>().join("\n"))
    })?;
    if rows.is_empty() {
        return Err(refused("no rows; send one JSON object a line".to_owned()));
    }
    Ok(rows.len())
}

/// Sorts by time; no two of one run are the same.
fn name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let micros = super::now().as_micros();
    format!(
        "http-{micros:020}-{:08x}-{number:08x}.jsonl",
        std::process::id()
    )
}

fn write(folder: &Path, name: &str, body: &[u8]) -> io::Result<()> {
    // The collector takes `*.jsonl` alone, so it never sees half a file.
    let unfinished = folder.join(format!(".{name}.part"));
    let mut file = File::options()
        .write(true)
        .create_new(true)
        .open(&unfinished)?;
    let written = file
        .write_all(body)
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::rename(&unfinished, folder.join(name)));
    if written.is_err() {
        // Left over, it would only take place; the first error is the one to tell.
        let _ = std::fs::remove_file(&unfinished);
    }
    written?;
    File::open(folder)?.sync_all()
}
