"""Frames and messages of JGS/T 14-2015 annex A, written from the standard's tables A.1 to A.20.

Strict: a frame whose lengths, marks or texts are not those of the tables raises Wrong, and so does a
gather message that lacks one of the elements of table A.5. Shares nothing with the code it judges.
"""

import xml.etree.ElementTree as ElementTree

HEAD = bytes((0xE2, 0x5C, 0x4B, 0x89))
MARK = b"\xff\xff\xff\xff"
TAIL = b"\xff\xff"
# Messages of the gather kind, which pictures may follow.
WITH_PICTURES = (0x21, 0x26)
# Table A.5: every element has to be there, its text may be empty.
GATHER = {
    "IC": {
        "G_TYPE": None,
        "TRAF_TYPE": None,
        "DRIVER_IC": dict.fromkeys(
            (
                "DR_IC_NO", "IC_DR_CUSTOMS_NO", "IC_CO_CUSTOMS_NO", "IC_BILL_NO", "IC_GROSS_WT",
                "IC_VE_CUSTOMS_NO", "IC_VE_NAME", "IC_CONTA_ID", "IC_ESEAL_ID",
            )
        ),
        "CARGO_IC": {"CARGO_IC_HEAD": dict.fromkeys(("PACK_NUM_TOTAL", "PACK_WT_TOTAL", "SEAL_ID"))},
    },
    "WEIGHT": {"GROSS_WT": None},
    "CAR": dict.fromkeys(("VE_NAME", "CAR_EC_NO", "CAR_EC_NO2", "VE_CUSTOMS_NO", "VE_WT")),
    "CONTA": dict.fromkeys(("CONTA_NUM", "CONTA_RECO", "CONTA_ID_F", "CONTA_ID_B")),
    "SEAL": dict.fromkeys(("ESEAL_ID", "ESEAL_PUBLIC_KEY")),
}  # fmt: skip


class Wrong(Exception):
    """Bytes that are not what the standard says."""


def check(holds, what):
    if not holds:
        raise Wrong(what)


def encode(code, area_id, channel, flag, xml, *, order="little", code_bytes=1, pictures=()):
    """A frame. `xml` is text; `pictures` are pairs of position and bytes."""
    body = xml.encode("gbk")
    rest = code.to_bytes(code_bytes, order) + area_id.encode() + channel.encode() + flag.encode()
    rest += MARK + len(body).to_bytes(4, order) + body
    if pictures:
        stream = b"".join(bytes((at,)) + len(one).to_bytes(4, order) + one for at, one in pictures)
        rest += len(stream).to_bytes(4, order) + stream
    total = len(HEAD) + 4 + len(rest) + len(TAIL)
    return HEAD + total.to_bytes(4, order) + rest + TAIL


def total(start, order):
    """Length of the frame that begins with these eight bytes or more."""
    check(start[:4] == HEAD, f"head {start[:4].hex()}")
    return int.from_bytes(start[4:8], order)


def decode(frame, *, order="little", code_bytes=1):
    """The parts of exactly one frame."""
    check(total(frame, order) == len(frame), f"length {total(frame, order)} of {len(frame)} bytes")
    at = 8

    def take(count):
        nonlocal at
        part = frame[at : at + count]
        check(len(part) == count, f"cut short at {at}")
        at += count
        return part

    def number():
        return int.from_bytes(take(4), order)

    code = int.from_bytes(take(code_bytes), order)
    area_id, channel, flag = take(10).decode("ascii"), take(10).decode("ascii"), take(1).decode("ascii")
    check(area_id.isdigit() and channel.isdigit(), f"site {area_id!r}, lane {channel!r}")
    check(flag in "IEFH", f"way {flag!r}")
    check(take(4) == MARK, "no mark before the XML")
    xml = take(number()).decode("gbk")
    pictures = []
    if len(frame) - at > len(TAIL):
        check(code in WITH_PICTURES, f"pictures behind {code:#x}")
        until = number() + at
        while at < until:
            position = take(1)[0]
            check(0x30 <= position <= 0x35, f"picture looks at {position:#x}")
            pictures.append((position, take(number())))
        check(at == until, "pictures are longer than they say")
    check(take(2) == TAIL and at == len(frame), "no tail")
    root = parse(xml)
    return {"code": code, "area_id": area_id, "channel": channel, "flag": flag, "root": root, "pictures": pictures}


