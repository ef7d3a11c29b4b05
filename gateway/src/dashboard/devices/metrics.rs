//! The gate's own state and counts → Prometheus' text (0.0.4). Names begin with `kakou_gate_`, the
//! unit stands last.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _, prometheus_text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use super::parts::{DeviceLine, HealthView};
use crate::dashboard::statistics::Standing;

/// `Content-Type` of the text.
pub(crate) const CONTENT_TYPE: &str = prometheus_text::CONTENT_TYPE;
/// Reason of rejected frames where the line's format has none.
const UNSTATED: &str = "unstated";

/// The metrics of one look.
#[must_use]
pub(crate) fn metrics(view: &HealthView, standing: &Standing) -> String {
    let mut families = Families(Vec::new());
    families.devices(&view.devices);
    families.parts(view);
    families.lanes(standing);
    let mut registry = Registry::default();
    registry.register_collector(Box::new(families));
    let mut text = String::new();
    prometheus_text::encode(&mut text, &registry).expect("a string takes any text");
    text
}

/// A number of a family: a count only grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Number {
    Count(u64),
    Gauge(i64),
}

type Labels = Vec<(&'static str, String)>;

#[derive(Debug)]
struct Family {
    name: &'static str,
    help: &'static str,
    numbers: Vec<(Labels, Number)>,
}

/// Families in the order in which they are written.
#[derive(Debug)]
struct Families(Vec<Family>);

impl Collector for Families {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        for family in &self.0 {
            let Some((_, first)) = family.numbers.first() else {
                continue;
            };
            let kind = match first {
                Number::Count(_) => MetricType::Counter,
                Number::Gauge(_) => MetricType::Gauge,
            };
            let mut of_family = encoder.encode_descriptor(family.name, family.help, None, kind)?;
            for (labels, number) in &family.numbers {
                let one = of_family.encode_family(labels)?;
                match number {
                    Number::Count(count) => ConstCounter::new(*count).encode(one)?,
                    Number::Gauge(value) => ConstGauge::new(*value).encode(one)?,
                }
            }
        }
        Ok(())
    }
}

fn gauge(value: u64) -> Number {
    Number::Gauge(i64::try_from(value).unwrap_or(i64::MAX))
}

fn flag(is_set: bool) -> Number {
    Number::Gauge(i64::from(is_set))
}

impl Families {
    fn add(&mut self, name: &'static str, help: &'static str, numbers: Vec<(Labels, Number)>) {
        self.0.push(Family {
            name,
            help,
            numbers,
        });
    }

    /// A family of one number; of none, if it is not known.
    fn one(&mut self, name: &'static str, help: &'static str, number: Option<Number>) {
        let numbers = number.map(|number| (Labels::new(), number));
        self.add(name, help, numbers.into_iter().collect());
    }

    fn devices(&mut self, devices: &[DeviceLine]) {
        let each = |number: fn(&DeviceLine) -> Option<Number>| -> Vec<(Labels, Number)> {
            let known = devices.iter().filter_map(|line| {
                let labels = vec![
                    ("device", line.device.clone()),
                    ("kind", line.kind.code.to_owned()),
                ];
                Some((labels, number(line)?))
            });
            known.collect()
        };
        let up = each(|line| Some(flag(line.state.code == "live")));
        let ages = each(|line| line.last_frame_age_s.map(gauge));
        let frames = each(|line| Some(Number::Count(line.frames)));
        self.add("kakou_gate_device_up", "Whether the device is live.", up);
        self.add(
            "kakou_gate_device_last_frame_age_seconds",
            "Age of the last valid frame.",
            ages,
        );
        self.add(
            "kakou_gate_device_frames",
            "Readings since the daemon's start.",
            frames,
        );
        let rejects = devices.iter().flat_map(rejects_of).collect();
        self.add(
            "kakou_gate_device_rejects",
            "Frames rejected since the daemon's start, by reason.",
            rejects,
        );
    }

