//! Files that the region asked for → pieces on the way up, within a limit of bytes a second. A
//! file is found by its hash alone, so that no name from outside is ever opened. What gets lost
//! is asked for again: nothing here is kept over a restart.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;

use domain::digest::Digest;
use domain::id::GateAddress;
use domain::time::Instant;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use wire::evidence::{EvidenceContent, PIECE_BYTES_MAX, Wanted};

use crate::eyes::album;

/// Files that may wait; the region asks for the rest again.
const WAITING_MAX: usize = 1_024;
/// Pieces a second at the limit: an event waits behind one of them at most.
const PIECES_PER_S: u64 = 4;
const PIECE_BYTES_MIN: u64 = 1_024;
/// Until the next try when the client had no place.
const POSTPONE: Duration = Duration::from_millis(100);

/// What is wanted, and when the next piece may go.
#[derive(Debug)]
pub(super) struct Evidence {
    pictures: PathBuf,
    bytes_per_s: u64,
    waiting: VecDeque<Wanted>,
    open: Option<Open>,
    due: Instant,
}

#[derive(Debug)]
struct Open {
    sha256: Digest,
    file: File,
    size: u64,
}

impl Evidence {
    pub(super) fn new(pictures: PathBuf, bytes_per_s: u64) -> Self {
        Self {
            pictures,
            bytes_per_s: bytes_per_s.max(1),
            waiting: VecDeque::new(),
            open: None,
            due: Instant::from_millis(0),
        }
    }

    /// Takes a request. A file that waits already waits from the offset now asked for. Gives the
    /// number of files for which there was no room.
    pub(super) fn wanted(&mut self, files: &[Wanted], now: Instant) -> usize {
        let mut left_out = 0;
        for file in files {
            let known = self
                .waiting
                .iter_mut()
                .find(|one| one.sha256 == file.sha256);
            if let Some(known) = known {
                known.offset = file.offset;
            } else if self.waiting.len() < WAITING_MAX {
                self.waiting.push_back(*file);
            } else {
                left_out += 1;
            }
        }
        self.due = self.due.max(now);
        left_out
    }

