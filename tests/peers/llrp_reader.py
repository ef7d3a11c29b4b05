"""An RFID reader that nobody here wrote: the llrpkit emulator over TCP.

    llrp_reader.py EPC[@antenna] ... [--silent-after S] [--drop-connection-after S]

Prints `READY <port>`, then `{"connection": N}` for each client. Standard input
changes the tags in the field: `{"tags": ["E2001234...@2"]}` is answered with
`{"tags": count}`. The faults hit the first connection only, S seconds after it
was made, so that a test can watch the client recover.
"""

import argparse
import asyncio

from llrpkit.emulator import EmulatedTag, LLRPEmulator
from llrpkit.protocol import messages
from peer_lifetime import announce, live, report

IMMEDIATE = 1  # ROSpecStartTriggerType of LLRP
ALL = 0  # in LLRP the id 0 addresses every ROSpec


def parse_tag(text):
    """`E2001234@2` -> the tag E2001234 seen by antenna 2 (1 when not said)."""
    epc, _, antenna = text.partition("@")
    return EmulatedTag(epc=bytes.fromhex(epc), antennas=(int(antenna or 1),), rssi_dbm=-52.0)


class Reader(LLRPEmulator):
    """The emulator, made to follow LLRP where llrpkit 0.3.0 departs from it.

    As shipped it answers ENABLE_EVENTS_AND_REPORTS with an error though the
    message has no reply, refuses the ROSpec id 0, and waits for START_ROSPEC
    though the start trigger says immediate. sllurp cannot work with that.
    """

    silent = False
    connections = 0

    def __init__(self, *, silent_after_s, drop_after_s, **emulator):
        super().__init__(**emulator)
        self._fault_after_s = {"silent": silent_after_s, "dropped": drop_after_s}

    async def _handle_client(self, reader, writer):
        self.connections += 1
        self.silent = False
        report(connection=self.connections)
        pending = []
        if self.connections == 1:
            loop = asyncio.get_running_loop()
            for fault, after_s in self._fault_after_s.items():
                if after_s is not None:
                    pending.append(loop.call_later(after_s, self._strike, fault, writer))
        try:
            await super()._handle_client(reader, writer)
        finally:
            for timer in pending:
                timer.cancel()

    def _strike(self, fault, writer):
        report(fault=fault)
        if fault == "silent":
            self.silent = True
        else:
            writer.transport.abort()

    async def _send(self, msg, *, message_id=0):
        if not self.silent:
            await super()._send(msg, message_id=message_id)

    async def _handle_message(self, msg):
        if isinstance(msg, messages.ENABLE_EVENTS_AND_REPORTS):
            return
        if isinstance(msg, messages.DELETE_ROSPEC) and msg.ro_spec_id == ALL:
            self._rospecs.clear()
            self._sync_reporting()
            deleted = messages.DELETE_ROSPEC_RESPONSE(llrp_status=self._status_ok())
            await self._send(deleted, message_id=msg.message_id)
            return
        await super()._handle_message(msg)
        if isinstance(msg, messages.ENABLE_ROSPEC):
            self._start_immediate()

    def _start_immediate(self):
        for ro_spec_id, (spec, state) in list(self._rospecs.items()):
            trigger = spec.ro_boundary_spec.ro_spec_start_trigger
            if state == "Enabled" and int(trigger.ro_spec_start_trigger_type) == IMMEDIATE:
                self._rospecs[ro_spec_id] = (spec, "Active")
        self._sync_reporting()


async def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tags", nargs="*", type=parse_tag, metavar="EPC[@antenna]")
    parser.add_argument("--port", type=int, default=0, help="0 = any free port")
    parser.add_argument("--antennas", type=int, default=4)
    parser.add_argument("--reads-per-s", type=float, default=50.0)
    parser.add_argument("--silent-after", type=float, metavar="S")
    parser.add_argument("--drop-connection-after", type=float, metavar="S")
    parser.add_argument("--limit-s", type=float, default=300)
    arguments = parser.parse_args()

    reader = Reader(
        port=arguments.port,
        tags=arguments.tags,
        reads_per_sec=arguments.reads_per_s,
        antenna_count=arguments.antennas,
        silent_after_s=arguments.silent_after,
        drop_after_s=arguments.drop_connection_after,
    )

    async def on_order(order):
        reader.tags = [parse_tag(text) for text in order["tags"]]
        report(tags=len(reader.tags))

    await reader.start()
    announce(reader.port)
    await live(arguments.limit_s, on_order)
    # A client that stays connected must not keep the emulator from ending.
    await asyncio.wait([asyncio.ensure_future(reader.stop())], timeout=2)


asyncio.run(main())
