//! What the daemon knows of itself → one value: devices and parts, each with its figures and how
//! urgent it is. Asks nothing and judges no vehicle.

use device_codecs::Rejects;
use domain::device::DegradedDeclaration;
use domain::id::{DeviceId, LaneId};
use domain::ledger_row::LedgerRevision;
use domain::policy::Policy;
use domain::time::{Now, Timestamp};
use store::journal::Status;

use super::disk::{DiskError, DiskRoom};
use super::level::{self, Level};
use super::names;
use super::parts::{
    CertificatesPart, ClockPart, DegradedLine, DeviceLine, DiskPart, HealthView, JournalPart,
    LedgerPart, LinkLine, PolicyPart, RegionPart, RejectLine,
};
use super::rates::{FrameRates, Rate};
use crate::dashboard::statistics::device_kind;
use crate::health::{DeviceHealth, DownlinkHealth, Health};

/// Everything that a look at the gate takes in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look<'l> {
    /// Devices, links, uplink, downlink, policy, as the tasks tell.
    pub(crate) health: &'l Health,
    /// The journal.
    pub(crate) journal: &'l Status,
    /// The disk under the gate's directory.
    pub(crate) disk: &'l Result<DiskRoom, DiskError>,
    /// The ledger held here, if there is one.
    pub(crate) ledger: Option<LedgerRevision>,
    /// The policy in force.
    pub(crate) policy: &'l Policy,
    /// Degraded modes that have not ended, by lane.
    pub(crate) degraded: &'l [(LaneId, DegradedDeclaration)],
    /// A link to the region is configured.
    pub(crate) has_region: bool,
    /// Both times of the look.
    pub(crate) now: Now,
}

impl HealthView {
    /// The gate's state at one look; `rates` keeps the counters for the next.
    #[must_use]
    pub(crate) fn new(look: &Look<'_>, rates: &mut FrameRates) -> Self {
        let now = look.now.utc.at;
        let known = look.health.devices();
        let rates = rates.look(&known, look.now.mono);
        let devices: Vec<DeviceLine> = known
            .iter()
            .map(|(id, health)| device(id, health, rates.get(id), now))
            .collect();
        let down = look.health.downlink_now();
        let mut view = Self {
            at: now.to_string(),
            level: Level::Good,
            clock: ClockPart {
                source: names::source(look.now.utc.source),
                level: level::clock(look.now.utc.source),
            },
            disk: disk(look),
            journal: journal(look),
            ledger: ledger(look, &down),
            region: region(look, &down),
            certificates: certificates(&down, now),
            policy: policy(look),
            degraded: look
                .degraded
                .iter()
                .map(|(lane, mode)| degraded(lane, mode, now))
                .collect(),
            links: links(look),
            devices,
        };
        view.level = view.worst();
        view
    }

