//! Events: one record with one body of many kinds.

use domain::account::{AccountAct, AccountRecord};
use domain::actuation::RaiseReason;
use domain::digest::KeyBytes;
use domain::event::{Breach, Event, EventBody, LaneFault, PassageEnd};
use domain::gate::{ArmState, GateEdge, GateInput, ResetCause};
use domain::id::GateAddress;
use domain::operator::{Act, OperatorAct};
use domain::time::Timestamp;

use super::{Message, Scalar, enumeration, message, put, required, take};
use crate::error::DecodeError;
use crate::pb;
use crate::pb::record::Body;

enumeration!(RaiseReason {
    Release,
    Clearance,
    ToBay
});
enumeration!(AccountAct {
    Created,
    Changed,
    Disabled,
    PasswordSet,
    SecondFactorSet,
    SecondFactorRemoved,
    SignedIn,
    SignInRefused,
    SignedOut,
    Locked,
    Approved,
    Exported,
    RegionCalled,
});
message!(AccountRecord => AccountRecord {
    user = os user, subject = s subject, act = s act, text = s text
});
enumeration!(PassageEnd {
    Completed,
    ToBay,
    ReversedOut,
    RunThrough,
    EndedByPerson,
    Vanished,
    Observed,
});
enumeration!(Breach {
    ArmUpWithoutDecision,
    TailFollowing,
    RunThrough,
    ArmForced,
    HandKey
});
enumeration!(ArmState {
    Down,
    Raising,
    Up,
    Lowering,
    Stopped,
    Unknown
});
enumeration!(GateInput {
    ApproachLoop,
    UnderArmLoop,
    ExitLoop,
    BeamFront,
    BeamRear,
    ArmUpLimit,
    ArmDownLimit,
    HandKey,
    FireAlarm,
    CabinetDoor,
    MainsOk,
});
enumeration!(LaneFault {
    ArmNotRising,
    ArmNotLowering,
    LoopStuck,
    BeamStuck,
    LimitsConflict,
    ControllerRestarted,
    EdgesLost,
    CommandRefused,
    LaneRestarted,
    LedgerRebuilt,
    PictureUnread,
});
enumeration!(ResetCause {
    PowerOn,
    BrownOut,
    Watchdog,
    Commanded,
    Unknown
});

message!(GateEdge => GateEdge { index = s index, input = s input, rising = s rising, at_ms = s at_ms });

impl Message for OperatorAct {
    type Raw = pb::OperatorAct;

    fn put(&self) -> Self::Raw {
        use pb::operator_act::Act as Raw;
        let act = match &self.act {
            Act::Acknowledge => Raw::Acknowledge(true),
            Act::Clear {
                attempt,
                approved_by,
                privileges,
                reason_code,
                text,
            } => Raw::Clear(pb::ClearAct {
                privileges: put!(ls, privileges),
                reason_code: reason_code.clone(),
                text: text.clone(),
                approved_by: put!(os, approved_by),
                attempt: put!(os, attempt),
            }),
            Act::Confirm => Raw::Confirm(true),
            Act::SendToBay { text } => Raw::SendToBay(text.clone()),
            Act::Reweigh => Raw::Reweigh(true),
            Act::Reread => Raw::Reread(true),
            Act::ChoosePass(number) => Raw::ChoosePass(number.put()),
            Act::EndWithoutRelease { text } => Raw::EndWithoutRelease(text.clone()),
            Act::SetMode(mode) => Raw::SetMode(mode.put()),
            Act::DeclareDegraded(declaration) => Raw::DeclareDegraded(declaration.put()),
            Act::EndDegraded(mode) => Raw::EndDegraded(mode.put()),
        };
        pb::OperatorAct {
            user: self.user.put(),
            passage: put!(os, self.passage),
            act: Some(act),
        }
    }

    fn take(raw: Self::Raw) -> Result<Self, DecodeError> {
        use pb::operator_act::Act as Raw;
        let act = match required(raw.act)? {
            Raw::Acknowledge(_) => Act::Acknowledge,
            Raw::Clear(clear) => Act::Clear {
                attempt: take!(os, clear.attempt).map_err(|error| error.inside("attempt"))?,
                approved_by: take!(os, clear.approved_by)
                    .map_err(|error| error.inside("approved_by"))?,
                privileges: take!(ls, clear.privileges)
                    .map_err(|error| error.inside("privileges"))?,
                reason_code: take!(s, clear.reason_code)?,
                text: take!(s, clear.text)?,
            },
            Raw::Confirm(_) => Act::Confirm,
            Raw::SendToBay(text) => Act::SendToBay {
                text: take!(s, text)?,
            },
            Raw::Reweigh(_) => Act::Reweigh,
            Raw::Reread(_) => Act::Reread,
            Raw::ChoosePass(number) => Act::ChoosePass(take!(s, number)?),
            Raw::EndWithoutRelease(text) => Act::EndWithoutRelease {
                text: take!(s, text)?,
            },
            Raw::SetMode(mode) => Act::SetMode(take!(s, mode)?),
            Raw::DeclareDegraded(declaration) => Act::DeclareDegraded(Message::take(declaration)?),
            Raw::EndDegraded(mode) => Act::EndDegraded(take!(s, mode)?),
        };
        Ok(Self {
            user: take!(s, raw.user).map_err(|error| error.inside("user"))?,
            passage: take!(os, raw.passage).map_err(|error| error.inside("passage"))?,
            act,
        })
    }
}

