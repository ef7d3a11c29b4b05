//! `[http]` → where the region answers. Without TLS only this machine is answered.

use std::net::SocketAddr;
use std::path::PathBuf;

use http_door::tls;
use serde::Deserialize;

use super::{Config, ConfigError, beside};
use crate::http::HttpConfig;

/// The table as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HttpDocument {
    listen: String,
    token_file: PathBuf,
    certificate_file: Option<PathBuf>,
    key_file: Option<PathBuf>,
}

impl Config {
    /// Where the region answers; `None` without a table `[http]`.
    ///
    /// # Errors
    /// A value that cannot be used, certificate or key missing for an address that others reach.
    pub fn http(&self) -> Result<Option<HttpConfig>, ConfigError> {
        let Some(document) = &self.document.http else {
            return Ok(None);
        };
        let listen: SocketAddr = document.listen.parse().map_err(|_| {
            let what = format!(
                "{:?} is no address and port; write 127.0.0.1:8443 or 0.0.0.0:8443",
                document.listen
            );
            self.wrong("http.listen", &what)
        })?;
        let tls = match (&document.certificate_file, &document.key_file) {
            (Some(certificate), Some(key)) => {
                let paths = [certificate, key].map(|path| beside(&self.file, path));
                Some(tls::server_config(&paths[0], &paths[1]).map_err(|error| {
                    ConfigError::Tls {
                        file: error.file,
                        source: error.source,
                    }
                })?)
            }
            (None, None) if listen.ip().is_loopback() => None,
            (None, None) => {
                let what = "only 127.0.0.1 and [::1] go without TLS: tokens would be read on the \
                            way; write certificate_file and key_file";
                return Err(self.wrong("http.listen", &what));
            }
            (Some(_), None) | (None, Some(_)) => {
                let what = "certificate_file and key_file belong together";
                return Err(self.wrong("http.certificate_file", &what));
            }
        };
        Ok(Some(HttpConfig {
            listen,
            tls,
            token_file: beside(&self.file, &document.token_file),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(http: &str) -> Result<Option<HttpConfig>, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("region.toml");
        let text = format!(
            "region = \"R\"\nhost = \"127.0.0.1\"\nport = 1883\nsigning_key_file = \"key\"\n\
             store_file = \"events.sqlite\"\n{http}"
        );
        std::fs::write(&file, text).unwrap();
        let config = Config::read(&file).map_err(|error| error.to_string())?;
        config.http().map_err(|error| error.to_string())
    }

    #[test]
    fn without_tls_only_this_machine_is_answered() {
        assert!(read("").unwrap().is_none());
        for listen in ["127.0.0.1:8443", "[::1]:8443", "127.0.0.1:0"] {
            let text = format!("[http]\nlisten = \"{listen}\"\ntoken_file = \"tokens\"\n");
            assert!(read(&text).unwrap().unwrap().tls.is_none());
        }
        for (lines, named) in [
            ("listen = \"0.0.0.0:8443\"", "http.listen: only 127.0.0.1"),
            ("listen = \"10.1.2.3:8443\"", "http.listen: only 127.0.0.1"),
            (
                "listen = \"localhost\"",
                "http.listen: \"localhost\" is no address",
            ),
            (
                "listen = \"127.0.0.1:1\"\nkey_file = \"k\"",
                "http.certificate_file: certificate_file and key_file belong together",
            ),
            (
                "listen = \"0.0.0.0:1\"\ncertificate_file = \"c\"\nkey_file = \"k\"",
                "for TLS",
            ),
        ] {
            let text = format!("[http]\ntoken_file = \"tokens\"\n{lines}\n");
            let error = read(&text).err().unwrap();
            assert!(error.contains(named), "{error}");
        }
    }
}
