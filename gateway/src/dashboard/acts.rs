//! What a person asks for → an act of a lane, after the page's own questions: may this person do
//! it, has somebody else the case, does the policy of the site ask for a second person. The lane
//! judges again by itself, and its word is the last.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::account::{AccountAct, AccountRecord};
use domain::decision::{Outcome, Verdict};
use domain::device::{DegradedDeclaration, DegradedMode};
use domain::event::{Event, EventBody};
use domain::id::{LaneId, PassNumber, PassageId, UserId};
use domain::operator::{Act, LaneMode, OperatorAct};
use domain::policy::RuleId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Desk;
use super::accounts::{Approved, Right};
pub(super) use super::act_refusal::ActRefusal;
use super::course::Case;
use super::guard::Asker;
use super::words::REASONS;

/// Free text of an act, in characters.
const TEXT_MAX: usize = 500;
/// How long the page waits for a lane.
const LANE_WITHIN: Duration = Duration::from_secs(3);
/// Longest degraded mode that may be asked for, minutes; the policy's own limit comes after it.
const MINUTES_MAX: u32 = 24 * 60;

/// What is asked for.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// release, confirm, `to_bay`, reweigh, reread, `choose_pass`, `end_without_release`,
    /// `call_region`, take, `set_mode`, `declare_degraded` or `end_degraded`.
    pub(super) act: String,
    /// Lane.
    pub(super) lane: String,
    /// Passage, for acts on a vehicle.
    #[serde(default)]
    pub(super) passage: String,
    /// Which decision of the passage was looked at, from 1: a release or a yes to one counts for
    /// that decision alone.
    #[serde(default)]
    pub(super) attempt: String,
    /// Reason code, for a release.
    #[serde(default)]
    pub(super) reason: String,
    /// Free text.
    #[serde(default)]
    pub(super) text: String,
    /// Pass, lane mode or degraded mode.
    #[serde(default)]
    pub(super) what: String,
    /// For how long a degraded mode is asked for.
    #[serde(default)]
    pub(super) minutes: String,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Done {
    /// The lane took it.
    Taken,
    /// A second person has to approve it.
    AskedSecond,
}

fn field(field: &'static str, what: impl ToString) -> ActRefusal {
    ActRefusal::Field {
        field,
        what: what.to_string(),
    }
}

/// Does what is asked for.
///
/// # Errors
/// Why nothing came of it, in words with the way out.
pub(super) async fn perform(desk: &Desk, asker: &Asker, asked: &Asked) -> Result<Done, ActRefusal> {
    if asked.text.chars().count() > TEXT_MAX {
        return Err(field("text", format!("at most {TEXT_MAX} characters")));
    }
    let lane = LaneId::parse(&asked.lane).map_err(|error| field("lane", error))?;
    if !desk.lanes.contains_key(&lane) {
        return Err(field("lane", format!("there is no lane {lane}")));
    }
    if !asker.may(needed(&asked.act)?) {
        return Err(ActRefusal::Role);
    }
    if let Some(act) = lane_act(desk, asker, asked)? {
        return hand_over(desk, &lane, &asker.user, None, act).await;
    }
    let case = case_of(desk, &lane, asked)?;
    // Whoever may not do it does not keep others from doing it either.
    let act = match asked.act.as_str() {
        "release" => Some(release(desk, &asker.privileges, None, &case, asked)?),
        "call_region" => None,
        _ => Some(case_act(&case, asked)?),
    };
    let now = desk.clock.now().utc.at;
    desk.claims
        .take(&case.passage, &asker.user, case.taken.as_ref(), now)
        .map_err(|holder| ActRefusal::Held { holder })?;
    let Some(act) = act else {
        return call_region(desk, asker, &case, asked).await;
    };
    if asked.act == "release" && needs_second(desk, &case) {
        super::people::ask_second(desk, asker, &case, asked)?;
        return Ok(Done::AskedSecond);
    }
    hand_over(desk, &lane, &asker.user, Some(case.passage), act).await
}

