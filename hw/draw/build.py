"""Builds every export of hw/ from its source.

python hw/draw/build.py            writes them
python hw/draw/build.py --check    fails when a committed one is not what the source gives
"""

import hashlib
import subprocess
import sys
from pathlib import Path

import assembly
import board
import cabinet
import circuit
import footprints
import lane
import netlist
import steps
import wires

HW = Path(__file__).parent.parent
CONTROLLER = HW / "gate-controller"
PDFS = {
    CONTROLLER / "schematic.pdf": [CONTROLLER / f"sheet-{number}.svg" for number in range(1, 9)],
    CONTROLLER / "assembly.pdf": [CONTROLLER / f"assembly-{name}.svg" for name in ("steps", "L", "R")],
    HW / "lane.pdf": [HW / "lane-plan.svg", HW / "lane-wiring.svg", HW / "cabinet.svg"],
}


def exports():
    """Every text export by its path below hw/, and what is wrong with the drawings."""
    sheets = circuit.sheets()
    catalogue = circuit.catalogue()
    parts, nets, unconnected = netlist.join(sheets)
    kicad, report = netlist.check(parts, nets, unconnected, catalogue)
    made = {
        "gate-controller/netlist.csv": netlist.wire_list(parts, nets),
        "gate-controller/gate-controller.net": kicad,
        "gate-controller/erc.txt": report,
        "gate-controller/bom.csv": netlist.bill(parts, catalogue),
    }
    wrong = []
    field = {"lane-plan": lane.plan(1), "lane-wiring": lane.wiring(2), "cabinet": cabinet.layout(3)}
    for name, sheet in field.items():
        made[f"{name}.svg"] = sheet.render("Kakou lane", len(field))
        wrong += sheet.overlaps()
    wrong += netlist.uncabled(nets, lane.cables())
    made["gate-controller/cabinet-wires.csv"] = netlist.cabinet_wires(parts, nets, catalogue)
    wrong += board.faults(parts, nets, catalogue)
    made["gate-controller/placement.csv"] = board.table(parts, nets, catalogue)
    steps.faults(board.PLACES)
    made["gate-controller/assembly.csv"] = steps.table()
    found = wires.wires(parts, nets, board.domains(parts, nets))
    wrong += assembly.faults(found)
    made["gate-controller/wires.csv"] = wires.table(found)
    built = {side: assembly.card_sheet(number, side, parts, found) for number, side in ((1, "L"), (2, "R"))}
    built["steps"] = assembly.steps_sheet(3, steps.STEPS, found)
    for name, sheet in built.items():
        made[f"gate-controller/assembly-{name}.svg"] = sheet.render("Kakou gate controller", len(built))
        wrong += sheet.overlaps()
    wrong += stale(made["gate-controller/placement.csv"])
    for name, text in footprints.modules().items():
        made[f"gate-controller/kakou.pretty/{name}"] = text
    for sheet in sheets:
        made[f"gate-controller/sheet-{sheet.number}.svg"] = sheet.render("Kakou gate controller", len(sheets))
        wrong += sheet.overlaps()
    wrong += [line for line in report.splitlines() if "ERROR" in line or "WARNING" in line]
    return made, wrong


def sums(made):
    """Checksums of sources and exports: tests see a change of one without the other."""
    sources = sorted([*(HW / "draw").glob("*.py"), *(HW / "draw").glob("*.csv"), CONTROLLER / "pinout.csv"])
    lines = {str(path.relative_to(HW)): path.read_bytes() for path in sources}
    lines |= {path: text.encode() for path, text in made.items()}
    # The printer's version shows in a PDF, so its bytes are held only to what was committed.
    lines |= {str(pdf.relative_to(HW)): pdf.read_bytes() for pdf in PDFS}
    lines |= {str(path.relative_to(HW)): path.read_bytes() for path in (CONTROLLER / "board").iterdir()}
    return "".join(f"{hashlib.sha256(data).hexdigest()}  {path}\n" for path, data in sorted(lines.items()))


def stale(placement):
    """Whether the printed board was routed from another placement."""
    made_from = CONTROLLER / "board" / "made-from.sha256"
    found = hashlib.sha256(placement.encode()).hexdigest()
    if made_from.exists() and made_from.read_text().startswith(found):
        return []
    return ["gate-controller/board is not routed from this placement; run make hw-board"]


def print_pages(paths, pdf):
    """One PDF, a page a sheet; made at a fixed time so that it does not change by itself."""
    subprocess.run(
        ["rsvg-convert", "--format", "pdf", "--output", str(pdf), *map(str, paths)],
        check=True,
        env={"SOURCE_DATE_EPOCH": "0", "PATH": "/usr/bin:/bin:/usr/local/bin"},
    )


def main(arguments):
    made, wrong = exports()
    if arguments == ["--check"]:
        made["exports.sha256"] = sums(made)
        for path, text in made.items():
            if not (HW / path).exists() or (HW / path).read_text() != text:
                wrong.append(f"hw/{path} is not what the source gives; run make hw")
    else:
        for path, text in made.items():
            (HW / path).parent.mkdir(parents=True, exist_ok=True)
            (HW / path).write_text(text)
        for pdf, pages in PDFS.items():
            print_pages(pages, pdf)
        (HW / "exports.sha256").write_text(sums(made))
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
