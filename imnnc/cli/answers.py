"""Predictions as text, a line a sample."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from imnnc.physics.network import FloatArray


def answers_of(volts: FloatArray, names: Sequence[str] = (), *, classes: bool = False) -> str:
    """Read-outs (S, M), a line a sample: under the names of the outputs where they have some.

    With `classes` the first field is the name of the highest.
    """
    rows = [[f"{value:.9g}" for value in row] for row in volts.tolist()]
    if not names:
        return "".join(f"{' '.join(row)}\n" for row in rows)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*(["class"] if classes else ()), *names])
    for row, highest in zip(rows, volts.argmax(axis=1).tolist(), strict=True):
        writer.writerow([*([names[highest]] if classes else ()), *row])
    return text.getvalue()
