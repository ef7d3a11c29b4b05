//! The commit engine: payloads → frames and a seal → one write → one sync. Owns the last segment
//! and the directory's lock. Refuses to know threads and who waits for the outcome.

use std::sync::Arc;

use super::Durable;
use super::frame::{
    self, FRAME_OVERHEAD_BYTES, FrameKind, GROUP_LIMIT_BYTES, HEADER_BYTES, SegmentHeader,
};
use super::prepare::{PREPARED_NAME, PrepareError, Preparer, is_full};
use super::seal::{self, SEAL_FRAME_LIMIT_BYTES, Signer, seal_message};
use super::settings::AppendError;
use super::shared::{Head, Segment, Shared};
use super::walker::segment_name;
use crate::chain;
use crate::disk::{DirectoryLock, DiskFile, Folder};

/// The segment that is written to.
pub(crate) struct Current {
    pub(crate) file: Box<dyn DiskFile>,
    pub(crate) checksum_seed: u32,
    pub(crate) offset: u64,
    pub(crate) bytes: u64,
}

/// The only writer of a journal.
pub(crate) struct Log {
    pub(crate) gate: String,
    pub(crate) epoch: u64,
    pub(crate) segment_bytes: u64,
    pub(crate) quota_bytes: u64,
    pub(crate) signer: Box<dyn Signer>,
    pub(crate) key_id: [u8; 8],
    pub(crate) shared: Arc<Shared>,
    pub(crate) current: Option<Current>,
    pub(crate) buffer: Vec<u8>,
    /// Before the lock, so that its thread has ended when the lock is released.
    pub(crate) preparer: Preparer,
    pub(crate) _lock: Box<dyn DirectoryLock>,
}

