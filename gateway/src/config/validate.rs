//! Written configuration → validated configuration; collects every problem before giving up.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::device::DeviceKind;
use domain::gate_pass::{Direction, Stage};
use domain::id::{GateAddress, GateId, LaneId, PremisesId, RegionId};
use domain::mass::Mass;
use domain::operator::LaneMode;
use domain::time::Timestamp;
use passage::config::{LaneConfig, LaneDevice, LaneTimings, ScaleConfig};

use super::customs;
use super::dashboard::dashboard;
use super::device::device;
use super::document::{Document, LaneSection, ScaleSection, TimingsSection, VisionSection};
use super::locate::line_of_key;
use super::uplink::uplink;
use super::{ClockSource, Config, LaneSetup, StoreEngine, VisionConfig};

/// One problem of a configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line, from 1.
    pub line: usize,
    /// Key, such as `lane[0].device[1].tcp`; empty for a syntax error.
    pub key: String,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub way_out: String,
}

pub(super) struct Collector<'t> {
    text: &'t str,
    base: &'t Path,
    problems: Vec<Problem>,
}

impl<'t> Collector<'t> {
    pub(super) fn new(text: &'t str, base: &'t Path) -> Self {
        Self {
            text,
            base,
            problems: Vec::new(),
        }
    }

    #[cfg(test)]
    pub(super) fn problems(&self) -> &[Problem] {
        &self.problems
    }

    pub(super) fn report(&mut self, key: &str, what: impl ToString, way_out: impl ToString) {
        self.problems.push(Problem {
            line: line_of_key(self.text, key),
            key: key.to_owned(),
            what: what.to_string(),
            way_out: way_out.to_string(),
        });
    }

    pub(super) fn keep<T, E: ToString>(
        &mut self,
        key: &str,
        parsed: Result<T, E>,
        way_out: &str,
    ) -> Option<T> {
        parsed
            .map_err(|error| self.report(key, error, way_out))
            .ok()
    }

    pub(super) fn path(&self, path: PathBuf) -> PathBuf {
        if path.is_absolute() {
            path
        } else {
            self.base.join(path)
        }
    }

    pub(super) fn bounded(&mut self, key: &str, value: u64, min: u64, max: u64) -> u64 {
        if !(min..=max).contains(&value) {
            let way_out = format!("choose a value from {min} to {max}");
            self.report(key, format!("{value} is out of bounds"), way_out);
        }
        value.clamp(min, max)
    }
}

#[expect(clippy::too_many_lines, reason = "one section after the other")]
pub(super) fn validate(
    document: Document,
    text: &str,
    base: &Path,
) -> Result<Config, Vec<Problem>> {
    let mut c = Collector::new(text, base);
    let short = "use at most 16 characters without / + #";
    let region = c.keep("gate.region", RegionId::parse(&document.gate.region), short);
    let premises = c.keep(
        "gate.premises",
        PremisesId::parse(&document.gate.premises),
        short,
    );
    let gate = c.keep("gate.gate", GateId::parse(&document.gate.gate), short);
    let address = match (region, premises, gate) {
        (Some(region), Some(premises), Some(gate)) => Some(GateAddress {
            region,
            premises,
            gate,
        }),
        _ => None,
    };
    let segment_mib = c.bounded(
        "gate.segment_mib",
        document.gate.segment_mib.unwrap_or(16),
        1,
        256,
    );
    let journal_mib = c.bounded(
        "gate.journal_max_mib",
        document.gate.journal_max_mib.unwrap_or(16_384),
        3,
        1 << 20,
    );
    let store = match document.ledger.and_then(|l| l.store).as_deref() {
        None | Some("sled") => StoreEngine::Sled,
        Some("redb") => StoreEngine::Redb,
        Some(other) => {
            c.report(
                "ledger.store",
                format!("unknown engine {other:?}"),
                "write sled or redb",
            );
            StoreEngine::Sled
        }
    };
    let clock = match document.clock.as_ref().map(|clock| clock.source.as_str()) {
        Some("ntp") => ClockSource::Ntp,
        Some("gnss") => ClockSource::Gnss,
        None | Some("none") => ClockSource::None,
        Some(other) => {
            c.report(
                "clock.source",
                format!("unknown source {other:?}"),
                "write ntp, gnss or none",
            );
            ClockSource::None
        }
    };
    let vision = vision(&mut c, document.vision.unwrap_or_default());
    let uplink = document.uplink.and_then(|section| uplink(&mut c, section));
    let dashboard = document
        .dashboard
        .and_then(|section| dashboard(&mut c, section));
    let customs_gate = document
        .customs_gate
        .and_then(|section| customs::gate(&mut c, section));
    if document.lanes.is_empty() {
        c.report("lane", "no lane is configured", "add a [[lane]] section");
    }
    let mut lanes = Vec::new();
    if let Some(address) = &address {
        let mut names = BTreeSet::new();
        for (i, section) in document.lanes.into_iter().enumerate() {
            lanes.extend(lane(&mut c, i, section, address, &mut names));
        }
    }
    customs::agree(&mut c, customs_gate.as_ref(), &lanes);
    if !c.problems.is_empty() {
        c.problems.sort_by_key(|p| p.line);
        return Err(c.problems);
    }
    Ok(Config {
        gate: address.expect("a missing address is a problem reported above"),
        directory: c.path(document.gate.directory),
        signing_key_file: c.path(document.gate.signing_key_file),
        former_public_key_files: document
            .gate
            .former_public_key_files
            .into_iter()
            .map(|file| c.path(file))
            .collect(),
        region_key_file: c.path(document.gate.region_key_file),
        policy_file: c.path(document.gate.policy_file),
        journal_bytes_max: journal_mib << 20,
        segment_bytes: segment_mib << 20,
        store,
        uplink,
        clock,
        vision,
        dashboard,
        customs_gate,
        lanes,
    })
}

