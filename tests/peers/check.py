"""Tries every peer against a peer by other authors, before our own code meets them.

    check.py        (make peers)

sllurp reads tags from the llrpkit reader, through both of its faults; a pymodbus
client drives the gate I/O; mosquitto with openssl's certificates passes a message
on and turns away who has no certificate. Ends with `N passed, N failed`.
"""

import asyncio
import json
import logging
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import traceback

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusIOException

HERE = pathlib.Path(__file__).parent
WAIT_S = 20


class Peer:
    """One program of this directory, running."""

    def __init__(self, program, *arguments):
        self.child = subprocess.Popen(
            [sys.executable, HERE / program, "--limit-s", "60", *arguments]
            if program != "llrp_client.py"
            else [sys.executable, HERE / program, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        word, self.where = self.child.stdout.readline().split()
        assert word == "READY", word

    def line(self):
        return json.loads(self.child.stdout.readline())

    def order(self, **order):
        self.child.stdin.write(json.dumps(order) + "\n")
        self.child.stdin.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Closing standard input must be enough to end a peer."""
        try:
            self.rest = self.child.communicate(timeout=WAIT_S)[0]
        except subprocess.TimeoutExpired:
            self.child.kill()
            raise
        assert self.child.returncode == 0, f"ended with {self.child.returncode}"


def read_tags(port, count):
    with Peer("llrp_client.py", "127.0.0.1", port, str(WAIT_S), "--until-tags", str(count)) as client:
        return [client.line() for _ in range(count)]


def llrp_reports_the_tags_in_the_field():
    first, second = "E20000170000000000000001", "3474257BF40000000000162E"
    with Peer("llrp_reader.py", f"{first}@2") as reader:
        for tag in read_tags(reader.where, 3):
            assert (tag["epc"], tag["antenna"]) == (first, 2), tag
            assert -70 < tag["rssi_dbm"] < -30, tag
        reader.order(tags=[second])
        assert reader.line() == {"connection": 1}
        assert reader.line() == {"tags": 1}
        assert {tag["epc"] for tag in read_tags(reader.where, 3)} == {second}


def llrp_reader_fails_once_and_comes_back(fault, named):
    with Peer("llrp_reader.py", "E20000170000000000000001", fault, "0.5") as reader:
        with Peer("llrp_client.py", "127.0.0.1", reader.where, str(WAIT_S)):
            assert reader.line() == {"connection": 1}
            assert reader.line() == {"fault": named}
        assert len(read_tags(reader.where, 3)) == 3


async def modbus_serves_and_reports():
    with Peer("modbus_gate.py", "tcp", "--set", '{"input_registers": {"0": 17}}') as gate:
        client = AsyncModbusTcpClient("127.0.0.1", port=int(gate.where), timeout=WAIT_S)
        assert await client.connect()
        assert (await client.read_input_registers(0)).registers == [17]
        await client.write_coil(5, True)
        assert gate.line() == {"write": "coils", "address": 5, "values": [True], "function": 5}
        assert (await client.read_coils(5)).bits[0] is True
        gate.order(discrete_inputs={"3": 1}, holding_registers={"7": 65535})
        assert "set" in gate.line()
        assert (await client.read_discrete_inputs(3)).bits[0] is True
        assert (await client.read_holding_registers(7)).registers == [65535]
        gate.order(coils={"3": 2})
        assert "refused" in gate.line()
        assert (await client.read_coils(250, count=10)).exception_code == 2
        client.close()


async def modbus_unit_stays_silent(option, acted):
    with Peer("modbus_gate.py", "tcp", option, "2") as gate:
        client = AsyncModbusTcpClient("127.0.0.1", port=int(gate.where), timeout=0.3, retries=0)
        assert await client.connect()
        await client.write_register(1, 10)
        assert gate.line()["values"] == [10]
        try:
            await client.write_register(1, 11)
            raise AssertionError("the second request was answered")
        except ModbusIOException:
            pass
        if acted:
            assert gate.line()["values"] == [11]
        assert "silent" in gate.line()
        client.close()


def certificates(directory):
    """An authority, a broker and a gate, as openssl makes them."""

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=test authority")
    for name, subject in (("broker", "localhost"), ("gate", "gate-1")):
        openssl("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={subject}")
        (directory / "names").write_text(f"subjectAltName=DNS:{subject},IP:127.0.0.1\n")
        openssl(
            "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-CAcreateserial", "-days", "2", "-extfile", "names", "-out", f"{name}.pem",
        )  # fmt: skip


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_broker(directory, port):
    text = (HERE / "mosquitto.conf.template").read_text()
    for name, value in (
        ("PORT", port), ("CERTIFICATES", directory), ("DATA", directory), ("PERSISTENCE", "true"),
    ):  # fmt: skip
        text = text.replace(f"@{name}@", str(value))
    (directory / "mosquitto.conf").write_text(text)
    path = os.environ["PATH"] + ":/usr/local/sbin:/usr/sbin"
    broker = subprocess.Popen(
        ["mosquitto", "-c", directory / "mosquitto.conf"],
        stderr=subprocess.PIPE, text=True, env={**os.environ, "PATH": path},
    )  # fmt: skip
    # A broker that says nothing would hold the run for ever.
    overdue = threading.Timer(WAIT_S, broker.kill)
    overdue.start()
    heard = ""
    for line in broker.stderr:
        heard += line
        if "running" in line:
            overdue.cancel()
            return broker
    raise AssertionError(f"mosquitto did not start:\n{heard}")


def mosquitto_passes_on_only_for_certificates():
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        certificates(directory)
        port = free_port()
        broker = start_broker(directory, port)
        server = ["-h", "127.0.0.1", "-p", str(port), "--cafile", directory / "ca.pem"]
        known = [*server, "--cert", directory / "gate.pem", "--key", directory / "gate.key"]
        topic = ["-t", "kakou/v1/check", "-q", "1"]
        try:
            publish = ["mosquitto_pub", *topic, "-r", "-m", "passed"]
            subprocess.run([*publish, *known], check=True, timeout=WAIT_S)
            heard = subprocess.run(
                ["mosquitto_sub", *topic, "-C", "1", *known],
                check=True, timeout=WAIT_S, capture_output=True, text=True,
            )  # fmt: skip
            assert heard.stdout == "passed\n", heard.stdout
            stranger = subprocess.run([*publish, *server], timeout=WAIT_S, capture_output=True)
            assert stranger.returncode != 0, "a client without certificate was let in"
        finally:
            broker.terminate()
            log = broker.communicate(timeout=WAIT_S)[1]
        assert "u'gate-1'" in log, f"the certificate's name is not the user name:\n{log}"


CHECKS = {
    "llrp: tags in the field are reported": llrp_reports_the_tags_in_the_field,
    "llrp: a dropped connection comes back": lambda: llrp_reader_fails_once_and_comes_back(
        "--drop-connection-after", "dropped"
    ),
    "llrp: a silent reader comes back": lambda: llrp_reader_fails_once_and_comes_back(
        "--silent-after", "silent"
    ),
    "modbus: registers are served, writes reported": lambda: asyncio.run(
        modbus_serves_and_reports()
    ),
    "modbus: a request is not heard": lambda: asyncio.run(
        modbus_unit_stays_silent("--drop-every", acted=False)
    ),
    "modbus: a reply is lost": lambda: asyncio.run(
        modbus_unit_stays_silent("--drop-reply-every", acted=True)
    ),
    "mosquitto: certificates decide": mosquitto_passes_on_only_for_certificates,
}


def main():
    # The requests that stay unanswered are meant to.
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
    failed = 0
    for name, check in CHECKS.items():
        try:
            check()
            print(f"ok      {name}", flush=True)
        except Exception:
            failed += 1
            print(f"FAILED  {name}", flush=True)
            traceback.print_exc()
    print(f"{len(CHECKS) - failed} passed, {failed} failed")
    return failed > 0


sys.exit(main())
