//! A gathered passage, its pictures and a key → the bytes of a pack. The same input gives the
//! same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use domain::digest::Digest;
use domain::time::Timestamp;
use sha2::{Digest as _, Sha256};
use wire::signature::{PublicKey, SigningKeyPair};

use crate::archive::{BLOCK_BYTES, write_end, write_member};
use crate::gather::{Gathered, run_head};
use crate::manifest::{
    CHAIN_NAME, FORMAT, MANIFEST_BYTES_MAX, MANIFEST_NAME, MEMBER_BYTES_MAX, MadeBy, Manifest,
    Member, PACK_BYTES_MAX, PICTURES_MAX, PictureEntry, PictureState, README_NAME, Run,
    SIGNATURE_NAME, STORY_NAME, VERSION, event_name,
};
use crate::pictures::referenced;
use crate::signature_file::SignatureFile;
use crate::{readme, story};

/// Who makes a pack, when, and with which keys.
#[derive(Debug)]
pub struct Maker<'a> {
    /// Gate or region.
    pub made_by: MadeBy,
    /// When.
    pub made_at: Timestamp,
    /// Epoch of the gate's journal.
    pub epoch: u64,
    /// The gate's public key.
    pub gate_key: PublicKey,
    /// The maker's key pair.
    pub key: &'a SigningKeyPair,
}

/// What is kept of a picture where the pack is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picture {
    /// The file.
    Kept(Vec<u8>),
    /// Nothing.
    Missing,
}

/// Why a pack was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file cannot be written.
    #[error("the pack cannot be written")]
    Write(#[source] io::Error),
    /// A picture cannot be read.
    #[error("picture {sha256} cannot be read")]
    Picture {
        /// Picture.
        sha256: Digest,
        /// Cause.
        #[source]
        source: io::Error,
    },
    /// More than a pack may hold.
    #[error("{what} would be {size}, at most {limit} are allowed")]
    TooLarge {
        /// What.
        what: &'static str,
        /// How much it would be.
        size: u64,
        /// How much may be.
        limit: u64,
    },
    /// A picture changed while the pack was written.
    #[error("picture {sha256} changed while the pack was written; try again")]
    Changed {
        /// Picture.
        sha256: Digest,
    },
}

/// Gives the file of a hash; asked twice for each, so that one picture at a time is in memory.
pub type PictureSource<'a> = dyn FnMut(&Digest) -> io::Result<Picture> + 'a;

/// Writes the pack and gives its list of contents.
///
/// # Errors
/// Something cannot be read or written, or is larger than a pack may be.
pub fn write_pack(
    out: &mut impl Write,
    maker: &Maker<'_>,
    gathered: &Gathered,
    pictures: &mut PictureSource<'_>,
) -> Result<Manifest, WriteError> {
    let mut manifest = manifest(maker, gathered);
    let entries = list_pictures(gathered, pictures)?;
    let mut texts: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut order = Vec::new();
    let mut member = |name: String, bytes: Vec<u8>| {
        order.push(listed(&name, &bytes));
        texts.insert(name, bytes);
    };
    member(README_NAME.to_owned(), readme::text(&manifest).into_bytes());
    member(
        STORY_NAME.to_owned(),
        story::text(&gathered.records).into_bytes(),
    );
    member(CHAIN_NAME.to_owned(), gathered.digests.concat());
    for record in &gathered.records {
        member(event_name(record.sequence), record.payload.clone());
    }
    let present = entries.iter().filter_map(|(_, member)| member.clone());
    order.extend(present);
    manifest.pictures = entries.into_iter().map(|(entry, _)| entry).collect();
    manifest.members = order;
    check_size(&manifest)?;
    let bytes = manifest.encode();
    limited("pack.json", bytes.len() as u64, MANIFEST_BYTES_MAX)?;
    let contents = Digest(Sha256::digest(&bytes).into());
    let signature = SignatureFile {
        key: *maker.key.public_key().as_bytes(),
        contents,
        signature: wire::pack::sign_pack(&contents, maker.key),
    };
    let mut put =
        |name: &str, bytes: &[u8]| write_member(out, name, bytes).map_err(WriteError::Write);
    put(MANIFEST_NAME, &bytes)?;
    put(SIGNATURE_NAME, &signature.encode())?;
    for member in &manifest.members {
        match texts.get(&member.name) {
            Some(bytes) => put(&member.name, bytes)?,
            None => {
                let sha256 = Digest::parse_hex(&member.sha256).expect("written by us");
                match read(pictures, &sha256)? {
                    Some(bytes) if of(&bytes) == sha256 => put(&member.name, &bytes)?,
                    Some(_) | None => return Err(WriteError::Changed { sha256 }),
                }
            }
        }
    }
    write_end(out).map_err(WriteError::Write)?;
    Ok(manifest)
}

