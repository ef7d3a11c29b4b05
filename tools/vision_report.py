"""Accuracy and speed of reading pictures, beside RapidOCR on the same pictures.

    make vision-report            writes docs/vision-report.md and its pictures
    make vision-report ARGS="--pictures DIR"

Runs the release build of `kakou see` with the ONNX Runtime library and with the
pure-Rust engine, and RapidOCR (PyPI, its own default networks) in this process,
each on one thread. The truth is only used here, after everything was read.

DIR holds containers.csv and plates.csv (file, ..., truth) with folders
containers/ and plates/. Without DIR, ../shared/pictures, and where that is not
there, the few pictures of crates/vision/tests/pictures.
"""

import argparse
import collections
import csv
import json
import os
import pathlib
import platform
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
KAKOU = ROOT / "target/release/kakou"
FEW = ROOT / "crates/vision/tests/pictures"
SEED = 20260301
VALUES = {}


def letter_values():
    value = 10
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        value += value % 11 == 0
        VALUES[letter] = value
        value += 1
    VALUES.update({str(digit): digit for digit in range(10)})


def holds(number):
    """Whether form and check digit of ISO 6346 hold."""
    form = len(number) == 11 and number[:4].isalpha() and number[4:].isdigit()
    form = form and number[3] in "UJZ" and number.isascii() and number.isupper()
    return form and sum(VALUES[c] << i for i, c in enumerate(number[:10])) % 11 % 10 == int(number[10])


def rows(folder, name, truth):
    """(path, truth) of every picture of a list."""
    pictures = folder / name if (folder / name).is_dir() else folder
    with open(folder / f"{name}.csv", encoding="utf-8", newline="") as file:
        return [(pictures / row["file"], row[truth]) for row in csv.DictReader(file)]


