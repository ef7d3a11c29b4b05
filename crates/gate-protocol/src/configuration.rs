//! Turns the settings of one controller into its configuration block, and back.
//!
//! A setting outside its range is refused as a whole: a controller never runs
//! on half of a configuration.

use crate::error::block;
use crate::map;
use crate::state::codes;
use crate::{DecodeError, Input, Inputs};

codes! {
    /// What the controller does when the gateway goes silent.
    LeaseLoss {
        /// Withdraw the release and lower as soon as it is safe: closed for customs.
        Close = 0 "close",
        /// Withdraw the release, end the motion in progress, start none.
        Stay = 1 "stay",
    }
}

/// Range and default of one setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Field name.
    pub name: &'static str,
    /// Least value accepted.
    pub least: u16,
    /// Greatest value accepted.
    pub greatest: u16,
    /// Default value.
    pub default: u16,
}

const fn setting(name: &'static str, least: u16, greatest: u16, default: u16) -> Setting {
    Setting {
        name,
        least,
        greatest,
        default,
    }
}

/// Every setting, in order of register.
pub const SETTINGS: [Setting; map::CONFIGURATION_LENGTH] = [
    setting("raise_travel_ms", 200, 20_000, 3_000),
    setting("lower_travel_ms", 200, 20_000, 3_000),
    setting("travel_margin_ms", 100, 10_000, 1_500),
    setting("limit_leave_ms", 100, 5_000, 1_000),
    setting("limit_loss_ms", 20, 5_000, 300),
    setting("warning_ms", 0, 10_000, 1_000),
    setting("auto_lower_delay_ms", 100, 20_000, 1_000),
    setting("gap_hold_ms", 100, 20_000, 700),
    setting("release_limit_s", 1, 3_600, 120),
    setting("outer_loop_stuck_s", 1, 36_000, 3_600),
    setting("under_arm_loop_stuck_s", 1, 36_000, 300),
    setting("beam_stuck_s", 1, 36_000, 300),
    setting("alarm_s", 0, 600, 10),
    setting("lease_limit_ms", 200, 10_000, 1_000),
    setting("command_limit_ms", 50, 5_000, 500),
    setting("lease_loss", 0, 1, 0),
    setting("fire_opens", 0, 1, 1),
    setting("reversal_limit", 1, 20, 3),
    setting("fitted", 0, 0x07FF, 0x07FF),
    setting("debounce_ms.approach_loop", 5, 1_000, 50),
    setting("debounce_ms.under_arm_loop", 5, 1_000, 50),
    setting("debounce_ms.exit_loop", 5, 1_000, 50),
    setting("debounce_ms.beam_1", 5, 1_000, 20),
    setting("debounce_ms.beam_2", 5, 1_000, 20),
    setting("debounce_ms.arm_up_limit", 5, 1_000, 20),
    setting("debounce_ms.arm_down_limit", 5, 1_000, 20),
    setting("debounce_ms.hand_key", 5, 1_000, 50),
    setting("debounce_ms.fire_alarm", 5, 1_000, 100),
    setting("debounce_ms.cabinet_door", 5, 1_000, 100),
    setting("debounce_ms.mains_ok", 5, 1_000, 50),
];
const FITTED: usize = 18;
const DEBOUNCE: usize = 19;
const INPUT_COUNT: usize = Input::ALL.len();

/// Settings of one controller. Times are the site's, measured at commissioning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Configuration {
    /// Travel from limit to limit, upwards.
    pub raise_travel_ms: u16,
    /// Travel from limit to limit, downwards.
    pub lower_travel_ms: u16,
    /// What a motion may take beyond its travel before it is stopped.
    pub travel_margin_ms: u16,
    /// Time within which a driven arm must have left its limit.
    pub limit_leave_ms: u16,
    /// How long a limit may be lost at rest (bounce, wind) before it is a fault.
    pub limit_loss_ms: u16,
    /// Siren before each lowering; 0 for none.
    pub warning_ms: u16,
    /// How long the arm line must have been clear before any lowering.
    pub auto_lower_delay_ms: u16,
    /// Longest time a gap within one vehicle (tractor and trailer) leaves a loop or the arm
    /// line free; a follower closer than this cannot be told from a trailer.
    pub gap_hold_ms: u16,
    /// How long an unused release stays open, s.
    pub release_limit_s: u16,
    /// Approach and exit loop occupied longer than this are stuck, s.
    pub outer_loop_stuck_s: u16,
    /// Under-arm loop occupied longer than this is stuck, s.
    pub under_arm_loop_stuck_s: u16,
    /// Beam broken longer than this is stuck, s.
    pub beam_stuck_s: u16,
    /// Siren after a breach, s; 0 for none.
    pub alarm_s: u16,
    /// Longest lease granted.
    pub lease_limit_ms: u16,
    /// Longest life of a command.
    pub command_limit_ms: u16,
    /// What happens when the lease is lost.
    pub lease_loss: LeaseLoss,
    /// True: the fire alarm opens the arm. False: it is reported only.
    pub fire_opens: bool,
    /// Reversed lowerings in a row after which the arm waits for a command.
    pub reversal_limit: u16,
    /// Inputs wired on this lane. Both limits and one of the arm line are required.
    pub fitted: Inputs,
    /// Debounce time by input position.
    pub debounce_ms: [u16; INPUT_COUNT],
}

