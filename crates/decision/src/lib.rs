//! Pure rules: evidence, facts and policy in, a decision out. Cannot fail, reads no clock, and
//! refuses to know where the facts came from or what becomes of the decision.

mod context;
mod directives;
mod findings;
mod freshness;
mod modes;
mod rules;
mod scan_goods;
mod scans;
mod tares;

pub mod difference;
#[cfg(any(test, feature = "fixture"))]
pub mod fixture;
pub mod policy;
pub mod wording;

#[cfg(test)]
mod tests;

use domain::decision::Decision;
use domain::evidence::Evidence;
use domain::facts::Facts;
use domain::policy::{Policy, RuleId};

pub use difference::{Difference, compare};
pub use freshness::SKEW_MAX;

/// Decides one passage: every rule of the policy, worst outcome wins.
///
/// The same three values give the same decision, always. A policy that skips a rule which may
/// not be skipped is read as if it enforced it.
#[must_use]
pub fn decide(evidence: &Evidence, facts: &Facts, policy: &Policy) -> Decision {
    let context = context::Context::new(evidence, facts, policy);
    let mut findings = findings::Findings::new();
    for rule in RuleId::ALL {
        rules::apply(rule, &context, &mut findings);
    }
    Decision {
        verdict: findings.verdict(),
        findings: findings.into_list(),
        policy: policy.version,
    }
}