def see(files, look_for, library=None):
    """What `kakou see` says of each file, in order, and the CPU seconds it took."""
    command = [str(KAKOU), "see", "--json", "--look-for", look_for]
    if library:
        command += ["--library", library]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run(command + [str(file) for file in files], capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    if len(lines) != len(files):
        sys.exit(f"kakou see gave {len(lines)} lines for {len(files)} files: {run.stderr}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return lines, cpu


def rapidocr_numbers(files):
    """RapidOCR on the same files: its texts joined, in its own order and from left to right, then
    every window of eleven characters whose form and check digit hold. Returns (numbers, seconds)
    a file."""
    import logging

    logging.disable(logging.CRITICAL)
    from rapidocr import RapidOCR

    engine = RapidOCR(
        params={
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
    engine(str(files[0]))
    answers = []
    for file in files:
        start = time.perf_counter()
        output = engine(str(file))
        took = time.perf_counter() - start
        texts = list(output.txts or ())
        lefts = [min(corner[0] for corner in box) for box in output.boxes] if texts else []
        by_left = [text for _, text in sorted(zip(lefts, texts, strict=True))]
        found = []
        for order in (texts, by_left):
            text = "".join(c for c in "".join(order).upper() if c.isalnum() and c.isascii())
            found += [text[i : i + 11] for i in range(len(text) - 10) if holds(text[i : i + 11])]
        answers.append((found, took))
    return answers


def percent(part, whole):
    return f"{100 * part / whole:.1f} % ({part} of {whole})" if whole else "-"


def spread(times_ms):
    ordered = sorted(times_ms)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return f"{statistics.median(ordered):.0f} | {statistics.mean(ordered):.0f} | {p95:.0f}"


def judge_numbers(lines, truths):
    """Counts of a list of answers, and (confidence, right) of every first answer."""
    right = accepted = wrong = 0
    points, confusion, missed = [], collections.Counter(), []
    for line, truth in zip(lines, truths, strict=True):
        numbers = line["containers"]
        first = numbers[0] if numbers else None
        ok = first is not None and first["number"] == truth
        right += ok
        if first:
            points.append((first["confidence"], ok))
        good = [one for one in numbers if one["accepted"]]
        accepted += any(one["number"] == truth for one in good)
        wrong += sum(one["number"] != truth for one in good)
        if not ok:
            missed.append((pathlib.Path(line["file"]).name, truth, first))
            if first:
                confusion.update(
                    (a, b) for a, b in zip(truth, first["number"], strict=True) if a != b
                )
    return {
        "right": right,
        "accepted": accepted,
        "wrong": wrong,
        "points": points,
        "confusion": confusion,
        "missed": missed,
        "of": len(truths),
    }


def degraded(files, folder, copies, seed=SEED):
    """Seeded copies of photographs as worse cameras would have taken them."""
    from PIL import Image, ImageEnhance, ImageFilter, ImageOps

    made = []
    for index, (file, truth) in enumerate(files):
        with Image.open(file) as opened:
            photo = ImageOps.exif_transpose(opened).convert("RGB")
        for copy in range(copies):
            chance = random.Random(seed + 1000 * index + copy)
            picture = photo.rotate(
                chance.uniform(-4, 4), resample=Image.Resampling.BICUBIC, fillcolor=(90, 90, 90)
            )
            scale = chance.uniform(0.55, 1.0)
            size = (int(picture.width * scale), int(picture.height * scale))
            picture = picture.resize(size, Image.Resampling.LANCZOS)
            picture = ImageEnhance.Brightness(picture).enhance(chance.uniform(0.35, 1.4))
            picture = ImageEnhance.Contrast(picture).enhance(chance.uniform(0.6, 1.2))
            picture = picture.filter(ImageFilter.GaussianBlur(chance.uniform(0, 1.1)))
            if chance.random() < 0.5:
                noise = Image.effect_noise(picture.size, chance.uniform(5, 25)).convert("RGB")
                picture = Image.blend(picture, noise, 0.12)
            target = folder / f"{file.stem}-{copy}.jpg"
            picture.save(target, quality=chance.randint(35, 92))
            made.append((target, truth))
    return made


def curve(series, target):
    """Calibration as a picture: stated against observed share of right answers, ten bins."""
    from PIL import Image, ImageDraw

    side, margin = 460, 60
    image = Image.new("RGB", (side + 2 * margin, side + 2 * margin), "white")
    draw = ImageDraw.Draw(image)

    def at(x, y):
        return margin + x * side, margin + (1 - y) * side

    draw.rectangle([at(0, 1), at(1, 0)], outline="black")
    for tick in range(0, 11, 2):
        share = tick / 10
        draw.text((at(share, 0)[0] - 8, at(0, 0)[1] + 6), f"{share:.1f}", fill="black")
        draw.text((margin - 28, at(0, share)[1] - 6), f"{share:.1f}", fill="black")
        draw.line([at(share, 0), at(share, 1)], fill="#e0e0e0")
        draw.line([at(0, share), at(1, share)], fill="#e0e0e0")
    draw.line([at(0, 0), at(1, 1)], fill="#888888", width=2)
    draw.text((margin + side / 2 - 60, margin + side + 30), "stated confidence", fill="black")
    draw.text((margin, margin - 40), "share that is right, beside the confidence stated", fill="black")
    for number, (name, colour, points) in enumerate(series):
        dots = []
        for low in range(10):
            inside = [(c, ok) for c, ok in points if low <= min(c * 10, 9.999) < low + 1]
            if inside:
                stated = statistics.mean(c for c, _ in inside)
                seen = statistics.mean(ok for _, ok in inside)
                dots.append((at(stated, seen), 3 + len(inside) ** 0.5 * 0.8))
        if len(dots) > 1:
            draw.line([dot for dot, _ in dots], fill=colour, width=2)
        for (x, y), radius in dots:
            draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=colour)
        label = f"{name}, {len(points)} answers"
        draw.text((margin + side - 200, margin + side - 60 + 16 * number), label, fill=colour)
    image.save(target)


def confusions(counter):
    if not counter:
        return "None: no first answer had a wrong character."
    shown = [f"{a} read as {b}: {count}" for (a, b), count in counter.most_common(12)]
    return ", ".join(shown) + "."


def misses(judged):
    lines = []
    for file, truth, first in judged["missed"]:
        if first:
            why = "; ".join(first["doubts"])
            lines.append(f"- `{file}`: {truth} read as {first['number']} at {first['confidence']:.2f} ({why})")
        else:
            lines.append(f"- `{file}`: {truth}, nothing read")
    return "\n".join(lines) or "None."


def events(files, lines):
    """Numbers seen in two or more photographs: read, and accepted, in any of them."""
    views = collections.defaultdict(list)
    for (_, truth), line in zip(files, lines, strict=True):
        views[truth].append(line)
    several = {truth: group for truth, group in views.items() if len(group) > 1}
    right = sum(
        any(one["accepted"] and one["number"] == truth for line in group for one in line["containers"])
        for truth, group in several.items()
    )
    return right, len(several)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pictures", type=pathlib.Path)
    parser.add_argument("--copies", type=int, default=15, help="degraded copies of a photograph")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "docs")
    arguments = parser.parse_args()
    shared = ROOT / "../shared/pictures"
    folder = arguments.pictures or (shared if shared.is_dir() else FEW)
    letter_values()

    containers = rows(folder, "containers", "container_number")
    files = [file for file, _ in containers]
    truths = [truth for _, truth in containers]
    print(f"{len(files)} photographs of containers, one thread each", flush=True)
    ours, _ = see(files, "containers")
    fallback, _ = see(files, "containers", "none")
    engine = ours[0]["engine"]
    print("RapidOCR on the same photographs", flush=True)
    peer = rapidocr_numbers(files)
    peer_right = sum(truth in found for (found, _), truth in zip(peer, truths, strict=True))
    peer_wrong = sum(
        any(number != truth for number in found)
        for (found, _), truth in zip(peer, truths, strict=True)
    )
    judged, judged_fallback = judge_numbers(ours, truths), judge_numbers(fallback, truths)
    event_right, event_count = events(containers, ours)

    print(f"{arguments.copies} degraded copies of each", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        copies = degraded(containers, pathlib.Path(temporary), arguments.copies)
        worse, _ = see([file for file, _ in copies], "containers")
        judged_worse = judge_numbers(worse, [truth for _, truth in copies])

    plates = rows(folder, "plates", "plate")
    print(f"{len(plates)} crops of plates", flush=True)
    crops, cpu = see([file for file, _ in plates], "plate-crop")
    _, start_cpu = see([plates[0][0]], "plate-crop")
    cpu_ms = 1000 * (cpu - start_cpu) / max(len(plates) - 1, 1)
    plate_right = plate_accepted = plate_wrong = 0
    plate_points, plate_confusion = [], collections.Counter()
    for line, (_, truth) in zip(crops, plates, strict=True):
        first = line["plates"][0] if line["plates"] else None
        ok = first is not None and first["plate"] == truth
        plate_right += ok
        if first:
            plate_points.append((first["confidence"], ok))
            plate_accepted += first["accepted"] and ok
            plate_wrong += first["accepted"] and not ok
            if not ok and len(first["plate"]) == len(truth):
                plate_confusion.update(
                    (a, b) for a, b in zip(truth, first["plate"], strict=True) if a != b
                )
    whole, _ = see(files, "plates")
    false_plates = [p["plate"] for line in whole for p in line["plates"] if p["accepted"]]

    arguments.output.mkdir(parents=True, exist_ok=True)
    curve(
        [
            ("containers, photographs", "#1060c0", judged["points"]),
            ("containers, degraded copies", "#c04010", judged_worse["points"]),
            ("plates, crops", "#208020", plate_points),
        ],
        arguments.output / "vision-calibration.png",
    )
    times = [line["decode_ms"] + line["read_ms"] for line in ours]
    slow = [line["decode_ms"] + line["read_ms"] for line in fallback]
    peer_times = [1000 * took for _, took in peer]
    plate_times = [line["decode_ms"] + line["read_ms"] for line in crops]
    text = f"""# Reading pictures: figures

Written by `make vision-report` ({time.strftime("%Y-%m-%d")}, {platform.machine()}, {os.cpu_count()} cores, one
thread for every program; other work may have run beside it, so compare ratios).

## Container numbers

{len(files)} photographs, whole pictures, no region given. Right: all eleven characters of the first answer.

| program | right | accepted, right | accepted, wrong | median ms | mean | p95 |
|---|---|---|---|---|---|---|
| kakou, {engine} | {percent(judged["right"], judged["of"])} | {percent(judged["accepted"], judged["of"])} | {judged["wrong"]} | {spread(times)} |
| kakou, tract (pure Rust) | {percent(judged_fallback["right"], judged["of"])} | {percent(judged_fallback["accepted"], judged["of"])} | {judged_fallback["wrong"]} | {spread(slow)} |
| RapidOCR 3.10.0, default networks | {percent(peer_right, judged["of"])} | - | {peer_wrong} with another valid number | {spread(peer_times)} |

RapidOCR reads text, not numbers: its texts are joined, in its own order and from left to right, and
it is right when the true number is anywhere in either.

{judged["of"] * arguments.copies} degraded copies of the same photographs (seed {SEED}: turned up to 4 degrees, scaled to 0.55 to 1,
dark and bright, blurred, noisy, JPEG quality 35 to 92):

| right | accepted, right | accepted, wrong |
|---|---|---|
| {percent(judged_worse["right"], judged_worse["of"])} | {percent(judged_worse["accepted"], judged_worse["of"])} | {judged_worse["wrong"]} |

Containers seen in two or more of the photographs: {event_count}; a view accepted with the right number: {event_right}.

Photographs whose first answer is wrong or missing:

{misses(judged)}

Characters confused, photographs: {confusions(judged["confusion"])}
Degraded copies: {confusions(judged_worse["confusion"])}

## Plates

{len(plates)} crops, each one plate.

| right | accepted, right | accepted, wrong | median ms | mean | p95 | CPU ms each |
|---|---|---|---|---|---|---|
| {percent(plate_right, len(plates))} | {percent(plate_accepted, len(plates))} | {plate_wrong} | {spread(plate_times)} | {cpu_ms:.0f} |

Characters confused: {confusions(plate_confusion)}

Plates accepted in the {len(files)} photographs of containers, where none is known to hang: {len(false_plates)}{": " + ", ".join(false_plates) if false_plates else ""}.

## Calibration

![stated confidence against the share that is right](vision-calibration.png)

The straight line is perfect calibration; above it the reader is surer than it says. Dots: ten bins,
larger for more answers.

## What these figures are not

- {len(files)} photographs of {len(set(truths))} containers from three places. They were looked at while the
  method was made, so they are no proof for another place. With no wrong number among
  {judged["accepted"] + judged["wrong"]} accepted ones, the true rate may still be as high as {300 / max(judged["accepted"], 1):.0f} % (95 % bound, three by n).
- The degraded copies are of the same photographs: they test robustness, not new places. Confidence
  was set on such copies (another seed), so the curve flatters.
- Plates: crops of one country, mostly of one province, passenger cars by day; they were looked at too.
  Two-row, cross-border and latin plates are only tested with made lattices, not with photographs.
  No set of whole trucks with known plates was at hand, so how many plates are found in whole
  pictures is not measured.
"""
    (arguments.output / "vision-report.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
