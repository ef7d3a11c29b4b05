//! The section `[uplink]` → where the brokers are and how they are trusted.

use std::time::Duration;

use super::document::UplinkSection;
use super::validate::Collector;
use super::{BrokerAddress, Delivery, TlsFiles, UplinkConfig};

/// Nodes of one clustered broker.
const BROKERS_MAX: usize = 16;

pub(super) fn uplink(c: &mut Collector<'_>, section: UplinkSection) -> Option<UplinkConfig> {
    let brokers = brokers(c, &section);
    let tls = match (section.ca_file, section.certificate_file, section.key_file) {
        (Some(ca), Some(certificate), Some(key)) => Some(TlsFiles {
            ca: c.path(ca),
            certificate: c.path(certificate),
            key: c.path(key),
        }),
        (None, None, None) if section.plain => {
            if let Some(far) = brokers.iter().find(|broker| !is_here(&broker.host)) {
                let what = format!("a plain connection to {} would show every event", far.host);
                c.report(
                    "uplink.plain",
                    what,
                    "give ca_file, certificate_file and key_file",
                );
            }
            None
        }
        _ => {
            c.report(
                "uplink",
                "mutual TLS needs ca_file, certificate_file and key_file together",
                "give all three; only a broker on this machine may have `plain = true` instead",
            );
            None
        }
    };
    let window = c.bounded(
        "uplink.window",
        u64::from(section.window.unwrap_or(64)),
        1,
        512,
    );
    let keep_alive_s = c.bounded(
        "uplink.keep_alive_s",
        section.keep_alive_s.unwrap_or(10),
        5,
        300,
    );
    let evidence_kib_per_s = c.bounded(
        "uplink.evidence_kib_per_s",
        section.evidence_kib_per_s.unwrap_or(256),
        1,
        65_536,
    );
    let subscribe = match c.bounded(
        "uplink.subscribe_qos",
        section.subscribe_qos.unwrap_or(1),
        0,
        1,
    ) {
        0 => Delivery::AtMostOnce,
        _ => Delivery::AtLeastOnce,
    };
    Some(UplinkConfig {
        brokers,
        tls,
        window: u16::try_from(window).expect("bounded to 512"),
        keep_alive: Duration::from_secs(keep_alive_s),
        evidence_bytes_per_s: evidence_kib_per_s << 10,
        subscribe,
    })
}

fn is_here(host: &str) -> bool {
    matches!(host, "127.0.0.1" | "::1" | "localhost")
}

/// One broker by `host` and `port`, or several by `brokers`.
fn brokers(c: &mut Collector<'_>, section: &UplinkSection) -> Vec<BrokerAddress> {
    let one_way = "give either host and port, or brokers = [\"host:port\", …]";
    match (&section.host, section.port, &section.brokers) {
        (Some(host), Some(port), None) => vec![BrokerAddress {
            host: host.clone(),
            port,
        }],
        (None, None, Some(list)) => {
            if list.is_empty() || list.len() > BROKERS_MAX {
                let what = format!("{} brokers are named", list.len());
                let way_out = format!("name 1 to {BROKERS_MAX} nodes of one clustered broker");
                c.report("uplink.brokers", what, way_out);
            }
            let mut found: Vec<BrokerAddress> = Vec::new();
            for text in list {
                let address = c.keep("uplink.brokers", address(text), "write host:port");
                if let Some(address) = &address
                    && found.contains(address)
                {
                    let what = format!("{address} is there twice");
                    c.report("uplink.brokers", what, "name every broker once");
                }
                found.extend(address);
            }
            found
        }
        (None, None, None) => {
            c.report("uplink", "no broker is named", one_way);
            Vec::new()
        }
        (Some(_), None, None) | (None, Some(_), None) => {
            c.report("uplink", "host and port belong together", one_way);
            Vec::new()
        }
        (_, _, Some(_)) => {
            let what = "host or port stands beside brokers";
            c.report("uplink.brokers", what, one_way);
            Vec::new()
        }
    }
}

/// `host:port`, `[address]:port` for IPv6.
fn address(text: &str) -> Result<BrokerAddress, String> {
    let wrong = || format!("{text:?} is no host:port");
    let (host, port) = text.trim().rsplit_once(':').ok_or_else(wrong)?;
    let port: u16 = port.parse().map_err(|_| wrong())?;
    let bracketed = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
    let host = match bracketed {
        Some(inner) => inner,
        None if host.contains(':') => return Err(wrong()),
        None => host,
    };
    if host.is_empty() || port == 0 || host.contains(char::is_whitespace) {
        return Err(wrong());
    }
    Ok(BrokerAddress {
        host: host.to_owned(),
        port,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port() {
        for (text, wanted) in [
            (
                "broker-1.region.example:8883",
                Some("broker-1.region.example:8883"),
            ),
            (" 10.0.0.7:8883 ", Some("10.0.0.7:8883")),
            ("[fe80::1]:8883", Some("[fe80::1]:8883")),
            ("fe80::1:8883", None),
            ("broker", None),
            ("broker:0", None),
            ("broker:99999", None),
            (":8883", None),
            ("two words:1", None),
        ] {
            let found = address(text).ok().map(|address| address.to_string());
            assert_eq!(found.as_deref(), wanted, "{text:?}");
        }
    }

    #[test]
    fn brokers_are_named_in_one_way_and_once() {
        let tls = "ca_file = \"a\"\ncertificate_file = \"b\"\nkey_file = \"c\"\n";
        let many = format!("brokers = {:?}", vec!["h:1"; 17]);
        // (keys of the section, brokers, part of the problem)
        for (keys, count, problem) in [
            ("host = \"h\"\nport = 1", 1, None),
            ("brokers = [\"h:1\", \"i:1\", \"h:2\"]", 3, None),
            ("brokers = []", 0, Some("0 brokers")),
            (&many, 0, Some("17 brokers")),
            ("brokers = [\"h:1\", \"h:1\"]", 0, Some("twice")),
            ("brokers = [\"h\"]", 0, Some("no host:port")),
            ("host = \"h\"", 0, Some("belong together")),
            ("port = 1", 0, Some("belong together")),
            ("", 0, Some("no broker")),
            ("brokers = [\"h:1\"]\nsubscribe_qos = 0", 1, None),
            (
                "brokers = [\"h:1\"]\nsubscribe_qos = 2",
                0,
                Some("out of bounds"),
            ),
            ("port = 1\nbrokers = [\"h:1\"]", 0, Some("stands beside")),
        ] {
            let text = format!("{keys}\n{tls}");
            let section: UplinkSection = toml::from_str(&text).expect("a section");
            let mut c = Collector::new(&text, Path::new("."));
            let config = uplink(&mut c, section).expect("a section gives a link");
            let problems = c.problems();
            match problem {
                None => {
                    assert!(problems.is_empty(), "{keys}: {problems:?}");
                    assert_eq!(config.brokers.len(), count, "{keys}");
                }
                Some(part) => assert!(
                    problems.iter().any(|p| p.what.contains(part)),
                    "{keys}: {problems:?}"
                ),
            }
        }
    }

    #[test]
    fn a_plain_link_leaves_this_machine_with_no_broker() {
        let text = "brokers = [\"127.0.0.1:1\", \"far:1\"]\nplain = true\n";
        let mut c = Collector::new(text, Path::new("."));
        uplink(&mut c, toml::from_str(text).expect("a section"));
        assert!(c.problems()[0].what.contains("to far would show"));
    }
}
