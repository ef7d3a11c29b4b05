//! What software measured on a scan and what the papers say → where they disagree: mass, density
//! class, look. Plain arithmetic; the policy sets how far masses may be apart.

use domain::container::ContainerNumber;
use domain::gate_pass::{GatePass, PassConsignment};
use domain::manifest::Consignment;
use domain::mass::Mass;
use domain::reading::{DensityClass, ScanMeasures};
use domain::reason::ReasonCode;

use crate::context::Context;
use crate::findings::Findings;

/// Belief in other chapters together from which the declared ones are doubted.
const OTHERS_PERMILLE: u16 = 980;

/// Mass of each scanned container against the pass; of all together where a consignment is spread
/// over several of them.
pub(crate) fn judge_masses(context: &Context<'_>, out: &mut Findings) {
    let Some(pass) = context.pass else { return };
    let mut spread = false;
    let mut all = Some((Mass::ZERO, false));
    for box_ in &pass.containers {
        let measured = measured(context, &box_.number);
        let declared = declared_in(context, pass, &box_.number);
        spread |= declared.is_none();
        if let Some((measures, declared)) = measured.zip(declared) {
            compare(context, box_.number.as_str(), measures, declared, out);
        }
        all = all
            .zip(measured)
            .map(|((mass, is_least), one)| (mass + one.cargo, is_least || one.cargo_is_least));
    }
    if let Some((cargo, cargo_is_least)) = all.filter(|_| spread) {
        let together = ScanMeasures {
            cargo,
            cargo_is_least,
            fill_permille: 0,
            density: None,
            likeness: Vec::new(),
        };
        let declared = pass.declared_cargo();
        compare(context, pass.vehicle.as_str(), &together, declared, out);
    }
}

fn compare(
    context: &Context<'_>,
    subject: &str,
    measures: &ScanMeasures,
    declared: Mass,
    out: &mut Findings,
) {
    let policy = context.policy;
    let band = declared.permille(u32::from(policy.scan_mass_tolerance_permille))
        + policy.weight_tolerance_floor;
    let more = measures.cargo > declared + band;
    // Where the beam did not come through, less than declared contradicts nothing.
    let less = measures.cargo + band < declared && !measures.cargo_is_least;
    if more || less {
        let at_least = if measures.cargo_is_least { ">= " } else { "" };
        out.review(
            ReasonCode::R12MassDiffers,
            format!("{subject}: {at_least}{}", measures.cargo),
            declared.to_string(),
            format!("± {band}"),
        );
    }
}

/// Density class and look of the load of one container against the declared chapters; to be
/// asked as long as no officer has judged the image.
pub(crate) fn judge_look(context: &Context<'_>, number: &ContainerNumber, out: &mut Findings) {
    let Some(measures) = measured(context, number) else {
        return;
    };
    let Some(chapters) = chapters_in(context, number) else {
        return;
    };
    let declared: Vec<String> = chapters.iter().map(u8::to_string).collect();
    let declared = format!("HS {}", declared.join(", "));
    if let Some(class) = measures.density
        && is_outside(class, &chapters)
    {
        let observed = format!("{number}: {}", name_of(class));
        out.review(ReasonCode::R12GoodsDiffer, observed, declared, "");
    } else if let Some((chapter, others)) = looks_like_others(measures, &chapters) {
        out.review(
            ReasonCode::R12GoodsDiffer,
            format!("{number}: like HS {chapter}, {others} of 1000 for other goods"),
            declared,
            format!("< {OTHERS_PERMILLE} of 1000"),
        );
    }
}

/// What was measured on the last image of a container that anybody measured.
fn measured<'a>(context: &Context<'a>, number: &ContainerNumber) -> Option<&'a ScanMeasures> {
    let scans = context.evidence.scans.iter();
    scans
        .filter(|scan| scan.container.as_ref() == Some(number) && scan.loaded.is_some())
        .max_by_key(|scan| scan.captured_at)?
        .measured
        .as_ref()
}

/// The ledger's consignments that the pass moves, each with its share.
fn consignments<'a>(
    context: &Context<'a>,
    pass: &'a GatePass,
) -> impl Iterator<Item = (&'a PassConsignment, Option<&'a Consignment>)> {
    let facts = &context.facts.consignments;
    pass.consignments.iter().map(move |share| {
        let fact = facts.iter().find(|fact| fact.id == share.id);
        let found = fact.and_then(|fact| fact.consignment.as_ref());
        (share, found.filter(|found| found.id == share.id))
    })
}

