//! One HTTP request → one picture's bytes. Basic and digest authentication (RFC 7617, RFC 7616).
//!
//! A password goes out in clear only where the configuration says `basic`: a camera, or whatever
//! answers in its place, cannot ask for it.

use std::error::Error as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use digest_auth::{AuthContext, WwwAuthenticateHeader};

use super::camera::Camera;
use crate::config::{Login, LoginScheme, SnapshotSetup};

/// A camera on the same switch answers in a fraction of this.
const TIMEOUT: Duration = Duration::from_secs(3);
/// A password file holds one line.
const PASSWORD_BYTES_MAX: u64 = 1_024;

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub(super) enum SnapshotError {
    #[error("no answer from {url}")]
    Request {
        url: String,
        #[source]
        source: Box<ureq::Error>,
    },
    #[error("{url} answers {status}{way_out}")]
    Status {
        url: String,
        status: u16,
        way_out: &'static str,
    },
    #[error("{url} asks for a login that cannot be answered: {cause}")]
    Challenge { url: String, cause: String },
    #[error("cannot read the password in {file}")]
    Password {
        file: String,
        #[source]
        source: std::io::Error,
    },
    #[error("the request was cut off")]
    CutOff,
}

impl SnapshotError {
    /// With its cause.
    pub(super) fn in_full(&self) -> String {
        match self.source() {
            Some(source) => format!("{self}: {source}"),
            None => self.to_string(),
        }
    }
}

/// One camera's address.
#[derive(Clone)]
pub(super) struct Snapshot {
    url: String,
    login: Option<Login>,
    agent: ureq::Agent,
    /// The camera's last challenge: answered at once, until it sends another.
    challenge: Arc<Mutex<Option<WwwAuthenticateHeader>>>,
}

impl Snapshot {
    pub(super) fn new(setup: &SnapshotSetup) -> Self {
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            .max_redirects(0)
            .build()
            .into();
        Self {
            url: setup.url.clone(),
            login: setup.login.clone(),
            agent,
            challenge: Arc::new(Mutex::new(None)),
        }
    }

    /// Fetches a picture, on a thread that may wait.
    pub(super) async fn fetch(&self) -> Result<Vec<u8>, SnapshotError> {
        let this = self.clone();
        tokio::task::spawn_blocking(move || this.fetch_blocking())
            .await
            .unwrap_or(Err(SnapshotError::CutOff))
    }

    fn fetch_blocking(&self) -> Result<Vec<u8>, SnapshotError> {
        let password = match &self.login {
            Some(login) => Some(self.password(login)?),
            None => None,
        };
        let answer = self.request(password.as_deref())?;
        if answer.status() == 401 && self.is_digest() {
            // A first request has nothing to answer; a later one may have an old nonce.
            self.learn(&answer)?;
            return self.body(self.request(password.as_deref())?);
        }
        self.body(answer)
    }

    fn request(&self, password: Option<&str>) -> Result<Answer, SnapshotError> {
        let mut request = self.agent.get(&self.url);
        if let Some((login, password)) = self.login.as_ref().zip(password)
            && let Some(header) = self.authorization(login, password)?
        {
            request = request.header("Authorization", header);
        }
        request.call().map_err(|source| self.failed(source))
    }

    fn authorization(
        &self,
        login: &Login,
        password: &str,
    ) -> Result<Option<String>, SnapshotError> {
        match login.scheme {
            LoginScheme::Basic => {
                let pair = format!("{}:{password}", login.user);
                let encoded = base64::engine::general_purpose::STANDARD.encode(pair);
                Ok(Some(format!("Basic {encoded}")))
            }
            LoginScheme::Digest => {
                let mut challenge = self
                    .challenge
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                let Some(challenge) = challenge.as_mut() else {
                    return Ok(None);
                };
                let context = AuthContext::new(&login.user, password, path_of(&self.url));
                let answer = challenge
                    .respond(&context)
                    .map_err(|error| self.unanswerable(&error))?;
                Ok(Some(answer.to_string()))
            }
        }
    }

    fn is_digest(&self) -> bool {
        self.login
            .as_ref()
            .is_some_and(|login| login.scheme == LoginScheme::Digest)
    }

