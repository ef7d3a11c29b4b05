"""What makes a routed board one that can be ordered: copper, pours, lettering, rule check, files.

Turns the router's paths into KiCad's objects and KiCad's objects into Gerber and drill files.
"""

import hashlib
import math
import os
import re
import subprocess
import zipfile

import pcbnew
import printed
from pcbnew import FromMM
from router import STEP, segments

WIDE_MM, GAP_TO_POUR_MM = 0.9, 0.5
# Pour of each domain, corners in holes; None is the edge of the board.
POURS = {
    "GND": [(22.6, None), (99, None), (99, 99), (27.65, 99), (27.65, 60.0), (28.55, 60.0), (28.55, 43.6), (22.6, 43.6)],
    "0VF": [(None, None), (20.4, None), (20.4, 44.7), (None, 44.7)],
    "0V_BUS": [(None, 46.85), (19.4, 46.85), (19.4, 45.4), (26.4, 45.4), (26.4, 99), (None, 99)],
}
LAYERS = [
    (pcbnew.F_Cu, "F_Cu"), (pcbnew.B_Cu, "B_Cu"), (pcbnew.F_Mask, "F_Mask"), (pcbnew.B_Mask, "B_Mask"),
    (pcbnew.F_SilkS, "F_Silkscreen"), (pcbnew.Edge_Cuts, "Edge_Cuts"),
]  # fmt: skip


def tracks(board, nets, laid):
    done = set()  # links of one net share copper
    for link in laid:
        runs, vias = segments(link)
        for pad, end in ((link.start, link.path[0]), (link.end, link.path[-1])):
            x, y = end[1] * STEP, end[2] * STEP
            if math.hypot(pad.x - x, pad.y - y) > 0.01:
                runs.append((end[0], pad.x, pad.y, x, y))
        for layer, x1, y1, x2, y2 in runs:
            if (link.net, layer, x1, y1, x2, y2) in done:
                continue
            done.add((link.net, layer, x1, y1, x2, y2))
            track = pcbnew.PCB_TRACK(board)
            track.SetStart(printed.page(x1, y1))
            track.SetEnd(printed.page(x2, y2))
            track.SetWidth(FromMM(min(link.width, WIDE_MM)))
            track.SetLayer(pcbnew.F_Cu if layer == 0 else pcbnew.B_Cu)
            track.SetNet(nets[link.net])
            board.Add(track)
        for x, y in vias:
            if (link.net, x, y) in done:
                continue
            done.add((link.net, x, y))
            via = pcbnew.PCB_VIA(board)
            via.SetPosition(printed.page(x, y))
            via.SetDrill(FromMM(0.5))
            via.SetWidth(FromMM(1.0))
            via.SetNet(nets[link.net])
            board.Add(via)


def edge(value, low, high):
    return low if value is None else min(max(value, low), high)


def pours(board, nets):
    """A return plane on both layers of every domain, kept inside its walls."""
    for net, corners in POURS.items():
        points = []
        for column, row in corners:
            x, y = printed.place(0 if column is None else column, 0 if row is None else row)
            x = 0.6 if column is None else edge(x, 0.6, printed.WIDTH - 0.6)
            y = 0.6 if row is None else edge(y, 0.6, printed.HEIGHT - 0.6)
            points.append((x, y))
        for layer in (pcbnew.F_Cu, pcbnew.B_Cu):
            zone = pcbnew.ZONE(board)
            zone.SetNet(nets[net])
            zone.SetLocalClearance(FromMM(GAP_TO_POUR_MM))
            zone.SetMinThickness(FromMM(0.3))
            zone.SetThermalReliefGap(FromMM(0.5))
            zone.SetThermalReliefSpokeWidth(FromMM(0.6))
            printed.add_zone(board, zone, [layer], points)


# Where a reference stands beside its part, mm from the middle; all others stand on the body.
BESIDE = {
    "X1": (0, 6.6), "X10": (0, 6.6), "X2": (6.6, 0), "X4": (0, 13.5), "Q2": (5.6, 0), "JP2": (0, -2.4), "C14": (5.0, 0), "A1": (0, 12.0),
    "E1": (0, 7.0), "U1": (0, -3.2), "F1": (0, -3.2), "Q1": (3.6, 0), "C1": (0, 6.3),
    **{f"C{n}": (-8.6, 0) for n in range(2, 6)},
}  # fmt: skip
BY_SHAPE = {"C_Disc": (0, -2.1), "LED": (0, 2.6), "PinHeader": (0, 2.4), "CP_Radial_D5": (0, 3.5)}


