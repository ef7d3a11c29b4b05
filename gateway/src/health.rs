//! What the daemon knows of its own state: devices, backlog, journal. Written by every task,
//! read by the dashboard and the log; never by a rule.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use device_codecs::Rejects;
use domain::device::{DeviceKind, DeviceState, DeviceStatus};
use domain::id::DeviceId;
use domain::time::Timestamp;

/// State of one device.
#[derive(Debug, Clone)]
pub struct DeviceHealth {
    /// Kind.
    pub kind: DeviceKind,
    /// State.
    pub state: DeviceState,
    /// Cause of a state that is not live.
    pub cause: String,
    /// Last valid frame.
    pub last_frame: Option<Timestamp>,
    /// Readings decoded since start.
    pub readings: u64,
    /// Frames rejected since start.
    pub rejected: u64,
    /// The same by reason, where the line's format has reasons.
    pub rejects: Rejects,
}

/// State of the link to the region.
#[derive(Debug, Clone, Default)]
pub struct UplinkHealth {
    /// Connected to the broker.
    pub connected: bool,
    /// The broker in use, or tried: `host:port`.
    pub broker: String,
    /// Last sequence that the region has acknowledged.
    pub acknowledged: u64,
    /// Events recorded and not acknowledged.
    pub backlog: u64,
    /// Age of the oldest of them in seconds.
    pub backlog_age_s: u64,
    /// The region's chain differs from ours.
    pub forked: bool,
    /// Last error in words.
    pub last_error: String,
}

/// State of a link to a customs gate of others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkHealth {
    /// In words.
    pub state: String,
    /// Messages taken since start.
    pub taken: u64,
    /// Messages and connections refused since start.
    pub refused: u64,
    /// Why the last one was.
    pub last_error: String,
}

/// What came down from the region.
#[derive(Debug, Clone, Default)]
pub struct DownlinkHealth {
    /// Messages that were not taken since start.
    pub refused: u64,
    /// The last of them in words.
    pub last_refusal: String,
    /// The region's key, its first digits.
    pub region_key: String,
    /// Until when the key before it is believed.
    pub former_key_until: Option<Timestamp>,
    /// End of this gate's certificate, or of the broker's root if that is earlier.
    pub certificates_until: Option<Timestamp>,
    /// Rows of a snapshot are coming in.
    pub takes_snapshot: bool,
    /// The ledger held here is not the region's.
    pub ledger_forked: bool,
}

/// The policy that lanes judge by.
#[derive(Debug, Clone, Default)]
pub struct PolicyHealth {
    /// Its version.
    pub version: String,
    /// Policies of the region that were not taken since start.
    pub refused: u64,
    /// Why the last one was not.
    pub last_refusal: String,
}

#[derive(Debug, Default)]
struct State {
    links: BTreeMap<String, LinkHealth>,
    devices: BTreeMap<DeviceId, DeviceHealth>,
    uplink: UplinkHealth,
    downlink: DownlinkHealth,
    policy: PolicyHealth,
    journal_failed: Option<String>,
}

/// Shared health of the daemon.
#[derive(Debug, Clone, Default)]
pub struct Health(Arc<Mutex<State>>);

impl Health {
    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while holding the lock leaves plain values behind: they stay usable.
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Records a change of a device.
    pub fn device(&self, status: &DeviceStatus) {
        let mut state = self.state();
        let entry = state
            .devices
            .entry(status.device.clone())
            .or_insert_with(|| DeviceHealth {
                kind: status.kind,
                state: status.state,
                cause: String::new(),
                last_frame: None,
                readings: 0,
                rejected: 0,
                rejects: Rejects::default(),
            });
        entry.kind = status.kind;
        entry.state = status.state;
        entry.cause.clone_from(&status.cause);
        entry.last_frame = status.last_frame.or(entry.last_frame);
        entry.rejected = status.rejected_frames;
    }

    /// Counts what arrived from a device.
    pub fn frames(&self, device: &DeviceId, readings: u64, rejected: u64, at: Timestamp) {
        if let Some(entry) = self.state().devices.get_mut(device) {
            entry.readings += readings;
            entry.rejected = rejected;
            if readings > 0 {
                entry.last_frame = Some(at);
            }
        }
    }

    /// What a device's decoder has refused since start, by reason.
    pub fn rejects(&self, device: &DeviceId, rejects: Rejects) {
        if let Some(entry) = self.state().devices.get_mut(device) {
            entry.rejects = rejects;
        }
    }

    /// Changes the uplink's state.
    pub fn uplink(&self, change: impl FnOnce(&mut UplinkHealth)) {
        change(&mut self.state().uplink);
    }

    /// Changes a link.
    pub fn link(&self, name: &str, change: impl FnOnce(&mut LinkHealth)) {
        let mut state = self.state();
        if let Some(link) = state.links.get_mut(name) {
            change(link);
        } else {
            change(state.links.entry(name.to_owned()).or_default());
        }
    }

    /// Links and their states.
    #[must_use]
    pub fn links(&self) -> BTreeMap<String, LinkHealth> {
        self.state().links.clone()
    }

    /// Changes the downlink's state.
    pub fn downlink(&self, change: impl FnOnce(&mut DownlinkHealth)) {
        change(&mut self.state().downlink);
    }

    /// A message of the region was not taken.
    pub fn refused(&self, what: &str) {
        self.downlink(|down| {
            down.refused += 1;
            what.clone_into(&mut down.last_refusal);
        });
    }

    /// Changes the policy's state.
    pub fn policy(&self, change: impl FnOnce(&mut PolicyHealth)) {
        change(&mut self.state().policy);
    }

    /// The journal took nothing.
    pub fn journal_failed(&self, cause: &str) {
        self.state().journal_failed = Some(cause.to_owned());
    }

    /// The journal made a record durable.
    pub fn journal_works(&self) {
        self.state().journal_failed = None;
    }

    /// Devices and their states.
    #[must_use]
    pub fn devices(&self) -> BTreeMap<DeviceId, DeviceHealth> {
        self.state().devices.clone()
    }

    /// Uplink.
    #[must_use]
    pub fn uplink_now(&self) -> UplinkHealth {
        self.state().uplink.clone()
    }

    /// Downlink.
    #[must_use]
    pub fn downlink_now(&self) -> DownlinkHealth {
        self.state().downlink.clone()
    }

    /// Policy.
    #[must_use]
    pub fn policy_now(&self) -> PolicyHealth {
        self.state().policy.clone()
    }

    /// Why the journal takes nothing, if it does not.
    #[must_use]
    pub fn journal_failure(&self) -> Option<String> {
        self.state().journal_failed.clone()
    }
}
