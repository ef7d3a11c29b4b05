//! `pack.sig`: whose signature over which `pack.json`, as four lines of text.

use domain::digest::Digest;
use wire::pack::SIGNATURE_BYTES;

const TITLE: &str = "kakou-evidence-pack-signature 1";

/// Bytes of the file: every part has a fixed length.
pub(crate) const SIGNATURE_FILE_BYTES: u64 =
    (TITLE.len() + 1 + "key ".len() + 65 + "sha256 ".len() + 65 + "signature ".len() + 129) as u64;

/// What `pack.sig` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SignatureFile {
    /// Public key of the maker.
    pub(crate) key: [u8; 32],
    /// SHA-256 of `pack.json`.
    pub(crate) contents: Digest,
    /// Ed25519 by that key.
    pub(crate) signature: [u8; SIGNATURE_BYTES],
}

impl SignatureFile {
    pub(crate) fn encode(&self) -> Vec<u8> {
        format!(
            "{TITLE}\nkey {}\nsha256 {}\nsignature {}\n",
            hex::encode(self.key),
            self.contents,
            hex::encode(self.signature)
        )
        .into_bytes()
    }

    /// Reads exactly what [`Self::encode`] writes.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let mut lines = text.lines();
        let mut part = |name: &str| lines.next()?.strip_prefix(name).map(str::to_owned);
        part(TITLE)?;
        let file = Self {
            key: hex::decode(part("key ")?).ok()?.try_into().ok()?,
            contents: Digest::parse_hex(&part("sha256 ")?)?,
            signature: hex::decode(part("signature ")?).ok()?.try_into().ok()?,
        };
        // Another spelling of the same values is another file.
        (file.encode() == bytes).then_some(file)
    }
}
