//! Acts that take two: one person asks, another with the right and the privileges approves within
//! ten minutes, once. What the act is, is the caller's; here it is a text to be given back.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::event::{AccountAct, AccountRecord};
use domain::id::{LaneId, PassageId, UserId};
use domain::policy::RuleId;
use domain::time::Instant;

use super::record;
use super::register::Accounts;
use super::role::Right;

/// Time to approve.
const APPROVAL: Duration = Duration::from_secs(10 * 60);
/// Time for which it is remembered what became of a request.
const REMEMBERED: Duration = Duration::from_secs(60 * 60);
/// Requests, open and remembered ones.
const REQUESTS_MAX: usize = 256;
/// Open requests of one person.
const OPEN_OF_ONE_MAX: usize = 8;
/// Longest description of an act, bytes.
const ACT_BYTES_MAX: usize = 4_096;

/// What approving takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// Right; whoever asks needs it as well.
    pub right: Right,
    /// Rules that the approving person has to be allowed to override.
    pub privileges: BTreeSet<RuleId>,
}

/// What a person asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Who asks.
    pub by: UserId,
    /// The act, as the caller will read it again; at most 4,096 bytes.
    pub act: String,
    /// Lane that it is about.
    pub lane: Option<LaneId>,
    /// Passage that it is about.
    pub passage: Option<PassageId>,
    /// What approving takes.
    pub need: Need,
}

/// Number of a request, never given twice in one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestId(u64);

impl RequestId {
    /// The request of a number that came back from a page.
    #[must_use]
    pub const fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Open,
    Taken(UserId),
    Withdrawn,
}

/// A request that waits, or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Its number.
    pub id: RequestId,
    /// What is asked for.
    pub ask: Ask,
    /// When it was.
    pub asked_at: Instant,
    state: State,
}

impl Request {
    /// Last moment to approve it.
    #[must_use]
    pub fn until(&self) -> Instant {
        self.asked_at + APPROVAL
    }

    fn is_open(&self, now: Instant) -> bool {
        self.state == State::Open && now <= self.until()
    }
}

/// Two persons agree: the act may be done, and this value is the only one that says so.
#[derive(Debug, PartialEq, Eq)]
pub struct Approved {
    /// What was asked for.
    pub ask: Ask,
    /// Who approved it.
    pub by: UserId,
    /// To be recorded.
    pub record: AccountRecord,
}

/// Why a request is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskRefusal {
    /// Whoever asks has not the right.
    #[error("you may not ask for that")]
    LacksRight,
    /// The description is too long.
    #[error("the act takes {bytes} bytes, at most {ACT_BYTES_MAX} are kept")]
    TooLong {
        /// Bytes found.
        bytes: usize,
    },
    /// Too many of one person wait already.
    #[error("{OPEN_OF_ONE_MAX} of your requests wait already")]
    TooManyOfYours,
    /// Too many wait already.
    #[error("too many requests wait already")]
    Full,
}

/// Why a request is not approved or withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalRefusal {
    /// There is no such request, or it is long past.
    #[error("there is no such request")]
    Unknown,
    /// Whoever asked may not approve.
    #[error("a second person has to approve")]
    SamePerson,
    /// Ten minutes are over.
    #[error("the request is older than ten minutes; ask again")]
    TooLate,
    /// Another person has approved it.
    #[error("{by} has approved it already")]
    Taken {
        /// Who.
        by: UserId,
    },
    /// Whoever asked took it back.
    #[error("the request was withdrawn")]
    Withdrawn,
    /// Whoever approves has not the right, or whoever withdraws did not ask.
    #[error("you may not do that with this request")]
    LacksRight,
    /// Whoever approves may not override all of the rules.
    #[error("you may not override every rule that holds here")]
    LacksPrivilege {
        /// Those that may not be overridden.
        rules: BTreeSet<RuleId>,
    },
    /// Whoever asked has no longer the right.
    #[error("whoever asked may no longer do so")]
    AskerLacksRight,
}

/// Acts that wait for a second person.
#[derive(Debug, Default)]
pub struct TwoPersons {
    requests: BTreeMap<RequestId, Request>,
    number_last: u64,
}