/// The event of `gate` as a record.
pub(crate) fn put_record(gate: &GateAddress, event: &Event) -> pb::Record {
    pb::Record {
        gate: put!(m, *gate),
        at: put!(m, event.at),
        lane: put!(os, event.lane),
        passage: put!(os, event.passage),
        body: Some(put_body(&event.body)),
    }
}

/// Gate and event of a record.
pub(crate) fn take_record(raw: pb::Record) -> Result<(GateAddress, Event), DecodeError> {
    let gate = take!(m, raw.gate).map_err(|error| error.inside("gate"))?;
    let event = Event {
        at: take!(m, raw.at).map_err(|error| error.inside("at"))?,
        lane: take!(os, raw.lane).map_err(|error| error.inside("lane"))?,
        passage: take!(os, raw.passage).map_err(|error| error.inside("passage"))?,
        body: required(raw.body)
            .and_then(take_body)
            .map_err(|error| error.inside("body"))?,
    };
    Ok((gate, event))
}

fn put_body(body: &EventBody) -> Body {
    match body {
        EventBody::GatewayStarted {
            software,
            clean_shutdown_before,
            tail_bytes_cut,
        } => Body::GatewayStarted(pb::GatewayStarted {
            software: software.clone(),
            clean_shutdown_before: *clean_shutdown_before,
            tail_bytes_cut: *tail_bytes_cut,
        }),
        EventBody::GatewayStopped => Body::GatewayStopped(true),
        EventBody::PolicyAdopted(policy) => Body::PolicyAdopted(policy.put()),
        EventBody::LedgerAdvanced { to, rows_changed } => {
            let (to, rows_changed) = (put!(m, *to), *rows_changed);
            Body::LedgerAdvanced(pb::LedgerAdvanced { to, rows_changed })
        }
        EventBody::DirectiveReceived(directive) => Body::DirectiveReceived(directive.put()),
        EventBody::LedgerImported { file_sha256, rows } => {
            let (file_sha256, rows) = (file_sha256.put(), *rows);
            Body::LedgerImported(pb::LedgerImported { file_sha256, rows })
        }
        EventBody::DeviceChanged(status) => Body::DeviceChanged(status.put()),
        EventBody::Operated(act) => Body::Operated(act.put()),
        EventBody::LaneModeChanged { mode, user } => {
            let (mode, user) = (mode.put(), put!(os, *user));
            Body::LaneModeChanged(pb::LaneModeChanged { mode, user })
        }
        EventBody::DegradedDeclared(declaration) => Body::DegradedDeclared(declaration.put()),
        EventBody::DegradedEnded { mode, expired } => {
            let (mode, expired) = (mode.put(), *expired);
            Body::DegradedEnded(pb::DegradedEnded { mode, expired })
        }
        EventBody::ClockChanged { before, jump_ms } => {
            let (before, jump_ms) = (put!(m, *before), *jump_ms);
            Body::ClockChanged(pb::ClockChanged { before, jump_ms })
        }
        EventBody::VisitStageReported {
            plate,
            stage,
            done_at,
        } => Body::VisitStageReported(pb::VisitStageReported {
            plate: plate.put(),
            stage: stage.put(),
            done_at_us: done_at.put(),
        }),
        EventBody::UplinkForked { sequence } => Body::UplinkForked(*sequence),
        EventBody::PolicyRefused { cause } => Body::PolicyRefused(cause.clone()),
        EventBody::RegionKeyAdopted { key, former_until } => {
            Body::RegionKeyAdopted(put_region_key(*key, *former_until))
        }
        EventBody::SigningKeyAnnounced { key } => Body::SigningKeyAnnounced(key.put()),
        EventBody::AccountActed(record) => Body::AccountActed(record.put()),
        EventBody::PassageOpened
        | EventBody::PassageDecided(_)
        | EventBody::HoldCleared { .. }
        | EventBody::ReviewAcknowledged { .. }
        | EventBody::ReviewEscalated { .. }
        | EventBody::SentToBay { .. }
        | EventBody::ReleaseWithdrawn { .. }
        | EventBody::RaiseCommanded { .. }
        | EventBody::ArmRaised
        | EventBody::ArmLowered
        | EventBody::PassageEnded { .. }
        | EventBody::Breached { .. }
        | EventBody::FaultFound { .. }
        | EventBody::FaultCleared { .. }
        | EventBody::ControllerReset { .. }
        | EventBody::WatchlistHit { .. } => put_lane_body(body),
    }
}