    fn worst(&self) -> Level {
        let parts = [
            self.clock.level,
            self.disk.level,
            self.journal.level,
            self.ledger.level,
            self.region.level,
            self.certificates.level,
            self.policy.level,
        ];
        let devices = self.devices.iter().map(|line| line.level);
        let degraded = self.degraded.iter().map(|line| line.level);
        let all = parts.into_iter().chain(devices).chain(degraded);
        all.max().unwrap_or(Level::Good)
    }
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn device(id: &DeviceId, health: &DeviceHealth, rate: Option<&Rate>, now: Timestamp) -> DeviceLine {
    DeviceLine {
        device: id.to_string(),
        kind: device_kind(health.kind),
        state: names::state(health.state),
        symbol: names::symbol(health.state),
        level: level::device(health.state, rate),
        cause: health.cause.clone(),
        last_frame: health.last_frame.map(|at| at.to_string()),
        last_frame_age_s: health.last_frame.map(|at| now.since(at).as_secs()),
        frames: health.readings,
        frames_per_min: rate.map(|rate| tenths(rate.frames_per_min)),
        rejected: health.rejected,
        rejected_per_min: rate.map(|rate| tenths(rate.rejected_per_min)),
        rejects: rejects(&health.rejects),
    }
}

fn rejects(rejects: &Rejects) -> Vec<RejectLine> {
    rejects
        .iter()
        .map(|(reason, count)| RejectLine {
            reason: names::reject(reason),
            count,
        })
        .collect()
}

fn disk(look: &Look<'_>) -> DiskPart {
    let room = look.disk.as_ref().ok().copied();
    let may_grow_bytes = look.journal.quota_bytes.saturating_sub(look.journal.bytes);
    DiskPart {
        free_bytes: room.map(|room| room.free_bytes),
        size_bytes: room.map(|room| room.size_bytes),
        cause: look.disk.as_ref().err().map(ToString::to_string),
        level: level::disk(room, may_grow_bytes),
    }
}

fn journal(look: &Look<'_>) -> JournalPart {
    let status = look.journal;
    let records = (status.durable_sequence + 1).saturating_sub(status.first_sequence);
    let kept = status
        .durable_sequence
        .saturating_sub(status.acknowledged)
        .min(records);
    let used_permille = status
        .bytes
        .saturating_mul(1_000)
        .checked_div(status.quota_bytes);
    // Records are about as long as each other: their share is the share of the bytes.
    let kept_permille = used_permille
        .unwrap_or(1_000)
        .saturating_mul(kept)
        .checked_div(records)
        .unwrap_or(0);
    let failure = look
        .health
        .journal_failure()
        .or_else(|| status.failed.clone());
    JournalPart {
        records,
        first_sequence: status.first_sequence,
        durable_sequence: status.durable_sequence,
        waiting: status.waiting as u64,
        bytes: status.bytes,
        quota_bytes: status.quota_bytes,
        kept_permille,
        level: level::journal(failure.is_some(), kept_permille, status.waiting),
        failure,
    }
}

fn ledger(look: &Look<'_>, down: &DownlinkHealth) -> LedgerPart {
    let now = look.now.utc.at;
    let age_s = look.ledger.map(|held| now.since(held.synced_at).as_secs());
    let stale_after_s = look.policy.ledger_stale_after_s;
    LedgerPart {
        revision: look.ledger.map(|held| held.revision),
        synced_at: look.ledger.map(|held| held.synced_at.to_string()),
        age_s,
        stale_after_s,
        is_forked: down.ledger_forked,
        takes_snapshot: down.takes_snapshot,
        level: level::ledger(age_s, stale_after_s, down.ledger_forked),
    }
}

fn region(look: &Look<'_>, down: &DownlinkHealth) -> RegionPart {
    let up = look.health.uplink_now();
    let of_link = level::region(up.connected, up.backlog_age_s, up.forked);
    RegionPart {
        is_configured: look.has_region,
        is_connected: up.connected,
        broker: up.broker,
        acknowledged: up.acknowledged,
        backlog: up.backlog,
        backlog_age_s: up.backlog_age_s,
        is_forked: up.forked,
        last_error: up.last_error,
        refused: down.refused,
        last_refusal: down.last_refusal.clone(),
        region_key: down.region_key.clone(),
        level: if look.has_region {
            of_link
        } else {
            Level::Good
        },
    }
}

fn certificates(down: &DownlinkHealth, now: Timestamp) -> CertificatesPart {
    let left_days = down
        .certificates_until
        .map(|until| level::days_left(until, now));
    CertificatesPart {
        until: down.certificates_until.map(|until| until.to_string()),
        left_days,
        level: level::certificate(left_days),
    }
}

fn policy(look: &Look<'_>) -> PolicyPart {
    let told = look.health.policy_now();
    PolicyPart {
        version: look.policy.version.to_string(),
        refused: told.refused,
        last_refusal: told.last_refusal,
        level: level::refused(told.refused),
    }
}

fn degraded(lane: &LaneId, mode: &DegradedDeclaration, now: Timestamp) -> DegradedLine {
    DegradedLine {
        lane: lane.to_string(),
        mode: names::degraded(mode.mode),
        declared_by: mode.declared_by.to_string(),
        reason: mode.reason.clone(),
        until: mode.until.to_string(),
        left_s: mode.until.since(now).as_secs(),
        level: level::degraded(mode.until, now),
    }
}

fn links(look: &Look<'_>) -> Vec<LinkLine> {
    let line = |(name, link): (String, crate::health::LinkHealth)| LinkLine {
        name,
        state: link.state,
        taken: link.taken,
        refused: link.refused,
        last_error: link.last_error,
    };
    look.health.links().into_iter().map(line).collect()
}