impl TwoPersons {
    /// Nothing waits.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a request in. The same one twice is one.
    ///
    /// # Errors
    /// The person has not the right, the act is too long, or too many wait.
    pub fn ask(
        &mut self,
        ask: Ask,
        accounts: &Accounts,
        now: Instant,
    ) -> Result<RequestId, AskRefusal> {
        if !accounts.may(&ask.by, ask.need.right) {
            return Err(AskRefusal::LacksRight);
        }
        let bytes = ask.act.len();
        if bytes > ACT_BYTES_MAX {
            return Err(AskRefusal::TooLong { bytes });
        }
        self.requests
            .retain(|_, request| now.since(request.asked_at) <= REMEMBERED);
        if let Some(same) = self.open(now).find(|request| request.ask == ask) {
            return Ok(same.id);
        }
        if self
            .open(now)
            .filter(|request| request.ask.by == ask.by)
            .count()
            >= OPEN_OF_ONE_MAX
        {
            return Err(AskRefusal::TooManyOfYours);
        }
        if self.requests.len() >= REQUESTS_MAX {
            // The oldest whose fate is known; nobody waits for it.
            let past = self.requests.values().find(|request| !request.is_open(now));
            let id = past.map(|request| request.id).ok_or(AskRefusal::Full)?;
            self.requests.remove(&id);
        }
        self.number_last += 1;
        let id = RequestId(self.number_last);
        let request = Request {
            id,
            ask,
            asked_at: now,
            state: State::Open,
        };
        self.requests.insert(id, request);
        Ok(id)
    }

    /// Requests that can be approved, oldest first.
    pub fn open(&self, now: Instant) -> impl Iterator<Item = &Request> {
        self.requests
            .values()
            .filter(move |request| request.is_open(now))
    }

    /// The second person agrees. Each request gives one [`Approved`] at most; what comes of the act
    /// afterwards does not bring it back.
    ///
    /// # Errors
    /// It is the same person, too late, taken, withdrawn, or a right or privilege is lacking.
    pub fn approve(
        &mut self,
        id: RequestId,
        by: &UserId,
        accounts: &Accounts,
        now: Instant,
    ) -> Result<Approved, ApprovalRefusal> {
        let request = self.waiting(id, now)?;
        let ask = &request.ask;
        if ask.by == *by {
            return Err(ApprovalRefusal::SamePerson);
        }
        let approving = accounts
            .get(by)
            .filter(|account| account.may(ask.need.right));
        let approving = approving.ok_or(ApprovalRefusal::LacksRight)?;
        let rules = approving.lacking(&ask.need.privileges);
        if !rules.is_empty() {
            return Err(ApprovalRefusal::LacksPrivilege { rules });
        }
        if !accounts.may(&ask.by, ask.need.right) {
            return Err(ApprovalRefusal::AskerLacksRight);
        }
        request.state = State::Taken(by.clone());
        let ask = request.ask.clone();
        let passage = ask.passage.as_ref().map(PassageId::as_str);
        let subject = passage
            .or(ask.lane.as_ref().map(LaneId::as_str))
            .unwrap_or("gate");
        let text = format!("asked by {}: {}", ask.by, ask.act);
        Ok(Approved {
            record: record::of(Some(by), subject, AccountAct::Approved, &text),
            by: by.clone(),
            ask,
        })
    }

    /// Whoever asked takes it back.
    ///
    /// # Errors
    /// It is another person's, too late, taken, or withdrawn before.
    pub fn withdraw(
        &mut self,
        id: RequestId,
        by: &UserId,
        now: Instant,
    ) -> Result<(), ApprovalRefusal> {
        let request = self.waiting(id, now)?;
        if request.ask.by != *by {
            return Err(ApprovalRefusal::LacksRight);
        }
        request.state = State::Withdrawn;
        Ok(())
    }

    fn waiting(&mut self, id: RequestId, now: Instant) -> Result<&mut Request, ApprovalRefusal> {
        let request = self.requests.get_mut(&id).ok_or(ApprovalRefusal::Unknown)?;
        match &request.state {
            State::Open if now > request.until() => Err(ApprovalRefusal::TooLate),
            State::Open => Ok(request),
            State::Taken(by) => Err(ApprovalRefusal::Taken { by: by.clone() }),
            State::Withdrawn => Err(ApprovalRefusal::Withdrawn),
        }
    }
}

#[cfg(test)]
mod tests;
