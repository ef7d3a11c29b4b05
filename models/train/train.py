"""Trains the network for scans on generated scans and writes models/scan.onnx.

A step of research, never of a build: the result is kept in the repository. Needs the training
set that `cargo run --release -p sim --bin scans -- --raw` writes; see models/SCAN.md.
"""

import argparse
import pathlib
import random
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from tqdm import tqdm

ROWS, COLUMNS = 128, 512
HEAT_ROWS, HEAT_COLUMNS = 32, 128
STEPS_PER_UNIT = 8000.0
LABELS = 7
CHAPTERS = 14
DENSITIES = 4
# An object below this contrast to noise, or where no beam comes through, is not asked for.
CONTRAST_MIN = 2.0
SIZE_MAX = 1_000_000
# Of the head's opinion; chosen on the validation set among 0, 0.5 and 1.
WHOLE = 0.0


class Step(nn.Module):
    """A 3 x 3 convolution with its norm, and a way around where the shape allows."""

    def __init__(self, inputs, outputs, stride=1, dilation=1):
        super().__init__()
        self.around = inputs == outputs and stride == 1
        self.wide = nn.Conv2d(inputs, outputs, 3, stride, dilation, dilation=dilation, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x):
        y = self.norm(self.wide(x))
        return F.relu(x + y) if self.around else F.relu(y)


class ScanNet(nn.Module):
    """-ln of two transmissions on a grid of 25 mm to one row of numbers: loaded, fill, density
    classes, chapters, hidden object, then the heat map of cells of 100 mm, all log odds."""

    def __init__(self):
        super().__init__()
        self.level_fine = nn.Sequential(
            nn.Conv2d(4, 16, 5, 2, 2, bias=False), nn.BatchNorm2d(16), nn.ReLU()
        )
        self.level_half = nn.Sequential(Step(16, 32, 2), Step(32, 32))
        self.level_quarter = nn.Sequential(Step(32, 48, 2), Step(48, 48), Step(48, 48, dilation=2))
        self.level_eighth = nn.Sequential(Step(48, 64, 2), Step(64, 64, dilation=2))
        self.up_quarter = nn.Conv2d(64, 48, 1)
        self.join_quarter = Step(48, 48)
        self.up_half = nn.Conv2d(48, 32, 1)
        self.join_half = Step(32, 32)
        self.heat = nn.Conv2d(32, 1, 1)
        self.dense = nn.Linear(128, 64)
        self.heads = nn.Linear(64, 2 + DENSITIES + CHAPTERS + 1)
        nn.init.constant_(self.heat.bias, -4.0)
        # Share of the head's opinion of the whole scan that each cell gets; set after training.
        self.whole = 0.0

    def forward(self, x):
        high, low = x[:, 0:1], x[:, 1:2]
        ratio = (low - 1.25 * high) / (high + 0.15)
        around = F.avg_pool2d(F.avg_pool2d(high, 4), 5, 1, 2, count_include_pad=True)
        around = F.interpolate(around, scale_factor=4.0, mode="nearest")
        x = torch.cat([0.35 * high, 0.35 * low, 4.0 * ratio, high - around], 1)
        half = self.level_half(self.level_fine(x))
        quarter = self.level_quarter(half)
        eighth = self.level_eighth(quarter)
        up = F.interpolate(self.up_quarter(eighth), scale_factor=2.0, mode="nearest")
        up = self.join_quarter(quarter + up)
        up = F.interpolate(self.up_half(up), scale_factor=2.0, mode="nearest")
        heat = self.heat(self.join_half(half + up)).flatten(1)
        pooled = torch.cat([eighth.mean((2, 3)), eighth.amax((2, 3))], 1)
        head = self.heads(F.relu(self.dense(pooled)))
        return torch.cat([head, heat + self.whole * head[:, -1:]], 1)


class Lessons:
    """A training set as the program `scans` wrote it."""

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        self.labels = np.fromfile(folder / "labels.f32", "<f4").reshape(-1, LABELS)
        count = len(self.labels)
        self.canvases = np.memmap(
            folder / "canvases.u16", "<u2", "r", shape=(count, 2, ROWS, COLUMNS)
        )
        self.masks = np.memmap(folder / "masks.u8", "u1", "r", shape=(count, HEAT_ROWS, HEAT_COLUMNS))

    def __len__(self):
        return len(self.labels)

    def batch(self, at):
        at = np.sort(at)
        canvas = torch.from_numpy(self.canvases[at].astype(np.float32) / STEPS_PER_UNIT)
        mask = torch.from_numpy(self.masks[at].astype(np.float32) / 255.0)
        return canvas, mask, torch.from_numpy(self.labels[at])


