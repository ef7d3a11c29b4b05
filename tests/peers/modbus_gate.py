"""Gate I/O that nobody here wrote: a pymodbus server over TCP or RTU.

    modbus_gate.py tcp [--port N]        READY <port>
    modbus_gate.py rtu <device path>     READY <device path>

Holds 256 each of coils, discrete inputs, input and holding registers. Start
values: `--set '{"input_registers": {"0": 17}}'`; changes while it runs: the same
JSON on standard input, answered with `{"set": ...}` once in force. Every write
by the client is printed as
`{"write": "coils", "address": 0, "values": [true], "function": 5}`.
"""

import argparse
import asyncio
import json

from peer_lifetime import announce, live, report
from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.server.requesthandler import ServerRequestHandler
from pymodbus.simulator import DataType, SimData, SimDevice

SIZE = 256
# Table -> function code that addresses it when the test, not the client, writes.
TABLES = {"coils": 1, "discrete_inputs": 2, "holding_registers": 3, "input_registers": 4}
CLIENT_WRITES = {5: "coils", 15: "coils", 6: "holding_registers", 16: "holding_registers"}


class RealisticHandler(ServerRequestHandler):
    """Stays silent where a unit on a real RS-485 line would.

    pymodbus answers for units that do not exist; a real line says nothing.
    """

    async def handle_request(self):
        line = self.server
        if self.last_pdu and line.only_unit not in (None, self.last_pdu.dev_id):
            return report(silent="other unit", unit=self.last_pdu.dev_id)
        line.requests += 1
        if line.drop_every and line.requests % line.drop_every == 0:
            return report(silent="request dropped", function=self.last_pdu.function_code)
        return await super().handle_request()

    def server_send(self, pdu, addr):
        line = self.server
        line.replies += 1
        if line.drop_reply_every and line.replies % line.drop_reply_every == 0:
            return report(silent="reply dropped", function=pdu.function_code)
        return super().server_send(pdu, addr)


def realistic(server_class, arguments):
    """`server_class` with the handler above and the counters it needs."""

    class Line(server_class):
        requests = 0
        replies = 0
        drop_every = arguments.drop_every
        drop_reply_every = arguments.drop_reply_every
        # A Modbus TCP module ignores the unit number; a unit on a shared line must not.
        only_unit = arguments.unit if arguments.transport == "rtu" else None

        def callback_new_connection(self):
            return RealisticHandler(
                self, self.trace_packet, self.trace_pdu, self.trace_connect
            )

    return Line


async def on_access(function, _start, address, count, _registers, values):
    """Prints writes of the client before they take effect; refuses long ones."""
    if values is not None and function in CLIENT_WRITES:
        report(
            write=CLIENT_WRITES[function], address=address, values=list(values), function=function
        )
    return ExcCodes.ILLEGAL_VALUE if count > SIZE else None


async def set_values(server, unit, tables):
    """Puts `{"table": {"address": value}}` in force; all of it or none."""
    changes = []
    for table, cells in tables.items():
        if table not in TABLES:
            raise ValueError(f"no table {table}; there are {', '.join(TABLES)}")
        for address, value in cells.items():
            bits = table in ("coils", "discrete_inputs")
            if not 0 <= int(address) < SIZE or not 0 <= int(value) <= (1 if bits else 0xFFFF):
                raise ValueError(f"{table} {address} = {value} is out of range")
            changes.append((TABLES[table], int(address), bool(value) if bits else int(value)))
    for function, address, value in changes:
        await server.async_setValues(unit, function, address, [value])


async def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("transport", choices=("tcp", "rtu"))
    parser.add_argument("device", nargs="?", help="device path, for rtu")
    parser.add_argument("--port", type=int, default=0, help="0 = any free port")
    parser.add_argument("--baud", type=int, default=19200)
    parser.add_argument("--unit", type=int, default=1)
    parser.add_argument("--set", type=json.loads, default={}, help="start values as JSON")
    parser.add_argument("--drop-every", type=int, default=0, help="ignore every Nth request")
    parser.add_argument(
        "--drop-reply-every", type=int, default=0, help="act on every Nth request, say nothing"
    )
    parser.add_argument("--limit-s", type=float, default=300)
    arguments = parser.parse_args()
    if (arguments.transport == "rtu") != (arguments.device is not None):
        parser.error("rtu needs a device path, tcp takes none")

    bits = [SimData(0, values=[False] * SIZE, datatype=DataType.BITS)]
    words = [SimData(0, values=[0] * SIZE, datatype=DataType.REGISTERS)]
    # Over TCP the unit number is ignored: device 0 answers for all.
    unit = arguments.unit if arguments.transport == "rtu" else 0
    device = SimDevice(unit, simdata=(bits, bits, words, words), action=on_access)
    if arguments.transport == "rtu":
        server = realistic(ModbusSerialServer, arguments)(
            device, port=arguments.device, baudrate=arguments.baud
        )
    else:
        server = realistic(ModbusTcpServer, arguments)(
            device, address=("127.0.0.1", arguments.port)
        )
    await set_values(server, unit, arguments.set)
    await server.serve_forever(background=True)

    async def on_order(order):
        await set_values(server, unit, order)
        report(set=order)

    if arguments.transport == "rtu":
        announce(arguments.device)
    else:
        announce(server.transport.sockets[0].getsockname()[1])
    await live(arguments.limit_s, on_order)
    await server.shutdown()


asyncio.run(main())
