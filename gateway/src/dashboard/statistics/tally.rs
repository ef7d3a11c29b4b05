//! Events in the order of the journal → counts by hour, of a bounded number of hours. Reads no
//! clock: time passes by events, or when somebody says that it has.
//!
//! Takes the journal's own events, not those that stand for its pruned part
//! ([`crate::carried`]): their times are not when anything happened.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::device::{DeviceKind, DeviceState, DeviceStatus};
use domain::event::{Event, EventBody};
use domain::time::Timestamp;

use super::hour::{HOURS_MAX, Hour, HourNumber, Verdicts, by_hour};
use super::passages::Open;
use super::roll::{OTHERS, Roll};

/// Lanes with a count of their own; a gate has fewer.
const LANES_MAX: u16 = 64;
/// Devices with a count of their own.
const DEVICES_MAX: u16 = 512;
/// People with a count of their own.
const USERS_MAX: u16 = 1_000;
/// Records of several tasks may overtake each other by less than this.
const BACK_MAX: Duration = Duration::from_secs(60);
/// A longer time without any event was not watched: the clock jumped.
const GAP_MAX: Duration = Duration::from_secs(7 * 86_400);

/// What is known of one device.
#[derive(Debug, Clone, Copy)]
struct Watched {
    kind: DeviceKind,
    state: DeviceState,
    since: Timestamp,
    /// After a start nothing is said of a device until it changes. If it never does, it may have
    /// been taken out: its time counts only once it speaks.
    is_confirmed: bool,
}

/// What stands now, and what has been decided since the first event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Standing {
    /// Vehicles in lanes.
    pub(crate) open_passages: u64,
    /// Holds that wait for somebody.
    pub(crate) open_holds: u64,
    /// First verdicts since the first event; never fewer.
    pub(crate) decided: Verdicts,
}

/// Counts by hour.
#[derive(Debug, Clone)]
pub(crate) struct Tally {
    pub(super) hours: BTreeMap<HourNumber, Hour>,
    pub(super) lanes: Roll,
    pub(super) devices: Roll,
    pub(super) users: Roll,
    pub(super) open: BTreeMap<u16, Open>,
    pub(super) decided: Verdicts,
    watched: BTreeMap<u16, Watched>,
    queue_since: Timestamp,
    known_from: Option<Timestamp>,
    last_at: Option<Timestamp>,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            hours: BTreeMap::new(),
            lanes: Roll::new(LANES_MAX),
            devices: Roll::new(DEVICES_MAX),
            users: Roll::new(USERS_MAX),
            open: BTreeMap::new(),
            decided: Verdicts::default(),
            watched: BTreeMap::new(),
            queue_since: Timestamp::MIN,
            known_from: None,
            last_at: None,
        }
    }
}

impl Tally {
    /// Takes the next event of the journal.
    pub(crate) fn take(&mut self, event: &Event) {
        let is_start = matches!(event.body, EventBody::GatewayStarted { .. });
        let now = self.flow(event.at.at, is_start);
        match &event.body {
            EventBody::PassageOpened
            | EventBody::PassageDecided(_)
            | EventBody::HoldCleared { .. }
            | EventBody::SentToBay { .. }
            | EventBody::PassageEnded { .. } => self.passage(event, now),
            EventBody::ReviewEscalated { .. } => self.hour(event.at.at).escalated += 1,
            EventBody::Breached { breach, .. } => {
                let hour = self.hour(event.at.at);
                *hour.breaches.entry(*breach).or_default() += 1;
            }
            EventBody::FaultFound { fault, .. } => {
                let hour = self.hour(event.at.at);
                *hour.faults.entry(*fault).or_default() += 1;
            }
            EventBody::DeviceChanged(status) => self.device(status, now),
            EventBody::GatewayStarted { .. }
            | EventBody::GatewayStopped
            | EventBody::PolicyAdopted(_)
            | EventBody::LedgerAdvanced { .. }
            | EventBody::DirectiveReceived(_)
            | EventBody::LedgerImported { .. }
            | EventBody::ReviewAcknowledged { .. }
            | EventBody::ReleaseWithdrawn { .. }
            | EventBody::RaiseCommanded { .. }
            | EventBody::ArmRaised
            | EventBody::ArmLowered
            | EventBody::FaultCleared { .. }
            | EventBody::ControllerReset { .. }
            | EventBody::Operated(_)
            | EventBody::LaneModeChanged { .. }
            | EventBody::DegradedDeclared(_)
            | EventBody::DegradedEnded { .. }
            | EventBody::ClockChanged { .. }
            | EventBody::VisitStageReported { .. }
            | EventBody::UplinkForked { .. }
            | EventBody::PolicyRefused { .. }
            | EventBody::RegionKeyAdopted { .. }
            | EventBody::SigningKeyAnnounced { .. }
            | EventBody::AccountActed(_)
            // Silent ones must not be told from their count.
            | EventBody::WatchlistHit { .. } => {}
        }
        self.trim();
    }

