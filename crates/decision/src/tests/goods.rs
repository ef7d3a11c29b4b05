//! Tables of R6 to R10, R12 and R13: what the vehicle carries.

use domain::container::ContainerNumber;
use domain::evidence::{ContainerSighting, NoWeight, WeightEvidence};
use domain::facts::PassFact;
use domain::gate_pass::PassContainer;
use domain::mass::Mass;
use domain::policy::RuleId;
use domain::reading::{RadiationState, ScanJudge, ScanReading, ScanVerdict};
use domain::recordation::Standing;
use domain::seal::{SealNumber, SealState};

use super::{Table, case};
use crate::fixture::{
    Passage, bobtail, clean, container, now_minus, now_plus, other_container, other_plate, utc,
};

/// Valid, and one character from the fixture's container (O and Y have equal weights modulo 11).
fn near_container() -> ContainerNumber {
    let of = container();
    let letters = (b'A'..=b'Z').map(char::from);
    letters
        .filter_map(|letter| ContainerNumber::parse(&format!("{letter}{}", &of.as_str()[1..])).ok())
        .find(|near| *near != of)
        .expect("some letters share their remainder")
}

fn see(p: &mut Passage, number: ContainerNumber, confidence_permille: u16) {
    p.evidence.containers.push(ContainerSighting {
        number,
        size_type: None,
        confidence_permille,
        agreeing_frames: 3,
        picture: None,
    });
}

fn put_on_pass(p: &mut Passage, number: ContainerNumber) {
    p.pass().containers.push(PassContainer {
        number,
        empty: false,
        seals: Vec::new(),
    });
}

fn declare_empty(p: &mut Passage) {
    p.pass().containers[0].empty = true;
    p.pass().consignments.clear();
    p.evidence.scans.clear();
    p.weighing().gross = Mass::from_kg(19_200);
}

fn weigh(p: &mut Passage, kg: i64) {
    p.weighing().gross = Mass::from_kg(kg);
}

/// Light cargo, where the floor draws the line: 2 t declared, band 300 kg.
fn light(p: &mut Passage, kg: i64) {
    p.pass().consignments[0].gross = Mass::from_kg(2_000);
    weigh(p, kg);
}

/// What software says of the image that the officer judged.
fn machine_scan(p: &Passage) -> ScanReading {
    ScanReading {
        judge: ScanJudge::Machine,
        ..p.evidence.scans[0].clone()
    }
}

fn no_weight(p: &mut Passage, cause: NoWeight) {
    p.evidence.weight = WeightEvidence::None(cause);
}

fn weigh_again(p: &mut Passage, kg: i64) {
    let mut again = p.weighing().clone();
    again.gross = Mass::from_kg(kg);
    if let WeightEvidence::Measured(weighings) = &mut p.evidence.weight {
        weighings.insert(0, again);
    }
}

