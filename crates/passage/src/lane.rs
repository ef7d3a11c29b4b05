//! The lane: what it holds, and which module each input goes to.

use std::collections::VecDeque;
use std::sync::Arc;

use domain::actuation::{Actuation, LaneNotice, Lights};
use domain::decision::Decision;
use domain::device::{DegradedDeclaration, DeviceStatus};
use domain::directive::Directive;
use domain::event::{Event, EventBody};
use domain::evidence::Evidence;
use domain::facts::Facts;
use domain::id::PassageId;
use domain::operator::LaneMode;
use domain::policy::Policy;
use domain::reading::{Observation, Reading};
use domain::reason::Notice;
use domain::time::{Instant, Now};

use crate::barrier::Barrier;
use crate::config::LaneConfig;
use crate::fitting::Fitting;
use crate::notices;
use crate::occupancy::Occupancy;
use crate::port::{Input, OpenPassage, Output};
use crate::scale::Scale;
use crate::sightings::{Reports, Sightings};
use crate::stay::{Phase, Stay};
use crate::trail::Trail;

/// Outputs that may wait to be taken; a caller that takes none for this long is broken.
const OUTPUTS_MAX: usize = 4_096;

/// What is remembered of the vehicle before.
#[derive(Debug, Clone)]
pub(crate) struct Before {
    pub(crate) passage: PassageId,
    pub(crate) seen: Sightings,
    /// The load of the scale that was its.
    pub(crate) load: Option<u32>,
    pub(crate) ended: Now,
}

/// One lane. Feed it with [`Lane::handle_input`], take what it asks for with
/// [`Lane::poll_output`], and send [`Input::Timeout`] at [`Lane::poll_timeout`].
#[derive(Debug, Clone)]
pub struct Lane {
    pub(crate) config: LaneConfig,
    pub(crate) policy: Arc<Policy>,
    /// Takes effect with the next passage: one vehicle is judged by one policy.
    pub(crate) next_policy: Option<Arc<Policy>>,
    pub(crate) seed: u64,
    pub(crate) decide: fn(&Evidence, &Facts, &Policy) -> Decision,
    pub(crate) mode: LaneMode,
    pub(crate) fitting: Fitting,
    pub(crate) scale: Option<Scale>,
    pub(crate) occupancy: Occupancy,
    pub(crate) barrier: Barrier,
    pub(crate) reports: Reports,
    pub(crate) trail: Trail,
    pub(crate) stay: Option<Box<Stay>>,
    pub(crate) before: Option<Box<Before>>,
    /// No passage opens until the lane has been empty once.
    pub(crate) wait_clear: bool,
    /// No report of the gate has come since start: what stands there was not seen to come.
    pub(crate) is_new: bool,
    pub(crate) now: Now,
    pub(crate) stays: u32,
    pub(crate) asks: u64,
    pub(crate) refusal: Option<String>,
    shown: Option<LaneNotice>,
    outputs: VecDeque<Output>,
}

impl Lane {
    /// A lane at rest. `seed` drives the random rechecks of R18.
    #[must_use]
    pub fn new(config: LaneConfig, policy: Arc<Policy>, seed: u64, now: Now) -> Self {
        Self {
            fitting: Fitting::new(&config.devices),
            scale: config.scale.clone().map(Scale::new),
            occupancy: Occupancy::new(config.timings.trailer_gap),
            barrier: Barrier::new(now.mono),
            mode: config.mode,
            policy,
            next_policy: None,
            seed,
            decide: decision::decide,
            reports: Reports::default(),
            trail: Trail::default(),
            stay: None,
            before: None,
            wait_clear: false,
            is_new: true,
            now,
            stays: 0,
            asks: 0,
            refusal: None,
            shown: None,
            outputs: VecDeque::new(),
            config,
        }
    }

    /// Takes over a passage that the journal shows open. Call it before any input.
    pub fn resume(&mut self, open: OpenPassage, now: Now) {
        self.now = now;
        let mut opened = now;
        opened.utc.at = open.opened_at;
        let mut stay = Stay::new(open.passage.clone(), opened, self.draw());
        stay.attempts = open.attempts;
        stay.drawn = open.released.clone().flatten();
        stay.raised = open.raised;
        stay.integrity.gateway_restarted = true;
        stay.phase = Phase::Found(open);
        self.stay = Some(Box::new(stay));
        self.show_step(notices::checking());
    }

