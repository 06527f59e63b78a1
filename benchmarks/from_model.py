"""From a trained torch MLP of 196-100-10 to a verified circuit, against training from scratch.

    python -m benchmarks.from_model [--quick] [--json FILE]

Trains the model on Fashion-MNIST at 14x14, makes a source of it by `imnnc.from_torch`, and compiles
that, taught by the model, for some epochs.  The same source without the model, cells at random, is
compiled for as many epochs and for twice as many.  Decisions and accuracy are those of the exact
operating points on all test images, and of ngspice on those of the verification.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

import imnnc
from imnnc.data.idx import read_idx
from imnnc.data.images import pool_images
from imnnc.data.named import IMAGE_SETS, image_files

EPOCHS = 15  # of the circuit that begins at the model
_SET = "set fashion-mnist"


def trained(x: torch.Tensor, y: torch.Tensor, epochs: int) -> nn.Module:
    """A plain network as people train one."""
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(196, 100), nn.Tanh(), nn.Linear(100, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(epochs):
        for batch in torch.randperm(len(x)).split(128):
            loss = functional.cross_entropy(model(x[batch]), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model


def images(count: tuple[int, int] | None) -> list[tuple[np.ndarray, np.ndarray]]:
    """Pictures (S, 28, 28) of bytes and classes, of training and of testing."""
    files = image_files(IMAGE_SETS["fashion-mnist"], None)
    x, y, test_x, test_y = (read_idx(file) for file in files)
    train, test = count or (None, None)
    return [(x[:train], y[:train]), (test_x[:test], test_y[:test])]


def pixels(pictures: np.ndarray) -> torch.Tensor:
    """What the model takes: (S, 196) from 0 to 1, each the mean of 2 x 2 bytes."""
    pooled = pool_images(pictures, 2, "fashion-mnist", None)
    return torch.from_numpy(pooled / 255).float()


def compiled(source: Path, text: str, epochs: int, folder: Path) -> tuple[imnnc.Compilation, float]:
    """What a source comes to in so many epochs, and the seconds that it took."""
    source.write_text(re.sub(r"epochs \d+", f"epochs {epochs}", text))
    start = time.perf_counter()
    found = imnnc.compile(source, folder / f"{source.stem}_{epochs}", cache=folder / "cache")
    return found, time.perf_counter() - start


def figures(
    found: imnnc.Compilation, source: Path, x: np.ndarray, y: np.ndarray, answers: np.ndarray
) -> dict[str, Any]:
    """Accuracy and likeness to the model, of the exact operating points of all test images."""
    circuit = found.to_torch(source)
    with torch.no_grad():
        parts = [
            circuit(torch.from_numpy(part.astype(float))).argmax(1).numpy()
            for part in np.array_split(x, 20)
        ]
    decided = np.concatenate(parts)
    return {
        "accuracy": float((decided == y).mean()),
        "equal_to_model": float((decided == answers).mean()),
        "simulated": found.verification["accuracy"],
        "prediction_rms_v": found.verification["prediction_error_v"]["rms"],
        "power_w": found.verification["power_w"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a look at it, on a few images")
    parser.add_argument("--json", type=Path, default=Path("benchmarks/results/from_model.json"))
    arguments = parser.parse_args()
    count = (2000, 500) if arguments.quick else None
    epochs = 3 if arguments.quick else EPOCHS
    (x, y), (test_x, test_y) = images(count)
    model = trained(pixels(x), torch.from_numpy(y.astype(int)), 2 * epochs)
    with torch.no_grad():
        answers = model(pixels(test_x)).argmax(1).numpy()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = imnnc.from_torch(model, "fashion-mnist", folder / "clothes.imnn", pool=2)
        text = source.read_text()
        if count is not None:
            text = text.replace(_SET, f"{_SET} train {count[0]} test {count[1]}")
            text = text.replace("samples 20", "samples 2")
        scratch = re.sub(r'from "[^"]*"\s+teacher \d+ %\s*', "", text)
        assert scratch != text
        results: dict[str, Any] = {
            "model": {"accuracy": float((answers == test_y).mean()), "epochs": 2 * epochs}
        }
        for key, body, many in (
            ("from_model", text, epochs),
            ("from_scratch", scratch, epochs),
            ("from_scratch_twice", scratch, 2 * epochs),
        ):
            of = source if key == "from_model" else folder / "scratch.imnn"
            found, seconds = compiled(of, body, many, folder)
            results[key] = {
                "epochs": many,
                "seconds": seconds,
                **figures(found, of, test_x, test_y, answers),
            }
            print(f"{key:20} {many} epochs, {seconds:.0f} s", flush=True)
    ours, other = results["from_model"], results["from_scratch_twice"]
    print(f"the model               {results['model']['accuracy']:7.2%}")
    print(f"decisions equal to it   {ours['equal_to_model']:7.2%}   (goal: 90 %)")
    print(
        f"accuracy                {ours['accuracy']:7.2%} in {epochs} epochs, from scratch"
        f" {results['from_scratch']['accuracy']:.2%} in as many,"
        f" {other['accuracy']:.2%} in {2 * epochs}   (goal: no worse than the last)"
    )
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