impl Default for Configuration {
    fn default() -> Self {
        Self::decode(&SETTINGS.map(|setting| setting.default)).expect("defaults are in range")
    }
}

impl Configuration {
    /// The block to write at [`map::CONFIGURATION`] with one FC16.
    #[must_use]
    pub fn encode(&self) -> [u16; map::CONFIGURATION_LENGTH] {
        let mut block = [0; map::CONFIGURATION_LENGTH];
        block[..DEBOUNCE].copy_from_slice(&[
            self.raise_travel_ms,
            self.lower_travel_ms,
            self.travel_margin_ms,
            self.limit_leave_ms,
            self.limit_loss_ms,
            self.warning_ms,
            self.auto_lower_delay_ms,
            self.gap_hold_ms,
            self.release_limit_s,
            self.outer_loop_stuck_s,
            self.under_arm_loop_stuck_s,
            self.beam_stuck_s,
            self.alarm_s,
            self.lease_limit_ms,
            self.command_limit_ms,
            self.lease_loss.code(),
            u16::from(self.fire_opens),
            self.reversal_limit,
            self.fitted.bits(),
        ]);
        block[DEBOUNCE..].copy_from_slice(&self.debounce_ms);
        block
    }

    /// From the block as written or stored.
    ///
    /// # Errors
    /// `Length` for a short block, `OutOfRange` naming the first setting refused.
    pub fn decode(registers: &[u16]) -> Result<Self, DecodeError> {
        let block: &[u16; map::CONFIGURATION_LENGTH] = block(registers)?;
        for ((address, &value), range) in (map::CONFIGURATION..).zip(block).zip(&SETTINGS) {
            if value < range.least || value > range.greatest {
                return Err(DecodeError::OutOfRange { address, value });
            }
        }
        let fitted = Inputs::from_bits(block[FITTED]);
        if !can_judge(fitted) {
            let address = map::CONFIGURATION + FITTED as u16;
            return Err(DecodeError::OutOfRange {
                address,
                value: fitted.bits(),
            });
        }
        let mut debounce_ms = [0; INPUT_COUNT];
        debounce_ms.copy_from_slice(&block[DEBOUNCE..]);
        Ok(Self {
            raise_travel_ms: block[0],
            lower_travel_ms: block[1],
            travel_margin_ms: block[2],
            limit_leave_ms: block[3],
            limit_loss_ms: block[4],
            warning_ms: block[5],
            auto_lower_delay_ms: block[6],
            gap_hold_ms: block[7],
            release_limit_s: block[8],
            outer_loop_stuck_s: block[9],
            under_arm_loop_stuck_s: block[10],
            beam_stuck_s: block[11],
            alarm_s: block[12],
            lease_limit_ms: block[13],
            command_limit_ms: block[14],
            lease_loss: LeaseLoss::decode(block[15], map::CONFIGURATION + 15)?,
            fire_opens: block[16] != 0,
            reversal_limit: block[17],
            fitted,
            debounce_ms,
        })
    }

    /// CRC-16/MODBUS over the block, high byte first: lets a gateway see which settings are in force.
    #[must_use]
    pub fn crc(&self) -> u16 {
        let mut crc = 0xFFFF_u16;
        for byte in self
            .encode()
            .iter()
            .flat_map(|register| register.to_be_bytes())
        {
            crc ^= u16::from(byte);
            for _ in 0..8 {
                let carry = crc & 1 != 0;
                crc >>= 1;
                if carry {
                    crc ^= 0xA001;
                }
            }
        }
        crc
    }
}

/// Without both limits and one sensor in the arm line nothing can be lowered safely.
fn can_judge(fitted: Inputs) -> bool {
    fitted.has(Input::ArmUpLimit) && fitted.has(Input::ArmDownLimit) && fitted.any(Inputs::ZONE)
}
