//! Frames of a front end → registration, vehicle, device states; and the refusals.

use std::net::IpAddr;

use domain::device::{DeviceKind, DeviceState, DeviceStatus};
use domain::policy::Policy;
use domain::time::{Instant, Now};
use passage::port::Input;
use standards::jgs14::device::{self, Device, DeviceFault, DeviceStates, ModuleState};
use standards::jgs14::frame::Frame;
use standards::jgs14::gather::{self, Gather};
use standards::jgs14::message::Key;
use standards::jgs14::module::Module;
use standards::jgs14::register::{self, Collect, RegisterOutcome, RegisterResult, Registration};
use standards::jgs14::seal_reader::{self, SealReaderMessage, SealReaderStep};
use standards::jgs14::status::StatusWord;

use super::{Act, Asked, CLEAR_WITHIN, FrontLane};
use crate::config::{device_id, kinds_of};

impl FrontLane {
    pub(super) fn frame(
        &mut self,
        question: u64,
        from: IpAddr,
        frame: &Frame,
        policy: &Policy,
        now: Now,
    ) {
        self.counts.taken += 1;
        let named = Key {
            area_id: frame.area_id.clone(),
            channel: frame.channel.clone(),
            flag: frame.flag.to_string(),
            seq_no: String::new(),
        };
        match frame.code {
            register::CODE => self.register(question, from, &named, frame, now),
            _ if !self.door.may_gather(from) => {
                let word = StatusWord::WAIT.with(1, b'W');
                self.refuse(
                    question,
                    frame,
                    word,
                    "未注册 this front end has not registered",
                );
            }
            gather::CODE => self.gather(question, &named, frame, policy, now),
            device::STATES_CODE => {
                match DeviceStates::read(&frame.xml) {
                    Ok(states) => self.devices(&states.devices, "", now),
                    Err(error) => self.reject(&error.to_string()),
                }
                self.acts.push_back(Act::Close { question });
            }
            device::FAULT_CODE => {
                match DeviceFault::read(&frame.xml) {
                    Ok(fault) => self.devices(&[fault.device], &fault.text, now),
                    Err(error) => self.reject(&error.to_string()),
                }
                self.acts.push_back(Act::Close { question });
            }
            seal_reader::CODE | seal_reader::SIGNATURE_CODE => self.seal_reader(question, frame),
            other => {
                self.reject(&format!("a front end does not send {other:#04x}"));
                self.acts.push_back(Act::Close { question });
            }
        }
    }

    pub(super) fn register(
        &mut self,
        question: u64,
        from: IpAddr,
        named: &Key,
        frame: &Frame,
        now: Now,
    ) {
        let registration = match Registration::read(&frame.xml) {
            Ok(registration) => registration,
            Err(error) => {
                self.reject(&error.to_string());
                self.acts.push_back(Act::Close { question });
                return;
            }
        };
        let outcome = self.door.register(named, from, &registration, now.mono);
        let has = |kind| self.setup.gathers.contains(&kind);
        let result = RegisterResult {
            collect: Collect {
                containers: has(DeviceKind::ContainerCamera),
                vehicle: has(DeviceKind::TagReader) || has(DeviceKind::PlateCamera),
                weight: has(DeviceKind::Weighbridge),
                card: has(DeviceKind::CardReader),
                seals: has(DeviceKind::SealReader),
                tracker: false,
            },
            ..RegisterResult::to(named, &registration, outcome)
        };
        if outcome == RegisterOutcome::Done {
            tracing::info!(lane = %self.lane, %from, "a front end has registered");
            self.all_live(now);
        } else {
            self.reject(&format!("registration from {from}: {outcome:?}"));
        }
        match result.frame() {
            Ok(frame) => self.reply(question, frame, false),
            Err(_) => self.acts.push_back(Act::Close { question }),
        }
    }

    pub(super) fn gather(
        &mut self,
        question: u64,
        named: &Key,
        frame: &Frame,
        policy: &Policy,
        now: Now,
    ) {
        let gather = match Gather::read(&frame.xml) {
            Ok(gather) => gather,
            Err(error) => {
                let word = StatusWord::WAIT.with(1, b'Z');
                self.refuse(question, frame, word, "报文有误 the message cannot be read");
                self.last_refusal = error.to_string();
                return;
            }
        };
        if gather.key.lane() != self.key || *named != self.key {
            let word = StatusWord::WAIT.with(1, b'W').with(13, b'y');
            self.refuse(question, frame, word, "通道不符 another lane's message");
            return;
        }
        if gather.key.seq_no == self.seq_no {
            self.again(question, gather, now);
            return;
        }
        let asked = Asked {
            question,
            gather,
            by: now.mono + self.setup.answer,
        };
        if let Some(before) = self.asked.take() {
            self.answer(&before, StatusWord::WAIT, "已有新车辆 another vehicle came");
        }
        if !self.is_open {
            self.arrive(asked, policy, now);
            return;
        }
        let asked = Asked {
            by: asked.by.min(now.mono + CLEAR_WITHIN),
            ..asked
        };
        if let Some(before) = self.next.replace(asked) {
            self.answer(&before, StatusWord::WAIT, "已有新车辆 another vehicle came");
        }
        self.make_way(now);
    }

