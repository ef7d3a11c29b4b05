//! Faults by name, of one device kind or of the system around the lanes, and when they hold.

use domain::device::DeviceKind;

/// What is wrong with a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The line is up and nothing comes.
    Silent,
    /// The last message is repeated, whatever happens before the device.
    Frozen,
    /// Bytes are flipped on the line.
    Noisy,
    /// Everything comes four seconds late: within the stay of the vehicle, after the wait for it.
    Late,
    /// The line breaks for three seconds of every ten.
    Reconnecting,
    /// The indicator was switched to pounds.
    WrongUnit,
    /// Every second message ends in the middle.
    HalfFrames,
    /// The empty scale shows 20 kg more every minute.
    ZeroDrift,
}

/// What is wrong around the lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SystemFault {
    /// Records become durable only after seconds.
    RecorderSlow,
    /// Records cannot be made durable.
    RecorderFailing,
    /// The ledger does not answer.
    LedgerDown,
    /// The ledger answers late.
    LedgerSlow,
    /// The region has not vouched for the ledger for hours.
    RegionSilent,
}

/// A fault with what it is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NamedFault {
    /// On a device kind of every lane.
    Device(DeviceKind, Fault),
    /// On the system.
    System(SystemFault),
}

impl NamedFault {
    /// Every fault that can be named.
    ///
    /// A portal that repeats its last verdict, or delays it, looks exactly like one that
    /// measures: its message carries no time and no picture to tell by. Its own self-test finds
    /// that, so only faults that show are staged on it.
    #[must_use]
    pub fn all() -> Vec<Self> {
        use DeviceKind as Kind;
        use Fault as F;
        let mut all = Vec::new();
        let mut add = |kind, faults: &[Fault]| {
            all.extend(faults.iter().map(|fault| Self::Device(kind, *fault)));
        };
        add(
            Kind::Weighbridge,
            &[
                F::Silent,
                F::Frozen,
                F::Noisy,
                F::Late,
                F::Reconnecting,
                F::WrongUnit,
                F::HalfFrames,
                F::ZeroDrift,
            ],
        );
        let speakers = [F::Silent, F::Noisy, F::Late, F::Reconnecting, F::HalfFrames];
        for kind in [
            Kind::TagReader,
            Kind::PlateCamera,
            Kind::ContainerCamera,
            Kind::SealReader,
        ] {
            add(kind, &speakers);
            add(kind, &[F::Frozen]);
        }
        for kind in [
            Kind::Scanner,
            Kind::RadiationPortal,
            Kind::CardReader,
            Kind::Tracker,
        ] {
            add(kind, &speakers);
        }
        add(Kind::GateController, &[F::Silent, F::Reconnecting]);
        all.extend(
            [
                SystemFault::RecorderSlow,
                SystemFault::RecorderFailing,
                SystemFault::LedgerDown,
                SystemFault::LedgerSlow,
                SystemFault::RegionSilent,
            ]
            .map(Self::System),
        );
        all
    }

    /// Stable name: `weighbridge_frozen`, `recorder_failing`, …
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Device(kind, fault) => {
                let fault = match fault {
                    Fault::Silent => "silent",
                    Fault::Frozen => "frozen",
                    Fault::Noisy => "noisy",
                    Fault::Late => "late",
                    Fault::Reconnecting => "reconnecting",
                    Fault::WrongUnit => "wrong_unit",
                    Fault::HalfFrames => "half_frames",
                    Fault::ZeroDrift => "zero_drift",
                };
                format!("{}_{fault}", kind.code())
            }
            Self::System(SystemFault::RecorderSlow) => "recorder_slow".to_owned(),
            Self::System(SystemFault::RecorderFailing) => "recorder_failing".to_owned(),
            Self::System(SystemFault::LedgerDown) => "ledger_down".to_owned(),
            Self::System(SystemFault::LedgerSlow) => "ledger_slow".to_owned(),
            Self::System(SystemFault::RegionSilent) => "region_silent".to_owned(),
        }
    }

    /// The fault named `name`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::all().into_iter().find(|fault| fault.name() == name)
    }
}

/// One fault from one millisecond of the world to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FaultSpan {
    /// Fault.
    pub fault: NamedFault,
    /// Begins.
    pub from_ms: u64,
    /// Has ended.
    pub until_ms: u64,
}

/// When which fault holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FaultPlan {
    spans: Vec<FaultSpan>,
}

impl FaultPlan {
    /// No fault, ever.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// The given spans.
    #[must_use]
    pub fn of(mut spans: Vec<FaultSpan>) -> Self {
        spans.sort_by_key(|span| span.from_ms);
        Self { spans }
    }

    /// `faults` in turn until `end_ms`: each holds for `hold_ms`, then all is well for as long.
    #[must_use]
    pub fn rotating(faults: &[NamedFault], hold_ms: u64, end_ms: u64) -> Self {
        let mut spans = Vec::new();
        let mut from_ms = hold_ms / 2;
        for fault in faults.iter().cycle() {
            if from_ms >= end_ms || hold_ms == 0 {
                break;
            }
            spans.push(FaultSpan {
                fault: *fault,
                from_ms,
                until_ms: from_ms + hold_ms,
            });
            from_ms += 2 * hold_ms;
        }
        Self { spans }
    }

    fn holding(&self, now_ms: u64) -> impl Iterator<Item = &FaultSpan> {
        let begun = self.spans.partition_point(|span| span.from_ms <= now_ms);
        self.spans[..begun]
            .iter()
            .rev()
            .take(8)
            .filter(move |span| now_ms < span.until_ms)
    }

    /// The fault that holds on a device kind, with when it began.
    #[must_use]
    pub fn on_device(&self, kind: DeviceKind, now_ms: u64) -> Option<(Fault, u64)> {
        self.holding(now_ms).find_map(|span| match span.fault {
            NamedFault::Device(of, fault) if of == kind => Some((fault, span.from_ms)),
            NamedFault::Device(..) | NamedFault::System(_) => None,
        })
    }

    /// Whether a fault of the system holds.
    #[must_use]
    pub fn on_system(&self, fault: SystemFault, now_ms: u64) -> bool {
        self.holding(now_ms)
            .any(|span| span.fault == NamedFault::System(fault))
    }

    /// Whether any fault holds, or held less than `settle_ms` ago.
    #[must_use]
    pub fn any(&self, now_ms: u64, settle_ms: u64) -> bool {
        self.holding(now_ms).next().is_some()
            || self
                .holding(now_ms.saturating_sub(settle_ms))
                .next()
                .is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_its_own_name() {
        let all = NamedFault::all();
        for fault in &all {
            assert_eq!(NamedFault::parse(&fault.name()), Some(*fault));
        }
        let names: std::collections::BTreeSet<_> = all.iter().map(|f| f.name()).collect();
        assert_eq!(names.len(), all.len());
        assert_eq!(NamedFault::parse("weighbridge_tired"), None);
    }

    #[test]
    fn faults_take_turns_with_rests_between() {
        let all = NamedFault::all();
        let plan = FaultPlan::rotating(&all[..2], 1_000, 10_000);
        let on = |ms| plan.on_device(DeviceKind::Weighbridge, ms).map(|(f, _)| f);
        assert_eq!(on(0), None);
        assert_eq!(on(600), Some(Fault::Silent));
        assert_eq!(on(1_600), None);
        assert_eq!(on(2_600), Some(Fault::Frozen));
        assert!(plan.any(1_600, 500) && !plan.any(2_200, 500));
    }
}
