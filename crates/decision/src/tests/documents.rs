//! Tables of R4, R5, R11, R15, R16: papers, orders, visits.

use domain::directive::{Directive, Order, Subject};
use domain::facts::{PassFact, PassUse, WatchHit};
use domain::gate_pass::{Direction, PassConsignment, Stage};
use domain::id::{LaneId, PassageId, PremisesId};
use domain::manifest::{Clearance, Consignment};
use domain::mass::Mass;
use domain::policy::RuleId;
use domain::reading::ScanJudge;
use domain::recordation::Standing;
use domain::time::{TimeSource, Window};

use super::{Table, case};
use crate::fixture::{
    Passage, bobtail, clean, consignment, container, directive_id, exit, now, now_minus, now_plus,
    other_container, pass_number, passage_id, plate,
};

fn directive(order: Order, subject: Subject) -> Directive {
    Directive {
        id: directive_id(),
        subject,
        order,
        window: Window {
            from: now_minus(3_600),
            until: now_plus(3_600),
        },
        withdrawn: false,
        silent: false,
        text: String::new(),
    }
}

fn order(p: &mut Passage, order: Order) -> &mut Directive {
    p.facts
        .directives
        .push(directive(order, Subject::Vehicle(plate())));
    p.facts.directives.last_mut().expect("just pushed")
}

/// A Lift on `subject` that was issued `age_s` ago.
fn lift(p: &mut Passage, subject: Subject, age_s: u64) {
    let mut lift = directive(Order::Lift, subject);
    lift.window.from = now_minus(age_s);
    p.facts.directives.push(lift);
}

fn watch(p: &mut Passage, exact: bool, silent: bool) -> &mut WatchHit {
    let mut directive = directive(Order::Watch, Subject::Vehicle(plate()));
    directive.silent = silent;
    p.facts.watch_hits.push(WatchHit { directive, exact });
    p.facts.watch_hits.last_mut().expect("just pushed")
}

fn entry_of(p: &mut Passage) -> &mut Consignment {
    p.facts.consignments[0]
        .consignment
        .as_mut()
        .expect("a fixture has goods")
}

fn second_share(p: &mut Passage, gross: Mass, packages: u32) {
    p.pass().consignments.push(PassConsignment {
        id: consignment(),
        gross,
        packages,
    });
}

fn other_passage() -> PassageId {
    PassageId::parse("lane2-5-5").expect("valid")
}

