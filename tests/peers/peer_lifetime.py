"""How long a peer lives, and how it talks to the test that started it.

A peer announces `READY <where>` once it listens, prints one JSON object a line
for what it saw, takes one JSON object a line on standard input, and ends when
standard input closes or its time is up: a test that dies leaves nothing behind.
"""

import asyncio
import json
import sys
import threading


def announce(where):
    """Says that the peer can be reached at `where` (a port or a device path)."""
    print(f"READY {where}", flush=True)


def report(**fact):
    """Prints one fact as a JSON line."""
    print(json.dumps(fact, ensure_ascii=True, sort_keys=True), flush=True)


async def live(limit_s, on_order=None):
    """Passes each line of standard input to `on_order` until end of file or `limit_s`.

    A line that is no JSON object, or that `on_order` refuses, is reported as
    `{"refused": line, "why": ...}` and changes nothing.
    """
    loop = asyncio.get_running_loop()
    lines = asyncio.Queue(maxsize=1024)

    def read_lines():
        for line in sys.stdin:
            asyncio.run_coroutine_threadsafe(lines.put(line), loop).result()
        asyncio.run_coroutine_threadsafe(lines.put(None), loop)

    threading.Thread(target=read_lines, daemon=True).start()
    try:
        async with asyncio.timeout(limit_s):
            while (line := await lines.get()) is not None:
                if not line.strip():
                    continue
                try:
                    order = json.loads(line)
                    if not isinstance(order, dict) or on_order is None:
                        raise ValueError("no such order")
                    await on_order(order)
                except (ValueError, KeyError, TypeError) as reason:
                    report(refused=line.strip(), why=str(reason))
    except TimeoutError:
        report(ended="time is up")