pub(super) const TABLES: &[Table] = &[
    (
        RuleId::R6,
        &[
            case!("as it is", clean, |_p| {}, []),
            case!("none declared, none seen", bobtail, |_p| {}, []),
            case!("no pass", clean, |p| p.facts.pass = PassFact::None, [Review R6NoPass]),
            case!("not read", clean, |p| p.evidence.containers.clear(), [Review R6Missing]),
            case!("one of two missing", clean, |p| put_on_pass(p, other_container()), [Review R6Missing]),
            case!(
                "both of two",
                clean,
                |p| {
                    put_on_pass(p, other_container());
                    see(p, other_container(), 950);
                },
                []
            ),
            case!(
                "order does not matter",
                clean,
                |p| {
                    put_on_pass(p, other_container());
                    see(p, other_container(), 950);
                    p.evidence.containers.reverse();
                },
                []
            ),
            case!("the same number twice on the pass", clean, |p| put_on_pass(p, container()), [Review R6Missing]),
            case!(
                "confidence at the limit",
                clean,
                |p| p.evidence.containers[0].confidence_permille = 900,
                []
            ),
            case!("confidence below the limit", clean, |p| p.evidence.containers[0].confidence_permille = 899, [Review R6Unsure]),
            case!("one frame", clean, |p| p.evidence.containers[0].agreeing_frames = 1, [Review R6Unsure]),
            case!("one character off", clean, |p| p.evidence.containers[0].number = near_container(), [Review R6OneCharacter]),
            case!("two that are one character apart, one seen", clean, |p| put_on_pass(p, near_container()), [Review R6Missing]),
            case!("another container", clean, |p| p.evidence.containers[0].number = other_container(), [Review R6Missing, Detain R6NotOnPass]),
            case!("one too many", clean, |p| see(p, other_container(), 950), [Detain R6NotOnPass]),
            case!("perhaps one too many", clean, |p| see(p, other_container(), 500), [Review R6UnsureExtra]),
            case!("a container under a bobtail pass", bobtail, |p| see(p, container(), 950), [Detain R6NotOnPass]),
            case!("another size", clean, |p| p.evidence.containers[0].size_type = Some("22G1".to_owned()), [Review R6SizeTypeDiffers]),
            case!("container suspended", clean, |p| p.facts.containers[0].standing = Standing::Suspended, [Review R6NotActive]),
        ],
    ),
    (
        RuleId::R7,
        &[
            case!("as it is", clean, |_p| {}, []),
            case!("bobtail", bobtail, |_p| {}, []),
            case!("no pass", clean, |p| p.facts.pass = PassFact::None, [Review R7NoPass]),
            case!(
                "declared and weighed empty",
                clean,
                |p| declare_empty(p),
                []
            ),
            case!(
                "declared empty, loaded to the limit",
                clean,
                |p| {
                    declare_empty(p);
                    weigh(p, 19_500);
                },
                []
            ),
            case!("declared empty, loaded beyond it", clean, |p| { declare_empty(p); weigh(p, 19_501); }, [Detain R7LoadedDeclaredEmpty]),
            case!("bobtail with a load", bobtail, |p| weigh(p, 9_200), [Detain R7LoadedDeclaredEmpty]),
            case!("goods of no weight declared", clean, |p| p.pass().consignments[0].gross = Mass::ZERO, [Detain R7LoadedDeclaredEmpty]),
            case!("declared loaded, weighed empty", clean, |p| weigh(p, 19_200), [Review R7EmptyDeclaredLoaded]),
            case!("loaded container without goods", clean, |p| p.pass().consignments.clear(), [Review R7DeclarationContradicts, Detain R7LoadedDeclaredEmpty]),
            case!("empty container with goods", clean, |p| p.pass().containers[0].empty = true, [Review R7DeclarationContradicts, Review R7ScanDisagrees]),
            case!("measured empty, the officer's word says nothing of it", clean, |p| { let mut machine = machine_scan(p); machine.loaded = Some(false); p.evidence.scans[0].loaded = None; p.evidence.scans.insert(0, machine); }, [Review R7ScanDisagrees]),
            case!("scan shows none", clean, |p| p.evidence.scans[0].loaded = Some(false), [Review R7ScanDisagrees]),
            case!(
                "scan does not say",
                clean,
                |p| p.evidence.scans[0].loaded = None,
                []
            ),
            case!("scan shows cargo in an empty one", clean, |p| { let scans = p.evidence.scans.clone(); declare_empty(p); p.evidence.scans = scans; }, [Review R7ScanDisagrees]),
            case!("scale and scan show cargo in an empty one", clean, |p| { let scans = p.evidence.scans.clone(); declare_empty(p); p.evidence.scans = scans; weigh(p, 25_000); }, [Detain R7LoadedDeclaredEmpty, Detain R7LoadedDeclaredEmpty]),
            case!("no weight", clean, |p| no_weight(p, NoWeight::Missing), [Review R7NotMeasured]),
            case!("tare unknown", clean, |p| p.facts.containers.clear(), [Review R7NotMeasured]),
        ],
    ),
    (
        RuleId::R8,
        &[
            case!("as it is", clean, |_p| {}, []),
            case!("none required", bobtail, |_p| {}, []),
            case!("no pass", clean, |p| p.facts.pass = PassFact::None, [Review R8NoPass]),
            case!("not read", clean, |p| p.evidence.seals.clear(), [Review R8NotRead]),
            case!(
                "number matches, box unknown",
                clean,
                |p| p.evidence.seals[0].container = None,
                []
            ),
            case!("unreadable", clean, |p| { p.evidence.seals[0].number = None; p.evidence.seals[0].state = SealState::Unreadable; }, [Review R8Unreadable]),
            case!("closed, number not read", clean, |p| p.evidence.seals[0].number = None, [Review R8Unreadable]),
            case!("number read, state not", clean, |p| p.evidence.seals[0].state = SealState::Unreadable, [Review R8Unreadable]),
            case!("another number", clean, |p| p.evidence.seals[0].number = SealNumber::parse("CN7654321").ok(), [Detain R8NumberDiffers]),
            case!("another number with a record", clean, |p| { p.evidence.seals[0].number = SealNumber::parse("CN7654321").ok(); p.evidence.seals[0].reseal_recorded = true; }, [Review R8Resealed]),
            case!("absent", clean, |p| { p.evidence.seals[0].number = None; p.evidence.seals[0].state = SealState::Absent; }, [Detain R8Absent]),
            case!("answers but open", clean, |p| p.evidence.seals[0].state = SealState::Open, [Detain R8Open]),
            case!("tampered", clean, |p| p.evidence.seals[0].state = SealState::Tampered, [Detain R8Tampered]),
            case!("opened on the way", clean, |p| p.evidence.seals[0].opened_since_set = true, [Detain R8OpenedSinceSet]),
            case!("opened with a record", clean, |p| { p.evidence.seals[0].opened_since_set = true; p.evidence.seals[0].reseal_recorded = true; }, [Review R8Resealed]),
            case!("on another box", clean, |p| p.evidence.seals[0].container = Some(other_container()), [Review R8OtherContainer]),
            case!("read twice, once open", clean, |p| { let mut again = p.evidence.seals[0].clone(); again.state = SealState::Open; p.evidence.seals.push(again); }, [Detain R8Open]),
            case!("a second seal, tampered", clean, |p| { let mut extra = p.evidence.seals[0].clone(); extra.number = None; extra.state = SealState::Tampered; p.evidence.seals.push(extra); }, [Detain R8Tampered]),
        ],
    ),
    (
        RuleId::R9,
        &[
            case!("as it is", clean, |_p| {}, []),
            case!("bobtail", bobtail, |_p| {}, []),
            case!(
                "band is 5 % of 20.5 t: at it, above",
                clean,
                |p| weigh(p, 39_700 + 1_025),
                []
            ),
            case!("at it, below", clean, |p| weigh(p, 39_700 - 1_025), []),
            case!("a kilogram beyond", clean, |p| weigh(p, 39_700 + 1_026), [Review R9OutsideBand]),
            case!("a gram beyond", clean, |p| p.weighing().gross = Mass::from_grams(40_725_001), [Review R9OutsideBand]),
            case!("a kilogram beyond, below", clean, |p| weigh(p, 39_700 - 1_026), [Review R9OutsideBand]),
            case!("at two bands", clean, |p| weigh(p, 39_700 + 2_050), [Review R9OutsideBand]),
            case!("beyond two bands", clean, |p| weigh(p, 39_700 + 2_051), [Detain R9FarOutside]),
            case!("beyond two bands, below", clean, |p| weigh(p, 39_700 - 2_051), [Detain R9FarOutside]),
            case!("light cargo: at the floor", clean, |p| light(p, 21_500), []),
            case!("light cargo: beyond the floor", clean, |p| light(p, 21_501), [Review R9OutsideBand]),
            case!("light cargo: at two floors", clean, |p| light(p, 21_800), [Review R9OutsideBand]),
            case!("light cargo: beyond", clean, |p| light(p, 21_801), [Detain R9FarOutside]),
            case!("no pass", clean, |p| p.facts.pass = PassFact::None, [Review R9NoPass]),
            case!("no scale", clean, |p| no_weight(p, NoWeight::Missing), [Review R9Missing]),
            case!("no weighing", clean, |p| p.evidence.weight = WeightEvidence::Measured(Vec::new()), [Review R9Missing]),
            case!("unstable", clean, |p| no_weight(p, NoWeight::Unstable), [Review R9Unstable]),
            case!("one frame that stood for no time", clean, |p| p.weighing().stable_for_ms = 0, [Review R9Unstable]),
            case!("zero fault", clean, |p| no_weight(p, NoWeight::ZeroFault), [Review R9ZeroFault]),
            case!("no rise", clean, |p| no_weight(p, NoWeight::NoRise), [Review R9NoRise]),
            case!("out of range", clean, |p| no_weight(p, NoWeight::OutOfRange), [Review R9OutOfRange]),
            case!("negative", clean, |p| weigh(p, -100), [Review R9OutOfRange, Detain R9FarOutside]),
            case!("weighed before it came", clean, |p| p.weighing().at = utc(now_minus(21)), [Review R9OtherTime]),
            case!("weighed later than now", clean, |p| p.weighing().at = utc(now_plus(1)), [Review R9OtherTime]),
            case!("no tractor tare", clean, |p| p.facts.vehicle.as_mut().expect("vehicle").tare = Mass::ZERO, [Review R9TareUnknown]),
            case!("no trailer", clean, |p| p.facts.trailer = None, [Review R9TareUnknown]),
            case!("trailer of another", clean, |p| p.facts.trailer.as_mut().expect("trailer").plate = other_plate(), [Review R9TareUnknown]),
            case!("no container tare", clean, |p| p.facts.containers.clear(), [Review R9TareUnknown]),
            case!("negative cargo", clean, |p| p.pass().consignments[0].gross = Mass::from_kg(-1), [Review R9DeclaredInvalid]),
            case!(
                "weighed twice, alike",
                clean,
                |p| weigh_again(p, 39_000),
                []
            ),
            case!("weighed twice, unlike", clean, |p| weigh_again(p, 38_000), [Review R9ReweighDiffers]),
        ],
    ),
    (
        RuleId::R10,
        &[
            case!("as it is", clean, |_p| {}, []),
            case!("at the limit", clean, |p| weigh(p, 49_000), []),
            case!("a gram above", clean, |p| p.weighing().gross = Mass::from_grams(49_000_001), [Detain R10GrossAbove]),
            case!("no weight", clean, |p| no_weight(p, NoWeight::Unstable), [Review R10NotMeasured]),
            case!("axles not recorded", clean, |p| p.facts.vehicle.as_mut().expect("vehicle").axles = 0, [Review R10AxlesUnknown]),
            case!("trailer not recorded", clean, |p| p.facts.trailer = None, [Review R10AxlesUnknown]),
            case!("no row", clean, |p| p.facts.trailer.as_mut().expect("trailer").axles = 9, [Review R10NoLimit]),
            case!(
                "axle loads in order",
                clean,
                |p| p.evidence.axle_loads = vec![Mass::from_kg(6_600); 6],
                []
            ),
            case!(
                "axle at the limit",
                clean,
                |p| p.evidence.axle_loads = vec![Mass::from_kg(11_500); 6],
                []
            ),
            case!("axle above the limit", clean, |p| { p.evidence.axle_loads = vec![Mass::from_kg(6_600); 6]; p.evidence.axle_loads[3] = Mass::from_kg(11_501); }, [Detain R10AxleAbove]),
            case!("an axle too few", clean, |p| p.evidence.axle_loads = vec![Mass::from_kg(6_600); 5], [Review R10AxleCount]),
            case!("an axle without load", clean, |p| p.evidence.axle_loads = vec![Mass::ZERO; 6], [Review R10AxleCount, Review R10AxleCount, Review R10AxleCount, Review R10AxleCount, Review R10AxleCount, Review R10AxleCount]),
        ],
    ),
    (
        RuleId::R12,
        &[
            case!("as it is", clean, |_p| {}, []),
            case!("none required, none there", bobtail, |_p| {}, []),
            case!("required and missing", clean, |p| p.evidence.scans.clear(), [Review R12Missing]),
            case!("required of a vehicle without container", bobtail, |p| p.pass().scan_required = true, [Review R12Missing]),
            case!("one scan for two boxes", clean, |p| put_on_pass(p, other_container()), [Review R12Missing]),
            case!("pending", clean, |p| p.evidence.scans[0].verdict = ScanVerdict::Pending, [Review R12Pending]),
            case!("pending though not required", clean, |p| { p.pass().scan_required = false; p.evidence.scans[0].verdict = ScanVerdict::Pending; }, [Review R12Pending]),
            case!("machine only", clean, |p| p.evidence.scans[0].judge = ScanJudge::Machine, [Review R12MachineOnly]),
            case!(
                "software measured the image that the officer judged",
                clean,
                |p| {
                    let machine = machine_scan(p);
                    p.evidence.scans.push(machine);
                },
                []
            ),
            case!("the officer judged another image than was measured", clean, |p| { let mut machine = machine_scan(p); machine.captured_sha256 = domain::digest::Digest([8; 32]); machine.judged_sha256 = machine.captured_sha256; p.evidence.scans.push(machine); }, [Detain R12HashDiffers]),
            case!("finding of software", clean, |p| { p.evidence.scans[0].judge = ScanJudge::Machine; p.evidence.scans[0].verdict = ScanVerdict::Finding; }, [Review R12MachineFinding]),
            case!("finding", clean, |p| p.evidence.scans[0].verdict = ScanVerdict::Finding, [Detain R12Finding]),
            case!("finding though not required", clean, |p| { p.pass().scan_required = false; p.evidence.scans[0].verdict = ScanVerdict::Finding; }, [Detain R12Finding]),
            case!("revised to a finding", clean, |p| { let mut later = p.evidence.scans[0].clone(); later.verdict = ScanVerdict::Finding; later.captured_at = now_minus(60); p.evidence.scans.insert(0, later); }, [Detain R12Finding]),
            case!(
                "as old as allowed",
                clean,
                |p| p.evidence.scans[0].captured_at = now_minus(14_400),
                []
            ),
            case!("too old", clean, |p| p.evidence.scans[0].captured_at = now_minus(14_401), [Review R12TooOld]),
            case!("from the future", clean, |p| p.evidence.scans[0].captured_at = now_plus(301), [Review R12TooOld]),
            case!("of the truck in front", clean, |p| p.evidence.scans[0].plate = Some(other_plate()), [Review R12OtherVehicle]),
            case!("whole vehicle, joined to nobody", clean, |p| { let mut whole = p.evidence.scans[0].clone(); whole.container = None; whole.plate = None; p.evidence.scans.push(whole); }, [Review R12OtherVehicle]),
            case!("of another box", clean, |p| p.evidence.scans[0].container = Some(other_container()), [Review R12Missing, Review R12OtherBox]),
            case!("another image judged", clean, |p| p.evidence.scans[0].judged_sha256 = domain::digest::Digest([8; 32]), [Detain R12HashDiffers]),
            case!("no image hashed", clean, |p| { p.evidence.scans[0].judged_sha256 = domain::digest::Digest::ZERO; p.evidence.scans[0].captured_sha256 = domain::digest::Digest::ZERO; }, [Detain R12HashDiffers]),
        ],
    ),
    (
        RuleId::R13,
        &[
            case!("as it is", clean, |_p| {}, []),
            case!("portal silent", clean, |p| p.evidence.radiation = None, [Review R13Missing]),
            case!("portal required and not there", clean, |p| { p.evidence.radiation = None; p.evidence.devices.remove(4); p.policy.required_devices.push(domain::device::DeviceKind::RadiationPortal); }, [Review R13Missing]),
            case!(
                "lane without portal",
                clean,
                |p| {
                    p.evidence.radiation = None;
                    p.evidence.devices.remove(4);
                },
                []
            ),
            case!("alarm", clean, |p| p.evidence.radiation.as_mut().expect("portal").state = RadiationState::Alarm, [Detain R13Alarm]),
            case!("benign", clean, |p| p.evidence.radiation.as_mut().expect("portal").state = RadiationState::AdjudicatedBenign, [Review R13Adjudicated]),
        ],
    ),
];
