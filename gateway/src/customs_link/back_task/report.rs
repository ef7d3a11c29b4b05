//! What a back end is told unasked: that the front end is there, how its devices are, what failed.

use std::net::SocketAddr;

use domain::device::{DeviceKind, DeviceState};
use domain::id::DeviceId;
use standards::jgs14::device::{Device, DeviceFault, DeviceStates, ModuleState};
use standards::jgs14::frame::Frame;
use standards::jgs14::message::Key;
use standards::jgs14::module::Module;
use standards::jgs14::register::{RegisterOutcome, RegisterResult, Registration};
use tokio::time::Instant;

use super::super::desk::Known;
use super::super::exchange::{self, ExchangeError};
use super::{ANSWER_BYTES_MAX, BackTask, Brought, Course, REPORT_TIMEOUT, written};
use crate::config::BackEndSetup;

impl BackTask {
    /// Registers when it is due, and tells of devices.
    pub(super) fn look(&self, course: &mut Course) {
        let now = Instant::now();
        if course.register_at.take_if(|at| now >= *at).is_some() {
            self.register(course);
            return;
        }
        let states = self.states();
        let is_changed = states != course.told;
        if !course.is_registered || (!is_changed && now < course.report_at) {
            return;
        }
        course.report_at = now + self.setup.report_every;
        let faults: Vec<DeviceFault> = states
            .iter()
            .filter(|state| state.1 != DeviceState::Live && !course.told.contains(state))
            .filter_map(|(id, state)| {
                let device = self.device(id, *state)?;
                let text = format!("{id} {state:?}");
                let key = self.key.clone();
                Some(DeviceFault { key, device, text })
            })
            .collect();
        let devices = states
            .iter()
            .filter_map(|(id, state)| self.device(id, *state));
        let all = DeviceStates {
            key: self.key.clone(),
            devices: devices.collect(),
        };
        course.told = states;
        let frames = std::iter::once(all.frame()).chain(faults.iter().map(DeviceFault::frame));
        let frames: Vec<Frame> = frames.filter_map(Result::ok).collect();
        let (setup, brought) = (self.setup.clone(), course.brought.clone());
        tokio::spawn(async move {
            let mut outcome = Ok(());
            for frame in frames {
                let write = |_| written(&frame, setup.dialect);
                let told = exchange::ask(&setup.address, write, 0, REPORT_TIMEOUT, true).await;
                outcome = outcome.and(told.map(|_| ()).map_err(|error| error.in_full()));
            }
            let _ = brought.send(Brought::Reported(outcome)).await;
        });
    }

    fn register(&self, course: &Course) {
        let (setup, brought) = (self.setup.clone(), course.brought.clone());
        let (key, password, port) = (self.key.clone(), self.password.clone(), self.command_port);
        let known = [self.known.clone(), self.peers.clone()];
        tokio::spawn(async move {
            let outcome = registered(&setup, &key, password, port, &known).await;
            let outcome = outcome.map_err(|error| error.in_full());
            let _ = brought.send(Brought::Registered(outcome)).await;
        });
    }

    fn states(&self) -> Vec<(DeviceId, DeviceState)> {
        let all = self.health.devices();
        let ours = self.devices.iter().map(|device| {
            let state = all.get(&device.id).map(|one| one.state);
            (device.id.clone(), state.unwrap_or(DeviceState::Lost))
        });
        ours.collect()
    }

    /// The device as the interface numbers it; `None` for what annex C has no number for.
    fn device(&self, id: &DeviceId, state: DeviceState) -> Option<Device> {
        let kind = self.devices.iter().find(|one| one.id == *id)?.kind;
        let alike = self.devices.iter().filter(|one| one.kind == kind);
        let place = alike.clone().position(|one| one.id == *id)?;
        let module = module_of(kind)?;
        let state = match state {
            DeviceState::Live => ModuleState::Normal,
            DeviceState::Silent | DeviceState::Lost | DeviceState::Void => ModuleState::Faulty,
        };
        Some(Device {
            id: module.number(u8::try_from(place + 1).ok()?),
            name: module.row().1.to_owned(),
            state,
        })
    }
}

async fn registered(
    setup: &BackEndSetup,
    key: &Key,
    password: String,
    command_port: Option<u16>,
    known: &[Known; 2],
) -> Result<RegisterOutcome, ExchangeError> {
    let write = |here: SocketAddr| {
        let registration = Registration {
            monitor_ip: here.ip().to_string(),
            monitor_port: command_port.unwrap_or(here.port()),
            user: setup.user.clone(),
            password,
        };
        let frame = registration.frame(key).map_err(|error| error.to_string())?;
        written(&frame, setup.dialect)
    };
    let answer = exchange::ask(
        &setup.address,
        write,
        ANSWER_BYTES_MAX,
        REPORT_TIMEOUT,
        false,
    );
    let (answer, peer) = answer.await?;
    let answer = answer.ok_or(ExchangeError::Closed)?;
    let result = RegisterResult::read(&answer.xml).map_err(|_| ExchangeError::Closed)?;
    known.iter().for_each(|list| list.add(peer.ip()));
    Ok(result.outcome)
}

fn module_of(kind: DeviceKind) -> Option<Module> {
    match kind {
        DeviceKind::Weighbridge => Some(Module::Weighbridge),
        DeviceKind::TagReader => Some(Module::TagReader),
        DeviceKind::ContainerCamera => Some(Module::ContainerReader),
        DeviceKind::SealReader => Some(Module::SealReader),
        DeviceKind::CardReader => Some(Module::CardReader),
        DeviceKind::Position => Some(Module::Position),
        DeviceKind::GateController => Some(Module::Barrier),
        DeviceKind::PlateCamera
        | DeviceKind::Scanner
        | DeviceKind::RadiationPortal
        | DeviceKind::Tracker => None,
    }
}
