//! `GET /api/v1/packs/{id}`: the evidence pack of a passage as one download. It is made and proven in
//! a temporary file by a thread of its own, and only then sent. Asks no gate for pictures: what is not
//! kept here is named in the pack.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Seek as _, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use domain::id::PassageId;
use evidence_pack::{PackError, WriteError, verify_pack};
use futures_util::stream;
use serde::Deserialize;
use tokio::io::AsyncReadExt as _;
use tokio::sync::OwnedSemaphorePermit;
use utoipa::IntoParams;

use super::Desk;
use super::asked::{self, Asked};
use super::guard::Asker;
use super::page::coded;
use crate::event_store::EventStore;
use crate::packer::{Packer, PackerError};
use crate::packing::PackingError;
use http_door::Problem;

/// Packs that are made or sent at once.
pub(super) const PACKS_MAX: usize = 2;
/// Largest pack that is given out over HTTP; the command makes larger ones.
const PACK_BYTES_MAX: u64 = 256 << 20;
/// A pack that is not fetched in this time is let go: others wait for its place.
const SEND: Duration = Duration::from_secs(900);
/// Bytes read at a time.
const PIECE_BYTES: usize = 64 * 1024;

/// Which gate's.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct PackQuery {
    /// Gate, as `region/premises/gate`; needed where several have a passage of this name.
    gate: Option<String>,
}

/// A pack that is made.
struct Made {
    file: File,
    bytes: u64,
    is_proven: bool,
}

/// Why none was made.
#[derive(Debug, thiserror::Error)]
enum MakeError {
    #[error(transparent)]
    Packer(#[from] PackerError),
    #[error("the pack cannot be written")]
    Write(#[from] WriteError),
    #[error("the temporary file failed")]
    File(#[from] io::Error),
    #[error("the pack that was written does not prove itself")]
    Proof(#[from] PackError),
}

/// The evidence pack of a passage (`docs/evidence-pack.md`), signed by the region.
///
/// Pictures that are not kept at the region are listed in it as missing; `kakou-region pack --pull`
/// fetches them first. The name of a pack in which something does not hold ends in `-not-proven.tar`.
#[utoipa::path(get, path = "/api/v1/packs/{id}", tag = "passages",
    params(("id" = String, Path, description = "passage"), PackQuery), responses(
    (status = 200, description = "a tar archive", body = Vec<u8>, content_type = "application/x-tar"),
    (status = 400, description = "a parameter cannot be used, or several gates have such a passage", body = Problem),
    (status = 404, description = "nothing is stored of the passage", body = Problem),
    (status = 422, description = "larger than 256 MiB, or too much for any pack", body = Problem),
    (status = 500, description = "what is stored of the passage is damaged", body = Problem),
    (status = 503, description = "no signing key, or too many packs under way", body = Problem),
))]
pub(super) async fn pack(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    Path(id): Path<String>,
    Asked(query): Asked<PackQuery>,
) -> Result<Response, Problem> {
    let Some(packer) = desk.packer.clone() else {
        let way = "this server has no signing key; set signing_key_file in region.toml and start \
                   kakou-region again";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, way));
    };
    let passage = PassageId::parse(&id)
        .map_err(|error| Problem::parameter("id", format!("no passage: {error}")))?;
    let gate = asked::text("gate", query.gate.as_deref())?;
    let place = Arc::clone(&desk.packs).try_acquire_owned().map_err(|_| {
        let way = format!("{PACKS_MAX} packs are being made or fetched; try again in a minute");
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, way)
    })?;
    desk.questions.catch_up(|_| {}).await?;
    let store = EventStore::of(desk.questions.database().clone());
    let runtime = tokio::runtime::Handle::current();
    let of = passage.clone();
    let (made, place) = tokio::task::spawn_blocking(move || {
        // The place is kept until the file is gone, also when nobody waits any more.
        let made = runtime.block_on(make(&packer, &store, &of, gate.as_deref()));
        (made, place)
    })
    .await
    .map_err(|error| {
        tracing::error!(%error, "pack not made");
        let way = "the pack was not made; the log of kakou-region says why";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, way)
    })?;
    let made = made.map_err(|error| problem(&passage, &error))?;
    tracing::info!(
        by = asker.holder.name,
        %passage,
        bytes = made.bytes,
        made.is_proven,
        "pack given out"
    );
    Ok(sent(&passage, made, place))
}

/// Gathers, writes, proves. Blocks its thread.
async fn make(
    packer: &Packer,
    store: &EventStore,
    passage: &PassageId,
    gate: Option<&str>,
) -> Result<Made, MakeError> {
    let now = super::now();
    let prepared = packer.prepare(store, passage, gate, now).await?;
    let mut bounded = Bounded {
        out: BufWriter::new(tempfile::tempfile()?),
        left: PACK_BYTES_MAX,
    };
    packer.write(&prepared, now, &mut bounded)?;
    let mut file = bounded
        .out
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?;
    let bytes = file.stream_position()?;
    file.rewind()?;
    // What cannot be proven here will not be proven in court.
    let report = verify_pack(BufReader::new(&file), &packer.keys(&prepared))?;
    for problem in &report.problems {
        tracing::warn!(%passage, %problem, "a pack is not proven");
    }
    file.rewind()?;
    Ok(Made {
        file,
        bytes,
        is_proven: report.is_proven(),
    })
}

