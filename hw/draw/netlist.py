"""Joins the nets of all sheets, checks them by SKiDL's electrical rules, writes the lists."""

import builtins
import contextlib
import csv
import io
import os
import re
import sys
import tempfile
from pathlib import Path

from sheet import DrawingError

# Supplies that come through a diode: the rules do not see through it.
FED = {"V24_LOGIC"}


def natural(text):
    """Sort key that puts X2.2 before X2.10."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", text)]


def join(sheets):
    """Parts by reference, and net name -> sorted (reference, pin) over every sheet."""
    parts, groups, unconnected = {}, [], set()
    for sheet in sheets:
        for reference, part in sheet.parts.items():
            known = parts.setdefault(reference, part)
            if known.key != part.key:
                raise DrawingError(f"{reference} is {known.key} and {part.key}")
            doubled = known is not part and set(known.pins) & set(part.pins)
            if doubled:
                raise DrawingError(f"{reference} pins {sorted(doubled)} are drawn on two sheets")
            known.pins.update(part.pins)
        for names, pins, opened in sheet.nets():
            if opened:
                if names or len(pins) != 1:
                    raise DrawingError(f"{pins} is marked open and connected to {names}")
                unconnected |= set(pins)
            elif not pins and len(names) < 2:
                raise DrawingError(f"sheet {sheet.number}: {sorted(names)} touches nothing")
            else:
                groups.append((set(names), set(pins)))
    return parts, named(merge(groups)), unconnected


def merge(groups):
    """Groups that share a name become one."""
    merged = []
    for names, pins in groups:
        touching = [other for other in merged if other[0] & names]
        for other in touching:
            merged.remove(other)
            names, pins = names | other[0], pins | other[1]
        merged.append((names, pins))
    return merged


def named(groups):
    """A net is named after its function, else its clamp, else its first pin."""
    nets = {}
    for names, pins in groups:
        if not pins:
            raise DrawingError(f"no pin on {sorted(names)}")
        first = min(pins, key=lambda pin: (natural(pin[0]), natural(pin[1])))
        order = sorted(names, key=lambda name: (name.startswith("X"), natural(name)))
        name = order[0] if order else f"{first[0]}_{first[1]}"
        if name in nets:
            raise DrawingError(f"two nets are called {name}")
        nets[name] = sorted(pins, key=lambda pin: (natural(pin[0]), natural(pin[1])))
    return dict(sorted(nets.items(), key=lambda item: natural(item[0])))


def wire_list(parts, nets):
    """One row a joined pin: the netlist that a person reads and the tests hold."""
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(["net", "reference", "pin", "name"])
    for net, pins in nets.items():
        for reference, pin in pins:
            out.writerow([net, reference, pin, parts[reference].pins[pin][0]])
    return text.getvalue()


def is_field(part):
    """True for what needs no wire in the cabinet: it stands outside, or plugs into a socket."""
    return part.key in {
        "arm_limit", "beam", "fire_panel", "head_red", "head_green", "loop_cable", "siren", "strobe",
        "socket_diode", "TVS36_rail",
    }  # fmt: skip


def cabinet_wires(parts, nets, catalogue):
    """Wires between clamps and devices inside the cabinet, net by net, as a chain."""
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(["wire", "from", "to", "net", "mm2"])
    number = 0
    for net, pins in nets.items():
        inside = []
        for reference, pin in pins:
            part = parts[reference]
            on_rail = catalogue[part.key]["footprint"] == "-"
            if reference in ("X1", "X2", "X4", "X10") or (on_rail and not is_field(part)):
                inside.append(f"{reference}.{pin}" if reference.startswith("X") else f"{reference}:{pin}")
        for start, end in zip(inside, inside[1:]):
            number += 1
            out.writerow([number, start, end, net, "1.5" if net in ("L", "N", "PE", "F5_1", "F5_3") else "0.75"])
    return text.getvalue()


def uncabled(nets, cores):
    """Field clamps without a core, cores without a clamp, clamps with two cores."""
    clamps = {f"{r}.{p}" for pins in nets.values() for r, p in pins if r in ("X0", "X4", "X5", "X6", "X7")}
    cabled = [core["terminal"] for core in cores]
    wrong = [f"{clamp} has no cable" for clamp in clamps - set(cabled)]
    wrong += [f"{clamp} is no clamp" for clamp in set(cabled) - clamps]
    return wrong + [f"{clamp} has two cores" for clamp in set(cabled) if cabled.count(clamp) > 1]


def bill(parts, catalogue):
    """Circuit parts grouped by key, then the mechanical rows."""
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    columns = ["manufacturer", "part_number", "description", "substitute", "checked", "place", "source"]
    out.writerow(["references", "quantity", *columns])
    for key, row in catalogue.items():
        references = sorted((r for r, part in parts.items() if part.key == key), key=natural)
        if not references:
            raise DrawingError(f"parts.csv: nothing is a {key}")
        out.writerow([" ".join(references), len(references) * int(row["pieces"]), *(row[column] for column in columns)])
    with (Path(__file__).parent / "mechanical.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            out.writerow(["-", row["quantity"], *(row[column] for column in columns)])
    return text.getvalue()


def check(parts, nets, unconnected, catalogue):
    """The netlist for KiCad and the report of the electrical rules, both by SKiDL."""
    with tempfile.TemporaryDirectory() as scratch:
        before = os.getcwd()
        os.chdir(scratch)
        for version in ("", "6", "7", "8", "9", "10"):
            os.environ[f"KICAD{version}_SYMBOL_DIR"] = scratch
        try:
            # SKiDL tells about symbol libraries that are not used here.
            with contextlib.redirect_stderr(io.StringIO()):
                return rules(parts, nets, unconnected, catalogue)
        finally:
            os.chdir(before)


def rules(parts, nets, unconnected, catalogue):
    import skidl

    made = {}
    for reference, part in sorted(parts.items(), key=lambda item: natural(item[0])):
        pins = [
            skidl.Pin(num=number, name=name, func=getattr(skidl.Pin.types, electrical))
            for number, (name, electrical) in sorted(part.pins.items(), key=lambda p: natural(p[0]))
        ]
        row = catalogue[part.key]
        template = skidl.Part(name=part.key, tool=skidl.SKIDL, dest=skidl.TEMPLATE, pins=pins)
        made[reference] = template(ref=reference, value=row["label"], footprint=row["footprint"], tag=reference)
    for name, pins in nets.items():
        net = skidl.Net(name)
        for reference, pin in pins:
            net += made[reference][pin]
        if name in FED:
            net.drive = skidl.POWER
        if net.name != name:
            raise DrawingError(f"SKiDL calls {name} {net.name}")
    nowhere = builtins.NC  # SKiDL keeps its net of open pins there.
    for reference, pin in sorted(unconnected):
        nowhere += made[reference][pin]
    skidl.ERC()
    skidl.generate_netlist(file_="gate-controller.net", tool=skidl.KICAD7)
    netlist = Path("gate-controller.net").read_text()
    found = [line.strip() for file in Path().glob("*.erc") for line in file.read_text().splitlines()]
    return plain(netlist), "\n".join(sorted(line for line in found if line)) + "\n"


def plain(netlist):
    """Without what differs from run to run or machine to machine."""
    netlist = re.sub(r'\(date "[^"]*"\)', '(date "")', netlist)
    netlist = re.sub(r'\(source "[^"]*"\)', '(source "hw/draw")', netlist)
    netlist = re.sub(r'\s*\(field\s*\(name "SKiDL [A-Za-z]+"\)[^)]*\)', "", netlist)
    return re.sub(r"[ \t]+\n", "\n", netlist.replace("\t", "  "))


if __name__ == "__main__":
    sys.exit("run build.py")
