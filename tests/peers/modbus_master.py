"""A Modbus master that nobody here wrote, on the gate controller's serial line.

    modbus_master.py DEVICE SCRIPT

Carries out SCRIPT (gate_conformance.json) with pymodbus and prints
`{"step": name, "wrong": null}` for each step, `{"steps": N, "wrong": N}` at the end.
"""

import argparse
import json
import sys

from peer_lifetime import report
from pymodbus.client import ModbusSerialClient

UNIT = 1


def fill(value, kept):
    """A number, or `name.offset` of registers kept before."""
    if isinstance(value, int):
        return value
    name, offset = value.split(".")
    return kept[name][int(offset)]


def carry_out(client, step, kept):
    """Returns what pymodbus says of the step."""
    if "write" in step:
        values = [fill(value, kept) for value in step["values"]]
        return client.write_registers(step["write"], values, device_id=UNIT)
    if step.get("call") == "coils":
        return client.read_coils(step["address"], count=step["count"], device_id=UNIT)
    if step.get("call") == "register":
        return client.write_register(step["address"], step["value"], device_id=UNIT)
    read = {"input": client.read_input_registers, "holding": client.read_holding_registers}
    return read[step["read"]](step["address"], count=step["count"], device_id=UNIT)


def judge(step, answer, kept):
    """Returns what is wrong with the answer, or None."""
    exception = answer.exception_code if answer.isError() else None
    if exception != step.get("exception"):
        return f"exception {exception}, not {step.get('exception')}"
    if "read" in step and exception is None:
        if len(answer.registers) != step["count"]:
            return f"{len(answer.registers)} registers, not {step['count']}"
        for offset, value in step.get("expect", {}).items():
            if answer.registers[int(offset)] != fill(value, kept):
                return f"register {offset} is {answer.registers[int(offset)]}, not {value}"
        if "keep" in step:
            kept[step["keep"]] = answer.registers
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("device")
    parser.add_argument("script")
    arguments = parser.parse_args()
    client = ModbusSerialClient(arguments.device, baudrate=115200, timeout=1, retries=3)
    if not client.connect():
        sys.exit(f"cannot open {arguments.device}")
    with open(arguments.script, encoding="utf-8") as file:
        steps = json.load(file)
    kept, count = {}, 0
    for step in steps:
        wrong = judge(step, carry_out(client, step, kept), kept)
        count += wrong is not None
        report(step=step["name"], wrong=wrong)
    client.close()
    report(steps=len(steps), wrong=count)


main()