    /// Time has passed without an event: holds stand and devices live until `now`.
    pub(crate) fn elapse(&mut self, now: Timestamp) {
        if self.last_at.is_some() {
            let now = self.flow(now, false);
            self.settle(now);
            self.trim();
        }
    }

    /// What stands now.
    #[must_use]
    pub(crate) fn standing(&self) -> Standing {
        Standing {
            open_passages: self.open.len() as u64,
            open_holds: self.open_holds(),
            decided: self.decided,
        }
    }

    /// From when on the counts are whole; `None` before the first event.
    #[must_use]
    pub(crate) const fn known_from(&self) -> Option<Timestamp> {
        self.known_from
    }

    /// Kind of a device.
    pub(super) fn kind_of(&self, device: u16) -> Option<DeviceKind> {
        self.watched.get(&device).map(|watched| watched.kind)
    }

    pub(super) fn hour(&mut self, at: Timestamp) -> &mut Hour {
        self.hours.entry(HourNumber::of(at)).or_default()
    }

    /// Moves the time on; the moment up to which everything is watched. Breaks what was watched
    /// where the daemon did not run or the clock jumped.
    fn flow(&mut self, at: Timestamp, is_start: bool) -> Timestamp {
        let Some(last) = self.last_at else {
            self.known_from = Some(at);
            self.last_at = Some(at);
            self.queue_since = at;
            return at;
        };
        if is_start || last.since(at) > BACK_MAX || at.since(last) > GAP_MAX {
            self.settle(last);
            self.queue_since = at;
            for watched in self.watched.values_mut() {
                watched.since = at;
                if is_start {
                    watched.state = DeviceState::Lost;
                    watched.is_confirmed = false;
                }
            }
            self.last_at = Some(at);
            return at;
        }
        let now = at.max(last);
        if HourNumber::of(now) != HourNumber::of(last) {
            self.settle(now);
        }
        self.last_at = Some(now);
        now
    }

    /// Counts everything that was watched up to `now`.
    fn settle(&mut self, now: Timestamp) {
        self.settle_queue(now);
        for (device, watched) in &mut self.watched {
            if !watched.is_confirmed {
                continue;
            }
            count_uptime(&mut self.hours, *device, watched, now);
            watched.since = now;
        }
    }

    pub(super) fn settle_queue(&mut self, now: Timestamp) {
        let holds = self.open_holds();
        for (hour, ms) in by_hour(self.queue_since, now) {
            let hour = self.hours.entry(hour).or_default();
            hour.queue.stand(holds, ms);
        }
        self.queue_since = self.queue_since.max(now);
    }

    fn device(&mut self, status: &DeviceStatus, now: Timestamp) {
        let device = self.devices.number(status.device.as_str());
        if device == OTHERS {
            // States of several devices together are no state.
            return;
        }
        let next = Watched {
            kind: status.kind,
            state: status.state,
            since: now,
            is_confirmed: true,
        };
        let Some(before) = self.watched.insert(device, next) else {
            return;
        };
        count_uptime(&mut self.hours, device, &before, now);
        let was_live = before.state == DeviceState::Live;
        if was_live && status.state != DeviceState::Live {
            let hour = self.hour(now);
            hour.devices.entry(device).or_default().failures += 1;
        }
    }

    /// What has been watched and not counted yet.
    pub(super) fn pending(&self) -> BTreeMap<HourNumber, Hour> {
        let mut hours: BTreeMap<HourNumber, Hour> = BTreeMap::new();
        let Some(last) = self.last_at else {
            return hours;
        };
        let holds = self.open_holds();
        for (hour, ms) in by_hour(self.queue_since, last) {
            hours.entry(hour).or_default().queue.stand(holds, ms);
        }
        for (device, watched) in &self.watched {
            if watched.is_confirmed {
                count_uptime(&mut hours, *device, watched, last);
            }
        }
        hours
    }

    fn trim(&mut self) {
        while self.hours.len() > HOURS_MAX {
            self.hours.pop_first();
            let first = self.hours.keys().next().map(|hour| hour.start());
            self.known_from = self.known_from.max(first);
        }
    }
}

fn count_uptime(
    hours: &mut BTreeMap<HourNumber, Hour>,
    device: u16,
    watched: &Watched,
    now: Timestamp,
) {
    for (hour, ms) in by_hour(watched.since, now) {
        let hour = hours.entry(hour).or_default();
        let uptime = hour.devices.entry(device).or_default();
        uptime.seen_ms += ms;
        if watched.state == DeviceState::Live {
            uptime.live_ms += ms;
        }
    }
}