def asked(label):
    """Which examples hide an object that a scanner can see; which hide none."""
    hidden = label[:, 4] > 0.5
    seen = hidden & (label[:, 5] >= CONTRAST_MIN) & (label[:, 6] > 0.5)
    return seen, ~hidden & (label[:, 3] >= 0)


def loss(output, mask, label):
    """Sum of the heads' losses; what a scanner cannot see counts nowhere."""
    head, heat = output[:, : -HEAT_ROWS * HEAT_COLUMNS], output[:, -HEAT_ROWS * HEAT_COLUMNS :]
    loaded, goods = label[:, 0], label[:, 3].long()
    known = goods >= 0
    seen, clean = asked(label)
    total = F.binary_cross_entropy_with_logits(head[:, 0], loaded)
    total = total + 4.0 * F.smooth_l1_loss(torch.sigmoid(head[:, 1]), label[:, 1], beta=0.05)
    if known.any():
        total = total + 0.3 * F.cross_entropy(head[known, 2:6], label[known, 2].long())
        total = total + 0.3 * F.cross_entropy(head[known, 6:20], goods[known])
    mask = mask.flatten(1)
    target = (mask >= 0.35).float()
    counts = ((mask < 0.05) | (mask >= 0.35)).float()
    counts = counts * torch.where(seen[:, None], 1.0, (mask < 0.05).float())
    cross = F.binary_cross_entropy_with_logits(heat, target, reduction="none")
    focus = (torch.sigmoid(heat) - target).abs().detach() ** 1.5
    cells = (focus * cross * counts * (1.0 + 2.0 * target)).sum() / target.sum().clamp(min=1.0)
    either = seen | clean
    whole = heat.new_zeros(())
    if either.any():
        # A soft maximum: the cell that decides whether an object is reported.
        surest = torch.logsumexp(2.0 * heat[either], 1) / 2.0
        truth = seen[either].float()
        whole = F.binary_cross_entropy_with_logits(surest, truth)
        whole = whole + 0.5 * F.binary_cross_entropy_with_logits(head[either, 20], truth)
    return total + cells + whole


def both_ways(net, canvas):
    """Answers of a scan and of its mirror image, averaged, as the examiner does it."""
    one, other = net(canvas), net(canvas.flip(3))
    head = (one[:, :-HEAT_ROWS * HEAT_COLUMNS] + other[:, :-HEAT_ROWS * HEAT_COLUMNS]) / 2.0
    maps = [x[:, -HEAT_ROWS * HEAT_COLUMNS :].unflatten(1, (HEAT_ROWS, HEAT_COLUMNS)) for x in (one, other)]
    return torch.cat([head, ((maps[0] + maps[1].flip(2)) / 2.0).flatten(1)], 1)


def outputs_of(net, lessons):
    net.eval()
    outputs = []
    with torch.no_grad():
        for start in range(0, len(lessons), 64):
            canvas, _, _ = lessons.batch(np.arange(start, min(start + 64, len(lessons))))
            outputs.append(both_ways(net, canvas.contiguous(memory_format=torch.channels_last)))
    return torch.cat(outputs)


def set_limit(net, lessons, alarms):
    """Moves the heat map so that its largest value is above 0 in a share of clean loads."""
    net.whole = WHOLE
    heat = outputs_of(net, lessons)[:, -HEAT_ROWS * HEAT_COLUMNS :].amax(1)
    seen, clean = asked(torch.from_numpy(lessons.labels))
    limit = torch.quantile(heat[clean], 1.0 - alarms)
    with torch.no_grad():
        net.heat.bias -= limit
    found = (heat[seen] > limit).float().mean()
    print(f"limit {limit:.3f} becomes 0: {alarms:.0%} of clean loads are above it, {found:.1%} found")


def judge(net, lessons):
    """Figures on a set that was not trained on."""
    output, label = outputs_of(net, lessons), torch.from_numpy(lessons.labels)
    seen, clean = asked(label)
    figures = {}
    heat = output[:, -HEAT_ROWS * HEAT_COLUMNS :].amax(1)
    for name, score in (("heat", heat), ("head", output[:, 20])):
        for share in (0.06, 0.03, 0.01):
            limit = torch.quantile(score[clean], 1.0 - share)
            found = (score[seen] > limit).float().mean()
            figures[f"{name} at {share:.0%}"] = f"{found:.3f} (limit {limit:.2f})"
    known = label[:, 3] >= 0
    figures["goods"] = f"{(output[known, 6:20].argmax(1) == label[known, 3]).float().mean():.3f}"
    figures["density"] = f"{(output[known, 2:6].argmax(1) == label[known, 2]).float().mean():.3f}"
    figures["fill"] = f"{(torch.sigmoid(output[:, 1]) - label[:, 1]).abs().mean():.4f}"
    return figures


