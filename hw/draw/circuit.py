"""The circuit of the gate controller: the one source of its drawings and netlist."""

import csv
from pathlib import Path

import contacts
import controller
import drivers
import field
import inputs
import supplies
from sheet import Sheet

HERE = Path(__file__).parent
PINOUT = HERE.parent / "gate-controller" / "pinout.csv"


def pinout():
    """Rows of the pin map, in file order."""
    with PINOUT.open(newline="") as file:
        return list(csv.DictReader(file))


def catalogue():
    """Part number and footprint of each part key."""
    with (HERE / "parts.csv").open(newline="") as file:
        return {row["key"]: row for row in csv.DictReader(file)}


def sheets():
    """Every sheet, drawn."""
    rows = pinout()
    drawn = [
        supplies.mains_and_supply,
        inputs.first_six,
        inputs.last_five,
        drivers.drivers,
        contacts.outputs,
        field.field,
        controller.bus,
        controller.module,
    ]
    labels = {key: row["label"] for key, row in catalogue().items()}
    result = []
    for number, draw in enumerate(drawn, start=1):
        sheet = Labelled("", number, labels)
        draw(sheet, rows)
        result.append(sheet)
    return result


class Labelled(Sheet):
    """A sheet that shows each part under the label of the catalogue."""

    def __init__(self, title, number, labels):
        super().__init__(title, number)
        self.labels = labels

    def place(self, kind, reference, x, y, key, value=None, **options):
        shown = self.labels[key] if value is None else value
        return super().place(kind, reference, x, y, key, shown, **options)
