//! The devices of the lanes and their lines: what is seen becomes bytes, bytes become readings,
//! broken lines become device states, the gate controller is polled.

use domain::device::DeviceKind;
use domain::mass::Mass;
use domain::reading::{Observation, Reading, WeighMode, WeighRange, WeightReading};
use passage::port::Input;

use super::premises::{Happening, Premises};
use super::site::{FITTED, device_id, status};
use crate::device::fault::Fault;
use crate::device::line::Change;

impl Premises {
    pub(super) fn weigh(&mut self, i: usize, now_ms: u64) {
        let fault = self.fault_on(DeviceKind::Weighbridge);
        let drift = match fault {
            Some((Fault::ZeroDrift, since)) => {
                Mass::from_grams((now_ms - since) as i64 * 20_000 / 60_000)
            }
            Some(_) | None => Mass::ZERO,
        };
        let bay = &mut self.bays[i];
        bay.scale.set_drift(drift);
        let is_idle = bay.present.is_none();
        bay.frame_at_ms = now_ms + if is_idle { 800 } else { 200 };
        let shown = bay.weigh(&self.world.trucks, now_ms);
        let reading = Observation::Weight(WeightReading {
            value: shown.value,
            mode: WeighMode::Gross,
            tare: None,
            motion: Some(shown.motion),
            range: WeighRange::Within,
            raw: Vec::new(),
        });
        self.speak(i, DeviceKind::Weighbridge, &reading);
    }

    fn fault_on(&self, kind: DeviceKind) -> Option<(Fault, u64)> {
        self.scenario.faults.on_device(kind, self.now_ms())
    }

    /// A device puts what it sees on its line; the line may be faulty.
    pub(super) fn speak(&mut self, i: usize, kind: DeviceKind, seen: &Observation) {
        // A reader whose truck has left sees nothing more of it.
        if kind != DeviceKind::Weighbridge && self.bays[i].present.is_none() {
            return;
        }
        let fault = self.fault_on(kind).map(|(fault, _)| fault);
        let now_ms = self.now_ms();
        let Some(line) = self.bays[i].lines.get_mut(&kind) else {
            return;
        };
        let sent = line.speak(seen, fault, now_ms, &mut self.draw);
        for (delay_ms, bytes) in sent {
            if delay_ms == 0 {
                self.hear(i, kind, &bytes);
            } else {
                let at_us = self.now_us + delay_ms * 1_000;
                self.agenda.put(at_us, Happening::Bytes(i, kind, bytes));
            }
        }
        self.line_changes(i, kind);
    }

    /// Bytes arrive: decode, hand on.
    pub(super) fn hear(&mut self, i: usize, kind: DeviceKind, bytes: &[u8]) {
        self.trace.bytes(self.now_us, i, bytes);
        let now = self.now();
        let Some(line) = self.bays[i].lines.get_mut(&kind) else {
            return;
        };
        let observations = line.hear(bytes, now);
        self.line_changes(i, kind);
        let device = device_id(&self.bays[i].id, kind);
        for observation in observations {
            self.tell_neighbours(i, &observation);
            let reading = Reading {
                device: device.clone(),
                received: now,
                observation,
            };
            self.feed(i, Input::Reading(Box::new(reading)));
        }
    }

    /// Tells the other lanes which tag was read here while a vehicle stood there.
    fn tell_neighbours(&mut self, i: usize, observation: &Observation) {
        let Observation::Tag(read) = observation else {
            return;
        };
        for other in 0..self.bays.len() {
            if other != i && self.bays[other].present.is_some() {
                let lane = self.bays[i].id.clone();
                let (tag, rssi_dbm) = (read.tag.clone(), read.rssi_dbm);
                self.feed(
                    other,
                    Input::TagElsewhere {
                        tag,
                        lane,
                        rssi_dbm,
                    },
                );
            }
        }
    }

    fn line_changes(&mut self, i: usize, kind: DeviceKind) {
        let at = self.now().utc.at;
        let bay = &mut self.bays[i];
        let Some(line) = bay.lines.get_mut(&kind) else {
            return;
        };
        if let Some(Change { state, cause }) = line.take_change() {
            let rejected = line.counts().1;
            let changed = status(&bay.id, kind, state, cause, Some(at), rejected);
            self.feed(i, Input::Device(changed));
        }
    }

    pub(super) fn poll_gate(&mut self, i: usize, now_ms: u64) {
        self.watch_lines(i, now_ms);
        let is_lost = self.gate_is_lost();
        let now = self.now();
        let bay = &mut self.bays[i];
        if bay.acknowledge_at_ms.is_some_and(|at| at <= now_ms) {
            bay.acknowledge_at_ms = None;
            // A technician acknowledges at the cabinet; refused, he comes again.
            let _ = bay
                .link
                .command(gate_protocol::Verb::Acknowledge, &mut bay.gate, now_ms);
        }
        if is_lost || now_ms < bay.poll_at_ms {
            return;
        }
        bay.poll_at_ms = now_ms + bay.pace_ms().max(100);
        let Some((report, registers)) = bay.link.poll(&mut bay.gate, now_ms, now) else {
            return;
        };
        let is_breached = report.faults.tail_following || report.faults.run_through;
        if is_breached && bay.acknowledge_at_ms.is_none() {
            bay.acknowledge_at_ms = Some(now_ms + 30_000);
        }
        self.trace.registers(self.now_us, i, &registers);
        self.feed(i, Input::Gate(Box::new(report)));
    }

    pub(super) fn gate_is_lost(&self) -> bool {
        match self.fault_on(DeviceKind::GateController) {
            Some((Fault::Reconnecting, _)) => self.now_ms() % 10_000 < 3_000,
            Some(_) => true,
            None => false,
        }
    }

    /// Notices silence and broken lines, as an intake does.
    fn watch_lines(&mut self, i: usize, now_ms: u64) {
        for kind in FITTED {
            let fault = self.fault_on(kind).map(|(fault, _)| fault);
            if let Some(line) = self.bays[i].lines.get_mut(&kind) {
                let repeated = line.watch(fault, now_ms);
                if line.has_change() {
                    self.line_changes(i, kind);
                }
                if let Some(bytes) = repeated {
                    self.hear(i, kind, &bytes);
                }
            }
        }
    }
}
