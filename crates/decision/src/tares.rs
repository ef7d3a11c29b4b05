//! Recorded tares → the weight of the vehicle without goods. Never guesses a tare from a class
//! or a size-type code.

use domain::mass::Mass;

use crate::context::Context;

/// Tractor, trailer and containers of the pass; the name of the first whose tare is not recorded.
pub(crate) fn tare_of_pass(context: &Context<'_>) -> Result<Mass, String> {
    let Some(pass) = context.pass else {
        return Err(String::new());
    };
    let mut sum = context
        .vehicle()
        .map(|record| record.tare)
        .filter(|tare| *tare > Mass::ZERO)
        .ok_or_else(|| pass.vehicle.to_string())?;
    if let Some(trailer) = &pass.trailer {
        sum = sum
            + context
                .trailer()
                .map(|record| record.tare)
                .filter(|tare| *tare > Mass::ZERO)
                .ok_or_else(|| trailer.to_string())?;
    }
    for container in &pass.containers {
        sum = sum
            + context
                .container(&container.number)
                .map(|record| record.tare)
                .filter(|tare| *tare > Mass::ZERO)
                .ok_or_else(|| container.number.to_string())?;
    }
    Ok(sum)
}