def lettering(board):
    """References at the bodies, small enough to be read and to touch nothing."""
    for item in board.GetFootprints():
        text = item.Reference()
        text.SetTextSize(pcbnew.wxSizeMM(0.8, 0.8))
        text.SetTextThickness(FromMM(0.12))
        spots = [pad.GetPosition() for pad in item.Pads()]
        middle = [sum(axis) / len(spots) for axis in ([p.x for p in spots], [p.y for p in spots])]
        shape = item.GetFPIDAsString().split(":")[-1]
        aside = next((by for start, by in BY_SHAPE.items() if shape.startswith(start)), (0, 0))
        aside = BESIDE.get(item.GetReference(), aside)
        upright = len(spots) == 2 and abs(spots[0].x - spots[1].x) < abs(spots[0].y - spots[1].y) and aside == (0, 0)
        if upright and "DO-35" in shape:
            aside = (-1.9, 0)
        text.SetPosition(pcbnew.wxPoint(int(middle[0] + FromMM(aside[0])), int(middle[1] + FromMM(aside[1]))))
        text.SetTextAngle((900 if upright else 0) - item.GetOrientation())
        text.SetKeepUpright(True)
    for words, x, y in (("Kakou gate controller", 150.0, 152.0), ("24 V only. No mains.", 150.0, 154.0)):
        text = pcbnew.PCB_TEXT(board)
        text.SetText(words)
        text.SetPosition(printed.page(x, y))
        text.SetLayer(pcbnew.F_SilkS)
        text.SetTextSize(pcbnew.wxSizeMM(1.2, 1.2))
        board.Add(text)


def save(board, folder):
    """Board, rule report and production files; returns 1 when a rule is broken."""
    path = folder / "gate-controller.kicad_pcb"
    pcbnew.SaveBoard(str(path), board)
    board = pcbnew.LoadBoard(str(path))  # the filler needs the project that comes with a file
    board.BuildConnectivity()
    pcbnew.ZONE_FILLER(board).Fill(board.Zones())
    pcbnew.SaveBoard(str(path), board)
    report = folder / "drc.txt"
    pcbnew.WriteDRCReport(board, str(report), pcbnew.EDA_UNITS_MILLIMETRES, True)
    text = re.sub(r"\*\* Created on .*", "", report.read_text()).replace(str(folder) + "/", "")
    report.write_text(text)
    fabricate(board, folder)
    pictures(board, folder)
    placed = (folder.parent / "placement.csv").read_bytes()
    (folder / "made-from.sha256").write_text(f"{hashlib.sha256(placed).hexdigest()}  placement.csv\n")
    for zone in board.Zones():
        zone.UnFill()  # the pours are worked out again by whoever opens the file
    pcbnew.SaveBoard(str(path), board)
    for name in ("gate-controller.kicad_prl", "gate-controller.kicad_pro"):
        (folder / name).unlink(missing_ok=True)
    print(text)
    return 0 if "Found 0 DRC violations" in text and "Found 0 unconnected pads" in text else 1


def fabricate(board, folder):
    """Gerber and drill files, in one archive that is the same for the same board."""
    plots = folder / "plots"
    plots.mkdir(exist_ok=True)
    control = pcbnew.PLOT_CONTROLLER(board)
    options = control.GetPlotOptions()
    options.SetOutputDirectory(str(plots))
    options.SetUseGerberProtelExtensions(False)
    options.SetSubtractMaskFromSilk(True)
    for layer, name in LAYERS:
        control.SetLayer(layer)
        control.OpenPlotfile(name, pcbnew.PLOT_FORMAT_GERBER, name)
        control.PlotLayer()
    control.ClosePlot()
    drill = pcbnew.EXCELLON_WRITER(board)
    drill.SetOptions(False, False, pcbnew.wxPoint(0, 0), False)
    drill.SetFormat(True)
    drill.CreateDrillandMapFilesSet(str(plots), True, False)
    with zipfile.ZipFile(folder / "gerbers.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(plots.iterdir()):
            text = re.sub(r"(CreationDate,|date )[^*\n]*", r"\1", path.read_text())
            archive.writestr(zipfile.ZipInfo(path.name, (2026, 1, 1, 0, 0, 0)), text, zipfile.ZIP_DEFLATED, 9)
            path.unlink()
    plots.rmdir()


def pictures(board, folder):
    """A PDF of three pages at 1:1 on A4: parts, copper above, copper below (seen through)."""
    control = pcbnew.PLOT_CONTROLLER(board)
    options = control.GetPlotOptions()
    options.SetOutputDirectory(str(folder))
    pages = []
    for layers, name in (([pcbnew.F_SilkS, pcbnew.F_Mask], "parts"), ([pcbnew.F_Cu], "top"), ([pcbnew.B_Cu], "bottom")):
        control.OpenPlotfile(name, pcbnew.PLOT_FORMAT_SVG, name)
        for layer in [*layers, pcbnew.Edge_Cuts]:
            control.SetLayer(layer)
            control.PlotLayer()
        pages.append(folder / f"gate-controller-{name}.svg")
    control.ClosePlot()
    for path in pages:  # the invisible copies of the lettering break the printer
        path.write_text(re.sub(r"<text .*?</text>", "", path.read_text(), flags=re.S))
    command = ["rsvg-convert", "--format", "pdf", "--output", str(folder / "board.pdf"), *map(str, pages)]
    subprocess.run(command, check=True, env={"SOURCE_DATE_EPOCH": "0", "PATH": os.environ["PATH"]})
    for path in pages:
        path.unlink()
