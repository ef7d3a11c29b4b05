//! Acts of people at the gate. Who may do what is checked before they get here, by the
//! dashboard; what they mean for a passage is the lane's business.

use crate::device::DegradedDeclaration;
use crate::id::{PassNumber, PassageId, UserId};
use crate::policy::RuleId;

/// How a lane decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LaneMode {
    /// Decides and acts.
    Live,
    /// Proposes; a person acts.
    Advisory,
    /// Decides silently beside the old system; never acts.
    Shadow,
    /// Closed; every vehicle is held.
    Closed,
}

/// What a person did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Acknowledged a review case.
    Acknowledge,
    /// Clears a Review. `privileges` are the rules the person may override; every holding rule
    /// has to be among them. Where the policy wants two persons for one of them, another one has
    /// to have approved it.
    Clear {
        /// Decision of the passage that was looked at, from 1; `None` clears whichever stands.
        attempt: Option<u16>,
        /// Second person.
        approved_by: Option<UserId>,
        /// Rules the person may override.
        privileges: Vec<RuleId>,
        /// Reason code of the site's list.
        reason_code: String,
        /// Free text, at most 500 characters.
        text: String,
    },
    /// Confirms a Release in advisory mode.
    Confirm,
    /// Sends the vehicle to the inspection bay.
    SendToBay {
        /// Free text.
        text: String,
    },
    /// Weigh again.
    Reweigh,
    /// Read plates, tags, containers and seals again.
    Reread,
    /// The clerk names the pass of an ambiguous case.
    ChoosePass(PassNumber),
    /// The vehicle left backwards or was towed: ends the passage without a release.
    EndWithoutRelease {
        /// Free text.
        text: String,
    },
    /// Changes the lane's mode.
    SetMode(LaneMode),
    /// Declares a degraded mode.
    DeclareDegraded(DegradedDeclaration),
    /// Ends a degraded mode early.
    EndDegraded(crate::device::DegradedMode),
}

/// An act with its author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorAct {
    /// Author.
    pub user: UserId,
    /// Passage it is about; `None` for acts on the lane.
    pub passage: Option<PassageId>,
    /// The act.
    pub act: Act,
}