    /// The vehicle before is gone, for the next one is there; whatever became of it, its passage
    /// ends first. While an order to lift is under way nobody knows how it left.
    pub(super) fn make_way(&mut self, now: Now) {
        if self.next.is_none() || self.lifting.is_some() || !self.account.stands() {
            return;
        }
        if self.leaves_at.take().is_some() {
            self.account.has_left();
        } else {
            self.account.is_gone();
        }
        self.report(now);
    }

    /// The same message once more: the front end has missed the answer.
    pub(super) fn again(&mut self, question: u64, gather: Gather, now: Now) {
        if let Some(asked) = &mut self.asked {
            let missed = std::mem::replace(&mut asked.question, question);
            self.acts.push_back(Act::Close { question: missed });
            return;
        }
        let asked = Asked {
            question,
            gather,
            by: now.mono,
        };
        // Nothing is lifted twice: an order that was taken has been taken.
        self.answer(
            &asked,
            StatusWord::WAIT,
            "已答复 answered before; wait for a command",
        );
    }

    /// Refuses a message that may be too broken to say more of than its number.
    pub(super) fn refuse(&mut self, question: u64, frame: &Frame, word: StatusWord, hint: &str) {
        self.reject(hint);
        match Key::find(&frame.xml) {
            Some(key) if frame.code == gather::CODE => {
                let gather = Gather {
                    key: Key {
                        area_id: frame.area_id.clone(),
                        channel: frame.channel.clone(),
                        flag: frame.flag.to_string(),
                        ..key
                    },
                    ..Gather::default()
                };
                let by = Instant::default();
                let asked = Asked {
                    question,
                    gather,
                    by,
                };
                self.answer(&asked, word, hint);
            }
            Some(_) | None => self.acts.push_back(Act::Close { question }),
        }
    }

    /// Readers of seals are the site's to know; this gate has no list of them.
    pub(super) fn seal_reader(&mut self, question: u64, frame: &Frame) {
        let refusal = SealReaderMessage::read(frame.code, &frame.xml)
            .ok()
            .and_then(|message| {
                let step = match message.step {
                    SealReaderStep::Registers => SealReaderStep::Challenge {
                        is_known: false,
                        encrypted_random: String::new(),
                    },
                    SealReaderStep::Signs { .. } => SealReaderStep::Verdict { holds: false },
                    SealReaderStep::Challenge { .. } | SealReaderStep::Verdict { .. } => {
                        return None;
                    }
                };
                SealReaderMessage { step, ..message }.frame().ok()
            });
        self.reject("readers of seals are not known here");
        match refusal {
            Some(frame) => self.reply(question, frame, false),
            None => self.acts.push_back(Act::Close { question }),
        }
    }

    /// The front end speaks: what it has not called faulty works.
    pub(super) fn all_live(&mut self, now: Now) {
        for kind in kinds_of(&self.setup).collect::<Vec<_>>() {
            if !self.states.iter().any(|(known, _)| *known == kind) {
                self.changed(kind, DeviceState::Live, "", now);
            }
        }
    }

    pub(super) fn devices(&mut self, devices: &[Device], text: &str, now: Now) {
        for device in devices {
            let Some(kind) = Module::of(&device.id).and_then(kind_of_module) else {
                // Displays and positions are no devices of the lane.
                continue;
            };
            if !kinds_of(&self.setup).any(|known| known == kind) {
                continue;
            }
            let state = match device.state {
                ModuleState::Normal | ModuleState::Enabled => DeviceState::Live,
                ModuleState::Faulty | ModuleState::Disabled => DeviceState::Void,
            };
            let cause = if state == DeviceState::Live {
                String::new()
            } else {
                format!("the front end says {:?} {text}", device.state)
            };
            self.changed(kind, state, &cause, now);
        }
    }

    pub(super) fn changed(&mut self, kind: DeviceKind, state: DeviceState, cause: &str, now: Now) {
        self.states.retain(|(known, _)| *known != kind);
        self.states.push((kind, state));
        let Ok(device) = device_id(&self.lane, kind) else {
            return;
        };
        let status = DeviceStatus {
            device,
            kind,
            state,
            cause: cause.chars().take(200).collect(),
            last_frame: Some(now.utc.at),
            rejected_frames: 0,
            verified_until: self
                .verified_until
                .filter(|_| kind == DeviceKind::Weighbridge),
        };
        self.acts
            .push_back(Act::Lane(Box::new(Input::Device(status))));
    }
}

fn kind_of_module(module: Module) -> Option<DeviceKind> {
    match module {
        Module::ContainerReader => Some(DeviceKind::ContainerCamera),
        Module::TagReader => Some(DeviceKind::TagReader),
        Module::CardReader => Some(DeviceKind::CardReader),
        Module::SealReader => Some(DeviceKind::SealReader),
        Module::Weighbridge => Some(DeviceKind::Weighbridge),
        Module::Barrier => Some(DeviceKind::GateController),
        Module::Position | Module::Display => None,
    }
}
