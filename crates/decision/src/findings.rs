//! Collects findings rule by rule within a limit. Knows severity, not what a rule means.

use domain::decision::{Finding, Outcome, Verdict};
use domain::policy::RuleId;
use domain::reason::ReasonCode;

/// Most findings that one rule keeps; when more come, the mildest gives way.
pub(crate) const PER_RULE_MAX: usize = 12;

/// Findings so far; those of the rule being judged are the last ones.
pub(crate) struct Findings {
    list: Vec<Finding>,
    rule: RuleId,
    start: usize,
}

impl Findings {
    pub(crate) fn new() -> Self {
        Self {
            list: Vec::with_capacity(2 * RuleId::ALL.len()),
            rule: RuleId::R1,
            start: 0,
        }
    }

    /// Starts `rule`.
    pub(crate) fn begin(&mut self, rule: RuleId) {
        self.rule = rule;
        self.start = self.list.len();
    }

    /// Whether the rule being judged has found nothing yet.
    pub(crate) fn is_clear(&self) -> bool {
        self.list.len() == self.start
    }

    /// Drops what the rule found unless it detains.
    pub(crate) fn keep_detentions(&mut self) {
        let start = self.start;
        let mut index = 0;
        self.list.retain(|finding| {
            index += 1;
            index <= start || finding.outcome == Outcome::Detain
        });
    }

    /// The rule is satisfied; says nothing if it already found a hold.
    pub(crate) fn pass(
        &mut self,
        observed: impl Into<String>,
        expected: impl Into<String>,
        limit: impl Into<String>,
    ) {
        if self.is_clear() {
            self.push(
                Outcome::Pass,
                ReasonCode::Satisfied,
                observed,
                expected,
                limit,
            );
        }
    }

    /// A person may clear it.
    pub(crate) fn review(
        &mut self,
        reason: ReasonCode,
        observed: impl Into<String>,
        expected: impl Into<String>,
        limit: impl Into<String>,
    ) {
        self.push(Outcome::Review, reason, observed, expected, limit);
    }

    /// Only customs may lift it.
    pub(crate) fn detain(
        &mut self,
        reason: ReasonCode,
        observed: impl Into<String>,
        expected: impl Into<String>,
        limit: impl Into<String>,
    ) {
        self.push(Outcome::Detain, reason, observed, expected, limit);
    }

    /// Not applied.
    pub(crate) fn skipped(&mut self, why: impl Into<String>) {
        self.push(Outcome::Skipped, ReasonCode::NotApplied, why, "", "");
    }

    fn push(
        &mut self,
        outcome: Outcome,
        reason: ReasonCode,
        observed: impl Into<String>,
        expected: impl Into<String>,
        limit: impl Into<String>,
    ) {
        let finding = Finding {
            rule: self.rule,
            outcome,
            reason,
            observed: observed.into(),
            expected: expected.into(),
            limit: limit.into(),
        };
        if self.list.len() - self.start < PER_RULE_MAX {
            self.list.push(finding);
            return;
        }
        let mildest = self.list[self.start..]
            .iter_mut()
            .min_by_key(|kept| kept.outcome)
            .expect("the rule has found PER_RULE_MAX findings");
        if mildest.outcome < finding.outcome {
            *mildest = finding;
        }
    }

    /// Worst outcome of all.
    pub(crate) fn verdict(&self) -> Verdict {
        match self.list.iter().map(|finding| finding.outcome).max() {
            Some(Outcome::Pass | Outcome::Skipped) => Verdict::Release,
            Some(Outcome::Detain) => Verdict::Detain,
            // No finding at all is no ground to release.
            Some(Outcome::Review) | None => Verdict::Review,
        }
    }

    pub(crate) fn into_list(self) -> Vec<Finding> {
        self.list
    }
}