fn vision(c: &mut Collector<'_>, section: VisionSection) -> VisionConfig {
    let mut number = |key: &str, value: Option<u64>, default: u64, min: u64, max: u64| {
        c.bounded(&format!("vision.{key}"), value.unwrap_or(default), min, max)
    };
    let threads = number("threads", section.threads, 1, 1, 16);
    let queue = number("queue", section.queue, 16, 1, 256);
    let late_after_ms = number("late_after_ms", section.late_after_ms, 4_000, 200, 60_000);
    let pictures_mib = number(
        "pictures_max_mib",
        section.pictures_max_mib,
        4_096,
        256,
        1 << 20,
    );
    VisionConfig {
        models: section.models_folder.map(|path| c.path(path)),
        library: section.library_file.map(|path| {
            if path.as_os_str() == "none" {
                path
            } else {
                c.path(path)
            }
        }),
        threads: usize::try_from(threads).expect("bounded to 16"),
        queue: usize::try_from(queue).expect("bounded to 256"),
        late_after: Duration::from_millis(late_after_ms),
        pictures_bytes_max: pictures_mib << 20,
    }
}

#[expect(clippy::too_many_lines, reason = "one key after the other")]
fn lane(
    c: &mut Collector<'_>,
    i: usize,
    section: LaneSection,
    gate: &GateAddress,
    names: &mut BTreeSet<String>,
) -> Option<LaneSetup> {
    let key = |name: &str| format!("lane[{i}].{name}");
    let lane = c.keep(
        &key("id"),
        LaneId::parse(&section.id),
        "use at most 16 characters",
    )?;
    if !names.insert(format!("lane {lane}")) {
        c.report(
            &key("id"),
            format!("lane {lane} is there twice"),
            "give every lane its own id",
        );
    }
    let direction = match section.direction.as_str() {
        "entry" => Direction::Entry,
        "exit" => Direction::Exit,
        other => {
            c.report(
                &key("direction"),
                format!("unknown direction {other:?}"),
                "write entry or exit",
            );
            Direction::Entry
        }
    };
    let mode = match section.mode.as_deref() {
        None | Some("live") => LaneMode::Live,
        Some("advisory") => LaneMode::Advisory,
        Some("shadow") => LaneMode::Shadow,
        Some("closed") => LaneMode::Closed,
        Some(other) => {
            let way_out = "write live, advisory, shadow or closed";
            c.report(&key("mode"), format!("unknown mode {other:?}"), way_out);
            LaneMode::Closed
        }
    };
    let verified_until = section.scale.as_ref().and_then(|scale| {
        let raw = scale.verified_until.as_deref()?;
        c.keep(
            &key("scale.verified_until"),
            Timestamp::parse(raw),
            "write 2027-03-01T00:00:00Z",
        )
    });
    let scale = section
        .scale
        .as_ref()
        .map(|scale| scale_config(c, &key("scale"), scale));
    let mut devices = Vec::new();
    for (d, device_section) in section.devices.into_iter().enumerate() {
        devices.extend(device(
            c,
            &format!("lane[{i}].device[{d}]"),
            device_section,
            verified_until,
        ));
    }
    for device in &devices {
        if !names.insert(format!("device {}", device.id)) {
            let what = format!("device {} is there twice", device.id);
            c.report(
                &key("device"),
                what,
                "give every device of the gate its own id",
            );
        }
    }
    let front_end = section
        .front_end
        .and_then(|section| customs::front_end(c, &key("front_end"), section));
    let back_end = section
        .back_end
        .and_then(|section| customs::back_end(c, &key("back_end"), section));
    let start = match &front_end {
        Some(_) => customs::timings(),
        None => LaneTimings::default(),
    };
    let mut timings = timings(c, &key("timings"), section.timings, start);
    let mut all: Vec<LaneDevice> = devices
        .iter()
        .map(|d| LaneDevice {
            id: d.id.clone(),
            kind: d.kind,
        })
        .collect();
    if let Some(front_end) = &front_end {
        all.extend(customs::devices_of(c, &key("id"), &lane, front_end));
    }
    if let Some(back_end) = &back_end {
        // The ledger's answer waits for the back end's; an answer that is late is one that holds.
        timings.ledger = timings.ledger.max(back_end.answer + Duration::from_secs(1));
    }
    let controllers = all
        .iter()
        .filter(|d| d.kind == DeviceKind::GateController)
        .count();
    if controllers != 1 {
        let what = format!("a lane has exactly one gate_controller, this one has {controllers}");
        c.report(
            &key("device"),
            what,
            "add or remove a [[lane.device]] of kind gate_controller; a lane with [lane.front_end] \
             has that front end's",
        );
    }
    if scale.is_none() && all.iter().any(|d| d.kind == DeviceKind::Weighbridge) {
        c.report(
            &key("scale"),
            "a weighbridge needs a [lane.scale] section",
            "give division_kg, zero_band_kg and vehicle_min_kg from the scale's plate",
        );
    }
    Some(LaneSetup {
        lane: LaneConfig {
            gate: gate.clone(),
            lane,
            direction,
            mode,
            stage: (direction == Direction::Entry).then_some(Stage::Entry),
            devices: all,
            scale,
            timings,
            bay_beyond_arm: section.bay_beyond_arm,
        },
        devices,
        verified_until,
        front_end,
        back_end,
    })
}

