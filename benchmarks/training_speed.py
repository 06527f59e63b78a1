"""One epoch of LATIM training against one of a plain MLP of the same shape and batch.

    python benchmarks/training_speed.py [--runs 5] [--json FILE]

Both see the same 54,000 images in the same batches of 128, on one thread, with torch's fused
Adam, turn about; the ratio is that of the medians.  The curves are those of the compiler's
own `lvt90`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch.nn import functional

from imnnc.data import load_dataset
from imnnc.design import Design, TrainSpec
from imnnc.lang import load_design
from imnnc.methods.latim import LatimNetwork
from imnnc.methods.training import Samples, split_validation, train
from imnnc.passes.fit_vtc import largest_load
from imnnc.physics.curve_fit import curve_scales, fit_curve
from imnnc.physics.inverter import Inverter
from imnnc.physics.threads import one_thread
from imnnc.physics.vtc import VtcModel
from imnnc.simulate.characterize import characterize

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "fashion14.imnn"


def mlp_epoch(data: Samples, widths: tuple[int, ...], batch: int) -> float:
    """Seconds of one epoch of a plain network."""
    inputs, targets = data.to_torch()
    layers: list[torch.nn.Module] = []
    for rows, columns in pairwise(widths):
        layers += [torch.nn.Linear(rows, columns), torch.nn.Tanh()]
    model = torch.nn.Sequential(*layers[:-1])
    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    start = time.perf_counter()
    order = torch.randperm(len(inputs))
    shuffled, wanted = inputs[order], targets[order]
    for x, y in zip(torch.split(shuffled, batch), torch.split(wanted, batch), strict=True):
        loss = functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        float(loss.detach())
    return time.perf_counter() - start


def latim_epoch(design: Design, vtc: VtcModel, inverter: Inverter, data: Samples) -> float:
    """Seconds of one epoch of LATIM, with what its training loop does around the batches."""
    network, memristor = design.network, design.memristor
    model = LatimNetwork(
        [layer.name for layer in network.layers],
        network.widths,
        (memristor.conductance_min_siemens, memristor.conductance_max_siemens),
        [layer.inverter for layer in network.layers],
        vtc,
        1,
    )
    few = Samples(data.inputs[:1], data.targets[:1])
    spec = TrainSpec("latim", "cross_entropy", epochs=1, batch=design.train.batch)
    with TemporaryDirectory() as folder:
        start = time.perf_counter()
        train(
            model,
            inverter,
            data,
            few,
            spec,
            checkpoint=Path(folder) / "checkpoint.pt",
            on_progress=lambda _: None,
        )
        return time.perf_counter() - start


def measured(runs: int) -> dict[str, Any]:
    """Both epochs, turn about, and the ratio of their medians."""
    design = load_design(EXAMPLE)
    assert design.data is not None
    dataset = load_dataset(design.data, design.network, "cross_entropy", 1).dataset
    data, _ = split_validation(dataset.train_inputs, dataset.train_targets, 0.1, 1)
    table = characterize(design.technology)
    scales = curve_scales(table, largest_load(design.network, design.memristor))
    # How well the curves fit does not change how long they take.
    curve = fit_curve(table, scales, hidden=24, terms=5, rounds=1, seed=1)
    vtc = VtcModel("tt", curve, curve)
    inverter = Inverter(table, torch.float32)
    latim, mlp = [], []
    with one_thread():
        for run in range(runs + 1):
            found = (
                latim_epoch(design, vtc, inverter, data),
                mlp_epoch(data, design.network.widths, design.train.batch),
            )
            if run:  # the first warms up
                latim.append(found[0])
                mlp.append(found[1])
    return {
        "latim_epoch_s": statistics.median(latim),
        "mlp_epoch_s": statistics.median(mlp),
        "ratio": statistics.median(latim) / statistics.median(mlp),
        "goal_ratio": 5,
        "runs": {"latim_epoch_s": latim, "mlp_epoch_s": mlp},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=Path, default=Path("benchmarks/results/training_speed.json"))
    arguments = parser.parse_args()
    figures = measured(arguments.runs)
    print(f"LATIM epoch   {figures['latim_epoch_s']:.2f} s")
    print(f"plain MLP     {figures['mlp_epoch_s']:.2f} s")
    print(f"ratio         {figures['ratio']:.2f}   (goal: at most 5)")
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
