//! How policy, lane and degraded modes bear on rules.

use domain::decision::{Outcome, Verdict};
use domain::device::DegradedMode;
use domain::policy::{RuleId, RuleMode};
use domain::reason::ReasonCode;

use super::devices_and_people::declare;
use super::holds_of;
use crate::fixture::{clean, lane, now_minus};
use crate::policy::NEVER_SKIPPED;

#[test]
fn a_skipped_rule_says_so_and_holds_nothing() {
    let mut passage = clean();
    passage.evidence.driver = None;
    assert_eq!(passage.decide().verdict, Verdict::Review);
    passage
        .policy
        .rule_modes
        .insert(RuleId::R3, RuleMode::Skipped);
    let decision = passage.decide();
    assert_eq!(decision.verdict, Verdict::Release);
    let finding = decision
        .findings
        .iter()
        .find(|f| f.rule == RuleId::R3)
        .expect("a finding");
    assert_eq!(finding.outcome, Outcome::Skipped);
    assert_eq!(finding.reason, ReasonCode::NotApplied);
    assert_eq!(finding.observed, "policy");
    // The lane's row is over the site's.
    let key = (lane(), RuleId::R3);
    passage
        .policy
        .lane_rule_modes
        .insert(key, RuleMode::Enforced);
    assert_eq!(passage.decide().verdict, Verdict::Review);
}

#[test]
fn four_rules_are_enforced_even_by_a_policy_that_skips_them() {
    for rule in NEVER_SKIPPED {
        let mut passage = clean();
        passage.policy.rule_modes.insert(rule, RuleMode::Skipped);
        passage
            .policy
            .lane_rule_modes
            .insert((lane(), rule), RuleMode::Skipped);
        let key = (DegradedMode::RegionUnreachable, rule);
        passage
            .policy
            .degraded_rule_modes
            .insert(key, RuleMode::Skipped);
        declare(&mut passage, DegradedMode::RegionUnreachable, 60);
        let findings = passage.decide().findings;
        let finding = findings.iter().find(|f| f.rule == rule).expect("a finding");
        assert_eq!(finding.outcome, Outcome::Pass, "{rule}");
    }
}

#[test]
fn a_persons_check_holds_but_never_softens_a_detain() {
    let mut passage = clean();
    passage
        .policy
        .rule_modes
        .insert(RuleId::R9, RuleMode::ByPerson);
    let by_person = (Outcome::Review, ReasonCode::ByPerson);
    assert_eq!(holds_of(&passage.decide(), RuleId::R9), [by_person]);
    passage.weighing().gross = domain::mass::Mass::from_kg(40_726);
    assert_eq!(holds_of(&passage.decide(), RuleId::R9), [by_person]);
    passage.weighing().gross = domain::mass::Mass::from_kg(45_000);
    let far = (Outcome::Detain, ReasonCode::R9FarOutside);
    assert_eq!(holds_of(&passage.decide(), RuleId::R9), [far, by_person]);
}

#[test]
fn a_degraded_mode_counts_only_while_it_is_in_force() {
    let mut passage = clean();
    passage.evidence.seals.clear();
    let not_read = (Outcome::Review, ReasonCode::R8NotRead);
    assert_eq!(holds_of(&passage.decide(), RuleId::R8), [not_read]);
    declare(&mut passage, DegradedMode::SealReaderDown, 60);
    let by_person = (Outcome::Review, ReasonCode::ByPerson);
    assert_eq!(holds_of(&passage.decide(), RuleId::R8), [by_person]);

    let key = (DegradedMode::SealReaderDown, RuleId::R8);
    passage
        .policy
        .degraded_rule_modes
        .insert(key, RuleMode::Skipped);
    let decision = passage.decide();
    assert_eq!(holds_of(&decision, RuleId::R8), []);
    assert_eq!(decision.verdict, Verdict::Review, "R17 carries the mode");

    passage.evidence.degraded[0].until = now_minus(1);
    assert_eq!(holds_of(&passage.decide(), RuleId::R8), [not_read]);
}

#[test]
fn of_two_degraded_modes_the_stricter_counts_and_none_enforces() {
    let mut passage = clean();
    let modes = &mut passage.policy.degraded_rule_modes;
    modes.insert((DegradedMode::ScannerDown, RuleId::R12), RuleMode::ByPerson);
    modes.insert(
        (DegradedMode::RegionUnreachable, RuleId::R12),
        RuleMode::Skipped,
    );
    declare(&mut passage, DegradedMode::ScannerDown, 60);
    declare(&mut passage, DegradedMode::RegionUnreachable, 60);
    let by_person = (Outcome::Review, ReasonCode::ByPerson);
    assert_eq!(holds_of(&passage.decide(), RuleId::R12), [by_person]);

    let mut passage = clean();
    passage
        .policy
        .rule_modes
        .insert(RuleId::R18, RuleMode::ByPerson);
    let key = (DegradedMode::ScannerDown, RuleId::R18);
    passage
        .policy
        .degraded_rule_modes
        .insert(key, RuleMode::Enforced);
    declare(&mut passage, DegradedMode::ScannerDown, 60);
    assert_eq!(holds_of(&passage.decide(), RuleId::R18), [by_person]);
}

#[test]
fn a_degraded_mode_is_shown_though_r17_is_skipped() {
    for mode in [RuleMode::Skipped, RuleMode::ByPerson] {
        let mut passage = clean();
        passage.policy.rule_modes.insert(RuleId::R17, mode);
        declare(&mut passage, DegradedMode::RegionUnreachable, 60);
        let holds = holds_of(&passage.decide(), RuleId::R17);
        assert!(
            holds.contains(&(Outcome::Review, ReasonCode::R17Degraded)),
            "{mode:?}"
        );
    }
}