impl Log {
    /// Makes the first payloads durable, as many as fit one group: at least one. Each has one
    /// proof in the answer. On an error none of the payloads is in the journal, except after
    /// [`AppendError::Failed`], when that is unknown.
    pub(crate) fn commit<'a>(
        &mut self,
        payloads: impl Iterator<Item = &'a [u8]> + Clone,
    ) -> Result<Vec<Durable>, AppendError> {
        if let Some(reason) = self.shared.state().failed.clone() {
            return Err(AppendError::Failed { reason });
        }
        let first_bytes = payloads
            .clone()
            .next()
            .map_or(0, |payload| FRAME_OVERHEAD_BYTES + payload.len());
        let needed = (first_bytes + SEAL_FRAME_LIMIT_BYTES) as u64;
        if self
            .current
            .as_ref()
            .is_none_or(|now| now.offset + needed > now.bytes)
        {
            self.rotate()?;
        }
        let Some(current) = self.current.take() else {
            return Err(self.fail("no segment is open"));
        };
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        let proofs = self.encode_group(&mut buffer, &current, payloads);
        let outcome = self.write_group(&current, &buffer);
        let end = current.offset + buffer.len() as u64;
        self.buffer = buffer;
        if let Err(error) = outcome {
            self.current = Some(current);
            return Err(error);
        }
        self.current = Some(Current {
            offset: end,
            ..current
        });
        if let Some(last) = proofs.last() {
            self.shared.publish(Head {
                sequence: last.sequence,
                hash: last.hash,
                end,
            });
        }
        Ok(proofs)
    }

    fn encode_group<'a>(
        &self,
        buffer: &mut Vec<u8>,
        current: &Current,
        payloads: impl Iterator<Item = &'a [u8]>,
    ) -> Vec<Durable> {
        let head = self.shared.head();
        let (mut sequence, mut hash) = (head.sequence, head.hash);
        let room = ((current.bytes - current.offset) as usize).min(GROUP_LIMIT_BYTES);
        let mut proofs = Vec::new();
        for payload in payloads {
            let bytes = FRAME_OVERHEAD_BYTES + payload.len();
            if buffer.len() + bytes + SEAL_FRAME_LIMIT_BYTES > room {
                break;
            }
            sequence += 1;
            let offset = current.offset + buffer.len() as u64;
            let seed = current.checksum_seed;
            frame::encode(
                buffer,
                seed,
                offset,
                FrameKind::Record,
                sequence,
                &hash,
                payload,
            );
            hash = chain::next(&hash, sequence, payload);
            proofs.push(Durable { sequence, hash });
        }
        let offset = current.offset + buffer.len() as u64;
        let signature = self.signer.sign(&seal_message(sequence, &hash));
        let payload = seal::encode_payload(self.key_id, &signature, proofs.len() as u32, offset);
        let seed = current.checksum_seed;
        frame::encode(
            buffer,
            seed,
            offset,
            FrameKind::Seal,
            sequence,
            &hash,
            &payload,
        );
        proofs
    }

    fn write_group(&self, current: &Current, group: &[u8]) -> Result<(), AppendError> {
        if let Err(error) = current.file.write_at(current.offset, group) {
            // A full disk may have taken part of the group. Zeros over all of it, synced, prove
            // that the segment is as it was; without that proof the journal has failed.
            let scrubbed = is_full(&error)
                && current
                    .file
                    .write_at(current.offset, &vec![0; group.len()])
                    .is_ok()
                && current.file.sync_data().is_ok();
            if scrubbed {
                return Err(AppendError::DiskFull);
            }
            return Err(self.fail(&format!("write: {error}")));
        }
        current
            .file
            .sync_data()
            .map_err(|error| self.fail(&format!("sync: {error}")))
    }

    /// Ends the journal's life until it is opened anew.
    fn fail(&self, reason: &str) -> AppendError {
        let reason: Arc<str> = Arc::from(reason);
        self.shared.state().failed = Some(Arc::clone(&reason));
        AppendError::Failed { reason }
    }

    /// Goes on in a new segment. The header is durable before the file has its name, the name is
    /// durable before anything is written to it.
    pub(crate) fn rotate(&mut self) -> Result<(), AppendError> {
        if !self.make_room()? {
            let acknowledged = self.shared.state().acknowledged;
            return Err(AppendError::QuotaFull {
                quota_bytes: self.quota_bytes,
                acknowledged,
            });
        }
        let file = self.preparer.take().map_err(|error| match error {
            PrepareError::Full => AppendError::DiskFull,
            PrepareError::Disk(error) => AppendError::NoSegment {
                reason: Arc::from(error.to_string()),
            },
            PrepareError::Sync(error) => self.fail(&format!("sync of a new segment: {error}")),
        })?;
        let head = self.shared.head();
        let header = SegmentHeader {
            gate_id: self.gate.clone(),
            epoch: self.epoch,
            first_sequence: head.sequence + 1,
            segment_bytes: self.segment_bytes,
            previous: head.hash,
        };
        if let Err(error) = file.write_at(0, &header.encode()) {
            // The file has no segment's name yet: it is dropped and made again.
            return Err(match is_full(&error) {
                true => AppendError::DiskFull,
                false => AppendError::NoSegment {
                    reason: Arc::from(error.to_string()),
                },
            });
        }
        let Folder { disk, path } = &self.shared.folder;
        let named = path.join(segment_name(header.first_sequence));
        file.sync_data()
            .and_then(|()| disk.rename(&path.join(PREPARED_NAME), &named))
            .and_then(|()| disk.sync_dir(path))
            .map_err(|error| self.fail(&format!("new segment: {error}")))?;
        let offset = HEADER_BYTES as u64;
        self.current = Some(Current {
            file,
            checksum_seed: header.checksum_seed(),
            offset,
            bytes: self.segment_bytes,
        });
        {
            let mut state = self.shared.state();
            let first_sequence = header.first_sequence;
            state.segments.push_back(Segment {
                first_sequence,
                bytes: self.segment_bytes,
            });
            state.head.end = offset;
        }
        self.prepare_ahead()
    }

    /// Starts on the next segment's file, if the quota allows one more.
    pub(crate) fn prepare_ahead(&mut self) -> Result<(), AppendError> {
        if self.make_room()? {
            self.preparer.begin();
        }
        Ok(())
    }

    /// Whether one more segment fits the quota, after removing the oldest ones that hold nothing
    /// but acknowledged records. The segment that is written to always stays.
    fn make_room(&self) -> Result<bool, AppendError> {
        loop {
            let oldest = {
                let state = self.shared.state();
                if state.bytes() + self.segment_bytes <= self.quota_bytes {
                    return Ok(true);
                }
                let (Some(oldest), Some(next)) = (state.segments.front(), state.segments.get(1))
                else {
                    return Ok(false);
                };
                if next.first_sequence > state.acknowledged.saturating_add(1) {
                    return Ok(false);
                }
                *oldest
            };
            let Folder { disk, path } = &self.shared.folder;
            if disk
                .remove(&path.join(segment_name(oldest.first_sequence)))
                .is_err()
            {
                return Ok(false);
            }
            // One name at a time, so that no power cut leaves a gap.
            disk.sync_dir(path)
                .map_err(|error| self.fail(&format!("pruning: {error}")))?;
            self.shared.state().segments.pop_front();
        }
    }
}
