"""Three classes of many inputs, for networks whose first crossbar is large."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import imnnc
from imnnc.api import Compilation


def compile_large(folder: Path, source: str, inputs: int) -> Compilation:
    """A source of so many `inputs` in volts and 3 outputs, which reads `points.csv`, compiled."""
    (folder / "net.imnn").write_text(source)
    random = np.random.default_rng(1)
    values = random.choice([-0.2, 0.2], (3, inputs))[np.arange(48) % 3]
    values += random.uniform(-0.05, 0.05, values.shape)
    lines = [",".join([f"x{i}" for i in range(inputs)] + ["kind"])]
    lines += [",".join([*(f"{x:.4f}" for x in row), str(i % 3)]) for i, row in enumerate(values)]
    (folder / "points.csv").write_text("\n".join(lines) + "\n")
    return imnnc.compile(folder / "net.imnn", folder / "out")
