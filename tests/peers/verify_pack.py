#!/usr/bin/env python3
"""A second verifier of evidence packs, written after docs/evidence-pack.md alone.

It shares no code with the first: Python's tarfile and json, OpenSSL for Ed25519.
Payloads of records are opaque to it, so it decides nothing again.

    verify_pack.py FILE --gate-key gate.pub [--region-key region.pub]

Says one JSON object: {"proven": true, ...} or {"proven": false, "problems": [...]}.
Status 0 if proven, 1 if not.
"""

import argparse
import hashlib
import json
import struct
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

# SubjectPublicKeyInfo of an Ed25519 key (RFC 8410) up to the 32 bytes of the key.
SPKI = bytes.fromhex("302a300506032b6570032100")
MEMBER_MAX = 256 << 20


class Broken(Exception):
    """Nothing in the file can be believed."""


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def is_signed(key: bytes, message: bytes, signature: bytes) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        parts = {"key": SPKI + key, "message": message, "signature": signature}
        for name, content in parts.items():
            (Path(folder) / name).write_bytes(content)
        command = "openssl pkeyutl -verify -pubin -keyform DER -inkey key -rawin -in message -sigfile signature"
        done = subprocess.run(command.split(), cwd=folder, capture_output=True, check=False)
    return done.returncode == 0


def members(path: Path) -> list[tuple[str, bytes]]:
    """Names and contents in order; only plain files in the one form of a pack."""
    found = []
    end = 0
    try:
        with tarfile.open(path, "r:", format=tarfile.USTAR_FORMAT) as archive:
            for entry in archive:
                if not entry.isreg() or entry.size > MEMBER_MAX:
                    raise Broken(f"{entry.name}: no plain file, or too large")
                if entry.name.startswith("/") or ".." in entry.name.split("/"):
                    raise Broken(f"{entry.name}: leaves its folder")
                if any(entry.name == name for name, _ in found):
                    raise Broken(f"{entry.name}: doubled")
                fixed = (entry.mode, entry.uid, entry.gid, entry.mtime, entry.uname, entry.gname)
                if fixed != (0o444, 0, 0, 0, "", "") or entry.offset != end:
                    raise Broken(f"{entry.name}: header changed")
                content = archive.extractfile(entry).read()
                found.append((entry.name, content))
                end = entry.offset_data + (entry.size + 511) // 512 * 512
    except (tarfile.TarError, OSError, EOFError) as error:
        raise Broken(f"archive: {error}") from error
    raw = path.read_bytes()
    if raw[end:] != bytes(1024):
        raise Broken("archive: something follows the last member")
    return found


def varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def fields(data: bytes) -> dict[int, object]:
    """The top fields of a protobuf message: numbers and bytes."""
    found, at = {}, 0
    while at < len(data):
        key, at = varint(data, at)
        value, at = varint(data, at)
        if key & 7 == 2:
            value, at = data[at : at + value], at + value
        elif key & 7 != 0:
            raise Broken("pack.json: a batch head of another form")
        found[key >> 3] = value
    return found


def anchor_problem(anchor: dict, run: dict, gate_key: bytes) -> str | None:
    sequence, head = anchor["sequence"], bytes.fromhex(anchor["hash"])
    if (sequence, anchor["hash"]) != (run["last_sequence"], run["last_hash"]):
        return "it is not the end of the run"
    signature = bytes.fromhex(anchor["signature"])
    if anchor["kind"] == "journal-seal":
        message = b"kakou/journal/seal/v1\0\0\0" + struct.pack("<Q", sequence) + head
    elif anchor["kind"] == "batch-head":
        body = bytes.fromhex(anchor["body"])
        message = b"kakou/wire/batch/v1\0" + body
        found = fields(body)
        if (found[3] + found[4] - 1, found[6]) != (sequence, head):
            return "its body says something else"
    else:
        return "of an unknown kind"
    return None if is_signed(gate_key, message, signature) else "the gate has not signed it"


