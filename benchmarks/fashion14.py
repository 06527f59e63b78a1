"""The demo, measured: compile times and memory, prediction error, accuracy against a plain MLP.

    python benchmarks/fashion14.py [--json FILE]

Compiles `examples/fashion14.imnn` with an empty cache, again with nothing changed, and again
with another `emit` line, each in a process of its own.  Then trains a plain float MLP of the
same shape on the same images for as many epochs, the best epoch on the same validation samples
counting for both.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional

from imnnc.api import load
from imnnc.data import load_dataset
from imnnc.design import Design
from imnnc.lang import load_design
from imnnc.methods.training import split_validation

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "fashion14.imnn"


def compile_in_process(source: Path, out: Path, cache: Path) -> dict[str, float]:
    """Wall seconds, and the largest resident set of the process or one of its workers, in MB."""
    command = [sys.executable, "-m", "imnnc", "compile", str(source), "-o", str(out), "--quiet"]
    start = time.perf_counter()
    environment = os.environ | {"IMNNC_CACHE_DIR": str(cache)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, resident_megabytes(process.pid))
        time.sleep(0.1)
    seconds = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"imnnc exited with {process.returncode}")
    return {"wall_s": seconds, "peak_mb": peak}


def resident_megabytes(root: int) -> float:
    """The proportional set size of a process and all its descendants."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    total, waiting = 0.0, [root]
    while waiting:
        process = waiting.pop()
        waiting += children.get(process, [])
        try:
            for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) / 1024
        except OSError:
            continue
    return total


def train_mlp(design: Design) -> torch.nn.Module:
    """A plain network of the same widths, trained as long, with its own best learning rate."""
    assert design.data is not None
    dataset = load_dataset(design.data, design.network, "cross_entropy", design.train.seed).dataset
    training, validation = split_validation(
        dataset.train_inputs, dataset.train_targets, design.train.validation, design.train.seed
    )
    best, found = 0.0, None
    for rate in (1e-3, 3e-3):
        torch.manual_seed(design.train.seed)
        inputs, hidden, outputs = design.network.widths
        model = torch.nn.Sequential(
            torch.nn.Linear(inputs, hidden), torch.nn.Tanh(), torch.nn.Linear(hidden, outputs)
        )
        optimizer = torch.optim.Adam(model.parameters(), lr=rate)
        x, y = training.to_torch()
        # Unit variance suits a plain network better than a quarter of a volt.
        x = 4 * x
        steps = design.train.epochs * -(-len(x) // design.train.batch)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps)
        for _ in range(design.train.epochs):
            for batch in torch.randperm(len(x)).split(design.train.batch):
                loss = functional.cross_entropy(model(x[batch]), y[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
            score = decided(model, validation.inputs, validation.targets)
            if score > best:
                best = score
                found = {key: value.clone() for key, value in model.state_dict().items()}
    assert found is not None
    model.load_state_dict(found)
    return model


def decided(model: torch.nn.Module, inputs: Any, classes: Any) -> float:
    """The fraction of samples that the network decides rightly."""
    with torch.no_grad():
        return float((model(4 * torch.from_numpy(inputs)).argmax(1).numpy() == classes).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", type=Path, default=Path("benchmarks/results/fashion14.json"))
    arguments = parser.parse_args()
    design = load_design(EXAMPLE)
    with tempfile.TemporaryDirectory() as folder:
        cache, out = Path(folder) / "cache", Path(folder) / "out"
        cold = compile_in_process(EXAMPLE, out, cache)
        same = compile_in_process(EXAMPLE, out, cache)
        text = EXAMPLE.read_text().replace("programming csv, npz", "programming npz")
        changed = Path(folder) / "fashion14.imnn"
        changed.write_text(text)
        emit = compile_in_process(changed, out, cache)
        verification = load(out).verification
        summary = json.loads((out / "summary.json").read_text())
    assert design.data is not None
    dataset = load_dataset(design.data, design.network, "cross_entropy", design.train.seed).dataset
    model = train_mlp(design)
    few = design.verify.samples
    figures = {
        "cold": cold,
        "nothing_changed": same,
        "emit_option_changed": emit,
        "prediction_error_v": verification["prediction_error_v"],
        "accuracy": verification["accuracy"],
        "predicted_test_accuracy": summary["quantisation"]["score"]["after"],
        "mlp_accuracy_same_samples": decided(
            model, dataset.test_inputs[:few], dataset.test_targets[:few]
        ),
        "mlp_test_accuracy": decided(model, dataset.test_inputs, dataset.test_targets),
        "power_w": verification["power_w"],
        "energy_j": verification["energy_j"],
    }
    error, accuracy = figures["prediction_error_v"], figures["accuracy"]
    print(
        f"cold compile            {cold['wall_s']:7.1f} s, {cold['peak_mb']:.0f} MB"
        "   (goal: 360 s, 2000 MB)"
    )
    print(f"nothing changed         {same['wall_s']:7.2f} s   (goal: 2 s)")
    print(f"emit option changed     {emit['wall_s']:7.2f} s   (goal: 5 s)")
    print(f"RMS prediction error    {error['rms'] * 1e3:7.3f} mV   (goal: 2 mV)")
    print(f"decisions that agree    {accuracy['agreement']:7.1%}   (goal: 99 %)")
    print(
        f"accuracy, simulated     {accuracy['simulated']:7.1%} of {few} samples,"
        f" a float MLP {figures['mlp_accuracy_same_samples']:.1%}   (goal: 3 points below)"
    )
    print(
        f"accuracy, predicted     {figures['predicted_test_accuracy']:7.2%} of the test set,"
        f" a float MLP {figures['mlp_test_accuracy']:.2%}"
    )
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
