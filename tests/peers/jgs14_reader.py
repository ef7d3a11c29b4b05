"""Reads frames of message 0x21 as a strict back office does and prints one JSON object a file.
Arguments: [--big] [--wide] files. Ends by itself, with status 1 at a frame that is none."""

import json
import sys

import jgs14

arguments = sys.argv[1:]
order = "big" if "--big" in arguments else "little"
code_bytes = 4 if "--wide" in arguments else 1
for name in (one for one in arguments if not one.startswith("--")):
    with open(name, "rb") as file:
        frame = jgs14.decode(file.read(), order=order, code_bytes=code_bytes)
    print(json.dumps({"file": name, **jgs14.gather(frame)}, ensure_ascii=False), flush=True)