/// Writes so many bytes and no more.
struct Bounded<W> {
    out: W,
    left: u64,
}

impl<W: Write> Write for Bounded<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() as u64 > self.left {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let written = self.out.write(bytes)?;
        self.left -= written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn problem(passage: &PassageId, error: &MakeError) -> Problem {
    let too_large = |what: String| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, what);
    match error {
        MakeError::Packer(PackerError::Nothing { .. }) => Problem::not_found(
            "nothing is stored of this passage at such a gate; look it up with /api/v1/passages",
        ),
        MakeError::Packer(PackerError::Several { .. }) => {
            Problem::parameter("gate", format!("{error}; say which with gate=…"))
        }
        MakeError::Packer(PackerError::Stranger { .. }) => {
            let way = format!("{error}; enrol it (kakou-region enrol)");
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, way)
        }
        MakeError::Packer(PackerError::Packing(PackingError::Gather(cause))) => {
            too_large(format!("no pack can be made of this passage: {cause}"))
        }
        MakeError::Write(WriteError::TooLarge { .. }) => too_large(in_words(error)),
        MakeError::Write(WriteError::Write(cause))
            if cause.kind() == io::ErrorKind::FileTooLarge =>
        {
            too_large(format!(
                "packs of up to {} MiB are given out here; make a larger one on the region's machine: \
                 kakou-region pack --passage {passage} --out FILE",
                PACK_BYTES_MAX >> 20
            ))
        }
        MakeError::Packer(PackerError::Packing(PackingError::Damaged { .. })) => {
            tracing::error!(error = error as &dyn std::error::Error, "pack not made");
            let way = "what is stored of this passage is damaged; kakou-region verify tells where";
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, way)
        }
        MakeError::Packer(
            PackerError::Store(_)
            | PackerError::Keys(_)
            | PackerError::Packing(PackingError::Store(_)),
        )
        | MakeError::Write(
            WriteError::Write(_) | WriteError::Picture { .. } | WriteError::Changed { .. },
        )
        | MakeError::File(_)
        | MakeError::Proof(_) => {
            // The cause names files and servers: it is for the log.
            tracing::error!(error = error as &dyn std::error::Error, "pack not made");
            let way = "the pack was not made; try again, the log of kakou-region says why";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, way)
        }
    }
}

/// An error with its causes.
fn in_words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        words = format!("{words}: {deeper}");
        cause = deeper.source();
    }
    words
}

/// A file on its way out.
struct Sending {
    file: tokio::fs::File,
    until: Instant,
    _place: OwnedSemaphorePermit,
}

fn sent(passage: &PassageId, made: Made, place: OwnedSemaphorePermit) -> Response {
    let sending = Sending {
        file: tokio::fs::File::from_std(made.file),
        until: Instant::now() + SEND,
        _place: place,
    };
    let pieces = stream::try_unfold(sending, |mut sending| async {
        if Instant::now() > sending.until {
            return Err(io::Error::from(io::ErrorKind::TimedOut));
        }
        let mut piece = vec![0; PIECE_BYTES];
        let read = sending.file.read(&mut piece).await?;
        piece.truncate(read);
        Ok((read > 0).then(|| (Bytes::from(piece), sending)))
    });
    let mut response = Body::from_stream(pieces).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/x-tar"),
    );
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(made.bytes));
    headers.insert(
        header::CONTENT_DISPOSITION,
        disposition(passage, made.is_proven),
    );
    response
}

/// The name of the file, as RFC 6266 has it: in plain characters, and as it is.
fn disposition(passage: &PassageId, is_proven: bool) -> HeaderValue {
    let ending = if is_proven { "" } else { "-not-proven" };
    let name = passage.as_str();
    let plain: String = name
        .chars()
        .map(|c| match c {
            c if c.is_ascii_alphanumeric() || "-._".contains(c) => c,
            _ => '_',
        })
        .collect();
    let text = format!(
        "attachment; filename=\"{plain}{ending}.tar\"; filename*=UTF-8''{}{ending}.tar",
        coded(name)
    );
    HeaderValue::from_str(&text).expect("plain characters")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_after_its_passage_whatever_that_is_called() {
        for (passage, is_proven, expected) in [
            (
                "E1-17-7",
                true,
                "attachment; filename=\"E1-17-7.tar\"; filename*=UTF-8''E1-17-7.tar",
            ),
            (
                "北\"; x=\\1",
                false,
                "attachment; filename=\"____x__1-not-proven.tar\"; \
                 filename*=UTF-8''%E5%8C%97%22%3B%20x%3D%5C1-not-proven.tar",
            ),
        ] {
            let passage = PassageId::parse(passage).unwrap();
            assert_eq!(disposition(&passage, is_proven), expected);
        }
    }

    #[test]
    fn what_is_too_large_is_cut_off_before_it_is_written() {
        let mut bounded = Bounded {
            out: Vec::new(),
            left: 10,
        };
        bounded.write_all(b"12345678").unwrap();
        let error = bounded.write_all(b"9ab").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(bounded.out, b"12345678");
        let passage = PassageId::parse("E1-1-1").unwrap();
        let told = problem(&passage, &MakeError::Write(WriteError::Write(error)));
        assert_eq!(told.status, 422);
        assert!(told.detail.contains("kakou-region pack --passage E1-1-1"));
    }
}
