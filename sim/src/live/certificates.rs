//! A throw-away certificate authority and certificates for broker, gates and region, for this
//! machine only.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A folder of certificates.
pub struct Certificates {
    folder: PathBuf,
    authority: CertifiedIssuer<'static, KeyPair>,
}

impl Certificates {
    /// Makes an authority and the broker's certificate for 127.0.0.1 in `folder`.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn make(folder: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![
            KeyUsagePurpose::KeyCertSign,
            KeyUsagePurpose::DigitalSignature,
        ];
        params
            .distinguished_name
            .push(DnType::CommonName, "Kakou test authority");
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let made = Self {
            folder: folder.to_owned(),
            authority,
        };
        std::fs::write(made.ca(), made.authority.pem())?;
        made.issue(
            "broker",
            &["127.0.0.1", "localhost"],
            &[ExtendedKeyUsagePurpose::ServerAuth],
        )?;
        Ok(made)
    }

    /// Issues a client certificate named `name`.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn client(&self, name: &str) -> anyhow::Result<()> {
        self.issue(name, &[], &[ExtendedKeyUsagePurpose::ClientAuth])
    }

    /// Issues a certificate to one of several servers on 127.0.0.1 that also call each other.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn node(&self, name: &str) -> anyhow::Result<()> {
        let usages = [
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        self.issue(name, &["127.0.0.1", "localhost"], &usages)
    }

    /// What a client named `name` of this process connects with: TLS 1.3, this authority only.
    ///
    /// # Errors
    /// No certificate was issued to it.
    pub fn client_config(&self, name: &str) -> anyhow::Result<Arc<rustls::ClientConfig>> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.ca())?)?;
        let certificate = CertificateDer::from_pem_file(self.certificate(name))
            .with_context(|| format!("no certificate was issued to {name}"))?;
        let key = PrivateKeyDer::from_pem_file(self.key(name))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_root_certificates(roots)
            .with_client_auth_cert(vec![certificate], key)?;
        Ok(Arc::new(config))
    }

    fn issue(
        &self,
        name: &str,
        hosts: &[&str],
        usages: &[ExtendedKeyUsagePurpose],
    ) -> anyhow::Result<()> {
        let hosts: Vec<String> = hosts.iter().map(ToString::to_string).collect();
        let mut params = CertificateParams::new(hosts)?;
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = usages.to_vec();
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.authority)?;
        std::fs::write(self.certificate(name), certificate.pem())?;
        std::fs::write(self.key(name), key.serialize_pem())?;
        Ok(())
    }

    /// The authority's certificate.
    #[must_use]
    pub fn ca(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// The certificate issued to `name`.
    #[must_use]
    pub fn certificate(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.pem"))
    }

    /// Its private key.
    #[must_use]
    pub fn key(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.key"))
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}