def signed_contents(archive: list[tuple[str, bytes]], keys: dict[str, bytes]) -> dict:
    if [name for name, _ in archive[:2]] != ["pack.json", "pack.sig"]:
        raise Broken("archive: pack.json and pack.sig are not the first members")
    contents, lines = archive[0][1], archive[1][1].decode("ascii", "replace").split("\n")
    names = ["kakou-evidence-pack-signature 1", "key ", "sha256 ", "signature "]
    if len(lines) != 5 or lines[4] or not all(map(str.startswith, lines, names)):
        raise Broken("pack.sig: no signature file")
    try:
        key, digest, signature = (bytes.fromhex(line.split(" ")[1]) for line in lines[1:4])
    except ValueError as error:
        raise Broken(f"pack.sig: {error}") from error
    if "".join(lines).lower() != "".join(lines) or key not in keys.values():
        raise Broken("pack.sig: not by a trusted key")
    if not is_signed(key, b"kakou/wire/pack/v1\0" + digest, signature):
        raise Broken("pack.sig: the signature is not valid")
    if sha256(contents) != digest:
        raise Broken("pack.json: not the file that was signed")
    pack = json.loads(contents)
    if (pack["format"], pack["version"]) != ("kakou-evidence-pack", 1):
        raise Broken("pack.json: another format")
    if keys.get(pack["made_by"]) != key:
        raise Broken("pack.sig: not by the maker that pack.json names")
    return pack


def prove(path: Path, keys: dict[str, bytes]) -> dict:
    archive = members(path)
    pack = signed_contents(archive, keys)
    problems = []
    listed = [(entry["name"], entry["size"], entry["sha256"]) for entry in pack["members"]]
    held = [(name, len(content), sha256(content).hex()) for name, content in archive[2:]]
    for want, have in zip(listed, held):
        if want != have:
            problems.append(f"{want[0]}: not as listed")
    if len(listed) != len(held):
        problems.append("archive: more or fewer members than listed")
    content = dict(archive)
    run, digests = pack["run"], content.get("chain.bin", b"")
    records = run["last_sequence"] - run["first_sequence"] + 1
    head = bytes.fromhex(run["previous_hash"])
    if len(digests) != 32 * records:
        problems.append("chain.bin: another number of records than listed")
    for place in range(len(digests) // 32):
        sequence = struct.pack("<Q", run["first_sequence"] + place)
        head = sha256(b"kakou/chain/next/v2\0" + head + sequence + digests[32 * place :][:32])
    if head.hex() != run["last_hash"]:
        problems.append("chain.bin: does not end in the hash listed")
    if run["first_sequence"] == 1:
        gate = pack["gate"].encode()
        genesis = struct.pack("<I", len(gate)) + gate + struct.pack("<Q", pack["epoch"])
        if sha256(b"kakou/chain/genesis/v2\0" + genesis).hex() != run["previous_hash"]:
            problems.append("pack.json: the chain does not begin with this gate")
    for sequence in pack["events"]:
        name, place = f"events/{sequence:08}.bin", 32 * (sequence - run["first_sequence"])
        if digests[place : place + 32] != sha256(content.get(name, b"")):
            problems.append(f"{name}: not the record at its place in the chain")
    for picture in pack["pictures"]:
        name = picture.get("member")
        if (picture["state"] == "present") != (name is not None):
            problems.append(f"pack.json: picture {picture['sha256']} is not as listed")
        elif name is not None and sha256(content.get(name, b"")).hex() != picture["sha256"]:
            problems.append(f"{name}: not the picture that was recorded")
    if pack["gate_key"] != keys["gate"].hex():
        problems.append("pack.json: another key of the gate")
    for anchor in pack["anchors"]:
        problem = anchor_problem(anchor, run, keys["gate"])
        if problem:
            problems.append(f"pack.json: {anchor['kind']} at {anchor['sequence']}: {problem}")
    if pack["made_by"] == "gate" and not pack["anchors"]:
        problems.append("pack.json: no head that the gate has signed")
    states = [picture["state"] for picture in pack["pictures"]]
    return {
        "proven": not problems,
        "passage": pack["passage"],
        "events": len(pack["events"]),
        "hidden": records - len(pack["events"]),
        "anchors": len(pack["anchors"]),
        "pictures": states.count("present"),
        "problems": problems,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--gate-key", type=Path, required=True)
    parser.add_argument("--region-key", type=Path)
    options = parser.parse_args()
    keys = {"gate": bytes.fromhex(options.gate_key.read_text().strip())}
    if options.region_key:
        keys["region"] = bytes.fromhex(options.region_key.read_text().strip())
    try:
        result = prove(options.file, keys)
    except Broken as broken:
        result = {"proven": False, "problems": [str(broken)]}
    print(json.dumps(result))
    return 0 if result["proven"] else 1


if __name__ == "__main__":
    sys.exit(main())