/// Declared mass of the goods in one container; `None` when the papers do not part it.
fn declared_in(context: &Context<'_>, pass: &GatePass, number: &ContainerNumber) -> Option<Mass> {
    if pass.containers.len() == 1 {
        return Some(pass.declared_cargo());
    }
    let mut sum = Mass::ZERO;
    for (share, consignment) in consignments(context, pass) {
        let carried_by = &consignment?.containers;
        let mut boxes = pass.containers.iter();
        let first = boxes.find(|box_| carried_by.contains(&box_.number))?;
        if boxes.any(|box_| carried_by.contains(&box_.number)) {
            return None;
        }
        if first.number == *number {
            sum = sum + share.gross;
        }
    }
    Some(sum)
}

/// Chapters declared of what may be in a container; `None` when any goods may be in it.
fn chapters_in(context: &Context<'_>, number: &ContainerNumber) -> Option<Vec<u8>> {
    let pass = context.pass?;
    let mut chapters = Vec::new();
    for (_, consignment) in consignments(context, pass) {
        let consignment = consignment?;
        if pass.containers.len() == 1 || consignment.containers.contains(number) {
            let code = consignment.hs_code.as_ref()?;
            chapters.push(code.get(..2)?.parse().ok()?);
        }
    }
    chapters.sort_unstable();
    chapters.dedup();
    (!chapters.is_empty()).then_some(chapters)
}

/// Whether no declared chapter allows a load of this class.
fn is_outside(class: DensityClass, chapters: &[u8]) -> bool {
    chapters.iter().all(|&chapter| {
        let classes = classes_of(chapter);
        !classes.is_empty() && !classes.contains(&class)
    })
}

/// The likeliest chapter and the belief in other chapters than the declared ones, where that is
/// beyond the limit and the look of every declared chapter is known.
fn looks_like_others(measures: &ScanMeasures, chapters: &[u8]) -> Option<(u8, u16)> {
    let first = measures.likeness.first()?;
    let mut declared = 0_u16;
    for chapter in chapters {
        let known = measures.likeness.iter().find(|one| one.chapter == *chapter);
        declared = declared.saturating_add(known?.permille);
    }
    let others = 1_000_u16.saturating_sub(declared);
    (others >= OTHERS_PERMILLE).then_some((first.chapter, others))
}

const fn name_of(class: DensityClass) -> &'static str {
    match class {
        DensityClass::Light => "light goods",
        DensityClass::Organic => "dense organic goods",
        DensityClass::Mineral => "mineral, aluminium or mixed goods",
        DensityClass::Metal => "metal goods",
    }
}

/// What a load of a chapter of the Harmonized System can be like, on the wide side: a class that
/// is missing here holds a vehicle. Empty when anything can.
const fn classes_of(chapter: u8) -> &'static [DensityClass] {
    use DensityClass::{Light, Metal, Mineral, Organic};
    match chapter {
        // Food, and drinks in glass or cans.
        1..=19 | 23 | 24 => &[Light, Organic],
        20..=22 => &[Light, Organic, Mineral],
        // Salt, stone, cement; ores.
        25 => &[Organic, Mineral],
        26 => &[Mineral, Metal],
        // Fuels, chemicals, plastics, rubber.
        27 | 29 | 30 | 33..=37 | 39 | 40 => &[Light, Organic],
        28 | 31 | 32 | 38 => &[Light, Organic, Mineral],
        // Leather, wood, paper, textiles, footwear.
        41..=67 => &[Light, Organic],
        // Stone, ceramics, glass.
        68..=70 => &[Light, Mineral],
        // Precious and base metals; aluminium stands apart from steel.
        71 | 76 => &[Light, Mineral, Metal],
        72 | 73 | 75 | 78..=81 => &[Metal],
        74 | 82 | 83 => &[Mineral, Metal],
        // Machines, electrical goods, vehicles.
        84..=89 => &[Light, Mineral, Metal],
        // Instruments, furniture, toys.
        90..=92 | 94..=96 => &[Light, Organic, Mineral],
        93 => &[Mineral, Metal],
        _ => &[],
    }
}