    /// Takes over degraded modes that the journal shows declared and not ended. One whose time has
    /// run out ends, with its event, at the first input. Call it before any.
    pub fn resume_degraded(&mut self, declarations: Vec<DegradedDeclaration>, now: Now) {
        self.now = now;
        for declaration in declarations {
            self.fitting.restore(declaration);
        }
    }

    /// Takes one input. `now` never runs backwards in its monotonic part.
    pub fn handle_input(&mut self, input: Input, now: Now) {
        self.now = now;
        match input {
            Input::Reading(reading) => self.reading(&reading),
            Input::Weighed { gross, raw } => {
                if let Some(scale) = &mut self.scale {
                    scale.take_result(gross, raw, now);
                }
            }
            Input::Device(status) => self.device(status),
            Input::Gate(report) => self.gate_report(&report),
            Input::TagElsewhere {
                tag,
                lane: _,
                rssi_dbm,
            } => {
                if let Some(stay) = &mut self.stay {
                    stay.seen.seen_elsewhere(&tag, rssi_dbm);
                }
            }
            Input::Ledger(answer) => self.ledger_answer(answer),
            Input::Directive(directive) => self.directive(&directive),
            Input::LedgerAdvanced => self.ledger_advanced(),
            Input::Operator(act) => self.operator(&act),
            Input::DecideAgain { passage } => {
                if self
                    .stay
                    .as_ref()
                    .is_some_and(|stay| stay.passage == passage)
                {
                    self.decide_again();
                }
            }
            Input::Policy(policy) => self.next_policy = Some(policy),
            Input::StageExcused(stage) => {
                if let Some(stay) = &mut self.stay
                    && !stay.excused.contains(&stage)
                {
                    stay.excused.push(stage);
                    self.decide_again();
                }
            }
            Input::Recorded { record } => self.recorded(record),
            Input::RecordFailed { record, cause } => self.record_failed(record, &cause),
            Input::ActuationFailed { actuation, cause } => {
                self.actuation_failed(&actuation, &cause);
            }
            Input::Timeout => {}
        }
        self.advance();
    }

