//! Pieces of files in the order in which they come → whole files. Sans-IO: what is missing is asked
//! for again by the caller.

use std::collections::BTreeMap;

use domain::digest::Digest;
use domain::id::GateAddress;
use evidence_pack::manifest::MEMBER_BYTES_MAX;
use wire::evidence::{EvidenceContent, EvidenceRequest, FILES_MAX, Wanted};

/// What a piece brought.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Brought {
    /// More of a file.
    More,
    /// A whole file, whose hash has not been checked.
    Whole(Digest, Vec<u8>),
    /// The gate has no such file, or one that is too large.
    Absent(Digest),
    /// Nothing that is wanted at this place.
    Nothing,
}

/// Files that are wanted, as far as they are here.
#[derive(Debug)]
pub(super) struct Pieces(BTreeMap<Digest, Vec<u8>>);

impl Pieces {
    pub(super) fn of(wanted: impl IntoIterator<Item = Digest>) -> Self {
        Self(
            wanted
                .into_iter()
                .map(|sha256| (sha256, Vec::new()))
                .collect(),
        )
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn left(&self) -> Vec<Digest> {
        self.0.keys().copied().collect()
    }

    /// A request for what is missing, from where it is missing, as much as one may ask for.
    pub(super) fn request(&self, gate: &GateAddress) -> EvidenceRequest {
        let files = self.0.iter().take(FILES_MAX).map(|(sha256, bytes)| Wanted {
            sha256: *sha256,
            offset: bytes.len() as u64,
        });
        EvidenceRequest {
            gate: gate.clone(),
            files: files.collect(),
        }
    }

    pub(super) fn take(&mut self, content: &EvidenceContent) -> Brought {
        let sha256 = content.sha256;
        let Some(bytes) = self.0.get_mut(&sha256) else {
            return Brought::Nothing;
        };
        let Some(size) = content.size.filter(|size| *size <= MEMBER_BYTES_MAX) else {
            self.0.remove(&sha256);
            return Brought::Absent(sha256);
        };
        if content.offset != bytes.len() as u64 {
            return Brought::Nothing;
        }
        bytes.extend_from_slice(&content.piece);
        if bytes.len() as u64 >= size {
            let bytes = self.0.remove(&sha256).unwrap_or_default();
            return Brought::Whole(sha256, bytes);
        }
        if content.piece.is_empty() {
            return Brought::Nothing;
        }
        Brought::More
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use decision::fixture;

    fn piece(sha256: Digest, size: Option<u64>, offset: u64, piece: &[u8]) -> EvidenceContent {
        EvidenceContent {
            gate: fixture::gate(),
            sha256,
            size,
            offset,
            piece: piece.to_vec(),
        }
    }

    #[test]
    fn pieces_in_order_make_a_file_and_others_change_nothing() {
        let [a, b, c] = [1, 2, 3].map(|byte| Digest([byte; 32]));
        let mut pieces = Pieces::of([a, b]);
        assert_eq!(pieces.take(&piece(c, Some(3), 0, b"abc")), Brought::Nothing);
        assert_eq!(pieces.take(&piece(a, Some(5), 0, b"abc")), Brought::More);
        assert_eq!(pieces.take(&piece(a, Some(5), 0, b"abc")), Brought::Nothing);
        assert_eq!(pieces.take(&piece(a, Some(5), 4, b"e")), Brought::Nothing);
        assert_eq!(pieces.take(&piece(a, Some(5), 3, b"")), Brought::Nothing);
        let offsets = |pieces: &Pieces| -> Vec<u64> {
            let request = pieces.request(&fixture::gate());
            request.files.iter().map(|file| file.offset).collect()
        };
        assert_eq!(offsets(&pieces), [3, 0]);
        assert_eq!(
            pieces.take(&piece(a, Some(5), 3, b"de")),
            Brought::Whole(a, b"abcde".to_vec())
        );
        assert_eq!(pieces.take(&piece(b, None, 0, b"")), Brought::Absent(b));
        assert!(pieces.is_empty());
    }

    #[test]
    fn a_file_beyond_the_limit_is_as_good_as_absent() {
        let a = Digest([1; 32]);
        let mut pieces = Pieces::of([a]);
        let large = piece(a, Some(MEMBER_BYTES_MAX + 1), 0, b"abc");
        assert_eq!(pieces.take(&large), Brought::Absent(a));
    }
}