    fn parts(&mut self, view: &HealthView) {
        self.one(
            "kakou_gate_clock_synchronised",
            "Whether a source vouches for the clock.",
            Some(flag(view.clock.source.code != "unsynchronised")),
        );
        let disk = &view.disk;
        for (name, help, value) in [
            (
                "kakou_gate_disk_free_bytes",
                "Free on the disk under the gate's directory.",
                disk.free_bytes,
            ),
            (
                "kakou_gate_disk_size_bytes",
                "Size of the disk under the gate's directory.",
                disk.size_bytes,
            ),
            (
                "kakou_gate_journal_records",
                "Records of the journal on the disk.",
                Some(view.journal.records),
            ),
            (
                "kakou_gate_journal_waiting_records",
                "Records that wait for the journal's writer.",
                Some(view.journal.waiting),
            ),
            (
                "kakou_gate_journal_size_bytes",
                "Size of the journal.",
                Some(view.journal.bytes),
            ),
            (
                "kakou_gate_journal_quota_bytes",
                "What the journal may have.",
                Some(view.journal.quota_bytes),
            ),
            (
                "kakou_gate_ledger_revision",
                "Revision of the ledger held here.",
                view.ledger.revision,
            ),
            (
                "kakou_gate_ledger_age_seconds",
                "Time since the region vouched for the ledger.",
                view.ledger.age_s,
            ),
        ] {
            self.one(name, help, value.map(gauge));
        }
        self.one(
            "kakou_gate_journal_works",
            "Whether the journal takes records.",
            Some(flag(view.journal.failure.is_none())),
        );
        self.one(
            "kakou_gate_certificate_left_days",
            "Whole days until the earlier certificate ends, negative after it.",
            view.certificates.left_days.map(Number::Gauge),
        );
        self.one(
            "kakou_gate_degraded_modes",
            "Degraded modes in force, over all lanes.",
            Some(gauge(view.degraded.len() as u64)),
        );
        self.region(view);
    }

    /// Nothing is told of a link that there is not.
    fn region(&mut self, view: &HealthView) {
        let region = &view.region;
        let told = |number| region.is_configured.then_some(number);
        self.one(
            "kakou_gate_uplink_connected",
            "Whether the broker is connected.",
            told(flag(region.is_connected)),
        );
        self.one(
            "kakou_gate_uplink_forked",
            "Whether the region's copy of the journal differs.",
            told(flag(region.is_forked)),
        );
        self.one(
            "kakou_gate_uplink_backlog_records",
            "Records that the region has not acknowledged.",
            told(gauge(region.backlog)),
        );
        self.one(
            "kakou_gate_uplink_backlog_age_seconds",
            "Age of the oldest of them.",
            told(gauge(region.backlog_age_s)),
        );
    }

    fn lanes(&mut self, standing: &Standing) {
        self.one(
            "kakou_gate_passages_open",
            "Vehicles in lanes.",
            Some(gauge(standing.open_passages)),
        );
        self.one(
            "kakou_gate_holds_open",
            "Holds that wait for somebody.",
            Some(gauge(standing.open_holds)),
        );
        let decided = &standing.decided;
        let verdicts = [
            ("release", decided.release),
            ("review", decided.review),
            ("detain", decided.detain),
        ];
        let numbers = verdicts.into_iter().map(|(verdict, count)| {
            let labels = vec![("verdict", verdict.to_owned())];
            (labels, Number::Count(count))
        });
        self.add(
            "kakou_gate_decisions",
            "First decisions of passages in the journal held here, by verdict.",
            numbers.collect(),
        );
    }
}

/// By reason; what has none is told as well, so that the sum is the device's own count.
fn rejects_of(line: &DeviceLine) -> Vec<(Labels, Number)> {
    let labels = |reason: &str| {
        vec![
            ("device", line.device.clone()),
            ("kind", line.kind.code.to_owned()),
            ("reason", reason.to_owned()),
        ]
    };
    let stated: u64 = line.rejects.iter().map(|reject| reject.count).sum();
    let mut numbers: Vec<(Labels, Number)> = line
        .rejects
        .iter()
        .map(|reject| (labels(reject.reason.code), Number::Count(reject.count)))
        .collect();
    if line.rejected > stated {
        numbers.push((labels(UNSTATED), Number::Count(line.rejected - stated)));
    }
    numbers
}