fn scale_config(c: &mut Collector<'_>, key: &str, section: &ScaleSection) -> ScaleConfig {
    let mut kg = |name: &str, value: i64, max: u64| {
        let value = u64::try_from(value).unwrap_or(0);
        let bounded = c.bounded(&format!("{key}.{name}"), value, 1, max);
        Mass::from_kg(i64::try_from(bounded).expect("bounded well below the limit"))
    };
    let division = kg("division_kg", section.division_kg, 100);
    let zero_band = kg("zero_band_kg", section.zero_band_kg, 500);
    let vehicle_min = kg("vehicle_min_kg", section.vehicle_min_kg, 10_000);
    let frames = u64::from(section.stable_frames.unwrap_or(5));
    let frames = c.bounded(&format!("{key}.stable_frames"), frames, 3, 200);
    let stable = c.bounded(
        &format!("{key}.stable_for_ms"),
        section.stable_for_ms.unwrap_or(1_000),
        200,
        10_000,
    );
    ScaleConfig {
        division,
        zero_band,
        vehicle_min,
        stable_frames: u16::try_from(frames).expect("bounded to 200"),
        stable_for: Duration::from_millis(stable),
        silence: Duration::from_secs(3),
    }
}

fn timings(
    c: &mut Collector<'_>,
    key: &str,
    section: Option<TimingsSection>,
    start: LaneTimings,
) -> LaneTimings {
    let mut timings = start;
    let Some(section) = section else {
        return timings;
    };
    let fields = [
        ("identify_ms", section.identify_ms, &mut timings.identify),
        ("weigh_ms", section.weigh_ms, &mut timings.weigh),
        ("collect_ms", section.collect_ms, &mut timings.collect),
        ("ledger_ms", section.ledger_ms, &mut timings.ledger),
        ("record_ms", section.record_ms, &mut timings.record),
        ("arm_rise_ms", section.arm_rise_ms, &mut timings.arm_rise),
        ("leave_ms", section.leave_ms, &mut timings.leave),
        (
            "review_acknowledge_ms",
            section.review_acknowledge_ms,
            &mut timings.review_acknowledge,
        ),
        (
            "review_cap_ms",
            section.review_cap_ms,
            &mut timings.review_cap,
        ),
        (
            "trailer_gap_ms",
            section.trailer_gap_ms,
            &mut timings.trailer_gap,
        ),
        (
            "gate_silence_ms",
            section.gate_silence_ms,
            &mut timings.gate_silence,
        ),
        (
            "loop_stuck_ms",
            section.loop_stuck_ms,
            &mut timings.loop_stuck,
        ),
    ];
    for (name, value, field) in fields {
        if let Some(value) = value {
            let value = c.bounded(&format!("{key}.{name}"), value, 10, 86_400_000);
            *field = Duration::from_millis(value);
        }
    }
    timings
}