pub(super) const TABLES: &[Table] = &[
    (
        RuleId::R4,
        &[
            case!("as it is", clean, |_p| {}, []),
            case!("no pass", clean, |p| p.facts.pass = PassFact::None, [Review R4NoPass]),
            case!("two passes", clean, |p| p.facts.pass = PassFact::Ambiguous(vec![pass_number()]), [Review R4SeveralPasses]),
            case!("site unknown", clean, |p| p.facts.premises = None, [Review R4PremisesUnknown]),
            case!("record of another site", clean, |p| p.facts.premises.as_mut().expect("site").id = PremisesId::parse("X").expect("valid"), [Review R4PremisesUnknown]),
            case!("site suspended", clean, |p| p.facts.premises.as_mut().expect("site").standing = Standing::Suspended, [Detain R4PremisesNotActive]),
            case!("site expired", clean, |p| p.facts.premises.as_mut().expect("site").valid.until = now_minus(1), [Detain R4PremisesNotActive]),
            case!("pass for another site", clean, |p| p.pass().premises = PremisesId::parse("X").expect("valid"), [Detain R4WrongPremises]),
            case!("pass for the other way", clean, |p| p.pass().direction = Direction::Exit, [Detain R4WrongDirection]),
            case!(
                "pass names this lane",
                clean,
                |p| p.pass().lanes = vec![crate::fixture::lane()],
                []
            ),
            case!("pass names another lane", clean, |p| p.pass().lanes = vec![LaneId::parse("lane9").expect("valid")], [Review R4WrongLane]),
            case!(
                "window begins now",
                clean,
                |p| p.pass().window.from = now(),
                []
            ),
            case!(
                "window ends now",
                clean,
                |p| p.pass().window.until = now(),
                []
            ),
            case!("a second late", clean, |p| p.pass().window.until = now_minus(1), [Review R4WithinGrace]),
            case!("late by the grace", clean, |p| p.pass().window.until = now_minus(1_800), [Review R4WithinGrace]),
            case!("later than the grace", clean, |p| p.pass().window.until = now_minus(1_801), [Detain R4TooLate]),
            case!("early by the grace", clean, |p| p.pass().window.from = now_plus(1_800), [Review R4WithinGrace]),
            case!("earlier than the grace", clean, |p| p.pass().window.from = now_plus(1_801), [Detain R4TooEarly]),
            case!("revoked", clean, |p| p.pass().standing = Standing::Revoked, [Detain R4Revoked]),
            case!("suspended", clean, |p| p.pass().standing = Standing::Suspended, [Detain R4Revoked]),
            case!("unused", clean, |p| p.facts.pass_use = PassUse::Unused, []),
            case!("used", clean, |p| p.facts.pass_use = PassUse::Used { passage: other_passage(), at: now() }, [Detain R4Used]),
            case!(
                "used by this passage",
                clean,
                |p| p.facts.pass_use = PassUse::Used {
                    passage: passage_id(),
                    at: now()
                },
                []
            ),
            case!("reserved in another lane", clean, |p| p.facts.pass_use = PassUse::ReservedElsewhere { lane: LaneId::parse("lane2").expect("valid"), passage: other_passage() }, [Review R4ReservedElsewhere]),
            case!("issued tomorrow", clean, |p| p.pass().issued_at = now_plus(86_400), [Review R4IssuedInFuture]),
        ],
    ),
    (
        RuleId::R5,
        &[
            case!("as it is", clean, |_p| {}, []),
            case!("empty run", bobtail, |_p| {}, []),
            case!("no ledger", clean, |p| p.facts.ledger = None, [Review R5LedgerMissing]),
            case!("ledger too old", clean, |p| p.facts.ledger.as_mut().expect("ledger").synced_at = now_minus(14_401), [Review R5LedgerStale]),
            case!("ledger from the future", clean, |p| p.facts.ledger.as_mut().expect("ledger").synced_at = now_plus(301), [Review R5LedgerStale]),
            case!("no pass", clean, |p| p.facts.pass = PassFact::None, [Review R5NoPass]),
            case!("goods not asked for", clean, |p| p.facts.consignments.clear(), [Review R5EntryMissing]),
            case!("goods unknown", clean, |p| p.facts.consignments[0].consignment = None, [Detain R5NotInLedger]),
            case!("entry of other goods", clean, |p| entry_of(p).id = domain::id::ConsignmentId::parse("X").expect("valid"), [Review R5EntryOfAnother]),
            case!("under amendment", clean, |p| entry_of(p).clearance = Clearance::UnderAmendment, [Review R5UnderAmendment]),
            case!("not cleared", clean, |p| entry_of(p).clearance = Clearance::NotCleared, [Detain R5NotCleared]),
            case!("refused", clean, |p| entry_of(p).clearance = Clearance::Refused, [Detain R5Refused]),
            case!(
                "amended when the pass was built",
                clean,
                |p| entry_of(p).amended_at = now_minus(10_800),
                []
            ),
            case!("amended since", clean, |p| entry_of(p).amended_at = now_minus(10_799), [Review R5AmendedAfterPass]),
            case!(
                "all of the rest",
                clean,
                |p| p.facts.consignments[0].drawn_gross = Mass::from_kg(20_500),
                []
            ),
            case!("a gram too much", clean, |p| p.facts.consignments[0].drawn_gross = Mass::from_grams(20_500_001), [Detain R5Overdrawn]),
            case!("a package too much", clean, |p| p.facts.consignments[0].drawn_packages = 821, [Detain R5Overdrawn]),
            case!("two shares that fit one by one", clean, |p| second_share(p, Mass::from_kg(1), 0), [Detain R5Overdrawn]),
            case!("negative share", clean, |p| p.pass().consignments[0].gross = Mass::from_kg(-1), [Review R5ShareInvalid]),
            case!("goods on another container", clean, |p| entry_of(p).containers = vec![other_container()], [Review R5OtherContainer]),
            case!(
                "goods without containers",
                clean,
                |p| entry_of(p).containers.clear(),
                []
            ),
        ],
    ),
    (
        RuleId::R11,
        &[
            case!("as it is", clean, |_p| {}, []),
            case!("never synced", clean, |p| p.facts.risk_list_synced_at = None, [Review R11ListMissing]),
            case!(
                "as old as allowed",
                clean,
                |p| p.facts.risk_list_synced_at = Some(now_minus(3_600)),
                []
            ),
            case!("too old", clean, |p| p.facts.risk_list_synced_at = Some(now_minus(3_601)), [Review R11ListStale]),
            case!("from the future", clean, |p| p.facts.risk_list_synced_at = Some(now_plus(301)), [Review R11ListStale]),
            case!("document check", clean, |p| order(p, Order::DocumentCheck), [Review R11DocumentCheck]),
            case!("silent document check", clean, |p| order(p, Order::DocumentCheck).silent = true, [Review R11DocumentCheckSilent]),
            case!("inspect", clean, |p| order(p, Order::Inspect), [Detain R11Inspect]),
            case!("silent inspect", clean, |p| order(p, Order::Inspect).silent = true, [Detain R11InspectSilent]),
            case!("detain", clean, |p| order(p, Order::Detain), [Detain R11Detain]),
            case!("silent detain", clean, |p| order(p, Order::Detain).silent = true, [Detain R11DetainSilent]),
            case!("scan, met", clean, |p| order(p, Order::ScanRequired), []),
            case!("scan, not met", clean, |p| { order(p, Order::ScanRequired); p.evidence.scans.clear(); }, [Detain R11ScanRequired]),
            case!("scan, by machine only", clean, |p| { order(p, Order::ScanRequired); p.evidence.scans[0].judge = ScanJudge::Machine; }, [Detain R11ScanRequired]),
            case!("silent scan, not met", clean, |p| { order(p, Order::ScanRequired).silent = true; p.evidence.scans.clear(); }, [Detain R11ScanRequiredSilent]),
            case!("scan of another box", clean, |p| p.facts.directives.push(directive(Order::ScanRequired, Subject::Container(other_container()))), [Detain R11ScanRequired]),
            case!(
                "scan of this box",
                clean,
                |p| p.facts.directives.push(directive(
                    Order::ScanRequired,
                    Subject::Container(container())
                )),
                []
            ),
            case!("watch among directives", clean, |p| order(p, Order::Watch), [Review R11WatchMisplaced]),
            case!(
                "withdrawn",
                clean,
                |p| order(p, Order::Detain).withdrawn = true,
                []
            ),
            case!(
                "expired",
                clean,
                |p| order(p, Order::Detain).window.until = now_minus(301),
                []
            ),
            case!("expired by less than clocks may differ", clean, |p| order(p, Order::Detain).window.until = now_minus(299), [Detain R11Detain]),
            case!("begins within what clocks may differ", clean, |p| order(p, Order::Detain).window.from = now_plus(299), [Detain R11Detain]),
            case!(
                "not begun",
                clean,
                |p| order(p, Order::Detain).window.from = now_plus(301),
                []
            ),
            case!("expired by a clock nobody vouches for", clean, |p| { order(p, Order::Detain).window.until = now_minus(301); p.evidence.clock = TimeSource::Unsynchronised; }, [Detain R11Detain]),
            case!(
                "lifted",
                clean,
                |p| {
                    order(p, Order::Detain);
                    lift(p, Subject::Vehicle(plate()), 60);
                },
                []
            ),
            case!("lifted, then ordered anew", clean, |p| { lift(p, Subject::Vehicle(plate()), 3_601); order(p, Order::Detain); }, [Detain R11Detain]),
            case!("lifted at the same moment", clean, |p| { lift(p, Subject::Vehicle(plate()), 3_600); order(p, Order::Detain); }, [Detain R11Detain]),
            case!("lift on something else", clean, |p| { order(p, Order::Detain); lift(p, Subject::Container(container()), 60); }, [Detain R11Detain]),
            case!("lift not begun", clean, |p| { order(p, Order::Detain); lift(p, Subject::Vehicle(plate()), 0); p.facts.directives[1].window.from = now_plus(1); }, [Detain R11Detain]),
            case!("lift withdrawn", clean, |p| { order(p, Order::Detain); lift(p, Subject::Vehicle(plate()), 60); p.facts.directives[1].withdrawn = true; }, [Detain R11Detain]),
            case!("a document check is not lifted", clean, |p| { order(p, Order::DocumentCheck); lift(p, Subject::Vehicle(plate()), 60); }, [Review R11DocumentCheck]),
        ],
    ),
    (
        RuleId::R15,
        &[
            case!("first entry", clean, |_p| {}, []),
            case!("exit after entry", exit, |_p| {}, []),
            case!("no pass", clean, |p| p.facts.pass = PassFact::None, [Review R15Unknown]),
            case!("no ledger", exit, |p| p.facts.ledger = None, [Review R15Unknown]),
            case!("exit without entry", exit, |p| p.facts.visit.entered = None, [Detain R15ExitWithoutEntry]),
            case!("entered twice", clean, |p| p.facts.visit.entered = Some((other_passage(), now_minus(60))), [Review R15AlreadyInside]),
            case!(
                "entered by this passage",
                clean,
                |p| p.facts.visit.entered = Some((passage_id(), now())),
                []
            ),
            case!("entered tomorrow", exit, |p| p.facts.visit.entered = Some((other_passage(), now_plus(86_400))), [Review R15EntryInFuture]),
            case!("stage missing", exit, |p| p.facts.visit.stages_done.clear(), [Detain R15StageMissing, Detain R15StageMissing]),
            case!("stage excused", exit, |p| { p.facts.visit.stages_done = vec![Stage::Scan]; p.evidence.stages_excused = vec![Stage::Weigh]; }, [Review R15StageSkipped]),
        ],
    ),
    (
        RuleId::R16,
        &[
            case!("as it is", clean, |_p| {}, []),
            case!("list too old", clean, |p| p.facts.risk_list_synced_at = Some(now_minus(3_601)), [Review R16ListStale]),
            case!("list missing", clean, |p| p.facts.risk_list_synced_at = None, [Review R16ListStale]),
            case!("exact", clean, |p| watch(p, true, false), [Detain R16Exact]),
            case!("exact, silent", clean, |p| watch(p, true, true), [Detain R16ExactSilent]),
            case!("fuzzy", clean, |p| watch(p, false, false), [Review R16Fuzzy]),
            case!("fuzzy, silent", clean, |p| watch(p, false, true), [Review R16FuzzySilent]),
            case!(
                "withdrawn",
                clean,
                |p| watch(p, true, false).directive.withdrawn = true,
                []
            ),
            case!(
                "expired",
                clean,
                |p| watch(p, true, false).directive.window.until = now_minus(301),
                []
            ),
        ],
    ),
];