fn put_region_key(key: KeyBytes, former_until: Timestamp) -> pb::RegionKeyAdopted {
    pb::RegionKeyAdopted {
        key: key.put(),
        former_until_us: former_until.put(),
    }
}

/// What happens in one lane.
fn put_lane_body(body: &EventBody) -> Body {
    match body {
        EventBody::PassageDecided(record) => Body::PassageDecided(record.put()),
        EventBody::HoldCleared {
            user,
            approved_by,
            directive,
            reason_code,
            text,
            withdrawal,
        } => Body::HoldCleared(pb::HoldCleared {
            user: put!(os, *user),
            approved_by: put!(os, *approved_by),
            directive: put!(os, *directive),
            reason_code: reason_code.clone(),
            text: text.clone(),
            withdrawal: put!(om, *withdrawal),
        }),
        EventBody::ReviewAcknowledged { user } => Body::ReviewAcknowledged(user.put()),
        EventBody::ReviewEscalated { after_s } => Body::ReviewEscalatedAfterS(*after_s),
        EventBody::SentToBay { user, text } => {
            let (user, text) = (put!(os, *user), text.clone());
            Body::SentToBay(pb::SentToBay { user, text })
        }
        EventBody::ReleaseWithdrawn { directive } => Body::ReleaseWithdrawn(directive.put()),
        EventBody::RaiseCommanded { reason } => Body::RaiseCommanded(reason.put()),
        EventBody::ArmRaised => Body::ArmRaised(true),
        EventBody::ArmLowered => Body::ArmLowered(true),
        EventBody::PassageEnded { .. } => put_end(body),
        EventBody::Breached { breach, arm, edges } => {
            let (breach, arm, edges) = (breach.put(), arm.put(), put!(lm, *edges));
            Body::Breached(pb::Breached { breach, arm, edges })
        }
        EventBody::FaultFound { fault, text } => {
            let (fault, text) = (fault.put(), text.clone());
            Body::FaultFound(pb::FaultFound { fault, text })
        }
        EventBody::FaultCleared { fault } => Body::FaultCleared(fault.put()),
        EventBody::ControllerReset { cause, boot_id } => {
            let (cause, boot_id) = (cause.put(), *boot_id);
            Body::ControllerReset(pb::ControllerReset { cause, boot_id })
        }
        EventBody::WatchlistHit { directive, exact } => {
            let (directive, exact) = (directive.put(), *exact);
            Body::WatchlistHit(pb::WatchlistHit { directive, exact })
        }
        EventBody::PassageOpened
        | EventBody::GatewayStarted { .. }
        | EventBody::GatewayStopped
        | EventBody::PolicyAdopted(_)
        | EventBody::LedgerAdvanced { .. }
        | EventBody::DirectiveReceived(_)
        | EventBody::LedgerImported { .. }
        | EventBody::DeviceChanged(_)
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
        | EventBody::AccountActed(_) => Body::PassageOpened(true),
    }
}

