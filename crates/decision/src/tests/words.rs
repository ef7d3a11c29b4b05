//! Words of findings, the driver's lines, the differences of a replay, and the page of the rules.

use domain::decision::{Finding, Outcome, Verdict};
use domain::directive::{Directive, Order, Subject};
use domain::policy::RuleId;
use domain::reason::{Language, ReasonCode};

use crate::difference::{Difference, compare};
use crate::fixture::{clean, directive_id, plate, year};
use crate::wording::{NOTICE_LINES_MAX, driver_notice, text, way_out};

const RULES_PAGE: &str = include_str!("../../../../docs/rules.md");

fn finding(reason: ReasonCode) -> Finding {
    Finding {
        rule: RuleId::R9,
        outcome: Outcome::Review,
        reason,
        observed: "41,000 kg".to_owned(),
        expected: "39,700 kg".to_owned(),
        limit: "± 1,025 kg".to_owned(),
    }
}

#[test]
fn every_reason_has_words_and_a_way_out_in_both_languages() {
    for reason in ReasonCode::ALL {
        for language in [Language::Zh, Language::En] {
            let said = text(&finding(reason), language);
            for value in ["41,000 kg", "39,700 kg", "± 1,025 kg"] {
                assert!(said.contains(value), "{}: {said}", reason.code());
            }
            assert!(
                !way_out(&finding(reason), language).is_empty(),
                "{}",
                reason.code()
            );
        }
        assert!(
            text(&finding(reason), Language::En).is_ascii_but_for_limit(),
            "{}",
            reason.code()
        );
        let zh = text(&finding(reason), Language::Zh);
        assert!(
            zh.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)),
            "{zh}"
        );
    }
    let bare = Finding {
        observed: String::new(),
        expected: String::new(),
        limit: String::new(),
        ..finding(ReasonCode::R4NoPass)
    };
    assert_eq!(text(&bare, Language::En), "no gate pass");
    assert_eq!(text(&bare, Language::Zh), "无核放单");
}

trait English {
    fn is_ascii_but_for_limit(&self) -> bool;
}

impl English for String {
    fn is_ascii_but_for_limit(&self) -> bool {
        self.replace('±', "").is_ascii()
    }
}

#[test]
fn a_reason_belongs_to_the_rule_that_its_code_names() {
    for (rule, cases) in super::tables() {
        for (_, reason) in cases.iter().flat_map(|case| case.holds) {
            let prefix = format!("r{}.", rule.number());
            assert!(
                reason.code().starts_with(&prefix),
                "{rule}: {}",
                reason.code()
            );
        }
    }
}

#[test]
fn the_rules_page_names_every_reason_and_every_parameter() {
    for reason in ReasonCode::ALL {
        let code = format!("| `{}` |", reason.code());
        assert!(RULES_PAGE.contains(&code), "docs/rules.md lacks {code}");
    }
    let shown = format!("{:#?}", crate::policy::baseline());
    let fields = shown
        .lines()
        .filter_map(|line| line.strip_prefix("    ")?.split_once(':'))
        .map(|(field, _)| field)
        .filter(|field| field.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
    let mut counted = 0;
    for field in fields.filter(|field| !matches!(*field, "version" | "digest")) {
        counted += 1;
        assert!(
            RULES_PAGE.contains(&format!("| `{field}` |")),
            "docs/rules.md lacks {field}"
        );
    }
    assert_eq!(counted, 24);
}

#[test]
fn the_rules_page_gives_each_reason_the_outcome_it_has() {
    for (_, cases) in super::tables() {
        for (outcome, reason) in cases.iter().flat_map(|case| case.holds) {
            let row = format!("| `{}` | {outcome:?} |", reason.code());
            assert!(RULES_PAGE.contains(&row), "docs/rules.md lacks {row}");
        }
    }
}

#[test]
fn the_driver_is_told_the_worst_first_and_nothing_silent() {
    assert_eq!(driver_notice(&clean().decide()), []);

    let mut passage = clean();
    passage.evidence.driver = None;
    passage.weighing().gross = domain::mass::Mass::from_kg(45_000);
    let lines = driver_notice(&passage.decide());
    assert_eq!(lines.len(), 2);
    assert!(
        lines[0].en.starts_with("weight far outside the tolerance"),
        "{lines:?}"
    );
    assert!(lines[1].zh.starts_with("未刷驾驶员卡"), "{lines:?}");

    let silent = Directive {
        id: directive_id(),
        subject: Subject::Vehicle(plate()),
        order: Order::Detain,
        window: year(),
        withdrawn: false,
        silent: true,
        text: String::new(),
    };
    let mut passage = clean();
    passage.facts.directives.push(silent.clone());
    let decision = passage.decide();
    assert_eq!(decision.verdict, Verdict::Detain);
    let with_silent = driver_notice(&decision);
    let mut drawn = clean();
    drawn.evidence.sampling_draw = 0;
    assert_eq!(
        with_silent,
        driver_notice(&drawn.decide()),
        "looks like a random recheck"
    );

    let mut passage = clean();
    passage.evidence.driver = None;
    let told = driver_notice(&passage.decide());
    passage.facts.directives.push(silent);
    assert_eq!(
        driver_notice(&passage.decide()),
        told,
        "a silent directive adds no line"
    );

    let mut passage = clean();
    passage.facts.pass = domain::facts::PassFact::None;
    passage.evidence.tags.clear();
    assert_eq!(driver_notice(&passage.decide()).len(), NOTICE_LINES_MAX);
}

#[test]
fn a_replay_shows_exactly_what_differs() {
    let old = clean().decide();
    assert_eq!(compare(&old, &old), []);

    let mut passage = clean();
    passage.policy.version.local = 1;
    passage.policy.sampling_permille = 501;
    let new = passage.decide();
    let differences = compare(&old, &new);
    assert_eq!(
        differences[0],
        Difference::Policy {
            old: old.policy,
            new: new.policy
        }
    );
    assert_eq!(
        differences[1],
        Difference::Verdict {
            old: Verdict::Release,
            new: Verdict::Review
        }
    );
    let Difference::Finding {
        rule,
        old: Some(then),
        new: Some(now),
    } = &differences[2]
    else {
        panic!("{differences:?}");
    };
    assert_eq!((*rule, then.reason), (RuleId::R18, ReasonCode::Satisfied));
    assert_eq!(now.reason, ReasonCode::R18Drawn);
    assert_eq!(differences.len(), 3);

    let mut reordered = old.clone();
    reordered.findings.swap(0, 1);
    assert_ne!(compare(&old, &reordered), []);
}
