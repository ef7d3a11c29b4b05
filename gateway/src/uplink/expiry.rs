//! A certificate's last day. The TLS library refuses what has run out without saying when it will;
//! the technician wants to know before. Reads just far enough into the DER of X.509 (RFC 5280,
//! section 4.1) to find `notAfter`; whether the certificate is good for anything is not judged.

use domain::time::Timestamp;

/// One value of DER: its tag, what is in it, and what follows it.
fn value(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = if *first < 0x80 {
        (usize::from(*first), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        if digits.is_empty() || digits.len() > 3 {
            return None;
        }
        let length = digits
            .iter()
            .fold(0_usize, |sum, digit| sum << 8 | usize::from(*digit));
        (length, rest)
    };
    let (inside, after) = rest.split_at_checked(length)?;
    Some((*tag, inside, after))
}

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

fn sequence(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (tag, inside, after) = value(bytes)?;
    (tag == SEQUENCE).then_some((inside, after))
}

/// The end of a certificate's validity; `None` if it is not one.
pub(super) fn not_after(der: &[u8]) -> Option<Timestamp> {
    let (certificate, _) = sequence(der)?;
    let (mut fields, _) = sequence(certificate)?;
    if fields.first() == Some(&VERSION) {
        (_, _, fields) = value(fields)?;
    }
    let (_, _, fields) = value(fields)?; // serial number
    let (_, fields) = sequence(fields)?; // signature algorithm
    let (_, fields) = sequence(fields)?; // issuer
    let (validity, _) = sequence(fields)?;
    let (_, _, until) = value(validity)?;
    let (tag, text, _) = value(until)?;
    moment(tag, std::str::from_utf8(text).ok()?)
}

/// `YYMMDDhhmmssZ` or `YYYYMMDDhhmmssZ`.
fn moment(tag: u8, text: &str) -> Option<Timestamp> {
    let digits = text.strip_suffix('Z')?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let whole = match tag {
        // RFC 5280: two digits of a year mean 1950 to 2049.
        UTC_TIME if digits.len() == 12 && digits < "50" => format!("20{digits}"),
        UTC_TIME if digits.len() == 12 => format!("19{digits}"),
        GENERALIZED_TIME if digits.len() == 14 => digits.to_owned(),
        _ => return None,
    };
    let part = |from: usize, to: usize| &whole[from..to];
    let text = format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0, 4),
        part(4, 6),
        part(6, 8),
        part(8, 10),
        part(10, 12),
        part(12, 14)
    );
    Timestamp::parse(&text).ok()
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;

    use super::*;

    /// Made with OpenSSL 3: `openssl req -x509 -newkey ed25519 -days 3650`, and 20,000 days.
    const CERTIFICATES: [(&str, &str); 2] = [
        (
            "2036-11-23T09:46:43.000Z",
            "-----BEGIN CERTIFICATE-----\n\
             MIIBHzCB0qADAgECAgEBMAUGAytlcDAPMQ0wCwYDVQQDDARnYXRlMB4XDTI2MTEy\n\
             NjA5NDY0M1oXDTM2MTEyMzA5NDY0M1owDzENMAsGA1UEAwwEZ2F0ZTAqMAUGAytl\n\
             cAMhADpH+RWwXiPMan77y7TRtdRPzVOVIOaXKgraJ9MQHMJpo1MwUTAdBgNVHQ4E\n\
             FgQUuaqsMEbT8BJsIv7ZxtI/eZ4lNzEwHwYDVR0jBBgwFoAUuaqsMEbT8BJsIv7Z\n\
             xtI/eZ4lNzEwDwYDVR0TAQH/BAUwAwEB/zAFBgMrZXADQQCsCueX1JosZq4EzcBW\n\
             sYCFYp5pnBETJ+UOfrHfAjtw1bj99UM9PSCyWpzBJnwFrsXX3+xjIhBQjf6Rg7la\n\
             ZhkB\n\
             -----END CERTIFICATE-----",
        ),
        (
            "2081-08-29T09:46:43.000Z",
            "-----BEGIN CERTIFICATE-----\n\
             MIIBITCB1KADAgECAgEBMAUGAytlcDAPMQ0wCwYDVQQDDARnYXRlMCAXDTI2MTEy\n\
             NjA5NDY0M1oYDzIwODEwODI5MDk0NjQzWjAPMQ0wCwYDVQQDDARnYXRlMCowBQYD\n\
             K2VwAyEAlSzmlI04ux4IudvHN9fvJUvHZW+7A2a0pBv8KyNS8nyjUzBRMB0GA1Ud\n\
             DgQWBBRSmDe8iv19k+LCUYlU4ToErupjhzAfBgNVHSMEGDAWgBRSmDe8iv19k+LC\n\
             UYlU4ToErupjhzAPBgNVHRMBAf8EBTADAQH/MAUGAytlcANBAM4fIquxBRgL6CGC\n\
             7rnkc7vXXEQGTHxNPhPMpxOVHTlZfuFafY9axcvw2616C1wi3aAUqqRb8QEWBqmq\n\
             ik33xgQ=\n\
             -----END CERTIFICATE-----",
        ),
    ];

    #[test]
    fn the_end_is_the_one_that_openssl_shows() {
        for (expected, pem) in CERTIFICATES {
            let der = CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate");
            let shown = not_after(&der).map(|at| at.to_string());
            assert_eq!(shown.as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_damaged_certificate_has_no_end_and_never_panics() {
        let der = CertificateDer::from_pem_slice(CERTIFICATES[0].1.as_bytes()).expect("one");
        for length in 0..der.len() / 2 {
            let _ = not_after(&der[..length]);
        }
        for at in 0..der.len() {
            for to in [0, 0x30, 0x7f, 0x80, 0x83, 0xff] {
                let mut changed = der.to_vec();
                changed[at] = to;
                let _ = not_after(&changed);
            }
        }
        assert_eq!(not_after(&[]), None);
        assert_eq!(not_after(&der[..60]), None);
    }
}
