//! What stands in the lane and in which state: device states as they were last told, degraded
//! modes as long as they are in force. What follows from them is for the rules.

use std::collections::BTreeMap;

use domain::device::{DegradedDeclaration, DegradedMode, DeviceState, DeviceStatus};
use domain::id::DeviceId;
use domain::policy::Policy;
use domain::time::{Timestamp, UtcTime};

use crate::config::LaneDevice;

/// Devices and degraded modes of a lane.
#[derive(Debug, Clone)]
pub(crate) struct Fitting {
    devices: BTreeMap<DeviceId, DeviceStatus>,
    degraded: BTreeMap<DegradedMode, DegradedDeclaration>,
}

/// Why a degraded mode was not declared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DeclareError {
    #[error("the declaration ends before now")]
    Over,
    #[error("declared for {asked_s} s, at most {limit_s} s are allowed")]
    TooLong { asked_s: u64, limit_s: u32 },
}

impl Fitting {
    /// Every configured device, not heard of yet.
    pub(crate) fn new(devices: &[LaneDevice]) -> Self {
        let unheard = |device: &LaneDevice| DeviceStatus {
            device: device.id.clone(),
            kind: device.kind,
            state: DeviceState::Lost,
            cause: "not heard of since start".to_owned(),
            last_frame: None,
            rejected_frames: 0,
            verified_until: None,
        };
        Self {
            devices: devices
                .iter()
                .map(|device| (device.id.clone(), unheard(device)))
                .collect(),
            degraded: BTreeMap::new(),
        }
    }

    /// Takes a change; whether the state is another than before. A device that the lane was not
    /// told of is no device of the lane.
    pub(crate) fn take(&mut self, status: DeviceStatus) -> bool {
        let Some(known) = self.devices.get_mut(&status.device) else {
            return false;
        };
        let changed = known.state != status.state;
        *known = status;
        changed
    }

    pub(crate) fn devices(&self) -> Vec<DeviceStatus> {
        self.devices.values().cloned().collect()
    }

    pub(crate) fn declare(
        &mut self,
        declaration: &DegradedDeclaration,
        policy: &Policy,
        now: UtcTime,
    ) -> Result<(), DeclareError> {
        if declaration.until <= now.at {
            return Err(DeclareError::Over);
        }
        let asked_s = declaration.until.since(now.at).as_secs();
        if asked_s > u64::from(policy.degraded_max_s) {
            return Err(DeclareError::TooLong {
                asked_s,
                limit_s: policy.degraded_max_s,
            });
        }
        self.degraded.insert(declaration.mode, declaration.clone());
        Ok(())
    }

    /// Takes a declaration over that was checked when it was made, also one whose time is over.
    pub(crate) fn restore(&mut self, declaration: DegradedDeclaration) {
        self.degraded.insert(declaration.mode, declaration);
    }

    /// Ends a mode; `false` if it was not in force.
    pub(crate) fn end(&mut self, mode: DegradedMode) -> bool {
        self.degraded.remove(&mode).is_some()
    }

    /// Takes out the modes whose time is over.
    pub(crate) fn expired(&mut self, now: Timestamp) -> Vec<DegradedMode> {
        let over: Vec<DegradedMode> = self
            .degraded
            .values()
            .filter(|declaration| declaration.until <= now)
            .map(|declaration| declaration.mode)
            .collect();
        for mode in &over {
            self.degraded.remove(mode);
        }
        over
    }

    pub(crate) fn degraded(&self) -> Vec<DegradedDeclaration> {
        self.degraded.values().cloned().collect()
    }

    pub(crate) fn next_expiry(&self) -> Option<Timestamp> {
        self.degraded
            .values()
            .map(|declaration| declaration.until)
            .min()
    }
}