fn manifest(maker: &Maker<'_>, gathered: &Gathered) -> Manifest {
    let first_sequence = gathered.records.first().map_or(0, |record| record.sequence);
    Manifest {
        format: FORMAT.to_owned(),
        version: VERSION,
        gate: gathered.gate.to_string(),
        epoch: maker.epoch,
        passage: gathered.passage.to_string(),
        made_at: maker.made_at.to_string(),
        made_by: maker.made_by,
        gate_key: hex::encode(maker.gate_key.as_bytes()),
        run: Run {
            first_sequence,
            previous_hash: gathered.previous.to_string(),
            last_sequence: (first_sequence + gathered.digests.len() as u64).saturating_sub(1),
            last_hash: run_head(gathered.previous, first_sequence, &gathered.digests).to_string(),
        },
        events: gathered
            .records
            .iter()
            .map(|record| record.sequence)
            .collect(),
        anchors: gathered.anchors.clone(),
        pictures: Vec::new(),
        members: Vec::new(),
    }
}

/// What becomes of each picture that the records name, and its member where it is there.
fn list_pictures(
    gathered: &Gathered,
    pictures: &mut PictureSource<'_>,
) -> Result<Vec<(PictureEntry, Option<Member>)>, WriteError> {
    let mut named = BTreeSet::new();
    for record in &gathered.records {
        referenced(&record.event, &mut named);
    }
    limited("the pictures", named.len() as u64, PICTURES_MAX as u64)?;
    let mut entries = Vec::new();
    for sha256 in named {
        let bytes = read(pictures, &sha256)?;
        let state = match &bytes {
            None => PictureState::Missing,
            Some(bytes) if of(bytes) == sha256 => PictureState::Present,
            Some(_) => PictureState::Damaged,
        };
        let member = bytes
            .filter(|_| state == PictureState::Present)
            .map(|bytes| listed(&format!("pictures/{sha256}.{}", ending(&bytes)), &bytes));
        let entry = PictureEntry {
            sha256: sha256.to_string(),
            state,
            member: member.as_ref().map(|member| member.name.clone()),
        };
        entries.push((entry, member));
    }
    Ok(entries)
}

fn read(pictures: &mut PictureSource<'_>, sha256: &Digest) -> Result<Option<Vec<u8>>, WriteError> {
    let sha256 = *sha256;
    match pictures(&sha256).map_err(|source| WriteError::Picture { sha256, source })? {
        Picture::Missing => Ok(None),
        Picture::Kept(bytes) => {
            limited("a picture", bytes.len() as u64, MEMBER_BYTES_MAX)?;
            Ok(Some(bytes))
        }
    }
}

fn of(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}

fn listed(name: &str, bytes: &[u8]) -> Member {
    Member {
        name: name.to_owned(),
        size: bytes.len() as u64,
        sha256: of(bytes).to_string(),
    }
}

fn limited(what: &'static str, size: u64, limit: u64) -> Result<(), WriteError> {
    if size > limit {
        return Err(WriteError::TooLarge { what, size, limit });
    }
    Ok(())
}

fn check_size(manifest: &Manifest) -> Result<(), WriteError> {
    let framed = |member: &Member| member.size + 2 * BLOCK_BYTES as u64;
    let size = manifest.members.iter().map(framed).sum();
    limited("the pack", size, PACK_BYTES_MAX)
}

/// The ending that the first bytes ask for.
fn ending(bytes: &[u8]) -> &'static str {
    match bytes {
        [0xFF, 0xD8, ..] => "jpg",
        [0x89, b'P', b'N', b'G', ..] => "png",
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => "tif",
        [b'R', b'I', b'F', b'F', ..] => "webp",
        _ => "bin",
    }
}
