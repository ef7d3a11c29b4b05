//! Certificate and key files → what a port speaks TLS 1.3 with.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Why a certificate or its key cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{file} cannot be used for TLS")]
pub struct TlsError {
    /// File.
    pub file: PathBuf,
    /// Cause.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

fn unusable<E: Into<Box<dyn std::error::Error + Send + Sync>>>(
    file: &Path,
) -> impl FnOnce(E) -> TlsError {
    move |error| TlsError {
        file: file.to_owned(),
        source: error.into(),
    }
}

/// Reads a chain of certificates (PEM, the server's own first) and its key.
///
/// # Errors
/// Either cannot be read, or they do not belong together.
pub fn server_config(
    certificate: &Path,
    key: &Path,
) -> Result<Arc<rustls::ServerConfig>, TlsError> {
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(unusable(certificate))?;
    let secret = PrivateKeyDer::from_pem_file(key).map_err(unusable(key))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(unusable(certificate))?
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .map_err(unusable(key))?;
    // Over HTTP/1.1 a browser has six connections to a gate, and every open page keeps one.
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
