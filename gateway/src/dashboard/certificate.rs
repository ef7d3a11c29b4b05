//! The page's certificate: given by the site, or made here at the first start and kept.

use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use http_door::tls;

use crate::config::DashboardConfig;

/// Why the page has no certificate.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file cannot be used.
    #[error(transparent)]
    Unusable(#[from] tls::TlsError),
    /// A certificate of our own cannot be made.
    #[error("no certificate can be made for the page; give certificate_file and key_file")]
    Made(#[source] rcgen::Error),
    /// It cannot be kept.
    #[error("cannot write {file}")]
    Kept {
        /// File.
        file: PathBuf,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
}

/// What the page's port speaks TLS with. One that is made here lies in `folder`; deleting both
/// files makes another at the next start.
///
/// # Errors
/// No certificate can be read, made or kept.
pub(super) fn server_config(
    config: &DashboardConfig,
    folder: &Path,
) -> Result<Arc<rustls::ServerConfig>, CertificateError> {
    if let Some((certificate, key)) = &config.certificate {
        return Ok(tls::server_config(certificate, key)?);
    }
    let (certificate, key) = (folder.join("page.pem"), folder.join("page.key"));
    if !certificate.exists() || !key.exists() {
        let made = make(config).map_err(CertificateError::Made)?;
        std::fs::create_dir_all(folder).map_err(|source| CertificateError::Kept {
            file: folder.to_owned(),
            source,
        })?;
        // The key first: a certificate without its key would be taken for whole.
        keep(&key, &made.signing_key.serialize_pem())?;
        keep(&certificate, &made.cert.pem())?;
    }
    Ok(tls::server_config(&certificate, &key)?)
}

fn make(config: &DashboardConfig) -> Result<rcgen::CertifiedKey<rcgen::KeyPair>, rcgen::Error> {
    let mut names = vec!["localhost".to_owned()];
    names.extend(addresses(config.listen).map(|address| address.to_string()));
    names.extend(config.names.iter().cloned());
    rcgen::generate_simple_self_signed(names)
}

fn addresses(listen: SocketAddr) -> impl Iterator<Item = IpAddr> {
    let loopback = [
        IpAddr::from([127, 0, 0, 1]),
        IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]),
    ];
    let own = (!listen.ip().is_unspecified() && !listen.ip().is_loopback()).then(|| listen.ip());
    loopback.into_iter().chain(own)
}

fn keep(file: &Path, text: &str) -> Result<(), CertificateError> {
    std::fs::OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(file)
        .and_then(|mut out| out.write_all(text.as_bytes()).and_then(|()| out.sync_all()))
        .map_err(|source| CertificateError::Kept {
            file: file.to_owned(),
            source,
        })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use wording::Language;

    use super::*;

    #[test]
    fn a_certificate_is_made_once_and_its_key_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let config = DashboardConfig {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            certificate: None,
            names: vec!["gate-1.example".to_owned()],
            language: Language::En,
        };
        let at = folder.path().join("dashboard");
        server_config(&config, &at).unwrap();
        let first = std::fs::read(at.join("page.pem")).unwrap();
        let mode = std::fs::metadata(at.join("page.key"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        server_config(&config, &at).unwrap();
        assert_eq!(std::fs::read(at.join("page.pem")).unwrap(), first);
        std::fs::write(at.join("page.pem"), "no certificate").unwrap();
        assert!(server_config(&config, &at).is_err());
    }
}
