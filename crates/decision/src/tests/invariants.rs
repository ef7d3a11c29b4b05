//! Clean passages go; nothing that is taken away from one, or changed in it, lets it go.

use domain::decision::{Outcome, Verdict};
use domain::policy::RuleId;

use crate::fixture;

#[test]
fn clean_passages_are_released_by_every_rule() {
    for (name, passage) in [
        ("clean", fixture::clean()),
        ("exit", fixture::exit()),
        ("bobtail", fixture::bobtail()),
    ] {
        let decision = passage.decide();
        assert_eq!(
            decision.holds(),
            Vec::<&domain::decision::Finding>::new(),
            "{name}"
        );
        assert_eq!(decision.verdict, Verdict::Release, "{name}");
        let rules: Vec<RuleId> = decision.findings.iter().map(|f| f.rule).collect();
        assert_eq!(rules, RuleId::ALL, "{name}: one finding a rule, in order");
        for finding in &decision.findings {
            assert_eq!(finding.outcome, Outcome::Pass, "{name}: {finding:?}");
        }
        assert_eq!(passage.decide(), decision, "{name}: decided again");
    }
}
