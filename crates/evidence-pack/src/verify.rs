//! A pack and trusted keys → what holds and what does not. Believes nothing that the maker has not
//! signed, and of that only what the chain, the gate's signatures and the rules bear out.

mod content;

use std::io::Read;

use domain::digest::Digest;
use sha2::{Digest as _, Sha256};
use wire::signature::PublicKey;

use crate::archive::Members;
use crate::manifest::{
    CHAIN_NAME, EVENTS_BYTES_MAX, EVENTS_MAX, FORMAT, MANIFEST_BYTES_MAX, MANIFEST_NAME,
    MEMBER_BYTES_MAX, MEMBERS_MAX, MadeBy, Manifest, PACK_BYTES_MAX, PICTURES_MAX, README_NAME,
    RUN_RECORDS_MAX, SIGNATURE_NAME, STORY_NAME, VERSION, event_name,
};
use crate::report::{PackError, Problem, Report};
use crate::signature_file::{SIGNATURE_FILE_BYTES, SignatureFile};
use content::Contents;

/// Keys whose signatures are believed, by whoever proves a pack.
#[derive(Debug, Clone, Default)]
pub struct TrustedKeys {
    /// Keys of gates, each for one gate (region/premises/gate) or for whichever is named.
    pub gates: Vec<(Option<String>, PublicKey)>,
    /// Key of the region.
    pub region: Option<PublicKey>,
}

impl TrustedKeys {
    fn of_gate(&self, gate: &str, key: &[u8; 32]) -> Option<&PublicKey> {
        let is_it = |(address, trusted): &&(Option<String>, PublicKey)| {
            trusted.as_bytes() == key && address.as_deref().is_none_or(|address| address == gate)
        };
        self.gates.iter().find(is_it).map(|(_, trusted)| trusted)
    }
}

/// Proves a pack.
///
/// # Errors
/// The file cannot be read, has not the form of a pack, or is not signed by a trusted key.
pub fn verify_pack(input: impl Read, keys: &TrustedKeys) -> Result<Report, PackError> {
    let mut members = Members::new(input);
    let json = whole(&mut members, MANIFEST_NAME, MANIFEST_BYTES_MAX)?;
    let signature = whole(&mut members, SIGNATURE_NAME, SIGNATURE_FILE_BYTES)?;
    let manifest = signed_manifest(&json, &signature, keys)?;
    check_form(&manifest)?;
    let mut problems = Vec::new();
    let mut contents = Contents::default();
    for member in &manifest.members {
        let size = members.open(&member.name, MEMBER_BYTES_MAX)?;
        let kept = contents.keeps(&member.name);
        let mut bytes = Vec::new();
        let digest = members.content(&member.name, size, |piece| {
            if kept {
                bytes.extend_from_slice(piece);
            }
        })?;
        let problem = |what: String| Problem {
            member: member.name.clone(),
            what,
        };
        if size != member.size {
            problems.push(problem(format!(
                "{size} bytes, listed with {}",
                member.size
            )));
        } else if hex::encode(digest) != member.sha256 {
            problems.push(problem("its SHA-256 is not the one listed".to_owned()));
        } else if kept {
            contents.put(&member.name, bytes);
        }
    }
    members.end()?;
    let gate_key = believed_gate_key(&manifest, keys, &mut problems);
    Ok(contents.prove(manifest, gate_key.as_ref(), problems))
}

fn whole<R: Read>(
    members: &mut Members<R>,
    name: &'static str,
    size_max: u64,
) -> Result<Vec<u8>, PackError> {
    let size = members.open(name, size_max)?;
    let mut bytes = Vec::new();
    members.content(name, size, |piece| bytes.extend_from_slice(piece))?;
    Ok(bytes)
}