/// Does the release that a second person has approved, in the first one's name. Both looked at the
/// same decision: another one since is refused.
///
/// # Errors
/// As [`perform`].
pub(super) async fn perform_approved(
    desk: &Desk,
    approved: Approved,
    privileges: &BTreeSet<RuleId>,
) -> Result<Done, ActRefusal> {
    let asked: Asked =
        serde_json::from_str(&approved.ask.act).map_err(|error| field("act", error))?;
    let lane = LaneId::parse(&asked.lane).map_err(|error| field("lane", error))?;
    let case = case_of(desk, &lane, &asked)?;
    let second = Some(approved.by);
    let act = release(desk, privileges, second, &case, &asked)?;
    record_account(desk, approved.record, Some((&lane, &case.passage))).await?;
    let user = approved.ask.by;
    hand_over(desk, &lane, &user, Some(case.passage), act).await
}

/// The case that is meant.
fn case_of(desk: &Desk, lane: &LaneId, asked: &Asked) -> Result<Case, ActRefusal> {
    let passage = PassageId::parse(&asked.passage).map_err(|error| field("passage", error))?;
    let case = desk.known.now().cases.get(&passage).cloned();
    case.filter(|case| case.lane == *lane)
        .ok_or(ActRefusal::Gone)
}

/// Refuses what was decided by somebody who looked at an earlier decision.
fn check_attempt(case: &Case, asked: &Asked) -> Result<(), ActRefusal> {
    let looked_at: u16 = asked
        .attempt
        .parse()
        .map_err(|_| field("attempt", "say which decision was looked at, from 1"))?;
    if looked_at == case.record.attempt {
        Ok(())
    } else {
        Err(ActRefusal::DecidedAgain)
    }
}

/// The right that an act needs.
fn needed(act: &str) -> Result<Right, ActRefusal> {
    match act {
        "take" | "release" | "confirm" | "to_bay" | "reweigh" | "reread" | "choose_pass"
        | "call_region" => Ok(Right::Handle),
        "end_without_release" | "set_mode" | "declare_degraded" | "end_degraded" => {
            Ok(Right::Lanes)
        }
        other => Err(field("act", format!("there is no act {other:?}"))),
    }
}

/// Acts on the lane itself, which belong to no case.
fn lane_act(desk: &Desk, asker: &Asker, asked: &Asked) -> Result<Option<Act>, ActRefusal> {
    let degraded = || {
        DegradedMode::parse(&asked.what).ok_or_else(|| {
            field(
                "what",
                format!("there is no degraded mode {:?}", asked.what),
            )
        })
    };
    Ok(Some(match asked.act.as_str() {
        "set_mode" => Act::SetMode(match asked.what.as_str() {
            "live" => LaneMode::Live,
            "advisory" => LaneMode::Advisory,
            "shadow" => LaneMode::Shadow,
            "closed" => LaneMode::Closed,
            other => return Err(field("what", format!("there is no mode {other:?}"))),
        }),
        "declare_degraded" => {
            let minutes: u32 = asked.minutes.parse().unwrap_or(0);
            if !(1..=MINUTES_MAX).contains(&minutes) {
                return Err(field("minutes", format!("write 1 to {MINUTES_MAX}")));
            }
            if asked.text.trim().is_empty() {
                return Err(field("text", "say why; it is signed with your name"));
            }
            let now = desk.clock.now().utc.at;
            Act::DeclareDegraded(DegradedDeclaration {
                mode: degraded()?,
                declared_by: asker.user.clone(),
                declared_at: now,
                until: now + Duration::from_secs(u64::from(minutes) * 60),
                reason: asked.text.trim().to_owned(),
            })
        }
        "end_degraded" => Act::EndDegraded(degraded()?),
        _ => return Ok(None),
    }))
}

/// Acts on a case that need no privilege of a rule.
fn case_act(case: &Case, asked: &Asked) -> Result<Act, ActRefusal> {
    let text = asked.text.trim().to_owned();
    Ok(match asked.act.as_str() {
        "take" => Act::Acknowledge,
        "confirm" => {
            check_attempt(case, asked)?;
            Act::Confirm
        }
        "to_bay" => Act::SendToBay { text },
        "reweigh" => Act::Reweigh,
        "reread" => Act::Reread,
        "end_without_release" => Act::EndWithoutRelease { text },
        "choose_pass" => {
            Act::ChoosePass(PassNumber::parse(&asked.what).map_err(|e| field("what", e))?)
        }
        other => return Err(field("act", format!("there is no act {other:?}"))),
    })
}

