//! Mode of transport and number as a manifest carries them → the conveyance they name.

use domain::conveyance::{ImoNumber, Means, Registration};
use domain::plate::Plate;

/// The conveyance of a `mode` of UN/ECE Recommendation 19. Everything on water that has no IMO number
/// is a small vessel: those of the Hong Kong and Macao run are declared by their registration. What
/// begins like an IMO number has to be one.
///
/// # Errors
/// In words, why the number names nothing.
pub(crate) fn means(mode: &str, number: &str) -> Result<Means, String> {
    if number.is_empty() {
        return Ok(Means::Unstated);
    }
    let registered = || Registration::parse(number).map_err(|error| error.to_string());
    match mode {
        "1" | "8" => {
            let digits = number.strip_prefix("UN").unwrap_or(number);
            let is_meant_as_imo = number.starts_with("IMO")
                || (digits.len() == 7 && digits.bytes().all(|byte| byte.is_ascii_digit()));
            if is_meant_as_imo {
                let read = ImoNumber::parse(number).map(Means::Ship);
                return read.map_err(|error| error.to_string());
            }
            registered().map(Means::SmallVessel)
        }
        "2" => registered().map(Means::Train),
        "3" => Plate::parse(number)
            .map(Means::Vehicle)
            .map_err(|error| error.to_string()),
        "4" => registered().map(Means::Aircraft),
        other => Err(format!(
            "{other:?} is no mode of transport, {number:?} stands alone"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mode_and_number_name_a_conveyance() {
        let registered = |raw| Registration::parse(raw).expect("a registration");
        let ship = Means::Ship(ImoNumber::parse("9074729").expect("checked"));
        for (mode, number, expected) in [
            ("1", "UN9074729", Some(ship.clone())),
            ("1", "9074729", Some(ship)),
            ("1", "9074728", None),
            ("1", "", Some(Means::Unstated)),
            (
                "8",
                "4420001234",
                Some(Means::SmallVessel(registered("4420001234"))),
            ),
            (
                "1",
                "HK12345A",
                Some(Means::SmallVessel(registered("HK12345A"))),
            ),
            ("4", "b-2447", Some(Means::Aircraft(registered("B-2447")))),
            ("2", "X8015", Some(Means::Train(registered("X8015")))),
            (
                "3",
                "粤B·12345",
                Some(Means::Vehicle(Plate::parse("粤B12345").expect("a plate"))),
            ),
            ("7", "x", None),
        ] {
            assert_eq!(means(mode, number).ok(), expected, "{mode} {number}");
        }
    }
}
