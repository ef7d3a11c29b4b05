//! Terms of the domain → words in both languages. A new variant without words does not compile.

use domain::evidence::NoWeight;
use domain::gate_pass::Stage;
use domain::manifest::Clearance;
use domain::reading::DensityClass;
use domain::reason::Language;
use domain::recordation::Standing;

use wording::pick;

/// Why there is no weight.
pub(super) const fn no_weight(cause: NoWeight, language: Language) -> &'static str {
    let (zh, en) = match cause {
        NoWeight::Missing => (
            "无重量：本车道无地磅或地磅未上报",
            "no weight: no scale, or it never spoke",
        ),
        NoWeight::Unstable => ("无重量：始终不稳定", "no weight: never stable"),
        NoWeight::ZeroFault => (
            "无重量：上磅前未归零",
            "no weight: not at zero before the vehicle",
        ),
        NoWeight::NoRise => ("无重量：读数未变化", "no weight: the reading did not rise"),
        NoWeight::OutOfRange => ("无重量：超量程或无效", "no weight: out of range or invalid"),
    };
    pick(language, zh, en)
}

/// A stage of a visit.
pub(super) const fn stage(stage: Stage, language: Language) -> &'static str {
    let (zh, en) = match stage {
        Stage::Entry => ("进场", "entry"),
        Stage::Scan => ("机检", "scan"),
        Stage::Weigh => ("过磅", "weighing"),
        Stage::Inspection => ("查验", "inspection"),
    };
    pick(language, zh, en)
}

/// A standing.
pub(super) const fn standing(standing: Standing, language: Language) -> &'static str {
    let (zh, en) = match standing {
        Standing::Active => ("有效", "in force"),
        Standing::Suspended => ("暂停", "suspended"),
        Standing::Revoked => ("撤销", "revoked"),
    };
    pick(language, zh, en)
}

/// A clearance.
pub(super) const fn clearance(clearance: Clearance, language: Language) -> &'static str {
    let (zh, en) = match clearance {
        Clearance::Cleared => ("已放行", "cleared"),
        Clearance::UnderAmendment => ("改单中", "under amendment"),
        Clearance::NotCleared => ("未放行", "not cleared"),
        Clearance::Refused => ("拒绝或扣押", "refused or seized"),
    };
    pick(language, zh, en)
}

/// What a load is like.
pub(super) const fn density(class: DensityClass, language: Language) -> &'static str {
    let (zh, en) = match class {
        DensityClass::Light => ("轻质货物", "light goods"),
        DensityClass::Organic => ("密实有机货物", "dense organic goods"),
        DensityClass::Mineral => ("矿物、铝或混装", "mineral, aluminium or mixed goods"),
        DensityClass::Metal => ("金属货物", "metal goods"),
    };
    pick(language, zh, en)
}

/// What is wrong with a scan, by the name that its note carries; `None` for a name not known here.
pub(super) fn issue(name: &str, language: Language) -> Option<&'static str> {
    let (zh, en) = match name {
        "NoContainer" => ("未找到集装箱", "no container is found"),
        "AirNotSeen" => ("图像中无空气参考", "no free air is seen"),
        "CutOff" => ("集装箱超出图像", "the container leaves the image"),
        "Saturated" => ("采样饱和", "samples are at the end of their scale"),
        "WrongLength" => ("长度与申报不符", "longer or shorter than declared"),
        "OneBeam" => (
            "仅单能量，不能区分材料",
            "one beam only: materials are not told apart",
        ),
        _ => return None,
    };
    Some(pick(language, zh, en))
}