    /// Keeps the first digest challenge that can be answered.
    fn learn(&self, answer: &Answer) -> Result<(), SnapshotError> {
        let mut refused = "no digest challenge; write auth = \"basic\" if it must be".to_owned();
        for header in answer.headers().get_all("www-authenticate") {
            let text = header.to_str().unwrap_or("");
            if !text.to_ascii_lowercase().starts_with("digest") {
                continue;
            }
            match digest_auth::parse(text) {
                Ok(challenge) => {
                    *self
                        .challenge
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner) = Some(challenge);
                    return Ok(());
                }
                Err(error) => refused = error.to_string(),
            }
        }
        Err(SnapshotError::Challenge {
            url: self.url.clone(),
            cause: refused,
        })
    }

    fn body(&self, mut answer: Answer) -> Result<Vec<u8>, SnapshotError> {
        let status = answer.status().as_u16();
        if status != 200 {
            let way_out = match status {
                401 | 403 => "; look at user and password_file",
                404 => "; look at the path in url",
                _ => "",
            };
            return Err(SnapshotError::Status {
                url: self.url.clone(),
                status,
                way_out,
            });
        }
        answer
            .body_mut()
            .with_config()
            .limit(Camera::BYTES_MAX)
            .read_to_vec()
            .map_err(|source| self.failed(source))
    }

    fn password(&self, login: &Login) -> Result<String, SnapshotError> {
        let failed = |source| SnapshotError::Password {
            file: login.password_file.display().to_string(),
            source,
        };
        let len = std::fs::metadata(&login.password_file)
            .map_err(failed)?
            .len();
        if len > PASSWORD_BYTES_MAX {
            return Err(failed(std::io::Error::other("longer than a password")));
        }
        let text = std::fs::read_to_string(&login.password_file).map_err(failed)?;
        Ok(text.trim_end_matches(['\r', '\n']).to_owned())
    }

    fn failed(&self, source: ureq::Error) -> SnapshotError {
        SnapshotError::Request {
            url: self.url.clone(),
            source: Box::new(source),
        }
    }

    fn unanswerable(&self, error: &digest_auth::Error) -> SnapshotError {
        SnapshotError::Challenge {
            url: self.url.clone(),
            cause: error.to_string(),
        }
    }
}

type Answer = ureq::http::Response<ureq::Body>;

/// Path and query of a URL, which a digest covers.
fn path_of(url: &str) -> &str {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    after_scheme
        .find('/')
        .map_or("/", |slash| &after_scheme[slash..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn camera(scheme: LoginScheme, file: &std::path::Path) -> Snapshot {
        Snapshot::new(&SnapshotSetup {
            url: "http://192.0.2.1/picture?channel=1".to_owned(),
            login: Some(Login {
                user: "Aladdin".to_owned(),
                password_file: file.to_owned(),
                scheme,
            }),
            frames: 1,
            gap: Duration::from_millis(50),
        })
    }

    #[test]
    fn basic_is_as_the_standard_has_it_and_digest_waits_for_a_challenge() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "open sesame\n").unwrap();
        let cases = [
            // The example of RFC 7617, section 2.
            (
                LoginScheme::Basic,
                Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
            ),
            (LoginScheme::Digest, None),
        ];
        for (scheme, expected) in cases {
            let camera = camera(scheme, file.path());
            let login = camera.login.clone().unwrap();
            let password = camera.password(&login).unwrap();
            let header = camera.authorization(&login, &password).unwrap();
            assert_eq!(header.as_deref(), expected);
        }
    }

    #[test]
    fn a_digest_covers_path_and_query() {
        let cases = [
            ("http://192.0.2.1/picture?channel=1", "/picture?channel=1"),
            ("http://192.0.2.1:8080", "/"),
            ("http://192.0.2.1/", "/"),
        ];
        for (url, path) in cases {
            assert_eq!(path_of(url), path);
        }
    }

    #[test]
    fn a_password_file_that_is_none_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "x".repeat(2_000)).unwrap();
        let missing = file.path().with_extension("gone");
        for path in [file.path(), &missing] {
            let camera = camera(LoginScheme::Basic, path);
            let login = camera.login.clone().unwrap();
            let error = camera.password(&login).unwrap_err().in_full();
            assert!(error.contains(&path.display().to_string()), "{error}");
        }
    }
}
