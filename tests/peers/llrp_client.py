"""An RFID client that nobody here wrote: sllurp, against our simulated reader.

    llrp_client.py HOST PORT SECONDS [--until-tags N]

Prints `READY <port>` once connected, then one line a tag report:
`{"epc": "E200...", "antenna": 1, "rssi_dbm": -52}`. Ends after SECONDS, after N
reports, when standard input closes, or when the reader cannot be reached (exit
status 1).
"""

import argparse
import asyncio
import sys

from peer_lifetime import announce, live, report
from sllurp.llrp import LLRPReaderClient, LLRPReaderConfig

WANTED = {
    "EnableROSpecID": True,
    "EnableSpecIndex": False,
    "EnableInventoryParameterSpecID": False,
    "EnableAntennaID": True,
    "EnableChannelIndex": True,
    "EnablePeakRSSI": True,
    "EnableFirstSeenTimestamp": True,
    "EnableLastSeenTimestamp": True,
    "EnableTagSeenCount": True,
    "EnableAccessSpecID": False,
}


def as_text(epc):
    """sllurp gives the EPC as hexadecimal ASCII bytes."""
    return (epc.decode("ascii") if isinstance(epc, bytes) else str(epc)).upper()


async def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--until-tags", type=int, metavar="N")
    parser.add_argument("--keepalive-ms", type=int, default=1000)
    arguments = parser.parse_args()

    loop = asyncio.get_running_loop()
    enough = asyncio.Event()
    seen = 0

    def on_report(_reader, tags):
        nonlocal seen
        for tag in tags:
            seen += 1
            report(
                epc=as_text(tag["EPC"]), antenna=tag.get("AntennaID"), rssi_dbm=tag.get("PeakRSSI")
            )
        if arguments.until_tags and seen >= arguments.until_tags:
            loop.call_soon_threadsafe(enough.set)

    config = LLRPReaderConfig(
        {
            "start_inventory": True,
            "antennas": [1, 2],
            "report_every_n_tags": 1,
            "keepalive_interval": arguments.keepalive_ms,
            "reset_on_connect": True,
            "tx_power": 0,
            "tag_content_selector": WANTED,
        }
    )
    client = LLRPReaderClient(arguments.host, arguments.port, config)
    client.add_tag_report_callback(on_report)
    try:
        client.connect()
    except OSError as reason:
        print(f"no reader at {arguments.host}:{arguments.port}: {reason}", file=sys.stderr)
        return 1
    announce(arguments.port)
    ends = [asyncio.ensure_future(live(arguments.seconds)), asyncio.ensure_future(enough.wait())]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    try:
        client.disconnect(timeout=2)
    except OSError:
        # A reader that has dropped the connection cannot be bidden farewell.
        client.hard_disconnect()
    if client.is_alive():
        # A silent reader never answers the polite farewell, and sllurp waits for it.
        client.hard_disconnect()
    report(reports=seen)
    return 0


sys.exit(asyncio.run(main()))
