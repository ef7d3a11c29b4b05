"""A customs back end: answers registrations and gather messages of the lanes that connect.

    jgs14_back_end.py USER PASSWORD [--big] [--wide]

Says `READY port`. For each message one JSON object a line:

    {"registered": true, "channel": "…", "commands_to": ["127.0.0.1", 9021]}
    {"gather": {"seq_no": "…", "plate": "…", "gross_kg": 39700, …}, "answered": "0000…"}
    {"states": {"15000001": "1"}}, {"fault": "…", "device": "…"}

Takes one JSON object a line: {"word": "0000…"} is the answer from now on, "" for none at all;
{"late_s": 2} delays it; {"number": "…"} answers with that SEQ_NO instead of the one asked;
{"command": "0000…", "operation": "0"} sends 0x31 to the lane that gathered last and says what came
back as {"executed": "01…"}. Ends with its input, or after --limit-s.
"""

import argparse
import json
import os
import socket
import sys
import threading
import time

import jgs14

parser = argparse.ArgumentParser()
parser.add_argument("user")
parser.add_argument("password")
parser.add_argument("--big", action="store_true")
parser.add_argument("--wide", action="store_true")
parser.add_argument("--limit-s", type=float, default=300)
options = parser.parse_args()
DIALECT = {"order": "big" if options.big else "little", "code_bytes": 4 if options.wide else 1}
speaking = threading.Lock()
orders = {"word": "0" * 20, "late_s": 0, "number": None}
last = {}


def say(**what):
    with speaking:
        print(json.dumps(what, ensure_ascii=False), flush=True)


def lane_of(frame):
    return [("AREA_ID", frame["area_id"]), ("CHNL_NO", frame["channel"]), ("I_E_TYPE", frame["flag"])]


def answer(frame, code, xml):
    return jgs14.encode(code, frame["area_id"], frame["channel"], frame["flag"], xml, **DIALECT)


def registered(frame):
    root = frame["root"]
    is_known = root.findtext("USERINFO/USER_ID") == options.user
    is_right = root.findtext("USERINFO/PSW") == options.password
    result = "0" if is_known and is_right else "6" if is_known else "5"
    to = (root.findtext("MONITOR_IP"), int(root.findtext("MONITOR_PORT")))
    last["to"] = to
    say(registered=result == "0", channel=frame["channel"], commands_to=to)
    fields = [("RESULT", result), ("USER_ID", options.user), ("RIGHTS", "2")]
    fields += [(f"{name}_DATA_FLAG", "1") for name in ("PIC", "VEHICLE", "WEIGHT", "IC", "SEAL", "GPS")]
    return answer(frame, 0x62, jgs14.message("COMMAND_INFO", lane_of(frame), fields))


def gathered(frame):
    what = jgs14.gather(frame)
    last["frame"] = frame
    word = orders["word"]
    say(gather=what, answered=word)
    time.sleep(orders["late_s"])
    if not word:
        return None
    number = orders["number"] or what["seq_no"]
    fields = [
        ("CHECK_RESULT", word),
        ("GPS", [(name, "") for name in ("VE_NAME", "GPS_ID", "ORIGIN_CUSTOMS", "DEST_CUSTOMS")]),
        ("SEAL", [("ESEAL_ID", ""), ("SEAL_KEY", "")]),
        ("FORM_TYPE", "1"), ("FORM_ID", "530120261000000001"), ("OP_HINT", "直接放行"),
    ]  # fmt: skip
    key = [*lane_of(frame), ("SEQ_NO", number)]
    return answer(frame, 0x22, jgs14.message("COMMAND_INFO", key, fields))


def serve(line):
    with line:
        try:
            while (data := jgs14.receive(line, order=DIALECT["order"], limit=16 << 20)) is not None:
                frame = jgs14.decode(data, **DIALECT)
                reply = None
                if frame["code"] == 0x61:
                    reply = registered(frame)
                elif frame["code"] == 0x21:
                    reply = gathered(frame)
                elif frame["code"] == 0x42:
                    texts = [one.text for one in frame["root"].find("DEVICES")]
                    say(states=dict(zip(texts[0::3], texts[2::3])))
                elif frame["code"] == 0x43:
                    root = frame["root"]
                    say(fault=root.findtext("EXCEPTION_DESCR"), device=root.findtext("DEVICE_ID"))
                else:
                    say(wrong=f"{frame['code']:#x} is not for a back end")
                if reply is None:
                    return
                line.sendall(reply)
        except jgs14.Wrong as wrong:
            say(wrong=str(wrong))
        except OSError as error:
            say(line=str(error))


def command(word, operation):
    frame = last["frame"]
    key = [*lane_of(frame), ("SEQ_NO", time.strftime("%Y%m%d%H%M%S") + "000001")]
    fields = [
        ("EXCUTE_COMMAND", word), ("GPS", []), ("SEAL", []),
        ("OP_TYPE", operation), ("OP_REASON", "复核无误"), ("OP_ID", "5301"),
    ]  # fmt: skip
    xml = jgs14.message("COMMAND_INFO", key, fields)
    with socket.create_connection(last["to"], timeout=10) as line:
        line.sendall(answer(frame, 0x31, xml))
        reply = jgs14.receive(line, order=DIALECT["order"])
    if reply is None:
        say(executed=None)
        return
    reply = jgs14.decode(reply, **DIALECT)
    jgs14.check(reply["code"] == 0x32, f"{reply['code']:#x} to a command")
    say(executed=reply["root"].findtext("EXECUTE_RESULT"))


def accept():
    while True:
        line, _ = listener.accept()
        threading.Thread(target=serve, args=(line,), daemon=True).start()


listener = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=accept, daemon=True).start()
overdue = threading.Timer(options.limit_s, os._exit, (1,))
overdue.daemon = True
overdue.start()
print(f"READY {listener.getsockname()[1]}", flush=True)
for order in sys.stdin:
    order = json.loads(order)
    if "command" in order:
        command(order["command"], order["operation"])
    else:
        orders.update(order)
        say(set=sorted(order))
