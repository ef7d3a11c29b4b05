//! Clean passages go; nothing that is taken away from one lets it go, nor does any policy value
//! or fact however odd stop the rules from deciding.

use domain::decision::{Finding, Outcome, Verdict};
use domain::evidence::{NoWeight, WeightEvidence};
use domain::facts::{PassFact, VisitFact};
use domain::mass::Mass;
use domain::policy::RuleId;
use domain::time::Timestamp;

use crate::findings::PER_RULE_MAX;
use crate::fixture::{self, Passage};

#[test]
fn clean_passages_are_released_by_every_rule() {
    for (name, passage) in [
        ("clean", fixture::clean()),
        ("exit", fixture::exit()),
        ("bobtail", fixture::bobtail()),
    ] {
        let decision = passage.decide();
        assert_eq!(decision.holds(), Vec::<&Finding>::new(), "{name}");
        assert_eq!(decision.verdict, Verdict::Release, "{name}");
        let rules: Vec<RuleId> = decision.findings.iter().map(|f| f.rule).collect();
        assert_eq!(rules, RuleId::ALL, "{name}: one finding a rule, in order");
        for finding in &decision.findings {
            assert_eq!(finding.outcome, Outcome::Pass, "{name}: {finding:?}");
        }
        assert_eq!(passage.decide(), decision, "{name}: decided again");
    }
}

#[test]
fn a_vehicle_with_nothing_known_is_held_and_not_accused() {
    let mut passage = fixture::clean();
    for (_, take) in removals() {
        take(&mut passage);
    }
    passage.facts.pass = PassFact::None;
    passage.facts.ledger = None;
    let decision = passage.decide();
    assert_eq!(decision.verdict, Verdict::Review, "{:?}", decision.holds());
}

/// A name and what it does to a passage.
type Change = (&'static str, fn(&mut Passage));

fn removals() -> Vec<Change> {
    vec![
        ("tags", |p| p.evidence.tags.clear()),
        ("plates", |p| p.evidence.plates.clear()),
        ("driver", |p| p.evidence.driver = None),
        ("containers", |p| p.evidence.containers.clear()),
        ("weight", |p| {
            p.evidence.weight = WeightEvidence::None(NoWeight::Missing)
        }),
        ("seals", |p| p.evidence.seals.clear()),
        ("scans", |p| p.evidence.scans.clear()),
        ("radiation", |p| p.evidence.radiation = None),
        ("journeys", |p| p.evidence.journeys.clear()),
        ("devices", |p| p.evidence.devices.clear()),
        ("ledger", |p| p.facts.ledger = None),
        ("risk list", |p| p.facts.risk_list_synced_at = None),
        ("pass", |p| p.facts.pass = PassFact::None),
        ("tag record", |p| p.facts.tag_plate = None),
        ("vehicle", |p| p.facts.vehicle = None),
        ("trailer", |p| p.facts.trailer = None),
        ("company", |p| p.facts.company = None),
        ("driver record", |p| p.facts.driver = None),
        ("premises", |p| p.facts.premises = None),
        ("container records", |p| p.facts.containers.clear()),
        ("consignments", |p| p.facts.consignments.clear()),
    ]
}

#[test]
fn taking_anything_away_never_leaves_a_release() {
    for (name, take) in removals() {
        let mut passage = fixture::clean();
        take(&mut passage);
        assert_ne!(passage.decide().verdict, Verdict::Release, "{name}");
    }
    let mut passage = fixture::exit();
    passage.facts.visit = VisitFact::default();
    assert_ne!(passage.decide().verdict, Verdict::Release, "visit");
}

#[test]
fn no_two_removals_make_up_for_each_other() {
    for (first_name, first) in removals() {
        for (second_name, second) in removals() {
            let mut passage = fixture::clean();
            first(&mut passage);
            second(&mut passage);
            let verdict = passage.decide().verdict;
            assert_ne!(verdict, Verdict::Release, "{first_name}, {second_name}");
        }
    }
}

#[test]
fn a_second_corruption_never_softens_the_first() {
    // Every corruption of every table, with the weight taken away as well.
    for (rule, cases) in super::tables() {
        for case in cases.iter().filter(|case| !case.holds.is_empty()) {
            let mut passage = (case.from)();
            (case.change)(&mut passage);
            passage.evidence.weight = WeightEvidence::None(NoWeight::Unstable);
            let verdict = passage.decide().verdict;
            assert_ne!(verdict, Verdict::Release, "{rule}: {}", case.name);
        }
    }
}

#[test]
fn odd_values_are_decided_and_held() {
    let odd: [Change; 8] = [
        ("far future", |p| p.evidence.frozen.at = Timestamp::MAX),
        ("far past", |p| p.evidence.frozen.at = Timestamp::MIN),
        ("heaviest", |p| {
            p.weighing().gross = Mass::from_grams(i64::MAX)
        }),
        ("lightest", |p| {
            p.weighing().gross = Mass::from_grams(i64::MIN)
        }),
        ("heaviest cargo", |p| {
            p.pass().consignments[0].gross = Mass::from_grams(i64::MAX)
        }),
        ("axles", |p| {
            p.facts.vehicle.as_mut().expect("vehicle").axles = 255;
            p.facts.trailer.as_mut().expect("trailer").axles = 255;
        }),
        ("packages", |p| p.pass().consignments[0].packages = u32::MAX),
        ("bands", |p| {
            p.policy.weight_review_bands = 0;
            p.weighing().gross = Mass::from_kg(41_000);
        }),
    ];
    for (name, change) in odd {
        let mut passage = fixture::clean();
        change(&mut passage);
        assert_ne!(passage.decide().verdict, Verdict::Release, "{name}");
    }
}

#[test]
fn a_rule_keeps_few_findings_and_always_the_worst() {
    let mut passage = fixture::clean();
    passage.evidence.axle_loads = vec![Mass::ZERO; 500];
    passage.evidence.axle_loads[499] = Mass::from_kg(30_000);
    let decision = passage.decide();
    assert_eq!(decision.verdict, Verdict::Detain);
    let of_rule = decision
        .findings
        .iter()
        .filter(|f| f.rule == RuleId::R10)
        .count();
    assert_eq!(of_rule, PER_RULE_MAX);
}