def parse(xml):
    body = xml.lstrip()
    if body.startswith("<?xml"):
        # ElementTree refuses a declaration of an encoding that its text is no longer in.
        head, _, body = body.partition("?>")
        check("GB2312" in head.upper() or "GBK" in head.upper(), f"encoding of {head!r}")
    try:
        return ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        raise Wrong(f"no XML: {error}") from error


def key_of(frame):
    """The key of a message, which has to be that of the frame's header."""
    root = frame["root"]
    for name, part in (("AREA_ID", "area_id"), ("CHNL_NO", "channel"), ("I_E_TYPE", "flag")):
        check(root.get(name) == frame[part], f"{name} {root.get(name)!r} in a frame of {frame[part]!r}")
    return root.get("SEQ_NO")


def gather(frame):
    """What a strict back office finds in a gather message."""
    check(frame["code"] == 0x21 and frame["root"].tag == "GATHER_INFO", frame["root"].tag)
    number = key_of(frame)
    check(len(number) == 20 and number.isdigit(), f"SEQ_NO {number!r}")
    every(frame["root"], GATHER, "GATHER_INFO")
    text = lambda path: frame["root"].findtext(path) or ""
    containers = [one for one in (text("CONTA/CONTA_ID_F"), text("CONTA/CONTA_ID_B")) if one]
    check(text("CONTA/CONTA_NUM") == str(len(containers)), f"CONTA_NUM {text('CONTA/CONTA_NUM')}")
    check(text("CONTA/CONTA_RECO") in "01", "CONTA_RECO")
    gross = text("WEIGHT/GROSS_WT")
    check(not gross or gross.isdigit(), f"GROSS_WT {gross!r}")
    return {
        "seq_no": number,
        "flag": frame["flag"],
        "plate": text("CAR/VE_NAME"),
        "tag": text("CAR/CAR_EC_NO"),
        "card": text("IC/DRIVER_IC/DR_IC_NO"),
        "driver": text("IC/DRIVER_IC/IC_DR_CUSTOMS_NO"),
        "gross_kg": int(gross) if gross else None,
        "containers": containers,
        "containers_sure": text("CONTA/CONTA_RECO") == "0",
        "seals": [one for one in text("SEAL/ESEAL_ID").split("|") if one],
    }


def every(element, wanted, path):
    found = [child.tag for child in element]
    check(sorted(found) == sorted(wanted), f"{path} has {found}, not {list(wanted)}")
    for name, below in wanted.items():
        if below:
            every(element.find(name), below, f"{path}/{name}")


def message(root, attributes, elements):
    """XML of a message: attributes and (name, text or elements) in order."""

    def inner(elements):
        return "".join(
            f"<{name}>{inner(below) if isinstance(below, list) else escape(below)}</{name}>"
            for name, below in elements
        )

    marks = "".join(f' {name}="{escape(value)}"' for name, value in attributes)
    return f'<?xml version="1.0" encoding="GB2312"?><{root}{marks}>{inner(elements)}</{root}>'


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def receive(stream, *, order="little", limit=1 << 20):
    """One whole frame from a socket, or None at its end."""
    got = b""
    while len(got) < 8 or len(got) < total(got, order):
        more = stream.recv((total(got, order) if len(got) >= 8 else 8) - len(got))
        if not more:
            check(not got, f"the connection ends within a frame: {got.hex()}")
            return None
        got += more
        check(len(got) <= limit, "the frame is too long")
    return got