def train(net, lessons, valid, options):
    steps = len(lessons) // options.batch
    optimiser = torch.optim.AdamW(net.parameters(), lr=options.rate, weight_decay=0.01)
    plan = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, options.rate, total_steps=steps * options.epochs, pct_start=0.1 if options.start else 0.2
    )
    order = np.random.default_rng(options.seed)
    begun, skipped = time.monotonic(), 0
    for epoch in range(options.epochs):
        net.train()
        shuffled = order.permutation(len(lessons))
        sum_of_losses = 0.0
        bar = tqdm(range(steps), desc=f"epoch {epoch + 1} of {options.epochs}", mininterval=5)
        for step in bar:
            canvas, mask, label = lessons.batch(
                shuffled[step * options.batch : (step + 1) * options.batch]
            )
            if order.random() < 0.5:
                canvas, mask = canvas.flip(3), mask.flip(2)
            # The photons of another day: each beam a little off.
            canvas = canvas * (1.0 + 0.008 * torch.randn(len(canvas), 2, 1, 1))
            # Half of the time, and no worse: sums and norms stay in single precision.
            with torch.autocast("cpu", dtype=torch.bfloat16):
                output = net(canvas.contiguous(memory_format=torch.channels_last))
            value = loss(output.float(), mask, label)
            optimiser.zero_grad(set_to_none=True)
            value.backward()
            norm = nn.utils.clip_grad_norm_(net.parameters(), 2.0)
            if torch.isfinite(norm):
                optimiser.step()
                sum_of_losses += value.item()
            else:
                # Half precision sometimes gives a gradient that is no number: the step is left out.
                skipped += 1
                if skipped > 0.1 * steps * options.epochs:
                    sys.exit(f"training runs away: loss {value.item()}, gradient {norm.item()}")
            plan.step()
            bar.set_postfix(loss=f"{value.item():.2f}", skipped=skipped, refresh=False)
        figures = ", ".join(f"{name} {value}" for name, value in judge(net, valid).items())
        minutes = (time.monotonic() - begun) / 60.0
        print(f"epoch {epoch + 1}: {minutes:.1f} min, loss {sum_of_losses / steps:.3f}, {figures}", flush=True)
        if options.keep:
            torch.save(net.state_dict(), options.keep)


def export(net, path):
    """Writes the network as ONNX with one fixed shape, slimmed, and compares it with torch."""
    import onnx
    import onnxruntime
    import onnxslim

    net = net.to(memory_format=torch.contiguous_format).eval()
    example = torch.rand(1, 2, ROWS, COLUMNS) * 4.0
    torch.onnx.export(
        net, (example,), path, opset_version=17, input_names=["canvas"], output_names=["findings"],
        dynamo=False, do_constant_folding=True,
    )
    model = onnxslim.slim(onnx.load(path))
    del model.graph.value_info[:]
    onnx.checker.check_model(model)
    onnx.save(model, path)
    size = pathlib.Path(path).stat().st_size
    if size > SIZE_MAX:
        sys.exit(f"{path} has {size} bytes, {SIZE_MAX} are allowed")
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    other = session.run(None, {"canvas": example.numpy()})[0]
    with torch.no_grad():
        apart = float(np.abs(other - net(example).numpy()).max())
    print(f"{path}: {size} bytes, at most {apart:.2e} from torch")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="example: train.py --train /tmp/train --valid /tmp/valid --out models/scan.onnx",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--train", required=True, help="folder of the training set")
    parser.add_argument("--valid", required=True, help="folder of a set of another seed")
    parser.add_argument("--out", default="models/scan.onnx")
    parser.add_argument("--keep", help="file for the weights after each epoch")
    parser.add_argument("--start", help="weights to start from instead of random ones")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=2.5e-3)
    parser.add_argument("--alarms", type=float, default=0.03, help="share of clean loads above 0")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    random.seed(options.seed)
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    net = ScanNet().to(memory_format=torch.channels_last)
    if options.start:
        net.load_state_dict(torch.load(options.start, weights_only=True))
    print(f"{sum(p.numel() for p in net.parameters())} parameters")
    valid = Lessons(options.valid)
    if options.epochs:
        train(net, Lessons(options.train), valid, options)
    print(judge(net, valid))
    set_limit(net, valid, options.alarms)
    export(net, options.out)


if __name__ == "__main__":
    main()