    /// The next thing the lane asks for.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When the lane wants [`Input::Timeout`] if nothing else comes.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.deadlines().min()
    }

    fn reading(&mut self, reading: &Reading) {
        let at = reading.received.utc.at;
        match &reading.observation {
            Observation::Weight(weight) => {
                if let Some(scale) = &mut self.scale {
                    scale.take(weight, reading.received);
                }
            }
            Observation::Scan(_) | Observation::Journey(_) => {
                self.reports.take(&reading.observation, at);
            }
            Observation::Tag(_)
            | Observation::Plate(_)
            | Observation::Container(_)
            | Observation::Seal(_)
            | Observation::Radiation(_)
            | Observation::DriverCard(_)
            | Observation::AxleLoads(_)
            | Observation::Position(_) => {
                let next_is_there = self.occupancy.next_since().is_some();
                if let Some(stay) = &mut self.stay {
                    let follows = stay.is_leaving() && (next_is_there || stay.tail_followed);
                    let seen = if follows {
                        &mut stay.next
                    } else {
                        &mut stay.seen
                    };
                    seen.take(&reading.observation, at);
                }
            }
        }
    }

    /// An order of customs concerns the vehicle of the moment, or does not.
    fn directive(&mut self, directive: &Directive) {
        let Some(stay) = &self.stay else { return };
        let is_released = matches!(
            stay.phase,
            Phase::Ready { .. } | Phase::Raising { .. } | Phase::Passing { .. }
        );
        // What is withdrawn may free a vehicle; it takes no release back.
        if crate::relevance::touches(directive, stay) && !(directive.withdrawn && is_released) {
            self.ordered(directive.id.clone());
        }
    }

    /// Does everything that is due, until nothing is.
    fn advance(&mut self) {
        self.retry_records();
        for mode in self.fitting.expired(self.now.utc.at) {
            self.record(
                None,
                EventBody::DegradedEnded {
                    mode,
                    expired: true,
                },
            );
        }
        self.watch_barrier();
        // A passage that ends makes room for the next; two in one call is the physical limit.
        for _ in 0..3 {
            if self.stay.is_some() {
                self.advance_stay();
                continue;
            }
            if let Some(policy) = self.next_policy.take() {
                self.policy = policy;
            }
            if !self.open_next() {
                break;
            }
        }
    }

    fn deadlines(&self) -> impl Iterator<Item = Instant> {
        let expiry = self
            .fitting
            .next_expiry()
            .map(|at| self.now.mono + at.since(self.now.utc.at));
        let departure = self.stay.as_ref().and_then(|stay| match stay.phase {
            Phase::Found(_) => None,
            _ if stay.gone.is_some() || self.barrier.lost => None,
            Phase::Collecting { .. }
            | Phase::Asking { .. }
            | Phase::Recording { .. }
            | Phase::Unrecorded { .. }
            | Phase::Held(_)
            | Phase::Clearing { .. }
            | Phase::Ready { .. }
            | Phase::Raising { .. }
            | Phase::Passing { .. }
            | Phase::BackingOut
            | Phase::Watching => self.occupancy.settles_at(),
        });
        [
            self.trail.retry_at(),
            expiry,
            self.barrier.deadline(&self.config.timings),
            departure,
            self.stay.as_ref().and_then(|stay| self.stay_deadline(stay)),
        ]
        .into_iter()
        .flatten()
    }

    /// Numbers an event and puts it out as a record.
    pub(crate) fn record(&mut self, passage: Option<PassageId>, body: EventBody) -> u64 {
        let event = Event {
            at: self.now.utc,
            lane: Some(self.config.lane.clone()),
            passage,
            body,
        };
        // What allows a raise is decided anew instead: a stale record must never open a barrier.
        let repeat = !matches!(
            event.body,
            EventBody::PassageDecided(_)
                | EventBody::HoldCleared { .. }
                | EventBody::SentToBay { .. }
        );
        self.record_event(Box::new(event), repeat)
    }

    fn record_event(&mut self, event: Box<Event>, repeat: bool) -> u64 {
        let record = self.trail.number(&event, repeat);
        self.put(Output::Record { record, event });
        record
    }

    /// A device came back or was lost: evidence of why a passage was held, or not.
    fn device(&mut self, status: DeviceStatus) {
        if self.fitting.take(status.clone()) {
            self.record_here(EventBody::DeviceChanged(status));
        }
    }

    /// Records an event of the open passage.
    pub(crate) fn record_here(&mut self, body: EventBody) -> u64 {
        let passage = self.stay.as_ref().map(|stay| stay.passage.clone());
        self.record(passage, body)
    }

    fn retry_records(&mut self) {
        for event in self.trail.due(self.now.mono) {
            self.record_event(Box::new(event), true);
        }
    }

    /// Moves something physical; a shadow lane moves nothing.
    pub(crate) fn actuate(&mut self, actuation: Actuation) {
        if self.mode != LaneMode::Shadow {
            self.put(Output::Actuate(actuation));
        }
    }

    pub(crate) fn lights(&mut self, lights: Lights) {
        self.actuate(Actuation::Lights(lights));
    }

    pub(crate) fn put(&mut self, output: Output) {
        debug_assert!(
            self.outputs.len() < OUTPUTS_MAX,
            "outputs are taken after every input"
        );
        self.outputs.push_back(output);
    }

    /// Shows one line that belongs to the step.
    pub(crate) fn show_step(&mut self, line: Notice) {
        self.show(vec![line]);
    }

    pub(crate) fn show(&mut self, lines: Vec<Notice>) {
        let notice = LaneNotice {
            passage: self.stay.as_ref().map(|stay| stay.passage.clone()),
            verdict: self.stay.as_ref().and_then(|stay| stay.verdict()),
            lines,
        };
        if self.shown.as_ref() != Some(&notice) {
            self.shown = Some(notice.clone());
            self.put(Output::Show(notice));
        }
    }

    /// The draw of R18 for the next stay: SplitMix64 (Steele, Lea, Flood 2014) of seed and number.
    pub(crate) fn draw(&self) -> u16 {
        let step = u64::from(self.stays)
            .wrapping_add(1)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut z = self.seed.wrapping_add(step);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % 1_000) as u16
    }
}