/// How a passage ended; anything else opened one.
fn put_end(body: &EventBody) -> Body {
    let EventBody::PassageEnded {
        end,
        duration_ms,
        decide_ms,
        withdrawal,
        stage,
        post_check,
    } = body
    else {
        return Body::PassageOpened(true);
    };
    Body::PassageEnded(pb::PassageEnded {
        end: end.put(),
        duration_ms: *duration_ms,
        decide_ms: *decide_ms,
        withdrawal: put!(om, *withdrawal),
        stage: put!(os, *stage),
        post_check: *post_check,
    })
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the other kinds are read below"
)]
fn take_body(body: Body) -> Result<EventBody, DecodeError> {
    Ok(match body {
        Body::GatewayStarted(raw) => EventBody::GatewayStarted {
            software: take!(s, raw.software)?,
            clean_shutdown_before: raw.clean_shutdown_before,
            tail_bytes_cut: raw.tail_bytes_cut,
        },
        Body::GatewayStopped(_) => EventBody::GatewayStopped,
        Body::PolicyAdopted(policy) => EventBody::PolicyAdopted(Box::new(Message::take(policy)?)),
        Body::LedgerAdvanced(raw) => EventBody::LedgerAdvanced {
            to: take!(m, raw.to)?,
            rows_changed: raw.rows_changed,
        },
        Body::DirectiveReceived(raw) => EventBody::DirectiveReceived(Message::take(raw)?),
        Body::LedgerImported(raw) => EventBody::LedgerImported {
            file_sha256: take!(s, raw.file_sha256)?,
            rows: raw.rows,
        },
        Body::DeviceChanged(raw) => EventBody::DeviceChanged(Message::take(raw)?),
        Body::Operated(raw) => EventBody::Operated(Message::take(raw)?),
        Body::LaneModeChanged(raw) => EventBody::LaneModeChanged {
            mode: take!(s, raw.mode)?,
            user: take!(os, raw.user)?,
        },
        Body::DegradedDeclared(raw) => EventBody::DegradedDeclared(Message::take(raw)?),
        Body::DegradedEnded(raw) => EventBody::DegradedEnded {
            mode: take!(s, raw.mode)?,
            expired: raw.expired,
        },
        Body::ClockChanged(raw) => EventBody::ClockChanged {
            before: take!(m, raw.before)?,
            jump_ms: raw.jump_ms,
        },
        Body::VisitStageReported(raw) => EventBody::VisitStageReported {
            plate: take!(s, raw.plate)?,
            stage: take!(s, raw.stage)?,
            done_at: take!(s, raw.done_at_us)?,
        },
        Body::UplinkForked(sequence) => EventBody::UplinkForked { sequence },
        Body::PolicyRefused(cause) => EventBody::PolicyRefused {
            cause: take!(s, cause)?,
        },
        Body::RegionKeyAdopted(raw) => EventBody::RegionKeyAdopted {
            key: take!(s, raw.key)?,
            former_until: take!(s, raw.former_until_us)?,
        },
        Body::SigningKeyAnnounced(key) => EventBody::SigningKeyAnnounced {
            key: take!(s, key)?,
        },
        Body::AccountActed(raw) => EventBody::AccountActed(Message::take(raw)?),
        lane => return take_lane_body(lane),
    })
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the other kinds were read above"
)]
fn take_lane_body(body: Body) -> Result<EventBody, DecodeError> {
    Ok(match body {
        Body::PassageOpened(_) => EventBody::PassageOpened,
        Body::PassageDecided(raw) => EventBody::PassageDecided(Box::new(Message::take(raw)?)),
        Body::HoldCleared(raw) => EventBody::HoldCleared {
            user: take!(os, raw.user)?,
            approved_by: take!(os, raw.approved_by)?,
            directive: take!(os, raw.directive)?,
            reason_code: take!(s, raw.reason_code)?,
            text: take!(s, raw.text)?,
            withdrawal: take!(om, raw.withdrawal)?,
        },
        Body::ReviewAcknowledged(user) => EventBody::ReviewAcknowledged {
            user: take!(s, user)?,
        },
        Body::ReviewEscalatedAfterS(after_s) => EventBody::ReviewEscalated { after_s },
        Body::SentToBay(raw) => EventBody::SentToBay {
            user: take!(os, raw.user)?,
            text: take!(s, raw.text)?,
        },
        Body::ReleaseWithdrawn(directive) => EventBody::ReleaseWithdrawn {
            directive: take!(s, directive)?,
        },
        Body::RaiseCommanded(reason) => EventBody::RaiseCommanded {
            reason: take!(s, reason)?,
        },
        Body::ArmRaised(_) => EventBody::ArmRaised,
        Body::ArmLowered(_) => EventBody::ArmLowered,
        Body::PassageEnded(raw) => EventBody::PassageEnded {
            end: take!(s, raw.end)?,
            duration_ms: raw.duration_ms,
            decide_ms: raw.decide_ms,
            withdrawal: take!(om, raw.withdrawal)?,
            stage: take!(os, raw.stage)?,
            post_check: raw.post_check,
        },
        Body::Breached(raw) => EventBody::Breached {
            breach: take!(s, raw.breach)?,
            arm: take!(s, raw.arm)?,
            edges: take!(lm, raw.edges)?,
        },
        Body::FaultFound(raw) => EventBody::FaultFound {
            fault: take!(s, raw.fault)?,
            text: take!(s, raw.text)?,
        },
        Body::FaultCleared(fault) => EventBody::FaultCleared {
            fault: take!(s, fault)?,
        },
        Body::ControllerReset(raw) => EventBody::ControllerReset {
            cause: take!(s, raw.cause)?,
            boot_id: raw.boot_id,
        },
        Body::WatchlistHit(raw) => EventBody::WatchlistHit {
            directive: take!(s, raw.directive)?,
            exact: raw.exact,
        },
        other => return Err(DecodeError::field(format!("unknown body {other:?}"))),
    })
}