/// Rules that hold a case.
pub(super) fn holding(case: &Case) -> BTreeSet<RuleId> {
    let findings = case.record.decision.findings.iter();
    findings
        .filter(|finding| finding.outcome >= Outcome::Review)
        .map(|finding| finding.rule)
        .collect()
}

/// Whether the policy wants two people for it. The one in force now counts, as it does in the lane.
pub(super) fn needs_second(desk: &Desk, case: &Case) -> bool {
    !holding(case).is_disjoint(&desk.policy.borrow().two_persons)
}

fn release(
    desk: &Desk,
    privileges: &BTreeSet<RuleId>,
    approved_by: Option<UserId>,
    case: &Case,
    asked: &Asked,
) -> Result<Act, ActRefusal> {
    check_attempt(case, asked)?;
    if case.record.decision.verdict == Verdict::Detain {
        return Err(ActRefusal::Detained);
    }
    let lacking: BTreeSet<RuleId> = holding(case).difference(privileges).copied().collect();
    if !lacking.is_empty() {
        return Err(ActRefusal::Privilege {
            holders: super::people::holders(desk, &lacking),
            rules: lacking,
        });
    }
    let reason = asked.reason.trim();
    if !REASONS.iter().any(|(code, ..)| *code == reason) {
        let codes: Vec<&str> = REASONS.iter().map(|(code, ..)| *code).collect();
        return Err(field(
            "reason",
            format!("choose one of {}", codes.join(", ")),
        ));
    }
    let text = asked.text.trim();
    if reason == "OTHER" && text.is_empty() {
        return Err(field("text", "OTHER needs words of your own"));
    }
    Ok(Act::Clear {
        attempt: Some(case.record.attempt),
        approved_by,
        privileges: privileges.iter().copied().collect(),
        reason_code: reason.to_owned(),
        text: text.to_owned(),
    })
}

async fn hand_over(
    desk: &Desk,
    lane: &LaneId,
    user: &UserId,
    passage: Option<PassageId>,
    act: Act,
) -> Result<Done, ActRefusal> {
    let inbox = desk.lanes[lane].inbox.clone();
    let user = user.clone();
    let handed = inbox.act(OperatorAct { user, passage, act });
    let answered = tokio::time::timeout(LANE_WITHIN, handed).await;
    let why = match answered {
        Ok(Ok(None)) => return Ok(Done::Taken),
        Ok(Ok(Some(why))) => why,
        Ok(Err(gone)) => gone.to_string(),
        Err(_) => return Err(ActRefusal::Silent),
    };
    Err(ActRefusal::Lane { why })
}

async fn call_region(
    desk: &Desk,
    asker: &Asker,
    case: &Case,
    asked: &Asked,
) -> Result<Done, ActRefusal> {
    let record = AccountRecord {
        user: Some(asker.user.clone()),
        subject: case.plate().to_owned(),
        act: AccountAct::RegionCalled,
        text: asked.text.trim().to_owned(),
    };
    record_account(desk, record, Some((&case.lane, &case.passage))).await?;
    Ok(Done::Taken)
}

/// Makes an act on accounts, or of people beside the lanes, durable.
///
/// # Errors
/// It is not.
pub(super) async fn record_account(
    desk: &Desk,
    record: AccountRecord,
    about: Option<(&LaneId, &PassageId)>,
) -> Result<(), ActRefusal> {
    let event = Event {
        at: desk.clock.now().utc,
        lane: about.map(|(lane, _)| lane.clone()),
        passage: about.map(|(_, passage)| passage.clone()),
        body: EventBody::AccountActed(record),
    };
    let recorded = desk.recorder.record_and_wait(&event).await;
    recorded
        .map(|_| ())
        .map_err(|why| ActRefusal::Unrecorded { why })
}
