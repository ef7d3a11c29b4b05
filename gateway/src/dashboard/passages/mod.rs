//! What went through the gate: found by plate, container, pass, rule, verdict and time; told event
//! by event with its proof; taken out as CSV, as an evidence pack, as a printed notice.

pub(super) mod find;
mod proof;
pub(super) mod story;

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use domain::id::PassageId;
use http_door::Problem;

pub(super) use self::find::{api_passages, passages};
pub(super) use self::story::{api_story, hold_notice, story};
use super::accounts;
use super::acts::record_account;
use super::evidence;
use super::guard::Asker;
use super::{Desk, course::Entry};

/// Largest pack that goes out in one answer.
const PACK_BYTES_MAX: usize = 256 << 20;

/// The passage of a path.
fn passage_of(desk: &Desk, raw: &str) -> Result<Entry, Problem> {
    let unknown =
        || Problem::not_found("this gate knows no such passage; older ones are kept by the region");
    let passage = PassageId::parse(raw).map_err(|_| unknown())?;
    desk.known
        .now()
        .entry(&passage)
        .cloned()
        .ok_or_else(unknown)
}

fn inside(what: &'static str, error: &(dyn std::error::Error + 'static)) -> Problem {
    // The cause names files: it is for the log.
    tracing::error!(error, what, "the dashboard could not answer");
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "the records cannot be read now; try again, the log of kakou says why",
    )
}

/// `GET /passages/{id}/pack`: the evidence pack as one file, recorded as an export.
pub(super) async fn pack(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    Path(raw): Path<String>,
) -> Result<Response, Problem> {
    let entry = passage_of(&desk, &raw)?;
    // One at a time: a pack is read and proved whole.
    let place = desk.packing.acquire().await.expect("never closed");
    let worker = Arc::clone(&desk);
    let of = entry.clone();
    let made = tokio::task::spawn_blocking(move || proof::packed(&worker, &of)).await;
    drop(place);
    let bytes = match made {
        Ok(Ok(bytes)) if bytes.len() <= PACK_BYTES_MAX => bytes,
        Ok(Ok(_)) => {
            let way = "the pack is too large for the page; use kakou pack at the gate";
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, way));
        }
        Ok(Err(error)) => return Err(proof::problem(&error)),
        Err(error) => return Err(inside("pack", &error)),
    };
    let record = accounts::exported(&asker.user, &entry.plate, "evidence pack");
    let recorded = record_account(&desk, record, Some((&entry.lane, &entry.passage))).await;
    recorded.map_err(|error| Problem::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string()))?;
    let name = format!(
        "attachment; filename=\"{}.kakou-pack.tar\"",
        file_name(&raw)
    );
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/x-tar"),
        ),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_str(&name).expect("plain characters alone"),
        ),
    ];
    Ok((headers, bytes).into_response())
}

/// What may stand in a file's name.
fn file_name(raw: &str) -> String {
    raw.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '-' {
                c
            } else {
                '_'
            }
        })
        .take(96)
        .collect()
}

/// `GET /pictures/{sha256}`: a picture, if it is the one that was recorded.
pub(super) async fn picture(
    State(desk): State<Arc<Desk>>,
    Path(raw): Path<String>,
) -> Result<Response, Problem> {
    shown(desk, raw, evidence::picture).await
}

/// `GET /pictures/{sha256}/screen`: the same, as every browser shows it.
pub(super) async fn on_screen(
    State(desk): State<Arc<Desk>>,
    Path(raw): Path<String>,
) -> Result<Response, Problem> {
    shown(desk, raw, evidence::on_screen).await
}

/// `GET /pictures/{sha256}/map`: the heat map that software drew of a scan.
pub(super) async fn heat_map(
    State(desk): State<Arc<Desk>>,
    Path(raw): Path<String>,
) -> Result<Response, Problem> {
    shown(desk, raw, evidence::heat_map).await
}

type Look = fn(&std::path::Path, &str) -> Result<evidence::Picture, evidence::PictureError>;

async fn shown(desk: Arc<Desk>, raw: String, look: Look) -> Result<Response, Problem> {
    let folder = desk.packer.pictures.clone();
    // A scan takes much memory while it is turned into what a browser shows.
    let place = desk.packing.acquire().await.expect("never closed");
    let read = tokio::task::spawn_blocking(move || look(&folder, &raw)).await;
    drop(place);
    match read {
        Ok(Ok(picture)) => {
            let headers = [
                (
                    header::CONTENT_TYPE,
                    HeaderValue::from_static(picture.media_type),
                ),
                // For as long as somebody looks at a case: a scan may get another map.
                (
                    header::CACHE_CONTROL,
                    HeaderValue::from_static("private, max-age=300"),
                ),
            ];
            Ok((headers, picture.bytes).into_response())
        }
        Ok(Err(error)) => {
            let status = error.status();
            if status.is_server_error() {
                return Err(inside("picture", &error));
            }
            Err(Problem::new(status, error.to_string()))
        }
        Err(error) => Err(inside("picture", &error)),
    }
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn a_files_name_holds_no_path_and_no_quote() {
        for (raw, name) in [
            ("E1-17-3", "E1-17-3"),
            ("../\"x\r\n", "___x____".get(..7).unwrap_or_default()),
        ] {
            let made = file_name(raw);
            assert!(
                made.starts_with(name.get(..3).unwrap_or_default()),
                "{made}"
            );
            assert!(
                made.chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
            );
        }
    }
}
