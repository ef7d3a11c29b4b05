//! Files of mutual TLS → a client configuration: TLS 1.3, the given roots only.

use std::path::PathBuf;
use std::sync::Arc;

use domain::time::Timestamp;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::expiry;
use crate::config::TlsFiles;

/// Why the TLS material cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A PEM file cannot be read.
    #[error("cannot read {what} from {file}")]
    Pem {
        /// What was sought.
        what: &'static str,
        /// File.
        file: PathBuf,
        /// Cause.
        #[source]
        source: rustls::pki_types::pem::Error,
    },
    /// The file holds nothing of the kind.
    #[error("{file} holds no {what}")]
    Empty {
        /// What was sought.
        what: &'static str,
        /// File.
        file: PathBuf,
    },
    /// The material does not fit together.
    #[error("the TLS files do not fit together")]
    Refused(#[source] rustls::Error),
}

fn certificates(
    what: &'static str,
    file: &PathBuf,
) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let pem = |source| TlsError::Pem {
        what,
        file: file.clone(),
        source,
    };
    let found: Vec<_> = CertificateDer::pem_file_iter(file)
        .map_err(pem)?
        .collect::<Result<_, _>>()
        .map_err(pem)?;
    if found.is_empty() {
        return Err(TlsError::Empty {
            what,
            file: file.clone(),
        });
    }
    Ok(found)
}

/// When the first of the gate's own certificate and the roots runs out; `None` if none says.
///
/// # Errors
/// A file cannot be read.
pub fn valid_until(files: &TlsFiles) -> Result<Option<Timestamp>, TlsError> {
    let mut own = certificates("a client certificate", &files.certificate)?;
    own.truncate(1);
    let roots = certificates("a CA certificate", &files.ca)?;
    // Of several roots one has to be good; the last to run out counts.
    let root = roots.iter().filter_map(|der| expiry::not_after(der)).max();
    let own = own.iter().filter_map(|der| expiry::not_after(der)).min();
    Ok(own.into_iter().chain(root).min())
}

/// Builds the client configuration.
///
/// # Errors
/// Unreadable or ill-fitting files, each named.
pub fn client_config(files: &TlsFiles) -> Result<Arc<rustls::ClientConfig>, TlsError> {
    let mut roots = rustls::RootCertStore::empty();
    for certificate in certificates("a CA certificate", &files.ca)? {
        roots.add(certificate).map_err(TlsError::Refused)?;
    }
    let chain = certificates("a client certificate", &files.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|source| TlsError::Pem {
        what: "a private key",
        file: files.key.clone(),
        source,
    })?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(TlsError::Refused)?
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, key)
        .map_err(TlsError::Refused)?;
    Ok(Arc::new(config))
}
