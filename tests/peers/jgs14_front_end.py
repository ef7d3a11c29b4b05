"""A front end of the customs gate: one lane's computer that gathers and obeys.

    jgs14_front_end.py HOST PORT AREA_ID CHANNEL FLAG [--big] [--wide] [--from ADDRESS]

Says `READY port`, the port where it takes commands 0x31. Takes one JSON object a line:

    {"register": ["USER", "PASSWORD"]}      says {"registered": "0"}
    {"gather": {"seq_no": "…", "plate": "…", "tag": "…", "gross_kg": 8800, …}}
                                            says {"answer": "0000…", "seq_no": "…", "hint": "…"}
    {"raw": "48656c6c6f"}                   says {"closed": true} or the answer's code
    {"devices": {"15000001": "2"}}          says {"told": 1}

A command says {"command": "0000…", "operation": "0"} and is answered as `--obeys` says (0 lifted).
Ends with its input, or after --limit-s.
"""

import argparse
import json
import os
import socket
import sys
import threading

import jgs14

parser = argparse.ArgumentParser()
for name in ("host", "port", "area_id", "channel", "flag"):
    parser.add_argument(name)
parser.add_argument("--big", action="store_true")
parser.add_argument("--wide", action="store_true")
parser.add_argument("--obeys", default="0")
parser.add_argument("--limit-s", type=float, default=300)
options = parser.parse_args()
DIALECT = {"order": "big" if options.big else "little", "code_bytes": 4 if options.wide else 1}
LANE = [("AREA_ID", options.area_id), ("CHNL_NO", options.channel), ("I_E_TYPE", options.flag)]
speaking = threading.Lock()


def say(**what):
    with speaking:
        print(json.dumps(what, ensure_ascii=False), flush=True)


def frame(code, xml):
    return jgs14.encode(code, options.area_id, options.channel, options.flag, xml, **DIALECT)


def exchange(data, answered=True):
    """One short connection: what comes back, or None."""
    with socket.create_connection((options.host, int(options.port)), timeout=30) as line:
        line.sendall(data)
        if not answered:
            line.shutdown(socket.SHUT_WR)
        try:
            answer = jgs14.receive(line, order=DIALECT["order"])
        except ConnectionResetError:
            return None
    return jgs14.decode(answer, **DIALECT) if answer else None


def register(user, password):
    xml = jgs14.message(
        "COMMAND_INFO", [],
        [
            ("MONITOR_IP", "127.0.0.1"), ("MONITOR_PORT", str(commands.getsockname()[1])),
            ("USERINFO", [("USER_ID", user), ("PSW", password)]),
        ],
    )  # fmt: skip
    answer = exchange(frame(0x61, xml))
    jgs14.check(answer and answer["code"] == 0x62, "no answer to the registration")
    root = answer["root"]
    say(registered=root.findtext("RESULT"), weight=root.findtext("WEIGHT_DATA_FLAG"))


def gather(what):
    boxes = what.get("containers", [])
    text = lambda name: str(what.get(name, ""))
    xml = jgs14.message(
        "GATHER_INFO", [*LANE, ("SEQ_NO", what["seq_no"])],
        [
            ("IC", [
                ("G_TYPE", ""), ("TRAF_TYPE", ""),
                ("DRIVER_IC", [("DR_IC_NO", text("card")), ("IC_DR_CUSTOMS_NO", text("driver"))]),
            ]),
            ("WEIGHT", [("GROSS_WT", text("gross_kg"))]),
            ("CAR", [("VE_NAME", text("plate")), ("CAR_EC_NO", text("tag")), ("VE_WT", "")]),
            ("CONTA", [
                ("CONTA_NUM", str(len(boxes))), ("CONTA_RECO", "0"),
                ("CONTA_ID_F", boxes[0] if boxes else ""),
                ("CONTA_ID_B", boxes[1] if len(boxes) > 1 else ""),
            ]),
            ("SEAL", [("ESEAL_ID", "|".join(what.get("seals", []))), ("ESEAL_PUBLIC_KEY", "")]),
        ],
    )  # fmt: skip
    answer = exchange(frame(0x21, xml))
    if answer is None:
        say(closed=True)
        return
    jgs14.check(answer["code"] == 0x22, f"{answer['code']:#x} to a gather message")
    root = answer["root"]
    say(
        answer=root.findtext("CHECK_RESULT"),
        seq_no=jgs14.key_of(answer),
        hint=root.findtext("OP_HINT"),
    )


def devices(states):
    elements = []
    for number, state in states.items():
        elements += [("DEVICE_ID", number), ("DEVICE_NAME", ""), ("DEVICE_STATUS", state)]
    xml = jgs14.message("DEVICE_STATUS", LANE, [("DEVICES", elements)])
    exchange(frame(0x42, xml), answered=False)
    say(told=len(states))


def raw(data):
    answer = exchange(bytes.fromhex(data))
    say(**({"closed": True} if answer is None else {"code": answer["code"]}))


def obey():
    while True:
        line, _ = commands.accept()
        with line:
            data = jgs14.receive(line, order=DIALECT["order"])
            if data is None:
                continue
            command = jgs14.decode(data, **DIALECT)
            jgs14.check(command["code"] == 0x31, f"{command['code']:#x} is no command")
            number = jgs14.key_of(command)
            root = command["root"]
            say(command=root.findtext("EXCUTE_COMMAND"), operation=root.findtext("OP_TYPE"))
            xml = jgs14.message(
                "COMMAND_INFO", [*LANE, ("SEQ_NO", number)],
                [("EXECUTE_RESULT", "0" + options.obeys + "0" * 18), ("ESEAL_USE_COUNT", "")],
            )  # fmt: skip
            line.sendall(frame(0x32, xml))


commands = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=obey, daemon=True).start()
overdue = threading.Timer(options.limit_s, os._exit, (1,))
overdue.daemon = True
overdue.start()
print(f"READY {commands.getsockname()[1]}", flush=True)
for order in sys.stdin:
    order = json.loads(order)
    if "register" in order:
        register(*order["register"])
    elif "gather" in order:
        gather(order["gather"])
    elif "devices" in order:
        devices(order["devices"])
    elif "raw" in order:
        raw(order["raw"])
    else:
        say(refused=order, why="unknown")
