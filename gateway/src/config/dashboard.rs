//! `[dashboard]` → where the gate's own page is and how it greets.

use std::net::SocketAddr;
use std::path::PathBuf;

use domain::reason::Language;
use serde::Deserialize;

use super::validate::Collector;

/// Names that a certificate of our own may carry.
const NAMES_MAX: usize = 16;

/// The gate's own page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DashboardConfig {
    /// Where it listens; port 0 takes any.
    pub listen: SocketAddr,
    /// Certificate chain and key, PEM; `None` makes one of the gate's own at the first start.
    pub certificate: Option<(PathBuf, PathBuf)>,
    /// Host names that the gate's own certificate carries besides its addresses.
    pub names: Vec<String>,
    /// Language before anybody has chosen one.
    pub language: Language,
}

/// The section as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DashboardSection {
    pub(super) listen: String,
    pub(super) certificate_file: Option<PathBuf>,
    pub(super) key_file: Option<PathBuf>,
    #[serde(default)]
    pub(super) names: Vec<String>,
    pub(super) language: Option<String>,
}

pub(super) fn dashboard(
    c: &mut Collector<'_>,
    section: DashboardSection,
) -> Option<DashboardConfig> {
    let listen = c.keep(
        "dashboard.listen",
        section.listen.parse::<SocketAddr>(),
        "write an address of this machine and a port, such as 0.0.0.0:8443",
    );
    let certificate = match (section.certificate_file, section.key_file) {
        (Some(certificate), Some(key)) => Some((c.path(certificate), c.path(key))),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => {
            c.report(
                "dashboard.certificate_file",
                "certificate_file and key_file belong together",
                "write both, or none: the gate then makes a certificate of its own",
            );
            None
        }
    };
    let language = match section.language.as_deref() {
        None | Some("zh") => Language::Zh,
        Some("en") => Language::En,
        Some(other) => {
            let what = format!("unknown language {other:?}");
            c.report("dashboard.language", what, "write zh or en");
            Language::Zh
        }
    };
    let is_name = |name: &String| {
        (1..=253).contains(&name.len())
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-.".contains(c))
    };
    if section.names.len() > NAMES_MAX || !section.names.iter().all(is_name) {
        c.report(
            "dashboard.names",
            "not a list of host names",
            format!("write at most {NAMES_MAX} names such as gate-1.customs.example"),
        );
    }
    Some(DashboardConfig {
        listen: listen?,
        certificate,
        names: section.names,
        language,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Option<DashboardConfig>, Vec<String>) {
        let section = toml::from_str(text).expect("a table");
        let mut c = Collector::new(text, std::path::Path::new("/site"));
        let config = dashboard(&mut c, section);
        let keys = c.problems().iter().map(|p| p.key.clone()).collect();
        (config, keys)
    }

    #[test]
    fn a_port_is_enough_and_the_rest_has_defaults() {
        let (config, problems) = read("listen = \"127.0.0.1:0\"\n");
        assert_eq!(problems, Vec::<String>::new());
        let config = config.expect("valid");
        assert_eq!(config.certificate, None);
        assert_eq!(config.language, Language::Zh);
        let text = "listen = \"[::]:8443\"\ncertificate_file = \"c.pem\"\nkey_file = \"k.pem\"\n\
                    language = \"en\"\nnames = [\"gate-1.example\"]\n";
        let (config, problems) = read(text);
        assert_eq!(problems, Vec::<String>::new());
        let config = config.expect("valid");
        let files = config.certificate.expect("given");
        assert_eq!(files.0, PathBuf::from("/site/c.pem"));
    }

    #[test]
    fn every_wrong_key_is_named() {
        for (lines, key) in [
            ("listen = \"8443\"", "dashboard.listen"),
            (
                "listen = \"127.0.0.1:1\"\nkey_file = \"k\"",
                "dashboard.certificate_file",
            ),
            (
                "listen = \"127.0.0.1:1\"\nlanguage = \"fr\"",
                "dashboard.language",
            ),
            (
                "listen = \"127.0.0.1:1\"\nnames = [\"a b\"]",
                "dashboard.names",
            ),
        ] {
            assert_eq!(read(lines).1, [key], "{lines}");
        }
    }
}