/// `pack.json`, if a trusted key has signed it. Says which of the two files was changed: the
/// signature is over the digest that stands beside it, so a digest that is signed is the right one.
fn signed_manifest(
    json: &[u8],
    signature: &[u8],
    keys: &TrustedKeys,
) -> Result<Manifest, PackError> {
    let changed = |member, what| PackError::Signature { member, what };
    let file = SignatureFile::decode(signature)
        .ok_or_else(|| changed(SIGNATURE_NAME, "it is no signature file, or was changed"))?;
    let mut trusted = keys.gates.iter().map(|(_, key)| key).chain(&keys.region);
    let key = trusted
        .find(|key| *key.as_bytes() == file.key)
        .ok_or_else(|| PackError::UntrustedKey {
            key: hex::encode(file.key),
        })?;
    wire::pack::verify_pack(&file.contents, &file.signature, key)
        .map_err(|_| changed(SIGNATURE_NAME, "the signature is not valid"))?;
    if Digest(Sha256::digest(json).into()) != file.contents {
        return Err(changed(MANIFEST_NAME, "it is not the file that was signed"));
    }
    let manifest: Manifest =
        serde_json::from_slice(json).map_err(|error| wrong(error.to_string()))?;
    let may_sign = match manifest.made_by {
        MadeBy::Gate => keys.of_gate(&manifest.gate, &file.key).is_some(),
        MadeBy::Region => keys
            .region
            .as_ref()
            .is_some_and(|key| *key.as_bytes() == file.key),
    };
    if !may_sign {
        let what = "signed with a trusted key, but not with one of the maker that it names";
        return Err(changed(SIGNATURE_NAME, what));
    }
    Ok(manifest)
}

fn wrong(what: String) -> PackError {
    PackError::Manifest {
        member: MANIFEST_NAME,
        what,
    }
}

/// Format, limits, and that the members are the ones that the rest asks for, each once.
fn check_form(manifest: &Manifest) -> Result<(), PackError> {
    if (manifest.format.as_str(), manifest.version) != (FORMAT, VERSION) {
        let (format, version) = (&manifest.format, manifest.version);
        return Err(wrong(format!(
            "{format} {version} is not {FORMAT} {VERSION}"
        )));
    }
    check_limits(manifest)?;
    let (run, events) = (&manifest.run, &manifest.events);
    let ascend = events.windows(2).all(|pair| pair[0] < pair[1]);
    let inside = events.first() == Some(&run.first_sequence)
        && events.last().is_some_and(|last| *last <= run.last_sequence);
    if !ascend || !inside || run.first_sequence == 0 {
        return Err(wrong(
            "the records are not in order, or not in the run".to_owned(),
        ));
    }
    let records = events.iter().map(|sequence| event_name(*sequence));
    let pictures = manifest.pictures.iter();
    let expected: Vec<String> = [README_NAME, STORY_NAME, CHAIN_NAME]
        .map(str::to_owned)
        .into_iter()
        .chain(records)
        .chain(pictures.filter_map(|picture| picture.member.clone()))
        .collect();
    let listed = manifest.members.iter().map(|member| &member.name);
    if !expected.iter().eq(listed) {
        return Err(wrong(
            "the members are not those of its records and pictures".to_owned(),
        ));
    }
    Ok(())
}

fn check_limits(manifest: &Manifest) -> Result<(), PackError> {
    let run = &manifest.run;
    let records = run.last_sequence.checked_sub(run.first_sequence);
    let bytes_of = |prefix: &str| {
        let members = manifest.members.iter();
        members
            .filter(|member| member.name.starts_with(prefix))
            .fold(0, |sum: u64, member| sum.saturating_add(member.size))
    };
    let limits = [
        ("members", manifest.members.len() as u64, MEMBERS_MAX as u64),
        ("records", manifest.events.len() as u64, EVENTS_MAX as u64),
        (
            "pictures",
            manifest.pictures.len() as u64,
            PICTURES_MAX as u64,
        ),
        (
            "records in the run",
            records.map_or(0, |records| records.saturating_add(1)),
            RUN_RECORDS_MAX as u64,
        ),
        ("bytes", bytes_of(""), PACK_BYTES_MAX),
        (
            "bytes of records",
            bytes_of("events/"),
            EVENTS_BYTES_MAX as u64,
        ),
    ];
    match limits.iter().find(|(_, count, limit)| count > limit) {
        Some((what, count, limit)) => Err(wrong(format!(
            "{count} {what}, at most {limit} are allowed"
        ))),
        None => Ok(()),
    }
}

/// The gate's key, if it is trusted for this gate.
fn believed_gate_key(
    manifest: &Manifest,
    keys: &TrustedKeys,
    problems: &mut Vec<Problem>,
) -> Option<PublicKey> {
    let raw = Digest::parse_hex(&manifest.gate_key);
    let key = raw
        .and_then(|key| keys.of_gate(&manifest.gate, &key.0))
        .copied();
    if key.is_none() && !keys.gates.is_empty() {
        problems.push(Problem {
            member: MANIFEST_NAME.to_owned(),
            what: format!(
                "names the key {} of gate {}, which was not given as trusted",
                manifest.gate_key, manifest.gate
            ),
        });
    }
    key
}
