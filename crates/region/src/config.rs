//! `region.toml` → what the collector and the questions need. Relative paths count from its folder.

mod http;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use domain::id::{GateAddress, GateId, PremisesId, RegionId};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::Deserialize;
use wire::signature::{PublicKey, SigningKeyPair};

use crate::collector::{BrokerAddress, Collector, SHARDS_DEFAULT, SHARDS_MAX, Shared};
use crate::database::Place;
use crate::packer::Packer;
use crate::pictures::PictureFolder;

/// Most brokers of one cluster.
const BROKERS_MAX: usize = 16;

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("cannot read {file}")]
    Read {
        /// File.
        file: PathBuf,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// The file is no configuration of a region.
    #[error("{file} is no region configuration")]
    Syntax {
        /// File.
        file: PathBuf,
        /// Cause, with line and key.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A key has a value that cannot be used.
    #[error("{file}: {key}: {what}")]
    Value {
        /// File.
        file: PathBuf,
        /// Key.
        key: String,
        /// What is wrong, and the way out.
        what: String,
    },
    /// A certificate or key for TLS cannot be used.
    #[error("cannot use {file} for TLS")]
    Tls {
        /// File.
        file: PathBuf,
        /// Cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// The file as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    region: String,
    host: Option<String>,
    port: Option<u16>,
    #[serde(default)]
    brokers: Vec<String>,
    ca_file: Option<PathBuf>,
    certificate_file: Option<PathBuf>,
    key_file: Option<PathBuf>,
    signing_key_file: PathBuf,
    store_file: Option<PathBuf>,
    store: Option<String>,
    collector: Option<String>,
    shards: Option<u16>,
    orders_folder: Option<PathBuf>,
    pictures_folder: Option<PathBuf>,
    #[serde(default)]
    acknowledge_delay_ms: u64,
    #[serde(rename = "gate", default)]
    gates: Vec<GateDocument>,
    http: Option<http::HttpDocument>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GateDocument {
    premises: String,
    gate: String,
    public_key_file: PathBuf,
}

/// A configuration that has been read.
pub struct Config {
    file: PathBuf,
    document: Document,
    /// Where events are kept.
    pub place: Place,
}

impl Config {
    /// Reads the configuration at `file`.
    ///
    /// # Errors
    /// Unreadable, not TOML, unknown or missing keys, no store.
    pub fn read(file: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(file).map_err(|source| ConfigError::Read {
            file: file.to_owned(),
            source,
        })?;
        let document: Document = toml::from_str(&text).map_err(|source| ConfigError::Syntax {
            file: file.to_owned(),
            source: Box::new(source),
        })?;
        let place = match (&document.store_file, &document.store) {
            (Some(path), None) => Place::File(beside(file, path)),
            (None, Some(url)) if url.starts_with("postgres") => Place::Server(url.clone()),
            (None, Some(_)) => {
                let what = "write postgres://user@host:port/database, or store_file for SQLite";
                return Err(wrong(file, "store", what));
            }
            (None, None) | (Some(_), Some(_)) => {
                let what = "write either store_file (SQLite) or store (PostgreSQL)";
                return Err(wrong(file, "store_file", what));
            }
        };
        Ok(Self {
            file: file.to_owned(),
            document,
            place,
        })
    }

    /// The region.
    ///
    /// # Errors
    /// It is no identifier.
    pub fn region(&self) -> Result<RegionId, ConfigError> {
        RegionId::parse(&self.document.region).map_err(|error| self.wrong("region", &error))
    }

    /// What the collector needs: keys and certificates are read now.
    ///
    /// # Errors
    /// A file that cannot be read, or a value out of its bounds.
    pub fn collector(&self) -> Result<Collector, ConfigError> {
        let document = &self.document;
        let region = self.region()?;
        let gates = self.gates()?;
        let signing = self.signing()?;
        Ok(Collector {
            region,
            shared: self.shared()?,
            brokers: self.brokers()?,
            tls: self.tls()?,
            signing,
            gates,
            orders: document
                .orders_folder
                .as_deref()
                .map(|path| beside(&self.file, path)),
            delay: Duration::from_millis(document.acknowledge_delay_ms),
        })
    }

    /// What evidence packs are made with: keys are read now.
    ///
    /// # Errors
    /// As [`Self::collector`].
    pub fn packer(&self) -> Result<Packer, ConfigError> {
        Ok(Packer {
            signing: self.signing()?,
            gates: self.gates()?,
            pictures: self.pictures(),
        })
    }

    fn signing(&self) -> Result<SigningKeyPair, ConfigError> {
        let seed = self.key_bytes(&self.document.signing_key_file)?;
        Ok(SigningKeyPair::from_seed(&seed))
    }

    fn gates(&self) -> Result<BTreeMap<GateAddress, PublicKey>, ConfigError> {
        let region = self.region()?;
        let mut gates = BTreeMap::new();
        for gate in &self.document.gates {
            let address = GateAddress {
                region: region.clone(),
                premises: PremisesId::parse(&gate.premises)
                    .map_err(|error| self.wrong("gate.premises", &error))?,
                gate: GateId::parse(&gate.gate).map_err(|error| self.wrong("gate.gate", &error))?,
            };
            let key = PublicKey::from_bytes(&self.key_bytes(&gate.public_key_file)?)
                .map_err(|error| self.wrong("gate.public_key_file", &error))?;
            if gates.insert(address.clone(), key).is_some() {
                return Err(self.wrong("gate", &format!("{address} is listed twice")));
            }
        }
        Ok(gates)
    }

    /// Where pictures pulled from gates are kept, if the configuration says so.
    #[must_use]
    pub fn pictures(&self) -> Option<PictureFolder> {
        let folder = self.document.pictures_folder.as_deref()?;
        Some(PictureFolder::at(beside(&self.file, folder)))
    }

    fn brokers(&self) -> Result<Vec<BrokerAddress>, ConfigError> {
        let document = &self.document;
        let single = match (&document.host, document.port) {
            (Some(host), Some(port)) => vec![BrokerAddress {
                host: host.clone(),
                port,
            }],
            (None, None) => Vec::new(),
            (Some(_), None) | (None, Some(_)) => {
                return Err(self.wrong("host", &"host and port belong together"));
            }
        };
        if single.is_empty() == document.brokers.is_empty() {
            let what = "write either host and port, or brokers = [\"host:port\", …]";
            return Err(self.wrong("brokers", &what));
        }
        if document.brokers.len() > BROKERS_MAX {
            let what = format!("at most {BROKERS_MAX} brokers");
            return Err(self.wrong("brokers", &what));
        }
        let listed = document.brokers.iter().map(|text| {
            let parts = text.rsplit_once(':');
            let read = parts.and_then(|(host, port)| {
                let port = port.parse().ok().filter(|port| *port > 0)?;
                (!host.is_empty()).then(|| BrokerAddress {
                    host: host.trim_matches(['[', ']']).to_owned(),
                    port,
                })
            });
            read.ok_or_else(|| self.wrong("brokers", &format!("{text:?} is not host:port")))
        });
        single.into_iter().map(Ok).chain(listed).collect()
    }

    fn shared(&self) -> Result<Option<Shared>, ConfigError> {
        let document = &self.document;
        if matches!(self.place, Place::File(_)) {
            if document.collector.is_some() || document.shards.is_some() {
                let what =
                    "collectors share a PostgreSQL server: write store instead of store_file";
                return Err(self.wrong("collector", &what));
            }
            return Ok(None);
        }
        let shards = document.shards.unwrap_or(SHARDS_DEFAULT);
        if !(1..=SHARDS_MAX).contains(&shards) {
            return Err(self.wrong("shards", &format!("write a number from 1 to {SHARDS_MAX}")));
        }
        let name = document.collector.clone().unwrap_or_else(own_name);
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if name.is_empty() || name.len() > 64 || !name.chars().all(plain) {
            let what = "write at most 64 letters, digits and hyphens, unlike any other collector's";
            return Err(self.wrong("collector", &what));
        }
        Ok(Some(Shared { name, shards }))
    }

    fn tls(&self) -> Result<Option<Arc<rustls::ClientConfig>>, ConfigError> {
        let document = &self.document;
        let (Some(ca), Some(certificate), Some(key)) = (
            &document.ca_file,
            &document.certificate_file,
            &document.key_file,
        ) else {
            let local = |broker: &BrokerAddress| broker.host == "127.0.0.1";
            if self.brokers()?.iter().all(local) {
                return Ok(None);
            }
            let what = "mutual TLS needs ca_file, certificate_file and key_file";
            return Err(self.wrong("ca_file", &what));
        };
        let paths = [ca, certificate, key].map(|path| beside(&self.file, path));
        client_tls(&paths[0], &paths[1], &paths[2]).map(Some)
    }

    /// A key of 64 hexadecimal digits.
    fn key_bytes(&self, path: &Path) -> Result<[u8; 32], ConfigError> {
        key_bytes(&beside(&self.file, path))
    }

    fn wrong(&self, key: &str, what: &dyn std::fmt::Display) -> ConfigError {
        wrong(&self.file, key, &what.to_string())
    }
}

/// The key in a file: 64 hexadecimal digits.
///
/// # Errors
/// The file cannot be read, or holds no key.
pub fn key_bytes(file: &Path) -> Result<[u8; 32], ConfigError> {
    let text = std::fs::read_to_string(file).map_err(|source| ConfigError::Read {
        file: file.to_owned(),
        source,
    })?;
    let bytes = hex::decode(text.trim()).ok();
    bytes
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| {
            wrong(
                file,
                "the key",
                "write 64 hexadecimal digits (kakou keygen)",
            )
        })
}

fn wrong(file: &Path, key: &str, what: &str) -> ConfigError {
    ConfigError::Value {
        file: file.to_owned(),
        key: key.to_owned(),
        what: what.to_owned(),
    }
}

fn beside(file: &Path, path: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).join(path)
}

/// Good enough to tell collectors apart, also those of two containers with the same process number.
fn own_name() -> String {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    format!("{}-{:x}", std::process::id(), since.as_micros())
}

fn client_tls(
    ca: &Path,
    certificate: &Path,
    key: &Path,
) -> Result<Arc<rustls::ClientConfig>, ConfigError> {
    fn unusable<E: Into<Box<dyn std::error::Error + Send + Sync>>>(
        file: &Path,
    ) -> impl FnOnce(E) -> ConfigError {
        move |error| ConfigError::Tls {
            file: file.to_owned(),
            source: error.into(),
        }
    }
    let certificates = |file: &Path| -> Result<Vec<CertificateDer<'static>>, ConfigError> {
        CertificateDer::pem_file_iter(file)
            .and_then(Iterator::collect)
            .map_err(unusable(file))
    };
    let mut roots = rustls::RootCertStore::empty();
    for root in certificates(ca)? {
        roots.add(root).map_err(unusable(ca))?;
    }
    let secret = PrivateKeyDer::from_pem_file(key).map_err(unusable(key))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(unusable(ca))?
        .with_root_certificates(roots)
        .with_client_auth_cert(certificates(certificate)?, secret)
        .map_err(unusable(certificate))?;
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../region.example.toml");

    fn read(text: &str) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("region.toml");
        std::fs::write(&file, text).unwrap();
        Config::read(&file)
    }

    #[test]
    fn the_example_is_read() {
        let config = read(EXAMPLE).unwrap();
        assert!(matches!(&config.place, Place::File(file) if file.ends_with("region.sqlite")));
        assert_eq!(config.brokers().unwrap()[0].port, 8_883);
        assert!(config.shared().unwrap().is_none());
    }

    #[test]
    fn every_commented_key_of_the_example_is_one() {
        let text = EXAMPLE
            .replace("host = \"broker.customs.example\"\nport = 8883\n", "")
            .replace("store_file = \"region.sqlite\"\n", "")
            .replace("# brokers", "brokers")
            .replace("# store =", "store =")
            .replace("# collector", "collector")
            .replace("# shards", "shards");
        let config = read(&text).unwrap();
        assert!(matches!(&config.place, Place::Server(url) if url.contains("verify-full")));
        assert_eq!(config.brokers().unwrap().len(), 2);
        let shared = config.shared().unwrap().unwrap();
        assert_eq!((shared.name.as_str(), shared.shards), ("east-1", 32));
    }

    #[test]
    fn wrong_values_are_named() {
        for (from, to, key) in [
            ("store_file = \"region.sqlite\"\n", "", "store_file"),
            (
                "store_file = \"region.sqlite\"",
                "store = \"mysql://x\"",
                "store",
            ),
            ("host = \"broker.customs.example\"\n", "", "host"),
            (
                "port = 8883\n",
                "port = 8883\nbrokers = [\"a:1\"]\n",
                "brokers",
            ),
            ("port = 8883\n", "port = 8883\nshards = 4\n", "collector"),
            (
                "host = \"broker.customs.example\"\nport = 8883\n",
                "brokers = [\"nowhere\"]\n",
                "brokers",
            ),
        ] {
            let text = EXAMPLE.replace(from, to);
            assert_ne!(text, EXAMPLE);
            let error = match read(&text) {
                Err(error) => error,
                Ok(config) => match (config.brokers(), config.shared()) {
                    (Err(error), _) | (_, Err(error)) => error,
                    (Ok(_), Ok(_)) => panic!("{to} is taken"),
                },
            };
            let ConfigError::Value { key: named, .. } = &error else {
                panic!("{error}");
            };
            assert_eq!(named, key);
        }
    }
}