    /// When the next piece may go, if any is wanted.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        (!self.waiting.is_empty()).then_some(self.due)
    }

    /// The next piece, if it is due; the same again until it is told as sent.
    pub(super) async fn next_piece(
        &mut self,
        gate: &GateAddress,
        now: Instant,
    ) -> Option<EvidenceContent> {
        let wanted = *self.waiting.front()?;
        if self.due > now {
            return None;
        }
        let mut content = EvidenceContent {
            gate: gate.clone(),
            sha256: wanted.sha256,
            size: None,
            offset: wanted.offset,
            piece: Vec::new(),
        };
        match self.read(wanted).await {
            Ok(Some((size, piece))) => {
                content.size = Some(size);
                content.piece = piece;
            }
            Ok(None) => {}
            Err(error) => {
                // It is there, but not for us: the region hears the same as of a lost file.
                tracing::warn!(sha256 = %wanted.sha256, %error, "evidence cannot be read");
            }
        }
        Some(content)
    }

    /// The piece was handed to the client.
    pub(super) fn sent(&mut self, content: &EvidenceContent, now: Instant) {
        let bytes = content.piece.len() as u64;
        // Even the news that there is no such file takes its time.
        let micros = bytes.max(PIECE_BYTES_MIN).saturating_mul(1_000_000) / self.bytes_per_s;
        self.due = self.due.max(now) + Duration::from_micros(micros);
        let end = content.offset + bytes;
        let is_last = bytes == 0 || content.size.is_none_or(|size| end >= size);
        match self.waiting.front_mut() {
            Some(front) if front.sha256 == content.sha256 && !is_last => front.offset = end,
            Some(front) if front.sha256 == content.sha256 => {
                self.waiting.pop_front();
                self.open = None;
            }
            Some(_) | None => {}
        }
    }

    /// The client had no place for the piece.
    pub(super) fn postponed(&mut self, now: Instant) {
        self.due = now + POSTPONE;
    }

    fn piece_bytes(&self) -> usize {
        let bytes = (self.bytes_per_s / PIECES_PER_S).max(PIECE_BYTES_MIN);
        usize::try_from(bytes).map_or(PIECE_BYTES_MAX, |bytes| bytes.min(PIECE_BYTES_MAX))
    }

    async fn read(&mut self, wanted: Wanted) -> std::io::Result<Option<(u64, Vec<u8>)>> {
        if self
            .open
            .as_ref()
            .is_none_or(|open| open.sha256 != wanted.sha256)
        {
            let (folder, sha256) = (self.pictures.clone(), wanted.sha256);
            let found = tokio::task::spawn_blocking(move || album::find(&folder, &sha256))
                .await
                .map_err(std::io::Error::other)??;
            let Some(path) = found else {
                return Ok(None);
            };
            let file = File::open(path).await?;
            let size = file.metadata().await?.len();
            self.open = Some(Open { sha256, file, size });
        }
        let piece_bytes = self.piece_bytes() as u64;
        let Some(open) = &mut self.open else {
            return Ok(None);
        };
        open.file
            .seek(std::io::SeekFrom::Start(wanted.offset))
            .await?;
        let mut piece = Vec::new();
        (&mut open.file)
            .take(piece_bytes)
            .read_to_end(&mut piece)
            .await?;
        Ok(Some((open.size, piece)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eyes::album::Album;
    use domain::id::{GateId, PremisesId, RegionId};
    use domain::time::Timestamp;

    fn gate() -> GateAddress {
        GateAddress {
            region: RegionId::parse("5300").unwrap(),
            premises: PremisesId::parse("530001").unwrap(),
            gate: GateId::parse("G1").unwrap(),
        }
    }

    fn at(ms: u64) -> Instant {
        Instant::from_millis(ms)
    }

    fn from(sha256: Digest, offset: u64) -> Wanted {
        Wanted { sha256, offset }
    }

    #[tokio::test]
    async fn a_file_goes_up_in_pieces_within_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let file: Vec<u8> = (0..10_000_u32).map(|n| (n % 251) as u8).collect();
        let mut album = Album::open(folder.path().into(), 1 << 20).unwrap();
        let kept = album.keep(&file, Timestamp::from_seconds(0)).unwrap();
        let mut evidence = Evidence::new(folder.path().into(), 8 << 10);
        assert_eq!(evidence.poll_timeout(), None);
        assert_eq!(evidence.wanted(&[from(kept.sha256, 0)], at(1_000)), 0);
        let mut now = at(1_000);
        let mut got: Vec<u8> = Vec::new();
        while let Some(due) = evidence.poll_timeout() {
            let early = evidence.next_piece(&gate(), at(0)).await;
            assert!(early.is_none(), "before it is due");
            now = due;
            let content = evidence.next_piece(&gate(), now).await.unwrap();
            assert_eq!(
                (content.size, content.offset),
                (Some(10_000), got.len() as u64)
            );
            assert!(content.piece.len() <= 2 << 10);
            got.extend(&content.piece);
            evidence.sent(&content, now);
        }
        assert_eq!(got, file);
        // 8 KiB/s: the last piece begins when the ones before it have had their time.
        assert_eq!(now, at(1_000) + Duration::from_secs(1));
    }

    #[tokio::test]
    async fn a_piece_goes_on_where_the_region_says_and_waits_when_there_is_no_place() {
        let folder = tempfile::tempdir().unwrap();
        let mut album = Album::open(folder.path().into(), 1 << 20).unwrap();
        let kept = album
            .keep(b"0123456789", Timestamp::from_seconds(0))
            .unwrap();
        let mut evidence = Evidence::new(folder.path().into(), 1 << 20);
        evidence.wanted(&[from(kept.sha256, 0)], at(5));
        evidence.wanted(&[from(kept.sha256, 7)], at(5));
        let content = evidence.next_piece(&gate(), at(5)).await.unwrap();
        assert_eq!((content.offset, content.piece.as_slice()), (7, &b"789"[..]));
        evidence.postponed(at(5));
        assert_eq!(evidence.poll_timeout(), Some(at(105)));
        let again = evidence.next_piece(&gate(), at(105)).await.unwrap();
        assert_eq!(again, content);
        evidence.sent(&again, at(105));
        assert_eq!(evidence.poll_timeout(), None);
        // Behind the end there is nothing, and that ends it too.
        evidence.wanted(&[from(kept.sha256, 99)], at(500));
        let content = evidence.next_piece(&gate(), at(500)).await.unwrap();
        assert_eq!((content.size, content.piece.len()), (Some(10), 0));
        evidence.sent(&content, at(500));
        assert_eq!(evidence.poll_timeout(), None);
    }

    #[tokio::test]
    async fn what_is_not_there_is_said_and_too_much_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let mut evidence = Evidence::new(folder.path().join("none"), 1 << 20);
        let many: Vec<Wanted> = (0..=WAITING_MAX)
            .map(|n| {
                let mut sha256 = [0; 32];
                sha256[..8].copy_from_slice(&n.to_le_bytes());
                from(Digest(sha256), 0)
            })
            .collect();
        assert_eq!(evidence.wanted(&many, at(0)), 1);
        assert_eq!(evidence.wanted(&many[..9], at(0)), 0, "they wait already");
        let content = evidence.next_piece(&gate(), at(0)).await.unwrap();
        assert_eq!((content.sha256, content.size), (many[0].sha256, None));
        evidence.sent(&content, at(0));
        let next = evidence.next_piece(&gate(), at(2)).await.unwrap();
        assert_eq!(next.sha256, many[1].sha256);
    }
}
